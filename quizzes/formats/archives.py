"""Zip files from strangers: read member by member, within limits."""

import io
import posixpath
import zipfile
import zlib

from quizzes.formats.result import Unreadable

MAX_MEMBERS = 10_000
MAX_MEMBER = 50 * 2**20
MAX_TOTAL = 500 * 2**20
MAX_RATIO = 200
MAX_DEPTH = 20


class Archive:
    """The files of a zip, by path. Raises Unreadable for what no honest package holds."""

    def __init__(self, content: bytes):
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(content))
            entries = [entry for entry in self.zip.infolist() if not entry.is_dir()]
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Unreadable("The zip file is damaged.") from error
        if len(entries) > MAX_MEMBERS:
            raise Unreadable(f"The zip file has more than {MAX_MEMBERS:,} files.")
        if sum(entry.file_size for entry in entries) > MAX_TOTAL:
            raise Unreadable(f"The zip file unpacks to more than {MAX_TOTAL // 2**20} MB.")
        self.entries = {}
        for entry in entries:
            path = entry.filename.replace("\\", "/")
            parts = path.split("/")
            if path.startswith("/") or ".." in parts or ":" in parts[0] or len(parts) > MAX_DEPTH:
                raise Unreadable(f"The zip file holds a path that leads elsewhere: {path[:100]}")
            if (entry.external_attr >> 16) & 0o170000 == 0o120000:
                raise Unreadable(f"The zip file holds a link: {path[:100]}")
            if entry.file_size > MAX_MEMBER or entry.file_size > 2**20 + MAX_RATIO * entry.compress_size:
                raise Unreadable(f"The zip file holds a file that unpacks to too much: {path[:100]}")
            if not parts[-1].startswith("._") and parts[0] != "__MACOSX":
                self.entries[posixpath.normpath(path)] = entry

    def read(self, path: str) -> bytes:
        try:
            with self.zip.open(self.entries[path]) as member:
                content = member.read(MAX_MEMBER + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            RuntimeError,
            NotImplementedError,
            EOFError,
        ) as error:
            raise Unreadable(f"The file {path[:100]} of the zip can't be unpacked.") from error
        if len(content) > MAX_MEMBER:
            raise Unreadable(f"The zip file holds a file that unpacks to too much: {path[:100]}")
        return content
