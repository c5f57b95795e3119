"""Sparse tensors, tf.sets and their neighbours: TensorFlow's figures, eager and compiled."""

import builtins
import json
import pathlib
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parent / "oracles"
sys.path.insert(0, str(ORACLES))
from sparse_cases import gradients, names, plain  # noqa: E402

GOLDEN = json.loads((ORACLES / "golden" / "sparse.json").read_text())


def same(found, wanted):
    """Raises unless two plain values are the same but for the last digits of floats."""
    if isinstance(wanted, list):
        assert len(found) == len(wanted)
        for a, b in zip(found, wanted):
            same(a, b)
        return
    assert found.keys() == wanted.keys()
    kind = next(iter(wanted))
    assert found[kind] == wanted[kind]
    for a, b in zip(found["parts"], wanted["parts"], strict=True):
        if wanted[kind].startswith("float"):
            np.testing.assert_allclose(np.array(a, float), np.array(b, float), 1e-5, 1e-6)
        else:
            assert a == b


def cases(kind):
    return pytest.mark.parametrize(
        ("expression", "wanted"), GOLDEN[kind], ids=[row[0] for row in GOLDEN[kind]]
    )


@cases("values")
def test_figures_are_tensorflow_s(expression, wanted):
    given = names(tf, np)
    if isinstance(wanted, str):
        with pytest.raises(getattr(tf.errors, wanted, None) or getattr(builtins, wanted)):
            eval(expression, given)
        return
    same(plain(eval(expression, given)), wanted)
    sparse = {k: v for k, v in given.items() if isinstance(v, tf.SparseTensor)}

    def function(values):
        return eval(expression, {"tf": tf, "np": np, **values})

    same(plain(tf.function(function)(sparse)), wanted)
    specs = {
        name: tf.SparseTensorSpec([None] * len(value.shape), value.dtype)
        for name, value in sparse.items()
    }
    same(plain(tf.function(function, input_signature=[specs])(sparse)), wanted)


@cases("gradients")
def test_gradients_are_tensorflow_s(expression, wanted):
    same(plain(gradients(tf, np, expression)), wanted)
    compiled = tf.function(lambda: gradients(tf, np, expression))
    same(plain(compiled()), wanted)
