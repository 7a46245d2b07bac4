"""The embedded servers, started for real in directories of their own."""

import json
import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from embark.services.places import Places

HOLD = """
import json, os, sys
from embark.services import ensure_or_exit, ensure
ensure_or_exit()
for line in iter(lambda: print(json.dumps(dict(os.environ)), flush=True) or sys.stdin.readline(), ""):
    ensure()
"""
# Runs its argument as root of a namespace that has all users but may not make a further namespace.
WITHOUT_NAMESPACES = """
import os, sys
from embark.services.identity import CLONE_NEWUSER, libc
ready, go = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    libc.unshare(CLONE_NEWUSER)
    os.write(ready[1], b"x")
    os.read(go[0], 1)
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
os.read(ready[0], 1)
for name in ("uid_map", "gid_map"):
    with open(f"/proc/{child}/{name}", "w") as file:
        file.write("0 0 65536")
os.write(go[1], b"x")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
OURS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SECRET_KEY")


def environment(var, **given):
    plain = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**plain, "EMBARK_VAR": str(var), **given}


class Holder:
    """A process that uses the servers of `var` until it is told to end."""

    def __init__(self, var, *command, **given):
        self.process = subprocess.Popen(
            [sys.executable, "-c", *(command or (HOLD,))],
            env=environment(var, **given),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.hear()

    def hear(self):
        self.environment = json.loads(self.process.stdout.readline())

    def ensure_again(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.hear()

    def end(self):
        self.process.stdin.close()
        self.process.wait(30)

    def kill(self):
        self.process.kill()
        self.process.wait(30)

    def query(self, statement):
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None

    def valkey(self):
        return redis.Redis.from_url(self.environment["REDIS_URL"])


@pytest.fixture
def var(tmp_path):
    """Where the servers of one test live; whatever still runs there is ended afterwards."""
    place = tmp_path / "var"
    yield place
    for pid in processes(place).values():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    until(lambda: not processes(place))


@pytest.fixture
def hold(var):
    """Starts holders, and ends those that still live."""
    holders = []

    def start(place=var, *command, **given):
        holders.append(Holder(place, *command, **given))
        return holders[-1]

    yield start
    for holder in holders:
        if holder.process.poll() is None:
            holder.end()


def processes(var):
    """Program name -> pid of every process that belongs to `var`."""
    marks = (str(var), str(Places(var).sockets))
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = entry.joinpath("cmdline").read_bytes().decode(errors="replace")
            home = os.readlink(entry / "cwd")
        except OSError:
            continue
        if any(mark in command or home.startswith(mark) for mark in marks):
            found[_name(command, entry.name)] = int(entry.name)
    return found


def _name(command, pid):
    if "supervisor" in command:
        return "supervisor"
    program = Path(command.split("\0")[0].split(" ")[0]).name
    return program if program in ("postgres", "valkey-server") else f"{program} {pid}"


def until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def refusal(var, **given):
    """The one line on standard error of a process that can't get its servers."""
    ended = subprocess.run(
        [sys.executable, "-c", HOLD],
        env=environment(var, **given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1, ended.stdout
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    return lines[0]


def test_starts_durable_servers_that_only_a_socket_reaches(hold):
    holder = hold()
    assert holder.query("SHOW server_version").startswith("18.")
    assert holder.query("SHOW fsync") == "on"
    assert holder.query("SHOW listen_addresses") == ""
    assert (
        holder.query("SELECT concat(datlocprovider, datlocale) FROM pg_database WHERE datname = 'embark'")
        == "bC.UTF-8"
    )
    settings = holder.valkey().config_get("*")
    assert settings["appendonly"] == "yes"
    assert settings["port"] == "0"


def test_a_connection_needs_the_password(hold):
    address = hold().environment["DATABASE_URL"]
    password = address.split(":")[2].split("@")[0]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address.replace(password, "guessed"))


def test_each_server_is_started_only_where_its_address_is_missing(hold, var):
    holder = hold(DATABASE_URL="postgres://elsewhere/embark")
    assert holder.environment["DATABASE_URL"] == "postgres://elsewhere/embark"
    assert holder.valkey().ping()
    assert "postgres" not in processes(var)
    holder.end()
    until(lambda: not processes(var))

    holder = hold(REDIS_URL="redis://elsewhere/0")
    assert holder.environment["REDIS_URL"] == "redis://elsewhere/0"
    assert "CELERY_BROKER_URL" not in holder.environment
    assert holder.query("SELECT 1") == 1
    assert "valkey-server" not in processes(var)


def test_nothing_is_started_where_both_addresses_are_given(hold, var):
    hold(DATABASE_URL="postgres://elsewhere/embark", REDIS_URL="redis://elsewhere/0")
    assert not (var / "postgres").exists()
    assert not processes(var)


def test_a_second_process_joins_and_keeps_the_servers_of_the_first(hold, var):
    first, second = hold(), hold()
    assert first.environment["DATABASE_URL"] == second.environment["DATABASE_URL"]
    pid = processes(var)["postgres"]
    first.end()
    assert second.query("SELECT 1") == 1
    assert processes(var)["postgres"] == pid
    second.end()
    until(lambda: not processes(var))


def test_a_later_call_is_cheap_and_changes_nothing(hold, var):
    holder = hold()
    before, pids = holder.environment, processes(var)
    started = time.monotonic()
    holder.ensure_again()
    assert time.monotonic() - started < 1
    assert holder.environment == before
    assert processes(var)["postgres"] == pids["postgres"]


def test_processes_that_start_together_share_one_pair(var):
    together = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD],
            env=environment(var),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    heard = {json.loads(process.stdout.readline())["DATABASE_URL"] for process in together}
    assert len(heard) == 1
    for process in together:
        process.communicate()
    until(lambda: not processes(var))


@pytest.mark.parametrize("victim", ["user", "supervisor"])
def test_a_kill_leaves_no_server_behind_and_no_row_lost(hold, var, victim):
    holder = hold()
    holder.query("CREATE TABLE kept (x int)")
    holder.query("INSERT INTO kept VALUES (7)")
    holder.valkey().set("kept", "7")
    if victim == "user":
        holder.kill()
    else:
        os.kill(processes(var)["supervisor"], signal.SIGKILL)
    until(lambda: not processes(var))

    if victim == "user":
        holder = hold()
    else:
        holder.ensure_again()  # the same process gets them back at the same address
    assert holder.query("SELECT x FROM kept") == 7
    assert holder.valkey().get("kept") == b"7"


@pytest.mark.parametrize("name", ["postgres", "valkey-server"])
def test_a_crashed_server_is_started_again_at_the_same_address(hold, var, name):
    holder = hold()
    holder.query("CREATE TABLE kept (x int)")
    holder.valkey().set("kept", "7")
    pid = processes(var)[name]
    os.kill(pid, signal.SIGKILL)

    def back():
        try:
            return holder.query("SELECT count(*) FROM kept") == 0 and holder.valkey().get("kept") == b"7"
        except (psycopg.Error, redis.RedisError):
            return False

    until(lambda: processes(var).get(name, pid) != pid and back())


def test_a_server_that_keeps_crashing_is_given_up(hold, var):
    hold()
    log = var / "log" / "services.log"
    broken = var / "valkey" / "appendonlydir"
    until(lambda: any(broken.glob("*.manifest")))
    for manifest in broken.glob("*.manifest"):
        manifest.write_text("not a manifest\n")
    os.kill(processes(var)["valkey-server"], signal.SIGKILL)
    until(lambda: not processes(var), seconds=30)
    assert "valkey ended 5 times within a minute" in log.read_text()


def test_a_stale_pid_file_of_a_living_process_is_seen_through(hold, var):
    hold().kill()
    until(lambda: not processes(var))
    (var / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{var / 'postgres'}\n")
    assert hold().query("SELECT 1") == 1


def test_a_lost_password_file_is_replaced(hold, var):
    hold().end()
    until(lambda: not processes(var))
    (var / "postgres.password").unlink()
    assert hold().query("SELECT 1") == 1


def test_data_of_another_version_is_refused(hold, var):
    hold().end()
    until(lambda: not processes(var))
    (var / "postgres" / "PG_VERSION").write_text("17\n")
    assert "was made by PostgreSQL 17 and this is PostgreSQL 18; dump it with" in refusal(var)


def test_a_half_copied_data_directory_is_refused(hold, var):
    hold().end()
    until(lambda: not processes(var))
    (var / "postgres" / "global" / "pg_control").unlink()
    assert "is not a complete PostgreSQL data directory" in refusal(var)


def test_damaged_data_is_refused(hold, var):
    hold().end()
    until(lambda: not processes(var))
    control = var / "postgres" / "global" / "pg_control"
    control.write_bytes(bytes(control.stat().st_size))
    sentence = refusal(var)
    assert "is damaged" in sentence
    assert "restore it from a backup, or move it away" in sentence


def test_damaged_queue_data_is_refused(hold, var):
    hold().end()
    until(lambda: not processes(var))
    for part in (var / "valkey" / "appendonlydir").glob("*.incr.aof"):
        part.write_bytes(b"*9\r\nnot a command at all\r\n" * 100)
    assert "it holds the cache and queued messages only, so move it away" in refusal(var)


def test_a_foreign_server_on_the_same_data_is_refused(hold, var):
    hold(REDIS_URL="redis://elsewhere/0").end()
    until(lambda: not processes(var))
    pretender = subprocess.Popen(["/bin/sleep", "60"], cwd=var / "postgres")
    (var / "postgres" / "postmaster.pid").write_text(f"{pretender.pid}\n")
    try:
        started = time.monotonic()
        assert f"Another PostgreSQL (process {pretender.pid}) works on" in refusal(var)
        assert time.monotonic() - started < 60
    finally:
        pretender.kill()
        pretender.wait()


def test_a_deep_var_works_though_a_socket_path_is_short(hold, tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-directory-name"] * 8)
    holder = hold(deep)
    assert len(str(deep)) > 107
    assert holder.query("SELECT 1") == 1
    holder.end()
    until(lambda: not processes(deep))


def test_a_home_that_only_its_owner_enters_stays_so(hold, tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    before = modes(tmp_path)
    holder = hold(home / "var")
    assert holder.query("SELECT 1") == 1
    assert modes(tmp_path) == before
    for path in (home / "var").rglob("*"):
        if path.exists() and not path.is_symlink():
            assert not stat.S_IMODE(path.stat().st_mode) & 0o022, path
    for name in ("postgres", "postgres.password", "secret_key", "log"):
        assert not stat.S_IMODE((home / "var" / name).stat().st_mode) & 0o077, name
    holder.end()
    until(lambda: not processes(home / "var"))


def modes(below):
    """The modes of the directories from the root down to `below/home`."""
    home = below / "home"
    return {str(path): path.stat().st_mode for path in (home, *home.parents)}


def test_a_socket_directory_that_others_can_enter_is_refused(var):
    sockets = Places(var).sockets
    sockets.mkdir()
    sockets.chmod(0o777)
    try:
        assert "must be a directory that only you can enter" in refusal(var)
    finally:
        sockets.rmdir()


def test_an_unwritable_var_is_refused(tmp_path):
    (tmp_path / "var").write_text("a file")
    assert "name another directory in EMBARK_VAR" in refusal(tmp_path / "var")


@pytest.mark.parametrize(
    ("megabytes", "given"),
    [(100, {}), (12, {"DATABASE_URL": "postgres://elsewhere/embark"})],
    ids=["postgres", "valkey"],
)
def test_a_full_disk_is_told(tmp_path, megabytes, given):
    """On a file system of a few megabytes, mounted where only the process itself sees it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size={megabytes}m tmpfs "$1" && exec "$2" -c "$3"'
    ended = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh", disk, sys.executable, HOLD],
        env=environment(disk / "var", **given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "free some space and start again" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_root_without_another_identity_is_told(tmp_path):
    """Root of a namespace that knows no other user and may not make a further one."""
    forbid = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$1" -c "$2"'
    ended = subprocess.run(
        ["unshare", "--map-root-user", "sh", "-c", forbid, "sh", sys.executable, HOLD],
        env=environment(tmp_path / "var"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "PostgreSQL refuses to run as root" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_the_secret_key_is_made_once_and_kept(hold, var):
    first = hold(REDIS_URL="redis://elsewhere/0")
    first.end()
    second = hold(REDIS_URL="redis://elsewhere/0")
    assert len(first.environment["SECRET_KEY"]) >= 50
    assert first.environment["SECRET_KEY"] == second.environment["SECRET_KEY"]
    assert hold(SECRET_KEY="given").environment["SECRET_KEY"] == "given"


def test_the_server_s_own_environment_is_not_the_caller_s(hold):
    holder = hold(PGDATA="/nonexistent", PGPORT="1", TZ="Asia/Tokyo", LC_ALL="C")
    assert holder.query("SHOW timezone") == "UTC"


if os.geteuid() == 0:  # for an ordinary user there is nobody else to become

    def test_root_without_namespaces_runs_the_servers_as_nobody(hold, var):
        holder = hold(var, WITHOUT_NAMESPACES, HOLD)
        nobody = pwd.getpwnam("nobody").pw_uid
        assert holder.query("SELECT 1") == 1
        assert holder.valkey().ping()
        for name in ("postgres", "valkey-server"):
            assert Path(f"/proc/{processes(var)[name]}").stat().st_uid == nobody
        os.kill(processes(var)["supervisor"], signal.SIGKILL)
        until(lambda: not processes(var))
        assert (var / "postgres").stat().st_uid == nobody

        holder = hold()  # the same data as root of an ordinary machine
        assert holder.query("SELECT 1") == 1
        assert (var / "postgres").stat().st_uid == 0
