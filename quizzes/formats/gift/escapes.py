"""Control characters that are escaped by a backslash: swapped for private ones, and back."""

import re

_ESCAPABLE = ":#={}~\\"
HIDDEN = {char: chr(0xE100 + ord(char)) for char in _ESCAPABLE}
_SHOWN = {hidden: char for char, hidden in HIDDEN.items()} | {"\ue10a": "\n"}


def hide(text: str) -> str:
    text = re.sub(r"\\([:#={}~\\])", lambda found: HIDDEN[found[1]], text)
    return text.replace("\\n", "\ue10a")


def show(text: str) -> str:
    return "".join(_SHOWN.get(char, char) for char in text).strip()
