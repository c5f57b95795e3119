"""Layers as programs write them: declared weights, `build` by hand, configs, weights in stores.

What a class written for Keras does was asked of Keras 3.15.1 where a comment says so.
"""

import copy
import json
import threading

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras.layers.declared import Weight, weights_of

layers = tf.keras.layers
Layer = layers.Layer


class Scale(Layer):
    """Declared, with every kind of weight."""

    gain = Weight(lambda layer, shape: shape[-1:], "ones")
    offset = Weight(lambda layer, shape: shape[-1:] if layer.use_offset else None)
    calls = Weight(lambda layer, shape: (), "zeros", "count", dtype="int64", trainable=False)

    def __init__(
        self,
        use_offset=True,
        offset_initializer="zeros",
        offset_regularizer=None,
        offset_constraint=None,
        activation=None,
        **kwargs,
    ):
        super().__init__(**kwargs)

    def call(self, inputs):
        self.calls.assign_add(1)
        x = inputs * self.gain
        return self.activation(x if self.offset is None else x + self.offset)


class Written(Layer):
    """The same in Keras's own way, with nothing but a build and a call."""

    def build(self, input_shape):
        self.gain = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="gain")
        self.inner = layers.Dense(2, name="dense")
        self.inner.build(input_shape)

    def call(self, inputs):
        return self.inner(inputs * self.gain)


def names(layer):
    return [v.path for v in layer.weights]


# -- build -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["call", "build", "build, then call", "twice", "symbolic"])
def test_a_layer_has_its_weights_once_and_is_built(how):
    layer = Written(name="own")
    assert not layer.built and not layer.weights
    if "build" in how or how == "twice":
        layer.build((None, 3))
    if "call" in how:
        layer(tf.ones((2, 3)))
    if how == "twice":
        layer.build((None, 3))
    if how == "symbolic":
        layer(tf.keras.Input((3,)))
    assert layer.built and layer.inner.built
    assert names(layer) == ["own/gain", "own/dense/kernel", "own/dense/bias"]  # Keras's paths


def test_super_build_and_built_set_by_hand_change_nothing():
    class Sub(layers.Dense):
        def build(self, input_shape):
            self.built = True
            super().build(input_shape)
            self.more = self.add_weight(shape=(), name="more")

    layer = Sub(2, name="sub")
    layer.build((None, 3))
    layer(tf.ones((1, 3)))
    assert names(layer) == ["sub/kernel", "sub/bias", "sub/more"]
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 3"):
        layer(tf.ones((1, 4)))


def test_build_from_a_mixin_or_in_init_runs_once():
    class Mixin:
        def build(self, input_shape):
            self.w = self.add_weight(shape=(1,), name="w")

    class Mixed(Mixin, Layer):
        def call(self, x):
            return x * self.w

    class Early(Mixed):
        def __init__(self):
            super().__init__()
            self.build(None)

    for layer in (Mixed(), Early()):
        layer.build((None, 1))
        layer(tf.ones((1, 1)))
        assert layer.built and len(layer.weights) == 1


def test_weights_made_in_init_and_weights_tied_are_counted_once():
    class Tied(Layer):
        def __init__(self, other):
            super().__init__()
            self.kernel = other.kernel
            self.own = self.add_weight(shape=(2,), name="own")

    source = layers.Dense(2)
    source.build((None, 3))
    tied = Tied(source)
    assert len(tied.weights) == 2 and tied.weights[0] is source.kernel
    model = tf.keras.Sequential([source, tied])
    assert len(model.weights) == 3


def test_a_build_that_fails_can_be_tried_again():
    layer = layers.Dense(2)
    with pytest.raises(ValueError, match=r"weight 'kernel' of shape \(None, 2\) must have a known"):
        layer.build((None, None))
    assert not layer.built
    assert layer(tf.ones((1, 3))).shape == (1, 2) and len(layer.weights) == 2


def test_models_with_a_build_of_their_own():
    class Net(tf.keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.dense = layers.Dense(2, name="dense")

        def build(self, input_shape):
            self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
            super().build(input_shape)

        def call(self, x):
            return self.dense(x) * self.scale

    net = Net(name="net")
    net.build((None, 3))
    net(tf.ones((1, 3)))
    assert sorted(names(net)) == ["net/dense/bias", "net/dense/kernel", "net/scale"]


def test_sequential_is_built_anew_after_add_and_pop():
    model = tf.keras.Sequential([tf.keras.Input((3,)), layers.Dense(2)])
    model.add(layers.Dense(4))
    assert model.built and model.output_shape == (None, 4) and len(model.weights) == 4
    model.pop()
    assert model.built and model.output_shape == (None, 2)
    model.add(layers.Dense(5), rebuild=False)
    assert not model.built
    model.build()
    assert model.output_shape == (None, 5)


def test_sequential_begins_with_a_layer_of_several_tensors(tmp_path):
    model = tf.keras.Sequential([layers.Concatenate(), layers.Dense(3), layers.Dense(1)])
    model.build([(None, 2), (None, 3)])
    x = [np.ones((4, 2), "float32"), np.ones((4, 3), "float32")]
    model.compile("sgd", "mse")
    model.fit(x, np.ones((4, 1)), verbose=0)
    assert [w.shape for w in model.weights] == [(5, 3), (3,), (3, 1), (1,)]
    model.save(tmp_path / "m.keras")
    again = tf.keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))
    assert model([tf.keras.Input((2,)), tf.keras.Input((3,))]).shape == (None, 1)


def test_threads_that_call_a_new_layer_build_it_once():
    layer, barrier, seen = Written(), threading.Barrier(8), []

    def work():
        barrier.wait()
        seen.append(layer(tf.ones((1, 3))).numpy())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(layer.weights) == 3 and len(seen) == 8
    assert all((y == seen[0]).all() for y in seen)
    assert copy.deepcopy(layer).built


# -- declared weights ------------------------------------------------------------------------------


def test_declared_weights_take_the_constructor_s_arguments_by_name():
    layer = Scale(
        offset_initializer=tf.keras.initializers.Constant(2.0),
        offset_regularizer="l2",
        offset_constraint="non_neg",
        activation="relu",
        name="scale",
    )
    with pytest.raises(AttributeError, match="'scale' has no 'gain' yet, since it is not built"):
        layer.gain  # noqa: B018
    assert layer(tf.constant([[1.0, -5.0]])).numpy().tolist() == [[3.0, 0.0]]
    assert names(layer) == ["scale/gain", "scale/offset", "scale/count"]
    assert [v.name for v in layer.trainable_weights] == ["gain", "offset"]
    assert layer.calls.dtype == tf.int64 and layer.calls.numpy() == 1
    assert type(layer.offset.constraint).__name__ == "NonNeg"
    np.testing.assert_allclose(layer.losses[0], 0.01 * 8)
    assert isinstance(Scale.gain, Weight)
    bare = Scale(use_offset=False)
    bare.build((None, 2))
    assert bare.offset is None and len(bare.weights) == 2


def test_subclasses_add_replace_and_drop_declared_weights():
    class More(Scale):
        offset = None
        gain = Weight(lambda layer, shape: (1,), "zeros")
        last = Weight(lambda layer, shape: (2,))

        def __init__(self, last_initializer="ones", **kwargs):
            super().__init__(**kwargs)

    assert [w.attribute for w in weights_of(More)] == ["gain", "calls", "last"]
    layer = More(last_initializer="zeros", activation="relu")
    layer(tf.ones((1, 5)))
    assert [v.shape for v in layer.weights] == [(1,), (2,), ()]
    assert type(layer.last_initializer).__name__ == "Zeros"
    assert layer.activation is tf.keras.activations.relu


class Passing(layers.Dense):
    def __init__(self, units, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(units, kernel_initializer=kernel_initializer, **kwargs)


class Changing(layers.Dense):
    def __init__(self, units, kernel_initializer="zeros", **kwargs):
        super().__init__(units, kernel_initializer=f"{kernel_initializer[:-1]}s", **kwargs)


def test_an_argument_handed_on_is_one_initializer_with_one_seed():
    kernels = []
    for cls in (layers.Dense, Passing):
        tf.keras.utils.set_random_seed(3)
        first, second = cls(2), cls(2)
        for layer in (first, second):
            layer.build((None, 2))
            kernels.append(layer.kernel.numpy())
    np.testing.assert_array_equal(kernels[0], kernels[2])
    np.testing.assert_array_equal(kernels[1], kernels[3])
    changed = Changing(2, kernel_initializer="one_", bias_initializer="ones")
    changed.build((None, 1))
    assert changed.get_weights()[0].tolist() == [[1, 1]] and changed.bias.numpy().tolist() == [1, 1]


class Attention(Layer):
    """Weights for several inputs, each with a shape of its own."""

    query = Weight(lambda layer, shapes: (shapes[0][-1], 2))
    value = Weight(lambda layer, shapes: (shapes[1][-1], 3))

    def build(self, query_shape, value_shape):
        super().build((query_shape, value_shape))

    def call(self, query, value):
        return tf.matmul(query, self.query), tf.matmul(value, self.value)


def test_shapes_of_several_inputs_reach_the_weights():
    layer = Attention(name="attention")
    layer(value=tf.ones((1, 5)), query=tf.ones((1, 4)))
    assert [v.shape for v in layer.weights] == [(4, 2), (5, 3)]


class Adapted(layers.Dense):
    """An adapter from outside: a built Dense layer whose kernel becomes a sum."""

    kernel = property(lambda self: self._kernel + self._added)


def test_an_adapter_can_stand_before_a_weight_of_a_built_layer():
    layer = layers.Dense(2, kernel_initializer="ones", name="d")
    layer.build((None, 2))
    layer._added = layer.add_weight(shape=(2, 2), initializer="ones", name="added")
    layer.__class__ = Adapted
    assert layer(tf.ones((1, 2))).numpy().tolist() == [[4.0, 4.0]]
    assert sorted(names(layer)) == ["d/added", "d/bias", "d/kernel"]


def test_wrong_arguments_are_python_s_own_type_error():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'units'"):
        layers.Dense()
    with pytest.raises(TypeError, match="multiple values for argument 'units'"):
        layers.Dense(3, units=4)


# -- configs ---------------------------------------------------------------------------------------


class NotKept(Layer):
    def __init__(self, units, act="relu", **kwargs):
        super().__init__(**kwargs)
        self._units = units


class Blocks(Layer):
    def __init__(self, blocks=3, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [layers.Dense(2) for _ in range(blocks)]


class Wrapper(Layer):
    def __init__(self, layer, weight, **kwargs):
        super().__init__(**kwargs)
        self.inner, self.weight = layer, weight


class SubDense(layers.Dense):
    def __init__(self, units, extra=1, **kwargs):
        super().__init__(2 * units, **kwargs)


class Completed(Layer):
    def __init__(self, fn, units, **kwargs):
        super().__init__(**kwargs)
        self._fn, self._units = fn, units

    def get_config(self):
        return {**super().get_config(), "units": self._units}


class Net(tf.keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)


@pytest.mark.parametrize(
    ("layer", "wanted"),
    [
        (lambda: NotKept(3, name="a"), {"units": 3, "act": "relu", "name": "a"}),  # as Keras
        (lambda: Blocks(name="b"), {"blocks": 3, "name": "b"}),  # as Keras
        (lambda: Blocks(4), {"blocks": 4}),  # as Keras
        (lambda: Completed(print, 5), {"units": 5}),  # as Keras
        (lambda: Net(6, name="net"), {"units": 6, "name": "net"}),
        (lambda: SubDense(3, use_bias=False), {"units": 3, "extra": 1, "use_bias": False}),
        (lambda: layers.Embedding(3, 2, weights=np.ones((3, 2))), {"input_dim": 3}),
    ],
)
def test_configs_hold_the_constructor_s_arguments(layer, wanted):
    layer = layer()
    config = json.loads(json.dumps(layer.get_config()))
    assert {name: config[name] for name in wanted} == wanted
    assert (
        config["dtype"]["config"] == {"name": "float32"}
        and config["trainable"] is True
        and "weights" not in config
    )
    if type(layer) is not Completed:
        again = type(layer).from_config(config)
        assert json.loads(json.dumps(again.get_config())) == config


def test_a_config_with_layers_and_arrays_in_it_makes_them_again():
    layer = Wrapper(layers.Dense(3, activation="relu"), np.array([1.0, 2.0], "float32"))
    again = Wrapper.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.inner.units == 3 and again.inner.activation is tf.keras.activations.relu
    assert again.weight.tolist() == [1.0, 2.0] and again.weight.dtype == "float32"


class Forgetful(Layer):
    def __init__(self, table, **kwargs):
        super().__init__(**kwargs)


class ForgetfulStart(tf.keras.initializers.Initializer):
    def __init__(self, height):
        self._height = height


class ForgetfulNet(tf.keras.Model):
    def __init__(self, table):
        super().__init__()


@pytest.mark.parametrize(
    ("thing", "argument"),
    [
        (lambda: Forgetful(np.ones(3)), "table"),
        (lambda: Forgetful(print), "table"),
        (lambda: ForgetfulNet(object()), "table"),
        (lambda: ForgetfulStart(3), "height"),
    ],
)
def test_a_config_that_cannot_be_complete_names_the_argument(thing, argument):
    with pytest.raises(
        NotImplementedError, match=f"argument '{argument}' of __init__ was not kept"
    ):
        thing().get_config()


# -- weights in and out ----------------------------------------------------------------------------


def test_own_variables_go_through_a_store():
    layer, store = Written(), {}
    layer.build((None, 3))
    layer.save_own_variables(store)
    assert list(store) == ["0"]  # those of layers below are theirs
    twin = Scale()
    twin.build((None, 2))
    twin(tf.ones((1, 2)))
    store = {}
    twin.save_own_variables(store)
    assert {k: np.asarray(v).tolist() for k, v in store.items()} == {
        "0": [1.0, 1.0],
        "1": [0.0, 0.0],
        "2": 1,
    }
    store["1"] = np.array([3.0, 4.0])
    twin.load_own_variables(store)
    assert twin.offset.numpy().tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("shape", "store", "words"),
    [
        ((None, 2), {"0": np.ones((2, 3))}, "expected 2 variables, but received 1"),
        ((None, 2), {"0": np.ones((2, 4)), "1": np.ones(3)}, r"shape \(2, 4\)"),
        (None, {"0": np.ones((2, 3))}, "It is not built: build it first"),
    ],
)
def test_a_store_that_does_not_fit(shape, store, words):
    layer = layers.Dense(3)
    if shape:
        layer.build(shape)
        before = layer.get_weights()
    with pytest.raises(ValueError, match=words):
        layer.load_own_variables(store)
    if shape:
        assert all((a == b).all() for a, b in zip(before, layer.get_weights()))


# -- mixed precision -------------------------------------------------------------------------------


class Mixed(Layer):
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], 2), initializer="ones", name="w")
        self.whole = self.add_weight(shape=(2,), autocast=False, name="whole")
        self.count = self.add_weight(shape=(), dtype="int64", trainable=False, name="count")
        self.seen = self.add_weight(shape=(2,), initializer="zeros", trainable=False, name="seen")

    def call(self, x):
        y = tf.matmul(x, self.w)
        self.seen.assign_add(tf.cast(y[0], "float32") / 3)
        return y, self.whole + 0.0, self.count + 0, tf.convert_to_tensor(self.w), self.w.value


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_calls_read_weights_in_the_compute_dtype(half):
    layer = Mixed(dtype=f"mixed_{half}")
    with tf.GradientTape() as tape:
        results = layer(tf.ones((1, 3)))
    # what Keras gives
    assert [r.dtype.name for r in results] == [half, "float32", "int64", half, half]
    assert [w.dtype.name for w in layer.weights] == ["float32", "float32", "int64", "float32"]
    assert layer.w.value.dtype == tf.float32
    np.testing.assert_array_equal(layer.seen.numpy(), np.float32([1, 1]))
    assert tape.gradient(results[0], layer.w).dtype == tf.float32
    traced = tf.function(lambda x: layer(x)[0])(tf.ones((1, 3)))
    assert traced.dtype.name == half and tf.cast(traced, "float32").numpy().tolist() == [[3, 3]]
    layer.seen.assign([0.1, 0.2])
    assert layer.seen.numpy().tolist() == np.float32([0.1, 0.2]).tolist()


def test_layer_normalization_by_the_deviation_alone():
    layer = tf.keras.layers.LayerNormalization(rms_scaling=True)
    x = np.arange(5.0, dtype=np.float32)[None]
    np.testing.assert_allclose(layer(x), x / np.sqrt(2.001), rtol=1e-6)  # their variance is 2
    assert len(layer.weights) == 1
