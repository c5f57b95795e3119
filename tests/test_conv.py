"""Convolution and pooling: TensorFlow's figures, and properties that need none."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = Path(__file__).parent / "oracles"
sys.path.insert(0, str(ORACLES))
import make_conv  # noqa: E402

GOLDEN = json.loads((ORACLES / "golden" / "conv.json").read_text())


def test_every_row_is_recorded():
    assert [(r["expression"], r["x"], r["w"]) for r in GOLDEN] == [
        (expression, list(x), w and list(w)) for expression, x, w in make_conv.rows()
    ]


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["expression"])
def test_as_tensorflow(row):
    value, gradients = make_conv.evaluate(tf, row["expression"], row["x"], row["w"])
    found, want = [value, *gradients], [row["value"], *row["gradients"]]
    assert len(found) == len(want)
    for got, figures in zip(found, want):
        np.testing.assert_allclose(got, np.array(figures), rtol=2e-5, atol=2e-6)


def plain_convolution(x, w, strides, dilations):
    """Convolution of one image without padding, a position at a time, in float64."""
    (height, width, _), (k, l, _, filters) = x.shape, w.shape
    rows = (height - (k - 1) * dilations[0] - 1) // strides[0] + 1
    columns = (width - (l - 1) * dilations[1] - 1) // strides[1] + 1
    out = np.zeros((rows, columns, filters))
    for i in range(rows):
        for j in range(columns):
            top, left = i * strides[0], j * strides[1]
            seen = x[
                top : top + k * dilations[0] : dilations[0],
                left : left + l * dilations[1] : dilations[1],
            ]
            out[i, j] = np.einsum("klc,klcf->f", seen[:k, :l].astype(float), w.astype(float))
    return out


@pytest.mark.parametrize("groups", (1, 2, 8))
def test_work_in_blocks(groups, monkeypatch):
    """Images are cut into rows when their columns are many; the numbers stay."""
    rng = np.random.default_rng(7)
    x = tf.constant(rng.normal(size=(3, 12, 10, 8)))
    w = tf.constant(rng.normal(size=(3, 2, 8 // groups, 8)))

    def gradients():
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = tf.nn.conv2d(x, w, [2, 1], "SAME", dilations=[1, 2])
        return [y, *tape.gradient(y, [x, w], tf.cos(y))]

    whole = gradients()
    for block in (1, 700, 5000):
        monkeypatch.setattr("tensorbrook.ops._kernels.conv.BLOCK", block)
        for a, b in zip(gradients(), whole):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_large_windows_and_images():
    rng = np.random.default_rng(8)
    x, w = rng.normal(size=(1, 70, 61, 3)), rng.normal(size=(7, 5, 3, 4))
    y = tf.nn.conv2d(x, w, [2, 3], "VALID", dilations=[2, 1])
    np.testing.assert_allclose(y[0], plain_convolution(x[0], w, (2, 3), (2, 1)), rtol=1e-12)


@pytest.mark.parametrize("dtype", ("float16", "bfloat16"))
def test_half_precision_sums_in_single(dtype):
    narrow = tf.as_dtype(dtype)
    x = tf.cast(tf.ones([1, 40, 40, 8]) * 1.5, narrow)
    y = tf.nn.conv2d(x, tf.ones([16, 16, 8, 1], narrow), 1, "VALID")
    assert y.dtype == narrow and float(y[0, 0, 0, 0]) == 3072.0  # 2048 halves, exactly
    mean = tf.nn.avg_pool2d(x, 32, 1, "VALID")
    assert mean.dtype == narrow and float(mean[0, 0, 0, 0]) == 1.5


def test_integers():
    x = tf.reshape(tf.range(16) - 20, [1, 4, 4, 1])
    top = tf.nn.max_pool2d(x, 3, 2, "SAME")
    np.testing.assert_array_equal(top[0, :, :, 0], [[-10, -9], [-6, -5]])
    y = tf.nn.conv2d(x, tf.ones([2, 2, 1, 1], tf.int32), 2, "VALID")
    np.testing.assert_array_equal(y[0, :, :, 0], [[-70, -62], [-38, -30]])


def test_padding_is_never_the_maximum():
    x = tf.Variable(tf.fill([1, 3, 3, 1], -np.inf))
    with tf.GradientTape() as tape:
        y = tf.nn.max_pool2d(x, 2, 2, [[0, 0], [1, 0], [1, 0], [0, 0]])
    assert np.all(np.isneginf(y))
    # each window's first element of the input
    want = [[1, 1, 0], [1, 1, 0], [0, 0, 0]]
    np.testing.assert_array_equal(tape.gradient(y, x)[0, :, :, 0], want)


def test_a_nan_in_the_window_shows():
    x = np.zeros((1, 4, 4, 1), np.float32)
    x[0, 0, 1] = np.nan
    y = tf.nn.max_pool2d(x, 2, 2, "VALID")[0, :, :, 0].numpy()
    np.testing.assert_array_equal(y, [[np.nan, 0], [0, 0]])


def test_transpose_is_the_adjoint():
    """<conv(x, w), g> = <x, conv_transpose(g, w)>."""
    rng = np.random.default_rng(9)
    x, w = rng.normal(size=(2, 7, 6, 4)), rng.normal(size=(3, 2, 2, 6))
    y = tf.nn.conv2d(x, w, [2, 3], "SAME")
    g = rng.normal(size=y.shape)
    back = tf.nn.conv2d_transpose(g, w, x.shape, [2, 3])
    np.testing.assert_allclose(np.sum(y * g), np.sum(x * back), rtol=1e-12)


def test_mean_leaves_padding_out():
    """Explicit padding, which TensorFlow's means do not take."""
    pads = [[0, 0], [1, 1], [0, 1], [0, 0]]
    x = np.arange(1.0, 7.0).reshape(1, 2, 3, 1)
    y = tf.nn.avg_pool2d(x, 2, 1, pads)[0, :, :, 0]
    np.testing.assert_allclose(y, [[1.5, 2.5, 3], [3, 4, 4.5], [4.5, 5.5, 6]])


def test_traces_give_the_same():
    x, w = tf.ones([2, 5, 5, 4]), tf.reshape(tf.range(72.0), [3, 3, 4, 2])

    def program(x, w):
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = tf.nn.max_pool2d(tf.nn.conv2d(x, w, 1, "SAME"), 2, 2, "SAME")
            y = tf.nn.avg_pool2d(y, 2, 1, "VALID", data_format="NCHW")
        return [y, *tape.gradient(y, [x, w])]

    for a, b in zip(tf.function(program)(x, w), program(x, w)):
        np.testing.assert_array_equal(a, b)


def test_on_keras_inputs():
    x = tf.keras.Input([6, 6, 2])
    y = tf.nn.max_pool2d(tf.nn.conv2d(x, tf.ones([3, 3, 2, 4]), 1, "SAME"), 2, 2, "VALID")
    model = tf.keras.Model(x, y)
    assert model.output_shape == (None, 3, 3, 4)
    assert float(model(tf.ones([1, 6, 6, 2]))[0, 1, 1, 0]) == 18.0
