"""What all applications share: the public function made of a body, its input and its top."""

from inspect import Parameter, Signature
from types import SimpleNamespace

from ..config import image_data_format
from ..layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
)
from ..layers.symbolic import KerasTensor
from ..models import Model
from .weights import load

STANDARD = {
    "include_top": True,
    "weights": "imagenet",
    "input_tensor": None,
    "input_shape": None,
    "pooling": None,
    "classes": 1000,
    "classifier_activation": "softmax",
}
_DOCUMENTATION = """{title}, pictures in, probabilities of classes out. {source}

    Args:
      include_top: whether the model ends in its classifier.
      weights: None for fresh ones, the path of a weights file, or "imagenet": those that Keras
        publishes, which are fetched into the cache folder.
      input_tensor: a Keras tensor to build the model on.
      input_shape: (height, width, channels) of the pictures{size}; {least} is the least side.
      pooling: without the top, "avg" or "max" of the last pictures; None for these themselves.
      classes: how many; 1000 with weights="imagenet".
      classifier_activation: of the top; None for logits.
      name: the model's.

    Returns:
      A Model.

    Raises:
      ValueError: an argument that does not fit, such as a shape of too small pictures.
    """


def application(
    title, source, body, *, name=None, arguments=STANDARD, size=224, least=32, top=None, **facts
):
    """A public function that makes models.

    Args:
      title: the function's name; weights are published under it.
      source: of the architecture.
      body: function (x, options) -> the last pictures. Its options are the arguments, and `facts`.
      name: the models', or a function of the options.
      arguments: names and defaults, in order, without `name`.
      size, least: the pictures' usual and least height and width; None where any will do.
      top: function (x, options) -> the classes' probabilities.
    """
    default_name = name if isinstance(name, str) else None
    signature = Signature(
        [
            Parameter(key, Parameter.POSITIONAL_OR_KEYWORD, default=value)
            for key, value in {**arguments, "name": default_name}.items()
        ]
    )

    def make(*args, **kwargs):
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        options = SimpleNamespace(**facts, **given.arguments, size=size, title=title)
        _check(options)
        shape = _input_shape(options, least)
        inputs = options.input_tensor
        if not isinstance(inputs, KerasTensor):
            inputs = Input(shape, tensor=inputs)
        options.shape = shape
        if options.name is None:
            options.name = name(options)
        x = body(inputs, options)
        x = (top or classifier)(x, options) if options.include_top else pooled(x, options.pooling)
        model = Model(inputs, x, name=options.name)
        if options.weights is not None:
            load(model, options)
        return model

    make.__name__ = make.__qualname__ = title
    make.__signature__ = signature
    shown = f", by default ({size}, {size}, 3)" if size else ""
    make.__doc__ = _DOCUMENTATION.format(title=title, source=source, size=shown, least=least)
    return make


def _check(options):
    if options.pooling not in (None, "avg", "max"):
        raise ValueError(
            f"{options.title}: `pooling` must be None, 'avg' or 'max'. Received: "
            f"pooling={options.pooling!r}"
        )
    if options.weights == "imagenet" and options.include_top and options.classes != 1000:
        raise ValueError(
            f"{options.title}: with `weights='imagenet'` and the top, `classes` must be 1000. "
            f"Received: classes={options.classes}. Pass include_top=False, or weights=None."
        )


def _input_shape(options, least):
    """The shape of one picture, checked."""
    shape, size = options.input_shape, options.size
    first = image_data_format() == "channels_first"
    order = (lambda h, w, c: (c, h, w)) if first else (lambda h, w, c: (h, w, c))
    if options.input_tensor is not None and shape is None:
        return tuple(options.input_tensor.shape[1:])
    if shape is None:
        return order(size, size, 3) if options.include_top and size else order(None, None, 3)
    shape = tuple(shape)
    if len(shape) != 3:
        raise ValueError(
            f"{options.title}: `input_shape` must be a tuple of three sizes. Received: "
            f"input_shape={options.input_shape}"
        )
    sides, channels = (shape[1:], shape[0]) if first else (shape[:2], shape[2])
    if options.weights == "imagenet" and channels != 3:
        raise ValueError(
            f"{options.title}: pictures for `weights='imagenet'` have 3 channels. Received: "
            f"input_shape={shape}. Pass weights=None for others."
        )
    if any(side is not None and side < least for side in sides):
        raise ValueError(
            f"{options.title}: input size must be at least {least}x{least}. Received: "
            f"input_shape={shape}"
        )
    if options.include_top and size and None in sides:
        raise ValueError(
            f"{options.title}: with `include_top=True` the sides of `input_shape` must be known. "
            f"Received: input_shape={shape}"
        )
    return shape


def obtain_input_shape(
    input_shape, default_size, min_size, data_format=None, require_flatten=True, weights=None,
    include_top=None,
):  # fmt: skip
    """The shape of a picture that a network is made for: as given, checked, or by default. The
    channels stand where keras.config says; `include_top` is an old name of `require_flatten`."""
    options = SimpleNamespace(
        title="input_shape", input_shape=input_shape, input_tensor=None, size=default_size,
        include_top=require_flatten if include_top is None else include_top, weights=weights,
    )  # fmt: skip
    return _input_shape(options, min_size)


def channel_axis(last=3):
    """The axis of the channels: `last`, or 1 where these come first."""
    return 1 if image_data_format() == "channels_first" else last


def channels(x):
    """How many channels pictures have."""
    return x.shape[channel_axis()]


def classifier(x, options):
    """The mean of the pictures, and a Dense layer."""
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    return predictions(x, options)


def predictions(x, options, **more):
    """The layer with a unit for each class."""
    activation = options.classifier_activation
    return Dense(options.classes, activation=activation, name="predictions", **more)(x)


def pooled(x, pooling):
    """The pictures without a top."""
    kinds = {"avg": GlobalAveragePooling2D, "max": GlobalMaxPooling2D}
    return x if pooling is None else kinds[pooling]()(x)


def conv(x, filters, kernel, name=None, strides=1, padding="same", use_bias=False, **more):
    """A convolution, without a bias unless asked for."""
    layer = Conv2D(
        filters, kernel, strides=strides, padding=padding, use_bias=use_bias, name=name, **more
    )
    return layer(x)


def normalized(x, name=None, axis=3, **more):
    """Batch normalization along the channels."""
    return BatchNormalization(axis=channel_axis(axis), name=name, **more)(x)


def divisible(value, divisor=8):
    """The multiple of the divisor next to a number, less than a tenth below it at most."""
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def same_padding(inputs, kernel_size):
    """What to pad pictures with so that a convolution with strides 2 sees them centred."""
    first = image_data_format() == "channels_first"
    sides = inputs.shape[2:] if first else inputs.shape[1:3]
    half = kernel_size // 2
    return tuple((half - (1 if side is None else 1 - side % 2), half) for side in sides)
