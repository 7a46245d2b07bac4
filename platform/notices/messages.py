"""Sending a notice, and reading it."""

from django.utils import timezone

from notices.models import Notice


def notify(*, learner, kind, title, body="", url=""):
    """Leave a notice for a learner, in the caller's transaction."""
    return Notice.objects.create(learner=learner, kind=kind, title=title, body=body, url=url)


def mark_read(*, learner, now=None):
    """Mark all of a learner's notices as read; returns how many were new."""
    return Notice.objects.filter(learner=learner, read_at=None).update(read_at=now or timezone.now())
