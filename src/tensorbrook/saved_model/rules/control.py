"""Rules of control flow: branches, loops, gradients of one's own, printing and checks."""

import sys

import numpy as np

from ...base.dims import Dim
from ...graph.subgraphs import floats, pure, vjp_graph
from ..graphs import graph_rule, write_nodes
from ..nodes import type_of


def _writer(graph):
    """A graph as a function that writes it."""
    return lambda body, *inputs: write_nodes(body, graph, inputs)


@graph_rule("cond")
def _cond(body, node, inputs):
    graphs = node.attrs["then_graph"], node.attrs["else_graph"]
    return body.branch(inputs[0], inputs[1:], list(map(_writer, graphs)))


@graph_rule("while")
def _while(body, node, inputs):
    count = node.attrs["n_state"]
    test, step = _writer(node.attrs["cond_graph"]), _writer(node.attrs["body_graph"])

    def goes_on(inner, *given):
        return test(inner, *given)[0]

    def once(inner, _, *given):
        return [*step(inner, *given), *given[count:]]

    return body.loop(inputs, goes_on, once, [v.shape for v in node.inputs])[:count]


def element_shape(shape):
    """The shape of a list's elements, where it is known."""
    return np.array([-1 if d.__class__ is Dim else d for d in shape], np.int32)


@graph_rule("scan")
def _scan(body, node, inputs):
    attrs, graph = node.attrs, node.attrs["body_graph"]
    n_state, n_xs, length = attrs["n_state"], attrs["n_xs"], attrs["length"]
    rows = graph.outputs[n_state:]
    count, shapes = body.size(length), [body.constant(element_shape(v.shape)) for v in rows]
    lists = [
        body.add("TensorListReserve", shape, count, element_dtype=type_of(v.dtype))
        for shape, v in zip(shapes, rows)
    ]
    step, first_rest = _writer(graph), n_state + n_xs

    def once(inner, t, *given):
        held, operands, total = given[: len(rows)], given[len(rows) : -1], given[-1]
        place = t
        if attrs["reverse"]:
            place = inner.add("Sub", inner.add("Sub", total, t), inner.size(1))
        state, xs, rest = operands[:n_state], operands[n_state:first_rest], operands[first_rest:]
        taken = [inner.add("GatherV2", x, place, inner.size(0)) for x in xs]
        found = step(inner, *state, *taken, *rest)
        held = [inner.add("TensorListSetItem", h, place, y) for h, y in zip(held, found[n_state:])]
        return [*held, *found[:n_state], *xs, *rest, total]

    known = [*[None] * len(lists), *[v.shape for v in node.inputs], ()]
    found = body.loop([*lists, *inputs, count], None, once, known, rounds=count)
    held, state = found[: len(rows)], found[len(rows) :][:n_state]
    stacked = [
        body.add(
            "TensorListStack",
            h,
            body.dims(v.shape),
            element_dtype=type_of(v.dtype),
            num_elements=-1 if length.__class__ is Dim else length,
        )
        for h, v in zip(held, rows)
    ]
    return [*state, *stacked]


@graph_rule("custom_gradient")
def _custom_gradient(body, node, inputs):
    first = node.attrs["n_inputs"]
    return list(inputs[first : first + node.attrs["n_results"]])


@graph_rule("while_gradient")
def _while_gradient(body, node, inputs):
    """Of order 1: forward with all states kept in lists, then backward over them."""
    attrs = node.attrs
    wanted, *more = attrs["wanted"]
    if more:
        raise NotImplementedError(
            "[saved_model] The second derivative of a while loop cannot be written for TensorFlow: "
            "tell the number of rounds, as in `for i in tf.range(n)`."
        )
    n, graph = attrs["n_state"], pure(attrs["body_graph"])
    count = len(graph.inputs)
    state, rest, cotangents = inputs[:n], inputs[n:count], inputs[count:]
    lists = [_empty_list(body, v) for v in graph.inputs[:n]]
    test, step = _writer(pure(attrs["cond_graph"])), _writer(graph)

    def goes_on(inner, *given):
        return test(inner, *given[n + 1 :])[0]

    def forward(inner, t, *given):
        held, operands = given[1 : n + 1], given[n + 1 :]
        held = [inner.add("TensorListPushBack", h, x) for h, x in zip(held, operands)]
        new = step(inner, *operands)
        return [inner.add("AddV2", t, inner.size(1)), *held, *new, *operands[n:]]

    found = body.loop([body.size(0), *lists, *state, *rest], goes_on, forward)
    rounds, lists = found[0], found[1 : 1 + n]
    carried = floats(graph.outputs)
    of_rest = tuple(i for i in wanted if i >= n)
    backward = _writer(vjp_graph(graph, carried + of_rest, carried)[0])
    sums = [body.add("ZerosLike", inputs[i]) for i in of_rest]
    n_carried, n_sums = len(carried), len(of_rest)

    def back(inner, _, *given):
        given = iter(given)
        held, cots, totals = ([next(given) for _ in range(k)] for k in (n, n_carried, n_sums))
        constant = list(given)
        popped = [
            inner.add(
                "TensorListPopBack",
                h,
                inner.constant(element_shape(v.shape)),
                element_dtype=type_of(v.dtype),
            )
            for h, v in zip(held, graph.inputs)
        ]
        grads = backward(inner, *[x for _, x in popped], *constant, *cots)
        totals = [inner.add("AddV2", s, d) for s, d in zip(totals, grads[n_carried:])]
        return [*[h for h, _ in popped], *grads[:n_carried], *totals, *constant]

    found = body.loop([*lists, *cotangents, *sums, *rest], None, back, rounds=rounds)
    grads = dict(zip(carried + of_rest, found[n:]))
    return [grads[i] for i in wanted]


def _empty_list(body, value):
    shape = body.constant(element_shape(value.shape))
    many = body.constant(-1, np.int32)
    return body.add("EmptyTensorList", shape, many, element_dtype=type_of(value.dtype))


# -- effects ---------------------------------------------------------------------------------------


def template_of(pieces):
    """(a template, what stands for a value in it) of texts and None for values."""
    mark = "{}"
    while any(mark in p for p in pieces if p is not None):
        mark = "{" + mark + "}"
    return "".join(mark if p is None else p for p in pieces), mark


def formatted(body, inputs, pieces, summarize):
    """Values in a text."""
    template, mark = template_of(pieces)
    attrs = {"template": template, "placeholder": mark, "summarize": summarize}
    return body.add("StringFormat", list(inputs), **attrs)


@graph_rule("print")
def _print(body, node, inputs):
    pieces, summarize, stream, end = (
        node.attrs[k] for k in ("pieces", "summarize", "stream", "end")
    )
    name = {id(sys.stderr): "stderr", id(sys.stdout): "stdout"}.get(id(stream), str(stream))
    name = name.removeprefix("sys.")
    if name not in ("stderr", "stdout"):
        raise NotImplementedError(
            "[saved_model] tf.print to a stream of one's own cannot be written for TensorFlow: "
            "print to sys.stdout or sys.stderr."
        )
    text = formatted(body, inputs, pieces, summarize)
    body.ordered("PrintV2", text, output_stream=name, end=end)


@graph_rule("assert")
def _assert(body, node, inputs):
    condition, *data = inputs
    message = body.constant(np.array(node.attrs["message"].encode(), object))
    body.ordered("Assert", condition, [message, *data])


@graph_rule("timestamp")
def _timestamp(body, node, inputs):
    return body.ordered("Timestamp")
