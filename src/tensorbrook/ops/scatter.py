"""Reading and writing at coordinates: gather_nd, scatter_nd, tensor_scatter_nd_*."""

import numpy as np

from ..base.dtypes import INTS
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype, per_input, same_dtype
from ..core.tensor import wrap
from ._families import ANY, NUMBER, draw, pair
from .cast import cast
from .compare import equal
from .index import check_indices
from .indexed_slices import rows_added
from .join import stack
from .shape import broadcast_to, reshape, static_ints


def _nd_index(op_name, indices, shape):
    for axis in range(indices.shape[-1]):
        check_indices(op_name, indices[..., axis], shape[axis])
    return tuple(np.moveaxis(indices, -1, 0))


def _gather_nd_kernel(x, indices, batch_dims):
    return x[_nd_index("gather_nd", indices, x.shape)]


def _gather_nd_rule(g, y, x, indices, batch_dims):
    if indices._shape[1:] == (1,):
        return rows_added(g, reshape(indices, (-1,)), x._shape)
    return apply(_scatter_nd, (indices, g), {"shape": tuple(x._shape)})


_gather_nd = Op(
    "gather_nd",
    _gather_nd_kernel,
    lambda x, i, batch_dims: Spec(i.shape[:-1] + x.shape[i.shape[-1] :], x.dtype),
    per_input(_gather_nd_rule, None),
    samples=lambda rng: [
        ((draw(rng, (3, 4), (-2, 2)), rng.integers(0, 3, (5, k))), {"batch_dims": 0})
        for k in (1, 2)
    ],
    doc="Slices at rows of coordinates.",
    constants=(1,),
)


@public("gather_nd")
def gather_nd(params, indices, batch_dims=0, name=None):
    """Slices of `params` at coordinates: the last axis of `indices` indexes its first axes.

    Raises:
      InvalidArgumentError: a coordinate out of range.

    Example:
    >>> tf.gather_nd([[1, 2], [3, 4]], [[0, 1], [1, 0]]).numpy()
    array([2, 3], dtype=int32)
    """
    x, indices = tensor_of(params), tensor_of(indices)
    check_dtype("gather_nd", Spec(indices._shape, indices._dtype), INTS, "indices")
    if batch_dims:
        parts = [gather_nd(x[i], indices[i], batch_dims - 1) for i in range(x._shape[0])]
        return stack(parts)
    if not indices._shape or indices._shape[-1] > len(x._shape):
        raise InvalidArgumentError(
            f"[gather_nd] The last axis of indices {list(indices._shape)} must be at most the rank "
            f"of params {list(x._shape)}."
        )
    if not indices._shape[-1]:  # no coordinates: all of `params` for each row
        return broadcast_to(x, (*indices._shape[:-1], *x._shape))
    return apply(_gather_nd, (x, indices), {"batch_dims": 0})


def _scatter_nd_kernel(indices, updates, shape):
    out = np.zeros(shape, updates.dtype)
    np.add.at(out, _nd_index("scatter_nd", indices, shape), updates)
    return out


def _check_updates(name, shape, indices, updates):
    want = (*indices.shape[:-1], *shape[indices.shape[-1] :])
    if updates.shape != want:
        raise InvalidArgumentError(
            f"[{name}] updates have shape {list(updates.shape)}, but indices "
            f"{list(indices.shape)} into a tensor of shape {list(shape)} need {list(want)}."
        )


def _scatter_nd_infer(indices, updates, shape):
    _check_updates("scatter_nd", shape, indices, updates)
    return Spec(shape, updates.dtype)


_scatter_nd = Op(
    "scatter_nd",
    _scatter_nd_kernel,
    _scatter_nd_infer,
    per_input(
        None,
        lambda g, y, indices, updates, shape: apply(_gather_nd, (g, indices), {"batch_dims": 0}),
    ),
    samples=lambda rng: [
        ((rng.integers(0, 3, (5, 1)), draw(rng, (5, 4), (-2, 2))), {"shape": (3, 4)})
    ],
    compiled_from=1 << 13,
    doc="Zeros with updates added at rows of coordinates.",
    constants=(0,),
)


@public("scatter_nd")
def scatter_nd(indices, updates, shape, name=None):
    """Zeros of `shape` with `updates` added at coordinates; repeated ones add up.

    Raises:
      InvalidArgumentError: updates of another shape than the coordinates ask for.

    Example:
    >>> tf.scatter_nd([[1], [1]], [1, 2], [3]).numpy()
    array([0, 3, 0], dtype=int32)
    """
    indices, updates = tensor_of(indices), tensor_of(updates)
    shape = static_ints(shape, "shape")
    _scatter_nd_infer(*[Spec(t._shape, t._dtype) for t in (indices, updates)], shape)
    return apply(_scatter_nd, (indices, updates), {"shape": shape})


def _scatter_into(name, write, doc, vjp, allowed=NUMBER):
    def kernel(x, indices, updates):
        out = np.array(x)
        write(out, _nd_index(name, indices, x.shape), updates)
        return out

    def infer(x, indices, updates):
        same_dtype(name, (x, updates), ("tensor", "updates"))
        check_dtype(name, x, allowed, "tensor")
        _check_updates(name, x.shape, indices, updates)
        return x

    op = Op(
        name,
        kernel,
        infer,
        vjp,
        samples=lambda rng: [
            (
                (
                    draw(rng, (5, 2), (-2, 2)),
                    rng.permutation(5)[:3].reshape(3, 1),
                    draw(rng, (3, 2), (-2, 2)),
                ),
                {},
            )
        ],
        compiled_from=1 << 13,
        doc=doc,
        constants=(1,),
    )

    def function(tensor, indices, updates, name=None):
        x = tensor_of(tensor)
        indices, updates = tensor_of(indices), pair(op.name, updates, x)[0]
        infer(*[Spec(t._shape, t._dtype) for t in (x, indices, updates)])
        return apply(op, (x, indices, updates), {})

    function.__name__, function.__doc__ = name, doc
    public_name = {"tensor_scatter_update": "tensor_scatter_nd_update"}.get(
        name, name.replace("scatter_", "scatter_nd_")
    )
    return public(public_name)(function)


def _rows_of(g, y, x, indices, updates):
    return apply(_gather_nd, (g, indices), {"batch_dims": 0})


tensor_scatter_nd_update = _scatter_into(
    "tensor_scatter_update",
    lambda out, index, updates: out.__setitem__(index, updates),
    "A copy of a tensor with updates in place of the slices at rows of coordinates.",
    per_input(
        lambda g, y, x, indices, updates: tensor_scatter_nd_update(
            g, indices, wrap(np.zeros(updates._shape, g._dtype))
        ),
        None,
        _rows_of,
    ),
    allowed=ANY,
)
tensor_scatter_nd_add = _scatter_into(
    "tensor_scatter_add",
    np.add.at,
    "A copy of a tensor with updates added to the slices at rows of coordinates.",
    per_input(lambda g, y, x, indices, updates: g, None, _rows_of),
)
tensor_scatter_nd_sub = _scatter_into(
    "tensor_scatter_sub",
    np.subtract.at,
    "A copy of a tensor with updates subtracted from the slices at rows of coordinates.",
    per_input(lambda g, y, x, indices, updates: g, None, lambda *a: -_rows_of(*a)),
)


def _extreme_vjp(g, y, inputs, attrs, needs):
    """The cotangent of each place shared equally among the operands that attain its extreme."""
    x, indices, updates = inputs
    kept = cast(equal(x, y), x._dtype)
    chosen = cast(equal(gather_nd(y, indices), updates), x._dtype)
    share = g / (kept + scatter_nd(indices, chosen, x._shape))
    return [share * kept, None, gather_nd(share, indices) * chosen]


tensor_scatter_nd_max = _scatter_into(
    "tensor_scatter_max",
    np.maximum.at,
    "A copy of a tensor with the larger of updates and slices at rows of coordinates.",
    _extreme_vjp,
)
tensor_scatter_nd_min = _scatter_into(
    "tensor_scatter_min",
    np.minimum.at,
    "A copy of a tensor with the smaller of updates and slices at rows of coordinates.",
    _extreme_vjp,
)
