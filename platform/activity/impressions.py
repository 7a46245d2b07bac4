"""Impressions: what learners were shown."""

from django.db import connection

from activity.models import Impression


def log(impressions):
    """Append `Impression` rows by one statement, which is its own transaction where none is open.

    `bulk_create` would wrap it in BEGIN and COMMIT: two more round trips, on every page.
    """
    if not impressions:
        return
    columns = [field for field in Impression._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in columns)
    row = f"({', '.join(['%s'] * len(columns))})"
    values = [
        field.get_db_prep_save(getattr(impression, field.attname), connection)
        for impression in impressions
        for field in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Impression._meta.db_table} ({names}) VALUES {', '.join([row] * len(impressions))}",  # noqa: S608
            values,
        )
