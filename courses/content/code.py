"""Source code with Pygments' class names; the colours are the stylesheet's."""

import html

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

FORMATTER = HtmlFormatter(nowrap=True)
CLASSES = {name for name in STANDARD_TYPES.values() if name}
# Highlighting takes time in proportion to the text; a listing that long is a file, not an example.
MAX_CHARACTERS = 50_000


def to_html(source, language=""):
    """A listing: `<div class="highlight"><pre><code>`, highlighted if the language is known."""
    body = html.escape(source)
    label = ""
    if language and len(source) <= MAX_CHARACTERS:
        try:
            lexer = get_lexer_by_name(language, stripnl=False)
        except ClassNotFound:
            pass
        else:
            body = highlight(source, lexer, FORMATTER)
            label = f' data-language="{html.escape(lexer.name)}"'
    return f'<div class="highlight"{label}><pre tabindex="0"><code>{body}</code></pre></div>\n'
