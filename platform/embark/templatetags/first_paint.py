"""What stands in the head of a page and must be there before anything is drawn."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from embark import first_visit

register = template.Library()

FONTS = ("fonts/figtree-latin.woff2", "fonts/bricolage-grotesque-latin.woff2")
SHEET = '<script src="{}"></script><link rel="stylesheet" href="{}">'
FONT = '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>'


@register.simple_tag(takes_context=True)
def first_paint(context):
    """The script that knows a chosen theme, and the style sheet: linked, or inside (embark.first_visit)."""
    theme, sheet = static(first_visit.THEME), static(first_visit.SHEET)
    parts = first_visit.inlined(context.get("request"))
    if parts is None:
        # Browsers hold the first paint back for fonts named here: not at a first visit, where it takes long.
        fonts = format_html_join("", FONT, ((static(name),) for name in FONTS))
        return format_html(SHEET, theme, sheet) + fonts
    # The links are for the next page.
    return format_html(
        '<script>{}</script><style>{}</style><link rel="prefetch" href="{}"><link rel="prefetch" href="{}">',
        mark_safe(parts["script"]),  # noqa: S308 (a file of ours)
        mark_safe(parts["style"]),  # noqa: S308
        theme,
        sheet,
    )
