"""Reductions, arg-reductions and cumulative operations."""

from math import prod

import numpy as np

from ..base.dtypes import BOOL, as_dtype
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import OPS, Op, Spec, check_dtype, fail, per_input
from ._families import FLOAT, NUMBER, REAL, draw
from ._kernels.halves import rounded_once
from .cast import cast, conj, real_dtype, stop_gradient
from .compare import equal, is_finite, not_equal
from .elementwise import divide_no_nan, exp, log, multiply, sqrt, square
from .select import where
from .shape import check_axis, reshape, static_ints, transpose

_STEP = "its result is an index, a count or a truth value"


def normalize_axes(op_name, axis, ndim):
    """The sorted tuple of non-negative axes that `axis` names; None names all."""
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if axis.__class__ is int else static_ints(axis, f"[{op_name}] axis")
    for a in axes:
        if not -ndim <= a < ndim:
            raise InvalidArgumentError(
                f"[{op_name}] Invalid reduction dimension {a} for input with {ndim} dimension(s): "
                f"axis must lie in [{-ndim}, {ndim})."
            )
    result = tuple(sorted([a % ndim for a in axes]))
    if len(result) > 1 and len(set(result)) < len(result):
        raise InvalidArgumentError(
            f"[{op_name}] axis = {list(axes)} names a dimension twice: give each of them once."
        )
    return result


def reduced_shape(shape, axis, keepdims):
    """The shape left when the axes of tuple `axis` are reduced."""
    if keepdims:
        return tuple(1 if i in axis else d for i, d in enumerate(shape))
    return tuple(d for i, d in enumerate(shape) if i not in axis)


def _expand(g, x, axis, keepdims):
    """`g` of the reduced shape, with the reduced axes back as 1."""
    if keepdims:
        return g
    return reshape(g, reduced_shape(x._shape, axis, True))


def _spread(g, x, axis, keepdims):
    if g._shape:  # a scalar broadcasts as it is
        g = _expand(g, x, axis, keepdims)
    return apply(OPS["broadcast_to"], (g,), {"shape": tuple(x._shape)})


def _reduction(name, paths, kernel, allowed, rule=None, *, doc, why=None, **facts):
    def infer(x, axis, keepdims):
        check_dtype(name, x, allowed, "input_tensor")
        return Spec(reduced_shape(x.shape, axis, keepdims), x.dtype)

    def samples(rng):
        cases = [((), ()), ((3,), (0,)), ((2, 3), (1,)), ((2, 3, 2), (0, 2)), ((0, 2), (1,))]
        return [
            ((draw(rng, s, (0.3, 2)),), {"axis": a, "keepdims": k})
            for s, a in cases
            for k in (False, True)
        ]

    vjp = per_input(rule) if rule else None
    facts |= {"samples": samples, "doc": doc, "why_no_gradient": why}
    op = Op(name, kernel, infer, vjp, reduces=name.removeprefix("reduce_"), **facts)

    def function(input_tensor, axis=None, keepdims=False, name=None):
        x = tensor_of(input_tensor)
        dtype, ndim = x._dtype, len(x._shape)
        if dtype not in allowed:
            check_dtype(op.name, Spec(x._shape, dtype), allowed, "input_tensor")
        axes = tuple(range(ndim)) if axis is None else normalize_axes(op.name, axis, ndim)
        return apply(op, (x,), {"axis": axes, "keepdims": bool(keepdims)})

    function.__name__ = name
    function.__doc__ = (
        f"{doc}\n\n    Args:\n      input_tensor: a tensor.\n      axis: the axis or axes to "
        "reduce, negative ones counted from the end; None reduces all.\n      keepdims: keep "
        "reduced axes, with length 1.\n      name: ignored.\n\n    Raises:\n      "
        "InvalidArgumentError: an axis out of range, or a dtype it does not take.\n    "
    )
    return public(*paths)(function)


@rounded_once
def _sum_kernel(x, axis, keepdims):
    return np.add.reduce(x, axis=axis, keepdims=keepdims, dtype=x.dtype)


@rounded_once
def _mean_kernel(x, axis, keepdims):
    wide = {"i": np.int64, "u": np.uint64}.get(x.dtype.kind)
    total = np.add.reduce(x, axis=axis, keepdims=keepdims, dtype=wide)
    count = x.size if len(axis) == x.ndim else prod([x.shape[a] for a in axis])
    if wide is None:
        return total / total.dtype.type(count)
    if count == 0:
        return np.zeros_like(total, x.dtype)
    return (np.sign(total) * (np.abs(total) // count)).astype(x.dtype)


def _mean_rule(g, y, x, axis, keepdims):
    count = prod([x._shape[a] for a in axis])
    if count.__class__ is int:
        count = max(count, 1)
    return _spread(g / count, x, axis, keepdims)


def _extreme_rule(g, y, x, axis, keepdims):
    """The cotangent shared equally among the elements that attain the extreme."""
    hit = cast(equal(x, _expand(y, x, axis, keepdims)), x._dtype)
    share = _expand(g, x, axis, keepdims) / reduce_sum(hit, axis, True)
    return hit * share


def _prod_rule(g, y, x, axis, keepdims):
    """Each element's cofactor as the product of those before and after it: right at zeros too."""
    rest = tuple(i for i in range(len(x._shape)) if i not in axis)
    order = rest + axis
    moved = transpose(x, order)
    lead = tuple(x._shape[i] for i in rest)
    flat = reshape(moved, (*lead, int(np.prod([x._shape[a] for a in axis]))))
    last = len(lead)
    others = cumprod(flat, last, exclusive=True) * cumprod(flat, last, exclusive=True, reverse=True)
    back = tuple(int(i) for i in np.argsort(order))
    others = transpose(reshape(others, moved._shape), back)
    return others * _expand(g, x, axis, keepdims)


def _extreme_kernel(ufunc, at_empty):
    def kernel(x, axis, keepdims):
        start = np.inf if x.dtype.kind in "fV" else np.iinfo(x.dtype).max
        if x.dtype.kind == "u" and at_empty < 0:
            start = 0
        elif at_empty < 0:
            start = -start if x.dtype.kind != "i" else np.iinfo(x.dtype).min
        if x.size == 0:
            return np.full(reduced_shape(x.shape, axis, keepdims), start, x.dtype)
        return ufunc.reduce(x, axis=axis, keepdims=keepdims)

    return kernel


reduce_sum = _reduction(
    "reduce_sum",
    ("reduce_sum", "math.reduce_sum"),
    _sum_kernel,
    NUMBER,
    lambda g, y, x, axis, keepdims: _spread(g, x, axis, keepdims),
    tolerance="scale",
    takes_dims=True,
    compiled_from=1 << 16,
    doc="The sum of elements over axes.",
)
reduce_mean = _reduction(
    "reduce_mean",
    ("reduce_mean", "math.reduce_mean"),
    _mean_kernel,
    NUMBER,
    _mean_rule,
    tolerance="scale",
    compiled_from=1 << 16,
    doc="The mean of elements over axes, in the tensor's own dtype: integers are truncated.",
)
reduce_max = _reduction(
    "reduce_max",
    ("reduce_max", "math.reduce_max"),
    _extreme_kernel(np.maximum, -1),
    REAL,
    _extreme_rule,
    compiled_from=1 << 16,
    doc="The largest element over axes.",
)
reduce_min = _reduction(
    "reduce_min",
    ("reduce_min", "math.reduce_min"),
    _extreme_kernel(np.minimum, 1),
    REAL,
    _extreme_rule,
    compiled_from=1 << 16,
    doc="The smallest element over axes.",
)
reduce_prod = _reduction(
    "reduce_prod",
    ("reduce_prod", "math.reduce_prod"),
    rounded_once(
        lambda x, axis, keepdims: np.multiply.reduce(x, axis=axis, keepdims=keepdims, dtype=x.dtype)
    ),
    NUMBER,
    _prod_rule,
    tolerance="scale",
    takes_dims=True,
    compiled_from=1 << 16,
    doc="The product of elements over axes.",
)
reduce_any = _reduction(
    "reduce_any",
    ("reduce_any", "math.reduce_any"),
    lambda x, axis, keepdims: np.logical_or.reduce(x, axis=axis, keepdims=keepdims),
    BOOL,
    doc="True where any element over the axes is.",
    why=_STEP,
)
reduce_all = _reduction(
    "reduce_all",
    ("reduce_all", "math.reduce_all"),
    lambda x, axis, keepdims: np.logical_and.reduce(x, axis=axis, keepdims=keepdims),
    BOOL,
    doc="True where all elements over the axes are.",
    why=_STEP,
)


@public("math.reduce_variance")
def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """The mean squared distance from the mean, over axes.

    Example:
    >>> tf.math.reduce_variance([1.0, 3.0]).numpy()
    np.float32(1.0)
    """
    x = tensor_of(input_tensor)
    check_dtype("reduce_variance", Spec(x._shape, x._dtype), FLOAT, "input_tensor")
    squares = square_of_modulus(x - reduce_mean(x, axis, True))
    return reduce_mean(cast(squares, real_dtype(x._dtype)), axis, keepdims)


@public("math.reduce_std")
def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """The square root of `reduce_variance`.

    Example:
    >>> tf.math.reduce_std([1.0, 3.0]).numpy()
    np.float32(1.0)
    """
    return sqrt(reduce_variance(input_tensor, axis, keepdims))


@public("reduce_logsumexp", "math.reduce_logsumexp")
def reduce_logsumexp(input_tensor, axis=None, keepdims=False, name=None):
    """log(sum(exp(x))) over axes, without overflow.

    Example:
    >>> tf.reduce_logsumexp([1000.0, 1000.0]).numpy()
    np.float32(1000.6932)
    """
    x = tensor_of(input_tensor)
    top = stop_gradient(reduce_max(x, axis, True))
    top = where(is_finite(top), top, 0.0)
    result = log(reduce_sum(exp(x - top), axis, keepdims))
    return result + (top if keepdims else reshape(top, result._shape))


def square_of_modulus(x):
    """x times its conjugate."""
    return multiply(x, conj(x)) if x._dtype.kind == "c" else square(x)


@public("math.reduce_euclidean_norm")
def reduce_euclidean_norm(input_tensor, axis=None, keepdims=False, name=None):
    """The square root of the sum of squares over axes.

    Example:
    >>> tf.math.reduce_euclidean_norm([3.0, 4.0]).numpy()
    np.float32(5.0)
    """
    x = tensor_of(input_tensor)
    total = reduce_sum(square_of_modulus(x), axis, keepdims)
    if x._dtype.kind in "iu":
        return cast(sqrt(cast(total, "float64")), x._dtype)
    return sqrt(total)


@public("math.count_nonzero")
def count_nonzero(input, axis=None, keepdims=None, dtype="int64", name=None):
    """How many elements are not zero (or not empty strings), over axes.

    Example:
    >>> tf.math.count_nonzero([0, 1, 2]).numpy()
    np.int64(2)
    """
    x = tensor_of(input)
    zero = "" if x._dtype == object else cast(0, x._dtype)
    hits = x if x._dtype.kind == "b" else not_equal(x, zero)
    return cast(reduce_sum(cast(hits, "int64"), axis, bool(keepdims)), dtype)


# -- arg-reductions --------------------------------------------------------------------------------


def _arg_reduction(name, paths, ufunc, doc):
    def infer(x, axis, dtype):
        check_dtype(name, x, REAL | BOOL, "input")
        if x.shape[axis] == 0:
            fail(name, f"Reduction axis {axis} is empty", (x,), "Reduce an axis with elements.")
        return Spec(reduced_shape(x.shape, (axis,), False), dtype)

    op = Op(
        name,
        lambda x, axis, dtype: ufunc(x, axis=axis).astype(dtype),
        infer,
        samples=lambda rng: [
            ((draw(rng, s, (-2, 2)),), {"axis": a, "dtype": np.dtype("int64")})
            for s, a in (((3,), 0), ((2, 3), 1), ((2, 3, 2), 1))
        ],
        doc=doc,
        why_no_gradient=_STEP,
    )

    def function(input, axis=None, output_type="int64", name=None):
        x = tensor_of(input)
        (axis,) = normalize_axes(op.name, 0 if axis is None else axis, len(x._shape)) or (0,)
        if not x._shape:
            fail(op.name, "A scalar has no axis", (Spec((), x._dtype),), "Give it one element.")
        return apply(op, (x,), {"axis": axis, "dtype": as_dtype(output_type).numpy_dtype})

    function.__name__ = name
    function.__doc__ = (
        f"{doc} The first one where several are equal.\n\n    Args:\n      input: a tensor.\n"
        "      axis: the axis to reduce, 0 by default.\n      output_type: dtype of the indices.\n"
        "      name: ignored.\n    "
    )
    return public(*paths)(function)


argmax = _arg_reduction(
    "argmax", ("argmax", "math.argmax"), np.argmax, "The index of the largest element of an axis."
)
argmin = _arg_reduction(
    "argmin", ("argmin", "math.argmin"), np.argmin, "The index of the smallest element of an axis."
)

# -- cumulative ------------------------------------------------------------------------------------


def cumulative_kernel(ufunc, start):
    """The kernel of a running reduction by `ufunc`, whose value of nothing is `start`."""

    def kernel(x, axis, exclusive, reverse):
        if x.ndim == 0 or x.size == 0:
            return x
        if reverse:
            x = np.flip(x, axis)
        result = ufunc.accumulate(x, axis=axis, dtype=x.dtype)
        if exclusive:
            first = np.full_like(np.take(x, [0], axis), start)
            kept = [slice(None)] * x.ndim
            kept[axis] = slice(0, -1)
            result = np.concatenate([first, result[tuple(kept)]], axis)
        return np.flip(result, axis) if reverse else result

    return kernel


def cumulative_infer(name, allowed):
    """The `infer` of an Op along one axis, which its operand must have."""

    def infer(x, axis, exclusive, reverse):
        check_dtype(name, x, allowed)
        check_axis(name, axis, len(x.shape))
        return x

    return infer


def _scan(name, ufunc, start, rule, doc):
    def samples(rng):
        return [
            ((draw(rng, (2, 3), (0.3, 2)),), {"axis": a, "exclusive": e, "reverse": r})
            for a in (0, 1)
            for e in (False, True)
            for r in (False, True)
        ]

    return Op(
        name,
        cumulative_kernel(ufunc, start),
        cumulative_infer(name, NUMBER),
        per_input(rule),
        samples=samples,
        tolerance="scale",
        compiled_from=1 << 16,
        doc=doc,
    )


def _cumsum_rule(g, y, x, axis, exclusive, reverse):
    return cumsum(g, axis, exclusive, not reverse)


def _cumprod_rule(g, y, x, axis, exclusive, reverse):
    # 0 where an element is 0, as TensorFlow's own
    return divide_no_nan(cumsum(y * g, axis, exclusive, not reverse), x)


_cumsum = _scan("cumsum", np.add, 0, _cumsum_rule, "Running sums along an axis.")
_cumprod = _scan("cumprod", np.multiply, 1, _cumprod_rule, "Running products along an axis.")


def cumulative_call(op, x, axis, exclusive, reverse):
    """Applies the primitive of a running reduction, its axis counted from the front."""
    x = tensor_of(x)
    check_dtype(op.name, Spec(x._shape, x._dtype), NUMBER)
    (axis,) = normalize_axes(op.name, axis, len(x._shape)) if x._shape else (0,)
    return apply(op, (x,), {"axis": axis, "exclusive": bool(exclusive), "reverse": bool(reverse)})


@public("cumsum", "math.cumsum")
def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    """Running sums along `axis`; `exclusive` leaves each element itself out, `reverse` runs back.

    Example:
    >>> tf.cumsum([1, 2, 3]).numpy(), tf.cumsum([1, 2, 3], exclusive=True).numpy()
    (array([1, 3, 6], dtype=int32), array([0, 1, 3], dtype=int32))
    """
    return cumulative_call(_cumsum, x, axis, exclusive, reverse)


@public("math.cumprod")
def cumprod(x, axis=0, exclusive=False, reverse=False, name=None):
    """Running products along `axis`; `exclusive` leaves each element itself out.

    Example:
    >>> tf.math.cumprod([1, 2, 3]).numpy()
    array([1, 2, 6], dtype=int32)
    """
    return cumulative_call(_cumprod, x, axis, exclusive, reverse)
