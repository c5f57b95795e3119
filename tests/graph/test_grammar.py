"""The IR's grammar check finds each way a graph can be broken."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.graph.check import GraphError, check
from tensorbrook.graph.interp import compile_reference
from tensorbrook.graph.ir import Node, Value


def graph():
    f = tf.function(lambda x: tf.reduce_sum(x * 2.0 + x), name="f")
    return f.get_concrete_function(tf.TensorSpec([3])).graph


def test_a_traced_graph_is_right_and_runs():
    g = graph()
    check(g)
    (total,) = compile_reference(g)(np.array([1, 2, 3], "float32"))
    assert total == 18.0


def test_printed():
    text = tf.function(lambda x: tf.exp(x), name="f").get_concrete_function(tf.TensorSpec([2]))
    assert text.graph_text() == ("f(%0:float32[2]):\n  %1:float32[2] = exp(%0)\n  return %1")


def late(g):
    g.nodes.reverse()


def wrong_shape(g):
    g.nodes[0].outputs[0].shape = (4,)


def twice(g):
    g.nodes.append(g.nodes[-1])


def nowhere(g):
    g.outputs = [Value(99, (), np.dtype("float32"))]


def foreign(g):
    class Fake:
        name = "exp"

    first = g.nodes[0]
    g.nodes[0] = Node(Fake(), first.inputs, first.attrs, first.outputs)


@pytest.mark.parametrize("spoil", [late, wrong_shape, twice, nowhere, foreign])
def test_a_broken_graph_is_refused(spoil):
    g = graph()
    spoil(g)
    with pytest.raises(GraphError):
        check(g)


def test_what_nobody_uses_is_left_out():
    def f(x):
        tf.exp(x)
        return x + 1.0

    g = tf.function(f).get_concrete_function(tf.TensorSpec([2])).graph
    assert [node.op.name for node in g.nodes] == ["add"]
