"""Monthly partitions of events and impressions. A default partition catches what has no month yet."""

import datetime

from django.db import connection

TABLES = ("activity_event", "activity_impression")


def _months(first, count):
    year, month = first.year, first.month
    for _ in range(count):
        start = datetime.date(year, month, 1)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        yield start, datetime.date(year, month, 1)


def ensure(*, today, months=3, cursor=None):
    """Create the partitions for `today`'s month and the following ones; existing ones stay as they are."""
    own = cursor is None
    cursor = connection.cursor() if own else cursor
    for table in TABLES:
        for start, end in _months(today, months):
            # Table names are the constants above and the dates are ours: nothing here comes from outside.
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {table}_{start:%Y_%m} PARTITION OF {table} "
                f"FOR VALUES FROM ('{start}') TO ('{end}')"
            )
    if own:
        cursor.close()
