"""Versions of what authors write: saved states, what changed between two, and going back."""

import difflib
import json

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from courses import authoring
from courses.models import Asset, Revision

COURSE_FIELDS = ("title", "summary", "description", "level", "language", "provider", "instructors", "price")
LESSON_FIELDS = ("title", "is_preview", "minutes")


@transaction.atomic
def save_revision(*, course, lesson=None, author=None, message=""):
    """Keep the present state of a course's fields, or of one lesson with its blocks; None: unchanged."""
    data = lesson_state(lesson) if lesson is not None else course_state(course)
    latest = Revision.objects.filter(course=course, lesson=lesson).first()
    if latest is not None and latest.data == data:
        return None
    for _attempt in range(3):
        highest = Revision.objects.filter(course=course, lesson=lesson).aggregate(n=Max("number"))["n"] or 0
        try:
            with transaction.atomic():
                return Revision.objects.create(
                    course=course,
                    lesson=lesson,
                    number=highest + 1,
                    data=data,
                    author=author,
                    message=message[:300],
                )
        except IntegrityError:
            continue
    raise RuntimeError("Three others saved a version of this at the same moment.")


@transaction.atomic
def revert(*, revision, author=None):
    """Bring back a saved state; the present one is kept as a revision first. Returns the new revision."""
    course, lesson = revision.course, revision.lesson
    save_revision(course=course, lesson=lesson, author=author, message=_("Before going back"))
    data = revision.data
    if lesson is None:
        authoring.save_course(
            course=course,
            **{name: data[name] for name in COURSE_FIELDS},
            topics=data["topics"],
            skills_taught=data["skills_taught"],
            skills_required=data["skills_required"],
        )
    else:
        authoring.save_lesson(lesson=lesson, **{name: data[name] for name in LESSON_FIELDS})
        assets = {asset.path: asset for asset in Asset.objects.filter(course=course)}
        present = set(lesson.blocks.values_list("pk", flat=True))
        authoring.set_blocks(
            lesson=lesson,
            blocks=[
                block
                | {"asset": assets.get(block["asset"]) if block["asset"] else None}
                | {"id": block["id"] if block["id"] in present else None}
                for block in data["blocks"]
            ],
        )
    message = _("Back to version %(number)d") % {"number": revision.number}
    return save_revision(course=course, lesson=lesson, author=author, message=message)


def course_state(course):
    return {name: getattr(course, name) for name in COURSE_FIELDS} | {
        "topics": sorted(course.topics.values_list("slug", flat=True)),
        "skills_taught": sorted(course.skills_taught.values_list("slug", flat=True)),
        "skills_required": sorted(course.skills_required.values_list("slug", flat=True)),
    }


def lesson_state(lesson):
    return {name: getattr(lesson, name) for name in LESSON_FIELDS} | {
        "blocks": [
            {
                "id": block.pk,
                "kind": block.kind,
                "source": block.source,
                "settings": block.settings,
                "asset": block.asset.path if block.asset else None,
                "alt": block.alt,
            }
            for block in lesson.blocks.select_related("asset").order_by("position", "pk")
        ]
    }


def diff(before, after):
    """Lines of what changed between two states, as (sign, text): sign is "+", "-", " " or "@"."""
    lines = difflib.unified_diff(_as_text(before), _as_text(after), n=2, lineterm="")
    return [(line[0] if line else " ", line[1:]) for line in lines if not line.startswith(("---", "+++"))]


def _as_text(data):
    lines = []
    for name, value in data.items():
        if name == "blocks":
            continue
        lines += [f"{name}: {part}" for part in (str(value).splitlines() or [""])]
    for number, block in enumerate(data.get("blocks", []), 1):
        lines.append(f"— {number}. {block['kind']} —")
        for name in ("asset", "alt"):
            if block[name]:
                lines.append(f"{name}: {block[name]}")
        if block["settings"]:
            lines.append(json.dumps(block["settings"], ensure_ascii=False, sort_keys=True))
        lines += block["source"].splitlines()
    return lines
