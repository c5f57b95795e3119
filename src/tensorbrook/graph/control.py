"""The primitives of control flow: cond, while, scan. Their attrs hold finished graphs.

The graphs are closed: what a branch or a body uses comes in through operands. The kernels are
Python loops over the graphs' programs; a compiler has better ways. Gradients are graphs as well:
of a cond the cond of both branches' gradients, of a scan the scan of the body's gradient in the
opposite direction, over the states that the forward run saved. A while loop's length is not known
before it ends: its gradient is a primitive of its own that keeps the states in a list.
"""

import numpy as np

from ..autodiff.tape import GradientTape
from ..base.context import context
from ..base.dtypes import is_differentiable
from ..core.dispatch import apply, init_scope
from ..core.op import Op, Spec, fail, show_spec
from ..core.tensor import wrap
from ..ops._families import draw
from ..ops.create import zeros
from ..ops.elementwise import add, sin, tanh
from .interp import interpret
from .subgraphs import compiled, floats, pure, saving, traced, vjp_graph

_BOOL, _INT, _FLOAT = np.dtype(bool), np.dtype(np.int32), np.dtype(np.float64)


def _results(values):
    """Several results are a tuple, one is bare: as all primitives have it."""
    return values[0] if len(values) == 1 else tuple(values)


def as_tuple(value):
    """The results of a primitive, also where it is one."""
    return value if type(value) is tuple else (value,)


def _specs(values):
    return [Spec(v.shape, v.dtype) for v in values]


def _is_zero(tensor):
    """True for a cotangent known to be zero: that of a result nobody used."""
    return tensor.is_eager and not tensor.host().any()


def _check_fit(name, what, specs, values):
    """Raises unless operands (or results) are those a graph takes."""
    got = [(tuple(s.shape), s.dtype) for s in specs]
    if got != [(v.shape, v.dtype) for v in values]:
        want = ", ".join(map(show_spec, values))
        fail(name, f"Operands that do not fit its {what}", specs, f"It takes {want}.")


def _check_condition(name, spec):
    if spec.shape or spec.dtype != _BOOL:
        fix = "Reduce it, as in tf.reduce_any(x), and compare numbers, as in x > 0."
        fail(name, "The condition must be a boolean scalar", (spec,), fix, ("pred",))


# -- cond ------------------------------------------------------------------------------------------


def _cond_kernel(pred, *operands, then_graph, else_graph):
    return _results(compiled(then_graph if pred else else_graph)(*operands))


def _cond_infer(pred, *operands, then_graph, else_graph):
    _check_condition("cond", pred)
    _check_fit("cond", "true branch", operands, then_graph.inputs)
    _check_fit("cond", "false branch", operands, else_graph.inputs)
    _check_fit("cond", "true branch's results", _specs(else_graph.outputs), then_graph.outputs)
    return _results(_specs(then_graph.outputs))


def _cond_vjp(g, y, inputs, attrs, needs):
    graphs = attrs["then_graph"], attrs["else_graph"]
    given = floats(graphs[0].outputs)
    cotangents = [as_tuple(g)[i] for i in given]
    wanted = tuple(i for i in floats(graphs[0].inputs) if needs[i + 1])
    flags = [vjp_graph(graph, wanted, given)[1] for graph in graphs]
    wanted = tuple(i for i, *of_both in zip(wanted, *flags) if any(of_both))
    grads = [None] * len(inputs)
    if wanted:
        then_graph, else_graph = (vjp_graph(graph, wanted, given)[0] for graph in graphs)
        attrs = {"then_graph": then_graph, "else_graph": else_graph}
        found = as_tuple(apply(cond, (*inputs, *cotangents), attrs))
        for i, grad in zip(wanted, found):
            grads[i + 1] = grad
    return grads


def _cond_samples(rng):
    specs = [Spec((3,), _FLOAT), Spec((3,), _FLOAT)]
    graphs = {
        "then_graph": traced("then", lambda x, w: [sin(x) * w, x * x], specs),
        "else_graph": traced("else", lambda x, w: [tanh(w), w], specs),
    }
    x, w = draw(rng, (3,), (-2, 2)), draw(rng, (3,), (-2, 2))
    return [((np.array(pred), x, w), graphs) for pred in (True, False)]


cond = Op(
    "cond",
    _cond_kernel,
    _cond_infer,
    _cond_vjp,
    samples=_cond_samples,
    tolerance="scale",
    doc="The results of one of two graphs, by a condition.",
)


# -- scan ------------------------------------------------------------------------------------------


def _row(array, t):
    """array[t], as an array also where the elements are Python objects."""
    return array[t] if array.dtype != object else array[t : t + 1].reshape(array.shape[1:])


def _scan_kernel(*operands, body_graph, length, n_state, n_xs, reverse, saved, flush=False):
    step, outputs = compiled(body_graph), body_graph.outputs[n_state:]
    state, xs = operands[:n_state], operands[n_state : n_state + n_xs]
    rest = operands[n_state + n_xs :]
    ys = [np.empty((length, *v.shape), v.dtype) for v in outputs]
    for t in range(length - 1, -1, -1) if reverse else range(length):
        results = step(*state, *[_row(x, t) for x in xs], *rest)
        state = results[:n_state]
        for y, row in zip(ys, results[n_state:]):
            y[t] = row
    return _results([*state, *ys])


def _scan_infer(*operands, body_graph, length, n_state, n_xs, reverse, saved, flush=False):
    rows = operands[n_state : n_state + n_xs]
    if any(not s.shape or s.shape[0] != length for s in rows):
        fail("scan", f"Each first dimension must be the length {length}", rows, "")
    rows = [Spec(s.shape[1:], s.dtype) for s in rows]
    state, rest = operands[:n_state], operands[n_state + n_xs :]
    _check_fit("scan", "body", [*state, *rows, *rest], body_graph.inputs)
    _check_fit("scan", "body's new state", state, body_graph.outputs[:n_state])
    ys = [Spec((length, *v.shape), v.dtype) for v in body_graph.outputs[n_state:]]
    return _results([*state, *ys])


def with_states(attrs):
    """The attrs of a scan that returns each iteration's state too: what its gradient goes by."""
    if attrs["saved"]:
        return attrs
    return attrs | {"body_graph": saving(attrs["body_graph"], attrs["n_state"]), "saved": True}


def run_scan(operands, attrs):
    """Runs or records a scan, with its states saved where a tape is on; returns a tuple."""
    count = len(attrs["body_graph"].outputs)
    outputs = apply(scan, tuple(operands), with_states(attrs) if context.tapes else attrs)
    return as_tuple(outputs)[:count]


def _backward_body(body, n_state, n_xs, wanted, given):
    """The body of a scan's gradient.

    Its state are the cotangents of the states and the sums of the invariants' cotangents; its xs
    are the states, the xs, and the cotangents of the ys that are given.

    Args:
      wanted: indices of the body's inputs: states, then xs, then invariants.
      given: indices of the body's outputs: states, then ys.
    """
    key = "backward", wanted, given
    if key in body.cache:
        return body.cache[key]
    gradient, _ = vjp_graph(body, wanted, given)
    inputs, first_rest = body.inputs, n_state + n_xs
    n_carried = sum(i < n_state for i in wanted)
    summed = [inputs[i] for i in wanted if i >= first_rest]
    n_rows = len(wanted) - n_carried - len(summed)

    def backward(*tensors):
        tensors = iter(tensors)

        def take(count):
            return [next(tensors) for _ in range(count)]

        carried, sums, forward = take(n_carried), take(len(summed)), take(first_rest)
        cotangents, rest = take(len(given) - n_carried), list(tensors)
        found = interpret(gradient, [*forward, *rest, *carried, *cotangents])
        rows, new = found[n_carried:][:n_rows], found[n_carried + n_rows :]
        return [*found[:n_carried], *[add(s, d) for s, d in zip(sums, new)], *rows]

    of_ys = [body.outputs[i] for i in given[n_carried:]]
    specs = [inputs[i] for i in wanted[:n_carried]] + summed + inputs[:first_rest] + of_ys
    made = traced(f"{body.name}_backward", backward, specs + inputs[first_rest:])
    body.cache[key] = made
    return made


def _scan_vjp(g, y, inputs, attrs, needs):
    body, n, n_xs = attrs["body_graph"], attrs["n_state"], attrs["n_xs"]
    g, carried = as_tuple(g), floats(body.inputs[:n])
    given = [i for i in floats(body.outputs) if i >= n and not _is_zero(g[i])]
    given = carried + tuple(given)
    wanted = carried + tuple(i for i in floats(body.inputs) if i >= n and needs[i])
    flags = vjp_graph(body, wanted, given)[1]
    wanted = tuple(i for i, flag in zip(wanted, flags) if i < n or flag)
    if not wanted:
        return [None] * len(inputs)
    if attrs["saved"]:
        states = as_tuple(y)[len(g) - n :] if n else ()
    else:
        pure_attrs = with_states(attrs | {"body_graph": pure(body)})
        states = as_tuple(apply(scan, inputs, pure_attrs))[len(g) :]
    backward = _backward_body(body, n, n_xs, wanted, given)
    sums = [i for i in wanted if i >= n + n_xs]
    operands = [g[i] for i in carried] + [
        zeros(body.inputs[i].shape, body.inputs[i].dtype) for i in sums
    ]
    operands += [*states, *inputs[n : n + n_xs], *[g[i] for i in given if i >= n]]
    of_scan = {
        "body_graph": backward,
        "length": attrs["length"],
        "n_state": len(carried) + len(sums),
        "n_xs": n + n_xs + len(given) - len(carried),
        "reverse": not attrs["reverse"],
        "saved": False,
        # Gradients of long sequences fade until they are subnormal: processors are slow with that.
        "flush": True,
    }
    found = run_scan([*operands, *inputs[n + n_xs :]], of_scan)
    order = [*carried, *sums, *[i for i in wanted if n <= i < n + n_xs]]
    grads = dict(zip(order, found))
    return [grads.get(i) if need else None for i, need in enumerate(needs)]


def _scan_samples(rng):
    specs = [Spec((2,), _FLOAT), Spec((), _INT), Spec((2,), _FLOAT), Spec((2,), _FLOAT)]
    plain = traced("body", lambda h, i, x, w: [tanh(h * w + x), i + 1, sin(h) * x], specs)
    arrays = draw(rng, (2,), (-2, 2)), np.array(3, _INT), draw(rng, (4, 2), (-2, 2))
    operands = (*arrays, draw(rng, (2,), (-2, 2)))
    attrs = {"body_graph": plain, "length": 4, "n_state": 2, "n_xs": 1, "saved": False}
    empty = (*arrays[:2], np.zeros((0, 2)), operands[3])
    return [
        (operands, attrs | {"reverse": False}),
        (operands, with_states(attrs | {"reverse": True})),
        (empty, attrs | {"reverse": False, "length": 0}),
    ]


scan = Op(
    "scan",
    _scan_kernel,
    _scan_infer,
    _scan_vjp,
    samples=_scan_samples,
    tolerance="scale",
    doc="Runs a graph a known number of times, on states and on slices of the operands.",
    on_tape=with_states,
)


# -- while -----------------------------------------------------------------------------------------


def _while_kernel(*operands, cond_graph, body_graph, n_state):
    test, step = compiled(cond_graph), compiled(body_graph)
    state, rest = operands[:n_state], operands[n_state:]
    while test(*state, *rest)[0]:
        state = step(*state, *rest)
    return _results(state)


def _while_infer(*operands, cond_graph, body_graph, n_state):
    _check_fit("while", "condition", operands, cond_graph.inputs)
    _check_condition("while", cond_graph.outputs[0])
    _check_fit("while", "body", operands, body_graph.inputs)
    _check_fit("while", "body's new state", operands[:n_state], body_graph.outputs)
    return _results(operands[:n_state])


def _while_vjp(g, y, inputs, attrs, needs):
    body, n = attrs["body_graph"], attrs["n_state"]
    carried = floats(body.outputs)
    wanted = tuple(i for i in floats(body.inputs) if needs[i])
    flags = vjp_graph(body, wanted, carried)[1]
    wanted = tuple(i for i, flag in zip(wanted, flags) if i < n or flag)
    if not wanted:
        return [None] * len(inputs)
    operands = (*inputs, *[as_tuple(g)[i] for i in carried])
    found = as_tuple(apply(while_gradient, operands, attrs | {"wanted": (wanted,)}))
    grads = dict(zip(wanted, found))
    return [grads.get(i) for i in range(len(inputs))]


def _while_samples(rng):
    specs = [Spec((), _INT), Spec((2,), _FLOAT), Spec((), _INT), Spec((2,), _FLOAT)]
    attrs = {
        "cond_graph": traced("cond", lambda i, x, n, w: [i < n], specs),
        "body_graph": traced("body", lambda i, x, n, w: [i + 1, sin(x) * w + x], specs),
        "n_state": 2,
    }
    x, w = draw(rng, (2,), (-2, 2)), draw(rng, (2,), (-2, 2))
    return [((np.array(0, _INT), x, np.array(n, _INT), w), attrs) for n in (3, 0)]


while_ = Op(
    "while",
    _while_kernel,
    _while_infer,
    _while_vjp,
    samples=_while_samples,
    tolerance="scale",
    doc="Runs a graph on its own results while a condition holds.",
)


def _walk_back(arrays, cond_graph, body_graph, n_state, wanted):
    """The gradient of a while loop: forward with all states kept, then backward over them."""
    test, step, count = (
        compiled(pure(cond_graph)),
        compiled(pure(body_graph)),
        len(body_graph.inputs),
    )
    state, rest, cotangents = arrays[:n_state], arrays[n_state:count], arrays[count:]
    states = []
    while test(*state, *rest)[0]:
        states.append(state)
        state = step(*state, *rest)
    carried = floats(body_graph.outputs)
    of_rest = tuple(i for i in wanted if i >= n_state)
    gradient = compiled(vjp_graph(body_graph, carried + of_rest, carried)[0])
    sums = [np.zeros(body_graph.inputs[i].shape, body_graph.inputs[i].dtype) for i in of_rest]
    for state in reversed(states):
        found = gradient(*state, *rest, *cotangents)
        cotangents = found[: len(carried)]
        sums = [s + d for s, d in zip(sums, found[len(carried) :])]
    grads = dict(zip(carried + of_rest, [*cotangents, *sums]))
    return _results([grads[i] for i in wanted])


def _derivative(tensors, order, attrs):
    """The loop (order 0) or a derivative of it, in eager functions that tapes see."""
    n, wanted = attrs["n_state"], attrs["wanted"]
    if not order:
        state, rest = list(tensors[:n]), tensors[n:]
        while interpret(pure(attrs["cond_graph"]), [*state, *rest])[0].host():
            state = interpret(pure(attrs["body_graph"]), [*state, *rest])
        return state
    count = len(_operands(order - 1, attrs))
    sources = [tensors[i] for i in wanted[order - 1]]
    with GradientTape() as tape:
        tape.watch(sources)
        results = _derivative(tensors[:count], order - 1, attrs)
    results = [y for y in results if is_differentiable(y._dtype)]
    return tape.gradient(results, sources, list(tensors[count:]), "zero")


def _operands(order, attrs):
    """What a while loop's derivative takes: the operands of the one before, and cotangents."""
    if not order:
        return list(attrs["body_graph"].inputs)
    before, results = _operands(order - 1, attrs), attrs["body_graph"].outputs
    if order == 1:
        return before + [results[i] for i in floats(results)]
    return before + [before[i] for i in attrs["wanted"][order - 2]]


def _while_gradient_kernel(*arrays, **attrs):
    order = len(attrs["wanted"])
    if order == 1:
        return _walk_back(arrays, **attrs | {"wanted": attrs["wanted"][0]})
    with init_scope():
        return _results([t.host() for t in _derivative(list(map(wrap, arrays)), order, attrs)])


def _while_gradient_infer(*operands, **attrs):
    _check_fit("while_gradient", "derivative", operands, _operands(len(attrs["wanted"]), attrs))
    return _results([operands[i] for i in attrs["wanted"][-1]])


def _while_gradient_vjp(g, y, inputs, attrs, needs):
    wanted = tuple(i for i, x in enumerate(inputs) if needs[i] and is_differentiable(x._dtype))
    attrs = attrs | {"wanted": (*attrs["wanted"], wanted)}
    found = as_tuple(apply(while_gradient, (*inputs, *as_tuple(g)), attrs))
    grads = dict(zip(wanted, found))
    return [grads.get(i) for i in range(len(inputs))]


def _while_gradient_samples(rng):
    return [
        ((*arrays, draw(rng, (2,), (-2, 2))), attrs | {"wanted": ((1, 3),)})
        for arrays, attrs in _while_samples(rng)
    ]


while_gradient = Op(
    "while_gradient",
    _while_gradient_kernel,
    _while_gradient_infer,
    _while_gradient_vjp,
    samples=_while_gradient_samples,
    tolerance="scale",
    doc="The derivative of a while loop, of any order: one more for each entry of `wanted`.",
)
