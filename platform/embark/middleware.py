"""The admin's own content security policy."""

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
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
