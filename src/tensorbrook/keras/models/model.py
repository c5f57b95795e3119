"""Model: a layer that can be trained, made of a graph of layers or by a subclass."""

import importlib
import inspect
import json
import os
import warnings

from ...base import nest
from ...base.errors import unknown_name
from ...core.spec import TensorSpec
from ...core.trackable import Trackable
from ...function.function import Function
from ..layers.calibrated import BY_DATA, Calibration
from ..layers.calls import shapes_of, with_masks
from ..layers.function import FunctionLayer
from ..layers.layer import Layer, Replaceable
from ..layers.symbolic import KerasTensor
from ..quantization import configs
from ..registry import custom_object_scope, encode, serialize, unique_name
from ..train.trainer import Trainer
from ..tree import map_shape_structure
from ..utils import summary as _summary
from .added import AddLoss, AddMetric
from .functional import LayerGraph, graph_of_config


class Model(Trainer, Layer):
    """A model: `Model(inputs, outputs)` of KerasTensors, or a subclass with its own `call`.

    Args:
      inputs: a KerasTensor from `keras.Input`, or a list or dict of them.
      outputs: KerasTensors computed from the inputs, in any structure.
      name: a name.
      trainable: whether the weights are trained.

    Example:
    >>> x = tf.keras.Input((3,))
    >>> model = tf.keras.Model(x, tf.keras.layers.Dense(2)(x))
    >>> model(tf.zeros([1, 3])).numpy()
    array([[0., 0.]], dtype=float32)
    """

    name: str
    optimizer: object  # compile's; None for a model that is not trained
    loss: object  # compile's
    history: object  # the History of the last fit
    stop_training: bool
    _tells_arguments = False  # it calls layers of programs, whose errors are their own

    def __new__(cls, *args, **kwargs):
        made_of_graph = _graph_arguments(args, kwargs) is not None
        return object.__new__(Functional if made_of_graph and cls is Model else cls)

    def __init__(self, *args, **kwargs):
        ends = _graph_arguments(args, kwargs)
        Trainer.__init__(self)
        if ends is None and any(isinstance(a, KerasTensor) for a in nest.flatten(args)):
            raise ValueError(
                f"{type(self).__name__}: `outputs` is missing: a functional model is made with "
                "keras.Model(inputs, outputs)."
            )
        if ends is None:
            if len(args) == 1 and isinstance(args[0], str):  # super().__init__("name") of Keras 2
                args, kwargs = (), {"name": args[0], **kwargs}
            Layer.__init__(self, *args, **kwargs)
            self._graph = None
            return
        rest = {k: v for k, v in kwargs.items() if k not in ("inputs", "outputs")}
        if len(args) > 2:
            rest["name"] = args[2]
        Layer.__init__(self, **rest)
        self._graph = LayerGraph(*ends)
        self.built = True

    # -- the graph ---------------------------------------------------------------------------------

    def _need_graph(self, what):
        if self.__dict__.get("_graph") is None:
            raise AttributeError(
                f"Model {self.name!r} has no {what}: it is subclassed, or not built yet. Call it "
                "on data, or make it with keras.Model(inputs, outputs)."
            )
        return self._graph

    input = property(
        lambda self: self._need_graph("input").inputs_structure,
        doc="The inputs, as they were given.",
    )
    output = property(
        lambda self: self._need_graph("output").outputs_structure,
        doc="The outputs, as they were given.",
    )
    inputs = Replaceable(
        lambda self: self._need_graph("inputs").inputs, doc="The inputs as a list."
    )
    outputs = Replaceable(
        lambda self: self._need_graph("outputs").outputs, doc="Outputs as a list."
    )

    @Replaceable
    def input_shape(self):
        """The shape of the input, or the list of the inputs' shapes."""
        return _shapes(self.inputs)

    @Replaceable
    def output_shape(self):
        """The shape of the output, or the list of the outputs' shapes."""
        return _shapes(self.outputs)

    @Replaceable
    def input_names(self):
        """The names of the input layers."""
        graph = self._need_graph("input names")
        return graph.names(graph.inputs)

    @Replaceable
    def output_names(self):
        """The names of the layers that the outputs come from."""
        graph = self.__dict__.get("_graph")
        if graph is None:
            return None
        return graph.names(graph.outputs)

    @Replaceable
    def operations(self):
        """The layers of a functional model, and those made of functions of its Keras tensors."""
        return list(self._need_graph("operations").layers)

    @property
    def layers(self):
        """The layers right below this model, in their order; without those made of functions."""
        graph = self.__dict__.get("_graph")
        if graph is None:
            return self._parts()[1]
        return [layer for layer in graph.layers if not isinstance(layer, FunctionLayer)]

    @layers.setter
    def layers(self, value):
        raise AttributeError(
            "`Model.layers` attribute is reserved and holds the model's layers: use another name "
            "for yours, as in self.parts = [...]."
        )

    def _parts(self, sorted_keys=False):
        variables, layers, metrics = super()._parts(sorted_keys)
        graph = self.__dict__.get("_graph")
        if graph is not None:
            known = {id(layer) for layer in graph.layers}
            layers = list(graph.layers) + [layer for layer in layers if id(layer) not in known]
        return variables, layers, metrics

    def get_layer(self, name=None, index=None):
        """The layer of a name, or at an index.

        A layer made of a function has a name, and no index.

        Raises:
          ValueError: there is none; the names are listed.
        """
        layers = self.layers
        if index is not None:
            if name is not None:
                raise ValueError("Provide either a layer name or a layer index, not both.")
            if index >= len(layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(layers)} layers."
                )
            return layers[index]
        graph = self.__dict__.get("_graph")
        for layer in layers if graph is None else [*layers, *graph.layers]:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. Existing layers are: {[x.name for x in layers]}.")

    def _track_children(self):
        found, graph = super()._track_children(), vars(self).get("_graph")
        found.pop("_graph", None)
        optimizer = vars(self).get("optimizer")
        if isinstance(optimizer, Trackable):
            found["optimizer"] = optimizer
        return found | (self._track_graph(graph) if graph is not None else {})

    def _track_graph(self, graph):
        return graph._track_children()

    def _track_serving(self):
        spec = self.save_spec()
        if spec is None:
            return None
        call = lambda *inputs: self(*inputs, training=False)  # noqa: E731
        return Function(call, "serving_default", spec[0], autograph=False)

    def _track_aliases(self):
        # Keras 2 counts layers, among them those that are functions
        graph = None if hasattr(self, "_stack") else vars(self).get("_graph")
        layers = self.layers if graph is None else graph.layers
        counted = {f"layer-{i}": layer for i, layer in enumerate(layers)}
        heavy = [layer for layer in layers if layer.weights]
        counted |= {f"layer_with_weights-{i}": layer for i, layer in enumerate(heavy)}
        return super()._track_aliases() | counted

    # -- calling -----------------------------------------------------------------------------------

    def call(self, inputs, training=None, mask=None):
        """Computes the outputs; a subclass overrides it."""
        if self.__dict__.get("_graph") is None:
            raise NotImplementedError(
                f"Model {self.name!r} ({type(self).__name__}) does not have a `call()` method "
                "implemented: write call(self, inputs), or make it with keras.Model(inputs, "
                "outputs)."
            )
        return self._graph.run(self._graph.flat_inputs(self.name, with_masks(inputs, mask)))

    def reset_states(self):
        """Sets the states of stateful layers, at any level, to those they begin with.

        Example:
        >>> layer = tf.keras.layers.GRU(2, stateful=True)
        >>> model = tf.keras.Sequential([tf.keras.Input((3, 1), batch_size=1), layer])
        >>> _ = model(tf.ones([1, 3, 1]))
        >>> model.reset_states()
        >>> layer.states[0].numpy()
        array([[0., 0.]], dtype=float32)
        """
        for layer in self._flatten_layers(include_self=False):
            reset = getattr(layer, "reset_state", None) or getattr(layer, "reset_states", None)
            if getattr(layer, "stateful", False) and reset is not None:
                reset()

    reset_state = reset_states

    def add_loss(self, loss, inputs=None):
        """Adds a scalar (or a list of them) to the loss.

        Args:
          loss: of a functional model also a KerasTensor that is computed from its inputs, which
            each call then adds; else as in a layer.
          inputs: as in a layer.

        Example:
        >>> x = tf.keras.Input((3,))
        >>> model = tf.keras.Model(x, tf.keras.layers.Dense(2)(x))
        >>> model.add_loss(0.1 * tf.reduce_sum(tf.square(model.output)))
        >>> _ = model(tf.zeros([1, 3]))
        >>> len(model.losses)
        1
        """
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            if isinstance(value, KerasTensor) and self.__dict__.get("_graph") is not None:
                self._graph = self._graph.extended([AddLoss()(value)])
            else:
                super().add_loss(value)

    def add_metric(self, value, name=None, aggregation=None):
        """Keras 2's way to have the mean of a value in the logs.

        Args:
          value: a tensor, within `call`; of a functional model a KerasTensor computed from its
            inputs.
          name: the metric's name; needed.
          aggregation: "mean" or None, which both mean it.
        """
        if isinstance(value, KerasTensor) and name and self.__dict__.get("_graph") is not None:
            self._graph = self._graph.extended([AddMetric(name)(value)])
        else:
            super().add_metric(value, name, aggregation)

    def build(self, input_shape=None):
        """Makes the weights for inputs of a batch shape (None where unknown), or several in a list,
        tuple or dict."""
        if input_shape is None:
            return
        if type(self).call is Model.call:
            raise ValueError(f"Model {self.name!r} cannot be built: it has no layers or `call`.")
        self(map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), input_shape))
        self._inbound_nodes.clear()

    def get_build_config(self):
        """The shapes of the inputs of a built model: `build_from_config` builds an equal one."""
        if self.__dict__.get("_build_arguments") is None and not self.built:
            return None
        return super().get_build_config() or {"input_shape": None}

    def build_from_config(self, config):
        """Builds for the shapes that `get_build_config` returned."""
        if config and config.get("shapes_dict", config.get("input_shape")) is not None:
            super().build_from_config(config)

    def _build_for(self, arguments):
        # a subclass's sublayers are built one by one as its call reaches them
        if type(self).build is not Model.build:
            super()._build_for(arguments)
        else:
            shapes = {name: shapes_of(value) for name, value in arguments.items()}
            self._build_arguments = {n: s for n, s in shapes.items() if s is not None}
        self.built = True

    # -- looking at it -----------------------------------------------------------------------------

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ):
        """Prints the layers with their output shapes and numbers of parameters, as a table.

        Args:
          line_length: the table's width.
          positions: the columns' ends, absolute or as shares.
          print_fn: called with the text in place of `print`.
          expand_nested: show the layers of models within.
          show_trainable: add a column.
          layer_range: names (or patterns) of the first and the last layer to show.
        """
        _summary.summarize(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
        )

    def quantize(self, mode=None, config=None, filters=None, *, type_check=True):
        """Replaces the weights of the layers below by numbers of fewer bits.

        Args:
          mode: "int8" or "int4" for integers; "float8" to train with products of float8; "gptq" or
            "awq", with a config, for integers that data chooses.
          config: a `keras.quantizers.QuantizationConfig`, in place of or beside the mode.
          filters: which layers: a regular expression that their names are to match, a list of
            them, or a function of a layer; all by default.
          type_check: leave out layers of classes derived from Keras's.

        Raises:
          ValueError: a model that is not built, an unknown mode, a layer quantized already.

        Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
        >>> model.quantize("int8")
        >>> model.layers[0].kernel.dtype
        tf.int8
        """
        if not self.built:
            super().quantize(mode)
        asked, chosen = configs.resolve(mode, config), configs.chooser(filters)
        calibration = None
        if asked.mode in BY_DATA:
            structure = asked.quantization_layer_structure
            structure = structure or self.get_quantization_layer_structure(asked.mode)
            calibration = Calibration(asked, structure)
        for layer in self._flatten_layers(include_self=False):
            weights, layers, _ = layer._parts()
            if layers or not weights or not chosen(layer):
                continue
            try:
                layer.quantize(mode, type_check=type_check, config=config)
            except NotImplementedError as fault:
                warnings.warn(str(fault), stacklevel=2)
        if calibration is not None:
            calibration.run(chosen)
        self.train_function = self.test_function = self.predict_function = None

    def get_quantization_layer_structure(self, mode=None):
        """The blocks that "gptq" and "awq" go through (`keras.quantizers.GPTQConfig`); None, which
        a subclass may override."""
        return None

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Writes the whole model: configuration, weights, state of the optimizer.

        Args:
          filepath: ends in ".keras", or ".h5" for Keras 2's format. Without an end it is a folder,
            as in Keras 2: a SavedModel that `load_model` reads as well.
          overwrite: whether a file that is there is replaced; else FileExistsError.
          zipped: True or None: the file is an archive.
          kwargs: `include_optimizer`; `save_format` of Keras 2, "tf" or "h5".

        Raises:
          ValueError: a path that ends otherwise.

        Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
        >>> model.save("model.keras")
        >>> tf.keras.models.load_model("model.keras").count_params()
        3
        """
        _files().save_model(self, filepath, overwrite, zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None, **kwargs):
        """Writes the weights, and the state of the optimizer.

        Args:
          filepath: ends in ".weights.h5"; with `max_shard_size` in ".weights.json", the index of
            files beside it.
          overwrite: whether a file that is there is replaced; else FileExistsError.
          max_shard_size: how many GB a file may have.
          kwargs: `objects_to_skip`: layers that are not written; `save_format` of Keras 2, which
            the path's end tells.

        Raises:
          ValueError: a path that ends otherwise.
        """
        return _files().save_weights(self, filepath, overwrite, max_shard_size, **kwargs)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        """Sets the weights to those of a file: all, or none and an error that lists what differs.

        Args:
          filepath: of a weights file or a whole model; `.weights.json` for shards.
          skip_mismatch: load what fits, leave the rest as it is.
          kwargs: `objects_to_skip`: layers that stay as they are; `by_name`, for `.h5` files of
            Keras 2: layers are told by their names.

        Returns:
          A report of what was loaded and what was not.

        Raises:
          ValueError: something is missing, too much, or has another shape; nothing was changed.

        Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
        >>> model.save_weights("model.weights.h5")
        >>> model.load_weights("model.weights.h5")
        model.weights.h5: 2 variables loaded.
        """
        return _files().load_weights(self, filepath, skip_mismatch, **kwargs)

    def export(
        self, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs
    ):
        """Writes the model for other programs to run, without its training.

        Args:
          filepath: the file, or the folder, to write.
          format: "tf_saved_model" or "onnx".
          verbose: whether to say what was written; None is True.
          input_signature: a list of the arguments' `tf.TensorSpec`s; by default what the model was
            built for, with a batch of any size.

        Raises:
          ValueError: a format that is not known; a model that is not built, or cannot be traced.
          NotImplementedError: a format that is not built, or a layer that the format has no
            counterpart of.

        Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
        >>> model.export("model.onnx", format="onnx", verbose=False)
        """
        module = importlib.import_module("..export", __package__)  # large, and seldom wanted
        module.export_model(self, filepath, format, verbose is not False, input_signature, **kwargs)
        if format == "tf_saved_model":
            _files().folders.forget(os.fspath(filepath))

    def get_config(self):
        """The constructor's arguments; of `Model(inputs, outputs)` the layers and their calls."""
        if self._graph is None or not takes_graph(type(self)):
            return super().get_config()
        return {"name": self.name, "trainable": self._trainable, **self._graph.get_config()}

    def save_spec(self, dynamic_batch=True):
        """Keras 2's description of a built model's inputs: (args, kwargs) of TensorSpecs.

        Args:
          dynamic_batch: leave the batch's size open.
        """
        if self.__dict__.get("_graph") is None:
            built = self.get_build_config() or {"input_shape": None}
            shapes = tuple(built.get("shapes_dict", built).values())
            if shapes == (None,):
                return None

            def of_shape(shape):
                shape = (None, *shape[1:]) if dynamic_batch else shape
                return TensorSpec(shape, self.compute_dtype)

            return tuple(map_shape_structure(of_shape, shape) for shape in shapes), {}

        def spec(tensor):
            shape = (None, *tensor.shape[1:]) if dynamic_batch else tensor.shape
            return TensorSpec(shape, tensor.dtype, tensor.name)

        return (nest.map_structure(spec, self.input),), {}

    def predict_proba(self, x, batch_size=None, verbose=0, steps=None):
        """Keras 2's name of `predict`, for probabilities."""
        return self.predict(x, batch_size, verbose, steps)

    def predict_classes(self, x, batch_size=None, verbose=0, steps=None):
        """The class of each input: the place of the highest output, or of a single one whether it
        is above 0.5."""
        found = self.predict(x, batch_size, verbose, steps)
        if found.shape[-1] > 1:
            return found.argmax(axis=-1)
        return (found > 0.5).astype("int32")

    def to_json(self, **kwargs):
        """The model's configuration as JSON: `keras.models.model_from_json` makes it again.

        Args:
          **kwargs: handed to `json.dumps`.
        """
        config = serialize(self)
        config["build_config"] = self.get_build_config()
        config["compile_config"] = self.get_compile_config()
        return json.dumps(config, **{"default": encode, **kwargs})

    def _state_groups(self):
        optimizer = self.optimizer.variables if self.optimizer is not None else []
        return {
            "trainable_variables": self.trainable_variables,
            "non_trainable_variables": self.non_trainable_variables,
            "optimizer_variables": optimizer,
            "metrics_variables": self.metrics_variables,
        }

    def get_state_tree(self, value_format="backend_tensor"):
        """All variables by group, as nested dicts by the parts of their paths.

        Args:
          value_format: "backend_tensor" for variables, "numpy_array" for arrays.

        Returns:
          A dict of "trainable_variables", "non_trainable_variables", "optimizer_variables" and
          "metrics_variables".

        Raises:
          ValueError: another `value_format`, or two variables of one path.

        Example:
        >>> model = tf.keras.Sequential([tf.keras.Input((2,))], name="m")
        >>> model.add(tf.keras.layers.Dense(1, use_bias=False, name="d"))
        >>> tree = model.get_state_tree("numpy_array")
        >>> tree["trainable_variables"]["m"]["d"]["kernel"].shape
        (2, 1)
        """
        if value_format not in ("backend_tensor", "numpy_array"):
            raise ValueError(
                f"`value_format` must be 'backend_tensor' or 'numpy_array', got {value_format!r}."
            )
        as_array = value_format == "numpy_array"
        found = {}
        for group, variables in self._state_groups().items():
            tree = found[group] = {}
            for v in variables:
                branch = tree
                *parts, last = v.path.split("/")
                for part in parts:
                    branch = branch.setdefault(part, {})
                if last in branch:
                    raise ValueError(
                        f"The following variable path is found twice in the model: {v.path!r}. "
                        "get_state_tree() can only be called when all variable paths are unique: "
                        "give the layers names of their own."
                    )
                branch[last] = v.numpy() if as_array else v
        return found

    def set_state_tree(self, state_tree):
        """Assigns the values of what `get_state_tree` returned to the variables of these paths."""
        groups = self._state_groups()
        for group, tree in state_tree.items():
            if group not in groups:
                raise ValueError(unknown_name("group of variables", group, groups))
            by_path = {v.path: v for v in groups[group]}
            for path, value in _paths_of(tree):
                if path not in by_path:
                    raise ValueError(unknown_name(f"variable among the {group}", path, by_path))
                by_path[path].assign(value)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model from what `get_config` returned, with fresh weights."""
        with custom_object_scope(custom_objects or {}):
            if "input_layers" not in config or not takes_graph(cls):
                return super().from_config(config)
            parts = ("layers", "input_layers", "output_layers", "added_layers")
            rest = {k: v for k, v in config.items() if k not in parts}
            inputs, outputs, added = graph_of_config(config)
            model = cls(inputs=inputs, outputs=outputs, **rest)
            model._graph = model._graph.extended(added)
            return model


Model.call.needs_graph = True  # a class that writes a `call` lacks this mark


class Functional(Model):
    """What `keras.Model(inputs, outputs)` makes."""

    _config_module = "keras.src.models.functional"
    _counts_from_one = True

    def _default_name(self):
        return unique_name("functional")


def model_from_json(json_string, custom_objects=None):
    """The model that `to_json` described, built and compiled as it was, with fresh weights.

    Args:
      json_string: the JSON.
      custom_objects: further names and objects that it may name.

    Raises:
      ValueError: it is no JSON of a model, or names what nobody made known.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> tf.keras.models.model_from_json(model.to_json()).count_params()
    3
    """
    return _files().model_from_json(json_string, custom_objects)


def _files():
    """Writing and reading files, imported by the first one."""
    return importlib.import_module("..files", __package__)


def _paths_of(tree, path=()):
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _paths_of(value, (*path, name))
        else:
            yield "/".join((*path, name)), value


def takes_graph(cls):
    """Whether a class is made as `cls(inputs, outputs)`: it has no constructor of its own, or one
    that hands on whatever it is given."""
    kinds = {p.kind for p in inspect.signature(cls.__init__).parameters.values()}
    return {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds


def _shapes(tensors):
    shapes = [tuple(t.shape) for t in tensors]
    return shapes[0] if len(shapes) == 1 else shapes


def _graph_arguments(args, kwargs):
    """(inputs, outputs) when a constructor was given a graph's ends; else None."""
    if "inputs" in kwargs and "outputs" in kwargs:
        return kwargs["inputs"], kwargs["outputs"]
    if len(args) >= 2:
        return args[0], args[1]
    if len(args) == 1 and "outputs" in kwargs:
        return args[0], kwargs["outputs"]
    return None
