"""What tf's other functions do with SparseTensors."""

from math import prod

from ..base.errors import InvalidArgumentError
from ..core.dispatch import find_override
from ..core.tensor import convert_to_tensor
from .cast import conj
from .elementwise import divide, multiply
from .index import one_hot
from .reduce import reduce_sum
from .scatter import gather_nd
from .sequence import IMPOSSIBLE, ctc_of
from .shape import check_axis, integers, reshape, static_ints
from .sparse import RULES, SparseTensor, dense, is_sparse
from .sparse_functions import (
    columns_of,
    from_dense,
    sparse_add,
    sparse_concat,
    sparse_dense_matmul,
    sparse_expand_dims,
    sparse_maximum,
    sparse_minimum,
    sparse_reshape,
    sparse_transpose,
)

# what leaves zeros zeros runs on the values
_ON_VALUES = {
    "cast", "identity", "math.abs", "math.asin", "math.asinh", "math.atan", "math.atanh",
    "math.bessel_i0e", "math.bessel_i1e", "math.ceil", "math.erf", "math.expm1", "math.floor",
    "math.log1p", "math.negative", "math.rint", "math.round", "math.sign", "math.sin", "math.sinh",
    "math.sqrt", "math.square", "math.tan", "math.tanh", "nn.relu", "nn.relu6", "stop_gradient",
}  # fmt: skip


def _on_values(function, args, kwargs):
    """A function of elements that leaves zeros zeros, of a sparse tensor's values."""
    first = find_override((args, kwargs), SparseTensor)
    args = [a.values if a is first else a for a in args]
    kwargs = {k: v.values if v is first else v for k, v in kwargs.items()}
    return first._with(function(*args, **kwargs))


def _at_places(x, other):
    """The elements of a dense tensor, broadcast to a sparse one's shape, at its places."""
    if isinstance(other, SparseTensor):
        raise TypeError(
            "Sparse tensors are multiplied and divided by dense ones: give one of them to "
            "tf.sparse.to_dense."
        )
    other = convert_to_tensor(other, x.dtype)
    lead = x.ndim - len(other._shape)
    fits = [
        n.__class__ is not int or n in (1, m) or m is None
        for n, m in zip(other._shape, x.shape[max(lead, 0) :])
    ]
    if lead < 0 or not all(fits):
        raise InvalidArgumentError(
            "SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: "
            f"{x.shape} vs. {other.shape}."
        )
    wide = [k for k, n in enumerate(other._shape) if n.__class__ is not int or n != 1]
    flat = reshape(other, tuple(other._shape[k] for k in wide))
    if not wide:
        return flat
    return gather_nd(flat, columns_of(x.indices, [lead + k for k in wide]))


def _multiply(function, args, kwargs):
    def call(x, y, name=None):
        x, y = (x, y) if is_sparse(x) else (y, x)
        return x._with(x.values * _at_places(x, dense(y) if is_sparse(y) else y))

    return call(*args, **kwargs)


def _of_two(of_sparse):
    """The rule of a function of two: of a sparse and a dense tensor it is dense."""

    def rule(function, args, kwargs):
        def call(x, y, name=None):
            if is_sparse(x) and is_sparse(y):
                return of_sparse(x, y)
            return function(*(dense(v) if is_sparse(v) else v for v in (x, y)))

        return call(*args, **kwargs)

    return rule


def _matmul(function, args, kwargs):
    def call(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False):
        if is_sparse(a) and is_sparse(b):
            flags = transpose_a, transpose_b, adjoint_a, adjoint_b
            return from_dense(function(dense(a), dense(b), *flags))
        a, b = adjoint_of_transposed(a, transpose_a), adjoint_of_transposed(b, transpose_b)
        return sparse_dense_matmul(a, b, transpose_a or adjoint_a, transpose_b or adjoint_b)

    def adjoint_of_transposed(x, transposed):
        """What has as its adjoint the transpose of `x`."""
        if not transposed:
            return x
        return x._with(conj(x.values)) if is_sparse(x) else conj(x)

    return call(*args, **kwargs)


def _squeeze(function, args, kwargs):
    def call(input, axis=None, name=None):
        x = input
        given = [k for k, d in enumerate(x.shape) if d == 1] if axis is None else axis
        axes = {check_axis("squeeze", a, x.ndim) for a in static_ints(given, "axis")}
        return sparse_reshape(x, [d for k, d in enumerate(x._sizes) if k not in axes])

    return call(*args, **kwargs)


def _renamed(of_sparse, *names):
    """The rule of a function whose first arguments, by these names, are those of another one."""

    def rule(function, args, kwargs):
        return of_sparse(*args, *(kwargs[n] for n in names[len(args) :] if n in kwargs))

    return rule


def _concat(function, args, kwargs):
    def call(values, axis, name=None):
        if not all(map(is_sparse, values)):
            return function([dense(v) if is_sparse(v) else v for v in values], axis)
        return sparse_concat(axis, values)

    return call(*args, **kwargs)


def _divide(function, args, kwargs):
    def call(x, y, name=None):
        if not is_sparse(x):
            raise ValueError("A dense tensor cannot be divided by a sparse one: to_dense it.")
        return x._with(function(x.values, _at_places(x, y)))

    return call(*args, **kwargs)


def _rank(function, args, kwargs):
    def call(input, name=None):
        return integers(input.ndim, "int32")

    return call(*args, **kwargs)


def _shape(function, args, kwargs):
    def call(input, out_type=None, name=None):
        return integers(input._sizes, out_type or "int32")

    return call(*args, **kwargs)


def _size(function, args, kwargs):
    def call(input, out_type=None, name=None):
        return integers(prod(input._sizes), out_type or "int32")

    return call(*args, **kwargs)


def _ctc_loss(function, args, kwargs):
    def call(
        labels, logits, label_length=None, logit_length=None, logits_time_major=True,
        unique=None, blank_index=None, name=None,
    ):  # fmt: skip
        if blank_index is None:
            raise ValueError(
                "[ctc_loss] Argument `blank_index` must be provided when `labels` is a "
                "`SparseTensor`."
            )
        places = one_hot(labels.indices[:, 0], labels._sizes[0], dtype="int32")
        lengths = reduce_sum(places, axis=0)  # a row has as many labels as places
        more = lengths, logit_length, logits_time_major, blank_index, IMPOSSIBLE
        return ctc_of(dense(labels), logits, *more)

    return call(*args, **kwargs)


RULES.update(dict.fromkeys(_ON_VALUES, _on_values))
RULES.update({
    "math.multiply": _multiply, "math.divide": _divide, "matmul": _matmul,
    "math.add": _of_two(sparse_add),
    "math.subtract": _of_two(lambda x, y: sparse_add(x, y._with(-y.values))),
    "math.maximum": _of_two(sparse_maximum), "math.minimum": _of_two(sparse_minimum),
    "concat": _concat, "squeeze": _squeeze, "shape": _shape, "size": _size,
    "expand_dims": _renamed(sparse_expand_dims, "input", "axis"),
    "reshape": _renamed(sparse_reshape, "tensor", "shape"),
    "transpose": _renamed(sparse_transpose, "a", "perm"),
    "rank": _rank, "nn.ctc_loss": _ctc_loss,
})  # fmt: skip


def _operator(function):
    def operator(x, y):
        return NotImplemented if is_sparse(y) else function(x, y)

    return operator


SparseTensor.__mul__ = _operator(multiply)
SparseTensor.__truediv__ = _operator(divide)
