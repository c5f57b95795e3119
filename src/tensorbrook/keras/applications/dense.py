"""DenseNet."""

from ..layers import Activation, AveragePooling2D, Concatenate, MaxPooling2D, ZeroPadding2D
from .building import application, channel_axis, channels, conv, normalized

_GROWTH = 32


def _activated(x, normalization, activation):
    x = normalized(x, normalization, epsilon=1.001e-5)
    return Activation("relu", name=activation)(x)


def _body(x, options):
    x = ZeroPadding2D(3)(x)
    x = conv(x, 64, 7, "conv1_conv", 2, "valid")
    x = _activated(x, "conv1_bn", "conv1_relu")
    x = MaxPooling2D(3, strides=2, name="pool1")(ZeroPadding2D(1)(x))
    for stack, count in enumerate(options.counts, 2):
        for i in range(1, count + 1):
            name = f"conv{stack}_block{i}"
            new = _activated(x, f"{name}_0_bn", f"{name}_0_relu")
            new = conv(new, 4 * _GROWTH, 1, f"{name}_1_conv", padding="valid")
            new = _activated(new, f"{name}_1_bn", f"{name}_1_relu")
            new = conv(new, _GROWTH, 3, f"{name}_2_conv")
            x = Concatenate(axis=channel_axis(), name=f"{name}_concat")([x, new])
        if stack < 5:
            x = _activated(x, f"pool{stack}_bn", f"pool{stack}_relu")
            x = conv(x, channels(x) // 2, 1, f"pool{stack}_conv", padding="valid")
            x = AveragePooling2D(2, strides=2, name=f"pool{stack}_pool")(x)
    return _activated(x, "bn", "relu")


def _densenet(title, counts):
    source = "Huang et al., arXiv:1608.06993."
    return application(title, source, _body, name=title.lower(), counts=counts)


DenseNet121 = _densenet("DenseNet121", (6, 12, 24, 16))
DenseNet169 = _densenet("DenseNet169", (6, 12, 32, 32))
DenseNet201 = _densenet("DenseNet201", (6, 12, 48, 32))
