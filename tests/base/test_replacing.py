"""Files that take their place when they are whole; the system's errors under TensorFlow's names."""

import errno
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tensorbrook import errors
from tensorbrook.base import files
from tensorbrook.base.files import replacing


def write(path, data=b"new", **options):
    with replacing(path, **options) as new, open(new, "wb") as file:
        file.write(data)


@pytest.mark.parametrize("synced", [True, False])
def test_a_file_is_replaced_and_keeps_its_permissions(tmp_path, synced):
    path = tmp_path / "a.bin"
    for mode in (0o600, 0o640, 0o755):
        path.write_bytes(b"old")
        path.chmod(mode)
        write(path, synced=synced)
        assert path.read_bytes() == b"new" and stat.S_IMODE(path.stat().st_mode) == mode
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_new_file_may_be_what_the_umask_says(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_what_is_not_finished_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    for end in (KeyError, KeyboardInterrupt, SystemExit):
        with pytest.raises(end), replacing(path) as new:
            with open(new, "wb") as file:
                file.write(b"ha")
            raise end
        assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]


def test_links_stay_links(tmp_path):
    (tmp_path / "folder").mkdir()
    link, path = tmp_path / "link", tmp_path / "folder" / "a"
    link.symlink_to("folder/a")
    for data in (b"first", b"second"):  # at first it leads nowhere
        write(link, data)
        assert link.is_symlink() and path.read_bytes() == data and not path.is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["folder", "link"]


def test_pipes_and_devices_are_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    thread = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    thread.start()
    write(pipe)
    thread.join()
    assert read == [b"new"] and stat.S_ISFIFO(pipe.stat().st_mode)
    write(os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    code = "import tensorbrook as tf; tf.io.write_file('/dev/stdout', 'new')"
    with open(tmp_path / "file", "w+b") as file:
        for output in (subprocess.PIPE, file):
            done = subprocess.run([sys.executable, "-c", code], stdout=output, check=True)
            assert (done.stdout or (tmp_path / "file").read_bytes()) == b"new"


@pytest.mark.parametrize(
    ("path", "error", "of_python", "message"),
    [
        ("/dev/full", errors.ResourceExhaustedError, OSError, "/dev/full; No space left"),
        ("missing/a", errors.NotFoundError, FileNotFoundError, "missing/a; No such file"),
        (".", errors.FailedPreconditionError, IsADirectoryError, ".; Is a directory"),
        ("a" * 300, errors.InvalidArgumentError, OSError, "a; File name too long"),
    ],
)
def test_errors_are_of_tensorflow_and_of_python(
    tmp_path, monkeypatch, path, error, of_python, message
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message) as caught:
        write(path)
    assert isinstance(caught.value, of_python) and caught.value.errno
    assert type(caught.value).__name__ == error.__name__
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.EDQUOT, errors.ResourceExhaustedError),
        (errno.EROFS, errors.PermissionDeniedError),
        (errno.EPERM, errors.PermissionDeniedError),
        (errno.EIO, errors.UnknownError),
    ],
)
def test_errors_while_writing_name_the_file(tmp_path, number, error):
    with pytest.raises(error, match="a; ") as caught, replacing(tmp_path / "a") as new:
        raise OSError(number, os.strerror(number), new)
    assert "tmp" not in str(caught.value).removeprefix(str(tmp_path))
    with pytest.raises(errors.NotFoundError, match="other; "), replacing(tmp_path / "a"):
        (tmp_path / "other").read_bytes()
    with pytest.raises(ConnectionError, match="no answer"), replacing(tmp_path / "a"):
        raise ConnectionError("no answer")  # none of the file system's


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o444)
    tmp_path.chmod(0o777)
    code = f"""
import os
from tensorbrook.base.files import replacing
from tensorbrook.errors import PermissionDeniedError
if os.getuid() == 0:
    os.chdir({str(tmp_path)!r}), os.setuid(65534)
try:
    with replacing("a") as new:
        raise AssertionError(new)
except PermissionDeniedError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "a; Permission denied\n", done.stderr
    assert path.read_bytes() == b"old"


def test_what_killed_processes_left_is_removed(tmp_path):
    code = """
import os, sys
from tensorbrook.base.files import replacing
with replacing(sys.argv[1]) as new:
    os.kill(os.getpid(), 9)
"""
    path = tmp_path / ("ä" * 100 + ".bin")
    subprocess.run([sys.executable, "-c", code, path])
    (left,) = os.listdir(tmp_path)
    assert files._NOT_THERE_YET.fullmatch(left) and left.endswith(".tmp.bin")
    alive = left.replace(files._NOT_THERE_YET.fullmatch(left)[2], str(os.getpid()))
    elsewhere = left.replace(files._machine(), "0123abcd")  # of another machine, on a shared disk
    for other in (alive, elsewhere, ".mine.tmp"):
        (tmp_path / other).touch()
    write(path)
    assert set(os.listdir(tmp_path)) == {path.name, alive, elsewhere, ".mine.tmp"}


def test_a_folder_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "folder"
    with pytest.raises(KeyError), files.appearing(path) as new:
        (tmp_path / new / "a").touch()
        raise KeyError
    assert os.listdir(tmp_path) == []
    with files.appearing(path) as new:
        (tmp_path / new / "a").touch()
        assert not path.exists()
    assert os.listdir(tmp_path) == ["folder"] and os.listdir(path) == ["a"]
    with pytest.raises(errors.AlreadyExistsError, match="folder; File exists"):
        files.appearing(path).__enter__()


STREAMS = {  # what is written bit by bit, or is a part of what another mechanism puts in its place
    *("base/gfile.py", "base/records.py", "formats/events.py", "formats/bundle.py"),
    *("keras/callbacks/csv.py", "keras/utils/archives.py", "ops/debugging.py", "test.py"),
}


def test_whole_files_are_written_through_it_alone():
    top = Path(files.__file__).parents[1]
    for path in sorted(top.rglob("*.py")):
        module = str(path.relative_to(top))
        text = path.read_text()
        text = re.sub(r'""".*?"""', "", text, flags=re.DOTALL)  # examples
        for found in re.finditer(
            r"open(ed)?\([^()]*[\"'][wxa]b?[\"']|\.write_(text|bytes)\(", text
        ):
            before = text[max(found.start() - 300, 0) : found.end()]
            if module not in STREAMS:
                assert "replacing(" in before or "(new" in before, f"{module}: {found[0]}"
