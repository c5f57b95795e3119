"""The reference backend: the graph as straight-line Python over the NumPy kernels.

It is the oracle of every other backend, and what runs when there is none.
"""

import numpy as np

from ..base.context import context
from ..base.dims import bind, evaluate, has_dims, maximum, source, symbols_of
from ..core.dispatch import apply, current_trace
from ..core.tensor import wrap


def compile_reference(graph):
    """A function of arrays, one an input, that returns the tuple of output arrays.

    Sizes that the graph leaves open are its variables, read from the arrays' shapes.
    """
    env, names, lines = {"__name__": "tensorbrook.graph.generated", "max": maximum}, {}, []
    sizes = set()  # the names of those read so far
    for i, value in enumerate(graph.inputs):
        names[value] = f"x{i}"
        lines += _reads(value, f"x{i}", sizes)
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
            elif has_dims(value):
                arguments.append(f"{key}={_at_sizes(env, f'a{i}_{key}', value)}")
            else:
                env[f"a{i}_{key}"] = value
                arguments.append(f"{key}=a{i}_{key}")
        for k, value in enumerate(node.outputs):
            names[value] = f"v{i}_{k}"
        targets = [names[v] for v in node.outputs]
        left = f"{', '.join(targets)} = " if targets else ""
        lines.append(f"{left}k{i}({', '.join(arguments)})")
        for value in node.outputs:
            lines += _reads(value, names[value], sizes)
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


def _reads(value, name, sizes):
    """Source that reads sizes from the shape of a value, each once."""
    found = {}
    bind(value.shape, range(len(value.shape)), found)
    lines = [f"{size} = {name}.shape[{k}]" for size, k in found.items() if size not in sizes]
    sizes.update(found)
    return lines


def _at_sizes(env, name, value):
    """Source of an attribute that depends on sizes."""
    if value.__class__ is tuple or not hasattr(value, "at_sizes"):
        return source(value)
    env[name] = value
    return f"{name}.at_sizes(dict({', '.join(f'{n}={n}' for n in symbols_of(value))}))"


def interpret(graph, tensors):
    """Runs the graph node by node through `apply`, so that tapes and traces see each primitive.

    Returns:
      The list of output tensors.
    """
    known = dict(zip(graph.inputs, tensors))
    sizes, is_open = {}, graph.open_sizes
    for value, tensor in zip(graph.inputs, tensors):
        bind(value.shape, tensor._shape, sizes)
    for value, array in graph.constants.items():
        known[value] = wrap(array)
    for node in graph.nodes:
        attrs = node.attrs
        if context.tapes and node.op.on_tape is not None:
            attrs = node.op.on_tape(attrs)
        if is_open:
            attrs = evaluate(attrs, sizes)
        if context.tapes and node.op.unrolled is not None and not context.traces:
            out = node.op.unrolled([known[v] for v in node.inputs], attrs)
        elif not node.inputs and has_dims(attrs):
            out = current_trace().record(node.op, (), attrs)
        else:
            out = apply(node.op, tuple([known[v] for v in node.inputs]), attrs)
        outputs = out if type(out) is tuple else (out,)
        known.update(zip(node.outputs, outputs))
        if is_open:
            for value, tensor in zip(node.outputs, outputs):
                bind(value.shape, tensor._shape, sizes)
    return [known[v] for v in graph.outputs]


def run_once(graph, arrays):
    """Compiles and runs a graph: for tests, and for what is called only once."""
    return compile_reference(graph)(*[np.asarray(a) for a in arrays])
