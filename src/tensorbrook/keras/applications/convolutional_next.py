"""ConvNeXt."""

from ... import ops
from ..initializers import Constant
from ..layers import (
    Activation,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    Layer,
    LayerNormalization,
    Normalization,
)
from ..layers.declared import Weight
from ..models import Sequential
from ..registry import register_keras_serializable
from .building import application, channels

_MEAN, _DEVIATION = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


@register_keras_serializable("keras.applications")
class LayerScale(Layer):
    """inputs * gamma, with a factor for each channel.

    Args:
      init_values: what all factors begin with.
      projection_dim: how many channels there are.
    """

    gamma = Weight(lambda layer, _: (layer.projection_dim,), name="variable")  # Keras's name

    def __init__(self, init_values, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.gamma_initializer = Constant(init_values)

    def call(self, x):
        """inputs * gamma."""
        return x * self.gamma


def _block(x, name):
    start, filters = x, channels(x)
    x = Conv2D(filters, 7, padding="same", groups=filters, name=f"{name}_depthwise_conv")(x)
    x = LayerNormalization(epsilon=1e-6, name=f"{name}_layernorm")(x)
    x = Dense(4 * filters, name=f"{name}_pointwise_conv_1")(x)
    x = Activation("gelu", name=f"{name}_gelu")(x)
    x = Dense(filters, name=f"{name}_pointwise_conv_2")(x)
    x = LayerScale(1e-6, filters, name=f"{name}_layer_scale")(x)
    x = Activation("linear", name=f"{name}_identity")(x)
    return ops.add(start, x)


def _body(x, options):
    name = options.name
    if options.include_preprocessing and channels(x) == 3:
        squares = [d * d for d in _DEVIATION]
        title = f"{name}_prestem_normalization"
        x = Normalization(mean=_MEAN, variance=squares, name=title)(x)
    filters = options.filters
    stem = [
        Conv2D(filters[0], 4, strides=4, name=f"{name}_stem_conv"),
        LayerNormalization(epsilon=1e-6, name=f"{name}_stem_layernorm"),
    ]
    x = Sequential(stem, name=f"{name}_stem")(x)
    for stage, count in enumerate(options.counts):
        if stage:
            number = stage - 1
            halving = [
                LayerNormalization(epsilon=1e-6, name=f"{name}_downsampling_layernorm_{number}"),
                Conv2D(filters[stage], 2, strides=2, name=f"{name}_downsampling_conv_{number}"),
            ]
            x = Sequential(halving, name=f"{name}_downsampling_block_{number}")(x)
        for i in range(count):
            x = _block(x, f"{name}_stage_{stage}_block_{i}")
    return x


def _top(x, options):
    name = options.name
    x = GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
    x = LayerNormalization(epsilon=1e-6, name=f"{name}_head_layernorm")(x)
    activation = options.classifier_activation
    return Dense(options.classes, activation=activation, name=f"{name}_head_dense")(x)


def _convnext(size, counts, *filters):
    title = f"ConvNeXt{size}"
    arguments = {
        "include_top": True, "include_preprocessing": True, "weights": "imagenet",
        "input_tensor": None, "input_shape": None, "pooling": None, "classes": 1000,
        "classifier_activation": "softmax",
    }  # fmt: skip
    return application(
        title, "Liu et al., arXiv:2201.03545. `include_preprocessing` takes bytes.", _body,
        name=f"convnext_{size.lower()}", top=_top, counts=counts, filters=filters,
        arguments=arguments,
    )  # fmt: skip


ConvNeXtTiny = _convnext("Tiny", (3, 3, 9, 3), 96, 192, 384, 768)
ConvNeXtSmall = _convnext("Small", (3, 3, 27, 3), 96, 192, 384, 768)
ConvNeXtBase = _convnext("Base", (3, 3, 27, 3), 128, 256, 512, 1024)
ConvNeXtLarge = _convnext("Large", (3, 3, 27, 3), 192, 384, 768, 1536)
ConvNeXtXLarge = _convnext("XLarge", (3, 3, 27, 3), 256, 512, 1024, 2048)
