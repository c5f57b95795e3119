"""tf.sparse: functions of SparseTensors.

A place is also told by one number, its position in row-major order: sorting, joining and grouping
of places are those of numbers.
"""

from math import prod

import numpy as np

from ..base import dtypes
from ..base.dims import maximum as larger_dim
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, find_override, public, tensor_of
from ..core.op import Op, Spec, fail, per_input
from ..core.tensor import convert_to_tensor
from ._kernels.sparse import product
from .cast import cast, conj
from .compare import equal, greater_equal, less
from .create import fill, ones, range_, size_of, zeros
from .debugging import assert_
from .elementwise import absolute, exp, maximum, minimum
from .index import boolean_mask, gather, picked
from .indexed_slices import IndexedSlices
from .join import concat, stack
from .numerics import unsorted_segment_sqrt_n
from .reduce import reduce_all, reduce_any, reduce_max, reduce_sum
from .scatter import gather_nd, tensor_scatter_nd_add
from .segments import (
    occupied,
    segment_count,
    unsorted_segment_max,
    unsorted_segment_mean,
    unsorted_segment_sum,
    where_occupied,
)
from .select import where
from .shape import (
    check_axis,
    expand_dims,
    integers,
    reshape,
    resolve_shape,
    static_int,
    static_ints,
    transpose,
)
from .sort import argsort, unique_slices
from .sparse import SparseTensor, SparseTensorSpec, dense, is_sparse, sparse_of

# -- places as numbers -----------------------------------------------------------------------------


def flat_places(indices, sizes):
    """The positions in row-major order of places in a tensor of `sizes`, ints and Dims."""
    strides = [prod(sizes[k + 1 :]) for k in range(len(sizes))]
    return reduce_sum(indices * integers(tuple(strides), "int64"), -1)


def places_of(flat, sizes):
    """The places with these positions: the other way round."""
    sizes = [larger_dim(size, 1) for size in sizes]  # where there is no place, nothing is divided
    strides = integers(tuple(prod(sizes[k + 1 :]) for k in range(len(sizes))), "int64")
    return expand_dims(flat, -1) // strides % integers(tuple(sizes), "int64")


def _flat(x):
    return flat_places(x.indices, x._sizes)


def rows_of(x, order):
    """The values with these numbers, at their places."""
    indices, values = (picked(part, order, 0) for part in (x.indices, x.values))
    return SparseTensor._make(indices, values, x._dims, x.dense_shape)


def columns_of(indices, numbers):
    """The columns of places with these numbers."""
    return picked(indices, integers(tuple(numbers), "int64"), 1)


def _one_shape(path, a, b):
    """The dense shape of two, as ints and Dims; raises where they differ."""
    if a.ndim != b.ndim:
        raise InvalidArgumentError(
            f"[{path}] Operands do not have the same ranks; got shapes: {a.shape} and {b.shape}."
        )
    for k, (m, n) in enumerate(zip(a.shape, b.shape)):
        if m is not None and n is not None and m != n:
            raise InvalidArgumentError(
                f"[{path}] Operands' shapes do not match: got {m} and {n} for dimension {k}."
            )
    if a.dtype != b.dtype:
        raise InvalidArgumentError(
            f"[{path}] Operands have the dtypes {a.dtype.name} and {b.dtype.name}: use "
            "tf.cast(x, dtype)."
        )
    return tuple(n if m is None else m for m, n in zip(a._dims, b._sizes))


# -- made of others --------------------------------------------------------------------------------


@public("sparse.from_dense")
def from_dense(tensor, name=None):
    """The SparseTensor of what is not zero (or an empty string) in a dense tensor.

    Example:
    >>> tf.sparse.from_dense([[0, 3], [5, 0]]).values.numpy()
    array([3, 5], dtype=int32)
    """
    x = tensor_of(tensor)
    if not x._shape:
        raise InvalidArgumentError(
            "[sparse.from_dense] A scalar has no places: give a tensor with one axis or more."
        )
    empty = b"" if x._dtype == object else 0
    held = x if x._dtype == bool else x != convert_to_tensor(empty, x.dtype)
    indices = where(held)
    return SparseTensor._make(indices, gather_nd(x, indices), x._shape)


@public("sparse.eye")
def eye(num_rows, num_columns=None, dtype=dtypes.float32, name=None):
    """Ones on the diagonal of a matrix of `num_rows` by `num_columns`, or by as many.

    Example:
    >>> tf.sparse.to_dense(tf.sparse.eye(2, 3)).numpy()
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    rows = static_int(num_rows, "num_rows")
    columns = rows if num_columns is None else static_int(num_columns, "num_columns")
    places = range_(minimum(integers(rows, "int64"), integers(columns, "int64")))
    values = ones(places._shape, dtype)
    return SparseTensor._make(stack([places, places], 1), values, (rows, columns))


@public("sparse.reorder", composites=True)
def reorder(sp_input, name=None):
    """The same tensor with its places in row-major order, which most functions want.

    Example:
    >>> x = tf.SparseTensor([[1, 0], [0, 1]], [2, 1], [2, 2])
    >>> tf.sparse.reorder(x).values.numpy()
    array([1, 2], dtype=int32)
    """
    x = sparse_of(sp_input, "sparse.reorder")
    return rows_of(x, argsort(_flat(x), stable=True))


@public("sparse.retain", composites=True)
def retain(sp_input, to_retain):
    """The values for which a vector of bools is True.

    Example:
    >>> x = tf.sparse.from_dense([1, 2, 3])
    >>> tf.sparse.retain(x, [True, False, True]).values.numpy()
    array([1, 3], dtype=int32)
    """
    x, kept = sparse_of(sp_input, "sparse.retain"), tensor_of(to_retain)
    count = x.values.shape[0]
    if None not in (count, kept.shape[0]) and kept.shape[0] != count:
        raise ValueError(f"Dimensions {count} and {kept.shape[0]} are not compatible")
    return rows_of(x, reshape(where(kept), (-1,)))


@public("sparse.map_values", composites=True)
def map_values(op, *args, **kwargs):
    """`op` of the values of its sparse arguments, which all have one set of places.

    Raises:
      InvalidArgumentError: they have other places.
      ValueError: what `op` gives is no vector of as many values.

    Example:
    >>> tf.sparse.map_values(tf.add, tf.sparse.from_dense([0, 5]), 1).values.numpy()
    array([6], dtype=int32)
    """
    first = find_override((args, kwargs), SparseTensor)
    if first is None:
        return op(*args, **kwargs)

    def part(value):
        if not is_sparse(value):
            return value
        if value is not first:
            _same_places(first, value)
        return value.values

    return first.with_values(op(*map(part, args), **{k: part(v) for k, v in kwargs.items()}))


def _same_places(a, b):
    if a.indices is b.indices:
        return
    _one_shape("sparse.map_values", a, b.with_values(a.values) if a.dtype != b.dtype else b)
    alike = a.indices.shape.is_compatible_with(b.indices.shape)
    if not alike:
        raise InvalidArgumentError(
            f"[sparse.map_values] Incompatible shapes: the arguments have {a.indices.shape[0]} and "
            f"{b.indices.shape[0]} values; they need the same places."
        )
    same = reduce_all(equal(a.indices, b.indices))
    assert_(same, ["[sparse.map_values] The arguments have values at different places."])


# -- shapes ----------------------------------------------------------------------------------------


@public("sparse.reshape", composites=True)
def sparse_reshape(sp_input, shape, name=None):
    """The same values, in row-major order, in a tensor of another shape.

    Args:
      sp_input: a SparseTensor.
      shape: ints; one may be -1, to be computed from the rest.

    Raises:
      InvalidArgumentError: the shape does not hold as many elements.

    Example:
    >>> tf.sparse.reshape(tf.sparse.from_dense([[0, 3], [5, 0]]), [-1]).indices.numpy().ravel()
    array([1, 2])
    """
    x = sparse_of(sp_input, "sparse.reshape")
    sizes = resolve_shape(x._sizes, static_ints(shape, "shape"), Spec(x._sizes, x._dtype))
    return SparseTensor._make(places_of(_flat(x), sizes), x.values, sizes)


@public("sparse.expand_dims", composites=True)
def sparse_expand_dims(sp_input, axis=None, name=None):
    """With an axis of size 1 before `axis`; at the end by default.

    Example:
    >>> tf.sparse.expand_dims(tf.sparse.from_dense([0, 3]), 0).shape
    TensorShape([1, 2])
    """
    x = sparse_of(sp_input, "sparse.expand_dims")
    axis = check_axis("sparse.expand_dims", -1 if axis is None else axis, x.ndim + 1)
    return _with_axes(x, {axis})


def _with_axes(x, axes):
    """With axes of size 1 at these places of the result."""
    rank = x.ndim + len(axes)
    zero = zeros((x.indices._shape[0], 1), "int64")
    old = iter(range(x.ndim))
    columns, dims = [], []
    for axis in range(rank):
        k = None if axis in axes else next(old)
        columns.append(zero if k is None else x.indices[:, k : k + 1])
        dims.append(1 if k is None else x._sizes[k])
    return SparseTensor._make(concat(columns, 1), x.values, dims)


@public("sparse.transpose", composites=True)
def sparse_transpose(sp_input, perm=None, name=None):
    """The axes in another order; in the opposite one by default.

    Example:
    >>> tf.sparse.transpose(tf.sparse.from_dense([[0, 3, 5]])).indices.numpy()
    array([[1, 0],
           [2, 0]])
    """
    x = sparse_of(sp_input, "sparse.transpose")
    perm = range(x.ndim)[::-1] if perm is None else static_ints(perm, "perm")
    perm = [check_axis("sparse.transpose", axis, x.ndim) for axis in perm]
    if sorted(perm) != list(range(x.ndim)):
        raise InvalidArgumentError(
            f"[sparse.transpose] perm = {perm} is no order of the {x.ndim} axes."
        )
    dims = [x._sizes[axis] for axis in perm]
    return reorder(SparseTensor._make(columns_of(x.indices, perm), x.values, dims))


@public("sparse.reset_shape", composites=True)
def reset_shape(sp_input, new_shape=None):
    """The same values in a larger tensor, or in the smallest that holds them.

    Raises:
      ValueError: the new shape is smaller, or of another rank.

    Example:
    >>> tf.sparse.reset_shape(tf.sparse.from_dense([[1, 0], [0, 0]])).shape
    TensorShape([1, 1])
    """
    x = sparse_of(sp_input, "sparse.reset_shape")
    if new_shape is None:
        first = concat([zeros((1, x.ndim), "int64") - 1, x.indices], 0)
        return SparseTensor(x.indices, x.values, reduce_max(first, 0) + 1)
    sizes = static_ints(new_shape, "new_shape")
    if len(sizes) != x.ndim:
        raise ValueError(f"Dimensions {len(sizes)} and {x.ndim} are not compatible")
    for size, now in zip(sizes, x.shape):
        if now is not None and size.__class__ is int and size < now:
            raise ValueError(
                "Requested new_shape should have dimension sizes >= sp_input.shape. Found "
                f"new_shape ({list(sizes)}), sp_input.shape ({x.shape})."
            )
    return SparseTensor._make(x.indices, x.values, sizes)


# -- parts and joins -------------------------------------------------------------------------------


@public("sparse.slice", composites=True)
def sparse_slice(sp_input, start, size, name=None):
    """The part that begins at `start` and is of `size`, or ends where the tensor does.

    Example:
    >>> x = tf.sparse.from_dense([[1, 2, 0], [0, 0, 3]])
    >>> tf.sparse.to_dense(tf.sparse.slice(x, [0, 1], [2, 2])).numpy()
    array([[2, 0],
           [0, 3]], dtype=int32)
    """
    x = sparse_of(sp_input, "sparse.slice")
    start, size = static_ints(start, "start"), static_ints(size, "size")
    if len(start) != x.ndim or len(size) != x.ndim:
        raise InvalidArgumentError(
            f"[sparse.slice] start and size need {x.ndim} elements each, one an axis; got "
            f"{len(start)} and {len(size)}."
        )
    for what, numbers in (("start", start), ("size", size)):
        if any(n.__class__ is int and n < 0 for n in numbers):
            raise InvalidArgumentError(
                f"[sparse.slice] Expected a non-negative {what}, got {list(numbers)}."
            )
    ends = [-larger_dim(-(a + n), -d) for a, n, d in zip(start, size, x._sizes)]
    return _part(x, start, ends)


def _part(x, start, ends):
    """What lies between two corners, ints and Dims."""
    first, last = (integers(tuple(c), "int64") for c in (start, ends))
    inside = greater_equal(x.indices, first) & less(x.indices, last)
    kept = rows_of(x, reshape(where(reduce_all(inside, -1)), (-1,)))
    dims = [larger_dim(b - a, 0) for a, b in zip(start, ends)]
    return SparseTensor._make(kept.indices - first, kept.values, dims)


@public("sparse.split", composites=True)
def sparse_split(sp_input=None, num_split=None, axis=None, name=None):
    """As many parts along an axis, the first ones longer by one where it does not come out even.

    Example:
    >>> [p.shape[1] for p in tf.sparse.split(tf.sparse.eye(3), 2, 1)]
    [2, 1]
    """
    if num_split is None or axis is None:
        raise ValueError("sparse.split needs num_split and axis.")
    x, count = sparse_of(sp_input, "sparse.split"), static_int(num_split, "num_split")
    axis = check_axis("sparse.split", axis, x.ndim)
    size = x._sizes[axis]
    if size.__class__ is int and not 1 <= count <= size:
        raise InvalidArgumentError(
            "[sparse.split] Input num_split should be between 1 and the splitting dimension size "
            f"({size}), got {count}."
        )
    parts, begin = [], 0
    for k in range(count):
        end = begin + (size + count - 1 - k) // count
        start, ends = [0] * x.ndim, list(x._sizes)
        start[axis], ends[axis] = begin, end
        parts.append(_part(x, start, ends))
        begin = end
    return parts


@public("sparse.concat", composites=True)
def sparse_concat(axis, sp_inputs, expand_nonconcat_dims=False, name=None):
    """Sparse tensors one after the other along an axis.

    Args:
      axis: along which.
      sp_inputs: SparseTensors of one rank and dtype.
      expand_nonconcat_dims: whether the other dimensions may differ; the largest is taken.

    Raises:
      InvalidArgumentError: another rank, or another size of another axis.

    Example:
    >>> x = tf.sparse.from_dense([[0, 3]])
    >>> tf.sparse.to_dense(tf.sparse.concat(0, [x, x])).numpy()
    array([[0, 3],
           [0, 3]], dtype=int32)
    """
    inputs = [sp_inputs] if is_sparse(sp_inputs) else list(sp_inputs)
    inputs = [sparse_of(x, "sparse.concat") for x in inputs]
    if len(inputs) == 1:
        return inputs[0]
    rank = inputs[0].ndim
    axis = check_axis("sparse.concat", axis, rank)
    dims = list(inputs[0]._sizes)
    for i, x in enumerate(inputs[1:], 1):
        if x.ndim != rank:
            raise InvalidArgumentError(
                f"[sparse.concat] Ranks of all input tensors must match: expected {rank} but got "
                f"{x.ndim} at position {i}."
            )
        for k, size in enumerate(x._sizes):
            if k == axis:
                continue
            if expand_nonconcat_dims:
                dims[k] = larger_dim(dims[k], size)
            elif size.__class__ is dims[k].__class__ is int and size != dims[k]:
                raise InvalidArgumentError(
                    f"[sparse.concat] Input shapes must match: expected {dims[k]} for dimension "
                    f"{k} but got {size} at position {i}. Give expand_nonconcat_dims=True."
                )
    places, offset = [], 0
    for x in inputs:
        moved = [0] * rank
        moved[axis] = offset
        places.append(x.indices + integers(tuple(moved), "int64"))
        offset = offset + x._sizes[axis]
    dims[axis] = offset
    values = concat([x.values for x in inputs], 0)
    return reorder(SparseTensor._make(concat(places, 0), values, dims))


def _stacked(values):
    return sparse_concat(0, [sparse_expand_dims(v, 0) for v in values])


SparseTensorSpec._stacked = staticmethod(_stacked)  # what tf.map_fn does with the results


# -- sums, extremes --------------------------------------------------------------------------------


def _joined(a, b, sizes):
    """(places of either, for each value of `a`, then of `b` which of them, how many places)."""
    flat = concat([flat_places(x.indices, sizes) for x in (a, b)], 0)
    found, numbers, _, _ = unique_slices(flat, True)
    return places_of(found, sizes), numbers, found._shape[0]


@public("sparse.add", composites=True)
def sparse_add(a, b, threshold=0):
    """The sum of two tensors of one shape, of which at least one is sparse.

    Args:
      a, b: SparseTensors, or one of them a dense tensor: then so is the result.
      threshold: sums of smaller magnitude are left out of a sparse result.

    Raises:
      InvalidArgumentError: other shapes or dtypes.

    Example:
    >>> x = tf.sparse.from_dense([1, 0, 2])
    >>> tf.sparse.add(x, x).values.numpy(), tf.sparse.add(x, [1, 1, 1]).numpy()
    (array([2, 4], dtype=int32), array([2, 1, 3], dtype=int32))
    """
    if not is_sparse(a) and not is_sparse(b):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if not is_sparse(a) or not is_sparse(b):
        sparse, other = (a, b) if is_sparse(a) else (b, a)
        return tensor_scatter_nd_add(
            convert_to_tensor(other, sparse.dtype), sparse.indices, sparse.values
        )
    sizes = _one_shape("sparse.add", a, b)
    places, numbers, count = _joined(a, b, sizes)
    total = unsorted_segment_sum(concat([a.values, b.values], 0), numbers, count)
    result = SparseTensor._make(places, total, sizes)
    least = convert_to_tensor(threshold, None if a.dtype.is_complex else a.dtype)
    if least.is_eager and least.host() == 0:
        return result
    return retain(result, absolute(total) >= least)


def _extreme(name, function, doc):
    def extreme(sp_a, sp_b, name=None):
        a, b = sparse_of(sp_a, path), sparse_of(sp_b, path)
        sizes = _one_shape(path, a, b)
        places, numbers, count = _joined(a, b, sizes)
        held = a.indices._shape[0]
        each = (a.values, numbers[:held]), (b.values, numbers[held:])
        values = function(*(unsorted_segment_sum(*part, count) for part in each))
        return SparseTensor._make(places, values, sizes)

    path = f"sparse.{name}"
    extreme.__name__ = extreme.__qualname__ = name
    extreme.__doc__ = doc
    return public(path, composites=True)(extreme)


sparse_maximum = _extreme(
    "maximum",
    maximum,
    """The larger of two sparse tensors of one shape, element by element.

    Example:
    >>> a, b = tf.sparse.from_dense([0, 3, 4]), tf.sparse.from_dense([2, 0, 5])
    >>> tf.sparse.maximum(a, b).values.numpy()
    array([2, 3, 5], dtype=int32)
    """,
)
sparse_minimum = _extreme(
    "minimum",
    minimum,
    """The smaller of two sparse tensors of one shape, element by element.

    Example:
    >>> a, b = tf.sparse.from_dense([0, 3, 4]), tf.sparse.from_dense([2, 0, 5])
    >>> tf.sparse.minimum(a, b).values.numpy()
    array([0, 0, 4], dtype=int32)
    """,
)


def _segment_max_or_0(values, numbers, count):
    return where_occupied(unsorted_segment_max(values, numbers, count), numbers)


def _reduction(name, segment, doc):
    def reduction(sp_input, axis=None, keepdims=None, output_is_sparse=False, name=None):
        x = sparse_of(sp_input, path)
        given = range(x.ndim) if axis is None else static_ints(axis, "axis")
        axes = {check_axis(path, a, x.ndim) for a in given}
        kept = [k for k in range(x.ndim) if k not in axes]
        sizes = tuple(x._sizes[k] for k in kept)
        numbers = flat_places(columns_of(x.indices, kept), sizes)
        if output_is_sparse:
            groups, numbers, _, _ = unique_slices(numbers, True)
            values = segment(x.values, numbers, groups._shape[0])
            result = SparseTensor._make(places_of(groups, sizes), values, sizes)
            return _with_axes(result, axes) if keepdims else result
        shape = tuple(1 if k in axes else d for k, d in enumerate(x._sizes)) if keepdims else sizes
        return reshape(segment(x.values, numbers, prod(sizes)), shape)

    path = f"sparse.{name}"
    reduction.__name__ = reduction.__qualname__ = name
    reduction.__doc__ = doc
    return public(path, composites=True)(reduction)


sparse_reduce_sum = _reduction(
    "reduce_sum",
    unsorted_segment_sum,
    """The sum along axes: a dense tensor, or a sparse one.

    Args:
      sp_input: a SparseTensor.
      axis: one or several axes; all by default.
      keepdims: whether these axes stay, with size 1.
      output_is_sparse: whether the result is a SparseTensor.

    Example:
    >>> tf.sparse.reduce_sum(tf.sparse.from_dense([[1, 0, 2], [0, 0, 3]]), 0).numpy()
    array([1, 0, 5], dtype=int32)
    """,
)
sparse_reduce_max = _reduction(
    "reduce_max",
    _segment_max_or_0,
    """The largest of the values along axes, zeros left out; 0 where there are none.

    Args:
      sp_input: a SparseTensor.
      axis: one or several axes; all by default.
      keepdims: whether these axes stay, with size 1.
      output_is_sparse: whether the result is a SparseTensor.

    Example:
    >>> tf.sparse.reduce_max(tf.sparse.from_dense([[1, 0, -2], [0, 0, 3]]), 1).numpy()
    array([1, 3], dtype=int32)
    """,
)


@public("sparse.softmax", composites=True)
def sparse_softmax(sp_input, name=None):
    """Softmax of the values of each row; what has no value takes no part, as if it were -inf.

    Example:
    >>> tf.sparse.softmax(tf.sparse.from_dense([[2.0, 0.0, 2.0]])).values.numpy()
    array([0.5, 0.5], dtype=float32)
    """
    x = sparse_of(sp_input, "sparse.softmax")
    if x.ndim < 2:
        raise InvalidArgumentError(f"[sparse.softmax] Input must have a rank >= 2, got {x.shape}.")
    sizes = x._sizes[:-1]
    rows, count = flat_places(x.indices[:, :-1], sizes), prod(sizes)
    top = picked(unsorted_segment_max(x.values, rows, count), rows, 0)
    e = exp(x.values - top)
    return x._with(e / picked(unsorted_segment_sum(e, rows, count), rows, 0))


# -- products --------------------------------------------------------------------------------------


def _matmul_kernel(rows, columns, values, b, size):
    if not len(rows) == len(columns) == len(values):  # NumPy would repeat a single one
        raise ValueError("there is one row and one column for each value")
    for what, places, limit in (("row", rows, size), ("column", columns, len(b))):
        wrong = (places < 0) | (places >= limit)
        if wrong.any():
            raise InvalidArgumentError(
                f"[sparse_dense_matmul] A {what} of a is {places[np.argmax(wrong)]}, out of range "
                f"[0, {limit})."
            )
    return product(values, b, rows, columns, size=size)


def _matmul_infer(rows, columns, values, b, size):
    if len(b.shape) != 2 or b.dtype != values.dtype:
        fail("sparse_dense_matmul", "b is no matrix of the values' dtype", (values, b), "", ())
    return Spec((size, b.shape[1]), values.dtype)


def _of_values(g, y, rows, columns, values, b, size):
    return reduce_sum(picked(g, rows, 0) * conj(picked(b, columns, 0)), -1)


def _of_matrix(g, y, rows, columns, values, b, size):
    return apply(_sparse_matmul, (columns, rows, conj(values), g), {"size": b._shape[0]})


_sparse_matmul = Op(
    "sparse_matmul",
    _matmul_kernel,
    _matmul_infer,
    per_input(None, None, _of_values, _of_matrix),
    samples=lambda rng: [
        (
            (np.array(rows), np.array([2, 0, 1, 0]), rng.normal(size=4), rng.normal(size=(3, 2))),
            {"size": 3},
        )
        for rows in ([0, 0, 2, 2], [2, 0, 1, 2])
    ],
    doc="A matrix given by the rows, columns and values of what it holds, times a dense one.",
    constants=(0, 1),
    tolerance="scale",
)


@public("sparse.sparse_dense_matmul", composites=True)
def sparse_dense_matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """The product of two matrices of which one is sparse: a dense matrix.

    Args:
      sp_a, b: a SparseTensor and a dense matrix, in either order.
      adjoint_a, adjoint_b: whether to take the conjugate transpose of one.

    Raises:
      InvalidArgumentError: no matrices, or sizes that do not fit.

    Example:
    >>> a = tf.sparse.from_dense([[0.0, 2.0], [3.0, 0.0]])
    >>> tf.sparse.sparse_dense_matmul(a, tf.constant([[1.0], [4.0]])).numpy()
    array([[8.],
           [3.]], dtype=float32)
    """
    if is_sparse(b):
        if is_sparse(sp_a):
            raise TypeError(
                "sparse.sparse_dense_matmul: one of the two has to be dense: use "
                "tf.sparse.to_dense(b)."
            )
        found = sparse_dense_matmul(b, sp_a, not adjoint_b, not adjoint_a)
        return conj(transpose(found))
    a, b = sparse_of(sp_a, "sparse.sparse_dense_matmul"), tensor_of(b)
    if a.ndim != 2 or len(b._shape) != 2:
        what, shape = ("a", a.shape) if a.ndim != 2 else ("b", b.shape)
        raise InvalidArgumentError(
            f"[sparse_dense_matmul] Tensor {what!r} is not a matrix: {shape}."
        )
    if a.dtype != b.dtype:
        raise InvalidArgumentError(
            f"[sparse_dense_matmul] a is of {a.dtype.name}, b of {b.dtype.name}: use "
            "tf.cast(x, dtype)."
        )
    b = conj(transpose(b)) if adjoint_b else b
    values = conj(a.values) if adjoint_a else a.values
    row, column = (1, 0) if adjoint_a else (0, 1)
    inner = a.shape[column], b.shape[0]
    if None not in inner and inner[0] != inner[1]:
        raise InvalidArgumentError(
            "[sparse_dense_matmul] Cannot multiply A and B because inner dimension does not match: "
            f"{inner[0]} vs. {inner[1]}. Did you forget a transpose? A has the shape {a.shape}, B "
            f"{b.shape}."
        )
    parts = a.indices[:, row], a.indices[:, column], values, b
    return apply(_sparse_matmul, parts, {"size": a._sizes[row]})


@public("sparse.sampled_addmm")
def sampled_addmm(
    indices,
    values,
    dense_shape,
    mat1,
    mat2,
    beta=1.0,
    alpha=1.0,
    output_type=dtypes.float32,
):
    """`alpha * (mat1 @ mat2) + beta * values` at places alone.

    Args:
      indices: integers [..., values, 2]: rows and columns.
      values: floats [..., values].
      dense_shape: the shape of the product's matrices, given back as it is.
      mat1, mat2: [..., rows, inner] and [..., inner, columns].
      beta, alpha: factors.
      output_type: of the result.

    Returns:
      The places, the new values, the shape.

    Example:
    >>> found = tf.sparse.sampled_addmm([[0, 1]], [1.0], [2, 2], tf.eye(2), tf.ones([2, 2]))
    >>> found[1].numpy()
    array([2.], dtype=float32)
    """
    indices, values = tensor_of(indices), cast(tensor_of(values), output_type)
    mat1, mat2 = (cast(tensor_of(m), output_type) for m in (mat1, mat2))
    batch = len(mat1._shape) - 2
    mat2 = transpose(mat2, [*range(batch), batch + 1, batch])
    rows = picked(mat1, indices[..., 0], batch, batch)
    columns = picked(mat2, indices[..., 1], batch, batch)
    product = reduce_sum(rows * columns, -1)
    return indices, alpha * product + beta * values, tensor_of(dense_shape)


# -- rows ------------------------------------------------------------------------------------------


@public("sparse.fill_empty_rows", composites=True)
def fill_empty_rows(sp_input, default_value, name=None):
    """(with a default value in the first column of rows without one, which rows these are).

    Example:
    >>> x = tf.SparseTensor([[0, 1], [2, 0]], [5, 6], [3, 2])
    >>> filled, empty = tf.sparse.fill_empty_rows(x, -1)
    >>> filled.values.numpy(), empty.numpy()
    (array([ 5, -1,  6], dtype=int32), array([False,  True, False]))
    """
    x = sparse_of(sp_input, "sparse.fill_empty_rows")
    default = convert_to_tensor(default_value, x.dtype)
    empty, fill_rows = filling(x)
    return fill_rows(default), empty


def filling(x):
    """(which rows are empty, a function of a default value and maybe other values at x's places).

    The function gives them with the default value in the first column of empty rows.
    """
    rows = x.indices[:, 0]
    empty = ~occupied(rows, x._sizes[0])
    missing = where(empty)
    count = missing._shape[0]
    places = concat([missing, zeros((count, x.ndim - 1), "int64")], 1)
    indices = concat([x.indices, places], 0)
    order = argsort(indices[:, 0], stable=True)
    indices = picked(indices, order, 0)

    def fill_rows(default, values=x.values):
        values = concat([values, fill((count,), default)], 0)
        return SparseTensor._make(indices, picked(values, order, 0), x._dims, x.dense_shape)

    return empty, fill_rows


@public("sparse.mask", composites=True)
def mask(a, mask_indices, name=None):
    """An IndexedSlices without the rows named.

    Example:
    >>> rows = tf.IndexedSlices(tf.constant([[1], [2], [3]]), tf.constant([4, 5, 6]))
    >>> tf.sparse.mask(rows, [5]).indices.numpy()
    array([4, 6], dtype=int32)
    """
    if not isinstance(a, IndexedSlices):
        raise TypeError(f"sparse.mask takes an IndexedSlices, got {type(a).__name__}.")
    named = equal(expand_dims(a.indices, -1), convert_to_tensor(mask_indices, a.indices.dtype))
    kept = ~reduce_any(named, -1)
    parts = (boolean_mask(part, kept) for part in (a.values, a.indices))
    return IndexedSlices(*parts, a.dense_shape)


@public("sparse.to_indicator", composites=True)
def to_indicator(sp_input, vocab_size, name=None):
    """Bools of which those are True that the ids of each row name, in a last axis of `vocab_size`.

    Raises:
      InvalidArgumentError: an id that is out of range.

    Example:
    >>> ids = tf.sparse.from_dense(tf.constant([[2, 1]], tf.int64))
    >>> tf.sparse.to_indicator(ids, 4).numpy()
    array([[False,  True,  True, False]])
    """
    x = sparse_of(sp_input, "sparse.to_indicator")
    size = static_int(vocab_size, "vocab_size")
    ids = expand_dims(cast(x.values, "int64"), -1)
    indices = concat([x.indices[:, :-1], ids], 1)
    true = ones(x.values._shape, "bool")
    return dense(SparseTensor._make(indices, true, (*x._sizes[:-1], size)), ordered=False)


def _sparse_segments(name, segments, doc):
    def segment(data, indices, segment_ids, num_segments=None, name=None, sparse_gradient=False):
        ids = tensor_of(segment_ids)
        if ids.is_eager and (np.diff(ids.host()) < 0).any():
            raise InvalidArgumentError(f"[{path}] segment ids are not increasing: sort them.")
        rows = (gather if sparse_gradient else picked)(tensor_of(data), tensor_of(indices), axis=0)
        count = None if num_segments is None else tensor_of(num_segments)
        return segments(rows, ids, segment_count(ids) if count is None else size_of(count))

    path = f"sparse.{name}"
    segment.__name__ = segment.__qualname__ = name
    segment.__doc__ = doc
    return public(path)(segment)


sparse_segment_sum = _sparse_segments(
    "segment_sum",
    unsorted_segment_sum,
    """Sums of rows of `data`, those with one segment id together.

    Args:
      data: a tensor.
      indices: which rows, a vector of integers.
      segment_ids: a sorted id for each of them.
      num_segments: how many ids there are; as the last id says by default.
      sparse_gradient: whether the gradient by `data` is an IndexedSlices.

    Example:
    >>> tf.sparse.segment_sum(tf.constant([1.0, 2.0, 6.0]), [0, 2], [0, 0]).numpy()
    array([7.], dtype=float32)
    """,
)
sparse_segment_mean = _sparse_segments(
    "segment_mean",
    unsorted_segment_mean,
    """Means of rows of `data`, those with one segment id together.

    Args:
      data: a tensor.
      indices: which rows, a vector of integers.
      segment_ids: a sorted id for each of them.
      num_segments: how many ids there are; as the last id says by default.
      sparse_gradient: whether the gradient by `data` is an IndexedSlices.

    Example:
    >>> tf.sparse.segment_mean(tf.constant([1.0, 2.0, 6.0]), [0, 2], [0, 0]).numpy()
    array([3.5], dtype=float32)
    """,
)
sparse_segment_sqrt_n = _sparse_segments(
    "segment_sqrt_n",
    unsorted_segment_sqrt_n,
    """Sums of rows by segment id, each over the square root of how many there are.

    Args:
      data: a tensor.
      indices: which rows, a vector of integers.
      segment_ids: a sorted id for each of them.
      num_segments: how many ids there are; as the last id says by default.
      sparse_gradient: whether the gradient by `data` is an IndexedSlices.

    Example:
    >>> tf.sparse.segment_sqrt_n(tf.constant([1.0, 2.0, 6.0]), [0, 2], [0, 0]).numpy()
    array([4.9497476], dtype=float32)
    """,
)
