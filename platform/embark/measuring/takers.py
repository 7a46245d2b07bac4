"""Learners who take one quiz over HTTP as the page's script does, and remember what was acknowledged.

A save that was not acknowledged is sent again with the same number and token until it is.
"""

import json
import random
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException

from accounts.models import User
from credits import ledger
from credits.models import Entry
from embark.measuring.browser import Browser, signed_in
from embark.measuring.catalogue import QUESTIONS
from quizzes import authoring
from quizzes.models import Attempt

N_QUESTIONS = 16
CREDITS = 5
PATIENCE = 60
RETRY_SECONDS = 0.5


@dataclass
class Taker:
    """What the server acknowledged to one learner, what went wrong, and how long requests took."""

    user: User
    session: str
    acknowledged: dict = field(default_factory=dict)
    submitted: bool = False
    errors: list = field(default_factory=list)
    times: dict = field(default_factory=lambda: {"start": [], "save": [], "submit": []})
    longest_wait: float = 0.0


def make_quiz(name):
    questions = [{**QUESTIONS[n % 4], "text": f"Question {n + 1}"} for n in range(N_QUESTIONS)]
    data = {"title": name, "slug": name, "credits": CREDITS, "pass_mark": 1, "questions": questions}
    return authoring.create_quiz(data=data)


def make_takers(count):
    run, takers = secrets.token_hex(4), []
    for number in range(count):
        user = User.objects.create_user(f"taker-{run}-{number}@bench.invalid", None, is_simulated=True)
        takers.append(Taker(user, signed_in(user)))
    return takers


def take(port, quiz, takers, *, every, ramp, going, patient=False):
    """Start a thread each, evenly over `ramp` seconds: saves every `every` seconds while `going()`, then
    submits. With `patient` a failed request is repeated, not an error. Returns the threads.
    """
    began = time.monotonic()
    threads = [
        threading.Thread(
            target=_take,
            args=(port, quiz, taker, began + ramp * number / len(takers), every, going, patient),
            daemon=True,
        )
        for number, taker in enumerate(takers)
    ]
    for thread in threads:
        thread.start()
    return threads


def _take(port, quiz, taker, start_at, every, going, patient):
    browser, rng = Browser(port, taker.session), random.Random(taker.user.pk)  # noqa: S311  not a secret
    time.sleep(max(0.0, start_at - time.monotonic()))

    def ask(what, path, fields, accepted):
        waiting_since = time.monotonic()
        while True:
            began = time.perf_counter()
            try:
                status, body, location = browser.request(path, fields)
                told = f"{what} answered {status}"
            except (OSError, HTTPException) as error:
                status, body, location, told = 0, b"", None, f"{what}: {error!r}"
            took = time.perf_counter() - began
            waited = time.monotonic() - waiting_since
            if accepted(status, body, location):
                if what in taker.times:
                    taker.times[what].append(took)
                taker.longest_wait = max(taker.longest_wait, waited)
                return True, location
            if not patient or waited > PATIENCE or (status and status < 500):
                taker.errors.append(told)
                return False, None
            time.sleep(RETRY_SECONDS)

    address = quiz.get_absolute_url()
    ask("page", address, None, lambda status, _body, _location: status == 200)
    _started, attempt = ask(
        "start",
        f"{address}start/",
        {},
        lambda status, _body, location: status == 302 and "/attempt/" in (location or ""),
    )
    if attempt is None:
        return
    ask("attempt", attempt, None, lambda status, _body, _location: status == 200)
    sequence = 0
    while going():
        time.sleep(every * rng.uniform(0.8, 1.2))
        sequence += 1
        position = rng.randint(1, N_QUESTIONS)
        name, value = _answer(position, rng)
        fields = {
            f"q{position}-shown": "1",
            f"q{position}-{name}": value,
            "sequence": sequence,
            "token": f"{taker.user.pk}-{sequence}",
        }
        kept, _ = ask("save", f"{attempt}save/", fields, _is_kept)
        if kept:
            taker.acknowledged[position] = value
    taker.submitted, _ = ask(
        "submit", f"{attempt}finish/", {}, lambda status, _body, _location: status == 302
    )


def _is_kept(status, body, _location):
    return status == 200 and json.loads(body)["outcome"] in ("saved", "repeated")


def _answer(position, rng):
    kind = QUESTIONS[(position - 1) % 4]["type"]
    choices = {
        "single_choice": ("choice", str(rng.randint(0, 2))),
        "true_false": ("choice", rng.choice(["true", "false"])),
        "numeric": ("answer", str(rng.choice([4, 5]))),
        "short_text": ("answer", rng.choice(["break", "stop"])),
    }
    return choices[kind]


def lost(quiz, takers):
    """Sentences about answers, marks and credits that are not what was acknowledged."""
    problems = []
    for taker in takers:
        found = list(Attempt.objects.filter(quiz=quiz, learner=taker.user))
        if len(found) != 1:
            problems.append(f"{taker.user}: {len(found)} attempts")
            continue
        attempt = found[0]
        stored = {question.position: question for question in attempt.questions.select_related("version")}
        for position, value in taker.acknowledged.items():
            if stored[position].response != _stored_form(stored[position], value):
                problems.append(f"{taker.user}: answer {position} is {stored[position].response!r}: {value}")
        awards = Entry.objects.filter(account__learner=taker.user).count()
        expected = 1 if attempt.passed else 0
        if awards != expected or ledger.balance(taker.user) != CREDITS * expected:
            problems.append(f"{taker.user}: {awards} awards, {ledger.balance(taker.user)} credits")
        if taker.submitted and attempt.is_running:
            problems.append(f"{taker.user}: the submission was lost")
    return problems + ledger.discrepancies()


def checked(quiz, takers):
    """What `lost` compares, in words."""
    answers = sum(len(taker.acknowledged) for taker in takers)
    awards = Entry.objects.filter(account__learner__in=[taker.user for taker in takers]).count()
    attempts = Attempt.objects.filter(quiz=quiz).count()
    return f"{answers} answers, {attempts} attempts, {awards} awards, {Entry.objects.count()} ledger entries"


def _stored_form(question, value):
    if question.version.type == "single_choice":
        return question.variant["order"][int(value)]
    if question.version.type == "true_false":
        return value == "true"
    return value
