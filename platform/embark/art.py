"""Cover art: a flag for every course and quiz, drawn from its slug, always the same for the same slug.

The shapes are those of maritime signal flags: a field, a charge on it, sometimes a third colour. Colours
come from the style sheet by class (`cover--0` to `cover--7`), so nothing here needs an inline style.
"""

import hashlib

WIDTH, HEIGHT = 160, 60
PALETTES = 8
# With this one, the topics that most sites begin with have palettes of their own.
SALT = b"48"


def _rect(layer, x, y, width, height):
    return f'<rect class="c{layer}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>'


def _polygon(layer, *points):
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polygon class="c{layer}" points="{path}"/>'


def _circle(layer, x, y, radius):
    return f'<circle class="c{layer}" cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'


# Each charge draws on a square of 60 by 60 whose start is at x; `n` is a small number that varies it.


def _square(x, n):
    return _rect(2, x + 15, 15, 30, 30) + (_rect(3, x + 24, 24, 12, 12) if n % 2 else "")


def _saltire(x, n):
    arm = 9 + n % 3 * 2
    return _polygon(
        2, (x, 0), (x + arm, 0), (x + 60, 60 - arm), (x + 60, 60), (x + 60 - arm, 60), (x, arm)
    ) + _polygon(2, (x + 60, 0), (x + 60, arm), (x + arm, 60), (x, 60), (x, 60 - arm), (x + 60 - arm, 0))


def _cross(x, n):
    return (
        _rect(2, x + 24, 0, 12, 60)
        + _rect(2, x, 24, 60, 12)
        + (_rect(3, x + 24, 24, 12, 12) if n % 2 else "")
    )


def _diamond(x, n):
    inner = _polygon(3, (x + 30, 18), (x + 42, 30), (x + 30, 42), (x + 18, 30)) if n % 2 else ""
    return _polygon(2, (x + 30, 0), (x + 60, 30), (x + 30, 60), (x, 30)) + inner


def _disc(x, n):
    return _circle(2, x + 30, 30, 20) + (_circle(3, x + 30, 30, 9) if n % 2 else "")


def _halves(x, n):
    return _rect(2, x, 0, 30, 60) if n % 2 else _rect(2, x, 30, 60, 30)


def _quarters(x, n):
    return _rect(2, x, 0, 30, 30) + _rect(3 if n % 2 else 2, x + 30, 30, 30, 30)


def _stripes(x, n):
    if n % 2:
        return "".join(_rect(2, x + 12 * i, 0, 12, 60) for i in (1, 3))
    return _rect(2, x, 20, 60, 20) + (_rect(3, x, 26, 60, 8) if n % 3 else "")


def _bend(x, n):
    return _polygon(2, (x, 0), (x + 60, 60), (x, 60)) + (
        _polygon(3, (x, 30), (x + 30, 60), (x, 60)) if n % 2 else ""
    )


def _chevron(x, n):
    return _polygon(2, (x, 0), (x + 40, 30), (x, 60)) + (
        _polygon(3, (x, 18), (x + 16, 30), (x, 42)) if n % 2 else ""
    )


def _arcs(x, n):
    return _circle(2, x, 60, 52) + _circle(1, x, 60, 36) + _circle(3 if n % 2 else 2, x, 60, 20)


CHARGES = (_square, _saltire, _cross, _diamond, _disc, _halves, _quarters, _stripes, _bend, _chevron, _arcs)


def cover(slug, topic=""):
    """(palette, drawing): the number of the palette and the SVG shapes, 160 by 60, of the cover for `slug`.

    A topic, where one is given, chooses the palette, so that courses of one topic look related.
    """
    digest = hashlib.blake2b(slug.encode(), digest_size=8).digest()
    palette = hashlib.blake2b((topic or slug).encode(), digest_size=2, person=SALT).digest()[0] % PALETTES
    shapes, x, n = [_rect(1, 0, 0, WIDTH, HEIGHT)], -10, 0
    charges = list(CHARGES)
    while x < WIDTH:
        charge = charges.pop(digest[n] % len(charges))
        drawing = charge(x, digest[n + 3])
        # Every other flag swaps field and charge, which sets the three apart without lines between them.
        if n % 2:
            drawing = drawing.replace('"c1"', '"c0"').replace('"c2"', '"c1"').replace('"c0"', '"c2"')
            drawing = _rect(2, x, 0, 60, 60) + drawing
        shapes.append(drawing)
        x, n = x + 60, n + 1
    return palette, "".join(shapes)


# The flags that spell the site's name in the international code of signals, and its mark, the letter P: flown
# in harbour, it calls everybody on board. Fills are presentation attributes; the code fixes the colours.
BLUE, RED, YELLOW, WHITE = "#1644bf", "#d9333a", "#f7bd16", "#fbfaf6"


def _flag(*parts):
    return "".join(f'<path fill="{colour}" d="{path}"/>' for colour, path in parts)


FLAGS = {
    "P": _flag((BLUE, "M0 0h40v30H0z"), (WHITE, "M12 9h16v12H12z")),
    "E": _flag((BLUE, "M0 0h40v15H0z"), (RED, "M0 15h40v15H0z")),
    "M": _flag(
        (BLUE, "M0 0h40v30H0z"),
        (WHITE, "M0 0h6l14 10.5L34 0h6v4.5L26 15l14 10.5V30h-6L20 19.5 6 30H0v-4.5L14 15 0 4.5z"),
    ),
    "B": _flag((RED, "M0 0h40L29 15l11 15H0z")),
    "A": _flag((WHITE, "M0 0h20v30H0z"), (BLUE, "M20 0h20L30 15l10 15H20z")),
    "R": _flag((RED, "M0 0h40v30H0z"), (YELLOW, "M16 0h8v11h16v8H24v11h-8V19H0v-8h16z")),
    "K": _flag((YELLOW, "M0 0h20v30H0z"), (BLUE, "M20 0h20v30H20z")),
}
