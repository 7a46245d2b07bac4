"""Model versions on disk: written once, verified by hash, made live by one atomic switch.

root/live                    JSON: the live version and those before it, replaced atomically
root/versions/<id>/          one immutable version; manifest.json names each file's SHA-256
root/deltas/<id>/<number>/   vectors of items published since, likewise hashed; the highest number counts
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

MANIFEST = "manifest.json"
FORMAT = 1
KEPT_BEFORE = 20
"""Versions that the pointer remembers for rolling back."""
_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")


class ArtifactBroken(Exception):
    """A version can't be used: `file` is missing, altered or unknown. The message is one sentence."""

    def __init__(self, path: Path, file: str, why: str):
        self.path, self.file = Path(path), file
        super().__init__(f"Model version {Path(path).name} can't be used: {file} {why}.")


def new_id(moment: datetime | None = None) -> str:
    """An id that sorts by time and is not taken twice."""
    moment = moment or datetime.now(UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{os.urandom(3).hex()}"


def version_path(root: Path, version: str) -> Path:
    if not _ID.match(version):
        raise ValueError(f"{version!r} is no model version.")
    return Path(root) / "versions" / version


def versions(root: Path) -> list[str]:
    """Ids of all finished versions, oldest first."""
    folder = Path(root) / "versions"
    return sorted(path.name for path in folder.glob("*") if (path / MANIFEST).exists())


@contextmanager
def building(root: Path, version: str) -> Iterator[Path]:
    """A folder to write a version into: named when the block ends well, deleted when it does not."""
    final = version_path(root, version)
    if final.exists():
        raise FileExistsError(f"Model version {version} exists; versions are never rewritten.")
    partial = final.with_name(f".{version}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        seal(partial)
        os.replace(partial, final)
        _sync(final.parent)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def seal(path: Path) -> None:
    """Write the manifest of a finished folder, last, and flush everything to disk."""
    path = Path(path)
    files = {}
    for file in sorted(p for p in path.rglob("*") if p.is_file() and p.name != MANIFEST):
        files[file.relative_to(path).as_posix()] = {"sha256": _hash(file), "bytes": file.stat().st_size}
        _sync(file)
    manifest = {"format": FORMAT, "created_at": datetime.now(UTC).isoformat(), "files": files}
    _write(path / MANIFEST, json.dumps(manifest, indent=1))


def verify(path: Path) -> dict:
    """The manifest, after every file was found to be as it was written; raises ArtifactBroken."""
    path = Path(path)
    try:
        manifest = json.loads((path / MANIFEST).read_text())
        files = manifest["files"]
    except FileNotFoundError:
        raise ArtifactBroken(path, MANIFEST, "is missing") from None
    except (ValueError, KeyError, TypeError):
        raise ArtifactBroken(path, MANIFEST, "can't be read") from None
    if manifest.get("format") != FORMAT:
        raise ArtifactBroken(path, MANIFEST, f"is of format {manifest.get('format')}, not {FORMAT}")
    for name, expected in files.items():
        file = path / name
        if not file.is_file():
            raise ArtifactBroken(path, name, "is missing")
        if file.stat().st_size != expected["bytes"] or _hash(file) != expected["sha256"]:
            raise ArtifactBroken(path, name, "is not as it was written")
    unknown = {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()} - {*files, MANIFEST}
    if unknown:
        raise ArtifactBroken(path, min(unknown), "was added later")
    return manifest


def live_id(root: Path) -> str | None:
    """The live version's id, None where none is."""
    return _pointer(root)["live"]


def live(root: Path) -> Path | None:
    """The live version's folder, None where none is live."""
    version = live_id(root)
    return None if version is None else version_path(root, version)


def publish(root: Path, version: str) -> None:
    """Make a version live, by one atomic switch; raises ArtifactBroken and then nothing changes."""
    verify(version_path(root, version))
    pointer = _pointer(root)
    if pointer["live"] == version:
        return
    before = [known for known in pointer["before"] if known != version]
    if pointer["live"] is not None:
        before.append(pointer["live"])
    _point(root, version, before[-KEPT_BEFORE:])


def roll_back(root: Path) -> str:
    """Make the version live that was so before, and return its id.

    Versions that are broken or gone are passed over; raises LookupError where none is left.
    """
    before = list(_pointer(root)["before"])
    while before:
        version = before.pop()
        try:
            verify(version_path(root, version))
        except ArtifactBroken:
            continue
        _point(root, version, before)
        return version
    raise LookupError("There is no earlier model version to roll back to.")


def remove(root: Path, version: str) -> None:
    """Delete a version that is not live, with its delta."""
    if live_id(root) == version:
        raise ValueError(f"Model version {version} is live; roll back or publish another one first.")
    shutil.rmtree(version_path(root, version), ignore_errors=True)
    shutil.rmtree(Path(root) / "deltas" / version, ignore_errors=True)


def delta_folder(version_folder: Path) -> Path:
    """Where a version's deltas lie."""
    version_folder = Path(version_folder)
    return version_folder.parent.parent / "deltas" / version_folder.name


def newest_delta(version_folder: Path) -> Path | None:
    """The newest sound delta of a version; a broken one is passed over for the one before."""
    for number in sorted(_delta_numbers(delta_folder(version_folder)), reverse=True):
        path = delta_folder(version_folder) / str(number)
        try:
            verify(path)
        except ArtifactBroken:
            continue
        return path
    return None


def write_delta(version_folder: Path, about: dict, arrays: dict[str, np.ndarray]) -> Path:
    """Write a whole new delta, beside the old one; it counts from the moment that it has its name."""
    folder = delta_folder(version_folder)
    numbers = _delta_numbers(folder)
    number = max(numbers, default=0) + 1
    partial = folder / f".{number}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    save_arrays(partial, arrays)
    _write(partial / "items.json", json.dumps(about))
    seal(partial)
    os.replace(partial, folder / str(number))
    _sync(folder)
    for old in sorted(numbers)[:-1]:  # the one before stays for readers that are opening it
        shutil.rmtree(folder / str(old), ignore_errors=True)
    return folder / str(number)


def save_arrays(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    """One .npy file an array, in subfolders for names with slashes."""
    for name, array in arrays.items():
        file = Path(folder) / f"{name}.npy"
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)


def open_arrays(folder: Path) -> dict[str, np.ndarray]:
    """All arrays below a folder, memory-mapped, by their path without the suffix."""
    folder = Path(folder)
    arrays = {}
    for file in sorted(folder.rglob("*.npy")):
        mapped = np.load(file, mmap_mode="r", allow_pickle=False)
        # the plain view keeps the map alive, and slices of it cost a tenth
        arrays[file.relative_to(folder).with_suffix("").as_posix()] = mapped.view(np.ndarray)
    return arrays


def _delta_numbers(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]


def _pointer(root: Path) -> dict:
    try:
        pointer = json.loads((Path(root) / "live").read_text())
        return {"live": pointer["live"], "before": list(pointer["before"])}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {"live": None, "before": []}


def _point(root: Path, version: str, before: list[str]) -> None:
    _write(Path(root) / "live", json.dumps({"live": version, "before": before}))


def _write(file: Path, text: str) -> None:
    """Replace a file so that a reader, or a power cut, finds the old or the new one whole."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    with partial.open("w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(partial, file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
