"""Functional models: configs in Keras's format (oracles/make_functional.py), clones, pickles."""

import copy
import json
import pathlib
import pickle
import zipfile

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook import keras
from tensorbrook.keras import layers, ops

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden" / "functional.json"
golden = json.loads(GOLDEN.read_text())


def from_keras(case):
    model = keras.Model.from_config(copy.deepcopy(case["config"]))
    model.set_weights([np.array(w, "float32") for w in case["weights"]])
    inputs = [np.array(x) for x in case["inputs"]]
    return model, inputs[0] if len(inputs) == 1 else inputs


def outputs_of(model, inputs):
    return tf.nest.flatten(model.predict(inputs, verbose=0))


def assert_equal(model, other, inputs):
    for a, b in zip(outputs_of(model, inputs), outputs_of(other, inputs), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", golden)
def test_a_config_of_keras_makes_its_model(name):
    case = golden[name]
    model, inputs = from_keras(case)
    assert [w.path for w in model.weights] == case["paths"]
    for found, expected in zip(outputs_of(model, inputs), case["outputs"], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


# Keras's alone; it writes down `training` of calls that were not given any
LEFT_OUT = {"build_config", "compile_config", "registered_name", "optional", "training"}


def common(config):
    """A config without what only one of the two writes, with the names of dtype policies."""
    if isinstance(config, list):
        return [common(part) for part in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return config["config"]["name"]
    kept = {k: v for k, v in config.items() if v is not None and k not in LEFT_OUT}
    return {k: common(v) for k, v in kept.items()}


@pytest.mark.parametrize("name", golden)
def test_configs_are_those_of_keras(name):
    config = copy.deepcopy(golden[name]["config"])
    model, _ = from_keras(golden[name])
    found = json.loads(json.dumps(model.get_config()))
    if name == "stacked_within":  # Sequential's own config is another matter
        del found["layers"][1]["config"], config["layers"][1]["config"]
    assert common(found) == common(config)


def with_functions():
    x = keras.Input((4, 2), name="x")
    y = tf.concat([x[:, 1:], tf.zeros_like(x)[..., :1, :]], axis=1) * np.float32(2.0) + 1.0
    return keras.Model(x, layers.Dense(1)(y))


MODELS = {
    "shared_and_nested": lambda: from_keras(golden["shared_and_nested"]),
    "masked": lambda: from_keras(golden["masked"]),
    "stacked_within": lambda: from_keras(golden["stacked_within"]),
    "functions": lambda: (with_functions(), np.ones((2, 4, 2), "float32")),
}
COPIES = {
    "config": lambda m: type(m).from_config(json.loads(json.dumps(m.get_config()))),
    "serialized": lambda m: layers.deserialize(json.loads(json.dumps(layers.serialize(m)))),
    "clone": keras.models.clone_model,
    "clone within": lambda m: keras.models.clone_model(m, recursive=True),
    "pickle": lambda m: pickle.loads(pickle.dumps(m)),
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("name", MODELS)
def test_copies_compute_the_same(name, way):
    model, inputs = MODELS[name]()
    again = COPIES[way](model)
    assert type(again) is type(model) and again.name == model.name
    assert [x.name for x in again.layers] == [x.name for x in model.layers]
    assert not {id(w) for w in again.weights} & {id(w) for w in model.weights}
    if way not in ("pickle", "deepcopy"):
        again.set_weights(model.get_weights())
    assert_equal(model, again, inputs)
    assert again.get_config() == model.get_config()


def two_outputs():
    inputs = keras.Input((3,))
    heads = [layers.Dense(1, name=name)(inputs) for name in "ab"]
    return keras.Model(inputs, heads)


def test_training_goes_on_after_pickling():
    model, x, y = two_outputs(), np.ones((4, 3)), [np.ones((4, 1))] * 2
    model.compile("adam", "mse", metrics=["mae", "mse"])
    model.fit(x, y, verbose=0)
    again = pickle.loads(pickle.dumps(model))
    histories = [m.fit(x, y, verbose=0, epochs=2).history for m in (model, again)]
    assert histories[0] == histories[1] and "b_mse" in histories[0]
    for ours, theirs in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert int(again.optimizer.iterations) == 3


class Doubled(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.dense = layers.Dense(units)

    def call(self, x):
        return 2 * self.dense(x)


def test_a_subclassed_model_pickles():
    model, x = Doubled(2), np.ones((4, 3), "float32")
    model.compile("adam", "mse")
    model.fit(x, np.ones((4, 2)), verbose=0)
    assert_equal(model, pickle.loads(pickle.dumps(model)), x)
    with pytest.raises(ValueError, match="clone_function"):
        keras.models.clone_model(model, clone_function=lambda layer: layer)


class Graph(keras.Model):
    """A subclass without a constructor is made as Model is."""


def test_a_subclass_made_of_a_graph():
    inputs = keras.Input((3,))
    model = Graph(inputs, layers.Dense(1)(inputs))
    for again in (Graph.from_config(model.get_config()), keras.models.clone_model(model)):
        assert type(again) is Graph
        again.set_weights(model.get_weights())
        assert_equal(model, again, np.ones((2, 3), "float32"))


def test_functions_of_clone_model():
    model, seen = from_keras(golden["shared_and_nested"])[0], []

    def clone(layer):
        seen.append(layer.name)
        return type(layer).from_config({**layer.get_config(), "name": layer.name + "_new"})

    def call(layer, *args, **kwargs):
        outputs = layer(*args, **kwargs)
        return layers.ReLU()(outputs) if isinstance(layer, layers.Dense) else outputs

    again = keras.models.clone_model(model, clone_function=clone, call_function=call)
    assert seen == ["shared", "joined", "inner", "drop", "added", "last"]  # no input layers
    assert [x.name for x in again.layers][:3] == ["a", "b", "shared_new"]
    assert sum(isinstance(x, layers.ReLU) for x in again.layers) == 3
    start = keras.Input((3,), name="other")
    single = keras.models.clone_model(from_keras(golden["stacked_within"])[0], start)
    assert single.input_names == ["other"]
    stack = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    with pytest.raises(ValueError, match="Sequential"):
        keras.models.clone_model(stack, call_function=call)
    again = keras.models.clone_model(stack, clone_function=clone)
    assert again.layers[0].name == stack.layers[0].name + "_new" and again.built


def test_a_model_of_what_lies_within_another():
    x = keras.Input((3,))
    hidden = layers.Dense(2)(x)
    model = keras.Model(hidden, layers.Dense(1)(hidden))
    again = keras.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    assert_equal(model, again, np.ones((2, 2), "float32"))
    assert_equal(model, pickle.loads(pickle.dumps(model)), np.ones((2, 2), "float32"))


def test_configs_that_make_no_model():
    x = keras.Input((3,))
    twice = [layers.Dense(1, name="same")(x) for _ in range(2)]
    with pytest.raises(ValueError, match="'same' is used 2 times"):
        keras.Model(x, twice).get_config()
    config = two_outputs().get_config()
    place = config["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"]
    place[:2] = ["a", 0]
    with pytest.raises(ValueError, match=r"wait for one another: of \['a'\]"):
        keras.Model.from_config(config)


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_of_one_output_is_that_output(kind):
    x = keras.Input((3,))
    model = keras.Model(x, kind([layers.Dense(1)(x)]))
    data = np.ones((2, 3), "float32")
    assert model(data).shape == (2, 1) and model.predict(data, verbose=0).shape == (2, 1)
    assert model.output_shape == (None, 1) and model.input_shape == (None, 3)
    assert type(model.output) is kind and len(model.outputs) == 1
    two = keras.Model(x, {"p": layers.Dense(1)(x), "q": layers.Dense(2)(x)})
    assert two.output_shape == [(None, 1), (None, 2)]
    model.compile("sgd", "mse")
    for y in (np.ones((2, 1)), [np.ones((2, 1))]):
        assert list(model.fit(data, y, verbose=0).history) == ["loss"]


def test_a_nested_sequential_s_output_is_that_of_its_call():
    inner = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
    own = inner.output
    x = tf.keras.Input((3,))
    model = tf.keras.Model(x, tf.keras.layers.Dense(1)(inner(x)))
    cut = tf.keras.Model(model.input, model.layers[1].output)
    data = np.ones((1, 3), "float32")
    np.testing.assert_array_equal(cut(data), inner(data))
    np.testing.assert_array_equal(tf.keras.Model(inner.inputs, own)(data), inner(data))


def test_functions_are_operations_and_no_layers():
    x = tf.keras.Input((3,))
    model = tf.keras.Model(x, tf.keras.ops.relu(tf.keras.layers.Dense(2)(x)) + 1)
    assert [type(layer).__name__ for layer in model.layers] == ["InputLayer", "Dense"]
    assert len(model.operations) == 4
    assert model.get_layer(model.operations[-1].name) is model.operations[-1]


@pytest.mark.parametrize(
    "apply, module, name",  # where Keras 3.15 has the operation's class
    [
        (lambda x: ops.rfft(x)[0], "math", "RFFT"),
        (lambda x: ops.fft((x, x))[0], "math", "FFT"),
        (lambda x: ops.logsumexp(x, axis=1), "math", "Logsumexp"),
        (lambda x: ops.segment_sum(x, ops.zeros((4,), "int32"), 2), "math", "SegmentSum"),
        (lambda x: ops.cast(x, "int32"), "core", "Cast"),
        (lambda x: ops.log1p(x), "numpy", "Log1p"),
        (lambda x: ops.isin(x, [1.0, 2.0]), "numpy", "IsIn"),
        (lambda x: ops.layer_normalization(x, rms_scaling=False), "nn", "LayerNorm"),
        (lambda x: ops.rms_normalization(x), "nn", "RMSNorm"),
        (lambda x: ops.image.rgb_to_hsv(ops.reshape(x, (-1, 1, 2, 3))), "image", "RGBToHSV"),
    ],
)
def test_functions_have_the_classes_of_keras_in_models_and_files(apply, module, name, tmp_path):
    x = tf.keras.Input((6,))
    model = tf.keras.Model(x, apply(x))
    assert type(model.operations[-1]).__name__ == name
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as file:
        config = json.loads(file.read("config.json"))["config"]["layers"][-1]
    assert (config["module"], config["class_name"]) == (f"keras.src.ops.{module}", name)
    data = np.random.default_rng(0).random((4, 6), "float32")
    again = tf.keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again(data), model(data))
    assert type(again.operations[-1]).__name__ == name


@pytest.mark.parametrize("x, dtype, expected", [(1.7, "int32", 1), (2, "bool", True)])
def test_numbers_become_tensors_of_any_dtype(x, dtype, expected):
    found = ops.convert_to_tensor(x, dtype=dtype)
    assert (found.numpy(), found.dtype.name) == (expected, dtype)


@pytest.mark.parametrize(
    "function, count, expected",
    [
        (lambda x, k: tf.math.top_k(x, k)[0], 2, [[3.0, 2.0], [7.0, 6.0]]),
        (lambda x, k: tf.linspace(0.0, 1.0, k), 1, [0.0]),
        (lambda x, k: tf.linspace(0.0, 1.0, k), 2, [0.0, 1.0]),
        (lambda x, k: tf.linspace([0.0, 2.0], [1.0, 4.0], k), 3, [[0, 2], [0.5, 3], [1, 4]]),
        (lambda x, k: tf.linspace([0.0, 2.0], [1.0, 4.0], k, axis=1), 3, [[0, 0.5, 1], [2, 3, 4]]),
        (lambda x, k: tf.repeat(x[:, 3], k), 2, [3.0, 3.0, 7.0, 7.0]),
    ],
)
def test_counts_that_the_data_tell(function, count, expected):
    class Counted(layers.Layer):
        def call(self, x, k):
            return function(x, tf.reduce_max(k))

    x, k = keras.Input((4,)), keras.Input((), dtype="int32")
    model = keras.Model([x, k], Counted()(x, k))
    data = np.arange(8.0, dtype="float32").reshape(2, 4)
    assert model([data, np.full(2, count)]).numpy().tolist() == expected


def test_sizes_that_arguments_tell_are_known_of_inputs_of_any_size():
    """Shapes and values of Keras 3.15."""
    x, pictures = tf.keras.Input((None, 3)), tf.keras.Input((None, None, 3))
    parts = tf.keras.Model(x, ops.stack(ops.unstack(x, num=2, axis=1), axis=-1))
    assert parts.output_shape == (None, 3, 2)
    assert parts(np.arange(6.0, dtype="float32").reshape(1, 2, 3)).numpy().tolist() == [
        [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    ]
    with pytest.raises(tf.errors.InvalidArgumentError):
        parts(np.zeros((2, 3, 3), "float32"))
    cropped = ops.image.crop_images(pictures, 1, 1, target_height=2, target_width=4)
    assert cropped.shape == (None, 2, 4, 3)
    assert tf.keras.Model(pictures, cropped)(np.ones((1, 5, 6, 3))).shape == (1, 2, 4, 3)
    moved = ops.image.scale_and_translate(
        pictures, (None, 4, 5, 3), [1.0, 1.0], [0.0, 0.0], (1, 2), "linear"
    )
    assert moved.shape == (None, 4, 5, 3)


def test_layers_of_one_depth_stand_as_a_walk_from_the_outputs_meets_them():
    """Keras 3.15's own order, which that of the weights follows."""
    a, b, c = (keras.Input((2,), name=name) for name in "abc")

    def dense(name, x):
        return layers.Dense(2, name=name)(x)

    def added(*parts, name="sum"):
        return layers.Add(name=name)(parts)

    cases = {
        "a mid b top one two sum": (
            [a, b],
            added(dense("top", dense("mid", a)), dense("one", b), dense("two", b)),
        ),
        "c b u v a in w sum": (
            [a, b, c],
            added(added(dense("u", c), dense("v", b), name="in"), dense("w", a)),
        ),
        "a r p q b sum o": (
            [a, b],
            [added(dense("p", a), dense("q", dense("r", a))), dense("o", b)],
        ),
        "b a x": ([a, b], dense("x", b)),
    }
    for names, (inputs, outputs) in cases.items():
        assert [layer.name for layer in keras.Model(inputs, outputs).layers] == names.split()


def test_a_layer_may_return_a_variable_whatever_the_batch():
    class Total(tf.keras.layers.Layer):
        def build(self, _):
            self.total = self.add_weight(shape=(1, 2), initializer="zeros", trainable=False)

        def call(self, x):
            self.total.assign_add(x)
            return self.total

    inputs = tf.keras.Input((2,))
    outputs = Total()(inputs)
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(1, kernel_initializer="ones")(outputs))
    assert tuple(outputs.shape) == (1, 2)
    assert [model.predict(np.ones((1, 2)), verbose=0).item() for _ in range(2)] == [2, 4]
