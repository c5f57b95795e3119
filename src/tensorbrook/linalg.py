"""tf.linalg: matrices."""

from types import SimpleNamespace

from .ops import linear_operators as _operators
from .ops import linear_operators_structured as _structured
from .ops import namespace

globals().update(namespace("linalg"))
experimental = SimpleNamespace(**namespace("linalg.experimental"))
globals().update(
    {
        k: v
        for k, v in {**vars(_operators), **vars(_structured)}.items()
        if k.startswith("LinearOperator") and k != "LinearOperatorSpec"
    }
)
