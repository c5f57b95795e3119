"""What make_applications.py records of each network, and the test compares: for either Keras."""

import hashlib

import numpy as np

# Networks that are run, and how they are made: small, so that the test is quick.
RUN = {
    "VGG16": {"input_shape": (32, 32, 3)},
    "ResNet50": {"input_shape": (64, 64, 3)},
    "ResNet50V2": {"input_shape": (64, 64, 3)},
    "MobileNet": {"input_shape": (64, 64, 3), "alpha": 0.25},
    "MobileNetV2": {"input_shape": (64, 64, 3), "alpha": 0.35},
    "MobileNetV3Small": {"input_shape": (64, 64, 3)},
    "MobileNetV3Large": {"input_shape": (64, 64, 3), "minimalistic": True, "alpha": 0.75},
    "DenseNet121": {"input_shape": (64, 64, 3)},
    "Xception": {"input_shape": (71, 71, 3)},
    "InceptionV3": {"input_shape": (75, 75, 3)},
    "InceptionResNetV2": {"input_shape": (75, 75, 3)},
    "NASNetMobile": {"input_shape": (64, 64, 3)},
    "EfficientNetB0": {"input_shape": (64, 64, 3)},
    "EfficientNetV2B0": {"input_shape": (64, 64, 3)},
    "EfficientNetV2S": {"input_shape": (64, 64, 3)},
    "ConvNeXtTiny": {"input_shape": (64, 64, 3)},
}


def structure(model):
    """A digest of the layers: names, classes, and the shapes of their weights."""
    lines = []
    for layer in model.layers:
        shapes = [tuple(w.shape) for w in layer.weights]
        lines.append(f"{layer.name} {type(layer).__name__} {shapes}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def set_weights(model):
    """Weights that are alike for every framework, of sizes that keep activations alive."""
    rng = np.random.RandomState(0)
    values = []
    for weight in model.weights:
        shape, name = tuple(weight.shape), weight.name.split(":")[0].rsplit("/", 1)[-1]
        if name in ("gamma", "variance", "moving_variance"):
            value = rng.uniform(0.5, 1.5, shape)
        elif len(shape) > 1:
            inputs = np.prod(shape[:2]) if "depthwise" in name else np.prod(shape[:-1])
            value = rng.normal(0, np.sqrt(2 / inputs), shape)
        else:
            value = rng.normal(0, 0.1, shape)
        values.append(np.int64(1) if name == "count" else value.astype("float32"))
    model.set_weights(values)


def picture(shape):
    """One picture of bytes, as floats."""
    return np.random.RandomState(1).uniform(0, 255, (1, *shape)).astype("float32")


def result(applications, name):
    """Seven logits of a network for `picture`."""
    options = RUN[name]
    make = getattr(applications, name)
    model = make(weights=None, classes=7, classifier_activation=None, **options)
    set_weights(model)
    prepared = picture(options["input_shape"])
    if name[:3] in ("VGG", "Res", "Mob", "Den", "Xce", "Inc", "NAS") and "V3L" not in name:
        prepared = prepared / 127.5 - 1
    return np.asarray(model(prepared))[0]
