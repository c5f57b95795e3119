"""tf.data: pipelines of elements from arrays, generators and files."""

from . import experimental
from .dataset import Dataset
from .iterator import Iterator, IteratorSpec, NumpyIterator
from .nodes import INFINITE as INFINITE_CARDINALITY
from .nodes import UNKNOWN as UNKNOWN_CARDINALITY
from .nodes import DatasetSpec
from .options import Options, ThreadingOptions
from .prefetch import AUTOTUNE
from .readers import FixedLengthRecordDataset, TextLineDataset, TFRecordDataset

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "DatasetSpec",
    "FixedLengthRecordDataset",
    "Iterator",
    "IteratorSpec",
    "NumpyIterator",
    "Options",
    "TFRecordDataset",
    "TextLineDataset",
    "ThreadingOptions",
    "experimental",
]
