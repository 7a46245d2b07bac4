"""Many learners at once against a served site: a quiz that all of them take, and a mixed load of pages."""

import random
import threading
import time
from http.client import HTTPException

from django.db import connections

from embark.measuring import takers
from embark.measuring.browser import Browser
from embark.measuring.pages import lesson_addresses, sessions
from embark.measuring.report import percentiles

SAVE_EVERY = 10
CLIENTS = 32

# What people open, by share: mostly lessons, for which they came.
MIX = {"lesson": 50, "course": 15, "home": 10, "catalogue": 10, "search": 5, "quiz": 5, "wallet": 5}


def quiz(site, *, learners, ramp, seconds, every=SAVE_EVERY):
    """`learners` start within `ramp` seconds, save every ten seconds for `seconds` more, and submit."""
    taken, people = takers.make_quiz(f"load-{learners}-{int(time.time())}"), takers.make_takers(learners)
    connections.close_all()
    until = time.monotonic() + ramp + seconds
    threads = takers.take(
        site.port, taken, people, every=every, ramp=ramp, going=lambda: time.monotonic() < until
    )
    for thread in threads:
        thread.join()
    times = {name: [1_000 * t for one in people for t in one.times[name]] for name in people[0].times}
    return {
        "learners": learners,
        "requests": {name: len(values) for name, values in times.items()},
        "ms p50, p95, p99": {
            name: percentiles(values, 50, 95, 99) for name, values in times.items() if values
        },
        "errors": [error for one in people for error in one.errors],
        "lost or wrong": takers.lost(taken, people),
    }


def pages(site, *, rate, seconds):
    """`rate` pages a second, drawn from MIX, each sent at its time whatever became of those before (so that a
    server that falls behind is seen to). Times count from the moment at which a page was due.
    """
    addresses, learners = _addresses(), sessions()
    connections.close_all()
    rng = random.Random(2)  # noqa: S311  not a secret
    kinds = rng.choices(list(MIX), weights=list(MIX.values()), k=int(rate * seconds))
    began, lock = time.monotonic() + 0.5, threading.Lock()
    due = iter([(began + number / rate, kind) for number, kind in enumerate(kinds)])
    times, errors = {kind: [] for kind in MIX}, []

    def client(number):
        own = random.Random(number)  # noqa: S311  not a secret
        browser = Browser(site.port)
        while True:
            with lock:
                moment, kind = next(due, (None, None))
            if moment is None:
                return browser.close()
            time.sleep(max(0.0, moment - time.monotonic()))
            browser.cookies = {"sessionid": own.choice(learners)}
            try:
                status, _body, _location = browser.request(own.choice(addresses[kind]))
            except (OSError, HTTPException) as error:
                status = repr(error)
            if status == 200:
                times[kind].append(1_000 * (time.monotonic() - moment))
            else:
                errors.append(f"{kind}: {status}")

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [value for values in times.values() for value in values]
    return {
        "asked a second": rate,
        "answered a second": round(len(everything) / (time.monotonic() - began), 1),
        "ms p50, p95, p99": {
            kind: percentiles(values, 50, 95, 99) for kind, values in times.items() if values
        }
        | {"all": percentiles(everything, 50, 95, 99)},
        "errors": errors,
    }


def _addresses():
    lessons = lesson_addresses()
    return {
        "lesson": lessons,
        "course": [address.rsplit("/", 2)[0] + "/" for address in lessons],
        "home": ["/"],
        "catalogue": ["/courses/", "/courses/?page=2"],
        "search": ["/search/?q=course", "/search/?q=lesson"],
        "quiz": [f"/quizzes/quiz-{number}/" for number in range(1, min(50, len(lessons)) + 1)],
        "wallet": ["/wallet/"],
    }
