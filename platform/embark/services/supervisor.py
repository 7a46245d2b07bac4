"""The process that the embedded servers are children of.

It holds the lock on `var/`, answers on a control socket, restarts a server that crashed, and lives as
long as one process that uses the servers does. Each user keeps a connection open; the kernel closes it
however that process ends, so `kill -9` is noticed like any other end. If this process is killed, the
kernel signals the servers. It has one thread, which makes both fork and PR_SET_PDEATHSIG safe.

Messages are lines of JSON. A user asks {"services": [names]}; the answer is {"ready": true} or
{"error": class, "message": sentence}, or {"busy": true} from a process that didn't get the lock.
"""

import fcntl
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from .errors import ServiceError
from .places import Places
from .postgres import Postgres
from .valkey import Valkey

RESTARTS = 5  # in RESTART_WINDOW; a server that dies more often needs a person
RESTART_WINDOW = 60
RESTART_PAUSE = 0.3  # orphans of a killed PostgreSQL need a moment to let go of its memory


def log(text: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, flush=True)  # noqa: T201 -- standard output is the log


class GiveUp(Exception):
    """A server can't be kept running."""


class Supervisor:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.known = {service.name: service for service in (Postgres(places), Valkey(places))}
        self.running: dict[str, Postgres | Valkey] = {}
        self.restarts: dict[str, list[float]] = {name: [] for name in self.known}
        self.selector = selectors.DefaultSelector()
        self.users: set[socket.socket] = set()
        self.parted: list[socket.socket] = []
        self.ending = False

    def serve(self, first: socket.socket) -> None:
        """Runs until the last user has gone or a signal asks for the end."""
        self._listen()
        self._greet(first)
        try:
            while self.users and not self.ending:
                self._restart_crashed()
                for key, _ in self.selector.select(timeout=5):
                    key.data(key.fileobj)
                if self.users:
                    self._let_go()
        except GiveUp as reason:
            log(str(reason))
        finally:
            self.places.control.unlink(missing_ok=True)  # newcomers start a successor and wait for the lock
            self._stop()

    def _listen(self) -> None:
        self.places.control.unlink(missing_ok=True)
        door = socket.socket(socket.AF_UNIX)
        door.bind(str(self.places.control))
        door.listen(64)
        self.selector.register(door, selectors.EVENT_READ, lambda door: self._greet(door.accept()[0]))
        awake, wake = socket.socketpair()
        for end in (awake, wake):
            end.setblocking(False)
        self._wake = wake  # kept: a collected socket would close the descriptor
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self.selector.register(awake, selectors.EVENT_READ, lambda awake: awake.recv(1024))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        for number in (signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, lambda *_: None)

    def _end(self, *_) -> None:
        self.ending = True

    def _greet(self, user: socket.socket) -> None:
        user.settimeout(5)
        self.users.add(user)
        self.selector.register(user, selectors.EVENT_READ, self._hear)

    def _hear(self, user: socket.socket) -> None:
        try:
            words = user.recv(4096)
        except OSError:
            words = b""
        if not words:
            self._part(user)
            return
        try:
            for name in json.loads(words)["services"]:
                if name not in self.running:
                    self.known[name].start()
                    self.running[name] = self.known[name]
                    log(f"{name} started as process {self.running[name].process.pid}")
            answer = {"ready": True}
        except ServiceError as error:
            log(str(error))
            answer = {"error": type(error).__name__, "message": str(error)}
        send(user, answer)

    def _part(self, user: socket.socket) -> None:
        self.users.discard(user)
        self.selector.unregister(user)
        self.parted.append(user)

    def _let_go(self) -> None:
        """Who left while others stay waits for nothing; the last one waits until the servers have stopped."""
        while self.parted:
            self.parted.pop().close()

    def _restart_crashed(self) -> None:
        for name, service in self.running.items():
            while service.process.poll() is not None:
                now = time.monotonic()
                recent = [moment for moment in self.restarts[name] if now - moment < RESTART_WINDOW]
                if len(recent) >= RESTARTS:
                    raise GiveUp(f"{name} ended {RESTARTS} times within a minute; read {service.log}.")
                self.restarts[name] = [*recent, now]
                log(f"{name} ended unexpectedly (status {service.process.returncode}); starting it again")
                time.sleep(RESTART_PAUSE * (1 + len(recent)))
                try:
                    service.start()
                except ServiceError as error:
                    log(str(error))

    def _stop(self) -> None:
        for service in self.running.values():
            service.process.send_signal(service.stop_signal)
        for service in self.running.values():
            try:
                service.process.wait(service.stop_seconds)
            except subprocess.TimeoutExpired:
                service.process.kill()
                service.process.wait()
            log(f"{service.name} stopped")
        for path in self.places.sockets.glob("*"):
            path.unlink(missing_ok=True)
        self.places.sockets.rmdir()


def send(user: socket.socket, message: dict) -> None:
    with suppress(OSError):  # it may have gone; the loop will read that
        user.sendall(json.dumps(message).encode() + b"\n")


def main(var: str, descriptor: str) -> None:
    first = socket.socket(fileno=int(descriptor))
    places = Places(Path(var))
    with open(places.lock, "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            send(first, {"busy": True})
            return
        places.make()  # a predecessor that just ended has removed the sockets' directory
        Supervisor(places).serve(first)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
