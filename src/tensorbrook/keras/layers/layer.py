"""Layer: weights, calls, and what of both a model keeps track of."""

import inspect
import threading

import numpy as np

from ...base import nest
from ...base.dtypes import as_dtype
from ...core.dispatch import PUBLIC, TraceBreak, init_scope
from ...core.tensor import Tensor, convert_to_tensor
from ...core.variable import Variable
from ...ops import cast, reduce_sum
from .. import initializers, policy, regularizers
from ..constraints import get as get_constraint
from ..metrics.base import Metric
from ..registry import Configurable, auto_name, unique_name
from ..seeds import SeedGenerator
from . import symbolic
from .symbolic import KerasHistory, KerasTensor, has_symbolic, infer

_LEGACY = {"input_shape", "input_dim", "batch_input_shape", "batch_shape", "batch_size", "weights"}


class _Context(threading.local):
    """What calls of layers inside one another share."""

    def __init__(self):
        self.training, self.path, self.depth = None, (), 0


context = _Context()


class _Scope:
    """Enters a layer: its name joins the path of variables, its `training` is passed down."""

    __slots__ = ("layer", "outer", "training")

    def __init__(self, layer, training):
        self.layer, self.training = layer, training

    def __enter__(self):
        self.outer = context.training, context.path
        context.depth += 1
        context.training = self.training
        context.path = (*context.path, self.layer.name)

    def __exit__(self, *exc):
        context.training, context.path = self.outer
        context.depth -= 1


class Node:
    """One use of a layer in a functional model: its arguments and its results."""

    def __init__(self, operation, args, kwargs, outputs):
        self.operation, self.args, self.kwargs, self.outputs = operation, args, kwargs, outputs
        self.index = len(operation._inbound_nodes)
        operation._inbound_nodes.append(self)
        self.input_tensors = [
            leaf for leaf in nest.flatten((args, kwargs)) if isinstance(leaf, KerasTensor)
        ]
        self.output_tensors = [leaf for leaf in nest.flatten(outputs) if isinstance(leaf, KerasTensor)]
        for i, tensor in enumerate(self.output_tensors):
            tensor._keras_history = KerasHistory((operation, self.index, i))

    @property
    def parents(self):
        """The nodes whose results this one takes."""
        return [t._keras_history[0]._inbound_nodes[t._keras_history[1]] for t in self.input_tensors]


class Layer(Configurable):
    """The base of layers: subclass it, make weights in `build`, compute in `call`.

    Args:
      activity_regularizer: a regularizer of the outputs.
      trainable: whether its weights are trained.
      dtype: a dtype or policy; the global one by default.
      autocast: cast float inputs to the compute dtype.
      name: a name; made from the class's by default.
      input_shape, input_dim, batch_input_shape: the shape of one input (or of a batch), with which
        a Sequential model is built at once.
      weights: initial weights, as for `set_weights`.

    Example:
    >>> class Double(tf.keras.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.w = self.add_weight(shape=(input_shape[-1],), initializer="ones")
    ...     def call(self, x):
    ...         return 2 * x * self.w
    >>> Double()(tf.ones([1, 2])).numpy()
    array([[2., 2.]], dtype=float32)
    """

    supports_masking = False
    input_spec = None
    dynamic = False

    def __init__(
        self,
        *,
        activity_regularizer=None,
        trainable=True,
        dtype=None,
        autocast=True,
        name=None,
        **kwargs,
    ):
        unknown = set(kwargs) - _LEGACY
        if unknown:
            raise ValueError(
                f"Unrecognized keyword arguments passed to {type(self).__name__}: "
                f"{ {k: kwargs[k] for k in sorted(unknown)} }. It takes "
                f"{', '.join(_signature(type(self)).parameters)}."
            )
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"Argument `name` must be a string without '/', got {name!r}.")
        self.name = name or self._default_name()
        self.dtype_policy = policy.get(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.autocast, self.built = autocast, False
        self._trainable = bool(trainable)
        self._inbound_nodes, self._added_losses, self._added_metrics = [], [], []
        self._batch_input_shape = _legacy_shape(kwargs)
        self._initial_weights = kwargs.get("weights")

    def _default_name(self):
        return auto_name(type(self).__name__)

    def __getattr__(self, name):
        if name in ("_inbound_nodes", "dtype_policy", "_trainable", "_added_losses"):
            raise RuntimeError(
                f"In layer {type(self).__name__!r}, you forgot to call `super().__init__()` as the "
                "first statement in its `__init__()`."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # -- dtypes ------------------------------------------------------------------------------------

    dtype = property(lambda self: self.variable_dtype, doc="The dtype of the weights.")
    variable_dtype = property(lambda self: self.dtype_policy.variable_dtype, doc="Of weights.")
    compute_dtype = property(lambda self: self.dtype_policy.compute_dtype, doc="Of computation.")

    # -- weights -----------------------------------------------------------------------------------

    def add_weight(
        self,
        shape=None,
        initializer=None,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        aggregation="none",
        overwrite_with_gradient=False,
        name=None,
        **kwargs,
    ):
        """Makes a weight of the layer.

        Args:
          shape: its shape; () by default. Keras 2's order, name first, is understood as well.
          initializer: "glorot_uniform" for floats by default, zeros else.
          dtype: the layer's variable dtype by default.
          trainable: whether optimizers change it.
          regularizer, constraint: applied to it in training.
          name: its name within the layer.

        Returns:
          The Variable.
        """
        if isinstance(shape, str):
            name, shape, initializer = shape, initializer, kwargs.pop("initializer", None)
            if dtype is not None and not isinstance(dtype, str) and callable(dtype):
                dtype, initializer = None, dtype
        if overwrite_with_gradient:
            raise NotImplementedError("add_weight(overwrite_with_gradient=True): float8 training.")
        unknown = set(kwargs) - {"synchronization", "use_resource", "experimental_autocast"}
        if unknown:
            raise TypeError(f"add_weight of layer {self.name!r}: unknown arguments {sorted(unknown)}.")
        shape = () if shape is None else tuple(shape) if np.iterable(shape) else (shape,)
        if None in shape:
            raise ValueError(
                f"Layer {self.name!r}: the weight {name!r} has shape {shape}, whose dimensions must "
                "be known: give the input's last dimension, e.g. Input((4,))."
            )
        dtype = as_dtype(dtype or self.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtype.is_floating else "zeros"
        maker = initializers.get(initializer)
        name = name or unique_name("variable")
        path = "/".join((*self._path(), name))
        with init_scope():
            value = maker(shape, dtype=dtype) if callable(maker) else maker
            variable = Variable(value, trainable, name=name, dtype=dtype, path=path)
        variable.constraint, variable.regularizer = (
            get_constraint(constraint),
            regularizers.get(regularizer),
        )
        self.__dict__.setdefault("_own_weights", []).append(variable)
        return variable

    add_variable = add_weight

    def _path(self):
        path = context.path
        return path if path and path[-1] == self.name else (*path, self.name)

    def _parts(self):
        """(variables, layers, metrics) among the attributes, each once, in order of assignment."""
        variables, layers, metrics, seen = [], [], [], set()
        stack = [v for k, v in self.__dict__.items() if k not in _UNTRACKED][::-1]
        while stack:
            value = stack.pop()
            cls = value.__class__
            if cls in _PLAIN:
                continue
            if cls is list or cls is tuple or isinstance(value, (list, tuple)):
                stack.extend(reversed(value))
            elif isinstance(value, dict):
                stack.extend(reversed(list(value.values())))
            elif id(value) not in seen:
                seen.add(id(value))
                if isinstance(value, Variable):
                    variables.append(value)
                elif isinstance(value, Layer):
                    layers.append(value)
                elif isinstance(value, Metric):
                    metrics.append(value)
        return variables, layers, metrics

    def _flatten_layers(self, include_self=True):
        """This layer and all layers below it, each once."""
        found, seen, stack = [], set(), [self]
        while stack:
            layer = stack.pop()
            if id(layer) not in seen:
                seen.add(id(layer))
                found.append(layer)
                stack.extend(reversed(layer._parts()[1]))
        return found if include_self else found[1:]

    def _weights(self, trainable):
        """Weights, trainable first; of a frozen layer all count as not trainable."""
        variables, layers, _ = self._parts()
        frozen = not self._trainable
        own = [v for v in variables if trainable is None or (v.trainable and not frozen) == trainable]
        if trainable is None:
            own = [v for v in own if v.trainable] + [v for v in own if not v.trainable]
        for layer in layers:
            if frozen and trainable is not None:
                own += [] if trainable else layer._weights(None)
            else:
                own += layer._weights(trainable)
        unique = {}
        for v in own:
            unique.setdefault(id(v), v)
        return list(unique.values())

    weights = property(lambda self: self._weights(None), doc="All weights.")
    trainable_weights = property(lambda self: self._weights(True), doc="What optimizers change.")
    non_trainable_weights = property(lambda self: self._weights(False), doc="The other weights.")
    trainable_variables = property(lambda self: self._weights(True), doc="What optimizers change.")

    @property
    def variables(self):
        """All weights, and the states of seeds and of metrics below."""
        found = self.weights
        for layer in self._flatten_layers():
            found += [
                v.state for v in layer.__dict__.values() if isinstance(v, SeedGenerator)
            ]
            found += [v for m in layer._parts()[2] for v in m.variables]
        return found

    @property
    def non_trainable_variables(self):
        """`variables` without the trainable ones."""
        trained = set(map(id, self.trainable_weights))
        return [v for v in self.variables if id(v) not in trained]

    @property
    def trainable(self):
        """Whether the weights are trained; setting it sets the layers below as well."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        for layer in self._flatten_layers():
            layer._trainable = bool(value)

    def get_weights(self):
        """The values of `weights` as a list of arrays."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights):
        """Sets `weights` from a list of arrays; all or none.

        Raises:
          ValueError: another number of arrays, or shapes that differ.
        """
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on layer {self.name!r} with a weight list of "
                f"length {len(weights)}, but the layer was expecting {len(own)} weights."
            )
        values = [np.asarray(w) for w in weights]
        for variable, value in zip(own, values):
            if tuple(variable.shape) != value.shape:
                raise ValueError(
                    f"Layer {self.name!r} weight shape {tuple(variable.shape)} of {variable.path} is "
                    f"not compatible with provided weight shape {value.shape}."
                )
        for variable, value in zip(own, values):
            variable.assign(value)

    def count_params(self):
        """The number of elements of all weights.

        Raises:
          ValueError: the layer has no weights yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer {self.name!r}, but the layer isn't built."
            )
        return sum(int(np.prod(v.shape)) for v in self.weights)

    # -- building ----------------------------------------------------------------------------------

    def build(self, input_shape):
        """Makes the weights; subclasses override it. Called once, before the first `call`."""
        self.built = True

    def _build_for(self, arguments):
        """Builds from the shapes of call's arguments, outside of any trace or tape."""
        shapes = {k: _shapes(v) for k, v in arguments.items()}
        shapes = {k: v for k, v in shapes.items() if v is not None}
        names = [
            p.name
            for p in _signature_of(type(self).build).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ][1:]
        with init_scope(), _Scope(self, context.training):
            if len(names) == 1 or not all(n.removesuffix("_shape") in shapes for n in names):
                self.build(next(iter(shapes.values()), None))
            else:
                self.build(*[shapes[n.removesuffix("_shape")] for n in names])
        self.built = True
        if type(self).build is not Layer.build:
            self._build_shapes = shapes  # for summary(), where no symbolic call tells the output
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    # -- calling -----------------------------------------------------------------------------------

    def call(self, *args, **kwargs):
        """Computes the outputs; subclasses override it."""
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `call()` method implemented."
        )

    def __call__(self, *args, **kwargs):
        wants = _wants(type(self))
        if wants.plain and len(args) == 1 and not kwargs and args[0].__class__ is Tensor:
            inputs = (self._convert_leaf(args[0]),)
        else:
            inputs = tuple([self._convert(a) for a in args])
            kwargs = {k: self._convert(v) for k, v in kwargs.items()}
        symbolic_call = has_symbolic(inputs) or (bool(kwargs) and has_symbolic(kwargs))
        self._check_inputs(inputs)
        if not self.built:
            self._build_for(wants.name_arguments(inputs, kwargs))
            self._check_inputs(inputs)
        training = kwargs.get("training")
        if training is None and len(args) > 1 and wants.training_position is not None:
            if wants.training_position < len(args):
                training = args[wants.training_position]
        if training is None:
            training = context.training
            if training is None:
                training = wants.training_default
            if wants.training and training is not None and "training" not in kwargs:
                if wants.training_position is None or wants.training_position >= len(args):
                    kwargs["training"] = training
            elif wants.training and kwargs.get("training", 0) is None:
                kwargs["training"] = training
        if not wants.training and "training" in kwargs and not wants.anything:
            del kwargs["training"]
        if symbolic_call:
            return self._symbolic_call(inputs, kwargs, training)
        return self._eager_call(inputs, kwargs, training, wants)

    def _eager_call(self, inputs, kwargs, training, wants):
        """Runs `call` within the layer's scope, then masks and activity regularization."""
        if context.depth == 0 and self._added_losses:
            self._clear_losses()
        mask = getattr(inputs[0], "_keras_mask", None) if inputs else None
        if mask is None and inputs and inputs[0].__class__ in (list, tuple):
            masks = [getattr(t, "_keras_mask", None) for t in inputs[0]]
            mask = masks if any(m is not None for m in masks) else None
        if wants.mask and mask is not None and kwargs.get("mask") is None:
            kwargs["mask"] = mask
        with _Scope(self, training):
            outputs = self.call(*inputs, **kwargs)
            if self.activity_regularizer is not None:
                for out in nest.flatten(outputs):
                    if isinstance(out, Tensor):
                        self.add_loss(self.activity_regularizer(out) / max(out._shape[0], 1))
        if self.supports_masking and (mask is not None or wants.makes_mask):
            self._set_mask(inputs, outputs, mask)
        return outputs

    def _set_mask(self, inputs, outputs, mask):
        mask = self.compute_mask(inputs[0], mask)
        flat = nest.flatten(outputs)
        masks = nest.flatten(mask) if nest.is_nested(mask) else [mask] * len(flat)
        for out, m in zip(flat, masks):
            if m is not None and isinstance(out, Tensor):
                out._keras_mask = m

    def compute_mask(self, inputs, previous_mask=None):
        """The mask of the outputs: the inputs' own by default."""
        return previous_mask

    def _convert(self, value):
        """Arrays and numbers' lists as tensors, floats in the compute dtype; others as they are."""
        if isinstance(value, (Tensor, np.ndarray, KerasTensor, Variable)):
            return self._convert_leaf(value)
        if isinstance(value, (list, tuple)) and value and _holds_arrays(value):
            return type(value)(map(self._convert, value)) if not hasattr(value, "_fields") else value
        if isinstance(value, dict):
            return {k: self._convert(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)) and value and _holds_numbers(value):
            return self._convert_leaf(convert_to_tensor(value))
        return value

    def _convert_leaf(self, value):
        if isinstance(value, np.ndarray):
            if value.dtype.kind in "f" and self.autocast:
                return convert_to_tensor(value, self.compute_dtype)
            value = convert_to_tensor(value)
        elif isinstance(value, Variable):
            value = value._read()
        if self.autocast and value._dtype.kind in "fV" and value._dtype.name != self.compute_dtype:
            mask = getattr(value, "_keras_mask", None)
            value = cast(value, self.compute_dtype)
            if mask is not None:
                value._keras_mask = mask
        return value

    def _check_inputs(self, inputs):
        spec = self.input_spec
        if spec is not None and inputs:
            flat = nest.flatten(inputs[0])
            for one in spec if isinstance(spec, (list, tuple)) else [spec] * len(flat):
                one.check(self.name, flat.pop(0)) if flat else None

    def _symbolic_call(self, inputs, kwargs, training):
        wants = _wants(type(self))

        def run(*args, **named):
            return self._eager_call(args, named, training, wants)

        try:
            outputs = infer(run, inputs, kwargs)
        except TraceBreak as stop:
            outputs = self._declared_outputs(inputs, kwargs, stop)
        outputs = nest.map_structure(
            lambda t: _renew(t) if any(t is leaf for leaf in nest.flatten(inputs)) else t, outputs
        )
        kwargs = {k: v for k, v in kwargs.items() if k != "training" or v is not context.training}
        if kwargs.get("training", 0) == wants.training_default:
            kwargs.pop("training", None)
        Node(self, inputs, kwargs, outputs)
        return outputs

    def _declared_outputs(self, inputs, kwargs, stop):
        """The outputs that the layer's own compute_output_shape tells, where call can't be traced."""
        if not hasattr(self, "compute_output_shape") or (
            type(self).compute_output_shape is Layer.compute_output_shape
        ):
            raise ValueError(
                f"Layer {self.name!r}: its output shape cannot be inferred, since {stop}. Define "
                "compute_output_shape(input_shape) in the layer."
            ) from None
        shape = self.compute_output_shape(_shapes(inputs[0]))
        if isinstance(shape, list):
            return [KerasTensor(s, self.compute_dtype) for s in shape]
        return KerasTensor(shape, self.compute_dtype)

    def compute_output_shape(self, input_shape, *args, **kwargs):
        """The shape of the outputs for inputs of a shape (or a structure of shapes)."""
        is_shape = isinstance(input_shape, tuple) and all(
            d is None or isinstance(d, int) for d in input_shape
        )
        if is_shape:
            inputs = KerasTensor(input_shape, self.compute_dtype)
        elif isinstance(input_shape, dict):
            inputs = {k: KerasTensor(s, self.compute_dtype) for k, s in input_shape.items()}
        else:
            inputs = [KerasTensor(s, self.compute_dtype) for s in input_shape]
        count = len(self._inbound_nodes)
        outputs = self(inputs)
        del self._inbound_nodes[count:]
        return nest.map_structure(lambda t: tuple(t.shape), outputs)

    def compute_output_spec(self, *args, **kwargs):
        """The KerasTensors that a call on KerasTensors returns."""
        count = len(self._inbound_nodes)
        outputs = self(*args, **kwargs)
        del self._inbound_nodes[count:]
        return outputs

    # -- losses and metrics ------------------------------------------------------------------------

    def add_loss(self, loss):
        """Adds a scalar (or a list of them) to the loss of the model that contains the layer.

        Raises:
          NotImplementedError: a symbolic tensor: call it inside a layer's `call`.
        """
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            if isinstance(value, KerasTensor):
                raise NotImplementedError(
                    "add_loss of a symbolic tensor: call self.add_loss inside a layer's call()."
                )
            value = convert_to_tensor(value() if callable(value) else value)
            self._added_losses.append(value if not value._shape else reduce_sum(value))

    def add_metric(self, *args, **kwargs):
        """Raises NotImplementedError, as in Keras 3: make a metric in `__init__`, update in `call`."""
        raise NotImplementedError(
            "add_metric: create the metric in __init__ (self.m = keras.metrics.Mean(name=...)) and "
            "call self.m.update_state(value) in call(); fit() reports it."
        )

    def _clear_losses(self):
        for layer in self._flatten_layers():
            layer._added_losses.clear()

    @property
    def losses(self):
        """What `add_loss` and regularizers add to the model's loss, as a list of scalars."""
        found = [loss for layer in self._flatten_layers() for loss in layer._added_losses]
        for v in self.trainable_weights:
            regularizer = getattr(v, "regularizer", None)
            if regularizer is not None:
                found.append(regularizer(v))
        return found

    @property
    def metrics(self):
        """The metrics that this layer and those below keep."""
        unique = {}
        for layer in self._flatten_layers():
            for m in layer._parts()[2]:
                unique.setdefault(id(m), m)
        return list(unique.values())

    # -- as part of a functional model -------------------------------------------------------------

    def _node_tensors(self, what):
        if not self._inbound_nodes:
            raise AttributeError(
                f"The layer {self.name} has never been called and thus has no defined {what}."
            )
        node = self._inbound_nodes[0]
        if what == "output":
            return node.outputs
        tensors = node.input_tensors
        return tensors[0] if len(tensors) == 1 else tensors

    input = property(lambda self: self._node_tensors("input"), doc="The KerasTensor it was called on.")
    output = property(lambda self: self._node_tensors("output"), doc="The KerasTensor it returned.")
    input_shape = property(
        lambda self: nest.map_structure(lambda t: tuple(t.shape), self.input), doc="Of the input."
    )
    output_shape = property(
        lambda self: nest.map_structure(lambda t: tuple(t.shape), self.output), doc="Of the output."
    )
    inbound_nodes = property(lambda self: self._inbound_nodes, doc="Its uses in models.")

    def get_config(self):
        """The constructor's arguments, as plain data."""
        config = super().get_config()
        config.pop("autocast", None)
        if config.get("activity_regularizer", 0) is None:
            del config["activity_regularizer"]
        ordered = {"name": self.name, "trainable": self._trainable, "dtype": config.get("dtype")}
        return {**ordered, **config}

    def __repr__(self):
        built = f", built={self.built}" if self.__dict__.get("name") else ""
        return f"<{type(self).__name__} name={self.__dict__.get('name')}{built}>"


_UNTRACKED = {"_inbound_nodes", "_build_shapes", "_added_losses", "_initial_weights", "optimizer", "_functional"}
_PLAIN = {int, float, bool, str, type(None), np.ndarray, Tensor}


def _legacy_shape(kwargs):
    """The batch shape that Keras 2's constructor arguments declare, or None."""
    batch = kwargs.get("batch_size")
    for name in ("batch_input_shape", "batch_shape"):
        if kwargs.get(name) is not None:
            return tuple(kwargs[name])
    if kwargs.get("input_shape") is not None:
        shape = kwargs["input_shape"]
        return (batch, *(shape if np.iterable(shape) else (shape,)))
    return (batch, kwargs["input_dim"]) if kwargs.get("input_dim") is not None else None


def _shapes(value):
    """The shapes of tensors in a structure as plain tuples; None when there are none."""
    if isinstance(value, (Tensor, KerasTensor)):
        return tuple(value.shape)
    if isinstance(value, (list, tuple)) and value and _holds_arrays(value):
        return [_shapes(v) for v in value]
    if isinstance(value, dict) and value:
        return {k: _shapes(v) for k, v in value.items()}
    return None


def _holds_arrays(values):
    return any(
        isinstance(v, (Tensor, np.ndarray, KerasTensor, Variable))
        or (isinstance(v, (list, tuple)) and _holds_arrays(v))
        for v in values
    )


def _holds_numbers(values):
    first = values[0]
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    return isinstance(first, (int, float, np.number)) and not isinstance(first, bool)


def _renew(tensor):
    """A new KerasTensor equal to one that a layer passed through unchanged."""
    new = KerasTensor(tensor.shape, tensor.dtype, probes=tensor._probes)
    new._keras_mask = tensor._keras_mask
    return new


def _signature(cls):
    return inspect.signature(cls.__init__)


_signatures = {}


def _signature_of(function):
    found = _signatures.get(function)
    if found is None:
        found = _signatures[function] = inspect.signature(function)
    return found


class _Wants:
    """What a layer class's `call` takes, looked up once a class."""

    def __init__(self, cls):
        parameters = list(_signature_of(cls.call).parameters.values())[1:]
        names = [p.name for p in parameters]
        self.anything = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self.training, self.mask = "training" in names, "mask" in names
        self.plain = not self.anything
        self.names = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.training_default, self.training_position = None, None
        if self.training:
            default = parameters[names.index("training")].default
            self.training_default = None if default is inspect.Parameter.empty else default
            if "training" in self.names:
                self.training_position = self.names.index("training")
        self.makes_mask = cls.compute_mask is not Layer.compute_mask

    def name_arguments(self, args, kwargs):
        """The call's arguments by parameter name."""
        named = dict(zip(self.names, args))
        for i, a in enumerate(args[len(self.names) :]):
            named[f"args_{i}"] = a
        return {**named, **kwargs}


_wanted = {}


def _wants(cls):
    found = _wanted.get(cls)
    if found is None or found[0] is not cls.call:
        found = _wanted[cls] = (cls.call, _Wants(cls))
    return found[1]


class FunctionLayer(Layer):
    """A function of tensors as a layer: what a `tf` function on a KerasTensor becomes."""

    def __init__(self, function, name=None, **kwargs):
        path = getattr(function, "_public_path", None) or function
        if isinstance(path, str):
            function = PUBLIC[path]
        self._run = function
        self.function = path
        leaf = path.rsplit(".", 1)[-1] if isinstance(path, str) else function.__name__
        super().__init__(name=name or unique_name(leaf), autocast=False, **kwargs)
        self.built = True

    def call(self, *args, **kwargs):
        """Calls the function."""
        return self._run(*args, **kwargs)

    def _convert(self, value):
        return value


def _layer_of(function):
    leaf = getattr(function, "_public_path", function.__name__).rsplit(".", 1)[-1]
    title = "".join(part.title() for part in leaf.split("_"))
    cls = _function_classes.get(title)
    if cls is None:
        cls = _function_classes[title] = type(title, (FunctionLayer,), {"__module__": "function"})
    return cls(function)


_function_classes = {}
symbolic._function_layer.append(_layer_of)
