"""Pictures that come with questions: kept by the hash of their content, if they are pictures at all."""

import base64
import binascii
import hashlib
import io
import posixpath
import re
from urllib.parse import quote, unquote, urlsplit

from PIL import Image, UnidentifiedImageError

FORMATS = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
LARGEST = 10 * 2**20
_DATA_URI = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,(.*)", re.DOTALL | re.IGNORECASE)
_PLUGIN_FILE = "@@PLUGINFILE@@/"
# A link or picture of Markdown whose file did not come along.
_LOST = re.compile(r"!?\[(?P<text>[^\]]*)\]\(<?@@PLUGINFILE@@/(?P<name>[^)>\s]+)>?[^)]*\)")


def left_out(addresses: list[str]) -> str:
    """The sentence that names what a question of the source shows and the one here doesn't."""
    named = ", ".join(dict.fromkeys(addresses))
    return (
        f"Left out, as it did not come with the file or can't be shown in a question: {named}."
        if named
        else ""
    )


class PictureBox:
    """Collects pictures into `files`, {name: bytes}; `beside` are the files of an archive, by path."""

    def __init__(self, files: dict[str, bytes], beside=None):
        self.files = files
        self.beside = beside or {}
        self.missing: list[str] = []

    def keep(self, content: bytes) -> str | None:
        """The address under which a question shows these bytes; None if they are no picture."""
        if len(content) > LARGEST:
            return None
        try:
            with Image.open(io.BytesIO(content), formats=list(FORMATS)) as image:
                ending = FORMATS[image.format]
                image.verify()
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            return None
        name = f"{hashlib.sha256(content).hexdigest()}.{ending}"
        self.files[name] = content
        return f"question-file:{name}"

    def resolver(self, own=None, base: str = ""):
        """Maps an <img src>: to a file beside the text, one in the archive, or a picture inside the
        address.
        """

        def resolve(address: str) -> str | None:
            content = self._content(address.strip(), own or {}, base)
            kept = self.keep(content) if content is not None else None
            if kept is None and address:
                self.missing.append(address[:80])
            return kept

        return resolve

    def _content(self, address, own, base):
        if found := _DATA_URI.match(address):
            try:
                return base64.b64decode(found[1])
            except (binascii.Error, ValueError):
                return None
        plain = unquote(address.split("?")[0].removeprefix(_PLUGIN_FILE))
        if plain in own:
            return own[plain]
        try:
            if urlsplit(address).scheme or address.startswith("//"):
                return None
        except ValueError:
            return None
        plain = plain.replace("$IMS-CC-FILEBASE$", "").replace("%24IMS-CC-FILEBASE%24", "").lstrip("/")
        for candidate in (posixpath.normpath(posixpath.join(base, plain)), plain, f"web_resources/{plain}"):
            if candidate in self.beside:
                return self.beside[candidate]()
        return None

    def replace_plugin_files(self, source: str, own) -> str:
        """Markdown whose embedded files get the addresses under which they are kept."""
        for name, content in own.items():
            address = self.keep(content)
            if address:
                for written in {name, quote(name)}:
                    source = source.replace(_PLUGIN_FILE + written, address)

        def lost(found):
            self.missing.append(unquote(found["name"])[:80])
            return found["text"]

        return _LOST.sub(lost, source)

    def begin(self) -> None:
        """Another question begins: what the one before did not find is not its matter."""
        self.missing.clear()

    def note(self) -> str:
        """A sentence about what this question shows and can't show here."""
        missing = left_out(self.missing)
        self.missing.clear()
        return missing
