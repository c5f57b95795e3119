"""Convolutions and windows, channels last."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..lower import rule


@rule("conv_general")
def conv_general(x, filters, strides, padding, dilations, groups):
    """The convolution: x (N, *spatial, C), filters (*window, C / groups, out)."""
    rank = len(strides)
    letters = "DHW"[3 - rank :]
    numbers = (f"N{letters}C", f"{letters}IO", f"N{letters}C")
    return lax.conv_general_dilated(
        x, filters, strides, padding, rhs_dilation=dilations, dimension_numbers=numbers,
        feature_group_count=groups, preferred_element_type=x.dtype,
    )  # fmt: skip


@rule("conv_input_gradient", kinds="fc")
def conv_input_gradient(g, filters, input_shape, **attrs):
    """The transpose of the convolution by its input."""
    like = jax.ShapeDtypeStruct(input_shape, g.dtype)
    return jax.linear_transpose(lambda x: conv_general(x, filters, **attrs), like)(g)[0]


@rule("conv_filter_gradient", kinds="fc")
def conv_filter_gradient(x, g, filter_shape, **attrs):
    """The transpose of the convolution by its filters."""
    like = jax.ShapeDtypeStruct(filter_shape, g.dtype)
    return jax.linear_transpose(lambda f: conv_general(x, f, **attrs), like)(g)[0]


def _windows(x, start, join, window, strides, padding):
    around = ((0, 0), *padding, (0, 0))
    return lax.reduce_window(x, start, join, (1, *window, 1), (1, *strides, 1), around)


@rule("max_pool")
def max_pool(x, window, strides, padding):
    """The greatest element of each window."""
    low = -np.inf if jnp.issubdtype(x.dtype, jnp.floating) else np.iinfo(x.dtype).min
    return _windows(x, np.array(low, x.dtype), lax.max, window, strides, padding)


@rule("max_pool_gradient", kinds="f")
def max_pool_gradient(x, g, **attrs):
    """The cotangent at each window's greatest element: the first, or in 3-D all of them."""
    if len(attrs["window"]) == 3:
        return jax.linear_transpose(lambda h: max_pool_gather(x, h, **attrs), x)(g)[0]
    return jax.vjp(lambda x: max_pool(x, **attrs), x)[1](g)[0]


@rule("max_pool_gather", kinds="f")
def max_pool_gather(x, h, **attrs):
    """What another tensor has at each window's greatest element: the first, or all in 3-D.

    (jax's transpose of the gradient takes another of equal elements where there is padding.)
    """
    best = max_pool(x, **attrs)
    found, pending, several = 0, True, len(attrs["window"]) == 3
    taps = zip(_taps(x, best.shape, -np.inf, **attrs), _taps(h, best.shape, 0, **attrs))
    for element, other in taps:
        chosen = (element == best) & pending
        found += jnp.where(chosen, other, 0)
        pending = several or pending & ~chosen
    return found


def _taps(x, out, beyond, window, strides, padding):
    """What all windows have at each place within them; `beyond` is what lies around `x`."""
    around = [(0, 0, 0), *((low, high, 0) for low, high in padding), (0, 0, 0)]
    x = lax.pad(x, np.array(beyond, x.dtype), around)
    for tap in np.ndindex(*window):
        start = 0, *tap, 0
        last = [t + (o - 1) * s + 1 for t, o, s in zip(tap, out[1:-1], strides)]
        yield lax.slice(x, start, (x.shape[0], *last, x.shape[-1]), (1, *strides, 1))


@rule("window_sum")
def window_sum(x, window, strides, padding):
    """The sum of each window."""
    return _windows(x, np.zeros((), x.dtype), lax.add, window, strides, padding)


@rule("window_sum_gradient")
def window_sum_gradient(g, input_shape, **attrs):
    """The transpose of `window_sum`."""
    like = jax.ShapeDtypeStruct(input_shape, g.dtype)
    return jax.linear_transpose(lambda x: window_sum(x, **attrs), like)(g)[0]
