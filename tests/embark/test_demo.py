"""`manage.py demo` as a person runs it: started, killed, started again, interrupted."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from databases import OwnDatabase

ROOT = Path(__file__).resolve().parents[2]
SET_BY_TESTS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE")

pytestmark = pytest.mark.worker


class Demo:
    """The running command and what it has printed so far."""

    def __init__(self, var, port, **servers):
        plain = {name: value for name, value in os.environ.items() if name not in SET_BY_TESTS}
        self.var, self.port = var, port
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env={**plain, "EMBARK_VAR": str(var), "PORT": str(port), **servers},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout), daemon=True)
        self.reader.start()

    def wait_for(self, text, seconds=240):
        deadline = time.monotonic() + seconds
        while not any(text in line for line in self.lines):
            assert self.process.poll() is None, "".join(self.lines)
            assert time.monotonic() < deadline, "".join(self.lines)
            time.sleep(0.1)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def family(self):
        """Command lines of everything that belongs to this demonstration."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = entry.joinpath("cmdline").read_text(errors="replace").replace("\0", " ")
                variables = entry.joinpath("environ").read_text(errors="replace").split("\0")
                home = os.readlink(entry / "cwd")
            except OSError:
                continue
            if (
                f"EMBARK_VAR={self.var}" in variables
                or str(self.var) in command
                or home.startswith(str(self.var))
            ):
                found[int(entry.name)] = command
        return found

    def leaves_nothing(self, seconds=30):
        deadline = time.monotonic() + seconds
        while left := self.family():
            assert time.monotonic() < deadline, left
            time.sleep(0.1)


@pytest.fixture
def place(tmp_path):
    """A var directory and a free port; nothing started there survives the test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = []

    def start(**servers):
        started.append(Demo(tmp_path / "var", port, **servers))
        return started[-1]

    yield start
    for demo in started:
        demo.process.kill()
        demo.process.wait()


def test_it_serves_keeps_its_data_and_ends_without_a_trace(place):
    first = place()
    first.wait_for("First model")
    commands = " ".join(first.family().values())
    for part in ("bin/postgres", "valkey-server", "celery -A embark worker", "granian"):
        assert part in commands
    assert "Embark" in first.get("/")
    assert json.loads(first.get("/health/ready"))["cache"] == "ok"
    assert "<main" in first.get("/mail/")
    sign_ins = json.loads((first.var / "demo.json").read_text())
    first.process.kill()
    first.leaves_nothing()

    second = place()
    second.wait_for("First model")
    assert any(re.search(r"simulated learners \(kept\)", line) for line in second.lines)
    assert json.loads((first.var / "demo.json").read_text()) == sign_ins
    os.kill(second.process.pid, signal.SIGINT)
    second.process.wait(30)
    second.leaves_nothing(seconds=5)


def test_it_starts_in_a_new_place_on_servers_that_are_named(place):
    database = OwnDatabase("demo")
    try:
        demo = place(DATABASE_URL=database.url, REDIS_URL=os.environ["REDIS_URL"])
        demo.wait_for("Worker, ")
        commands = " ".join(demo.family().values())
        assert "granian" in commands
        assert "celery -A embark worker" in commands
        assert "bin/postgres" not in commands
        assert "valkey-server" not in commands
        assert "Embark" in demo.get("/")
        os.kill(demo.process.pid, signal.SIGINT)
        demo.process.wait(30)
        demo.leaves_nothing(seconds=5)
    finally:
        database.drop()


def test_a_taken_port_is_told_in_one_sentence(place, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = Demo(tmp_path / "var", port)
        demo.process.wait(60)
        demo.reader.join()
    [line] = demo.lines
    assert f"Port {port} can't be used (address already in use)" in line
    demo.leaves_nothing()
