"""Convolutions, pooling, padding and normalization: channels first, dtypes, open sizes, errors."""

import numpy as np
import pytest

import tensorbrook as tf

layers = tf.keras.layers
FIRST = {"data_format": "channels_first"}
rng = np.random.default_rng(5)

# Every class over 2 axes, and those of 1 and 3 axes that differ in more than the number of axes.
SPATIAL = [
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2}),
    ("Conv2D", {"filters": 4, "kernel_size": (3, 2), "groups": 2, "activation": "relu"}),
    ("Conv3D", {"filters": 3, "kernel_size": 2, "strides": 2, "padding": "same"}),
    ("Conv1DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"}),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 2, "strides": 3}),
    ("Conv3DTranspose", {"filters": 3, "kernel_size": 2, "strides": 2}),
    ("DepthwiseConv1D", {"kernel_size": 2, "padding": "causal"}),
    ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2, "strides": (1, 2)}),
    ("SeparableConv1D", {"filters": 3, "kernel_size": 2}),
    ("SeparableConv2D", {"filters": 3, "kernel_size": 3, "padding": "same", "use_bias": False}),
    ("MaxPooling2D", {"pool_size": 2}),
    ("MaxPooling3D", {"pool_size": 2, "padding": "same"}),
    ("AveragePooling1D", {"pool_size": 3, "strides": 2, "padding": "same"}),
    ("AveragePooling2D", {"pool_size": (2, 3)}),
    ("GlobalMaxPooling2D", {"keepdims": True}),
    ("GlobalAveragePooling2D", {"keepdims": True}),
    ("AdaptiveMaxPooling2D", {"output_size": (2, 4)}),
    ("AdaptiveAveragePooling2D", {"output_size": (2, 4)}),
    ("ZeroPadding2D", {"padding": ((1, 0), (2, 1))}),
    ("Cropping2D", {"cropping": ((1, 0), (2, 1))}),
    ("UpSampling2D", {"size": (2, 3)}),
    ("UpSampling2D", {"interpolation": "bilinear"}),
    ("UpSampling2D", {"interpolation": "lanczos3"}),
]
ROWS = pytest.mark.parametrize(("name", "config"), SPATIAL, ids=[row[0] for row in SPATIAL])


def picture(name, dtype="float32"):
    """Some input of as many axes as the layer takes."""
    sizes = {"1D": (6,), "2D": (5, 6), "3D": (4, 5, 3)}
    sizes = next(size for rank, size in sizes.items() if rank in name)
    return tf.constant(rng.normal(size=(2, *sizes, 4)), dtype)


def built(name, config, x, **more):
    """The layer, with weights drawn from a seed."""
    layer = getattr(layers, name)(**config, **more)
    layer.build(x.shape)
    draw = np.random.default_rng(1)
    layer.set_weights([draw.normal(size=w.shape) for w in layer.weights])
    return layer


@ROWS
def test_channels_first_is_channels_last_with_the_axes_turned(name, config):
    x = picture(name)
    order = (0, x.shape.rank - 1, *range(1, x.shape.rank - 1))
    turned = tf.transpose(x, order)
    last, first = built(name, config, x), built(name, config, turned, **FIRST)
    wanted = tf.transpose(last(x), order).numpy()
    np.testing.assert_allclose(first(turned).numpy(), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(tf.function(first)(turned).numpy(), wanted, rtol=1e-5, atol=1e-6)


@ROWS
def test_all_float_dtypes(name, config):
    x = picture(name)
    wanted = built(name, config, x)(x).numpy()
    for dtype, rtol in (("float64", 1e-5), ("float16", 0.03), ("bfloat16", 0.2)):
        layer = built(name, config, x, dtype=dtype)
        y = layer(tf.cast(x, dtype))
        assert y.dtype.name == dtype and all(w.dtype == dtype for w in layer.weights)
        np.testing.assert_allclose(tf.cast(y, "float32").numpy(), wanted, rtol=rtol, atol=rtol)
    layer = built(name, config, x, dtype="mixed_bfloat16")
    assert layer(x).dtype == tf.bfloat16 and all(w.dtype == tf.float32 for w in layer.weights)


@ROWS
def test_open_sizes(name, config):
    """A Keras input shows None, and one model takes pictures of several sizes."""
    x = picture(name)
    inputs = tf.keras.Input((*[None] * (x.shape.rank - 2), 4))
    layer = built(name, config, x)
    outputs = layer(inputs)
    model = tf.keras.Model(inputs, outputs)
    fixed = "Global" in name or "Adaptive" in name
    assert fixed or tuple(outputs.shape)[:-1] == (None,) * (x.shape.rank - 1)
    for value in (x, tf.concat([x, x], axis=1), tf.concat([x, x[:1]], axis=0)):
        np.testing.assert_allclose(model(value).numpy(), layer(value).numpy(), rtol=1e-6)
        np.testing.assert_allclose(
            model.predict(value, verbose=0), layer(value).numpy(), rtol=1e-5, atol=1e-5
        )


@ROWS
def test_training_runs_without_numpy(name, config):
    x = picture(name)
    layer = built(name, config, x)
    w = tf.Variable(1.0)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(layer(x * w)))
        return loss, tape.gradient(loss, [x, w, *layer.trainable_weights])

    loss, gradients = step(x)
    assert np.isfinite(loss) and None not in gradients
    if tf.config.list_physical_devices("CPU") and "native" in step.explain():
        assert "on NumPy" not in step.explain(), step.explain()


def test_integers_and_bytes():
    pixels = tf.constant([[[[1], [2]], [[3], [200]]]], "uint8")
    assert layers.MaxPooling2D()(pixels).numpy().ravel() == [200]
    assert layers.MaxPooling2D()(pixels).dtype == "uint8"
    assert layers.UpSampling2D()(pixels).dtype == "uint8"
    assert layers.GlobalAveragePooling2D()(pixels).numpy() == [[51.5]]
    assert layers.AveragePooling2D(2)(pixels).numpy().ravel() == [51.5]
    kernel = {"kernel_initializer": "ones"}
    assert layers.Conv2D(1, 2, **kernel)(pixels).numpy().ravel() == [206]


def test_a_subclass_may_call_and_override_convolution_op():
    """As StandardizedConv2D does: here each kernel is doubled before it is applied."""

    class Calls(layers.Conv1D):
        def call(self, inputs):
            return self.convolution_op(inputs, 2.0 * self.kernel) + self.bias

    class Overrides(layers.Conv1D):
        def convolution_op(self, inputs, kernel):
            return super().convolution_op(inputs, 2.0 * kernel)

    x, made = tf.constant([[[1.0], [3.0], [4.0]]]), {"kernel_initializer": "ones"}
    made |= {"padding": "causal", "bias_initializer": "ones", "dilation_rate": 2}
    assert layers.Conv1D(1, 2, **made)(x).numpy().ravel().tolist() == [2, 4, 6]
    assert Calls(1, 2, **made)(x).numpy().ravel().tolist() == [3, 7, 11]
    assert Overrides(1, 2, **made)(x).numpy().ravel().tolist() == [3, 7, 11]


def test_adaptive_pooling_to_one_and_to_more_than_there_is():
    """Where TensorFlow crashes: regions of one step, and of all."""
    x = tf.constant([[[1.0], [5.0], [3.0]]])
    assert layers.AdaptiveMaxPooling1D(1)(x).numpy().ravel().tolist() == [5]
    assert layers.AdaptiveAveragePooling1D(1)(x).numpy().ravel().tolist() == [3]
    # region i of 4 reaches from floor(i * 3 / 4) to ceil((i + 1) * 3 / 4)
    assert layers.AdaptiveMaxPooling1D(4)(x).numpy().ravel().tolist() == [1, 5, 5, 3]
    assert layers.AdaptiveAveragePooling1D(4)(x).numpy().ravel().tolist() == [1, 3, 4, 3]


def test_further_batch_axes():
    x = tf.constant(rng.normal(size=(2, 3, 5, 5, 2)), "float32")
    layer = layers.Conv2D(4, 3)
    np.testing.assert_allclose(layer(x)[1].numpy(), layer(x[1]).numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_means_of_halves_are_added_in_more_bits(name):
    x = tf.fill([1, 64, 64, 1], tf.constant(40.0, name))
    for layer in (
        layers.GlobalAveragePooling2D(dtype=name),
        layers.AveragePooling2D(64, dtype=name),
        layers.AdaptiveAveragePooling2D(1, dtype=name),
    ):
        assert tf.cast(layer(x), "float32").numpy().ravel() == [40.0]


def test_the_other_names_of_layers():
    for other, name in (
        ("MaxPool2D", "MaxPooling2D"),
        ("AvgPool1D", "AveragePooling1D"),
        ("GlobalAvgPool3D", "GlobalAveragePooling3D"),
        ("GlobalMaxPool1D", "GlobalMaxPooling1D"),
        ("Convolution2D", "Conv2D"),
        ("Convolution2DTranspose", "Conv2DTranspose"),
        ("SeparableConvolution1D", "SeparableConv1D"),
    ):
        assert getattr(layers, other) is getattr(layers, name)


def test_conv3d_transpose_takes_its_arguments_in_keras_s_order():
    layer = layers.Conv3DTranspose(2, 2, 2, "valid", "channels_first", 1, 1, "relu")
    config = layer.get_config()
    assert config["data_format"] == "channels_first" and config["output_padding"] == (1, 1, 1)
    assert config["activation"] == "relu" and config["dilation_rate"] == (1, 1, 1)


# -- normalization ---------------------------------------------------------------------------------


def test_gradients_of_batch_renormalization_are_keras_s():
    """Recorded from Keras 3.15.1: the correction is constant to the gradient."""
    x = tf.constant(np.random.default_rng(0).normal(1, 2, (6, 3)), "float32")
    layer = layers.BatchNormalization(renorm=True, renorm_momentum=0.8, momentum=0.9, epsilon=0.01)
    layer.build((None, 3))
    layer.gamma.assign([1.0, 2.0, 3.0])
    layer(x, training=True)
    weight = tf.reshape(tf.range(18.0), (6, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.square(layer(x, training=True)) * weight)
    by_x, by_gamma = tape.gradient(loss, [x, layer.gamma])
    np.testing.assert_allclose(by_x[0].numpy(), [-4.181568, -23.954958, -130.60295], rtol=1e-5)
    np.testing.assert_allclose(by_x[5].numpy(), [5.0179296, -9.68642, 93.70749], rtol=1e-5)
    np.testing.assert_allclose(by_gamma.numpy(), [336.53888, 227.83136, 387.57593], rtol=1e-6)


def test_renormalization_starts_from_the_given_variance():
    four = tf.keras.initializers.Constant(4.0)
    layer = layers.BatchNormalization(
        renorm=True, moving_mean_initializer="ones", moving_variance_initializer=four
    )
    layer.build((None, 2))
    values = {w.name: w.numpy().tolist() for w in layer.non_trainable_weights}
    assert values["moving_stddev"] == values["renorm_stddev"] == [2.0, 2.0]
    assert values["renorm_mean"] == values["moving_mean"] == [1.0, 1.0]


def test_fused_is_taken_and_changes_nothing():
    x = tf.constant(rng.normal(size=(3, 2)), "float32")
    plain = layers.BatchNormalization()(x, training=True).numpy()
    assert (layers.BatchNormalization(fused=True)(x, training=True).numpy() == plain).all()


def test_frozen_batch_normalization_uses_and_keeps_its_averages():
    model = tf.keras.Sequential([layers.BatchNormalization(), layers.Dense(1)])
    x = rng.normal(3, 2, size=(8, 2)).astype("float32")
    model.build((None, 2))
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    model.fit(x, x[:, :1], epochs=2, verbose=0)
    assert model.layers[0].moving_mean.numpy().tolist() == [0, 0]
    assert model.layers[0].gamma.numpy().tolist() == [1, 1]
    model.layers[0].trainable = True
    model.compile("sgd", "mse")
    model.fit(x, x[:, :1], verbose=0)
    assert model.layers[0].moving_mean.numpy().tolist() != [0, 0]


def test_spectral_normalization_trains_and_keeps_the_norm():
    model = tf.keras.Sequential(
        [layers.SpectralNormalization(layers.Conv2D(3, 2)), layers.GlobalAveragePooling2D()]
    )
    x = rng.normal(size=(4, 5, 5, 2)).astype("float32")
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((4, 3)), epochs=30, verbose=0)
    model(x, training=True)
    kernel = model.layers[0].layer.kernel
    norms = tf.linalg.svd(tf.reshape(kernel, (-1, 3)), compute_uv=False)
    np.testing.assert_allclose(float(norms[0]), 1.0, rtol=1e-3)
    assert [w.name for w in model.weights] == ["kernel", "vector_u", "bias"]


def test_spectral_normalization_keeps_float32_weights_with_mixed_precision():
    dense = layers.Dense(2, dtype="mixed_float16")
    layer = layers.SpectralNormalization(dense, dtype="mixed_float16")
    layer.build((None, 3))
    dense.kernel.assign(dense.kernel * 1.0001)
    exact = dense.kernel.numpy()
    layer(tf.ones([1, 3]), training=True)
    ratio = exact / dense.kernel.numpy()
    np.testing.assert_allclose(ratio, ratio[0, 0], rtol=1e-6)


# -- wrong calls -----------------------------------------------------------------------------------


def ones(*shape):
    return tf.ones(shape)


WRONG = [
    (lambda: layers.Conv2D(0, 2), "argument `filters`. Expected a strictly positive value"),
    (lambda: layers.Conv2D(None, 2), "argument `filters`"),
    (lambda: layers.Conv2D(2.0, 2), "argument `filters`"),
    (lambda: layers.Conv2D(3, 0), "`kernel_size` argument must be a tuple of 2 integers"),
    (lambda: layers.Conv2D(3, (2, 2, 2)), "Received kernel_size=(2, 2, 2)"),
    (lambda: layers.Conv2D(3, 2.5), "Received kernel_size=2.5"),
    (lambda: layers.Conv2D(3, 2, strides=0), "including values {0}"),
    (lambda: layers.Conv2D(3, 2, dilation_rate="2"), "dilation_rate='2'"),
    (lambda: layers.Conv2D(3, 2, padding="causal"), "must be one of 'valid', 'same'. Received"),
    (lambda: layers.Conv1D(3, 2, padding="full"), "'valid', 'same', 'causal'"),
    (lambda: layers.Conv1DTranspose(3, 2, padding="causal"), "'valid', 'same'. Received"),
    (lambda: layers.Conv2D(3, 2, strides=2, dilation_rate=2), "`strides > 1` not supported"),
    (lambda: layers.Conv2D(3, 2, data_format="NHWC"), "`data_format` argument must be one of"),
    (lambda: layers.Conv2D(3, 2, groups=2), "evenly divisible by the number of groups"),
    (lambda: layers.Conv2D(3, 2, groups=0), "The number of groups must be a positive integer"),
    (lambda: layers.Conv2D(4, 2, groups=2)(ones(1, 3, 3, 3)), "but the input has 3 channels"),
    (lambda: layers.Conv2D(3, 2)(ones(3, 3, 3)), "expected min_ndim=4, found ndim=3"),
    (lambda: layers.Conv2D(3, 5)(ones(1, 3, 3, 3)), "The output would be empty"),
    (lambda: layers.Conv2D(3, 2)(tf.keras.Input((3, 3, None))), "must be known"),
    (lambda: layers.Conv2D(3, 2, lora=1), "Unrecognized keyword arguments"),
    (lambda: layers.Conv2DTranspose(3, 2, output_padding=1), "strictly less than `strides`"),
    (lambda: layers.SeparableConv1D(3, 2, depth_multiplier=0), "argument `depth_multiplier`"),
    (lambda: layers.MaxPooling2D(0), "`pool_size` argument must be a tuple of 2 integers"),
    (lambda: layers.MaxPooling2D(2, strides=(1, 2, 3)), "strides=(1, 2, 3)"),
    (lambda: layers.MaxPooling1D(padding="causal"), "padding='causal'"),
    (lambda: layers.MaxPooling2D(2)(ones(1, 5, 5)), "expected ndim=4, found ndim=3"),
    (lambda: layers.MaxPooling2D(7)(ones(1, 5, 5, 1)), "The output would be empty"),
    (lambda: layers.GlobalMaxPooling1D()(ones(1, 5)), "expected ndim=3, found ndim=2"),
    (lambda: layers.AdaptiveMaxPooling2D((2, 3, 4)), "output_size=(2, 3, 4)"),
    (lambda: layers.AdaptiveMaxPooling2D((2, None)), "output_size=(2, None)"),
    (lambda: layers.ZeroPadding2D((1, 2, 3)), "`padding` must be an int, or have 2 elements"),
    (lambda: layers.ZeroPadding2D(-1), "do not satisfy `value >= 0`"),
    (lambda: layers.ZeroPadding2D(((1, 2), (3,))), "an entry of padding"),
    (lambda: layers.ZeroPadding1D((1, 2, 3)), "padding=(1, 2, 3)"),
    (lambda: layers.Cropping2D(2.5), "cropping=2.5"),
    (lambda: layers.Cropping2D(3)(ones(1, 5, 5, 1)), "must be smaller than 5 in sum"),
    (lambda: layers.UpSampling2D(0), "`size` argument must be a tuple of 2 integers"),
    (lambda: layers.UpSampling2D(2, interpolation="cubic"), "`interpolation` argument should be"),
    (lambda: layers.GroupNormalization(3)(ones(1, 4)), "must be a multiple of the number of"),
    (lambda: layers.GroupNormalization(0), "argument `groups`, expected a positive integer"),
    (lambda: layers.GroupNormalization(2, axis=0), "not 0, the batch's"),
    (lambda: layers.GroupNormalization(2, axis=3)(ones(1, 4)), "axis 3 is out of bounds"),
    (lambda: layers.GroupNormalization(2)(tf.keras.Input((None,))), "should have a defined dim"),
    (lambda: layers.SpectralNormalization(layers.Dense(2), 0), "`power_iterations`"),
    (lambda: layers.SpectralNormalization(layers.ReLU())(ones(1, 4)), "nor 'embeddings'"),
    (lambda: layers.SpectralNormalization("dense"), "must be an instance of keras.layers.Layer"),
    (lambda: layers.BatchNormalization(renorm_clipping={"a": 1}), "'rmin', 'rmax' and 'dmax'"),
    (lambda: layers.BatchNormalization(renorm_clipping={"rmax": 0.5, "rmin": 0.9}), "rmin <= rmax"),
]


@pytest.mark.parametrize(("call", "words"), WRONG, ids=[row[1][:40] for row in WRONG])
def test_wrong_calls(call, words):
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value)
