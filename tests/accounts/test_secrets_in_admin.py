"""What lets somebody in is nobody's to read, not even in the admin."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.urls import reverse
from model_bakery import baker

from accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    admin = User.objects.create_superuser("root@example.org", "a-long-password-4711")
    client.force_login(admin)
    return admin


def test_the_secret_of_a_second_factor_is_shown_to_nobody_and_can_be_taken_away(client, admin):
    factor = Authenticator.objects.create(user=admin, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    change = reverse("admin:mfa_authenticator_change", args=[factor.pk])
    answer = client.get(change)
    assert answer.status_code == 200
    assert "JBSWY3DPEHPK3PXP" not in answer.text
    assert client.post(change, {"data": "{}"}).status_code == 403
    assert client.get(reverse("admin:mfa_authenticator_add")).status_code == 403
    client.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    assert not Authenticator.objects.exists()


def test_the_key_of_a_session_is_shown_to_nobody(client, admin):
    session = baker.make(UserSession, user=admin, ip="127.0.0.1", session_key="k" * 32)
    answer = client.get(reverse("admin:usersessions_usersession_change", args=[session.pk]))
    assert answer.status_code == 200
    assert "k" * 32 not in answer.text
