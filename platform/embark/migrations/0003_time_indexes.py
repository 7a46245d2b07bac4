"""Indexes over time, which only the figures of the admin's first page read: a range of days of each log.

BRIN suits tables that grow at their end: a few kilobytes whatever their size.
"""

from django.db import migrations

CREATE = """
CREATE INDEX dashboard_event_time ON activity_event USING brin (recorded_at);
CREATE INDEX dashboard_event_click ON activity_event (recorded_at) WHERE context ? 'via';
CREATE INDEX dashboard_impression_time ON activity_impression USING brin (recorded_at);
CREATE INDEX dashboard_enrolment_time ON courses_enrolment (enrolled_at);
CREATE INDEX dashboard_progress_time ON courses_lessonprogress USING brin (opened_at);
CREATE INDEX dashboard_attempt_time ON quizzes_attempt (submitted_at) WHERE submitted_at IS NOT NULL;
CREATE INDEX dashboard_entry_time ON credits_entry USING brin (created_at);
"""

DROP = """
DROP INDEX dashboard_event_time, dashboard_event_click, dashboard_impression_time, dashboard_enrolment_time,
    dashboard_progress_time, dashboard_attempt_time, dashboard_entry_time;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("embark", "0002_stored_response"),
        ("activity", "0001_initial"),
        ("courses", "0001_initial"),
        ("credits", "0001_initial"),
        ("quizzes", "0001_initial"),
    ]
    operations = [migrations.RunSQL(CREATE, DROP)]
