"""Elements picked and put by integers; orders.

Places out of range are nowhere: zeros are read there, and nothing is written, as in TensorFlow on
accelerators.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..lower import ANY, rule


@rule("gather")
def gather(x, indices, axis, batch_dims):
    """Slices along an axis."""
    if batch_dims:
        inner = lambda x, i: gather(x, i, axis - 1, batch_dims - 1)  # noqa: E731
        return jax.vmap(inner)(x, indices)
    return jnp.take(x, indices, axis, mode="fill", fill_value=0)


@rule("gather_transpose", kinds="iufc")
def gather_transpose(g, indices, axis, batch_dims, size):
    """Rows summed into the places they were gathered from."""
    rank = indices.ndim - batch_dims
    like = jax.ShapeDtypeStruct((*g.shape[:axis], size, *g.shape[axis + rank :]), g.dtype)
    (found,) = jax.linear_transpose(lambda x: gather(x, indices, axis, batch_dims), like)(g)
    return found


@rule("update_row")
def update_row(x, index, row):
    """One row replaced."""
    return x.at[index].set(row, mode="drop")


@rule("gather_nd")
def gather_nd(x, indices, batch_dims):
    """Slices at rows of coordinates."""
    return x.at[_columns(indices)].get(mode="fill", fill_value=0)


@rule("scatter_nd", kinds="iufc")
def scatter_nd(indices, updates, shape):
    """Zeros with updates added at rows of coordinates."""
    return jnp.zeros(shape, updates.dtype).at[_columns(indices)].add(updates, mode="drop")


def _columns(indices):
    """Coordinates as a tuple of index arrays; negative ones are nowhere."""
    indices = jnp.where(indices < 0, np.iinfo(indices.dtype).max, indices)
    return tuple(jnp.moveaxis(indices, -1, 0))


@rule("sparse_to_dense", when=lambda attrs: len(attrs["shape"]) > 0)
def sparse_to_dense(indices, values, default, shape, ordered):
    """A default value with others at rows of coordinates."""
    dense = jnp.broadcast_to(default, shape)
    return dense.at[_columns(indices)].set(values, mode="drop")


def _into(method):
    def put(x, indices, updates):
        return getattr(x.at[_columns(indices)], method)(updates, mode="drop")

    return put


for name, method in (("update", "set"), ("add", "add"), ("max", "max"), ("min", "min")):
    rule(f"tensor_scatter_{name}", kinds=ANY if name == "update" else "iufc")(_into(method))


@rule("tensor_scatter_sub")
def tensor_scatter_sub(x, indices, updates):
    """A copy of a tensor with updates subtracted."""
    return x.at[_columns(indices)].add(-updates, mode="drop")


@rule("unsorted_segment_prod", kinds="iufc")
def unsorted_segment_prod(data, places, count):
    """Products of the slices that have one place."""
    shape = (count, *data.shape[places.ndim :])
    return jnp.ones(shape, data.dtype).at[places].multiply(data, mode="drop")


@rule("argsort")
def argsort(x, axis, descending):
    """The order of the elements along an axis; equal ones stay as they are."""
    if descending:  # NaN stays last
        x = jnp.invert(x) if x.dtype.kind in "iu" else -x
    return jnp.argsort(x, axis, stable=True).astype("int32")


@rule("searchsorted")
def searchsorted(rows, values, side, dtype):
    """Where values would lie within sorted rows."""
    found = lambda row, v: jnp.searchsorted(row, v, side=side, method="sort")  # noqa: E731
    flat = jax.vmap(found)(rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1]))
    return flat.reshape(values.shape).astype(dtype)


@rule("row_ids")
def row_ids(splits, count):
    """The row of each value of ragged rows."""
    places = jnp.arange(count, dtype=splits.dtype)
    return jnp.searchsorted(splits, places, side="right").astype(splits.dtype) - 1


@rule("splits_of_ids")
def splits_of_ids(ids, rows):
    """Where each ragged row begins, of its values' rows."""
    return jnp.searchsorted(ids, jnp.arange(rows + 1, dtype=ids.dtype)).astype(ids.dtype)


@rule("ragged_to_dense")
def ragged_to_dense(values, splits, default, rows, width):
    """Ragged rows beside each other, filled up."""
    places = splits[:-1, None] + jnp.arange(width, dtype=splits.dtype)
    there = places < splits[1:, None]
    shape = (*there.shape, *(1,) * (values.ndim - 1))
    found = values.at[jnp.where(there, places, values.shape[0])].get(mode="fill", fill_value=0)
    found = jnp.where(there.reshape(shape), found, default)
    found = found[:rows]
    more = [(0, rows - found.shape[0])] + [(0, 0)] * (found.ndim - 1)
    filled = jnp.arange(rows).reshape(-1, *(1,) * (found.ndim - 1)) < found.shape[0]
    return jnp.where(filled, jnp.pad(found, more), default)


@rule("ragged_of_dense")
def ragged_of_dense(dense, splits, count):
    """The elements of a dense tensor that ragged rows hold."""
    rows = row_ids(splits, count)
    columns = jnp.arange(count, dtype=splits.dtype) - splits[rows]
    return dense.at[rows, columns].get(mode="fill", fill_value=0)


@rule("sparse_matmul", kinds="iufc")
def sparse_matmul(rows, columns, values, b, size):
    """A matrix of which some places are given, times a dense one."""
    products = values[:, None] * b[columns]
    return jnp.zeros((size, b.shape[1]), b.dtype).at[rows].add(products, mode="drop")


@rule("category_rows")
def category_rows(ids, depth, dtype, counts):
    """For each row of integers the ones at these places, or how often each comes."""
    places = jnp.where(ids < 0, depth, ids)
    ones = jnp.zeros((ids.shape[0], depth), dtype).at[jnp.arange(ids.shape[0])[:, None], places]
    return ones.add(1, mode="drop") if counts else ones.set(1, mode="drop")


@rule("softmax_cross_entropy")
def softmax_cross_entropy(x, labels):
    """-sum(labels * log_softmax(x)) over the last axis."""
    return -jnp.sum(labels * jax.nn.log_softmax(x), -1)


@rule("sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy(x, labels):
    """-log_softmax(x) at the labels; NaN for a label that is no class."""
    return -jnp.take_along_axis(jax.nn.log_softmax(x), labels[..., None], -1, mode="fill")[..., 0]


@rule("sparse_softmax_cross_entropy_gradient")
def sparse_softmax_cross_entropy_gradient(g, x, labels):
    """g times softmax(x) less one at the label."""
    ones = lax.broadcasted_iota(labels.dtype, x.shape, x.ndim - 1) == labels[..., None]
    wrong = ((labels < 0) | (labels >= x.shape[-1]))[..., None]
    found = g[..., None] * (jax.nn.softmax(x) - ones.astype(x.dtype))
    return jnp.where(wrong, jnp.nan, found).astype(x.dtype)
