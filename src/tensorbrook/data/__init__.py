"""tf.data: pipelines of elements from arrays, generators and files."""

from importlib import import_module as _import_module

from ..base.lazy import on_first_use as _on_first_use
from .dataset import Dataset
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
__getattr__, __dir__ = _on_first_use(
    __name__,
    {
        "experimental": "experimental",
        "readers": "FixedLengthRecordDataset TFRecordDataset TextLineDataset",
    },
    lambda name: _import_module("..removed", __name__).without(__name__, "data")(name),
)
