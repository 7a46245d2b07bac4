"""Names of languages."""

from django.utils.translation import get_language_info


def language_name(code):
    """The name of a language in the reader's own; the code where there is none."""
    try:
        return get_language_info(code)["name_translated"]
    except KeyError:
        return code
