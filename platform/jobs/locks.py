"""One at a time, over all processes and machines."""

import hashlib
from contextlib import contextmanager, suppress

from django.db import Error, connection


class Busy(Exception):
    """Somebody else holds the lock."""


def _key(name: str) -> int:
    """A name as the signed 64-bit number that PostgreSQL locks by."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def queue_up(name: str) -> None:
    """Wait until nobody else holds the lock `name`, and hold it until this transaction ends.

    For what has to be looked at before a row exists that could be locked.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(name)])


@contextmanager
def exclusive(name: str):
    """Holds the lock `name` for the block, or raises Busy at once.

    It is a session-level advisory lock on a connection of its own: PostgreSQL releases it when the
    process ends, however it ends, and closing the ordinary connection in the block doesn't. It is
    given back before that connection is closed: the server takes note of a closed connection a moment
    later, and whoever asks in that moment would be told that the lock is held.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(name)])
            if not cursor.fetchone()[0]:
                raise Busy(f"“{name}” is running already")
            try:
                yield
            finally:
                # A connection that was lost in the block took the lock with it.
                with suppress(Error):
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(name)])
    finally:
        own.close()
