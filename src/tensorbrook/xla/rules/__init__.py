"""XLA's rules of the primitives, by family."""

from ..lower import function_of, has_rule, run_node, told, unruled
from . import control, convolutions, elementwise, linear, moves, pick, pictures, random, reduce

__all__ = [
    *("control", "convolutions", "elementwise", "linear", "moves", "pick", "pictures", "random"),
    *("reduce", "function_of", "has_rule", "run_node", "told", "unruled"),
]
