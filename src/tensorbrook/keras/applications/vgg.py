"""VGG16 and VGG19."""

from ..layers import Conv2D, Dense, Flatten, MaxPooling2D
from .building import application, predictions

_FILTERS = (64, 128, 256, 512, 512)


def _body(x, options):
    for block, (filters, count) in enumerate(zip(_FILTERS, options.counts), 1):
        for i in range(1, count + 1):
            name = f"block{block}_conv{i}"
            x = Conv2D(filters, 3, activation="relu", padding="same", name=name)(x)
        x = MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    return x


def _top(x, options):
    x = Flatten(name="flatten")(x)
    x = Dense(4096, activation="relu", name="fc1")(x)
    x = Dense(4096, activation="relu", name="fc2")(x)
    return predictions(x, options)


_SOURCE = "Simonyan and Zisserman, arXiv:1409.1556."
VGG16 = application("VGG16", _SOURCE, _body, name="vgg16", top=_top, counts=(2, 2, 3, 3, 3))
VGG19 = application("VGG19", _SOURCE, _body, name="vgg19", top=_top, counts=(2, 2, 4, 4, 4))
