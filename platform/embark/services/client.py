"""The side of the processes that use the embedded servers."""

import json
import os
import socket
import subprocess
import sys
import time

from . import errors
from .errors import ServiceError, StartFailed, UnsupportedSystem
from .places import Places, secret_key, var_dir

WAIT_SECONDS = 400  # longer than each wait of the supervisor, whose sentences are better

_link: socket.socket | None = None
_starter: subprocess.Popen | None = None
_given: dict[str, str] = {}  # what this process has put into its environment


def ensure() -> None:
    """Puts DATABASE_URL, REDIS_URL, CELERY_BROKER_URL and SECRET_KEY into the environment, starting or
    joining the embedded servers for those of the first two that are missing.

    A later call is cheap and brings the servers back, at the same addresses, if they were lost.
    Raises a ServiceError whose text says what to do.
    """
    wanted = [
        name
        for name, variable in (("postgres", "DATABASE_URL"), ("valkey", "REDIS_URL"))
        if not os.environ.get(variable) or _given.get(variable) == os.environ[variable]
    ]
    if wanted and not _held():
        if not sys.platform.startswith("linux"):
            raise UnsupportedSystem(
                "The embedded PostgreSQL and Valkey run on Linux only; set DATABASE_URL and REDIS_URL "
                "to servers of yours."
            )
        places = Places(var_dir())
        _join(places, wanted)
        if "postgres" in wanted:
            _give("DATABASE_URL", places.database_url())
        if "valkey" in wanted:
            _give("REDIS_URL", places.redis_url())
            if not os.environ.get("CELERY_BROKER_URL"):
                _give("CELERY_BROKER_URL", places.broker_url())
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = secret_key()


def ensure_or_exit() -> None:
    """`ensure()` for entry points: a failure is one sentence on standard error and exit status 1."""
    try:
        ensure()
    except ServiceError as error:
        sys.exit(f"embark: {error}")


def release() -> None:
    """Lets go of the servers; returns when they have stopped, or at once if another process uses them."""
    global _link
    if _link is None:
        return
    link, _link = _link, None
    with link:
        link.settimeout(60)
        try:
            link.shutdown(socket.SHUT_WR)
            while link.recv(4096):
                pass
        except OSError:
            pass
    if _starter is not None:
        _starter.poll()


def _give(variable: str, value: str) -> None:
    os.environ[variable] = _given[variable] = value


def _held() -> bool:
    """Whether the supervisor still has this process on its list."""
    if _link is None:
        return False
    try:
        return _link.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def _join(places: Places, wanted: list[str]) -> None:
    global _link
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        places.make()
        link = _knock(places) or _start(places)
        answer = _ask(link, wanted)
        if answer.get("ready"):
            link.setblocking(False)
            _link = link
            return
        link.close()
        if "error" in answer:
            raise errors.BY_NAME[answer["error"]](answer["message"])
        time.sleep(0.1)  # a predecessor is ending, or a successor hasn't opened its door yet
    raise StartFailed(
        f"Another process holds {places.lock} and doesn't answer; end it (fuser {places.lock} names it)."
    )


def _knock(places: Places) -> socket.socket | None:
    link = socket.socket(socket.AF_UNIX)
    try:
        link.connect(str(places.control))
    except OSError:
        link.close()
        return None
    return link


def _start(places: Places) -> socket.socket:
    """Starts a supervisor whose first user is this process."""
    global _starter
    ours, theirs = socket.socketpair()
    with open(places.logs / "services.log", "ab") as log, theirs:
        _starter = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "embark.services.supervisor"),
                *(str(places.var), str(theirs.fileno())),
            ],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the process at the terminal, which then lets go
        )
    return ours


def _ask(link: socket.socket, wanted: list[str]) -> dict:
    """The supervisor's answer, or {} where it ended without one."""
    link.settimeout(WAIT_SECONDS)
    heard = b""
    try:
        link.sendall(json.dumps({"services": wanted}).encode())
        while not heard.endswith(b"\n"):
            words = link.recv(4096)
            if not words:
                return {}
            heard += words
    except OSError:
        return {}
    return json.loads(heard)


def _forget_in_child() -> None:
    """A forked child isn't a user of its own: a copied connection would outlive the parent's."""
    global _link, _starter
    if _link is not None:
        _link.close()
    _link = _starter = None
    _given.clear()


os.register_at_fork(after_in_child=_forget_in_child)
