"""The import wizard: upload, look at every question as a learner will see it, apply; and the export.

Between the two steps the file waits in the storage under a name that only its uploader's signed form knows.
"""

import random
import uuid
from dataclasses import dataclass, replace

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from quizzes import banks
from quizzes.admin.forms import ImportForm
from quizzes.authoring import question_problems
from quizzes.exporting import export_questions
from quizzes.formats import IMPORTED, WRITERS, ImportedQuestion, Unreadable, read_questions
from quizzes.importing import import_questions, undo_import
from quizzes.models import AttemptQuestion, Question, QuestionBank, QuestionImport, QuestionVersion, Quiz
from quizzes.presentation import Shown, present_all
from quizzes.rendering import version_html
from quizzes.review import Reveal

SALT = "quizzes.import"
WAITS = 3600
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """One item of the file: what would become of it, and how it would look (None if it can't)."""

    item: object
    shown: Shown | None


def _check(request):
    if not request.user.has_perm("quizzes.add_question"):
        raise PermissionDenied


def upload_view(request, site, opts):
    """Step one: the file. Its preview is the answer."""
    _check(request)
    quizzes = Quiz.objects.editable_by(request.user)
    form = ImportForm(request.POST or None, request.FILES or None, quizzes=quizzes, user=request.user)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            reading = read_questions(file.read(), name=file.name, format=form.cleaned_data["format"])
        except Unreadable as error:
            form.add_error("file", str(error))
        else:
            return _preview(request, form.cleaned_data, reading)
    context = {**site.each_context(request), "opts": opts, "title": _("Import questions"), "form": form}
    return render(request, "quizzes/admin/import.html", context)


def _preview(request, wanted, reading):
    wanted["file"].seek(0)
    name = default_storage.save(f"question-imports/{uuid.uuid4()}", ContentFile(wanted["file"].read()))
    ticket = signing.dumps(
        {
            "name": name,
            "file": wanted["file"].name,
            "format": wanted["format"],
            "bank": wanted["bank"],
            "quiz": wanted["quiz"].pk if wanted["quiz"] else None,
            "user": request.user.pk,
        },
        salt=SALT,
    )
    report, _source = import_questions(
        reading=reading,
        bank=banks.named_for(request.user, name=wanted["bank"], quiz=wanted["quiz"]),
        file_name=wanted["file"].name,
        dry_run=True,
    )
    previews = [
        Preview(item, _shown(entry, place) if item.outcome == IMPORTED else None)
        for place, (item, entry) in enumerate(zip(report.items, reading.items, strict=True), start=1)
        if place <= SHOWN
    ]
    context = {
        "report": report.as_dict(),
        "previews": previews,
        "ticket": ticket,
        "bank": wanted["bank"],
        "quiz": wanted["quiz"],
    }
    return render(request, "quizzes/import_preview.html", context)


def _shown(entry: ImportedQuestion, place: int) -> Shown | None:
    """The question as a learner would see it afterwards, right answers named, without storing anything."""
    if question_problems(type=entry.type, text=entry.text, data=entry.data):
        return None
    version = QuestionVersion(
        type=entry.type, text=entry.text, data=entry.data, explanation=entry.explanation, hints=entry.hints
    )
    version_html(version)
    variant = version.kind.draw(version.data, random.Random(1))  # noqa: S311  not a secret
    question = AttemptQuestion(position=place, version=version, variant=variant, fraction=0.0)
    shown = present_all([question], reveal=Reveal(marks=False, answers=True))[0]
    return replace(shown, number=shown.number and place)


def apply_view(request):
    """Step two: bring in what was looked at."""
    _check(request)
    if request.method != "POST":
        raise Http404
    try:
        wanted = signing.loads(request.POST.get("ticket", ""), salt=SALT, max_age=WAITS)
    except signing.BadSignature:
        wanted = None
    if wanted is None or wanted["user"] != request.user.pk or not default_storage.exists(wanted["name"]):
        messages.error(request, _("The file is no longer here: upload it again."))
        return redirect("admin:quizzes_questionbank_import")
    with default_storage.open(wanted["name"]) as stored:
        content = stored.read()
    reading = read_questions(content, name=wanted["file"], format=wanted["format"])
    quiz = Quiz.objects.editable_by(request.user).filter(pk=wanted["quiz"]).first()
    try:
        bank = banks.named_for(request.user, name=wanted["bank"], quiz=quiz)
    except banks.NotYours as refusal:  # somebody made it since the preview
        messages.error(request, str(refusal))
        return redirect("admin:quizzes_questionbank_import")
    report, source = import_questions(
        reading=reading,
        bank=bank,
        file_name=wanted["file"],
        quiz=quiz,
        author=request.user,
    )
    default_storage.delete(wanted["name"])
    messages.success(
        request,
        _("%(imported)d of %(found)d questions imported.")
        % {"imported": report.count(IMPORTED), "found": len(report.items)},
    )
    return redirect("admin:quizzes_questionimport_change", source.pk)


def undo_view(request, pk):
    _check(request)
    if request.method != "POST":
        raise Http404
    mine = QuestionImport.objects.filter(bank__in=QuestionBank.objects.editable_by(request.user))
    source = get_object_or_404(mine, pk=pk, undone_at=None)
    deleted, retired = undo_import(source=source)
    messages.success(
        request,
        _("%(deleted)d questions deleted, %(retired)d retired because attempts saw them.")
        % {"deleted": deleted, "retired": retired},
    )
    return redirect("admin:quizzes_questionimport_change", pk)


def export_view(request, pk, format):
    if not request.user.has_perm("quizzes.view_question"):
        raise PermissionDenied
    if format not in WRITERS:
        raise Http404
    bank = get_object_or_404(QuestionBank.objects.editable_by(request.user), pk=pk)
    questions = Question.objects.filter(bank=bank, is_retired=False).with_current().order_by("pk")
    writer = WRITERS[format]
    response = HttpResponse(
        export_questions(questions=questions, format=format), content_type=writer.content_type
    )
    response["Content-Disposition"] = f'attachment; filename="questions-{bank.pk}.{writer.ending}"'
    return response
