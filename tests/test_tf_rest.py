"""tf, tf.nn, tf.raw_ops, tf.compat.v1: TensorFlow's figures (oracles/make_rest.py)."""

import inspect
import json
import operator
import pathlib
import sys

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.saved_model.op_table import signatures
from tensorbrook.saved_model.reading.public import rows

ORACLES = pathlib.Path(__file__).parent / "oracles"
sys.path.insert(0, str(ORACLES))
from rest_cases import OPEN, names  # noqa: E402

GOLDEN = json.loads((ORACLES / "golden" / "rest.json").read_text())
VALUES, GRADIENTS = GOLDEN["values"], GOLDEN["gradients"]
# a function keeps its variables and counts its seeds
IN_FUNCTIONS = [row for row in VALUES if "Variable" not in row[0] and "seed" not in row[0]]
RAW = [row for row in GOLDEN["raw_ops"] if row[0] in dir(tf.raw_ops)]


def check(found, wanted):
    dtype, shape, data = wanted
    array = np.asarray(found)
    assert (found.dtype.name, list(array.shape)) == (dtype, shape)
    if dtype == "string":
        assert [text.decode() for text in array.ravel()] == data
        return
    wanted = np.reshape(data, shape)
    scale = np.abs(wanted[np.isfinite(wanted)]).max(initial=1.0)
    np.testing.assert_allclose(array, wanted, rtol=1e-5, atol=2e-6 * min(scale, 1e6))


@pytest.mark.parametrize(("expression", "wanted"), VALUES, ids=[row[0] for row in VALUES])
def test_values_are_tensorflow_s(expression, wanted):
    given = names(tf, np)
    tf.random.set_seed(5)
    for found, want in zip(tf.nest.flatten(eval(expression, given)), wanted, strict=True):
        check(found, want)


@pytest.mark.parametrize(
    ("expression", "wanted"), IN_FUNCTIONS, ids=[row[0] for row in IN_FUNCTIONS]
)
def test_functions_give_the_same(expression, wanted):
    given = names(tf, np)
    values = {name: x for name, x in given.items() if name != "tf"}
    compiled = tf.function(lambda values: eval(expression, {"tf": tf, **values}))
    for found, want in zip(tf.nest.flatten(compiled(values)), wanted, strict=True):
        check(found, want)


@pytest.mark.parametrize(("expression", "wanted"), GRADIENTS, ids=[row[0] for row in GRADIENTS])
def test_gradients_are_tensorflow_s(expression, wanted):
    given = names(tf, np)

    def slope(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = eval(expression, {**given, "x": x})
        return y, tf.convert_to_tensor(tape.gradient(y, x))

    ways = [slope, tf.function(slope)]
    if expression in OPEN:
        both_open = "nn.lrn" in expression or "weighted" in expression
        spec = tf.TensorSpec([None, None if both_open else 4])
        ways.append(tf.function(slope, input_signature=[spec]))
    for way in ways:
        tf.random.set_seed(5)
        for found, want in zip(way(given["a"]), wanted, strict=True):
            check(found, want)


@pytest.mark.parametrize(("name", "arguments"), RAW, ids=[row[0] for row in RAW])
def test_raw_ops_take_tensorflow_s_arguments(name, arguments):
    row, op = rows()[name], signatures()[name]
    public = inspect.signature(operator.attrgetter(row.path)(tf)).parameters
    variadic = any(p.kind is p.VAR_KEYWORD for p in public.values())
    assert callable(getattr(tf.raw_ops, name))
    assert set(row.names) <= {*arguments, *op.attrs, *(a.name for a in op.inputs)}
    for new in row.names.values():
        assert new is None or new in public, f"{row.path} has no {new}"
    left = set(arguments) - set(row.names) - set(public) - {"name"}
    assert variadic or not left, f"{row.path} does not take {left}"


def test_raw_ops_that_only_graphs_have():  # figures of TensorFlow
    by_alpha = tf.raw_ops.RandomGammaGrad(alpha=[0.5, 2.0], sample=[0.3, 1.5])
    np.testing.assert_allclose(by_alpha, [1.0098021, 0.93663883], rtol=1e-6)
    by_a = tf.raw_ops.IgammaGradA(a=[0.5, 2.0], x=[0.3, 1.5])
    np.testing.assert_allclose(by_a, [-0.7705704, -0.31348854], rtol=1e-6)
    bands = tf.raw_ops.MatrixDiagPartV2(input=[[1.0, 2.0], [3.0, 4.0]], k=[0, 1], padding_value=9.0)
    assert bands.numpy().tolist() == [[2, 9], [1, 4]]
    sizes = {"num_rows": -1, "num_cols": -1, "padding_value": 0.0}
    banded = tf.raw_ops.MatrixDiagV2(diagonal=bands, k=[0, 1], **sizes)
    assert banded.numpy().tolist() == [[1, 2], [0, 4]]
    x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=x,
        transforms=[[1, 0, 1, 0, 1, 0, 0, 0]],
        output_shape=[2, 4],
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=7.0,
    )
    assert moved[0, ..., 0].numpy().tolist() == [[1, 2, 3, 7], [5, 6, 7, 7]]
    ends = {"mean": tf.constant([]), "variance": tf.constant([]), "epsilon": 1e-3}
    found = tf.raw_ops.FusedBatchNormV2(x=x, scale=[2.0], offset=[1.0], is_training=True, **ends)
    wanted = [-0.51847756, -0.08462679, 0.3492239, 0.7830746]
    np.testing.assert_allclose(found.y[0, 1, :, 0], wanted, rtol=1e-5)
    assert found._fields[:3] == ("y", "batch_mean", "batch_variance")
    with pytest.raises(TypeError, match=r"missing the arguments.*transforms"):
        tf.raw_ops.ImageProjectiveTransformV3(images=x)


def test_results_of_one_function_are_of_one_class():
    def drawn(seed):
        return tf.random.uniform_candidate_sampler([[1]], 1, 3, False, 10, seed=seed)

    either = tf.function(lambda x: tf.cond(x > 0, lambda: drawn(1), lambda: drawn(2)))
    assert either(tf.constant(1)).sampled_candidates.shape == (3,)
    tf.nest.assert_same_structure(
        *[tf.nn.fractional_max_pool(tf.ones([1, 6, 6, 1]), 1.5, seed=seed) for seed in (1, 2)]
    )
    tf.nest.assert_same_structure(
        *[tf.nn.compute_accidental_hits([[k]], [k, 3], 1) for k in (1, 2)]
    )


def test_isotonic_regression_of_integers_and_of_nothing():
    y = tf.nn.isotonic_regression(tf.constant([1, 2]))[0]
    assert y.dtype == tf.float64 and y.numpy().tolist() == [1.5, 1.5]
    assert tf.nn.isotonic_regression(tf.constant([1, 2], tf.int8))[0].dtype == tf.float32
    assert tf.nn.isotonic_regression(tf.zeros([2, 0]))[0].shape == (2, 0)
    assert tf.linalg.sqrtm(tf.zeros([0, 0])).shape == (0, 0)


@pytest.mark.parametrize("given", [(0.1, 1.1, 0.1), (0.0, 0.7, 0.1), (3.0, 1.0, -0.3)])
@pytest.mark.parametrize("dtype", [None, "float64"])
def test_ranges_of_floats_have_tensorflows_sizes(given, dtype):
    # the size and each number are computed in the numbers' own precision
    kind = np.dtype(dtype or "float32").type
    start, limit, delta = map(kind, given)
    size = int(np.ceil(np.abs((limit - start) / delta)))
    wanted = start + np.arange(size).astype(kind) * delta
    for found in (tf.range(*given, dtype=dtype), tf.function(tf.range)(*given, dtype=dtype)):
        np.testing.assert_array_equal(found, wanted)
    assert tf.range(0.1, 1.1, 0.1).shape == (10,)
    assert tf.keras.ops.arange(0.1, 1.1, 0.1).shape == (10,)


@pytest.mark.parametrize("key", [[0, 1], [slice(None), None, slice(0, 1), 2], [..., 0], []])
def test_a_list_in_square_brackets_is_a_tuple(key):
    x = np.arange(24).reshape(2, 3, 4)
    for given in (tf.constant(x), tf.Variable(x)):
        np.testing.assert_array_equal(given[key], x[tuple(key)])
    np.testing.assert_array_equal(tf.function(lambda t: t[key])(x), x[tuple(key)])


def test_variables_and_logs_of_tensorflow_1(caplog):
    v1 = tf.compat.v1
    with v1.variable_scope("a"), v1.variable_scope(v1.get_variable_scope()):
        w = v1.get_variable("w", [2, 3], initializer=v1.ones_initializer)
    assert w.name == "a/w:0" and w.numpy().tolist() == [[1, 1, 1]] * 2
    assert v1.get_variable("u", initializer=[1.0, 2.0]).numpy().tolist() == [1, 2]
    assert v1.get_variable("glorot", [4]).shape == (4,)
    tf.get_logger().propagate, before = True, tf.get_logger().propagate
    for i in range(5):
        v1.logging.log_every_n(v1.logging.WARN, "each %d", 2, i)
        v1.logging.log_first_n(v1.logging.WARN, "first %d", 1, i)
        v1.logging.log_if(v1.logging.WARN, "if %d", i == 3, i)
    tf.get_logger().propagate = before
    assert caplog.messages == ["each 0", "first 0", "each 2", "if 3", "each 4"]


@pytest.mark.parametrize(
    "a, b, both",
    [
        ([], [None, 1], [None, 1]),
        ([None, 1], [5, 3], [5, 3]),
        ([None], [1], [None]),
        ([None], [None], [None]),
    ],
)
def test_static_shapes_with_unknown_sizes_broadcast(a, b, both):
    for x, y in ((a, b), (b, a)):
        found = tf.broadcast_static_shape(tf.TensorShape(x), tf.TensorShape(y))
        assert found.as_list() == both
    unknown = tf.broadcast_static_shape(tf.TensorShape(None), tf.TensorShape(b))
    assert unknown.rank is None


def test_attributes_that_a_module_does_not_look_into():
    class Kept(tf.Module):
        _TF_MODULE_IGNORED_PROPERTIES = tf.Module._TF_MODULE_IGNORED_PROPERTIES.union({"_b"})

        def __init__(self):
            super().__init__()
            self.a, self._b = tf.Variable(1.0), tf.Variable(2.0)

    assert [float(v) for v in Kept().variables] == [1.0]


def test_dimensions_merge():
    unknown, three = tf.TensorShape([None, 3]).dims
    assert [unknown.merge_with(three).value, three.merge_with(None).value] == [3, 3]
    assert unknown.merge_with(unknown).value is None
    with pytest.raises(ValueError, match="are incompatible"):
        three.merge_with(4)


def test_what_libraries_name_for_tpus_is_there():
    with pytest.raises(NotImplementedError, match="there are no TPUs"):
        tf.tpu.experimental.embedding.TableConfig(8, 2)


def test_values_known_while_tracing():
    @tf.function
    def known(x):
        return [tf.get_static_value(v) is None for v in (x, tf.Variable)]

    static = tf.get_static_value
    assert static(4) == 4 and static([1, 2]) == [1, 2] and static(tf.constant(3)) == 3
    assert static(tf.Variable(3)) is None
    assert known(tf.constant(1)) == [True, False]


def test_the_variable_that_counts_steps():
    train = tf.compat.v1.train
    step = train.get_or_create_global_step()
    assert train.get_global_step() is step is train.create_global_step()
    assert step.dtype == tf.int64 and not step.trainable and int(step) == 0
