"""The audit hook of the tests notices what it is there for."""

import importlib
import os
import pickle
import socket
import subprocess
import sys
from contextlib import suppress

import audit
import numpy as np
import pytest


@pytest.fixture
def files(tmp_path):
    (tmp_path / "named").write_bytes(b"1")
    (tmp_path / "other").write_bytes(b"2")
    (tmp_path / "unseen_module.py").write_text("print('harm')")
    return tmp_path


def importing(folder, how=__import__):
    sys.path.insert(0, str(folder))
    try:
        how("unseen_module")
    finally:
        sys.path.remove(str(folder))


HARM = {
    "another file": lambda d: (d / "other").read_bytes(),
    "writing the file": lambda d: (d / "named").write_bytes(b""),
    "a new file": lambda d: os.open(d / "new", os.O_CREAT),
    "a folder": lambda d: os.listdir(d),
    "a folder's making": lambda d: (d / "x").mkdir(),
    "a name's removal": lambda d: (d / "other").unlink(),
    "a renaming": lambda d: os.replace(d / "named", d / "other"),
    "a socket": lambda d: socket.socket().connect(("127.0.0.1", 9)),
    "a process": lambda d: subprocess.run(["true"]),
    "a shell": lambda d: os.system("true"),
    "a module": importing,
    "a module by its name": lambda d: importing(d, importlib.import_module),
    "a text": lambda d: eval("1 + 1"),
    "code": lambda d: exec(compile("1", "elsewhere", "eval")),
    "compiling": lambda d: compile("1", "any", "eval"),
    "a pickle": lambda d: pickle.loads(pickle.dumps(np.float32)),
    "through a link": lambda d: (d / "link").read_bytes(),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_harm_is_noticed_also_where_the_loader_catches_it(files, harm):
    (files / "link").symlink_to(files / "other")
    before = audit.everything_in(files)
    with pytest.raises(audit.Forbidden), audit.only(files / "named"):
        harm(files)
    with (
        pytest.raises(audit.Forbidden, match="all the same"),
        audit.only(files / "named"),
        suppress(BaseException),
    ):
        harm(files)
    assert audit.everything_in(files) == before


def test_the_file_named_is_read_and_what_is_to_be_written_is(files):
    with audit.only(files / "named", writes=[files / "new"]):
        assert (files / "named").read_bytes() == b"1"
        (files / "new").write_bytes(b"3")
    with audit.only(files):
        assert sorted(os.listdir(files)) == ["named", "new", "other", "unseen_module.py"]
    (files / "other").read_bytes()  # nothing is forbidden afterwards
