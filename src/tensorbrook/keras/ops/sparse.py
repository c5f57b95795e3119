"""What keras.ops make of SparseTensors: sparse results where zeros stay zeros, else dense ones."""

from ... import ops
from ...base import nest
from ...base.config import settings
from ...core.composite import CompositeTensor
from ...ops.sparse import RULES, is_sparse
from ..promotion import result_type, standardize_dtype

_FLOAT = {
    "arcsin": "asin", "arcsinh": "asinh", "arctan": "atan", "arctanh": "atanh", "expm1": "expm1",
    "log1p": "log1p", "sin": "sin", "sinh": "sinh", "sqrt": "sqrt", "tan": "tan", "tanh": "tanh",
}  # fmt: skip
_ANY = {
    "abs": "abs", "absolute": "abs", "ceil": "ceil", "floor": "floor", "negative": "negative",
    "sign": "sign", "square": "square",
}  # fmt: skip
_BINARY = {
    "add": "add", "subtract": "subtract", "multiply": "multiply", "divide": "divide",
    "true_divide": "divide", "maximum": "maximum", "minimum": "minimum", "matmul": "matmul",
}  # fmt: skip


def _rule(function):
    """The rule of a function of keras.ops: a function with its signature."""
    return lambda _, args, kwargs: function(*args, **kwargs)


def _unary(function, floats):
    def call(x):
        whole = floats and x._dtype.kind in "biu"
        return function(ops.cast(x, settings.floatx) if whole else x)

    return _rule(call)


def _binary(function):
    def call(x1, x2):
        given = [x if is_sparse(x) else ops.convert_to_tensor(x) for x in (x1, x2)]
        dtype = result_type(
            *(
                x.__class__ if isinstance(x, int | float) else tensor.dtype.name
                for x, tensor in zip((x1, x2), given)
            )
        )
        first, second = (ops.cast(x, dtype) for x in given)
        matrices = all(len(x.shape) <= 2 for x in given)
        if (function is ops.divide and is_sparse(second)) or (
            function is ops.matmul and not matrices
        ):
            first, second = (x._densified() if is_sparse(x) else x for x in (first, second))
        return function(first, second)

    return _rule(call)


def _convert(x, dtype=None, sparse=None, ragged=None):
    x = x if dtype is None else ops.cast(x, standardize_dtype(dtype))
    return x._densified() if sparse is False else x


def _sum(x, axis=None, keepdims=False):
    return ops.sparse_reduce_sum(x, axis, keepdims, output_is_sparse=True)


def _bincount(x, weights=None, minlength=0, sparse=False):
    axis = -1 if x.shape.rank == 2 else 0  # what is left out is no 0 that occurs
    return ops.sparse_bincount(ops.cast(x, "int32"), weights, axis, minlength)


def _dense(function, args, kwargs):
    """For all others the arguments become dense."""

    def part(leaf):
        return leaf._densified() if isinstance(leaf, CompositeTensor) else leaf

    return function(*nest.map_structure(part, list(args)), **nest.map_structure(part, kwargs))


_RULES = {
    **{name: _unary(getattr(ops, of), True) for name, of in _FLOAT.items()},
    **{name: _unary(getattr(ops, of), False) for name, of in _ANY.items()},
    **{name: _binary(getattr(ops, of)) for name, of in _BINARY.items()},
    "sum": _rule(_sum),
    "bincount": _rule(_bincount),
    "copy": _rule(lambda x: x),
    "round": lambda function, args, kwargs: args[0].with_values(
        function(args[0].values, *args[1:], **kwargs)
    ),
    "reshape": _rule(lambda x, newshape: ops.sparse_reshape(x, newshape)),
    "transpose": _rule(lambda x, axes=None: ops.sparse_transpose(x, axes)),
    "expand_dims": _rule(lambda x, axis: ops.sparse_expand_dims(x, axis)),
    "squeeze": _rule(lambda x, axis=None: ops.squeeze(x, axis)),
    "concatenate": _rule(lambda xs, axis=0: ops.concat(list(xs), axis)),
    "size": _rule(lambda x: ops.size(x)),
}
RULES.update({f"keras.ops.numpy.{name}": rule for name, rule in _RULES.items()})
RULES["keras.ops.cast"] = _rule(lambda x, dtype: ops.cast(x, standardize_dtype(dtype)))
RULES["keras.ops.convert_to_tensor"] = _rule(_convert)
RULES["keras.*"] = _dense
