"""The steps of `make demo`, in order, and what keeps it running."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import connections

from accounts.models import User
from courses.models import Course
from embark import services
from embark.demo import people
from embark.demo.environment import port
from embark.demo.steps import step
from jobs.lifeline import popen
from jobs.models import Job
from recommender import live, retraining

STOP_SECONDS = 5
RESTARTS = 10


class CannotStart(Exception):
    """One sentence that says what to do."""


class Demo:
    """A site with a web server and a worker, both children of this process that can't outlive it."""

    def __init__(self) -> None:
        self.logs = settings.VAR_DIR / "log"
        self.children: dict[str, subprocess.Popen] = {}
        self.restarts = 0

    def start(self) -> None:
        """Everything up to a served page."""
        require_free_port()
        # with servers of one's own, nobody else has made it
        self.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        with step("Database tables"):
            call_command("migrate", verbosity=0, interactive=False)
        with step("Style sheets and scripts") as current:
            current.tell(collect_static())
        with step("Accounts"):
            self.sign_ins = people.sign_ins()
        with step("Sample courses, quizzes and simulated learners") as current:
            current.tell(load_samples())
        with step("Web server"):
            self.start_web()
            self.wait_for_web()
        with step("Worker"):
            self.start_worker()  # after the pages answer: the two would fight for the processor
        if live.version() is None or live.is_of_another_release():
            sys.stdout.write(f"  {address()} answers already; until then pages show what is popular.\n")
            self.train_first_model()

    def start_worker(self) -> None:
        """A real Celery worker for both queues, which also sends the periodic tasks."""
        self._spawn(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "embark", "worker"),
                *("-B", "-Q", "default,training", "--concurrency", "2"),
                *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
            ],
        )

    def start_web(self) -> None:
        self._spawn(
            "web",
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi"),
                *("--host", "127.0.0.1", "--port", str(port())),
                *("--workers", "2", "--blocking-threads", "2", "--no-ws"),
                *("--respawn-failed-workers", "--log-level", "warning"),
                "embark.demo.wsgi:application",
            ],
        )

    def wait_for_web(self) -> None:
        deadline = time.monotonic() + 60
        while not self._answers():
            if self.children["web"].poll() is not None:
                raise CannotStart(f"The web server ended at once; {self.logs / 'web.log'} says why.")
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"The web server didn't answer within a minute; {self.logs / 'web.log'} may say why."
                )
            time.sleep(0.1)

    def train_first_model(self) -> None:
        """Asks the worker for a model and shows how far it is. Without one, pages show what is popular."""
        with step("First model, trained by the worker") as current:
            job = Job.objects.unfinished().filter(kind="train").first() or retraining.start()
            while not job.is_finished:
                time.sleep(0.5)
                self.watch()
                job.refresh_from_db()
                current.tell(f"{job.percent} % {job.message}".rstrip())
            current.tell(job.message if job.status == Job.Status.SUCCEEDED else f"no model: {job.message}")

    def announce(self) -> None:
        learner, admin = self.sign_ins["learner"], self.sign_ins["admin"]
        sys.stdout.write(
            f"\nEmbark is served on {address()}\n\n"
            f"  Learner  {learner.email}  password {learner.password}\n"
            f"  Admin    {admin.email}    password {admin.password}   {address()}admin/\n"
            f"  Mails    {address()}mail/\n\n"
            f"Logs are in {self.logs}. Ctrl-C ends everything.\n"
        )
        sys.stdout.flush()

    def run(self) -> None:
        """Until a signal: lost parts are brought back."""
        connections.close_all()
        while True:
            time.sleep(1)
            self.watch()

    def watch(self) -> None:
        services.ensure()
        for name, again in (("worker", self.start_worker), ("web", self.start_web)):
            code = self.children[name].poll()
            if code is None:
                continue
            self.restarts += 1
            if self.restarts > RESTARTS:
                raise CannotStart(f"The {name} keeps ending; {self.logs / f'{name}.log'} says why.")
            sys.stderr.write(f"The {name} ended with status {code}; starting it again.\n")
            again()

    def stop(self) -> None:
        """The web server first, so that nobody meets a half-stopped site; the servers last."""
        for name in ("web", "worker"):
            if name in self.children:
                _end(self.children[name])
        connections.close_all()
        services.release()

    def _spawn(self, name: str, command: list[str]) -> None:
        with open(self.logs / f"{name}.log", "ab") as log:
            self.children[name] = popen(
                command,
                death_signal=signal.SIGKILL,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for this process, which then ends them in order
            )

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(address() + "health/ready", timeout=5) as answer:  # noqa: S310 -- http
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def address() -> str:
    return f"http://127.0.0.1:{port()}/"


def require_free_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port()))
        except OSError as error:
            raise CannotStart(
                f"Port {port()} can't be used ({error.strerror.lower()}); stop what uses it, or choose "
                f"another port: make demo PORT={port() + 1}"
            ) from None


def load_samples() -> str:
    """Loads the sample library where it never was loaded: what an admin changed since stays changed."""
    if Course.objects.filter(is_sample=True).exists() and User.objects.filter(is_simulated=True).exists():
        return "kept"
    call_command("load_samples", verbosity=0)
    return "loaded"


def collect_static() -> str:
    """Runs collectstatic where a source changed since the last time; says which of the two it did."""
    stamp = settings.STATIC_ROOT / ".collected"
    facts = []
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            facts.append(f"{path} {storage.get_modified_time(path).timestamp()}")
    state = "\n".join(sorted(facts))
    if stamp.exists() and stamp.read_text() == state:
        return "unchanged"
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(state)
    return f"{len(facts)} files"


def _end(child: subprocess.Popen) -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()  # its own children end with it
        child.wait()
