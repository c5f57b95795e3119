"""tf.signal, tf.linalg, tf.math: TensorFlow's figures (oracles/make_tf.py), eager and compiled."""

import json
import pathlib
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parent / "oracles"
sys.path.insert(0, str(ORACLES))
from tf_cases import names  # noqa: E402

GOLDEN = json.loads((ORACLES / "golden" / "tf.json").read_text())


def numbers(array):
    """Complex numbers as pairs, as they are stored."""
    array = np.asarray(array)
    return np.stack([array.real, array.imag], -1) if array.dtype.kind == "c" else array


@pytest.mark.parametrize(("expression", "wanted"), GOLDEN, ids=[row[0] for row in GOLDEN])
def test_figures_are_tensorflow_s(expression, wanted):
    given = names(tf, np)
    fixed = {name: given.pop(name) for name in ("tf", "gradients")}
    values, given = given, given | fixed
    eager = tf.nest.flatten(eval(expression, given))
    compiled = tf.function(lambda values: eval(expression, fixed | values))
    for found in (eager, tf.nest.flatten(compiled(values))):
        for tensor, (dtype, data) in zip(found, wanted, strict=True):
            assert tensor.dtype.name == dtype
            array = numbers(tensor)
            scale = np.abs(array[np.isfinite(array)]).max(initial=1.0) if array.size else 1.0
            np.testing.assert_allclose(
                array, np.reshape(data, array.shape), rtol=2e-5, atol=3e-6 * scale
            )


@pytest.mark.parametrize(
    ("call", "fault", "match"),
    [
        (lambda: tf.signal.fft([1.0]), tf.errors.InvalidArgumentError, r"\[fft\].*complex"),
        (lambda: tf.signal.rfft([1]), tf.errors.InvalidArgumentError, r"\[rfft\].*float32"),
        (lambda: tf.signal.fft2d([1j]), tf.errors.InvalidArgumentError, "rank of at least 2"),
        (lambda: tf.signal.rfft([1.0], [2, 2]), tf.errors.InvalidArgumentError, "one size for"),
        (lambda: tf.signal.fftnd([1j], norm="x"), ValueError, "norm must be one of"),
        (lambda: tf.signal.frame([1.0], 0, 1), tf.errors.InvalidArgumentError, "1 or more"),
        (lambda: tf.signal.dct([1.0], type=5), ValueError, "Types I, II, III and IV"),
        (lambda: tf.signal.dct([1.0, 2.0], type=1, norm="ortho"), ValueError, "Type-I"),
        (lambda: tf.signal.dct([1.0], axis=0), NotImplementedError, "tf.transpose"),
        (lambda: tf.signal.mdct([1.0] * 8, 6), ValueError, "divisible by 4"),
        (
            lambda: tf.signal.linear_to_mel_weight_matrix(upper_edge_hertz=9000.0),
            ValueError,
            "half the sample rate",
        ),
        (lambda: tf.linalg.lu([[1.0, 1.0], [1.0, 1.0]]), tf.errors.InvalidArgumentError, "invert"),
        (lambda: tf.linalg.eig(tf.ones([2, 3])), tf.errors.InvalidArgumentError, "square"),
        (lambda: tf.linalg.cross([1.0, 2.0], [1.0, 2.0]), tf.errors.InvalidArgumentError, "3"),
        (lambda: tf.linalg.lstsq([[1.0]], [[1.0]], 0.5, fast=False), ValueError, "fast=True"),
        (lambda: tf.nn.depth_to_space(tf.ones([1, 1, 1, 3]), 2), ValueError, "multiple of 2"),
        (lambda: tf.nn.space_to_depth(tf.ones([1, 3, 2, 1]), 2), ValueError, "not multiples"),
    ],
)
def test_wrong_calls(call, fault, match):
    with pytest.raises(fault, match=match):
        call()
