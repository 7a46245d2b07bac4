"""Tables of quizzes: what is different for single learners, and where questions belong."""

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import DateTimeWidget

from accounts.tables import TableResource, joined, known, learner_named, several, shown, whole_number
from courses.models import Skill
from quizzes import agreeing, authoring
from quizzes.models import Accommodation, Question, QuestionBank, Quiz

MOST_PERCENT = 1000
MOST_ATTEMPTS = 100
MOST_DAYS = 365
LONGEST_TAG = 100
YES = {"yes", "true", "1"}
NO = {"", "no", "false", "0"}


class IsoDateTimeWidget(DateTimeWidget):
    """Moments as ISO 8601 with their offset, so that an exported table is read back as it was."""

    def render(self, value, obj=None, **kwargs):
        return timezone.localtime(value).isoformat() if value else ""


class AccommodationResource(TableResource):
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
        mine = agreeing.reachable_by(self.user).filter(learner__email__iexact=row["email"], **quiz)
        return mine.select_related("learner", "quiz").first()

    def import_instance(self, instance, row, **kwargs):
        errors, instance.quiz = {}, None
        if row["quiz"]:
            instance.quiz = Quiz.objects.editable_by(self.user).filter(slug=row["quiz"]).first()
            if instance.quiz is None:
                errors["quiz"] = _("There is no quiz “%(quiz)s” that you may edit.") % row
        elif not self.user.has_perm("quizzes.edit_any_quiz"):
            errors["quiz"] = _("Name a quiz: you may not change what holds for every quiz.")
        if "quiz" not in errors:
            try:
                instance.learner = self._learner(row["email"], instance)
            except ValidationError as error:
                errors |= error.message_dict
        for name, most in (
            ("extra_time_percent", MOST_PERCENT),
            ("extra_attempts", MOST_ATTEMPTS),
            ("extra_days", MOST_DAYS),
        ):
            try:
                setattr(instance, name, whole_number(row[name], most))
            except ValidationError as error:
                errors[name] = error.messages
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

    def _learner(self, email, accommodation):
        """The learner of a row. Raises ValidationError, which tells authors nothing of other accounts."""
        if self.user.has_perm(agreeing.ANY):
            learner = learner_named(email)
        elif accommodation.pk is not None:
            learner = accommodation.learner
        else:
            learner = agreeing.learner_for(self.user, email=email, quiz=accommodation.quiz)
        if learner is None:
            raise ValidationError({"email": agreeing.stranger(self.user, email=email)})
        return learner

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


class QuestionResource(TableResource):
    """One row a question, known by its number: name, bank, tags and skills, by which it is found and drawn.

    Type and text are there to read. Content changes in the editor, which makes a new version, and new
    questions come by files of questions.
    """

    columns = ("id", "bank", "name", "type", "text", "tags", "skills", "retired")
    needed = ("id",)
    id = Field("id", "id", readonly=True)
    bank = Field("bank__name", "bank", readonly=True)
    name = Field("name", "name", readonly=True)
    type = Field("current__type", "type", readonly=True, default="")
    text = Field("current__text", "text", readonly=True, default="")
    tags = Field(column_name="tags", readonly=True)
    skills = Field(column_name="skills", readonly=True)
    retired = Field(column_name="retired", readonly=True)

    class Meta:
        model = Question
        fields = ("id", "bank", "name", "type", "text", "tags", "skills", "retired")
        import_id_fields = ()

    def dehydrate_bank(self, question):
        return shown(question.bank.name) if question.bank_id else ""

    def dehydrate_name(self, question):
        return shown(question.name)

    def dehydrate_text(self, question):
        return shown(question.current.text) if question.current_id else ""

    def dehydrate_tags(self, question):
        return shown("|".join(question.tags))

    def dehydrate_skills(self, question):
        return joined(question.skills.all()) if question.pk else ""

    def dehydrate_retired(self, question):
        return "yes" if question.is_retired else ""

    def find(self, row):
        number = row["id"]
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        mine = Question.objects.editable_by(self.user)
        return mine.select_related("bank", "current").filter(pk=int(number)).first()

    def import_instance(self, instance, row, **kwargs):
        if instance.pk is None:
            raise ValidationError(
                {
                    "id": _(
                        "There is no question %(id)s that you may edit; new ones come by files of questions."
                    )
                    % row
                }
                if row["id"]
                else {"id": _("Name the question by its number: new ones come by files of questions.")}
            )
        errors, wanted = self._unchanged(instance, row), {}
        if "name" in row:
            wanted["name"] = row["name"]
            if not 0 < len(row["name"]) <= 255:
                errors["name"] = _("A name has 1 to 255 characters.")
        if "bank" in row:
            wanted["bank"] = QuestionBank.objects.editable_by(self.user).filter(name=row["bank"]).first()
            if wanted["bank"] is None:
                errors["bank"] = _("There is no question bank “%(bank)s” that you may edit.") % row
        if "tags" in row:
            wanted["tags"] = several(row["tags"])
            if any(len(tag) > LONGEST_TAG for tag in wanted["tags"]):
                errors["tags"] = _("A tag has at most 100 characters.")
        if "skills" in row:
            try:
                sentence = _("There is no skill “%(name)s”: add it first.")
                wanted["skills"] = known(Skill, several(row["skills"]), sentence)
            except ValidationError as error:
                errors["skills"] = error.messages
        if "retired" in row:
            said = row["retired"].lower()
            wanted["is_retired"] = said in YES
            if said not in YES | NO:
                errors["retired"] = _("“%(said)s” is neither yes nor no.") % {"said": said[:40]}
        if errors:
            raise ValidationError(errors)
        instance.wanted = wanted
        for name, value in wanted.items():
            if name != "skills":
                setattr(instance, name, value)

    def _unchanged(self, question, row):
        """What a row would change and a table can't, by column."""
        version, errors = question.current, {}
        for name, sentence in (
            ("type", _("A table changes no types: edit the question itself.")),
            ("text", _("A table changes no texts: edit the question itself.")),
        ):
            there = getattr(version, name).split() if version is not None else []
            if row.get(name) and row[name].split() != there:
                errors[name] = sentence
        return errors

    def skip_row(self, instance, original, row, import_validation_errors=None):
        if import_validation_errors:
            return False
        return all(
            set(original.skills.all()) == set(value) if name == "skills" else getattr(original, name) == value
            for name, value in instance.wanted.items()
        )

    def write(self, instance, row):
        authoring.place_question(question=instance, **instance.wanted)
