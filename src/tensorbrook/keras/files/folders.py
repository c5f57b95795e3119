"""Models in folders, as Keras 2 kept them: a SavedModel, and in it what Keras knows of the model.

Of ours that is a `.keras` file. Of Keras 2's it is a configuration: where that can be read the
model is made of its layers; where it is of a class that nobody made known, of the functions in the
file.
"""

import os
import warnings

from ...base import nest
from ...base.files import appearing, makedirs
from ...formats.graph_messages import KerasMetadata
from ...ops import cast
from ...saved_model.loading import load as load_saved_model
from ...saved_model.loading import read_message
from ...saved_model.saving import save as save_saved_model
from ..export import export_saved_model, signature_of
from ..loading import Loading
from ..models import Model
from ..registry import custom_object_scope
from . import whole
from .configs import read_json
from .legacy import compile_model
from .weights import check_overwrite

_NETWORKS = ("Functional", "Model", "Sequential")
_METADATA = "keras_metadata.pb"
_WHOLE = os.path.join("assets.extra", "model.keras")  # the folder that SavedModels have for others


def whole_file(path):
    """The `.keras` file in a folder of ours; None where there is none."""
    file = os.path.join(path, _WHOLE)
    return file if os.path.exists(file) else None


def is_folder(path):
    """Whether a path is of a folder with a model."""
    return whole_file(path) is not None or os.path.exists(os.path.join(path, _METADATA))


def save(model, path, overwrite=True, with_optimizer=True, signatures=None):
    """Writes a SavedModel that serves the model, and in it the model's `.keras` file.

    Raises:
      FileExistsError: there is a folder, and `overwrite` is False.
      ValueError: the model is not built.
    """
    check_overwrite(path, overwrite)
    if signatures is None:
        signature_of(model)
    if os.path.isdir(path):  # its two files change one after the other, each as a whole
        _write_into(path, model, with_optimizer, signatures)
        return
    makedirs(os.path.dirname(os.path.abspath(path)))
    with appearing(path) as new:
        _write_into(new, model, with_optimizer, signatures)


def _write_into(path, model, with_optimizer, signatures):
    file = os.path.join(path, _WHOLE)
    makedirs(os.path.dirname(file))
    try:
        whole.save(model, file, True, with_optimizer)
    except NotImplementedError as fault:  # a class that does not tell how it is made: Keras 2 saved
        forget(path)  # the functions alone
        text = f"Only tf.saved_model.load will read the model, not keras.models.load_model: {fault}"
        warnings.warn(text, stacklevel=4)
    if signatures is None:
        export_saved_model(model, path, verbose=False)
    else:
        save_saved_model(model, path, signatures)


def forget(path):
    """Removes from a folder the model that another one takes the place of."""
    file = whole_file(path)
    if file is not None:
        os.remove(file)


def load(path, custom_objects=None, compile=True):
    """The model of a folder that `save` or Keras 2 wrote.

    Raises:
      ValueError: the folder holds no model.
    """
    file = whole_file(path)
    if file is not None:
        return whole.load(file, custom_objects, compile)
    described = _metadata(path)
    loaded = load_saved_model(path)
    with custom_object_scope(custom_objects or {}):
        model = _of_layers(described, loaded, path) or FunctionsOfFile(loaded, path)
        training = described.get("training_config")
        if compile and training is not None:
            compile_model(model, training, path)
    return model


def _metadata(path):
    """What Keras wrote of the model, the first of the objects."""
    file = os.path.join(path, _METADATA)
    for node in read_message(KerasMetadata, file).nodes:
        if node.node_id == 0:
            found = _plain(read_json(node.metadata, file))
            if isinstance(found, dict):
                return found
    raise ValueError(f"{file}: it describes no model.")


def _plain(value):
    """JSON in which Keras 2 wrote tuples and shapes as dicts, as lists."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("__tuple__", "TensorShape") and "items" in value:
        return _plain(value["items"])
    return {key: _plain(v) for key, v in value.items()}


def _weights_of(loaded):
    """(the trainable variables, the others) of a loaded model."""
    every, trained = (getattr(loaded, n, []) for n in ("variables", "trainable_variables"))
    known = set(map(id, trained))
    return list(trained), [v for v in every if id(v) not in known]


def _of_layers(described, loaded, path):
    """The model as its configuration says; None where that cannot be read, or does not fit."""
    config = {key: described.get(key) for key in ("class_name", "config")}
    config["keras_version"] = "2.x"
    if config["class_name"] not in _NETWORKS or not isinstance(config["config"], dict):
        return None
    parts = _weights_of(loaded)
    size = sum(v.shape.num_elements() or 1 for part in parts for v in part)
    try:
        with Loading(path, size) as loading:
            model = whole.model_of(config, path, False)
        own = model.trainable_weights, model.non_trainable_weights
        for ours, theirs in zip(own, parts):
            if [v.shape for v in ours] != [v.shape for v in theirs]:
                return None
        loading.finish()
    except (ValueError, TypeError, NotImplementedError):
        return None
    for ours, theirs in zip(own, parts):
        for mine, stored in zip(ours, theirs):
            mine.assign(stored)
    return model


class FunctionsOfFile(Model):
    """A model whose call is a function of a SavedModel; its variables are its weights.

    Args:
      loaded: what tf.saved_model.load gave.
      path: of the folder.
    """

    def __init__(self, loaded, path):
        super().__init__(name=os.path.basename(os.path.normpath(path)) or None)
        self._loaded_weights = [v for part in _weights_of(loaded) for v in part]
        self._function = vars(loaded).get("__call__")
        if self._function is None:
            raise ValueError(f"{path}: it holds no function to call: it was saved without traces.")

    def call(self, inputs, training=False):
        """The result of the function in the file."""
        spec = self._function.concrete_functions[0].structured_input_signature[0][0]
        inputs = nest.map_structure(lambda x, s: cast(x, s.dtype), inputs, spec)
        if "training" in self._function.function_spec.names:
            return self._function(inputs, training=bool(training))
        return self._function(inputs)

    def get_config(self):
        """Not known: the file has functions only.

        Raises:
          NotImplementedError: always, with the way around.
        """
        raise NotImplementedError(
            f"Model {self.name!r} comes from a SavedModel and has functions only: give its class "
            "as custom_objects, or keep the folder and load it again."
        )
