"""Model versions on disk: immutable directories, a manifest of hashes, one pointer to the live one.

    root/live                  the id of the live version, replaced atomically
    root/previous              the id of the version before it
    root/versions/<id>/        manifest.json names every file with its SHA-256; nothing in it ever changes
    root/deltas/<id>/          vectors of items published since, with a manifest of their own

Nothing here needs torch or a database, so a web process and a script may both ask which version is live.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

MANIFEST = "manifest.json"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class ArtifactBroken(Exception):
    """An artifact that must not be used; the text names the file and what is wrong with it."""


def digest(path):
    """SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(directory, **facts):
    """Write the manifest over everything in `directory`; `facts` (plain JSON) are kept beside the hashes."""
    directory = Path(directory)
    files = {
        str(path.relative_to(directory)): digest(path)
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
    _write(directory / MANIFEST, json.dumps({"files": files, **facts}, indent=1, sort_keys=True))


def verify(directory):
    """Check every file against the manifest; returns the manifest, or raises ArtifactBroken."""
    directory = Path(directory)
    try:
        manifest = json.loads((directory / MANIFEST).read_text())
        files = manifest["files"]
    except FileNotFoundError:
        raise ArtifactBroken(f"Model {directory.name} has no {MANIFEST}.") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ArtifactBroken(f"The {MANIFEST} of model {directory.name} can't be read: {error}.") from error
    for name, expected in files.items():
        try:
            found = digest(directory / name)
        except OSError:
            raise ArtifactBroken(f"Model {directory.name} lacks its file {name}.") from None
        if found != expected:
            raise ArtifactBroken(f"The file {name} of model {directory.name} was altered after training.")
    return manifest


def accept(root, directory):
    """Move a finished, sealed artifact among the versions; returns its new id. Raises ArtifactBroken."""
    verify(directory)
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    versions_directory = Path(root) / "versions"
    versions_directory.mkdir(parents=True, exist_ok=True)
    # Copied under another name first where the two lie on different file systems.
    staged = versions_directory / f".{name}"
    shutil.move(directory, staged)
    os.replace(staged, versions_directory / name)
    _sync(versions_directory)
    return name


def versions(root):
    """Ids of all versions, oldest first."""
    directory = Path(root) / "versions"
    return (
        sorted(path.name for path in directory.glob("[!.]*") if path.is_dir()) if directory.is_dir() else []
    )


def path_of(root, name):
    """The directory of a version; ArtifactBroken for a name that is none."""
    if not _ID.fullmatch(name):
        raise ArtifactBroken(f"{name!r} is not the name of a model version.")
    return Path(root) / "versions" / name


def live(root):
    """The live version's directory, or None where nothing is live."""
    name = _pointer(root, "live")
    return path_of(root, name) if name else None


def publish(root, name):
    """Make a version live: verify it, then replace the pointer. Raises ArtifactBroken, and nothing changed."""
    verify(path_of(root, name))
    before = _pointer(root, "live")
    if before == name:
        return
    if before:
        _write(Path(root) / "previous", before)
    _write(Path(root) / "live", name)


def roll_back(root):
    """Make the version before the live one live; returns its id. A second call comes back.

    Raises ArtifactBroken where there is none, or its files are not sound.
    """
    name = _pointer(root, "previous")
    if not name:
        raise ArtifactBroken("There is no earlier version to go back to.")
    publish(root, name)
    return name


def delta(root, name):
    """Where the vectors of items published after version `name` was trained lie."""
    return Path(root) / "deltas" / path_of(root, name).name


def _pointer(root, which):
    try:
        return (Path(root) / which).read_text().strip()
    except FileNotFoundError:
        return ""


def _write(path, text):
    """Replace a small file so that readers see the old text or the new one, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(staged, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, path)
    _sync(path.parent)


def _sync(directory):
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
