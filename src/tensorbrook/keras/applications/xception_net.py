"""Xception."""

from ..layers import Activation, MaxPooling2D, SeparableConv2D, add
from .building import application, conv, normalized


def _separable(x, filters, name):
    x = SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return normalized(x, f"{name}_bn", -1)


def _relu(x, name):
    return Activation("relu", name=f"{name}_act")(x)


def _narrowing(x, block, first, second):
    """Two separable convolutions and a pool, beside a convolution with strides."""
    shortcut = normalized(conv(x, second, 1, strides=2), axis=-1)
    name = f"block{block}_sepconv"
    if block > 2:
        x = _relu(x, f"{name}1")
    x = _separable(x, first, f"{name}1")
    x = _separable(_relu(x, f"{name}2"), second, f"{name}2")
    x = MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
    return add([x, shortcut])


def _body(x, options):
    for i, (filters, strides) in enumerate(((32, 2), (64, 1)), 1):
        name = f"block1_conv{i}"
        x = conv(x, filters, 3, name, strides, "valid")
        x = _relu(normalized(x, f"{name}_bn", -1), name)
    for block, filters in ((2, 128), (3, 256), (4, 728)):
        x = _narrowing(x, block, filters, filters)
    for block in range(5, 13):
        start = x
        for i in (1, 2, 3):
            name = f"block{block}_sepconv{i}"
            x = _separable(_relu(x, name), 728, name)
        x = add([x, start])
    x = _narrowing(x, 13, 728, 1024)
    for i, filters in ((1, 1536), (2, 2048)):
        x = _relu(_separable(x, filters, f"block14_sepconv{i}"), f"block14_sepconv{i}")
    return x


Xception = application(
    "Xception", "Chollet, arXiv:1610.02357.", _body, name="xception", size=299, least=71
)
