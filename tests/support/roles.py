"""The groups of the admin and who is in them."""

import importlib

from django.apps import apps
from django.contrib.auth.models import Group

from accounts.models import User

ROLES = ("Author", "Editor", "Moderator", "Analyst")


def make_roles():
    """The groups as the migrations make them: a test that empties the database takes them with it."""
    for role in ROLES:
        Group.objects.get_or_create(name=role)
    importlib.import_module("courses.migrations.0002_roles").make_roles(apps, None)
    importlib.import_module("quizzes.migrations.0012_roles").give_rights(apps, None)
    importlib.import_module("quizzes.migrations.0014_accommodation_roles").give_rights(apps, None)


def member(name, role):
    """Somebody of the staff in one of the groups."""
    user = User.objects.create_user(f"{name}@example.org", "correct horse battery", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user
