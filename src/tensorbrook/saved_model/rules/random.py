"""Rules of random numbers: stateless ops that are given the key and counter of the same stream."""

import numpy as np

from ..graphs import graph_rule
from ..nodes import type_of
from .move import reshaped

_PHILOX = 1
_UINT64, _INT64 = np.uint64, np.int64
_FILLING = {
    "random_uniform": "StatelessRandomUniformV2",
    "random_normal": "StatelessRandomNormalV2",
    "random_truncated_normal": "StatelessTruncatedNormalV2",
    "random_full_int": "StatelessRandomUniformFullIntV2",
}


def _stream(body, state):
    """(key, counter, algorithm) of a state."""
    bits = body.add("Bitcast", state, type=_UINT64)
    return body.part_of(bits, 2, 3), body.part_of(bits, 0, 2), body.constant(_PHILOX, np.int32)


def _drawn(body, op, state, shape, *more, **attrs):
    return body.add(op, shape, *_stream(body, state), *more, **attrs)


@graph_rule(*_FILLING)
def _filling(body, node, inputs):
    shape, op = body.dims(node.attrs["shape"]), _FILLING[node.op.name]
    return _drawn(body, op, *inputs, shape, dtype=node.attrs["dtype"])


@graph_rule("random_uniform_rows")
def _uniform_rows(body, node, inputs):
    """All numbers up to the last that is wanted, and the rows of them."""
    (state, starts), size = inputs, node.attrs["size"]
    ends = body.add("ConcatV2", [starts, body.constant([0], _INT64)], body.size(0))
    last = body.add("Max", ends, body.constant([0], np.int32))
    count = body.add("AddV2", last, body.cast(body.size(size), _INT64))
    shape = body.add("Pack", [count])
    drawn = _drawn(body, "StatelessRandomUniformV2", state, shape, dtype=node.attrs["dtype"])
    places = body.add("Range", body.size(0), body.size(size), body.size(1))
    places = body.cast(places, _INT64)
    places = body.add("AddV2", body.add("ExpandDims", starts, body.size(1)), places)
    return body.add("GatherV2", drawn, places, body.size(0))


@graph_rule("random_uniform_int")
def _uniform_int(body, node, inputs):
    state, low, high = inputs
    shape = body.dims(node.attrs["shape"])
    return _drawn(body, "StatelessRandomUniformIntV2", state, shape, low, high)


@graph_rule("random_order")
def _order(body, node, inputs):
    """Fisher and Yates, from the front."""
    (state,), size = inputs, node.attrs["size"]
    count = body.size(size)
    one, zero = body.size(1), body.size(0)
    places = body.add("Range", zero, count, one)
    words = _drawn(
        body, "StatelessRandomUniformFullIntV2", state, body.dims([size]), dtype=np.uint32
    )
    left = body.add("Cast", body.add("Sub", count, places), DstT=np.uint32)
    partners = body.add("Cast", body.add("FloorMod", words, left), DstT=np.int32)
    partners = body.add("AddV2", partners, places)

    def swap(inner, i, order, partners):
        pair = inner.add("Pack", [i, inner.add("GatherV2", partners, i, inner.size(0))])
        values = inner.add("GatherV2", order, pair, inner.size(0))
        turned = inner.add("ReverseV2", values, inner.constant([0], np.int32))
        pair = inner.add("ExpandDims", pair, inner.size(1))
        return [inner.add("TensorScatterUpdate", order, pair, turned), partners]

    order = body.loop([body.cast(places, _INT64), partners], None, swap, rounds=count)[0]
    return reshaped(body, order, (size,))


@graph_rule("random_categorical")
def _categorical(body, node, inputs):
    """By bisection in the running sum of the probabilities, in double precision."""
    state, logits = inputs
    rows, samples = node.inputs[1].shape[0], node.attrs["samples"]
    attrs = {"dtype": np.float64}
    drawn = _drawn(body, "StatelessRandomUniformV2", state, body.dims((rows, samples)), **attrs)
    finite = body.add("IsFinite", logits)
    values = body.cast(logits, np.float64)
    lowest = body.constant(-1e308, np.float64)
    kept = body.add("SelectV2", finite, values, lowest)
    last = body.constant([1], np.int32)
    highest = body.add("Maximum", body.add("Max", kept, last, keep_dims=True), lowest)
    weights = body.add("Exp", body.add("Sub", values, highest))
    weights = body.add("SelectV2", finite, weights, body.constant(0.0, np.float64))
    sums = body.add("Cumsum", weights, body.size(1))
    total = body.add("Max", sums, last, keep_dims=True)
    found = body.add("UpperBound", sums, body.add("Mul", drawn, total), out_type=np.int64)
    return body.cast(found, node.attrs["dtype"])


@graph_rule("random_gamma")
def _gamma(body, node, inputs):
    state, alpha = inputs
    shape = body.dims((node.attrs["size"], *node.inputs[1].shape))
    alpha = body.cast(alpha, np.float64)
    return _drawn(body, "StatelessRandomGammaV3", state, shape, alpha)


def _seed(body, state):
    """A stateless op's seed that no other state gives: of counts of draws, and the key."""
    mixed = body.add("BitwiseXor", body.part(state, 0), body.part(state, 1))
    return body.add("Pack", [body.part(state, 2), mixed])


@graph_rule("random_poisson")
def _poisson(body, node, inputs):
    state, rate = inputs
    shape = body.dims((node.attrs["size"], *node.inputs[1].shape))
    rate = body.cast(rate, np.float64)
    return body.add("StatelessRandomPoisson", shape, _seed(body, state), rate, dtype=np.float64)


@graph_rule("random_binomial")
def _binomial(body, node, inputs):
    state, count, chance = inputs
    shape = body.dims((node.attrs["size"], *node.inputs[1].shape))
    wide = [body.cast(x, np.float64) for x in (count, chance)]
    seed = _seed(body, state)
    return body.add("StatelessRandomBinomial", shape, seed, *wide, dtype=np.float64)


@graph_rule("random_skip")
def _skip(body, node, inputs):
    """The counter is two halves: what overflows the low one is carried over."""
    (state,), count = inputs, node.attrs["count"]
    if count.__class__ is int:
        parts = np.array([count & _MASK, count >> 64 & _MASK], _UINT64).view(_INT64)
        low_by, high_by = (body.constant(p) for p in parts)
    else:
        low_by, high_by = body.cast(body.size(count), _INT64), body.constant(0, _INT64)
    low, high, key = (body.part(state, i) for i in range(3))
    low = body.add("AddV2", low, low_by)
    bits = [body.add("Bitcast", x, type=_UINT64) for x in (low, low_by)]
    carry = body.cast(body.add("Less", *bits), _INT64)
    high = body.add("AddV2", body.add("AddV2", high, high_by), carry)
    return body.add("Pack", [low, high, key])


_MASK = (1 << 64) - 1


@graph_rule("random_scramble")
def _scramble(body, node, inputs):
    key, counter = body.add("StatelessRandomGetKeyCounter", *inputs)
    both = body.add("ConcatV2", [counter, key], body.size(0))
    return body.add("Bitcast", both, type=_INT64)


@graph_rule("random_index_shuffle")
def _index_shuffle(body, node, inputs):
    index, seed, last = inputs
    kind = type_of(node.inputs[0].dtype)
    last = body.cast(last, kind)
    shape = (*node.inputs[1].shape[:-1], 1)
    first = body.add("Fill", body.dims(shape), body.constant(498247692, node.inputs[1].dtype))
    seed = body.add("ConcatV2", [first, seed], body.size(len(shape) - 1))
    return body.add("RandomIndexShuffle", index, seed, last, rounds=4)
