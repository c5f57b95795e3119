"""What functional models say of inputs that are not theirs, and how they are cut out of others."""

import warnings

import numpy as np
import pytest

import tensorbrook as tf

keras = tf.keras
ONE, ZERO = np.ones((2, 2), "float32"), np.zeros((2, 2), "float32")


def difference(*keys):
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    inputs = dict(zip(keys, (a, b))) if keys else [a, b]
    return keras.Model(inputs, keras.layers.Subtract()([a, b]))


WORDS = "The structure of `inputs` doesn't match the expected structure"


def test_a_list_for_named_inputs_goes_by_names_that_are_in_order():
    with pytest.warns(UserWarning, match=WORDS):
        found = difference("p", "q")([ONE, ZERO])
    np.testing.assert_array_equal(found, ONE)
    with pytest.raises(ValueError, match=WORDS):
        difference("q", "p")([ONE, ZERO])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(difference()((ONE, ZERO)), ONE)
        np.testing.assert_array_equal(difference("q", "p")({"q": ONE, "p": ZERO}), ONE)


def test_inputs_that_are_left_out_are_named():
    with pytest.warns(UserWarning, match=rf"{WORDS}.*\['more'\]"):
        found = difference("q", "p")({"q": ONE, "p": ZERO, "more": ONE})
    np.testing.assert_array_equal(found, ONE)


@pytest.mark.parametrize(
    "make, inputs, words",
    [
        (lambda: difference("q", "p"), ONE, r"expects 2 named input\(s\) with keys \['p', 'q'\]"),
        (lambda: difference("q", "p"), {"q": ONE}, 'Missing data for input "p"'),
        (difference, {"a": ONE}, 'Missing data for input "b"'),
        (difference, [ONE, None], "'b'.*not optional"),
        (difference, [ONE, np.ones((2, 3, 4))], "name 'b' and path '1'.*found shape=\\(2, 3, 4\\)"),
    ],
)
def test_wrong_inputs(make, inputs, words):
    with pytest.raises(ValueError, match=words):
        make()(inputs)


def test_the_batch_of_a_call_may_be_of_another_size_than_was_declared():
    x = keras.Input((2,), batch_size=3)
    model = keras.Model(x, keras.layers.Flatten()(keras.layers.Reshape((2, 1))(x)))
    np.testing.assert_array_equal(model(np.ones((5, 2), "float32")), np.ones((5, 2)))
    assert model(keras.Input((2,), batch_size=4)).shape == (4, 2)


def test_wrong_ends():
    a, b = keras.Input((2,)), keras.Input((2,))
    with pytest.raises(ValueError, match=r"Output with path `u\.1\.v` is not connected"):
        keras.Model(a, {"u": [a * 2, {"v": b * 3}]})
    with pytest.raises(ValueError, match=r"All `outputs` values must be KerasTensors.*3"):
        keras.Model(a, [a * 2, 3])
    with pytest.raises(ValueError, match=r"All `inputs` values must be KerasTensors.*'x'"):
        keras.Model(["x"], a * 2)


def test_a_model_cut_out_of_another_has_input_layers_of_its_own():
    x = keras.Input((None, 2))
    first = keras.layers.Dense(3, name="first")(x)
    last = keras.layers.Dense(5, name="last")(first)
    part = keras.Model(first, last)
    kinds = [(type(layer).__name__, layer.name) for layer in part.layers]
    assert kinds == [("InputLayer", f"{first.name}CLONE"), ("Dense", "last")]
    data = np.ones((1, 4, 3), "float32")
    again = keras.Model.from_config(part.get_config())
    again.set_weights(part.get_weights())
    np.testing.assert_array_equal(again(data), part(data))
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in part.layers]


def test_a_config_that_names_a_layer_that_it_lacks():
    x = keras.Input((10,), name="x")
    config = keras.Model(x, keras.layers.Dense(2, name="a")(x)).get_config()
    config["layers"][1]["inbound_nodes"] = [[["b", 0, 0, {}]]]
    with pytest.raises(ValueError, match="Missing node: b"):
        keras.Model.from_config(config)


def test_optional_inputs_may_be_none_in_training():
    class Sum(keras.layers.Layer):
        def call(self, x, o=None):
            return x if o is None else x + o

        def compute_output_shape(self, x):
            return x

    x, o = keras.Input((2,), name="x"), keras.Input((2,), name="o", optional=True)
    model = keras.Model({"x": x, "o": o}, keras.layers.Dense(2)(Sum()(x, o)))
    model.compile("sgd", "mse")
    data = {"x": ONE, "o": None}
    history = model.fit(data, ONE, verbose=0).history
    assert model.evaluate(data, ONE, verbose=0) < history["loss"][0]
    assert model.predict(data, verbose=0).shape == (2, 2)
    model.fit(((data, ONE) for _ in range(2)), verbose=0)


@pytest.mark.parametrize("first", ["call", "fit"])
def test_a_sequential_model_first_given_whole_numbers_takes_fractions_later(first):
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="ones", use_bias=False)])
    model.compile("sgd", "mse")
    whole, parts = np.zeros((2, 2), "uint8"), np.array([[0.5, 0.75]])
    model(whole) if first == "call" else model.fit(whole, np.zeros((2, 1)), verbose=0)
    assert model(parts).numpy() == model.predict(parts, verbose=0) == [[1.25]]
    assert tf.function(model)(tf.constant([[-0.5, 0.25]])).numpy() == [[-0.25]]
    again = keras.Sequential.from_config(model.get_config())
    assert again.inputs[0].dtype == model.inputs[0].dtype == "float32"
