"""Reading parts: slices, gather, masks, one_hot."""

from math import prod

import numpy as np

from ..base.dims import Dim, has_dims, sliced
from ..base.dtypes import INTS, as_dtype
from ..base.errors import InvalidArgumentError, TraceBreak
from ..base.shapes import differs
from ..core.dispatch import (
    apply,
    current_trace,
    find_override,
    public,
    register_public,
    specs_of,
    tensor_of,
)
from ..core.op import OPS, Op, Spec, check_dtype, fail, per_input
from ..core.tensor import Tensor
from ..core.variable import Variable
from ._families import draw
from .cast import cast
from .compare import equal, less
from .create import range_
from .indexed_slices import rows_added
from .select import where
from .shape import check_axis, expand_dims, reshape, static_int, static_ints, static_sizes

# -- slices ----------------------------------------------------------------------------------------


def _probe(shape, key):
    """The shape that NumPy's basic indexing gives, without touching data."""
    if not has_dims((shape, key)):
        return np.broadcast_to(np.int8(0), shape)[slice_key(key)].shape
    given = sum(1 for k in key if k is not None and k is not Ellipsis)
    if given > len(shape):
        raise IndexError
    at, rest, result = 0, len(shape) - given, []
    for k in key if Ellipsis in key else (*key, Ellipsis):
        if k is Ellipsis:
            result += shape[at : at + rest]
            at += rest
        elif k is None:
            result.append(1)
        else:
            if k.__class__ is tuple:
                result.append(sliced(shape[at], slice(*k[1:]))[1])
            elif shape[at].__class__ is int and not -shape[at] <= k < shape[at]:
                raise IndexError
            at += 1
    return tuple(result)


def slice_key(frozen):
    """The NumPy key of a hashable one: slices are kept as ("slice", start, stop, step)."""
    return tuple(slice(*k[1:]) if k.__class__ is tuple else k for k in frozen)


def _slice_infer(x, key):
    try:
        return Spec(_probe(x.shape, key), x.dtype)
    except IndexError:
        raise _index_error(x.shape, key) from None
    except ValueError:
        raise InvalidArgumentError("[strided_slice] strides must be non-zero.") from None


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


def as_array(found):
    """What NumPy took out of an array of objects, as an array: of one element it gives the text."""
    if found.__class__ is not bytes:
        return found
    held = np.empty((), object)
    held[()] = found
    return held


def _slice_kernel(x, key):
    found = x[slice_key(key)]
    return as_array(found) if x.dtype == object else found


_strided_slice = Op(
    "strided_slice",
    _slice_kernel,
    _slice_infer,
    per_input(
        lambda g, y, x, key: apply(_slice_transpose, (g,), {"shape": tuple(x._shape), "key": key})
    ),
    samples=_slice_samples,
    moves=True,
    doc="Basic indexing: integers, slices with steps, new axes, ellipsis.",
)


def _slice_transpose_kernel(g, shape, key):
    out = np.zeros(shape, g.dtype)
    out[slice_key(key)] = g
    return out


def _slice_transpose_infer(g, shape, key):
    want = _slice_infer(Spec(shape, g.dtype), key)
    if differs(want.shape, g.shape):
        fail("slice_transpose", f"The places have shape {list(want.shape)}", (g,), "", ("g",))
    return Spec(shape, g.dtype)


_slice_transpose = Op(
    "slice_transpose",
    _slice_transpose_kernel,
    _slice_transpose_infer,
    per_input(lambda h, y, g, shape, key: apply(_strided_slice, (h,), {"key": key})),
    samples=lambda rng: [
        ((draw(rng, (3, 2), (-2, 2)),), {"shape": (4, 3, 2), "key": (1,)}),
        ((draw(rng, (2, 3), (-2, 2)),), {"shape": (4, 3), "key": (("slice", 0, None, 2),)}),
    ],
    doc="Zeros with the operand at the indexed places: the transpose of strided_slice.",
)


def _bound(value):
    """A slice's bound as an int, a Dim or None."""
    if value is None or value.__class__ is int or value.__class__ is Dim:
        return value
    if hasattr(value, "dims"):
        return static_int(value, "a slice's bound")
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
    """`x[key]`: what Tensor's and Variable's square brackets do.

    Example:
    >>> tf.constant([[1, 2], [3, 4]])[:, 0].numpy()
    array([1, 3], dtype=int32)
    """
    if x.__class__ is Tensor and key.__class__ is int:
        return apply(_strided_slice, (x,), {"key": (key,)})
    found = find_override(x)
    if found is None:
        found = find_override(key)
    if found is not None:
        return found._call(getitem, (x, key), {})
    source, x = x, tensor_of(x)
    if _is_mask(key):
        return boolean_mask(x, key)
    keys, frozen, gathers = key if key.__class__ in (tuple, list) else (key,), [], []
    for k in keys:
        if k is None or k is Ellipsis or k.__class__ is int:
            frozen.append(k)
        elif k.__class__ is slice:
            frozen.append(("slice", _bound(k.start), _bound(k.stop), _bound(k.step)))
        elif getattr(k, "dims", None) is not None and k.dims[()].__class__ is int:
            frozen.append(k.dims[()])
        elif isinstance(k, (Tensor, Variable)) and not tensor_of(k).is_eager:
            gathers.append((len(frozen), tensor_of(k)))
            frozen.append(("slice", None, None, None))
        else:
            frozen.append(_python_index(k))
    if gathers:
        out = _gather_item(x, tuple(frozen), gathers)
    else:
        out = apply(_strided_slice, (x,), {"key": tuple(frozen)})
    if isinstance(source, Variable):
        out._slice_of = (source, key)
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
    """Indexing with integer tensors that have no value yet: one gather each.

    A negative one counts from the end; one out of range is refused by gather.
    """
    if Ellipsis in frozen:
        at = frozen.index(Ellipsis)
        rest = len(x._shape) - sum(k is not None for k in frozen) + 1
        frozen = (*frozen[:at], *[("slice", None, None, None)] * rest, *frozen[at + 1 :])
        gathers = [(i + rest - 1 if i > at else i, k) for i, k in gathers]
    out = apply(_strided_slice, (x,), {"key": frozen})
    for position, k in reversed(gathers):
        axis = position - sum(f.__class__ is int for f in frozen[:position])
        k = where(less(k, 0), k + cast(out._shape[axis], k._dtype), k)
        out = gather(out, k, axis=axis)
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
        if getattr(current_trace(), "abstract", False) and has_dims((b, s)):
            continue  # of a Keras input, which fits
        if b < 0 or b > d or s < -1 or (s >= 0 and b + s > d):
            raise InvalidArgumentError(
                f"[slice] Expected begin[{i}] in [0, {d}] and size[{i}] in [0, {d - b}] (or -1), "
                f"got "
                f"begin {b} and size {s} on shape {list(x._shape)}."
            )
    key = tuple(("slice", b, None if s == -1 else b + s, 1) for b, s in zip(begin, size))
    return apply(_strided_slice, (x,), {"key": key})


def _parts(value, count):
    """The elements of a vector: ints where they are known, else tensors."""
    try:
        return list(static_ints(value, "the bounds of a slice"))
    except TraceBreak:
        return [value[k] for k in range(count)]


def masked_key(begin, end, strides, **masks):
    """The index that bounds stand for: bit k of a mask says what axis k has instead of them."""
    begin = tensor_of(begin)
    count = int(begin._shape[0])
    begin, end, strides = (_parts(v, count) for v in (begin, end, strides))
    key = []
    for k in range(count):
        on = {name for name, mask in masks.items() if mask >> k & 1}
        if "ellipsis_mask" in on:
            key.append(Ellipsis)
        elif "new_axis_mask" in on:
            key.append(None)
        elif "shrink_axis_mask" in on:
            key.append(begin[k])
        else:
            first = None if "begin_mask" in on else begin[k]
            last = None if "end_mask" in on else end[k]
            key.append(slice(first, last, strides[k]))
    return tuple(key)


@public("strided_slice")
def strided_slice(
    input_, begin, end, strides=None, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0,
    shrink_axis_mask=0, name=None,
):  # fmt: skip
    """`input_[begin:end:strides]`, one of each an axis.

    Args:
      input_: a tensor.
      begin, end, strides: vectors of integers.
      begin_mask, end_mask: bit k: that bound of axis k is left out, as in x[:, 1:].
      ellipsis_mask, new_axis_mask, shrink_axis_mask: bit k: entry k is `...`, tf.newaxis, or the
        index begin[k].

    Example:
    >>> tf.strided_slice([1, 2, 3, 4], [0], [4], [2]).numpy()
    array([1, 3], dtype=int32)
    """
    masks = {"begin_mask": begin_mask, "end_mask": end_mask, "ellipsis_mask": ellipsis_mask}
    masks |= {"new_axis_mask": new_axis_mask, "shrink_axis_mask": shrink_axis_mask}
    strides = [1] * tensor_of(begin)._shape[0] if strides is None else strides
    return getitem(tensor_of(input_), masked_key(begin, end, strides, **masks))


# -- gather ----------------------------------------------------------------------------------------


def check_indices(op_name, indices, size):
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        place = np.argwhere((indices < 0) | (indices >= size))[0].tolist()
        raise InvalidArgumentError(
            f"[{op_name}] indices[{','.join(map(str, place)) or 0}] = {indices[tuple(place)]} is "
            f"not in [0, {size}): negative indices do not count from the end here."
        )


def _gather_kernel(x, indices, axis, batch_dims):
    check_indices("gather", indices, x.shape[axis])
    if not batch_dims:
        found = np.take(x, indices, axis)
        return as_array(found) if x.dtype == object else found
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
    if differs(x.shape[:batch_dims], indices.shape[:batch_dims]):
        raise InvalidArgumentError(
            f"[gather] With batch_dims = {batch_dims} the leading dimensions must be equal: params "
            f"{list(x.shape)}, indices {list(indices.shape)}."
        )
    shape = x.shape[:axis] + indices.shape[batch_dims:] + x.shape[axis + 1 :]
    return Spec(shape, x.dtype)


def _gather_rule(g, y, x, indices, axis, batch_dims):
    if axis == 0 and batch_dims == 0:
        return rows_added(g, indices, x._shape)
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
    takes_dims=True,
    doc="Slices along an axis, in the order of integer indices.",
    constants=(1,),
)


def _gather_transpose_kernel(g, indices, axis, batch_dims, size):
    check_indices("gather", indices, size)  # what was gathered may not have been wanted
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
    _add_rows(out, flat, rows.reshape((len(flat), *rows.shape[batch_dims + 1 :])))
    out = out.reshape((*batch, size, *out.shape[1:]))
    return np.moveaxis(out, batch_dims, axis)


def _add_rows(out, index, rows):
    """out[index] += rows, with repeated indices adding up."""
    if len(index) and len(np.unique(index)) == len(index):
        out[index] += rows
    else:
        np.add.at(out, index, rows)


def _gather_transpose_infer(g, indices, axis, batch_dims, size):
    places = indices.shape[batch_dims:]
    if differs(g.shape[axis : axis + len(places)], places):
        fail("gather_transpose", "Rows for other indices", (g, indices), "", ("g", "indices"))
    return Spec((*g.shape[:axis], size, *g.shape[axis + len(places) :]), g.dtype)


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
    compiled_from=1 << 13,
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
    attrs = {"axis": axis, "batch_dims": batch_dims}
    _gather_infer(*specs_of((x, indices)), **attrs)  # NumPy would repeat leading dimensions of 1
    return apply(_gather, (x, indices), attrs)


def picked(x, indices, axis, batch_dims=0):
    """`gather` for functions made with it: in TensorFlow, their gradients are dense."""
    return gather(apply(OPS["reshape"], (x,), {"shape": x._shape}), indices, None, axis, batch_dims)


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
    if differs(x._shape[axis : axis + width], mask._shape) or not width:
        raise ValueError(
            f"[boolean_mask] Shapes {x.shape} and {mask.shape} are incompatible: the mask must "
            f"match "
            f"the tensor's dimensions from axis {axis} on."
        )
    flat = prod(mask._shape)
    rows = reshape(where(reshape(mask, (flat,))), (-1,))
    return picked(reshape(x, (*x._shape[:axis], flat, *x._shape[axis + width :])), rows, axis)


@public("one_hot")
def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None, name=None):
    """`on_value` at each index along a new axis of length `depth`, `off_value` elsewhere.

    An index outside [0, depth) gives `off_value` throughout.

    Example:
    >>> tf.one_hot([0, 2], 3).numpy()
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    indices, (depth,) = tensor_of(indices), static_sizes(depth, "[one_hot] depth")
    check_dtype("one_hot", Spec(indices._shape, indices._dtype), INTS, "indices")
    values = [v for v in (on_value, off_value) if v is not None]
    if dtype is None:
        dtype = tensor_of(values[0]).dtype if values else "float32"
    target = as_dtype(dtype)
    on = cast(1 if on_value is None else on_value, target)
    off = cast(0 if off_value is None else off_value, target)
    ndim = len(indices._shape)
    axis = ndim if axis in (None, -1) else static_int(axis, "axis")
    if not 0 <= axis <= ndim:
        raise InvalidArgumentError(
            f"[one_hot] Expected axis to be -1 or between [0, {ndim + 1}). But received: {axis}."
        )
    positions = cast(range_(depth), indices._dtype)
    positions = reshape(positions, (depth,) + (1,) * (ndim - axis))
    return where(equal(expand_dims(indices, axis), positions), on, off)
