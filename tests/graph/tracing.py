"""What the tests of control flow share: functions that must be traced, and looks at graphs."""

import sys
from pathlib import Path

import numpy as np

import tensorbrook as tf
from tensorbrook.core.tensor import wrap

sys.path.insert(0, str(Path(__file__).parents[1] / "oracles"))
from finite import check_gradients


def traced(function):
    """A tf.function as it stands, without AutoGraph, that fails where it would run eagerly."""
    made = tf.function(function, autograph=False)

    def call(*args):
        result = made(*args)
        assert "eagerly" not in made.explain(), made.explain()
        return result

    call.function = made
    return call


def graph_of(function, *specs):
    return tf.function(function, autograph=False).get_concrete_function(*specs).graph


def node_count(graph):
    return sum(1 + sum(map(node_count, node.graphs.values())) for node in graph.nodes)


def names(graph):
    return [node.op.name for node in graph.nodes]


def differences(function, *arrays, order=1):
    """Checks a traced function's gradients, the tape outside it and inside it."""
    rng = np.random.default_rng(3)
    arrays = [np.asarray(a, np.float64) for a in arrays]
    active = range(len(arrays))
    check_gradients(traced(function), arrays, active, rng, order=order)

    def inside(*tensors):
        with tf.GradientTape() as tape:
            tape.watch(list(tensors))
            y = function(*tensors)
        return tape.gradient(y, list(tensors), unconnected_gradients="zero")

    tensors = list(map(wrap, arrays))
    for a, b in zip(traced(inside)(*tensors), inside(*tensors)):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
