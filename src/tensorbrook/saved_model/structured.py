"""Python values as StructuredValue messages: signatures, defaults and results of functions."""

import inspect

import numpy as np

from ..base.dtypes import DType
from ..base.shapes import TensorShape
from ..core.composite import TypeSpec
from ..core.spec import TensorSpec
from ..formats.graph_messages import FunctionSpec, StructuredValue
from ..ops.indexed_slices import IndexedSlicesSpec
from ..ops.ragged import RaggedTensorSpec
from ..ops.sparse import SparseTensorSpec
from .nodes import shape_proto

_SPEC_CLASSES = {
    SparseTensorSpec: (1, "SparseTensorSpec"),
    IndexedSlicesSpec: (2, "IndexedSlicesSpec"),
    RaggedTensorSpec: (3, "RaggedTensorSpec"),
}


def encoded(value):
    """A StructuredValue of nested lists, tuples and dicts of specs and plain values.

    Raises:
      NotImplementedError: it holds a value that a file cannot.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return StructuredValue(none_value={})
    if isinstance(value, bool):
        return StructuredValue(bool_value=value)
    if isinstance(value, int):
        return StructuredValue(int64_value=value)
    if isinstance(value, float):
        return StructuredValue(float64_value=value)
    if isinstance(value, str):
        return StructuredValue(string_value=value)
    if isinstance(value, TensorShape):
        return StructuredValue(tensor_shape_value=shape_proto(_sizes(value)))
    if isinstance(value, DType):
        return StructuredValue(tensor_dtype_value=value.as_datatype_enum)
    if isinstance(value, TensorSpec):
        shape = shape_proto(_sizes(value.shape))
        fields = {"name": value.name or "", "shape": shape, "dtype": value.dtype.as_datatype_enum}
        return StructuredValue(tensor_spec_value=_made("tensor_spec_value", fields))
    if isinstance(value, TypeSpec):
        return _type_spec(value)
    return _container(value)


def _sizes(shape):
    return None if shape.rank is None else tuple(shape)


def _made(name, fields):
    return StructuredValue._FIELDS[name].kind(**fields)


def _container(value):
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        pairs = [{"key": k, "value": encoded(v)} for k, v in value._asdict().items()]
        fields = {"name": type(value).__name__, "values": pairs}
        return StructuredValue(named_tuple_value=_made("named_tuple_value", fields))
    if isinstance(value, list | tuple):
        kind = "list_value" if isinstance(value, list) else "tuple_value"
        return StructuredValue(**{kind: {"values": [encoded(v) for v in value]}})
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return StructuredValue(dict_value={"fields": {k: encoded(v) for k, v in value.items()}})
    raise NotImplementedError(
        f"[saved_model.save] A function that takes or returns {value!r} cannot be saved: its "
        "signature may hold tensors, numbers, texts, and lists, tuples and dicts of them."
    )


def _type_spec(spec):
    known = _SPEC_CLASSES.get(type(spec))
    if known is None:
        raise NotImplementedError(
            f"[saved_model.save] A function that takes or returns {spec!r} cannot be saved: pass "
            "its tensors one by one."
        )
    number, name = known
    fields = {
        "type_spec_class": number,
        "type_state": encoded(tuple(spec._serialize())),
        "type_spec_class_name": name,
        "num_flat_components": len(spec._component_specs),
    }
    return StructuredValue(type_spec_value=_made("type_spec_value", fields))


def function_spec(python_function, signature):
    """The FunctionSpec of a function: its parameters, and its input_signature."""
    names, keywords, defaults, keyword_defaults, extra = [], [], [], {}, {}
    for name, p in inspect.signature(python_function).parameters.items():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            extra[p.kind] = name
        elif p.kind == p.KEYWORD_ONLY:
            keywords.append(name)
            if p.default is not p.empty:
                keyword_defaults[name] = p.default
        else:
            names.append(name)
            if p.default is not p.empty:
                defaults.append(p.default)
    kinds = inspect.Parameter
    parts = {
        "args": names,
        "varargs": extra.get(kinds.VAR_POSITIONAL),
        "varkw": extra.get(kinds.VAR_KEYWORD),
        "defaults": tuple(defaults) or None,
        "kwonlyargs": keywords,
        "kwonlydefaults": keyword_defaults or None,
        "annotations": {},
    }
    pairs = [{"key": key, "value": encoded(value)} for key, value in parts.items()]
    made = _made("named_tuple_value", {"name": "FullArgSpec", "values": pairs})
    full = StructuredValue(named_tuple_value=made)
    return FunctionSpec(fullargspec=full, input_signature=encoded(signature))
