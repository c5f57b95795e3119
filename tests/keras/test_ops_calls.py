"""keras.ops called wrongly; and what the table of its figures cannot express."""

import numpy as np
import pytest

import tensorbrook as tf

ops = tf.keras.ops
X = tf.ones([1, 4, 4, 2])
WRONG = [
    (lambda: ops.histogram([1.0], range=(1, 2, 3)), ValueError, "must be a tuple of two elements"),
    (lambda: ops.image.extract_patches(X, (3, 3, 3, 3)), ValueError, "Expected a tuple of length"),
    (lambda: ops.image.map_coordinates(X, [1.0] * 4, 1), ValueError, "expected at least rank 2"),
    (lambda: ops.nn.space_to_depth(X, 1), ValueError, "`block_size` must be at least 2"),
    (lambda: ops.stft([1, 2, 3], 2, 1, 2), TypeError, "`float32` or `float64`"),
    (lambda: ops.scan(3, 0, [1]), TypeError, "`f` should be a callable"),
    (lambda: ops.scan(lambda a, x: (a, x), 0), ValueError, "`length` not provided"),
    (lambda: ops.scan(lambda a, x: (a, x), 0, tf.ones(2), length=3), ValueError, "length = 3"),
    (lambda: ops.scan(lambda a, x: (a, x), 0, [1, 2]), ValueError, "xs holds scalars"),
    (
        lambda: ops.scan(lambda a, x: (a, x), 0, tf.ones(1), unroll=0),
        ValueError,
        "`unroll` must be",
    ),
    (lambda: ops.associative_scan(1, [1]), TypeError, "callable"),
    (
        lambda: ops.associative_scan(lambda a, b: a, [tf.ones(2), tf.ones(3)]),
        ValueError,
        "same first dimension",
    ),
    (lambda: ops.slice(tf.ones([2, 2]), [0], [1]), ValueError, "each of the 2 axes"),
    (lambda: ops.slice_update(tf.ones([2]), [0, 0], [1.0]), ValueError, "each of the 1 axes"),
    (lambda: ops.scatter_update([1.0], [[0]], [1.0], "mean"), ValueError, "'mul'"),
    (lambda: ops.cast([1], "half"), ValueError, "Invalid dtype: half"),
    (lambda: ops.rearrange(X, "a b c"), ValueError, "one '->'"),
    (lambda: ops.rearrange(X, "a b -> b a"), ValueError, "names 2 axes"),
    (lambda: ops.rearrange(X, "a b c (d e) -> a b c d e"), ValueError, "all but one"),
    (lambda: ops.rearrange(X, "a b c (d e) -> a b c d e", d=3), ValueError, "axis of 2"),
    (lambda: ops.rearrange(X, "a b c d -> a b c"), ValueError, "both sides"),
    (lambda: ops.rearrange(X, "a b c d) -> a b c d"), ValueError, "Could not read"),
    (lambda: ops.fft([1.0, 2.0, 3.0]), ValueError, "tuple of two tensors"),
    (
        lambda: ops.fft(([1.0], [1.0, 2.0])),
        ValueError,
        "Both the real and imaginary parts should have the same shape",
    ),
    (lambda: ops.stft(tf.ones([9]), 4, 2, 3), ValueError, "larger than `sequence_length`"),
    (lambda: ops.stft(tf.ones([9]), 4, 2, 4, window="box"), ValueError, "'hann'"),
    (lambda: ops.stft(tf.ones([9]), 4, 2, 4, window=tf.ones([3])), ValueError, "shape of `window`"),
    (lambda: ops.view_as_complex(tf.ones([3])), ValueError, "must be size 2"),
    (lambda: ops.qr(tf.ones([2, 2]), mode="raw"), ValueError, "'reduced', 'complete'"),
    (lambda: ops.solve(tf.ones([2, 2]), tf.ones([1, 2, 2, 2])), ValueError, "b.shape"),
    (lambda: ops.cholesky(tf.ones([2, 3])), ValueError, r"non-square input with shape \(2, 3\)"),
    (lambda: ops.det(tf.ones([3])), ValueError, "rank >= 2"),
    (lambda: ops.inv(tf.keras.Input((2, 3))), ValueError, r"non-square.*\(None, 2, 3\)"),
    (lambda: ops.solve(tf.ones([3, 4]), tf.ones([3])), ValueError, "non-square"),
    (lambda: ops.norm(tf.ones([2, 2]), ord=5), ValueError, "Invalid `ord`"),
    (lambda: ops.norm(tf.ones([2]), ord="nuc", axis=0), ValueError, "vector norm"),
    (lambda: ops.jvp(tf.sin, 1.0, 2.0), TypeError, "tuples or lists"),
    (lambda: ops.multi_hot([1]), ValueError, "num_classes"),
    (lambda: ops.binary_crossentropy([1.0, 0.0], [0.5]), ValueError, "same shape"),
    (lambda: ops.sparse_categorical_crossentropy([[1, 2]], [[0.5]]), ValueError, "one axis more"),
    (lambda: ops.ctc_decode(tf.ones([1, 2, 3]), [2], strategy="best"), ValueError, "'greedy'"),
    (lambda: ops.normalize([1.0], order=0), ValueError, "int >= 1"),
    (lambda: ops.psnr([1.0], [1.0, 2.0], 1.0), ValueError, "must match"),
    (lambda: ops.layer_normalization([1.0], rms_scaling=True), NotImplementedError, "rms"),
    (lambda: ops.conv(tf.ones([2, 3]), tf.ones([1, 3, 1])), ValueError, "3 to 5 axes"),
    (lambda: ops.conv(X, tf.ones([1, 1, 2, 1]), padding="causal"), ValueError, "'same'"),
    (lambda: ops.max_pool(X, 2, data_format="NHWC"), ValueError, "channels_first"),
    (lambda: ops.adaptive_max_pool(X, (1, 2, 3)), ValueError, "needs 2 numbers"),
    (lambda: ops.depth_to_space(X, 2), ValueError, "not a multiple"),
    (lambda: ops.fold(tf.ones([1, 4, 5]), 4, 2), ValueError, "9 blocks"),
    (lambda: ops.image.resize(X, (1, 2, 3)), ValueError, "tuple of 2"),
    (lambda: ops.image.resize(X, (2, 2), "cubic"), ValueError, "'bicubic'"),
    (lambda: ops.image.resize(tf.ones([2, 2]), (2, 2)), ValueError, "Invalid images rank"),
    (lambda: ops.image.resize(X, (2, 2), fill_mode="wrap"), ValueError, "'constant'"),
    (lambda: ops.image.crop_images(X, 1), ValueError, "exactly two of top_cropping"),
    (lambda: ops.image.crop_images(X, 1, 1, -1, 0), ValueError, "must be >= 0"),
    (lambda: ops.image.pad_images(X, 1, 2), ValueError, "exactly two of top_padding"),
    (lambda: ops.image.extract_patches(X, (1, 1, 1, 1)), ValueError, "length 2 or 3"),
    (lambda: ops.image.affine_transform(X, tf.ones([8]), "cubic"), ValueError, "'bilinear'"),
    (lambda: ops.image.affine_transform(X, tf.ones([1, 1, 8])), ValueError, "Invalid transform"),
    (lambda: ops.image.perspective_transform(X, [[1.0]], [[1.0]]), ValueError, r"\(4,2\)"),
    (lambda: ops.image.map_coordinates([1.0], [[0.0]], 2), ValueError, r"\[0, 1\]"),
    (lambda: ops.image.map_coordinates([1.0], [[0.0], [0.0]], 1), ValueError, "2 entries"),
    (lambda: ops.image.rgb_to_hsv(tf.ones([1, 1, 3], "uint8")), ValueError, "expected float"),
    (
        lambda: ops.image.scale_and_translate([1.0], (1,), [1.0], [0.0], [0], "area"),
        ValueError,
        "'linear'",
    ),
]


@pytest.mark.parametrize(("call", "fault", "match"), WRONG, ids=[row[2] for row in WRONG])
def test_wrong_calls(call, fault, match):
    with pytest.raises(fault, match=match):
        call()


def test_shapes_are_tuples_and_tensors_where_they_are_open():
    assert ops.shape(tf.ones([2, 3])) == (2, 3)
    assert ops.shape(tf.keras.Input((3,))) == (None, 3)
    seen = []

    @tf.function(input_signature=[tf.TensorSpec([None, 3])])
    def halves(x):
        shape = ops.shape(x)
        seen.append(shape)
        return ops.reshape(x, (shape[0] * 3, 1))

    assert halves(tf.ones([4, 3])).shape == (12, 1)
    assert isinstance(seen[0][0], tf.Tensor)
    assert seen[0][1] == 3


def test_what_things_are():
    v = tf.Variable([1.0])
    assert (ops.is_tensor(tf.constant(1)), ops.is_tensor(v), ops.is_tensor(1)) == (
        True,
        False,
        False,
    )
    assert (ops.dtype(v), ops.dtype(np.ones(1)), ops.dtype(1)) == ("float32", "float64", "int64")
    for value in (tf.constant([1, 2]), [1, 2], tf.Variable([1, 2])):
        assert ops.convert_to_numpy(value).tolist() == [1, 2]


def test_custom_gradients():
    @ops.custom_gradient
    def clipped(x):
        return x * 2.0, lambda upstream: tf.minimum(upstream, 0.5)

    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = clipped(x)
    assert (float(y), float(tape.gradient(y, x))) == (6.0, 0.5)


def test_segments_find_their_number():
    data, ids = tf.constant([1.0, 2.0, 3.0]), tf.constant([0, 2, 0])
    assert ops.segment_sum(data, ids).numpy().tolist() == [4.0, 0.0, 2.0]
    assert ops.segment_prod(data, ids).numpy().tolist() == [3.0, 1.0, 2.0]


def test_scans_without_outputs():
    state, outputs = ops.scan(lambda a, x: (a + x, None), 0, tf.range(4))
    assert (int(state), outputs) == (6, None)
    compiled = tf.function(lambda x: ops.scan(lambda a, row: (a + row, None), 0, x)[0])
    assert int(compiled(tf.range(4))) == 6


def test_mirrored_coordinates_repeat_no_edge():
    places = tf.constant([-3.0, -1.0, 0.5, 4.0, 6.0])
    found = ops.image.map_coordinates(tf.range(5.0), [places], 1, fill_mode="mirror")
    assert found.numpy().tolist() == [3.0, 1.0, 0.5, 4.0, 2.0]


def test_blur_windows_need_not_be_square():
    x = tf.reshape(tf.one_hot(12, 25), [1, 5, 5, 1])
    found = ops.image.gaussian_blur(x, (5, 3), (2.0, 0.5)).numpy()[0, :, :, 0]
    assert found[2].min() > 0
    assert found[0].max() == found[4].max() == 0
    np.testing.assert_allclose(found.sum(), 1.0, rtol=1e-6)


def test_halves_are_transformed_in_float32():
    x = tf.constant([1.0, 2.0, 3.0, 4.0], "float16")
    real, imag = ops.rfft(x)
    assert (real.dtype, imag.dtype) == (tf.float16, tf.float16)
    np.testing.assert_allclose(ops.irfft((real, imag)), x, atol=1e-3)
    mean, variance = ops.moments(tf.fill([4096], tf.constant(9.0, "float16")), [0])
    assert (float(mean), float(variance), mean.dtype) == (9.0, 0.0, tf.float16)


def test_extremes_of_booleans_begin_with_one():
    x = tf.constant([[True, False], [False, False]])
    assert ops.max(x, axis=1, initial=False).numpy().tolist() == [True, False]
    assert ops.min(x, axis=0, initial=True).numpy().tolist() == [False, False]
    assert ops.max(x, initial=True).dtype == tf.bool


@pytest.mark.parametrize("length", [np.float32(3), tf.constant(3.0), np.array(3)])
def test_windows_have_a_length_of_any_dtype(length):
    np.testing.assert_allclose(ops.hanning(length), [0.0, 1.0, 0.0], atol=1e-6)
    with pytest.raises(TypeError, match="integers, got"):
        ops.kaiser(np.float32(2.5), 5.0)


def test_a_scalar_is_sorted():
    assert ops.argsort(tf.constant(3)).numpy().tolist() == [0]


def test_configs_of_quantization_are_made_again():
    config = tf.keras.quantizers.Int4QuantizationConfig(block_size=64)
    again = tf.keras.quantizers.deserialize(tf.keras.quantizers.serialize(config))
    assert (type(again), again.block_size) == (type(config), 64)
