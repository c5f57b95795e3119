"""The data, from fixed seeds, alike for every framework; labels that can be learnt."""

import numpy as np

WORDS = 10_000  # vocabulary of the two models of text


def line():
    """Four points of the lesson's linear regression, as float32 columns."""
    x = np.linspace(0, 3, 4, dtype=np.float32).reshape(4, 1)
    return x, 2 * x + np.float32(0.9)


def one_sample():
    """What `predict` gets."""
    return np.random.default_rng(13).standard_normal((1, 10), dtype=np.float32)


def pictures(count, side, channels):
    """Pictures for `predict`."""
    shape = (count, side, side, channels)
    return np.random.default_rng(13).standard_normal(shape, dtype=np.float32)


def training(name, count):
    """`count` inputs and labels for the model `name`; labels are a fixed function of the inputs."""
    rng = np.random.default_rng(13)
    if name == "tiny":
        x = rng.standard_normal((count, 2), dtype=np.float32)
        return x, x[:, :1] * x[:, 1:]
    if name == "lstm":
        x = rng.integers(0, WORDS, (count, 80), dtype=np.int32)
        return x, (x[:, -1:] < WORDS // 2).astype(np.float32)
    if name == "transformer":
        x = rng.integers(0, WORDS, (count, 64), dtype=np.int32)
        return x, x[:, 0] * 10 // WORDS
    if name == "gpt":
        words = rng.integers(0, 1000, (count, 129), dtype=np.int32)
        words[:, 1:] = (words[:, :-1] * 7 + 3) % 1000  # a rule that each word tells of the next
        return words[:, :-1], words[:, 1:]
    if name == "unet":
        x = rng.standard_normal((count, 64, 64, 3), dtype=np.float32)
        return x, (x.sum(-1, keepdims=True) > 0).astype(np.float32)
    if name == "wavenet":
        x = rng.standard_normal((count, 1000, 1), dtype=np.float32)
        return x, np.roll(x, 3, axis=1)
    if name == "gru":
        x = rng.standard_normal((count, 200, 32), dtype=np.float32)
        return x, (x[:, -1:, 0] > 0).astype(np.float32)
    if name == "recommender":
        x = rng.integers(0, 1_000_000, (count, 2), dtype=np.int32)
        return x, (x[:, :1] < x[:, 1:]).astype(np.float32)
    shape = {"mobilenet": (96, 96, 3), "mlp": (784,), "cnn": (28, 28, 1), "resnet": (32, 32, 3)}[
        name
    ]
    y = rng.integers(0, 10, count, dtype=np.int32)
    prototypes = rng.standard_normal((10, *shape), dtype=np.float32)
    return prototypes[y] + 2 * rng.standard_normal((count, *shape), dtype=np.float32), y
