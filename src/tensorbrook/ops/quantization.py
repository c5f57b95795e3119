"""tf.quantization: floats rounded to as many values as integers of few bits have."""

from ..base.errors import InvalidArgumentError
from ..core.dispatch import public, tensor_of
from ..core.tensor import convert_to_tensor
from .cast import stop_gradient
from .compare import greater, less, logical_and, logical_not
from .elementwise import floor, maximum, minimum, rint
from .reduce import reduce_max, reduce_min, reduce_sum
from .select import where
from .shape import reshape


def _along(values, x, axis):
    """Ends for each place along an axis of `x`, so that they broadcast."""
    if axis is None:
        return values
    sizes = [1] * len(x._shape)
    sizes[axis] = x._shape[axis]
    return reshape(values, sizes)


def _nudged(low, high, num_bits, narrow_range):
    """(lowest value, highest value, step) near the given ends, such that 0 is a value."""
    if not 2 <= num_bits <= 16:
        raise InvalidArgumentError(f"[fake_quant] num_bits must be 2 to 16, got {num_bits}.")
    first, last = float(narrow_range), float(2**num_bits - 1)
    step = (high - low) / (last - first)
    zero = minimum(maximum(floor(first - low / step + 0.5), first), last)
    return (first - zero) * step, (last - zero) * step, step


def fake_quant(x, low, high, num_bits, narrow_range, axis=None):
    """`x` between a least and a largest value, in as many steps as `num_bits` count.

    Gradients are those of a plain clip to these ends.
    """
    lows, highs = _along(low, x, axis), _along(high, x, axis)
    start, end, step = map(stop_gradient, _nudged(lows, highs, num_bits, narrow_range))
    lows = start + (lows - stop_gradient(lows))  # the value of one, the gradient of the other
    highs = end + (highs - stop_gradient(highs))
    inside = minimum(maximum(x, lows), highs)
    rounded = floor((inside - start) / step + 0.5) * step + start
    return stop_gradient(rounded) + (inside - stop_gradient(inside))


def _ends(inputs, low, high):
    x = tensor_of(inputs)
    return x, convert_to_tensor(low, x.dtype), convert_to_tensor(high, x.dtype)


@public("quantization.fake_quant_with_min_max_args")
def fake_quant_with_min_max_args(inputs, min=-6, max=6, num_bits=8, narrow_range=False, name=None):
    """`inputs` clipped to [min, max] and rounded to the values that `num_bits` bits count.

    The ends are moved a little, so that 0 is a value.

    Args:
      inputs: float32.
      min, max: the ends.
      num_bits: 2 to 16.
      narrow_range: leave the lowest value out.

    Example:
    >>> tf.quantization.fake_quant_with_min_max_args([-9.0, 0.1, 2.6], num_bits=3).numpy().round(4)
    array([-6.8571,  0.    ,  3.4286], dtype=float32)
    """
    return fake_quant(*_ends(inputs, min, max), num_bits, narrow_range)


@public("quantization.fake_quant_with_min_max_vars")
def fake_quant_with_min_max_vars(inputs, min, max, num_bits=8, narrow_range=False, name=None):
    """As `fake_quant_with_min_max_args`, with ends that have gradients.

    Args:
      inputs: float32.
      min, max: scalars.
      num_bits, narrow_range: as there.

    Example:
    >>> tf.quantization.fake_quant_with_min_max_vars([0.3, 9.0], 0.0, 3.0, num_bits=2).numpy()
    array([0., 3.], dtype=float32)
    """
    return fake_quant(*_ends(inputs, min, max), num_bits, narrow_range)


@public("quantization.fake_quant_with_min_max_vars_per_channel")
def fake_quant_with_min_max_vars_per_channel(
    inputs, min, max, num_bits=8, narrow_range=False, name=None
):
    """As `fake_quant_with_min_max_vars`, with ends for each place of the last axis.

    Args:
      inputs: (..., n) float32.
      min, max: (n,).
      num_bits, narrow_range: as there.

    Example:
    >>> f = tf.quantization.fake_quant_with_min_max_vars_per_channel
    >>> f([[2.0, 2.0]], [0.0, 0.0], [1.0, 3.0], num_bits=2).numpy()
    array([[1., 2.]], dtype=float32)
    """
    return fake_quant(*_ends(inputs, min, max), num_bits, narrow_range, -1)


def _shares(gradients, inputs, low, high, num_bits, narrow_range, axis=None):
    """The gradient's parts within, below and above the ends."""
    g, (x, low, high) = tensor_of(gradients), _ends(inputs, low, high)
    start, end, _ = _nudged(_along(low, x, axis), _along(high, x, axis), num_bits, narrow_range)
    below, above = less(x, start), greater(x, end)
    within = logical_and(logical_not(below), logical_not(above))
    parts = [where(part, g, 0) for part in (within, below, above)]
    axes = None if axis is None else list(range(len(x._shape) - 1))
    return parts[0], reduce_sum(parts[1], axes), reduce_sum(parts[2], axes)


@public("quantization.fake_quant_with_min_max_args_gradient")
def fake_quant_with_min_max_args_gradient(
    gradients, inputs, min=-6, max=6, num_bits=8, narrow_range=False, name=None
):
    """The gradient of `fake_quant_with_min_max_args` by its inputs, from that of its results.

    Example:
    >>> g = tf.quantization.fake_quant_with_min_max_args_gradient([1.0, 1.0], [0.5, 7.0])
    >>> g.numpy()
    array([1., 0.], dtype=float32)
    """
    return _shares(gradients, inputs, min, max, num_bits, narrow_range)[0]


@public("quantization.fake_quant_with_min_max_vars_gradient")
def fake_quant_with_min_max_vars_gradient(
    gradients, inputs, min, max, num_bits=8, narrow_range=False, name=None
):
    """The gradients of `fake_quant_with_min_max_vars` by inputs, `min` and `max`.

    Example:
    >>> x, g = tf.constant([0.5, 7.0]), tf.constant([1.0, 2.0])
    >>> found = tf.quantization.fake_quant_with_min_max_vars_gradient(g, x, -6.0, 6.0)
    >>> [part.numpy().tolist() for part in found]
    [[1.0, 0.0], 0.0, 2.0]
    """
    return _shares(gradients, inputs, min, max, num_bits, narrow_range)


@public("quantization.fake_quant_with_min_max_vars_per_channel_gradient")
def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients, inputs, min, max, num_bits=8, narrow_range=False, name=None
):
    """The gradients of `fake_quant_with_min_max_vars_per_channel` by inputs, `min` and `max`.

    Example:
    >>> x, g = tf.constant([[0.5, 7.0]]), tf.constant([[1.0, 2.0]])
    >>> low, high = tf.constant([-6.0, -6.0]), tf.constant([6.0, 6.0])
    >>> gradient = tf.quantization.fake_quant_with_min_max_vars_per_channel_gradient
    >>> [part.numpy().tolist() for part in gradient(g, x, low, high)]
    [[[1.0, 0.0]], [0.0, 0.0], [0.0, 2.0]]
    """
    return _shares(gradients, inputs, min, max, num_bits, narrow_range, -1)


@public("quantization.quantize_and_dequantize_v2")
def quantize_and_dequantize_v2(
    input,
    input_min,
    input_max,
    signed_input=True,
    num_bits=8,
    range_given=False,
    round_mode="HALF_TO_EVEN",
    name=None,
    narrow_range=False,
    axis=None,
):
    """Floats rounded to the values of integers of `num_bits` bits, times a scale.

    Gradients go through where inputs are within `input_min` and `input_max`; beyond they are those
    of the ends.

    Args:
      input: floats.
      input_min, input_max: the range; scalars, or one for each place along `axis`.
      signed_input: whether the integers are signed.
      num_bits: of the integers.
      range_given: False takes the range of the input instead, and clips nothing.
      round_mode: "HALF_TO_EVEN" or "HALF_UP".
      narrow_range: leave the lowest integer out.
      axis: along which ranges differ.

    Raises:
      ValueError: another round_mode.

    Example:
    >>> f = tf.quantization.quantize_and_dequantize_v2
    >>> f([0.1, 0.4, 2.0], 0.0, 1.0, False, 2, range_given=True).numpy().round(4)
    array([0.    , 0.3333, 1.    ], dtype=float32)
    """
    if round_mode not in ("HALF_TO_EVEN", "HALF_UP"):
        raise ValueError(
            f"[quantize_and_dequantize] round_mode is 'HALF_TO_EVEN' or 'HALF_UP', got "
            f"{round_mode!r}."
        )
    x, low, high = _ends(input, input_min, input_max)
    low, high = _along(low, x, axis), _along(high, x, axis)
    least = -(2 ** (num_bits - 1)) + bool(narrow_range) if signed_input else bool(narrow_range)
    most = 2 ** (num_bits - 1) - 1 if signed_input else 2**num_bits - 1
    if range_given:
        start, end = low, high
    else:
        rank = len(x._shape)
        others = None if axis is None else [i for i in range(rank) if i != axis % rank]
        start, end = (f(x, others, axis is not None) for f in (reduce_min, reduce_max))
    step = _step(stop_gradient(start), stop_gradient(end), float(least), float(most))
    value = minimum(maximum(x, least * step), most * step) if range_given else x
    value = value / step
    value = floor(value + 0.5) if round_mode == "HALF_UP" else rint(value)
    within = minimum(maximum(x, low), high)
    return stop_gradient(value * step) + (within - stop_gradient(within))


def _step(low, high, least, most):
    """What stands between two values, so that the integers reach both ends."""
    above = high / most
    if not least:
        return above
    return where(low * least > 0, maximum(low / least, where(high > 0, above, 0)), above)


@public("quantization.quantize_and_dequantize")
def quantize_and_dequantize(
    input,
    input_min,
    input_max,
    signed_input=True,
    num_bits=8,
    range_given=False,
    round_mode="HALF_TO_EVEN",
    name=None,
    narrow_range=False,
    axis=None,
):
    """`quantize_and_dequantize_v2` under its old name, whose gradients go through everywhere.

    Example:
    >>> tf.quantization.quantize_and_dequantize([0.0, 1.0], -1.0, 1.0, range_given=True).numpy()
    array([0., 1.], dtype=float32)
    """
    x = tensor_of(input)
    y = quantize_and_dequantize_v2(
        stop_gradient(x),
        input_min,
        input_max,
        signed_input,
        num_bits,
        range_given,
        round_mode,
        None,
        narrow_range,
        axis,
    )
    return stop_gradient(y) + (x - stop_gradient(x))
