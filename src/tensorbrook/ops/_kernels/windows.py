"""What the NumPy kernels of convolution and pooling share: padding, window positions, taps.

Arrays are channels-last, (N, *spatial, C). A tap is one place in the window.
"""

import numpy as np


def output_shape(sizes, window, strides, padding, dilations=None):
    """The number of window positions along each spatial axis; not positive where none fits."""
    dilations = dilations or (1,) * len(window)
    return tuple(
        [
            (d + low + high - ((k - 1) * r + 1)) // s + 1
            for d, k, s, (low, high), r in zip(sizes, window, strides, padding, dilations)
        ]
    )


def padded(x, padding, value=0):
    """`x` with `value` around its spatial axes."""
    if not any(low or high for low, high in padding):
        return x
    sizes = [d + low + high for d, (low, high) in zip(x.shape[1:-1], padding)]
    out = np.full((x.shape[0], *sizes, x.shape[-1]), value, x.dtype)
    crop(out, padding)[...] = x
    return out


def crop(x, padding):
    """The view of a padded array that `padded` fills."""
    inner = [slice(low, d - high) for d, (low, high) in zip(x.shape[1:-1], padding)]
    return x[(slice(None), *inner)]


def taps_of(window):
    """The index of each tap, in row-major order."""
    return np.ndindex(*window)


def tap_slices(tap, out, strides, dilations=None):
    """The index of a padded array that gives what each window position sees at one tap."""
    dilations = dilations or (1,) * len(tap)
    along = zip(tap, out, strides, dilations)
    return (slice(None), *[slice(t * r, t * r + (o - 1) * s + 1, s) for t, o, s, r in along])
