"""Parts that only the site's own program can draw: MDX's components and Hugo's shortcodes.

What they say is kept where Markdown has words for it; the rest is named, so that the report can tell.
"""

import re

from exchange.readers.markdown.text import CALLOUTS, rewrite_outside_code

_ATTRIBUTES = r"(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\"[^\"]*\"|'[^']*'|[^<>{}\"'])*"
_COMPONENT = re.compile(rf"</?([A-Z][\w.]*)({_ATTRIBUTES})>")
_COMMENT = re.compile(r"\{/\*.*?\*/\}", re.DOTALL)
# Components that only arrange what is in them.
_FRAMES = {"Tabs", "TabItem", "Steps", "Step", "Card", "CardGroup", "Cards", "Columns", "Column", "Details"}
_SHORTCODE = re.compile(
    r"\{\{[<%]\s*(/?)\s*([\w/-]+)((?:\s+(?:\"[^\"]*\"|`[^`]*`|[^\s\">%`]+(?:=\"[^\"]*\")?))*)\s*/?[>%]\}\}"
)
_VALUE = re.compile(r"(?:([\w-]+)=)?(?:\"([^\"]*)\"|(\S+))")
_CALLOUT_CODES = {
    "notice",
    "callout",
    "alert",
    "admonition",
    "hint",
    "note",
    "tip",
    "warning",
    "danger",
    "info",
}
_FILMS = {"youtube": "https://www.youtube.com/watch?v={}", "vimeo": "https://vimeo.com/{}"}


def without_components(text: str) -> tuple[str, list[str]]:
    """(MDX as Markdown, names of the components that drew something of their own)."""
    drawn: list[str] = []

    def tag(found: re.Match) -> str:
        label = re.search(r"\b(?:label|title)=[\"']([^\"']+)[\"']", found[2])
        if found[1] not in _FRAMES and found[2].rstrip().endswith("/"):
            drawn.append(found[1])
        return f"\n**{label[1]}**\n" if label and not found[0].startswith("</") else ""

    def change(run: str) -> str:
        blocks = re.split(r"(\n\s*\n)", run)
        kept = [block for block in blocks if not re.match(r"\s*(?:import|export)\s+[\w{*'\"]", block)]
        return _COMPONENT.sub(tag, _COMMENT.sub("", "".join(kept)))

    return rewrite_outside_code(text, change), list(dict.fromkeys(drawn))


def without_shortcodes(text: str) -> tuple[str, list[str]]:
    """(Hugo's page as Markdown, names of the shortcodes that are left out)."""
    gone: list[str] = []

    def code(found: re.Match) -> str:
        closing, name, rest = found[1], found[2].lower(), found[3]
        values = [(key, quoted or bare) for key, quoted, bare in _VALUE.findall(rest)]
        named = {key: value for key, value in values if key}
        places = [value for key, value in values if not key]
        if name in ("ref", "relref"):
            return places[0] if places else ""
        if name in _CALLOUT_CODES:
            if closing:
                return "\n:::\n"
            said = (named.get("type") or named.get("color") or (places[0] if places else name)).lower()
            title = named.get("title") or (places[1] if len(places) > 1 else "")
            return f"\n::: {CALLOUTS.get(said, 'note')} {title}".rstrip() + "\n"
        if name in _FILMS and (film := named.get("id") or (places[0] if places else "")):
            return f"[{named.get('title') or name.capitalize()}]({_FILMS[name].format(film)})"
        if name == "figure" and named.get("src"):
            return (
                f"![{named.get('alt') or named.get('caption') or named.get('title') or ''}]({named['src']})"
            )
        if name == "highlight":
            return "\n```" if closing else f"```{places[0] if places else ''}"
        if not closing:
            gone.append(name)
        return ""

    return rewrite_outside_code(text, lambda run: _SHORTCODE.sub(code, run)), list(dict.fromkeys(gone))
