"""keras.utils."""

import importlib as _importlib

from ..promotion import standardize_dtype
from ..registry import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from ..registry import custom_object_scope as CustomObjectScope
from ..registry import deserialize as deserialize_keras_object
from ..registry import serialize as serialize_keras_object
from ..seeds import set_random_seed
from ..train.adapters import pack_x_y_sample_weight, unpack_x_y_sample_weight
from .archives import extract_archive
from .dataset_utils import PyDataset, Sequence, split_dataset, timeseries_dataset_from_array
from .directories import text_dataset_from_directory
from .files import get_file
from .numerical import normalize, pad_sequences, to_categorical
from .plot import model_to_dot, plot_model
from .progress import (
    Progbar,
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from .settings import Config

_LATE = {  # what needs layers, which need this package
    "FeatureSpace": "..layers.features.feature_space",
    "clear_session": "..backend",
    "get_source_inputs": ".sources",
    "is_keras_tensor": ".sources",
}


def __getattr__(name):
    if name in _LATE:
        return getattr(_importlib.import_module(_LATE[name], __name__), name)
    raise AttributeError(f"module 'tensorbrook.keras.utils' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_LATE})
