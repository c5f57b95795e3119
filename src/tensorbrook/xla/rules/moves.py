"""Elements in other places, and numbers made of none."""

import jax
import jax.numpy as jnp
import numpy as np

from ...ops.index import slice_key
from ..lower import rule, table

table(jnp, "reshape broadcast_to reverse=flip")


@rule("transpose")
def transpose(x, perm):
    """Axes in another order."""
    return jnp.transpose(x, perm)


@rule("sizes")
def sizes(dims, shape, dtype):
    """Known sizes as integers."""
    return np.array(dims, dtype).reshape(shape)


@rule("pad")
def pad(x, paddings, mode, value):
    """More elements around."""
    if mode == "constant":
        return jnp.pad(x, paddings, constant_values=value)
    return jnp.pad(x, paddings, mode)


@rule("concat")
def concat(*values, axis):
    """One after another along an axis."""
    return jnp.concatenate(values, axis)


@rule("range")
def range_(start, limit, delta, size):
    """Numbers at equal distances."""
    return start + delta * jnp.arange(size, dtype=start.dtype)


@rule("strided_slice")
def strided_slice(x, key):
    """Some of the elements."""
    return x[slice_key(key)]


@rule("slice_transpose")
def slice_transpose(g, shape, key):
    """Zeros with the operand at some places."""
    return jnp.zeros(shape, g.dtype).at[slice_key(key)].set(g)


@rule("frame")
def frame(x, length, step):
    """Overlapping pieces of the last axis."""
    count = max(0, 1 + (x.shape[-1] - length) // step)
    places = np.arange(count)[:, None] * step + np.arange(length)
    return x[..., places]


@rule("overlap_and_add", kinds="iufc")
def overlap_and_add(pieces, step):
    """Pieces added where they overlap: the transpose of `frame`."""
    count, length = pieces.shape[-2:]
    if not count:
        return jnp.zeros((*pieces.shape[:-2], 0), pieces.dtype)
    like = jax.ShapeDtypeStruct((*pieces.shape[:-2], (count - 1) * step + length), pieces.dtype)
    (found,) = jax.linear_transpose(lambda x: frame(x, length, step), like)(pieces)
    return found
