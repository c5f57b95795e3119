"""Every loader: the finds of before, and a second of bytes nobody meant (`run.py` does more)."""

import subprocess
import sys
from pathlib import Path

import pytest
from loaders import LOADERS

RUN = Path(__file__).with_name("run.py")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as on Linux")
@pytest.mark.parametrize("name", LOADERS)
def test_a_loader_makes_a_value_or_its_error_of_anything(name):
    command = [sys.executable, str(RUN), name, "--plain", "--minutes=0.01", "--seed=1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-3000:]
