"""A private `var/` with servers of its own, set before Django reads its settings."""

import os
import shutil
import tempfile
from pathlib import Path

OTHERS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "MODELS_DIR", "SUGGESTIONS_ENABLED", "SITE_URL")
MARK = "EMBARK_MEASURING"


def prepare(arguments: list[str]) -> None:
    """Point this process to `--folder DIR` (kept), or to a temporary folder (removed by `clean_up`).

    Servers named by the environment are left alone: a measurement fills and kills what it works on.
    """
    for name in OTHERS:
        os.environ.pop(name, None)
    folder = _option(arguments, "--folder")
    os.environ[MARK] = "kept" if folder else "temporary"
    os.environ["EMBARK_VAR"] = folder or tempfile.mkdtemp(prefix="embark-measuring-")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    # One thread a request, as the documents advise for web workers.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def clean_up() -> None:
    """Stop the servers, and remove the folder if it is a temporary one."""
    from django.db import connections

    from embark import services

    connections.close_all()
    services.release()
    if os.environ.get(MARK) == "temporary":
        shutil.rmtree(Path(os.environ["EMBARK_VAR"]), ignore_errors=True)


def _option(arguments: list[str], name: str) -> str | None:
    for place, argument in enumerate(arguments):
        if argument == name and place + 1 < len(arguments):
            return arguments[place + 1]
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return None
