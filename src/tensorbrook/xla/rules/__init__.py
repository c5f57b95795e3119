"""XLA's rules of the primitives, by family."""

from ..lower import function_of, unruled
from . import control, convolutions, elementwise, linear, moves, pick, random, reduce

__all__ = [
    *("control", "convolutions", "elementwise", "linear", "moves", "pick", "random", "reduce"),
    *("function_of", "unruled"),
]
