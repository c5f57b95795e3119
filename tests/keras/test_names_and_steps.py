"""What programs of the books met: names that others count on, steps of one's own, pictures read as
TensorFlow reads them. The figures are TensorFlow's and Keras's."""

import io

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook import keras
from tensorbrook.keras import layers


def test_sequential_models_count_among_functional_ones():
    keras.backend.clear_session()
    keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    grown = keras.Sequential()
    for layer in (layers.Input((4,)), layers.Dense(2), layers.Dense(2)):
        grown.add(layer)
    late = keras.Sequential([layers.Dense(2)])
    late(np.ones((2, 4)))
    late(np.ones((2, 4)))
    x = keras.Input((3,))
    assert keras.Model(x, layers.Dense(1)(x)).name == "functional_4"


def my_metric(a, b):
    return keras.ops.mean(a - b)


def HTTPLoss2(a, b):
    return keras.ops.mean(keras.ops.square(a - b), -1)


def test_metrics_of_functions_have_snake_case_names():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("adam", HTTPLoss2, metrics=[my_metric, lambda a, b: keras.ops.mean(a), HTTPLoss2])
    logs = model.evaluate(np.ones((4, 3)), np.ones((4, 1)), verbose=0, return_dict=True)
    assert sorted(logs) == ["http_loss2", "lambda", "loss", "my_metric"]


def test_a_model_within_keeps_its_own_loss_to_itself():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    inner.compile("adam", "mse")
    x, y = np.ones((4, 3), "float32"), np.ones((4, 1))

    class Outer(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def call(self, x):
            return self.inner(x)

    outer = Outer()
    outer.compile("adam", "mse")
    assert outer.evaluate(x, y, verbose=0) == 4.0
    assert [m.name for m in outer.metrics] == ["loss"]


@pytest.mark.parametrize("step", ["fit", "evaluate"])
def test_a_step_of_ones_own_may_call_what_it_likes(step):
    class Pairs(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.tracker = layers.Dense(2), keras.metrics.Mean(name="distance")

        def call(self, inputs):
            a, b = inputs
            return self.first(a) - self.first(b)

        metrics = property(lambda self: [self.tracker])

        def train_step(self, data):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(self(data)))
            weights = self.trainable_weights
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
            self.tracker.update_state(loss)
            return {"distance": self.tracker.result()}

        def test_step(self, data):
            self.tracker.update_state(tf.reduce_mean(tf.square(self(data))))
            return {"distance": self.tracker.result()}

    model = Pairs()
    model.compile("sgd")
    a, b = np.ones((4, 3), "float32"), np.zeros((4, 3), "float32")
    data = tf.data.Dataset.from_tensor_slices((a, b)).batch(4)
    getattr(model, step)(data, verbose=0)
    assert model.first.kernel.shape == (3, 2) and np.isfinite(model.tracker.result())


def test_initializers_of_tensorflow():
    found = tf.random_normal_initializer(0.0, 0.02, seed=5)
    wanted = [[-0.04110757, 0.02316375], [0.00383217, -0.00259558]]
    for _ in range(2):
        np.testing.assert_allclose(found((2, 2)), wanted, rtol=1e-5)
    tf.random.set_seed(3)
    wanted = [[-0.01659274, -0.03653254], [0.00250387, 0.02354016]]
    np.testing.assert_allclose(tf.random_normal_initializer(0.0, 0.02)((2, 2)), wanted, rtol=1e-5)
    whole = tf.random_uniform_initializer(0, 20, seed=5)((2, 2), dtype=tf.int32)
    assert whole.numpy().tolist() == [[3, 10], [17, 19]]
    assert tf.constant_initializer([1, 2, 3, 4])((2, 2)).dtype == tf.int32
    layer = layers.Dense(2, bias_initializer=tf.constant_initializer(3.0))
    layer.build((None, 1))
    assert layer.bias.numpy().tolist() == [3.0, 3.0]
    with pytest.raises(ValueError, match=r"must be floating point.*int32.*tf.float32"):
        tf.random_normal_initializer()((2,), dtype=tf.int32)


def test_png_is_grayed_as_libpng_does():
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(0).integers(0, 255, (5, 4, 3)).astype("uint8")
    file = io.BytesIO()
    image.fromarray(pixels).save(file, "PNG")
    gray = tf.io.decode_png(file.getvalue(), channels=1).numpy()[:2, :, 0]
    assert gray.tolist() == [[174, 67, 13, 185], [156, 165, 190, 162]]


def test_pictures_of_a_directory_keep_bytes_and_have_whole_borders(tmp_path):
    image = pytest.importorskip("PIL.Image")
    (tmp_path / "a").mkdir()
    image.fromarray(np.full((24, 20, 3), 100, "uint8")).save(tmp_path / "a" / "0.png")
    for interpolation, dtype in (("bilinear", "float32"), ("nearest", "uint8")):
        [picture] = keras.utils.image_dataset_from_directory(
            tmp_path,
            labels=None,
            batch_size=None,
            image_size=(6, 8),
            pad_to_aspect_ratio=True,
            interpolation=interpolation,
            verbose=False,
        )
        assert picture.numpy()[0, :, 0].tolist() == [0, 100, 100, 100, 100, 100, 0, 0]
        assert picture.dtype == dtype
