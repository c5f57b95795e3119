"""Layer, the base of all layers: how it is built and called; its losses, metrics and config."""

import inspect

import numpy as np

from ...autodiff.custom import recompute_grad
from ...base import nest
from ...base.dtypes import from_numpy
from ...base.errors import TraceBreak
from ...core.dispatch import current_trace, init_scope
from ...core.tensor import Tensor, convert_to_tensor
from ...core.variable import Variable
from ...function.autograph.gate import twin_in_trace
from ...graph.trace import Abstract
from ...ops import cast, reduce_sum
from ...ops.ragged import RaggedTensor
from ...ops.sparse import SparseTensor
from .. import policy, regularizers
from ..metrics import Mean
from ..quantization import configs
from ..registry import TENSOR_LIKE, auto_name, custom_object_scope, is_ours, serialize
from ..stateless import with_values
from ..tree import map_shape_structure
from .calls import (
    Node,
    Scope,
    context,
    holds_arrays,
    holds_numbers,
    is_array_like,
    legacy_shape,
    masks_of,
    renew,
    shapes_of,
    signature_of,
    wants_of,
    with_methods,
)
from .declared import Weight, is_building, weights_of
from .explain import explain_build, explain_call
from .ragged import on_padded, on_values
from .symbolic import KerasTensor, has_symbolic, infer
from .weights import WeightOwner

_LEGACY = {"input_shape", "input_dim", "batch_input_shape", "batch_shape", "batch_size", "weights"}
_LEGACY |= {"dynamic"}  # a layer that cannot be traced runs eagerly, told or not


class Replaceable(property):
    """A property in whose place a program's own layer may keep a value, as in Keras 3."""

    def __set_name__(self, owner, name):
        self.kept_as = name

    def __get__(self, instance, owner=None):
        own = () if instance is None else vars(instance)
        return own[self.kept_as] if self.kept_as in own else super().__get__(instance, owner)

    def __set__(self, instance, value):
        vars(instance)[self.kept_as] = value


def _without_batch(shapes):
    """A structure of shapes, each with None for its first size."""
    return map_shape_structure(lambda shape: shape and (None, *shape[1:]), shapes)


def _as_shapes(value):
    """A structure of shapes out of JSON, where tuples are lists."""
    return map_shape_structure(lambda shape: shape if shape is None else tuple(shape), value)


class Layer(WeightOwner):
    """The base of layers: a subclass makes weights in `build` and computes in `call`.

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

    name: str
    built: bool
    activity_regularizer: object

    supports_masking = False
    input_spec = None
    _ragged = "whole"  # how it takes RaggedTensors: see ragged.py
    dynamic, stateful, supports_jit = False, False, True
    _not_in_config = ("autocast", "weights")
    _policy_at_path = None
    _context_names = ()  # of arguments that calls hand on, besides `training`
    _built_at_once = False  # whether layers of the class, which has no weights, count as built

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
        if not isinstance(trainable, (bool, np.bool_)):
            raise ValueError(
                "Expected the `trainable` argument of a layer to be a boolean, received: "
                f"trainable={trainable!r}."
            )
        if not isinstance(name, str | None):
            raise ValueError(f"Argument `name` must be a string, got {name!r}.")
        vars(self).pop("supports_masking", None)  # set before, as in Keras it has no effect
        self.name = name or self._default_name()
        self._dtype_policy = policy.get(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.autocast = autocast
        self.built = self._built_at_once and type(self).build is Layer.build
        self._trainable = bool(trainable)
        self._inbound_nodes, self._uses, self._added_losses, self._added_metrics = [], [], [], []
        self._batch_input_shape = legacy_shape(kwargs)
        self._initial_weights = kwargs.get("weights")
        if kwargs.get("dynamic"):
            self.dynamic = True

    def _default_name(self):
        return auto_name(type(self).__name__)

    def __getattr__(self, name):
        if name in ("autocast", "built", "_dtype_policy", "_inbound_nodes", "_trainable"):
            raise RuntimeError(
                f"In layer {type(self).__name__!r}, you forgot to call `super().__init__()` as the "
                "first statement in its `__init__()`."
            )
        if name == "_layers":  # what programs of Keras 2 freeze layers by
            return self._flatten_layers(include_self=False, recursive=False)
        declared = getattr(type(self), name, None)
        if isinstance(declared, property):  # it raised AttributeError, and does so again
            return declared.fget(self)
        if isinstance(declared, Weight):
            raise AttributeError(
                f"Layer {self.name!r} has no {name!r} yet, since it is not built: call it on "
                "inputs, or build(input_shape), first."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # -- dtypes ------------------------------------------------------------------------------------

    @property
    def dtype_policy(self):
        """In which dtypes the layer keeps its weights and computes; settable, also by a name."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value):
        asked = policy.get(value)
        held = self._dtype_policy
        if isinstance(held, policy.DTypePolicyMap) and self.built:
            if self.path in held:
                del held[self.path]
            held[self.path] = self._policy_at_path = asked
        elif asked.quantization_mode is not None and self.built and self.quantization_mode is None:
            if asked.quantization_mode in ("gptq", "awq"):
                raise ValueError(
                    f"Implicitly enabling {asked.quantization_mode.upper()} quantization by "
                    "setting `dtype_policy` is not supported, since it looks at data: call "
                    "model.quantize(config=...)."
                )
            self.quantize(asked.quantization_mode)
        else:
            self._dtype_policy = asked

    dtype = property(lambda self: self.variable_dtype, doc="The dtype of the weights.")
    input_dtype = property(lambda self: self.compute_dtype, doc="What float inputs are cast to.")
    variable_dtype = property(lambda self: self._policy.variable_dtype, doc="Of weights.")
    compute_dtype = property(lambda self: self._policy.compute_dtype, doc="Of computation.")
    quantization_mode = property(
        lambda self: self._policy.quantization_mode, doc='"int8", ...; None for floats.'
    )

    @property
    def _policy(self):
        """The policy; of a map of policies, once the layer is built, the one at its path."""
        return self._policy_at_path or self.dtype_policy

    _compute_dtype = property(lambda self: self.compute_dtype, doc="Keras 2's name of it.")

    def _find_policy(self):
        if isinstance(self.dtype_policy, policy.DTypePolicyMap):
            self._policy_at_path = self.dtype_policy["/".join(self._path())]

    # -- building ----------------------------------------------------------------------------------

    def build(self, input_shape=None):
        """Makes the weights that the class declares; a subclass may override it to make others.

        It runs once: by hand, or before the first `call`, with the inputs' shapes.
        """
        for weight in weights_of(type(self)):
            weight.make(self, input_shape)

    def _build_at_init(self):  # Keras's name, which layers without `build` of their own call
        self.built = True

    def _build_for(self, arguments):
        """Builds from the shapes of call's arguments, outside of any trace or tape."""
        if is_building(self):  # its `build` calls the layer itself
            return
        shapes = {k: shapes_of(v) for k, v in arguments.items()}
        shapes = {k: v for k, v in shapes.items() if v is not None}
        parameters = list(signature_of(type(self).build).parameters.values())[1:]
        places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        if parameters and parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:  # *args: of one
            parameters, places = parameters[:1], (inspect.Parameter.VAR_POSITIONAL,)
        taken = {p.name: p.default is p.empty for p in parameters if p.kind in places}
        given = shapes if is_ours(type(self)) else with_methods(shapes)
        found = {n: given[k] for n in taken if (k := n.removesuffix("_shape")) in given}
        try:
            if len(taken) == 1 or any(needed and n not in found for n, needed in taken.items()):
                self.build(next(iter(given.values()), None))
            else:
                self.build(**found)
        except TraceBreak:
            raise
        except Exception as error:
            explain_build(error, self, shapes)
            raise
        self.built = True
        if type(self).build is not Layer.build or weights_of(type(self)):
            self._keep_build_shapes(shapes)

    def _keep_build_shapes(self, shapes):
        """Keeps shapes for summary(), where no symbolic call tells the output: without the size of
        the batch where fit or its like build for all sizes of it."""
        if isinstance(current_trace(), Abstract):
            shapes = _without_batch(shapes)
        self._build_shapes = shapes

    @property
    def path(self):
        """The names of the layers that it was built in, and its own, joined by "/"."""
        return self.__dict__.get("_built_path") or self.name

    def get_build_config(self):
        """The shapes that the layer was built for: `build_from_config` builds an equal one for
        them. None where it is not built."""
        given = self.__dict__.get("_build_arguments")
        if given is None:
            return None
        return (
            {"input_shape": next(iter(given.values()), None)}
            if len(given) < 2
            else {"shapes_dict": given}
        )

    def build_from_config(self, config):
        """Builds for the shapes that `get_build_config` returned."""
        if not config:
            return
        if "shapes_dict" in config:
            self.build(
                **{name: _as_shapes(shapes) for name, shapes in config["shapes_dict"].items()}
            )
        else:
            self.build(_as_shapes(config["input_shape"]))

    # -- calling -----------------------------------------------------------------------------------

    def call(self, *args, **kwargs):
        """Computes the outputs; subclasses override it. A plain Layer gives its input, as in
        Keras 2."""
        if type(self) is not Layer:
            self._lacks("call")
        return args[0]

    _convert_input_args = True  # False: `call` gets them as they are given

    def __call__(self, *args, **kwargs):
        if self._context_names and context.call_arguments[0] is not self:
            with _CallArguments(self, kwargs):
                return self(*args, **kwargs)
        wants = wants_of(type(self))
        if wants.plain and len(args) == 1 and not kwargs and args[0].__class__ is Tensor:
            inputs = (self._convert_leaf(args[0]),)
        elif self._convert_input_args:
            inputs = tuple([self._convert(a) for a in args])
            kwargs = {k: self._convert(v) for k, v in kwargs.items()}
        else:
            inputs = args
        symbolic_call = has_symbolic(inputs) or (bool(kwargs) and has_symbolic(kwargs))
        self._check_inputs(inputs)
        if not self.built:
            self._build_for(wants.name_arguments(inputs, kwargs))
            self._check_inputs(inputs)
        training = _training(args, kwargs, wants)
        if symbolic_call:
            return self._symbolic_call(inputs, kwargs, training)
        return self._eager_call(inputs, kwargs, training, wants)

    def _register_call_context_args(self, *names):
        """Names arguments that a call hands on, as it does `training`, to the layers within that
        name them too: those need not take them on the way."""
        self._context_names = (*self._context_names, *names)

    _call_context_args = property(lambda self: {"training", *self._context_names})

    @property
    def call_signature_parameters(self):
        """The names of the arguments of `call`."""
        return [name for name in signature_of(type(self).call).parameters][1:]

    def symbolic_call(self, *args, **kwargs):
        """The KerasTensors that a call on KerasTensors returns."""
        return self.compute_output_spec(*args, **kwargs)

    def rematerialized_call(self, layer_call, *args, **kwargs):
        """The function `layer_call`, computed again in the backward pass; `args` are not used."""
        return recompute_grad(layer_call)

    def stateless_call(
        self,
        trainable_variables,
        non_trainable_variables,
        *args,
        return_losses=False,
        **kwargs,
    ):
        """Calls the layer with other values of its variables, which stay as they are.

        Args:
          trainable_variables, non_trainable_variables: values for the variables of these names.
          *args, **kwargs: what the layer is called on.
          return_losses: whether to return the list of `losses` as well.

        Returns:
          The outputs, and the list of new values of the non-trainable variables.

        Raises:
          ValueError: the layer is not built, or another number of values.

        Example:
        >>> layer = tf.keras.layers.Dense(1)
        >>> layer.build((None, 2))
        >>> layer.stateless_call([tf.ones([2, 1]), tf.zeros([1])], [], tf.ones([1, 2]))[0].numpy()
        array([[2.]], dtype=float32)
        """
        if not self.built:
            raise ValueError(
                f"To call stateless_call, {type(self).__name__} must be built (i.e. its variables "
                "must have been already created). You can build it by calling it on some data."
            )
        given = {
            "trainable_variables": list(trainable_variables),
            "non_trainable_variables": list(non_trainable_variables),
        }
        variables = {name: getattr(self, name) for name in given}
        for name, values in given.items():
            if len(values) != len(variables[name]):
                raise ValueError(
                    f"Argument `{name}` must be a list of values, one for each of the "
                    f"`{name}` of layer {self.name!r}: it has {len(variables[name])}, received "
                    f"{len(values)}."
                )
        trained, others = variables.values()
        (outputs, losses), after = with_values(
            [*trained, *others],
            [*given["trainable_variables"], *given["non_trainable_variables"]],
            lambda: (self(*args, **kwargs), self.losses if return_losses else None),
        )
        after = after[len(trained) :]
        return (outputs, after, losses) if return_losses else (outputs, after)

    def _eager_call(self, inputs, kwargs, training, wants):
        """Runs `call` within the layer's scope, then masks and activity regularization."""
        if context.depth == 0 and context.added_losses:
            self._clear_losses()
        if inputs and inputs[0].__class__ is RaggedTensor and self._ragged != "whole":
            return self._ragged_call(inputs[0], inputs[1:], kwargs, training, wants)
        first = inputs[0] if inputs else kwargs.get(wants.names[0]) if wants.names else None
        mask = masks_of(first)
        if wants.mask:
            if kwargs.get("mask") is not None:
                mask = kwargs["mask"]
            elif mask is not None:
                kwargs["mask"] = mask
        if wants.masks:
            wants.add_masks(inputs, kwargs)
        with Scope(self, training):
            try:
                outputs = twin_in_trace(self.call)(*inputs, **kwargs)
            except TraceBreak:
                raise
            except Exception as error:
                explain_call(error, self, inputs, kwargs)
                raise
            if context.distribution is not None:
                outputs = context.distribution._result(outputs, "/".join(context.path))
            if self.activity_regularizer is not None:
                for out in nest.flatten(outputs):
                    if isinstance(out, Tensor):
                        self.add_loss(self.activity_regularizer(out) / max(out._shape[0], 1))
        if self.supports_masking and (mask is not None or wants.makes_mask):
            self._set_mask(first, outputs, mask)
        return outputs

    def _ragged_call(self, x, more, kwargs, training, wants):
        def run(dense, mask=None):
            given = kwargs if mask is None else {**kwargs, "mask": mask}
            return self._eager_call((dense, *more), given, training, wants)

        return on_values(x, run) if self._ragged == "values" else on_padded(self, x, run)

    def _set_mask(self, inputs, outputs, mask):
        if mask is None and isinstance(inputs, (list, tuple)) and not is_ours(type(self)):
            mask = [None] * len(inputs)  # Keras has a mask or None for each
        mask = self.compute_mask(inputs, mask)
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
        if isinstance(value, (list, tuple)) and value and holds_arrays(value):
            parts = map(self._convert, value)
            return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
        if isinstance(value, dict):
            return {k: self._convert(v) for k, v in value.items()}
        if isinstance(value, SparseTensor) and self.autocast and value.dtype.is_floating:
            return cast(value, self.compute_dtype)
        if isinstance(value, (list, tuple)) and value and holds_numbers(value):
            return self._convert_leaf(convert_to_tensor(value))
        if is_array_like(value):
            return self._convert_leaf(np.asarray(value))
        if isinstance(value, (*TENSOR_LIKE,)) and is_ours(type(self).call):
            return self._convert_leaf(convert_to_tensor(value))
        return value

    def _convert_leaf(self, value):
        if isinstance(value, KerasTensor):  # cast in each call: models have no layers for it
            return value
        if isinstance(value, np.ndarray):
            if value.dtype.kind in "f" and self.autocast:
                return convert_to_tensor(value, self.compute_dtype)
            value = convert_to_tensor(value)
        elif isinstance(value, Variable):
            value = value._read()
        floats = self.autocast and value._dtype.kind in "fV"
        if floats and from_numpy(value._dtype).name != self.compute_dtype:
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
        wants = wants_of(type(self))

        def run(*args, **named):
            args = tuple(map(self._convert, args))
            named = {name: self._convert(value) for name, value in named.items()}
            return self._eager_call(args, named, training, wants)

        try:
            outputs = infer(run, inputs, kwargs)
        except TraceBreak:
            outputs = self._declared_outputs(run, inputs, kwargs)
        outputs = nest.map_structure(
            lambda t: renew(t) if any(t is leaf for leaf in nest.flatten(inputs)) else t, outputs
        )
        kwargs = {k: v for k, v in kwargs.items() if k != "training" or v is not context.training}
        if kwargs.get("training", 0) == wants.training_default:
            kwargs.pop("training", None)
        Node(self, inputs, kwargs, outputs)
        return outputs

    def _declared_outputs(self, run, inputs, kwargs):
        """The outputs as the layer's own compute_output_spec or compute_output_shape tells them, or
        with sizes of the data left open."""
        if not is_ours(self.compute_output_spec):
            return self.compute_output_spec(*inputs, **kwargs)
        if not hasattr(self, "compute_output_shape") or (
            type(self).compute_output_shape is Layer.compute_output_shape
            or getattr(self, "_declared_shape", ()) is None  # a Lambda, which would call itself
        ):
            try:
                return infer(run, inputs, kwargs, any_size=True)
            except TraceBreak as stop:
                raise ValueError(
                    f"Layer {self.name!r}: its output shape cannot be inferred, since {stop}. "
                    "Define compute_output_shape(input_shape) in the layer, or pass output_shape "
                    "to the Lambda."
                ) from None
        shape = self.compute_output_shape(with_methods(shapes_of(inputs[0])))
        return _tensors_of(shape, self.compute_dtype)

    def compute_output_shape(self, input_shape, *args, **kwargs):
        """The shape of the outputs for inputs of a shape (or a structure of shapes)."""
        if type(self).call is Layer.call:
            self._lacks("compute_output_shape")
        inputs = map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), input_shape)
        own = type(self).compute_output_spec is not Layer.compute_output_spec
        outputs = self.compute_output_spec(inputs) if own else self._spec_by_call(inputs)
        return nest.map_structure(lambda t: tuple(t.shape), outputs)

    def compute_output_spec(self, *args, **kwargs):
        """The KerasTensors that a call on KerasTensors returns; in a layer of a program that has a
        `compute_output_shape`, as that says."""
        tells = self.compute_output_shape
        if is_ours(tells) or len(args) != 1 or kwargs:
            return self._spec_by_call(*args, **kwargs)
        return _tensors_of(tells(shapes_of(args[0])), self.compute_dtype)

    def _spec_by_call(self, *args, **kwargs):
        count = len(self._inbound_nodes)
        outputs = self(*args, **kwargs)
        del self._inbound_nodes[count:]
        return outputs

    def quantize(self, mode=None, type_check=True, config=None):
        """Replaces weights by numbers of fewer bits, where a layer can (`keras.quantizers`)."""
        if not self.built:
            raise ValueError(
                f"Cannot quantize a layer that isn't yet built. Layer '{self.name}' (of type "
                f"'{type(self).__name__}') is not built yet."
            )
        configs.resolve(mode, config)
        self._lacks("quantize")

    def quantized_build(self, input_shape, mode):
        """Makes the variables of a quantized layer; layers that can be quantized override it."""
        self._lacks("quantized_build")

    def quantized_call(self, *args, **kwargs):
        """Computes the outputs of a quantized layer; layers that can be quantized override it."""
        self._lacks("quantized_call")

    def _lacks(self, method):
        raise NotImplementedError(
            f"Layer {type(self).__name__} does not have a `{method}` method implemented."
        )

    # -- losses and metrics ------------------------------------------------------------------------

    def add_loss(self, loss, inputs=None):
        """Adds a scalar (or a list of them) to the loss of the model that contains the layer.

        Args:
          loss: what a call adds lasts until the next one; a function without arguments is asked
            whenever the loss is computed.
          inputs: Keras 2's, what the loss depends on; of no effect.

        Raises:
          ValueError: a symbolic tensor, which only a functional model can take.
        """
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            if isinstance(value, KerasTensor):
                raise ValueError(
                    f"add_loss of {value!r} to layer {self.name!r}: a symbolic tensor is added to "
                    "the functional model that computes it. In a layer, call self.add_loss within "
                    "call()."
                )
            if callable(value) and not isinstance(value, (Tensor, Variable)):
                self.__dict__.setdefault("_callable_losses", []).append(value)
                continue
            value = convert_to_tensor(value)
            self._added_losses.append(value if not value._shape else reduce_sum(value))
            context.added_losses = True

    def add_metric(self, value, name=None, aggregation=None):
        """Keras 2's way to have the mean of a value in the logs: called within `call`.

        Args:
          value: a tensor.
          name: the metric's name; needed, but for what a metric of the layer's own has returned.
          aggregation: "mean" or None, which both mean it.

        Raises:
          ValueError: no name.
        """
        if name is None and any(m is getattr(value, "_metric_obj", None) for m in self._parts()[2]):
            return  # it is in the logs already
        if name is None:
            raise ValueError(
                "Please provide a name for your metric like self.add_metric(tf.reduce_sum(inputs), "
                'name="mean_activation").'
            )
        if aggregation not in (None, "mean"):
            raise ValueError(f"`aggregation` must be 'mean' or None, got {aggregation!r}.")
        metric = next((m for m in self._added_metrics if m.name == name), None)
        if metric is None:
            with init_scope():
                metric = Mean(name=name)
            self._added_metrics.append(metric)
        if current_trace() is not None or not isinstance(value, KerasTensor):
            metric.update_state(value)

    def add_update(self, updates, inputs=None):
        """Keras 2's way to tell what else a call does: assignments, which are done when they are
        told; functions, which are called; or pairs of a variable and its new value.

        Args:
          updates: one of these, or a list of them; functions are not called where the layer is
            frozen.
          inputs: Keras 2's, what the updates depend on; of no effect.
        """
        for update in updates if isinstance(updates, list) else [updates]:
            if isinstance(update, tuple):
                update[0].assign(update[1])
            elif self.trainable and callable(update) and not isinstance(update, (Tensor, Variable)):
                update()

    updates = state_updates = property(lambda self: [], doc="Keras 2's: none are left to do.")

    def _clear_losses(self):
        for layer in self._flatten_layers():
            layer._added_losses.clear()

    @property
    def losses(self):
        """What `add_loss` and regularizers add to the model's loss, as a list of scalars."""
        layers = self._flatten_layers()
        added = [loss for layer in layers for loss in layer._added_losses]
        trace = current_trace()  # what was added in another one has no value, or none any more
        found = [loss for loss in added if loss.is_eager or loss._trace is trace]
        for layer in layers:
            found += [convert_to_tensor(make()) for make in vars(layer).get("_callable_losses", ())]
        for v in self.trainable_weights:
            regularizer = getattr(v, "regularizer", None)
            if regularizer is not None:
                found.append(regularizer(v))
        return found

    @Replaceable
    def submodules(self):
        """The layers below this one."""
        return tuple(self._flatten_layers(include_self=False))

    @property
    def metrics(self):
        """The metrics that this layer and those below keep, but for a model's mean of its loss,
        which is a result of that model's own training."""
        unique = {}
        for layer, (_, _, metrics) in self._walk():
            for m in metrics:
                if m is not getattr(layer, "_loss_tracker", None):
                    unique.setdefault(id(m), m)
        return list(unique.values())

    # -- as part of a functional model -------------------------------------------------------------

    def _node_tensors(self, what, node_index=0):
        if not self._inbound_nodes:
            raise AttributeError(
                f"The layer {self.name} has never been called and thus has no defined {what}."
            )
        node = self._inbound_nodes[node_index]
        if what == "output":
            return node.outputs
        tensors = node.input_tensors
        return tensors[0] if len(tensors) == 1 else tensors

    input = property(
        lambda self: self._node_tensors("input"), doc="The KerasTensor it was called on."
    )
    output = property(lambda self: self._node_tensors("output"), doc="The KerasTensor it returned.")
    input_shape = Replaceable(
        lambda self: nest.map_structure(lambda t: tuple(t.shape), self.input), doc="Of the input."
    )
    output_shape = Replaceable(
        lambda self: nest.map_structure(lambda t: tuple(t.shape), self.output), doc="Of the output."
    )
    inbound_nodes = Replaceable(lambda self: self._inbound_nodes, doc="Its uses in models.")
    outbound_nodes = Replaceable(
        lambda self: [node for use in self._uses if (node := use()) is not None],
        doc="The uses of other layers that take what it returned, as of Keras 2.",
    )
    _outbound_nodes = outbound_nodes
    input_mask = property(lambda self: masks_of(self.input), doc="The mask of its input.")
    output_mask = property(lambda self: masks_of(self.output), doc="The mask of its output.")
    _name = property(
        lambda self: self.name,
        lambda self, value: setattr(self, "name", value),
        doc="The name, which programs for Keras 2 change by this one.",
    )

    def get_input_at(self, node_index) -> "KerasTensor":
        """The KerasTensor of one of its uses in models, as of Keras 2; its kin likewise."""
        return self._node_tensors("input", node_index)

    def get_output_at(self, node_index) -> "KerasTensor":
        """The KerasTensor that it returned there."""
        return self._node_tensors("output", node_index)

    def get_input_shape_at(self, node_index) -> "tuple":
        """The shape of `get_input_at`."""
        return nest.map_structure(lambda t: tuple(t.shape), self.get_input_at(node_index))

    def get_output_shape_at(self, node_index) -> "tuple":
        """The shape of `get_output_at`."""
        return nest.map_structure(lambda t: tuple(t.shape), self.get_output_at(node_index))

    def _argument(self, name, owner):
        # A class that keeps its arguments has them as attributes; of others get_config takes what
        # was passed, as Keras does: `self.blocks` may be the layers made of the number `blocks`.
        keeps = getattr(owner, "_keeps_arguments", False)
        passed = {} if keeps else self.__dict__.get("_passed", {})
        return passed[name] if name in passed else super()._argument(name, owner)

    def get_config(self):
        """The constructor's arguments, as plain data.

        Raises:
          NotImplementedError: an argument that neither is plain data nor was kept as an attribute.
        """
        config = super().get_config()
        if config.get("activity_regularizer", 0) is None:
            del config["activity_regularizer"]
        own = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": serialize(self.dtype_policy),
        }
        return {**own, **config, **own}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer from what `get_config` returned.

        Args:
          config: what `get_config` returned; the layer's name and whether it trains also where
            its constructor does not take them.
          custom_objects: further classes and functions that the config names.
        """
        taken = inspect.signature(cls.__init__).parameters.values()
        told = {"name", "trainable", "dtype"}.intersection(config) - {p.name for p in taken}
        if told and not any(p.kind is p.VAR_KEYWORD for p in taken):
            layer = cls.from_config({k: config[k] for k in config if k not in told}, custom_objects)
            layer._name = config.get("name", layer.name)
            layer.trainable = config.get("trainable", True)
            return layer
        with custom_object_scope(custom_objects or {}):
            if isinstance(config.get("dtype"), dict):
                config = {**config, "dtype": policy.argument_of(config["dtype"])}
            return super().from_config(config)

    def _again(self):
        """A layer like this one, with fresh weights; functions and classes go with it as they
        are."""
        with self._knowing_its_parts():
            return type(self).from_config(self.get_config())

    def _knowing_its_parts(self):
        """A scope in which configs of this layer find its functions, and classes of layers."""
        live = {}
        for layer in self._flatten_layers():
            live.update(layer._functions(), **{type(layer).__name__: type(layer)})
        return custom_object_scope(live)

    def _functions(self):
        """The functions that configs only name, by the names under which `from_config` looks."""
        return {}

    def __getstate__(self):
        # models know the layers' uses, and make them again; what was added in a call is its own
        return {**self.__dict__, "_inbound_nodes": [], "_uses": [], "_added_losses": []}

    def __repr__(self):
        built = f", built={self.built}" if self.__dict__.get("name") else ""
        return f"<{type(self).__name__} name={self.__dict__.get('name')}{built}>"


# A class that overrides compute_mask makes masks of its own, and lacks this mark.
Layer.compute_mask.passes_on = True


def _signature(cls):
    return inspect.signature(cls.__init__)


class _CallArguments:
    """A context in which a layer's call, and those within, see what the call was given for the
    arguments of `_register_call_context_args`; `kwargs` are left with what `call` takes."""

    def __init__(self, layer, kwargs):
        names, taken = layer._context_names, signature_of(type(layer).call).parameters
        given = {n: v for n in names if (v := kwargs.get(n)) is not None}
        self.values = {**context.call_arguments[1], **given}
        self.layer = layer
        for name in names:
            kwargs.pop(name, None)
            if name in taken and name in self.values:
                kwargs[name] = self.values[name]

    def __enter__(self):
        self.outer = context.call_arguments
        context.call_arguments = (self.layer, self.values)

    def __exit__(self, *exc):
        context.call_arguments = self.outer


def _training(args, kwargs, wants):
    """The `training` of a call: what it was given, else the caller's, else `call`'s default.

    It is put into `kwargs`, or taken out, as `call` wants it.
    """
    positional = wants.training_position is not None and wants.training_position < len(args)
    training = args[wants.training_position] if positional else kwargs.get("training")
    if training is None:
        training = context.training if context.training is not None else wants.training_default
    if not wants.training:
        if not wants.anything:
            kwargs.pop("training", None)
    elif not positional and (wants.needs_training or training is not None):
        kwargs["training"] = training
    return training


def _tensors_of(shapes, dtype):
    """KerasTensors of a structure of shapes."""
    return map_shape_structure(lambda shape: KerasTensor(tuple(shape), dtype), shapes)
