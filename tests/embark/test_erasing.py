"""An admin erases a person who asked for it; nobody by accident, and no admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import User


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


def erase(office, person, number):
    return office.post(reverse("erase_person", args=[person.pk]), {"number": number}, follow=True)


def test_a_person_is_erased_and_the_admins_history_forgets_the_name(office, admin, learner):
    LogEntry.objects.log_actions(admin.pk, [learner], action_flag=2, change_message="Changed name.")
    answer = erase(office, learner, f" {learner.pk} ")
    assert "everything about it is erased" in answer.content.decode()
    learner.refresh_from_db()
    assert (learner.email, learner.display_name, learner.is_active) == (None, "", False)
    assert [entry.object_repr for entry in LogEntry.objects.filter(object_id=learner.pk)] == [""]


@pytest.mark.parametrize("number", ["", "0", "yes"])
def test_a_wrong_number_erases_nobody(office, learner, number):
    answer = erase(office, learner, number)
    assert answer.status_code == 200
    assert answer.context["form"].errors["number"]
    assert User.objects.filter(email=learner.email).exists()


def test_an_admin_is_not_erased(office, admin):
    answer = erase(office, admin, admin.pk)
    assert "take the rights away first" in answer.content.decode()
    assert User.objects.filter(email=admin.email).exists()
