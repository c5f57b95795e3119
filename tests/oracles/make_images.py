"""Record what TensorFlow's tf.image, tf.audio and Keras 2's ImageDataGenerator give.

Run with a Python that has TensorFlow 2.21, and SciPy and Pillow for the generator:

    python tests/oracles/make_images.py

It writes golden/images.json. The tests read this file only.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from keras._tf_keras.keras.preprocessing.image import ImageDataGenerator

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(11)
A = rng.integers(0, 1000, (2, 4, 3, 3)).astype("float32") / 1000
B = rng.integers(0, 1000, (2, 4, 3, 3)).astype("float32") / 1000
LARGE = rng.integers(0, 1000, (1, 13, 12, 1)).astype("float32") / 1000
BYTES = rng.integers(0, 256, (4, 3, 3)).astype("uint8")
NUMBERS = rng.integers(-500, 500, (4, 3, 3)).astype("int32")
BOXES = rng.integers(0, 100, (8, 4)).astype("float32") / 100
SCORES = rng.integers(0, 1000, 8).astype("float32") / 1000
ARRAYS = {"A": A, "B": B, "LARGE": LARGE, "BYTES": BYTES, "NUMBERS": NUMBERS, "BOXES": BOXES,
          "SCORES": SCORES}  # fmt: skip
METHODS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian",
           "mitchellcubic")  # fmt: skip


def calls():
    """(function, names of arrays, further arguments) of each figure."""
    for method in METHODS:
        for more in ({}, {"antialias": True}, {"preserve_aspect_ratio": True}):
            yield "resize", ["A"], {"size": [3, 5], "method": method, **more}
        yield "resize", ["BYTES"], {"size": [2, 2], "method": method}
    for size in ((3, 2), (5, 4), (3, 5)):
        size = dict(zip(("target_height", "target_width"), size))
        yield "resize_with_crop_or_pad", ["A"], size
        yield "resize_with_pad", ["A"], size
    yield "central_crop", ["A"], {"central_fraction": 0.6}
    for k in (-1, 1, 2):
        yield "rot90", ["BYTES"], {"k": k}
    for name in ("flip_left_right", "flip_up_down", "transpose", "per_image_standardization",
                 "total_variation"):  # fmt: skip
        yield name, ["A"], {}
    yield "per_image_standardization", ["BYTES"], {}
    for name in ("rgb_to_hsv", "hsv_to_rgb", "rgb_to_yiq", "yiq_to_rgb", "rgb_to_yuv",
                 "yuv_to_rgb", "rgb_to_grayscale", "sobel_edges", "image_gradients"):  # fmt: skip
        yield name, ["A"], {}
    yield "rgb_to_grayscale", ["BYTES"], {}
    for name, more in (
        ("adjust_brightness", {"delta": 0.3}),
        ("adjust_contrast", {"contrast_factor": 1.5}),
        ("adjust_gamma", {"gamma": 0.5, "gain": 1.5}),
        ("adjust_hue", {"delta": 0.3}),
        ("adjust_saturation", {"saturation_factor": 1.5}),
    ):
        yield name, ["A"], more
        yield name, ["BYTES"], more
    for name in ("BYTES", "NUMBERS", "A"):
        for dtype in ("float32", "uint8", "int16", "float16"):
            yield "convert_image_dtype", [name], {"dtype": dtype, "saturate": True}
    for name, more in (
        ("brightness", {"max_delta": 0.3}),
        ("contrast", {"lower": 0.5, "upper": 1.5}),
        ("hue", {"max_delta": 0.3}),
        ("saturation", {"lower": 0.5, "upper": 1.5}),
        ("flip_left_right", {}),
        ("flip_up_down", {}),
    ):
        yield f"stateless_random_{name}", ["A"], {**more, "seed": [1, 2]}
        yield f"random_{name}", ["BYTES"], {**more, "seed": 5}
    yield "stateless_random_crop", ["A"], {"size": [1, 2, 2, 3], "seed": [1, 2]}
    yield "random_crop", ["A"], {"size": [1, 2, 2, 3], "seed": 5}
    for padding in ("VALID", "SAME"):
        windows = {"sizes": [1, 2, 2, 1], "strides": [1, 1, 2, 1], "rates": [1, 2, 1, 1]}
        yield "extract_patches", ["A"], {**windows, "padding": padding}
    yield "psnr", ["A", "B"], {"max_val": 1.0}
    yield "ssim", ["LARGE", "LARGE"], {"max_val": 1.0, "filter_size": 5}
    yield "ssim", ["A", "B"], {"max_val": 1.0, "filter_size": 3}
    more = {"max_val": 1.0, "filter_size": 2, "power_factors": [0.4, 0.6]}
    yield "ssim_multiscale", ["A", "B"], more
    for method in ("bilinear", "nearest"):
        boxes = {"boxes": [[0.1, -0.2, 0.9, 0.8], [0.9, 0.0, 0.1, 1.2]], "box_indices": [1, 0]}
        yield "crop_and_resize", ["A"], {**boxes, "crop_size": [2, 3], "method": method}
    for sigma in (0.0, 0.5):
        more = {"max_output_size": 5, "iou_threshold": 0.2, "soft_nms_sigma": sigma}
        yield "non_max_suppression_with_scores", ["BOXES", "SCORES"], more


def stored(value):
    array = np.asarray(value)
    data = array.ravel().tolist()
    if array.dtype == np.float32:
        data = [float(str(v)) for v in array.ravel()]
    return {"dtype": str(array.dtype), "shape": array.shape, "data": data}


def figures():
    rows = []
    for name, arrays, more in calls():
        tf.random.set_seed(3)
        result = getattr(tf.image, name)(*[tf.constant(ARRAYS[a]) for a in arrays], **more)
        flat = [stored(v) for v in tf.nest.flatten(result)]
        rows.append({"name": name, "arrays": arrays, "arguments": more, "results": flat})
    return rows


def generated():
    rows = []
    x = np.round(rng.uniform(0, 255, (3, 5, 4, 1))).astype("float32")
    for config in (
        {"rotation_range": 30, "width_shift_range": 0.2, "height_shift_range": 2},
        {"shear_range": 10, "zoom_range": 0.3, "horizontal_flip": True, "fill_mode": "reflect"},
        {"channel_shift_range": 20.0, "vertical_flip": True, "rescale": 0.5},
        {"brightness_range": [0.5, 1.5], "samplewise_center": True},
    ):
        batches = ImageDataGenerator(**config).flow(x, np.arange(3), batch_size=2, seed=5)
        results = [stored(part) for _ in range(2) for part in next(batches)]
        rows.append({"config": config, "results": results})
    return {"x": stored(x), "rows": rows}


def main():
    wav = tf.audio.encode_wav([[0.0, 0.5], [-1.0, 0.9999], [1.2, -0.3]], 8000).numpy()
    decoded = tf.audio.decode_wav(wav, desired_channels=1).audio
    golden = {
        "arrays": {name: stored(array) for name, array in ARRAYS.items()},
        "figures": figures(),
        "generated": generated(),
        "wav": {"hex": wav.hex(), "decoded": stored(decoded)},
    }
    text = json.dumps(golden, separators=(",", ":")).replace('{"name"', '\n{"name"')
    (HERE / "golden" / "images.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
