"""Markdown of other tools in the site's own dialect: call-outs, links and images.

Everything works on lines and leaves fenced code as it is.
"""

import re
from collections.abc import Callable, Iterator

from exchange.html_markdown import Resolve
from exchange.readers.markdown.directives import plain_directive

_KINDS = {
    "note": "note info abstract summary seealso important admonition quote example definition todo",
    "tip": "tip hint success check",
    "warning": "warning caution danger attention error failure bug",
    "question": "question faq details dropdown toggle spoiler solution",
}
# What other tools call a call-out, and what it is called here.
CALLOUTS = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})(.*)$")
_COLON = re.compile(r"^(:{3,})\s*(?:\{([\w-]+)\}|([\w-]+))?\s*(?:\[(.*)\]|(.*))$")
SHORT_ENOUGH = 150_000
_DIRECTIVE = re.compile(r"^(`{3,}|~{3,})\s*\{([\w:-]+)\}\s*(.*)$")
_MKDOCS = re.compile(r"^(!!!|\?\?\?\+?)\s+([\w-]+)(?:\s+[\w-]+)*?(?:\s+\"(.*)\")?\s*$")
_TAB = re.compile(r"^===[!+]?\s+\"(.*)\"\s*$")
_GITHUB = re.compile(r"^>\s*\[!(\w+)\]\s*(.*)$")
_INLINE = re.compile(
    r"(?P<image>!?)\[(?P<label>(?:[^\[\]\\]|\\.|\[[^\[\]]*\]|!\[[^\]]*\]\([^)]*\))*)\]"
    r"\(\s*(?P<target><[^>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?P<title>\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_REFERENCE = re.compile(r"^(?P<head>\s{0,3}\[[^\]^]+\]:\s*)(?P<target><[^>]*>|\S+)(?P<rest>.*)$")
_HTML_IMAGE = re.compile(r"<img\s[^>]{0,2000}>", re.IGNORECASE)
_HTML_LINK = re.compile(
    r"<a\s+[^>]{0,500}?href=[\"']([^\"']+)[\"'][^>]{0,500}>(.{0,2000}?)</a>", re.IGNORECASE | re.DOTALL
)
_ATTRIBUTE = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)+?\1(?!`)", re.DOTALL)


def _states(text: str) -> Iterator[tuple[str, str]]:
    """(line, "text", "open", "code" or "close") for each line."""
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if match and not fence:
            fence = match.group(2)
            yield line, "open"
        elif fence:
            ends = match and match.group(2).startswith(fence) and not match.group(3).strip()
            if ends:
                fence = ""
            yield line, "close" if ends else "code"
        else:
            yield line, "text"


def lines_outside_code(text: str) -> Iterator[tuple[str, bool]]:
    """(line, whether it is outside of fenced code); the fences themselves are inside."""
    return ((line, state == "text") for line, state in _states(text))


def rewrite_outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with `change` applied to each run of lines outside of fenced code."""
    out: list[str] = []
    run: list[str] = []
    for line, outside in [*lines_outside_code(text), ("", False)]:
        if outside:
            run.append(line)
            continue
        if run:
            out.append(change("\n".join(run)))
            run = []
        out.append(line)
    return "\n".join(out[:-1])


def first_heading(text: str) -> str:
    """The title of the page: its first heading of the first level."""
    previous = ""
    for line, outside in lines_outside_code(text):
        if outside and line.startswith("# "):
            return _plain(line[2:])
        if outside and re.fullmatch(r"=+\s*", line) and previous.strip():
            return _plain(previous)
        previous = line if outside else ""
    return ""


def without_first_heading(text: str) -> str:
    """The page without its title, which its own page shows already."""
    out: list[str] = []
    done = False
    for line, outside in lines_outside_code(text):
        if outside and not done:
            if line.startswith("# "):
                done = True
                continue
            if re.fullmatch(r"=+\s*", line) and out and out[-1].strip():
                out.pop()
                done = True
                continue
        out.append(line)
    return "\n".join(out).strip("\n")


def _plain(text: str) -> str:
    text = re.sub(r"\s*\{[#.:][^}]*\}\s*$", "", text.strip().rstrip("#").strip())
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"<[^>]+>|[*_`]+", "", text).strip()


# -------------------------------------------------------------------------------------- call-outs


def own_callouts(text: str) -> str:
    """MkDocs' `!!! note`, Docusaurus' and MyST's `:::`, and GitHub's `> [!NOTE]` as the site's `::: note`."""
    lines = text.split("\n")
    states = [state for _, state in _states(text)]
    out: list[str] = []
    at = 0
    open_colons: list[bool] = []
    while at < len(lines):
        line = lines[at]
        directive = _DIRECTIVE.match(line) if states[at] == "open" else None
        if directive and directive.group(2) in CALLOUTS:
            at = _directive(lines, at, directive, out)
            continue
        end, plain = _plain_directive(lines, at, directive) if directive else (0, None)
        if plain is not None:
            out.append(plain)
            at = end
            continue
        if states[at] != "text":
            out.append(line)
            at += 1
            continue
        if tab := _TAB.match(line):
            at = _tab(lines, at, tab, out)
            continue
        mkdocs, github, colon = _MKDOCS.match(line), _GITHUB.match(line), _COLON.match(line)
        if mkdocs:
            at = _indented(lines, at, mkdocs, out)
        elif github and github.group(1).lower() in CALLOUTS:
            at = _quoted(lines, at, github, out)
        elif colon and (colon.group(2) or colon.group(3)):
            kind = CALLOUTS.get((colon.group(2) or colon.group(3)).lower())
            open_colons.append(kind is not None)
            if kind:
                out.append(_opening(kind, (colon.group(4) or colon.group(5) or "").strip()))
            at += 1
        elif colon and open_colons and not (colon.group(4) or colon.group(5)):
            if open_colons.pop():
                out.append(":::")
            at += 1
        else:
            out.append(line)
            at += 1
    out += [":::" for known in open_colons if known]
    return "\n".join(out)


def _opening(kind: str, title: str) -> str:
    return f"::: {kind} {title}".rstrip() if title or kind != "question" else "::: question …"


def _directive(lines: list[str], at: int, match: re.Match, out: list[str]) -> int:
    """MyST's ```{note} blocks."""
    fence, name, title = match.groups()
    body: list[str] = []
    at += 1
    while at < len(lines) and lines[at].strip() != fence:
        if not re.match(r"^:[\w-]+:", lines[at]):
            body.append(lines[at])
        at += 1
    out += [_opening(CALLOUTS[name], title.strip()), own_callouts("\n".join(body)), ":::"]
    return at + 1


def _plain_directive(lines: list[str], at: int, match: re.Match) -> tuple[int, str | None]:
    """(line after it, Markdown) of a block that is no call-out; None for one that stays as it is."""
    fence, name, argument = match.groups()
    end = at + 1
    while end < len(lines) and lines[end].strip() != fence:
        end += 1
    plain = plain_directive(name, argument.strip(), lines[at + 1 : end])
    is_code = plain is None or plain.startswith("```")
    return end + 1, plain if is_code else own_callouts(plain)


def _indented(lines: list[str], at: int, match: re.Match, out: list[str]) -> int:
    sign, name, title = match.groups()
    kind = "question" if sign.startswith("???") else CALLOUTS.get(name.lower(), "note")
    at, body = _body(lines, at)
    title = title if title is not None else (name.capitalize() if kind == "question" else "")
    out += [_opening(kind, title), own_callouts("\n".join(body)), ":::", ""]
    return at


def _tab(lines: list[str], at: int, match: re.Match, out: list[str]) -> int:
    """MkDocs' tabs one below the other, each under its title."""
    at, body = _body(lines, at)
    out += [f"**{match.group(1)}**", "", own_callouts("\n".join(body)), ""]
    return at


def _body(lines: list[str], at: int) -> tuple[int, list[str]]:
    """(line after it, the indented lines below line `at`, without their indent)."""
    body: list[str] = []
    at += 1
    while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
        body.append(lines[at][4:])
        at += 1
    while body and not body[-1].strip():
        body.pop()
    return at, body


def _quoted(lines: list[str], at: int, match: re.Match, out: list[str]) -> int:
    kind, title = CALLOUTS[match.group(1).lower()], match.group(2).strip()
    body: list[str] = []
    at += 1
    while at < len(lines) and lines[at].startswith(">"):
        body.append(lines[at][1:].removeprefix(" "))
        at += 1
    out += [_opening(kind, title), "\n".join(body), ":::"]
    return at


# ------------------------------------------------------------------------------- links and images


def rewrite_targets(text: str, *, link: Resolve, image: Resolve) -> str:
    """The page with each target mapped; what maps to None keeps its text alone. HTML images and links in it
    become Markdown ones."""
    out: list[str] = []
    chunk: list[str] = []

    def flush() -> None:
        if chunk:
            out.append(_rewrite_chunk("\n".join(chunk), link, image))
            chunk.clear()

    for line, outside in lines_outside_code(text):
        if outside:
            chunk.append(line)
        else:
            flush()
            out.append(line)
    flush()
    return "\n".join(out)


def _rewrite_chunk(text: str, link: Resolve, image: Resolve) -> str:
    spans: list[str] = []

    def hide(match: re.Match) -> str:
        spans.append(match.group(0))
        return f"\ue000{len(spans) - 1}\ue000"

    text = _CODE_SPAN.sub(hide, text.replace("\ue000", ""))
    text = _HTML_IMAGE.sub(_html_image, text)
    text = _HTML_LINK.sub(lambda m: f"[{m.group(2).strip()}]({_bracketed(m.group(1))})", text)
    text = _rewrite_inline(text, link, image)
    lines = [_rewrite_reference(line, link) for line in text.split("\n")]
    return re.sub("\ue000(\\d+)\ue000", lambda m: spans[int(m.group(1))], "\n".join(lines))


def _html_image(match: re.Match) -> str:
    found = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(match.group(0))}
    if not found.get("src"):
        return ""
    return f"![{found.get('alt', '')}]({_bracketed(found['src'])})"


def _rewrite_inline(text: str, link: Resolve, image: Resolve) -> str:
    def replace(match: re.Match) -> str:
        target = match.group("target").strip("<>")
        label = match.group("label")
        if "![" in label:
            # A picture of another site would become a link, and a link can't hold one: its words stay.
            label = _rewrite_inline(label, link, lambda url: _own(image(url)))
        is_image = bool(match.group("image"))
        new = (image if is_image else link)(target) if target else None
        if new is None:
            return label
        if not is_image and not label.strip():
            # Where a link has no words, its page's name is better than an address of this site.
            label = new if new.startswith("http") else _named_by(target)
        if is_image and new.startswith(("http://", "https://")):
            # Pages show pictures of this site only; one of another site is a link.
            return f"[{label or new}]({_bracketed(new)})"
        return f"{match.group('image')}[{label}]({_bracketed(new)}{match.group('title') or ''})"

    return _INLINE.sub(replace, text)


def _named_by(target: str) -> str:
    path, _hash, anchor = target.partition("#")
    return path.rpartition("/")[2].rpartition(".")[0] or path or anchor


def _own(target: str | None) -> str | None:
    return None if target is None or target.startswith(("http://", "https://")) else target


def _rewrite_reference(line: str, link: Resolve) -> str:
    match = _REFERENCE.match(line)
    if not match:
        return line
    new = link(match.group("target").strip("<>"))
    return f"{match.group('head')}{_bracketed(new)}{match.group('rest')}" if new else ""


def _bracketed(target: str) -> str:
    return f"<{target}>" if re.search(r"[\s()]", target) else target


def pieces(text: str) -> list[str]:
    """The text in blocks that are short enough, cut before headings."""
    if not text.strip():
        return []
    if len(text) <= SHORT_ENOUGH:
        return [text]
    found: list[str] = [""]
    for line, outside in lines_outside_code(text):
        full = len(found[-1]) > SHORT_ENOUGH // 2 and outside and (line.startswith("#") or not line.strip())
        if full:
            found.append("")
        found[-1] += f"{line}\n"
    return [piece.strip("\n") for piece in found if piece.strip()]
