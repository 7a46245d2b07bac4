"""A Chromium whose requests Django's test client answers, in the test's own process and transaction.

What a browser test needs beyond that (a real server, a worker, two people at once) belongs to tests/e2e.
"""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from playwright.sync_api import sync_playwright

ORIGIN = "http://localhost"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def executable():
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def page_of(browser, client, *, theme="light", width=1280, script=True):
    """A page without a server. `problems` gathers what the console complains about."""
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=theme,
        reduced_motion="reduce",
        java_script_enabled=script,
    )
    page = context.new_page()
    page.problems = []
    page.on("console", lambda line: page.problems.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.route("**/*", lambda route: _answer(route, client))
    yield page
    context.close()


def _answer(route, client):
    address = urlsplit(route.request.url)
    if address.path.startswith("/static/"):
        path = Path(finders.find(address.path.removeprefix("/static/")))
        route.fulfill(body=path.read_bytes(), content_type=TYPES[path.suffix])
        return
    target = f"{address.path}?{address.query}"
    if route.request.method == "POST":
        kind = route.request.headers.get("content-type", "application/x-www-form-urlencoded")
        response = client.post(
            target, route.request.post_data or "", content_type=kind, headers=_passed_on(route.request)
        )
    else:
        response = client.get(target, headers=_passed_on(route.request))
    body = b"".join(response.streaming_content) if response.streaming else response.content
    route.fulfill(status=response.status_code, headers=dict(response.items()), body=body)


def _passed_on(request):
    return {name: value for name, value in request.headers.items() if name.startswith("hx-")}


def violations(page):
    """What axe finds against WCAG 2.2 AA and its own best practices, as lines to read."""
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    return [
        f"{violation['id']}: {node['target']} {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]
