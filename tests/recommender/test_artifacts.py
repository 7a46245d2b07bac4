"""Versions on disk: whole or not there, and live by one switch."""

import json
import os

import numpy as np
import pytest

from recommender import artifacts
from recommender.artifacts import ArtifactBroken


def make(root, version, content="weights"):
    with artifacts.building(root, version) as folder:
        (folder / "part").mkdir()
        (folder / "part" / "a.txt").write_text(content)
        (folder / "b.txt").write_text("b")
    return artifacts.version_path(root, version)


@pytest.fixture
def root(tmp_path):
    for version in ("v1", "v2", "v3"):
        make(tmp_path, version)
    return tmp_path


def test_nothing_is_live_at_first(tmp_path):
    assert artifacts.live(tmp_path) is None
    assert artifacts.versions(tmp_path) == []
    with pytest.raises(LookupError, match="no earlier"):
        artifacts.roll_back(tmp_path)


def test_publishing_and_rolling_back(root):
    for version in ("v1", "v2", "v3"):
        artifacts.publish(root, version)
    assert artifacts.live_id(root) == "v3"
    assert artifacts.roll_back(root) == "v2"
    assert artifacts.roll_back(root) == "v1"
    with pytest.raises(LookupError):
        artifacts.roll_back(root)
    assert artifacts.live_id(root) == "v1"


def test_publishing_what_is_live_changes_nothing(root):
    artifacts.publish(root, "v1")
    artifacts.publish(root, "v2")
    artifacts.publish(root, "v2")
    assert artifacts.roll_back(root) == "v1"


def test_rolling_back_passes_over_what_is_broken(root):
    for version in ("v1", "v2", "v3"):
        artifacts.publish(root, version)
    (artifacts.version_path(root, "v2") / "b.txt").write_text("altered")
    assert artifacts.roll_back(root) == "v1"


DAMAGE = {
    "altered": lambda path: (path / "b.txt").write_text("c"),
    "grown": lambda path: (path / "b.txt").write_text("bb"),
    "gone": lambda path: (path / "part" / "a.txt").unlink(),
    "added": lambda path: (path / "c.txt").write_text("c"),
    "no manifest": lambda path: (path / artifacts.MANIFEST).unlink(),
    "no JSON": lambda path: (path / artifacts.MANIFEST).write_text("{"),
    "other format": lambda path: (path / artifacts.MANIFEST).write_text('{"format": 9, "files": {}}'),
}
NAMED = {"altered": "b.txt", "grown": "b.txt", "gone": "part/a.txt", "added": "c.txt"}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_version_is_named_and_never_goes_live(root, damage):
    artifacts.publish(root, "v1")
    path = artifacts.version_path(root, "v2")
    artifacts.verify(path)
    DAMAGE[damage](path)
    with pytest.raises(ArtifactBroken) as caught:
        artifacts.publish(root, "v2")
    assert caught.value.file == NAMED.get(damage, artifacts.MANIFEST)
    assert artifacts.live_id(root) == "v1"


def test_a_version_that_is_not_finished_is_not_there(tmp_path):
    def die_half_way():
        with artifacts.building(tmp_path, "v1") as folder:
            (folder / "a.txt").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die_half_way()
    assert artifacts.versions(tmp_path) == []
    assert [path for path in (tmp_path / "versions").rglob("*") if path.is_file()] == []
    make(tmp_path, "v1")


def test_a_version_is_never_rewritten(root):
    with pytest.raises(FileExistsError):
        make(root, "v1", "other")


@pytest.mark.parametrize("version", ["../v1", "", ".hidden", "a/b", "a" * 99])
def test_a_version_can_not_leave_the_folder(tmp_path, version):
    with pytest.raises(ValueError, match="is no model version"):
        artifacts.version_path(tmp_path, version)


def test_a_broken_pointer_means_that_nothing_is_live(root):
    artifacts.publish(root, "v1")
    (root / "live").write_text("{")
    assert artifacts.live(root) is None
    artifacts.publish(root, "v2")
    assert artifacts.live_id(root) == "v2"


def test_the_live_version_can_not_be_removed(root):
    artifacts.publish(root, "v1")
    with pytest.raises(ValueError, match="is live"):
        artifacts.remove(root, "v1")
    artifacts.remove(root, "v2")
    assert artifacts.versions(root) == ["v1", "v3"]


def test_ids_sort_by_time_and_differ():
    ids = [artifacts.new_id() for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(artifacts.version_path("/models", one) for one in ids)


def test_arrays_come_back_as_they_were(tmp_path):
    arrays = {"a": np.arange(6, dtype=np.int32).reshape(2, 3), "sources/ease/weights": np.ones(4, np.float32)}
    artifacts.save_arrays(tmp_path, arrays)
    opened = artifacts.open_arrays(tmp_path)
    assert opened.keys() == arrays.keys()
    for name, array in arrays.items():
        assert (opened[name] == array).all()
        assert opened[name].dtype == array.dtype
        assert not opened[name].flags.writeable


def test_the_newest_sound_delta_counts(root):
    path = artifacts.version_path(root, "v1")
    assert artifacts.newest_delta(path) is None
    first = artifacts.write_delta(path, {"keys": ["a"]}, {"vectors": np.zeros((1, 2))})
    second = artifacts.write_delta(path, {"keys": ["a", "b"]}, {"vectors": np.zeros((2, 2))})
    assert artifacts.newest_delta(path) == second
    (second / "items.json").write_text(json.dumps({"keys": []}))
    assert artifacts.newest_delta(path) == first
    artifacts.verify(path)  # a delta never touches the version


def test_old_deltas_are_cleared_away(root):
    path = artifacts.version_path(root, "v1")
    for _ in range(4):
        artifacts.write_delta(path, {"keys": []}, {})
    assert sorted(os.listdir(artifacts.delta_folder(path))) == ["3", "4"]
