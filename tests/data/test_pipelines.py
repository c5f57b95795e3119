"""Every pipeline of the golden table gives what TensorFlow's gives."""

import collections
import json
import pathlib
import re
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parent.parent / "oracles"
sys.path.insert(0, str(ORACLES))
from data_show import show  # noqa: E402

ROWS = json.loads((ORACLES / "golden" / "data.json").read_text())
Point = collections.namedtuple("Point", "x y")


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_pipeline_is_tensorflows(row):
    if "error" in row:
        with pytest.raises(Exception) as caught:
            evaluate(tf, row["code"], row["mode"])
        assert type(caught.value).__name__ == row["error"]
        return
    found = evaluate(tf, row["code"], row["mode"])
    assert found == {key: row[key] for key in found}
