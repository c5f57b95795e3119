"""Each writer under each fault, a few rounds: `python tests/faults/harness.py` does more."""

import subprocess
import sys
from pathlib import Path

import pytest
from writers import STREAMS, WRITERS

HARNESS = Path(__file__).with_name("harness.py")


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="the harness forks")
@pytest.mark.parametrize("name", [*WRITERS, *STREAMS])
def test_old_or_new_and_whole(name):
    command = [sys.executable, str(HARNESS), name, "--kills", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
