"""Authors see and change what belongs to the courses that name them; who may edit any quiz, everything."""

from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext as _

from courses.admin import ownership
from courses.models import Course, Lesson
from quizzes.models import Question, QuestionBank

ANY = "quizzes.edit_any_quiz"


class OwnedAdmin(ownership.OwnedAdmin):
    """That of courses, for what may name a course, a lesson or a bank."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """What an autocomplete field takes is not what it offers: both are a person's own."""
        own = {"course": Course, "lesson": Lesson, "bank": QuestionBank}
        if db_field.name in own:
            kwargs["queryset"] = own[db_field.name].objects.editable_by(request.user)
        if db_field.name == "course" and not request.user.has_perm(ANY):
            kwargs["required"] = True  # without one it would be the editors' alone
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SlotFormSet(BaseInlineFormSet):
    """The places of a quiz. What a person puts there they may edit: a quiz shows its answers to its authors.

    What an editor has put there stays. `user` is set by the admin.
    """

    user = None
    WHAT = {"question", "draw_bank", "draw_tag", "draw_skill"}

    def clean(self):
        super().clean()
        if self.user.has_perm(ANY):
            return
        for form in self.forms:
            if form.cleaned_data.get("DELETE") or not self.WHAT & set(form.changed_data):
                continue
            question, bank = form.cleaned_data.get("question"), form.cleaned_data.get("draw_bank")
            if question is None and bank is None:
                form.add_error("draw_bank", ValidationError(_("Choose one of your banks to draw from.")))
            if question is not None and not _holds(Question, self.user, question):
                form.add_error("question", ValidationError(_("Choose a question of your banks.")))
            if bank is not None and not _holds(QuestionBank, self.user, bank):
                form.add_error("draw_bank", ValidationError(_("Choose one of your banks to draw from.")))


def _holds(model, user, row):
    return model.objects.editable_by(user).filter(pk=row.pk).exists()
