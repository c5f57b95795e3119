"""Losses for structures of outputs: of a whole structure, of its parts, several at one output.

The outputs are all 3, the targets 1 and 2; the logs are Keras 3.15.1's for the same calls.
"""

import numpy as np
import pytest

import tensorbrook as tf

keras = tf.keras
X, ONE, TWO = np.ones((4, 3), "float32"), np.full((4, 1), 1.0), np.full((4, 1), 2.0)


def total(y_true, y_pred):
    """|first| + 2 |second| + ..., of one tensor or of a structure of them."""
    pairs = zip(tf.nest.flatten(y_true), tf.nest.flatten(y_pred))
    return sum(keras.ops.mean(abs(a - b), -1) * (k + 1) for k, (a, b) in enumerate(pairs))


OUTPUTS = {
    "list": (lambda d: [d("a"), d("b")], [ONE, TWO]),
    "tuple": (lambda d: (d("a"), d("b")), (ONE, TWO)),
    "dict": (lambda d: {"p": d("a"), "q": d("b")}, {"p": ONE, "q": TWO}),
    "deep": (lambda d: {"p": (d("a"), d("b")), "q": d("c")}, {"p": (ONE, TWO), "q": ONE}),
    "lists": (lambda d: [[d("a"), d("b")], d("c")], [[ONE, TWO], ONE]),
}


@pytest.mark.parametrize(
    "form, loss, weights, expected",
    [
        ("list", ["mse", ["mse", "mae"]], None, {"a": 4, "b": 1, "": 6}),
        ("list", ["mse", ["mse", "mae"]], [1.0, [2.0, 3.0]], {"a": 4, "b": 1, "": 9}),
        ("dict", {"p": ["mse"]}, None, {"": 4}),
        ("list", (total, ["mse", "mae"]), None, {"a_b": 4, "a": 4, "b": 1, "": 9}),
        ("tuple", [total, ("mse", "mae")], None, {"a_b": 4, "a": 4, "b": 1, "": 9}),
        ("tuple", [total], None, {"": 4}),
        (
            "tuple",
            [total, ("mse", "mae")],
            [2.0, (3.0, 4.0)],
            {"a_b": 4, "a": 4, "b": 1, "": 24},
        ),
        ("dict", [total, {"p": "mse"}], None, {"p_q": 4, "p": 4, "": 8}),
        ("deep", {"p": "mse", "q": "mae"}, None, {"p": 2.5, "q": 2, "": 4.5}),
        ("deep", {"p": total, "q": "mae"}, {"p": 2.0, "q": 3.0}, {"p": 4, "q": 2, "": 14}),
        ("lists", ["mse", "mae"], None, {"0": 2.5, "c": 2, "": 4.5}),
        ("lists", "mse", None, {"0/a": 4, "0/b": 1, "c": 4, "": 9}),
    ],
)
def test_logs(form, loss, weights, expected):
    inputs = keras.Input((3,))
    outputs, y = OUTPUTS[form]
    made = outputs(lambda n: keras.layers.Dense(1, name=n, kernel_initializer="ones")(inputs))
    model = keras.Model(inputs, made)
    model.compile("sgd", loss=loss, loss_weights=weights)
    found = model.evaluate(X, y, verbose=0, return_dict=True)
    assert found == {f"{name}_loss" if name else "loss": v for name, v in expected.items()}


def test_training_follows_the_sum():
    inputs = keras.Input((3,))
    a, b = (keras.layers.Dense(1, name=n, kernel_initializer="ones")(inputs) for n in "ab")
    model = keras.Model(inputs, (a, b))
    model.compile(keras.optimizers.SGD(0.01), loss=[total, ("mse", None)])
    assert model.fit(X, (ONE, TWO), verbose=0).history["loss"] == [8.0]
    # d/d bias of |a - 1| + 2 |b - 2| + (a - 1)^2 at a = b = 3
    np.testing.assert_allclose(model.get_layer("a").bias.numpy(), [-0.01 * 5], rtol=1e-6)
    np.testing.assert_allclose(model.get_layer("b").bias.numpy(), [-0.01 * 2], rtol=1e-6)


def test_sample_weights_weigh_the_whole_too():
    inputs = keras.Input((3,))
    a, b = (keras.layers.Dense(1, name=n, kernel_initializer="ones")(inputs) for n in "ab")
    model = keras.Model(inputs, (a, b))
    model.compile("sgd", loss=[total, ("mse", "mae")])
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    found = model.evaluate(X, (ONE, TWO), sample_weight=weights, verbose=0, return_dict=True)
    assert found == {"loss": 22.5, "a_b_loss": 10.0, "a_loss": 10.0, "b_loss": 2.5}


@pytest.mark.parametrize("argument", ["loss", "metrics", "loss_weights"])
def test_an_unknown_output_is_named_with_the_argument(argument):
    inputs = keras.Input((3,))
    made = [keras.layers.Dense(1, name=n)(inputs) for n in "ab"]
    model = keras.Model(inputs, made)
    value = {"z": 1.0 if argument == "loss_weights" else "mse"}
    model.compile("sgd", **({"loss": "mse"} | {argument: value}))
    words = rf"(?s)Invalid `{argument}`.*'z'.*Expected keys \['a', 'b'\]"
    with pytest.raises(ValueError, match=words):
        model.fit(X, [ONE, TWO], verbose=0)


def test_a_loss_of_ones_own_has_its_own_names_and_takes_one_target_for_several_outputs():
    class Sums(keras.Model):
        def compute_loss(self, inputs, y_true, outputs, weight=None, training=False):
            return sum(tf.reduce_mean((y_true - y) ** 2) for y in outputs)

    x = keras.Input((2,))
    first = keras.layers.Dense(1, kernel_initializer="ones", name="first")(x)
    model = Sums(x, [first, keras.layers.Rescaling(2.0, name="second")(first)])
    model.compile("sgd", metrics=["mae", "mae"])
    logs = model.evaluate(np.ones((4, 2)), np.zeros((4, 1)), verbose=0, return_dict=True)
    assert logs == {"first_mae": 2.0, "loss": 20.0}
