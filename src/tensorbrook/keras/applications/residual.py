"""ResNet and ResNetV2."""

from ..layers import Activation, Add, MaxPooling2D, ZeroPadding2D
from .building import application, conv, normalized

_FILTERS = (64, 128, 256, 512)


def _normalized(x, name):
    x = normalized(x, f"{name}_bn", epsilon=1.001e-5)
    return Activation("relu", name=f"{name}_relu")(x)


def _start(x, is_second):
    x = ZeroPadding2D(3, name="conv1_pad")(x)
    x = conv(x, 64, 7, "conv1_conv", strides=2, padding="valid", use_bias=True)
    if not is_second:
        x = _normalized(x, "conv1")
    x = ZeroPadding2D(1, name="pool1_pad")(x)
    return MaxPooling2D(3, strides=2, name="pool1_pool")(x)


def _block(x, filters, strides, is_first, name):
    """Three convolutions beside a shortcut, normalized after each (version 1)."""

    def step(x, number, filters, kernel, strides=1):
        padding = "same" if kernel > 1 else "valid"
        x = conv(x, filters, kernel, f"{name}_{number}_conv", strides, padding, use_bias=True)
        return normalized(x, f"{name}_{number}_bn", epsilon=1.001e-5)

    shortcut = step(x, 0, 4 * filters, 1, strides) if is_first else x
    x = step(x, 1, filters, 1, strides)
    x = Activation("relu", name=f"{name}_1_relu")(x)
    x = step(x, 2, filters, 3)
    x = Activation("relu", name=f"{name}_2_relu")(x)
    x = step(x, 3, 4 * filters, 1)
    x = Add(name=f"{name}_add")([shortcut, x])
    return Activation("relu", name=f"{name}_out")(x)


def _block_2(x, filters, strides, is_first, name):
    """The same, normalized before each (version 2); the stack's last block has the strides."""
    before = _normalized(x, f"{name}_preact")
    if is_first:
        shortcut = conv(before, 4 * filters, 1, f"{name}_0_conv", strides, "valid", use_bias=True)
    else:
        shortcut = MaxPooling2D(1, strides=strides)(x) if strides > 1 else x
    x = _normalized(conv(before, filters, 1, f"{name}_1_conv", padding="valid"), f"{name}_1")
    x = ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = _normalized(conv(x, filters, 3, f"{name}_2_conv", strides, "valid"), f"{name}_2")
    x = conv(x, 4 * filters, 1, f"{name}_3_conv", padding="valid", use_bias=True)
    return Add(name=f"{name}_out")([shortcut, x])


def _body(x, options):
    x = _start(x, options.is_second)
    for stack, (filters, count) in enumerate(zip(_FILTERS, options.counts), 2):
        for i in range(1, count + 1):
            name = f"conv{stack}_block{i}"
            if options.is_second:
                strides = 2 if i == count and stack < 5 else 1
                x = _block_2(x, filters, strides, i == 1, name)
            else:
                strides = 2 if i == 1 and stack > 2 else 1
                x = _block(x, filters, strides, i == 1, name)
    return _normalized(x, "post") if options.is_second else x


def _resnet(title, counts, is_second=False):
    number = "1603.05027" if is_second else "1512.03385"
    source, name = f"He et al., arXiv:{number}.", title.lower()
    return application(title, source, _body, name=name, counts=counts, is_second=is_second)


ResNet50 = _resnet("ResNet50", (3, 4, 6, 3))
ResNet101 = _resnet("ResNet101", (3, 4, 23, 3))
ResNet152 = _resnet("ResNet152", (3, 8, 36, 3))
ResNet50V2 = _resnet("ResNet50V2", (3, 4, 6, 3), True)
ResNet101V2 = _resnet("ResNet101V2", (3, 4, 23, 3), True)
ResNet152V2 = _resnet("ResNet152V2", (3, 8, 36, 3), True)
