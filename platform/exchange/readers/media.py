"""The files of a source: found by whatever name a page calls them, and taken only when shown."""

import base64
import binascii
import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from exchange.archives import inside
from exchange.outline import MEDIA_SCHEME, MediaFile

WEB_SCHEMES = {"http", "https", "mailto"}
_DATA_URI = re.compile(r"data:image/(png|jpeg|jpg|gif|webp);base64,(.*)", re.DOTALL | re.IGNORECASE)


def normalised(name: str) -> str:
    """A path as course tools rewrite it: other characters than word characters, dots and slashes are `_`."""
    return re.sub(r"[^\w./-]+", "_", name).strip("/")


class MediaShelf:
    """Files of the source by relative path. `used` holds those that something refers to."""

    def __init__(self, root: Path, files: list[str], *, prefix: str = "", listed: str = "") -> None:
        """`files` are relative to `root`; the course calls them by `prefix` and the rest of their path, the
        report by `listed` and the rest."""
        self.listed = listed
        self.root = root
        self.prefix = prefix
        self.files = files
        self.used: dict[str, MediaFile] = {}
        self._path_of_name: dict[str, str] = {}
        self._exact = set(files)
        self._loose: dict[str, str] = {}
        for file in files:
            self._loose.setdefault(self._loosely(file), file)

    @staticmethod
    def _loosely(file: str) -> str:
        return normalised(file).replace("/", "_").replace("@", "_").lower()

    def find(self, reference: str) -> str | None:
        """The relative path of the file that `reference` means, or None."""
        reference = reference.lstrip("/")
        for candidate in (reference, unquote(reference)):
            if candidate in self._exact:
                return candidate
        return self._loose.get(self._loosely(unquote(reference)))

    def use(self, file: str) -> str | None:
        """Takes a file into the course; its `media:` target, or None if it can't be read."""
        path = inside(self.root, file)
        if path is None:
            return None
        name = normalised(self.prefix + file)[-280:]
        taken = self._path_of_name.setdefault(name, file)
        if taken != file:
            stem, dot, extension = name.rpartition(".")
            digest = hashlib.sha256(file.encode()).hexdigest()[:8]
            name = f"{stem}-{digest}{dot}{extension}" if dot else f"{name}-{digest}"
            self._path_of_name[name] = file
        self.used.setdefault(name, MediaFile(name, path, source=self.listed + file, size=path.stat().st_size))
        return MEDIA_SCHEME + name

    def refer(self, reference: str) -> str | None:
        file = self.find(reference)
        return self.use(file) if file else None

    def inline(self, uri: str) -> str | None:
        """An image written into the page itself becomes a file; None for other data."""
        match = _DATA_URI.fullmatch(uri.strip())
        if not match:
            return None
        try:
            data = base64.b64decode(re.sub(r"\s", "", unquote(match.group(2))), validate=True)
        except (binascii.Error, ValueError):
            return None
        extension = match.group(1).lower().replace("jpeg", "jpg")
        name = f"images/inline-{hashlib.sha256(data).hexdigest()[:16]}.{extension}"
        self.used.setdefault(name, MediaFile(name, data=data, size=len(data)))
        return MEDIA_SCHEME + name

    def used_files(self) -> set[str]:
        return {self._path_of_name[name] for name in self.used if name in self._path_of_name}


def is_web_address(url: str) -> bool:
    """An address that may be linked to as it is: never `javascript:` or `file:`."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in WEB_SCHEMES and bool(parts.netloc or parts.scheme == "mailto")
