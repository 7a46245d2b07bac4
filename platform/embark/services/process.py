"""Starting a server that can't outlive the process that started it."""

import os
import signal
import subprocess
from pathlib import Path

from jobs.lifeline import die_with

from .identity import Identity

# Nothing of the caller's environment reaches a server: PGDATA or LD_PRELOAD would change what it does.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
LOG_LIMIT = 10 * 2**20


def open_log(path: Path) -> int:
    """A descriptor that appends to `path`; a log above 10 MiB is first moved to `<name>.1`."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def spawn(
    command: list[str],
    *,
    identity: Identity,
    log: Path,
    death_signal: signal.Signals,
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen:
    """Starts `command` in the foreground as `identity`, its output appended to `log`.

    Only for a process with one thread: the new one runs Python between fork and exec, and it is tied
    to the life of the calling thread.
    """
    parent = os.getpid()

    def prepare() -> None:
        os.umask(0o077)
        identity.enter()
        die_with(parent, death_signal)

    descriptor = open_log(log)
    try:
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            cwd="/",
            preexec_fn=prepare,
        )
    finally:
        os.close(descriptor)
