"""What a person tells about themselves."""

import zoneinfo

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import interests
from accounts.models import Profile, User


class SignupForm(forms.Form):
    """Fields beside e-mail and password at registration (allauth's ACCOUNT_SIGNUP_FORM_CLASS)."""

    display_name = forms.CharField(
        label=_("Name shown to others"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    timezone = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-time-zone": ""})
    )
    keep_history = forms.BooleanField(
        label=_("Add what I looked at here before registering to my account"),
        required=False,
        help_text=_("Without it, that history stays anonymous and is deleted with this visit."),
    )

    def signup(self, request, user):
        """allauth calls this once the user is saved; the consent is kept until sign-in completes."""
        request.session["keep_history"] = self.cleaned_data["keep_history"]
        zone = self.cleaned_data["timezone"]
        if zone in zoneinfo.available_timezones():
            Profile.objects.filter(user=user).update(timezone=zone)
            request.session["timezone"] = zone


def _time_zones():
    return [
        ("", _("As the site")),
        *((zone, zone) for zone in sorted(zoneinfo.available_timezones()) if "/" in zone),
    ]


class ProfileForm(forms.ModelForm):
    """The learner's name, language and time zone. Saves both the user and the profile."""

    display_name = forms.CharField(
        label=_("Name shown to others"),
        help_text=_("Beside your comments and on your certificates."),
        max_length=User._meta.get_field("display_name").max_length,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the site"),
        choices=[("", _("As the browser")), *settings.LANGUAGES],
        required=False,
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_time_zones,
        required=False,
        help_text=_("Dates, times and your study days follow it."),
    )

    class Meta:
        model = Profile
        fields = ["language", "timezone", "single_key_shortcuts"]
        help_texts = {
            "single_key_shortcuts": _(
                "In lessons and quizzes, n goes to the next page and p to the previous one."
            )
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["display_name"].initial = self.instance.user.display_name
        self.order_fields(["display_name"])

    def save(self, commit=True):
        user = self.instance.user
        user.display_name = self.cleaned_data["display_name"]
        user.save(update_fields=["display_name"])
        return super().save(commit)


class AboutYouForm(forms.ModelForm):
    """Answers nobody has to give; kept only with consent to use them for suggestions."""

    EDUCATION = [
        ("", _("I'd rather not say")),
        ("school", _("School")),
        ("vocational", _("Vocational training")),
        ("bachelor", _("Bachelor's degree")),
        ("master", _("Master's degree")),
        ("doctorate", _("Doctorate")),
    ]

    education = forms.ChoiceField(label=_("Education"), choices=EDUCATION, required=False)

    class Meta:
        model = Profile
        fields = ["demographics_consent", "gender", "birth_year", "country", "education"]
        labels = {"demographics_consent": _("Use these answers for my suggestions")}
        help_texts = {
            "demographics_consent": _(
                "Without this, the answers below are deleted. You can change it at any time."
            )
        }
        widgets = {
            "birth_year": forms.NumberInput(attrs={"autocomplete": "bday-year", "inputmode": "numeric"}),
            "country": forms.TextInput(attrs={"autocomplete": "country-name"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["gender"].choices = [("", _("I'd rather not say")), *Profile.Gender.choices]

    def clean_birth_year(self):
        year = self.cleaned_data["birth_year"]
        if year is not None and not 1900 <= year <= timezone.localdate().year:
            raise forms.ValidationError(_("Write the year in four digits, such as 1990."))
        return year

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("demographics_consent"):
            cleaned |= {"gender": "", "birth_year": None, "country": "", "education": ""}
            for name in ("gender", "birth_year", "country", "education"):
                self._errors.pop(name, None)
        return cleaned


class InterestsForm(forms.Form):
    interests = forms.MultipleChoiceField(
        label=_("What would you like to learn about?"),
        choices=interests.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
