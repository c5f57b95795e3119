"""Pooling of windows, of everything, and to a given size; padding, cropping, upsampling."""

import numpy as np

from . import case

LINE, PICTURE, VOLUME = (2, 5, 2), (1, 5, 4, 2), (1, 3, 4, 3, 1)
SHAPES = {"1D": LINE, "2D": PICTURE, "3D": VOLUME}
FIRST = {"data_format": "channels_first"}
MASK = [[True, False, True, True, False], [True, True, False, False, False]]


def cases():
    for family in (windows, wholes, to_size, borders, upsampling):
        yield from family()


def windows():
    for kind in ("MaxPooling", "AveragePooling"):
        for rank, shape in SHAPES.items():
            yield case(kind + rank, {"pool_size": 2}, shape)
            same = {"pool_size": 3, "strides": 2, "padding": "same"}
            yield case(kind + rank, same, shape)
    yield case("MaxPooling2D", {}, PICTURE)
    yield case("MaxPooling2D", {"pool_size": [3, 1], "strides": [1, 2]}, PICTURE)
    yield case("AveragePooling2D", {"pool_size": [1, 2], "strides": 1, "padding": "same"}, PICTURE)
    # Windows of other formats do not run in TensorFlow on a CPU: test_convolution.py has them.


def wholes():
    for kind in ("GlobalMaxPooling", "GlobalAveragePooling"):
        for rank, shape in SHAPES.items():
            yield case(kind + rank, {}, shape)
            yield case(kind + rank, {"keepdims": True, **FIRST}, shape)
    yield case("GlobalAveragePooling1D", {}, LINE, masks=[MASK])
    yield case("GlobalAveragePooling1D", {"keepdims": True}, LINE, masks=[MASK])
    yield case("GlobalAveragePooling1D", {**FIRST}, (2, 2, 5), masks=[MASK])
    yield case("GlobalMaxPooling1D", {}, LINE, masks=[MASK])


def to_size():
    for kind in ("AdaptiveMaxPooling", "AdaptiveAveragePooling"):
        for size in (2, 3, 4, 5):
            yield case(kind + "1D", {"output_size": size}, LINE)
        yield case(kind + "1D", {"output_size": 2, **FIRST}, (2, 2, 5))
        yield case(kind + "2D", {"output_size": 2}, (1, 4, 6, 2))
        yield case(kind + "2D", {"output_size": [3, 2]}, PICTURE)
        yield case(kind + "2D", {"output_size": [2, 3], **FIRST}, (1, 2, 5, 4))
        yield case(kind + "3D", {"output_size": [2, 3, 2]}, VOLUME)


def borders():
    for rank, shape in SHAPES.items():
        yield case("ZeroPadding" + rank, {}, shape)
        yield case("Cropping" + rank, {}, shape)
        yield case("ZeroPadding" + rank, {"padding": 2}, shape)
    yield case("ZeroPadding1D", {"padding": [0, 2]}, LINE)
    yield case("ZeroPadding1D", {"padding": 1, **FIRST}, LINE)
    yield case("Cropping1D", {"cropping": [2, 0]}, LINE)
    yield case("ZeroPadding2D", {"padding": [2, 0]}, PICTURE)
    yield case("ZeroPadding2D", {"padding": [[1, 0], [0, 2]], **FIRST}, PICTURE)
    yield case("Cropping2D", {"cropping": [[1, 2], [0, 1]]}, PICTURE)
    yield case("Cropping2D", {"cropping": [1, 0], **FIRST}, (1, 2, 5, 4))
    yield case("ZeroPadding3D", {"padding": [0, 1, 2]}, VOLUME)
    yield case("ZeroPadding3D", {"padding": [[0, 1], [1, 0], [2, 0]], **FIRST}, (1, 1, 1, 2, 2))
    yield case("Cropping3D", {"cropping": [[0, 1], [2, 0], [1, 1]]}, VOLUME)
    yield case("Cropping3D", {"cropping": 1, **FIRST}, (1, 2, 3, 4, 3))


def upsampling():
    yield case("UpSampling1D", {}, (1, 3, 2))
    yield case("UpSampling1D", {"size": 3}, (1, 3, 2))
    yield case("UpSampling2D", {}, (1, 2, 3, 2))
    yield case("UpSampling2D", {"size": [1, 3], **FIRST}, (1, 2, 2, 3))
    yield case("UpSampling3D", {"size": [1, 2, 3]}, (1, 2, 1, 2, 2))
    yield case("UpSampling3D", {"size": 2, **FIRST}, (1, 2, 1, 2, 1))
    for how in ("bilinear", "bicubic", "area", "lanczos3", "lanczos5"):
        yield case("UpSampling2D", {"size": [2, 3], "interpolation": how}, (1, 3, 2, 1))
    yield case("UpSampling2D", {"interpolation": "bilinear", **FIRST}, (1, 2, 2, 2))
    pixels = np.array([[1, 200], [3, 4]]).reshape(1, 2, 2, 1)
    for dtype in ("int32", "uint8"):
        yield case("UpSampling2D", {"interpolation": "bicubic"}, pixels.astype(dtype))
