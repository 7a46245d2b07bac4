"""Items published after the live model was trained: their vectors come from the item tower alone."""

import logging

from django.conf import settings

from recommender import artifacts, catalog

logger = logging.getLogger(__name__)


def add():
    """Give every published item unknown to the live version a vector, in the delta beside the artifact.

    Returns how many items are new. Without a live version there is nothing to add to.
    """
    path = artifacts.live(settings.MODELS_DIR)
    if path is None:
        return 0
    known = artifacts.known_items(path)
    cards = {key: card for key, card in catalog.cards().items() if key not in known}
    if not cards:
        return 0
    artifacts.add_items(settings.MODELS_DIR, path.name, catalog.training_items(cards))
    logger.info("%s new items got their vectors", len(cards))
    return len(cards)
