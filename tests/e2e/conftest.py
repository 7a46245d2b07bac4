"""A browser, a web server, a worker and the sample library: the whole site as a person meets it."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect, sync_playwright

from chromium import ARGUMENTS, executable
from embark.demo import samples

# Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# A page of the admin stays hidden until its scripts have run, which takes long on a busy machine.
expect.set_options(timeout=30_000)

SCREENSHOTS = Path(__file__).parents[2] / "test-output" / "screenshots"


@pytest.fixture
def library(transactional_db, settings):
    """The sample courses, and learners to learn from."""
    settings.TRAIN_ON_SIMULATED = True
    samples.load_library()
    samples.add_learners(count=60, now=timezone.now())


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, live_server):
    """A page on the site, whose console must stay silent."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # A view transition that the next click overtakes is reported, and harmless.
    assert [text for text in complaints if "404" not in text and "ransition" not in text] == []


@pytest.fixture
def look():
    """Keep a picture of a page: `look(page, "lesson")`."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
