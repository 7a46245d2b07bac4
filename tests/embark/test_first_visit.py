"""A first visit has what it is drawn with inside the page; the next page, and a fragment, have links."""

import base64
import hashlib
import re

import pytest
from django.core.management import call_command
from django.test import Client


@pytest.fixture
def collected(settings, tmp_path):
    """Static files as a served site has them."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "embark.static_files.ServedFiles"},
    }
    call_command("collectstatic", verbosity=0, interactive=False)
    # The storage reads the list of what it holds when it is made.
    settings.STORAGES = {**settings.STORAGES}


def page(site, path="/"):
    return Client().get(path, headers={"Sec-Fetch-Site": site} if site else {})


def inside(html, element):
    return re.findall(rf"<{element}>(.*?)</{element}>", html, re.DOTALL)


@pytest.mark.parametrize("site", ["none", "cross-site", "same-site"])
def test_a_first_visit_waits_for_one_answer(db, collected, site):
    answer = page(site)
    html = answer.content.decode()
    head = html[: html.index("</head>")]
    assert 'rel="stylesheet"' not in head
    assert 'rel="preload"' not in head
    [sheet], [script] = inside(head, "style"), inside(head, "script")
    assert "@layer" in sheet
    assert "dataset.theme" in script
    # From inside a page of any address its own addresses lead to the files.
    assert re.search(r'url\("/static/fonts/figtree-latin\.[0-9a-f]+\.woff2"\)', sheet)
    assert '"../' not in sheet
    # The next page finds them in the cache.
    assert re.search(r'rel="prefetch" href="/static/css/site\.[0-9a-f]+\.css"', head)


def test_the_policy_names_what_is_inside_and_nothing_else(db, collected):
    answer = page("none", "/courses/")
    policy = answer.headers["Content-Security-Policy"]
    html = answer.content.decode()
    for element, directive in (("style", "style-src"), ("script", "script-src")):
        [text] = inside(html, element)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} 'self' 'sha256-{digest}'" in policy
    assert "unsafe-inline" not in policy
    assert "Sec-Fetch-Site" in answer.headers["Vary"]


@pytest.mark.parametrize("site", ["same-origin", None])
def test_whoever_comes_from_a_page_of_ours_gets_links(db, collected, site):
    answer = page(site)
    html = answer.content.decode()
    assert not inside(html, "style")
    assert re.search(r'<link rel="stylesheet" href="/static/css/site\.[0-9a-f]+\.css">', html)
    assert html.count('rel="preload"') == 2
    assert "sha256" not in answer.headers["Content-Security-Policy"]


def test_where_nothing_is_collected_a_first_visit_has_links(db, settings):
    assert settings.STORAGES["staticfiles"]["BACKEND"] != "embark.static_files.ServedFiles"
    assert 'rel="stylesheet"' in page("none").content.decode()
