"""Cases of keras.ops.image. What computes in float32 whatever it is given is not differentiated."""

import numpy as np

from . import case

UNARY = []
BINARY = []
rng = np.random.default_rng(11)
PLAIN = {"x": rng.uniform(0, 1, (2, 5, 4, 3)).astype("float32").round(2)}
GREY = {"x": rng.uniform(0, 9, (1, 5, 4, 1)).astype("float32").round(1)}
WHOLE = {"x": rng.integers(0, 255, (1, 4, 6, 3)).astype("uint8")}
ONE = {"x": rng.uniform(0, 9, (4, 5, 2)).astype("float32").round(1)}
FIRST = {"x": rng.uniform(0, 9, (1, 3, 3, 4)).astype("float32").round(1)}
PLACES = np.array([-2.6, -1.4, -0.5, -0.3, 0.5, 1.5, 2.5, 3.7, 4.2, 4.5, 5.6, 7.3], "float32")


def cases():
    yield case("image.rgb_to_grayscale(x)", **PLAIN)
    yield case("image.rgb_to_grayscale(x)", **WHOLE)
    yield case("image.rgb_to_grayscale(x, data_format='channels_first')", **FIRST)
    yield case("image.rgb_to_hsv(x)", smooth=False, **PLAIN)
    yield case("image.hsv_to_rgb(x)", smooth=False, **PLAIN)
    yield from sizes()
    yield from patches()
    yield from maps()
    yield case("image.gaussian_blur(x)", **GREY)
    yield case("image.gaussian_blur(x, (3, 3), (2.0, 0.5))", batch=[], **ONE)
    yield case("image.gaussian_blur(x, data_format='channels_first')", **FIRST)
    yield case("image.sobel_edges(x)", **GREY)
    yield case("image.ssim(x, x[:, ::-1], filter_size=3)", smooth=False, **PLAIN)
    yield case(
        "image.ssim(x, x * 0.5, max_val=2.0, filter_size=4, filter_sigma=1.0)",
        smooth=False,
        **PLAIN,
    )


def sizes():
    for method in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area"):
        yield case(f"image.resize(x, (3, 6), interpolation='{method}')", smooth=False, **GREY)
    yield case("image.resize(x, (2, 2), antialias=True)", smooth=False, **GREY)
    yield case("image.resize(x, (2, 9))", smooth=False, **WHOLE)
    yield case("image.resize(x, (2, 2), data_format='channels_first')", smooth=False, **FIRST)
    yield case("image.resize(x, (2, 2))", smooth=False, batch=[], **ONE)
    for ratio in ("crop", "pad"):
        yield case(f"image.resize(x, (3, 2), {ratio}_to_aspect_ratio=True)", smooth=False, **GREY)
        yield case(f"image.resize(x, (2, 6), {ratio}_to_aspect_ratio=True)", smooth=False, **GREY)
    for method in ("linear", "cubic", "lanczos3", "lanczos5"):
        for antialias in (True, False):
            yield case(
                "image.scale_and_translate(x, (1, 3, 4, 1), np.float32([0.6]), np.float32([0.4]), "
                f"(1,), '{method}', {antialias})",
                batch=[],
                **GREY,
            )
    yield case(
        "image.scale_and_translate(m, (5, 4), np.float32([2.0, 1.5]), np.float32([-0.5, 0.2]), "
        "(0, 1), 'bilinear')",
        batch=[],
    )
    yield case("image.crop_images(x, 1, 0, 2, 1)", **GREY)
    yield case(
        "image.crop_images(x, top_cropping=1, right_cropping=1, target_height=2, target_width=2)",
        **GREY,
    )
    yield case("image.crop_images(x, 1, 1, 0, 2, data_format='channels_first')", **FIRST)
    yield case("image.pad_images(x, 1, 2, 0, 1)", **GREY)
    yield case(
        "image.pad_images(x, bottom_padding=1, left_padding=2, target_height=7, target_width=7)",
        batch=[],
        **ONE,
    )


def patches():
    yield case("image.extract_patches(x, 2)", **GREY)
    yield case("image.extract_patches(x, (3, 2), strides=1)", **PLAIN)
    yield case("image.extract_patches(x, (3, 2), strides=(2, 1), padding='same')", **PLAIN)
    yield case("image.extract_patches(x, 2, strides=1, dilation_rate=2)", **GREY)
    yield case("image.extract_patches(x, 2)", batch=[], **ONE)
    yield case("image.extract_patches(x, 2, data_format='channels_first')", **FIRST)
    volume = {"x": rng.uniform(0, 9, (1, 2, 3, 4, 2)).astype("float32").round(1)}
    yield case("image.extract_patches(x, (2, 2, 2), strides=1)", **volume)
    yield case("image.extract_patches_3d(x, 2, padding='same')", **volume)


def maps():
    turn = [1.1, 0.3, -2.0, -0.2, 0.9, 1.5, 0.01, 0.02]
    turned = f"image.affine_transform(x, np.float32({turn})"
    for mode in ("constant", "nearest", "wrap", "reflect"):
        for interpolation in ("bilinear", "nearest"):
            yield case(f"{turned}, '{interpolation}', '{mode}', 7.0)", smooth=False, **GREY)
    yield case(f"{turned})", batch=[], smooth=False, **ONE)
    points = {
        "start": np.array([[0, 0], [0, 4], [3, 0], [3, 4]], "float32"),
        "end": np.array([[0.5, 0.2], [0, 3.5], [3.2, 0.3], [2.8, 4.1]], "float32"),
    }
    for interpolation in ("bilinear", "nearest"):
        yield case(
            f"image.perspective_transform(x, start, end, '{interpolation}')",
            batch=[],
            smooth=False,
            **points,
            **ONE,
        )
    for order in (0, 1):
        for mode in ("constant", "nearest", "wrap", "reflect"):
            yield case(
                f"image.map_coordinates(v3, [places], {order}, fill_mode='{mode}', fill_value=9)",
                batch=[],
                smooth=False,
                v3=np.arange(1, 6).astype("float32"),
                places=PLACES,
            )
    for order in (0, 1):
        yield case(
            f"image.map_coordinates(whole, [places], {order})",
            batch=[],
            whole=np.arange(1, 6).astype("int32"),
            places=PLACES,
        )
    yield case(
        "image.map_coordinates(c, [[0.2, 0.9], [1.5, 0.3], [2.5, 3.0]], 1)", batch=[], smooth=False
    )
    for settings in ("alpha=3.0, sigma=1.0", "fill_mode='wrap'", "interpolation='nearest'"):
        yield case(f"image.elastic_transform(x, {settings}, seed=7)", smooth=False, **GREY)
