"""Reading and writing parts: slices, gather, scatter, masks, one_hot, sort, top_k."""

from collections import namedtuple

import numpy as np

from ..base.dtypes import INTS, as_dtype
from ..base.errors import InvalidArgumentError
from ..core.dispatch import TraceBreak, apply, find_deferred, public, register_public, tensor_of
from ..core.op import Op, Spec, check_dtype, per_input
from ..core.tensor import Tensor, wrap
from ..core.variable import Variable
from ._families import REAL, draw, pair
from .cast import cast
from .compare import equal
from .reduce import reduce_sum
from .select import where
from .shape import check_axis, expand_dims, reshape, stack, static_int, static_ints, transpose

_POSITIONS = "its result is positions"

# -- slices ----------------------------------------------------------------------------------------


def _probe(shape, key):
    """The shape that NumPy's basic indexing gives, without touching data."""
    return np.broadcast_to(np.int8(0), shape)[key].shape


def _key(frozen):
    """The NumPy key of a hashable one: slices are kept as ("slice", start, stop, step)."""
    return tuple(slice(*k[1:]) if k.__class__ is tuple else k for k in frozen)


def _slice_infer(x, key):
    try:
        return Spec(_probe(x.shape, _key(key)), x.dtype)
    except IndexError:
        raise _index_error(x.shape, key) from None


def _index_error(shape, key):
    if not shape and any(k is not None and k is not Ellipsis for k in key):
        return InvalidArgumentError(
            "[strided_slice] Attempting to slice scalar input: a tensor of rank 0 has no elements "
            "to index."
        )
    used = [k for k in key if k is not None and k is not Ellipsis]
    if len(used) > len(shape):
        return InvalidArgumentError(
            f"[strided_slice] Index out of range using input dim {len(shape)}; input has only "
            f"{len(shape)} dims: {len(used)} indices on shape {list(shape)}."
        )
    dims, position = list(shape), 0
    for i, k in enumerate(key):
        if k is Ellipsis:
            position = len(shape) - sum(1 for m in key[i + 1 :] if m is not None)
        elif k is not None:
            if k.__class__ is int and not -dims[position] <= k < dims[position]:
                return InvalidArgumentError(
                    f"[strided_slice] slice index {k} of dimension {position} out of bounds: shape "
                    f"{list(shape)} has {dims[position]} there."
                )
            position += 1
    return InvalidArgumentError(f"[strided_slice] bad index {key} on shape {list(shape)}.")


def _slice_samples(rng):
    x = draw(rng, (4, 3, 2), (-2, 2))
    s = ("slice", 1, None, 2)
    keys = ((1,), (s,), (Ellipsis, 0), (None, 2, s), (("slice", None, None, -1), 1), ((Ellipsis),))
    return [((x,), {"key": k if k.__class__ is tuple else (k,)}) for k in keys]


_strided_slice = Op(
    "strided_slice",
    lambda x, key: x[_key(key)],
    _slice_infer,
    per_input(
        lambda g, y, x, key: apply(_slice_transpose, (g,), {"shape": tuple(x._shape), "key": key})
    ),
    samples=_slice_samples,
    doc="Basic indexing: integers, slices with steps, new axes, ellipsis.",
)


def _slice_transpose_kernel(g, shape, key):
    out = np.zeros(shape, g.dtype)
    out[_key(key)] = g
    return out


_slice_transpose = Op(
    "slice_transpose",
    _slice_transpose_kernel,
    lambda g, shape, key: Spec(shape, g.dtype),
    per_input(lambda h, y, g, shape, key: apply(_strided_slice, (h,), {"key": key})),
    samples=lambda rng: [
        ((draw(rng, (3, 2), (-2, 2)),), {"shape": (4, 3, 2), "key": (1,)}),
        ((draw(rng, (2, 3), (-2, 2)),), {"shape": (4, 3), "key": (("slice", 0, None, 2),)}),
    ],
    doc="Zeros with the operand at the indexed places: the transpose of strided_slice.",
)


def _bound(value):
    """A slice's bound as an int or None."""
    if value is None or value.__class__ is int:
        return value
    if isinstance(value, (Tensor, Variable)) and not getattr(value, "is_eager", True):
        raise TraceBreak("a slice's bound is a tensor, so the result's shape depends on the data")
    return static_int(value, "a slice's bound")


def _is_mask(k):
    dtype = getattr(k, "_dtype", None)
    if dtype is None:
        dtype = getattr(k, "dtype", None)
    if isinstance(k, list) and k and all(isinstance(v, (bool, np.bool_)) for v in k):
        return True
    return dtype is not None and np.dtype(dtype).kind == "b"


def getitem(x, key):
    """`x[key]`: what Tensor's and Variable's square brackets do."""
    if x.__class__ is Tensor and key.__class__ is int:
        return apply(_strided_slice, (x,), {"key": (key,)})
    found = find_deferred(x)
    if found is None:
        found = find_deferred(key)
    if found is not None:
        return found._call(getitem, (x, key), {})
    source, x = x, tensor_of(x)
    if _is_mask(key):
        return boolean_mask(x, key)
    keys, frozen, gathers = key if key.__class__ is tuple else (key,), [], []
    for k in keys:
        if k is None or k is Ellipsis or k.__class__ is int:
            frozen.append(k)
        elif k.__class__ is slice:
            frozen.append(("slice", _bound(k.start), _bound(k.stop), _bound(k.step)))
        elif isinstance(k, (Tensor, Variable)) and not tensor_of(k).is_eager:
            gathers.append((len(frozen), tensor_of(k)))
            frozen.append(("slice", None, None, None))
        else:
            frozen.append(_python_index(k))
    if gathers:
        return _gather_item(x, tuple(frozen), gathers)
    out = apply(_strided_slice, (x,), {"key": tuple(frozen)})
    if source.__class__ is Variable and out.__class__ is Tensor:
        out._slice_of = (source, _key(frozen))
    return out


register_public(getitem, "__operators__.getitem")


def _python_index(k):
    if isinstance(k, (bool, np.bool_)) or not hasattr(k, "__index__") or np.ndim(k):
        raise TypeError(
            "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
            "tf.int32/"
            f"tf.int64 tensors are valid indices, got {k!r}: use tf.gather or tf.gather_nd for "
            f"lists."
        )
    return k.__index__()


def _gather_item(x, frozen, gathers):
    """Indexing with integer tensors that have no value yet: one gather each."""
    if Ellipsis in frozen or None in frozen:
        raise TraceBreak("tensors as indices beside ... or tf.newaxis are not traced")
    out = apply(
        _strided_slice,
        (x,),
        {"key": tuple(("slice", None, None, None) if k.__class__ is int else k for k in frozen)},
    )
    for position, k in reversed(
        [(i, k) for i, k in enumerate(frozen) if k.__class__ is int] + gathers
    ):
        out = gather(out, k, axis=position)
    return out


@public("slice")
def slice_(input_, begin, size, name=None):
    """The part of `input_` that starts at `begin` and has `size` elements an axis (-1: the rest).

    Example:
    >>> tf.slice([[1, 2, 3], [4, 5, 6]], [1, 0], [1, 2]).numpy()
    array([[4, 5]], dtype=int32)
    """
    x = tensor_of(input_)
    begin, size = static_ints(begin, "begin"), static_ints(size, "size")
    for i, (b, s, d) in enumerate(zip(begin, size, x._shape)):
        if b < 0 or b > d or s < -1 or (s >= 0 and b + s > d):
            raise InvalidArgumentError(
                f"[slice] Expected begin[{i}] in [0, {d}] and size[{i}] in [0, {d - b}] (or -1), "
                f"got "
                f"begin {b} and size {s} on shape {list(x._shape)}."
            )
    key = tuple(("slice", b, None if s == -1 else b + s, 1) for b, s in zip(begin, size))
    return apply(_strided_slice, (x,), {"key": key})


@public("strided_slice")
def strided_slice(input_, begin, end, strides=None, name=None):
    """`input_[begin:end:strides]`, one of each an axis.

    Example:
    >>> tf.strided_slice([1, 2, 3, 4], [0], [4], [2]).numpy()
    array([1, 3], dtype=int32)
    """
    begin, end = static_ints(begin, "begin"), static_ints(end, "end")
    strides = (1,) * len(begin) if strides is None else static_ints(strides, "strides")
    return getitem(tensor_of(input_), tuple(slice(*t) for t in zip(begin, end, strides)))


# -- gather ----------------------------------------------------------------------------------------


def _check_indices(op_name, indices, size):
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        flat = np.asarray(indices).ravel()
        i = int(np.argmax((flat < 0) | (flat >= size)))
        raise InvalidArgumentError(
            f"[{op_name}] indices[{i}] = {flat[i]} is not in [0, {size}): negative indices do not "
            "count from the end here."
        )


def _gather_kernel(x, indices, axis, batch_dims):
    _check_indices("gather", indices, x.shape[axis])
    if not batch_dims:
        return np.take(x, indices, axis)
    lead = np.ix_(*[np.arange(d) for d in x.shape[:batch_dims]])
    lead = [a.reshape(a.shape + (1,) * (indices.ndim - batch_dims)) for a in lead]
    moved = np.moveaxis(x, axis, batch_dims)
    out = moved[(*lead, indices)]
    inner = list(range(indices.ndim, out.ndim))
    before = inner[: axis - batch_dims]
    order = [
        *range(batch_dims),
        *before,
        *range(batch_dims, indices.ndim),
        *inner[axis - batch_dims :],
    ]
    return np.transpose(out, order)


def _gather_infer(x, indices, axis, batch_dims):
    check_dtype("gather", indices, INTS, "indices")
    shape = x.shape[:axis] + indices.shape[batch_dims:] + x.shape[axis + 1 :]
    return Spec(shape, x.dtype)


def _gather_rule(g, y, x, indices, axis, batch_dims):
    attrs = {"axis": axis, "batch_dims": batch_dims, "size": x._shape[axis]}
    return apply(_gather_transpose, (g, indices), attrs)


def _gather_samples(rng):
    x = draw(rng, (3, 4, 2), (-2, 2))
    i = rng.integers(0, 3, (2, 2))
    j = rng.integers(0, 4, (3, 5))
    return [
        ((x, i), {"axis": 0, "batch_dims": 0}),
        ((x, i), {"axis": 1, "batch_dims": 0}),
        ((x, j), {"axis": 1, "batch_dims": 1}),
    ]


_gather = Op(
    "gather",
    _gather_kernel,
    _gather_infer,
    per_input(_gather_rule, None),
    samples=_gather_samples,
    doc="Slices along an axis, in the order of integer indices.",
    constants=(1,),
)


def _gather_transpose_kernel(g, indices, axis, batch_dims, size):
    rank = indices.ndim - batch_dims
    lead = g.shape[:axis]
    tail = g.shape[axis + rank :]
    rows = np.moveaxis(
        g.reshape((*lead, int(np.prod(indices.shape[batch_dims:])), *tail)), axis, batch_dims
    )
    batch = g.shape[:batch_dims]
    count = int(np.prod(batch))
    out = np.zeros((count * size, *rows.shape[batch_dims + 1 :]), g.dtype)
    offsets = np.arange(count)[:, None] * size
    flat = (indices.reshape(count, -1) + offsets).ravel()
    _add_rows(out, flat, rows.reshape((-1, *rows.shape[batch_dims + 1 :])))
    out = out.reshape((*batch, size, *out.shape[1:]))
    return np.moveaxis(out, batch_dims, axis)


def _add_rows(out, index, rows):
    """out[index] += rows, with repeated indices adding up."""
    if len(index) and len(np.unique(index)) == len(index):
        out[index] += rows
    else:
        np.add.at(out, index, rows)


def _gather_transpose_infer(g, indices, axis, batch_dims, size):
    rank = len(indices.shape) - batch_dims
    return Spec((*g.shape[:axis], size, *g.shape[axis + rank :]), g.dtype)


_gather_transpose = Op(
    "gather_transpose",
    _gather_transpose_kernel,
    _gather_transpose_infer,
    per_input(
        lambda h, y, g, indices, axis, batch_dims, size: apply(
            _gather, (h, indices), {"axis": axis, "batch_dims": batch_dims}
        ),
        None,
    ),
    samples=lambda rng: [
        (
            (draw(rng, (2, 2, 4), (-2, 2)), rng.integers(0, 3, (2, 2))),
            {"axis": 0, "batch_dims": 0, "size": 3},
        )
    ],
    doc="Sums rows into the places they were gathered from: the transpose of gather.",
    constants=(1,),
)


@public("gather")
def gather(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
    """Slices of `params` along `axis`, in the order of `indices`.

    Args:
      params: a tensor.
      indices: integer tensor of any shape, values in [0, size of the axis).
      axis: the axis; `batch_dims` by default.
      batch_dims: how many leading axes `params` and `indices` share.

    Raises:
      InvalidArgumentError: an index out of range, with its position and value.

    Example:
    >>> tf.gather([10, 20, 30], [2, 0]).numpy()
    array([30, 10], dtype=int32)
    """
    x, indices = tensor_of(params), tensor_of(indices)
    batch_dims = static_int(batch_dims, "batch_dims")
    if batch_dims < 0:
        batch_dims += len(indices._shape)
    axis = check_axis("gather", batch_dims if axis is None else axis, len(x._shape))
    check_dtype("gather", Spec(indices._shape, indices._dtype), INTS, "indices")
    if x._shape[:batch_dims] != indices._shape[:batch_dims]:
        raise InvalidArgumentError(
            f"[gather] With batch_dims = {batch_dims} the leading dimensions must be equal: params "
            f"{list(x._shape)}, indices {list(indices._shape)}."
        )
    return apply(_gather, (x, indices), {"axis": axis, "batch_dims": batch_dims})


@public("nn.embedding_lookup")
def embedding_lookup(params, ids, max_norm=None, name=None):
    """Rows of `params` at `ids`, scaled down to norm `max_norm` when it is given.

    Example:
    >>> tf.nn.embedding_lookup([[1.0, 2.0], [3.0, 4.0]], [1]).numpy()
    array([[3., 4.]], dtype=float32)
    """
    if max_norm is not None:
        raise NotImplementedError("max_norm: apply tf.clip_by_norm to the rows looked up.")
    return gather(params, ids)


# -- gather_nd and scatter -------------------------------------------------------------------------


def _nd_index(op_name, indices, shape):
    for axis in range(indices.shape[-1]):
        _check_indices(op_name, indices[..., axis], shape[axis])
    return tuple(np.moveaxis(indices, -1, 0))


def _gather_nd_kernel(x, indices, batch_dims):
    return x[_nd_index("gather_nd", indices, x.shape)]


_gather_nd = Op(
    "gather_nd",
    _gather_nd_kernel,
    lambda x, i, batch_dims: Spec(i.shape[:-1] + x.shape[i.shape[-1] :], x.dtype),
    per_input(
        lambda g, y, x, indices, batch_dims: apply(
            _scatter_nd, (indices, g), {"shape": tuple(x._shape)}
        ),
        None,
    ),
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
    return apply(_gather_nd, (x, indices), {"batch_dims": 0})


def _scatter_nd_kernel(indices, updates, shape):
    out = np.zeros(shape, updates.dtype)
    np.add.at(out, _nd_index("scatter_nd", indices, shape), updates)
    return out


_scatter_nd = Op(
    "scatter_nd",
    _scatter_nd_kernel,
    lambda indices, updates, shape: Spec(shape, updates.dtype),
    per_input(
        None,
        lambda g, y, indices, updates, shape: apply(_gather_nd, (g, indices), {"batch_dims": 0}),
    ),
    samples=lambda rng: [
        ((rng.integers(0, 3, (5, 1)), draw(rng, (5, 4), (-2, 2))), {"shape": (3, 4)})
    ],
    doc="Zeros with updates added at rows of coordinates.",
    constants=(0,),
)


@public("scatter_nd")
def scatter_nd(indices, updates, shape, name=None):
    """Zeros of `shape` with `updates` added at coordinates; repeated ones add up.

    Example:
    >>> tf.scatter_nd([[1], [1]], [1, 2], [3]).numpy()
    array([0, 3, 0], dtype=int32)
    """
    indices, updates = tensor_of(indices), tensor_of(updates)
    return apply(_scatter_nd, (indices, updates), {"shape": static_ints(shape, "shape")})


def _scatter_into(name, write, doc, vjp, why=None):
    def kernel(x, indices, updates):
        out = np.array(x)
        write(out, _nd_index(name, indices, x.shape), updates)
        return out

    def infer(x, indices, updates):
        want = indices.shape[:-1] + x.shape[indices.shape[-1] :]
        if updates.shape != want:
            raise InvalidArgumentError(
                f"[{name}] updates have shape {list(updates.shape)}, but indices "
                f"{list(indices.shape)} into a tensor of shape {list(x.shape)} need {list(want)}."
            )
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
        doc=doc,
        why_no_gradient=why,
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
tensor_scatter_nd_max = _scatter_into(
    "tensor_scatter_max",
    np.maximum.at,
    "A copy of a tensor with the larger of updates and slices at rows of coordinates.",
    None,
    "not built: compute it with tf.maximum and tf.gather_nd",
)
tensor_scatter_nd_min = _scatter_into(
    "tensor_scatter_min",
    np.minimum.at,
    "A copy of a tensor with the smaller of updates and slices at rows of coordinates.",
    None,
    "not built: compute it with tf.minimum and tf.gather_nd",
)

# -- masks, one_hot --------------------------------------------------------------------------------


@public("boolean_mask")
def boolean_mask(tensor, mask, axis=None, name="boolean_mask"):
    """The slices of `tensor` where `mask`, which matches its axes from `axis` on, is True.

    Raises:
      ValueError: the mask's shape does not match.

    Example:
    >>> tf.boolean_mask([1, 2, 3], [True, False, True]).numpy()
    array([1, 3], dtype=int32)
    """
    x, mask = tensor_of(tensor), tensor_of(mask)
    axis = 0 if axis is None else check_axis("boolean_mask", axis, len(x._shape))
    width = len(mask._shape)
    if x._shape[axis : axis + width] != mask._shape or not width:
        raise ValueError(
            f"[boolean_mask] Shapes {x.shape} and {mask.shape} are incompatible: the mask must "
            f"match "
            f"the tensor's dimensions from axis {axis} on."
        )
    if not mask.is_eager:
        raise TraceBreak("the shape of tf.boolean_mask's result depends on the data")
    shape = (*x._shape[:axis], -1, *x._shape[axis + width :])
    rows = wrap(np.flatnonzero(mask._array))
    flat = int(np.prod(mask._shape))
    return gather(reshape(x, (*shape[:axis], flat, *shape[axis + 1 :])), rows, axis=axis)


@public("one_hot")
def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """`on_value` at each index along a new axis of length `depth`, `off_value` elsewhere.

    An index outside [0, depth) gives `off_value` throughout.

    Example:
    >>> tf.one_hot([0, 2], 3).numpy()
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    indices, depth = tensor_of(indices), static_int(depth, "depth")
    check_dtype("one_hot", Spec(indices._shape, indices._dtype), INTS, "indices")
    values = [v for v in (on_value, off_value) if v is not None]
    if dtype is None:
        dtype = tensor_of(values[0]).dtype if values else "float32"
    target = as_dtype(dtype)
    on = cast(1 if on_value is None else on_value, target)
    off = cast(0 if off_value is None else off_value, target)
    axis = len(indices._shape) if axis in (None, -1) else axis
    positions = np.arange(depth, dtype=indices._dtype)
    positions = positions.reshape((depth,) + (1,) * (len(indices._shape) - axis))
    return where(equal(expand_dims(indices, axis), wrap(positions)), on, off)


# -- sort ------------------------------------------------------------------------------------------


def _argsort_kernel(x, axis, descending):
    key = x
    if descending:
        key = -x if x.dtype.kind in "if" else np.iinfo(x.dtype).max - x
        if x.dtype.kind == "i":
            key = -1 - x
    return np.argsort(key, axis=axis, kind="stable").astype(np.int32)


_argsort = Op(
    "argsort",
    _argsort_kernel,
    lambda x, axis, descending: Spec(x.shape, np.dtype("int32")),
    samples=lambda rng: [
        ((draw(rng, (2, 5), (-2, 2)),), {"axis": a, "descending": d})
        for a in (0, 1)
        for d in (False, True)
    ],
    doc="The indices that sort an axis, equal elements in their order.",
    why_no_gradient=_POSITIONS,
)


def _direction(direction):
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"direction must be 'ASCENDING' or 'DESCENDING', got {direction!r}.")
    return direction == "DESCENDING"


@public("argsort")
def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The int32 indices that sort `values` along `axis`; equal ones keep their order.

    Example:
    >>> tf.argsort([3.0, 1.0, 2.0]).numpy()
    array([1, 2, 0], dtype=int32)
    """
    x = tensor_of(values)
    check_dtype("argsort", Spec(x._shape, x._dtype), REAL, "values")
    axis = check_axis("argsort", axis, len(x._shape))
    return apply(_argsort, (x,), {"axis": axis, "descending": _direction(direction)})


@public("sort")
def sort(values, axis=-1, direction="ASCENDING", name=None):
    """`values` sorted along `axis`.

    Example:
    >>> tf.sort([3, 1, 2], direction="DESCENDING").numpy()
    array([3, 2, 1], dtype=int32)
    """
    x = tensor_of(values)
    axis = check_axis("sort", axis, len(x._shape))
    return _take_along(x, argsort(x, axis, direction), axis)


def _take_along(x, indices, axis):
    """x[..., indices[..., i, ...], ...]: gather with all other axes as batch axes."""
    from_back = len(x._shape) - 1
    if axis != from_back:
        order = [i for i in range(len(x._shape)) if i != axis] + [axis]
        moved = _take_along(transpose(x, order), transpose(indices, order), from_back)
        return transpose(moved, [order.index(i) for i in range(len(order))])
    return gather(x, indices, axis=axis, batch_dims=axis)


TopK = namedtuple("TopKV2", ["values", "indices"])


@public("math.top_k", "nn.top_k")
def top_k(input, k=1, sorted=True, index_type="int32", name=None):
    """The `k` largest elements of the last axis and their indices, the largest first.

    Raises:
      InvalidArgumentError: the last axis has fewer than `k` elements.

    Example:
    >>> values, indices = tf.math.top_k([1, 5, 3], k=2)
    >>> values.numpy(), indices.numpy()
    (array([5, 3], dtype=int32), array([1, 2], dtype=int32))
    """
    x, k = tensor_of(input), static_int(k, "k")
    if not x._shape or x._shape[-1] < k:
        raise InvalidArgumentError(
            f"[top_k] input must have at least k = {k} columns, its shape is {list(x._shape)}."
        )
    indices = argsort(x, -1, "DESCENDING")[..., :k]
    return TopK(_take_along(x, indices, len(x._shape) - 1), cast(indices, index_type))


@public("math.in_top_k", "nn.in_top_k")
def in_top_k(targets, predictions, k, name=None):
    """For each row, whether the target's prediction is among the `k` largest.

    Example:
    >>> tf.math.in_top_k([1, 0], [[0.1, 0.9], [0.2, 0.8]], k=1).numpy()
    array([ True, False])
    """
    targets, predictions = tensor_of(targets), tensor_of(predictions)
    chosen = gather(predictions, targets, axis=1, batch_dims=1)
    larger = cast(predictions > expand_dims(chosen, 1), "int32")
    return reduce_sum(larger, axis=1) < k


Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])


def _unique(x):
    x = tensor_of(x)
    if not x.is_eager:
        raise TraceBreak("the shape of tf.unique's result depends on the data")
    values, first, inverse, counts = np.unique(
        x._array, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first, kind="stable")
    rank = np.argsort(order)
    return values[order], rank[inverse], counts[order]


@public("unique")
def unique(x, out_idx="int32", name=None):
    """The different values of a vector, in the order they appear, and each element's index there.

    Example:
    >>> tf.unique([7, 3, 7]).y.numpy()
    array([7, 3], dtype=int32)
    """
    values, index, _ = _unique(x)
    return Unique(wrap(values), wrap(index.astype(as_dtype(out_idx).numpy_dtype)))


@public("unique_with_counts")
def unique_with_counts(x, out_idx="int32", name=None):
    """As `tf.unique`, and how often each value occurs.

    Example:
    >>> tf.unique_with_counts([7, 3, 7]).count.numpy()
    array([2, 1], dtype=int32)
    """
    values, index, count = _unique(x)
    dtype = as_dtype(out_idx).numpy_dtype
    return UniqueWithCounts(wrap(values), wrap(index.astype(dtype)), wrap(count.astype(dtype)))
