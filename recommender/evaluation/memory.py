"""The most memory a process has held during a piece of work."""

from __future__ import annotations

import resource
from contextlib import suppress
from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR_REFS = Path("/proc/self/clear_refs")


class PeakMemory:
    """`mebibytes` is the peak resident size between entry and exit.

    Linux lets a process reset its own peak (proc(5), clear_refs, value 5). Elsewhere, and where a container
    forbids it, the peak since the process began is reported.
    """

    mebibytes: float = 0.0

    def __enter__(self) -> PeakMemory:
        with suppress(OSError):
            CLEAR_REFS.write_text("5")
        return self

    def __exit__(self, *exception) -> None:
        if STATUS.exists():
            line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
            self.mebibytes = int(line.split()[1]) / 1024
        else:
            self.mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
