"""Pictures at places between their pixels."""

import jax
import jax.numpy as jnp
import numpy as np

from ..lower import rule


@rule("sample_pictures")
def sample_pictures(images, rows, columns, nearest, constant, fill):
    """By straight lines between the four pixels around a place, or the nearest pixel."""
    work = np.dtype(np.float64 if images.dtype == np.float64 else np.float32)
    height, width = images.shape[1:3]
    total = 0
    for down, row in _ends(rows, nearest):
        for across, column in _ends(columns, nearest):
            pixels = jax.vmap(lambda x, r, c: x[r, c])(
                images, _clipped(row, height), _clipped(column, width)
            ).astype(work)
            if constant:
                inside = _within(row, height) & _within(column, width)
                pixels = jnp.where(inside[..., None], pixels, work.type(fill))
            total += pixels * (down.astype(work) * across.astype(work))[..., None]
    return total.astype(images.dtype)


@rule("sample_pictures_transpose", kinds="f")
def sample_pictures_transpose(g, rows, columns, shape, **attrs):
    """What is given to places between pixels, added up."""
    attrs |= {"fill": 0.0}
    like = jax.ShapeDtypeStruct(shape, g.dtype)
    (found,) = jax.linear_transpose(lambda x: sample_pictures(x, rows, columns, **attrs), like)(g)
    return found


def _ends(places, nearest):
    """(weight, pixel) of the pixels around places."""
    if nearest:
        away = jnp.copysign(jnp.floor(jnp.abs(places) + places.dtype.type(0.5)), places)
        return [(jnp.ones_like(places), away)]
    low = jnp.floor(places)
    return [(1 - (places - low), low), (places - low, low + 1)]


def _within(place, size):
    return (place >= 0) & (place <= size - 1)


def _clipped(place, size):
    """Whole places within [0, size - 1]; those that are no number are 0."""
    place = jnp.where(place >= 0, place, jnp.zeros_like(place))
    return jnp.minimum(place, place.dtype.type(size - 1)).astype(jnp.int64)
