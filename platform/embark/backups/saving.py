"""Making a backup while the site runs: one snapshot of the database, then the files that it names."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from embark.backups import DUMP, FORMAT, MANIFEST, SEAL, BackupError, checksums, programs


def save(*, folder, say=lambda sentence: None):
    """Write a backup into `folder`, which must not exist yet; returns its manifest.

    Raises BackupError, and then nothing is left behind.
    """
    folder = Path(folder).absolute()
    if folder.exists():
        raise BackupError(f"{folder} exists; a backup never overwrites one, so name another folder.")
    if not checksums.tables():
        raise BackupError(
            "The database holds no tables yet, so there is nothing to save; start the site first."
        )
    tools, tools_version = programs.fitting(programs.server_version())
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "embark": version("embark"),
            "postgres": programs.server_version(),
            "pg_dump": tools_version,
            **_save_database(partial, tools, say),
        }
        # After the snapshot: files are only ever added while the rows that name them are in it.
        _copy(settings.MODELS_DIR, partial / "models", say, first=("live",))
        _copy(settings.MEDIA_ROOT, partial / "media", say)
        _seal(partial, manifest)
        partial.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        raise BackupError(
            f"The backup can't be written to {folder} ({error.strerror or error}); free some space or name "
            "another folder."
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _save_database(partial, tools, say):
    """Dump the database; the checksums are of the very snapshot that pg_dump reads."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for statement in checksums.SETTINGS:
            cursor.execute(statement.replace("SET ", "SET LOCAL ", 1))
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        address, environment = programs.address()
        say("Dumping the database")
        ended = subprocess.run(
            [
                *(tools / "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments"),
                *(f"--snapshot={snapshot}", f"--file={partial / DUMP}", f"--dbname={address}"),
            ],
            env=environment,
            capture_output=True,
            text=True,
        )
        if ended.returncode:
            raise BackupError(f"pg_dump failed ({_last_line(ended.stderr)}); the backup was not made.")
        say("Computing checksums of tables")
        found = {f"{schema}.{name}": checksums.count(schema, name) for schema, name in checksums.tables()}
        cursor.execute("SELECT app, name FROM public.django_migrations ORDER BY 1, 2")
        migrations = [f"{app}.{name}" for app, name in cursor.fetchall()]
    return {"tables": found, "migrations": migrations}


def _copy(source, target, say, first=()):
    """Copy a tree of plain files, those named `first` before all others. Half-written ones are left out, and
    so is what vanishes meanwhile.
    """
    source = Path(source)
    say(f"Copying {source}")
    target.mkdir(mode=0o700)
    for name in (*first, *_files(source)):
        copy = target / name
        if copy.exists():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source / name, copy)
        except FileNotFoundError:
            copy.unlink(missing_ok=True)


def _files(source):
    """Paths below a folder, relative to it, of files that are finished: hidden names are drafts."""
    for folder, subfolders, names in os.walk(source):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path.relative_to(source)


def _seal(partial, manifest):
    """Write the manifest, last, and flush everything to disk."""
    paths = sorted(path for path in partial.rglob("*") if path.is_file())
    manifest["files"] = {path.relative_to(partial).as_posix(): checksums.of_file(path) for path in paths}
    file = partial / MANIFEST
    file.write_text(json.dumps(manifest, indent=1))
    (partial / SEAL).write_text(f"{checksums.of_file(file)['sha256']}  {MANIFEST}\n")
    for path in (*paths, file, partial / SEAL, partial):
        _sync(path)


def _sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _last_line(text):
    return (text.strip().splitlines() or ["no reason given"])[-1]
