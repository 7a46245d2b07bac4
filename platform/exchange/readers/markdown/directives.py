"""MyST, the Markdown of Jupyter Book and Sphinx: its directives and roles as plain Markdown."""

import re

_DROPPED = {"contents", "tableofcontents", "toctree", "index", "raw", "eval-rst"}
_FRAMES = {
    "tab-set", "tab-item", "grid", "grid-item", "grid-item-card", "card", "margin", "sidebar", "epigraph",
    "div", "container", "centered", "aside", "pull-quote", "table", "list-table",
}  # fmt: skip
_STATEMENTS = {
    "exercise", "theorem", "proof", "lemma", "corollary", "algorithm", "proposition", "axiom", "remark",
}  # fmt: skip
_CODE = {"code-cell", "code-block", "code", "sourcecode"}
_ROLE = re.compile(r"\{([a-z][\w:-]*)\}`([^`\n]+)`")
_NAMED = re.compile(r"(.*?)\s*<([^<>]+)>\s*", re.DOTALL)


def plain_directive(name: str, argument: str, body: list[str]) -> str | None:
    """A directive as Markdown; None for one that is left as it stands."""
    name = name.removeprefix("prf:").lower()
    options, body = _options(body)
    text = "\n".join(body).strip("\n")
    if name in _DROPPED:
        return ""
    if name in ("figure", "image"):
        caption = " ".join(text.split())
        shown = f"![{options.get('alt') or caption}]({argument.strip()})"
        return f"{shown}\n\n{text}" if text else shown
    if name == "math":
        return f"$$\n{text or argument}\n$$"
    if name in _CODE:
        language = (argument.split() or [""])[0].replace("ipython3", "python").replace("ipython", "python")
        return f"```{language}\n{text}\n```"
    if name in _STATEMENTS:
        return f"::: note {name.capitalize()}{f': {argument}' if argument else ''}\n{plain_roles(text)}\n:::"
    if name in _FRAMES:
        return f"**{argument}**\n\n{text}" if argument and name != "list-table" else text
    return None


def _options(body: list[str]) -> tuple[dict[str, str], list[str]]:
    """The options at the head of a directive, as `:name: value` or between `---`, and what follows."""
    options, at = {}, 0
    fenced = bool(body) and body[0].strip() == "---"
    at += fenced
    while at < len(body):
        found = (
            re.match(r":?([\w-]+):\s*(.*)", body[at]) if fenced else re.match(r":([\w-]+):\s*(.*)", body[at])
        )
        if not found:
            break
        options[found[1]] = found[2].strip().strip("\"'")
        at += 1
    if fenced and at < len(body) and body[at].strip() == "---":
        at += 1
    return options, body[at:]


def plain_roles(text: str) -> str:
    """Roles such as {math}`x` in running text; labels, comments and block breaks are left out."""
    kept = [line for line in text.split("\n") if not re.fullmatch(r"\([\w:. -]+\)=\s*|%.*|\+\+\+.*", line)]
    return _ROLE.sub(_role, "\n".join(kept))


def _role(found: re.Match) -> str:
    name, content = found[1], found[2].strip()
    named = _NAMED.fullmatch(content)
    label, target = (named[1], named[2]) if named else (content, content)
    if name == "math":
        return f"${content}$"
    if name == "doc":
        return f"[{label}]({target if '.' in target.rpartition('/')[2] else f'{target}.md'})"
    if name in ("sub", "sup", "kbd"):
        return f"<{name}>{content}</{name}>"
    if name == "download":
        return f"[{label}]({target})"
    return label
