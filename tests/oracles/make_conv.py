"""Records TensorFlow's values and gradients of convolution and pooling into golden/conv.json.

Run with TensorFlow's Python: `python tests/oracles/make_conv.py > tests/oracles/golden/conv.json`.
Inputs are formulas of their shapes, so that only TensorFlow's figures are stored.
"""

import itertools
import json
import os

import numpy as np

X, W = (1, 6, 5, 2), (3, 2, 2, 3)
EXPLICIT = [[0, 0], [1, 2], [0, 1], [0, 0]]


def conv_rows():
    """(expression, shape of x, shape of w) of the convolutions."""
    for strides, padding in itertools.product((1, 2, [3, 2]), ("SAME", "VALID", EXPLICIT)):
        yield f"tf.nn.conv2d(x, w, {strides}, {padding!r})", X, W
    for padding in ("SAME", "VALID"):
        yield f"tf.nn.conv2d(x, w, 1, {padding!r}, dilations=[2, 3])", X, W
    # TensorFlow has no gradient of this one on the CPU
    yield f"tf.stop_gradient(tf.nn.conv2d(x, w, 1, {EXPLICIT!r}, dilations=[2, 3]))", X, W
    yield "tf.nn.conv2d(x, w, 2, 'SAME', dilations=2)", X, W
    yield "tf.nn.conv2d(x, w, [1, 2, 1, 1], 'VALID', dilations=[1, 1, 2, 1])", X, W
    for strides, padding in itertools.product((1, 2), ("SAME", "VALID")):
        yield f"tf.nn.conv2d(x, w, {strides}, {padding!r})", (1, 4, 5, 4), (2, 3, 2, 6)
    yield "tf.nn.conv2d(x, w, 3, 'SAME')", (2, 7, 4, 1), (1, 1, 1, 2)
    yield "tf.nn.conv2d(x, w, 3, 'SAME')", (1, 7, 5, 1), (2, 2, 1, 2)
    yield "tf.nn.conv2d(x, w, 1, 'SAME')", (2, 2, 3, 3, 1), (2, 2, 1, 2)
    for stride, padding in itertools.product((1, 2, 3), ("SAME", "VALID")):
        yield f"tf.nn.conv1d(x, w, {stride}, {padding!r})", (2, 7, 2), (4, 2, 3)
    yield "tf.nn.conv1d(x, w, 1, 'SAME', dilations=2)", (2, 7, 2), (3, 2, 3)
    for stride, padding in itertools.product((1, 2), ("SAME", "VALID")):
        strides = [1, stride, 1, stride, 1]
        yield f"tf.nn.conv3d(x, w, {strides}, {padding!r})", (1, 3, 4, 3, 2), (2, 3, 2, 2, 1)
    yield "tf.nn.convolution(x, w, [2], 'SAME')", (2, 7, 2), (3, 2, 2)
    yield "tf.nn.convolution(x, w)", X, W
    yield "tf.nn.convolution(x, w, padding='SAME', dilations=[2, 1])", X, W
    yield "tf.nn.convolution(x, w, data_format='NDHWC')", (1, 3, 3, 3, 1), (2, 2, 2, 1, 1)
    for rate, padding in itertools.product((1, 2), ("SAME", "VALID")):
        yield f"tf.nn.atrous_conv2d(x, w, {rate}, {padding!r})", X, W
    for padding in ("SAME", "VALID"):
        call = f"tf.nn.conv2d(x, w, [1, 1, 2, 1], {padding!r}, data_format='NCHW')"
        yield call, (1, 2, 6, 5), W
    call = f"tf.nn.conv2d(x, w, 1, {[[0, 0], *EXPLICIT[:3]]}, data_format='NCHW')"
    yield f"tf.stop_gradient({call})", (1, 2, 6, 5), W
    yield "tf.nn.conv1d(x, w, 2, 'SAME', data_format='NCW')", (2, 2, 7), (3, 2, 2)


def depthwise_rows():
    """As conv_rows, for convolutions of each channel by itself."""
    for stride, padding in itertools.product((1, 2), ("SAME", "VALID", EXPLICIT)):
        strides = [1, stride, stride, 1]
        yield f"tf.nn.depthwise_conv2d(x, w, {strides}, {padding!r})", (1, 6, 5, 3), (3, 2, 3, 2)
    yield "tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], 'SAME')", (2, 4, 5, 3), (3, 3, 3, 1)
    for padding in ("SAME", "VALID"):
        call = f"tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], {padding!r}, dilations=[2, 2])"
        yield call, (1, 6, 5, 3), (3, 2, 3, 2)
    point = "tf.reshape(tf.linspace(-1.0, 1.0, 12), [1, 1, 4, 3])"
    for stride, padding in itertools.product((1, 2), ("SAME", "VALID")):
        call = f"tf.nn.separable_conv2d(x, w, {point}, {[1, stride, stride, 1]}, {padding!r})"
        yield call, X, (3, 2, 2, 2)


def transposed_rows():
    """As conv_rows, for the transposes."""
    for stride, padding, size in [
        (1, "SAME", (4, 3)),
        (2, "SAME", (8, 6)),
        (2, "SAME", (7, 5)),
        (2, "VALID", (9, 6)),
        (2, "VALID", (10, 7)),
        (3, "SAME", (10, 9)),
        (2, [[0, 0], [1, 0], [0, 1], [0, 0]], (8, 5)),
    ]:
        call = f"tf.nn.conv2d_transpose(x, w, [1, {size[0]}, {size[1]}, 2], {stride}, {padding!r})"
        yield call, (1, 4, 3, 3), (3, 2, 2, 3)
    yield "tf.nn.conv2d_transpose(x, w, [1, 4, 3, 2], 1, dilations=2)", (1, 4, 3, 3), (3, 2, 2, 3)
    call = "tf.nn.conv2d_transpose(x, w, [1, 2, 8, 6], 2, data_format='NCHW')"
    yield call, (1, 3, 4, 3), (3, 2, 2, 3)
    yield "tf.nn.conv1d_transpose(x, w, [2, 7, 2], 2)", (2, 4, 3), (3, 2, 3)
    yield "tf.nn.conv1d_transpose(x, w, [2, 10, 2], 2, 'VALID')", (2, 4, 3), (3, 2, 3)
    for padding, size in (("SAME", 3), ("VALID", 5)):
        call = f"tf.nn.conv3d_transpose(x, w, [1, {size}, {size}, {size}, 2], 2, {padding!r})"
        yield call, (1, 2, 2, 2, 1), (3, 3, 3, 2, 1)
    yield "tf.nn.conv_transpose(x, w, [2, 8, 2], 2)", (2, 4, 3), (3, 2, 3)
    call = "tf.nn.atrous_conv2d_transpose(x, w, [1, 6, 5, 2], 2, 'SAME')"
    yield call, (1, 6, 5, 3), (3, 2, 2, 3)


def pool_rows():
    """As conv_rows, without filters; x has ties in it (see `inputs`)."""
    for kind in ("max", "avg"):
        for window, stride, padding in itertools.product((2, 3), (1, 2), ("SAME", "VALID")):
            yield f"tf.nn.{kind}_pool2d(x, {window}, {stride}, {padding!r})", (1, 6, 5, 2), None
        yield f"tf.nn.{kind}_pool(x, [3, 2], [1, 3], 'SAME')", (2, 5, 7, 1), None
        yield f"tf.nn.{kind}_pool(x, [1, 2, 3, 1], [1, 2, 1, 1], 'VALID')", (2, 5, 5, 1), None
        for stride, padding in itertools.product((1, 2), ("SAME", "VALID")):
            yield f"tf.nn.{kind}_pool1d(x, 3, {stride}, {padding!r})", (2, 8, 2), None
            yield f"tf.nn.{kind}_pool3d(x, 2, {stride}, {padding!r})", (1, 3, 4, 3, 2), None
        yield f"tf.nn.pool(x, [2, 2], {kind.upper()!r}, [2, 1], 'SAME')", (1, 5, 4, 2), None
        yield f"tf.nn.pool(x, [3], {kind.upper()!r})", (1, 5, 2), None
    yield f"tf.nn.max_pool2d(x, 3, 2, {EXPLICIT!r})", (1, 6, 5, 2), None
    yield "tf.nn.max_pool2d(x, 2, 2, 'SAME') * 2.0", (1, 3, 3, 1), None
    for batch, padding in itertools.product((False, True), ("SAME", "VALID")):
        call = f"tf.nn.max_pool_with_argmax(x, 3, 2, {padding!r}, include_batch_in_index={batch})"
        yield f"{call}[0]", (2, 5, 6, 2), None
        yield f"{call}[1]", (2, 5, 6, 2), None


def rows():
    """All rows."""
    for part in (conv_rows, depthwise_rows, transposed_rows, pool_rows):
        yield from part()


def inputs(x_shape, w_shape):
    """x and w; where there is no w, x has few different values."""

    def wave(shape, step):
        return np.sin(step * np.arange(1, np.prod(shape) + 1)).reshape(shape)

    if w_shape is None:
        return [np.round(1.5 * wave(x_shape, 1.7)).astype(np.float32)]
    return [wave(x_shape, 1.7).astype(np.float32), wave(w_shape, 2.3).astype(np.float32)]


def evaluate(tf, expression, x_shape, w_shape):
    """(value, gradients by x and w) of a row."""
    tensors = [tf.constant(v) for v in inputs(x_shape, w_shape)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = eval(expression, {"tf": tf, **dict(zip("xw", tensors))})
    if not value.dtype.is_floating:
        return value.numpy(), []
    size = int(np.prod(value.shape))
    weights = np.cos(1.3 * np.arange(size)).astype(np.float32).reshape(value.shape)
    gradients = tape.gradient(value, tensors, tf.constant(weights))
    return value.numpy(), [g.numpy() for g in gradients if g is not None]


def brief(array):
    """Nested lists of six digits."""
    if array.dtype.kind != "f":
        return array.tolist()
    return np.vectorize(lambda v: float(f"{v:.6g}"))(array.astype(np.float64)).tolist()


def main():
    """Prints the golden file."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    out = []
    for expression, x_shape, w_shape in rows():
        value, gradients = evaluate(tf, expression, x_shape, w_shape)
        row = {"expression": expression, "x": x_shape, "w": w_shape, "value": brief(value)}
        row["gradients"] = [brief(g) for g in gradients]
        out.append(json.dumps(row, separators=(",", ":")))
    print("[\n" + ",\n".join(out) + "\n]")


if __name__ == "__main__":
    main()
