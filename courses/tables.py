"""Who learns what, in which group: a table of enrolments."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.fields import Field

from accounts.models import User
from accounts.tables import PeopleResource, learner_named, shown
from courses import enrolment
from courses.errors import Refused
from courses.models import Course, Enrolment


class EnrolmentResource(PeopleResource):
    """One row a learner and course. A new address becomes a learner without a password, to sign in by a code.

    An empty group leaves a learner in the one they have. Names of learners who are here already, and courses
    that have to be unlocked with credits, are theirs to decide: rows change neither.
    """

    columns = ("email", "name", "course", "cohort")
    email = Field("learner__email", "email", readonly=True)
    name = Field("learner__display_name", "name", readonly=True)
    course = Field("course__slug", "course", readonly=True)
    cohort = Field("cohort__name", "cohort", readonly=True, default="")

    class Meta:
        model = Enrolment
        fields = ("email", "name", "course", "cohort")
        import_id_fields = ()

    def dehydrate_name(self, enrolment):
        return shown(enrolment.learner.display_name)

    def find(self, row):
        return (
            Enrolment.objects.active()
            .filter(learner__email__iexact=row["email"], course__slug=row["course"])
            .select_related("learner", "course", "cohort")
            .first()
        )

    def import_instance(self, instance, row, **kwargs):
        errors = {}
        try:
            instance.learner = learner_named(row["email"]) or self._new_learner(row)
        except ValidationError as error:
            errors |= error.message_dict
        course = Course.objects.editable_by(self.user).filter(slug=row["course"]).first()
        if course is None:
            errors["course"] = _("There is no course “%(course)s” that you may edit.") % row
        else:
            instance.course = course
            cohort = course.cohorts.filter(name=row["cohort"]).first() if row["cohort"] else instance.cohort
            if row["cohort"] and cohort is None:
                errors["cohort"] = _("The course has no group “%(cohort)s”.") % row
            instance.cohort = cohort
            if course.price and instance.pk is None:
                errors["course"] = _("“%(course)s” costs credits: learners unlock it themselves.") % row
        if errors:
            raise ValidationError(errors)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        unchanged = instance.pk is not None and instance.cohort_id == original.cohort_id
        return unchanged and not import_validation_errors

    def write(self, instance, row):
        try:
            if instance.pk is not None:
                enrolment.join_cohort(enrolment=instance, cohort=instance.cohort)
                return
            if instance.learner.pk is None:
                instance.learner = User.objects.create_user(
                    row["email"], display_name=instance.learner.display_name
                )
            made, _created = enrolment.enrol(
                learner=instance.learner, course=instance.course, cohort=instance.cohort
            )
        except Refused as refusal:
            raise ValidationError({"course": str(refusal)}) from refusal
        instance.pk = made.pk

    def _new_learner(self, row):
        if not self.user.has_perm("accounts.add_user"):
            raise ValidationError(
                {"email": _("%(email)s is no learner yet, and you may not add people.") % row}
            )
        if len(row["name"]) > User._meta.get_field("display_name").max_length:
            raise ValidationError({"name": _("A name has at most 80 characters.")})
        return User(email=row["email"], display_name=row["name"])
