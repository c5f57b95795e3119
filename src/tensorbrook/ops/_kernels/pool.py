"""NumPy kernels of pooling over channels-last arrays.

Sums and maxima over a window are taken one axis after the other: k + k steps for k times k.
"""

import numpy as np

from .halves import rounded_once
from .windows import crop, output_shape, padded, tap_slices, taps_of


def lowest(dtype):
    """What padding counts as in a maximum."""
    return np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf


def _slide(x, axis, size, stride, combine):
    """`combine` of the `size` elements of each window along one axis."""
    count = (x.shape[axis] - size) // stride + 1
    lead = (slice(None),) * axis

    def seen(tap):
        return x[(*lead, slice(tap, tap + (count - 1) * stride + 1, stride))]

    if size == 1:
        return seen(0)
    y = combine(seen(0), seen(1))
    for tap in range(2, size):
        combine(y, seen(tap), out=y)
    return y


def _reduce_windows(x, window, strides, combine):
    for axis, (size, stride) in enumerate(zip(window, strides), start=1):
        if size > 1 or stride > 1:
            x = _slide(x, axis, size, stride, combine)
    return x


def max_pool(x, window, strides, padding):
    """The kernel of max_pool."""
    return _reduce_windows(padded(x, padding, lowest(x.dtype)), window, strides, np.maximum)


@rounded_once
def window_sum(x, window, strides, padding):
    """The kernel of window_sum."""
    return _reduce_windows(padded(x, padding), window, strides, np.add)


@rounded_once
def window_sum_gradient(g, input_shape, window, strides, padding):
    """The kernel of window_sum_gradient: each axis in turn gives every window to its elements."""
    for axis, (size, stride) in reversed(list(enumerate(zip(window, strides), start=1))):
        low, high = padding[axis - 1]
        shape, count, lead = list(g.shape), g.shape[axis], (slice(None),) * axis
        shape[axis] = input_shape[axis] + low + high
        if shape[axis] == count and size == 1:
            continue
        spread = np.zeros(shape, g.dtype)
        for tap in range(size):
            spread[(*lead, slice(tap, tap + (count - 1) * stride + 1, stride))] += g
        g = spread
    return crop(g, padding)


def _chosen(x, out, window, strides, padding):
    """(slices, mask) for each tap: where the windows' maxima are, the choice among equal ones TF's.

    Over one or two axes that is the first in row-major order; over three, all that are equal.
    """
    source = padded(x, padding, lowest(x.dtype))
    best = _reduce_windows(source, window, strides, np.maximum)
    pending = np.ones(best.shape, bool)
    for tap in taps_of(window):
        slices = tap_slices(tap, out, strides)
        mask = source[slices] == best
        if len(window) < 3:
            mask &= pending
            if any(low or high for low, high in padding):
                mask &= _inside(tap, x.shape, out, strides, padding)
            pending ^= mask
        yield slices, mask


def _inside(tap, shape, out, strides, padding):
    """Which window positions see an element at this tap, not padding; broadcasts to the result."""
    inside = np.ones((1,) * len(shape), bool)
    for axis, (t, o, s, (low, _)) in enumerate(zip(tap, out, strides, padding), start=1):
        at = np.arange(o) * s + (t - low)
        along = [-1 if i == axis else 1 for i in range(len(shape))]
        inside = inside & ((at >= 0) & (at < shape[axis])).reshape(along)
    return inside


def _where(mask, values):
    """np.where(mask, values, 0), five times as quick: bits are kept or cleared, NaNs included."""
    values_bits = _bits(values)
    kept = mask.view(np.int8).astype(values_bits.dtype)
    np.negative(kept, out=kept)
    kept &= values_bits
    return kept.view(values.dtype)


def _bits(values):
    """The same memory as signed integers."""
    return values.view(f"i{values.dtype.itemsize}")


@rounded_once
def max_pool_gradient(x, g, window, strides, padding):
    """The kernel of max_pool_gradient."""
    sizes = [d + low + high for d, (low, high) in zip(x.shape[1:-1], padding)]
    spread = np.zeros((x.shape[0], *sizes, x.shape[-1]), g.dtype)
    apart = all(s >= k for s, k in zip(strides, window))
    for slices, mask in _chosen(x, g.shape[1:-1], window, strides, padding):
        part = _where(mask, g)
        if apart:
            spread[slices] = part
        else:
            spread[slices] += part
    return crop(spread, padding)


def max_pool_gather(x, h, window, strides, padding):
    """The kernel of max_pool_gather."""
    out = output_shape(x.shape[1:-1], window, strides, padding)
    source = padded(h, padding)
    picked = np.zeros((x.shape[0], *out, x.shape[-1]), source.dtype)
    for slices, mask in _chosen(x, out, window, strides, padding):
        part = _where(mask, source[slices])
        if len(window) == 3:  # several may be chosen
            picked += part
        else:  # one at most, so that bits need no sum
            np.bitwise_or(_bits(picked), _bits(part), out=_bits(picked))
    return picked
