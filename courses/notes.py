"""A learner's own notes, highlights and bookmarks. Nobody else sees them."""

from django.db import transaction
from django.utils.translation import gettext as _

from courses.content.markdown import storable
from courses.errors import Refused
from courses.models import Bookmark, ExerciseAnswer, Note

MAX_NOTES = 500


@transaction.atomic
def add_note(*, learner, lesson, body="", quote="", block=None):
    """Keep a note on a lesson, a highlight of `quote`, or both. Raises Refused for an empty one."""
    body, quote = storable(body).strip()[:10_000], storable(quote).strip()[:1_000]
    if not body and not quote:
        raise Refused(_("Write something to keep as a note."))
    if Note.objects.filter(learner=learner, lesson=lesson).count() >= MAX_NOTES:
        raise Refused(_("This lesson has 500 notes of yours: delete some first."))
    if block is not None and block.lesson_id != lesson.pk:
        block = None
    return Note.objects.create(learner=learner, lesson=lesson, block=block, body=body, quote=quote)


@transaction.atomic
def edit_note(*, note, body):
    """Change the words of a note. Raises Refused if nothing would be left."""
    note.body = storable(body).strip()[:10_000]
    if not note.body and not note.quote:
        raise Refused(_("Write something to keep as a note."))
    note.save(update_fields=["body", "updated_at"])
    return note


@transaction.atomic
def set_bookmark(*, learner, lesson, on):
    """Bookmark a lesson or take the bookmark away; repeating either changes nothing."""
    if on:
        Bookmark.objects.get_or_create(learner=learner, lesson=lesson)
    else:
        Bookmark.objects.filter(learner=learner, lesson=lesson).delete()


@transaction.atomic
def answer_exercise(*, learner, block, body):
    """Keep a learner's answer to an exercise; afterwards the model answer may be shown. Raises Refused."""
    body = storable(body).strip()[:20_000]
    if not body:
        raise Refused(_("Write your own answer first, then compare."))
    answer, _created = ExerciseAnswer.objects.update_or_create(
        learner=learner, block=block, defaults={"body": body}
    )
    return answer
