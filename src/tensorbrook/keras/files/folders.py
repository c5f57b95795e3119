"""Models in folders, as Keras 2 kept them: a SavedModel, and in it what Keras knows of the model.

Of ours that is a `.keras` file. Of Keras 2's it is a configuration: where that can be read the
model is made of its layers; where it is of a class that nobody made known, of the functions in the
file.
"""

import math
import os
import warnings

from ...base import nest
from ...base.files import appearing, makedirs
from ...checkpoint.restore import Restoration, files_of
from ...core.trackable import Bare
from ...formats.bundle import Bundle
from ...formats.graph_messages import KerasMetadata, SavedModel
from ...formats.hdf5 import Refused
from ...function.function import Function
from ...ops import cast
from ...saved_model.loading import load as load_saved_model
from ...saved_model.loading import read_message
from ...saved_model.saving import save as save_saved_model
from ..export import ExportArchive, signature_of
from ..layers.symbolic import KerasTensor
from ..loading import Loading
from ..models import Model
from ..registry import custom_object_scope, get_registered_object
from . import older, whole
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
    return whole_file(path) is not None or bool(_described(path)[0])


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
        _export(model, path)
    else:
        save_saved_model(model, path, signatures)


def _export(model, path):
    """Writes the SavedModel as Keras 2 did: outputs have their layers' names, and what
    tf.saved_model.load gives is called as the model is."""
    archive, arguments = ExportArchive(), signature_of(model)
    archive.track(model)

    def serve(*args):
        outputs = nest.flatten(model(*args, training=False))
        names = model.output_names or [f"output_{i + 1}" for i in range(len(outputs))]
        return dict(zip(names, outputs))

    called = Function(lambda *args, training=False: model(*args, training=training))
    called.get_concrete_function(*arguments)
    archive.add_endpoint("serve", serve, arguments)
    archive._root.__call__ = called
    archive.write_out(path, verbose=False)


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
    training = described.get("training_config") if compile else None
    with custom_object_scope(custom_objects or {}):
        try:
            model, why = _of_config(described, training, path), "Its class is not known."
        except (ValueError, TypeError, NotImplementedError) as fault:
            if described["class_name"] not in _NETWORKS:
                raise
            model, why = None, fault  # a layer of it is of a class that nobody made known
        if model is None:
            model = FunctionsOfFile(load_saved_model(path), path, why)
            if training is not None:
                compile_model(model, training, path)
                trained = model.trainable_weights
                _give(model, Bare(trainable_variables=trained, optimizer=model.optimizer), path)
    return model


def _described(path):
    """(what Keras wrote of the model, the first of the objects; the file that has it)."""
    file = os.path.join(path, _METADATA)
    if os.path.exists(file):
        nodes = read_message(KerasMetadata, file).nodes
        return next((node.metadata for node in nodes if node.node_id == 0), "{}"), file
    file = os.path.join(path, "saved_model.pb")  # where TensorFlow had it before 2.5
    graphs = read_message(SavedModel, file).meta_graphs if os.path.exists(file) else ()
    objects = [node.user_object for graph in graphs for node in graph.object_graph_def.nodes[:1]]
    return next(
        (one.metadata for one in objects if one.identifier.startswith("_tf_keras")), ""
    ), file


def _metadata(path):
    text, file = _described(path)
    found = _plain(read_json(text, file))
    if not isinstance(found, dict) or not found:
        raise ValueError(f"{file}: it describes no model.")
    return found


def _plain(value):
    """JSON in which Keras 2 wrote tuples and shapes as dicts, as lists."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("__tuple__", "TensorShape") and "items" in value:
        return _plain(value["items"])
    return {key: _plain(v) for key, v in value.items()}


def _of_config(described, training, path):
    """The model as its configuration says; None where its class is not known.

    Raises:
      ValueError, TypeError, NotImplementedError: the model cannot be made, or does not fit.
    """
    config = {key: described.get(key) for key in ("class_name", "config")}
    known = config["class_name"] in _NETWORKS or get_registered_object(config["class_name"])
    if not (known and isinstance(config["config"], dict) and config["config"]):
        return None
    with Loading(path, _size_of(path)) as loading:
        model = whole.model_of(older.of_version(config, "2."), path, False)
        if not model.built:
            _build(model, described)
        if training is not None:
            compile_model(model, training, path)
        missing = _give(model, model, path)
    loading.finish()
    if missing:
        raise ValueError(f"{path}: it has no values for {missing} of the model {model.name!r}.")
    return model


def _size_of(path):
    with Bundle(files_of(path)) as bundle:
        return sum(math.prod(bundle.shape(name)) for name in bundle)


def _build(model, described):
    """Calls a model of a class of the program's own on inputs as it had."""

    def inputs(part):
        if isinstance(part, dict) and part.get("class_name") == "TypeSpec":
            shape, dtype = part["serialized"][:2]
            return KerasTensor(tuple(shape), dtype)
        if isinstance(part, dict):
            return {key: inputs(v) for key, v in part.items()}
        return [inputs(v) for v in part] if isinstance(part, list) else part

    if described.get("full_save_spec") is not None:
        args, kwargs = inputs(described["full_save_spec"])
        model(*args, **kwargs)
        model._inbound_nodes.clear()
    else:
        model.build(described.get("build_input_shape"))


def _give(model, root, path):
    """Gives a model and its optimizer the values that the file has under the names of attributes.

    Args:
      model: the model.
      root: the object that has those attributes: the model, or one with parts of it.
      path: of the folder.

    Returns:
      Of the model's variables the names of those that the file has no values for.
    """
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and model.built:
        optimizer.build(model.trainable_weights)
    values = Restoration(files_of(path), root)
    if model.built:
        values.stop()  # else variables that are made later get theirs then
    left = [value for _, value in values.unmatched(root)] if model.built else []
    missing = [v.path for v in model.weights if any(v is value for value in left)]
    if len(missing) < len(left) and optimizer is not None and int(optimizer.iterations):
        text = f"{path}: a part of the state of {optimizer.name!r} is not in it, and begins afresh."
        warnings.warn(text, stacklevel=5)
    _give_learnt(values, path)
    return missing


def _give_learnt(values, path):
    """Gives layers what they had learnt, and only the file's functions know: vocabularies."""
    loaded, paths = None, values.paths()
    for layer, number in values.pairs():
        if hasattr(layer, "_take_state") and layer._lacks_state():
            loaded = theirs = loaded or load_saved_model(path)
            try:
                for name in paths[number]:
                    is_list = isinstance(theirs, list)
                    theirs = (
                        theirs[int(name)] if is_list else getattr(theirs, "__dict__", theirs)[name]
                    )
                layer._take_state(theirs)
            except whole.DAMAGES as fault:
                raise Refused(
                    f"{path}: it does not hold what {layer.name!r} had learnt."
                ) from fault


class FunctionsOfFile(Model):
    """A model whose call is a function of a SavedModel; its variables are its weights.

    Args:
      loaded: what tf.saved_model.load gave.
      path: of the folder.
      why: no model is made of the folder's configuration.
    """

    def __init__(self, loaded, path, why):
        super().__init__(name=os.path.basename(os.path.normpath(path)) or None)
        trained = getattr(loaded, "trainable_variables", [])
        known = set(map(id, trained))
        others = [v for v in getattr(loaded, "variables", []) if id(v) not in known]
        for variable in others:
            variable.trainable = False  # also those of frozen layers
        self._loaded_weights = [*trained, *others]
        self._function = vars(loaded).get("__call__")
        if self._function is None:
            raise ValueError(
                f"{path}: it holds no function to call: it was saved without traces. {why}"
            )

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
