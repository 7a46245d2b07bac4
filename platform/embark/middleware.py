"""The admin's own content security policy, and pages sent compressed."""

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.middleware.gzip import GZipMiddleware
from django.urls import reverse

# The admin's interface (Alpine.js) evaluates expressions in attributes and sets inline styles. Only staff see
# it, so it gets this wider policy and no other page does.
ADMIN_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
}


class AdminContentPolicy:
    def __init__(self, get_response):
        self.get_response = get_response
        self.prefix = reverse("admin:index")

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith(self.prefix):
            response._csp_replace = ADMIN_POLICY
        return response


class CompressPages(GZipMiddleware):
    """Pages alone: style sheets and scripts are compressed once, when they are collected; files answer
    ranges, and the API's answers keep their ETags, both of which count bytes as they are.

    A page can hold both a secret and words of the person who asks, and its length when compressed tells a
    little of both (BREACH). Django masks the token of its forms anew for each page and pads the stream by a
    random length; nothing else on our pages is a secret.
    """

    def process_response(self, request, response):
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
