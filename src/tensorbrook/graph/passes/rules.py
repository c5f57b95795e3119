"""The table of algebraic rules, and the passes that apply it.

A rule stands in it because a graph of a real program needs it: gradients reshape and broadcast back
and forth, and negate; layers cast, stop gradients and reduce over nothing.
"""

from .arithmetic import CASTS, FAST, IDENTITIES, SIGNS
from .match import Walk, by_op
from .movement import MOVEMENTS
from .operands import OPERANDS
from .parts import PARTS

RULES = IDENTITIES + SIGNS + CASTS + MOVEMENTS + OPERANDS + PARTS
_EXACT, _ALSO_FAST = by_op(RULES), by_op(RULES + FAST)


def simplify(graph):
    """The graph with all exact rules applied."""
    return Walk(graph, _EXACT).run()


def simplify_fast(graph):
    """The graph with all rules applied, those that change the last bits included."""
    return Walk(graph, _ALSO_FAST).run()
