"""Bringing a backup back, into an empty database and empty folders, whole or not at all."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from embark.backups import DUMP, FORMAT, MANIFEST, SEAL, BackupError, checksums, programs

# pg_restore from 17 on writes this for every server, and those before 17 refuse it.
_UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"


def restore(*, folder, say=lambda sentence: None):
    """Restore the backup in `folder`; returns its manifest.

    Everything is checked first. Files come before the database, whose one transaction ends with the checksums
    of all tables. Raises BackupError, and then nothing has changed.
    """
    folder = Path(folder).absolute()
    say("Checking the backup")
    manifest = verify(folder)
    _require_known_migrations(manifest)
    _require_empty()
    server = programs.server_version()
    if server < manifest["postgres"]:
        raise BackupError(
            f"The backup is from PostgreSQL {manifest['postgres']} and this server is {server}; restore it "
            f"into {manifest['postgres']} or newer."
        )
    tools, _version = programs.fitting(max(server, manifest["pg_dump"]))
    placed = []
    try:
        for name, target in _places():
            say(f"Copying files to {target}")
            placed += _place(folder / name, Path(target))
        say("Restoring the database")
        _restore_database(folder / DUMP, manifest, tools)
    except BaseException as error:
        _take_back(placed)
        if isinstance(error, OSError):
            raise BackupError(
                f"The backup can't be restored ({error}); free some space or mend that, and start again: "
                "nothing was changed."
            ) from None
        raise
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return manifest


def verify(folder):
    """The manifest, after every file was found to be as it was written; raises BackupError."""
    manifest = _manifest(folder)
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise BackupError(f"The backup {folder} can't be used: {name} is missing; take another backup.")
        if checksums.of_file(path) != expected:
            raise BackupError(
                f"The backup {folder} can't be used: {name} is not as it was written; take another backup."
            )
    known = {*manifest["files"], MANIFEST, SEAL}
    unknown = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - known
    if unknown:
        raise BackupError(
            f"The backup {folder} can't be used: {min(unknown)} was added later; remove it to go on."
        )
    return manifest


def _manifest(folder):
    file = folder / MANIFEST
    try:
        seal = (folder / SEAL).read_text()
        if seal.split() != [checksums.of_file(file)["sha256"], MANIFEST]:
            raise BackupError(
                f"The backup {folder} can't be used: {MANIFEST} is not as it was written; "
                "take another backup."
            )
        manifest = json.loads(file.read_text())
    except FileNotFoundError:
        raise BackupError(
            f"{folder} is no complete backup: it has no {MANIFEST} with its {SEAL}; name another folder."
        ) from None
    except OSError as error:
        raise BackupError(f"{folder} can't be read ({error.strerror}); name another folder.") from None
    if manifest["format"] != FORMAT:
        raise BackupError(
            f"The backup {folder} has format {manifest['format']}; restore it with the Embark that made it."
        )
    return manifest


def _require_known_migrations(manifest):
    """Code older than the backup would meet tables that it doesn't know."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {config.label for config in apps.get_app_configs() if Path(config.path) in _own_packages()}
    unknown = [
        name
        for name in manifest["migrations"]
        if name.split(".")[0] in ours and tuple(name.split(".", 1)) not in loader.disk_migrations
    ]
    if unknown:
        raise BackupError(
            f"The backup was made by another version of Embark (it knows {unknown[0]}); restore it with that "
            "version."
        )


def _own_packages():
    return {
        path.parent
        for pattern in ("*/apps.py", "platform/*/apps.py")
        for path in settings.BASE_DIR.glob(pattern)
    }


def _require_empty():
    held = checksums.tables(kinds=("r", "p", "v", "m", "S"))
    if held:
        raise BackupError(
            f"The database already holds {len(held)} tables and sequences, and a backup is restored into an "
            "empty one alone: name a new one in DATABASE_URL, or a new folder in EMBARK_VAR for the embedded "
            "server."
        )
    for _name, target in _places():
        if Path(target).is_dir() and any(Path(target).iterdir()):
            raise BackupError(
                f"{target} holds files, and a backup is restored into an empty folder alone: move it."
            )


def _places():
    return ("media", settings.MEDIA_ROOT), ("models", settings.MODELS_DIR)


def _place(source, target):
    """Copy a tree below `target`, which may be a mount, and name its parts last; returns these."""
    target.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".restoring-", dir=target))
    placed = []
    try:
        if source.is_dir():
            shutil.copytree(source, draft, dirs_exist_ok=True, copy_function=shutil.copyfile)
        for part in sorted(draft.iterdir()):
            placed.append(part.rename(target / part.name))
    except BaseException:
        _take_back(placed)
        raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return placed


def _take_back(placed):
    for path in placed:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _restore_database(dump, manifest, tools):
    """Feed psql with one transaction: the dump, then a check of each table. COMMIT is sent only when all of
    the dump was read, so whatever ends early leaves the database empty.
    """
    address, environment = programs.address()
    old_server = programs.server_version() < 17
    with tempfile.TemporaryFile() as told:
        loader = subprocess.Popen(
            [tools / "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={address}"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=told,
        )
        reader = subprocess.Popen(
            [tools / "pg_restore", "--no-owner", "--no-privileges", "--no-comments", "--file=-", dump],
            stdout=subprocess.PIPE,
            stderr=told,
        )
        try:
            with loader.stdin as script, reader.stdout as dumped:
                script.write(b"BEGIN;\n")
                for line in dumped:
                    if old_server and line == _UNKNOWN_BEFORE_17:
                        old_server = False  # it stands at the head; further down it would be somebody's text
                        continue
                    script.write(line)
                if reader.wait() == 0:
                    script.write("".join(f"{statement};\n" for statement in checksums.SETTINGS).encode())
                    for label, expected in manifest["tables"].items():
                        script.write(checksums.requirement(*label.split(".", 1), expected).encode())
                    script.write(b"COMMIT;\n")
        except BrokenPipeError:
            pass  # psql ended at an error, which it has told
        finally:
            reader.kill()
            reader.wait()
            failed = loader.wait() != 0
        told.seek(0)
        reasons = [
            line
            for line in told.read().decode(errors="replace").splitlines()
            if "ERROR" in line or "error" in line
        ]
    if failed or not checksums.tables():
        reason = reasons[0].partition("ERROR:")[2].strip() or reasons[0] if reasons else "no reason given"
        raise BackupError(f"The database did not take the backup ({reason}); nothing was changed.")
