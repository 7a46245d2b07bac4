"""The view of the audit log, with the changes of due dates."""

import importlib

from django.db import migrations

from embark.audit import view

BEFORE = importlib.import_module("embark.migrations.0004_audit").BRANCHES
BRANCHES = [*BEFORE, ("quizzes.duedate", "quizzes_duedatechange", "", "quizzes.quiz", "quiz_id")]


class Migration(migrations.Migration):
    dependencies = [("embark", "0004_audit"), ("quizzes", "0008_due_dates")]

    operations = [migrations.RunSQL(view.create(BRANCHES), view.create(BEFORE))]
