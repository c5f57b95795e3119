"""Whole files are read: large ones, pipes, what tells no size."""

import os
import sys
import threading

import pytest

import tensorbrook as tf


@pytest.mark.parametrize("size", [0, 1, 1 << 17, (1 << 17) + 1, 3_000_000])
def test_a_file_of_any_size(tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    assert tf.io.read_file(str(tmp_path / "file")).numpy() == data


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_read_to_its_end(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    def write():
        with open(tmp_path / "pipe", "wb", buffering=0) as file:
            for part in (b"a", b"bc" * 1000):
                file.write(part)

    writer = threading.Thread(target=write)
    writer.start()
    assert tf.io.read_file(str(tmp_path / "pipe")).numpy() == b"a" + b"bc" * 1000
    writer.join()


def test_a_folder_is_no_file(tmp_path):
    kind = tf.errors.PermissionDeniedError if sys.platform == "win32" else None
    with pytest.raises(kind or tf.errors.FailedPreconditionError, match=str(tmp_path.name)):
        tf.io.read_file(str(tmp_path))
