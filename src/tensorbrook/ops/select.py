"""Choice by condition: where, clip; and the positions of what is true."""

import numpy as np

from ..base.dims import Dim
from ..base.dtypes import BOOL
from ..base.shapes import broadcast
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, per_input, same_dtype
from ._families import draw, pair
from .elementwise import maximum, minimum


def _select_infer(condition, x, y):
    check_dtype("where", condition, BOOL, "condition")
    same_dtype("where", (x, y))
    shape = broadcast(condition.shape, x.shape, y.shape)
    if shape is None:
        fail(
            "where",
            "condition, x and y must be broadcastable",
            (condition, x, y),
            "Reshape them so that dimensions, aligned at the last, are equal or 1.",
            ("condition", "x", "y"),
        )
    return Spec(shape, x.dtype)


def _samples(rng):
    return [
        ((draw(rng, c, (-1, 1)) > 0, draw(rng, a, (-2, 2)), draw(rng, b, (-2, 2))), {})
        for c, a, b in (((2, 3), (2, 3), (2, 3)), ((2, 1), (3,), ()), ((0,), (0,), (1,)))
    ]


_select = Op(
    "where",
    np.where,
    _select_infer,
    per_input(
        None,
        lambda g, z, c, x, y: where(c, g, 0.0),
        lambda g, z, c, x, y: where(c, 0.0, g),
    ),
    samples=_samples,
    elementwise=True,
    compiled_from=1 << 15,
    doc="x where the condition holds, y elsewhere.",
    broadcasts=True,
    constants=(0,),
)


_nonzero = Op(
    "nonzero",
    lambda x: np.argwhere(x).astype(np.int64),
    lambda x: Spec((Dim.of_data(), len(x.shape)), np.dtype(np.int64)),
    samples=lambda rng: [((draw(rng, (2, 3), (-1, 1)) > 0,), {})],
    doc="The indices of elements that are true or not zero.",
    why_no_gradient="its result is indices",
)


@public("where")
def where(condition, x=None, y=None, name=None):
    """Elements of `x` where `condition` holds and of `y` elsewhere; all three broadcast.

    Without `x` and `y`: the int64 indices of the elements that are true, one row each.

    Raises:
      InvalidArgumentError: shapes or dtypes that do not fit.
      ValueError: only one of `x` and `y` was given.

    Example:
    >>> tf.where([True, False], [1, 2], 0).numpy(), tf.where([False, True]).numpy()
    (array([1, 0], dtype=int32), array([[1]]))
    """
    condition = tensor_of(condition)
    if x is None and y is None:
        return apply(_nonzero, (condition,), {})
    if x is None or y is None:
        raise ValueError("[where] x and y must both be given, or neither.")
    x, y = pair("where", x, y)
    if x._dtype != y._dtype or condition._dtype.kind != "b":
        _select_infer(*[Spec(t._shape, t._dtype) for t in (condition, x, y)])
    return apply(_select, (condition, x, y), {})


@public("clip_by_value")
def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    """`t` with values outside [clip_value_min, clip_value_max] moved to the nearer end.

    Example:
    >>> tf.clip_by_value([-1.0, 0.5, 3.0], 0.0, 1.0).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return maximum(minimum(t, clip_value_max), clip_value_min)
