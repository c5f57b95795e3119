"""`.h5` files as Keras 2 laid them out: a group for each layer, whose arrays are in order."""

import json
import os
import warnings

from ...base.files import replacing
from ...formats.hdf5 import Array, Group, Reader, Refused, Writer, open_regular
from ..layers.weights import weights_of_keras_2
from ..loading import Loading
from ..optimizers import Optimizer
from ..registry import custom_object_scope, encode, serialize, shared_json
from . import older
from .configs import read_json
from .weights import Assignments, array_of, check_overwrite
from .whole import VERSION, config_of, model_of

TOP = "top_level_model_weights"


# -- saving ----------------------------------------------------------------------------------------


def save_weights(model, path, overwrite=True):
    """Writes the weights of a model into a `.h5` file."""
    check_overwrite(path, overwrite)
    with replacing(path) as new, Writer(new) as h5:
        _write_weights(model, h5, "")


def save(model, path, overwrite=True, with_optimizer=True):
    """Writes a whole model into a `.h5` file."""
    check_overwrite(path, overwrite)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    kept = ("class_name", "config")
    described = shared_json(lambda: older.legacy({k: serialize(model)[k] for k in kept}))
    training = config_of(model).get("compile_config") or None
    with replacing(path) as new, Writer(new) as h5:
        for name, value in _versions().items():
            h5.attribute("", name, value)
        h5.attribute("", "model_config", described)
        h5.group("model_weights")
        _write_weights(model, h5, "model_weights")
        if with_optimizer and training:
            training = older.legacy(training)
            training["optimizer_config"] = training.pop("optimizer", None)
            training["loss"] = older.full_names(training.get("loss"))
            h5.attribute("", "training_config", json.dumps(training, default=encode))
            if isinstance(model.optimizer, Optimizer) and model.optimizer.built:
                _write_group(h5, "optimizer_weights", model.optimizer.variables)


def _versions():
    return {"keras_version": VERSION, "backend": "tensorflow"}


def _write_weights(model, h5, place):
    layers = model.layers
    for name, value in _versions().items():
        h5.attribute(place, name, value)
    h5.attribute(place, "layer_names", [layer.name for layer in layers])
    prefix = f"{place}/" if place else ""
    for layer in layers:
        _write_group(h5, prefix + layer.name, _ordered(layer))
    _write_group(h5, prefix + TOP, _top(model))


def _ordered(layer, of_keras_2=False):
    """A layer's weights in their order in such files."""
    if of_keras_2:
        return sorted(weights_of_keras_2(layer), key=lambda v: not v.trainable)
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _top(model):
    """The model's own weights, which are no layer's."""
    own = {id(v) for v in model._own_variables()}
    return [v for v in _ordered(model) if id(v) in own]


def _write_group(h5, place, variables):
    h5.group(place)
    names = []
    for variable in variables:
        name, count = variable.path or variable.name, 0
        while name in names or any(n.startswith(f"{name}/") for n in names):
            count += 1
            name = f"{variable.path or variable.name}_{count}"
        names.append(name)
        h5.write(f"{place}/{name}", array_of(variable))
    h5.attribute(place, "weight_names", names)


# -- loading ---------------------------------------------------------------------------------------


def names_of(group, attribute, name):
    """A list of names among a group's attributes, where long ones are kept in pieces.

    Raises:
      Refused: it is no list of texts.
    """
    found, i = group.attribute(attribute), 0
    if found is None:
        found = []
        while (piece := group.attribute(f"{attribute}{i}")) is not None:
            found += list(piece)
            i += 1
    found = [found] if isinstance(found, str) else list(found)
    if not all(isinstance(one, str) for one in found):
        raise Refused(f"{name}: {group.path or '/'}: its {attribute} are no texts.")
    return found


def is_layout(root):
    """Whether a file has this layout."""
    return any(root.attribute(a) is not None for a in ("layer_names", "layer_names0")) or (
        isinstance(root.members.get("model_weights"), Group)
    )


class _File:
    """What such a file holds: arrays by layer, in order."""

    def __init__(self, root, name):
        self.name = name
        self.root = root.members.get("model_weights", root)
        version = self.root.attribute("keras_version") or root.attribute("keras_version")
        self.of_keras_2 = str(version).startswith(("1.", "2."))
        self.layers = {
            layer: self._arrays(self.root, layer)
            for layer in names_of(self.root, "layer_names", name)
        }
        self.top = self._arrays(self.root, TOP) if TOP in self.root.members else []

    def _arrays(self, root, layer):
        group = root.find(layer) if layer else None
        if not isinstance(group, Group):
            raise Refused(f"{self.name}: it has no group {layer!r}, which its layer_names name.")
        found = []
        for name in names_of(group, "weight_names", self.name):
            array = group.find(name)
            if not isinstance(array, Array):
                raise Refused(f"{self.name}: {layer}: it has no array {name!r}.")
            found.append((f"{layer}/{name}", array))
        return found


class Plan(Assignments):
    """What loading such a file will do."""

    def __init__(self, model, file):
        super().__init__(model, file.name)
        self._file = file

    def in_order(self):
        """Layers with weights take those of the file, one after the other."""
        model, file = self.model, self._file
        stored = [(name, arrays) for name, arrays in file.layers.items() if arrays]
        layers = [layer for layer in model.layers if layer.weights]
        if len(stored) != len(layers):
            raise ValueError(
                f"{file.name}: {len(stored)} of its layers have weights, of the model "
                f"{model.name!r} {len(layers)}: the file is of another model, or one with another "
                "top. by_name=True loads the layers whose names are there."
            )
        for (name, arrays), layer in zip(stored, layers):
            self._layer(f"{layer.name}, from the file's {name}", layer, arrays)
        self._pair_all("the model", _top(model), file.top)
        return self

    def by_name(self):
        """Layers take the weights of the layer of their name; others stay as they are."""
        names = {}
        for layer in self.model.layers:
            names.setdefault(layer.name, []).append(layer)
        for name, arrays in self._file.layers.items():
            for layer in names.get(name, ()):
                self._layer(name, layer, arrays)
            if arrays and name not in names:
                self.report.skipped.append((name, "the model has no layer of this name"))
        for name, layers in names.items():
            if name not in self._file.layers and any(layer.weights for layer in layers):
                self.report.skipped.append((name, "the file has no layer of this name"))
        self._pair_all("the model", _top(self.model), self._file.top)
        return self

    def _layer(self, name, layer, arrays):
        own = _ordered(layer, self._file.of_keras_2)
        self._pair_all(name, own, arrays)
        if not getattr(layer, "lora_enabled", False):  # such files have what LoRA adds by itself
            self.loaded_layers.append(layer)

    def _pair_all(self, name, own, arrays):
        if len(own) == len(arrays):
            for variable, (_, array) in zip(own, arrays):
                self.pair(variable, array)
        else:
            self.report.missing += [f"{v.path} ({name})" for v in own[len(arrays) :]]
            self.report.unexpected += [path for path, _ in arrays[len(own) :]]


def load_weights_from(model, root, name, skip_mismatch=False, by_name=False):
    """Loads what an open file holds; a LoadReport."""
    plan = Plan(model, _File(root, name))
    plan = plan.by_name() if by_name else plan.in_order()
    return plan.carry_out(not skip_mismatch)


def load_weights(model, path, skip_mismatch=False, by_name=False):
    """Gives a model the weights of a `.h5` file, or of the whole model in one."""
    with open_regular(path) as file, Reader(file, path) as h5:
        return load_weights_from(model, h5.root, path, skip_mismatch, by_name)


def load(path, custom_objects=None, compile=True):
    """The model of a `.h5` file."""
    with open_regular(path) as file, Reader(file, path) as h5:
        root = h5.root
        described = root.attribute("model_config")
        if not isinstance(described, str):
            raise ValueError(
                f"{path}: it has no configuration of a model: it holds weights only. Make the "
                "model, and call model.load_weights(path)."
            )
        config = read_json(described, f"{path}, model_config")
        config = older.of_version(config, root.attribute("keras_version"))
        training = root.attribute("training_config") if compile else None
        size = sum(array.size for array in root.arrays())
        with custom_object_scope(custom_objects or {}), Loading(path, size) as loading:
            model = model_of(config, path, False)
            if training is not None:
                _compile(model, training, path)
            load_weights_from(model, root, path)
            if training is not None and isinstance(root.members.get("optimizer_weights"), Group):
                _load_optimizer(model.optimizer, root.members["optimizer_weights"], path)
        loading.finish()
        return model


def _compile(model, training, path):
    compile_model(model, read_json(training, f"{path}, training_config"), path)


def compile_model(model, training, path):
    """Compiles a model as Keras 2's training configuration says."""
    config = older.modern(training)
    if not isinstance(config, dict):
        raise Refused(f"{path}: its training_config is no dict.")
    config["optimizer"] = config.pop("optimizer_config", None)
    known = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics", "run_eagerly")
    known += ("steps_per_execution", "jit_compile")
    config = {k: v for k, v in config.items() if k in known and v is not None}
    model.compile_from_config(config)


def _load_optimizer(optimizer, group, path):
    stored = [(name, group.find(name)) for name in names_of(group, "weight_names", path)]
    if not all(isinstance(array, Array) for _, array in stored):
        raise Refused(f"{path}: it lacks arrays that its optimizer_weights name.")
    give_optimizer(optimizer, stored, path)


def give_optimizer(optimizer, stored, path):
    """Gives an optimizer the state that a file has: (name, array) pairs, in order.

    Files of Keras 2 lack the learning rate, and those of its older optimizers have all of one slot
    before those of the next.
    """
    plan, own = Assignments(optimizer, path), optimizer.variables
    rate = optimizer._learning_rate
    if len(stored) == len(own):
        pairs = list(zip(own, [array for _, array in stored]))
    elif len(stored) == len(own) - 1 and any(v is rate for v in own):
        rest = [v for v in own if v is not rate]
        pairs = list(zip(_by_slot(optimizer, stored) or rest, [array for _, array in stored]))
    else:
        pairs = []
    if any(tuple(v.shape) != array.shape for v, array in pairs) or not pairs:
        warnings.warn(
            f"{path}: the state of its optimizer ({len(stored)} variables) does not fit "
            f"{optimizer.name!r} ({len(own)}): the optimizer starts afresh.",
            stacklevel=5,
        )
        return plan.report
    for variable, array in pairs:
        plan.pair(variable, array)
    return plan.carry_out()


def _by_slot(optimizer, stored):
    """The variables in the order of an older optimizer's names, "Adam/dense/kernel/m:0"; None where
    the names are of a newer one."""
    slots = [name.rpartition("/")[2].removesuffix(":0") for name, _ in stored[1:]]
    kinds, trained = list(dict.fromkeys(slots)), optimizer._trainable_variables
    order = [optimizer._track_slot(kind, v) for kind in kinds for v in trained]
    if any(v is None for v in order) or slots != [kind for kind in kinds for _ in trained]:
        return None
    return [optimizer._iterations, *order]
