"""Lesson pages over HTTP with suggestions on and off, and what a web worker holds in memory."""

import random
import threading
import time

from accounts.models import User
from courses.models import Lesson
from embark.measuring.browser import Browser, signed_in
from embark.measuring.site import Site, memory, processor_seconds

LEARNERS = 100
CLIENTS = 2


def sessions(count=LEARNERS, seed=1):
    """Sessions of random learners."""
    keys = list(User.objects.filter(is_simulated=False).values_list("pk", flat=True))
    chosen = random.Random(seed).sample(keys, min(count, len(keys)))  # noqa: S311  not a secret
    return [signed_in(user) for user in User.objects.filter(pk__in=chosen)]


def lesson_addresses(count=200):
    return [lesson.get_absolute_url() for lesson in Lesson.objects.select_related("course")[:count]]


def on_beside_off(*, rounds, seconds):
    """Requests a second of lesson pages with suggestions and without, in turn, each from a server of one
    worker. The ratio is that of the medians; processor time is the web worker's own.
    """
    learners, addresses = sessions(), lesson_addresses()
    with Site() as on, Site(environment={"SUGGESTIONS_ENABLED": "0"}) as off:
        counts = {}
        for name, site in (("on", on), ("off", off)):
            site.start_web()
            _drive(site, learners, addresses, seconds=min(seconds, 3))
            counts[name] = {"rates": [], "used": 0.0, "requests": 0}
        for _ in range(rounds):
            for name, site in (("on", on), ("off", off)):
                worker = site.web_workers()[0]
                used, began = processor_seconds(worker), time.monotonic()
                requests = _drive(site, learners, addresses, seconds=seconds)
                counts[name]["rates"].append(requests / (time.monotonic() - began))
                counts[name]["used"] += processor_seconds(worker) - used
                counts[name]["requests"] += requests
    rates = {name: sorted(count["rates"])[rounds // 2] for name, count in counts.items()}
    used = {name: 1_000 * count["used"] / max(1, count["requests"]) for name, count in counts.items()}
    return {
        "on a second": round(rates["on"], 1), "off a second": round(rates["off"], 1),
        "ratio": round(rates["on"] / rates["off"], 3),
        "processor ms on": round(used["on"], 1), "processor ms off": round(used["off"], 1),
        "processor ratio": round(used["off"] / used["on"], 3),
    }  # fmt: skip


def resident(*, requests=200):
    """MiB of one web worker after `requests` pages: all of it, and what it doesn't share with files."""
    learners, addresses = sessions(), lesson_addresses()
    with Site(threads=2) as site:
        site.start_web()
        for number in range(requests):
            browser = Browser(site.port, learners[number % len(learners)])
            status, _body, _location = browser.request(addresses[number % len(addresses)])
            if status != 200:
                raise RuntimeError(f"A lesson page answered {status}.")
            browser.close()
        total, private = memory(site.web_workers()[0])
    return {"resident MiB": round(total, 1), "private MiB": round(private, 1), "requests": requests}


def _drive(site, learners, addresses, *, seconds):
    """How many pages two clients got in that time; raises RuntimeError on any other answer than 200."""
    until, done, faults = time.monotonic() + seconds, [], []

    def client(number):
        rng = random.Random(number)  # noqa: S311  not a secret
        browser = Browser(site.port)
        while time.monotonic() < until:
            browser.cookies = {"sessionid": rng.choice(learners)}
            status, _body, _location = browser.request(rng.choice(addresses))
            (done if status == 200 else faults).append(status)
        browser.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(f"{len(faults)} lesson pages answered {faults[0]}.")
    return len(done)
