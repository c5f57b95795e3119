"""Movement of elements: reshape, transpose, broadcast, pad, concat, stack, split, tile, reverse."""

from functools import partial
from itertools import zip_longest
from math import prod

import numpy as np

from ..base.dims import Dim, has_dims
from ..base.dtypes import as_dtype
from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape, broadcast, broadcast_axes, differs
from ..core.dispatch import apply, current_trace, public, tensor_of
from ..core.op import OPS, Op, Spec, fail, per_input
from ..core.tensor import Tensor, placed, register_converter, wrap
from ._families import draw


def static_ints(value, what):
    """A tuple of Python ints from a list, array, shape or eager tensor of integers.

    What a trace knows but for sizes it leaves open gives Dims among them.

    Raises:
      ValueError: an unknown dimension (None); a tensor without a value in a trace ends the trace.
    """
    if isinstance(value, TensorShape):
        value = tuple(value)
    if value.__class__ is tuple and all(v.__class__ is int for v in value):
        return value
    if isinstance(value, (list, tuple)):
        if any(v is None for v in value):
            raise ValueError(f"{what} must be fully known, got {list(value)}: a dimension is None.")
        return tuple(map(_element, value))
    if hasattr(value, "_read"):
        value = value._read()
    if hasattr(value, "dims"):
        return tuple(value.dims.reshape(-1).tolist())
    if isinstance(value, (Tensor, np.ndarray)):
        array = value.numpy() if isinstance(value, Tensor) else value
        return tuple(map(_static, np.atleast_1d(array)))
    return (_static(value),)


def _static(value):
    """One int or Dim."""
    if value.__class__ is Dim:
        return value
    if hasattr(value, "dims") and not value._shape:
        return value.dims[()]
    if not hasattr(value, "__index__"):
        raise TypeError(f"Sizes, shapes and axes are integers, got {value!r}: use int(x).")
    return value.__index__()


def _element(value):
    """One int or Dim of a list, in which tensors of floats lose their fractions."""
    if isinstance(value, Tensor) and value._dtype.kind == "f":
        return int(value)
    return _static(value)


def static_sizes(value, what):
    """`static_ints` of which none may be negative; `what` names the op and its argument."""
    sizes = static_ints(value, what)
    for size in sizes:
        if size.__class__ is int and size < 0:
            raise InvalidArgumentError(f"{what} must not be negative, got {list(sizes)}.")
    return sizes


def static_int(value, what):
    """One Python int, from whatever holds just one."""
    values = static_ints(value, what)
    if len(values) != 1:
        raise InvalidArgumentError(f"{what} must be scalar, got {list(values)}.")
    return values[0]


def check_axis(op_name, axis, ndim):
    """`axis` counted from the front; raises InvalidArgumentError when out of range."""
    axis = static_int(axis, "axis")
    if not -ndim <= axis < ndim:
        raise InvalidArgumentError(
            f"[{op_name}] axis = {axis} is out of range for a tensor of {ndim} dimension(s): it "
            f"must lie in [{-ndim}, {ndim})."
        )
    return axis % ndim


# -- reshape and broadcast -------------------------------------------------------------------------


def resolve_shape(x_shape, shape, spec):
    """`shape` with its -1 filled in."""
    size = prod(x_shape)
    if any([d.__class__ is int and d < -1 for d in shape]):
        fail("reshape", f"Sizes must be non-negative or -1: {list(shape)}", (spec,), "Check them.")
    if shape.count(-1) > 1:
        fail("reshape", f"Only one input size may be -1: {list(shape)}", (spec,), "Give the rest.")
    if has_dims((size, *shape)):
        known = prod(d for d in shape if d != -1)
        # where it does not come out even for all sizes, the kernel looks when they are known
        return tuple(size // known if d == -1 else d for d in shape)
    if -1 in shape:
        known = prod([d for d in shape if d != -1])
        if known == size == 0:  # then what the other dimensions leave over
            size, known = (prod([d for d in dims if d > 0]) for dims in (x_shape, shape))
        if known == 0 or size % known:
            fail(
                "reshape",
                f"{size} values: the requested shape {list(shape)} requires a multiple of {known}",
                (spec,),
                "The known dimensions must divide the number of values.",
                ("tensor",),
            )
        return tuple(size // known if d == -1 else d for d in shape)
    if prod(shape) != size:
        fail(
            "reshape",
            f"Input to reshape is a tensor with {size} values, but the requested shape "
            f"{list(shape)} has {int(np.prod(shape))}",
            (spec,),
            "Give a shape of as many elements, or -1 for the dimension to be computed.",
            ("tensor",),
        )
    return shape


_reshape = Op(
    "reshape",
    lambda x, shape: np.reshape(x, shape),
    lambda x, shape: Spec(resolve_shape(x.shape, shape, x), x.dtype),
    per_input(lambda g, y, x, shape: reshape(g, x._shape)),
    samples=lambda rng: [
        ((draw(rng, (2, 3), (-2, 2)),), {"shape": (3, 2)}),
        ((draw(rng, (0, 3), (-2, 2)),), {"shape": (3, 0)}),
        ((draw(rng, (), (-2, 2)),), {"shape": (1, 1)}),
    ],
    moves=True,
    doc="The same elements in another shape.",
)


@public("reshape")
def reshape(tensor, shape, name=None):
    """The elements of `tensor`, in row-major order, in another shape.

    Args:
      tensor: a tensor.
      shape: ints; one may be -1, to be computed from the rest.

    Raises:
      InvalidArgumentError: the shape does not hold as many elements.

    Example:
    >>> tf.reshape([1, 2, 3, 4], [2, -1]).numpy()
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    x = tensor_of(tensor)
    shape = static_ints(shape, "shape")
    if any([d.__class__ is int and d < 0 for d in shape]):
        shape = resolve_shape(x._shape, shape, Spec(x._shape, x._dtype))
    return apply(_reshape, (x,), {"shape": shape})


def unbroadcast(g, shape):
    """`g` summed over the axes along which a tensor of `shape` was repeated to fill it."""
    if not differs(g._shape, shape):
        return g
    axes = broadcast_axes(shape, g._shape)
    if axes:
        g = apply(OPS["reduce_sum"], (g,), {"axis": axes, "keepdims": False})
    return apply(_reshape, (g,), {"shape": tuple(shape)}) if differs(g._shape, shape) else g


def _broadcast_infer(x, shape):
    found = broadcast(x.shape, shape)
    if found is None or (differs(found, tuple(shape)) and not has_dims((found, shape))):
        fail(
            "broadcast_to",
            f"Incompatible shapes: cannot broadcast to {list(shape)}",
            (x,),
            "Each dimension, counted from the last, must be 1 or equal to the target's.",
        )
    return Spec(tuple(shape), x.dtype)


def _broadcast_kernel(x, shape):
    # NumPy's way to a view costs more than this copy
    if x.ndim == 0 and x.dtype != object and prod(shape) < 4096:
        out = np.empty(shape, x.dtype)
        out.fill(x)
        return out
    return np.broadcast_to(x, shape)


_broadcast_to = Op(
    "broadcast_to",
    _broadcast_kernel,
    _broadcast_infer,
    per_input(lambda g, y, x, shape: unbroadcast(g, x._shape)),
    samples=lambda rng: [
        ((draw(rng, (3,), (-2, 2)),), {"shape": (2, 3)}),
        ((draw(rng, (2, 1), (-2, 2)),), {"shape": (4, 2, 3)}),
        ((draw(rng, (1,), (-2, 2)),), {"shape": (0,)}),
    ],
    moves=True,
    doc="Repeats along axes of length 1 and new leading axes.",
)


@public("broadcast_to")
def broadcast_to(input, shape, name=None):
    """`input` repeated along axes of length 1 and new leading axes to fill `shape`.

    Example:
    >>> tf.broadcast_to([1, 2], [2, 2]).numpy()
    array([[1, 2],
           [1, 2]], dtype=int32)
    """
    x, shape = tensor_of(input), static_ints(shape, "shape")
    if -1 in shape:
        lead = len(shape) - len(x._shape)
        shape = tuple(x._shape[i - lead] if d == -1 else d for i, d in enumerate(shape))
    return apply(_broadcast_to, (x,), {"shape": shape})


@public("broadcast_static_shape")
def broadcast_static_shape(shape_x, shape_y):
    """The TensorShape two shapes broadcast to; ValueError when they do not.

    Example:
    >>> tf.broadcast_static_shape(tf.TensorShape([2, 1]), tf.TensorShape([3]))
    TensorShape([2, 3])
    """
    x, y = TensorShape(shape_x), TensorShape(shape_y)
    if x.rank is None or y.rank is None:
        return TensorShape(None)
    known = []
    for a, b in zip_longest(reversed(x.as_list()), reversed(y.as_list()), fillvalue=1):
        if a != b and 1 not in (a, b) and None not in (a, b):
            raise ValueError(f"Incompatible shapes for broadcasting: {shape_x} and {shape_y}")
        known.append(b if a == 1 or (a is None and b != 1) else a)
    return TensorShape(known[::-1])


@public("broadcast_dynamic_shape")
def broadcast_dynamic_shape(shape_x, shape_y):
    """The shape, as an int32 tensor, that two shapes given as tensors broadcast to.

    Example:
    >>> tf.broadcast_dynamic_shape([2, 1], [3]).numpy()
    array([2, 3], dtype=int32)
    """
    shapes = static_ints(shape_x, "shape_x"), static_ints(shape_y, "shape_y")
    result = broadcast(*shapes)
    if result is None:
        raise InvalidArgumentError(
            f"[broadcast_dynamic_shape] Incompatible shapes {list(shapes[0])} and "
            f"{list(shapes[1])}:"
            " dimensions, aligned at the last, must be equal or 1."
        )
    return integers(result, "int32")


@public("expand_dims")
def expand_dims(input, axis, name=None):
    """`input` with a new axis of length 1 before `axis`.

    Raises:
      InvalidArgumentError: an axis out of range.

    Example:
    >>> tf.expand_dims([1, 2], -1).shape
    TensorShape([2, 1])
    """
    x = tensor_of(input)
    axis = static_int(axis, "axis")
    ndim = len(x._shape)
    if not -ndim - 1 <= axis <= ndim:
        raise InvalidArgumentError(
            f"[expand_dims] Tried to expand dim index {axis} for tensor with {ndim} dimensions: "
            f"axis must lie in [{-ndim - 1}, {ndim}]."
        )
    axis = axis % (ndim + 1)
    return apply(_reshape, (x,), {"shape": (*x._shape[:axis], 1, *x._shape[axis:])})


@public("squeeze")
def squeeze(input, axis=None, name=None):
    """`input` without its axes of length 1, or without those of them in `axis`.

    Raises:
      InvalidArgumentError: an axis of another length.

    Example:
    >>> tf.squeeze([[1], [2]]).shape
    TensorShape([2])
    """
    x = tensor_of(input)
    ndim = len(x._shape)
    if axis is None or (isinstance(axis, (list, tuple)) and not axis):
        drop = {i for i, d in enumerate(x._shape) if d == 1}
    else:
        drop = {check_axis("squeeze", a, ndim) for a in static_ints(axis, "axis")}
    # where shapes alone are asked for, a size that nobody knows may turn out to be 1
    unknown = getattr(current_trace(), "abstract", False)
    unknown = {a for a in drop if unknown and x._shape[a].__class__ is Dim}
    for a in drop - unknown:
        if x._shape[a] != 1:
            raise InvalidArgumentError(
                f"[squeeze] Can not squeeze dim[{a}], expected a dimension of 1, got "
                f"{x._shape[a]}: "
                f"the shape is {list(x._shape)}."
            )
    if unknown:
        return x[tuple(0 if i in drop else slice(None) for i in range(ndim))]
    return apply(
        _reshape, (x,), {"shape": tuple(d for i, d in enumerate(x._shape) if i not in drop)}
    )


# -- transpose, reverse, roll ----------------------------------------------------------------------


def _inverse(perm):
    inverse = [0] * len(perm)
    for i, p in enumerate(perm):
        inverse[p] = i
    return tuple(inverse)


_transpose = Op(
    "transpose",
    lambda x, perm: np.transpose(x, perm),
    lambda x, perm: Spec(tuple(x.shape[p] for p in perm), x.dtype),
    per_input(lambda g, y, x, perm: transpose(g, _inverse(perm))),
    samples=lambda rng: [
        ((draw(rng, (2, 3, 4), (-2, 2)),), {"perm": (2, 0, 1)}),
        ((draw(rng, (0, 3), (-2, 2)),), {"perm": (1, 0)}),
    ],
    moves=True,
    doc="Permutes the axes.",
)


@public("transpose")
def transpose(a, perm=None, conjugate=False, name="transpose"):
    """`a` with its axes in the order `perm`; reversed by default.

    Raises:
      InvalidArgumentError: `perm` is no permutation of the axes.

    Example:
    >>> tf.transpose([[1, 2], [3, 4]]).numpy()
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    x = tensor_of(a)
    ndim = len(x._shape)
    if conjugate:
        x = apply(OPS["conj"], (x,), {})
    perm = tuple(range(ndim))[::-1] if perm is None else static_ints(perm, "perm")
    if len(perm) != ndim or sorted(p % max(ndim, 1) for p in perm) != list(range(ndim)):
        raise InvalidArgumentError(
            f"[transpose] perm = {list(perm)} is no permutation of the {ndim} axes of a tensor of "
            f"shape {list(x._shape)}: transpose expects a vector of size {ndim}, each axis once."
        )
    return apply(_transpose, (x,), {"perm": tuple(p % ndim for p in perm)})


_reverse = Op(
    "reverse",
    lambda x, axis: np.flip(x, axis),
    lambda x, axis: x,
    per_input(lambda g, y, x, axis: apply(OPS["reverse"], (g,), {"axis": axis})),
    samples=lambda rng: [((draw(rng, (2, 3), (-2, 2)),), {"axis": a}) for a in ((0,), (0, 1))],
    moves=True,
    doc="Reverses the order along axes.",
)


@public("reverse")
def reverse(tensor, axis, name=None):
    """`tensor` with the order of elements reversed along each axis of the list `axis`.

    Example:
    >>> tf.reverse([1, 2, 3], axis=[0]).numpy()
    array([3, 2, 1], dtype=int32)
    """
    x = tensor_of(tensor)
    axes = tuple(check_axis("reverse", a, len(x._shape)) for a in static_ints(axis, "axis"))
    return apply(_reverse, (x,), {"axis": axes})


_sizes = Op(
    "sizes",
    lambda dims, shape, dtype: np.array(dims, dtype).reshape(shape),
    lambda dims, shape, dtype: Spec(shape, dtype),
    samples=lambda rng: [((), {"dims": (2, 3), "shape": (2,), "dtype": np.dtype(np.int32)})],
    doc="Integers that are known once the sizes of the inputs are.",
    why_no_gradient="its result is integers",
)


def integers(dims, dtype):
    """An int or Dim, or a tuple of them, as a tensor."""
    dtype = as_dtype(dtype).numpy_dtype
    if has_dims(dims):
        return current_trace().sizes(dims, dtype)
    return wrap(np.asarray(dims, dtype))


@partial(register_converter, Dim)
def _dim_to_tensor(dim, dtype=None):
    tensor = integers(dim, "int32")
    dtype = tensor._dtype if dtype is None else as_dtype(dtype).numpy_dtype
    return tensor if dtype == tensor._dtype else apply(OPS["cast"], (tensor,), {"dtype": dtype})


def filled(shape, value, dtype):
    """A tensor of one value; `shape` may hold Dims, `dtype` is NumPy's."""
    if has_dims(shape):
        return apply(_broadcast_to, (wrap(np.asarray(value, dtype)),), {"shape": tuple(shape)})
    return placed(wrap(np.full(shape, value, dtype)))


@public("shape")
def shape(input, out_type=None, name=None):
    """The shape as an integer tensor, int32 by default.

    Example:
    >>> tf.shape([[1, 2, 3]]).numpy()
    array([1, 3], dtype=int32)
    """
    return integers(tensor_of(input)._shape, out_type or "int32")


@public("rank")
def rank(input, name=None):
    """The number of dimensions as an int32 tensor.

    Example:
    >>> tf.rank([[1, 2]]).numpy()
    np.int32(2)
    """
    return wrap(np.int32(len(tensor_of(input)._shape)))


@public("size")
def size(input, out_type=None, name=None):
    """The number of elements as an integer tensor, int32 by default.

    Example:
    >>> tf.size([[1, 2], [3, 4]]).numpy()
    np.int32(4)
    """
    return integers(prod(tensor_of(input)._shape), out_type or "int32")


@public("ensure_shape")
def ensure_shape(x, shape, name=None):
    """`x`, after a check that its shape is compatible with `shape`.

    Raises:
      InvalidArgumentError: it is not.

    Example:
    >>> tf.ensure_shape([[1, 2]], [None, 2]).shape
    TensorShape([1, 2])
    """
    x = tensor_of(x)
    if not TensorShape(shape).is_compatible_with(TensorShape(x._shape)):
        raise InvalidArgumentError(
            f"[ensure_shape] Shape of tensor x {list(x._shape)} is not compatible with expected "
            f"shape {TensorShape(shape)}."
        )
    return x
