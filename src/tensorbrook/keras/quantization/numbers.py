"""Floats as small integers and as float8, and back."""

from ... import ops
from ...base.dtypes import as_dtype
from ...core.tensor import convert_to_tensor
from ...ops.quantization import fake_quant


def abs_max_quantize(
    inputs, axis, value_range=(-127, 127), dtype="int8", epsilon=1e-07, to_numpy=False
):
    """Scales floats so that the largest is the range's end, and rounds them.

    Args:
      inputs: a tensor of floats.
      axis: the axis, or axes, over which the largest is taken; None for all.
      value_range: the least and the largest result.
      dtype: of the result.
      epsilon: added to the largest, so that it may be 0.
      to_numpy: changes nothing here: tensors lie in the computer's memory.

    Returns:
      (integers, scale): inputs are about integers / scale.

    Example:
    >>> integers, scale = tf.keras.quantizers.abs_max_quantize([[1.0, -2.0]], axis=-1)
    >>> integers.numpy(), scale.numpy()
    (array([[  64, -127]], dtype=int8), array([[63.5]], dtype=float32))
    """
    x = convert_to_tensor(inputs)
    wide = ops.cast(x, "float32") if x.dtype.name in ("float16", "bfloat16") else x
    largest = ops.reduce_max(ops.abs(wide), axis, keepdims=True)
    scale = value_range[1] / (largest + epsilon)
    integers = ops.clip_by_value(ops.round(wide * scale), *map(float, value_range))
    return ops.cast(integers, dtype), ops.cast(scale, x.dtype)


def abs_max_quantize_grouped_with_zero_point(
    inputs, block_size, value_range=(-8, 7), dtype="int8", epsilon=1e-07, to_numpy=False
):
    """Scales the rows of a matrix, in groups, so that each group's values fill 4 bits, and rounds.

    Args:
      inputs: a matrix of floats.
      block_size: how many rows a group has, which shares a scale and a zero for each column.
      value_range: the least and the largest result.
      dtype: of the result.
      epsilon: added to the range of values, so that it may be 0.
      to_numpy: changes nothing here: tensors lie in the computer's memory.

    Returns:
      (integers, scale, zero), the latter two with a row for each group: inputs are about
      (integers - zero) * scale.

    Example:
    >>> matrix = tf.constant([[-1.0, 0.5], [2.0, -1.0]])
    >>> f = tf.keras.quantizers.abs_max_quantize_grouped_with_zero_point
    >>> [x.numpy().tolist() for x in f(matrix, block_size=2)][::2]
    [[[-8, 7], [7, -8]], [[-3, 2]]]
    """
    x = ops.cast(convert_to_tensor(inputs), "float32")
    rows, columns = x._shape
    if block_size <= 0:
        raise ValueError(f"block_size must be a positive integer. Received: {block_size}")
    block_size = min(block_size, rows)
    groups = -(-rows // block_size)
    filled = ops.pad(x, [[0, groups * block_size - rows], [0, 0]])
    grouped = ops.reshape(filled, (groups, block_size, columns))
    low = ops.reduce_min(grouped, 1, keepdims=True)
    high = ops.reduce_max(grouped, 1, keepdims=True)
    flat = high - low < epsilon
    low, high = ops.where(flat, low - 1.0, low), ops.where(flat, high + 1.0, high)
    scale = (high - low + epsilon) / float(value_range[1] - value_range[0])
    zero = ops.clip_by_value(ops.round(-low / scale) - 8.0, -8.0, 7.0)
    integers = ops.clip_by_value(ops.round(grouped / scale) + zero, *map(float, value_range))
    integers = ops.reshape(integers, (groups * block_size, columns))[:rows]
    return ops.cast(integers, dtype), scale[:, 0], ops.cast(zero[:, 0], "int8")


def _packable(arr, dtype):
    if dtype not in ("int8", "uint8"):
        raise ValueError(f"Expected dtype to be 'int8' or 'uint8', but got '{dtype}'.")
    x = convert_to_tensor(arr)
    if x.dtype.name != dtype:
        raise TypeError(f"Expected {dtype} tensor for packing, got {x.dtype.name}.")
    return x


def pack_int4(arr, axis=0, dtype="int8"):
    """Two 4-bit numbers in each byte: those of even places in the low half.

    Args:
      arr: a tensor of int8 or uint8 that 4 bits hold.
      axis: along which neighbours are put together.
      dtype: of both: "int8" or "uint8".

    Returns:
      (the bytes, their shape, the number of elements along the axis).

    Example:
    >>> numbers = np.array([[-3, 7], [2, -8], [1, 0]], "int8")
    >>> packed, shape, count = tf.keras.quantizers.pack_int4(numbers)
    >>> packed.numpy(), shape, count
    (array([[  45, -121],
           [   1,    0]], dtype=int8), (2, 2), 3)
    """
    x = _packable(arr, dtype)
    axis %= x.ndim
    count = x._shape[axis]
    x = ops.pad(x, [[0, count % 2 if i == axis else 0] for i in range(x.ndim)])
    pairs = (*x._shape[:axis], (count + 1) // 2, 2, *x._shape[axis + 1 :])
    low, high = ops.unstack(ops.reshape(ops.bitcast(x, "uint8"), pairs), axis=axis + 1)
    low = ops.bitwise_and(low, convert_to_tensor(15, "uint8"))
    packed = ops.bitwise_or(ops.left_shift(high, convert_to_tensor(4, "uint8")), low)
    return ops.bitcast(packed, dtype), tuple(packed.shape), count


def unpack_int4(packed, orig_len, axis=0, dtype="int8"):
    """What `pack_int4` was given.

    Args:
      packed: the bytes.
      orig_len: the number of elements along the axis.
      axis, dtype: as of `pack_int4`.

    Example:
    >>> tf.keras.quantizers.unpack_int4(np.array([45, 1], "int8"), 3).numpy()
    array([-3,  2,  1], dtype=int8)
    """
    x = convert_to_tensor(packed)
    x = _packable(ops.bitcast(x, dtype) if x.dtype.name in ("int8", "uint8") else x, dtype)
    axis %= x.ndim
    four = convert_to_tensor(4, dtype)
    # shifts to the right keep the sign
    halves = [ops.right_shift(half, four) for half in (ops.left_shift(x, four), x)]
    both = ops.stack(halves, axis + 1)
    shape = (*x._shape[:axis], 2 * x._shape[axis], *x._shape[axis + 1 :])
    return ops.reshape(both, shape)[(*[slice(None)] * axis, slice(orig_len))]


# -- float8 ----------------------------------------------------------------------------------------


def compute_float8_scale(amax, scale, dtype_max, margin=0):
    """The factor that brings values up to `amax` within the dtype; `scale` where there are none.

    Example:
    >>> tf.keras.quantizers.compute_float8_scale(tf.constant(896.0), 1.0, 448.0).numpy()
    np.float32(2.0)
    """
    amax = convert_to_tensor(amax)
    inverse = ops.reciprocal(ops.cast(scale, amax.dtype))
    found = (dtype_max / amax) / 2**margin
    found = ops.where(amax > 0.0, found, inverse)
    return ops.reciprocal(ops.where(ops.is_finite(amax), found, inverse))


def compute_float8_amax_history(x, amax_history):
    """The history, one step further, with the largest of `x` at its beginning.

    Example:
    >>> history = tf.constant([1.0, 2.0, 3.0])
    >>> tf.keras.quantizers.compute_float8_amax_history(tf.constant([-4.0, 1.0]), history).numpy()
    array([4., 3., 1.], dtype=float32)
    """
    history = convert_to_tensor(amax_history)
    amax = ops.cast(ops.reduce_max(ops.abs(convert_to_tensor(x))), history.dtype)
    return ops.concat([ops.reshape(amax, (1,)), history[2:], history[:1]], 0)


def quantize_and_dequantize(inputs, scale, quantized_dtype, compute_dtype):
    """`inputs` as float8 holds them: divided by `scale`, rounded, multiplied again.

    Example:
    >>> f = tf.keras.quantizers.quantize_and_dequantize
    >>> f(tf.constant([0.3, 1000.0]), 1.0, "float8_e4m3fn", "float32").numpy()
    array([3.125e-01, 4.480e+02], dtype=float32)
    """
    most = ops.cast(largest(quantized_dtype), compute_dtype)
    scale = ops.cast(scale, compute_dtype)
    small = ops.clip_by_value(ops.cast(inputs, compute_dtype) / scale, -most, most)
    return ops.cast(ops.cast(small, quantized_dtype), compute_dtype) * scale


def largest(dtype):
    """The largest number of a float8 dtype."""
    return {"float8_e4m3fn": 448.0, "float8_e5m2": 57344.0}[as_dtype(dtype).name]


# -- quantization while training -------------------------------------------------------------------


def fake_quant_with_min_max_vars(
    inputs, min_vals, max_vals, num_bits=8, narrow_range=False, axis=None
):
    """`inputs` between a least and a largest value, in as many steps as `num_bits` count.

    The gradient goes through where inputs lie within; beyond, it is that of the ends.

    Args:
      inputs: a tensor of floats.
      min_vals, max_vals: the ends; for each place along `axis`, if it is given.
      num_bits: of an integer that would count the steps.
      narrow_range: one step less.
      axis: along which the ends differ.

    Example:
    >>> f = tf.keras.quantizers.fake_quant_with_min_max_vars
    >>> f(tf.constant([-2.0, 0.3, 1.0]), -1.0, 1.0, num_bits=2, narrow_range=True).numpy()
    array([-1.,  0.,  1.], dtype=float32)
    """
    x = convert_to_tensor(inputs)
    low, high = (ops.cast(convert_to_tensor(v), "float32") for v in (min_vals, max_vals))
    wide = ops.cast(x, "float32")
    return ops.cast(fake_quant(wide, low, high, num_bits, narrow_range, axis), x.dtype)
