"""Slugs for titles in any script."""

from django.utils.text import slugify


def free_slug(title, taken, *, fallback="untitled", max_length=150):
    """A slug for `title` that is not in `taken` (anything with `in`): a number is added where needed."""
    base = slugify(title, allow_unicode=True)[:max_length].strip("-_") or fallback
    candidate, number = base, 2
    while candidate in taken:
        candidate, number = f"{base}-{number}", number + 1
    return candidate
