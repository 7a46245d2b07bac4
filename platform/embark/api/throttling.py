"""How often may be asked: so many requests in a minute, for each learner or address and each scope.

The count of a window slides: the last full minute weighs as much as it still overlaps. It lives in the cache,
one atomic increment a request, and in a table while the cache is away (`embark.cache`).
"""

import math
import time

from django.core.cache import cache
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

KEY_PREFIX = "api:throttle:"
WINDOW = 60
READS = ("GET", "HEAD", "OPTIONS")


class Throttle(BaseThrottle):
    def allow_request(self, request, view):
        scope = self.scope(request, view)
        limit = api_settings.DEFAULT_THROTTLE_RATES[scope]
        who = f"u{request.user.pk}" if request.user.is_authenticated else f"a{self.get_ident(request)}"
        now = time.time()
        window, passed = divmod(now, WINDOW)
        key = f"{KEY_PREFIX}{scope}:{who}:"
        before = cache.get(f"{key}{int(window) - 1}", 0)
        current = f"{key}{int(window)}"
        cache.add(current, 0, 2 * WINDOW)
        count = cache.incr(current)
        self.seconds = math.ceil(WINDOW - passed)
        return before * (1 - passed / WINDOW) + count <= limit

    def scope(self, request, view):
        """Writes and dear reads (a view's `throttle_scope`) are counted apart from the rest."""
        if not request.user.is_authenticated:
            return "visitor"
        if request.method not in READS:
            return "write"
        return getattr(view, "throttle_scope", "learner")

    def wait(self):
        return self.seconds
