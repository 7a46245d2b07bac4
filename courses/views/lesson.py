"""The page of a lesson, and what a learner does on it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.requests import moment, record_request
from courses import notes as own_notes
from courses import progress
from courses.access import Access, can_read, decide, is_published
from courses.addresses import lesson_by_slug, moved
from courses.content.embeds import NotAllowed, embed_url
from courses.errors import Refused
from courses.models import Block, ExerciseAnswer, Lesson, Note
from courses.outline import outline
from courses.views.course import is_preview
from courses.views.discussion import threads
from courses.views.respond import back, refused


@require_safe
def lesson(request, course_slug, slug):
    learner = request.user if request.user.is_authenticated else None
    found = Lesson.objects.for_reading(learner)
    lesson = lesson_by_slug(found, course_slug, slug)
    course = lesson.course
    preview = is_preview(request, course)
    if not preview and not (is_published(lesson) and is_published(course)):
        raise Http404
    if (course.slug, lesson.slug) != (course_slug, slug):
        return moved(request, lesson.get_absolute_url())
    decision = decide(lesson, request.user)
    plan = outline(course, request.user, enrolment=decision.enrolment, current=lesson, drafts=preview)
    previous, following = plan.neighbours(lesson.pk)
    context = {
        "course": course,
        "lesson": lesson,
        "preview": preview,
        "decision": decision,
        "enrolment": decision.enrolment,
        "outline": plan,
        "previous": previous,
        "next_lesson": following,
    }
    if not decision.is_open and not preview:
        context["Access"] = {access.name: access for access in Access}
        return render(request, "courses/lesson_gate.html", context)
    context["blocks"] = blocks = readable_blocks(lesson, learner)
    context["done"] = any(row.done for row in plan.lessons if row.pk == lesson.pk)
    if decision.enrolment is not None:
        context["percent"] = max(decision.enrolment.percent, 100 * plan.done // max(1, len(plan.lessons)))
    if request.method == "GET" and not preview:
        _note_visit(request, lesson, learner)
    context["threads"] = threads(request, lesson)
    response = render(request, "courses/lesson.html", context)
    hosts = sorted({block.frame_host for block in blocks if block.frame_host})
    if hosts:
        response._csp_update = {"frame-src": hosts}
    return response


@login_required
@require_POST
def complete(request, pk):
    lesson = _lesson(pk)
    try:
        fresh = progress.complete_lesson(lesson=lesson, learner=request.user, context=moment(request))
    except Refused as error:
        return refused(request, error, lesson.get_absolute_url())
    plan = outline(lesson.course, request.user)
    _before, following = plan.neighbours(lesson.pk)
    if fresh and plan.done == len(plan.lessons):
        # Other rules may hold the course open: a quiz to pass, say. The course's page shows what is missing.
        messages.success(request, _("That was the last lesson of this course."))
        return back(request, lesson.course.get_absolute_url())
    return back(request, following.url if following else lesson.course.get_absolute_url())


@login_required
@require_POST
def place(request, pk):
    """Called by the page while it is read: block in view, second of a video, seconds spent. 204, or 403."""
    lesson = _lesson(pk)
    if not can_read(lesson, request.user):
        return HttpResponse(status=403)
    block = request.POST.get("block", "")
    position, seconds = request.POST.get("position", ""), request.POST.get("seconds", "")
    progress.remember_place(
        lesson=lesson,
        learner=request.user,
        block=Block.objects.filter(pk=int(block), lesson=lesson).first() if block.isdecimal() else None,
        position=int(position[:6]) if position.isdecimal() else None,
        seconds=int(seconds[:4]) if seconds.isdecimal() else 0,
    )
    return HttpResponse(status=204)


@login_required
@require_POST
def bookmark(request, pk):
    lesson = _lesson(pk)
    own_notes.set_bookmark(learner=request.user, lesson=lesson, on=request.POST.get("on") == "1")
    if request.htmx:
        lesson.is_bookmarked = request.POST.get("on") == "1"
        return render(request, "courses/bookmark.html", {"lesson": lesson})
    return back(request, lesson.get_absolute_url())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notes(request, pk):
    """A learner's notes on a lesson: a part of the lesson's page, and a page of its own."""
    lesson = _lesson(pk)
    error = ""
    if request.method == "POST":
        if not can_read(lesson, request.user):
            return refused(request, _("Enrol in the course to take notes."), lesson.get_absolute_url())
        block = request.POST.get("block", "")
        try:
            own_notes.add_note(
                learner=request.user,
                lesson=lesson,
                body=request.POST.get("body", ""),
                quote=request.POST.get("quote", ""),
                block=Block.objects.filter(pk=int(block)).first() if block.isdecimal() else None,
            )
        except Refused as refusal:
            error = str(refusal)
        if not request.htmx:
            if error:
                messages.error(request, error)
            return back(request, f"{lesson.get_absolute_url()}#notes")
    found = Note.objects.filter(learner=request.user, lesson=lesson)
    context = {"lesson": lesson, "course": lesson.course, "notes": found, "error": error}
    return render(request, "courses/notes_list.html" if request.htmx else "courses/notes.html", context)


@login_required
@require_POST
def edit_note(request, pk):
    note = get_object_or_404(Note.objects.select_related("lesson__course"), pk=pk, learner=request.user)
    try:
        own_notes.edit_note(note=note, body=request.POST.get("body", ""))
    except Refused as error:
        return refused(request, error, f"{note.lesson.get_absolute_url()}#notes")
    return back(request, f"{note.lesson.get_absolute_url()}#notes")


@login_required
@require_POST
def delete_note(request, pk):
    note = get_object_or_404(Note.objects.select_related("lesson__course"), pk=pk, learner=request.user)
    lesson = note.lesson
    note.delete()
    if request.htmx:
        found = Note.objects.filter(learner=request.user, lesson=lesson)
        return render(request, "courses/notes_list.html", {"lesson": lesson, "notes": found})
    return back(request, f"{lesson.get_absolute_url()}#notes")


@login_required
@require_POST
def answer(request, pk):
    """A learner's answer to an exercise; the page then shows the model answer beside it."""
    block = get_object_or_404(Block.objects.select_related("lesson__course"), pk=pk, kind=Block.Kind.EXERCISE)
    if not can_read(block.lesson, request.user):
        raise Http404
    address = f"{block.lesson.get_absolute_url()}#block-{block.pk}"
    try:
        block.own_answer = own_notes.answer_exercise(
            learner=request.user, block=block, body=request.POST.get("body", "")
        )
    except Refused as error:
        return refused(request, error, address)
    if request.htmx:
        return render(request, "courses/blocks/exercise.html", {"block": block, "lesson": block.lesson})
    return redirect(address)


def readable_blocks(lesson, learner):
    """The blocks of a lesson with what their templates need: player address, tracks, the learner's answer."""
    blocks = list(lesson.blocks.for_reading())
    captioned = [block for block in blocks if block.settings.get("captions")]
    if captioned:
        prefetch_related_objects(captioned, "assets")
    answers = {}
    if learner is not None and any(block.kind == Block.Kind.EXERCISE for block in blocks):
        found = ExerciseAnswer.objects.filter(learner=learner, block__in=blocks)
        answers = {answer.block_id: answer for answer in found}
    for block in blocks:
        block.own_answer = answers.get(block.pk)
        block.frame_url = block.frame_host = ""
        if block.asset is None and block.settings.get("url"):
            try:
                block.frame_url = embed_url(str(block.settings["url"]))
                block.frame_host = block.frame_url.split("/")[2]
            except NotAllowed:
                block.frame_url = ""
        captions = block.settings.get("captions")
        tracks = [asset for asset in block.assets.all() if asset.path == captions] if captions else []
        block.captions = tracks[0] if tracks else None
    return blocks


def _note_visit(request, lesson, learner):
    if learner is None:
        record_request(request, verb="viewed", kind="lesson", object_id=lesson.pk)
    else:
        progress.open_lesson(lesson=lesson, learner=learner, context=moment(request))


def _lesson(pk):
    return get_object_or_404(Lesson.objects.published().select_related("course"), pk=pk)
