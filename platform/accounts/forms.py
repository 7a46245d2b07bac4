"""What a person tells about themselves."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SignupForm(forms.Form):
    """Fields beside e-mail and password at registration (allauth's ACCOUNT_SIGNUP_FORM_CLASS)."""

    display_name = forms.CharField(
        label=_("Name shown to others"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    keep_history = forms.BooleanField(
        label=_("Add what I looked at here before registering to my account"),
        required=False,
        help_text=_("Without it, that history stays anonymous and is deleted with this visit."),
    )

    def signup(self, request, user):
        """allauth calls this once the user is saved; the consent is kept until sign-in completes."""
        request.session["keep_history"] = self.cleaned_data["keep_history"]
