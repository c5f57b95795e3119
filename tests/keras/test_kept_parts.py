"""What objects keep in lists and dicts, configs with objects in them, clones, policies by name."""

import json

import numpy as np
import pytest

import tensorbrook as tf

keras = tf.keras


@keras.saving.register_keras_serializable("kept")
class HoldsItself(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = {"out": keras.layers.Dense(2)}
        self.blocks["all"] = [self.blocks]

    def call(self, x):
        return self.blocks["out"](x)


def test_a_container_may_hold_itself(tmp_path):
    model, x = HoldsItself(), np.ones((2, 4), "float32")
    expected = model(x)
    assert len(model.weights) == len(model.variables) == 2
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "m.keras")(x), expected)
    model.save_weights(tmp_path / "m.weights.h5")
    model.load_weights(tmp_path / "m.weights.h5")


def test_metrics_keep_what_lists_and_dicts_hold():
    metric = keras.metrics.Mean()
    metric.parts = {"a": [keras.metrics.Mean(), keras.metrics.Sum()], "b": keras.Variable(1.0)}
    assert len(metric.variables) == 2 + 1 + 2 + 1
    metric.parts["a"][1].update_state([3.0])
    metric.reset_state()
    assert metric.parts["a"][1].result() == 0.0
    metric.parts["self"] = metric.parts  # as a list, a dict may hold itself, and a metric
    metric.parts["a"] += [metric, metric.parts["a"]]
    assert len(metric.variables) == 2 + 1 + 2 + 1


def towers():
    """Two models within a model, of one table."""
    table = keras.layers.Embedding(9, 3, name="table")
    inputs, found = [keras.Input((2,), name=name) for name in "ab"], []
    for name, x in zip("cd", inputs):
        start = keras.Input((2,))
        tower = keras.Model(start, keras.layers.Flatten()(table(start)), name=name)
        found.append(tower(x))
    return keras.Model(inputs, keras.layers.Dot(1)(found)), [[[1, 2]], [[3, 4]]]


def layer_of_two_models():
    dense, x = keras.layers.Dense(3, name="dense"), keras.Input((3,))
    inner = keras.Sequential([keras.Input((3,)), dense])
    return keras.Model(x, dense(inner(x))), [[1.0, 2.0, 3.0]]


def step_of_a_wrapper():
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    sequences, x = keras.Input((2, 3)), keras.Input((3,))
    every = keras.layers.TimeDistributed(inner)(sequences)
    return keras.Model([sequences, x], keras.layers.Dot((2, 1))([every, inner(x)])), [
        [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]],
        [[1.0, 0.0, 2.0]],
    ]


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("make", [towers, layer_of_two_models, step_of_a_wrapper])
def test_what_is_shared_in_a_model_is_shared_in_its_file(make, ending, tmp_path):
    model, x = make()
    x = [np.array(value) for value in x] if isinstance(model.input, list) else np.array(x)
    expected = model(x)
    model.save(tmp_path / f"m{ending}")
    again = keras.saving.load_model(tmp_path / f"m{ending}")
    np.testing.assert_array_equal(again(x), expected)
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]


def told(base, *before):
    """The config of a class of the program's own, as `dict(size=..., **super().get_config())`."""

    class Own(base):
        def __init__(self, size=3, **kwargs):
            super().__init__(*before, **kwargs)
            self.size = size

        def get_config(self):
            return dict(size=self.size, **super().get_config())

    return Own(name="own").get_config().keys()


def test_the_base_s_config_leaves_out_what_a_class_of_the_program_adds():
    policy = {"name", "trainable", "dtype"}
    assert told(keras.layers.Layer) == told(keras.Model) == {"size"} | policy
    assert told(keras.layers.Dense, 2) > {"size", "units", "activation"} | policy
    assert told(keras.losses.Loss) == {"size", "name", "reduction"}
    assert told(keras.metrics.Metric) == {"size", "name", "dtype"}
    assert told(keras.optimizers.Optimizer, 0.1) > {"size", "learning_rate", "clipnorm"}


def test_functions_are_told_by_the_names_they_are_registered_under():
    name = "kept>squared"
    squared = keras.saving.register_keras_serializable("kept")(lambda x: x * x)
    squared = keras.saving.register_keras_serializable("kept", "squared")(squared)
    config = keras.saving.serialize_keras_object(squared)
    assert config["config"] == config["registered_name"] == name
    for told in (config, {**config, "config": "squared", "registered_name": "function"}):
        assert keras.saving.deserialize_keras_object(told) is squared  # and as Keras 3.6 wrote it


@keras.saving.register_keras_serializable("kept")
class Around(keras.layers.Layer):
    """A layer whose config holds objects as they are."""

    def __init__(self, inner, dtype=None, **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.inner = inner

    def call(self, x):
        return self.inner(x)

    def get_config(self):
        policies = keras.dtype_policies.DTypePolicyMap("float32")
        policies["around/inner"] = keras.DTypePolicy("bfloat16")
        return {**super().get_config(), "inner": self.inner, "dtype": policies}

    @classmethod
    def from_config(cls, config):
        config["inner"] = keras.saving.deserialize_keras_object(config["inner"])
        return super().from_config(config)


def test_configs_with_objects_become_plain_data(tmp_path):
    x = keras.Input((3,))
    model = keras.Model(x, Around(keras.layers.Dense(2), name="around")(x))
    config = keras.saving.serialize_keras_object(model)
    inner = json.loads(json.dumps(config))["config"]["layers"][1]["config"]
    assert inner["inner"]["class_name"] == "Dense"
    assert inner["dtype"]["config"]["policy_map"]["around/inner"]["config"] == {"name": "bfloat16"}
    data = np.ones((1, 3), "float32")
    for name in ("m.keras", "m.h5"):
        model.save(tmp_path / name)
        again = keras.saving.load_model(tmp_path / name)
        np.testing.assert_array_equal(again(data), model(data))
    keras.models.model_from_json(model.to_json())


class TestClones:
    def model(self, **arguments):
        x = keras.Input((3,))
        model = keras.Model(x, keras.layers.Dense(2)(x))
        model.compile(**arguments)
        return model

    def test_a_clone_is_compiled_with_an_optimizer_of_its_own(self):
        model = self.model(optimizer=keras.optimizers.Adam(0.5), loss="mse", metrics=["mae"])
        clone = keras.models.clone_model(model)
        assert clone.compiled and clone.optimizer is not model.optimizer
        assert clone.optimizer.get_config() == model.optimizer.get_config()
        x, y = np.ones((4, 3)), np.ones((4, 2))
        assert set(clone.fit(x, y, verbose=0).history) == {"loss", "mae"}
        assert not model.optimizer.built or model.optimizer.iterations == 0

    def test_losses_and_classes_of_the_program_need_no_names(self):
        class Mine(keras.optimizers.SGD):
            pass

        model = self.model(optimizer=Mine(0.1), loss=lambda a, b: tf.reduce_mean((a - b) ** 2, -1))
        clone = keras.models.clone_model(model)
        assert clone.loss is model.loss and type(clone.optimizer) is Mine

    def test_other_structures_of_inputs_are_refused(self):
        x, other = keras.Input((3,)), keras.Input((3,))
        model = keras.Model({"x": x}, keras.layers.Dense(2)(x))
        keras.models.clone_model(model, input_tensors={"x": other})
        with pytest.raises(ValueError, match=r"same structure as model\.input"):
            keras.models.clone_model(model, input_tensors=(other,))


class TestPolicies:
    def test_without_a_name_they_are_the_global_one(self):
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            assert keras.DTypePolicy().name == "mixed_bfloat16"
            policy = keras.dtype_policies.QuantizedDTypePolicy("int8")
            assert policy.name == "int8_from_mixed_bfloat16"
        finally:
            keras.config.set_dtype_policy("float32")

    def test_float_policies_are_policies(self):
        policy = keras.dtype_policies.FloatDTypePolicy("mixed_float16")
        assert repr(policy) == '<DTypePolicy "mixed_float16">'
        assert policy == keras.DTypePolicy("mixed_float16")

    def test_maps_name_their_default(self):
        policies = keras.dtype_policies.DTypePolicyMap("mixed_bfloat16")
        assert policies.get_config() == {"default_policy": "mixed_bfloat16", "policy_map": {}}
        with pytest.raises(TypeError, match="`policy_map` must be a dict"):
            keras.dtype_policies.DTypePolicyMap(policy_map=123)

    @pytest.mark.parametrize("policy", [12345, None])
    def test_what_is_no_policy_is_refused(self, policy):
        with pytest.raises(ValueError, match="Invalid `policy` argument"):
            keras.config.set_dtype_policy(policy)

    def test_half_a_name_is_refused(self):
        with pytest.raises(ValueError, match="Cannot convert `policy` into a valid pair"):
            keras.dtype_policies.get("int8_abc_")


def test_configs_of_lambdas_say_what_to_do():
    config = keras.saving.serialize_keras_object(lambda x: x)
    with pytest.raises(ValueError, match=r"arbitrary code execution.*custom_objects="):
        keras.saving.deserialize_keras_object(config)


def test_serialized_objects_keep_tuples():
    layer = keras.layers.RandomTranslation(0.5, (0.0, 0.5))
    config = keras.saving.serialize_keras_object(layer)["config"]
    assert config["width_factor"] == (0.0, 0.5)
    assert keras.saving.serialize_keras_object({"a": (1, [2, (3,)])}) == {"a": (1, [2, (3,)])}


def test_a_model_with_its_own_compile_is_left_uncompiled(tmp_path):
    @keras.saving.register_keras_serializable("kept")
    class Own(keras.Sequential):
        def compile(self, rate):
            super().compile(keras.optimizers.SGD(rate), "mse")

    model = Own([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(0.1)
    model.save(tmp_path / "own.keras")
    with pytest.warns(UserWarning, match=r"`compile\(\)` method is custom"):
        again = keras.saving.load_model(tmp_path / "own.keras")
    assert not again.compiled and not keras.models.clone_model(model).compiled


def test_scipys_matrices_may_come_from_generators():
    sparse = pytest.importorskip("scipy.sparse")
    rows = sparse.random(2, 4, density=0.5, dtype="float32", random_state=1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.compile("sgd", "mse")
    y = np.ones((2, 3), "float32")
    dense = model.evaluate(rows.toarray(), y, verbose=0)
    assert abs(model.evaluate(((rows, y) for _ in range(2)), verbose=0) - dense) < 1e-6
    model.fit(((rows, y) for _ in range(2)), verbose=0)
    found = model.predict(((rows,) for _ in range(2)), verbose=0)
    np.testing.assert_allclose(found[:2], model.predict(rows.toarray(), verbose=0), rtol=1e-5)


def test_a_teacher_may_be_a_subclassed_model():
    class Net(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.first, self.last = keras.layers.Dense(units), keras.layers.Dense(3)

        def call(self, x):
            return self.last(self.first(x))

    x, y = np.ones((4, 2), "float32"), np.zeros(4)
    teacher, student = Net(8), Net(2)
    teacher(x), student(x)
    distiller = keras.distillation.Distiller(
        teacher, student, keras.distillation.LogitsDistillation()
    )
    distiller.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = distiller.fit(x, y, verbose=0).history
    expected = 0.5 * history["student_loss"][0] + 0.5 * history["distillation_loss"][0]
    np.testing.assert_allclose(history["total_loss"], [expected], rtol=1e-5)


def test_ctc_takes_the_blanks_class_for_a_label_where_lengths_say_so():
    logits = (np.arange(24).reshape(2, 4, 3).astype("float32") - 12) / 100
    labels = np.array([[1, 2, 1, 0], [1, 2, 0, 2]])
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)

    def paths(label, rows):
        """-log of the sum over all paths of 4 steps that are the label, each path by hand."""
        total = 0.0
        for cut in np.ndindex(*[2 * len(label) + 1] * 4):  # places in blank, l0, blank, l1, ...
            steps = np.diff(cut)
            fits = cut[0] < 2 and cut[-1] >= 2 * len(label) - 1 and (steps >= 0).all()
            skips = all(
                s < 2 or (s == 2 and c % 2 and label[c // 2] != label[c // 2 - 1])
                for s, c in zip(steps, cut[1:])
            )
            if fits and skips:
                symbols = [label[c // 2] if c % 2 else 0 for c in cut]
                total += np.prod([rows[t, s] for t, s in enumerate(symbols)])
        return -np.log(total)

    found = keras.ops.ctc_loss(labels, logits, [3, 3], [4, 4], mask_index=0)
    expected = [paths([1, 2, 1], p[0]), paths([1, 2, 0], p[1])]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("draw", ["gamma", "beta"])
def test_random_numbers_in_bfloat16(draw):
    arguments = (2.0,) if draw == "gamma" else (2.0, 3.0)
    found = getattr(keras.random, draw)((1000,), *arguments, dtype="bfloat16", seed=1)
    mean = {"gamma": 2.0, "beta": 0.4}[draw]
    assert found.dtype.name == "bfloat16"
    assert abs(np.mean(found.numpy().astype("float32")) - mean) < 0.15
