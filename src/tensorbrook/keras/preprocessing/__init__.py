"""`keras.preprocessing`: Keras's older home of tools for pictures, sequences, text and folders."""

from .. import utils as _utils
from ..utils import timeseries_dataset_from_array
from . import image, sequence, text

_OF_FOLDERS = ("image_dataset_from_directory", "text_dataset_from_directory")
__all__ = ["image", "sequence", "text", "timeseries_dataset_from_array", *_OF_FOLDERS]


def __getattr__(name):
    if name in _OF_FOLDERS:
        return getattr(_utils, name)
    raise AttributeError(f"module 'keras.preprocessing' has no attribute {name!r}.")


def __dir__():
    return sorted({*globals(), *_OF_FOLDERS})
