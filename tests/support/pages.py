"""What a test reads off a page."""

import re

_RAIL = re.compile(r'<section class="rail".*?</section>', re.DOTALL)
_CARD = re.compile(r"<li>.*?</li>", re.DOTALL)
_ITEM = re.compile(r'name="item" value="([a-z]+:\d+)"')


def suggested(response):
    """Keys of the items on the cards of a page's rails, in order."""
    rails = _RAIL.findall(response.content.decode())
    return [key for rail in rails for card in _CARD.findall(rail) for key in _ITEM.findall(card)]


def place_of(response):
    """(placement, key of the item on the page) that a page's first rail was asked for."""
    html = response.content.decode()
    return tuple(
        re.search(rf'name="{name}" value="([^"]*)"', html).group(1) for name in ("placement", "page_item")
    )
