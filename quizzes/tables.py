"""What is different for single learners: a table of accommodations."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import DateTimeWidget

from accounts.tables import PeopleResource, learner_named, shown
from quizzes.models import Accommodation, Quiz

MOST_PERCENT = 1000
MOST_ATTEMPTS = 100
MOST_DAYS = 365


class IsoDateTimeWidget(DateTimeWidget):
    """Moments as ISO 8601 with their offset, so that an exported table is read back as it was."""

    def render(self, value, obj=None, **kwargs):
        return timezone.localtime(value).isoformat() if value else ""


class AccommodationResource(PeopleResource):
    """One row a learner and quiz; an empty quiz is every quiz. A row replaces what was there for both."""

    columns = ("email", "quiz", "extra_time_percent", "extra_attempts", "extra_days", "closes_at", "note")
    email = Field("learner__email", "email", readonly=True)
    quiz = Field("quiz__slug", "quiz", readonly=True, default="")
    extra_time_percent = Field("extra_time_percent", "extra_time_percent", readonly=True)
    extra_attempts = Field("extra_attempts", "extra_attempts", readonly=True)
    extra_days = Field("extra_days", "extra_days", readonly=True)
    closes_at = Field("closes_at", "closes_at", readonly=True, widget=IsoDateTimeWidget())
    note = Field("note", "note", readonly=True)

    class Meta:
        model = Accommodation
        fields = ("email", "quiz", "extra_time_percent", "extra_attempts", "extra_days", "closes_at", "note")
        import_id_fields = ()

    def dehydrate_note(self, accommodation):
        return shown(accommodation.note)

    def find(self, row):
        quiz = {"quiz__slug": row["quiz"]} if row["quiz"] else {"quiz": None}
        return (
            Accommodation.objects.filter(learner__email__iexact=row["email"], **quiz)
            .select_related("learner", "quiz")
            .first()
        )

    def import_instance(self, instance, row, **kwargs):
        errors = {}
        try:
            learner = learner_named(row["email"])
            if learner is None:
                errors["email"] = _("There is no learner with the address %(email)s.") % row
            instance.learner = learner
        except ValidationError as error:
            errors |= error.message_dict
        if row["quiz"]:
            instance.quiz = Quiz.objects.editable_by(self.user).filter(slug=row["quiz"]).first()
            if instance.quiz is None:
                errors["quiz"] = _("There is no quiz “%(quiz)s” that you may edit.") % row
        elif not self.user.has_perm("quizzes.edit_any_quiz"):
            errors["quiz"] = _("Name a quiz: you may not change what holds for every quiz.")
        for name, most in (
            ("extra_time_percent", MOST_PERCENT),
            ("extra_attempts", MOST_ATTEMPTS),
            ("extra_days", MOST_DAYS),
        ):
            number = row[name] or "0"
            if number.isascii() and number.isdigit() and int(number) <= most:
                setattr(instance, name, int(number))
            else:
                errors[name] = _("“%(value)s” is no whole number from 0 to %(most)d.") % {
                    "value": number[:40],
                    "most": most,
                }
        try:
            instance.closes_at = self._moment(row["closes_at"])
        except ValueError:
            errors["closes_at"] = _(
                "“%(closes_at)s” is no date with a time: write it like 2026-03-31 18:00."
            ) % {"closes_at": row["closes_at"][:40]}
        if instance.closes_at and not row["quiz"]:
            errors["closes_at"] = _("A closing time belongs to one quiz: name it.")
        if len(row["note"]) > 300:
            errors["note"] = _("A note has at most 300 characters.")
        instance.note = row["note"]
        if errors:
            raise ValidationError(errors)

    def _moment(self, text):
        """A moment, in the site's time zone where it names none; None for nothing. Raises ValueError."""
        if not text:
            return None
        moment = parse_datetime(text)
        if moment is None:
            raise ValueError(text)
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    def skip_row(self, instance, original, row, import_validation_errors=None):
        unchanged = instance.pk is not None and all(
            getattr(instance, name) == getattr(original, name)
            for name in ("extra_time_percent", "extra_attempts", "extra_days", "closes_at", "note")
        )
        return unchanged and not import_validation_errors

    def write(self, instance, row):
        instance.save()
