"""Tables of courses: who learns what, in which group; and what the catalogue says of each course."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.fields import Field

from accounts.models import User
from accounts.tables import TableResource, joined, known, learner_named, several, shown, whole_number
from courses import authoring, enrolment, revisions
from courses.errors import Refused
from courses.models import Course, Enrolment, Level, Skill, Status, Topic

MOST_CREDITS = 1_000_000
MOST_MINUTES = 100_000


class EnrolmentResource(TableResource):
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


class CourseResource(TableResource):
    """One row a course, known by its address. A new address becomes a draft of whoever uploads the table.

    Cells that hold several names separate them by bars. The state is there to read: publishing is an act of
    its own, which checks whether a course is ready.
    """

    columns = (
        "slug", "title", "summary", "level", "language", "topics", "skills_taught", "skills_required",
        "provider", "instructors", "price", "estimated_minutes", "status",
    )  # fmt: skip
    needed = ("slug",)
    slug = Field("slug", "slug", readonly=True)
    title = Field("title", "title", readonly=True)
    summary = Field("summary", "summary", readonly=True)
    level = Field("level", "level", readonly=True)
    language = Field("language", "language", readonly=True)
    topics = Field(column_name="topics", readonly=True)
    skills_taught = Field(column_name="skills_taught", readonly=True)
    skills_required = Field(column_name="skills_required", readonly=True)
    provider = Field("provider", "provider", readonly=True)
    instructors = Field(column_name="instructors", readonly=True)
    price = Field("price", "price", readonly=True)
    estimated_minutes = Field("estimated_minutes", "estimated_minutes", readonly=True)
    status = Field("status", "status", readonly=True)

    class Meta:
        model = Course
        fields = (
            "slug", "title", "summary", "level", "language", "topics", "skills_taught", "skills_required",
            "provider", "instructors", "price", "estimated_minutes", "status",
        )  # fmt: skip
        import_id_fields = ()

    def dehydrate_title(self, course):
        return shown(course.title)

    def dehydrate_summary(self, course):
        return shown(course.summary)

    def dehydrate_provider(self, course):
        return shown(course.provider)

    def dehydrate_instructors(self, course):
        return shown("|".join(course.instructors))

    def dehydrate_topics(self, course):
        return joined(course.topics.all()) if course.pk else ""

    def dehydrate_skills_taught(self, course):
        return joined(course.skills_taught.all()) if course.pk else ""

    def dehydrate_skills_required(self, course):
        return joined(course.skills_required.all()) if course.pk else ""

    def find(self, row):
        return Course.objects.editable_by(self.user).filter(slug=row["slug"]).first()

    def import_instance(self, instance, row, **kwargs):
        errors, wanted = {}, {}
        is_new = instance.pk is None
        if is_new:
            errors |= self._refusal_of_new(row)
            instance.slug = row["slug"]
        elif "title" in row and not row["title"]:
            errors["title"] = _("A course has a title.")
        for name in ("title", "summary", "language", "provider"):
            if name in row and (row[name] or name != "language"):
                wanted[name] = row[name]
        for name, read in (
            ("level", self._level),
            ("price", lambda text: whole_number(text, MOST_CREDITS)),
            ("estimated_minutes", lambda text: whole_number(text, MOST_MINUTES)),
            ("instructors", several),
            ("topics", self._topics),
            ("skills_taught", self._skills),
            ("skills_required", self._skills),
        ):
            if name in row:
                try:
                    wanted[name] = read(row[name])
                except ValidationError as error:
                    errors[name] = error.messages
        state = Status.DRAFT if is_new else instance.status
        if row.get("status") and row["status"] != state:
            errors["status"] = _("A table changes no state: publish the course itself.")
        if errors:
            raise ValidationError(errors)
        instance.wanted = wanted
        for name, value in wanted.items():
            if name not in authoring.M2M:
                setattr(instance, name, value)

    def _refusal_of_new(self, row):
        """What is wrong with the row of a course that is not there yet, by column."""
        if not row["slug"]:
            return {"slug": _("Name the course by its address.")}
        if Course.objects.filter(slug=row["slug"]).exists() or not self.user.has_perm("courses.add_course"):
            return {"slug": _("There is no course “%(slug)s” that you may edit.") % row}
        if not row.get("title"):
            return {"title": _("A course has a title.")}
        return {}

    def _level(self, text):
        if text.lower() not in Level.values:
            names = ", ".join(value for value in Level.values if value)
            raise ValidationError(
                _("“%(value)s” is no level: write %(names)s, or nothing.")
                % {"value": text[:40], "names": names}
            )
        return text.lower()

    def _topics(self, text):
        return self._named(Topic, text, _("There is no topic “%(name)s”: add it first."))

    def _skills(self, text):
        return self._named(Skill, text, _("There is no skill “%(name)s”: add it first."))

    def _named(self, model, text, sentence):
        return [row.name for row in known(model, several(text), sentence)]

    def skip_row(self, instance, original, row, import_validation_errors=None):
        if import_validation_errors or instance.pk is None:
            return False
        return all(
            set(getattr(original, name).values_list("name", flat=True)) == set(value)
            if name in authoring.M2M
            else getattr(original, name) == value
            for name, value in instance.wanted.items()
        )

    def write(self, instance, row):
        if instance.pk is None:
            fields = {name: value for name, value in instance.wanted.items() if name != "title"}
            made = authoring.create_course(
                title=instance.title, slug=instance.slug, author=self.user, **fields
            )
            instance.pk = made.pk
        else:
            # The verb compares with what is there: the instance holds the row's words already.
            course = Course.objects.get(pk=instance.pk)
            made = authoring.save_course(course=course, **instance.wanted)
        revisions.save_revision(course=made, author=self.user)
