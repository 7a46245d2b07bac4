"""One at a time, over all processes and machines."""

import hashlib
from contextlib import contextmanager

from django.db import connection


class Busy(Exception):
    """Somebody else holds the lock."""


def _key(name: str) -> int:
    """A name as the signed 64-bit number that PostgreSQL locks by."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


@contextmanager
def exclusive(name: str):
    """Holds the lock `name` for the block, or raises Busy at once.

    It is a session-level advisory lock on a connection of its own: PostgreSQL releases it when the
    process ends, however it ends, and closing the ordinary connection in the block doesn't.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_key(name)])
            if not cursor.fetchone()[0]:
                raise Busy(f"“{name}” is running already")
        yield
    finally:
        own.close()
