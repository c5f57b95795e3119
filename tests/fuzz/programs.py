"""Random typed programs, drawn from the samples in the records of all primitives.

`programs()` is a hypothesis strategy of (graph, input arrays). A primitive declared anywhere is
drawn unasked. Every node is run as it is added: what its kernel refuses is left out, so that each
program runs, and what it should yield is known.
"""

from functools import cache

import ml_dtypes
import numpy as np
from hypothesis import strategies as st

from tensorbrook.base.dims import Dim, has_dims, told_by_data
from tensorbrook.base.errors import TraceBreak
from tensorbrook.base.shapes import broadcast
from tensorbrook.core.op import OPS, Spec
from tensorbrook.core.tensor import wrap
from tensorbrook.graph.ir import Graph, Node, Value
from tensorbrook.graph.trace import Trace

DTYPES = tuple(map(np.dtype, ("float32", "float64", "int32", "bool")))
INDEX = np.dtype("int64")  # of indices and counts: besides the dtypes, every program may have it
LARGEST = 1000  # elements
# The bits of NaNs, which bitcast shows, are no part of a value; a Cholesky factor is of use for
# matrices only that no random program makes.
LEFT_OUT = {"bitcast", "cholesky", "lu", "eig", "slogdet", "pinv", "expm"}
# whose operands belong together: row splits and values, boxes and scores
LEFT_OUT |= {"row_ids", "splits_of_ids", "ranges", "ragged_to_dense", "ragged_of_dense"}
LEFT_OUT |= {"ctc_decode", "combined_non_max_suppression", "non_max_suppression_overlaps"}
# Drawn more often, beside movements, reductions and what broadcasts: most of a real graph.
FREQUENT = {"cast", "identity", "negative", "logical_not", "square", "abs", "relu", "exp", "concat"}
# On random matrices these magnify the last bits without bound.
ILL_CONDITIONED = (
    *("inv", "solve", "tridiagonal_solve", "pinv", "det", "slogdet", "lu", "cholesky", "qr", "svd"),
    *("eig", "self_adjoint_eig", "expm", "logm", "sqrtm"),
)
REFUSALS = (ValueError, TypeError, IndexError, ArithmeticError, TraceBreak, np.linalg.LinAlgError)

# -- what the records offer ------------------------------------------------------------------------


class Template:
    """One sample of a primitive in one dtype; `free` are the operands that may be others."""

    def __init__(self, op, arrays, attrs, free):
        self.op, self.arrays, self.attrs, self.free = op, arrays, attrs, free
        self.specs = [Spec(a.shape, a.dtype) for a in arrays]


def _in_dtype(op, arrays, attrs, free, dtype, dtypes):
    """The sample with its free operands in `dtype`, or None where its rule refuses them."""
    arrays = [a.astype(dtype) if i in free else a for i, a in enumerate(arrays)]
    if any(a.dtype not in (*dtypes, INDEX) for a in arrays):
        return None
    template = Template(op, arrays, attrs, free)
    try:
        inferred = op.infer(*template.specs, **attrs)
    except REFUSALS:
        return None
    inferred = inferred if type(inferred) is tuple else (inferred,)
    return template if all(s.dtype in (*dtypes, INDEX) for s in inferred) else None


@cache
def templates(left_out=frozenset(), dtypes=DTYPES):
    """{name of a primitive: its templates}, for all that programs can be made of."""
    table = {}
    for op in list(OPS.values()):
        if op.effect or op.name in LEFT_OUT | left_out:
            continue
        for arrays, attrs in op.samples(np.random.default_rng(0)):
            arrays = [np.asarray(a) for a in arrays]
            # the parameters of random numbers must be of the right size: they stay as they are
            varies = not op.name.startswith("random_")
            free = [
                i
                for i, a in enumerate(arrays)
                if varies and a.dtype.kind == "f" and i not in op.constants
            ]
            found = [
                _in_dtype(op, arrays, attrs, free, d, dtypes)
                for d in (dtypes if free else dtypes[:1])
            ]
            table.setdefault(op.name, []).extend(t for t in found if t is not None)
    return {name: found for name, found in table.items() if found}


# -- attributes for operands of any shape ----------------------------------------------------------


def _axes(draw, shape):
    return tuple(i for i in range(len(shape)) if draw(st.booleans()))


def _reduction(draw, shape):
    return {"axis": _axes(draw, shape), "keepdims": draw(st.booleans())}


def _reshape(draw, shape):
    size = int(np.prod(shape))
    ways = [(size,), (1, *shape), (*shape, 1), tuple(d for d in shape if d != 1), shape, (1, size)]
    if size and size % 2 == 0:
        ways += [(2, size // 2), (size // 2, 1, 2)]
    return {"shape": draw(st.sampled_from(ways))}


def _broadcast(draw, shape):
    wide = tuple(draw(st.sampled_from((1, 2, 3))) if d == 1 else d for d in shape)
    return {"shape": draw(st.sampled_from(((), (2,), (1,)))) + wide}


def _slice(draw, shape):
    whole = ("slice", None, None, None)
    ways = [
        whole,
        whole,
        ("slice", 0, 2, 1),
        ("slice", None, None, -1),
        ("slice", 1, None, 2),
        None,
    ]
    key = tuple(draw(st.sampled_from(ways)) for _ in shape)
    return {"key": (*key, Ellipsis)}


def _pad(draw, shape):
    paddings = tuple(draw(st.sampled_from(((0, 0), (1, 0), (0, 2)))) for _ in shape)
    return {"paddings": paddings, "mode": "constant", "value": draw(st.sampled_from((0, 1)))}


VARIED = {
    **{n: _reduction for n in OPS if n.startswith("reduce_")},
    "reshape": _reshape,
    "broadcast_to": _broadcast,
    "strided_slice": _slice,
    "pad": _pad,
    "transpose": lambda draw, shape: {"perm": tuple(draw(st.permutations(range(len(shape)))))},
    "reverse": lambda draw, shape: {"axis": _axes(draw, shape)},
}

# -- programs --------------------------------------------------------------------------------------


def _array(rng, shape, dtype, special):
    """Numbers for an input: ordinary ones, and zeros of both signs, infinities, NaNs, limits."""
    if dtype.kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    if dtype.kind in "iu":
        ordinary, limits = rng.integers(-3, 6, shape), np.iinfo(dtype)
        rare = np.array([0, limits.max, limits.min, -1], dtype)
    else:
        ordinary, limits = rng.uniform(-2, 2, shape), ml_dtypes.finfo(dtype)
        rare = [0.0, -0.0, np.inf, -np.inf, np.nan, limits.tiny, limits.max, 1.0]
        rare = np.array(rare, dtype)
    ordinary = np.asarray(ordinary).astype(dtype)
    if not special:
        return ordinary
    return np.where(rng.random(shape) < 0.4, rng.choice(rare, shape), ordinary).astype(dtype)


class _Maker:
    """A program in the making: its graph, and the array that each value has in this run."""

    def __init__(self, draw, special, dtypes):
        self.draw, self.special, self.known = draw, special, (*dtypes, INDEX)
        self.rng = np.random.default_rng(draw(st.integers(0, 2**16)))
        self.graph, self.arrays = Graph("program"), {}

    def _value(self, array):
        value = Value(len(self.arrays), array.shape, array.dtype)
        self.arrays[value] = array
        return value

    def input(self, shape, dtype):
        value = self._value(_array(self.rng, shape, dtype, self.special))
        self.graph.inputs.append(value)
        return value

    def given(self, array):
        """A value for an array that must be this one: a constant, or an input."""
        value = self._value(array)
        if self.draw(st.booleans()):
            self.graph.constants[value] = array
        else:
            self.graph.inputs.append(value)
        return value

    def constant(self, dtype):
        """A constant of the kind that rules look for."""
        numbers = (True, False) if dtype.kind == "b" else (0, 1, 2, -1)
        array = np.asarray(self.draw(st.sampled_from(numbers)), dtype)
        if dtype.kind in "fV" and self.draw(st.booleans()):
            array = np.asarray(-array)
        if self.draw(st.booleans()):
            array = np.full(self.draw(st.sampled_from(((3,), (2, 3), (1, 1)))), array)
        value = self._value(array)
        self.graph.constants[value] = array
        return value

    def add(self, op, operands, attrs):
        """The results of a new node; () where its rule or its kernel refuses the operands."""
        arrays = [self.arrays[v] for v in operands]
        try:
            inferred = op.infer(*[Spec(v.shape, v.dtype) for v in operands], **attrs)
            with np.errstate(all="ignore"):
                results = op.kernel(*arrays, **attrs)
        except REFUSALS:
            return ()
        inferred = inferred if type(inferred) is tuple else (inferred,)
        if any(has_dims(s.shape) for s in inferred):
            return ()  # a size told by data: other tests' matter
        results = [np.asarray(r) for r in (results if type(results) is tuple else (results,))]
        if [(tuple(s.shape), s.dtype) for s in inferred] != [(r.shape, r.dtype) for r in results]:
            return ()  # attributes of a sample, on operands that they were not made for
        if max(r.size for r in results) > LARGEST or any(
            r.dtype not in self.known for r in results
        ):
            return ()
        outputs = tuple([self._value(r) for r in results])
        self.graph.nodes.append(Node(op, tuple(operands), attrs, outputs))
        return outputs

    def reshaped(self, value, shape):
        """A value of another shape made of `value`: repeated, cut, and reshaped."""
        size, have = int(np.prod(shape)), int(np.prod(value.shape))
        if have == 0 and size:
            return self.input(shape, value.dtype)
        if have != size and len(value.shape) != 1:
            (value,) = self.add(OPS["reshape"], [value], {"shape": (have,)})
        if have < size:
            (value,) = self.add(OPS["concat"], [value] * -(-size // have), {"axis": 0})
        if have != size and value.shape[0] > size:
            (value,) = self.add(OPS["strided_slice"], [value], {"key": (("slice", 0, size, 1),)})
        if value.shape == shape:
            return value
        return self.add(OPS["reshape"], [value], {"shape": shape})[0]

    def operand(self, spec, beside=None):
        """A value of the dtype of `spec`: one there is, a new input, or a constant."""
        there = [v for v in self.arrays if v.dtype == spec.dtype]
        if beside is not None:  # later operands had best broadcast with the first
            there = [v for v in there if broadcast(v.shape, beside.shape) is not None]
        kind = self.draw(st.integers(0, 9))
        if kind == 0 or not there:
            return self.input(spec.shape, spec.dtype)
        if kind == 1 and beside is not None:
            return self.constant(spec.dtype)
        if kind < 5:
            return there[-1]
        return there[self.draw(st.integers(0, len(there) - 1))]

    def template(self, found):
        """One of the templates, of a dtype that there is if any is."""
        dtypes = {v.dtype for v in self.arrays}
        fits = [t for t in found if t.free and t.specs[t.free[0]].dtype in dtypes] or found
        return fits[self.draw(st.integers(0, len(fits) - 1))]

    def step(self, found):
        """One more primitive, on operands as they are or else in the sample's shapes."""
        template = self.template(found)
        op, operands, first = template.op, [], None
        for i, (array, spec) in enumerate(zip(template.arrays, template.specs)):
            if i in template.free:
                operands.append(self.operand(spec, first))
                first = operands[-1] if first is None else first
            else:
                operands.append(self.given(array))
        if op.name in VARIED and first is not None:
            self.add(op, operands, VARIED[op.name](self.draw, first.shape))
            return
        if template.free and self.add(op, operands, template.attrs):
            return
        for i in template.free:
            if operands[i].shape != template.specs[i].shape:
                operands[i] = self.reshaped(operands[i], template.specs[i].shape)
        self.add(op, operands, template.attrs)


@st.composite
def programs(draw, max_nodes=12, special=True, left_out=(), dtypes=DTYPES):
    """A strategy of (graph, input arrays): programs of about `max_nodes` nodes that run.

    Args:
      max_nodes: how many primitives are drawn; making their operands fit may take some more.
      special: put zeros of both signs, infinities, NaNs and limits among the inputs' numbers.
      left_out: names of primitives not to draw.
      dtypes: of the values, the most frequent one first.
    """
    table = templates(frozenset(left_out), dtypes)
    names = sorted(table)
    plain = [n for n in names if n in VARIED or n in FREQUENT or OPS[n].broadcasts]
    maker = _Maker(draw, special and draw(st.booleans()), dtypes)
    shape = draw(st.sampled_from(((2, 3), (3,), (), (4, 1), (2, 3, 4), (0, 3))))
    maker.input(shape, draw(st.sampled_from(dtypes)))
    for _ in range(draw(st.integers(1, max_nodes))):
        drawn = plain if draw(st.booleans()) else names
        maker.step(table[drawn[draw(st.integers(0, len(drawn) - 1))]])
        if len(maker.graph.nodes) >= max_nodes:
            break
    graph = maker.graph
    used = {v for n in graph.nodes for v in n.inputs}
    made = [v for n in graph.nodes for v in n.outputs]
    graph.outputs = [v for v in made if v not in used and draw(st.integers(0, 9))]
    graph.outputs += [v for v in made if v in used and not draw(st.integers(0, 4))]
    graph.outputs = graph.outputs or list(graph.inputs)
    return graph, [maker.arrays[v] for v in graph.inputs]


def opened(graph, size):
    """The graph with every dimension of `size` among its inputs' open, as the size n; or None.

    So are those in shapes among the attributes. None where its primitives cannot decide on that.
    """

    def put_in(shape):
        return tuple([Dim.symbol("n") if d == size else d for d in shape])

    inputs = [put_in(v.shape) for v in graph.inputs]
    if not has_dims(inputs):
        return None
    with Trace("opened") as trace:
        tensors = [trace.argument(s, v.dtype) for s, v in zip(inputs, graph.inputs)]
        known = dict(zip(graph.inputs, tensors))
        known.update((v, trace.wrap_constant(wrap(a))) for v, a in graph.constants.items())
        try:
            for node in graph.nodes:
                shapes = {
                    k: put_in(a) for k, a in node.attrs.items() if k == "shape" and node.inputs
                }
                out = trace.record(
                    node.op, tuple([known[v] for v in node.inputs]), {**node.attrs, **shapes}
                )
                known.update(zip(node.outputs, out if type(out) is tuple else (out,)))
            made = trace.finish([known[v] for v in graph.outputs])[0]
        except REFUSALS:
            return None
    data = any(told_by_data(name) for name in made.sizes)
    return None if data or any(v.dtype == object for n in made.nodes for v in n.outputs) else made


# -- running and comparing -------------------------------------------------------------------------


def run_in_order(graph, arrays):
    """The outputs, with every intermediate array laid out in row-major order.

    In what order NumPy sums depends on how its operand lies in memory. Here that depends on shapes
    alone, so programs that compute the same values give the same bits. Only the results of
    transpose stay views: a matrix product of one is then the product with the flag.
    """
    known = dict(zip(graph.inputs, arrays)) | graph.constants
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            results = node.op.kernel(*[known[v] for v in node.inputs], **node.attrs)
            results = results if type(results) is tuple else (results,)
            if node.op.name != "transpose":
                results = [np.asarray(r, order="C") for r in results]
            known.update(zip(node.outputs, results))
    return tuple([known[v] for v in graph.outputs])


def difference(left, right):
    """What tells two tuples of arrays apart to the last bit, or ""; all NaNs count as one."""
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        a, b = np.asarray(a), np.asarray(b)
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            return f"result {i}: {a.dtype}{a.shape} and {b.dtype}{b.shape}"
        if a.dtype.kind == "c":
            a, b = np.stack([a.real, a.imag], -1), np.stack([b.real, b.imag], -1)
        same = a == b
        if a.dtype.kind in "fV":
            same = same & (np.signbit(a) == np.signbit(b)) | np.isnan(a) & np.isnan(b)
        if not np.all(same):
            where = tuple(np.argwhere(~np.asarray(same))[0].tolist())
            return f"result {i} at {where}: {a[where]!r} and {b[where]!r}"
    return ""
