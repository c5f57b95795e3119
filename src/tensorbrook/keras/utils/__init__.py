"""keras.utils."""

from ...base.lazy import on_first_use as _on_first_use
from ..promotion import standardize_dtype
from ..registry import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from ..saving import deserialize_keras_object, serialize_keras_object
from ..seeds import set_random_seed
from ..train.adapters import pack_x_y_sample_weight, unpack_x_y_sample_weight
from . import bounding_boxes
from .dataset_utils import PyDataset, Sequence, split_dataset, timeseries_dataset_from_array
from .numerical import normalize, pad_sequences, to_categorical
from .progress import (
    Progbar,
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from .settings import Config

_REMOVED = {
    "HDF5Matrix": "use h5py, and give fit a tf.data.Dataset or a keras.utils.PyDataset.",
    "SidecarEvaluator": "there are no other processes' checkpoints: give validation_data to fit.",
    "multi_gpu_model": "make and compile the model in tf.distribute.MirroredStrategy().scope().",
}


def _missing(name):
    instead = f": {_REMOVED[name]}" if name in _REMOVED else "."
    raise AttributeError(f"module 'keras.utils' has no attribute {name!r}{instead}")


_MODULES = {  # what needs layers, or is rarely used
    "archives": "extract_archive",
    "directories": (
        "audio_dataset_from_directory image_dataset_from_directory text_dataset_from_directory"
    ),
    "enqueuers": "GeneratorEnqueuer OrderedEnqueuer",
    "files": "get_file",
    "pictures": "array_to_img img_to_array load_img save_img",
    "plot": "model_to_dot plot_model",
    "sources": "FeatureSpace clear_session get_source_inputs is_keras_tensor",
}
__getattr__, __dir__ = _on_first_use(__name__, _MODULES, _missing)
