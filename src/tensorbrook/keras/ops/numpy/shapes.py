"""keras.ops: the same elements in another order or shape; joining, cutting, taking."""

from itertools import pairwise

from .... import ops
from ....base.dims import Dim, maximum, minimum
from ....base.shapes import broadcast
from ....ops.index import getitem, picked
from ....ops.shape import check_axis, static_ints
from ..declare import as_tensor, op, promote

# -- shapes and orders -----------------------------------------------------------------------------


@op("numpy.reshape")
def reshape(x, newshape):
    """The elements of `x` in another shape; one size may be -1 or None, to be computed.

    Example:
    >>> tf.keras.ops.reshape([1, 2, 3, 4], (2, -1)).shape
    TensorShape([2, 2])
    """
    if isinstance(newshape, tuple | list):
        newshape = [-1 if size is None else size for size in newshape]
    return ops.reshape(as_tensor(x), newshape)


@op("numpy.ravel")
def ravel(x):
    """`x` as a vector.

    Example:
    >>> tf.keras.ops.ravel([[1, 2], [3, 4]]).numpy()
    array([1, 2, 3, 4], dtype=int32)
    """
    return ops.reshape(as_tensor(x), [-1])


@op("numpy.transpose")
def transpose(x, axes=None):
    """`x` with its axes in another order, the reverse one by default.

    Example:
    >>> tf.keras.ops.transpose([[1, 2]]).shape
    TensorShape([2, 1])
    """
    return ops.transpose(as_tensor(x), axes)


@op("numpy.swapaxes")
def swapaxes(x, axis1, axis2):
    """`x` with two axes exchanged.

    Example:
    >>> tf.keras.ops.swapaxes([[1, 2]], 0, 1).shape
    TensorShape([2, 1])
    """
    x = as_tensor(x)
    order = list(range(len(x._shape)))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return ops.transpose(x, order)


@op("numpy.moveaxis")
def moveaxis(x, source, destination):
    """`x` with an axis, or several, at another place.

    Example:
    >>> tf.keras.ops.moveaxis([[[1], [2]]], 0, -1).shape
    TensorShape([2, 1, 1])
    """
    x = as_tensor(x)
    ndim = len(x._shape)
    source = [check_axis("moveaxis", a, ndim) for a in static_ints(source, "source")]
    places = [check_axis("moveaxis", a, ndim) for a in static_ints(destination, "destination")]
    order = [a for a in range(ndim) if a not in source]
    for place, axis in sorted(zip(places, source)):
        order.insert(place, axis)
    return ops.transpose(x, order)


@op("numpy.expand_dims")
def expand_dims(x, axis):
    """`x` with new axes of length 1, at the places they have in the result.

    Example:
    >>> tf.keras.ops.expand_dims([1, 2], (0, -1)).shape
    TensorShape([1, 2, 1])
    """
    x = as_tensor(x)
    axes = static_ints(axis, "axis")
    ndim = len(x._shape) + len(axes)
    for place in sorted(check_axis("expand_dims", a, ndim) for a in axes):
        x = ops.expand_dims(x, place)
    return x


@op("numpy.squeeze")
def squeeze(x, axis=None):
    """`x` without its axes of length 1, or without those named.

    Example:
    >>> tf.keras.ops.squeeze([[[1, 2]]], axis=0).shape
    TensorShape([1, 2])
    """
    return ops.squeeze(as_tensor(x), axis)


@op("numpy.broadcast_to")
def broadcast_to(x, shape):
    """`x` repeated along axes of length 1, and new ones in front, to fill `shape`.

    Example:
    >>> tf.keras.ops.broadcast_to([1, 2], (2, 2)).numpy()
    array([[1, 2],
           [1, 2]], dtype=int32)
    """
    return ops.broadcast_to(as_tensor(x), shape)


@op("numpy.flip")
def flip(x, axis=None):
    """`x` with the order of elements reversed, along all axes by default.

    Example:
    >>> tf.keras.ops.flip([1, 2, 3]).numpy()
    array([3, 2, 1], dtype=int32)
    """
    x = as_tensor(x)
    return ops.reverse(x, list(range(len(x._shape))) if axis is None else axis)


@op("numpy.fliplr")
def fliplr(x):
    """`x` with its second axis reversed.

    Example:
    >>> tf.keras.ops.fliplr([[1, 2], [3, 4]]).numpy()
    array([[2, 1],
           [4, 3]], dtype=int32)
    """
    return ops.reverse(as_tensor(x), [1])


@op("numpy.flipud")
def flipud(x):
    """`x` with its first axis reversed.

    Example:
    >>> tf.keras.ops.flipud([[1, 2], [3, 4]]).numpy()
    array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return ops.reverse(as_tensor(x), [0])


@op("numpy.rot90")
def rot90(array, k=1, axes=(0, 1)):
    """The plane of two axes turned by 90 degrees, `k` times, from the first axis to the second.

    Example:
    >>> tf.keras.ops.rot90([[1, 2], [3, 4]]).numpy()
    array([[2, 4],
           [1, 3]], dtype=int32)
    """
    x, ndim = as_tensor(array), len(as_tensor(array)._shape)
    first, second = (check_axis("rot90", a, ndim) for a in axes)
    if first == second:
        raise ValueError(f"[rot90] axes must be two different ones, got {axes}.")
    if k % 4 >= 2:
        x = ops.reverse(x, [first, second])
    return ops.reverse(swapaxes(x, first, second), [first]) if k % 2 else x


@op("numpy.roll")
def roll(x, shift, axis=None):
    """The elements moved on along an axis, those at the end to the beginning.

    Args:
      x: a tensor.
      shift: how far; one number, or one an axis.
      axis: the axis or axes; the flattened tensor by default.

    Example:
    >>> tf.keras.ops.roll([1, 2, 3], 1).numpy()
    array([3, 1, 2], dtype=int32)
    """
    x = as_tensor(x)
    if axis is not None:
        return ops.roll(x, shift, axis)
    return ops.reshape(ops.roll(ops.reshape(x, [-1]), shift, 0), x._shape)


@op("numpy.repeat")
def repeat(x, repeats, axis=None):
    """Each element, or each slice along `axis`, several times.

    Args:
      x: a tensor.
      repeats: how often; one number, or one for each.
      axis: the axis; the flattened tensor by default.

    Example:
    >>> tf.keras.ops.repeat([1, 2], 2).numpy()
    array([1, 1, 2, 2], dtype=int32)
    """
    return ops.repeat(as_tensor(x), repeats, axis)


@op("numpy.tile")
def tile(x, repeats):
    """`x` set side by side.

    Args:
      x: a tensor.
      repeats: how often, for each axis, the last one last; new axes come in front.

    Example:
    >>> tf.keras.ops.tile([1, 2], 2).numpy()
    array([1, 2, 1, 2], dtype=int32)
    """
    x = as_tensor(x)
    counts = static_ints(repeats, "repeats")
    counts = (1,) * (len(x._shape) - len(counts)) + counts
    return ops.tile(ops.reshape(x, (*[1] * (len(counts) - len(x._shape)), *x._shape)), counts)


@op("numpy.pad")
def pad(x, pad_width, mode="constant", constant_values=None):
    """`x` with values around it.

    Args:
      x: a tensor.
      pad_width: a (before, after) for each axis; one pair, or one number, for all of them.
      mode: "constant", "reflect" (without the edge) or "symmetric" (with it).
      constant_values: what stands there, 0 by default; with "constant" only.

    Example:
    >>> tf.keras.ops.pad([1, 2], 1, constant_values=9).numpy()
    array([9, 1, 2, 9], dtype=int32)
    """
    x = as_tensor(x)
    if mode not in ("constant", "reflect", "symmetric"):
        raise NotImplementedError(
            f"[pad] mode {mode!r}: only 'constant', 'reflect' and 'symmetric' are built, as in "
            "Keras on TensorFlow; keras.ops.concatenate puts anything else around."
        )
    if constant_values is not None and mode != "constant":
        raise ValueError(
            f"Argument `constant_values` can only be provided when `mode == 'constant'`. Received: "
            f"mode={mode}"
        )
    pairs = [pad_width] if isinstance(pad_width, int) else list(pad_width)
    if all(isinstance(width, int) for width in pairs):
        pairs = [(pairs[0], pairs[-1])]
    pairs = pairs * len(x._shape) if len(pairs) == 1 else pairs
    value = ops.cast(0 if constant_values is None else constant_values, x.dtype)
    return ops.pad(x, pairs, mode, value)


# -- joining and cutting ---------------------------------------------------------------------------


@op("numpy.concatenate")
def concatenate(xs, axis=0):
    """Tensors one after the other along an axis, in the dtype they have together.

    Example:
    >>> tf.keras.ops.concatenate([[1, 2], [3.0]]).numpy()
    array([1., 2., 3.], dtype=float32)
    """
    return ops.concat(promote(*xs, weak=False), axis)


@op("numpy.append")
def append(x1, x2, axis=None):
    """`x2` behind `x1` along an axis; both flattened by default.

    Example:
    >>> tf.keras.ops.append([[1, 2]], [3]).numpy()
    array([1, 2, 3], dtype=int32)
    """
    x1, x2 = promote(x1, x2, weak=False)
    if axis is None:
        x1, x2, axis = ops.reshape(x1, [-1]), ops.reshape(x2, [-1]), 0
    return ops.concat([x1, x2], axis)


@op("numpy.stack")
def stack(x, axis=0):
    """Tensors of one shape along a new axis, in the dtype they have together.

    Example:
    >>> tf.keras.ops.stack([[1, 2], [3, 4]], axis=1).numpy()
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    return ops.stack(promote(*x, weak=False), axis)


def _at_least(x, ndim):
    """`x` with axes of length 1 put as `np.atleast_1d` and its kin do."""
    x = as_tensor(x)
    shape = tuple(x._shape)
    if ndim == 1:
        return ops.reshape(x, [1]) if not shape else x
    if ndim == 2:
        return ops.reshape(x, (*[1] * (2 - len(shape)), *shape)) if len(shape) < 2 else x
    whole = {0: (1, 1, 1), 1: (1, *shape, 1), 2: (*shape, 1)}.get(len(shape))
    return x if whole is None else ops.reshape(x, whole)


def _stacked(name, ndim, axis, doc):
    def call(xs):
        parts = promote(*[_at_least(x, ndim) for x in xs], weak=False)
        return ops.concat(parts, 0 if len(parts[0]._shape) == 1 else axis)

    call.__doc__ = doc + "\n\n    Args:\n      xs: a list of tensors.\n    "
    return op(f"numpy.{name}")(call)


_stacked("hstack", 1, 1, "Tensors side by side: along the second axis, vectors along the first.")
_stacked("vstack", 2, 0, "Tensors on top of each other: along the first axis, vectors as rows.")
_stacked("dstack", 3, 2, "Tensors behind each other: along the third axis.")


def _cut(name, x, indices_or_sections, axis, evenly=True):
    x = as_tensor(x)
    axis = check_axis(name, axis, len(x._shape))
    size = x._shape[axis]
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        if count < 1:
            raise ValueError(f"[{name}] The number of parts must be positive, got {count}.")
        if evenly:
            return list(ops.split(x, count, axis))
        quotient, rest = divmod(size, count)
        return list(ops.split(x, [quotient + 1] * rest + [quotient] * (count - rest), axis))
    places = static_ints(indices_or_sections, "indices_or_sections")
    lead = (slice(None),) * axis
    parts = [x[(*lead, slice(*bounds))] for bounds in pairwise([None, *places, None])]
    if size.__class__ is Dim and list(places) == sorted(places) and places[:1] >= (0,):
        for i, (before, after) in enumerate(pairwise((0, *places))):  # an axis as long as that
            parts[i] = ops.reshape(
                parts[i], (*x._shape[:axis], after - before, *x._shape[axis + 1 :])
            )
    return parts


@op("numpy.split")
def split(x, indices_or_sections, axis=0):
    """`x` cut along an axis.

    Args:
      x: a tensor.
      indices_or_sections: how many equal parts, or the places to cut at.
      axis: the axis.

    Example:
    >>> [y.numpy().tolist() for y in tf.keras.ops.split([1, 2, 3], [1])]
    [[1], [2, 3]]
    """
    return _cut("split", x, indices_or_sections, axis)


@op("numpy.array_split")
def array_split(x, indices_or_sections, axis=0):
    """`x` cut along an axis into parts whose lengths differ by 1 at most.

    Example:
    >>> [y.numpy().tolist() for y in tf.keras.ops.array_split([1, 2, 3], 2)]
    [[1, 2], [3]]
    """
    return _cut("array_split", x, indices_or_sections, axis, evenly=False)


@op("numpy.hsplit")
def hsplit(x, indices_or_sections):
    """`x` cut along its second axis, a vector along its first.

    Example:
    >>> [y.numpy().tolist() for y in tf.keras.ops.hsplit([[1, 2]], 2)]
    [[[1]], [[2]]]
    """
    return _cut("hsplit", x, indices_or_sections, min(1, len(as_tensor(x)._shape) - 1))


@op("numpy.vsplit")
def vsplit(x, indices_or_sections):
    """`x` cut along its first axis.

    Example:
    >>> [y.numpy().tolist() for y in tf.keras.ops.vsplit([[1], [2]], 2)]
    [[[1]], [[2]]]
    """
    return _cut("vsplit", x, indices_or_sections, 0)


@op("numpy.dsplit")
def dsplit(x, indices_or_sections):
    """`x` cut along its third axis.

    Example:
    >>> [y.numpy().tolist() for y in tf.keras.ops.dsplit([[[1, 2]]], 2)]
    [[[[1]]], [[[2]]]]
    """
    return _cut("dsplit", x, indices_or_sections, 2)


# -- taking ----------------------------------------------------------------------------------------


@op("numpy.get_item")
def get_item(x, key):
    """`x[key]`.

    Example:
    >>> tf.keras.ops.get_item([1, 2, 3], 1).numpy()
    np.int32(2)
    """
    if isinstance(key, list) and any(isinstance(k, slice) or k is Ellipsis for k in key):
        key = tuple(key)  # JSON has no tuples
    return getitem(as_tensor(x), key)


def _from_front(indices, size):
    """Integer indices of which negative ones counted from the end."""
    indices = as_tensor(indices)
    indices = ops.cast(indices, "int32") if indices._dtype.kind not in "iu" else indices
    if indices._dtype.kind == "u":
        return indices
    return ops.where(indices < 0, indices + ops.cast(size, indices.dtype), indices)


@op("numpy.take")
def take(x, indices, axis=None):
    """The slices of `x` along an axis at `indices`, negative ones counted from the end.

    Args:
      x: a tensor.
      indices: integers, of any shape.
      axis: the axis; the flattened tensor by default.

    Example:
    >>> tf.keras.ops.take([10, 20, 30], [0, -1]).numpy()
    array([10, 30], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = ops.reshape(x, [-1]), 0
    axis = check_axis("take", axis, len(x._shape))
    return ops.gather(x, _from_front(indices, x._shape[axis]), axis=axis)


@op("numpy.take_along_axis")
def take_along_axis(x, indices, axis=None):
    """For each place of `indices`, the element of `x` there, at that index along `axis`.

    Args:
      x: a tensor.
      indices: integers; its other axes broadcast with those of `x`.
      axis: the axis; the flattened tensor by default.

    Example:
    >>> tf.keras.ops.take_along_axis([[1, 2], [3, 4]], [[1], [0]], axis=1).numpy()
    array([[2],
           [3]], dtype=int32)
    """
    x, indices = as_tensor(x), as_tensor(indices)
    if axis is None:
        x, indices, axis = ops.reshape(x, [-1]), ops.reshape(indices, [-1]), 0
    ndim = len(x._shape)
    if len(indices._shape) != ndim:
        raise ValueError(
            f"[take_along_axis] indices must have as many axes as x: shapes {indices.shape} and "
            f"{x.shape}."
        )
    axis = check_axis("take_along_axis", axis, ndim)
    indices = _from_front(indices, x._shape[axis])
    rest = [i for i in range(ndim) if i != axis]
    x, indices = (ops.transpose(t, [*rest, axis]) for t in (x, indices))
    lead = broadcast(x._shape[:-1], indices._shape[:-1])
    if lead is None:
        raise ValueError(
            f"[take_along_axis] the shapes of x and indices do not broadcast but for axis {axis}: "
            f"{x.shape} and {indices.shape}, that axis last."
        )
    x, indices = (ops.broadcast_to(t, (*lead, t._shape[-1])) for t in (x, indices))
    found = picked(x, indices, ndim - 1, ndim - 1)
    return moveaxis(found, -1, axis)


@op("numpy.unravel_index")
def unravel_index(indices, shape):
    """The coordinates, a tensor an axis, of places in a flattened tensor of `shape`.

    Example:
    >>> [int(i) for i in tf.keras.ops.unravel_index(5, (3, 3))]
    [1, 2]
    """
    rest = as_tensor(indices)
    sizes = static_ints(shape, "shape")
    total = 1
    for size in sizes:
        total = total * size
    rest, found = _from_front(rest, total), []
    for size in reversed(sizes):
        found.append(rest % ops.cast(size, rest.dtype))
        rest = rest // ops.cast(size, rest.dtype)
    return tuple(reversed(found))


@op("numpy.meshgrid")
def meshgrid(*x, indexing="xy"):
    """Vectors as coordinates of a grid: each repeated along the axes of the others.

    Args:
      x: vectors.
      indexing: "xy", by which the first vector lies along the second axis, or "ij".

    Example:
    >>> [y.numpy().tolist() for y in tf.keras.ops.meshgrid([1, 2], [3])]
    [[[1, 2]], [[3, 3]]]
    """
    return ops.meshgrid(*map(as_tensor, x), indexing=indexing)


@op("numpy.size")
def size(x):
    """The number of elements, as int32.

    Example:
    >>> int(tf.keras.ops.size([[1, 2]]))
    2
    """
    return ops.size(as_tensor(x))


@op("numpy.ndim")
def ndim(x):
    """The number of axes.

    Example:
    >>> tf.keras.ops.ndim([[1, 2]])
    2
    """
    return len(as_tensor(x)._shape)


# -- diagonals and triangles -----------------------------------------------------------------------


def _band(shape, keep):
    """Truth values of the last two axes of `shape`, of `keep(column - row)`."""
    rows, columns = (ops.range(size) for size in shape[-2:])
    return keep(ops.expand_dims(columns, 0) - ops.expand_dims(rows, 1))


def _triangle(name, keep, doc):
    def call(x, k=0):
        x = as_tensor(x)
        if len(x._shape) == 1:
            x = ops.broadcast_to(x, (x._shape[0], x._shape[0]))
        return ops.where(_band(x._shape, lambda d: keep(d, k)), x, ops.cast(0, x.dtype))

    call.__doc__ = (
        f"{doc}\n\n    Args:\n      x: a tensor of matrices.\n      k: which diagonal is the "
        "border: those above the main one count up.\n    "
    )
    return op(f"numpy.{name}")(call)


_triangle("tril", lambda d, k: d <= k, "The lower triangle, zeros above it.")
_triangle("triu", lambda d, k: d >= k, "The upper triangle, zeros below it.")


@op("numpy.diagonal")
def diagonal(x, offset=0, axis1=0, axis2=1):
    """A diagonal of the planes of two axes, along the last axis of the result.

    Args:
      x: a tensor of two axes at least.
      offset: which diagonal: those above the main one count up.
      axis1, axis2: the axes.

    Example:
    >>> tf.keras.ops.diagonal([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    """
    x = moveaxis(x, (axis1, axis2), (-2, -1))
    rows, columns = x._shape[-2:]
    down, right = max(-offset, 0), max(offset, 0)
    places = ops.range(maximum(minimum(rows - down, columns - right), 0))
    flat = ops.reshape(x, (*x._shape[:-2], rows * columns))
    places = (places + down) * ops.cast(columns, "int32") + places + right
    return picked(flat, places, len(flat._shape) - 1)


@op("numpy.diag")
def diag(x, k=0):
    """The `k`-th diagonal of a matrix, or the matrix that has a vector there and 0 elsewhere.

    Example:
    >>> tf.keras.ops.diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    x = as_tensor(x)
    if len(x._shape) == 2:
        return diagonal(x, k)
    if len(x._shape) != 1:
        raise ValueError(f"`x` must be 1d or 2d, but received shape {x.shape} [diag].")
    width = [abs(k), 0] if k > 0 else [0, abs(k)]
    row = ops.pad(x, [width])
    size = row._shape[0]
    on = _band((size, size), lambda d: ops.equal(d, k))
    column = ops.pad(x, [width[::-1]])
    return ops.where(on, ops.expand_dims(column, 1), ops.cast(0, x.dtype))


@op("numpy.diagflat")
def diagflat(x, k=0):
    """The matrix that has the flattened tensor on its `k`-th diagonal.

    Example:
    >>> tf.keras.ops.diagflat([[1, 2]]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return diag(ravel(x), k)
