"""What a graph gave or took otherwise than eager code, by the values of TensorFlow."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available

BACKENDS = ["reference", *(["native"] if available() else [])]


def gradient(f):
    """The gradient of a sum, while the sum itself is not wanted."""

    def pulled(x, *args):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(f(x, *args))
        return tf.convert_to_tensor(tape.gradient(y, x))  # slices are checked where they are used

    return pulled


cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits
REFUSED = {
    "labels": (lambda x, i: cross_entropy(i, x), [0, 9, 1], "label value of 9"),
    "a label below 0": (lambda x, i: cross_entropy(i, x), [0, -1, 1], "label value of -1"),
    "gather": (lambda x, i: tf.gather(x, i), [0, 5], r"= 5 is not in \[0, 3\)"),
    "gather below 0": (lambda x, i: tf.gather(x, i, axis=1), [0, -1], "= -1 is not in"),
    "gather_nd": (lambda x, i: tf.gather_nd(x, i), [[7]], "= 7 is not in"),
    "scatter": (
        lambda x, i: tf.tensor_scatter_nd_add(tf.zeros([3, 4]), i, x),
        [[0], [1], [3]],
        "3",
    ),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("f, indices, words", REFUSED.values(), ids=REFUSED)
def test_indices_are_refused_though_only_the_gradient_is_wanted(
    f, indices, words, backend, monkeypatch
):
    monkeypatch.setenv("TENSORBROOK_BACKEND", backend)
    for run in (gradient(f), tf.function(gradient(f))):
        with pytest.raises(tf.errors.InvalidArgumentError, match=words):
            run(tf.zeros([3, 4]), tf.constant(indices))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "f, want",
    [
        (lambda: tf.reduce_mean(tf.fill([300, 2], tf.uint8.max), 0), [255, 255]),
        (lambda: tf.reduce_mean(tf.constant([-7, 2], tf.int8)), -2),
        (lambda: tf.reduce_mean(tf.fill([300], tf.int32.max)), 2**31 - 1),
        (lambda: tf.abs(tf.constant([3 + 4j, -5j])), [5, 5]),
        (
            lambda: tf.tensor_scatter_nd_sub(tf.constant([9, 9], tf.uint8), [[1]], [2]),
            [9, 7],
        ),
        (
            lambda: tf.nn.conv1d_transpose(
                tf.ones([1, 2, 1]), tf.constant([[[1.0]], [[np.inf]]]), [1, 4, 1], 2, "SAME"
            )[0, :, 0],
            [1, np.inf, 1, np.inf],
        ),
        (lambda: tf.constant("a") + tf.constant("b"), b"ab"),
        (lambda: tf.shape(tf.reshape(tf.zeros([0, 4, 3]), [0, -1])), [0, 12]),
    ],
)
def test_values(f, want, backend, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_BACKEND", backend)
    x = tf.Variable(0)  # so that the function is no constant
    for run in (f, tf.function(lambda: (f(), x + 1)[0])):
        assert np.asarray(run()).tolist() == want


@pytest.mark.filterwarnings("ignore:tf.function")
def test_a_tensor_array_that_grows_by_its_own_size():
    @tf.function
    def f(x):
        array = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for v in x:
            if v > 0:
                array = array.write(array.size(), v * 2)
        return array.stack(), array.size()

    rows, size = f(tf.constant([3.0, -1.0, 4.0]))
    assert rows.numpy().tolist() == [6, 8] and int(size) == 2


LOGITS = np.sin(np.arange(48)).reshape(2, 8, 3).astype(np.float32)
LABELS = np.array([[1, 2, 1], [2, 2, 0]])


@pytest.mark.parametrize(
    "labels, options, want, slope",
    [
        (LABELS, {"blank_index": 0}, [3.0343032, 2.8011842], [-0.13666508, -0.29119182]),
        (LABELS, {}, [3.0343032, 2.8011842], [-0.13666508, -0.29119182]),
        (
            [[0, 1, 0], [1, 1, 2]],
            {"blank_index": -1},
            [3.0915194, 3.3482587],
            [-0.116881, 0.399799],
        ),
        ([[0, 2, 0], [2, 2, 2]], {"blank_index": 1}, [3.1288576, 3.347886], [-0.127501, -0.300356]),
    ],
)
@pytest.mark.parametrize("time_major", [True, False])
def test_ctc_loss(labels, options, want, slope, time_major):
    x = tf.constant(np.moveaxis(LOGITS, 0, 1) if time_major else LOGITS)
    loss = lambda x: tf.nn.ctc_loss(  # noqa: E731
        labels, x, [3, 2], [8, 6], logits_time_major=time_major, **options
    )
    np.testing.assert_allclose(loss(x), want, rtol=1e-5)
    np.testing.assert_allclose(gradient(loss)(x)[0, 0, :2], slope, rtol=1e-4)


@pytest.mark.parametrize("traced", [False, True])
def test_ctc_loss_of_sparse_labels(traced):
    labels = tf.SparseTensor([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1]], [0, 1, 0, 1, 1], [2, 3])
    x, nn = tf.constant(np.moveaxis(LOGITS, 0, 1)), tf.compat.v1.nn
    of = lambda f: (tf.function(f) if traced else f)(labels, x)  # noqa: E731
    new = of(lambda labels, x: tf.nn.ctc_loss(labels, x, None, [8, 6], blank_index=-1))
    old = of(lambda labels, x: nn.ctc_loss(labels=labels, inputs=x, sequence_length=[8, 6]))
    short = of(lambda labels, x: nn.ctc_loss(labels, x, [8, 2], False, True, True))
    np.testing.assert_allclose(new, [3.0915194, 3.3482587], rtol=1e-5)
    np.testing.assert_allclose(old, [3.0915194, 3.3482587], rtol=1e-5)
    np.testing.assert_allclose(short, [3.0915194, 0], rtol=1e-5)
    with pytest.raises(ValueError, match="blank_index"):
        tf.nn.ctc_loss(labels, x, None, [8, 6])
