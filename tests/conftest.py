"""Around every test: a seed of its own, and a check that it left the process as it found it."""

import os
import random
import secrets
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import tensorbrook as tf
import tensorbrook.ops
from tensorbrook.base import config
from tensorbrook.base.context import context

# The same random examples every time, so that a check fails with the change that broke it; with
# TENSORBROOK_FUZZ, how many they should be, they are new ones.
settings.register_profile("tensorbrook", derandomize="TENSORBROOK_FUZZ" not in os.environ)
settings.load_profile("tensorbrook")


def pytest_configure():
    config.settings.check_graphs = True
    tensorbrook.ops.import_operations()  # tests walk the tables of all of them


@pytest.fixture(scope="session", autouse=True)
def own_temporary_folder(tmp_path_factory):
    """A folder for this process alone, so that what a test leaves there can be seen."""
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("leftovers"))
    yield Path(tempfile.tempdir)
    tempfile.tempdir = before


def process_state():
    """What no test may change, by name."""
    return {
        "np.geterr": np.geterr(),
        "np.printoptions": np.get_printoptions(),
        "settings": vars(config.settings).copy(),
        "tapes that are on": len(context.tapes),
        "traces being made": len(context.traces),
        "name scope": context.name_scope,
    }


@pytest.fixture(autouse=True)
def seeded_and_clean(request, own_temporary_folder, monkeypatch):
    seed = zlib.crc32(request.node.nodeid.encode()) % 2**31
    random.seed(seed)
    np.random.seed(seed)
    # As in a fresh process no global seed is set; what then comes from the system comes from here.
    tf.random.set_seed(None)
    monkeypatch.setattr(secrets, "randbits", random.Random(seed).getrandbits)
    files, before = set(own_temporary_folder.iterdir()), process_state()
    yield
    after = process_state()
    changed = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert not changed, f"the test changed, and left so (before, after): {changed}"
    left = sorted(path.name for path in set(own_temporary_folder.iterdir()) - files)
    assert not left, f"the test left temporary files: {left}"
