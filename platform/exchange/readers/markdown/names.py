"""What the names of files say: which are pages, and in what order."""

import re

PAGES = (".md", ".markdown", ".mdown", ".mkd", ".mdx")
NOTEBOOK = ".ipynb"
INDEX_NAMES = {"readme", "index", "_index", "intro", "introduction"}
# What a repository holds beside the course.
NOT_PAGES = {
    "license", "licence", "contributing", "code_of_conduct", "changelog", "security", "summary", "_sidebar",
    "_navbar", "_coverpage", "authors", "pull_request_template", "issue_template",
}  # fmt: skip
NOT_FOLDERS = {"node_modules", "_build", "_site", "site-packages", "__pycache__", ".ipynb_checkpoints"}
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".avif", ".bmp")


def order(path: str) -> tuple:
    """Numbers by value; a folder's index before everything else in it."""
    parts = []
    for part in path.lower().split("/"):
        stem = part.rpartition(".")[0] or part
        first = 0 if stem in INDEX_NAMES else 1
        parts.append(
            (first, [(int(p), "") if p.isdigit() else (10**9, p) for p in re.split(r"(\d+)", part) if p])
        )
    return tuple(parts)


def is_index(page: str) -> bool:
    return page.rpartition("/")[2].rpartition(".")[0].lower() in INDEX_NAMES


def slug_of(page: str) -> str:
    return re.sub(r"^\d+[-_. ]+", "", page.rpartition("/")[2].rpartition(".")[0])


def is_translation(path: str) -> bool:
    """Whether a file lies in a folder for other languages than the course's own."""
    return bool({"translations", "i18n", "translated_images"} & set(path.split("/")[:-1]))


def is_page(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    stem = name.rpartition(".")[0]
    hidden = any(part.startswith(".") for part in path.split("/"))
    return name.endswith((*PAGES, NOTEBOOK)) and stem not in NOT_PAGES and not hidden
