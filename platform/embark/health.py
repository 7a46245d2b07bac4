"""Two addresses for machines: /health/live (the process answers) and /health/ready (it can serve).

Ready needs the database alone: the cache, the broker and the model have fall-backs, so their state is
told and doesn't take the site out of rotation. While the site is closed for maintenance it is ready whatever
is down: a proxy that took it out of rotation would hide the page that says so.
"""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from embark import maintenance
from recommender import live as live_model


@require_safe
@never_cache
def live(request):
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request):
    database = _database()
    closed = maintenance.current() is not None
    told = {
        "status": "maintenance" if closed else database,
        "database": database,
        "cache": _cache(),
        "model": live_model.version() or "none",
        "maintenance": "on" if closed else "off",
    }
    return JsonResponse(told, status=200 if closed or database == "ok" else 503)


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


urlpatterns = [
    path("live", live, name="health-live"),
    path("ready", ready, name="health-ready"),
]
