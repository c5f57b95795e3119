"""tf.train: what TensorFlow 1 had here says what to use instead."""

from .removed import TRAIN


def __getattr__(name):
    instead = f": {TRAIN[name]}." if name in TRAIN else "."
    raise AttributeError(f"module 'tensorbrook.train' has no attribute {name!r}{instead}")
