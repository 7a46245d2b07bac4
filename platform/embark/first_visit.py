"""What a page is drawn with: linked where a browser has it already, inside the page at a first visit.

A link costs a slow phone a second round trip before anything is seen. So who comes from elsewhere, with an
empty cache as far as anybody can tell, gets the style sheet and the script of the theme in the page, and
fetches both for the next page when there is time. Who comes from a page of ours has them. The content policy
names what is inside by its hash.
"""

import base64
import hashlib
from functools import cache

from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.cache import patch_vary_headers

SHEET = "css/site.css"
THEME = "js/theme.js"
# Browsers say where a visit begins; those that don't say get links.
ELSEWHERE = ("none", "cross-site", "same-site")


def inlined(request):
    """{"style": text, "script": text} for a first visit; else, and where no files are collected, None."""
    if request is None or request.headers.get("Sec-Fetch-Site") not in ELSEWHERE:
        return None
    text = getattr(staticfiles_storage, "text", None)
    parts = {"style": text(SHEET), "script": text(THEME)} if text else {}
    if not parts or not all(parts.values()):
        return None
    request.inlined = parts
    return parts


@cache
def source(text):
    """How a content policy names a text inside a page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class FirstVisit:
    """Lets the content policy of a page name what is inside it. Stands below the middleware of the policy."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Sec-Fetch-Site"])
        if parts := getattr(request, "inlined", None):
            response._csp_update = {f"{kind}-src": [source(text)] for kind, text in parts.items()}
        return response
