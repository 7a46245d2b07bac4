"""Writing terms and privacy in the admin."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.lists import ModelAdmin
from courses.content.markdown import MAX_CHARACTERS
from embark import legal
from embark.models import LegalText


class LegalTextForm(forms.ModelForm):
    class Meta:
        model = LegalText
        fields = ["page", "language", "source"]
        widgets = {"source": UnfoldAdminTextareaWidget(attrs={"rows": 30, "maxlength": MAX_CHARACTERS})}

    def clean_source(self):
        source = self.cleaned_data["source"]
        if len(source) > MAX_CHARACTERS:
            raise forms.ValidationError(_("This text is too long: shorten it."))
        return source


@admin.register(LegalText)
class LegalTextAdmin(ModelAdmin):
    form = LegalTextForm
    list_display = ["page", "language", "written_at"]

    def get_readonly_fields(self, request, obj=None):
        return ["page", "language"] if obj is not None else []

    def get_changeform_initial_data(self, request):
        """A new text begins with the one that the site ships with: of ?page= and ?language=, or the terms."""
        given = {"page": LegalText.Page.TERMS, "language": "en"} | super().get_changeform_initial_data(
            request
        )
        return {"source": legal.shipped_source(given["page"], given["language"])} | given

    def save_model(self, request, obj, form, change):
        legal.save(obj)
