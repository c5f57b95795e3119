"""Model: a layer that can be trained, made of a graph of layers or by a subclass."""

import inspect

from ...base import nest
from ..layers.layer import Layer
from ..layers.symbolic import KerasTensor
from ..registry import custom_object_scope, unique_name
from ..train.trainer import Trainer
from ..utils import summary as _summary
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

    def __new__(cls, *args, **kwargs):
        made_of_graph = _graph_arguments(args, kwargs) is not None
        return object.__new__(Functional if made_of_graph and cls is Model else cls)

    def __init__(self, *args, **kwargs):
        ends = _graph_arguments(args, kwargs)
        Trainer.__init__(self)
        if ends is None:
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
    inputs = property(lambda self: self._need_graph("inputs").inputs, doc="The inputs as a list.")
    outputs = property(lambda self: self._need_graph("outputs").outputs, doc="Outputs as a list.")

    @property
    def input_shape(self):
        """The shape of the input, or the list of the inputs' shapes."""
        return _shapes(self.inputs)

    @property
    def output_shape(self):
        """The shape of the output, or the list of the outputs' shapes."""
        return _shapes(self.outputs)

    @property
    def input_names(self):
        """The names of the input layers."""
        graph = self._need_graph("input names")
        return graph.names(graph.inputs)

    @property
    def output_names(self):
        """The names of the outputs: a dict's keys, else those of the layers they come from."""
        graph = self.__dict__.get("_graph")
        if graph is None:
            return None
        if isinstance(graph.outputs_structure, dict):
            return sorted(graph.outputs_structure)
        names, seen = [], {}
        for name in graph.names(graph.outputs):
            seen[name] = seen.get(name, -1) + 1
            names.append(f"{name}_{seen[name]}" if seen[name] else name)
        return names

    @property
    def layers(self):
        """The layers right below this model, in their order."""
        graph = self.__dict__.get("_graph")
        return list(graph.layers) if graph is not None else self._parts()[1]

    def _parts(self):
        variables, layers, metrics = super()._parts()
        graph = self.__dict__.get("_graph")
        if graph is not None:
            known = {id(layer) for layer in graph.layers}
            layers = list(graph.layers) + [layer for layer in layers if id(layer) not in known]
        return variables, layers, metrics

    def get_layer(self, name=None, index=None):
        """The layer of a name, or at an index.

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
        for layer in layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. Existing layers are: {[x.name for x in layers]}.")

    # -- calling -----------------------------------------------------------------------------------

    def call(self, inputs, training=None, mask=None):
        """Computes the outputs; a subclass overrides it."""
        if self.__dict__.get("_graph") is None:
            raise NotImplementedError(
                f"Model {self.name!r} ({type(self).__name__}) does not have a `call()` method "
                "implemented: write call(self, inputs), or make it with keras.Model(inputs, "
                "outputs)."
            )
        return self._graph.run(self._graph.flat_inputs(self.name, inputs))

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
            if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
                layer.reset_state()

    reset_state = reset_states

    def build(self, input_shape=None):
        """Makes the weights for inputs of a batch shape (None where unknown)."""
        if input_shape is None:
            return
        if type(self).call is Model.call:
            raise ValueError(f"Model {self.name!r} cannot be built: it has no layers or `call`.")
        shapes = input_shape
        if isinstance(shapes, tuple) and all(d is None or isinstance(d, int) for d in shapes):
            self(KerasTensor(shapes, self.compute_dtype))
        else:
            self(nest.map_structure(lambda s: KerasTensor(s, self.compute_dtype), list(shapes)))
        self._inbound_nodes.clear()

    def _build_for(self, arguments):
        # a subclass's sublayers are built one by one as its call reaches them
        if type(self).build is not Model.build:
            super()._build_for(arguments)
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

    def save(self, filepath, overwrite=True, **kwargs):
        """Raises NotImplementedError: model files are not built yet."""
        raise NotImplementedError(
            f"model.save({str(filepath)!r}): model files are not built yet. Keep the weights with "
            "np.savez(path, *model.get_weights()) and restore them with model.set_weights."
        )

    save_weights = load_weights = export = save

    def get_config(self):
        """The constructor's arguments; of `Model(inputs, outputs)` the layers and their calls."""
        if self._graph is None or not takes_graph(type(self)):
            return super().get_config()
        return {"name": self.name, "trainable": self._trainable, **self._graph.get_config()}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model from what `get_config` returned, with fresh weights."""
        with custom_object_scope(custom_objects or {}):
            if "input_layers" not in config or not takes_graph(cls):
                return super().from_config(config)
            parts = ("layers", "input_layers", "output_layers")
            rest = {k: v for k, v in config.items() if k not in parts}
            inputs, outputs = graph_of_config(config)
            return cls(inputs=inputs, outputs=outputs, **rest)


class Functional(Model):
    """What `keras.Model(inputs, outputs)` makes."""

    _config_module = "keras.src.models.functional"
    _counts_from_one = True

    def _default_name(self):
        return unique_name("functional")


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
