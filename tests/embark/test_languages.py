"""The site in another language: by the browser's wish, by choice, and with every placeholder in place."""

import gettext
import re

import pytest
from django.conf import settings
from django.urls import reverse

CATALOGUE = settings.BASE_DIR / "locale" / "de" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def translations():
    with (CATALOGUE / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    for source, translation in catalogue.items():
        if source:
            yield (source, translation)


def test_placeholders_survive_translation():
    wrong = [
        source
        for source, translation in translations()
        if isinstance(source, str)
        and sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(translation))
    ]
    assert wrong == []


def test_compiled_catalogue_is_that_of_the_source():
    written = len(re.findall(r"^msgstr(?:\[\d\])? \"", (CATALOGUE / "django.po").read_text(), re.MULTILINE))
    # The header is the one entry that `translations` leaves out.
    assert len(list(translations())) == written - 1


def test_browser_asks_for_its_language(client, db):
    page = client.get(reverse("home"), headers={"accept-language": "de-AT,de;q=0.9"}).content.decode()
    assert '<html lang="de"' in page
    assert "Komm an Bord" in page


def test_chosen_language_beats_that_of_the_browser(client, db):
    client.post(reverse("set_language"), {"language": "de", "next": "/"})
    page = client.get(reverse("home"), headers={"accept-language": "en"}).content.decode()
    assert "Komm an Bord" in page


@pytest.mark.parametrize("wanted", ["xx", "tlh", ""])
def test_unknown_language_is_answered_in_english(client, db, wanted):
    page = client.get(reverse("home"), headers={"accept-language": wanted}).content.decode()
    assert '<html lang="en"' in page
