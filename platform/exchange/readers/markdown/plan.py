"""Which pages become lessons, in which section and order."""

import posixpath

from exchange.readers.markdown.contents import Entry
from exchange.readers.markdown.names import order
from exchange.readers.markdown.source import Source

Plan = list[tuple[str, str, list[tuple[str, str]]]]
"""[(section title, key, [(page, title)])]"""


def plan_lessons(source: Source, contents: list[Entry], front: str | None, pages: list[str]) -> Plan:
    """Parts of any depth become sections, in order; pages that no table names come last."""
    plan: Plan = []
    placed: set[str] = set()

    def add(title: str, page: str, name: str) -> None:
        if page in placed or page == front:
            return
        placed.add(page)
        if not plan or plan[-1][0] != title:
            key = f"{posixpath.dirname(page) or 'course'}#{len(plan)}"
            plan.append((title, key, []))
        plan[-1][2].append((page, name))

    def walk(entries: list[Entry], path: tuple[str, ...]) -> None:
        title = " · ".join(path) or "Lessons"
        for entry in entries:
            here = (*path, entry.title or (source.title_of(entry.page) if entry.page else ""))
            parent = entry.entries and (not path or not entry.page)
            if entry.page:
                add(" · ".join(here) if parent else title, entry.page, entry.title)
            if parent:
                walk(entry.entries, tuple(filter(None, here)))
            elif entry.entries:
                walk(entry.entries, path)

    walk(contents, ())
    rest = [
        page
        for page in sorted(pages, key=order)
        if page not in placed and page != front and page not in source.settled
    ]
    for page in rest:
        add("More pages", page, "")
    if front and not plan:
        # A single page is a course of one lesson.
        plan.append(("Lessons", "course", [(front, "")]))
    return plan


def front_page(source: Source, pages: list[str]) -> str | None:
    """The page that describes the whole: README or index at the top."""
    top = {p.lower().rpartition(".")[0]: p for p in sorted(pages, reverse=True)}
    docs = source.docs
    places = ("readme", "index", "_index", f"{docs}/index", f"{docs}/readme", "src/readme", "src/index")
    for name in places:
        if name in top:
            return top[name]
    return None
