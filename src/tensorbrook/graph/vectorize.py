"""tf.vectorized_map: a function of one example, traced, and run on all examples at once.

The trace of the function is walked node by node. Values that depend on the examples have the batch
as first axis; nodes that meet such run by the rules of `batch_rules.py`, all others as they are.
Gradients that the function computes are nodes like others, and what tapes and traces outside see
are the primitives that run here: so maps and gradients nest in any order.
"""

from collections import Counter

from ..base import nest
from ..base.context import context
from ..base.dims import bind, evaluate, has_dims
from ..base.errors import TraceBreak
from ..core.dispatch import apply, current_trace
from ..core.op import Spec
from ..core.tensor import convert_to_tensor, wrap
from ..ops import _draws
from ..ops.elementwise import add
from ..ops.join import stack
from ..ops.matmul import matmul
from ..ops.reduce import reduce_any
from ..ops.shape import reshape
from .batch_rules import RULES, Call, batched, choose, led, rule, swapped
from .control import as_tuple
from .ir import Graph
from .nested import SubTrace
from .subgraphs import traced
from .trace import Trace


class _ExampleTrace(SubTrace):
    """The trace of the function of one example, in a trace or in none.

    The tapes outside stay on: what is computed in it of values alone runs here and now, once.
    """

    def __enter__(self):
        super().__enter__()
        context.tapes = list(self._tapes)
        return self

    def initial_value(self, variable, tensor):
        if self._parent is None:
            return Trace.initial_value(self, variable, tensor)
        return super().initial_value(variable, tensor)


def vectorized_map(fn, elems):
    """`fn` of all slices of `elems` at once.

    Args:
      elems: a structure of tensors with equal first dimensions.

    Raises:
      TraceBreak: `fn` needs values of tensors, or assigns what depends on the examples.
    """
    leaves = [convert_to_tensor(v) for v in nest.flatten(elems)]
    size = leaves[0]._shape[0]
    with _ExampleTrace("example") as trace:
        arguments = [trace.argument(x._shape[1:], x._dtype) for x in leaves]
        result = fn(nest.pack_sequence_as(elems, arguments))
        outputs = [convert_to_tensor(v) for v in nest.flatten(result)]
        trace.close(outputs)
    captured = [t for t, _ in trace.captured.values()]
    variables, written = trace.variables, trace.written
    inputs = [a._value for a in arguments] + [trace.captured_value(t) for t in captured]
    inputs += [trace.entry_value(v) for v in variables]
    graph = trace.graph_of(inputs, [*trace.results, *[trace.last_value(v) for v in written]])
    operands = [*leaves, *captured, *[v._read() for v in variables]]
    flags = [i < len(leaves) for i in range(len(operands))]
    streams = Streams(graph, inputs[len(operands) - len(variables) :], size)
    found, which = walk(graph, operands, flags, size, streams)
    count = len(outputs)
    if any(which[count:]):
        raise TraceBreak("it assigns to a variable what depends on the examples")
    for variable, value in zip(written, found[count:]):
        variable.assign(value)
    found = [led(y, flag, size) for y, flag in zip(found[:count], which)]
    return nest.pack_sequence_as(result, found) if nest.is_nested(result) else found[0]


class Streams:
    """The states of random numbers in a graph, which give each example numbers of its own.

    Args:
      graph: of one example.
      values: those among its inputs that are variables.
      size: how many examples there are.
    """

    def __init__(self, graph, values, size):
        skips = [node for node in graph.nodes if node.op is _draws.skip]
        self.size, self.counts = size, {node.inputs[0]: node.attrs["count"] for node in skips}
        read = set(values)
        for node in graph.nodes:
            if node.op.name in ("identity", "random_skip") and node.inputs[0] in read:
                read.update(node.outputs)  # the state as a generator reads it, and after a draw
        self.states = {v for v in read if v in self.counts}

    def of(self, node):
        """Whether a node draws of a stream, or moves one on."""
        if node.op.name == "identity" or not any(v in self.states for v in node.inputs):
            return False
        if self.size.__class__ is not int or node.graphs:
            raise TraceBreak("it draws random numbers in a loop, or for unknown examples")
        return True

    def skipped(self, node):
        """The attributes that move a stream on for all examples."""
        return node.attrs | {"count": node.attrs["count"] * self.size}

    def own(self, state, value):
        """The state of each example, one behind the other in the stream."""
        count = self.counts[value]
        places = [{"count": count * i} for i in range(self.size)]
        return stack([apply(_draws.skip, (state,), attrs) for attrs in places])


def walk(graph, tensors, flags, size, streams=None):
    """Runs a graph on operands of which some have the batch in front.

    Args:
      flags: for each operand whether it has.
      size: the batch's size.
      streams: the Streams of random numbers.

    Returns:
      (the results, for each whether it has the batch axis).
    """
    known = dict(zip(graph.inputs, tensors))
    moving = {v for v, flag in zip(graph.inputs, flags) if flag}
    sizes, is_open = {}, graph.open_sizes
    for value, tensor, flag in zip(graph.inputs, tensors, flags):
        bind(value.shape, tensor._shape[flag:], sizes)
    for value, array in graph.constants.items():
        known[value] = wrap(array)
    for node in graph.nodes:
        attrs = evaluate(node.attrs, sizes) if is_open else node.attrs
        given = [v in moving for v in node.inputs]
        random = streams is not None and streams.of(node)
        if random and node.op is _draws.skip:
            attrs, random = streams.skipped(node), False
        if context.tapes and node.op.on_tape is not None:
            attrs = node.op.on_tape(attrs)
        operands = tuple([known[v] for v in node.inputs])
        if random and (any(given) or node.op.name not in RULES):
            own = [v in streams.states for v in node.inputs]
            operands = tuple(
                [streams.own(x, v) if o else x for x, v, o in zip(operands, node.inputs, own)]
            )
            given, random = [g or o for g, o in zip(given, own)], False
        if any(given) or random:
            shapes = [evaluate(v.shape, sizes) if is_open else v.shape for v in node.inputs]
            results = [evaluate(v.shape, sizes) if is_open else v.shape for v in node.outputs]
            out = batched(Call(node.op, attrs, operands, given, shapes, results, size, random))
            moving.update(node.outputs)
        elif not node.inputs and has_dims(attrs):
            out = current_trace().record(node.op, (), attrs)
        else:
            out = apply(node.op, operands, attrs)
        outputs = as_tuple(out)
        known.update(zip(node.outputs, outputs))
        if is_open:
            for value, tensor in zip(node.outputs, outputs):
                bind(value.shape, tensor._shape[value in moving :], sizes)
    return [known[v] for v in graph.outputs], [v in moving for v in graph.outputs]


def _reached(graph, flags):
    """For each result of a graph whether it depends on flagged inputs."""
    moving = {v for v, flag in zip(graph.inputs, flags) if flag}
    for node in graph.nodes:
        if any(v in moving for v in node.inputs):
            moving.update(node.outputs)
    return [v in moving for v in graph.outputs]


def _settled(graph, flags, n_state):
    """(a loop's flags, with those of the states that come to depend on others; the results')."""
    flags = list(flags)
    while True:
        found = _reached(graph, flags)
        more = [i for i in range(n_state) if found[i] and not flags[i]]
        if not more:
            return flags, found
        for i in more:
            flags[i] = True


def _graph_for_batches(graph, flags, wanted, size, also=None):
    """A graph on batches.

    Args:
      flags: for each input whether it has the batch in front.
      wanted: for each result whether it gets the batch in front.
      also: changes the results before they are returned, given the operands.
    """

    def whole(*tensors):
        found, which = walk(graph, tensors, flags, size)
        out = [led(y, f, size) if want else y for y, f, want in zip(found, which, wanted)]
        return also(tensors, out) if also else out

    specs = [Spec((size, *v.shape) if f else v.shape, v.dtype) for v, f in zip(graph.inputs, flags)]
    return traced(f"{graph.name}_batch", whole, specs)


def _sums_of_products(body, n_state):
    """The states that only add up products a^T b: dict from their numbers to (a, b).

    Gradients of weights are such. Their products of all iterations are one product after the loop,
    which spares a sum as large as the weights for each example and iteration.
    """
    uses = Counter(v for node in body.nodes for v in node.inputs) + Counter(body.outputs)
    made = {y: node for node in body.nodes for y in node.outputs}
    found = {}
    for i in range(n_state):
        state, total = body.inputs[i], body.outputs[i]
        node = made.get(total)
        if node is None or node.op.name != "add" or uses[state] != 1 or uses[total] != 1:
            continue
        terms = [v for v in node.inputs if v is not state]
        product = made.get(terms[0]) if len(terms) == 1 else None
        if product is not None and product.op.name == "matmul" and uses[terms[0]] == 1:
            flags = product.attrs["transpose_a"], product.attrs["transpose_b"]
            flat = all(len(v.shape) == 2 for v in (*product.inputs, state))
            if flags == (True, False) and flat and terms[0].shape == state.shape:
                found[i] = product.inputs
    return found


def _without_sums(body, sums, n_state):
    """The body without these states, with the factors of their products as further ys."""
    made = Graph(body.name)
    made.inputs = [v for i, v in enumerate(body.inputs) if i not in sums]
    made.constants, made.nodes = body.constants, body.nodes
    kept = [v for i, v in enumerate(body.outputs) if i not in sums]
    made.outputs = [*kept, *[v for pair in sums.values() for v in pair]]
    return made.without_dead_nodes()


def _over_time(factors):
    """Matrices (batch, iterations, m, k) as one for each example: (batch, iterations * m, k)."""
    size, steps, m, k = factors._shape
    return reshape(factors, (size, steps * m, k))


@rule("scan")
def _scan(call):
    """The loop's body on batches, but for sums of products, which are one product after it."""
    n, body = call.attrs["n_state"], call.attrs["body_graph"]
    sums = {} if call.attrs["saved"] else _sums_of_products(body, n)
    if not sums:
        return _loop_on_batches(call)

    def without(items):
        return [x for i, x in enumerate(items) if i not in sums]

    body = _without_sums(body, sums, n)
    attrs = call.attrs | {"body_graph": body, "n_state": n - len(sums)}
    factors = [(call.attrs["length"], *v.shape) for pair in sums.values() for v in pair]
    results = [*without(call.results), *factors]
    parts = map(without, (call.tensors, call.flags, call.shapes))
    out = list(_loop_on_batches(Call(call.op, attrs, *parts, results, call.size)))
    pairs = [out.pop() for _ in factors][::-1]
    for number, i in enumerate(sums):
        left, right = (_over_time(x) for x in pairs[2 * number : 2 * number + 2])
        out.insert(i, add(call.lead(i), matmul(left, right, transpose_a=True)))
    return tuple(out)


def _loop_on_batches(call):
    """The loop's body on batches; of its xs and ys the batch is the second axis within."""
    body, n, n_xs = call.attrs["body_graph"], call.attrs["n_state"], call.attrs["n_xs"]
    flags, results = _settled(body, call.flags, n)
    wanted = [flags[i] if i < n else f for i, f in enumerate(results)]
    made = _graph_for_batches(body, flags, wanted, call.size)
    tensors = [
        led(x, old, call.size) if new else x for x, old, new in zip(call.tensors, call.flags, flags)
    ]
    for i in range(n, n + n_xs):
        if flags[i]:
            tensors[i] = swapped(tensors[i])
    out = as_tuple(call.run(tensors, body_graph=made))
    done = []
    for i, (y, want) in enumerate(zip(out, wanted)):
        if i >= n and want:
            y = swapped(y)
        done.append(led(y, want, call.size))
    return tuple(done)


@rule("cond")
def _cond(call):
    """Both branches where the condition is an example's own, else the one that counts."""
    graphs = [call.attrs[k] for k in ("then_graph", "else_graph")]
    operands, flags = call.tensors[1:], call.flags[1:]
    if not call.flags[0]:
        wanted = [True] * len(graphs[0].outputs)
        made = [_graph_for_batches(g, flags, wanted, call.size) for g in graphs]
        return call.run(call.tensors, then_graph=made[0], else_graph=made[1])
    branches = []
    for graph in graphs:
        found, which = walk(graph, operands, flags, call.size)
        branches.append([led(y, f, call.size) for y, f in zip(found, which)])
    return tuple([choose(call.tensors[0], x, y) for x, y in zip(*branches)])


@rule("while")
def _while(call):
    """On as long as some example's condition holds; the others keep their states."""
    test, body, n = call.attrs["cond_graph"], call.attrs["body_graph"], call.attrs["n_state"]
    flags, _ = _settled(body, call.flags, n)
    own = _reached(test, flags)[0]
    if own:
        flags = [True] * n + flags[n:]
    tensors = [
        led(x, old, call.size) if new else x for x, old, new in zip(call.tensors, call.flags, flags)
    ]

    def kept(operands, new):
        found, _ = walk(test, operands, flags, call.size)
        return [choose(found[0], y, x) for x, y in zip(operands, new)]

    step = _graph_for_batches(body, flags, flags[:n], call.size, kept if own else None)
    some = (lambda _, found: [reduce_any(found[0])]) if own else None
    condition = _graph_for_batches(test, flags, [own], call.size, some)
    out = as_tuple(call.run(tensors, cond_graph=condition, body_graph=step))
    return tuple([led(y, flag, call.size) for y, flag in zip(out, flags)])


@rule("custom_gradient")
def _custom_gradient(call):
    attrs = call.attrs
    if attrs["fault"] is None:
        graph = attrs["gradient_graph"]
        all_of = [True] * len(graph.inputs)
        made = _graph_for_batches(graph, all_of, [True] * len(graph.outputs), call.size)
        attrs = attrs | {"gradient_graph": made}
    return apply(call.op, call.leads(), attrs)
