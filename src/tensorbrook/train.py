"""tf.train: messages that hold rows of data; TensorFlow 1's names say what to use instead."""

from .averages import ExponentialMovingAverage
from .base.examples import (
    BytesList,
    Example,
    Feature,
    FeatureList,
    FeatureLists,
    Features,
    FloatList,
    Int64List,
    SequenceExample,
)
from .removed import TRAIN, absent

__all__ = [
    "BytesList",
    "Example",
    "ExponentialMovingAverage",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "SequenceExample",
]


def __getattr__(name):
    if name not in TRAIN:
        raise absent(f"train.{name}")
    raise AttributeError(f"module 'tensorbrook.train' has no attribute {name!r}: {TRAIN[name]}.")
