"""keras.backend: its functions give TensorFlow's figures (oracles/make_backend.py), on tensors and
in models; K.function and K.gradients."""

import json
import pathlib
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
sys.path.insert(0, str(ORACLES))
import make_backend  # noqa: E402

sys.path.remove(str(ORACLES))
K, keras = tf.keras.backend, tf.keras
GOLDEN = json.loads((ORACLES / "golden" / "backend.json").read_text())
CASES = list(zip(make_backend.expressions(), GOLDEN, strict=True))


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_functions_give_tensorflows_figures(text, expected):
    found = make_backend.plain(eval(text, make_backend.names(K)))
    if isinstance(expected, list):
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-6)
    else:
        assert found == expected or found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["x", "m", "p"])
def test_functions_build_models(name):
    """Every expression of one tensor, given as a Keras input, is a model that computes the same."""
    known = make_backend.names(K)
    made = 0
    for text in make_backend.expressions():
        used = [n for n in known if f"({n}," in text or f"({n})" in text]
        if used != [name] or "eval" in text or "variable" in text:
            continue
        start = keras.Input(known[name].shape[1:], batch_size=2)
        result = eval(text, known | {name: start})
        if not K.is_keras_tensor(result):
            continue
        made += 1
        expected = eval(text, known).numpy()
        np.testing.assert_allclose(keras.Model(start, result)(known[name]), expected, rtol=1e-5)
    assert made > 5


def model():
    made = keras.Sequential([keras.Input((4,))])
    made.add(keras.layers.Dense(3, activation="tanh", name="hidden"))
    made.add(keras.layers.Dropout(0.5))
    made.add(keras.layers.Dense(1))
    return made


def test_function_computes_parts_of_a_model():
    net, x = model(), np.ones((2, 4), "float32")
    hidden = net.get_layer("hidden").output
    inner, outer = K.function(net.inputs, [hidden, net.output])([x])
    np.testing.assert_allclose(inner, net.layers[0](x), rtol=1e-6)
    np.testing.assert_allclose(outer, net(x), rtol=1e-6)
    upper = K.function([hidden], net.output)
    np.testing.assert_allclose(upper([inner]), outer, rtol=1e-6)


def test_function_with_a_learning_phase():
    net, x = model(), np.ones((50, 4), "float32")
    run = K.function([net.input, K.learning_phase()], [net.layers[1].output])
    assert not (run([x, 0])[0] == 0).any() and (run([x, 1])[0] == 0).any()


def test_learning_phase_is_what_layers_take_for_training():
    drop, x = keras.layers.Dropout(0.5), np.ones((10, 10), "float32")
    assert K.learning_phase() == 0 and K.in_train_phase(1, lambda: 2) == 2
    K.set_learning_phase(1)
    assert (drop(x).numpy() == 0).any() and K.in_test_phase(1, 2) == 2
    K.set_learning_phase(0)
    assert not (drop(x).numpy() == 0).any()
    K.clear_session()


def test_gradients_are_those_of_a_tape():
    net, x = model(), np.random.normal(size=(2, 4)).astype("float32")
    kernel, hidden = net.layers[0].kernel, net.get_layer("hidden").output
    loss = K.mean(K.square(net.output))
    wanted = K.gradients(loss, [net.input, hidden, kernel])
    found = K.function([net.input], wanted)([x])
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        middle = net.layers[0](inputs)
        tape.watch(middle)
        value = tf.reduce_mean(tf.square(net.layers[2](middle)))
    for a, b in zip(found, tape.gradient(value, [inputs, middle, kernel]), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_beam_search_merges_labels_that_repeat_as_tensorflow_does():
    logits = np.random.RandomState(0).normal(size=(2, 7, 4)).astype("float32")
    chances = tf.nn.softmax(logits)
    found, scores = K.ctc_decode(chances, [7, 6], greedy=False, beam_width=10, top_paths=2)
    # TensorFlow 2.21's; without merging the first begins [0, 0, 2, 0]
    assert found[0].numpy().tolist() == [[0, 2, 0] + [-1] * 4, [0, 1] + [-1] * 5]
    assert found[1].numpy().tolist() == [[0, 2, 0, 2, 0] + [-1] * 2, [1, 0] + [-1] * 5]
    wanted = [[-2.8868527, -3.0563209], [-2.7842078, -3.1660850]]
    np.testing.assert_allclose(scores, wanted, rtol=1e-5)
    plain = tf.nn.ctc_beam_search_decoder(tf.transpose(tf.math.log(chances), [1, 0, 2]), [7, 6], 10)
    assert plain[0][0].values.numpy().tolist() == [0, 0, 2, 0, 0, 1]


@pytest.mark.parametrize("first", [False, True])
def test_local_convolutions(first):
    rng = np.random.default_rng(0)
    x, kernel = rng.random((2, 5, 4, 3)), rng.random((2 * 3, 3 * 2 * 3, 4))
    given = np.moveaxis(x, 3, 1) if first else x
    form = "channels_first" if first else "channels_last"
    found = K.local_conv2d(tf.constant(given), tf.constant(kernel), (3, 2), (2, 1), (2, 3), form)
    found = np.moveaxis(found.numpy(), 1, 3) if first else found.numpy()
    for i, j in np.ndindex(2, 3):
        window = x[:, 2 * i : 2 * i + 3, j : j + 2]
        window = (np.moveaxis(window, 3, 1) if first else window).reshape(2, -1)
        np.testing.assert_allclose(found[:, i, j], window @ kernel[3 * i + j])
    line = K.local_conv1d(tf.constant(x[:, :, 0]), tf.constant(kernel[:4, :6]), (2,), (1,))
    np.testing.assert_allclose(line[:, 3], x[:, 3:5, 0].reshape(2, -1) @ kernel[3, :6])


WRONG = [
    (lambda: K.gradients(tf.constant(1.0), [tf.Variable(1.0)]), RuntimeError, "GradientTape"),
    (lambda: K.function([], [], updates=[1]), NotImplementedError, "tf.function"),
    (lambda: K.function([keras.Input((1,))], [])([1, 2]), ValueError, "takes 1 inputs, 2 were"),
    (lambda: K.batch_dot(tf.ones((2, 3)), tf.ones((2, 3)), axes=0), ValueError, "axis 0"),
    (lambda: K.pool2d(tf.ones((1, 2, 2, 1)), 2, pool_mode="sum"), ValueError, "'sum'"),
    (lambda: K.get_session(), AttributeError, "there are no sessions"),
    (lambda: K.no_such_name, AttributeError, "no attribute 'no_such_name'"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2] for row in WRONG])
def test_wrong_use(call, error, words):
    with pytest.raises(error, match=words):
        call()
