from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from courses import prerequisites
from courses.content.embeds import NotAllowed, embed_url
from courses.content.markdown import MAX_CHARACTERS
from courses.models import Block, Course, Lesson, Section


class MarkdownWidget(UnfoldAdminTextareaWidget):
    """A textarea that static/js/markdown-editor.js gives a live preview, image paste and a link picker."""

    class Media:
        js = ["js/markdown-editor.js"]
        css = {"all": ["css/authoring.css"]}

    def __init__(self, attrs=None):
        super().__init__({"rows": 12, "data-markdown": "1", "maxlength": MAX_CHARACTERS, **(attrs or {})})


class NoCycles:
    """Prerequisites of the form must not come back to its own object."""

    def clean_prerequisites(self):
        chosen = self.cleaned_data["prerequisites"]
        if self.instance.pk:
            prerequisites.check(self.instance, chosen)
        return chosen


class CourseForm(NoCycles, forms.ModelForm):
    class Meta:
        model = Course
        fields = "__all__"  # noqa: DJ007 (the admin's fieldsets choose)
        widgets = {
            "description": MarkdownWidget,
            "summary": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "instructors": UnfoldAdminTextInputWidget,
        }


class LessonForm(NoCycles, forms.ModelForm):
    class Meta:
        model = Lesson
        fields = "__all__"  # noqa: DJ007 (the admin's fieldsets choose)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "section" in self.fields:
            course = self.instance.course_id
            self.fields["section"].queryset = Section.objects.filter(course=course)
            if "prerequisites" in self.fields:
                others = Lesson.objects.filter(course=course).exclude(pk=self.instance.pk)
                self.fields["prerequisites"].queryset = others.in_order()


class BlockForm(forms.ModelForm):
    """A block; a new file can be uploaded in place."""

    upload = forms.FileField(label=_("New file"), required=False, widget=UnfoldAdminFileFieldWidget)
    url = forms.CharField(label=_("Address"), required=False, widget=UnfoldAdminTextInputWidget)
    extra = forms.CharField(
        label=_("Transcript or model answer"),
        required=False,
        widget=MarkdownWidget(attrs={"rows": 4}),
        help_text=_("Markdown. Of a video or audio: its transcript. Of an exercise: the model answer."),
    )
    captions = forms.CharField(
        label=_("Captions"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Path of a WebVTT file of this course, such as files/film.vtt."),
    )

    class Meta:
        model = Block
        fields = ["position", "kind", "source", "asset", "alt"]
        widgets = {"source": MarkdownWidget}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        settings = self.instance.settings or {}
        self.initial["url"] = settings.get("url", "") or settings.get("quiz", "")
        self.initial["captions"] = settings.get("captions", "")
        self.initial["extra"] = settings.get("transcript", "") or settings.get("answer", "")
        self.fields["url"].help_text = _(
            "Of a video or page to embed: its https address. Of a quiz: the quiz's slug."
        )

    def clean(self):
        data = super().clean()
        if data.get("kind") in ("video", "embed") and data.get("url"):
            try:
                embed_url(data["url"])
            except NotAllowed as error:
                raise ValidationError({"url": str(error)}) from error
        return data

    def as_block(self):
        """The block as `authoring.set_blocks` takes it."""
        data = self.cleaned_data
        settings = dict(self.instance.settings or {})
        kind = data["kind"]
        fields = {
            "url": data["url"] if kind in ("video", "embed") else "",
            "quiz": data["url"] if kind == "quiz" else "",
            "captions": data["captions"] if kind in ("video", "audio") else "",
            "transcript": data["extra"] if kind in ("video", "audio") else "",
            "answer": data["extra"] if kind == "exercise" else "",
        }
        settings = {name: value for name, value in (settings | fields).items() if value not in ("", None)}
        return {
            "id": self.instance.pk,
            "kind": kind,
            "source": data["source"],
            "asset": data["asset"],
            "alt": data["alt"],
            "settings": settings,
        }


class BlockFormSet(forms.BaseInlineFormSet):
    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        # A new block does not know its lesson yet, the formset does: its course's files are the choices.
        if self.instance.pk:
            form.fields["asset"].queryset = self.instance.course.assets.all()
        return form

    def kept(self):
        """The forms of blocks that stay: filled in and not marked for deletion."""
        return [
            form
            for form in self.forms
            if form not in self.deleted_forms and (form.instance.pk or form.has_changed())
        ]


class ScheduleForm(forms.Form):
    publish_at = forms.SplitDateTimeField(
        label=_("Appears on"), widget=UnfoldAdminSplitDateTimeWidget, help_text=_("In your time zone.")
    )


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Everybody who checks the certificate reads it."),
    )


class MoveForm(forms.Form):
    """Lessons chosen in a list, to be moved to a section of their course."""

    section = forms.ModelChoiceField(
        label=_("To section"), queryset=Section.objects.none(), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args, course, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = course.sections.all()
