"""keras.backend: TensorFlow's figures, on tensors and on Keras inputs; K.function and kin."""

import json
import pathlib
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
sys.path.insert(0, str(ORACLES))
from backend_cases import names  # noqa: E402

K = tf.keras.backend
GOLDEN = json.loads((ORACLES / "golden" / "backend.json").read_text())
RECORDED = [row for row in GOLDEN if row[1] is not None]


@pytest.mark.parametrize(("expression", "wanted"), RECORDED, ids=[row[0] for row in RECORDED])
def test_figures_are_tensorflow_s(expression, wanted):
    tf.random.set_seed(5)
    found = tf.nest.flatten(eval(expression, names(tf, K, np)))
    assert len(found) == len(wanted)
    for value, (dtype, data) in zip(found, wanted):
        array = np.asarray(value)
        assert array.dtype.name == dtype
        np.testing.assert_allclose(array, data, rtol=1e-5, atol=2e-6)


def test_functions_of_tensors_are_layers_on_keras_inputs():
    x = tf.keras.Input((3, 4))
    y = K.mean(K.square(K.dot(x, K.constant(np.ones((4, 2))))), axis=-1)
    model = tf.keras.Model(x, [y, K.concatenate([y, y]), K.flatten(y), K.batch_flatten(x)])
    found = model(tf.ones([2, 3, 4]))
    assert [tuple(f.shape) for f in found] == [(2, 3), (2, 6), (6,), (2, 12)]
    np.testing.assert_array_equal(found[0], np.full((2, 3), 16.0))


def small_model():
    return tf.keras.Sequential(
        [
            tf.keras.Input((2,)),
            tf.keras.layers.Dense(3, activation="tanh", name="hidden"),
            tf.keras.layers.Dropout(0.5),
            tf.keras.layers.Dense(1),
        ]
    )


def test_function_computes_tensors_within_a_model():
    model = small_model()
    hidden = model.get_layer("hidden")
    run = K.function([model.input], [hidden.output, model.output])
    x = np.array([[1.0, -2.0]], "float32")
    first, last = run([x])
    np.testing.assert_allclose(first, np.tanh(x @ hidden.kernel.numpy()), rtol=1e-6)
    np.testing.assert_allclose(last, model.predict(x, verbose=0), rtol=1e-6)
    assert K.function([model.input], hidden.output)([x]).shape == (1, 3)
    from_hidden = K.function([hidden.output], [model.output])
    np.testing.assert_allclose(from_hidden([first])[0], last, rtol=1e-6)
    with pytest.raises(ValueError, match="takes 1 arrays, received 2"):
        run([x, x])
    with pytest.raises(NotImplementedError, match="updates"):
        K.function([model.input], [model.output], updates=[1])


def test_learning_phase_is_an_input_of_functions():
    x = tf.keras.Input((200,))
    run = K.function([x, K.learning_phase()], [tf.keras.layers.Dropout(0.5)(x)])
    ones = np.ones((1, 200), "float32")
    assert run([ones, 0])[0].max() == 1.0
    assert run([ones, 1])[0].max() == 2.0


def test_set_learning_phase_is_the_default_of_training():
    layer, ones = tf.keras.layers.Dropout(0.5), tf.ones([200])
    try:
        K.set_learning_phase(1)
        assert K.learning_phase() == 1
        assert layer(ones).numpy().max() == 2.0
        assert layer(ones, training=False).numpy().max() == 1.0
        assert K.in_train_phase(1, 2) == 1
    finally:
        K.set_learning_phase(None)
    assert not K.learning_phase()
    assert layer(ones).numpy().max() == 1.0
    with pytest.raises(ValueError, match="learning phase"):
        K.set_learning_phase(3)


def test_gradients_are_keras_tensors():
    model = small_model()
    hidden = model.get_layer("hidden")
    loss = K.mean(hidden.output[:, 1])
    (by_input,) = K.gradients(loss, model.input)
    run = K.function([model.input], [loss, by_input])
    x = np.array([[0.3, -0.2]], "float32")
    value, slope = run([x])
    kernel = hidden.kernel.numpy()
    t = np.tanh(x @ kernel)[:, 1]
    np.testing.assert_allclose(value, t[0], rtol=1e-6)
    np.testing.assert_allclose(slope, (1 - t**2) * kernel[:, 1][None], rtol=1e-5)
    by_hidden, _ = K.gradients(K.sum(hidden.output * 2.0), [hidden.output, hidden.kernel])
    found = K.function([model.input], [by_hidden])([x])[0]
    np.testing.assert_array_equal(found, np.full((1, 3), 2.0))
    with pytest.raises(RuntimeError, match="GradientTape"):
        K.gradients(tf.constant(1.0), [tf.constant(2.0)])


def test_placeholders_are_inputs():
    x = K.placeholder(shape=(None, 2), dtype="float32", name="x")
    assert K.is_keras_tensor(x)
    assert K.int_shape(x) == (None, 2)
    assert K.function([x], [x + 1])([np.zeros((1, 2))])[0].tolist() == [[1.0, 1.0]]
    assert K.ndim(K.placeholder(ndim=3)) == 3


def test_variables_are_set_and_read():
    v = K.variable([1.0, 2.0], name="v")
    assert isinstance(v, tf.Variable)
    assert isinstance(v, tf.keras.Variable)
    K.set_value(v, [3.0, 4.0])
    assert K.get_value(v).tolist() == [3.0, 4.0]
    K.batch_set_value([(v, [5, 6])])
    assert [x.tolist() for x in K.batch_get_value([v])] == [[5.0, 6.0]]
    assert (K.dtype(v), K.int_shape(v), K.ndim(v), K.count_params(v)) == ("float32", (2,), 1, 2)
    optimizer = tf.keras.optimizers.SGD(0.1)
    K.set_value(optimizer.lr, 0.5)
    assert float(K.get_value(optimizer.lr)) == 0.5


def test_what_cannot_work_says_what_to_use():
    with pytest.raises(NotImplementedError, match=r"no sessions.*\.numpy"):
        K.get_session()
    with pytest.raises(NotImplementedError, match="dense labels"):
        K.ctc_label_dense_to_sparse([[1]], [1])
