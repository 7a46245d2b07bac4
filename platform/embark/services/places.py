"""Where the embedded servers keep their files."""

import hashlib
import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from .errors import DiskFull, UnusableDirectory

PROJECT = Path(__file__).resolve().parents[3]


def var_dir() -> Path:
    """The directory of everything the site writes: `EMBARK_VAR`, or `var/` beside manage.py."""
    return Path(os.environ.get("EMBARK_VAR") or PROJECT / "var").resolve()


@dataclass(frozen=True)
class Places:
    """The files of one pair of servers. Only the sockets lie outside `var`."""

    var: Path

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def postgres_password(self) -> Path:
        return self.var / "postgres.password"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def lock(self) -> Path:
        return self.var / "services.lock"

    @property
    def sockets(self) -> Path:
        """A socket path has at most 107 bytes and `var` may be deep, so the sockets live in a short
        directory whose name is derived from `var` and the user: whoever knows `var` finds them.
        """
        digest = hashlib.sha256(f"{os.geteuid()}:{self.var}".encode()).hexdigest()[:16]
        return Path("/tmp") / f"embark-{digest}"  # noqa: S108 -- made with mode 0700, and checked

    @property
    def control(self) -> Path:
        return self.sockets / "control.sock"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def database_url(self) -> str:
        password = self.postgres_password.read_text().strip()
        return f"postgresql://embark:{password}@/embark?host={self.sockets}"

    def redis_url(self) -> str:
        return f"unix://{self.valkey_socket}?db=0"

    def broker_url(self) -> str:
        """A database of its own: clearing the cache must not clear the queues."""
        return f"redis+socket://{self.valkey_socket}?virtual_host=1"

    def make(self) -> None:
        """Creates `var` and the log and socket directories.

        Raises UnusableDirectory, or DiskFull.
        """
        try:
            self.var.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            self.sockets.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            if error.errno == 28:
                raise DiskFull(f"No space is left for {self.var}; free some and start again.") from None
            raise UnusableDirectory(
                f"Can't create {error.filename}: {error.strerror}; make its parent writable "
                "or name another directory in EMBARK_VAR."
            ) from None
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise UnusableDirectory(
                f"{self.sockets} must be a directory that only you can enter, and it isn't; "
                "remove it and start again."
            )


def require_space(directory: Path, *, megabytes: int) -> None:
    """Raises DiskFull when fewer than `megabytes` (10^6 bytes) are free beside `directory`."""
    free = shutil.disk_usage(directory).free // 10**6
    if free < megabytes:
        raise DiskFull(
            f"The disk that holds {directory} has {free} MB left and {megabytes} MB are needed; "
            "free some space and start again."
        )


def secret(path: Path, *, size: int = 32) -> str:
    """The text in `path`, made of `size` random bytes and readable by its owner alone at first use."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(size) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails where another process was first: its text is the one
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def secret_key() -> str:
    """Django's SECRET_KEY: from the environment, or made once and kept in `var/secret_key`."""
    return os.environ.get("SECRET_KEY") or secret(var_dir() / "secret_key", size=48)
