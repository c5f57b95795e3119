"""The executable grammar of the IR: every graph made in the tests goes through it."""

from ..base.dims import bind, evaluate, same_shape, told_by_data
from ..core.op import OPS, Spec
from .show import node_text


class GraphError(Exception):
    """A graph breaks the grammar; the message shows the nodes around the fault."""


def check(graph):
    """Raises GraphError unless `graph` keeps the grammar written in ir.py."""
    defined = set()

    def define(value, where):
        if value in defined:
            raise GraphError(f"{where}: {value} is defined twice\n{_around(graph, where)}")
        defined.add(value)

    for value in graph.inputs:
        define(value, "inputs")
    for value, array in graph.constants.items():
        define(value, "constants")
        if tuple(array.shape) != value.shape or array.dtype != value.dtype:
            raise GraphError(f"constant {value} is {array.dtype}{array.shape}, declared otherwise")
    for i, node in enumerate(graph.nodes):
        if OPS.get(node.op.name) is not node.op:
            raise GraphError(f"node {i}: {node.op.name} is no primitive\n{_around(graph, i)}")
        for sub in node.graphs.values():
            check(sub)
        for value in node.inputs:
            if value not in defined:
                raise GraphError(f"node {i} uses {value} before it is\n{_around(graph, i)}")
        inferred = node.op.infer(*[Spec(v.shape, v.dtype) for v in node.inputs], **node.attrs)
        inferred = inferred if type(inferred) is tuple else (inferred,)
        if not _agree(inferred, node.outputs):
            declared = [(v.shape, v.dtype) for v in node.outputs]
            raise GraphError(
                f"node {i}: {node.op.name} yields {inferred}, declared {declared}\n"
                f"{_around(graph, i)}"
            )
        for value in node.outputs:
            define(value, f"node {i}")
    for value in graph.outputs:
        if value not in defined:
            raise GraphError(f"output {value} is defined nowhere")


def _agree(inferred, declared):
    """True where a node's results are what its rule says; sizes that only data tells are named
    anew each time the rule is asked."""
    sizes = {}
    for spec, value in zip(inferred, declared):
        bind(spec.shape, value.shape, sizes)
    sizes = {name: size for name, size in sizes.items() if told_by_data(name)}
    return len(inferred) == len(declared) and all(
        same_shape(evaluate(tuple(s.shape), sizes), v.shape) and s.dtype == v.dtype
        for s, v in zip(inferred, declared)
    )


def _around(graph, index, width=5):
    if not isinstance(index, int):
        return ""
    low = max(index - width, 0)
    lines = (node_text(n) for n in graph.nodes[low : index + width + 1])
    return "\n".join(("> " if low + k == index else "  ") + line for k, line in enumerate(lines))
