"""keras.Variable, KerasTensor and name scopes: what Keras 3.15.1 gives, recorded by asking it."""

import numpy as np
import pytest

import tensorbrook as tf

keras = tf.keras


def _integers():
    return keras.Variable(np.array([1, 2, 3], "int32"))


@pytest.mark.parametrize(
    "expression, dtype, value",
    [
        ("i / 2", "float32", [0.5, 1.0, 1.5]),
        ("i + 1.5", "float32", [2.5, 3.5, 4.5]),
        ("2.0 / i", "float32", [2.0, 1.0, 2 / 3]),
        ("i + f", "float32", [1.5, 2.5, 3.5]),
        ("f - i", "float32", [-0.5, -1.5, -2.5]),
        ("i ** 2", "int32", [1, 4, 9]),
        ("i // 2", "int32", [0, 1, 1]),
        ("f + np.float64(1)", "float64", 1.5),
        ("f + np.ones(2)", "float64", [1.5, 1.5]),
        ("f * keras.ops.ones((2,), 'float16')", "float32", [0.5, 0.5]),
        ("f * 2", "float32", 1.0),
        ("f * 2.5", "float32", 1.25),
        ("i < keras.Variable(np.float16([1, 2, 4]))", "bool", [False, False, True]),
        ("i == np.float64([1, 2, 2.5])", "bool", [True, True, False]),
        ("i != keras.Variable(np.uint8([1, 2, 4]))", "bool", [False, False, True]),
        ("i & keras.Variable(np.int8([0, 1, 2]))", "bool", [False, True, True]),
        ("i | i", "bool", [True, True, True]),
        ("0.0 ^ f", "bool", True),
        ("round(f * 0.51, 2)", "float32", 0.26),
        ("round(keras.Variable(np.float32(1.256)), 1)", "float32", 1.3),
        ("keras.Variable(np.float32([1, 2])) @ np.float32([3, 4])", "float32", 11),
    ],
)
def test_operators_promote_dtypes(expression, dtype, value):
    i, f = _integers(), keras.Variable(np.float32(0.5))
    found = eval(expression, {"i": i, "f": f, "np": np, "keras": keras})
    assert found.dtype.name == dtype
    np.testing.assert_allclose(found.numpy(), value, rtol=1e-6)


def test_operators_differentiate_and_trace():
    f = keras.Variable(np.float32(0.5))

    @tf.function
    def gradient(x):
        with tf.GradientTape() as tape:
            y = f * x  # of two dtypes
        return tape.gradient(y, f)

    assert gradient(tf.constant(3.0, tf.float64)).numpy() == 3.0


def test_assignments_cast_and_broadcast():
    v = keras.Variable(np.ones((2, 2), "float32"))
    v.assign(np.full((2, 2), 3.0))
    v.assign_add(1)
    v.assign_sub(tf.constant([1.0, 2.0], tf.float64))
    np.testing.assert_array_equal(v.numpy(), [[3, 2], [3, 2]])
    with pytest.raises(ValueError, match=r"\(2, 2\).*\(3, 3\)"):
        v.assign_add(np.ones((3, 3)))
    assert keras.Variable(1.7, dtype="int32").numpy() == 1


@pytest.mark.parametrize(
    "name, value, error",
    [
        ("constraint", 3, ValueError),
        ("regularizer", "l2", ValueError),
        ("overwrite_with_gradient", 1, TypeError),
    ],
)
def test_attributes_take_what_fits(name, value, error):
    v = keras.Variable(1.0)
    with pytest.raises(error, match=f"`{name}`.*Received"):
        setattr(v, name, value)
    assert not getattr(v, name)


def test_a_stateless_scope_casts_its_values():
    v = keras.Variable(1.0)
    with keras.StatelessScope([(v, np.float64(3))]) as scope:
        assert (v + 1).numpy() == 4.0
        v.assign(np.float64(5))
    assert scope.get_current_value(v).numpy() == 5.0 and v.numpy() == 1.0
    assert scope.get_current_value(v).dtype == tf.float32


def test_name_scopes():
    def path():
        return keras.Variable(1.0, name="v").path

    with keras.name_scope("outer") as outer:
        assert outer.name == "outer" and path() == "outer/v"
        with keras.name_scope("middle", override_parent="/absolute/path"):
            assert path() == "absolute/path/middle/v"
        with keras.name_scope("outer"):
            assert path() == "outer/outer/v"
    with keras.name_scope("a", caller=outer), keras.name_scope("a", caller=outer):
        assert path() == "a/v"
    assert path() == "v"
    for wrong in ("a/b", 4):
        with pytest.raises(ValueError, match="must be a string"):
            keras.name_scope(wrong)


@pytest.mark.parametrize("name", ["shape", "dtype", "sparse", "ragged"])
def test_a_keras_tensor_is_immutable(name):
    x = keras.KerasTensor((3, 4))
    with pytest.raises(AttributeError, match=f"`{name}` attribute of KerasTensor is immutable"):
        setattr(x, name, None)
    assert x.shape == (3, 4) and x.dtype == "float32" and not x.sparse and not x.ragged


@pytest.mark.parametrize(
    "use, error, words",
    [
        (int, ValueError, "doesn't have any actual numerical value"),
        (float, ValueError, "doesn't have any actual numerical value"),
        (np.array, ValueError, "doesn't have any actual numerical value"),
        (bool, TypeError, "cannot be used as a boolean"),
        (iter, NotImplementedError, "not supported"),
        (lambda x: keras.KerasTensor((2,), sparse=True, ragged=True), ValueError, "sparse=True"),
    ],
)
def test_a_keras_tensor_has_no_values(use, error, words):
    with pytest.raises(error, match=words):
        use(keras.KerasTensor((None, 4)))


def test_a_variable_of_tf_s_among_the_weights_has_its_name_for_a_path(tmp_path):
    class Scaled(tf.keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.scale = tf.Variable([2.0, 3.0], name="scale")

        def call(self, x):
            return x * self.scale

    model = tf.keras.Sequential([tf.keras.Input((2,)), Scaled()])
    assert [v.path for v in model.weights] == ["scale:0"]
    model.compile("sgd", "mse")
    keep = tf.keras.callbacks.TensorBoard(tmp_path, histogram_freq=1)
    model.fit(np.ones((2, 2)), np.ones((2, 2)), verbose=0, callbacks=[keep])
    state = model.get_state_tree()["trainable_variables"]
    np.testing.assert_array_equal(state["scale:0"], model.weights[0])


def test_a_number_of_numpys_before_a_variable_takes_its_dtype():
    v = keras.Variable([1.0, 2.0])
    for x in (np.float64(0.5) * v, np.float64(0.5) - v):
        assert isinstance(x, tf.Tensor) and x.dtype == tf.float32
