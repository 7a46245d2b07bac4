"""What a page costs somebody who opens it for the first time with a slow phone, measured in Chromium."""

import os
import shutil
import statistics
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count
from django.urls import reverse

from accounts.models import User
from courses import enrolment, progress
from courses.models import Lesson
from embark.measuring.browser import signed_in
from quizzes import attempts
from quizzes.models import Attempt, Quiz

SCREEN = {"width": 390, "height": 844}
# "Slow 4G" as Lighthouse applies it request by request: 150 ms to the server and back, 1.6 megabits a second.
NETWORK = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1_474_560 / 8,
    "uploadThroughput": 675_000 / 8,
}
SLOWER = 4
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
SETTLED_MS = 500

# What is promised of a lesson page, by the columns of the table.
PROMISED = {
    "kB": 150, "requests": "", "scripts kB": 40, "pictures kB": "", "paint s": 1.8, "shift": 0.02,
    "press ms": 100,
}  # fmt: skip

WATCH = """
  window.seen = {paint: 0, shift: 0, press: 0};
  const watch = (type, take, more) => new PerformanceObserver((list) => list.getEntries().forEach(take))
    .observe({type, buffered: true, ...more});
  watch("largest-contentful-paint", (entry) => { seen.paint = entry.startTime; });
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
  watch("event", (entry) => { seen.press = Math.max(seen.press, entry.duration); }, {durationThreshold: 16});
"""


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    session: str = ""
    """Empty for a visitor."""


def pages(email="weight@bench.invalid"):
    """The pages that are weighed, for a learner who is in the middle of the lesson with the most blocks."""
    lesson = Lesson.objects.annotate(n_blocks=Count("blocks")).order_by("-n_blocks", "pk").first()
    course, quizzes = lesson.course, Quiz.objects.order_by("pk")
    learner = User.objects.filter(email=email).first() or User.objects.create_user(email, None)
    enrolment.enrol(learner=learner, course=course)
    progress.open_lesson(lesson=lesson, learner=learner)
    current = attempts.start(quiz=quizzes[0], learner=learner)
    # A kept folder has one from the last time, and a quiz allows only so many.
    done = Attempt.objects.filter(quiz=quizzes[1], learner=learner, submitted_at__isnull=False).first()
    if done is None:
        done = attempts.start(quiz=quizzes[1], learner=learner)
        attempts.submit(attempt=done)
    session = signed_in(learner)
    return [
        Page("home, visitor", reverse("home")),
        Page("home", reverse("home"), session),
        Page("catalogue", reverse("courses:catalogue"), session),
        Page("course", course.get_absolute_url(), session),
        Page("lesson", lesson.get_absolute_url(), session),
        Page("quiz attempt", reverse("quizzes:attempt", args=[current.public_id]), session),
        Page("result", reverse("quizzes:result", args=[done.public_id]), session),
    ]


def weigh(origin, weighed, *, runs):
    """{page: {column: value}}: medians of `runs`, each with an empty cache.

    Raises RuntimeError where a page isn't answered with 200.
    """
    from playwright.sync_api import sync_playwright  # a tool of developers: no server has it

    # Playwright keeps an event loop in this thread, where Django then allows no query.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_executable(), args=ARGUMENTS)
        try:
            return {
                page.name: _middle([_open(chromium, origin, page) for _ in range(runs)]) for page in weighed
            }
        finally:
            chromium.close()


def _executable():
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def _open(chromium, origin, weighed):
    context = chromium.new_context(viewport=SCREEN, is_mobile=True, has_touch=True, device_scale_factor=2)
    try:
        if weighed.session:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": weighed.session, "url": origin}]
            )
        page, kinds, sizes = context.new_page(), {}, {}
        page.add_init_script(WATCH)
        wire = context.new_cdp_session(page)
        wire.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
        wire.on(
            "Network.loadingFinished",
            lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
        )
        wire.send("Network.enable")
        wire.send("Network.emulateNetworkConditions", NETWORK)
        wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        answer = page.goto(origin + weighed.path, wait_until="networkidle")
        if answer.status != 200:
            raise RuntimeError(f"{weighed.path} answered {answer.status}.")
        page.wait_for_timeout(SETTLED_MS)
        page.locator("header summary").first.click()
        page.wait_for_timeout(SETTLED_MS)
        seen = page.evaluate("window.seen")
        of_kind = dict.fromkeys(("Script", "Image", "Media"), 0.0)
        for request, size in sizes.items():
            of_kind[kinds[request]] = of_kind.get(kinds[request], 0.0) + size
        pictures = of_kind["Image"] + of_kind["Media"]
        return {
            "kB": (sum(sizes.values()) - pictures) / 1000,
            "requests": len(sizes),
            "scripts kB": of_kind["Script"] / 1000,
            "pictures kB": pictures / 1000,
            "paint s": seen["paint"] / 1000,
            "shift": seen["shift"],
            "press ms": seen["press"],
        }
    finally:
        context.close()


def _middle(runs):
    return {column: statistics.median(run[column] for run in runs) for column in PROMISED}
