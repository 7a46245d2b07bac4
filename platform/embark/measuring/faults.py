"""Parts of a running site are killed in the middle of quizzes and of training; then every acknowledged answer
is sought.

Each scenario takes a `Run` and breaks something while learners save. Afterwards nothing that was acknowledged
may be missing, each passed quiz has one award, the ledger adds up, and pages answer.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException

from django.conf import settings
from django.db import OperationalError, connection, connections

from credits import ledger
from credits.models import Entry
from embark.measuring import takers
from embark.measuring.browser import Browser
from embark.measuring.site import Site, server_process
from jobs import outbox
from jobs.models import Job, Outbox
from quizzes.models import Attempt
from recommender import artifacts, live, publishing, retraining
from recommender.catalog import training_items
from recommender.models import ModelVersion
from recommender.training import unlearned

SAVE_EVERY = 0.5
SAVES = 2
BACK_SECONDS = 60
TRAINING_SECONDS = 600
# A network that a fault can wait for, on few learners: it is the run that is broken, not its quality.
TRAINING = {
    "threads": 1,
    "width": 32,
    "hidden": 32,
    "ranker_hidden": 16,
    "ranker_epochs": 3,
    "epochs": 15,
    "min_steps": 100,
    "refit_epochs": 1,
}
FILE_LIMIT = 64 * 1024
SUBMITS = 50
PAGES = ("/", "/courses/", "/courses/course-1/lesson/", "/quizzes/quiz-1/")


@dataclass
class Run:
    """One scenario's surroundings."""

    site: Site
    learners: int
    away: float

    def answers(self):
        return all(self.site.answers(page) for page in PAGES)


def measure(*, only, learners, away, say):
    """Run the scenarios; returns one row each: name, what happened, sentences about what was lost."""
    results = []
    training = settings.VAR_DIR / "faults-training.json"
    training.write_text(json.dumps(TRAINING))
    with Site(workers=2, environment={"TRAINING_CONFIG": str(training)}) as site:
        site.start_web()
        site.start_worker()
        run = Run(site, learners, away)
        for name in only:
            say(f"{name} …")
            happened, problems = SCENARIOS[name](run)
            problems = list(problems)
            if not _eventually(run.answers):
                problems.append("Pages do not answer afterwards.")
            results.append({"fault": name, "happened": happened, "lost or wrong": problems})
            say(f"  {happened}; lost or wrong: {len(problems)} {problems[:2] or ''}")
    return results


def _while_saving(run, fault):
    """Learners take a quiz; `fault` comes when each has saved, and each must save again after it.

    Returns (what happened, problems).
    """
    quiz = takers.make_quiz(f"fault-{int(time.time() * 1000)}")
    people = takers.make_takers(run.learners)
    connections.close_all()
    over = threading.Event()
    threads = takers.take(
        run.site.port, quiz, people, every=SAVE_EVERY, ramp=1, going=lambda: not over.is_set(), patient=True
    )
    problems = []
    for act in (lambda: None, fault):
        act()
        before = [len(one.times["save"]) for one in people]
        if not _eventually(lambda before=before: _each_saved_again(people, before)):
            problems.append("Not everybody could save within a minute.")
    over.set()
    for thread in threads:
        thread.join(2 * takers.PATIENCE)
    _reconnect()
    problems += [error for one in people for error in one.errors] + takers.lost(quiz, people)
    saves = sum(len(one.times["save"]) for one in people)
    submitted = sum(one.submitted for one in people)
    checked = takers.checked(quiz, people)
    if submitted != len(people):
        problems.append(f"{len(people) - submitted} learners could not submit.")
    wait = max(one.longest_wait for one in people)
    happened = f"{saves} saves acknowledged to {len(people)} learners, longest wait {wait:.1f} s"
    return f"{happened}; checked {checked}", problems


def _each_saved_again(people, before):
    return all(len(one.times["save"]) >= n + SAVES for one, n in zip(people, before, strict=True))


def _in_training(kill):
    """A scenario that kills while a model is trained and learners save: the run goes on, by itself or taken
    up again, and ends with one version.
    """

    def scenario(run):
        job, problems = retraining.start(), []

        def fault():
            if not _eventually(lambda: _trains(job), TRAINING_SECONDS):
                problems.append("Training did not start, or ended before the fault.")
            kill(run)

        happened, found = _while_saving(run, fault)
        if not _eventually(lambda: not Job.objects.unfinished().filter(pk=job.pk).exists(), TRAINING_SECONDS):
            problems.append("Training did not end.")
        job.refresh_from_db()
        versions = list(ModelVersion.objects.filter(job=job))
        if job.status != Job.Status.SUCCEEDED or len(versions) != 1:
            problems.append(f"Training: {job.status} with {len(versions)} versions ({job.message})")
        for version_ in versions:
            artifacts.verify(artifacts.version_path(settings.MODELS_DIR, version_.name))
        if list((settings.MODELS_DIR / "versions").glob(".*.partial")):
            problems.append("Training left a half-written version behind.")
        starts = "once" if job.attempts == 1 else f"{job.attempts} times"
        return f"{happened}; training started {starts}, {len(versions)} sound version", problems + found

    return scenario


def _trains(job):
    """Whether the run has come to its network: before that there is little to lose."""
    return Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING, progress__gte=0.05).exists()


def kill_web_worker(run):
    return _while_saving(run, lambda: os.kill(run.site.web_workers()[0], signal.SIGKILL))


def kill_web_server(run):
    return _while_saving(run, lambda: _restart_web(run))


def _restart_web(run):
    run.site.kill("web")
    run.site.start_web()


def kill_celery_worker(run):
    sent = []

    def fault():
        run.site.kill("worker")
        sent.append(outbox.enqueue("jobs.tasks.purge_outbox").pk)
        run.site.start_worker()

    happened, problems = _while_saving(run, fault)
    return happened, problems + _unsent(sent)


def _restart_worker(run):
    run.site.kill("worker")
    run.site.start_worker()


def kill_valkey(run):
    return _while_saving(run, lambda: _kill_server("valkey"))


def kill_postgres(run):
    return _while_saving(run, lambda: _kill_server("postgres"))


def _kill_server(name):
    os.kill(server_process(name), signal.SIGKILL)


def broker_away(run):
    """The broker's process is stopped: connections hang, which is worse than being refused."""
    sent, answered = [], []

    def fault():
        process = server_process("valkey")
        os.kill(process, signal.SIGSTOP)
        try:
            answered.append(run.answers())
            sent.append(outbox.enqueue("jobs.tasks.purge_outbox").pk)
            time.sleep(run.away)
            answered.append(run.answers())
        finally:
            os.kill(process, signal.SIGCONT)

    happened, problems = _while_saving(run, fault)
    if not all(answered):
        problems.append("Pages did not answer while the broker was away.")
    return f"{happened}; pages answered meanwhile", problems + _unsent(sent)


def _unsent(keys):
    """A message that was asked for meanwhile goes out once the broker is back."""
    if _eventually(lambda: not Outbox.objects.filter(pk__in=keys, sent_at=None).exists()):
        return []
    return ["A message is still unsent."]


def disk_full(run):
    """No file of more than 64 KiB can be written: a version that doesn't fit leaves nothing behind."""
    before = (artifacts.live_id(settings.MODELS_DIR), artifacts.versions(settings.MODELS_DIR))
    ended = subprocess.run(
        [sys.executable, "-m", "recommender.training.unlearned", str(settings.MODELS_DIR), "300"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT)),
        capture_output=True,
        text=True,
    )
    after = (artifacts.live_id(settings.MODELS_DIR), artifacts.versions(settings.MODELS_DIR))
    problems = []
    if ended.returncode == 0:
        problems.append("The version was written although the disk was full.")
    if before != after or list((settings.MODELS_DIR / "versions").glob(".*.partial")):
        problems.append("The failed version left something behind.")
    said = ended.stderr.strip().splitlines()[-1:] or [""]
    return f"refused ({said[0][:60]}), the live version stays", problems


def truncated_artifact(run):
    """A version's file is cut off before, and after, it is made live."""
    good, problems = artifacts.live_id(settings.MODELS_DIR), []
    for moment in ("before", "after"):
        name = unlearned.make(settings.MODELS_DIR, training_items(), histories=500)
        file = artifacts.version_path(settings.MODELS_DIR, name) / "user.onnx"
        if moment == "before":
            os.truncate(file, 100)
            try:
                artifacts.publish(settings.MODELS_DIR, name)
                problems.append("A truncated version went live.")
            except artifacts.ArtifactBroken:
                pass
        else:
            artifacts.publish(settings.MODELS_DIR, name)
            os.truncate(file, 100)
            time.sleep(2 * live.CHECK_SECONDS)
            if not run.answers():
                problems.append("Pages do not answer with a truncated version.")
            if publishing.roll_back() != good:
                problems.append("The earlier version did not come back.")
    if artifacts.live_id(settings.MODELS_DIR) != good:
        problems.append("The live version is another one.")
    return "refused before the switch; after it pages showed popular items until rolled back", problems


def parallel_submits(run):
    """One attempt is submitted by fifty requests at once."""
    quiz = takers.make_quiz(f"submits-{int(time.time() * 1000)}")
    (taker,) = takers.make_takers(1)
    browser = Browser(run.site.port, taker.session)
    browser.request(quiz.get_absolute_url())
    _status, _body, attempt = browser.request(f"{quiz.get_absolute_url()}start/", {})
    browser.request(attempt)
    fields = {"q4-shown": "1", "q4-answer": "break", "sequence": 1, "token": "a"}
    browser.request(f"{attempt}save/", fields)
    connections.close_all()
    barrier, statuses, places = threading.Barrier(SUBMITS), [], set()

    def submit():
        own = Browser(run.site.port, taker.session)
        own.cookies = dict(browser.cookies)
        barrier.wait()
        try:
            status, _body, location = own.request(f"{attempt}finish/", {})
        except (OSError, HTTPException) as error:
            status, location = repr(error), None
        statuses.append(status)
        places.add(location)

    threads = [threading.Thread(target=submit) for _ in range(SUBMITS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    problems = (
        [] if set(statuses) == {302} and len(places) == 1 else [f"Answers: {sorted(map(str, statuses))}"]
    )
    found = Attempt.objects.get(quiz=quiz, learner=taker.user)
    marks = found.steps.filter(kind="grade").count()
    awards = Entry.objects.filter(account__learner=taker.user).count()
    if (marks, awards, ledger.balance(taker.user)) != (1, 1, takers.CREDITS):
        problems.append(f"{marks} marks, {awards} awards, {ledger.balance(taker.user)} credits.")
    return (
        f"{SUBMITS} submits, one result page, {marks} mark, {awards} award",
        problems + ledger.discrepancies(),
    )


SCENARIOS = {
    "kill -9 of a web worker": kill_web_worker,
    "kill -9 of the web server": kill_web_server,
    "kill -9 of the Celery worker": kill_celery_worker,
    "kill -9 of Valkey": kill_valkey,
    "kill -9 of PostgreSQL": kill_postgres,
    "kill -9 of the web server in training": _in_training(_restart_web),
    "kill -9 of the Celery worker in training": _in_training(_restart_worker),
    "kill -9 of Valkey in training": _in_training(lambda run: _kill_server("valkey")),
    "kill -9 of PostgreSQL in training": _in_training(lambda run: _kill_server("postgres")),
    "broker hangs": broker_away,
    "disk full for artifacts": disk_full,
    "artifact truncated at the switch": truncated_artifact,
    "50 parallel submits": parallel_submits,
}


def _reconnect():
    """This process's own connection may have gone with the server."""
    deadline = time.monotonic() + BACK_SECONDS
    while True:
        connections.close_all()
        try:
            return connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _eventually(check, seconds=BACK_SECONDS):
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
