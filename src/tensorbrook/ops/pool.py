"""Pooling: maxima and sums over windows, their transposes, and the functions of tf.nn.

The primitives take channels last and padding as pairs. Padding is no element: it is never the
maximum, and means do not count it.
"""

from collections import namedtuple

import numpy as np

from ..base.dims import Dim
from ..base.dtypes import FLOATS, as_dtype
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, per_input
from ..core.tensor import convert_to_tensor, wrap
from ._families import REAL, draw
from ._kernels import pool as kernels
from ._kernels.windows import output_shape
from ._windows import Layout, positions
from .blocks import with_space_to_batch
from .cast import cast
from .create import ones

# -- the primitives --------------------------------------------------------------------------------


def _result(name, x, window, strides, padding, names=("x",)):
    """The Spec of pooling `x`; raises for operands it does not take."""
    check_dtype(name, x, REAL, names[0])
    if len(x.shape) != len(window) + 2:
        fail(name, f"{names[0]} must have {len(window) + 2} axes", (x,), "Reshape it.", names)
    # what "SAME" makes of open sizes is less than the window
    if any(p.__class__ is not Dim and p >= k for pair, k in zip(padding, window) for p in pair):
        fail(
            name,
            f"padding {[list(p) for p in padding]} must be smaller than the window "
            f"{list(window)}, else windows would hold nothing but padding",
            (x,),
            "Use less padding, or tf.pad for values of your own.",
            names,
        )
    out = positions(name, (x,), names, x.shape[1:-1], window, strides, padding)
    return Spec((x.shape[0], *out, x.shape[-1]), x.dtype)


def _check_cotangent(name, g, x, window, strides, padding):
    """Raises unless `g` has the shape of pooling `x`."""
    want = _result(name, x, window, strides, padding)
    if tuple(g.shape) != want.shape or g.dtype != x.dtype:
        fail(
            name,
            f"g must be of shape {list(want.shape)} and of the dtype of x",
            (g, x),
            "Check window, strides and padding.",
            ("g", "x"),
        )


def _infer_max_gradient(x, g, **attrs):
    _check_cotangent("max_pool_gradient", g, x, **attrs)
    return Spec(x.shape, g.dtype)


def _infer_gather(x, h, **attrs):
    check_dtype("max_pool_gather", h, REAL, "h")
    if tuple(h.shape) != tuple(x.shape):
        fail("max_pool_gather", "h must have the shape of x", (x, h), "Reshape it.", ("x", "h"))
    return Spec(_result("max_pool_gather", x, **attrs).shape, h.dtype)


def _infer_sum_gradient(g, input_shape, **attrs):
    _check_cotangent("window_sum_gradient", g, Spec(tuple(input_shape), g.dtype), **attrs)
    return Spec(tuple(input_shape), g.dtype)


# (input, window, strides, padding)
_CASES = (
    ((2, 4, 6, 2), (2, 2), (2, 2), ((0, 0), (0, 0))),
    ((1, 5, 6, 2), (3, 2), (2, 1), ((1, 2), (0, 1))),  # windows overlap, sizes do not divide
    ((1, 7, 5, 1), (2, 2), (3, 2), ((0, 1), (1, 0))),  # gaps between windows
    ((2, 6, 3), (3,), (1,), ((1, 1),)),
    ((1, 3, 4, 3, 2), (2, 3, 1), (1, 2, 2), ((1, 0), (1, 1), (0, 0))),
    ((0, 4, 4, 1), (2, 2), (2, 2), ((0, 0), (0, 0))),
)


def _apart(rng, shape):
    """Values of which no two are near: differences do not move the maximum."""
    size = int(np.prod(shape))
    return (rng.permutation(size) * 0.125 - size / 16).reshape(shape)


def _cases(rng):
    """(x, h, g, attrs): h in the shape of x, g in that of the result."""
    for shape, window, strides, padding in _CASES:
        attrs = {"window": window, "strides": strides, "padding": padding}
        out = output_shape(shape[1:-1], window, strides, padding)
        g = draw(rng, (shape[0], *out, shape[-1]), (-2, 2))
        yield _apart(rng, shape), draw(rng, shape, (-2, 2)), g, attrs


_max_pool = Op(
    "max_pool",
    kernels.max_pool,
    lambda x, **attrs: _result("max_pool", x, **attrs),
    per_input(lambda g, y, x, **attrs: apply(_max_pool_gradient, (x, g), attrs)),
    samples=lambda rng: [((x,), attrs) for x, _, _, attrs in _cases(rng)],
    compiled_from=1 << 15,
    doc="The maximum of each window; a NaN in the window is the maximum.",
)
_max_pool_gradient = Op(
    "max_pool_gradient",
    kernels.max_pool_gradient,
    _infer_max_gradient,
    per_input(None, lambda h, y, x, g, **attrs: apply(_max_pool_gather, (x, h), attrs)),
    samples=lambda rng: [((x, g), attrs) for x, _, g, attrs in _cases(rng)],
    compiled_from=1 << 15,
    doc="Gives g to each window's maximum: the first in row-major order, all of them in 3-D.",
)
_max_pool_gather = Op(
    "max_pool_gather",
    kernels.max_pool_gather,
    _infer_gather,
    per_input(None, lambda g, y, x, h, **attrs: apply(_max_pool_gradient, (x, g), attrs)),
    samples=lambda rng: [((x, h), attrs) for x, h, _, attrs in _cases(rng)],
    compiled_from=1 << 15,
    doc="Takes h at each window's maximum: the transpose of max_pool_gradient.",
)
_window_sum = Op(
    "window_sum",
    kernels.window_sum,
    lambda x, **attrs: _result("window_sum", x, **attrs),
    per_input(
        lambda g, y, x, **attrs: apply(
            _window_sum_gradient, (g,), {"input_shape": tuple(x._shape), **attrs}
        )
    ),
    samples=lambda rng: [((h,), attrs) for _, h, _, attrs in _cases(rng)],
    tolerance="scale",
    compiled_from=1 << 15,
    doc="The sum of each window.",
)
_window_sum_gradient = Op(
    "window_sum_gradient",
    kernels.window_sum_gradient,
    _infer_sum_gradient,
    per_input(lambda h, y, g, input_shape, **attrs: apply(_window_sum, (h,), attrs)),
    samples=lambda rng: [
        ((g,), {"input_shape": h.shape, **attrs}) for _, h, g, attrs in _cases(rng)
    ],
    compiled_from=1 << 15,
    doc="The transpose of window_sum: each element gets g of every window it is in.",
)

# -- the functions ---------------------------------------------------------------------------------


def _read(name, ndim, x, ksize, strides, padding, data_format, allowed=REAL):
    """(layout, x with channels last, attrs) from the arguments of a pooling function."""
    layout = Layout(name, ndim, data_format)
    spec = Spec(x._shape, x._dtype)
    check_dtype(name, spec, allowed, "input")
    layout.check_rank(x)
    window = layout.per_axis("ksize", ksize)
    strides = layout.per_axis("strides", strides)
    y = layout.enter(x)
    pads = layout.padding(padding, y._shape[1:-1], window, strides)
    attrs = {"window": window, "strides": strides, "padding": pads}
    _result(name, Spec(y._shape, y._dtype), **attrs, names=("input",))
    return layout, y, attrs


def _maximum(name, ndim, x, ksize, strides, padding, data_format):
    layout, y, attrs = _read(name, ndim, x, ksize, strides, padding, data_format)
    return layout.leave(apply(_max_pool, (y,), attrs), layout.batch(x))


def _mean(name, ndim, x, ksize, strides, padding, data_format):
    layout, y, attrs = _read(name, ndim, x, ksize, strides, padding, data_format, FLOATS)
    y = cast(y, "float32") if x._dtype.itemsize == 2 else y  # sums may be too large for halves
    mean = apply(_window_sum, (y,), attrs) / _counts(y, **attrs)
    return layout.leave(cast(mean, x.dtype), layout.batch(x))


def _counts(x, window, strides, padding):
    """How many elements of `x`, which padding is not, are in each window."""
    if not any(p.__class__ is Dim or p for pair in padding for p in pair):
        return wrap(np.array(np.prod(window), x._dtype))
    attrs = {"window": window, "strides": strides, "padding": padding}
    shape = (1, *x._shape[1:-1], 1)
    if not all(isinstance(size, int) for size in shape):
        return apply(_window_sum, (ones(shape, x.dtype),), attrs)
    return wrap(kernels.window_sum(np.ones(shape, np.float32), **attrs).astype(x._dtype))


def _rank_of(name, x):
    """The number of spatial axes of a tensor with batch and channels."""
    ndim = len(x._shape) - 2
    if ndim not in (1, 2, 3):
        fail(
            name,
            f"input must have 3, 4 or 5 axes (batch, 1 to 3 spatial axes, channels), it has "
            f"{ndim + 2}",
            (Spec(x._shape, x._dtype),),
            "Add the missing axes with tf.expand_dims.",
            ("input",),
        )
    return ndim


@public("nn.max_pool")
def max_pool(input, ksize, strides, padding, data_format=None, name=None):
    """The maximum of each window, over 1, 2 or 3 axes, by the input's rank.

    Args:
      input: numbers (batch, *spatial axes, channels), or channels second for "NC..." formats.
      ksize: the window, an int or a list of 1, n or n + 2.
      strides: from window to window, likewise.
      padding: "VALID", "SAME" (ceil(size / stride) windows), or a (before, after) pair for each
        of the n + 2 axes; what is padded is never the maximum.
      data_format: "NWC", "NHWC", "NDHWC" or "NCW", "NCHW", "NCDHW".

    At equal maxima the gradient goes to the first of a window, over 3 axes to each, as TensorFlow's
    on the CPU does. A window that holds a NaN yields NaN.

    Raises:
      InvalidArgumentError: arguments that do not fit the input, or a window larger than it.

    Example:
    >>> x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    >>> tf.nn.max_pool(x, ksize=2, strides=2, padding="VALID").numpy()[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    """
    x = tensor_of(input)
    ndim = _rank_of("max_pool", x)
    return _maximum("max_pool", ndim, x, ksize, strides, padding, data_format)


@public("nn.max_pool1d")
def max_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """`tf.nn.max_pool` over one axis.

    Example:
    >>> x = tf.reshape([1.0, 3.0, 2.0], [1, 3, 1])
    >>> tf.nn.max_pool1d(x, 2, 1, "SAME").numpy().ravel()
    array([3., 3., 2.], dtype=float32)
    """
    return _maximum("max_pool1d", 1, tensor_of(input), ksize, strides, padding, data_format)


@public("nn.max_pool2d")
def max_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):
    """`tf.nn.max_pool` over two axes.

    Example:
    >>> tf.nn.max_pool2d(tf.zeros([1, 5, 5, 3]), 2, 2, "SAME").shape
    TensorShape([1, 3, 3, 3])
    """
    x = convert_to_tensor(input, dtype_hint="float32")
    return _maximum("max_pool2d", 2, x, ksize, strides, padding, data_format)


@public("nn.max_pool3d")
def max_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """`tf.nn.max_pool` over three axes.

    Example:
    >>> tf.nn.max_pool3d(tf.zeros([1, 4, 4, 4, 3]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 2, 3])
    """
    return _maximum("max_pool3d", 3, tensor_of(input), ksize, strides, padding, data_format)


MaxPoolWithArgmax = namedtuple("MaxPoolWithArgmax", ["output", "argmax"])


@public("nn.max_pool_with_argmax")
def max_pool_with_argmax(
    input,
    ksize,
    strides,
    padding,
    data_format="NHWC",
    output_dtype="int64",
    include_batch_in_index=False,
    name=None,
):
    """`tf.nn.max_pool2d`, and where in the flattened image each maximum is.

    Args:
      output_dtype: of the positions: int64 or int32.
      include_batch_in_index: count through the whole batch, not within each image.

    Returns:
      (output, argmax), of one shape.

    Example:
    >>> x = tf.reshape([1.0, 3.0, 2.0, 3.0], [1, 2, 2, 1])
    >>> output, argmax = tf.nn.max_pool_with_argmax(x, 2, 2, "VALID")
    >>> output.numpy().item(), argmax.numpy().item()
    (3.0, 1)
    """
    name = "max_pool_with_argmax"
    dtype = as_dtype(output_dtype)
    if dtype.name not in ("int32", "int64"):
        raise ValueError(f"[{name}] output_dtype must be tf.int64 or tf.int32, got {dtype!r}.")
    if data_format != "NHWC":
        raise ValueError(f"[{name}] data_format must be 'NHWC', got {data_format!r}: transpose.")
    x = tensor_of(input)
    layout, y, attrs = _read(name, 2, x, ksize, strides, padding, data_format)
    counted = y._shape if include_batch_in_index else (1, *y._shape[1:])
    numbers = np.arange(np.prod(counted), dtype=dtype.numpy_dtype).reshape(counted)
    numbers = wrap(np.broadcast_to(numbers, y._shape))
    output, argmax = apply(_max_pool, (y,), attrs), apply(_max_pool_gather, (y, numbers), attrs)
    batch = layout.batch(x)
    return MaxPoolWithArgmax(layout.leave(output, batch), layout.leave(argmax, batch))


@public("nn.avg_pool")
def avg_pool(input, ksize, strides, padding, data_format=None, name=None):
    """The mean of each window, over 1, 2 or 3 axes, by the input's rank; padding is not counted.

    Args:
      input: floats (batch, *spatial axes, channels), or channels second for "NC..." formats.
      ksize, strides, padding, data_format: as in `tf.nn.max_pool`.

    Raises:
      InvalidArgumentError: arguments that do not fit the input, or a window larger than it.

    Example:
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> tf.nn.avg_pool(x, ksize=2, strides=2, padding="SAME").numpy()[0, :, :, 0]
    array([[2. , 3.5],
           [6.5, 8. ]], dtype=float32)
    """
    x = tensor_of(input)
    return _mean("avg_pool", _rank_of("avg_pool", x), x, ksize, strides, padding, data_format)


@public("nn.avg_pool1d")
def avg_pool1d(input, ksize, strides, padding, data_format="NWC", name=None):
    """`tf.nn.avg_pool` over one axis.

    Example:
    >>> x = tf.reshape([1.0, 3.0, 2.0], [1, 3, 1])
    >>> tf.nn.avg_pool1d(x, 2, 1, "VALID").numpy().ravel()
    array([2. , 2.5], dtype=float32)
    """
    return _mean("avg_pool1d", 1, tensor_of(input), ksize, strides, padding, data_format)


@public("nn.avg_pool2d")
def avg_pool2d(input, ksize, strides, padding, data_format="NHWC", name=None):
    """`tf.nn.avg_pool` over two axes.

    Example:
    >>> tf.nn.avg_pool2d(tf.zeros([1, 5, 5, 3]), 2, 2, "SAME").shape
    TensorShape([1, 3, 3, 3])
    """
    return _mean("avg_pool2d", 2, tensor_of(input), ksize, strides, padding, data_format)


@public("nn.avg_pool3d")
def avg_pool3d(input, ksize, strides, padding, data_format="NDHWC", name=None):
    """`tf.nn.avg_pool` over three axes.

    Example:
    >>> tf.nn.avg_pool3d(tf.zeros([1, 4, 4, 4, 3]), 2, 2, "VALID").shape
    TensorShape([1, 2, 2, 2, 3])
    """
    return _mean("avg_pool3d", 3, tensor_of(input), ksize, strides, padding, data_format)


@public("nn.pool")
def pool(
    input,
    window_shape,
    pooling_type,
    strides=None,
    padding="VALID",
    data_format=None,
    dilations=None,
    name=None,
):
    """The maximum or mean of each window, over as many axes as `window_shape` has.

    Args:
      pooling_type: "MAX" or "AVG".
      dilations: the distance of a window's elements, with strides of 1 and padding "VALID".

    The other arguments are those of `tf.nn.max_pool`.

    Example:
    >>> tf.nn.pool(tf.ones([1, 5, 2]), [3], "AVG").shape
    TensorShape([1, 3, 2])
    """
    kinds = {"MAX": _maximum, "AVG": _mean}
    if pooling_type not in kinds:
        raise ValueError(f"[pool] pooling_type must be 'MAX' or 'AVG', got {pooling_type!r}.")
    x = tensor_of(input)
    ndim = _rank_of("pool", x) if isinstance(window_shape, int) else len(window_shape)
    layout = Layout("pool", ndim, data_format)
    holes = layout.per_axis("dilations", dilations)
    if max(holes) > 1 and max(layout.per_axis("strides", strides)) > 1:
        raise ValueError("[pool] strides > 1 not supported in conjunction with dilations > 1.")

    def plain(x, num_spatial_dims, padding):
        return kinds[pooling_type]("pool", ndim, x, window_shape, strides, padding, data_format)

    return with_space_to_batch(x, holes, padding, plain, data_format=data_format)
