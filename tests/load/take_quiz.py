"""Many learners take one quiz at once against a served site, and every acknowledged answer is looked for.

    python tests/load/take_quiz.py http://127.0.0.1:8000 --learners 200 --every 10 --seconds 120

Run it where the site's DATABASE_URL is set: it makes its own learners and a 16-question quiz, takes them away
again, and prints how long starts, saves and submissions took. It ends with status 1 if anything was lost.
"""

import argparse
import os
import random
import secrets
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "embark.settings")

import django

django.setup()

# ruff: noqa: E402  models can be imported only once Django is set up
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from accounts.models import User
from credits import ledger
from quizzes import authoring, privacy
from quizzes.models import Attempt, Question, Quiz

QUESTIONS = [
    {"type": "single_choice", "choices": [{"text": "a", "correct": True}, {"text": "b"}, {"text": "c"}]},
    {"type": "true_false", "answer": True},
    {"type": "numeric", "answer": 4, "tolerance": 0.5},
    {"type": "short_text", "answers": ["break"]},
]


@dataclass
class Learner:
    """One simulated learner: what the server acknowledged, and what went wrong."""

    user: User
    session: str
    acknowledged: dict = field(default_factory=dict)
    errors: list = field(default_factory=list)
    times: dict = field(default_factory=lambda: {"start": [], "save": [], "submit": []})


class Browser:
    """The few requests that a quiz page makes, over one cookie jar."""

    def __init__(self, base, session):
        self.base = base
        self.cookies = {settings.SESSION_COOKIE_NAME: session}
        self.opener = urllib.request.build_opener(_NoRedirect)

    def request(self, path, fields=None):
        """(status, body, location)."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if fields is not None:
            token = self.cookies.get("csrftoken", "")
            headers |= {"X-CSRFToken": token, "Referer": self.base}
            body = urlencode(fields, doseq=True).encode()
        request = urllib.request.Request(self.base + path, body, headers)
        try:
            response = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            for header in response.headers.get_all("Set-Cookie") or ():
                for name, morsel in SimpleCookie(header).items():
                    self.cookies[name] = morsel.value
            return response.status, response.read(), response.headers.get("Location")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def prepare(count):
    questions = [{**QUESTIONS[number % 4], "text": f"Question {number}"} for number in range(16)]
    quiz = authoring.create_quiz(data={"title": "Load", "slug": "load", "credits": 5, "questions": questions})
    learners, run = [], secrets.token_hex(4)
    for number in range(count):
        address = f"load-{run}-{number}@example.invalid"
        user = User.objects.create_user(address, None, is_simulated=True)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        learners.append(Learner(user, session.session_key))
    return quiz, learners


def timed(learner, what, act):
    started = time.perf_counter()
    try:
        return act()
    finally:
        learner.times[what].append(time.perf_counter() - started)


def take(base, quiz, learner, delay, every, until):
    browser = Browser(base, learner.session)
    time.sleep(delay)
    try:
        browser.request(quiz.get_absolute_url())
        status, _body, location = timed(
            learner, "start", lambda: browser.request(f"{quiz.get_absolute_url()}start/", {})
        )
        if status != 302 or "/attempt/" not in (location or ""):
            learner.errors.append(f"start answered {status}")
            return
        status, _body, _location = browser.request(location)
        sequence, rng = 0, random.Random(learner.user.pk)
        while time.monotonic() < until:
            time.sleep(every * rng.uniform(0.8, 1.2))
            sequence += 1
            position = rng.randint(1, 16)
            name, value = answer_to(position, rng)
            fields = {
                f"q{position}-shown": "1",
                f"q{position}-{name}": value,
                "sequence": sequence,
                "token": f"{learner.user.pk}-{sequence}",
            }
            status, body, _location = timed(
                learner, "save", lambda fields=fields: browser.request(f"{location}save/", fields)
            )
            if status == 200 and b'"saved"' in body:
                learner.acknowledged[position] = value
            else:
                learner.errors.append(f"save answered {status}: {body[:80]!r}")
        status, _body, _location = timed(learner, "submit", lambda: browser.request(f"{location}finish/", {}))
        if status != 302:
            learner.errors.append(f"submit answered {status}")
    except OSError as error:
        learner.errors.append(repr(error))


def answer_to(position, rng):
    kind = QUESTIONS[(position - 1) % 4]["type"]
    choices = {
        "single_choice": ("choice", str(rng.randint(0, 2))),
        "true_false": ("choice", rng.choice(["true", "false"])),
        "numeric": ("answer", str(rng.choice([4, 5]))),
        "short_text": ("answer", rng.choice(["break", "stop"])),
    }
    return choices[kind]


def lost(quiz, learners):
    """Sentences about answers, marks or credits that are not what was acknowledged."""
    problems = []
    for learner in learners:
        attempt = Attempt.objects.filter(quiz=quiz, learner=learner.user).first()
        if attempt is None:
            problems.append(f"{learner.user}: no attempt")
            continue
        stored = {question.position: question for question in attempt.questions.select_related("version")}
        for position, value in learner.acknowledged.items():
            question = stored[position]
            shown = value
            if question.version.type == "single_choice":
                shown = question.variant["order"][int(value)]
            elif question.version.type == "true_false":
                shown = value == "true"
            if question.response != shown:
                problems.append(f"{learner.user}: answer {position} is {question.response!r}, not {shown!r}")
        earned = ledger.balance(learner.user)
        if earned != (5 if attempt.passed else 0):
            problems.append(f"{learner.user}: {earned} credits")
    return problems + ledger.discrepancies()


def clean_up(quiz, learners):
    for learner in learners:
        privacy.erase(learner.user)
    with connection.cursor() as cursor:
        cursor.execute("SET quizzes.erasing = 'on'")
        Attempt.objects.filter(quiz=quiz).delete()
        cursor.execute("SET quizzes.erasing = 'off'")
    questions = list(Question.objects.filter(slots__quiz=quiz).values_list("pk", flat=True))
    Quiz.objects.filter(pk=quiz.pk).delete()
    Question.objects.filter(pk__in=questions).delete()
    User.objects.filter(pk__in=[learner.user.pk for learner in learners]).update(is_active=False)


def tell(name, seconds):
    if seconds:
        ordered = sorted(seconds)
        p95 = ordered[int(0.95 * (len(ordered) - 1))]
        print(  # noqa: T201
            f"{name}: {len(ordered)} requests, p50 {1000 * statistics.median(ordered):.0f} ms, "
            f"p95 {1000 * p95:.0f} ms, slowest {1000 * ordered[-1]:.0f} ms"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--learners", type=int, default=200)
    parser.add_argument("--every", type=float, default=10, help="seconds between two saves of one learner")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--starts", type=float, default=30, help="seconds over which they all start")
    options = parser.parse_args()
    quiz, learners = prepare(options.learners)
    connection.close()
    until = time.monotonic() + options.starts + options.seconds
    threads = [
        threading.Thread(
            target=take,
            args=(
                options.url.rstrip("/"), quiz, learner,
                options.starts * number / len(learners), options.every, until,
            ),
        )
        for number, learner in enumerate(learners)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("start", "save", "submit"):
        tell(name, [seconds for learner in learners for seconds in learner.times[name]])
    errors = [error for learner in learners for error in learner.errors]
    problems = lost(quiz, learners)
    print(f"errors: {len(errors)}; lost or wrong: {len(problems)}")  # noqa: T201
    for sentence in (errors + problems)[:10]:
        print(f"  {sentence}")  # noqa: T201
    clean_up(quiz, learners)
    sys.exit(1 if errors or problems else 0)


if __name__ == "__main__":
    main()
