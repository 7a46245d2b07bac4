"""A Chromium whose requests Django's test client answers, inside the test's own transaction.

The browser lives in a thread of its own, because Playwright keeps an event loop running there, and Django
hides a thread's database connections from one. A test hands it a script, a function of the page, and answers
what the page asks for until the script is done. What needs a real server or a worker belongs to tests/e2e.
"""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from playwright.sync_api import sync_playwright

# Browsers trust localhost as they trust https.
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


@dataclass
class _Ask:
    """A request of the page on its way to the test, and the place for its answer."""

    url: str
    method: str
    body: str
    headers: dict
    answer: Queue = field(default_factory=Queue)


class Chromium:
    def __init__(self):
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._thread.submit(self._start).result()

    def _start(self):
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)

    def close(self):
        self._thread.submit(self._stop).result()
        self._thread.shutdown()

    def _stop(self):
        self._browser.close()
        self._playwright.stop()

    def run(self, script, client, *, theme="light", width=1280, javascript=True):
        """What `script(page)` returns. It must not touch the database: only `client`, in this thread, does.

        `page.problems` gathers what the console complains about.
        """
        asked = Queue()
        done = self._thread.submit(self._run, script, asked, theme, width, javascript)
        done.add_done_callback(lambda _future: asked.put(None))
        while (ask := asked.get()) is not None:
            try:
                ask.answer.put(_serve(client, ask))
            except Exception as fault:
                ask.answer.put((500, {}, repr(fault).encode()))
                done.exception()
                raise
        return done.result()

    def _run(self, script, asked, theme, width, javascript):
        context = self._browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme=theme,
            reduced_motion="reduce",
            java_script_enabled=javascript,
        )
        try:
            page = context.new_page()
            page.set_default_timeout(10_000)
            page.problems = []
            page.on("console", lambda line: page.problems.append(line.text) if line.type == "error" else None)
            page.on("pageerror", lambda error: page.problems.append(str(error)))
            page.route("**/*", lambda route: _pass_on(route, asked))
            return script(page)
        finally:
            context.close()


def _pass_on(route, asked):
    request = route.request
    headers = {
        name: value for name, value in request.headers.items() if name.startswith(("hx-", "content-type"))
    }
    ask = _Ask(request.url, request.method, request.post_data or "", headers)
    asked.put(ask)
    status, headers, body = ask.answer.get()
    route.fulfill(status=status, headers=headers, body=body)


def _serve(client, ask):
    address = urlsplit(ask.url)
    if address.path.startswith("/static/"):
        path = Path(finders.find(address.path.removeprefix("/static/")))
        return 200, {"Content-Type": TYPES[path.suffix]}, path.read_bytes()
    target = f"{address.path}?{address.query}"
    if ask.method == "POST":
        kind = ask.headers.pop("content-type", "application/x-www-form-urlencoded")
        response = client.post(target, ask.body, content_type=kind, headers=ask.headers)
    else:
        response = client.get(target, headers=ask.headers)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, dict(response.items()), body


def violations(page, rules=WCAG):
    """What axe finds against WCAG 2.2 AA and its own best practices (or `rules`), as lines to read."""
    # axe would fetch the style sheets once more for a rule that is not among these, and stumble over imports.
    found = Axe().run(page, options={"runOnly": rules, "preload": False}).response["violations"]
    return [
        f"{violation['id']}: {node['target']} {node['html'][:200]}"
        for violation in found
        for node in violation["nodes"]
    ]


def sideways(page):
    """Pixels of the page that lie beyond the right edge of the screen."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


LOOKS = (("light", 1280), ("dark", 390), ("dark", 1280), ("light", 390))


def faults(client, address, *, shots):
    """What is wrong with a page in both themes, wide and narrow: axe, console, width; a screenshot of each
    is left in the folder `shots`.
    """
    browser, name = Chromium(), address.strip("/").replace("/", "-") or "home"

    def look(page):
        page.goto(f"{ORIGIN}{address}")
        page.screenshot(path=f"{shots}/{name}-{theme}-{width}.png", full_page=True)
        return violations(page) + page.problems + ([f"{sideways(page)} px beyond"] if sideways(page) else [])

    found = []
    try:
        for theme, width in LOOKS:
            found += [
                f"{theme} {width}: {line}" for line in browser.run(look, client, theme=theme, width=width)
            ]
    finally:
        browser.close()
    return found
