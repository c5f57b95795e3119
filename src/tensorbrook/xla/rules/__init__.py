"""XLA's rules of the primitives, by family."""

from ..lower import function_of, has_rule, run_node, unruled
from . import control, convolutions, elementwise, linear, moves, pick, random, reduce

__all__ = [
    *("control", "convolutions", "elementwise", "linear", "moves", "pick", "random", "reduce"),
    *("function_of", "has_rule", "run_node", "unruled"),
]
