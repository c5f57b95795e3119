"""Random numbers: of the same distributions, but the runtime's own, other ones at each run."""

import numpy as np

from ..writer import INT64, rule
from .elementwise import inverse_erf

_SINGLE = np.dtype(np.float32)
_TWO_DEVIATIONS = 0.9544997361036416  # of normal numbers lie within them


def _drawn(w, shape, kind="RandomUniformLike", **options):
    return w.op(kind, w.fill(0, shape, _SINGLE), dtype=_SINGLE, **options)


@rule("random_uniform")
def _uniform(w, node, state):
    return w.cast(_drawn(w, node.attrs["shape"]), _SINGLE, node.outputs[0].dtype)


@rule("random_normal")
def _normal(w, node, state):
    return w.cast(
        _drawn(w, node.attrs["shape"], "RandomNormalLike"), _SINGLE, node.outputs[0].dtype
    )


@rule("random_truncated_normal")
def _truncated_normal(w, node, state):
    even = _drawn(w, node.attrs["shape"], low=-_TWO_DEVIATIONS, high=_TWO_DEVIATIONS)
    found = w.op("Mul", inverse_erf(w, even, _SINGLE), w.number(np.sqrt(2), _SINGLE))
    return w.cast(found, _SINGLE, node.outputs[0].dtype)


@rule("random_uniform_int")
def _uniform_int(w, node, state, low, high):
    dtype = node.outputs[0].dtype
    span = w.cast(w.op("Sub", high, low), dtype, _SINGLE)
    steps = w.op("Floor", w.op("Mul", _drawn(w, node.attrs["shape"]), span))
    return w.op("Add", low, w.cast(steps, _SINGLE, dtype))


@rule("random_order")
def _order(w, node, state):
    size = node.attrs["size"]
    found = w.op("TopK", _drawn(w, (size,)), w.size(size), outputs=2, axis=0)[1]
    return w.cast(found, INT64, node.outputs[0].dtype)


@rule("random_categorical")
def _categorical(w, node, state, logits):
    logits = w.cast(logits, node.inputs[1].dtype, _SINGLE)
    found = w.op("Multinomial", logits, sample_size=node.attrs["samples"], dtype=INT64)
    return w.cast(found, INT64, node.outputs[0].dtype)


@rule("random_skip", "random_scramble")
def _state(w, node, *operands):
    return w.fill(0, node.outputs[0].shape, node.outputs[0].dtype)
