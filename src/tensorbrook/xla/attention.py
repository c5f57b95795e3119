"""Attention in half precision as one primitive, for GPUs that have a kernel of it (cuDNN's).

What it computes is the graph of `ops.attention.composed`; its gradients are that graph's, and every
backend but XLA's on such a GPU runs that.
"""

from functools import partial

from ..base.dtypes import FLOATS
from ..core.backend import place_of
from ..core.dispatch import apply, specs_of
from ..core.hooks import provide
from ..core.op import Op, Spec, check_dtype, same_dtype
from ..graph.interp import interpret
from ..graph.subgraphs import compiled, floats, traced, vjp_graph
from ..ops._families import draw
from ..ops.attention import composed
from ..ops.cast import cast
from ..ops.create import zeros_like

_LARGE = 2**22  # scores of a head: a mask that has not one for each of so many is not written out


def graph_of(name, operands, how):
    """The graph that a primitive stands for.

    Args:
      name: "flash_attention" or "flash_attention_gradient".
      operands: what has their shapes and NumPy dtypes.
      how: the attrs.
    """
    if name != "flash_attention":
        inner = graph_of("flash_attention", operands[:-1], how)
        return vjp_graph(inner, (0, 1, 2), (0,))[0]
    attend = partial(composed, bias=None, **how)
    specs = [Spec(tuple(x.shape), x.dtype) for x in operands]
    return traced(name, lambda q, k, v, mask=None: [attend(q, k, v, mask=mask)], specs)


def _kernel(name, *arrays, **how):
    found = compiled(graph_of(name, arrays, how))(*arrays)
    return found if len(found) > 1 else found[0]


def _infer(query, key, value, *rest, **how):
    check_dtype("flash_attention", query, FLOATS, "query")
    same_dtype("flash_attention", (query, key, value), ("query", "key", "value"))
    return Spec((*query.shape[:3], value.shape[3]), query.dtype)


def _infer_gradient(*specs, **how):
    _infer(*specs)
    return specs[:3]


def _vjp(g, y, inputs, attrs, needs):
    return [*apply(_gradient, (*inputs, g), attrs), *[None] * (len(inputs) - 3)]


def _second(g, y, inputs, attrs, needs):
    graph = graph_of(_gradient.name, specs_of(inputs), attrs)
    cotangents = [zeros_like(r) if c is None else c for c, r in zip(g, y)]
    wanted = floats(graph.inputs)
    found = interpret(vjp_graph(graph, wanted, (0, 1, 2))[0], [*inputs, *cotangents])
    grads = dict(zip(wanted, found))
    return [grads.get(i) for i in range(len(inputs))]


def _samples(rng, with_cotangent=False):
    shapes = (2, 4, 4, 8), (2, 6, 2, 8), (2, 6, 2, 8), (2, 4, 4, 8)
    *given, cotangent = [draw(rng, shape, (-2, 2)) for shape in shapes]
    seen, more = rng.random((2, 1, 4, 6)) < 0.6, [cotangent] if with_cotangent else []
    seen[0, 0, 1] = False
    return [
        ([*given, *more], {"is_causal": True, "blind_gets_zero": False}),
        ([*given, seen, *more], {"is_causal": False, "blind_gets_zero": False}),
        ([*given, seen, *more], {"is_causal": True, "blind_gets_zero": True}),
    ]


_flash = Op(
    "flash_attention",
    partial(_kernel, "flash_attention"),
    _infer,
    _vjp,
    samples=_samples,
    doc="Attention of scaled queries (batch, times, heads, size) to what a mask lets them see.",
)

_gradient = Op(
    "flash_attention_gradient",
    partial(_kernel, "flash_attention_gradient"),
    _infer_gradient,
    _second,
    samples=partial(_samples, with_cotangent=True),
    doc="The gradients of flash_attention by queries, keys and values.",
)


@provide("flash_attention")
def flash_attention(query, key, value, mask, how):
    """`composed` as one primitive; None where it would not run on a GPU with a kernel for it."""
    given = query, key, value
    halves = {x._dtype.name for x in given} in ({"float16"}, {"bfloat16"})
    if not halves or not place_of(given).backend.flash:
        return None
    if mask is None:
        return apply(_flash, given, how)
    rows, columns = query._shape[1], key._shape[1]
    known = isinstance(rows, int) and isinstance(columns, int)
    if not known or (mask._shape[2] != rows and rows * columns > _LARGE):
        return None
    return apply(_flash, (*given, cast(mask, "bool")), how)
