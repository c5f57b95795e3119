"""tf.data: pipelines of elements from arrays, generators and files."""

from . import experimental
from .dataset import Dataset, TextLineDataset
from .iterator import Iterator, IteratorSpec, NumpyIterator
from .nodes import INFINITE as INFINITE_CARDINALITY
from .nodes import UNKNOWN as UNKNOWN_CARDINALITY
from .nodes import DatasetSpec
from .options import Options, ThreadingOptions
from .prefetch import AUTOTUNE

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "DatasetSpec",
    "Iterator",
    "IteratorSpec",
    "NumpyIterator",
    "Options",
    "TextLineDataset",
    "ThreadingOptions",
    "experimental",
]
