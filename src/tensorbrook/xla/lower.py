"""From graphs to functions of JAX: each primitive by its rule, or on the host where it has none.

A rule has the signature of the primitive's kernel, `rule(*arrays, **attrs)`, and JAX's arrays.
"""

from functools import partial

import jax
import numpy as np

from ..base.dims import has_dims

ANY = "biufc"
RULES = {}  # by the primitive's name: its rule, and the kinds of operands that it is right for


def rule(*names, kinds=ANY):
    """Enters a function as the rule of some primitives.

    Args:
      names: of the primitives.
      kinds: of the operands' dtypes; where one is of another kind, the host computes.
    """

    def enter(function):
        RULES.update(dict.fromkeys(names, (function, kinds)))
        return function

    return enter


def function_of(graph):
    """A function of JAX's arrays that computes a graph of known sizes; returns the results.

    Raises:
      NotImplementedError: the graph leaves sizes open.
    """

    def run(*arrays):
        known = dict(zip(graph.inputs, arrays))
        known.update(graph.constants)
        for node in graph.nodes:
            found = run_node(node, [known[v] for v in node.inputs])
            known.update(zip(node.outputs, found))
        return [known[v] for v in graph.outputs]

    return run


def run_node(node, arrays):
    """The tuple of a node's results."""
    if not has_rule(node):
        return on_host(node, arrays)
    out = RULES[node.op.name][0](*arrays, **node.attrs)
    return out if isinstance(out, tuple | list) else (out,)


def has_rule(node):
    """Whether a node has a rule that is right for its operands."""
    _, kinds = RULES.get(node.op.name, (None, ""))
    return all(kind_of(v.dtype) in kinds for v in (*node.inputs, *node.outputs))


def kind_of(dtype):
    """NumPy's letter for a kind of dtype; bfloat16 is a float."""
    return "f" if dtype.kind == "V" else dtype.kind


def on_host(node, arrays):
    """The results of the primitive's own kernel, on the host."""
    if has_dims([v.shape for v in node.outputs]):
        raise NotImplementedError(
            f"{node.op.name}: sizes that data tell are unknown to XLA's programs."
        )
    results = [jax.ShapeDtypeStruct(v.shape, v.dtype) for v in node.outputs]

    def call(*operands):
        found = node.op.kernel(*map(np.asarray, operands), **node.attrs)
        found = found if type(found) is tuple else (found,)
        return [np.asarray(array, like.dtype) for array, like in zip(found, results)]

    if node.effect:
        return jax.experimental.io_callback(call, results, *arrays, ordered=True)
    return jax.pure_callback(call, results, *arrays, vmap_method="sequential")


def unruled(graph):
    """The names of the primitives of a graph, and of those within it, that run on the host."""
    found = {node.op.name for node in graph.nodes if not has_rule(node)}
    for node in graph.nodes:
        for inner in node.graphs.values():
            found |= unruled(inner)
    return found


def table(module, words):
    """Enters functions of a module of JAX: each word is `primitive`, or `primitive=function`."""
    for word in words.split():
        name, _, own = word.partition("=")
        RULES[name] = getattr(module, own or name), ANY


def in_single(module, words):
    """Like `table`, of functions that halves do not go into: they compute in float32."""
    for word in words.split():
        name, _, own = word.partition("=")
        RULES[name] = partial(_in_single, getattr(module, own or name)), ANY


def _in_single(function, *arrays):
    dtype = arrays[0].dtype
    if dtype.itemsize > 2:
        return function(*arrays)
    return function(*[a.astype(np.float32) for a in arrays]).astype(dtype)
