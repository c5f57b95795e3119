"""Reductions, what runs along an axis, sorting and softmax."""

import numpy as np

from ..writer import BOOL, FLOATS, INT64, NUMBERS, rule

_REDUCTIONS = {
    "reduce_sum": "ReduceSum", "reduce_max": "ReduceMax", "reduce_min": "ReduceMin",
    "reduce_prod": "ReduceProd",
}  # fmt: skip


def _reduced(w, kind, x, attrs):
    axes = w.ints(*attrs["axis"])
    return w.op(kind, x, axes, keepdims=attrs["keepdims"], noop_with_empty_axes=1)


@rule("reduce_max", "reduce_min", "reduce_prod", takes=NUMBERS)
@rule("reduce_sum", takes=NUMBERS | {"complex"})
def _reduction(w, node, x):
    return _reduced(w, _REDUCTIONS[node.op.name], x, node.attrs)


@rule("reduce_mean", takes=NUMBERS | {"complex"})
def _reduce_mean(w, node, x):
    if node.inputs[0].dtype.kind in "fc":
        return _reduced(w, "ReduceMean", x, node.attrs)
    count = 1
    for axis in node.attrs["axis"]:
        count = node.inputs[0].shape[axis] * count
    count = w.cast(w.scalar_size(count), INT64, node.inputs[0].dtype)
    return w.op("Div", _reduced(w, "ReduceSum", x, node.attrs), count)


@rule("reduce_any", "reduce_all")
def _truth(w, node, x):
    kind = "ReduceMax" if node.op.name == "reduce_any" else "ReduceMin"
    number = w.op("Cast", x, to=np.dtype(np.int32))
    return w.op("Cast", _reduced(w, kind, number, node.attrs), to=BOOL)


@rule("argmax", "argmin", takes=NUMBERS)
def _arg(w, node, x):
    kind = "ArgMax" if node.op.name == "argmax" else "ArgMin"
    found = w.op(kind, x, axis=node.attrs["axis"], keepdims=0)
    return w.cast(found, INT64, node.outputs[0].dtype)


@rule("cumsum", takes=NUMBERS | {"complex"})
def _cumsum(w, node, x):
    flags = {name: node.attrs[name] for name in ("exclusive", "reverse")}
    return w.op("CumSum", x, np.array(node.attrs["axis"]), **flags)


@rule("cumprod", takes=NUMBERS)
def _cumprod(w, node, x):
    return _running(w, node, x, 1, lambda body, a, b: body.op("Mul", a, b))


@rule("cumulative_logsumexp", takes=FLOATS)
def _cumulative_logsumexp(w, node, x):
    def join(body, a, b):
        high = body.op("Max", a, b)
        apart = body.op("Neg", body.op("Abs", body.op("Sub", a, b)))
        one = body.number(1, node.inputs[0].dtype)
        return body.op("Add", high, body.op("Log", body.op("Add", one, body.op("Exp", apart))))

    return _running(w, node, x, np.finfo(node.inputs[0].dtype).min, join)


def _running(w, node, x, start, join):
    """Running results along an axis: a Scan whose state is the result so far."""
    value, axis, backwards = node.inputs[0], node.attrs["axis"], node.attrs["reverse"]
    row = value.__class__(0, value.shape[:axis] + value.shape[axis + 1 :], value.dtype)
    body = w.inner("running")
    (so_far, *of_state), (one, *of_row) = body.placeholder(row), body.placeholder(row)
    joined = join(body, so_far, one)
    kept = so_far if node.attrs["exclusive"] else joined
    outputs = [(name, row.shape, row.dtype, None) for name in (joined, kept)]
    graph = body.finish([*of_state, *of_row], outputs)
    return w.op(
        "Scan", w.fill(start, row.shape, row.dtype), x, outputs=2, body=graph, num_scan_inputs=1,
        scan_input_axes=(axis,), scan_output_axes=(axis,),
        scan_input_directions=(int(backwards),), scan_output_directions=(int(backwards),),
    )[1]  # fmt: skip


@rule("softmax", takes=FLOATS)
def _softmax(w, node, x):
    return w.op("Softmax", x, axis=node.attrs["axis"])


@rule("log_softmax", takes=FLOATS)
def _log_softmax(w, node, x):
    return w.op("LogSoftmax", x, axis=node.attrs["axis"])


@rule("softmax_cross_entropy", takes=FLOATS)
def _softmax_cross_entropy(w, node, x, labels):
    product = w.op("Mul", labels, w.op("LogSoftmax", x, axis=-1))
    return w.op("Neg", w.op("ReduceSum", product, w.ints(-1), keepdims=0))


@rule("sparse_softmax_cross_entropy", takes=FLOATS, beside=(1,))
def _sparse_softmax_cross_entropy(w, node, x, labels):
    labels = w.unsqueeze(w.cast(labels, node.inputs[1].dtype, INT64), -1)
    found = w.op("GatherElements", w.op("LogSoftmax", x, axis=-1), labels, axis=-1)
    return w.op("Neg", w.squeeze(found, -1))


@rule("sparse_softmax_cross_entropy_gradient", takes=FLOATS, beside=(2,))
def _sparse_softmax_cross_entropy_gradient(w, node, g, x, labels):
    value, of_labels = node.inputs[1], node.inputs[2]
    classes = w.op("Equal", w.unsqueeze(w.cast(labels, of_labels.dtype, INT64), -1),
                   w.iota(value.shape[-1]))  # fmt: skip
    apart = w.op("Sub", w.op("Softmax", x, axis=-1), w.cast(classes, bool, value.dtype))
    return w.op("Mul", w.unsqueeze(g, -1), apart)


@rule("argsort", takes=NUMBERS)
def _argsort(w, node, x):
    axis, descending = node.attrs["axis"], node.attrs["descending"]
    count = w.size(node.inputs[0].shape[axis])
    found = w.op("TopK", x, count, outputs=2, axis=axis, largest=descending, sorted=1)[1]
    return w.cast(found, INT64, node.outputs[0].dtype)


@rule("searchsorted", takes=NUMBERS)
def _searchsorted(w, node, x, values):
    """How many of the sorted numbers are less (or not more) than each value."""
    kind = "Less" if node.attrs["side"] == "left" else "LessOrEqual"
    below = w.op(kind, w.unsqueeze(x, -2), w.unsqueeze(values, -1))
    count = w.op("ReduceSum", w.op("Cast", below, to=INT64), w.ints(-1), keepdims=0)
    return w.cast(count, INT64, node.outputs[0].dtype)
