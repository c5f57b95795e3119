"""How layers are called: the scope of a call, what `call` takes, the shapes of its arguments."""

import inspect
import weakref

import numpy as np

from ...base import nest
from ...base.context import context
from ...base.shapes import TensorShape
from ...core.composite import CompositeTensor
from ...core.tensor import Tensor, convert_to_tensor
from ...core.variable import Variable
from ...ops import identity
from ...ops.ragged import RaggedTensor
from ...ops.sparse import SparseTensor
from ..tree import map_shape_structure
from .symbolic import KerasHistory, KerasTensor


class Scope:
    """Enters a layer: its name joins the path of variables, its `training` is passed down."""

    __slots__ = ("layer", "outer", "training")

    def __init__(self, layer, training):
        self.layer, self.training = layer, training

    def __enter__(self):
        self.outer = context.training, context.path
        context.depth += 1
        context.training = self.training
        if "_builder" not in self.layer.__dict__:  # else `build` calls the layer, and is in it
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
        self.output_tensors = [
            leaf for leaf in nest.flatten(outputs) if isinstance(leaf, KerasTensor)
        ]
        for i, tensor in enumerate(self.output_tensors):
            tensor._keras_history = KerasHistory((operation, self.index, i))
        for source in {id(t): t._keras_history for t in self.input_tensors}.values():
            if source is not None:
                uses = source[0]._uses
                uses.append(weakref.ref(self, uses.remove))

    @property
    def parents(self):
        """The nodes whose results this one takes."""
        return [t._keras_history[0]._inbound_nodes[t._keras_history[1]] for t in self.input_tensors]

    # Keras 2's names
    layer = outbound_layer = property(lambda self: self.operation)
    parent_nodes = property(lambda self: self.parents)

    @property
    def inbound_layers(self):
        """The layers whose results this one takes; of one the layer itself, as in Keras 2."""
        found = [t._keras_history[0] for t in self.input_tensors]
        return found[0] if len(found) == 1 else found


def legacy_shape(kwargs):
    """The batch shape that Keras 2's constructor arguments declare, or None."""
    batch = kwargs.get("batch_size")
    for name in ("batch_input_shape", "batch_shape"):
        if kwargs.get(name) is not None:
            return tuple(kwargs[name])
    if kwargs.get("input_shape") is not None:
        shape = kwargs["input_shape"]
        return (batch, *(shape if np.iterable(shape) else (shape,)))
    return (batch, kwargs["input_dim"]) if kwargs.get("input_dim") is not None else None


def shapes_of(value):
    """The shapes of tensors in a structure as plain tuples; None when there are none."""
    if isinstance(value, (Tensor, KerasTensor, RaggedTensor, SparseTensor)):
        return tuple(value.shape)
    if isinstance(value, (list, tuple)) and value and holds_arrays(value):
        shapes = [shapes_of(v) for v in value]
        return type(value)(*shapes) if hasattr(value, "_fields") else shapes
    if isinstance(value, dict) and value:
        return {k: shapes_of(v) for k, v in value.items()}
    return None


def with_methods(shapes):
    """What `shapes_of` gives, with TensorShapes for tuples: Keras 2 gave these to `build`."""
    return map_shape_structure(lambda shape: shape if shape is None else TensorShape(shape), shapes)


def sizes_of(x):
    """The shape of a dense or sparse tensor as ints and Dims."""
    return x._sizes if isinstance(x, SparseTensor) else x._shape


def holds_arrays(values):
    """Whether a structure holds NumPy arrays."""
    return any(
        isinstance(v, (Tensor, np.ndarray, KerasTensor, SparseTensor, Variable))
        or (holds_arrays(v) if isinstance(v, (list, tuple)) else is_array_like(v))
        for v in values
    )


def is_array_like(value):
    """Whether it is another library's array, as a column of pandas is."""
    return hasattr(value, "__array__") and not isinstance(value, (np.generic, CompositeTensor))


def holds_numbers(values):
    """Whether a structure holds Python numbers."""
    first = values[0]
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    return isinstance(first, (int, float, np.number)) and not isinstance(first, bool)


def renew(tensor):
    """A new KerasTensor equal to one that a layer passed through unchanged."""
    new = KerasTensor(tensor.shape, tensor.dtype, tensor.sparse, tensor.ragged, inner=tensor._inner)
    new._keras_mask = tensor._keras_mask
    return new


def with_masks(inputs, masks):
    """Inputs for the layers within a layer, which carry the masks that this one was given.

    Args:
      inputs: a structure of tensors; those that lack their mask are copied, to leave the caller's.
      masks: None, or a structure like it of masks and None.
    """
    if masks is None:
        return inputs
    if isinstance(inputs, dict):
        return {key: with_masks(x, masks.get(key)) for key, x in inputs.items()}
    if isinstance(inputs, list | tuple):
        return [with_masks(x, mask) for x, mask in zip(inputs, masks, strict=True)]
    if getattr(inputs, "_keras_mask", None) is not masks:
        inputs = identity(inputs)
        inputs._keras_mask = convert_to_tensor(masks)
    return inputs


def masks_of(value):
    """The masks that the tensors of a list or tuple carry; None where none does."""
    if value.__class__ not in (list, tuple):
        return getattr(value, "_keras_mask", None)
    masks = [getattr(t, "_keras_mask", None) for t in value]
    return type(value)(masks) if any(m is not None for m in masks) else None


_signatures = {}


def signature_of(function):
    """What a layer's `call` takes, kept for the next call."""
    found = _signatures.get(function)
    if found is None:
        found = _signatures[function] = inspect.signature(function)
    return found


class _Wants:
    """The optional arguments that the `call` of a class of layers takes."""

    def __init__(self, cls):
        parameters = list(signature_of(cls.call).parameters.values())[1:]
        names = [p.name for p in parameters]
        self.anything = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self.training, self.mask = "training" in names, "mask" in names
        self.plain = not self.anything
        self.names = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.training_default, self.training_position = None, None
        self.needs_training = False
        if self.training:
            default = parameters[names.index("training")].default
            self.needs_training = default is inspect.Parameter.empty  # as layers of Keras 2 may
            self.training_default = None if self.needs_training else default
            if "training" in self.names:
                self.training_position = self.names.index("training")
        # Keras's names: the mask of the argument `query` is the argument `query_mask`
        self.masks = [(n, f"{n}_mask") for n in names if f"{n}_mask" in names]
        self.makes_mask = not getattr(cls.compute_mask, "passes_on", False)

    def name_arguments(self, args, kwargs):
        """The call's arguments by parameter name."""
        named = dict(zip(self.names, args))
        for i, a in enumerate(args[len(self.names) :]):
            named[f"args_{i}"] = a
        return {**named, **kwargs}

    def add_masks(self, args, kwargs):
        """Puts the masks that tensors carry among the arguments that `call` takes."""
        given = self.name_arguments(args, kwargs)
        for name, mask_name in self.masks:
            mask = masks_of(given.get(name))
            if mask is not None and given.get(mask_name) is None:
                kwargs[mask_name] = mask


_wanted = {}


def wants_of(cls):
    """The `_Wants` of a class, kept for its next call."""
    found = _wanted.get(cls)
    if found is None or found[0] is not cls.call:
        found = _wanted[cls] = (cls.call, _Wants(cls))
    return found[1]
