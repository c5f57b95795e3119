"""tf.linalg: matrices."""

from types import SimpleNamespace

from .ops import linear_operators as _linear_operators
from .ops import namespace

globals().update(namespace("linalg"))
experimental = SimpleNamespace(**namespace("linalg.experimental"))
globals().update(
    {
        k: v
        for k, v in vars(_linear_operators).items()
        if k.startswith("LinearOperator") and k != "LinearOperatorSpec"
    }
)
