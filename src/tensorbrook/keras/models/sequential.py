"""Sequential: layers one after the other."""

import warnings

from ...base import nest
from ...base.dtypes import as_dtype
from ...base.errors import TraceBreak
from ..layers.calls import with_masks
from ..layers.function import FunctionLayer
from ..layers.input import InputLayer
from ..layers.layer import Layer
from ..layers.symbolic import KerasTensor
from ..metrics import Metric
from ..optimizers import Optimizer
from ..registry import auto_name, deserialize, serialize
from .functional import LayerGraph, replay
from .model import Model, takes_graph


class Sequential(Model):
    """A model that is a plain stack of layers.

    Args:
      layers: the first layers; `Input(shape)` or a layer with `input_shape=` first builds
        it at once.
      trainable: whether the weights are trained.
      name: a name.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3)])
    >>> model.output_shape, model.count_params()
    ((None, 3), 9)
    """

    _config_module = "keras"
    _inferred = False  # whether the input is what the first call was given

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, layers=None, trainable=True, name=None):
        super().__init__(trainable=trainable, name=name)
        self._stack, self._start, self._trail = [], None, []
        for layer in (
            [] if layers is None else layers if isinstance(layers, (list, tuple)) else [layers]
        ):
            self._append(layer)
        self._rebuild()

    def _default_name(self):
        return auto_name("Sequential")

    def add(self, layer, rebuild=True):
        """Puts a layer on top.

        Raises:
          ValueError: not a layer, or a name that is taken.
        """
        self._append(layer)
        self._rebuild(rebuild)

    def _append(self, layer):
        if isinstance(layer, KerasTensor) and layer._keras_history is not None:
            layer = layer._keras_history[0]
        if callable(layer) and hasattr(layer, "_public_path"):
            layer = FunctionLayer(layer)
        if not isinstance(layer, Layer):
            raise ValueError(
                "Only instances of `keras.Layer` can be added to a Sequential model. Received: "
                f"{layer} (of type {type(layer)})"
            )
        if isinstance(layer, InputLayer):
            if self._start is not None or self._stack:
                raise ValueError(
                    f"Sequential model {self.name!r} has already been configured to use input "
                    f"shape {self._start and self._start.batch_shape}. You cannot add a different "
                    "Input layer to it."
                )
            self._start = layer
            return
        if any(layer.name == other.name and layer is not other for other in self._stack):
            raise ValueError(
                f"All layers added to a Sequential model should have unique names. Name "
                f"{layer.name!r} is already the name of a layer in this model. Update the `name` "
                "argument to pass a unique name."
            )
        if not self._stack and self._start is None:
            shape = layer._batch_input_shape
            if shape is not None:
                self._start = InputLayer(batch_shape=shape)
            elif isinstance(layer, Model) and layer.__dict__.get("_graph") is not None:
                inputs = layer.inputs
                if len(inputs) == 1:
                    self._start = InputLayer(batch_shape=inputs[0].shape, dtype=inputs[0].dtype)
        self._stack.append(layer)

    def pop(self, rebuild=True):
        """Takes the top layer off and returns it."""
        layer = self._stack.pop()
        self._rebuild(rebuild)
        return layer

    def _rebuild(self, at_once=True):
        """Forgets the graph of layers, and makes it anew when the input's shape is known."""
        self.built, self._graph = False, None
        if at_once and self._start is not None and self._stack:
            self.build(self._start.batch_shape)

    def build(self, input_shape=None):
        """Makes the weights for inputs of a batch shape.

        Raises:
          ValueError: no shape is known.
        """
        if input_shape is None:
            if self._start is None:
                raise ValueError(
                    f"You must provide an `input_shape` argument to build {self.name!r}, e.g. "
                    "model.build((None, 4)), or begin with keras.Input((4,))."
                )
            input_shape = self._start.batch_shape
        if not self._stack:
            raise ValueError(
                f"Sequential model {self.name!r} cannot be built because it has no layers."
            )
        if self._start is None:
            if isinstance(input_shape, dict) or any(
                isinstance(n, list | tuple) for n in input_shape
            ):
                return  # of several tensors: built at the first call
            self._start = InputLayer(batch_shape=tuple(input_shape))
        x = start = self._start.output
        trail, self._trail = self._trail, []
        try:
            for i, layer in enumerate(self._stack):
                # what was there before an `add` keeps its tensors: programs may hold them
                known = i < len(trail) and trail[i][0] is layer and trail[i][1] is x
                self._trail.append((layer, x, trail[i][2] if known else layer(x)))
                x = self._trail[-1][2]
        except TraceBreak:
            return  # a layer that only eager execution can build: built at the first call
        auto_name("Functional")  # Keras makes one here, which takes a name: the next has another
        self._graph = LayerGraph(start, x)

    def __getstate__(self):
        return {**super().__getstate__(), "_trail": []}

    def _build_for(self, arguments):
        value = next(iter(arguments.values()))
        shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", "float32")
        # several tensors, of which the first layer makes one; or no layer, as in Keras 2
        if shape is None or not self._stack:
            self.built = True
            return
        if self._start is None:
            batch_shape = (None, *shape[1:]) if shape and len(shape) else shape
            self._start = InputLayer(batch_shape=batch_shape, dtype=getattr(dtype, "name", dtype))
            self._inferred = True
        self.build()
        self._keep_build_shapes({"input_shape": tuple(shape)})

    def _take_fractions(self, dtype):
        """Floats after the whole numbers of the first call: an input of integers would cut them."""
        whole = as_dtype(self._start.dtype)
        if dtype is not None and dtype.is_floating and (whole.is_integer or whole.is_bool):
            self._start = InputLayer(batch_shape=self._start.batch_shape, dtype=dtype.name)
            self._rebuild()

    def get_build_config(self):
        """The batch shape of the input of a built model; None where it is not built."""
        return {"input_shape": self._start.batch_shape} if self._graph is not None else None

    def call(self, inputs, training=None, mask=None):
        """The layers, one after the other."""
        inputs = with_masks(inputs, mask)
        if self._inferred and self._graph is not None:
            self._take_fractions(getattr(inputs, "dtype", None))
        if self._graph is not None:
            flat = self._graph.flat_inputs(self.name, inputs, any_size=True)
            if self._graph.added:
                return self._graph.run(flat)
            inputs = flat[0]
        for layer in self._stack:
            inputs = layer(inputs)
        return inputs

    def _end(self, what):
        """Its first call's in another model, as in Keras 3; before that its own."""
        return getattr(Layer if self._inbound_nodes else Model, what).fget(self)

    input = property(
        lambda self: self._end("input"), doc="The input of its first call, or its own."
    )
    output = property(lambda self: self._end("output"), doc="Likewise.")

    @property
    def layers(self):
        """The layers, without the input's."""
        return list(self._stack)

    @layers.setter
    def layers(self, value):
        raise AttributeError(
            "`Sequential.layers` attribute is reserved and holds the model's layers. Use `add()` "
            "and `pop()` to change them."
        )

    def _parts(self, sorted_keys=False):
        variables, _, metrics = Layer._parts(self, sorted_keys)
        graph = self.__dict__.get("_graph")
        added = [t._keras_history[0] for t in graph.added] if graph is not None else []
        return variables, [*self._stack, *added], metrics

    def _track_graph(self, graph):
        return {"_functional": graph}

    def _track_extras(self):
        found = super()._track_extras()
        if self._graph is None:  # Keras forgets the layers of a model that is not built
            return found
        return {name: value for name, value in found.items() if name != "_stack"}

    def compute_output_shape(self, input_shape):
        """The shape of the outputs for inputs of a batch shape."""
        for layer in self._stack:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def get_config(self):
        """The layers' configs: `Sequential.from_config` makes an equal model."""
        start = [] if self._start is None else [serialize(self._start)]
        return {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": serialize(self.dtype_policy),
            "layers": start + [serialize(layer) for layer in self._stack],
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A model from what `get_config` returned, with fresh weights."""
        layers = [deserialize(c, custom_objects=custom_objects) for c in config["layers"]]
        return cls(layers, config.get("trainable", True), config.get("name"))


def clone_model(
    model, input_tensors=None, clone_function=None, call_function=None, recursive=False
):
    """A model like a functional or Sequential one, of layers of its own with fresh weights.

    Args:
      model: the model.
      input_tensors: KerasTensors to begin with, in place of new inputs.
      clone_function: makes a layer of a layer (never of an InputLayer): by its config, by default.
      call_function: function (layer, *args, **kwargs) that calls the new layers.
      recursive: clone models within layer by layer too, not by `clone_function`.

    Raises:
      ValueError: functions or tensors for a model that is not made of a graph of layers.

    Example:
    >>> x = tf.keras.Input((3,))
    >>> model = tf.keras.Model(x, tf.keras.layers.Dense(2, name="out")(x))
    >>> again = tf.keras.models.clone_model(model)
    >>> [layer.name for layer in again.layers][-1], again.layers[-1] is model.layers[-1]
    ('out', False)
    """
    stacked = isinstance(model, Sequential)
    if stacked and call_function is not None:
        raise ValueError(
            f"clone_model: {model.name!r} is a Sequential model, whose layers are not called one "
            "by one: `call_function` is for functional models."
        )
    if not stacked and model._graph is None:
        if clone_function or call_function or input_tensors is not None:
            raise ValueError(
                "clone_model: `clone_function`, `call_function` and `input_tensors` are for "
                f"functional and Sequential models, and {model.name!r} is a subclassed one."
            )
        return _compiled_as(model._again(), model)
    made = {}

    def copy(layer):
        if layer not in made:
            inner = isinstance(layer, Model) and (isinstance(layer, Sequential) or layer._graph)
            if recursive and inner:
                call = None if isinstance(layer, Sequential) else call_function
                made[layer] = clone_model(layer, None, clone_function, call, True)
            else:
                again = clone_function or (lambda layer: layer._again())
                made[layer] = again(layer)
        return made[layer]

    given = None if input_tensors is None else nest.flatten(input_tensors)
    if not stacked and given is not None:
        _check_structure(input_tensors, model._graph.inputs_structure)
    if stacked:
        start = [] if model._start is None else [InputLayer.from_config(model._start.get_config())]
        layers = [*(start if given is None else given), *map(copy, model._stack)]
        again = type(model)(layers, name=model.name, trainable=model._trainable)
        return _compiled_as(again, model)
    starts, calls, ends = model._graph.description()
    if given is None:
        given = [InputLayer.from_config(start.get_config()).output for start in starts]

    def call(layer, *args, **kwargs):
        layer = copy(layer)
        return (
            layer(*args, **kwargs)
            if call_function is None
            else call_function(layer, *args, **kwargs)
        )

    cls = type(model) if takes_graph(type(model)) else Model
    inputs, outputs, added = replay(given, calls, ends, call)
    again = cls(inputs, outputs, name=model.name, trainable=model._trainable)
    again._graph = again._graph.extended(added)
    return _compiled_as(again, model)


def _compiled_as(again, model):
    """A clone of a model, compiled as that was, with an optimizer and metrics of its own."""
    if not model.compiled or again.compiled or "compile" in vars(type(model)):
        return again
    try:
        arguments = nest.map_structure(_anew, model._compile_arguments)
    except (TypeError, ValueError) as error:
        warnings.warn(
            f"The clone of {model.name!r} is not compiled: its optimizer or metrics cannot be made "
            f"anew. {error}",
            stacklevel=3,
        )
        return again
    again.compile(**arguments)
    return again


def _anew(leaf):
    stateful = isinstance(leaf, Optimizer | Metric)
    return type(leaf).from_config(leaf.get_config()) if stateful else leaf


def _check_structure(given, structure):
    try:
        nest.assert_same_structure(structure, given)
    except (TypeError, ValueError):
        raise ValueError(
            "clone_model: `input_tensors` must have the same structure as model.input. Reference "
            f"structure: {structure}, received structure: {given}"
        ) from None
