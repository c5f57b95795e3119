"""keras.ops: the functions of keras.activations, which take integers as floats here."""

import functools

from .... import ops
from ... import activations
from ..declare import floating, op, promote, unary

_SAME = (  # but for that
    *("celu", "elu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu"),
    *(
        "log_sigmoid",
        "log_softmax",
        "selu",
        "sigmoid",
        "silu",
        "soft_shrink",
        "softmax",
        "softplus",
    ),
    *("softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink"),
    "threshold",
)
_AGAIN = {"silu": ("nn.swish",), "hard_silu": ("nn.hard_swish",)}


def _of_floats(name):
    function = getattr(activations, name)

    @functools.wraps(function)
    def call(x, *args, **kwargs):
        return function(floating(x), *args, **kwargs)

    return op(f"nn.{name}", *_AGAIN.get(name, ()))(call)


for _name in _SAME:
    _of_floats(_name)
relu = unary("nn.relu", ops.relu, "max(x, 0).")
relu6 = unary("nn.relu6", ops.relu6, "min(max(x, 0), 6).")


@op("nn.gelu")
def gelu(x, approximate=True):
    """x times the share of a standard normal distribution that lies below it.

    Args:
      x: a tensor.
      approximate: whether to compute it with tanh instead of erf.

    Example:
    >>> tf.keras.ops.gelu(tf.constant([0.0, 1.0])).numpy()
    array([0.      , 0.841192], dtype=float32)
    """
    return activations.gelu(floating(x), approximate)


@op("nn.polar")
def polar(abs_, angle):
    """Complex numbers of these absolute values and angles.

    Example:
    >>> tf.keras.ops.nn.polar([2.0], [0.0]).numpy()
    array([2.+0.j], dtype=complex64)
    """
    size, angle = promote(abs_, angle, also=(float,), weak=False)
    return ops.complex(size * ops.cos(angle), size * ops.sin(angle))
