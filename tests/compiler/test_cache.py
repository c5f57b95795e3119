"""The cache of compiled code: whose entries are taken, and what else may lie in its folder."""

import os
import socket
import stat
import subprocess
import sys

import audit
import pytest

from tensorbrook.compiler import cache

ONE = "import tensorbrook as tf; print(float(tf.function(lambda x: x * 3)(tf.constant(2.0))))"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_CACHE_DIR", str(tmp_path / "cache"))
    cache.store("key", b"code")
    assert cache.load("key") == b"code"
    return tmp_path / "cache"


def entry(folder):
    return folder / cache._name("key")


def test_entries_are_the_users_alone(folder):
    assert stat.S_IMODE(entry(folder).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.listdir(folder) == [entry(folder).name]
    with audit.only(entry(folder), writes=[entry(folder)]):
        assert cache.load("key") == b"code"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_entries_that_others_may_write_are_not_run(folder, mode):
    entry(folder).chmod(mode)
    assert cache.load("key") is None
    os.unlink(entry(folder))
    cache.store("key", b"code")
    assert cache.load("key") == b"code"


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o1777])
def test_in_a_folder_that_others_may_write_to_each_has_his_own(folder, mode):
    folder.chmod(mode)
    assert cache.load("key") is None
    cache.store("key", b"mine")
    assert cache.load("key") == b"mine"
    own = folder / f"user-{os.geteuid()}"
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    own.chmod(mode)
    assert cache.load("key") is None
    cache.store("key", b"mine")
    assert cache.load("key") is None
    own.chmod(0o700)
    own.rename(folder / "elsewhere")
    own.symlink_to("elsewhere")
    assert cache.load("key") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_others_own_is_not_run(folder):
    os.chown(entry(folder), 65534, -1)
    assert cache.load("key") is None
    os.chown(entry(folder), 0, -1)
    assert cache.load("key") == b"code"
    os.chown(folder, 65534, -1)
    assert cache.load("key") is None


def a_socket(path):
    place = os.getcwd()
    os.chdir(path.parent)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(place)


ODD = {
    "a pipe": os.mkfifo,
    "a socket": a_socket,
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a link": lambda path: path.symlink_to("copy"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a folder": lambda path: path.mkdir(),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "nothing in it": lambda path: path.touch(),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_file_is_not_read_and_gives_way(folder, name):
    entry(folder).rename(folder / "copy")
    ODD[name](entry(folder))
    assert cache.load("key") is None
    cache.store("key", b"new")
    assert cache.load("key") == (None if name == "a folder" else b"new")


def run(**environment):
    names = ("HOME", "XDG_CACHE_HOME", "TENSORBROOK_CACHE_DIR")
    environment = {**{k: v for k, v in os.environ.items() if k not in names}, **environment}
    done = subprocess.run(
        [sys.executable, "-c", ONE], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("6.0\n", "")


def test_homes_that_are_none(tmp_path):
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "round").symlink_to("round")
    for home in ("", "relative", "/nonexistent", "/dev/null", "/proc", *tmp_path.iterdir()):
        run(HOME=str(home))
    for name in ("file", "pipe", "round"):
        run(TENSORBROOK_CACHE_DIR=str(tmp_path / name))
    run(TENSORBROOK_CACHE_DIR="/dev/full/x")
    run(TENSORBROOK_CACHE_DIR="a\udc80b" + "x" * 300)
    assert sorted(os.listdir(tmp_path)) == ["file", "pipe", "round"]


def test_leftovers_of_killed_processes_go(folder):
    code = """
import os
from tensorbrook.base import files
from tensorbrook.compiler import cache
os.replace = lambda *_: os.kill(os.getpid(), 9)
cache.store("key", b"new")
"""
    subprocess.run([sys.executable, "-c", code])
    assert len(os.listdir(folder)) == 2 and cache.load("key") == b"code"
    subprocess.run([sys.executable, "-c", code.replace("os.replace =", "_ =")], check=True)
    assert os.listdir(folder) == [entry(folder).name] and cache.load("key") == b"new"
