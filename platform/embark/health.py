"""Two addresses for machines: /health/live (the process answers) and /health/ready (it can serve).

Ready needs the database alone: the cache, the broker and the model have fall-backs, so their state is
told and doesn't take the site out of rotation.
"""

from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_checks: dict[str, Callable[[], str]] = {}


def register(name: str, check: Callable[[], str]) -> None:
    """Adds `check` to what /health/ready tells; it returns a short word such as "ok" or "none"."""
    _checks[name] = check


@require_safe
@never_cache
def live(request):
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request):
    database = _database()
    parts = {"database": database, "cache": _cache()}
    if database == "ok":
        parts |= {name: _answer(check) for name, check in _checks.items()}
    return JsonResponse(
        {"status": "ok" if database == "ok" else "unavailable", **parts},
        status=200 if database == "ok" else 503,
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unavailable"
    return "ok"


def _cache() -> str:
    cache.set("health", "ok", 10)  # a cache that is away forgets it: its errors are misses
    return cache.get("health") or "unavailable"


def _answer(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception:
        return "unavailable"


urlpatterns = [
    path("live", live, name="health-live"),
    path("ready", ready, name="health-ready"),
]
