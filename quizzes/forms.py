from django import forms
from django.utils.translation import gettext_lazy as _


class StartForm(forms.Form):
    """Only for quizzes that have a password."""

    password = forms.CharField(label=_("Password of this quiz"), widget=forms.PasswordInput, strip=False)
