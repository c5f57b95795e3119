"""keras.utils.get_file: the cache, hashes, broken downloads and archives made to do harm."""

import contextlib
import gzip
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import audit
import pytest

from tensorbrook.keras.utils import archives
from tensorbrook.keras.utils.files import get_file

NOWHERE = "http://127.0.0.1:9/numbers.npz"  # the discard port: nobody answers


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes(b"figures")
    return path


def left_in(folder: pathlib.Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file()) if folder.exists() else []


def test_a_file_is_fetched_once_and_kept(page, home, capsys):
    path = get_file(origin=page.as_uri(), file_hash=sha256(b"figures"))
    assert path == str(home / "datasets" / "page.txt")
    assert pathlib.Path(path).read_bytes() == b"figures"
    assert "Downloading data from" in capsys.readouterr().out
    page.write_bytes(b"changed")
    get_file(origin=page.as_uri(), file_hash=sha256(b"figures"))
    assert pathlib.Path(path).read_bytes() == b"figures"
    assert capsys.readouterr().out == ""
    get_file(origin=page.as_uri(), force_download=True)
    assert pathlib.Path(path).read_bytes() == b"changed"


@pytest.mark.parametrize(
    "options",
    [
        {"file_hash": sha256(b"figures").upper()},
        {"md5_hash": hashlib.md5(b"figures").hexdigest()},
        {"file_hash": hashlib.md5(b"figures").hexdigest()},
        {"file_hash": sha256(b"figures"), "hash_algorithm": "sha256"},
    ],
)
def test_hashes_that_fit(page, options):
    assert pathlib.Path(get_file("other.txt", page.as_uri(), **options)).name == "other.txt"


def test_a_wrong_hash_leaves_nothing(page, home):
    with pytest.raises(ValueError, match="Incomplete or corrupted file detected"):
        get_file(origin=page.as_uri(), file_hash="0" * 64)
    assert left_in(home) == []


def test_a_cached_file_with_a_wrong_hash_is_fetched_again(page, home):
    (home / "datasets").mkdir(parents=True)
    (home / "datasets" / "page.txt").write_bytes(b"cut of")
    path = get_file(origin=page.as_uri(), file_hash=sha256(b"figures"))
    assert pathlib.Path(path).read_bytes() == b"figures"


def test_offline_says_what_to_put_where(home):
    with pytest.raises(ConnectionError) as caught:
        get_file(origin=NOWHERE, file_hash="ab" * 32)
    message = str(caught.value)
    target = str(home / "datasets" / "numbers.npz")
    for part in (NOWHERE, target, "ab" * 32, "sha256", "KERAS_HOME"):
        assert part in message
    assert left_in(home) == []


def test_a_download_that_breaks_off_leaves_nothing(home):
    class Half(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"x" * 500)

        def log_message(self, *_):
            return None

    server = HTTPServer(("127.0.0.1", 0), Half)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    try:
        with pytest.raises(ConnectionError, match="URL fetch failure"):
            get_file(origin=f"http://127.0.0.1:{server.server_port}/half.bin")
    finally:
        thread.join()
        server.server_close()
    assert left_in(home) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give `origin`"),
        ({"origin": "http://host/"}, "names no file"),
        ({"origin": NOWHERE, "fname": "../up.txt"}, "plain name"),
        ({"origin": NOWHERE, "fname": ".."}, "plain name"),
        ({"origin": "data:text/plain,hello", "fname": "x"}, "must be a URL"),
        ({"origin": NOWHERE, "file_hash": "0", "hash_algorithm": "crc"}, "hash_algorithm"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        get_file(**arguments)


def tar_with(path, *members):
    """A tar.gz of (name, what): bytes are a file, text `->x` a symbolic link, `=x` a hard one."""
    with tarfile.open(path, "w:gz") as archive:
        for name, what in members:
            info = tarfile.TarInfo(name)
            if isinstance(what, bytes):
                info.size = len(what)
                archive.addfile(info, io.BytesIO(what))
                continue
            info.type = {"-": tarfile.SYMTYPE, "=": tarfile.LNKTYPE, "c": tarfile.CHRTYPE}[what[0]]
            info.linkname = what.lstrip("-=>c")
            archive.addfile(info)
    return path


def zip_with(path, *members):
    """A zip of (name, bytes), or (name, `->x`) for a symbolic link."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, what in members:
            info = zipfile.ZipInfo(name)
            link = isinstance(what, str)
            info.external_attr = (0o120777 if link else 0o100644) << 16
            archive.writestr(info, what)
    return path


def test_archives_are_unpacked(tmp_path, home):
    tar = tar_with(tmp_path / "set.tar.gz", ("set/a.txt", b"a"), ("set/b", "->a.txt"))
    folder = get_file(origin=tar.as_uri(), extract=True)
    assert folder == str(home / "datasets" / "set.tar.gz")
    assert pathlib.Path(folder, "set", "b").read_bytes() == b"a"
    assert (home / "datasets" / "set.tar.gz_archive").exists()
    folder = get_file("other.tar.gz", tar.as_uri(), untar=True)
    assert folder == str(home / "datasets" / "other_extracted")
    packed = zip_with(tmp_path / "set.zip", ("a/b.txt", b"b"))
    folder = get_file("plain", packed.as_uri(), extract=True)
    assert folder == str(home / "datasets" / "plain")
    assert pathlib.Path(folder, "a", "b.txt").read_bytes() == b"b"
    # A new archive of the same name is unpacked over the old one.
    zip_with(tmp_path / "set.zip", ("a/b.txt", b"new"))
    get_file("plain", packed.as_uri(), extract=True, force_download=True)
    assert pathlib.Path(folder, "a", "b.txt").read_bytes() == b"new"


def test_what_is_no_archive_is_said(page):
    with pytest.raises(ValueError, match="is no archive"):
        get_file(origin=page.as_uri(), extract=True)


GOOD = ("good.txt", b"good")
EVIL = [
    (tar_with, ("../up.txt", b"x")),
    (tar_with, ("/tmp/tensorbrook-evil.txt", b"x")),
    (tar_with, ("a/../../up.txt", b"x")),
    (tar_with, ("link", "->../../outside")),
    (tar_with, ("link", "->/etc")),
    (tar_with, ("hard", "=../outside")),
    (tar_with, ("hard", "=absent.txt")),
    (tar_with, ("good.txt", "->other.txt")),
    (tar_with, ("device", "c")),
    (tar_with, ("a/" * 150 + "b", b"x")),
    (tar_with, ("hard/../../x", "=good.txt")),
    (tar_with, ("/hard", "=good.txt")),
    (tar_with, ("hard", "=../good.txt")),
    (tar_with, ("link", "->..\\up.txt")),
    (tar_with, ("link", "->")),
    (tar_with, ("x", "c")),
    (zip_with, ("a/" * 150 + "b", b"x")),
    (zip_with, ("../up.txt", b"x")),
    (zip_with, ("a/../../up.txt", b"x")),
    (zip_with, ("/tmp/tensorbrook-evil.txt", b"x")),
    (zip_with, ("C:evil.txt", b"x")),
    (zip_with, ("..\\up.txt", b"x")),
    (zip_with, ("link", "->/etc")),
]


@pytest.mark.parametrize(("make", "member"), EVIL)
@pytest.mark.parametrize("exists", [False, True])
def test_evil_archives_are_refused_whole(tmp_path, make, member, exists):
    target = tmp_path / "deep" / "target"
    if exists:
        target.mkdir(parents=True)
    archive = make(tmp_path / "evil", GOOD, member)
    before = {p for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(archives.UnsafeArchiveError):
        archives.extract_archive(archive, target)
    assert {p for p in tmp_path.rglob("*") if p.is_file()} == before
    assert target.exists() is exists
    assert not os.path.exists("/tmp/tensorbrook-evil.txt")


@pytest.mark.parametrize(
    "members",
    [
        [("a", "->."), ("a/b", "->.."), ("a/b/up.txt", b"x")],
        [("a/b", b""), ("l", "->a"), ("m", "->l/../../up.txt")],
        [("l", "->a"), ("a/../l/up.txt", b"x")],
        [("A", "->b"), ("a/up.txt", b"x")],
        [("\u00e9", "->b"), ("e\u0301/up.txt", b"x")],
        [("m", "->l"), ("m", b"x"), ("l", b"")],
        [("l", "->up.txt"), ("hard", "=l"), ("hard", b"x")],
        [("m", "->l/up.txt"), ("l", "->b")],
    ],
)
def test_nothing_lies_behind_a_link(tmp_path, members):
    archive = tar_with(tmp_path / "evil.tar.gz", *members)
    with pytest.raises(archives.UnsafeArchiveError):
        archives.extract_archive(archive, tmp_path / "deep" / "target")
    assert list(tmp_path.rglob("*")) == [archive]


def test_links_that_lie_in_the_folder_already(tmp_path):
    target, outside = tmp_path / "target", tmp_path / "outside"
    target.mkdir(), outside.mkdir()
    (outside / "good.txt").write_text("mine")
    for link, to in (("good.txt", outside / "good.txt"), ("folder", outside)):
        (target / link).symlink_to(to)
        member = GOOD if link == "good.txt" else ("folder/good.txt", b"yours")
        archive = tar_with(tmp_path / "set.tar.gz", member)
        with pytest.raises(archives.UnsafeArchiveError, match="link"):
            archives.extract_archive(archive, target)
        (target / link).unlink()
    assert (outside / "good.txt").read_text() == "mine"


def test_links_that_stay_inside(tmp_path):
    members = [
        ("lib/x.so.1", b"x"), ("lib/x.so", "->x.so.1"), ("x", "->lib/x.so"), ("here", "->."),
        ("bin/x", "->../lib/x.so.1"), ("hard", "=lib/x.so.1"),
    ]  # fmt: skip
    target = tmp_path / "target"
    for content in (b"x", b"new"):  # and once more over what is there
        members[0] = ("lib/x.so.1", content)
        archives.extract_archive(tar_with(tmp_path / "set.tar.gz", *members), target)
        for name in ("lib/x.so", "x", "here/x", "bin/x", "hard"):
            assert (target / name).read_bytes() == content
    assert sorted(os.listdir(target)) == ["bin", "hard", "here", "lib", "x"]


def test_links_longer_than_a_path_may_be(tmp_path):
    """The way of CVE-2025-4517: what the file system says of such links is wrong."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    long, path, members = "d" * 247, "", []
    for step in "abcdefghijklmnop":
        members += [(f"{path}{long}/x", b""), (path + step, "->" + long)]
        path += long + "/"
    link = "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/" + "l" * 254
    members += [(link, "->" + "../" * 16), ("escape", f"->{link}/../victim"), ("hard", "=escape")]
    archive = tar_with(tmp_path / "evil.tar.gz", *members, ("hard", b"yours"))
    with pytest.raises(archives.UnsafeArchiveError, match="behind the link"):
        archives.extract_archive(archive, tmp_path / "target")
    assert victim.read_text() == "mine"


def test_a_user_without_a_home_folder(tmp_path):
    code = """
import pwd
def gone(user): raise KeyError(user)
pwd.getpwuid = gone
import tensorbrook as tf
print(float(tf.function(lambda x: x + 1)(tf.constant(1.0))))
try:
    tf.keras.utils.get_file(origin="file:///nothing.txt")
except PermissionError as error:
    print(error)
"""
    homes = ("HOME", "XDG_CACHE_HOME", "TENSORBROOK_CACHE_DIR", "KERAS_HOME")
    environment = {k: v for k, v in os.environ.items() if k not in homes}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.startswith("2.0\nThere is no home folder to put '~/.keras' into."), (
        done.stderr
    )
    assert not list(tmp_path.iterdir())


def test_twice_the_same_name_in_a_zip(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        archive = zip_with(tmp_path / "two.zip", GOOD, GOOD)
    with pytest.raises(archives.UnsafeArchiveError, match="comes twice"):
        archives.extract_archive(archive, tmp_path / "target")
    archive = tar_with(tmp_path / "two.tar.gz", GOOD, ("./good.txt", b"other"))
    with pytest.raises(archives.UnsafeArchiveError, match="comes twice"):
        archives.extract_archive(archive, tmp_path / "target")


def packed_tar(*members, ending=bytes(1024)):
    """The bytes of a tar of headers as they are, each (name, type, size as it stands there)."""
    data = b""
    for name, kind, size in members:
        header = name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
        header += size.ljust(12, b"\0") + b"00000000000\0" + b" " * 8 + kind + bytes(100)
        header = (header + b"ustar\00000").ljust(512, b"\0")
        total = b"%06o\0 " % sum(header)
        data += header[:148] + total + header[156:]
    return data + ending


LESS = b"\xff" * 12  # a size of -1
HUGE = b"77777777777"  # 8 GiB
DAMAGED = {
    "a size below nothing": packed_tar(("a", b"0", LESS)),
    "a chain of long names": packed_tar(*[("a", b"L", b"1")] * 2000),
    "a long name of 8 GiB": gzip.compress(packed_tar(("a", b"L", HUGE)) + bytes(1 << 21)),
    "a pax header below nothing": packed_tar(("a", b"x", LESS)),
    "a sparse file": packed_tar(("a", b"S", b"0")),
    "a bomb": gzip.compress(gzip.compress(bytes(1 << 27))),
    "a member that is cut off": packed_tar(("a", b"0", b"3000")),
    "a checksum that is wrong": gzip.compress(packed_tar(("a", b"5", b"0")))[:-8] + bytes(8),
    "a device": packed_tar(("a", b"3", b"0")),
    "a pipe": packed_tar(("a", b"6", b"0")),
    "of a kind that is not known": packed_tar(("a", b"z", b"0")),
    "a name that is the folder": packed_tar(("./", b"0", b"0")),
}


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("exists", [False, True])
def test_damaged_tars_and_bombs_are_refused(tmp_path, name, exists):
    target, archive = tmp_path / "target", tmp_path / "evil.tar"
    archive.write_bytes(DAMAGED[name])
    if exists:
        target.mkdir()
    start, before = time.process_time(), audit.everything_in(tmp_path)
    with contextlib.suppress(archives.UnsafeArchiveError):
        assert not archives.extract_archive(archive, target)
    assert audit.everything_in(tmp_path) == before
    assert time.process_time() - start < 5


def zeros_in_a_zip(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(1 << 27))


def overlapping_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        for name in "ab":
            archive.writestr(name, bytes(1000))
        archive.infolist()[1].header_offset = 0


def zeros_in_a_tar(path):
    with tarfile.open(path, "w:xz") as archive:
        archive.addfile(tarfile.TarInfo("zeros"))
        info = tarfile.TarInfo("more")
        info.size = 1 << 28
        archive.addfile(info, io.BytesIO(bytes(1 << 28)))


def many_folders(path):
    path.write_bytes(gzip.compress(packed_tar(("a", b"5", b"0"), ending=b"") * 300_000))


@pytest.mark.parametrize("make", [zeros_in_a_zip, overlapping_zip, zeros_in_a_tar, many_folders])
def test_bombs_are_refused_before_they_go_off(tmp_path, make):
    make(tmp_path / "bomb")
    with pytest.raises(archives.UnsafeArchiveError, match=r"200 times its size|lies over another"):
        archives.extract_archive(tmp_path / "bomb", tmp_path / "target")
    assert os.listdir(tmp_path) == ["bomb"]


def test_a_little_that_packs_well_is_no_bomb(tmp_path):
    archive = tar_with(tmp_path / "set.tar.gz", ("zeros", bytes(1 << 22)))
    assert archives.extract_archive(archive, tmp_path / "target")
    assert (tmp_path / "target" / "zeros").read_bytes() == bytes(1 << 22)


RECORDED = {
    "CVE-2024-55459": (tar_with, [("../../up.txt", b"x")]),
    "CVE-2025-12060": (tar_with, [("l", "->.."), ("l/up.txt", b"x")]),
    "CVE-2025-12638": (tar_with, [("a/b", b""), ("l", "->a/b/../../.."), ("l/up.txt", b"x")]),
    "Keras 22973": (tar_with, [GOOD, ("../up.txt", "=good.txt")]),
    "GHSA-hqp4-2352-xf5r": (tar_with, [("deep/up.txt", b"x"), ("l", "->../cwd/deep")]),
}


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("how", [archives.extract_archive, get_file])
def test_holes_that_keras_had(tmp_path, monkeypatch, home, name, how):
    make, members = RECORDED[name]
    source = tmp_path / "source"
    source.mkdir()
    archive = make(source / "set.tar.gz", *members)
    (tmp_path / "cwd" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "cwd")
    before = audit.everything_in(tmp_path)
    with pytest.raises(archives.UnsafeArchiveError):
        if how is get_file:
            get_file(origin=archive.as_uri(), extract=True)
        else:
            with audit.only(archive, writes=[tmp_path / "out"]):
                how(archive, "../out")
    assert not home.exists() or not any(path.is_file() for path in home.rglob("*"))
    shutil.rmtree(home, ignore_errors=True)
    assert audit.everything_in(tmp_path) == before


def test_a_relative_folder_is_the_one_that_is_checked(tmp_path, monkeypatch):
    """Links in the working folder do not count, nor do those beside the archive."""
    (tmp_path / "cwd").mkdir()
    (tmp_path / "cwd" / "good.txt").symlink_to("elsewhere")
    monkeypatch.chdir(tmp_path / "cwd")
    archives.extract_archive(tar_with(tmp_path / "set.tar.gz", GOOD), "../out")
    assert (tmp_path / "out" / "good.txt").read_bytes() == b"good"


def test_archive_formats(tmp_path):
    archive = zip_with(tmp_path / "set.zip", GOOD)
    assert not archives.extract_archive(archive, tmp_path / "a", "tar")
    assert not archives.extract_archive(archive, tmp_path / "a", None)
    assert not (tmp_path / "a").exists()
    assert archives.extract_archive(archive, tmp_path / "a", ["tar", "zip"])
    with pytest.raises(ValueError, match="archive_format"):
        archives.extract_archive(archive, tmp_path / "b", "rar")
