"""Which model version is live: the gate, the switch and the way back."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs.locks import exclusive
from recommender import artifacts, live
from recommender.models import ModelVersion


class NotPublishable(Exception):
    """The version can't go live; the text says why."""


def judge(candidate, *, current):
    """(verdict, explanation) for a trained version's metrics against those of the live version, or None.

    The live version was asked those of the candidate's held-back events that are newer than its own training
    ("live_ndcg@10"). Where there are none, the number counts that it reached on its own held-back events. A
    candidate is worse when even the upper end of its 95 % interval ("ndcg@10_high") lies below what it has to
    reach: the live version's NDCG@10, and popularity's on the same events.
    """
    if "ndcg@10" not in candidate:
        text = _("There was too little history to hold any back: nothing could be measured.")
        return (ModelVersion.Verdict.ACCEPTED if current is None else ModelVersion.Verdict.REJECTED), text
    numbers = {"ours": candidate["ndcg@10"], "popular": candidate["popularity_ndcg@10"]}
    best = candidate.get("ndcg@10_high", candidate["ndcg@10"])
    if best < numbers["popular"]:
        text = _("NDCG@10 %(ours).4f is worse than popularity's %(popular).4f.")
        return ModelVersion.Verdict.REJECTED, text % numbers
    if current is None:
        text = _("No other is in use: NDCG@10 %(ours).4f, popularity %(popular).4f.")
        return ModelVersion.Verdict.ACCEPTED, text % numbers
    numbers["theirs"] = candidate.get("live_ndcg@10", current["ndcg@10"])
    if best < numbers["theirs"]:
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
    """Metrics of the live version, or None; one that this release can't use is nothing to stay behind."""
    name = None if live.is_of_another_release() else live.version()
    version = ModelVersion.objects.filter(name=name).first() if name else None
    return version.metrics if version is not None and "ndcg@10" in version.metrics else None
