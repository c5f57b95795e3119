"""NASNet: cells that were found by search."""

from ..layers import (
    Activation,
    AveragePooling2D,
    Concatenate,
    Cropping2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SeparableConv2D,
    ZeroPadding2D,
    add,
)
from .building import (
    application,
    channel_axis,
    channels,
    conv,
    normalized,
    predictions,
    same_padding,
)


def _norm(x, name):
    return normalized(x, name, -1, momentum=0.9997, epsilon=1e-3)


def _relu(x, name=None):
    return Activation("relu", name=name)(x)


def _joined(parts, name=None):
    return Concatenate(axis=channel_axis(-1), name=name)(parts)


def _separable(x, filters, kernel, name, strides=1):
    """Two separable convolutions; the first has the strides."""
    for i in (1, 2):
        x, padding = _relu(x), "same"
        if strides == 2 and i == 1:
            pad = f"separable_conv_1_pad_{name}"
            x, padding = ZeroPadding2D(same_padding(x, kernel), name=pad)(x), "valid"
        layer = SeparableConv2D(
            filters,
            kernel,
            strides=strides if i == 1 else 1,
            padding=padding,
            use_bias=False,
            name=f"separable_conv_{i}_{name}",
        )
        x = _norm(layer(x), f"separable_conv_{i}_bn_{name}")
    return x


def _fitted(p, like, filters, name):
    """The output of the cell before the last, with the sides and channels of this one."""
    if p is None:
        return like
    side = 3 if channel_axis() == 1 else 2
    if p.shape[side] != like.shape[side]:
        p = _relu(p, f"adjust_relu_1_{name}")
        halves = [p, Cropping2D(((1, 0), (1, 0)))(ZeroPadding2D(((0, 1), (0, 1)))(p))]
        parts = []
        for i, half in enumerate(halves, 1):
            half = AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_{i}_{name}")(half)
            parts.append(conv(half, filters // 2, 1, f"adjust_conv_{i}_{name}"))
        p = _joined(parts)
    elif channels(p) != filters:
        p = conv(_relu(p), filters, 1, f"adjust_conv_projection_{name}")
    else:
        return p
    return _norm(p, f"adjust_bn_{name}")


def _average(x, name):
    return AveragePooling2D(3, strides=1, padding="same", name=name)(x)


def _normal(x, p, filters, name):
    """A cell that keeps the sides; returns its output and its input."""
    p = _fitted(p, x, filters, name)
    h = _norm(conv(_relu(x), filters, 1, f"normal_conv_1_{name}"), f"normal_bn_1_{name}")
    left = _separable(h, filters, 5, f"normal_left1_{name}")
    right = _separable(p, filters, 3, f"normal_right1_{name}")
    parts = [add([left, right], name=f"normal_add_1_{name}")]
    left = _separable(p, filters, 5, f"normal_left2_{name}")
    right = _separable(p, filters, 3, f"normal_right2_{name}")
    parts.append(add([left, right], name=f"normal_add_2_{name}"))
    parts.append(add([_average(h, f"normal_left3_{name}"), p], name=f"normal_add_3_{name}"))
    means = [_average(p, f"normal_{side}4_{name}") for side in ("left", "right")]
    parts.append(add(means, name=f"normal_add_4_{name}"))
    left = _separable(h, filters, 3, f"normal_left5_{name}")
    parts.append(add([left, h], name=f"normal_add_5_{name}"))
    return _joined([p, *parts], f"normal_concat_{name}"), x


def _reduction(x, p, filters, name):
    """A cell that halves the sides; returns its output and its input."""
    p = _fitted(p, x, filters, name)
    h = _norm(conv(_relu(x), filters, 1, f"reduction_conv_1_{name}"), f"reduction_bn_1_{name}")
    padded = ZeroPadding2D(same_padding(h, 3), name=f"reduction_pad_1_{name}")(h)

    def pool(layer, name):
        return layer(3, strides=2, name=name)(padded)

    left = _separable(h, filters, 5, f"reduction_left1_{name}", 2)
    right = _separable(p, filters, 7, f"reduction_right1_{name}", 2)
    one = add([left, right], name=f"reduction_add_1_{name}")
    left = pool(MaxPooling2D, f"reduction_left2_{name}")
    right = _separable(p, filters, 7, f"reduction_right2_{name}", 2)
    two = add([left, right], name=f"reduction_add_2_{name}")
    left = pool(AveragePooling2D, f"reduction_left3_{name}")
    right = _separable(p, filters, 5, f"reduction_right3_{name}", 2)
    three = add([left, right], name=f"reduction_add3_{name}")
    four = add([two, _average(one, f"reduction_left4_{name}")])
    left = _separable(one, filters, 3, f"reduction_left4_{name}")
    right = pool(MaxPooling2D, f"reduction_right5_{name}")
    five = add([left, right], name=f"reduction_add4_{name}")
    return _joined([two, three, four, five], f"reduction_concat_{name}"), x


def _body(x, options):
    count, filters = options.count, options.penultimate // 24
    x = conv(x, options.stem, 3, "stem_conv1", 2, "valid")
    x, p = _norm(x, "stem_bn1"), None
    x, p = _reduction(x, p, filters // 4, "stem_1")
    x, p = _reduction(x, p, filters // 2, "stem_2")
    for stage in range(3):
        if stage:
            x, before = _reduction(x, p, filters * 2**stage, f"reduce_{stage * count}")
            p = p if options.skips else before
        for i in range(count):
            number = stage * count + i + (stage > 0)
            x, p = _normal(x, p, filters * 2**stage, f"{number}")
    return _relu(x)


def _top(x, options):
    return predictions(GlobalAveragePooling2D()(x), options)


def _nasnet(title, name, **facts):
    arguments = {
        "input_shape": None, "include_top": True, "weights": "imagenet", "input_tensor": None,
        "pooling": None, "classes": 1000, "classifier_activation": "softmax",
    }  # fmt: skip
    source = "Zoph et al., arXiv:1707.07012."
    return application(title, source, _body, name=name, arguments=arguments, top=_top, **facts)


NASNetMobile = _nasnet(
    "NASNetMobile", "nasnet_mobile", size=224, stem=32, penultimate=1056, count=4, skips=False
)
NASNetLarge = _nasnet(
    "NASNetLarge", "nasnet_large", size=331, stem=96, penultimate=4032, count=6, skips=True
)
