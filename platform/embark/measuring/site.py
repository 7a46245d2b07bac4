"""A served site: the web server and the worker as children that can be killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPException
from pathlib import Path

import redis
from django.conf import settings
from django.core.management import call_command

from embark.demo.start import collect_static
from embark.measuring.browser import Browser
from jobs.lifeline import popen

START_SECONDS = 120
STOP_SECONDS = 10


class Site:
    """Children of this process on a free port of 127.0.0.1; `with Site() as site:` ends them all."""

    def __init__(self, *, workers=1, threads=2, environment=None):
        self.workers, self.threads, self.environment = workers, threads, environment or {}
        self.port, self.children = free_port(), {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in list(self.children):
            self.stop(name)

    def start_web(self):
        """Returns when pages are answered."""
        self._spawn(
            "web",
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi"),
                *("--host", "127.0.0.1", "--port", str(self.port)),
                *("--workers", str(self.workers), "--blocking-threads", str(self.threads), "--no-ws"),
                *("--respawn-failed-workers", "--log-level", "warning"),
                "embark.demo.wsgi:application",
            ],
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers("/health/live"):
            if self.children["web"].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The web server doesn't answer; {self.log('web')} may say why.")
            time.sleep(0.1)

    def start_worker(self):
        """A Celery worker for both queues that also sends the periodic tasks."""
        self._spawn(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "embark", "worker", "-B", "-Q", "default,training"),
                *("--concurrency", "1", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
            ],
        )

    def answers(self, path):
        """Whether a page is answered with 200."""
        try:
            return Browser(self.port, timeout=10).request(path)[0] == 200
        except (OSError, HTTPException):
            return False

    def web_workers(self):
        """Process ids of the web server's workers."""
        return children_of(self.children["web"].pid)

    def kill(self, name):
        """SIGKILL for a child; its own children end with it."""
        self.children[name].kill()
        self.children.pop(name).wait()

    def stop(self, name):
        child = self.children.pop(name)
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    @staticmethod
    def log(name):
        return settings.VAR_DIR / "log" / f"{name}.log"

    def _spawn(self, name, command):
        with open(self.log(name), "ab") as log:
            self.children[name] = popen(
                command,
                death_signal=signal.SIGKILL,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def prepare_tables():
    """Migrations and collected static files."""
    call_command("migrate", verbosity=0, interactive=False)
    collect_static()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children_of(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def server_process(name):
    """Process id of the embedded "postgres" or "valkey" that runs now."""
    if name == "postgres":
        return int((settings.VAR_DIR / "postgres" / "postmaster.pid").read_text().split()[0])
    with redis.from_url(settings.REDIS_URL) as server:
        return server.info("server")["process_id"]


def memory(pid):
    """(resident, of this not shared with files) in MiB of one process."""
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))


def processor_seconds(pid):
    """Processor time that a process has used so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
