"""The reference backend: the graph as straight-line Python over the NumPy kernels.

It is the oracle of every other backend, and what runs when there is none.
"""

import numpy as np

from ..base.context import context
from ..core.dispatch import apply
from ..core.tensor import wrap

on_tape = {}  # op name -> function of attrs: those to run it with under a tape


def compile_reference(graph):
    """A function of arrays, one an input, that returns the tuple of output arrays."""
    env, names, lines = {"__name__": "tensorbrook.graph.generated"}, {}, []
    for i, value in enumerate(graph.inputs):
        names[value] = f"x{i}"
    for i, (value, array) in enumerate(graph.constants.items()):
        names[value] = f"c{i}"
        env[f"c{i}"] = array
    last_use = {v: i for i, node in enumerate(graph.nodes) for v in node.inputs}
    returned = set(graph.outputs)
    for i, node in enumerate(graph.nodes):
        env[f"k{i}"] = node.op.kernel
        arguments = [names[v] for v in node.inputs]
        for key, value in node.attrs.items():
            if isinstance(value, (int, bool, str, type(None))):
                arguments.append(f"{key}={value!r}")
            else:
                env[f"a{i}_{key}"] = value
                arguments.append(f"{key}=a{i}_{key}")
        for k, value in enumerate(node.outputs):
            names[value] = f"v{i}_{k}"
        targets = [names[v] for v in node.outputs]
        left = f"{', '.join(targets)} = " if targets else ""
        lines.append(f"{left}k{i}({', '.join(arguments)})")
        done = {names[v] for v in node.inputs if last_use[v] == i and v not in returned}
        done |= {names[v] for v in node.outputs if v not in last_use and v not in returned}
        done = sorted(n for n in done if n.startswith("v"))
        if done:
            lines.append(f"del {', '.join(done)}")
    outputs = "".join(names[v] + ", " for v in graph.outputs)
    lines.append(f"return ({outputs})")
    body = "\n    ".join(lines)
    source = f"def run({', '.join(names[v] for v in graph.inputs)}):\n    {body}\n"
    # The source holds nothing but names made here and reprs of ints, bools and keyword strings.
    exec(compile(source, f"<tensorbrook graph {graph.name}>", "exec"), env)
    return env["run"]


def interpret(graph, tensors):
    """Runs the graph node by node through `apply`, so that tapes and traces see each primitive.

    Returns:
      The list of output tensors.
    """
    known = dict(zip(graph.inputs, tensors))
    for value, array in graph.constants.items():
        known[value] = wrap(array)
    for node in graph.nodes:
        attrs = node.attrs
        if context.tapes and node.op.name in on_tape:
            attrs = on_tape[node.op.name](attrs)
        out = apply(node.op, tuple([known[v] for v in node.inputs]), attrs)
        known.update(zip(node.outputs, out if type(out) is tuple else (out,)))
    return [known[v] for v in graph.outputs]


def run_once(graph, arrays):
    """Compiles and runs a graph: for tests, and for what is called only once."""
    return compile_reference(graph)(*[np.asarray(a) for a in arrays])
