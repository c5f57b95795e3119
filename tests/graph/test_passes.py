"""The optimising passes: each rule's proof, each pass by hand, random programs, train steps."""

import sys
import zlib
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings

import tensorbrook as tf
from tensorbrook.base.config import scoped
from tensorbrook.core.op import OPS
from tensorbrook.graph import passes
from tensorbrook.graph.check import GraphError, check
from tensorbrook.graph.interp import compile_reference
from tensorbrook.graph.ir import Graph, Node, Value
from tensorbrook.graph.passes import fold, optimize
from tensorbrook.graph.passes.arithmetic import FAST
from tensorbrook.graph.passes.cse import share
from tensorbrook.graph.passes.match import Rule, Walk, by_op, node
from tensorbrook.graph.passes.rules import RULES
from tensorbrook.graph.trace import Trace

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
from programs import difference, programs, run_in_order

DTYPES = [
    *("float32", "float64", "int32", "int64", "int8", "uint8", "bool", "float16", "complex64"),
    np.dtype(ml_dtypes.bfloat16),
]


def traced(program, *specs):
    """The graph of a program of tensors of (shape, dtype)."""
    with Trace("program") as trace:
        results = program(*[trace.argument(s, np.dtype(d)) for s, d in specs])
    results = results if isinstance(results, (list, tuple)) else [results]
    return trace.finish(list(results))[0]


def names(graph):
    return [n.op.name for n in graph.nodes]


def run(graph, *arrays):
    with np.errstate(all="ignore"):
        return compile_reference(graph)(*arrays)


def of_constants(graph, arrays):
    """The graph with its inputs turned into constants."""
    made = Graph(graph.name)
    made.constants = dict(zip(graph.inputs, arrays)) | graph.constants
    made.nodes, made.outputs = graph.nodes, graph.outputs
    return made


# Primitives that sum: their bits depend on how their operands lie in memory.
SUMMING = ("reduce_", "matmul", "conv", "window", "cum", "softmax", "log_softmax", "scan", "while_")
SUMS = (*[n for n in OPS if n.startswith(SUMMING)], "solve", "inv", "det", "qr", "svd")


# -- the rules' proofs -----------------------------------------------------------------------------


def arrays_of(shape, dtype, rng):
    """Arrays to try a rule on: random ones, and mixtures of all that is special in a dtype."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return [rng.random(shape) < 0.5 for _ in range(4)]
    if dtype.kind == "c":
        parts = arrays_of(shape, "float32", rng), arrays_of(shape, "float32", rng)
        return [np.asarray(np.stack(p, -1).view(dtype)[..., 0]) for p in zip(*parts)]
    if dtype.kind == "V":
        return [a.astype(dtype) for a in arrays_of(shape, "float32", rng)]
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        special = [0, 1, 2, 5, limits.max, limits.min, limits.max - 1, limits.min // 2]
        special += [-1, -2] if dtype.kind == "i" else []
        ordinary = rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
    else:
        limits = np.finfo(dtype)
        special = [0.0, 1.0, 3.0, np.inf, limits.max, limits.tiny, limits.smallest_subnormal]
        special = [*special, *[-v for v in special], np.nan, limits.eps, 1 + limits.eps]
        ordinary = rng.normal(size=shape) * 10.0 ** rng.integers(-6, 6, shape)
    mixtures = [rng.choice(np.array(special, dtype), shape) for _ in range(12)]
    with np.errstate(over="ignore"):
        return [np.asarray(a).astype(dtype) for a in (ordinary, np.flip(ordinary), *mixtures)]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_arrays_tried_hold_what_is_special(dtype):
    arrays = arrays_of((20,), dtype, np.random.default_rng(0))
    assert all(a.dtype == dtype and a.shape == (20,) for a in arrays)
    if np.dtype(dtype).kind == "f":
        numbers = np.concatenate(arrays)
        assert np.isnan(numbers).any() and np.isinf(numbers).any()
        assert np.any((numbers == 0) & np.signbit(numbers))


def outcome(graph, arrays):
    """The results, or the class of the error."""
    try:
        return run(graph, *arrays)
    except tf.errors.InvalidArgumentError as fault:
        return type(fault)


def programs_of(example):
    """(graph, dtype) for each dtype that the example's primitives take."""
    for dtype in map(np.dtype, DTYPES):
        try:
            yield traced(example.program, *[(s, dtype) for s in example.shapes]), dtype
        except (tf.errors.InvalidArgumentError, ValueError, TypeError, OverflowError):
            continue


@pytest.mark.parametrize("rule", RULES + FAST, ids=lambda rule: rule.name)
def test_rule_keeps_every_bit(rule):
    assert rule.examples, "a rule without examples is not proved"
    rng = np.random.default_rng(zlib.crc32(rule.name.encode()))
    for number, example in enumerate(rule.examples):
        kinds = set()
        for graph, dtype in programs_of(example):
            walk = Walk(graph, by_op([rule]))
            simpler = walk.run().without_dead_nodes()
            if not walk.fired.get(rule.name):
                continue
            kinds.add(dtype.kind)
            check(simpler)
            for arrays in zip(*[arrays_of(s, dtype, rng) for s in example.shapes]):
                left, right = outcome(graph, arrays), outcome(simpler, arrays)
                if isinstance(left, type):
                    assert left is right
                elif rule.exact:
                    problem = difference(left, right)
                    assert not problem, (number, dtype, problem, arrays)
                elif dtype.kind == "f":
                    eps = np.finfo(dtype).eps
                    np.testing.assert_allclose(left[0], right[0], rtol=4 * eps, atol=eps)
        assert kinds >= set(example.kinds), f"example {number} applied only to kinds {kinds}"


def test_rules_have_names_of_their_own():
    rules = [rule.name for rule in RULES + FAST]
    assert len(set(rules)) == len(rules)
    assert all(rule.exact for rule in RULES) and not any(rule.exact for rule in FAST)


def test_a_wrong_rule_would_be_found():
    def plus_zero(x):
        return tf.add(x, tf.constant(0.0))

    wrong = Rule("x + 0 is x", node("add", "x", "zero"), lambda m: m["x"], ())
    graph = traced(plus_zero, ((2, 3), "float32"))
    simpler = Walk(graph, by_op([wrong])).run().without_dead_nodes()
    tries = arrays_of((2, 3), "float32", np.random.default_rng(0))
    assert any(difference(run(graph, a), run(simpler, a)) for a in tries)


def test_rules_that_undo_each_other_are_named():
    def swap(m):
        return m.make("add", m["y"], m["x"])

    walk = Walk(
        traced(tf.add, ((2,), "float32"), ((2,), "float32")),
        by_op([Rule("swapped", node("add", "x", "y"), swap, ())]),
    )
    with pytest.raises(GraphError, match="fire without end; the last was 'swapped'"):
        walk.run()


def test_a_rule_that_changes_the_shape_is_named():
    wrong = Rule("too small", node("reduce_sum", "x"), lambda m: m["x"], ())
    graph = traced(tf.reduce_sum, ((2,), "float32"))
    with pytest.raises(GraphError, match="'too small'"):
        Walk(graph, by_op([wrong])).run()


# -- what the rules must not do --------------------------------------------------------------------

STAYS = [
    lambda x: x + 0.0,  # -0.0 + 0.0 is 0.0
    lambda x: x - (-0.0),
    lambda x: x * 0.0,  # NaN for infinities
    lambda x: x - x,
    lambda x: x / 3.0,  # not the bits of x * (1 / 3)
    lambda x: x / 2.0**-127,  # whose reciprocal is normal, but it is not
    lambda x: tf.reduce_sum(x, 0),
    lambda x: tf.cast(tf.cast(x, tf.float16), tf.float32),
    lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32),
    lambda x: tf.transpose(x),
    lambda x: tf.broadcast_to(x, (2, 2, 3)) + 1.0,  # without it the result would be smaller
    lambda x: tf.reshape(x, (3, 2)) + 1.0,
    lambda x: x[::-1],
    lambda x: tf.where(x > 0.0, x, 1.0),
]


@pytest.mark.parametrize("number", range(len(STAYS)))
def test_what_is_not_exact_stays(number):
    graph = traced(STAYS[number], ((2, 3), "float32"))
    assert names(optimize(graph)) == names(graph)


def test_fast_rules_are_off_by_default():
    graph = traced(lambda x: x / 3.0, ((2,), "float32"))
    assert names(optimize(graph)) == ["realdiv"]
    assert names(optimize(graph, fast=True)) == ["multiply"]


# -- sharing ---------------------------------------------------------------------------------------


def test_equal_nodes_and_constants_are_one():
    def program(x):
        a, b = tf.exp(x) * tf.constant(3.0), tf.exp(x) * tf.constant(3.0)
        return a - b

    graph = optimize(traced(program, ((2,), "float32")))
    assert names(graph) == ["exp", "multiply", "subtract"]
    assert len(graph.constants) == 1


def test_attributes_that_differ_in_type_or_sign_are_kept_apart():
    def program(x):
        return [tf.pad(x, [[1, 1]], constant_values=v) for v in (0.0, -0.0, 1, 1.0)]

    graph = traced(program, ((2,), "float32"))
    assert len(share(graph).nodes) == 4
    zero, minus = optimize(graph).outputs[:2]
    assert zero is not minus


def test_constants_of_other_dtypes_or_signs_are_kept_apart():
    arrays = [np.float32(0.0), np.float32(-0.0), np.int32(0), np.zeros(1, np.float32)]
    graph = traced(lambda: [tf.constant(a) for a in arrays])
    assert len(share(graph).constants) == 4


def test_effects_happen_as_often_as_before(capsys):
    def program(x):
        tf.print("once")
        tf.print("once")
        return x

    graph = optimize(traced(program, ((), "float32")))
    run(graph, np.float32(1))
    assert capsys.readouterr().err == "once\nonce\n"


def test_draws_from_one_state_are_shared_and_from_two_not():
    def program():
        return [tf.random.stateless_uniform([2], seed=[1, s]) for s in (2, 2, 3)]

    results = run(optimize(traced(program)))
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


# -- folding ---------------------------------------------------------------------------------------


def test_constants_are_computed_once():
    graph = traced(lambda x, y: x + tf.exp(y) * 2.0, *[((2,), "float32")] * 2)
    array = np.array([1, 2], "float32")
    graph.constants[graph.inputs.pop()] = array
    made = optimize(graph)
    assert names(made) == ["add"]
    (folded,) = made.constants.values()
    np.testing.assert_array_equal(folded, np.exp(array) * np.float32(2))


def test_what_fails_stays_to_fail_when_run():
    graph = traced(lambda x, y: x // y, *[((2,), "int32")] * 2)
    made = optimize(of_constants(graph, [np.array([1, 2], "int32"), np.array([1, 0], "int32")]))
    assert names(made) == ["floordiv"]
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        run(made)


def test_effects_are_not_folded():
    graph = traced(lambda holds: [tf.debugging.Assert(holds, [1]), holds][1:], ((), "bool"))
    assert names(optimize(of_constants(graph, [np.array(False)]))) == ["assert"]


def test_small_constants_are_not_made_large():
    column, row = np.ones((300, 1), "float32"), np.ones((1, 300), "float32")
    graph = traced(tf.matmul, (column.shape, "float32"), (row.shape, "float32"))
    assert names(fold(of_constants(graph, [column, row]))) == ["matmul"]
    graph = traced(lambda x: tf.broadcast_to(x, (300,)), ((), "float32"))
    assert names(fold(of_constants(graph, [np.float32(1)]))) == ["broadcast_to"]


def test_large_constants_may_be_made_small():
    graph = traced(tf.reduce_sum, ((300, 300), "float32"))
    assert names(fold(of_constants(graph, [np.ones((300, 300), "float32")]))) == []


# -- the whole -------------------------------------------------------------------------------------


def test_inputs_and_outputs_keep_their_places():
    def program(x, unused, y):
        return [tf.identity(y), x * 1.0, tf.constant(1.0) + tf.constant(2.0), tf.identity(y)]

    graph = optimize(traced(program, *[((2,), "float32")] * 3))
    assert names(graph) == [] and len(graph.inputs) == 3
    assert graph.outputs[0] is graph.inputs[2] is graph.outputs[3]
    assert graph.outputs[1] is graph.inputs[0]
    arrays = [np.array([k, k], "float32") for k in range(3)]
    np.testing.assert_array_equal(run(graph, *arrays)[0], [2, 2])
    assert run(graph, *arrays)[2] == 3


def test_the_graph_given_is_left_alone():
    graph = traced(lambda x: tf.exp(x * 1.0) + tf.exp(x * 1.0), ((2,), "float32"))
    before = [(n.op, n.inputs, dict(n.attrs), n.outputs) for n in graph.nodes]
    constants, outputs = dict(graph.constants), list(graph.outputs)
    optimize(graph)
    assert before == [(n.op, n.inputs, n.attrs, n.outputs) for n in graph.nodes]
    assert (constants, outputs) == (graph.constants, graph.outputs)


def test_a_pass_that_breaks_the_grammar_is_named(monkeypatch):
    def broken(graph):
        made = Graph("broken")
        made.outputs = [Value(99, (), np.dtype("float32"))]
        return made

    monkeypatch.setattr(passes, "PASSES", (("breaking", broken),))
    graph = traced(lambda x: x, ((), "float32"))
    with pytest.raises(GraphError, match="after the pass 'breaking' on program"):
        optimize(graph)


def test_a_pass_that_loses_an_output_is_named(monkeypatch):
    def losing(graph):
        made = graph.without_dead_nodes()
        made.outputs = []
        return made

    monkeypatch.setattr(passes, "PASSES", (("losing", losing),))
    with pytest.raises(GraphError, match="'losing' changed the outputs"):
        optimize(traced(lambda x: x, ((), "float32")))


def test_traced_passes_tell_their_node_counts():
    seen = []
    graph = traced(lambda x: tf.identity(x) * 1.0, ((), "float32"))
    optimize(graph, trace=lambda name, a, b: seen.append((name, len(a.nodes), len(b.nodes))))
    assert [name for name, _, _ in seen] == [name for name, _ in passes.PASSES]
    assert seen[0][1] == 2 and seen[-1][2] == 0


def test_graphs_are_printed_from_debug_level_3_on(capsys):
    graph = traced(lambda x: tf.identity(x), ((), "float32"))
    with scoped(debug=2):
        optimize(graph)
    assert capsys.readouterr().err == ""
    with scoped(debug=3):
        optimize(graph)
    shown = capsys.readouterr().err
    assert "identity(%0)" in shown and "rules: 1 -> 0 nodes" in shown
    assert shown.rstrip().endswith("return %0")


def test_graphs_within_nodes_are_optimised():
    def program(x):
        return tf.while_loop(
            lambda i, y: i < 3, lambda i, y: (i + 1, tf.identity(y) * 1.0 + y), (0, x)
        )

    traced_function = tf.function(program).get_concrete_function(tf.TensorSpec([2])).graph
    (loop,) = [n for n in traced_function.nodes if n.graphs]
    made = optimize(traced_function)
    (simpler,) = [n for n in made.nodes if n.graphs]
    for key, inner in simpler.graphs.items():
        assert len(inner.inputs) == len(loop.graphs[key].inputs)
        assert len(inner.outputs) == len(loop.graphs[key].outputs)
        assert not {"identity", "multiply"} & set(names(inner))
    x = np.array([1, 2], "float32")
    assert not difference(run(traced_function, x), run(made, x))


def test_a_graph_used_twice_stays_one():
    inner = traced(lambda x: tf.identity(x) + 1.0, ((2,), "float32"))
    graph = traced(lambda x: x + 1.0, ((2,), "float32"))
    old = graph.nodes[0]
    graph.nodes = [
        Node(old.op, old.inputs, {"first": inner, "second": inner}, old.outputs),
    ]
    made = passes._inner_graphs(graph, None, False).nodes[0].attrs
    assert made["first"] is made["second"] and names(made["first"]) == ["add"]


# -- random programs -------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None, derandomize=True)
@given(programs())
def test_random_programs_keep_every_bit(program):
    graph, arrays = program
    check(graph)
    optimised = optimize(graph)
    problem = difference(run_in_order(graph, arrays), run_in_order(optimised, arrays))
    assert not problem, problem
    assert not difference(run(optimised, *arrays), run(optimize(optimised), *arrays))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(programs(left_out=SUMS))
def test_random_programs_without_sums_keep_every_bit_in_the_reference_backend(program):
    graph, arrays = program
    problem = difference(run(graph, *arrays), run(optimize(graph), *arrays))
    assert not problem, problem


@settings(max_examples=100, deadline=None, derandomize=True)
@given(programs())
def test_random_programs_of_constants_keep_every_bit(program):
    graph, arrays = program
    constant = of_constants(graph, arrays)
    problem = difference(run_in_order(constant, ()), run_in_order(optimize(constant), ()))
    assert not problem, problem


# -- real train steps ------------------------------------------------------------------------------


def train_step(*layers):
    """The graph of a model's train step, for batches of 16."""
    layers = [tf.keras.Input((8,)), *layers, tf.keras.layers.Dense(4)]
    model = tf.keras.Sequential(layers)
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    x, y = np.zeros((16, 8), "float32"), np.zeros(16, "int32")
    model.train_on_batch(x, y)
    step = tf.function(lambda x, y: model.train_step((x, y)))  # fit's leaves the size open
    return step.get_concrete_function(x, y).graph


def test_train_step_of_normalised_layers_is_simpler():
    layers = tf.keras.layers
    graph = train_step(
        layers.Dense(16, activation="gelu"), layers.LayerNormalization(), layers.Dropout(0.5)
    )
    made = optimize(graph)
    left = names(made)
    assert not {"identity", "broadcast_to", "reshape"} & set(left)
    assert len(left) <= len(graph.nodes) - 10
    rng = np.random.default_rng(0)
    arrays = []
    for v in graph.inputs:
        ordinary = rng.uniform(0.1, 1, v.shape)
        integers = rng.integers(0, 4, v.shape)
        arrays.append(np.asarray(ordinary if v.dtype.kind == "f" else integers).astype(v.dtype))
    problem = difference(run_in_order(graph, arrays), run_in_order(made, arrays))
    assert not problem, problem


def test_train_step_of_batch_normalisation_is_simpler():
    graph = train_step(tf.keras.layers.Dense(16), tf.keras.layers.BatchNormalization())
    made = optimize(graph)
    assert "broadcast_to" not in names(made)
    assert len(made.nodes) <= len(graph.nodes) - 10
