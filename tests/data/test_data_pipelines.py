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


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("", "deterministic", 1),
        ("", "experimental_slack", None),
        ("", "threading", 5),
        ("autotune", "cpu_budget", 2.5),
        ("experimental_distribute", "auto_shard_policy", 0),
        ("experimental_optimization", "map_fusion", "yes"),
    ],
)
def test_options_have_types(group, name, value):
    options = tf.data.Options()
    with pytest.raises(TypeError, match=f'"{name}" must be of type'):
        setattr(getattr(options, group) if group else options, name, value)


def test_none_stands_for_the_padding_values_of_a_whole_branch():
    rows = tf.data.Dataset.range(1, 3).map(lambda n: (tf.fill([n], n), {"a": tf.fill([n], 2 * n)}))
    (batch,) = rows.padded_batch(2, padding_values=(tf.constant(7, tf.int64), None))
    assert batch[0].numpy().tolist() == [[1, 7], [2, 2]]
    assert batch[1]["a"].numpy().tolist() == [[2, 0], [4, 4]]


def test_a_component_of_from_tensor_slices_may_be_none():
    dataset = tf.data.Dataset.from_tensor_slices({"a": [1, 2], "b": (None, [3, 4])})
    assert dataset.element_spec["b"][0] == tf.NoneTensorSpec()
    assert [(int(e["a"]), e["b"][0], int(e["b"][1])) for e in dataset] == [
        (1, None, 3),
        (2, None, 4),
    ]
    for nothing in (None, tf.data.Dataset.range(2)):
        with pytest.raises(ValueError, match=r"should not be empty|rank 0"):
            tf.data.Dataset.from_tensor_slices(nothing)
