"""Tables for people and JSON for programs."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import django
from django.db import connection

PACKAGES = ("granian", "celery", "psycopg", "numpy", "onnxruntime", "torch")


def machine():
    """What the numbers depend on."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": model or platform.machine(),
        "cores": os.cpu_count(),
        "load average": [round(load, 1) for load in os.getloadavg()],
        "python": platform.python_version(),
        "django": django.get_version(),
        "postgresql": postgres,
    } | {name: version(name) for name in PACKAGES}


def percentiles(milliseconds, *shares):
    """The values below which so many percent lie, rounded to hundredths."""
    ordered = sorted(milliseconds)
    return [round(ordered[round(share / 100 * (len(ordered) - 1))], 2) for share in shares]


def table(rows, *, heading=("", "measured", "promised"), out=sys.stdout):
    """Rows under their heading, with the columns aligned."""
    rows = [heading, *rows]
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(heading))]
    for row in rows:
        line = "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True))
        out.write(line.rstrip() + "\n")


def write_json(path, results):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps({"machine": machine()} | results, indent=1, default=str) + "\n")
