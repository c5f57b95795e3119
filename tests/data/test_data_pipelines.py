"""Every pipeline of the golden table gives what TensorFlow's and Keras's own gives."""

import json
import pathlib
import sys

import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parent.parent / "oracles"
sys.path.insert(0, str(ORACLES))
from data_show import evaluate  # noqa: E402

ROWS = json.loads((ORACLES / "golden" / "data.json").read_text())


@pytest.fixture(autouse=True)
def _no_global_seed():
    tf.random.set_seed(None)


@pytest.mark.parametrize("row", [r for r in ROWS if "error" not in r], ids=lambda row: row["name"])
def test_pipeline_gives_what_tensorflow_gives(row):
    found = evaluate(tf, row["code"], row["mode"])
    assert found == {key: row[key] for key in found}


@pytest.mark.parametrize("row", [r for r in ROWS if "error" in r], ids=lambda row: row["name"])
def test_pipeline_raises_what_tensorflow_raises(row):
    with pytest.raises(Exception) as caught:
        evaluate(tf, row["code"], row["mode"])
    assert type(caught.value).__name__ == row["error"]
