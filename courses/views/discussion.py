"""Comments below a lesson. The list is fetched in two queries however long it is."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses import discussion
from courses.access import active_enrolment, can_edit, can_read
from courses.addresses import by_slug, moved
from courses.content.markdown import plain_text
from courses.errors import Refused
from courses.models import Comment, CommentVote, Course, Lesson
from courses.search import clean_words, headline, marked, text_query
from courses.views.respond import back, refused

THREADS_SHOWN = 20
REPLIES_SHOWN = 100


@dataclass
class Threads:
    """A page of the discussion: top-level comments, each with its `thread_replies`; are there more?"""

    comments: list = field(default_factory=list)
    has_more: bool = False
    page: int = 1
    can_write: bool = False


def threads(request, lesson, *, page=1):
    """The discussion of a lesson as this person sees it, newest questions and comments first."""
    user = request.user
    learner = user if user.is_authenticated else None
    visible = Comment.objects.visible_to(user).filter(lesson=lesson)
    start = (page - 1) * THREADS_SHOWN
    top = visible.filter(parent=None).order_by("-created_at", "-pk").values("pk")
    rows = (
        visible.filter(
            Q(pk__in=top[start : start + THREADS_SHOWN + 1])
            | Q(parent__in=top[start : start + THREADS_SHOWN])
        )
        .select_related("author")
        .annotate(has_vote=Exists(CommentVote.objects.filter(comment=OuterRef("pk"), learner=learner)))
        .order_by(F("parent").asc(nulls_first=True), "-is_accepted", "-vote_count", "created_at", "pk")
    )
    found = Threads(page=page)
    by_id = {}
    for row in rows:
        row.thread_replies = []
        row.is_own = learner is not None and row.author_id == learner.pk
        if row.parent_id is None:
            by_id[row.pk] = row
        elif row.parent_id in by_id and len(by_id[row.parent_id].thread_replies) < REPLIES_SHOWN:
            by_id[row.parent_id].thread_replies.append(row)
    newest_first = sorted(by_id.values(), key=lambda row: (row.created_at, row.pk), reverse=True)
    found.comments, found.has_more = newest_first[:THREADS_SHOWN], len(newest_first) > THREADS_SHOWN
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request, pk):
    """GET: a page of the discussion, for "show more". POST: a new comment or reply."""
    lesson = get_object_or_404(Lesson.objects.published().select_related("course"), pk=pk)
    if request.method == "POST":
        return _post(request, lesson)
    if not can_read(lesson, request.user) and not can_edit(lesson.course, request.user):
        raise Http404
    number = request.GET.get("page", "1")
    page = int(number) if number.isdecimal() and 1 <= int(number[:6]) <= 10_000 else 1
    context = {"lesson": lesson, "course": lesson.course, "threads": threads(request, lesson, page=page)}
    template = "courses/comments_page.html" if request.htmx else "courses/comments.html"
    return render(request, template, context)


@login_required
def _post(request, lesson):
    parent = request.POST.get("parent", "")
    address = f"{lesson.get_absolute_url()}#comments"
    try:
        comment = discussion.post(
            lesson=lesson,
            author=request.user,
            body=request.POST.get("body", ""),
            parent=get_object_or_404(Comment, pk=int(parent), lesson=lesson) if parent.isdecimal() else None,
            is_question=bool(request.POST.get("is_question")),
        )
    except Refused as error:
        if request.htmx:
            return render(
                request,
                "courses/comments_list.html",
                {"lesson": lesson, "threads": threads(request, lesson), "error": str(error)},
            )
        return refused(request, error, address)
    if comment.status == Comment.Status.PENDING:
        messages.info(request, _("Your comment will appear once a moderator has read it."))
    if request.htmx:
        return render(
            request, "courses/comments_list.html", {"lesson": lesson, "threads": threads(request, lesson)}
        )
    return back(request, discussion.address(comment))


@login_required
@require_safe
def of_course(request, slug):
    """The discussion of a whole course, newest first, for its learners: searched, or its open questions."""
    course = by_slug(Course.objects.published(), slug)
    if course.slug != slug:
        return moved(request, reverse("courses:discussion", args=[course.slug]))
    if active_enrolment(course, request.user) is None and not can_edit(course, request.user):
        messages.error(request, _("Enrol in the course to read its discussion."))
        return redirect(course)
    words = clean_words(request.GET.get("q"))
    found = (
        Comment.objects.visible_to(request.user)
        .filter(lesson__course=course)
        .exclude(status=Comment.Status.DELETED)
        .select_related("author", "lesson__course")
        .order_by("-created_at", "-pk")
    )
    if words:
        query = text_query(words, course.language)
        found = found.filter(search_vector=query).annotate(snippet=headline("body", query))
    if request.GET.get("only") == "open":
        answered = Comment.objects.filter(parent=OuterRef("pk"), is_accepted=True)
        found = found.filter(is_question=True).exclude(Exists(answered))
    page = Paginator(found, THREADS_SHOWN).get_page(request.GET.get("page"))
    for comment in page.object_list:
        text = plain_text(comment.body_html)
        comment.shown = marked(comment.snippet) if words else Truncator(text).chars(300)
    context = {"course": course, "page": page, "words": words, "only": request.GET.get("only", "")}
    return render(request, "courses/discussion.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    comment = _own(request, pk)
    if request.method != "POST":
        return render(request, "courses/comment_edit.html", {"comment": comment, "lesson": comment.lesson})
    try:
        discussion.edit(comment=comment, body=request.POST.get("body", ""))
    except Refused as error:
        return refused(request, error, discussion.address(comment))
    return back(request, discussion.address(comment))


@login_required
@require_POST
def delete(request, pk):
    comment = _own(request, pk)
    address = f"{comment.lesson.get_absolute_url()}#comments"
    discussion.delete(comment=comment)
    messages.success(request, _("The comment is deleted."))
    return back(request, address)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request, pk):
    comment = _seen(request, pk)
    if request.method != "POST":
        return render(request, "courses/comment_report.html", {"comment": comment, "lesson": comment.lesson})
    discussion.report(comment=comment, reporter=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("Thank you. A moderator will look at the comment."))
    return back(request, f"{comment.lesson.get_absolute_url()}#comments")


@login_required
@require_POST
def vote(request, pk):
    comment = _seen(request, pk)
    on = request.POST.get("on") == "1"
    try:
        comment.vote_count = discussion.vote(comment=comment, learner=request.user, on=on)
    except Refused as error:
        return refused(request, error, discussion.address(comment))
    if request.htmx:
        comment.has_vote = on
        return render(request, "courses/vote.html", {"comment": comment})
    return back(request, discussion.address(comment))


@login_required
@require_POST
def accept(request, pk):
    comment = _seen(request, pk)
    try:
        discussion.accept(comment=comment, user=request.user)
    except Refused as error:
        return refused(request, error, discussion.address(comment))
    return back(request, discussion.address(comment))


def _own(request, pk):
    """A comment of the person's own, or 404: whether another's exists is nobody's business."""
    return get_object_or_404(
        Comment.objects.select_related("lesson__course", "parent").exclude(status=Comment.Status.DELETED),
        pk=pk,
        author=request.user,
    )


def _seen(request, pk):
    """A comment that this person can read, or 404."""
    comment = get_object_or_404(
        Comment.objects.visible_to(request.user)
        .exclude(status=Comment.Status.DELETED)
        .select_related("lesson__course", "parent", "author"),
        pk=pk,
    )
    if not can_read(comment.lesson, request.user) and not can_edit(comment.lesson.course, request.user):
        raise Http404
    return comment
