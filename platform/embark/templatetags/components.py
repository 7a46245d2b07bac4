"""Parts of a page that take content between an opening and a closing tag, and the drawn ones.

What needs only variables is a plain include of templates/components/.
"""

import functools
import re

import lucide
from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from embark import art

register = template.Library()

LEVELS = {"beginner": _("Beginner"), "intermediate": _("Intermediate"), "advanced": _("Advanced")}
VERBS = {
    "viewed": _("opened"),
    "enrolled": _("enrolled"),
    "completed": _("completed"),
    "answered": _("answered"),
    "passed": _("passed"),
    "failed": _("not passed"),
    "rated": _("rated"),
}


# What every Lucide icon says of itself, and the class `icon` says for all of them in base.css.
STROKES = ' fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'


@functools.cache
def _drawn_icon(name, size, css):
    drawn = lucide._render_icon(name, size, aria_hidden="true", **{"class": f"icon {css}".rstrip()})
    tight = re.sub(r">\s+<", "><", drawn.replace(STROKES, "", 1).replace(" />", "/>"))
    return mark_safe(tight)  # noqa: S308 (the package's files)


@register.simple_tag
def icon(name, size=20, css=""):
    """A Lucide icon, hidden from screen readers (the text beside it speaks). Drawn once a process."""
    return _drawn_icon(str(name), size, str(css))


@register.simple_block_tag
def card(content, *, variant=""):
    """`{% card variant="flat" %}...{% endcard %}`: a surface; variants flat and accent."""
    return render_to_string("components/card.html", {"content": content, "variant": variant})


@register.simple_block_tag
def dialog(content, *, id, title):
    """`{% dialog id="leave" title=_("Leave the course?") %}...{% enddialog %}`: a native <dialog>.

    A button with data-dialog-open="leave" opens it; one with data-dialog-close inside closes it.
    """
    return render_to_string("components/dialog.html", {"content": content, "id": id, "title": title})


@register.simple_block_tag
def disclosure(content, *, summary, open=False):
    """`{% disclosure summary=section.title open=True %}...{% enddisclosure %}`: opens and closes."""
    return render_to_string(
        "components/disclosure.html", {"content": content, "summary": summary, "open": open}
    )


@register.simple_block_tag
def alert(content, *, level="info", title=""):
    """`{% alert level="warning" title=_("Not saved") %}...{% endalert %}`: info, success, warning, error."""
    return render_to_string("components/alert.html", {"content": content, "level": level, "title": title})


@register.simple_tag
def cover_art(slug, topic="", *, shape=""):
    """The cover of a course or quiz; shape is "" (a card's head), "hero" or "tile"."""
    palette, drawing = art.cover(str(slug), str(topic or ""))
    box = {"tile": "50 0 60 60", "hero": "26 0 107 60"}.get(shape, "0 0 160 60")
    return format_html(
        '<svg class="cover cover--{}{}" viewBox="{}" preserveAspectRatio="xMidYMid slice" aria-hidden="true">'
        "{}</svg>",
        palette,
        f" cover--{shape}" if shape else "",
        box,
        mark_safe(drawing),  # noqa: S308 (shapes from art.cover, which puts nothing of the slug in them)
    )


@register.simple_tag
def flags(letters):
    """Signal flags for the letters of E, M, B, A, R, K and P."""
    return format_html_join(
        "",
        '<svg viewBox="0 0 40 30" aria-hidden="true">{}</svg>',
        ((mark_safe(art.FLAGS[letter]),) for letter in letters),  # noqa: S308 (constants of art.FLAGS)
    )


@register.filter
def shade(value, shades=5):
    """A stable small number for a text, to choose one of a few colours."""
    return sum(str(value).encode()) % shades


@register.filter
def percent(part, whole):
    """Part of whole in whole per cent, 0 where the whole is 0."""
    return round(100 * part / whole) if whole else 0


@register.filter
def whole_hours(minutes):
    return minutes // 60


@register.filter
def minutes_beyond_hours(minutes):
    return minutes % 60


@register.filter
def level_name(level):
    """The name of a course's level, which the recommender's cards carry as its code."""
    return LEVELS.get(level, level)


@register.filter
def verb_name(verb):
    """What a learner did, from the verb of an event."""
    return VERBS.get(verb, verb)
