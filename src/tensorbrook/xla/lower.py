"""From graphs to functions of JAX: each primitive by its rule, or on the host where it has none.

A rule has the signature of the primitive's kernel, `rule(*arrays, **attrs)`, and JAX's arrays.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import io_callback

from ..base.dims import has_dims

ANY = "biufc"
RULES = {}  # by the primitive's name


class Rule(NamedTuple):
    """How XLA computes a primitive.

    Args:
      function: of arrays and attrs.
      kinds: of the operands' dtypes; where one is of another kind, the host computes.
      when: of the attrs: False where the host has to compute.
      tolerance: how far it may be from the kernel: so many units in the last place of the tensor's
        largest value.
      asks_host: True where it calls the host.
    """

    function: Callable
    kinds: str = ANY
    when: Callable = lambda attrs: True
    tolerance: float = 40
    asks_host: bool = False


def rule(*names, **facts):
    """Enters a function as the rule of some primitives; `facts` are those of Rule."""

    def enter(function):
        RULES.update(dict.fromkeys(names, Rule(function, **facts)))
        return function

    return enter


def table(module, words, **facts):
    """Enters functions of a module of JAX: each word is `primitive`, or `primitive=function`."""
    for word in words.split():
        name, _, own = word.partition("=")
        rule(name, **facts)(getattr(module, own or name))


def in_single(module, words, **facts):
    """Like `table`, of functions that halves do not go into: they compute in float32."""
    for word in words.split():
        name, _, own = word.partition("=")
        rule(name, **facts)(partial(_in_single, getattr(module, own or name)))


def _in_single(function, *arrays):
    dtype = arrays[0].dtype
    if dtype.itemsize > 2:
        return function(*arrays)
    return function(*[a.astype(np.float32) for a in arrays]).astype(dtype)


# -- graphs ----------------------------------------------------------------------------------------


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
        return [jnp.asarray(known[v], v.dtype) for v in graph.outputs]

    return run


def run_node(node, arrays):
    """The tuple of a node's results."""
    if not has_rule(node):
        return on_host(node, arrays)
    out = RULES[node.op.name].function(*map(jnp.asarray, arrays), **node.attrs)
    return out if isinstance(out, tuple | list) else (out,)


def has_rule(node):
    """Whether a node has a rule that is right for its operands."""
    found = RULES.get(node.op.name)
    if found is None or not found.when(node.attrs):
        return False
    return all(kind_of(v.dtype) in found.kinds for v in (*node.inputs, *node.outputs))


def kind_of(dtype):
    """NumPy's letter for a kind of dtype; bfloat16 is a float."""
    return "f" if dtype.kind == "V" else dtype.kind


def unruled(graph):
    """The names of the primitives of a graph, and of those within it, that call the host."""
    found = {
        node.op.name for node in graph.nodes if not has_rule(node) or RULES[node.op.name].asks_host
    }
    for node in graph.nodes:
        for inner in node.graphs.values():
            found |= unruled(inner)
    return found


# -- the host --------------------------------------------------------------------------------------

_faults = deque(maxlen=4)  # the latest of all threads: JAX calls from threads of its own


def on_host(node, arrays):
    """The results of the primitive's own kernel, on the host."""
    if has_dims([v.shape for v in node.outputs]):
        raise NotImplementedError(
            f"{node.op.name}: sizes that data tell are unknown to XLA's programs."
        )
    words = [_words(v) for v in node.outputs]

    def call(*operands):
        arrays = map(_of_words, operands, node.inputs)
        found = called(node.op.kernel, arrays, node.attrs)
        found = found if type(found) is tuple else (found,)
        return [
            np.ascontiguousarray(array, like.dtype).reshape(-1).view(kind.dtype).reshape(kind.shape)
            for array, like, kind in zip(found, node.outputs, words)
        ]

    operands = map(_to_words, arrays)
    if node.effect:
        found = io_callback(call, words, *operands, ordered=True)
    else:
        found = jax.pure_callback(call, words, *operands, vmap_method="sequential")
    return map(_from_words, found, node.outputs)


# JAX's threads that call the host know 32 bits alone: what has 64 goes there as pairs of words.


def _words(like):
    """The spec of what stands for a value."""
    count = like.dtype.itemsize // 4
    if like.dtype.kind not in "iufc" or count < 2:
        return jax.ShapeDtypeStruct(like.shape, like.dtype)
    return jax.ShapeDtypeStruct((*like.shape, count), np.uint32)


def _to_words(x):
    x = jnp.asarray(x)
    kind = _words(x)
    if kind.dtype == x.dtype:
        return x
    x = jnp.stack([x.real, x.imag], -1) if x.dtype.kind == "c" else x
    return lax.bitcast_convert_type(x, np.uint32).reshape(kind.shape)


def _of_words(words, like):
    words = np.ascontiguousarray(words)
    return words.reshape(-1).view(like.dtype).reshape(like.shape)


def _from_words(words, like):
    if words.dtype == like.dtype:
        return words
    if like.dtype.kind != "c":
        return lax.bitcast_convert_type(words, like.dtype)
    wide = like.dtype == np.complex128
    words = words.reshape(*like.shape, 2, 2) if wide else words
    parts = lax.bitcast_convert_type(words, np.float64 if wide else np.float32)
    return lax.complex(parts[..., 0], parts[..., 1])


def called(kernel, operands, attrs):
    """What a kernel gives within a program of JAX; `told` has what it raises."""
    try:
        with np.errstate(all="ignore"):
            return kernel(*operands, **attrs)
    except Exception as fault:
        _faults.append(fault)
        raise


def told(fault):
    """What stopped a program: a kernel's own error on the host, or else the fault that JAX has."""
    text = str(fault)  # JAX quotes the error
    for kept in reversed(tuple(_faults)):
        if str(kept) in text:
            with suppress(ValueError):  # another thread has found the same words
                _faults.remove(kept)
            return kept
    return fault
