"""Who a server runs as.

PostgreSQL refuses to run as root. Changing to another account would need the whole path to the clone
opened to it, so root's servers stay root outside and are someone else inside a user namespace. Where
namespaces are forbidden (most containers) they change to an unprivileged account and keep one
capability, reading and writing files regardless of modes, for the same reason.
"""

import ctypes
import os
import pwd
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import NoUnprivilegedUser

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWUSER = 0x10000000
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
SECBIT_NO_SETUID_FIXUP = 1 << 2


class CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapabilitySet(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


@dataclass(frozen=True)
class Identity:
    """`enter` runs in the child before exec; `uid` is the owner of its files seen from here."""

    name: str
    uid: int
    enter: Callable[[], None]


def _check(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _enter_namespace(inner_uid: int, inner_gid: int) -> None:
    uid, gid = os.geteuid(), os.getegid()
    _check(libc.unshare(CLONE_NEWUSER))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{inner_gid} {gid} 1\n")
    Path("/proc/self/uid_map").write_text(f"{inner_uid} {uid} 1\n")


def _enter_account(uid: int, gid: int) -> None:
    # Keeps the capabilities over the change of user, and lets access(2), by which initdb looks for its
    # neighbours, heed them.
    _check(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    mask = 1 << CAP_DAC_OVERRIDE
    sets = (CapabilitySet * 2)(CapabilitySet(mask, mask, mask), CapabilitySet(0, 0, 0))
    _check(libc.capset(ctypes.byref(CapabilityHeader(CAPABILITY_VERSION_3, 0)), sets))
    _check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def same() -> Identity:
    return Identity("same", os.geteuid(), lambda: None)


def namespace(account: pwd.struct_passwd) -> Identity:
    return Identity("namespace", os.geteuid(), lambda: _enter_namespace(account.pw_uid, account.pw_gid))


def unprivileged(account: pwd.struct_passwd) -> Identity:
    return Identity("account", account.pw_uid, lambda: _enter_account(account.pw_uid, account.pw_gid))


def _works(identity: Identity, binary: Path) -> bool:
    try:
        subprocess.run(
            [binary, "--version"], preexec_fn=identity.enter, stdout=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _other_account() -> pwd.struct_passwd:
    accounts = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    for entry in accounts:
        if entry.pw_name == "nobody":
            return entry
    if accounts:
        return accounts[0]
    raise NoUnprivilegedUser(
        "PostgreSQL refuses to run as root and /etc/passwd names nobody else; add a user or set DATABASE_URL."
    )


def hand_over(directory: Path, to: Identity) -> None:
    """Gives `directory` with all it holds to `to`, where the last server ran as somebody else."""
    if directory.stat().st_uid == to.uid:
        return
    for folder, _, files in os.walk(directory):
        for path in (folder, *(os.path.join(folder, name) for name in files)):
            os.chown(path, to.uid, -1, follow_symlinks=False)


def choose(binary: Path) -> Identity:
    """The first identity under which `binary` runs and which PostgreSQL accepts.

    Raises NoUnprivilegedUser.
    """
    uid = os.geteuid()
    if uid != 0:
        try:
            pwd.getpwuid(uid)
        except KeyError:
            pass  # initdb insists on a name, as it insists on not being root
        else:
            return same()
    account = _other_account()
    candidates = [namespace(account)]
    if uid == 0:
        candidates.append(unprivileged(account))
    for identity in candidates:
        if _works(identity, binary):
            return identity
    raise NoUnprivilegedUser(
        "PostgreSQL refuses to run as root, and here root may neither create a user namespace nor become "
        "another user; run Embark as an ordinary user or set DATABASE_URL to a server of yours."
    )
