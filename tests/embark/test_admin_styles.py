"""Our admin pages are drawn with unfold's style sheet, which holds only those utilities that unfold uses."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

# What an element is found by, in a script or a test, and not drawn with.
HOOKS = {"colM", "outline-lessons", "outline-section"}


def defined():
    sheets = [finders.find("unfold/css/styles.css"), *(settings.BASE_DIR / "static" / "css").glob("*.css")]
    text = "".join(Path(sheet).read_text(encoding="utf-8") for sheet in sheets)
    return {name.replace("\\", "") for name in re.findall(r"\.((?:\\.|[\w-])+)", text)}


def used(template):
    for names in re.findall(r'class="((?:\{%.*?%\}|\{\{.*?\}\}|[^"])*)"', template):
        yield from re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", names).split()


def test_every_class_of_our_admin_pages_is_defined():
    known = defined()
    missing = {
        f"{name} in {file.name}"
        for file in (settings.BASE_DIR / "templates" / "admin").rglob("*.html")
        for name in used(file.read_text(encoding="utf-8"))
        if name not in known | HOOKS
    }
    assert missing == set()
