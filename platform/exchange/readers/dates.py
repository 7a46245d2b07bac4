"""Days and hours as course systems write them."""

from datetime import UTC, datetime

from django.utils import timezone


def moment(text: str | None) -> datetime | None:
    """The moment of an ISO 8601 text, which may stand in quotation marks; without a zone it is UTC. None for
    anything else."""
    try:
        found = datetime.fromisoformat((text or "").strip().strip("\"'"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def ahead(text: str | None) -> datetime | None:
    """The moment, if it is still to come."""
    found = moment(text)
    return found if found is not None and found > timezone.now() else None
