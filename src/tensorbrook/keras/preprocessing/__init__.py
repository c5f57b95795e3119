"""`keras.preprocessing`: Keras's older home of tools for sequences and text."""

from ..utils import text_dataset_from_directory, timeseries_dataset_from_array
from . import sequence, text

__all__ = [
    "sequence",
    "text",
    "text_dataset_from_directory",
    "timeseries_dataset_from_array",
]
