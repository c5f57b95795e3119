"""MobileNet, versions 1 to 3."""

from ..config import image_data_format
from ..layers import (
    Activation,
    Add,
    Conv2D,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    Multiply,
    ReLU,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)
from .building import (
    application,
    channels,
    conv,
    divisible,
    normalized,
    predictions,
    same_padding,
)


def _depthwise(x, kernel, strides, name, pad, multiplier=1):
    """A depthwise convolution, of pictures padded for strides of 2."""
    if strides == 2:
        padding = same_padding(x, kernel) if pad[1] is None else pad[1]
        x = ZeroPadding2D(padding, name=pad[0])(x)
    layer = DepthwiseConv2D(
        kernel,
        strides=strides,
        padding="same" if strides == 1 else "valid",
        depth_multiplier=multiplier,
        use_bias=False,
        name=name,
    )
    return layer(x)


def _side(options):
    """The side that names a model: for published weights that of square ones of a usual size."""
    first = image_data_format() == "channels_first"
    sides = options.shape[1:] if first else options.shape[:2]
    if options.weights != "imagenet":
        return sides[0]
    usual = sides[0] == sides[1] and sides[0] in (128, 160, 192, 224, *options.sides)
    return sides[0] if usual else 224


# -- version 1 -------------------------------------------------------------------------------------

_BLOCKS_1 = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5,
             (1024, 2), (1024, 1))  # fmt: skip


def _body_1(x, options):
    def finished(x, name):
        return ReLU(6.0, name=f"{name}_relu")(normalized(x, f"{name}_bn", -1))

    x = finished(conv(x, int(32 * options.alpha), 3, "conv1", 2), "conv1")
    for i, (filters, strides) in enumerate(_BLOCKS_1, 1):
        pad = f"conv_pad_{i}", ((0, 1), (0, 1))
        x = _depthwise(x, 3, strides, f"conv_dw_{i}", pad, options.depth_multiplier)
        x = finished(x, f"conv_dw_{i}")
        x = finished(conv(x, int(filters * options.alpha), 1, f"conv_pw_{i}"), f"conv_pw_{i}")
    return x


def _top_1(x, options):
    x = GlobalAveragePooling2D(keepdims=True)(x)
    x = Dropout(options.dropout, name="dropout")(x)
    x = Conv2D(options.classes, 1, padding="same", name="conv_preds")(x)
    x = Reshape((options.classes,), name="reshape_2")(x)
    return Activation(options.classifier_activation, name="predictions")(x)


MobileNet = application(
    "MobileNet",
    "Howard et al., arXiv:1704.04861. `alpha` multiplies filters, `depth_multiplier` those of "
    "depthwise convolutions, `dropout` is the top's rate.",
    _body_1,
    name=lambda o: f"mobilenet_{o.alpha:0.2f}_{_side(o)}",
    top=_top_1,
    sides=(),
    usual_side=_side,
    arguments={
        "input_shape": None, "alpha": 1.0, "depth_multiplier": 1, "dropout": 0.001,
        "include_top": True, "weights": "imagenet", "input_tensor": None, "pooling": None,
        "classes": 1000, "classifier_activation": "softmax",
    },
)  # fmt: skip


# -- version 2 -------------------------------------------------------------------------------------

_BLOCKS_2 = (  # filters, strides, expansion
    (16, 1, 1), (24, 2, 6), (24, 1, 6), (32, 2, 6), (32, 1, 6), (32, 1, 6), (64, 2, 6),
    *[(64, 1, 6)] * 3, *[(96, 1, 6)] * 3, (160, 2, 6), (160, 1, 6), (160, 1, 6), (320, 1, 6),
)  # fmt: skip


def _norm(x, name):
    return normalized(x, name, -1, epsilon=1e-3, momentum=0.999)


def _body_2(x, options):
    x = _norm(conv(x, divisible(32 * options.alpha), 3, "Conv1", 2), "bn_Conv1")
    x = ReLU(6.0, name="Conv1_relu")(x)
    for i, (filters, strides, expansion) in enumerate(_BLOCKS_2):
        name = f"block_{i}_" if i else "expanded_conv_"
        start, count = x, channels(x)
        if i:
            x = _norm(conv(x, expansion * count, 1, f"{name}expand"), f"{name}expand_BN")
            x = ReLU(6.0, name=f"{name}expand_relu")(x)
        x = _depthwise(x, 3, strides, f"{name}depthwise", (f"{name}pad", None))
        x = ReLU(6.0, name=f"{name}depthwise_relu")(_norm(x, f"{name}depthwise_BN"))
        wanted = divisible(int(filters * options.alpha))
        x = _norm(conv(x, wanted, 1, f"{name}project"), f"{name}project_BN")
        if count == wanted and strides == 1:
            x = Add(name=f"{name}add")([start, x])
    last = divisible(1280 * options.alpha) if options.alpha > 1 else 1280
    x = _norm(conv(x, last, 1, "Conv_1", padding="valid"), "Conv_1_bn")
    return ReLU(6.0, name="out_relu")(x)


def _top_2(x, options):
    return predictions(GlobalAveragePooling2D()(x), options)


MobileNetV2 = application(
    "MobileNetV2",
    "Sandler et al., arXiv:1801.04381. `alpha` multiplies filters.",
    _body_2,
    name=lambda o: f"mobilenetv2_{o.alpha:0.2f}_{_side(o)}",
    top=_top_2,
    sides=(96,),
    usual_side=_side,
    arguments={
        "input_shape": None, "alpha": 1.0, "include_top": True, "weights": "imagenet",
        "input_tensor": None, "pooling": None, "classes": 1000, "classifier_activation": "softmax",
    },
)  # fmt: skip


# -- version 3 -------------------------------------------------------------------------------------

# expansion, filters, whether the kernel is large, strides, squeeze and excite?, hard swish?
_SMALL = (
    (1, 16, 0, 2, 1, 0), (72 / 16, 24, 0, 2, 0, 0), (88 / 24, 24, 0, 1, 0, 0), (4, 40, 1, 2, 1, 1),
    (6, 40, 1, 1, 1, 1), (6, 40, 1, 1, 1, 1), (3, 48, 1, 1, 1, 1), (3, 48, 1, 1, 1, 1),
    (6, 96, 1, 2, 1, 1), (6, 96, 1, 1, 1, 1), (6, 96, 1, 1, 1, 1),
)  # fmt: skip
_LARGE = (
    (1, 16, 0, 1, 0, 0), (4, 24, 0, 2, 0, 0), (3, 24, 0, 1, 0, 0), (3, 40, 1, 2, 1, 0),
    (3, 40, 1, 1, 1, 0), (3, 40, 1, 1, 1, 0), (6, 80, 0, 2, 0, 1), (2.5, 80, 0, 1, 0, 1),
    (2.3, 80, 0, 1, 0, 1), (2.3, 80, 0, 1, 0, 1), (6, 112, 0, 1, 1, 1), (6, 112, 0, 1, 1, 1),
    (6, 160, 1, 2, 1, 1), (6, 160, 1, 1, 1, 1), (6, 160, 1, 1, 1, 1),
)  # fmt: skip


def _excited(x, filters, name):
    """Squeeze and excite: pictures times a factor of each channel."""
    factor = GlobalAveragePooling2D(keepdims=True, name=f"{name}avg_pool")(x)
    factor = conv(factor, divisible(filters * 0.25), 1, f"{name}conv", use_bias=True)
    factor = ReLU(name=f"{name}relu")(factor)
    factor = conv(factor, filters, 1, f"{name}conv_1", use_bias=True)
    factor = ReLU(6.0)(factor + 3.0) * (1.0 / 6.0)
    return Multiply(name=f"{name}mul")([x, factor])


def _activate(x, options, is_hard=True):
    return Activation("hard_swish")(x) if is_hard and not options.minimalistic else ReLU()(x)


def _block_3(x, block, name, options):
    expansion, filters, is_large, strides, excites, is_hard = block
    filters, kernel = divisible(filters * options.alpha), 3
    if options.minimalistic:
        excites = False
    elif is_large:
        kernel = 5
    start, count = x, channels(x)
    wide = divisible(count * expansion)
    if name != "expanded_conv_":
        x = _norm(conv(x, wide, 1, f"{name}expand"), f"{name}expand_bn")
        x = _activate(x, options, is_hard)
    x = _depthwise(x, kernel, strides, f"{name}depthwise", (f"{name}depthwise_pad", None))
    x = _activate(_norm(x, f"{name}depthwise_bn"), options, is_hard)
    if excites:
        x = _excited(x, wide, f"{name}squeeze_excite_")
    x = _norm(conv(x, filters, 1, f"{name}project"), f"{name}project_bn")
    return Add(name=f"{name}add")([start, x]) if strides == 1 and count == filters else x


def _body_3(x, options):
    if options.include_preprocessing:
        x = Rescaling(1.0 / 127.5, offset=-1.0)(x)
    x = _activate(_norm(conv(x, 16, 3, "conv", 2), "conv_bn"), options)
    for i, block in enumerate(options.blocks):
        x = _block_3(x, block, f"expanded_conv_{i}_" if i else "expanded_conv_", options)
    x = conv(x, divisible(6 * channels(x)), 1, "conv_1")
    return _activate(_norm(x, "conv_1_bn"), options)


def _top_3(x, options):
    last = options.last
    if options.alpha > 1:
        last = divisible(last * options.alpha)
    x = GlobalAveragePooling2D(keepdims=True)(x)
    x = _activate(conv(x, last, 1, "conv_2", use_bias=True), options)
    if options.dropout_rate > 0:
        x = Dropout(options.dropout_rate)(x)
    x = conv(x, options.classes, 1, "logits", use_bias=True)
    return Activation(options.classifier_activation, name="predictions")(Flatten()(x))


def _mobile_3(title, blocks, last):
    return application(
        title,
        "Howard et al., arXiv:1905.02244. `alpha` multiplies filters, `minimalistic` does without "
        "squeeze and excite, hard swish and kernels of 5, `include_preprocessing` takes bytes.",
        _body_3,
        name=title,
        size=None,
        top=_top_3,
        blocks=blocks,
        last=last,
        arguments={
            "input_shape": None, "alpha": 1.0, "minimalistic": False, "include_top": True,
            "weights": "imagenet", "input_tensor": None, "classes": 1000, "pooling": None,
            "dropout_rate": 0.2, "classifier_activation": "softmax", "include_preprocessing": True,
        },
    )  # fmt: skip


MobileNetV3Small = _mobile_3("MobileNetV3Small", _SMALL, 1024)
MobileNetV3Large = _mobile_3("MobileNetV3Large", _LARGE, 1280)
