"""EfficientNet, versions 1 and 2."""

import math

from ..initializers import VarianceScaling
from ..layers import (
    Activation,
    Add,
    DepthwiseConv2D,
    Dropout,
    GlobalAveragePooling2D,
    Multiply,
    Normalization,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)
from .building import (
    STANDARD,
    application,
    channel_axis,
    channels,
    conv,
    divisible,
    normalized,
    predictions,
    same_padding,
)

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_DROPS = 0.2  # the part of the last block's results that is dropped in training


def _kernels():
    return VarianceScaling(2.0, mode="fan_out", distribution="truncated_normal")


def _conv(x, filters, kernel, name, strides=1, padding="same", **more):
    return conv(x, filters, kernel, name, strides, padding, kernel_initializer=_kernels(), **more)


def _depthwise(x, kernel, strides, name, padding="same"):
    layer = DepthwiseConv2D(
        kernel,
        strides=strides,
        padding=padding,
        use_bias=False,
        depthwise_initializer=_kernels(),
        name=name,
    )
    return layer(x)


def _activated(x, options, normalization, activation):
    x = normalized(x, normalization, **options.normalization)
    return Activation("swish", name=activation)(x)


def _excited(x, filters, name):
    """Squeeze and excite: pictures times a factor of each channel."""
    wide = channels(x)
    factor = GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    shape = (wide, 1, 1) if channel_axis() == 1 else (1, 1, wide)
    factor = Reshape(shape, name=f"{name}se_reshape")(factor)
    bias = {"use_bias": True}
    factor = _conv(factor, filters, 1, f"{name}se_reduce", activation="swish", **bias)
    factor = _conv(factor, wide, 1, f"{name}se_expand", activation="sigmoid", **bias)
    return Multiply(name=f"{name}se_excite")([x, factor])


def _with_shortcut(x, start, strides, rate, name):
    if strides != 1 or channels(x) != channels(start):
        return x
    if rate > 0:
        x = Dropout(rate, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
    return Add(name=f"{name}add")([x, start])


def _top(x, options):
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    x = Dropout(options.dropout, name="top_dropout")(x)
    uniform = VarianceScaling(1 / 3, mode="fan_out", distribution="uniform")
    return predictions(x, options, kernel_initializer=uniform)


def _repeats(options):
    return [math.ceil(options.depth * block[1]) for block in options.blocks]


def _blocks(options, total):
    """(name, the block's facts, filters in, filters out, strides, rate) of all blocks.

    The rates grow along `total` blocks, as many as there are for version 1, and as there would be
    at a depth of 1 for version 2.
    """
    repeats = _repeats(options)
    number = 0
    for stage, (block, count) in enumerate(zip(options.blocks, repeats), 1):
        start, end = options.rounded(block[2]), options.rounded(block[3])
        for i in range(count):
            name = f"block{stage}{chr(ord('a') + i)}_"
            filters, strides = (start, block[5]) if i == 0 else (end, 1)
            yield name, block, filters, end, strides, _DROPS * number / total
            number += 1


# -- version 1 -------------------------------------------------------------------------------------

# kernel, repeats, filters in and out, expansion, strides
_BLOCKS_1 = (
    (3, 1, 32, 16, 1, 1), (3, 2, 16, 24, 6, 2), (5, 2, 24, 40, 6, 2), (3, 3, 40, 80, 6, 2),
    (5, 3, 80, 112, 6, 1), (5, 4, 112, 192, 6, 2), (3, 1, 192, 320, 6, 1),
)  # fmt: skip


def _body_1(x, options):
    x = Normalization(axis=channel_axis())(Rescaling(1.0 / 255.0)(x))
    if options.weights == "imagenet":  # these were trained with the root of the deviation
        x = Rescaling([1 / math.sqrt(d) for d in _DEVIATION])(x)
    x = ZeroPadding2D(same_padding(x, 3), name="stem_conv_pad")(x)
    x = _conv(x, options.rounded(32), 3, "stem_conv", 2, "valid")
    x = _activated(x, options, "stem_bn", "stem_activation")
    for name, block, filters, end, strides, rate in _blocks(options, sum(_repeats(options))):
        start, kernel, wide = x, block[0], filters * block[4]
        if block[4] != 1:
            x = _conv(x, wide, 1, f"{name}expand_conv")
            x = _activated(x, options, f"{name}expand_bn", f"{name}expand_activation")
        if strides == 2:
            x = ZeroPadding2D(same_padding(x, kernel), name=f"{name}dwconv_pad")(x)
        x = _depthwise(x, kernel, strides, f"{name}dwconv", "valid" if strides == 2 else "same")
        x = _activated(x, options, f"{name}bn", f"{name}activation")
        x = _excited(x, max(1, int(filters * 0.25)), name)
        x = normalized(_conv(x, end, 1, f"{name}project_conv"), f"{name}project_bn")
        x = _with_shortcut(x, start, strides, rate, name)
    x = _conv(x, options.rounded(1280), 1, "top_conv")
    return _activated(x, options, "top_bn", "top_activation")


def _version_1(title, width, depth, size, dropout):
    return application(
        title, "Tan and Le, arXiv:1905.11946.", _body_1, name=title.lower(), size=size, top=_top,
        rounded=lambda filters: divisible(filters * width),
        depth=depth, dropout=dropout, blocks=_BLOCKS_1, normalization={},
    )  # fmt: skip


EfficientNetB0 = _version_1("EfficientNetB0", 1.0, 1.0, 224, 0.2)
EfficientNetB1 = _version_1("EfficientNetB1", 1.0, 1.1, 240, 0.2)
EfficientNetB2 = _version_1("EfficientNetB2", 1.1, 1.2, 260, 0.3)
EfficientNetB3 = _version_1("EfficientNetB3", 1.2, 1.4, 300, 0.3)
EfficientNetB4 = _version_1("EfficientNetB4", 1.4, 1.8, 380, 0.4)
EfficientNetB5 = _version_1("EfficientNetB5", 1.6, 2.2, 456, 0.4)
EfficientNetB6 = _version_1("EfficientNetB6", 1.8, 2.6, 528, 0.5)
EfficientNetB7 = _version_1("EfficientNetB7", 2.0, 3.1, 600, 0.5)


# -- version 2 -------------------------------------------------------------------------------------

# kernel, repeats, filters in and out, expansion, strides, is fused (and without squeeze and excite)
_BASE = (
    (3, 1, 32, 16, 1, 1, True), (3, 2, 16, 32, 4, 2, True), (3, 2, 32, 48, 4, 2, True),
    (3, 3, 48, 96, 4, 2, False), (3, 5, 96, 112, 6, 1, False), (3, 8, 112, 192, 6, 2, False),
)  # fmt: skip
_SMALL = (
    (3, 2, 24, 24, 1, 1, True), (3, 4, 24, 48, 4, 2, True), (3, 4, 48, 64, 4, 2, True),
    (3, 6, 64, 128, 4, 2, False), (3, 9, 128, 160, 6, 1, False), (3, 15, 160, 256, 6, 2, False),
)  # fmt: skip
_MEDIUM = (
    (3, 3, 24, 24, 1, 1, True), (3, 5, 24, 48, 4, 2, True), (3, 5, 48, 80, 4, 2, True),
    (3, 7, 80, 160, 4, 2, False), (3, 14, 160, 176, 6, 1, False), (3, 18, 176, 304, 6, 2, False),
    (3, 5, 304, 512, 6, 1, False),
)  # fmt: skip
_LARGE = (
    (3, 4, 32, 32, 1, 1, True), (3, 7, 32, 64, 4, 2, True), (3, 7, 64, 96, 4, 2, True),
    (3, 10, 96, 192, 4, 2, False), (3, 19, 192, 224, 6, 1, False), (3, 25, 224, 384, 6, 2, False),
    (3, 7, 384, 640, 6, 1, False),
)  # fmt: skip


def _prepared(x, options):
    if not options.include_preprocessing:
        return x
    if options.blocks is not _BASE or channels(x) != 3:
        return Rescaling(1.0 / 128.0, offset=-1)(x)
    squares = [d * d for d in _DEVIATION]
    x = Rescaling(1.0 / 255)(x)
    return Normalization(mean=_MEAN, variance=squares, axis=channel_axis())(x)


def _body_2(x, options):
    x = _conv(_prepared(x, options), options.rounded(options.blocks[0][2]), 3, "stem_conv", 2)
    x = _activated(x, options, "stem_bn", "stem_activation")
    total = sum(block[1] for block in options.blocks)
    for name, block, filters, end, strides, rate in _blocks(options, total):
        start, (kernel, _, _, _, expansion, _, fused) = x, block
        wide = filters * expansion
        if expansion != 1:
            size, step = (kernel, strides) if fused else (1, 1)
            x = _conv(x, wide, size, f"{name}expand_conv", step)
            x = _activated(x, options, f"{name}expand_bn", f"{name}expand_activation")
        if not fused:
            x = _depthwise(x, kernel, strides, f"{name}dwconv2")
            x = _activated(x, options, f"{name}bn", f"{name}activation")
            x = _excited(x, max(1, int(filters * 0.25)), name)
        alone = fused and expansion == 1
        size, step = (kernel, strides) if alone else (1, 1)
        x = _conv(x, end, size, f"{name}project_conv", step)
        x = normalized(x, f"{name}project_bn", **options.normalization)
        if alone:
            x = Activation("swish", name=f"{name}project_activation")(x)
        x = _with_shortcut(x, start, strides, rate, name)
    x = _conv(x, options.rounded(1280), 1, "top_conv")
    return _activated(x, options, "top_bn", "top_activation")


def _version_2(kind, blocks, size, width=1.0, depth=1.0):
    return application(
        f"EfficientNetV2{kind}",
        "Tan and Le, arXiv:2104.00298. `include_preprocessing` takes bytes.",
        _body_2, name=f"efficientnetv2-{kind.lower()}", size=size, top=_top,
        rounded=lambda filters: max(8, int(filters * width + 4) // 8 * 8),
        depth=depth, dropout=0.2, blocks=blocks, normalization={"momentum": 0.9},
        arguments={**STANDARD, "include_preprocessing": True},
    )  # fmt: skip


EfficientNetV2B0 = _version_2("B0", _BASE, 224)
EfficientNetV2B1 = _version_2("B1", _BASE, 240, depth=1.1)
EfficientNetV2B2 = _version_2("B2", _BASE, 260, 1.1, 1.2)
EfficientNetV2B3 = _version_2("B3", _BASE, 300, 1.2, 1.4)
EfficientNetV2S = _version_2("S", _SMALL, 384)
EfficientNetV2M = _version_2("M", _MEDIUM, 480)
EfficientNetV2L = _version_2("L", _LARGE, 480)
