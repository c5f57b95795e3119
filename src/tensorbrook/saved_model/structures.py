"""StructuredValue messages as Python values: signatures, defaults, results of saved functions."""

from inspect import FullArgSpec
from operator import itemgetter

from ..base.shapes import TensorShape
from ..core.composite import CompositeTensor, TypeSpec
from ..core.dispatch import tensor_of
from ..core.spec import TensorSpec
from ..core.tensor import Tensor, convert_to_tensor
from ..core.variable import Variable
from ..ops.indexed_slices import IndexedSlicesSpec
from ..ops.ragged import RaggedTensorSpec
from ..ops.sparse import SparseTensorSpec
from .op_table import RESOURCE, VARIANT
from .reading.checks import dtype_of, refuse, shape_of_proto

_SPECS = {1: SparseTensorSpec, 2: IndexedSlicesSpec, 3: RaggedTensorSpec}
_ITERATOR = 6


class HandleSpec:
    """Stands in signatures for a table or another value that no tensor holds."""


_NAMED = {("FullArgSpec", FullArgSpec._fields): FullArgSpec}


def named_tuple(name, fields):
    """A class of named tuples, made without compiling anything, as collections.namedtuple would."""
    if (name, fields) not in _NAMED:
        parts = {field: property(itemgetter(number)) for number, field in enumerate(fields)}
        parts |= {
            "__slots__": (),
            "_fields": fields,
            "__new__": lambda cls, *values: tuple.__new__(cls, values),
            "_make": classmethod(tuple.__new__),
            "_asdict": lambda self: dict(zip(fields, self)),
        }
        _NAMED[name, fields] = type(name, (tuple,), parts)
    return _NAMED[name, fields]


class Decoder:
    """Makes Python values of the messages of one file.

    Args:
      path: the file, for messages.
    """

    def __init__(self, path):
        self.path = path

    def value(self, message):
        """The value of a StructuredValue.

        Raises:
          InvalidArgumentError: it holds no value.
          NotImplementedError: a kind of value that is not built.
        """
        kind = message.WhichOneof("kind")
        held = None if kind is None else getattr(message, kind)
        if kind in ("none_value", None):
            return None
        if kind in ("float64_value", "int64_value", "string_value", "bool_value"):
            return held
        if kind in ("list_value", "tuple_value"):
            found = [self.value(item) for item in held.values]
            return found if kind == "list_value" else tuple(found)
        if kind == "dict_value":
            return {key: self.value(item) for key, item in sorted(held.fields.items())}
        if kind == "named_tuple_value":
            return self._named_tuple(held)
        if kind == "tensor_shape_value":
            return self._shape(held)
        if kind == "tensor_dtype_value":
            return self._dtype(held)
        if kind in ("tensor_spec_value", "bounded_tensor_spec_value"):
            if held.dtype in (RESOURCE, VARIANT):
                return HandleSpec()
            return TensorSpec(self._shape(held.shape), self._dtype(held.dtype), held.name or None)
        if kind == "type_spec_value":
            return self._spec(held)
        raise NotImplementedError(f"{self.path}: a signature holds a {kind}, which is not built.")

    def _dtype(self, number):
        return dtype_of(number, self.path, "a signature")

    def _shape(self, proto):
        return TensorShape(shape_of_proto(proto, self.path, "a signature"))

    def _named_tuple(self, held):
        names = [pair.key for pair in held.values]
        plain = all(n.isidentifier() and n[0] != "_" for n in (held.name, *names))
        if not plain or len(set(names)) < len(names):
            refuse(self.path, "a signature", f"has a named tuple {held.name!r} of {names[:8]}")
        values = (self.value(pair.value) for pair in held.values)
        return named_tuple(held.name, tuple(names))(*values)

    def _spec(self, held):
        if held.type_spec_class == _ITERATOR:  # Keras 2's layers that adapt take one
            return HandleSpec()
        if held.type_spec_class not in _SPECS:
            raise NotImplementedError(
                f"{self.path}: a signature has a {held.type_spec_class_name or 'type'} "
                f"(class {held.type_spec_class}), which is not built."
            )
        try:
            return _SPECS[held.type_spec_class](*self.value(held.type_state))
        except (TypeError, ValueError) as fault:
            refuse(self.path, "a signature", f"has a type that is none ({fault})")


def as_tensor(value, spec, convert):
    """A value as a tensor that fits a TensorSpec; None where it does not."""
    if isinstance(value, CompositeTensor):
        return None
    if not isinstance(value, Tensor | Variable):
        if not convert or value is None or isinstance(value, dict):
            return None
        try:
            value = convert_to_tensor(value, spec.dtype)
        except (TypeError, ValueError):
            return None
    tensor = tensor_of(value)
    return tensor if spec.is_compatible_with(tensor) else None


def flat_inputs(spec, value, convert):
    """The tensors of a value that fits a structure of specs; None where it does not.

    Args:
      spec: TensorSpecs, TypeSpecs and plain values, in a structure.
      convert: whether numbers and arrays may become tensors.
    """
    if isinstance(spec, TensorSpec):
        tensor = as_tensor(value, spec, convert)
        return None if tensor is None else [tensor]
    if isinstance(spec, TypeSpec):
        given = getattr(value, "_type_spec", None)
        fits = given is not None and spec.is_compatible_with(given)
        return given._to_components(value) if fits else None
    if isinstance(spec, dict):
        if not isinstance(value, dict) or value.keys() != spec.keys():
            return None
        return _all_flat(((spec[key], value[key]) for key in sorted(spec)), convert)
    if isinstance(spec, list | tuple):
        if not isinstance(value, list | tuple) or len(value) != len(spec):
            return None
        return _all_flat(zip(spec, value), convert)
    same = type(spec) is type(value) and spec == value
    return [] if spec is value or same or _equal_numbers(spec, value) else None


def _equal_numbers(a, b):
    plain = (int, float, str)
    return isinstance(a, plain) and isinstance(b, plain) and a == b


def _all_flat(pairs, convert):
    found = []
    for spec, value in pairs:
        flat = flat_inputs(spec, value, convert)
        if flat is None:
            return None
        found += flat
    return found


def rebuilt(structure, tensors):
    """A structure with the next of the tensors (an iterator) in the places of its specs."""
    if isinstance(structure, TensorSpec | HandleSpec):
        return next(tensors)
    if isinstance(structure, TypeSpec):
        parts = [next(tensors) for _ in structure._component_specs]
        return structure._from_components(parts)
    if isinstance(structure, dict):
        found = {key: rebuilt(structure[key], tensors) for key in sorted(structure)}
        return {key: found[key] for key in structure}
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*(rebuilt(part, tensors) for part in structure))
    if isinstance(structure, list | tuple):
        return type(structure)(rebuilt(part, tensors) for part in structure)
    return structure
