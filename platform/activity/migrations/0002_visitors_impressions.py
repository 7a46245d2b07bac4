"""Finds what a visitor was shown: for the dashboard's clicks, and when a visitor is forgotten."""

from django.db import migrations

CREATE = """
CREATE INDEX activity_impression_visitor ON activity_impression (visitor, recorded_at DESC)
    WHERE visitor IS NOT NULL;
"""
DROP = "DROP INDEX activity_impression_visitor;"


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
