"""PostgreSQL and Valkey for a machine that has neither.

`ensure()` is called by every entry point before Django reads its settings. With `DATABASE_URL` and
`REDIS_URL` in the environment it starts nothing. Otherwise it starts (or joins) servers of its own
under `var/` and puts their addresses into the environment; nothing after it can tell the difference.
"""

from .client import ensure, ensure_or_exit, release
from .errors import ServiceError
from .places import secret_key, var_dir

__all__ = ["ServiceError", "ensure", "ensure_or_exit", "release", "secret_key", "var_dir"]
