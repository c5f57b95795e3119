"""keras.ops: control flow, slices and scatters, conversions."""

import numpy as np

from ... import ops
from ...autodiff.custom import custom_gradient as _custom_gradient
from ...base import nest
from ...base.dims import has_dims
from ...base.dtypes import as_dtype
from ...core.composite import CompositeTensor
from ...core.dispatch import register_public, tensor_of
from ...core.tensor import Deferred, Tensor
from ...core.variable import Variable
from ...ops.control import scan_outputs
from ...ops.shape import check_axis, static_ints, static_sizes
from ..promotion import standardize_dtype
from .declare import as_tensor, op


def plain(*paths):
    """Enters a function that is no layer of a model on Keras inputs."""

    def enter(function):
        return register_public(function, *[f"keras.ops.{path}" for path in paths])

    return enter


# -- control flow ----------------------------------------------------------------------------------


@op("cond")
def cond(pred, true_fn, false_fn):
    """`true_fn()` where `pred` is true, else `false_fn()`.

    Args:
      pred: a boolean scalar.
      true_fn, false_fn: functions without arguments.

    Example:
    >>> tf.keras.ops.cond(True, lambda: 1, lambda: 2).numpy()
    np.int32(1)
    """
    return ops.cond(pred, true_fn, false_fn)


@op("switch")
def switch(index, branches, *operands):
    """`branches[index](*operands)`, an index out of range taken for the nearest branch.

    Args:
      index: an integer scalar.
      branches: a list of functions.
      operands: their arguments.

    Example:
    >>> tf.keras.ops.switch(5, [lambda x: x + 1.0, lambda x: x * 10.0], 3.0).numpy()
    np.float32(30.0)
    """
    index = ops.clip_by_value(ops.cast(index, "int32"), 0, len(branches) - 1)
    functions = [lambda branch=branch: branch(*operands) for branch in branches]
    return ops.switch_case(index, functions)


@op("while_loop")
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """Repeats `loop_vars = body(*loop_vars)` while `cond(*loop_vars)` is true.

    Args:
      cond, body: functions of the loop variables, or of the one.
      loop_vars: a tuple or list of tensors or structures of them; or one of these alone.
      maximum_iterations: stop after so many in any case.

    Example:
    >>> tf.keras.ops.while_loop(lambda i: i < 10, lambda i: i + 3, 0).numpy()
    np.int32(12)
    """
    if isinstance(loop_vars, tuple | list):
        found = ops.while_loop(cond, body, loop_vars, maximum_iterations=maximum_iterations)
        return type(loop_vars)(found) if type(loop_vars) in (tuple, list) else found
    (found,) = ops.while_loop(
        cond, lambda value: (body(value),), (loop_vars,), maximum_iterations=maximum_iterations
    )
    return found


@op("fori_loop")
def fori_loop(lower, upper, body_fun, init_val):
    """The state after `state = body_fun(i, state)` for each i from `lower` up to `upper`.

    Args:
      lower, upper: the first number, and the one not reached.
      body_fun: a function of the number and the state.
      init_val: the first state: a tensor or a structure of tensors.

    Example:
    >>> tf.keras.ops.fori_loop(0, 4, lambda i, total: total + i, 0).numpy()
    np.int32(6)
    """
    return ops.while_loop(
        lambda i, state: i < upper,
        lambda i, state: (i + 1, body_fun(i, state)),
        (lower, init_val),
    )[1]


@op("map")
def map(f, xs):
    """`f` of each slice of `xs` along the first axis, the results stacked.

    Args:
      f: a function of one slice, or of a structure of slices where `xs` is one.
      xs: a tensor or a structure of tensors with equal first dimensions.

    Example:
    >>> tf.keras.ops.map(lambda x: x * x, tf.range(4)).numpy()
    array([0, 1, 4, 9], dtype=int32)
    """
    return ops.map_fn(f, xs)


@op("vectorized_map")
def vectorized_map(function, elements):
    """`function` of each slice of `elements` along the first axis, the results stacked.

    Args:
      function: a function of one slice, or of a list of slices where `elements` is one.
      elements: a tensor or a structure of tensors with equal first dimensions.

    Example:
    >>> tf.keras.ops.vectorized_map(lambda row: row[0] * row[1], tf.ones([3, 2])).numpy()
    array([1., 1., 1.], dtype=float32)
    """
    return ops.vectorized_map(function, elements)


@op("scan")
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """(last state, stacked outputs) of `state, output = f(state, slice)` along the first axis.

    Args:
      f: a function of the state and a slice, which returns a new state and an output.
      init: the first state: a tensor or a structure of tensors.
      xs: a tensor or a structure of tensors with equal first dimensions; or None, then `f` gets
        None.
      length: how many steps; that of `xs` by default.
      reverse: go from the last slice to the first; the outputs stay in the slices' places.
      unroll: changes nothing here.

    Example:
    >>> total, totals = tf.keras.ops.scan(lambda a, x: (a + x, a + x), 0, tf.range(4))
    >>> total.numpy(), totals.numpy()
    (np.int32(6), array([0, 1, 3, 6], dtype=int32))
    """
    if not callable(f):
        raise TypeError(f"`f` should be a callable. Received: f={f}")
    if not isinstance(unroll, bool) and (not isinstance(unroll, int) or unroll < 1):
        raise ValueError(f"`unroll` must be a positive integer or boolean. Received: {unroll}")
    if xs is None:
        if length is None:
            raise ValueError("Got no `xs` to scan over and `length` not provided.")
        return scan_outputs(lambda a, _: f(a, None), init, ops.range(length), reverse)
    xs = nest.map_structure(tensor_of, xs)
    if not all(x._shape for x in nest.flatten(xs)):
        raise ValueError("[scan] xs holds scalars: lists are structures; make one tensor of it.")
    sizes = {x._shape[0] for x in nest.flatten(xs)}
    if length is not None and sizes != {length}:
        raise ValueError(
            f"[scan] length = {length}, but the first dimensions of xs are {sorted(sizes)}."
        )
    return scan_outputs(f, init, xs, reverse)


@op("associative_scan")
def associative_scan(f, elems, reverse=False, axis=0):
    """The results of an associative function over all the beginnings of an axis.

    Args:
      f: a function of two structures like `elems`, of which it combines the entries along `axis`.
      elems: a tensor or a structure of tensors of one size along `axis`.
      reverse: from the end.
      axis: the axis.

    Example:
    >>> tf.keras.ops.associative_scan(lambda a, b: a * b, tf.constant([1, 2, 3, 4])).numpy()
    array([ 1,  2,  6, 24], dtype=int32)
    """
    if not callable(f):
        raise TypeError(f"`f` should be a callable. Received: f={f}")
    leaves = [tensor_of(leaf) for leaf in nest.flatten(elems)]
    axes = {check_axis("associative_scan", axis, len(leaf._shape)) for leaf in leaves}
    sizes = [leaf._shape[axis] for leaf in leaves]
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "Array inputs to associative_scan must have the same first dimension. "
            f"(saw: {[leaf.shape for leaf in leaves]})"
        )
    (axis,) = axes if len(axes) == 1 else (axis,)

    def combine(a, b):
        return nest.flatten(f(nest.pack_sequence_as(elems, a), nest.pack_sequence_as(elems, b)))

    if reverse:
        leaves = [ops.reverse(leaf, [axis]) for leaf in leaves]
    found = _scanned(combine, leaves, axis)
    if reverse:
        found = [ops.reverse(leaf, [axis]) for leaf in found]
    return nest.pack_sequence_as(elems, found)


def _scanned(combine, leaves, axis):
    """Blelloch, Prefix sums and their applications, 1990: pairs first, then what lies between."""
    size = leaves[0]._shape[axis]
    if size < 2:
        return leaves

    def part(tensors, *bounds):
        key = (slice(None),) * (axis % len(leaves[0]._shape)) + (slice(*bounds),)
        return [t[key] for t in tensors]

    pairs = combine(part(leaves, 0, size - 1, 2), part(leaves, 1, None, 2))
    odd = _scanned(combine, pairs, axis)
    before = part(odd, 0, -1) if size % 2 == 0 else odd
    even = combine(before, part(leaves, 2, None, 2)) if size > 2 else part(leaves, 0, 0)
    even = [ops.concat(two, axis) for two in zip(part(leaves, 0, 1), even)]
    return [_interleaved(*two, axis) for two in zip(even, odd)]


def _interleaved(even, odd, axis):
    """Entries of `even` and `odd` along an axis in turn; there may be one more even one."""
    count = odd._shape[axis]
    axis = axis % len(even._shape)
    lead = (slice(None),) * axis
    both = ops.stack([even[(*lead, slice(0, count))], odd], axis + 1)
    both = ops.reshape(both, (*odd._shape[:axis], 2 * count, *odd._shape[axis + 1 :]))
    return (
        both
        if even._shape[axis] == count
        else ops.concat([both, even[(*lead, slice(-1, None))]], axis)
    )


@plain("custom_gradient")
def custom_gradient(f):
    """Decorates a function that returns its result and the function that is its gradient.

    Example:
    >>> @tf.keras.ops.custom_gradient
    ... def twice(x):
    ...     return 2.0 * x, lambda upstream: upstream * 100.0
    >>> twice(tf.constant(1.0)).numpy()
    np.float32(2.0)
    """
    return _custom_gradient(f)


@op("stop_gradient")
def stop_gradient(variable):
    """The value, through which no gradient passes.

    Example:
    >>> tf.keras.ops.stop_gradient(tf.constant(1.0)).numpy()
    np.float32(1.0)
    """
    return ops.stop_gradient(variable)


# -- what a tensor is ------------------------------------------------------------------------------


@plain("shape")
def shape(x):
    """The shape as a tuple: integers; in a trace a scalar tensor for each size it leaves open, and
    None for those of Keras inputs.

    Example:
    >>> tf.keras.ops.shape(tf.zeros([8, 12]))
    (8, 12)
    """
    if isinstance(x, Deferred | CompositeTensor):
        return tuple(x.shape)
    x = tensor_of(x)
    if not has_dims(x._shape):
        return tuple(x._shape)
    sizes = ops.shape(x)
    return tuple(d if d.__class__ is int else sizes[axis] for axis, d in enumerate(x._shape))


@plain("dtype")
def dtype(x):
    """The name of the dtype.

    Example:
    >>> tf.keras.ops.dtype(tf.zeros([2]))
    'float32'
    """
    found = getattr(x, "dtype", None)
    return standardize_dtype(type(x) if found is None else found)


@plain("is_tensor")
def is_tensor(x):
    """Whether `x` is a tensor: not a variable, array or number.

    Example:
    >>> tf.keras.ops.is_tensor(tf.constant(1)), tf.keras.ops.is_tensor(1)
    (True, False)
    """
    return isinstance(x, Tensor | CompositeTensor)


@plain("convert_to_numpy")
def convert_to_numpy(x):
    """`x` as a NumPy array.

    Example:
    >>> tf.keras.ops.convert_to_numpy(tf.constant([1, 2]))
    array([1, 2], dtype=int32)
    """
    if isinstance(x, ops.SparseTensor):
        x = ops.sparse_to_dense(x)
    if isinstance(x, ops.RaggedTensor):
        x = x.to_tensor()
    if isinstance(x, Tensor | Variable):
        return x.numpy()
    return np.array(x)


@op("convert_to_tensor")
def convert_to_tensor(x, dtype=None, sparse=None, ragged=None):
    """`x` as a tensor.

    Args:
      x: a tensor, array, number or nested list.
      dtype: its dtype; that of `x` by default.
      sparse, ragged: False makes sparse and ragged tensors dense.

    Example:
    >>> tf.keras.ops.convert_to_tensor([1, 2], dtype="float32").numpy()
    array([1., 2.], dtype=float32)
    """
    dtype = None if dtype is None else standardize_dtype(dtype)
    if dtype is not None and x.__class__ in (bool, int, float):  # as cast does
        kind = as_dtype(dtype).numpy_dtype.kind
        x = bool(x) if kind == "b" else int(x) if kind in "iu" else x
    return as_tensor(x, dtype)


@op("cast")
def cast(x, dtype):
    """`x` in another dtype.

    Example:
    >>> tf.keras.ops.cast([1, 2], "float16").numpy()
    array([1., 2.], dtype=float16)
    """
    return ops.cast(x, standardize_dtype(dtype))


@op("saturate_cast")
def saturate_cast(x, dtype):
    """`x` in another dtype, what that cannot hold as the nearest it can.

    Example:
    >>> tf.keras.ops.saturate_cast([-1.0, 256.0], "uint8").numpy()
    array([  0, 255], dtype=uint8)
    """
    return ops.saturate_cast(x, standardize_dtype(dtype))


# -- slices ----------------------------------------------------------------------------------------


def _positions(start, sizes):
    """The indices of the entries from `start`, with shape (*sizes, rank)."""
    parts = [
        ops.cast(ops.range(size), "int32") + ops.cast(at, "int32")
        for at, size in zip(start, sizes, strict=True)
    ]
    return ops.stack(ops.meshgrid(*parts, indexing="ij"), -1)


def _starts(name, start_indices, rank):
    """The start along each axis: integers where they are known, else scalar tensors."""
    if isinstance(start_indices, Tensor) and not start_indices.is_eager:
        starts = ops.unstack(start_indices)
    elif isinstance(start_indices, list | tuple):
        starts = list(start_indices)
    else:
        starts = list(static_ints(start_indices, f"[{name}] start_indices"))
    if len(starts) != rank:
        raise ValueError(
            f"[{name}] start_indices needs one number for each of the {rank} axes, got "
            f"{start_indices}."
        )
    return [s.numpy().item() if isinstance(s, Tensor) and s.is_eager else s for s in starts]


@op("slice")
def slice_(inputs, start_indices, shape):
    """The part of `inputs` of a shape, from `start_indices` on.

    Args:
      inputs: a tensor.
      start_indices: where it begins, a number for each axis; tensors may be among them.
      shape: its shape.

    Example:
    >>> tf.keras.ops.slice(tf.range(5), [1], [3]).numpy()
    array([1, 2, 3], dtype=int32)
    """
    x = as_tensor(inputs)
    sizes = static_ints(shape, "[slice] shape")
    starts = _starts("slice", start_indices, len(x._shape))
    if not any(isinstance(start, Tensor) for start in starts):
        return ops.slice(x, starts, sizes)
    for axis, (start, size) in enumerate(zip(starts, sizes)):
        if isinstance(start, Tensor):
            x = ops.gather(x, ops.range(size) + ops.cast(start, "int32"), axis=axis)
        else:
            x = x[(slice(None),) * axis + (slice(start, None if size == -1 else start + size),)]
    return x


@op("slice_update")
def slice_update(inputs, start_indices, updates):
    """`inputs` with the part from `start_indices` on replaced by `updates`.

    Args:
      inputs: a tensor.
      start_indices: where the part begins, a number for each axis; tensors may be among them.
      updates: a tensor of the same rank.

    Example:
    >>> tf.keras.ops.slice_update(tf.zeros([4]), [1], [7.0, 8.0]).numpy()
    array([0., 7., 8., 0.], dtype=float32)
    """
    x = as_tensor(inputs)
    updates = as_tensor(updates, x.dtype.name)
    starts = _starts("slice_update", start_indices, len(x._shape))
    return ops.tensor_scatter_nd_update(x, _positions(starts, updates._shape), updates)


@op("scatter")
def scatter(indices, values, shape):
    """Zeros of a shape with `values` added at coordinates.

    Args:
      indices: (n, k) coordinates.
      values: (n, ...).
      shape: the shape.

    Example:
    >>> tf.keras.ops.scatter([[0, 1], [1, 1]], [1.0, 2.0], (2, 2)).numpy()
    array([[0., 1.],
           [0., 2.]], dtype=float32)
    """
    return ops.scatter_nd(indices, as_tensor(values), static_sizes(shape, "[scatter] shape"))


_REDUCTIONS = {
    None: "tensor_scatter_nd_update",
    "add": "tensor_scatter_nd_add",
    "max": "tensor_scatter_nd_max",
    "min": "tensor_scatter_nd_min",
}


@op("scatter_update")
def scatter_update(inputs, indices, updates, reduction=None):
    """`inputs` with `updates` written at coordinates.

    Args:
      inputs: a tensor.
      indices: (n, k) coordinates.
      updates: (n, ...).
      reduction: how an update joins what is there: None (replaces it), "add", "max", "min" or
        "mul".

    Example:
    >>> tf.keras.ops.scatter_update(tf.zeros([3]), [[0], [0]], [1.0, 2.0], "add").numpy()
    array([3., 0., 0.], dtype=float32)
    """
    x = as_tensor(inputs)
    updates = as_tensor(updates, x.dtype.name)
    if reduction == "mul":
        factors = ops.unsorted_segment_prod(
            updates, _flat_places(indices, x._shape), int(np.prod(x._shape[: _depth(indices)]))
        )
        return x * ops.reshape(factors, x._shape)
    if reduction not in _REDUCTIONS:
        raise ValueError(
            f"Invalid value for `reduction`: expected one of {[*_REDUCTIONS, 'mul']}. "
            f"Received: reduction={reduction!r}"
        )
    return getattr(ops, _REDUCTIONS[reduction])(x, indices, updates)


def _depth(indices):
    return tensor_of(indices)._shape[-1]


def _flat_places(indices, shape):
    """Coordinates as places in the first axes laid out in a row."""
    strides = np.cumprod([1, *shape[: _depth(indices)][:0:-1]])[::-1].astype("int32")
    return ops.reduce_sum(ops.cast(indices, "int32") * strides.copy(), -1)


@op("unstack")
def unstack(x, num=None, axis=0):
    """The slices of `x` along an axis, as a list.

    Args:
      x: a tensor.
      num: how many there are; the axis's size by default.
      axis: the axis.

    Example:
    >>> [t.numpy().tolist() for t in tf.keras.ops.unstack([[1, 2], [3, 4]], axis=1)]
    [[1, 3], [2, 4]]
    """
    return ops.unstack(as_tensor(x), num, axis)
