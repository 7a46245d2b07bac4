"""Which model version is live: the gate, the switch and the way back."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs.locks import exclusive
from recommender import artifacts, live
from recommender.models import ModelVersion

# A candidate may lose this share of the live version's NDCG@10 before it counts as worse: both were measured
# on different held-back weeks, and a fresher model is worth a little noise.
TOLERANCE = 0.02


class NotPublishable(Exception):
    """The version can't go live; the text says why."""


def judge(candidate, *, current):
    """(verdict, explanation) for a trained version's metrics against those of the live version, or None.

    Each metrics dict holds "ndcg@10" and "popularity_ndcg@10", measured on its own held-back events.
    """
    if "ndcg@10" not in candidate:
        text = _("There was too little history to hold any back: nothing could be measured.")
        return (ModelVersion.Verdict.ACCEPTED if current is None else ModelVersion.Verdict.REJECTED), text
    ours, popular = candidate["ndcg@10"], candidate["popularity_ndcg@10"]
    if current is None:
        if ours < popular:
            text = _("NDCG@10 %(ours).4f is below popularity's %(popular).4f.")
            return ModelVersion.Verdict.REJECTED, text % {"ours": ours, "popular": popular}
        text = _("The first one: NDCG@10 %(ours).4f, popularity %(popular).4f.")
        return ModelVersion.Verdict.ACCEPTED, text % {"ours": ours, "popular": popular}
    # Both on the same held-back events where training could ask the live version too.
    theirs = candidate.get("live_ndcg@10", current["ndcg@10"])
    numbers = {"ours": ours, "theirs": theirs}
    if ours < theirs * (1 - TOLERANCE):
        text = _("NDCG@10 %(ours).4f is worse than the live version's %(theirs).4f.")
        return ModelVersion.Verdict.REJECTED, text % numbers
    text = _("NDCG@10 %(ours).4f against the live version's %(theirs).4f.")
    return ModelVersion.Verdict.ACCEPTED, text % numbers


def publish(version):
    """Make a version live by one atomic switch. Raises NotPublishable if its files are not sound."""
    with exclusive("publish"):
        try:
            artifacts.publish(settings.MODELS_DIR, version.name)
        except (artifacts.ArtifactBroken, ValueError) as error:
            raise NotPublishable(str(error)) from error
        _went_live(version.name)


def roll_back():
    """Make the version before the live one live again; returns its name, or raises NotPublishable."""
    with exclusive("publish"):
        try:
            name = artifacts.roll_back(settings.MODELS_DIR)
        except LookupError as error:
            raise NotPublishable(str(error)) from error
        _went_live(name)
        return name


@transaction.atomic
def _went_live(name):
    ModelVersion.objects.filter(name=name).update(published_at=timezone.now())
    transaction.on_commit(live.forget)


def current_metrics():
    """Metrics of the live version, or None."""
    name = live.version()
    version = ModelVersion.objects.filter(name=name).first() if name else None
    return version.metrics if version is not None and "ndcg@10" in version.metrics else None
