"""What keras.ops make of RaggedTensors: what the functions of `tf` do."""

from ... import ops
from ...ops.ragged import RULES, is_ragged
from ...ops.ragged_functions import on_values
from ..promotion import standardize_dtype

_ALIKE = {
    "sum": ops.reduce_sum, "mean": ops.reduce_mean, "max": ops.reduce_max, "min": ops.reduce_min,
    "prod": ops.reduce_prod, "any": ops.reduce_any, "all": ops.reduce_all,
    "var": ops.reduce_variance, "std": ops.reduce_std, "expand_dims": ops.expand_dims,
    "squeeze": ops.squeeze, "tile": ops.tile,
}  # fmt: skip


def _convert(x, dtype=None, sparse=None, ragged=None):
    x = x if dtype is None else ops.cast(x, standardize_dtype(dtype))
    return x.to_tensor() if ragged is False else x


def _take(x, indices, axis=None):
    x = x if is_ragged(x) else ops.convert_to_tensor(x)
    if axis is None:
        x, axis = ops.reshape(x, [-1]), 0
    size = ops.cast(ops.shape(x)[axis], indices.dtype)
    return ops.gather(x, ops.where(indices < 0, indices + size, indices), axis=axis)


_RULES = {
    **{f"numpy.{name}": function for name, function in _ALIKE.items()},
    "convert_to_tensor": _convert,
    "nn.softmax": lambda x, axis=-1: ops.softmax(x, axis),
    "numpy.concatenate": lambda xs, axis=0: ops.concat(xs, axis),
    "numpy.flip": lambda x, axis: ops.reverse(x, [axis]),
    "numpy.ndim": lambda x: x.shape.rank,
    "numpy.stack": lambda x, axis=0: ops.stack(x, axis),
    "numpy.take": _take,
}
RULES.update(
    {
        f"keras.ops.{name}": lambda _, args, kwargs, rule=rule: rule(*args, **kwargs)
        for name, rule in _RULES.items()
    }
)
for _name in ("nn.one_hot", "numpy.zeros_like", "numpy.ones_like"):
    RULES[f"keras.ops.{_name}"] = on_values
