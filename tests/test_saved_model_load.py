"""SavedModels of TensorFlow: results and gradients as there (oracles/make_saved_models.py)."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = Path(__file__).parent / "oracles" / "golden" / "saved_models"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))


def unpacked(name, folder):
    """The folder of a golden SavedModel."""
    with zipfile.ZipFile(GOLDEN / f"{name}.zip") as archive:
        archive.extractall(folder / name)
    return str(folder / name)


def value_of(found):
    """A value that JSON holds."""
    if isinstance(found, list):
        return [value_of(v) for v in found]
    if not isinstance(found, dict):
        return found
    if "tensor" in found:
        dtype, shape, values = found["tensor"]
        if dtype == "string":
            values = [v.encode() for v in values]
        return tf.reshape(tf.constant(values, dtype), shape)
    if "ragged" in found:
        values, splits = map(value_of, found["ragged"])
        return tf.RaggedTensor.from_nested_row_splits(values, splits)
    return {key: value_of(v) for key, v in found.items()}


def check(found, wanted, tolerance=1e-6):
    found, wanted = (tf.nest.flatten(v, expand_composites=True) for v in (found, wanted))
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted):
        if b is None:
            assert a is None
            continue
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype == b.dtype and a.shape == b.shape
        if a.dtype.kind in "fc":
            np.testing.assert_allclose(a, b, tolerance * 10, tolerance)
        else:
            assert a.tolist() == b.tolist()


def function_of(loaded, path):
    for part in path.split("/") if path else ():
        loaded = loaded.signatures[part[1:]] if part[0] == "@" else getattr(loaded, part)
    return loaded


def gradients_of(function, args, kwargs):
    """(result, [(name, gradient)]) of the sum of squares, by all trainable variables."""
    with tf.GradientTape() as tape:
        result = function(*args, **kwargs)
        leaves = [t for t in tf.nest.flatten(result) if t.dtype.is_floating]
        loss = tf.add_n([tf.reduce_sum(t * t) for t in leaves])
    watched = sorted(tape.watched_variables(), key=lambda v: v.name)
    found = [tf.convert_to_tensor(g) for g in tape.gradient(loss, watched)]
    return result, list(zip((v.name for v in watched), found))


@pytest.mark.parametrize("name", NAMES)
def test_calls_give_what_they_give_in_tensorflow(name, tmp_path):
    loaded = tf.saved_model.load(unpacked(name, tmp_path))
    for call in json.loads((GOLDEN / f"{name}.json").read_text()):
        function, args = function_of(loaded, call["path"]), value_of(call["args"])
        kwargs, wanted = value_of(call["kwargs"]), value_of(call["result"])
        if "gradients" not in call:
            check(function(*args, **kwargs), wanted)
            continue
        result, gradients = gradients_of(function, args, kwargs)
        check(result, wanted)
        assert [n for n, _ in gradients] == [n for n, _ in call["gradients"]]
        check([g for _, g in gradients], [value_of(g) for _, g in call["gradients"]], 1e-5)
