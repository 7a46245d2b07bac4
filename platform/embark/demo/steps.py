"""One line for each step of a start, with the seconds it took."""

import sys
import time
from contextlib import contextmanager

PAUSE_SECONDS = 5


class Step:
    """A line that is rewritten on a terminal, and followed by others in a log."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.note = ""
        self.begun = self.told = time.monotonic()
        self._write(f"· {title} …", end="" if sys.stdout.isatty() else "\n")

    def tell(self, note: str) -> None:
        """Shows how far it is, on a terminal at once, elsewhere every few seconds."""
        if note == self.note:
            return
        self.note = note
        if sys.stdout.isatty():
            self._write(f"\r\033[K· {self.title} … {note}", end="")
        elif time.monotonic() - self.told > PAUSE_SECONDS:
            self.told = time.monotonic()
            self._write(f"  {self.title}: {note}")

    def end(self, mark: str, note: str = "") -> None:
        seconds = time.monotonic() - self.begun
        start = "\r\033[K" if sys.stdout.isatty() else ""
        self._write(f"{start}{mark} {self.title}{f' ({note})' if note else ''}, {seconds:.1f} s")

    @staticmethod
    def _write(text: str, end: str = "\n") -> None:
        sys.stdout.write(text + end)
        sys.stdout.flush()


@contextmanager
def step(title: str):
    current = Step(title)
    try:
        yield current
    except BaseException:
        current.end("✗")
        raise
    current.end("✓", current.note)
