"""What a learner tells about themselves: saved as given, deleted without consent, asked once."""

import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts.models import Profile, User
from courses.models import Topic

PROFILE = reverse("accounts:profile")
ABOUT = reverse("accounts:about_you")
INTERESTS = reverse("accounts:interests")
ANSWERS = {
    "about-gender": "female",
    "about-birth_year": "1990",
    "about-country": "Ireland",
    "about-education": "master",
}


@pytest.fixture
def topics(db):
    return [Topic.objects.create(slug=slug, name=slug.title()) for slug in ("music", "history")]


@pytest.fixture
def signed_in(client, learner):
    client.force_login(learner)
    return client


def test_profile_keeps_name_language_and_time_zone(signed_in, learner):
    data = {"display_name": "Ada L.", "language": "de", "timezone": "Europe/Berlin"}
    response = signed_in.post(PROFILE, data)
    learner.refresh_from_db()
    assert response.url == PROFILE
    assert learner.display_name == "Ada L."
    assert (learner.profile.language, learner.profile.timezone) == ("de", "Europe/Berlin")
    assert learner.profile.single_key_shortcuts is False
    assert signed_in.session["timezone"] == "Europe/Berlin"
    assert response.cookies["django_language"].value == "de"


@pytest.mark.parametrize(
    ("field", "value"), [("display_name", ""), ("timezone", "Atlantis/Capital"), ("language", "xx")]
)
def test_profile_refuses_what_does_not_exist(signed_in, learner, field, value):
    data = {"display_name": "Somebody", "language": "", "timezone": ""} | {field: value}
    response = signed_in.post(PROFILE, data)
    learner.refresh_from_db()
    assert response.context["form"].errors[field]
    assert learner.display_name == "Ada"


def test_answers_are_kept_with_consent_and_deleted_without(signed_in, learner):
    signed_in.post(ABOUT, ANSWERS | {"about-demographics_consent": "on"})
    profile = Profile.objects.get(user=learner)
    assert (profile.gender, profile.birth_year, profile.country) == ("female", 1990, "Ireland")
    signed_in.post(ABOUT, ANSWERS)
    profile.refresh_from_db()
    assert (profile.gender, profile.birth_year, profile.country, profile.education) == ("", None, "", "")
    assert profile.demographics_consent is False


@pytest.mark.parametrize("year", ["1066", "3000", "ninety"])
def test_impossible_year_of_birth_is_refused(signed_in, learner, year):
    response = signed_in.post(ABOUT, ANSWERS | {"about-demographics_consent": "on", "about-birth_year": year})
    assert response.context["about"].errors["birth_year"]
    assert Profile.objects.get(user=learner).gender == ""


def test_interests_are_saved_and_lead_on(signed_in, learner, topics):
    response = signed_in.post(INTERESTS, {"interests": ["music"], "next": "/courses/"})
    profile = Profile.objects.get(user=learner)
    assert response.url == "/courses/"
    assert profile.interests == ["music"]
    assert profile.interests_asked_at is not None


def test_skipping_counts_as_an_answer_and_changes_nothing(signed_in, learner, topics):
    Profile.objects.filter(user=learner).update(interests=["history"])
    assert signed_in.post(INTERESTS, {"skip": "1", "interests": ["music"]}).url == reverse("home")
    profile = Profile.objects.get(user=learner)
    assert profile.interests == ["history"]
    assert profile.interests_asked_at is not None


def test_unknown_topic_is_refused(signed_in, learner, topics):
    response = signed_in.post(INTERESTS, {"interests": ["alchemy"]})
    assert response.context["form"].errors["interests"]
    assert Profile.objects.get(user=learner).interests == []


def test_interests_never_lead_off_the_site(signed_in, topics):
    response = signed_in.post(INTERESTS, {"interests": ["music"], "next": "https://elsewhere.example/"})
    assert response.url == reverse("recommender:yours")


def test_newcomer_is_asked_for_interests_once_and_brought_back(client, topics):
    target = reverse("courses:catalogue") + "?level=beginner"
    client.post(
        f"{reverse('account_signup')}?next={target}",
        {
            "email": "nia@example.org",
            "password1": "a-long-passphrase-9",
            "display_name": "Nia",
            "timezone": "Asia/Tokyo",
            "next": target,
        },
    )
    code = re.search(r"^[A-Z0-9]+-[A-Z0-9]+$", mail.outbox[0].body, re.MULTILINE)[0]
    response = client.post(reverse("account_email_verification_sent"), {"code": code})
    assert response.url.startswith(INTERESTS)
    page = client.get(response.url)
    assert page.context["next"] == target
    assert client.post(INTERESTS, {"skip": "1", "next": page.context["next"]}).url == target
    assert User.objects.get(email="nia@example.org").profile.timezone == "Asia/Tokyo"

    client.post(reverse("account_logout"))
    data = {"login": "nia@example.org", "password": "a-long-passphrase-9", "next": target}
    assert client.post(reverse("account_login"), data).url == target


def test_mail_is_sent_as_text_and_html(client, topics):
    data = {"email": "nia@example.org", "password1": "a-long-passphrase-9", "display_name": "Nia"}
    client.post(reverse("account_signup"), data)
    message = mail.outbox[0]
    code = re.search(r"^[A-Z0-9]+-[A-Z0-9]+$", message.body, re.MULTILINE)[0]
    (html,) = [part.content for part in message.alternatives if part.mimetype == "text/html"]
    assert code in html
    assert "<script" not in html
