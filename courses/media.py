"""Files of a course: what may be uploaded, and how it is kept.

The type is read from the content, never from the name or the browser's word. Images are re-encoded, which
bounds their size and drops whatever else was in the file (place and time of a photo, trailing archives).
"""

import hashlib
import io
import posixpath
import re
import unicodedata
from pathlib import PurePosixPath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.text import slugify
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from courses.models import Asset

IMAGE_MAX_BYTES = 20 * 2**20
IMAGE_MAX_PIXELS = 50_000_000
IMAGE_MAX_SIDE = 2_000
IMAGE_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}

# (offset, bytes, type), the first match counts. Types that a browser runs (HTML, XML, scripts) are missing
# on purpose: they are stored as text or bytes, and only ever downloaded. SVG has its type: a page shows it
# as an image, where no script of it runs; opened by itself it is a download in a sandbox.
SIGNATURES = [
    (0, b"%PDF-", "application/pdf"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (8, b"WAVE", "audio/wav"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
]
SVG = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]", re.DOTALL)
BY_EXTENSION = {
    "application/zip": {
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".epub": "application/epub+zip",
        ".odt": "application/vnd.oasis.opendocument.text",
    },
    "text/plain": {
        ".vtt": "text/vtt",
        ".csv": "text/csv",
        ".md": "text/markdown",
        ".json": "application/json",
    },
    "audio/ogg": {".ogv": "video/ogg"},
}
# Anything else is downloaded as bytes; programs for the reader's machine are not teaching material.
REFUSED = {".exe", ".dll", ".msi", ".bat", ".cmd", ".com", ".scr", ".ps1", ".vbs", ".jar", ".apk", ".dmg"}


def sniff(head, name=""):
    """The content type of a file from its first bytes (4 KiB are enough) and, among kin, its extension."""
    extension = PurePosixPath(name).suffix.lower()
    for offset, signature, content_type in SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return BY_EXTENSION.get(content_type, {}).get(extension, content_type)
    try:
        text = head.decode("utf-8", "strict") if len(head) < 4096 else head[:-4].decode("utf-8", "ignore")
    except UnicodeDecodeError:
        return "application/octet-stream"
    if "\x00" in text:
        return "application/octet-stream"
    if SVG.match(text):
        return "image/svg+xml"
    return BY_EXTENSION["text/plain"].get(extension, "text/plain")


def clean_path(path):
    """`path` inside a course folder. Raises ValidationError for an absolute, climbing or odd one."""
    path = unicodedata.normalize("NFC", str(path)).replace("\\", "/")
    normal = posixpath.normpath(path)
    if not path.strip("/") or normal.startswith(("/", "../")) or normal in ("..", ".") or len(normal) > 300:
        raise ValidationError(_("%(path)s is not a path inside the course.") % {"path": path[:100]})
    if re.search(r"[\x00-\x1f\x7f<>:\"|?*]", normal):
        raise ValidationError(
            _("The file name %(path)s has characters that are not allowed.") % {"path": path[:100]}
        )
    return normal


@transaction.atomic
def add_asset(*, course, path, content, alt=""):
    """Store a file under `path`, replacing what was there. `content` is bytes or an open binary file.

    Raises ValidationError with one sentence if the file is too large, of a refused kind or a broken image.
    """
    path = clean_path(path)
    file = ContentFile(content) if isinstance(content, bytes) else File(content)
    _refuse(path, file.size)
    file.seek(0)
    head = file.read(4096)
    fields = {"content_type": sniff(head, path), "width": None, "height": None}
    if _looks_like_image(head):
        file, fields = _image(path, file)
    digest = _sha256(file)
    asset = Asset.objects.filter(course=course, path=path).first() or Asset(course=course, path=path)
    if asset.sha256 != digest or not asset.file:
        asset.sha256, asset.size = digest, file.size
        for name, value in fields.items():
            setattr(asset, name, value)
        file.seek(0)
        asset.file.save(posixpath.basename(path), file, save=False)
    if alt:
        asset.alt = alt
    asset.save()
    return asset


def _refuse(path, size):
    if PurePosixPath(path).suffix.lower() in REFUSED:
        raise ValidationError(
            _("%(path)s is a program: only documents, media and data can be uploaded.") % {"path": path}
        )
    if size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(
            _("%(path)s has %(size)s: the largest file that can be uploaded has %(limit)s.")
            % {"path": path, "size": filesizeformat(size), "limit": filesizeformat(settings.UPLOAD_MAX_BYTES)}
        )
    if size == 0:
        raise ValidationError(_("%(path)s is empty.") % {"path": path})


def _looks_like_image(head):
    return head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")) or (
        head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    )


def _image(path, file):
    """The image re-encoded at most IMAGE_MAX_SIDE pixels wide and high, and its fields."""
    if file.size > IMAGE_MAX_BYTES:
        raise ValidationError(
            _("The image %(path)s has %(size)s: the largest that can be uploaded has %(limit)s.")
            % {"path": path, "size": filesizeformat(file.size), "limit": filesizeformat(IMAGE_MAX_BYTES)}
        )
    file.seek(0)
    try:
        # Reading the size decodes nothing yet: a bomb is refused before it is unpacked.
        image = Image.open(file, formats=list(IMAGE_FORMATS))
        if image.width * image.height > IMAGE_MAX_PIXELS:
            raise ValidationError(
                _("The image %(path)s has %(width)d × %(height)d pixels: make it smaller than 50 megapixels.")
                % {"path": path, "width": image.width, "height": image.height}
            )
        format_ = image.format
        if getattr(image, "is_animated", False):
            return _animation(file, image, format_)
        image = ImageOps.exif_transpose(image)
        image.thumbnail((IMAGE_MAX_SIDE, IMAGE_MAX_SIDE), Image.Resampling.LANCZOS)
        if format_ == "JPEG" and image.mode not in ("RGB", "L"):
            image = image.convert("RGB")
        out = io.BytesIO()
        options = {"quality": 85} if format_ in ("JPEG", "WEBP") else {}
        image.save(out, format=format_, optimize=True, **options)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValidationError(
            _("The image %(path)s can't be read: save it again as PNG, JPEG, GIF or WebP.") % {"path": path}
        ) from error
    return ContentFile(out.getvalue()), {
        "content_type": IMAGE_FORMATS[format_],
        "width": image.width,
        "height": image.height,
    }


def _animation(file, image, format_):
    """Kept as it is: re-encoding would lose timing. Decoding every frame finds a broken one."""
    for frame in range(min(image.n_frames, 1_000)):
        image.seek(frame)
        image.load()
    file.seek(0)
    fields = {"content_type": IMAGE_FORMATS[format_], "width": image.width, "height": image.height}
    return ContentFile(file.read()), fields


def _sha256(file):
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in iter(lambda: file.read(2**20), b""):
        digest.update(chunk)
    return digest.hexdigest()


def free_path(course, name):
    """A path under images/ for a pasted file, with a number where the name is taken."""
    stem, dot, extension = posixpath.basename(name.replace("\\", "/")).rpartition(".")
    stem, extension = (stem, extension.lower()) if dot else (extension, "png")
    stem = slugify(stem)[:80] or "image"
    taken = set(course.assets.values_list("path", flat=True))
    candidate, number = f"images/{stem}.{extension}", 2
    while candidate in taken:
        candidate, number = f"images/{stem}-{number}.{extension}", number + 1
    return candidate
