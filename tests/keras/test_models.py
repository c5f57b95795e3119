"""Models beyond what tests/programs compare with TensorFlow: what Keras 2 had and Keras 3 has not,
errors within layers, and data that are iterated over."""

import pickle

import numpy as np
import pytest

import tensorbrook as tf

keras = tf.keras
layers = keras.layers
X = np.linspace(0, 1, 24).reshape(8, 3).astype("float32")
Y = 2 * X[:, :1]


def dense(units=1, **options):
    return layers.Dense(units, kernel_initializer="ones", **options)


def with_added():
    start = keras.Input((3,))
    hidden = dense(4)(start)
    model = keras.Model(start, dense()(hidden))
    model.add_loss(0.5 * tf.reduce_mean(tf.square(hidden)))
    model.add_metric(tf.reduce_mean(hidden), name="mean_hidden", aggregation="mean")
    return model


def as_it_is(model):
    return model


def from_config(model):
    return type(model).from_config(model.get_config())


def pickled(model):
    return pickle.loads(pickle.dumps(model))


@pytest.mark.parametrize("again", [as_it_is, from_config, pickled, keras.models.clone_model])
def test_symbolic_losses_and_metrics_of_models(again):
    model = again(with_added())
    model.compile("sgd", "mse", run_eagerly=again is pickled)
    hidden = X.sum(1)
    expected = np.mean((4 * hidden[:, None] - Y) ** 2) + 0.5 * np.mean(hidden**2)
    found = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert found == pytest.approx({"loss": expected, "mean_hidden": hidden.mean()}, rel=1e-5)
    history = model.fit(X, Y, verbose=0).history
    assert history["loss"][0] == pytest.approx(expected, rel=1e-5)
    assert model.predict(X, verbose=0).shape == (8, 1)


def test_symbolic_losses_of_a_sequential_model():
    model = keras.Sequential([keras.Input((3,)), dense()])
    model.add_loss(tf.reduce_sum(model.output))
    model.compile("sgd")
    assert model.evaluate(X, verbose=0) == pytest.approx(X.sum(), rel=1e-5)


def test_metrics_and_losses_added_within_call():
    class Watched(layers.Layer):
        def call(self, inputs):
            self.add_metric(tf.reduce_mean(inputs), name="mean_input")
            self.add_loss(tf.reduce_max(inputs))
            return inputs

    model = keras.Sequential([keras.Input((3,)), Watched(), dense()])
    model.add_loss(lambda: tf.constant(1.0))
    model.compile("sgd")
    found = model.evaluate(X, verbose=0, return_dict=True)
    assert found == pytest.approx({"loss": 2.0, "mean_input": 0.5})


class Fails(layers.Layer):
    def call(self, inputs, scale=2, training=None):
        raise RuntimeError("boom")


@pytest.mark.parametrize("run", ["eager", "traced", "symbolic", "within"])
def test_errors_within_call_name_the_layer_and_its_arguments(run):
    layer = Fails(name="culprit")
    with pytest.raises(RuntimeError) as caught:
        if run == "eager":
            layer(X, scale=3)
        elif run == "traced":
            tf.function(lambda x: layer(x, scale=3))(X)
        elif run == "symbolic":
            layer(keras.Input((3,), batch_size=8), scale=3)
        else:
            layers.Lambda(lambda x: layer(x, scale=3), name="outer")(X)
    text = str(caught.value)
    assert text.startswith("Exception encountered when calling Fails.call() of layer 'culprit'.")
    assert text.count("Exception encountered") == 1 and "\n\nboom\n\n" in text
    table = text.partition("Arguments received by Fails.call():")[2].splitlines()[1:]
    shown = "  • inputs=tf.Tensor(shape=(8, 3), dtype=float32)"
    assert table == [shown, "  • scale=3", "  • training=None"]


def test_symbolic_calls_do_not_take_a_variable_for_one_that_is_no_more():
    shapes = []

    class Making(keras.layers.Layer):
        def call(self, x):
            for _ in range(9):  # the place in memory of one is the next one's
                tf.Variable([1.0, 2.0]).assign([3.0, 4.0])
                shapes.append(tf.convert_to_tensor(tf.Variable(5.0)).shape)
            return x

    Making()(keras.Input((3,)))
    assert shapes == 9 * [()]


def test_unknown_sizes_are_none_within_symbolic_calls():
    class Sees(layers.Layer):
        def call(self, inputs):
            seen.append(tuple(inputs.shape))
            raise ValueError("stop")

    seen = []
    with pytest.raises(ValueError, match=r"inputs=tf.Tensor\(shape=\(None, None, 3\)"):
        Sees()(keras.Input((None, 3)))
    assert seen == [(None, None, 3)]


class Loader:
    """Makes its batches anew each time, as PyTorch's DataLoader."""

    def __init__(self, size):
        self.size = size

    def __iter__(self):
        return iter([[Torch(X[i : i + 2]), Torch(Y[i : i + 2])] for i in range(0, 8, 2)])


class Sized(Loader):
    def __len__(self):
        return 4


class Torch:
    """An array behind the interface of PyTorch's tensors."""

    def __init__(self, array):
        self.array = array

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return self.array


@pytest.mark.parametrize("loader", [Loader, Sized])
def test_loaders(loader):
    def trained(*data, **options):
        model = keras.Sequential([keras.Input((3,)), dense()])
        model.compile("sgd", "mse")
        return model.fit(*data, epochs=3, verbose=0, **options).history["loss"]

    expected = trained(X, Y, batch_size=2, shuffle=False)
    assert trained(loader(2)) == pytest.approx(expected)


def test_variables_keep_what_they_are_when_pickled():
    layer = dense(2, kernel_regularizer="l2", kernel_constraint="non_neg")
    layer.build((None, 3))
    layer.trainable = False
    again = pickled(layer)
    assert not again.kernel.trainable and len(again.losses) == 0
    again.trainable = True
    assert again.kernel.path == layer.kernel.path and again.losses[0].numpy() == pytest.approx(0.06)
    assert isinstance(again.kernel.constraint, keras.constraints.NonNeg)


@pytest.mark.parametrize("name", ["input", "output", "inputs", "output_shape", "input_names"])
def test_what_an_unbuilt_model_lacks_is_said(name):
    with pytest.raises(AttributeError, match="subclassed, or not built yet"):
        getattr(keras.Sequential([dense()]), name)


class Plus(layers.Layer):
    def call(self, x, y=None):
        return x if y is None else x + y


def test_inputs_that_may_be_missing():
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b", optional=True)
    model = keras.Model({"a": a, "b": b}, Plus()(a, b))
    for made in (model, pickled(model)):
        np.testing.assert_allclose(made({"a": X, "b": None}), X)
        np.testing.assert_allclose(made.predict({"a": X, "b": X}, verbose=0), 2 * X)
        np.testing.assert_allclose(made.predict({"a": X, "b": None}, verbose=0), X)
    with pytest.raises(ValueError, match="is None, and was not made with optional=True"):
        model({"a": None, "b": X})


def test_a_model_of_steps_alone_needs_no_call():
    class Steps(keras.Model):
        def train_step(self, data):
            return {"mine": 3.0}

    model = Steps()
    model.compile()
    assert model.fit(X, Y, verbose=0).history == {"mine": [3.0]}


def test_a_policy_is_set_by_its_name():
    layer = dense(2)
    layer.dtype_policy = "mixed_float16"
    assert layer(X).dtype.name == "float16" and layer.kernel.dtype.name == "float32"


def test_outputs_that_are_missing():
    with pytest.raises(ValueError, match="`outputs` is missing"):
        keras.Model(keras.Input((3,)))


def test_errors_within_build_name_the_layer_and_the_shapes():
    with pytest.raises(TypeError, match=r"building layer 'd' \(Dense\) for inputs") as e:
        layers.Dense(2, name="d")([X, X])
    assert "inputs: [(8, 3), (8, 3)]" in str(e.value)
    with pytest.raises(TypeError, match=r"MultiHeadAttention.call\(\) needs value as well"):
        layers.MultiHeadAttention(2, 2)(np.ones((2, 3, 4), "float32"))


def test_the_graph_of_a_sequential_model_counts_as_a_functional_one():
    tf.keras.backend.clear_session()
    tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
    assert _functional().name == "functional_1"
    grown = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    grown.add(tf.keras.layers.Dense(2))
    grown.pop()
    assert _functional().name == "functional_5"


def _functional():
    start = tf.keras.Input((3,))
    return tf.keras.Model(start, tf.keras.layers.Dense(2)(start))


class _Own(tf.keras.layers.Dense):
    pass


def test_the_registered_name_of_a_class_of_ones_own_is_its_name():
    config = tf.keras.saving.serialize_keras_object(_Own(2))
    assert (config["class_name"], config["registered_name"]) == ("_Own", "_Own")
    assert (
        tf.keras.saving.serialize_keras_object(tf.keras.layers.Dense(2))["registered_name"] is None
    )
    again = tf.keras.saving.deserialize_keras_object(config, custom_objects={"_Own": _Own})
    assert type(again) is _Own


def test_a_name_of_many_that_is_like_none_gets_no_suggestions():
    with pytest.raises(ValueError, match=r"Unknown object: 'Qqqqzzzzxx'\. If it is your own, pass"):
        tf.keras.saving.deserialize_keras_object({"class_name": "Qqqqzzzzxx", "config": {}})


class _Holder(tf.keras.layers.Layer):
    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner

    def get_config(self):
        return {**super().get_config(), "inner": self.inner}

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def call(self, x):
        return self.inner(x)


def test_models_that_cannot_be_made_again_raise_as_in_both_eras(tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((2,)), _Holder(tf.keras.layers.Dense(1))])
    model.save(tmp_path / "m.keras")
    for error in (TypeError, ValueError):
        with pytest.raises(error, match="Unknown object: '_Holder'"):
            tf.keras.models.load_model(tmp_path / "m.keras")
        with pytest.raises(error, match=r"from_config\(\) has to make them again"):
            tf.keras.models.load_model(tmp_path / "m.keras", {"_Holder": _Holder})


def test_a_mask_given_to_a_model_reaches_its_first_layers():
    x = tf.random.stateless_normal((2, 3, 2), seed=(1, 2))
    mask = np.array([[True, False, False], [True, True, False]])
    layer = keras.layers.LSTM(2)
    wanted = layer(x, mask=mask).numpy()
    start = keras.Input((3, 2))
    models = keras.Model(start, layer(start)), keras.Sequential([start, layer])
    for model in (*models, keras.Sequential([layer]), keras.layers.Pipeline([layer])):
        np.testing.assert_array_equal(model(x, mask=mask).numpy(), wanted)
    two = keras.Model([start, other := keras.Input((3, 2))], layer(start) + layer(other))
    np.testing.assert_array_equal(
        two([x, x], mask=[None, mask]).numpy(), (layer(x) + wanted).numpy()
    )
    assert not hasattr(x, "_keras_mask")


@pytest.mark.parametrize(
    "shapes",
    [
        [(None, 3), (None, 5)],
        ((None, 3), (None, 5)),
        [[None, 3], [None, 5]],
        [tf.TensorShape([None, 3]), tf.TensorShape([None, 5])],
        {"left": (None, 3), "right": [None, 5]},
    ],
)
def test_a_model_is_built_for_several_inputs(shapes):
    class Pair(keras.Model):
        def __init__(self):
            super().__init__()
            self.left, self.right = keras.layers.Dense(2), keras.layers.Dense(4)

        def call(self, inputs):
            left, right = inputs.values() if isinstance(inputs, dict) else inputs
            return self.left(left), self.right(right)

    model = Pair()
    model.build(shapes)
    assert [tuple(w.shape) for w in model.weights] == [(3, 2), (2,), (5, 4), (4,)]
    assert model.compute_output_shape(shapes) == ((None, 2), (None, 4))


def test_a_list_of_sizes_is_a_shape():
    model = keras.Sequential([keras.layers.Dense(2), keras.layers.Lambda(lambda x: 2.0 * x)])
    assert model.compute_output_shape([None, 3]) == (None, 2)

    class Own(keras.Model):
        def call(self, x):
            return x[:, :1]

    made = Own()
    made.build([None, 3])
    assert made.built and made.compute_output_shape([None, 3]) == (None, 1)
