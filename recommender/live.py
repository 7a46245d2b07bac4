"""The live model as this process has it, and what is wrong with it."""

import json
import logging
import threading
import time

from django.conf import settings

from recommender import artifacts

logger = logging.getLogger(__name__)

# How long a process may go on with the version from before a switch.
CHECK_SECONDS = 2


class _Live:
    """Opens the live artifact once and looks at the pointer now and then.

    A broken artifact is reported once and not opened again until the pointer moves; pages fall back to
    popular items meanwhile.
    """

    def __init__(self):
        self.lock = threading.Lock()
        self.forget()

    def forget(self):
        self.path = self.opened = None
        self.problem = ""
        self.checked_at = float("-inf")

    def engine(self):
        """The `Engine` of the live version; None without a usable one."""
        now = time.monotonic()
        if now - self.checked_at > CHECK_SECONDS:
            with self.lock:
                self.checked_at = now
                self._look()
        return self.opened

    def _look(self):
        path = artifacts.live(settings.MODELS_DIR)
        if path == self.path:
            if self.opened is not None:
                self.opened.refresh()
            return
        self.path = path
        if path is None:
            self.opened, self.problem = None, ""
            return
        # ONNX Runtime is a third of a web process's memory: it is loaded only where there is a model.
        from recommender.serving.engine import Engine

        try:
            self.opened, self.problem = Engine.open(path), ""
        except artifacts.ArtifactBroken as error:
            self.opened, self.problem = None, str(error)
            logger.error("The live model can't be used, pages show popular items: %s", error)


_live = _Live()
engine = _live.engine
forget = _live.forget


def version():
    """Name of the live version, or None."""
    path = artifacts.live(settings.MODELS_DIR)
    return path.name if path is not None else None


def is_of_another_release():
    """Whether the live version was made by a release whose models this one can't use."""
    path = artifacts.live(settings.MODELS_DIR)
    if path is None:
        return False
    from recommender.serving.ranking import is_of_this_release

    try:
        return not is_of_this_release(json.loads((path / "model.json").read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        return False  # damaged, which `problem` tells


def problem():
    """One sentence on why no model answers, or ""; checked anew, file by file."""
    path = artifacts.live(settings.MODELS_DIR)
    if path is None:
        return "No model is live yet: train one. Until then pages show popular items."
    try:
        artifacts.verify(path)
    except artifacts.ArtifactBroken as error:
        return f"{error} Pages show popular items: roll back, or train anew."
    if is_of_another_release():
        return (
            f"Model version {path.name} was made by another release. Pages show popular items until a new "
            "one is live; a worker trains it by itself, once."
        )
    return ""
