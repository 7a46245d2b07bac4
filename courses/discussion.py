"""Talking below a lesson: comments, questions, answers, votes, reports, moderation."""

import datetime
import re

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.access import can_edit, can_read
from courses.content.markdown import render_comment, storable
from courses.errors import Refused
from courses.models import Comment, CommentReport, CommentVote
from notices.messages import notify

MAX_CHARACTERS = 10_000
PER_MINUTE = 5
# A newcomer's comment with a link waits for a moderator: that is what spam looks like.
TRUSTED_AFTER = 3
REPORTS_TO_HIDE = 3
LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


@transaction.atomic
def post(*, lesson, author, body, parent=None, is_question=False, now=None):
    """Write a comment, or a reply to one; returns it. A repeated click returns the first.

    Raises Refused if the lesson can't be read, the text is empty or too long, or there were too many at once.
    """
    now = now or timezone.now()
    if not can_read(lesson, author, at=now) and not can_edit(lesson.course, author):
        raise Refused(_("Enrol in the course to join its discussion."))
    body = _checked(body)
    if parent is not None and (parent.lesson_id != lesson.pk or parent.parent_id is not None):
        raise Refused(_("Reply to a comment of this lesson."))
    recent = Comment.objects.filter(author=author, created_at__gt=now - datetime.timedelta(minutes=1))
    twin = recent.filter(lesson=lesson, parent=parent, body=body).first()
    if twin is not None:
        return twin
    if recent.count() >= PER_MINUTE:
        raise Refused(_("That was quick: wait a minute before the next comment."))
    comment = Comment.objects.create(
        lesson=lesson,
        author=author,
        parent=parent,
        body=body,
        body_html=render_comment(body),
        status=_first_status(author, body),
        is_question=is_question and parent is None,
        language=lesson.course.language,
        created_at=now,
    )
    _mention(comment)
    if comment.status == Comment.Status.VISIBLE:
        _announce(comment)
    return comment


@transaction.atomic
def edit(*, comment, body, now=None):
    """Change the words of a comment. Raises Refused for empty or too long ones."""
    comment.body = _checked(body)
    comment.body_html = render_comment(comment.body)
    comment.edited_at = now or timezone.now()
    if comment.status == Comment.Status.VISIBLE:
        comment.status = _first_status(comment.author, comment.body)
    comment.save(update_fields=["body", "body_html", "edited_at", "status"])
    return comment


@transaction.atomic
def delete(*, comment):
    """Remove a comment. One with replies stays as a placeholder without words and author."""
    if comment.replies.exists():
        Comment.objects.filter(pk=comment.pk).update(
            body="", body_html="", author=None, status=Comment.Status.DELETED, edited_at=None
        )
        comment.mentions.clear()
    else:
        parent = comment.parent
        comment.delete()
        if parent is not None and parent.status == Comment.Status.DELETED and not parent.replies.exists():
            parent.delete()


@transaction.atomic
def vote(*, comment, learner, on=True):
    """Vote for a comment or take the vote back; one vote each, none for oneself. Returns the new count."""
    if comment.author_id == learner.pk:
        raise Refused(_("You can't vote for your own comment."))
    if on:
        _vote, changed = CommentVote.objects.get_or_create(comment=comment, learner=learner)
    else:
        changed, _by_model = CommentVote.objects.filter(comment=comment, learner=learner).delete()
    if changed:
        step = 1 if on else -1
        Comment.objects.filter(pk=comment.pk).update(vote_count=F("vote_count") + step)
    comment.refresh_from_db(fields=["vote_count"])
    return comment.vote_count


@transaction.atomic
def accept(*, comment, user):
    """Mark a reply as the answer to its question; only who asked, or an author of the course, may."""
    question = comment.parent
    if question is None or not question.is_question:
        raise Refused(_("Only a reply to a question can be the accepted answer."))
    if question.author_id != user.pk and not can_edit(comment.lesson.course, user):
        raise Refused(_("Only the person who asked can accept an answer."))
    already = comment.is_accepted
    question.replies.update(is_accepted=False)
    Comment.objects.filter(pk=comment.pk).update(is_accepted=not already)
    if not already and comment.author_id and comment.author_id != user.pk:
        notify(
            learner=comment.author,
            kind="answer_accepted",
            title=_("Your answer was accepted"),
            url=address(comment),
        )


@transaction.atomic
def report(*, comment, reporter, reason=""):
    """Tell the moderators about a comment, once each. After three reports it waits for them, unseen."""
    _report, created = CommentReport.objects.get_or_create(
        comment=comment, reporter=reporter, defaults={"reason": storable(reason).strip()[:500]}
    )
    open_reports = comment.reports.filter(resolved_at=None).count()
    if created and open_reports >= REPORTS_TO_HIDE:
        Comment.objects.filter(pk=comment.pk, status=Comment.Status.VISIBLE).update(
            status=Comment.Status.PENDING
        )


@transaction.atomic
def moderate(*, comments, show, now=None):
    """Show or hide comments and close their reports; returns how many were changed."""
    status = Comment.Status.VISIBLE if show else Comment.Status.HIDDEN
    ids = [comment.pk for comment in comments]
    waiting = list(Comment.objects.filter(pk__in=ids, status=Comment.Status.PENDING).select_related("parent"))
    changed = (
        Comment.objects.filter(pk__in=ids)
        .exclude(status__in=[status, Comment.Status.DELETED])
        .update(status=status)
    )
    CommentReport.objects.filter(comment__in=ids, resolved_at=None).update(resolved_at=now or timezone.now())
    if show:
        for comment in waiting:
            _announce(comment)
    return changed


def address(comment):
    """Where a comment is: the lesson, at that comment."""
    return f"{comment.lesson.get_absolute_url()}#comment-{comment.pk}"


def _checked(body):
    body = storable(body).strip()
    if not body:
        raise Refused(_("Write something first."))
    if len(body) > MAX_CHARACTERS:
        raise Refused(_("A comment has at most 10,000 characters: shorten it."))
    return body


def _first_status(author, body):
    if not LINK.search(body):
        return Comment.Status.VISIBLE
    seen = Comment.objects.filter(author=author, status=Comment.Status.VISIBLE)[:TRUSTED_AFTER]
    return Comment.Status.VISIBLE if len(seen) == TRUSTED_AFTER else Comment.Status.PENDING


def _mention(comment):
    """Link the people of this discussion whose name follows an @. Nobody outside of it can be called."""
    text = comment.body.lower()
    if "@" not in text:
        return
    people = {
        other.author_id: other.author
        for other in Comment.objects.filter(lesson=comment.lesson, author__isnull=False).select_related(
            "author"
        )
    }
    people |= {user.pk: user for user in comment.lesson.course.authors.all()}
    named = [
        user for user in people.values() if user.display_name and f"@{user.display_name.lower()}" in text
    ]
    comment.mentions.set(user for user in named if user.pk != comment.author_id)


def _announce(comment):
    """Notices for the person replied to and the people mentioned, one each."""
    to = {user.pk: user for user in comment.mentions.all()}
    parent = comment.parent
    if parent is not None and parent.author_id and parent.author_id != comment.author_id:
        to.setdefault(parent.author_id, parent.author)
    for user in to.values():
        notify(
            learner=user,
            kind="reply" if parent is not None and user.pk == parent.author_id else "mention",
            title=_("%(name)s wrote to you below “%(lesson)s”")
            % {"name": comment.author.display_name or _("Somebody"), "lesson": comment.lesson.title[:100]},
            url=address(comment),
        )
