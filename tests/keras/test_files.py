"""keras.utils.get_file: the cache, hashes, broken downloads and archives made to do harm."""

import hashlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

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
    assert list(tmp_path.rglob("*")) == [archive, tmp_path / "deep"]


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
        ("bin/x", "->../lib/x.so.1"), ("hard", "=lib/x.so.1"), ("lib/x.so.1", b"new"),
    ]  # fmt: skip
    target = tmp_path / "target"
    for _ in range(2):  # and once more over what is there
        archives.extract_archive(tar_with(tmp_path / "set.tar.gz", *members), target)
        for name in ("lib/x.so", "x", "here/x", "bin/x"):
            assert (target / name).read_bytes() == b"new"


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


def test_archive_formats(tmp_path):
    archive = zip_with(tmp_path / "set.zip", GOOD)
    assert not archives.extract_archive(archive, tmp_path / "a", "tar")
    assert not archives.extract_archive(archive, tmp_path / "a", None)
    assert not (tmp_path / "a").exists()
    assert archives.extract_archive(archive, tmp_path / "a", ["tar", "zip"])
    with pytest.raises(ValueError, match="archive_format"):
        archives.extract_archive(archive, tmp_path / "b", "rar")
