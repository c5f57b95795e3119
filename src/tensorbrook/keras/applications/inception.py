"""InceptionV3 and InceptionResNetV2."""

from ..layers import Activation, AveragePooling2D, Concatenate, Layer, MaxPooling2D
from ..registry import register_keras_serializable
from .building import application, channel_axis, channels, conv, normalized


def _unit(x, filters, kernel, strides=1, padding="same", name=None):
    """A convolution, normalized without a scale, and ReLU."""
    x = conv(x, filters, kernel, name, strides, padding)
    x = normalized(x, name and f"{name}_bn", scale=False)
    return Activation("relu", name=name and f"{name}_ac")(x)


def _chain(x, *units):
    for unit in units:
        x = _unit(x, *unit)
    return x


def _joined(branches, name=None):
    return Concatenate(axis=channel_axis(), name=name)(branches)


def _averaged(x):
    return AveragePooling2D(3, strides=1, padding="same")(x)


def _halved(x):
    return MaxPooling2D(3, strides=2)(x)


_NARROW = 3, 2, "valid"  # kernel, strides and padding of what halves the sides


def _start(x):
    x = _chain(x, (32, *_NARROW), (32, 3, 1, "valid"), (64, 3))
    x = _chain(_halved(x), (80, 1, 1, "valid"), (192, 3, 1, "valid"))
    return _halved(x)


def _square(x, name, one, after_pool):
    """Branches of kernels 1, 5, two times 3, and a mean."""
    branches = [
        _chain(x, (one, 1)),
        _chain(x, (48, 1), (64, 5)),
        _chain(x, (64, 1), (96, 3), (96, 3)),
    ]
    return _joined([*branches, _chain(_averaged(x), (after_pool, 1))], name)


def _crossed(x, name, n):
    """Branches of kernels 1, 7 by turns along either axis, and a mean."""
    branches = [
        _chain(x, (192, 1)),
        _chain(x, (n, 1), (n, (1, 7)), (192, (7, 1))),
        _chain(x, (n, 1), (n, (7, 1)), (n, (1, 7)), (n, (7, 1)), (192, (1, 7))),
    ]
    return _joined([*branches, _chain(_averaged(x), (192, 1))], name)


def _split(x, i):
    """Branches that themselves divide into rows and columns."""
    one = _chain(x, (320, 1))
    two = _chain(x, (384, 1))
    two = _joined([_unit(two, 384, (1, 3)), _unit(two, 384, (3, 1))], f"mixed9_{i}")
    three = _chain(x, (448, 1), (384, 3))
    three = _joined([_unit(three, 384, (1, 3)), _unit(three, 384, (3, 1))])
    return _joined([one, two, three, _chain(_averaged(x), (192, 1))], f"mixed{9 + i}")


def _body_3(x, options):
    x = _start(x)
    for i, after_pool in enumerate((32, 64, 64)):
        x = _square(x, f"mixed{i}", 64, after_pool)
    branches = [_chain(x, (384, *_NARROW)), _chain(x, (64, 1), (96, 3), (96, *_NARROW))]
    x = _joined([*branches, _halved(x)], "mixed3")
    for i, n in enumerate((128, 160, 160, 192), 4):
        x = _crossed(x, f"mixed{i}", n)
    branches = [
        _chain(x, (192, 1), (320, *_NARROW)),
        _chain(x, (192, 1), (192, (1, 7)), (192, (7, 1)), (192, *_NARROW)),
    ]
    x = _joined([*branches, _halved(x)], "mixed8")
    return _split(_split(x, 0), 1)


InceptionV3 = application(
    "InceptionV3", "Szegedy et al., arXiv:1512.00567.", _body_3,
    name="inception_v3", size=299, least=75,
)  # fmt: skip


# -- InceptionResNetV2 -----------------------------------------------------------------------------


@register_keras_serializable("keras.applications")
class CustomScaleLayer(Layer):
    """The first of two inputs plus `scale` times the second."""

    def __init__(self, scale, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs):
        """inputs[0] + inputs[1] * scale."""
        return inputs[0] + inputs[1] * self.scale


_RESIDUALS = {  # the units of each branch
    "block35": (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3))),
    "block17": (((192, 1),), ((128, 1), (160, (1, 7)), (192, (7, 1)))),
    "block8": (((192, 1),), ((192, 1), (224, (1, 3)), (256, (3, 1)))),
}


def _residual(x, kind, i, scale, activation="relu"):
    name = f"{kind}_{i}"
    mixed = _joined([_chain(x, *units) for units in _RESIDUALS[kind]], f"{name}_mixed")
    mixed = conv(mixed, channels(x), 1, f"{name}_conv", use_bias=True)
    x = CustomScaleLayer(scale)([x, mixed])
    return Activation(activation, name=f"{name}_ac")(x) if activation else x


def _body_residual(x, options):
    x = _square(_start(x), "mixed_5b", 96, 64)
    for i in range(1, 11):
        x = _residual(x, "block35", i, 0.17)
    branches = [_chain(x, (384, *_NARROW)), _chain(x, (256, 1), (256, 3), (384, *_NARROW))]
    x = _joined([*branches, _halved(x)], "mixed_6a")
    for i in range(1, 21):
        x = _residual(x, "block17", i, 0.1)
    branches = [
        _chain(x, (256, 1), (384, *_NARROW)),
        _chain(x, (256, 1), (288, *_NARROW)),
        _chain(x, (256, 1), (288, 3), (320, *_NARROW)),
    ]
    x = _joined([*branches, _halved(x)], "mixed_7a")
    for i in range(1, 10):
        x = _residual(x, "block8", i, 0.2)
    x = _residual(x, "block8", 10, 1.0, None)
    return _unit(x, 1536, 1, name="conv_7b")


InceptionResNetV2 = application(
    "InceptionResNetV2", "Szegedy et al., arXiv:1602.07261.", _body_residual,
    name="inception_resnet_v2", size=299, least=75,
)  # fmt: skip
