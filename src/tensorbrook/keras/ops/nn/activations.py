"""keras.ops: activation functions, those of keras.activations on floats."""

from .... import ops
from ... import activations
from ..declare import floating, op, promote, unary

_OF_ONE = (
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "log_sigmoid",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "tanh_shrink",
)
_AGAIN = {"silu": ("nn.swish",), "hard_silu": ("nn.hard_swish",)}
for _name in _OF_ONE:
    _function = getattr(activations, _name)
    globals()[_name] = unary(
        f"nn.{_name}", _function, _function.__doc__.split("\n")[0], True, _AGAIN.get(_name, ())
    )
relu = unary("nn.relu", ops.relu, "max(x, 0).")
relu6 = unary("nn.relu6", ops.relu6, "min(max(x, 0), 6).")


@op("nn.leaky_relu")
def leaky_relu(x, negative_slope=0.2):
    """x where it is positive, `negative_slope * x` elsewhere."""
    return activations.leaky_relu(floating(x), negative_slope)


@op("nn.elu")
def elu(x, alpha=1.0):
    """x where it is positive, `alpha * (exp(x) - 1)` elsewhere."""
    return activations.elu(floating(x), alpha)


@op("nn.celu")
def celu(x, alpha=1.0):
    """x where it is positive, `alpha * (exp(x / alpha) - 1)` elsewhere."""
    return activations.celu(floating(x), alpha)


@op("nn.gelu")
def gelu(x, approximate=True):
    """x times the share of a standard normal distribution that lies below it.

    Args:
      x: a tensor.
      approximate: whether to compute it with tanh instead of erf.
    """
    return activations.gelu(floating(x), approximate)


@op("nn.glu")
def glu(x, axis=-1):
    """The first half of `x` along an axis, times the sigmoid of the second."""
    return activations.glu(floating(x), axis)


@op("nn.soft_shrink")
def soft_shrink(x, threshold=0.5):
    """x moved towards 0 by `threshold`, 0 where it is nearer."""
    return activations.soft_shrink(floating(x), threshold)


@op("nn.hard_shrink")
def hard_shrink(x, threshold=0.5):
    """x where it is further than `threshold` from 0, else 0."""
    return activations.hard_shrink(floating(x), threshold)


@op("nn.threshold")
def threshold(x, threshold, default_value):
    """x where it exceeds `threshold`, else `default_value`."""
    return activations.threshold(floating(x), threshold, default_value)


@op("nn.squareplus")
def squareplus(x, b=4):
    """(x + sqrt(x^2 + b)) / 2."""
    return activations.squareplus(floating(x), b)


@op("nn.softmax")
def softmax(x, axis=-1):
    """exp(x), divided by its sum over `axis`: an axis, several of them, or None for all.

    Example:
    >>> tf.keras.ops.softmax([0.0, 0.0]).numpy()
    array([0.5, 0.5], dtype=float32)
    """
    return activations.softmax(floating(x), axis)


@op("nn.log_softmax")
def log_softmax(x, axis=-1):
    """The logarithm of `softmax`."""
    return activations.log_softmax(floating(x), axis)


@op("nn.sparsemax")
def sparsemax(x, axis=-1):
    """The point nearest to x among the positive numbers that sum up to 1 over `axis`."""
    return activations.sparsemax(floating(x), axis)


@op("nn.polar")
def polar(abs_, angle):
    """Complex numbers of these absolute values and angles.

    Example:
    >>> tf.keras.ops.nn.polar([2.0], [0.0]).numpy()
    array([2.+0.j], dtype=complex64)
    """
    size, angle = promote(abs_, angle, also=(float,), weak=False)
    return ops.complex(size * ops.cos(angle), size * ops.sin(angle))
