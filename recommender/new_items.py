"""Items published after the live model was trained: their vectors come from the item tower alone."""

import logging
import time

from django.conf import settings

from recommender import artifacts, catalog
from recommender.serving import delta

logger = logging.getLogger(__name__)


def add():
    """Give every published item unknown to the live version a vector, in the delta beside the artifact.

    Returns how many items are new. Without a live version there is nothing to add to.
    """
    path = artifacts.live(settings.MODELS_DIR)
    if path is None:
        return 0
    known = delta.known_items(path)
    cards = {key: card for key, card in catalog.cards().items() if key not in known}
    if not cards:
        return 0
    added = delta.add_items(path, catalog.training_items(cards), now=time.time())
    logger.info("%s new items got their vectors", added)
    return added
