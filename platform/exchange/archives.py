"""Opening what people upload: a folder, a zip or a tar archive becomes a folder that is safe to read.

An archive is refused whole, with one sentence, if an entry would be written outside it, is a link or a
device, is larger than a course file can be, or if the whole is a bomb (far larger unpacked than packed).
Sizes are counted while unpacking, never taken from the archive's own table alone.
"""

import contextlib
import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`ratio` is unpacked bytes over packed bytes; it counts only above `ratio_floor` unpacked bytes."""

    file_size: int = 500 * MEGABYTE
    total_size: int = 2048 * MEGABYTE
    files: int = 50_000
    ratio: int = 120
    ratio_floor: int = 64 * MEGABYTE
    depth: int = 40


LIMITS = Limits()
CHUNK = 256 * 1024
SIDE_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}


class SourceRefused(Exception):
    """The source can't be read at all. The message is one sentence for the person who gave it."""


@contextlib.contextmanager
def open_source(path: str | os.PathLike, *, limits: Limits = LIMITS) -> Iterator[Path]:
    """Yields a folder with the content of `path`; an unpacked copy is deleted at the end.

    Raises SourceRefused for a path that is not there, an archive of an unknown kind or an unsafe one.
    """
    path = Path(path)
    if path.is_dir():
        yield path
        return
    if not path.is_file():
        raise SourceRefused(f"There is no file or folder at “{path}”.")
    with tempfile.TemporaryDirectory(prefix="embark-import-") as folder:
        # Called as the archive is: a course without a name of its own is named by its folder.
        target = Path(folder) / (path.name.lstrip(".").partition(".")[0] or "course")
        target.mkdir()
        unpack(path, target, limits=limits)
        yield target


def unpack(path: Path, target: Path, *, limits: Limits = LIMITS) -> None:
    """Unpacks a zip or tar archive into `target`. Raises SourceRefused."""
    try:
        if zipfile.is_zipfile(path):
            _unpack_zip(path, target, limits)
        elif path.suffix.lower() in {".imscc", ".zip"}:
            raise SourceRefused(f"“{path.name}” is not a whole zip archive; export or download it again.")
        else:
            _unpack_tar(path, target, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise SourceRefused(f"“{path.name}” is damaged and can't be unpacked: {error}.") from error
    except tarfile.TarError as error:
        raise SourceRefused(f"“{path.name}” is neither a folder, a zip nor a tar archive.") from error
    except OSError as error:
        raise SourceRefused(f"“{path.name}” can't be unpacked: {error.strerror or error}.") from error


class _Budget:
    """Counts what is written and stops at the first limit that is passed."""

    def __init__(self, archive: Path, limits: Limits) -> None:
        self.archive = archive.name
        self.packed = max(archive.stat().st_size, 1)
        self.limits = limits
        self.total = 0
        self.files = 0

    def open_entry(self, name: str, declared_size: int) -> None:
        self.files += 1
        if self.files > self.limits.files:
            raise SourceRefused(f"“{self.archive}” holds more than {self.limits.files:,} files.")
        if declared_size > self.limits.file_size:
            self._too_large(name)

    def write(self, name: str, written: int, count: int) -> None:
        self.total += count
        if written > self.limits.file_size:
            self._too_large(name)
        if self.total > self.limits.total_size:
            raise SourceRefused(
                f"“{self.archive}” unpacks to more than {self.limits.total_size // MEGABYTE} MB; "
                "leave out large videos and link to them instead."
            )
        if self.total > self.limits.ratio_floor and self.total > self.limits.ratio * self.packed:
            raise SourceRefused(f"“{self.archive}” unpacks to far more than its size allows; it is refused.")

    def _too_large(self, name: str) -> None:
        raise SourceRefused(
            f"“{name}” in “{self.archive}” is larger than {self.limits.file_size // MEGABYTE} MB; "
            "leave it out and link to it instead."
        )


def _safe_path(name: str, target: Path, archive: Path, limits: Limits) -> Path | None:
    """Where the entry goes; None for side files of desktop systems."""
    posix = name.replace("\\", "/")
    parts = [part for part in PurePosixPath(posix).parts if part not in {".", ""}]
    unsafe = posix.startswith("/") or ".." in parts or "\0" in name or (parts and parts[0].endswith(":"))
    if unsafe:
        raise SourceRefused(f"“{archive.name}” holds “{name}”, which points outside the archive.")
    if not parts or parts[0] == "__MACOSX" or parts[-1] in SIDE_FILES or parts[-1].startswith("._"):
        return None
    if len(parts) > limits.depth or any(len(part.encode()) > 255 for part in parts):
        raise SourceRefused(f"“{archive.name}” holds the path “{name[:80]}…”, which is too long.")
    return target.joinpath(*parts)


def _copy(source, destination: Path, name: str, budget: _Budget) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with destination.open("wb") as out:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            budget.write(name, written, len(chunk))
            out.write(chunk)


def _unpack_zip(path: Path, target: Path, limits: Limits) -> None:
    budget = _Budget(path, limits)
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_IFMT(mode) == 0):
                raise SourceRefused(f"“{path.name}” holds “{info.filename}”, which is a link or a device.")
            destination = _safe_path(info.filename, target, path, limits)
            if destination is None or info.is_dir():
                continue
            if info.flag_bits & 0x1:
                raise SourceRefused(f"“{path.name}” is protected by a password; export it without one.")
            budget.open_entry(info.filename, info.file_size)
            with archive.open(info) as source:
                _copy(source, destination, info.filename, budget)


def _unpack_tar(path: Path, target: Path, limits: Limits) -> None:
    budget = _Budget(path, limits)
    with tarfile.open(path, mode="r|*") as archive:
        for member in archive:
            if member.isdir():
                _safe_path(member.name, target, path, limits)
                continue
            if not member.isreg() or member.issparse():
                raise SourceRefused(f"“{path.name}” holds “{member.name}”, which is a link or a device.")
            destination = _safe_path(member.name, target, path, limits)
            budget.open_entry(member.name, member.size)
            if destination is None:
                continue
            with archive.extractfile(member) as source:
                _copy(source, destination, member.name, budget)


def walk_files(root: Path) -> list[str]:
    """All files below `root` as sorted relative POSIX paths; version control folders, links and side
    files of desktop systems are left out."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in {".git", ".hg", ".svn", "__MACOSX"})
        for name in names:
            file = Path(folder, name)
            if name not in SIDE_FILES and not name.startswith("._") and not file.is_symlink():
                found.append(file.relative_to(root).as_posix())
    return sorted(found)


def walk_links(root: Path) -> list[str]:
    """Symbolic links below `root`, as sorted relative paths: they are listed, never followed."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in {".git", ".hg", ".svn"}]
        found += [
            Path(folder, name).relative_to(root).as_posix()
            for name in [*folders, *names]
            if Path(folder, name).is_symlink()
        ]
    return sorted(found)


def inside(root: Path, relative: str) -> Path | None:
    """The regular file at `relative` if it really lies below `root`, else None."""
    try:
        path = (root / relative).resolve()
        if path.is_relative_to(root.resolve()) and path.is_file():
            return path
    except (OSError, ValueError):
        return None
    return None


def free_space(folder: Path) -> int:
    """Bytes that can still be written to the disk of `folder`."""
    return shutil.disk_usage(folder).free
