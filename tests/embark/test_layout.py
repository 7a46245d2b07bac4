"""What the folders promise."""

import platform
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def packages():
    """Every top-level package on disk: a folder with an __init__.py, beside manage.py or in platform/."""
    return {path.parent.name for folder in (ROOT, ROOT / "platform") for path in folder.glob("*/__init__.py")}


def test_platform_is_a_folder_and_never_a_package():
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert Path(platform.__file__).parent == Path(sysconfig.get_path("stdlib"))


def test_platform_is_the_standard_library_s_from_the_project_folder_too():
    found = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.__file__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).parent == Path(sysconfig.get_path("stdlib"))


def test_every_package_is_installed():
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages()


def test_every_package_is_in_the_layers_contract():
    [contract] = [
        contract for contract in PROJECT["tool"]["importlinter"]["contracts"] if contract["type"] == "layers"
    ]
    layered = {name.strip() for layer in contract["layers"] for name in layer.split("|")}
    assert layered == packages()
    assert set(PROJECT["tool"]["importlinter"]["root_packages"]) == packages()


def test_no_test_folder_is_a_package():
    """In importlib mode an __init__.py would make tests/courses shadow courses."""
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_every_periodic_task_exists():
    from embark.celery import app

    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
