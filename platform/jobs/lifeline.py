"""Child processes that can't outlive their parent (Linux; elsewhere they are ordinary children)."""

import ctypes
import os
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def die_with(parent: int, with_signal: signal.Signals = signal.SIGKILL) -> None:
    """Asks the kernel to send `with_signal` to this process when its parent ends, however it ends.

    `parent` is the parent's process id as the parent knows it: one that ended before this call is
    noticed. The kernel ties the request to the parent's thread that made this process, and forgets it
    on a change of user, so it is made after one.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def popen(command, *, death_signal: signal.Signals = signal.SIGKILL, **options) -> subprocess.Popen:
    """`subprocess.Popen` of a child that gets `death_signal` when the calling thread ends."""
    parent = os.getpid()
    return subprocess.Popen(command, preexec_fn=lambda: die_with(parent, death_signal), **options)
