"""Reductions over axes: fused with what computes their operand."""

from ...core.op import OPS
from ..lower import native_rule


@native_rule(*[op.name for op in OPS.values() if op.reduces])
def reduction(lowering, node, views):
    """One reduction, divided by the count for a mean."""
    found = lowering.reduced(node.op.reduces, views[0], **node.attrs)
    return None if found is None else [found]
