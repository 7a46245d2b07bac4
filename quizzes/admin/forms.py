import ipaddress

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from quizzes import agreeing, banks, types
from quizzes.authoring import RESERVED_SLUGS, question_problems
from quizzes.formats import FORMATS, MAX_SIZE
from quizzes.models import Accommodation, Question, Quiz


class QuestionForm(forms.ModelForm):
    """A question and the content of its newest version; saving changed content makes a new version.

    Answers are written as lines, or as JSON where lines can't say everything.
    """

    type = forms.ChoiceField(label=_("Type"), choices=types.choices, widget=UnfoldAdminSelectWidget)
    text = forms.CharField(
        label=_("Text"), widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}), help_text=_("Markdown.")
    )
    lines = forms.CharField(
        label=_("Answers"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 6})
    )
    data = forms.JSONField(
        label=_("Answers as JSON"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 10}),
        help_text=_("For what lines can't say. Changed lines win."),
    )
    explanation = forms.CharField(
        label=_("Explanation"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("Markdown; shown once the answers may be seen."),
    )
    hints = forms.CharField(
        label=_("Hints"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("One a line; shown one after another, after wrong tries or for credits."),
    )

    class Meta:
        model = Question
        fields = ["bank", "name", "tags", "skills", "is_retired"]
        widgets = {"tags": UnfoldAdminTextInputWidget}
        help_texts = {"tags": _("Separated by commas; slots can draw by them.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        current = self.instance.current if self.instance.pk else None
        help_texts = [
            f"{kind.label}: {kind.lines_help}"
            for kind in map(types.question_type, types.names())
            if kind.lines_help
        ]
        self.fields["lines"].help_text = (
            types.question_type(current.type).lines_help if current else " · ".join(help_texts)
        )
        if current:
            lines = current.kind.to_lines(current.data)
            self.initial |= {
                "type": current.type,
                "text": current.text,
                "lines": lines or "",
                "data": current.data,
                "explanation": current.explanation,
                "hints": "\n".join(current.hints),
            }
            if lines is None:
                self.fields["lines"].help_text = _("These answers can only be edited as JSON, below.")
                self.fields["lines"].disabled = True

    def clean_hints(self):
        return [line.strip() for line in self.cleaned_data["hints"].splitlines() if line.strip()]

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        data = cleaned.get("data") or {}
        lines = [line.strip() for line in cleaned.get("lines", "").splitlines() if line.strip()]
        kind = types.question_type(cleaned["type"])
        if lines and ("lines" in self.changed_data or not data):
            try:
                data = kind.from_lines(lines, data)
            except ValueError as error:
                self.add_error("lines", str(error))
                return cleaned
        cleaned["data"] = data
        for problem in question_problems(type=cleaned["type"], text=cleaned["text"], data=data):
            self.add_error(
                "lines" if "lines" in self.changed_data or not self.instance.pk else "data", problem
            )
        return cleaned

    def content(self):
        """The fields that a version holds."""
        return {name: self.cleaned_data[name] for name in ("type", "text", "data", "explanation", "hints")}


class QuizForm(forms.ModelForm):
    class Meta:
        model = Quiz
        fields = "__all__"  # noqa: DJ007  the admin's fieldsets choose
        widgets = {
            "description": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
            "grade_bands": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
            "ip_ranges": UnfoldAdminTextInputWidget,
        }

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if slug in RESERVED_SLUGS:
            raise forms.ValidationError(_("This address is taken by a page of the site: choose another."))
        return slug

    def clean_ip_ranges(self):
        for allowed in self.cleaned_data["ip_ranges"]:
            try:
                ipaddress.ip_network(allowed.strip(), strict=False)
            except ValueError as error:
                raise forms.ValidationError(
                    _("“%(range)s” is no address or range: write it like 192.0.2.0/24.") % {"range": allowed}
                ) from error
        return self.cleaned_data["ip_ranges"]

    def clean_grade_bands(self):
        bands = self.cleaned_data["grade_bands"] or []
        good = isinstance(bands, list) and all(
            isinstance(band, dict)
            and isinstance(band.get("from"), int | float)
            and isinstance(band.get("text"), str)
            for band in bands
        )
        if not good:
            raise forms.ValidationError(_('Write a list such as [{"from": 80, "text": "Well done."}].'))
        return bands


class MarkForm(forms.Form):
    """A person's mark for one answer."""

    mark = forms.FloatField(label=_("Mark"), widget=UnfoldAdminDecimalFieldWidget)
    comment = forms.CharField(
        label=_("Comment for the learner"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Needed where an earlier mark changes; only staff see it."),
    )


class ImportForm(forms.Form):
    """A file of questions, and where they go."""

    file = forms.FileField(label=_("File"), widget=UnfoldAdminFileFieldWidget)
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[("auto", _("Told by the content")), *((name, name) for name in FORMATS)],
        widget=UnfoldAdminSelectWidget,
    )
    bank = forms.CharField(
        label=_("Question bank"),
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Its name; a new one is made where there is none."),
    )
    quiz = forms.ModelChoiceField(
        label=_("Add to the quiz"),
        queryset=Quiz.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args, quizzes, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["quiz"].queryset = quizzes

    def clean(self):
        cleaned = super().clean()
        if "bank" in cleaned and "quiz" in cleaned:
            try:
                banks.named_for(self.user, name=cleaned["bank"], quiz=cleaned["quiz"])
            except banks.NotYours as refusal:
                self.add_error("bank", str(refusal))
        return cleaned

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_SIZE:
            raise forms.ValidationError(
                _("The file is larger than %(limit)d MB.") % {"limit": MAX_SIZE // 2**20}
            )
        return file


class RegradeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why the marks change"), max_length=300, widget=UnfoldAdminTextInputWidget
    )


class AccommodationForm(forms.ModelForm):
    """What is different for a learner, who is named by address. `user` is set by the admin."""

    user = None
    email = forms.EmailField(
        label=_("Address of the learner"),
        help_text=_("As the gradebook shows it."),
        widget=UnfoldAdminEmailInputWidget,
    )

    field_order = ["email"]

    class Meta:
        model = Accommodation
        fields = ["quiz", "extra_time_percent", "extra_attempts", "extra_days", "closes_at", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # Who it is about stays: somebody else's is another accommodation.
            self.fields["email"].disabled, self.fields["email"].required = True, False
            self.initial["email"] = self.instance.learner.email

    def clean(self):
        cleaned = super().clean()
        email, quiz = cleaned.get("email"), cleaned.get("quiz")
        if cleaned.get("closes_at") and quiz is None and "quiz" not in self.errors:
            self.add_error("closes_at", _("A closing time belongs to one quiz: name it."))
        if self.errors or (self.instance.pk and "quiz" not in self.changed_data):
            return cleaned
        learner = agreeing.learner_for(self.user, email=email or "", quiz=quiz)
        if learner is None:
            self.add_error("email", agreeing.stranger(self.user, email=email or ""))
        else:
            self.instance.learner = learner
        return cleaned

    def _get_validation_exclusions(self):
        # The learner comes by address, and takes part in what may be there only once.
        excluded = super()._get_validation_exclusions()
        return excluded - {"learner"} if self.instance.learner_id else excluded
