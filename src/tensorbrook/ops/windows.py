"""Windows of tensors: dilation and erosion, patches of volumes, pools of uneven regions."""

from collections import namedtuple
from math import ceil

import numpy as np

from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec
from ..core.tensor import convert_to_tensor
from ._families import pair
from ._kernels import philox
from ._windows import Layout
from .cast import cast
from .compare import less
from .conv import depthwise_backward
from .create import range_
from .elementwise import minimum
from .index import gather
from .join import pad
from .matmul import einsum
from .reduce import reduce_max, reduce_sum
from .seeding import get_seed
from .shape import expand_dims, reshape, reverse, static_ints, transpose


def windows_of(layout, x, window, strides, padding="VALID", rates=None, fill=0):
    """(batch, places..., offsets..., channels): what each window sees, with `fill` around.

    Args:
      layout: a Layout (ops/_windows.py); `x` has channels last.
      window, strides, rates: an int for each spatial axis.

    Example:
    >>> from tensorbrook.ops._windows import Layout
    >>> from tensorbrook.ops.windows import windows_of
    >>> windows_of(Layout("f", 1, "NWC"), tf.zeros([2, 5, 3]), (2,), (1,)).shape
    TensorShape([2, 4, 2, 3])
    """
    ndim, rates = layout.ndim, rates or (1,) * layout.ndim
    pads = layout.padding(padding, x._shape[1:-1], window, strides, rates)
    if any(map(any, pads)):
        x = pad(x, [(0, 0), *pads, (0, 0)], constant_values=fill)
    for k, (size, stride, rate) in enumerate(zip(window, strides, rates)):
        axis = 1 + 2 * k
        count = (x._shape[axis] - (size - 1) * rate - 1) // stride + 1
        places = expand_dims(range_(count) * stride, 1) + range_(size) * rate
        x = gather(x, places, axis=axis)
    order = [*range(1, 2 * ndim, 2), *range(2, 2 * ndim + 1, 2)]
    return transpose(x, [0, *order, 2 * ndim + 1])


def local_conv(name, x, kernel, kernel_size, strides, data_format, bias=None):
    """What each window gives by its own kernel, (places, window and channels, filters), + bias."""
    ndim = len(kernel_size)
    layout = Layout(name, ndim, data_format)
    seen = windows_of(layout, layout.enter(x), kernel_size, strides)
    counts = seen._shape[1 : ndim + 1]
    if layout.channels_first:  # Keras lays a window's channels out before its places
        order = [*range(ndim + 1), 2 * ndim + 1, *range(ndim + 1, 2 * ndim + 1)]
        seen = transpose(seen, order)
    places, window, filters = kernel.shape
    found = einsum("bpw,pwf->bpf", reshape(seen, (-1, places, window)), kernel)
    found = reshape(found, (-1, *counts, filters))
    return layout.leave(found if bias is None else found + bias, x._shape[:1])


@public("nn.dilation2d")
def dilation2d(input, filters, strides, padding, data_format, dilations, name=None):
    """The largest of input + filter over windows, for each channel.

    Args:
      input: (batch, height, width, channels).
      filters: (height, width, channels).
      strides, dilations: [1, rows, columns, 1].
      padding: "SAME" or "VALID"; nothing outside of the picture counts.
      data_format: "NHWC".

    Raises:
      ValueError: another data format.
      InvalidArgumentError: another rank, or other channels.

    Example:
    >>> x = tf.reshape(tf.range(4.0), [1, 2, 2, 1])
    >>> tf.nn.dilation2d(x, tf.zeros([2, 2, 1]), [1] * 4, "VALID", "NHWC", [1] * 4).numpy().item()
    3.0
    """
    return _dilation("dilation2d", input, filters, strides, padding, data_format, dilations)


def _dilation(name, input, filters, strides, padding, data_format, dilations):
    if data_format != "NHWC":
        raise ValueError(f"[{name}] Data formats other than NHWC are not yet supported.")
    x, w = pair(name, input, filters)
    layout = Layout(name, 2, data_format)
    layout.check_rank(x)
    if len(w._shape) != 3 or w._shape[2] != x._shape[-1]:
        raise InvalidArgumentError(
            f"[{name}] filters must be (height, width, {x._shape[-1]}), got {w.shape}: one "
            "for each channel."
        )
    floats = w._dtype.kind not in "iu"
    least = -np.inf if floats else int(np.iinfo(w._dtype).min) // 2
    steps = layout.per_axis("strides", strides), layout.per_axis("dilations", dilations)
    seen = windows_of(layout, x, w._shape[:2], steps[0], padding, steps[1], least)
    return reduce_max(seen + w, [3, 4])


@public("nn.erosion2d")
def erosion2d(value, filters, strides, padding, data_format, dilations, name=None):
    """The smallest of input - reversed filter over windows: `dilation2d` turned around.

    Example:
    >>> x = tf.reshape(tf.range(1.0, 5.0), [1, 2, 2, 1])
    >>> tf.nn.erosion2d(x, tf.zeros([2, 2, 1]), [1] * 4, "VALID", "NHWC", [1] * 4).numpy().item()
    1.0
    """
    x, w = pair("erosion2d", value, filters)
    w = reverse(w, [0, 1])
    return -_dilation("erosion2d", -x, w, strides, padding, data_format, dilations)


@public("extract_volume_patches")
def extract_volume_patches(input, ksizes, strides, padding, name=None):
    """Windows of volumes, each laid out in the last axis.

    Args:
      input: (batch, depth, height, width, channels).
      ksizes, strides: [1, planes, rows, columns, 1].
      padding: "VALID", or "SAME" with zeros around.

    Example:
    >>> x = tf.reshape(tf.range(8), [1, 2, 2, 2, 1])
    >>> tf.extract_volume_patches(x, [1, 2, 2, 2, 1], [1] * 5, "VALID").numpy().ravel()
    array([0, 1, 2, 3, 4, 5, 6, 7], dtype=int32)
    """
    x, layout = tensor_of(input), Layout("extract_volume_patches", 3, "NDHWC")
    layout.check_rank(x)
    window = layout.per_axis("ksizes", ksizes)
    seen = windows_of(layout, x, window, layout.per_axis("strides", strides), padding)
    return reshape(seen, (*seen._shape[:4], int(np.prod(window)) * x._shape[-1]))


# -- pools of uneven regions -----------------------------------------------------------------------

_FIELDS = ["output", "row_pooling_sequence", "col_pooling_sequence"]
FractionalAvgPool = namedtuple("FractionalAvgPool", _FIELDS)
FractionalMaxPool = namedtuple("FractionalMaxPool", _FIELDS)


def _boundaries(stream, size, count, pseudo_random, at):
    """Where `count` regions of an axis begin, and its size; (they, the next block's number)."""
    key, counter = stream
    if pseudo_random:
        wide, whole = size / count, size // count
        most = min((whole + 2) / wide - 1, (size + 1 - whole) / wide - (count - 1))
        start = philox.uniform(key, counter + at, 1, np.dtype("float64"))[0] * most
        inner = [ceil(wide * (i + start)) - 1 for i in range(1, count)]
        return np.array([0, *inner, size], np.int64), at + 1
    lengths = np.full(count, size // count, np.int64)
    lengths[: size % count] += 1
    lengths = lengths[philox.shuffle_order(key, counter + at, count)]
    return np.concatenate([[0], np.cumsum(lengths)]), at - (-count // 4)


def _regions_kernel(state, sizes, counts, pseudo_random):
    stream, at, found = philox.from_state(state), 0, []
    for size, count in zip(sizes, counts):
        bounds, at = _boundaries(stream, size, count, pseudo_random, at)
        found.append(bounds)
    return tuple(found)


_regions = Op(
    "draw_regions",
    _regions_kernel,
    lambda state, counts, **attrs: tuple(Spec((n + 1,), np.dtype("int64")) for n in counts),
    samples=lambda rng: [
        (
            (np.array([5, 0, 7]),),
            {"sizes": (7, 6), "counts": (5, 3), "pseudo_random": pseudo_random},
        )
        for pseudo_random in (False, True)
    ],
    doc="The beginnings of regions of two axes, drawn.",
    why_no_gradient="it draws regions",
)


def _fractional(name, value, ratio, pseudo_random, overlapping, seed, mean):
    x, ratio = tensor_of(value), [float(r) for r in np.broadcast_to(ratio, np.shape(ratio) or 1)]
    layout = Layout(name, 2, "NHWC")
    layout.check_rank(x)
    if len(ratio) in (1, 2):
        ratio = [1.0, ratio[0], ratio[-1], 1.0]
    if len(ratio) != 4 or ratio[0] != 1.0 or ratio[3] != 1.0 or min(ratio) < 1.0:
        raise ValueError(
            f"[{name}] pooling_ratio must be numbers of at least 1: one, two, or four whose first "
            f"and last are 1, got {ratio}."
        )
    sizes = static_ints(x._shape[1:3], "height and width")
    counts = tuple(int(size / by) for size, by in zip(sizes, ratio[1:3]))
    seeds = get_seed(seed) if seed else (None, None)
    stream = philox.unseeded() if seeds == (None, None) else philox.seeded(*seeds)
    attrs = {"sizes": sizes, "counts": counts, "pseudo_random": bool(pseudo_random)}
    bounds = apply(_regions, (convert_to_tensor(philox.to_state(*stream)),), attrs)
    y = x
    for axis, bound, size, count in zip((1, 2), bounds, sizes, counts):
        start, end = expand_dims(bound[:-1], 1), expand_dims(bound[1:], 1)
        end = minimum(end + (1 if overlapping else 0), size)
        longest = size // count + 2 + bool(overlapping)
        places = start + range_(longest, dtype="int64")
        parts = gather(y, minimum(places, end - 1), axis=axis)
        if not mean:
            y = reduce_max(parts, axis + 1)
            continue
        inside = cast(less(places, end), parts.dtype)
        inside = inside / reduce_sum(inside, 1, True)
        shape = (*inside._shape, *[1] * (len(parts._shape) - axis - 2))
        y = reduce_sum(parts * reshape(inside, shape), axis + 1)
    return (FractionalAvgPool if mean else FractionalMaxPool)(y, *bounds)


@public("nn.fractional_max_pool")
def fractional_max_pool(
    value, pooling_ratio, pseudo_random=False, overlapping=False, seed=0, name=None
):
    """The largest of regions whose sizes are drawn, so that any ratio of sizes is met.

    Args:
      value: (batch, height, width, channels).
      pooling_ratio: how many times smaller the result is: a number of at least 1, two of them, or
        [1, rows, columns, 1].
      pseudo_random: spread the regions more evenly.
      overlapping: let regions share the element between them.
      seed: an integer; 0 draws other regions at each call.

    Returns:
      (output, where the regions of rows begin, where those of columns do).

    Example:
    >>> tf.nn.fractional_max_pool(tf.ones([1, 6, 6, 1]), 1.5, seed=1).output.shape
    TensorShape([1, 4, 4, 1])
    """
    name = "fractional_max_pool"
    return _fractional(name, value, pooling_ratio, pseudo_random, overlapping, seed, False)


@public("nn.fractional_avg_pool")
def fractional_avg_pool(
    value, pooling_ratio, pseudo_random=False, overlapping=False, seed=0, name=None
):
    """`fractional_max_pool` with the means of the regions.

    Example:
    >>> tf.nn.fractional_avg_pool(tf.ones([1, 6, 6, 1]), 1.5, seed=1).output.numpy().max()
    np.float32(1.0)
    """
    name = "fractional_avg_pool"
    return _fractional(name, value, pooling_ratio, pseudo_random, overlapping, seed, True)


# -- gradients of depthwise convolutions -----------------------------------------------------------


@public("nn.depthwise_conv2d_backprop_input")
def depthwise_conv2d_backprop_input(
    input_sizes,
    filter,
    out_backprop,
    strides,
    padding,
    data_format="NHWC",
    dilations=(1, 1, 1, 1),
    name=None,
):
    """The gradient of `depthwise_conv2d` by its input.

    Args:
      input_sizes: the input's shape.
      filter: (height, width, channels, multiplier).
      out_backprop: the gradient by the result.
      strides, padding, data_format, dilations: the convolution's.

    Example:
    >>> g = tf.nn.depthwise_conv2d_backprop_input(
    ...     [1, 3, 3, 1], tf.ones([2, 2, 1, 1]), tf.ones([1, 2, 2, 1]), [1] * 4, "VALID"
    ... )
    >>> g.numpy()[0, :, 1, 0]
    array([2., 4., 2.], dtype=float32)
    """
    name, shape = "depthwise_conv2d_backprop_input", static_ints(input_sizes, "input_sizes")
    w, g = tensor_of(filter), tensor_of(out_backprop)
    return depthwise_backward(name, shape, w, g, strides, padding, data_format, dilations)


@public("nn.depthwise_conv2d_backprop_filter")
def depthwise_conv2d_backprop_filter(
    input,
    filter_sizes,
    out_backprop,
    strides,
    padding,
    data_format="NHWC",
    dilations=(1, 1, 1, 1),
    name=None,
):
    """The gradient of `depthwise_conv2d` by its filter.

    Args: as `depthwise_conv2d_backprop_input`; filter_sizes: the filter's shape.

    Example:
    >>> g = tf.nn.depthwise_conv2d_backprop_filter(
    ...     tf.ones([1, 3, 3, 1]), [2, 2, 1, 1], tf.ones([1, 2, 2, 1]), [1] * 4, "VALID"
    ... )
    >>> g.numpy().ravel()
    array([4., 4., 4., 4.], dtype=float32)
    """
    name, shape = "depthwise_conv2d_backprop_filter", static_ints(filter_sizes, "filter_sizes")
    x, g = tensor_of(input), tensor_of(out_backprop)
    return depthwise_backward(name, x, shape, g, strides, padding, data_format, dilations)
