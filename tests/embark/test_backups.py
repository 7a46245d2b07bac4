"""Backups of a site with content, restored into an empty database and into an empty server."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

from databases import OwnDatabase
from embark.backups import BackupError, programs, restoring

ROOT = Path(__file__).resolve().parents[2]
MEDIA = {"notes/äöü.txt": b"a note", "big.bin": bytes(range(256)) * 4096}
MODELS = {"live": b'{"live": "v1", "before": []}', "versions/v1/manifest.json": b"{}"}


class Place:
    """A database of its own with a `var/` of its own."""

    def __init__(self, folder):
        self.var = folder
        self.var.mkdir()
        self.database = OwnDatabase("backup")
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.database.url,
            "EMBARK_VAR": str(self.var),
            "MODELS_DIR": str(self.var / "models"),
        }

    def ask(self, statement):
        return self.database.ask(statement)

    def run(self, *command):
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, command)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )

    def tables(self):
        return self.ask(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )

    def files(self):
        return [path for name in ("media", "models") for path in (self.var / name).rglob("*")]

    def drop(self):
        self.database.drop()


def succeed(ended):
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def refusal(ended):
    """The one sentence of a command that refused."""
    assert ended.returncode == 1, ended.stdout + ended.stderr
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    return lines[0].removeprefix("CommandError: ")


def contents(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    return manifest["tables"], {
        name: file for name, file in manifest["files"].items() if name != "database.dump"
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A site with the sample library, simulated learners and some files."""
    place = Place(tmp_path_factory.mktemp("source") / "var")
    try:
        succeed(place.run("migrate", "-v0"))
        succeed(place.run("load_samples", "--learners", 5, "-v0"))
        for folder, files in (("media", MEDIA), ("models", MODELS)):
            for name, content in files.items():
                path = place.var / folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        draft = place.var / "models/versions/.v2.partial"
        draft.mkdir()
        (draft / "half").write_text("written")
        yield place
    finally:
        place.drop()


@pytest.fixture(scope="module")
def backup(source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("backups") / "one"
    told = succeed(source.run("backup", "--to", folder))
    assert str(folder) in told
    return folder


@pytest.fixture
def target(tmp_path):
    place = Place(tmp_path / "var")
    yield place
    place.drop()


@pytest.fixture
def copy(backup, tmp_path):
    """The backup in a folder that the test may spoil."""
    return Path(shutil.copytree(backup, tmp_path / "copy"))


def test_a_backup_names_every_row_and_file(source, backup):
    tables, files = contents(backup)
    assert {label.removeprefix("public.") for label in tables} == {name for (name,) in source.tables()}
    for label in ("courses_course", "quizzes_question", "activity_event", "django_migrations"):
        (total,) = source.ask(f"SELECT count(*) FROM {label}")[0]
        rows = tables.get(f"public.{label}") or {
            "rows": sum(t["rows"] for name, t in tables.items() if name.startswith(f"public.{label}_"))
        }
        assert rows["rows"] == total > 0
    assert {f"media/{name}" for name in MEDIA} | {f"models/{name}" for name in MODELS} <= files.keys()
    assert not [name for name in files if "partial" in name]
    assert backup.stat().st_mode & 0o077 == 0


def test_an_empty_database_becomes_the_same_site(backup, target, tmp_path):
    told = succeed(target.run("restore", backup))
    assert "as they were" in told
    again = tmp_path / "again"
    succeed(target.run("backup", "--to", again))
    assert contents(again) == contents(backup)
    for name, content in MEDIA.items():
        assert (target.var / "media" / name).read_bytes() == content
    assert "No migrations to apply" in succeed(target.run("migrate"))
    assert "sound" in succeed(target.run("check_ledger"))


def test_new_rows_follow_the_restored_ones(backup, target):
    succeed(target.run("restore", backup))
    found = target.ask(
        "INSERT INTO courses_topic (name, slug, description) SELECT 'New', 'new-topic', '' "
        "RETURNING id > (SELECT max(id) FROM courses_topic)"
    )
    assert found == [(True,)]


def test_an_empty_server_becomes_the_same_site(backup, tmp_path):
    """The embedded pair, initialised by the restore itself; and from it into the next one."""
    last = backup
    for round_ in ("first", "second"):
        plain = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "MODELS_DIR")
        }
        environment = {**plain, "EMBARK_VAR": str(tmp_path / f"var-{round_}")}

        def run(*command, environment=environment):
            command = [sys.executable, "manage.py", *map(str, command)]
            return succeed(subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True))

        run("restore", last)
        again = tmp_path / round_
        run("backup", "--to", again)
        assert contents(again) == contents(backup)
        last = again


def test_a_used_database_is_refused(source, backup):
    before = source.ask("SELECT count(*) FROM courses_course")
    assert "already holds" in refusal(source.run("restore", backup))
    assert source.ask("SELECT count(*) FROM courses_course") == before


def test_used_folders_are_refused(backup, target):
    (target.var / "media").mkdir()
    (target.var / "media/mine.txt").write_text("mine")
    assert "holds files" in refusal(target.run("restore", backup))
    assert (target.tables(), target.files()) == ([], [target.var / "media/mine.txt"])


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def alter(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("database.dump", truncate),
        ("database.dump", alter),
        ("media/big.bin", truncate),
        ("models/live", alter),
        ("media/notes/äöü.txt", Path.unlink),
        ("manifest.json", truncate),
        ("manifest.json", alter),
        ("manifest.json", Path.unlink),
        ("manifest.sha256", Path.unlink),
    ],
)
def test_a_damaged_file_is_found(copy, name, spoil):
    restoring.verify(copy)
    spoil(copy / name)
    with pytest.raises(BackupError, match=name.split("/")[-1]):
        restoring.verify(copy)


@pytest.mark.parametrize("spoil", [truncate, alter])
def test_a_damaged_dump_is_refused_in_one_sentence(copy, target, spoil):
    spoil(copy / "database.dump")
    assert "database.dump is not as it was written" in refusal(target.run("restore", copy))
    assert (target.tables(), target.files()) == ([], [])


def reseal(folder, manifest):
    """What somebody with tools could do: a changed manifest with a sum that fits."""
    (folder / "manifest.json").write_text(json.dumps(manifest))
    ended = subprocess.run(["sha256sum", "manifest.json"], cwd=folder, capture_output=True, check=True)
    (folder / "manifest.sha256").write_bytes(ended.stdout)


@pytest.mark.parametrize("expected", [{"rows": 1}, {"checksum": "1"}])
def test_a_table_that_comes_back_otherwise_undoes_everything(copy, target, expected):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["tables"]["public.courses_lesson"].update(expected)
    reseal(copy, manifest)
    said = refusal(target.run("restore", copy))
    assert "courses_lesson" in said
    assert "nothing was changed" in said
    assert (target.tables(), target.files()) == ([], [])


def test_a_backup_of_newer_code_is_refused(copy, target):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["migrations"].append("courses.9999_from_the_future")
    reseal(copy, manifest)
    assert "courses.9999_from_the_future" in refusal(target.run("restore", copy))
    assert target.tables() == []


def test_a_dump_of_a_newer_server_is_refused(copy, target):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["postgres"] = 99
    reseal(copy, manifest)
    assert "99 or newer" in refusal(target.run("restore", copy))
    assert (target.tables(), target.files()) == ([], [])


def test_a_backup_overwrites_none(source, backup):
    before = (backup / "manifest.json").read_bytes()
    assert "exists" in refusal(source.run("backup", "--to", backup))
    assert (backup / "manifest.json").read_bytes() == before


def test_a_backup_without_room_leaves_nothing(source, tmp_path):
    """Files end at 64 KiB, as on a full disk."""
    ended = subprocess.run(
        ["bash", "-c", f"ulimit -f 64; exec {sys.executable} manage.py backup --to {tmp_path}/full"],
        cwd=ROOT,
        env=source.environment,
        capture_output=True,
        text=True,
    )
    refusal(ended)
    assert list(tmp_path.iterdir()) == []


def test_every_model_has_a_checksum_in_the_backup(backup):
    """A model that nobody saves would be lost without a word."""
    tables, _files = contents(backup)
    saved = {label.removeprefix("public.") for label in tables}
    partitioned = {"activity_event", "activity_impression"}
    wanted = {
        model._meta.db_table for model in apps.get_models() if model._meta.managed and not model._meta.proxy
    } - partitioned
    assert wanted <= saved


def test_a_folder_that_may_not_be_read_is_passed_over(tmp_path, monkeypatch):
    """PATH of whoever became another user often names some. (Root may read them all.)"""
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    monkeypatch.setenv("PATH", f"{closed}{os.pathsep}{os.environ['PATH']}")
    folder, major = programs.fitting(1)
    assert folder != closed
    assert major >= 1
