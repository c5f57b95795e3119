"""Cases of keras.ops.nn."""

import numpy as np

from . import case

ACTIVATIONS = [
    *("celu", "elu", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish"),
    *("hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid"),
    *("silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid"),
    *("sparsemax", "squareplus", "swish", "tanh_shrink"),
]
UNARY = [name for name in ACTIVATIONS if name != "sparsemax"]
BINARY = []
rng = np.random.default_rng(5)


def normal(*shape):
    return rng.normal(size=shape).astype("float32").round(2)


def cases():
    for name in ACTIVATIONS:
        x = "u[:1, :2]" if name == "sparsemax" else "c"  # of more, Keras's do not sum up to 1
        smooth = name not in ("hard_shrink", "soft_shrink")
        yield case(f"{name}({x})", smooth, batch=[] if name == "sparsemax" else None)
    yield case("softmax(c, axis=(1, 2))")
    yield case("softmax(c, axis=None)")
    yield case("log_softmax(c, axis=1)")
    yield case("gelu(b, approximate=False)")
    yield case("glu(c, axis=0)", batch=[])
    yield case("leaky_relu(b, negative_slope=0.5)")
    yield case("elu(b, alpha=2.0)")
    yield case("celu(b, alpha=0.5)")
    yield case("threshold(a, 0.3, -7.0)", smooth=False)
    yield case("squareplus(a, b=1)")
    yield case("soft_shrink(a, threshold=0.2)", smooth=False)
    yield case("hard_shrink(a, threshold=0.2)", smooth=False)
    yield case("polar(p, a)", smooth=False)
    yield from labels()
    yield from normalizations()
    yield from windows()
    yield from attention()


def labels():
    for axis in (-1, 0, 1):
        yield case(f"one_hot(i, 9, axis={axis})", smooth=False)
    yield case("one_hot(k, 3, dtype='int32')", smooth=False)
    yield case("multi_hot(k, 4)", smooth=False, batch=[])
    yield case("multi_hot(i, 9)", smooth=False)
    yield case("multi_hot(i, 9, dtype='bool')", smooth=False)
    probabilities = np.float32([[0.1, 0.6, 0.3], [0.5, 0.2, 0.2]])
    yield case("binary_crossentropy(cast(t, 'float32'), q)", q=probabilities)
    yield case("binary_crossentropy(q, a, from_logits=True)", q=probabilities)
    yield case("categorical_crossentropy(q[::-1], q)", q=probabilities)
    yield case("categorical_crossentropy(q, a, from_logits=True)", q=probabilities)
    yield case(
        "categorical_crossentropy(q, b, from_logits=True, axis=0)", symbolic=False, q=probabilities
    )
    yield case("sparse_categorical_crossentropy([2, 0], q)", q=probabilities, batch=[])
    yield case("sparse_categorical_crossentropy([[2], [0]], q)", q=probabilities, batch=[])
    yield case("sparse_categorical_crossentropy(k[:2], a, from_logits=True)", batch=["a"])
    yield case("sparse_categorical_crossentropy(i % 4, c, from_logits=True)")
    logits = normal(2, 5, 3)
    lengths = np.array([5, 3], "int32")
    ctc = {"x": logits, "lengths": lengths}
    yield case("ctc_loss([[1, 2], [2, 0]], x, [2, 1], lengths)", batch=[], **ctc)
    yield case("ctc_loss([[1, 0], [0, 0]], x, [2, 1], lengths, mask_index=2)", batch=[], **ctc)
    for merge in (True, False):
        yield case(f"ctc_decode(x, lengths, merge_repeated={merge})", smooth=False, batch=[], **ctc)
    yield case("ctc_decode(x, lengths, mask_index=2)", smooth=False, batch=[], **ctc)
    yield case(
        "ctc_decode(x, lengths, strategy='beam_search', beam_width=20, top_paths=3)",
        smooth=False,
        batch=[],
        **ctc,
    )
    yield case(
        "ctc_decode(x, lengths, strategy='beam_search', beam_width=4, top_paths=2, mask_index=1)",
        smooth=False,
        batch=[],
        **ctc,
    )


def normalizations():
    yield case("moments(c, axes=[0, 2])")
    yield case("moments(c, axes=[1], keepdims=True)")
    yield case("batch_normalization(c, v, p[0], 1)", batch=["c"])
    yield case(
        "batch_normalization(c, v, p[0], axis=-2, offset=w, scale=v, epsilon=0.1)", batch=["c"]
    )
    yield case("layer_normalization(c)")
    yield case("layer_normalization(a, v, w)", batch=["a"])
    yield case("layer_normalization(c, axis=(1, 2), epsilon=0.1)")
    yield case("rms_normalization(c, epsilon=0.01)")
    yield case("rms_normalization(a, v)", batch=["a"])
    yield case("normalize(c)")
    yield case("normalize(c, axis=1, order=1)")
    yield case("normalize(c, axis=0, order=3)")
    yield case("psnr(a, b, 2.0)")


def windows():
    image, line, volume = normal(1, 5, 4, 2), normal(2, 6, 2), normal(1, 3, 3, 2, 2)
    images = {"x": image}
    yield case("conv(x, w3)", x=line, w3=normal(3, 2, 2), batch=["x"])
    yield case("conv(x, w3, 2, 'same')", x=image, w3=normal(2, 3, 1, 2), batch=["x"])  # two groups
    yield case(
        "conv(x, w3, padding='same', dilation_rate=2)", x=line, w3=normal(2, 2, 3), batch=["x"]
    )
    yield case("conv(x, w3)", x=volume, w3=normal(2, 2, 1, 2, 1), batch=["x"])
    yield case("depthwise_conv(x, w3, 1, 'same')", x=image, w3=normal(2, 2, 2, 2), batch=["x"])
    yield case("depthwise_conv(x, w3)", x=line, w3=normal(3, 2, 1), batch=["x"])
    pointwise = normal(1, 2, 3)
    yield case("separable_conv(x, w3, p3)", x=line, w3=normal(3, 2, 1), p3=pointwise, batch=["x"])
    for settings in (
        "",
        ", padding='same'",
        ", strides=2",
        ", strides=2, padding='same'",
        ", strides=2, output_padding=1",
        ", strides=2, padding='same', output_padding=1",
        ", dilation_rate=2",
    ):
        yield case(f"conv_transpose(x, w3{settings})", x=line, w3=normal(3, 1, 2), batch=["x"])
    yield case("conv_transpose(x, w3, (2, 3), 'same')", x=image, w3=normal(2, 3, 1, 2), batch=["x"])
    for name in ("max_pool", "average_pool"):
        yield case(f"{name}(x, 2)", **images)
        yield case(f"{name}(x, (3, 2), 1, 'same')", **images)
        yield case(f"{name}(x, 2, 1)", x=line)
    for name in ("adaptive_max_pool", "adaptive_average_pool"):
        yield case(f"{name}(x, (2, 2))", symbolic=False, **images)
        yield case(f"{name}(x, 3)", x=line)
        yield case(f"{name}(x, 2, data_format='channels_first')", **images)
    yield case("depth_to_space(x, 2)", x=normal(1, 2, 2, 8))
    yield case("space_to_depth(x, 2)", x=normal(1, 4, 2, 2))
    yield case("unfold(x, 2)", **images)
    yield case("unfold(x, (3, 2), dilation=(1, 1), padding=1, stride=(2, 1))", **images)
    yield case("unfold(x, 2, dilation=2, padding=(1, 2))", **images)
    yield case("fold(x, 3, 2)", x=normal(1, 8, 4))
    yield case("fold(x, (4, 3), (2, 3), padding=1, stride=2)", x=normal(1, 6, 6))


def attention():
    query, key = normal(2, 3, 2, 2), normal(2, 4, 2, 2)
    value, mask = normal(2, 4, 2, 2), np.array([[[[True, True, False, True]]]])
    inputs = {"q": query, "key": key, "value": value}
    yield case("dot_product_attention(q, key, value)", **inputs)
    yield case("dot_product_attention(q, key, value, is_causal=True, scale=2.0)", **inputs)
    yield case("dot_product_attention(q, key, value, mask=mask)", batch=[], mask=mask, **inputs)
    bias = normal(1, 2, 3, 4)
    yield case("dot_product_attention(q, key, value, bias=bias)", batch=[], bias=bias, **inputs)
