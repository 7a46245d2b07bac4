"""What people typed, in tables that others open in a spreadsheet."""


def cell(value):
    """The value, or a text that no spreadsheet runs as a formula."""
    if isinstance(value, str) and (value.lstrip()[:1] in {"=", "+", "-", "@"} or value[:1] in {"\t", "\r"}):
        return f"'{value}"
    return value


def uncell(text):
    """What was typed, of a text that `cell` has made."""
    return text[1:] if text[:1] == "'" and cell(text[1:]) != text[1:] else text
