"""Parts of addresses. Unlike Django's `str` they match no control characters, which no database row has."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class WordConverter(StringConverter):
    """A slug in any script."""

    regex = r"[-\w]+"


class FileNameConverter(StringConverter):
    """The last part of a path."""

    regex = r"[^/\x00-\x1f\x7f]+"


register_converter(WordConverter, "word")
register_converter(FileNameConverter, "filename")
