"""Keras's small namespaces: variables, scopes, configs."""

import collections
import copy
import json
import pickle

import numpy as np
import pytest

import tensorbrook as tf

keras = tf.keras

# -- variables -------------------------------------------------------------------------------------


def test_variables_are_made_of_values_and_initializers():
    v = keras.Variable(np.array([1.0, 2.0]), name="v")
    assert (v.name, v.path, v.dtype, v.shape, v.ndim) == ("v", "v", tf.float64, (2,), 1)
    assert isinstance(v, tf.Variable)
    assert keras.Variable("ones", shape=(2,)).numpy().tolist() == [1.0, 1.0]
    assert keras.Variable(keras.initializers.Zeros(), shape=2, dtype="int32").dtype == tf.int32
    three = keras.Variable(lambda shape, dtype: np.ones(shape) * 3, shape=(3,))
    assert (three.dtype, three.numpy().tolist()) == (tf.float32, [3.0] * 3)
    assert keras.Variable(1).dtype == tf.int32
    assert keras.Variable([1, 2], dtype="float16").dtype == tf.float16


def test_variables_are_read_and_assigned():
    v = keras.Variable([1.0, 2.0])
    assert isinstance(v.value, tf.Tensor)
    assert v.assign([3.0, 4.0]) is v
    v.assign_add([1.0, 1.0])
    v.assign_sub(np.ones(2, "float32"))
    assert v.value.numpy().tolist() == [3.0, 4.0]
    assert (v + 1).numpy().tolist() == [4.0, 5.0]
    with pytest.raises(tf.errors.InvalidArgumentError, match="Shape mismatch"):
        v.assign([1.0, 2.0, 3.0])
    assert copy.deepcopy(v).numpy().tolist() == [3.0, 4.0]
    again = pickle.loads(pickle.dumps(v))
    assert (type(again), again.path, again.numpy().tolist()) == (type(v), v.path, [3.0, 4.0])


def test_what_keras_keeps_are_its_variables():
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    optimizer = keras.optimizers.Adam()
    optimizer.build(layer.trainable_variables)
    kept = [*layer.weights, *optimizer.variables, *keras.metrics.Mean().variables]
    kept.append(keras.random.SeedGenerator(1).state)
    assert all(isinstance(v, keras.Variable) for v in kept)
    assert not isinstance(tf.Variable(1.0), keras.Variable)
    assert layer.bias.value.numpy().tolist() == [0.0, 0.0]


def test_variables_of_a_layer_s_attributes_are_its_weights():
    class Counter(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.count = keras.Variable(0, trainable=False, name="count")

        def call(self, x):
            self.count.assign_add(1)
            return x

    layer = Counter()
    layer(tf.ones([1]))
    assert [w.numpy().item() for w in layer.non_trainable_weights] == [1]


def test_variables_train_in_compiled_steps():
    v = keras.Variable([1.0, 2.0])

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(v * v)
        optimizer.apply_gradients([(tape.gradient(loss, v), v)])
        return loss

    optimizer = keras.optimizers.SGD(0.25)
    assert [step().numpy().item() for _ in range(3)] == [5.0, 1.25, 0.3125]


@pytest.mark.parametrize(
    ("arguments", "fault", "match"),
    [
        ({"initializer": "ones"}, ValueError, "`shape` argument should be specified"),
        ({"initializer": [1.0], "name": "a/b"}, ValueError, "cannot contain character"),
        ({"initializer": [1.0], "aggregation": "most"}, ValueError, "'only_first_replica'"),
        ({"initializer": [1.0], "dtype": "half"}, ValueError, "Invalid dtype: half"),
        ({"initializer": "oness", "shape": (1,)}, ValueError, "ones"),
        ({"initializer": [1.0], "layout": 1}, ValueError, "TensorLayout"),
        ({"initializer": [1.0], "colour": 1}, TypeError, "colour"),
    ],
)
def test_wrong_variables(arguments, fault, match):
    with pytest.raises(fault, match=match):
        keras.Variable(**arguments)


def test_a_stateless_scope_changes_nothing():
    v, w = keras.Variable([1.0, 2.0]), keras.Variable([5.0])
    with keras.StatelessScope(state_mapping=[(v, tf.constant([9.0, 9.0]))]) as scope:
        assert v.value.numpy().tolist() == [9.0, 9.0]
        assert (v * 2).numpy().tolist() == [18.0, 18.0]
        v.assign_sub([1.0, 2.0])
        w.assign_add([1.0])
        scope.add_loss(3.0)
    assert scope.get_current_value(v).numpy().tolist() == [8.0, 7.0]
    assert scope.get_current_value(w).numpy().tolist() == [6.0]
    assert (v.numpy().tolist(), w.numpy().tolist(), scope.losses) == ([1.0, 2.0], [5.0], [3.0])
    layer = keras.layers.BatchNormalization()
    layer.build((None, 2))
    with keras.StatelessScope() as scope:
        layer(tf.ones([4, 2]), training=True)
    assert scope.get_current_value(layer.moving_mean).numpy().max() > 0
    assert layer.moving_mean.numpy().max() == 0
    with pytest.raises(ValueError, match="all keys in argument `mapping` must be Variable"):
        keras.StatelessScope(state_mapping=[(1, 2)])
    with pytest.raises(ValueError, match="shape that matches"):
        keras.StatelessScope(state_mapping=[(v, [1.0])])
    with keras.StatelessScope(state_mapping=[(keras.Variable([7.0]), [8.0])]) as scope:
        pass  # the variable would be gone, and its identity free for another
    others = [keras.Variable([float(i)]) for i in range(20)]
    assert all(scope.get_current_value(other) is None for other in others)
    with keras.StatelessScope(), pytest.raises(ValueError, match="stateless scope"):
        keras.Variable([1.0])


def test_scopes_of_names_and_devices():
    with keras.name_scope("outer"), keras.name_scope("inner"):
        assert keras.Variable([1.0], name="z").path == "outer/inner/z"
    with keras.device("gpu:0"):
        assert keras.Variable([1.0]).device.endswith("CPU:0")


# -- tree ------------------------------------------------------------------------------------------

Point = collections.namedtuple("Point", "x y")


def test_trees_are_flattened_and_packed_in_keras_s_order():
    tree = keras.tree
    ordered = collections.OrderedDict([("b", 1), ("a", [2])])
    assert tree.flatten(ordered) == [1, 2]
    assert tree.flatten({"b": 1, "a": [2]}) == [2, 1]
    assert tree.flatten([None, (), {}]) == [None]
    assert tree.flatten(collections.deque([1, 2])) == [1, 2]
    assert tree.pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3]) == {"b": 3, "a": (1, 2)}
    assert tree.pack_sequence_as(0, [1]) == 1
    assert tree.flatten_with_path({"b": [1], "a": Point(1, 2)}) == [
        (("a", 0), 1),
        (("a", 1), 2),
        (("b", 0), 1),
    ]
    with pytest.raises(ValueError, match="2 leaves"):
        tree.pack_sequence_as([0, 0], [1])
    with pytest.raises(TypeError, match="pack value"):
        tree.pack_sequence_as([0], 1)


def test_trees_are_mapped():
    tree = keras.tree
    assert tree.map_structure(lambda v: v * 2, Point(1, [2])) == Point(2, [4])
    assert list(tree.map_structure(lambda v: v, {"b": 1, "a": 2})) == ["b", "a"]
    assert tree.map_structure(lambda v: 0, [None, 1], none_is_leaf=False) == [None, 0]
    assert tree.map_structure_up_to([0, [0, 0]], str, [[1, 1], ["2", (3,)]]) == [
        "[1, 1]",
        ["2", "(3,)"],
    ]
    assert tree.lists_to_tuples([1, (2, [3]), {"a": [4]}]) == (1, (2, (3,)), {"a": (4,)})
    assert tree.map_shape_structure(tuple, [[1, None], {"a": [2, 3]}]) == [
        (1, None),
        {"a": (2, 3)},
    ]
    for wrong in ((1,), [1, 2], 1):
        with pytest.raises(ValueError, match="same nested structure"):
            tree.map_structure(lambda a, b: a, [1], wrong)
    with pytest.raises(TypeError, match="callable"):
        tree.map_structure(1, [1])
    with pytest.raises(ValueError, match="does not have the form"):
        tree.map_structure_up_to([0, 0], len, [[1]])


def test_trees_are_traversed_both_ways():
    seen = []
    whole = [(1, 2), [3], {"a": 4}]
    assert keras.tree.traverse(seen.append, whole) == whole
    assert seen == [whole, (1, 2), 1, 2, [3], 3, {"a": 4}, 4]
    seen.clear()
    keras.tree.traverse(seen.append, whole, top_down=False)
    assert seen == [1, 2, (1, 2), 3, [3], 4, {"a": 4}, whole]
    dropped = keras.tree.traverse(lambda x: keras.tree.MAP_TO_NONE if x == 1 else None, [1, 2])
    assert dropped == [None, 2]


def test_trees_are_compared():
    keras.tree.assert_same_structure({"a": 1}, collections.OrderedDict(a=2))
    keras.tree.assert_same_paths([0, 1], (2, 3))
    with pytest.raises(ValueError, match=r"only in `a` are \(1, 0\), only in `b` \(1,\)"):
        keras.tree.assert_same_paths([1, [2]], (1, 2))


# -- configs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [1, "relu", None, [1, {"a": 1.5}], slice(1, 2), b"bytes", Ellipsis, True],
    ids=repr,
)
def test_plain_values_survive_as_configs(value):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(value)))
    assert keras.saving.deserialize_keras_object(config) == value


def test_arrays_and_tensors_survive_as_configs():
    for value in (np.array([1, 2], "int8"), tf.constant([1.5, 2.0])):
        config = json.loads(json.dumps(keras.saving.serialize_keras_object(value)))
        again = keras.saving.deserialize_keras_object(config)
        assert type(again) is type(value)
        np.testing.assert_array_equal(again, value)
        assert again.dtype == value.dtype


class Plain:
    def __init__(self, a=1):
        self.a = a

    def get_config(self):
        return {"a": self.a}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def test_own_objects_are_found_by_name():
    saving = keras.saving
    config = saving.serialize_keras_object(Plain(3))
    with pytest.raises(ValueError, match="custom_objects"):
        saving.deserialize_keras_object(config)
    assert saving.deserialize_keras_object(config, custom_objects={"Plain": Plain}).a == 3
    with saving.custom_object_scope({"Plain": Plain}):
        assert saving.deserialize_keras_object(config).a == 3
        assert saving.get_registered_object("Plain") is Plain
    assert saving.get_registered_name(Plain) == "Plain"


# -- settings --------------------------------------------------------------------------------------


def small_fit(**settings):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((20, 2), "float32"), np.ones((20, 1), "float32")
    history = model.fit(x, y, batch_size=4, verbose=0, **settings)
    return history, model.predict(x, batch_size=4, verbose=0)


def test_limits_of_epochs_and_steps():
    try:
        keras.config.set_max_epochs(2)
        keras.config.set_max_steps_per_epoch(3)
        assert (keras.config.max_epochs(), keras.config.max_steps_per_epoch()) == (2, 3)
        history, predicted = small_fit(epochs=5)
        assert (history.epoch, predicted.shape) == ([0, 1], (12, 1))
        assert (history.params["epochs"], history.params["steps"]) == (2, 3)
        keras.config.set_max_steps_per_epoch(50)
        assert small_fit()[1].shape == (20, 1)
    finally:
        keras.config.set_max_epochs(None)
        keras.config.set_max_steps_per_epoch(None)
    history, predicted = small_fit(epochs=3)
    assert (history.epoch, predicted.shape) == ([0, 1, 2], (20, 1))


def test_switches():
    config = keras.config
    config.disable_traceback_filtering()
    assert not config.is_traceback_filtering_enabled()
    config.enable_traceback_filtering()
    assert config.is_traceback_filtering_enabled()
    assert not config.is_nnx_enabled()
    config.set_backend("tensorflow")
    with pytest.raises(NotImplementedError, match="one engine"):
        config.set_backend("jax")


def test_mixed_precision_of_both_eras():
    mixed = keras.mixed_precision
    try:
        for set_policy in (mixed.set_global_policy, mixed.experimental.set_policy):
            set_policy("mixed_float16")
            assert mixed.global_policy().compute_dtype == "float16"
            assert keras.layers.Dense(1)(tf.ones([1, 1])).dtype == tf.float16
            set_policy("float32")
    finally:
        mixed.set_global_policy("float32")
    policy = mixed.experimental.Policy("mixed_bfloat16")
    assert isinstance(policy, mixed.Policy)
    assert policy.variable_dtype == "float32"
    scaled = mixed.experimental.LossScaleOptimizer(keras.optimizers.SGD(), loss_scale="dynamic")
    assert isinstance(scaled, mixed.LossScaleOptimizer)
    fixed = mixed.experimental.LossScaleOptimizer(keras.optimizers.SGD(), loss_scale=128)
    assert fixed.loss_scale_factor == 128
    with pytest.raises(NotImplementedError, match="wrap the optimizer"):
        mixed.experimental.Policy("mixed_float16", loss_scale="dynamic")


# -- operations ------------------------------------------------------------------------------------


class Scaled(keras.Operation):
    def __init__(self, factor=2.0, name=None):
        super().__init__(name=name)
        self.factor = factor

    def call(self, x):
        return x * self.factor


def test_operations_are_parts_of_models():
    keras.backend.clear_session()  # names begin anew
    operation, x = Scaled(3.0), keras.Input((2,))
    assert operation.name == "scaled"
    assert operation(tf.ones([2])).numpy().tolist() == [3.0, 3.0]
    model = keras.Model(x, operation(x))
    assert model(tf.ones([1, 2])).numpy().tolist() == [[3.0, 3.0]]
    config = operation.get_config()
    assert config == {"name": "scaled", "factor": 3.0}
    assert Scaled.from_config(config).factor == 3.0


def test_functions_of_keras_tensors():
    a, b = keras.KerasTensor((None, 2)), keras.Input((2,))
    run = keras.Function({"a": a, "b": b}, [a + b, (a * b,)])
    ones = tf.ones([1, 2])
    total, (product,) = run({"a": ones, "b": ones * 3})
    assert (total.numpy().tolist(), product.numpy().tolist()) == ([[4.0] * 2], [[3.0] * 2])
    assert run.compute_output_shape({"a": (5, 2), "b": (5, 2)}) == [(5, 2), ((5, 2),)]
    symbolic = run({"a": keras.Input((2,)), "b": keras.Input((2,))})
    assert keras.backend.is_keras_tensor(symbolic[0])
    with pytest.raises(ValueError, match="takes 2 tensors, received 1"):
        run([ones])
    with pytest.raises(ValueError, match="not connected"):
        keras.Function(a, a + keras.Input((2,)))
    with pytest.raises(ValueError, match="`outputs` argument cannot be empty"):
        keras.Function(a, [])


def test_rematerialized_functions_have_the_same_gradients():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(keras.remat(lambda v: v * v * v)(x))
    assert tape.gradient(y, x).numpy().tolist() == [3.0, 12.0]
    with pytest.raises(ValueError, match="Invalid mode"):
        keras.RematScope("some")


def test_keras_tensors_are_made_by_hand():
    x = keras.KerasTensor((None, 3), "int32", name="x")
    assert (x.dtype, x.name, tuple(x.shape)) == ("int32", "x", (None, 3))
    assert tuple(keras.KerasTensor((2, 3)).reshape((6,)).shape) == (6,)
    assert tuple(keras.KerasTensor((1, 3)).squeeze(0).shape) == (3,)
    assert keras.KerasTensor((2,), sparse=True).sparse


# -- distribution ----------------------------------------------------------------------------------


def test_one_device_is_distributed_over():
    dist = keras.distribution
    assert (dist.list_devices(), dist.get_device_count("gpu")) == (["cpu:0"], 0)
    mesh = dist.DeviceMesh((1,), ["batch"], ["cpu:0"])
    layouts = dist.LayoutMap(mesh)
    layouts[".*d/kernel"] = ("batch", None)
    parallel = dist.ModelParallel(layout_map=layouts, batch_dim_name="batch")
    assert parallel.get_tensor_layout("model/d/kernel").axes == ("batch", None)
    assert layouts["other"] is None
    with dist.DataParallel().scope():
        assert isinstance(dist.distribution(), dist.DataParallel)
        assert dist.distribution().get_data_layout((8, 2)).axes == ("batch", None)
        assert small_fit()[1].shape == (20, 1)
    assert dist.distribution() is None
    dist.initialize(num_processes=1)


@pytest.mark.parametrize(
    ("call", "fault", "match"),
    [
        (lambda d, m: d.DeviceMesh((2,), ["batch"]), ValueError, "number of devices"),
        (lambda d, m: d.DeviceMesh((1,), ["a", "b"]), ValueError, "same size"),
        (lambda d, m: d.TensorLayout(["q"], m), ValueError, "Invalid axis names"),
        (lambda d, m: d.ModelParallel(layout_map=3), ValueError, "LayoutMap"),
        (lambda d, m: d.initialize("a,b", 2, 0), NotImplementedError, "several processes"),
    ],
)
def test_wrong_distributions(call, fault, match):
    mesh = keras.distribution.DeviceMesh((1,), ["batch"])
    with pytest.raises(fault, match=match):
        call(keras.distribution, mesh)
