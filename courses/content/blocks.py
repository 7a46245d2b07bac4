"""One block of a lesson, of any kind: what is stored for a page to show, and what its author should fix.

Text of a block goes through Markdown and the cleaner; players and frames are drawn by
`templates/courses/blocks/` from the block's asset and settings, which are checked here.
"""

from django.utils.translation import gettext as _

from courses.content.embeds import NotAllowed, embed_url
from courses.content.markdown import Rendered, render
from courses.models import Block

MEDIA = {Block.Kind.IMAGE: "image/", Block.Kind.VIDEO: "video/", Block.Kind.AUDIO: "audio/"}


def render_block(block, *, links):
    """Rendered html, text, assets and problems of an unsaved or saved block. Raises markdown.TooLong."""
    rendered = render(block.source, links=links)
    assets = {asset.pk: asset for asset in rendered.assets}
    problems = list(rendered.problems)
    text = rendered.text
    if block.asset is not None:
        assets[block.asset.pk] = block.asset
    if block.kind in MEDIA:
        problems += _media_problems(block)
        captions = block.settings.get("captions")
        if captions:
            track = links.asset(captions)
            if track is None:
                problems.append(
                    _("The captions %(path)s are not among the files of the course.") % {"path": captions}
                )
            else:
                assets[track.pk] = track
    if block.kind == Block.Kind.IMAGE:
        text = f"{block.alt} {text}".strip()
        if not block.alt.strip():
            problems.append(_("An image has no alternative text: say what it shows."))
    if block.kind == Block.Kind.FILE and block.asset is None:
        problems.append(_("A file block has no file: upload one."))
    if block.kind == Block.Kind.EMBED:
        problems += _embed_problems(block.settings.get("url", ""))
    if block.kind == Block.Kind.EXERCISE and not str(block.settings.get("answer", "")).strip():
        problems.append(_("An exercise has no model answer for learners to compare with."))
    if block.kind == Block.Kind.QUIZ and not block.settings.get("quiz"):
        problems.append(_("A quiz block names no quiz."))
    return Rendered(html=rendered.html, text=text, assets=tuple(assets.values()), problems=problems)


def render_extra(block, *, links):
    """HTML of the block's second text (a transcript, a model answer), which is shown on demand."""
    name = {
        Block.Kind.EXERCISE: "answer",
        Block.Kind.VIDEO: "transcript",
        Block.Kind.AUDIO: "transcript",
    }.get(block.kind)
    source = str(block.settings.get(name, "")) if name else ""
    return render(source, links=links).html if source.strip() else ""


def _media_problems(block):
    if block.asset is not None:
        if not block.asset.content_type.startswith(MEDIA[block.kind]):
            return [
                _("%(path)s is not a file that a %(kind)s block can show.")
                % {"path": block.asset.path, "kind": block.get_kind_display().lower()}
            ]
        return []
    if block.kind == Block.Kind.VIDEO and block.settings.get("url"):
        return _embed_problems(block.settings["url"])
    return [_("A %(kind)s block has no file: upload one.") % {"kind": block.get_kind_display().lower()}]


def _embed_problems(url):
    try:
        embed_url(str(url))
    except NotAllowed as refusal:
        return [str(refusal)]
    return []
