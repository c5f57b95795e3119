"""Softmax and its losses, written over fused operations and reductions."""

from math import prod

import numpy as np

from ...base.dims import same
from ...ops.reduce import reduced_shape
from ..lower import native_rule
from .check import checked_indices


def _shifted(lowering, x, axis):
    kept = reduced_shape(x.shape, (axis,), True)
    top = lowering.reduce("max", x, (axis,), kept)
    return lowering.op("subtract", [x, top]), kept


def softmax_of(lowering, x, axis):
    """exp(x - max) / sum, as the NumPy kernel has it."""
    shifted, kept = _shifted(lowering, x, axis)
    e = lowering.op("exp", [shifted])
    return lowering.op("realdiv", [e, lowering.reduce("sum", e, (axis,), kept)])


def log_softmax_of(lowering, x, axis):
    """x - max - log(sum(exp(x - max)))."""
    shifted, kept = _shifted(lowering, x, axis)
    total = lowering.reduce("sum", lowering.op("exp", [shifted]), (axis,), kept)
    return lowering.op("subtract", [shifted, lowering.op("log", [total])])


@native_rule("softmax", wide=True)
def softmax(lowering, node, views):
    """A row kernel of three stages."""
    axis = node.attrs["axis"]
    single = same(prod(views[0].shape[axis : axis + 1]), 1)
    return None if single else [softmax_of(lowering, views[0], axis)]


@native_rule("log_softmax", wide=True)
def log_softmax(lowering, node, views):
    """A row kernel of three stages."""
    axis = node.attrs["axis"]
    single = same(prod(views[0].shape[axis : axis + 1]), 1)
    return None if single else [log_softmax_of(lowering, views[0], axis)]


@native_rule("softmax_cross_entropy", wide=True)
def softmax_cross_entropy(lowering, node, views):
    """-sum(labels * log_softmax(logits))."""
    x, labels = views
    last = len(x.shape) - 1
    if x.shape != labels.shape or not x.shape or x.shape[last] < 2:
        return None
    product = lowering.op("multiply", [labels, log_softmax_of(lowering, x, last)])
    total = lowering.reduce("sum", product, (last,), x.shape[:-1])
    return [lowering.op("negative", [total])]


def one_hot(lowering, labels, shape):
    """True at each row's label."""
    classes = lowering.constant(np.arange(shape[-1], dtype=labels.dtype))
    column = labels.reshape((*labels.shape, 1))
    return lowering.op("equal", [classes, column], shape)


@native_rule("sparse_softmax_cross_entropy", wide=True)
def sparse_softmax_cross_entropy(lowering, node, views):
    """-log_softmax(logits) at the labels, which are checked first."""
    x, labels = views
    last = len(x.shape) - 1
    if not x.shape or labels.shape != x.shape[:-1] or x.shape[last] < 2:
        return None
    labels = checked_indices(lowering, lowering.dense(labels), x.shape[last])
    if labels is None:
        return None
    hit = one_hot(lowering, labels, x.shape)
    zero = lowering.scalar(0, x.dtype)
    picked = lowering.op("where", [hit, log_softmax_of(lowering, x, last), zero], x.shape)
    total = lowering.reduce("sum", picked, (last,), x.shape[:-1])
    return [lowering.op("negative", [total])]


@native_rule("sparse_softmax_cross_entropy_gradient", wide=True)
def sparse_softmax_cross_entropy_gradient(lowering, node, views):
    """g * (softmax(logits) - one_hot(labels))."""
    g, x, labels = views
    last = len(x.shape) - 1
    alike = bool(x.shape) and g.shape == labels.shape == x.shape[:-1]
    if not alike or x.shape[last] < 2:
        return None
    labels = checked_indices(lowering, lowering.dense(labels), x.shape[last])
    column = g.reshape((*g.shape, 1))
    if column is None or labels is None:
        return None
    hit = one_hot(lowering, labels, x.shape)
    p = softmax_of(lowering, x, last)
    one = lowering.op("subtract", [p, lowering.scalar(1, x.dtype)])
    return [lowering.op("multiply", [lowering.op("where", [hit, one, p], x.shape), column])]
