"""What surrounds tensors: py_function, checks, settings, queues, test cases, profiles, types."""

import copy
import glob
import gzip
import json
import sys
import threading
import typing

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.config import scoped

# -- Python called from functions ------------------------------------------------------------------


def test_py_function_calls_python_on_tensors_and_gradients_flow():
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = tf.py_function(lambda a: a * a, [x], tf.float32)
    assert (y.numpy(), tape.gradient(y, x).numpy()) == (9.0, 6.0)
    first, second = tf.py_function(lambda a: (a, 2), [1.0], (tf.float32, tf.int64))
    assert (first.dtype, second.dtype) == (tf.float32, tf.int64)
    rows = tf.ragged.constant([[1], [2, 3]])
    spec = tf.RaggedTensorSpec([None, None], tf.int32)
    assert tf.py_function(lambda r: r, [rows], spec).to_list() == [[1], [2, 3]]


def test_gradients_of_operations_of_libraries_may_be_registered():
    assert tf.RegisterGradient("Addons>Resampler")(len) is len
    tf.no_gradient("Addons>ImageConnectedComponents")


def test_functions_of_python_are_decorators_too():
    @tf.py_function(Tout=tf.float32)
    def product(x, y):
        return x * y

    @tf.numpy_function(Tout=tf.float32)
    def turned(x):
        return x[::-1]

    assert product(2.0, tf.constant(3.0)).numpy() == 6.0
    assert turned(tf.constant([1.0, 2.0])).numpy().tolist() == [2.0, 1.0]


def test_numpy_function_gives_arrays_and_no_gradient():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.numpy_function(lambda a: a[::-1] * 2, [x], tf.float32)
    assert y.numpy().tolist() == [4.0, 2.0]
    assert tape.gradient(y, x) is None
    assert tf.numpy_function(lambda a: None, [1.0], []) is None


def test_a_function_without_result_is_called_at_each_run_of_a_graph():
    seen = []

    @tf.function
    def f(x):
        tf.py_function(lambda a: seen.append(a.numpy().tolist()), [x + 1], [])
        return x * 2

    for value in ([1.0, 2.0], [5.0, 6.0]):
        f(tf.constant(value))
    assert seen == [[2.0, 3.0], [6.0, 7.0]]


def test_a_function_with_results_makes_a_tf_function_run_eagerly():
    f = tf.function(lambda x: tf.py_function(lambda a: a.numpy() * 2, [x], tf.float32))
    with pytest.warns(UserWarning, match="shapes are known when it has run"):
        assert f(tf.constant(2.0)).numpy() == 4.0


def test_timestamp_is_that_of_the_run():
    f = tf.function(lambda: tf.timestamp())
    assert 0 <= float(f() - f()) + 1 < 1.5


# -- checks ----------------------------------------------------------------------------------------


def test_check_numerics_of_everything_names_the_operation():
    tf.debugging.enable_check_numerics()
    try:
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"output 0 of log on \(float32"):
            tf.math.log(-1.0)
        f = tf.function(lambda x: tf.math.log(x) + 1)
        with pytest.raises(tf.errors.InvalidArgumentError, match="output 0 of log"):
            f(tf.constant(-1.0))
        assert tf.math.log(1.0).numpy() == 0
    finally:
        tf.debugging.disable_check_numerics()
    assert np.isnan(tf.math.log(-1.0).numpy())


def test_check_numerics_is_each_thread_s_own():
    raised = []

    def other():
        tf.debugging.enable_check_numerics()
        try:
            tf.math.log(-1.0)
        except tf.errors.InvalidArgumentError:
            raised.append("in the thread")
        tf.debugging.disable_check_numerics()

    tf.debugging.enable_check_numerics()
    try:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert raised == ["in the thread"]
        with pytest.raises(tf.errors.InvalidArgumentError, match="output 0 of log"):
            tf.math.log(-1.0)
    finally:
        tf.debugging.disable_check_numerics()


WRONG = [
    (lambda: tf.debugging.assert_integer(1.0), TypeError, "integer type"),
    (lambda: tf.debugging.assert_proper_iterable(1), TypeError, "to be iterable"),
    (lambda: tf.debugging.assert_proper_iterable("ab"), TypeError, "proper"),
    (lambda: tf.debugging.assert_rank_at_least([[1]], 3), ValueError, "at least 3"),
    (lambda: tf.debugging.assert_rank_in([[1]], [0, 1]), ValueError, r"rank in \(0, 1\)"),
    (lambda: tf.debugging.assert_same_float_dtype([tf.constant(1)]), ValueError, "floating"),
    (
        lambda: tf.debugging.assert_same_float_dtype([tf.constant(1.0)], tf.float64),
        ValueError,
        "must be tf.float64",
    ),
    (
        lambda: tf.debugging.experimental.enable_dump_debug_info("x"),
        NotImplementedError,
        "enable_check_numerics",
    ),
    (
        lambda: tf.py_function(lambda a: None, [1.0], tf.float32),
        tf.errors.InvalidArgumentError,
        "returns 0 values, but expects to see 1",
    ),
    (
        lambda: tf.py_function(lambda a: tf.constant(1), [1.0], tf.float32),
        tf.errors.InvalidArgumentError,
        "Tout says float32",
    ),
    (
        lambda: tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices()[0], []
        ),
        ValueError,
        "one logical device at least",
    ),
    (
        lambda: tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices()[0], [tf.config.LogicalDeviceConfiguration(1)]
        ),
        ValueError,
        "memory limit on CPU",
    ),
    (lambda: tf.config.get_logical_device_configuration("x"), ValueError, "Unrecognized device"),
    (lambda: tf.config.experimental.get_memory_info("GPU:0"), ValueError, "No matching devices"),
    (lambda: tf.config.optimizer.set_experimental_options({"x": 1}), ValueError, r"no options"),
    (lambda: tf.config.experimental_connect_to_cluster(None), NotImplementedError, "one process"),
    (lambda: tf.sysconfig.get_include(), NotImplementedError, "numpy_function"),
    (lambda: tf.unravel_index([100], (7, 6)), tf.errors.InvalidArgumentError, "out of bound"),
    (lambda: tf.dynamic_partition([1], [2], 2), tf.errors.InvalidArgumentError, "within"),
    (lambda: tf.reverse_sequence([[1]], [1]), ValueError, "seq_axis"),
    (lambda: tf.reverse_sequence([[1]], [1], 0, 0), ValueError, "both 0"),
    (lambda: tf.one_hot([[0]], 3, axis=-2), tf.errors.InvalidArgumentError, "Expected axis"),
    (
        lambda: tf.keras.ops.multi_hot([[0]], 3, axis=0, sparse=True),
        NotImplementedError,
        "sparse=True with axis=0",
    ),
    (lambda: tf.fingerprint(1), tf.errors.InvalidArgumentError, "scalar"),
    (lambda: tf.fingerprint([1], "md5"), tf.errors.InvalidArgumentError, "farmhash64"),
    (
        lambda: tf.space_to_batch(tf.ones([1, 3]), [2], [[0, 0]]),
        tf.errors.InvalidArgumentError,
        "no multiples",
    ),
    (
        lambda: tf.batch_to_space(tf.ones([3, 3]), [2], [[0, 0]]),
        tf.errors.InvalidArgumentError,
        "batch of 3",
    ),
    (lambda: tf.nn.compute_average_loss(1.0), ValueError, "at least rank 1"),
    (
        lambda: tf.random.uniform_candidate_sampler([[1]], 1, 9, True, 5),
        tf.errors.InvalidArgumentError,
        "num_sampled 9",
    ),
    (  # it would draw for ever
        lambda: tf.nn.fixed_unigram_candidate_sampler(
            [[1]], 1, 2, True, 2, num_reserved_ids=1, unigrams=[1.0]
        ),
        tf.errors.InvalidArgumentError,
        "with a weight, 1",
    ),
    (
        lambda: tf.nn.learned_unigram_candidate_sampler([[1]], 1, 1, True, 5),
        NotImplementedError,
        "fixed_unigram",
    ),
    (lambda: tf.nn.fractional_max_pool(tf.ones([1, 4, 4, 1]), 0.5), ValueError, "at least 1"),
    (
        lambda: tf.nn.dilation2d(tf.ones([1, 2, 2, 1]), [[[1.0]]], 1, "VALID", "NCHW", 1),
        ValueError,
        "NHWC",
    ),
    (lambda: tf.gradients(tf.constant(1.0), tf.constant(1.0)), RuntimeError, "GradientTape"),
    (lambda: tf.Graph().get_tensor_by_name("x:0"), KeyError, "does not exist"),
    (lambda: tf.Graph().as_graph_def(), NotImplementedError, "graph_text"),
    (lambda: tf.RegisterGradient("X"), NotImplementedError, "custom_gradient"),
    (lambda: tf.load_op_library("x.so"), NotImplementedError, "numpy_function"),
    (lambda: tf.DeviceSpec.from_string("/x:y:z"), ValueError, "Unknown attribute"),
    (lambda: tf.make_tensor_proto([1], shape=[2], verify_shape=True), TypeError, "shape"),
    (lambda: tf.raw_ops.AddV2(1, 2), TypeError, "keyword"),
    (lambda: tf.raw_ops.Conv2D(explicit_paddings=[1]), NotImplementedError, "explicit_paddings"),
    *[
        (lambda given=given: nms(**given), tf.errors.InvalidArgumentError, match)
        for given, match in (
            ({"iou_threshold": -1.0}, r"in \[0, 1\]"),
            ({"iou_threshold": 2.0}, r"in \[0, 1\]"),
            ({"max_output_size": -1}, "non-negative"),
            ({"scores": [1.0]}, "2 boxes have 1 scores"),
            ({"boxes": [[0.0, 0.0, 1.0]] * 2}, "4 columns"),
        )
    ],
    (
        lambda: tf.image.non_max_suppression_with_scores(
            tf.ones([1, 4]), [1.0], 1, soft_nms_sigma=-1.0
        ),
        tf.errors.InvalidArgumentError,
        "soft_nms_sigma",
    ),
    (
        lambda: tf.image.combined_non_max_suppression(
            tf.ones([1, 2, 1, 4]), tf.ones([1, 2, 1]), 0, 1
        ),
        tf.errors.InvalidArgumentError,
        "must be > 0",
    ),
    (lambda: tf.GradientTape().gradient(None, tf.constant(1.0)), TypeError, "got None"),
    (lambda: tf.Variable(1.0, constraint=3), ValueError, "None or a callable"),
    (
        lambda: tf.function(lambda d: d["a"], input_signature=[{"a": tf.TensorSpec([])}])({"b": 1}),
        TypeError,
        "Binding inputs",
    ),
    (lambda: tf.raw_ops.NoSuchOp, AttributeError, "public function"),
    (lambda: tf.compat.v1.placeholder, AttributeError, "function's argument"),
    (
        lambda: tf.compat.v1.Session().run([], feed_dict={"x": 1}),
        NotImplementedError,
        "no placeholders",
    ),
    (lambda: tf.nn.RNNCellDropoutWrapper, AttributeError, "recurrent_dropout"),
    (lambda: tf.nn.no_such_name, AttributeError, "no attribute 'no_such_name'"),
    (lambda: tf.Variable(1.0).initial_value, RuntimeError, "not kept"),
    (lambda: tf.Variable(3).count_up_to(3), tf.errors.OutOfRangeError, "limit of 3"),
    (lambda: tf.constant(1).eval(), NotImplementedError, "numpy"),
    (lambda: tf.keras.layers.LocallyConnected1D(2, 3, padding="same"), NotImplementedError, "Zero"),
    (
        lambda: tf.keras.layers.LocallyConnected1D(2, 3)(tf.keras.Input((None, 3))),
        ValueError,
        "sizes of the inputs must be known",
    ),
    (lambda: tf.feature_column.crossed_column(["a"], 5), ValueError, "two or more"),
    (lambda: tf.profiler.experimental.stop(), tf.errors.UnavailableError, "No profiler"),
    (lambda: tf.profiler.experimental.server.start(1), NotImplementedError, "in the process"),
]


def nms(boxes=((0.0, 0.0, 1.0, 1.0),) * 2, scores=(1.0, 0.5), max_output_size=2, **more):
    return tf.image.non_max_suppression(boxes, scores, max_output_size, **more)


@pytest.mark.parametrize(("call", "fault", "match"), WRONG)
def test_wrong_calls(call, fault, match):
    with pytest.raises(fault, match=match):
        call()


# -- settings --------------------------------------------------------------------------------------


def test_configuration_tells_the_truth_of_a_cpu():
    cpu = tf.config.list_physical_devices("CPU")[0]
    assert tf.config.get_logical_device_configuration(cpu) is None
    one = tf.config.LogicalDeviceConfiguration()
    assert one == (None, None, None)
    assert tf.config.experimental.get_memory_info("CPU:0") == {"current": 0, "peak": 0}
    assert tf.config.experimental.get_device_policy() == "silent"
    assert tf.config.experimental.get_synchronous_execution() is True
    assert tf.config.optimizer.get_jit() == ""
    assert tf.sysconfig.get_build_info()["is_cuda_build"] is False
    assert tf.get_logger().name == "tensorflow"


def test_what_is_taken_down_are_settings():
    cpu = tf.config.list_physical_devices("CPU")[0]
    one = [tf.config.LogicalDeviceConfiguration()]
    optimizer = tf.config.optimizer
    before = optimizer.get_experimental_options()
    with scoped():
        tf.config.set_logical_device_configuration(cpu, one)
        optimizer.set_experimental_options({"remapping": True})
        assert tf.config.get_logical_device_configuration(cpu) == one
        assert optimizer.get_experimental_options() == {**before, "remapping": True}
    assert tf.config.get_logical_device_configuration(cpu) is None
    assert optimizer.get_experimental_options() == before


# -- variables, graphs -----------------------------------------------------------------------------


def test_gradients_within_a_function_are_the_tape_s():
    v = tf.Variable(2.0)

    @tf.function
    def f(x):
        y = tf.sin(x) * x * v
        if tf.reduce_sum(x) > 0:
            y = y * 2.0
        return tf.gradients(y, [x, v]), tf.gradients(x, v)

    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.sin(x) * x * v * 2.0
    for found, want in zip(f(x)[0], tape.gradient(y, [x, v])):
        np.testing.assert_allclose(found, want, rtol=1e-6)
    assert f(x)[1] == [None]


def test_a_message_of_a_tensor_has_the_dtype_asked_for():
    for values in ([1, 2], np.array([1, 2]), tf.constant([1, 2])):
        found = tf.make_ndarray(tf.make_tensor_proto(values, tf.float32))
        assert (found.dtype, found.tolist()) == (np.float32, [1.0, 2.0])


def test_creators_make_the_variables_the_innermost_first():
    order = []

    def noting(word):
        def creator(next_creator, **kwargs):
            order.append(word)
            return next_creator(**kwargs)

        return creator

    with tf.variable_creator_scope(noting("outer")), tf.variable_creator_scope(noting("inner")):
        assert tf.Variable(3.0, name="v").name == "v:0"
    assert order == ["inner", "outer"]


# -- queues ----------------------------------------------------------------------------------------


def test_a_queue_in_a_graph_keeps_what_each_run_put_in():
    queue = tf.queue.FIFOQueue(10, [tf.float32, tf.int32], [[2], []])

    @tf.function
    def f(x):
        queue.enqueue([x, 1])
        queue.enqueue([x + 1, 2])
        return queue.dequeue()[0], queue.size()

    rows = [f(tf.constant(x))[0].numpy().tolist() for x in ([1.0, 2.0], [5.0, 2.0])]
    assert rows == [[1.0, 2.0], [2.0, 3.0]]
    queue.close()
    assert queue.dequeue_up_to(5)[0].numpy().tolist() == [[5.0, 2.0], [6.0, 3.0]]
    with pytest.raises(tf.errors.OutOfRangeError, match="closed and has insufficient"):
        queue.dequeue()
    with pytest.raises(tf.errors.CancelledError, match="is closed"):
        queue.enqueue([[1.0, 2.0], 3])


@pytest.mark.parametrize("shapes", [None, [[None]]])
def test_elements_of_shapes_nobody_told_are_taken_one_by_one(shapes):
    queue = tf.queue.FIFOQueue(4, [tf.int32], shapes)
    for method in (queue.dequeue_many, queue.dequeue_up_to):
        with pytest.raises(tf.errors.InvalidArgumentError, match="specified shapes"):
            method(1)
    queue.enqueue([[1, 2]])
    assert queue.dequeue().numpy().tolist() == [1, 2]
    padding = tf.queue.PaddingFIFOQueue(4, [tf.int32], [[None]])
    padding.enqueue([[1]])
    padding.enqueue([[2, 3]])
    assert padding.dequeue_many(2).numpy().tolist() == [[1, 0], [2, 3]]


def test_threads_wait_for_each_other_in_a_queue():
    queue = tf.queue.FIFOQueue(1, tf.int32, [()])
    found = []
    reader = threading.Thread(target=lambda: found.extend(int(queue.dequeue()) for _ in range(5)))
    reader.start()
    for k in range(5):
        queue.enqueue(k)
    reader.join()
    assert found == [0, 1, 2, 3, 4]


# -- test cases and profiles -----------------------------------------------------------------------


class Passing(tf.test.TestCase):
    def runTest(self):
        self.assertAllEqual(["a", b"b"], tf.constant(["a", "b"]))
        self.assertAllEqual(tf.ragged.constant([[1], [2, 3]]), [[1], [2, 3]])
        self.assertAllClose({"a": tf.constant(1.0)}, {"a": 1.0})
        self.assertAllClose([tf.constant(1.0), tf.constant([1.0])], [1, [1.0]])
        self.assertAllClose([1.0, np.nan], [1.0, np.nan])
        self.assertNotAllEqual([1], [1, 2])
        self.assertAllInRange([0.5], 0, 1)
        self.assertContainsSubsequence([1, 2, 3], [1, 3])
        self.assertEqual(self.evaluate([tf.constant(1)]), [1])
        with self.assertRaisesOpError("size"):
            tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))
        with self.session() as session:
            self.assertEqual(session.run(tf.constant(1)), 1)
        self.assertAllClose(tf.random.uniform([2]), [0.58363748, 0.29722989])


FAILING = [
    lambda t: t.assertAllEqual([1, 2], [1, 3]),
    lambda t: t.assertAllEqual([1, 2], [1, 2, 3]),
    lambda t: t.assertAllEqual(tf.ragged.constant([[1], [2, 3]]), [[1, 2], [3]]),
    lambda t: t.assertAllClose([1.0], [1.1]),
    lambda t: t.assertAllClose({"a": 1.0}, {"b": 1.0}),
    lambda t: t.assertNotAllClose([1.0], [1.0]),
    lambda t: t.assertAllGreater([1, 2], 1),
    lambda t: t.assertAllInRange([1.5], 0, 1),
    lambda t: t.assertAllInSet([1, 4], [1, 2]),
    lambda t: t.assertLen([1], 2),
    lambda t: t.assertDTypeEqual(tf.constant(1), tf.float32),
    lambda t: t.assertContainsInOrder(["b", "a"], "a b"),
]


def test_a_test_case_passes_and_fails_as_it_should():
    result = Passing().run()
    assert not result.errors and not result.failures
    for wrong in FAILING:
        with pytest.raises(AssertionError):
            wrong(Passing())


def test_numerical_gradients():
    by_tape, by_steps = tf.test.compute_gradient(
        lambda x, y: tf.matmul(x, y), [tf.constant([[1.0, 2.0]]), tf.constant([[3.0], [4.0]])]
    )
    for found, want in zip((*by_tape, *by_steps), ([[3, 4]], [[1, 2]]) * 2):
        np.testing.assert_allclose(found, want, rtol=1e-3)


def test_a_stop_without_a_profile_leaves_others_alone():
    def listen(*_):
        pass

    sys.setprofile(listen)
    try:
        with pytest.raises(tf.errors.UnavailableError):
            tf.profiler.experimental.stop()
        assert sys.getprofile() is listen
    finally:
        sys.setprofile(None)


def test_a_profile_is_a_trace_of_events(tmp_path):
    f = tf.function(lambda x: tf.sin(x) @ x)
    profiler = tf.profiler.experimental
    with profiler.Profile(str(tmp_path)), profiler.Trace("step", step_num=3):
        f(tf.ones([4, 4]))
        tf.cos(1.0)
    (path,) = glob.glob(f"{tmp_path}/plugins/profile/*/*.trace.json.gz")
    with gzip.open(path) as file:
        events = json.load(file)["traceEvents"]
    spans = {event["name"]: event for event in events if event["ph"] == "X"}
    step, program = spans["step"], spans["program <lambda>"]
    assert step["args"] == {"step_num": 3}
    assert step["ts"] <= program["ts"]
    assert program["ts"] + program["dur"] <= step["ts"] + step["dur"]
    assert "cos" in spans


# -- types of one's own ----------------------------------------------------------------------------


class Masked(tf.experimental.ExtensionType):
    values: tf.Tensor
    mask: tf.Tensor
    note: str = ""

    def __validate__(self):
        self.values.shape.assert_is_compatible_with(self.mask.shape)


class Nested(tf.experimental.ExtensionType):
    rows: tf.RaggedTensor
    masked: Masked
    named: typing.Mapping[str, tf.Tensor]
    several: tuple[tf.Tensor, ...]


def test_an_extension_type_passes_through_functions_branches_and_tapes():
    masked = Masked([1.0, 2.0], [True, False])
    nested = Nested(tf.ragged.constant([[1], [2, 3]]), masked, {"x": 1}, [1, 2.0])
    assert bool(tf.function(lambda n: n)(nested) == nested)

    @tf.function
    def f(m):
        return tf.cond(m.values[0] > 0, lambda: Masked(m.values * 2, m.mask), lambda: m)

    assert f(masked).values.numpy().tolist() == [2.0, 4.0]
    with tf.GradientTape() as tape:
        tape.watch(masked.values)
        y = tf.reduce_sum(f(masked).values ** 2)
    assert tape.gradient(y, masked.values).numpy().tolist() == [8.0, 16.0]
    assert repr(masked._type_spec) == (
        "Masked.Spec(values=TensorSpec(shape=(2,), dtype=tf.float32, name=None), "
        "mask=TensorSpec(shape=(2,), dtype=tf.bool, name=None), note='')"
    )


def test_an_extension_type_refuses_what_does_not_fit():
    masked = Masked([1.0], [True])
    with pytest.raises(TypeError, match=r"Masked\.note: expected <class 'str'>, got 3"):
        Masked([1.0], [True], 3)
    with pytest.raises(ValueError, match="incompatible"):
        Masked([1.0, 2.0], [True])
    with pytest.raises(AttributeError, match="Cannot mutate attribute `values`"):
        masked.values = 3
    with pytest.raises(AttributeError, match="Cannot mutate attribute `values`"):
        del masked.values
    with pytest.raises(TypeError, match=r"Masked\.mask: expected a tensor, got None"):
        Masked([1.0], None)
    assert masked != masked.values and (masked == masked.values) is False
    with pytest.raises(TypeError, match=r"dispatch_for_api\(tf\.matmul\)"):
        tf.matmul(masked, masked)


class Weighted(tf.experimental.BatchableExtensionType):
    a: tf.Tensor
    b: tf.Tensor

    class Spec:
        def __init__(self, shape, dtype=tf.float32):
            self.a, self.b = tf.TensorSpec(shape, dtype), tf.TensorSpec(shape[:-1], dtype)

        shape = property(lambda self: self.a.shape)

        def __repr__(self):
            return f"Weighted of {self.shape}"


def test_the_spec_of_an_extension_type_may_have_a_constructor_of_its_own():
    spec = Weighted.Spec([None, 3])
    assert repr(spec) == "Weighted of (None, 3)" and spec.b == tf.TensorSpec([None])
    weighted = Weighted(tf.ones([2, 3]), [1.0, 2.0])
    assert spec.is_compatible_with(weighted) and copy.deepcopy(spec) == spec
    total = tf.function(lambda w: tf.reduce_sum(w.a, 1) * w.b, input_signature=[spec])
    assert total(weighted).numpy().tolist() == [3.0, 6.0]
    rows = tf.data.Dataset.from_tensor_slices(weighted)
    assert repr(rows.element_spec) == "Weighted of (3,)"
    assert [row.b.numpy() for row in rows] == [1.0, 2.0]


def test_functions_are_dispatched_on_types():
    masked = Masked([-1.0, 2.0], [True, False])

    @tf.experimental.dispatch_for_unary_elementwise_apis(Masked)
    def unary(api, x):
        return Masked(api(x.values), x.mask)

    @tf.experimental.dispatch_for_binary_elementwise_apis(Masked, Masked)
    def binary(api, x, y):
        return Masked(api(x.values, y.values), x.mask & y.mask)

    @tf.experimental.dispatch_for_api(tf.stack)
    def stack(values: typing.List[Masked], axis=0):  # noqa: UP006
        return Masked(
            *(tf.stack([getattr(v, n) for v in values], axis) for n in ("values", "mask"))
        )

    try:
        assert tf.abs(masked).values.numpy().tolist() == [1.0, 2.0]
        assert tf.ones_like(masked, dtype=tf.int32).values.numpy().tolist() == [1, 1]
        assert tf.clip_by_value(masked, 0.0, 1.0).values.numpy().tolist() == [0.0, 1.0]
        assert tf.add(masked, masked).values.numpy().tolist() == [-2.0, 4.0]
        assert tf.stack([masked, masked]).values.shape == (2, 2)
    finally:
        for target in (unary, binary, stack):
            tf.experimental.unregister_dispatch_for(target)
    with pytest.raises(ValueError, match="was not registered"):
        tf.experimental.unregister_dispatch_for(stack)


# -- small things ----------------------------------------------------------------------------------


def test_moving_averages_are_tensorflow_s():
    for updates, wanted in ((None, [1.2, 2.2]), (3, [2.3846154, 3.3846154])):
        v = tf.Variable([1.0, 2.0])
        averages = tf.train.ExponentialMovingAverage(0.9, num_updates=updates)
        averages.apply([v])
        v.assign([3.0, 4.0])
        averages.apply([v])
        np.testing.assert_allclose(averages.average(v), wanted, rtol=1e-6)
        assert averages.average_name(v) == "Variable/ExponentialMovingAverage"
    with pytest.raises(tf.errors.InvalidArgumentError, match="variables of floats"):
        averages.apply([tf.Variable(1)])


RAW = tf.reshape(tf.range(6.0), [2, 3])


@pytest.mark.parametrize(
    ("name", "given", "wanted"),
    [
        (
            "TensorStridedSliceUpdate",
            {"input": RAW, "begin": [0, 0], "end": [2, 3], "strides": [1, 2], "value": 0.0},
            [[0, 1, 0], [0, 4, 0]],
        ),
        ("InplaceUpdate", {"x": RAW, "i": [1], "v": [[7.0] * 3]}, [[0, 1, 2], [7, 7, 7]]),
        ("InplaceAdd", {"x": RAW, "i": [1], "v": [[1.0] * 3]}, [[0, 1, 2], [4, 5, 6]]),
        ("InplaceSub", {"x": RAW, "i": [0], "v": [[1.0] * 3]}, [[-1, 0, 1], [3, 4, 5]]),
        (
            "MirrorPadGrad",
            {"input": tf.ones([5]), "paddings": [[1, 1]], "mode": "REFLECT"},
            [1, 3, 1],
        ),
    ],
)
def test_operations_by_their_own_names(name, given, wanted):
    assert getattr(tf.raw_ops, name)(**given).numpy().tolist() == wanted


def test_an_operation_with_lists_of_results():
    parts = tf.raw_ops.SparseSplit(
        split_dim=1, indices=[[0, 0], [0, 3], [1, 2]], values=[1, 2, 3], shape=[2, 5], num_split=2
    )
    assert [x.numpy().tolist() for x in parts.output_indices] == [[[0, 0], [1, 2]], [[0, 0]]]
    assert [x.numpy().tolist() for x in parts.output_values] == [[1, 3], [2]]
    assert [x.numpy().tolist() for x in parts.output_shape] == [[2, 3], [2, 2]]


@pytest.mark.parametrize(("decorate", "wanted"), [(lambda f: f, 2.0), (tf.function, 1.5)])
def test_an_average_begins_with_what_a_variable_was(decorate, wanted):
    v, averages = tf.Variable(1.0), tf.train.ExponentialMovingAverage(0.5)

    @decorate
    def step():
        v.assign_add(1.0)
        averages.apply([v])
        return averages.average(v)

    assert step().numpy() == wanted  # TensorFlow's


def test_programs_that_look_for_a_tpu_go_on_without():
    with pytest.raises(ValueError, match="provide a TPU Name"):
        tf.distribute.cluster_resolver.TPUClusterResolver()


def test_columns_say_what_to_parse():
    columns = tf.feature_column
    age = columns.numeric_column("age")
    crossed = columns.crossed_column([columns.bucketized_column(age, [1.0]), "z"], 4)
    words = columns.categorical_column_with_vocabulary_list("c", ["s"])
    found = columns.make_parse_example_spec([crossed, columns.indicator_column(words)])
    assert found == {
        "age": tf.io.FixedLenFeature((1,), tf.float32),
        "z": tf.io.VarLenFeature(tf.string),
        "c": tf.io.VarLenFeature(tf.string),
    }


def test_a_vocabulary_may_be_a_file(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb\nc\n")
    make = tf.feature_column.categorical_column_with_vocabulary_file
    features = {"w": tf.constant([["b"], ["c"], ["x"]])}
    assert make("w", path, 2).numbers(features).numpy().ravel().tolist() == [1, -1, -1]
    with pytest.raises(ValueError, match="3 lines"):
        make("w", path, 4)


# -- Keras 2 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_locally_connected_layers_have_a_kernel_for_each_place(data_format):
    layer = tf.keras.layers.LocallyConnected2D(
        3, (2, 3), strides=(1, 2), data_format=data_format, bias_initializer="random_normal"
    )
    last = np.random.default_rng(1).normal(size=(2, 5, 6, 2)).astype("float32")
    first = data_format == "channels_first"
    y = layer(last.transpose(0, 3, 1, 2) if first else last).numpy()
    kernel, bias = (w.numpy() for w in layer.weights)
    for i in range(4):
        for j in range(2):
            part = last[:, i : i + 2, 2 * j : 2 * j + 3]
            part = part.transpose(0, 3, 1, 2) if first else part
            want = part.reshape(2, -1) @ kernel[i * 2 + j] + bias[i, j]
            found = y[:, :, i, j] if first else y[:, i, j]
            np.testing.assert_allclose(found, want, rtol=1e-5, atol=1e-6)
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


def test_crossed_columns_have_tensorflow_s_hashes():
    columns = tf.feature_column
    buckets = columns.bucketized_column(columns.numeric_column("age"), [20.0, 40.0])
    number = columns.categorical_column_with_identity("n", 9)
    features = {
        "a": tf.constant([["u"], ["v"], ["w"]]),
        "b": tf.constant([["p"], ["q"], ["p"]]),
        "age": tf.constant([[10.0], [30.0], [50.0]]),
        "n": tf.constant([[1], [2], [3]], tf.int64),
    }
    for crossed, name, wanted in (  # recorded from TensorFlow 2.21
        (columns.crossed_column(["a", "b"], 10), "a_X_b", [3, 6, 6]),
        (columns.crossed_column([buckets, "a"], 100), "a_X_age_bucketized", [79, 27, 41]),
        (columns.crossed_column(["a", "n"], 1000, hash_key=7), "a_X_n", [761, 831, 746]),
        (columns.crossed_column(["a", number], 1000), "a_X_n", [195, 277, 130]),
    ):
        assert crossed.name == name
        assert crossed.numbers(features).numpy().ravel().tolist() == wanted
    several = {"a": tf.constant([["u", "v"], ["v", ""]]), "b": tf.constant([["p"], ["q"]])}
    crossed = columns.crossed_column(["a", "b"], 10)
    assert crossed.numbers(several).numpy().tolist() == [[3, 1], [6, 9]]


def test_shapes_are_true_where_their_rank_is_known():
    scalar, unknown = tf.TensorShape([]), tf.TensorShape(None)
    assert (bool(scalar), bool(tf.TensorShape([0])), bool(unknown)) == (True, True, False)
    assert unknown == None and scalar != None  # noqa: E711
    with pytest.raises(ValueError, match="unknown rank"):
        list(unknown)


def test_a_list_does_not_fit_the_spec_of_a_tensor():
    assert not tf.TensorSpec([1]).is_compatible_with([1.0])
