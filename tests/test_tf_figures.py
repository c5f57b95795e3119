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
    fixed = {name: given.pop(name) for name in ("tf", "np", "gradients")}
    values, given = given, given | fixed
    eager = tf.nest.flatten(eval(expression, given))
    compiled = tf.function(lambda values: eval(expression, fixed | values))
    unknown = {name: tf.TensorSpec([None] * len(x.shape), x.dtype) for name, x in values.items()}
    any_sizes = tf.function(compiled.python_function, input_signature=[unknown])
    for found in (eager, *(tf.nest.flatten(f(values)) for f in (compiled, any_sizes))):
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
        (
            lambda: tf.signal.fft(tf.constant([1.0])),
            tf.errors.InvalidArgumentError,
            r"\[fft\].*complex",
        ),
        (
            lambda: tf.signal.rfft(tf.constant([1])),
            tf.errors.InvalidArgumentError,
            r"\[rfft\].*float32",
        ),
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
        (lambda: tf.math.polyval((1.0, 2.0), 3.0), ValueError, "must be a list"),
        (lambda: tf.math.accumulate_n([[1.0]], tensor_dtype=tf.int32), ValueError, "float32"),
        (lambda: tf.math.accumulate_n([[1.0]], shape=[2]), ValueError, r"not \[2\]"),
        (lambda: tf.math.invert_permutation([0, 2]), tf.errors.InvalidArgumentError, "once"),
        (lambda: tf.math.invert_permutation([[0]]), tf.errors.InvalidArgumentError, "vector"),
        (
            lambda: tf.math.betainc([1.0, 2.0], [1.0, 2.0, 3.0], [0.5]),
            tf.errors.InvalidArgumentError,
            r"\[betainc\] Incompatible shapes",
        ),
        (
            lambda: tf.histogram_fixed_width([1.0], [2.0, 2.0]),
            tf.errors.InvalidArgumentError,
            "must rise",
        ),
        (
            lambda: tf.histogram_fixed_width([1.0], [0.0, 2.0], nbins=0),
            tf.errors.InvalidArgumentError,
            "above 0",
        ),
        (lambda: tf.linalg.diag([1.0], align="X"), ValueError, "align must be one of"),
        (lambda: tf.linalg.diag_part([[1.0]], k=(1, 0)), tf.errors.InvalidArgumentError, "lowest"),
        (
            lambda: tf.linalg.diag([1.0], num_rows=3, num_cols=3),
            tf.errors.InvalidArgumentError,
            "diagonals",
        ),
        (
            lambda: tf.linalg.tensor_diag_part([[1.0, 2.0]]),
            tf.errors.InvalidArgumentError,
            "both halves",
        ),
        (
            lambda: tf.linalg.tridiagonal_solve([[0.0, 0.0]] * 3, [1.0, 1.0]),
            tf.errors.InvalidArgumentError,
            "not invertible",
        ),
        (
            lambda: tf.linalg.tridiagonal_solve([[1.0, 0.0]] * 3, [1.0], perturb_singular=True),
            NotImplementedError,
            "diagonal",
        ),
        (lambda: tf.linalg.tridiagonal_matmul([[1.0]] * 3, [[1.0]], "x"), ValueError, "one of"),
        (lambda: tf.linalg.eigh_tridiagonal([1.0], [1.0], select="v"), ValueError, "select_range"),
        (lambda: tf.linalg.logm([[1.0]]), tf.errors.InvalidArgumentError, "complex"),
        (
            lambda: tf.quantization.fake_quant_with_min_max_args([1.0], num_bits=17),
            tf.errors.InvalidArgumentError,
            "2 to 16",
        ),
        (
            lambda: tf.quantization.quantize_and_dequantize_v2([1.0], 0.0, 1.0, round_mode="X"),
            ValueError,
            "HALF_UP",
        ),
        (lambda: tf.nn.depth_to_space(tf.ones([1, 1, 1, 3]), 2), ValueError, "multiple of 2"),
        (lambda: tf.nn.space_to_depth(tf.ones([1, 3, 2, 1]), 2), ValueError, "not multiples"),
    ],
)
def test_wrong_calls(call, fault, match):
    with pytest.raises(fault, match=match):
        call()
