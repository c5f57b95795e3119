"""`keras.preprocessing`: Keras's older home of tools for pictures, sequences and text."""

from ..utils.dataset_utils import timeseries_dataset_from_array
from ..utils.directories import image_dataset_from_directory
from . import image, sequence, text

__all__ = [
    "image",
    "image_dataset_from_directory",
    "sequence",
    "text",
    "timeseries_dataset_from_array",
]
