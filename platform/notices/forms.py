"""What a learner wants to be told by mail."""

from django import forms
from django.utils.translation import gettext_lazy as _

from notices.models import Preference


class PreferenceForm(forms.ModelForm):
    class Meta:
        model = Preference
        fields = ["email", "digest", "quiet_from", "quiet_until"]
        labels = {
            "email": _("Mail me my notices"),
            "digest": _("Mail me a digest on Monday mornings"),
            "quiet_from": _("Quiet from"),
            "quiet_until": _("Quiet until"),
        }
        help_texts = {
            "email": _("Answers to your comments, certificates and news of your courses."),
            "digest": _("What is new for you, and what to learn next."),
            "quiet_until": _(
                "Mails of these hours wait until they are over, by the clock of your time zone."
            ),
        }
        widgets = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            for name in ("quiet_from", "quiet_until")
        }

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (start is None) != (end is None) and not self.errors:
            missing = "quiet_until" if end is None else "quiet_from"
            self.add_error(missing, _("Give both the beginning and the end of your quiet hours, or neither."))
        return cleaned
