"""The functions of tf.experimental.numpy that are written out."""

import numpy as np

from .. import ops
from ..core.dispatch import PUBLIC
from ..keras.ops.declare import functions
from . import table as table
from .rules import asarray, dtype_of, enter, floating, result_type, together

_KERAS = functions("ops.numpy")
enter("asarray")(asarray)


def _as_array(name):
    def function(a, dtype=None):
        return asarray(a, dtype)

    function.__doc__ = f"`asarray`, under NumPy's name {name}."
    enter(name)(function)


_as_array("asanyarray")
_as_array("ascontiguousarray")
enter("result_type")(result_type)


def _np(name):
    """Another function of the table."""
    return PUBLIC[f"experimental.numpy.{name}"]


# -- made from nothing -----------------------------------------------------------------------------


@enter("array")
def array(val, dtype=None, copy=True, ndmin=0):
    """A tensor of a value, with at least `ndmin` axes.

    Example:
    >>> tf.experimental.numpy.array(3, ndmin=2).numpy()
    array([[3]])
    """
    found = asarray(val, dtype)
    missing = max(0, ndmin - len(found._shape))
    return ops.reshape(found, (*[1] * missing, *found._shape)) if missing else found


def _made(name, made):
    def function(shape, dtype=float):
        return made(shape, dtype_of(dtype))

    function.__doc__ = f"`numpy.{name}` as a tensor."
    enter(name)(function)


_made("zeros", ops.zeros)
_made("ones", ops.ones)
_made("empty", ops.zeros)


def _made_like(name, made):
    def function(a, dtype=None):
        a = asarray(a)
        return made(a, a.dtype if dtype is None else dtype_of(dtype))

    function.__doc__ = f"`numpy.{name}` as a tensor."
    enter(name)(function)


_made_like("zeros_like", ops.zeros_like)
_made_like("ones_like", ops.ones_like)
_made_like("empty_like", ops.zeros_like)


@enter("full")
def full(shape, fill_value, dtype=None):
    """A tensor filled with a value, which broadcasts to the shape.

    Example:
    >>> tf.experimental.numpy.full([2], 3).numpy()
    array([3, 3])
    """
    return ops.broadcast_to(asarray(fill_value, dtype), shape)


@enter("full_like")
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None):
    """A tensor of the shape and dtype of `a`, filled with a value.

    Example:
    >>> tf.experimental.numpy.full_like([1, 2], 2.5).numpy()
    array([2, 2])
    """
    if order not in ("K", "C") or not subok or shape:
        raise NotImplementedError("[full_like] order, subok and shape have their defaults alone.")
    a = asarray(a)
    return full(a._shape, fill_value, a.dtype if dtype is None else dtype)


@enter("eye")
def eye(N, M=None, k=0, dtype=float):
    """Ones on a diagonal of a matrix, the `k`-th above the main one.

    Example:
    >>> tf.experimental.numpy.eye(2, k=1).numpy()
    array([[0., 1.],
           [0., 0.]])
    """
    return _KERAS["eye"](N, M, k, dtype_of(dtype))


@enter("identity")
def identity(n, dtype=float):
    """The unit matrix of n rows."""
    return eye(n, dtype=dtype)


@enter("tri")
def tri(N, M=None, k=0, dtype=None):
    """Ones at and below a diagonal."""
    return _KERAS["tri"](N, M, k, dtype_of(dtype or float))


@enter("arange")
def arange(start, stop=None, step=1, dtype=None):
    """Numbers in even steps: int64, or float64 where a bound is one.

    Example:
    >>> tf.experimental.numpy.arange(3).dtype
    tf.int64
    """
    dtype = result_type(start, 0 if stop is None else stop, step) if dtype is None else dtype
    start, stop = (0, start) if stop is None else (start, stop)
    none = (stop < start) if step > 0 else (start < stop) if step < 0 else False
    return ops.range(start, start if none else stop, step, dtype=dtype)


def _spaced(name, default_base=None):
    """linspace and its kin: in float64 unless the bounds say otherwise."""
    made = _KERAS[name]

    def numbers(start, stop, num, endpoint, dtype, axis, **more):
        start, stop = (floating(x) for x in together(start, stop))
        found = made(start, stop, num, endpoint=endpoint, axis=axis, dtype=start.dtype, **more)
        return found if dtype is None else ops.cast(found, dtype_of(dtype))

    return numbers


_linspace, _logspace = map(_spaced, ("linspace", "logspace"))


@enter("linspace")
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=float, axis=0):
    """`num` numbers in even steps, with the step where `retstep` says so.

    Example:
    >>> tf.experimental.numpy.linspace(0, 1, 3).numpy()
    array([0. , 0.5, 1. ])
    """
    found = _linspace(start, stop, num, endpoint, dtype, axis)
    if not retstep:
        return found
    start, stop = (floating(x) for x in together(start, stop))
    return found, (stop - start) / max(num - bool(endpoint), 1)


@enter("logspace")
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """Powers of a base with exponents in even steps."""
    return _logspace(start, stop, num, endpoint, dtype, axis, base=base)


@enter("geomspace")
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Numbers whose quotients are equal.

    Example:
    >>> tf.experimental.numpy.geomspace(1, 4, 3).numpy()
    array([1., 2., 4.])
    """
    start, stop = (floating(x) for x in together(start, stop))
    powers = _linspace(0, 1, num, endpoint, start.dtype, 0)
    shape = [num, *[1] * len(ops.broadcast_static_shape(start.shape, stop.shape))]
    found = start * ops.pow(stop / start, ops.reshape(powers, shape))
    found = _np("moveaxis")(found, 0, axis)
    return found if dtype is None else ops.cast(found, dtype_of(dtype))


@enter("diag_indices")
def diag_indices(n, ndim=2):
    """The indices of a diagonal: for each axis a vector."""
    return (ops.range(n),) * ndim


@enter("ix_")
def ix_(*args):
    """Vectors as an open mesh: each along an axis of its own.

    Raises:
      ValueError: an argument is no vector.
    """
    found = []
    for i, x in enumerate(map(asarray, args)):
        if len(x._shape) != 1:
            raise ValueError(f"[ix_] takes vectors, argument {i} has shape {x.shape}.")
        if x.dtype.is_bool:
            x = ops.where(x)[:, 0]
        found.append(ops.reshape(x, [-1 if j == i else 1 for j in range(len(args))]))
    return found


@enter("clip")
def clip(a, a_min, a_max):
    """`a` held between two bounds, of which one may be None."""
    if a_min is None and a_max is None:
        raise ValueError("[clip] a_min and a_max are both None.")
    a = a if a_min is None else ops.maximum(*together(a, a_min))
    return a if a_max is None else ops.minimum(*together(a, a_max))


@enter("meshgrid")
def meshgrid(*xi, **kwargs):
    """Vectors as coordinates of a grid; `indexing` is "xy" or "ij"."""
    if kwargs.pop("sparse", False) or not kwargs.pop("copy", True):
        raise ValueError("[meshgrid] sparse and copy have their defaults alone.")
    return _KERAS["meshgrid"](*map(asarray, xi), **kwargs)


# -- shapes ----------------------------------------------------------------------------------------


def _at_least(rank, place):
    def function(*arys):
        found = []
        for x in map(asarray, arys):
            missing = max(0, rank - len(x._shape))
            found.append(ops.reshape(x, place(tuple(x._shape), missing)) if missing else x)
        return found[0] if len(found) == 1 else found

    function.__doc__ = f"Tensors with {rank} axes at least, further ones of size 1."
    return enter(f"atleast_{rank}d")(function)


def _for_three(shape, missing):
    return (1, *shape, 1) if len(shape) == 1 else (*(shape or (1, 1)), 1)


atleast_1d = _at_least(1, lambda shape, missing: (1,) * missing + shape)
atleast_2d = _at_least(2, lambda shape, missing: (1,) * missing + shape)
atleast_3d = _at_least(3, _for_three)


@enter("broadcast_arrays")
def broadcast_arrays(*args, **kwargs):
    """Tensors broadcast to their common shape.

    Example:
    >>> [x.shape for x in tf.experimental.numpy.broadcast_arrays([1, 2], [[1], [2]])]
    [TensorShape([2, 2]), TensorShape([2, 2])]
    """
    if kwargs:
        raise ValueError(f"[broadcast_arrays] takes no further arguments, got {sorted(kwargs)}.")
    found = [asarray(a) for a in args]
    shape = ()
    for x in found:
        shape = ops.broadcast_static_shape(shape, x.shape)
    return [ops.broadcast_to(x, shape) for x in found]


@enter("tile")
def tile(a, reps):
    """A tensor repeated along its axes: `reps` times, or so often along each.

    Example:
    >>> tf.experimental.numpy.tile([1, 2], 2).numpy()
    array([1, 2, 1, 2])
    """
    return _KERAS["tile"](asarray(a), reps)


@enter("pad")
def pad(array, pad_width, mode, **kwargs):
    """A tensor with more at its edges.

    Args:
      pad_width: a number, (before, after), or such a pair for each axis.
      mode: "constant", "reflect" or "symmetric".
      kwargs: `constant_values`, a number.
    """
    x = asarray(array)
    value = kwargs.pop("constant_values", 0)
    if kwargs or mode not in ("constant", "reflect", "symmetric"):
        raise ValueError(f"[pad] cannot do mode={mode!r} with {sorted(kwargs)}.")
    pairs = np.broadcast_to(np.asarray(pad_width), (len(x._shape), 2)).tolist()
    return ops.pad(x, pairs, mode, value)


@enter("shape")
def shape(a):
    """The shape: a tuple of ints where it is known, else a tensor."""
    a = asarray(a)
    known = a.shape.as_list()
    return tuple(known) if None not in known else ops.shape(a)


@enter("ndim")
def ndim(a):
    """The number of axes."""
    return len(asarray(a)._shape)


@enter("size")
def size(x, axis=None):
    """How many elements there are, in all or along one axis.

    Example:
    >>> tf.experimental.numpy.size([[1, 2]]).numpy()
    np.int64(2)
    """
    x = asarray(x)
    return ops.size(x, "int64") if axis is None else ops.shape(x, "int64")[axis]


# -- choosing --------------------------------------------------------------------------------------


@enter("where")
def where(condition, x=None, y=None):
    """x where a condition holds, else y; the indices where it does without them.

    Example:
    >>> tf.experimental.numpy.where([True, False], 1, 2.5).numpy()
    array([1. , 2.5])
    """
    condition = asarray(condition, bool)
    if x is None and y is None:
        return _np("nonzero")(condition)
    if x is None or y is None:
        raise ValueError("[where] takes both x and y, or neither.")
    return ops.where(condition, *together(x, y))


@enter("select")
def select(condlist, choicelist, default=0):
    """The first choice whose condition holds, else `default`."""
    if len(condlist) != len(choicelist):
        raise ValueError(
            f"[select] {len(condlist)} conditions for {len(choicelist)} choices: one for each."
        )
    *choices, result = together(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices)):
        result = ops.where(asarray(condition, bool), choice, result)
    return result


@enter("compress")
def compress(condition, a, axis=None):
    """The slices at which a condition holds; a short condition holds for no more."""
    condition, a = asarray(condition, bool), asarray(a)
    a, axis = (ops.reshape(a, [-1]), 0) if axis is None else (a, axis)
    return ops.gather(a, ops.where(condition)[:, 0], axis=axis)


@enter("take")
def take(a, indices, axis=None, out=None, mode="clip"):
    """Slices at indices, which count from the end where negative with mode "wrap".

    Args:
      mode: "clip" keeps indices within bounds, "wrap" counts them modulo the size.
    """
    if out is not None or mode not in ("clip", "wrap"):
        raise ValueError(f"[take] out is None and mode 'clip' or 'wrap', got {mode!r}.")
    a, indices = asarray(a), asarray(indices)
    a, axis = (ops.reshape(a, [-1]), 0) if axis is None else (a, axis)
    count = ops.cast(ops.shape(a)[axis], indices.dtype)
    indices = indices % count if mode == "wrap" else ops.clip_by_value(indices, 0, count - 1)
    return ops.gather(a, indices, axis=axis)


@enter("take_along_axis")
def take_along_axis(arr, indices, axis):
    """Elements at indices along an axis."""
    return _KERAS["take_along_axis"](asarray(arr), asarray(indices), axis)


# -- numbers ---------------------------------------------------------------------------------------


@enter("allclose")
def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether all elements are close."""
    return ops.reduce_all(_np("isclose")(a, b, rtol, atol, equal_nan))


@enter("array_equal")
def array_equal(a1, a2):
    """Whether shapes and elements are equal."""
    a1, a2 = together(a1, a2)
    if not a1.shape.is_compatible_with(a2.shape):
        return ops.constant(False)
    return ops.reduce_all(ops.equal(a1, a2))


@enter("angle")
def angle(z, deg=False):
    """The angle of complex numbers, in radians or degrees."""
    found = ops.angle(floating(asarray(z)))
    return found * (180 / np.pi) if deg else found


@enter("average")
def average(a, axis=None, weights=None, returned=False):
    """Means with weights; with the sums of the weights where `returned` says so.

    Example:
    >>> tf.experimental.numpy.average([1.0, 4.0], weights=[1, 2]).numpy()
    np.float64(3.0)
    """
    if weights is None:
        a = floating(asarray(a))
        mean = ops.reduce_mean(a, axis)
        total = ops.size(a) / ops.size(mean)
        total = ops.fill(mean._shape, ops.cast(total, a.dtype))
    else:
        a, weights = (floating(x) for x in together(a, weights))
        if a._shape != weights._shape and len(weights._shape) == 1 and axis is not None:
            sizes = [1] * len(a._shape)
            sizes[axis] = -1
            weights = ops.reshape(weights, sizes)
        weights = ops.broadcast_to(weights, a._shape)
        total = ops.reduce_sum(weights, axis)
        mean = ops.reduce_sum(a * weights, axis) / total
    return (mean, total) if returned else mean


@enter("var")
def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=None):
    """Variances, divided by the number of elements less `ddof`.

    Example:
    >>> tf.experimental.numpy.var([1, 3], ddof=1).numpy()
    np.float64(2.0)
    """
    if out is not None:
        raise NotImplementedError("[var] out takes None alone.")
    a = floating(asarray(a)) if dtype is None else asarray(a, dtype)
    mean = ops.reduce_mean(a, axis, keepdims=True)
    square = ops.cast(ops.square(ops.abs(a - mean)), ops.abs(a).dtype)
    found = ops.reduce_mean(square, axis, keepdims=bool(keepdims))
    if not ddof:
        return found
    count = ops.cast(ops.size(a) / ops.size(mean), found.dtype)
    return found * (count / (count - ddof))


@enter("divmod")
def divmod_(x1, x2):
    """Quotients rounded down, and remainders."""
    return _np("floor_divide")(x1, x2), _np("mod")(x1, x2)


@enter("einsum")
def einsum(subscripts, *operands, **kwargs):
    """A sum of products by subscripts; `casting` and `optimize` have NumPy's defaults alone."""
    if kwargs.pop("casting", "safe") != "safe":
        raise NotImplementedError("[einsum] casting takes 'safe' alone.")
    kwargs.pop("optimize", None)  # the order of products changes no result
    if kwargs:
        raise TypeError(f"einsum() got unexpected arguments {sorted(kwargs)}.")
    return ops.einsum(subscripts, *together(*operands))


@enter("vdot")
def vdot(a, b):
    """The sum of products of all elements, those of `a` conjugated."""
    a, b = together(a, b)
    return ops.reduce_sum(ops.conj(ops.reshape(a, [-1])) * ops.reshape(b, [-1]))


@enter("reshape")
def reshape(a, newshape, order="C"):
    """The elements in another shape; with order "F" the first axis is the one that runs fastest."""
    if order not in ("C", "F"):
        raise ValueError(f"[reshape] Unsupported order argument {order}: it is 'C' or 'F'.")
    if order == "C":
        return _KERAS["reshape"](asarray(a), newshape)
    newshape = np.atleast_1d(newshape)[::-1]
    return ops.transpose(ops.reshape(ops.transpose(asarray(a)), newshape))


@enter("float_power")
def float_power(x1, x2):
    """Powers as float64, or as complex128."""
    x1, x2 = (ops.cast(x, result_type(x, "float64")) for x in together(x1, x2))
    return ops.pow(x1, x2)


@enter("iscomplex")
def iscomplex(x):
    """Where an imaginary part is not 0."""
    return ops.not_equal(ops.imag(floating(asarray(x))), 0)


@enter("iscomplexobj")
def iscomplexobj(x):
    """Whether the dtype is complex."""
    return asarray(x).dtype.is_complex


@enter("isrealobj")
def isrealobj(x):
    """Whether the dtype is not complex."""
    return not iscomplexobj(x)


@enter("isscalar")
def isscalar(num):
    """Whether a value is a number or a tensor without axes."""
    try:
        return not asarray(num)._shape
    except (TypeError, ValueError):
        return False


@enter("polyval")
def polyval(p, x):
    """The values of a polynomial, its coefficients from the highest power down.

    Example:
    >>> tf.experimental.numpy.polyval([1, 2], 3).numpy()
    np.int64(5)
    """
    p, x = together(p, x)
    total = ops.zeros_like(x)
    for coefficient in ops.unstack(p):
        total = total * x + coefficient
    return total


@enter("positive")
def positive(x):
    """x itself."""
    return ops.identity(asarray(x))


@enter("promote_types")
def promote_types(type1, type2):
    """The dtype that two dtypes have together.

    Example:
    >>> tf.experimental.numpy.promote_types("int8", "uint8")
    tf.int16
    """
    return result_type(dtype_of(type1), dtype_of(type2))


# -- random numbers --------------------------------------------------------------------------------


@enter("random.seed")
def seed(s):
    """Sets the seed of `tf.random`."""
    ops.random_set_seed(s)


@enter("random.rand")
def rand(*size):
    """Uniform float64 numbers in [0, 1)."""
    return ops.random_uniform(size, dtype="float64")


@enter("random.random")
def random(size=None):
    """Uniform float64 numbers in [0, 1)."""
    return rand(*_sizes(size))


def _sizes(size):
    return () if size is None else tuple(np.reshape(size, [-1]).tolist())


@enter("random.randn")
def randn(*args):
    """Normal float64 numbers."""
    return ops.random_normal(args, dtype="float64")


@enter("random.standard_normal")
def standard_normal(size=None):
    """Normal float64 numbers."""
    return randn(*_sizes(size))


@enter("random.uniform")
def uniform(low=0.0, high=1.0, size=None):
    """Uniform float64 numbers in [low, high)."""
    low, high = asarray(low, "float64"), asarray(high, "float64")
    both = ops.broadcast_static_shape(low.shape, high.shape)
    return low + (high - low) * rand(*(both if size is None else _sizes(size)))


@enter("random.randint")
def randint(low, high=None, size=None, dtype=np.int64):
    """Whole numbers from `low` on and below `high`, or below `low` from 0 on."""
    low, high = (0, low) if high is None else (low, high)
    kind = dtype_of(dtype)
    wide = kind if kind in ("int32", "int64") else "int32"
    return ops.cast(ops.random_uniform(_sizes(size), low, high, wide), kind)


@enter("random.poisson")
def poisson(lam=1.0, size=None):
    """Numbers of Poisson's distribution, as int64."""
    lam = asarray(lam, "float64")
    return ops.cast(ops.random_poisson(_sizes(size), lam, dtype="float64"), "int64")
