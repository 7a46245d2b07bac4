import random
import tarfile
import zipfile

import pytest

from course_sources import tar_of, tar_with, write_files, zip_of
from exchange.archives import Limits, SourceRefused, inside, open_source, walk_files, walk_links

SMALL = Limits(file_size=2000, total_size=5000, files=10, ratio=20, ratio_floor=1000, depth=5)


@pytest.fixture
def folder(tmp_path):
    return write_files(
        tmp_path / "source", {"a.txt": "one", "deep/b.txt": "two", ".DS_Store": "x", "deep/._b.txt": "y"}
    )


def contents(root):
    return {path: (root / path).read_text() for path in walk_files(root)}


@pytest.mark.parametrize("pack", [zip_of, lambda folder, target: tar_of(folder, target, prefix=".")])
def test_an_archive_is_unpacked_and_cleared_away(folder, tmp_path, pack):
    with open_source(pack(folder, tmp_path / "packed")) as root:
        assert contents(root) == {"a.txt": "one", "deep/b.txt": "two"}
        kept = root
    assert not kept.exists()


def test_a_folder_is_read_where_it_is(folder):
    with open_source(folder) as root:
        assert root == folder


def one_entry_zip(target, name, data=b"x", mode=None):
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    if mode:
        info.external_attr = mode << 16
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(info, data)
    return target


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt"]
)
def test_paths_that_lead_out_are_refused(tmp_path, name):
    for archive in (
        one_entry_zip(tmp_path / "a.zip", name),
        tar_with(tmp_path / "a.tar.gz", (tarfile.TarInfo(name), b"x")),
    ):
        with pytest.raises(SourceRefused, match="points outside the archive"), open_source(archive):
            pass
    assert not (tmp_path / "evil.txt").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_tar_are_refused(tmp_path, kind):
    info = tarfile.TarInfo("innocent.txt")
    info.type, info.linkname = kind, "/etc/passwd"
    with (
        pytest.raises(SourceRefused, match="a link or a device"),
        open_source(tar_with(tmp_path / "a.tar", (info, b""))),
    ):
        pass


def test_links_in_zip_are_refused(tmp_path):
    archive = one_entry_zip(tmp_path / "a.zip", "innocent.txt", b"/etc/passwd", mode=0o120777)
    with pytest.raises(SourceRefused, match="a link or a device"), open_source(archive):
        pass


@pytest.mark.parametrize("wrap", ["zip", "tar"])
def test_too_large_files_are_refused(tmp_path, wrap):
    data = bytes(range(256)) * 10
    if wrap == "zip":
        archive = one_entry_zip(tmp_path / "a.zip", "film.mp4", data)
    else:
        archive = tar_with(tmp_path / "a.tar", (tarfile.TarInfo("film.mp4"), data))
    with (
        pytest.raises(SourceRefused, match=r"“film.mp4” in “a.(zip|tar)” is larger"),
        open_source(archive, limits=SMALL),
    ):
        pass


def test_a_zip_that_lies_about_its_sizes_is_found_out(tmp_path):
    """The table says ten bytes; what comes out counts."""
    archive = one_entry_zip(tmp_path / "a.zip", "film.mp4", bytes(range(256)) * 20)
    raw = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = raw.find(signature) + offset
        raw[at : at + 4] = (10).to_bytes(4, "little")
    archive.write_bytes(raw)
    with pytest.raises(SourceRefused), open_source(archive, limits=SMALL):
        pass


def test_bombs_are_refused(tmp_path):
    zeros = one_entry_zip(tmp_path / "zeros.zip", "zeros", b"\0" * 1900)
    with (
        pytest.raises(SourceRefused, match="unpacks to far more than its size allows"),
        open_source(zeros, limits=Limits(ratio=5, ratio_floor=1000)),
    ):
        pass
    many = write_files(tmp_path / "many", {f"{n}.txt": "x" for n in range(11)})
    with (
        pytest.raises(SourceRefused, match="more than 10 files"),
        open_source(zip_of(many, tmp_path / "many.zip"), limits=SMALL),
    ):
        pass
    large = write_files(tmp_path / "large", {f"{n}.bin": bytes(range(250)) * 6 for n in range(5)})
    with (
        pytest.raises(SourceRefused, match="unpacks to more than"),
        open_source(tar_of(large, tmp_path / "large.tar.gz"), limits=Limits(total_size=5000, ratio=10**6)),
    ):
        pass


def test_two_gigabytes_are_refused_by_their_header_alone(tmp_path):
    info = tarfile.TarInfo("film.mp4")
    info.size = 2 * 1024**3
    (tmp_path / "a.tar").write_bytes(info.tobuf() + b"\0" * 512)
    with pytest.raises(SourceRefused, match="larger than 500 MB"), open_source(tmp_path / "a.tar"):
        pass


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.zip", b"PK\x03\x04 cut short", "not a whole zip archive"),
        ("a.imscc", b"", "not a whole zip archive"),
        ("a.tar.gz", b"\x1f\x8b\x08 no more", "neither a folder, a zip nor a tar archive|damaged"),
        ("a.bin", b"hello", "neither a folder, a zip nor a tar archive"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path, name, data, sentence):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceRefused, match=sentence), open_source(tmp_path / name):
        pass


def test_a_cut_archive_is_refused(folder, tmp_path):
    noise = random.Random(1).randbytes(50_000)
    archive = tar_of(write_files(folder, {"big.bin": noise}), tmp_path / "a.tar.gz")
    archive.write_bytes(archive.read_bytes()[:30_000])
    with pytest.raises(SourceRefused), open_source(archive):
        pass


def test_a_protected_zip_is_refused(tmp_path):
    archive = one_entry_zip(tmp_path / "a.zip", "a.txt")
    raw = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.find(signature) + offset] |= 1
    archive.write_bytes(raw)
    with pytest.raises(SourceRefused, match="protected by a password"), open_source(archive):
        pass


def test_nothing_outside_is_read_through_a_link(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("no")
    root = write_files(tmp_path / "source", {"a.txt": "yes"})
    (root / "b.txt").symlink_to(secret)
    assert walk_files(root) == ["a.txt"]
    assert walk_links(root) == ["b.txt"]
    assert inside(root, "b.txt") is None
    assert inside(root, "../secret.txt") is None
    assert inside(root, "a.txt") == (root / "a.txt").resolve()


def test_a_missing_path_is_refused(tmp_path):
    with pytest.raises(SourceRefused, match="There is no file or folder"), open_source(tmp_path / "nowhere"):
        pass
