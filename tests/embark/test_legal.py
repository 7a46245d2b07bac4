"""Terms and privacy: shipped texts, an admin's own, and what of them may reach a reader."""

import pytest
from django.test import Client
from django.urls import reverse

from embark.models import Change, LegalText

TERMS, PRIVACY = "/terms/", "/privacy/"
ADD = reverse("admin:embark_legaltext_add")


@pytest.fixture
def boss(admin):
    client = Client()
    client.force_login(admin)
    return client


def page(place, language="en"):
    return Client().get(place, headers={"accept-language": language}).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("place", [TERMS, PRIVACY])
def test_there_is_a_text_in_each_language_when_nobody_wrote_one(place):
    assert "What " in page(place)
    assert "Wo" in page(place, "de")
    assert "<h2" in page(place)
    assert page(place) != page(place, "de")


@pytest.mark.django_db
def test_footer_and_sign_up_lead_there():
    for place in ("/", reverse("account_signup")):
        assert f'href="{TERMS}"' in page(place)
        assert f'href="{PRIVACY}"' in page(place)
    assert page(reverse("account_signup")).count(f'href="{TERMS}"') == 2


def test_an_admin_begins_with_the_shipped_text_and_replaces_it(boss, admin):
    assert "Your account" in boss.get(ADD).content.decode()
    saved = boss.post(ADD, {"page": "terms", "language": "en", "source": "## House rules\n\nBe kind."})
    assert saved.status_code == 302
    assert "House rules" in page(TERMS)
    german = page(TERMS, "de")
    assert "House rules" in german, "the site's own terms beat a shipped translation of others"
    assert 'class="prose" lang="en"' in german
    assert "House rules" not in page(PRIVACY)
    boss.post(ADD, {"page": "terms", "language": "de", "source": "Hausordnung."})
    assert "Hausordnung" in page(TERMS, "de")
    row = LegalText.objects.get(language="en")
    boss.post(reverse("admin:embark_legaltext_change", args=[row.pk]), {"source": "Be very kind."})
    assert "Be very kind." in page(TERMS)
    log = Change.objects.filter(kind="embark.legaltext", object_id=row.pk).order_by("number")
    assert [(change.act, change.user, change.said["source"][:8]) for change in log] == [
        ("added", admin, "## House"),
        ("changed", admin, "## House"),
    ]


def test_a_second_text_for_the_same_page_is_refused_in_a_sentence(boss):
    boss.post(ADD, {"page": "terms", "language": "en", "source": "One."})
    refused = boss.post(ADD, {"page": "terms", "language": "en", "source": "Two."})
    assert "There is such a text already" in refused.content.decode()
    assert "One." in page(TERMS)


def test_what_an_admin_writes_carries_no_script(boss):
    source = '<script>alert(1)</script><img src=x onerror="alert(1)">\n\n[here](javascript:alert(1)) **bold**'
    boss.post(ADD, {"page": "privacy", "language": "en", "source": source})
    shown = page(PRIVACY)
    assert "<strong>bold</strong>" in shown
    assert "alert(1)</script>" not in shown
    assert 'onerror="' not in shown
    assert 'href="javascript:' not in shown
