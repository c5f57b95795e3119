"""tf.train: messages that hold rows of data; TensorFlow 1's names say what to use instead."""

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
from .removed import TRAIN

__all__ = [
    "BytesList",
    "Example",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "SequenceExample",
]


def __getattr__(name):
    instead = f": {TRAIN[name]}." if name in TRAIN else "."
    raise AttributeError(f"module 'tensorbrook.train' has no attribute {name!r}{instead}")
