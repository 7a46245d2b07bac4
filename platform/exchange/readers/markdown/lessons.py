"""Pages as lessons, with the quizzes that lie beside them."""

from exchange.outline import BlockOutline, LessonOutline
from exchange.readers.markdown import front_matter
from exchange.readers.markdown.links import Links
from exchange.readers.markdown.names import NOTEBOOK, slug_of
from exchange.readers.markdown.quizzes import quizzes_beside
from exchange.readers.markdown.source import Source
from exchange.readers.markdown.text import first_heading, without_first_heading
from exchange.readers.pages import title_of_file


def read_lesson(source: Source, links: Links, page: str, name: str, *, own: bool) -> LessonOutline | None:
    """The lesson of a page, called `name` in the contents. `own`: a course in the site's own layout."""
    data, body, problem = source.page(page)
    links.lost = 0
    title = front_matter.text_of(data, "title") or first_heading(body) or name or title_of_file(page)
    text = links.markdown(without_first_heading(body) if not own else body, page)
    source.done(page)
    kind = "notebook" if page.endswith(NOTEBOOK) else "markdown"
    blocks = [BlockOutline("text", text, path=source.path(page))] if text else []
    blocks += quizzes_beside(source, links, page)
    if not blocks:
        source.report.skipped(source.path(page), kind, title, reason=problem or "It is empty.")
        return None
    source.report.imported(source.path(page), kind, title, note=links.note(problem))
    draft = data.get("draft") is True or data.get("published") is False
    return LessonOutline(
        key=page,
        title=title,
        blocks=tuple(blocks),
        slug=slug_of(page) if own else "",
        preview=data.get("preview") is True,
        minutes=front_matter.number_of(data, "minutes", "duration", "reading_time"),
        topics=front_matter.list_of(data, "topics", "tags"),
        skills=front_matter.list_of(data, "skills"),
        published=not draft,
        path=source.path(page),
    )
