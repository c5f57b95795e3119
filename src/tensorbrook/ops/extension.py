"""tf.experimental.ExtensionType: values of one's own made of tensors, and functions for them."""

import inspect
import typing
from collections.abc import Mapping
from types import UnionType

import numpy as np

from ..base import nest
from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.composite import CompositeTensor, TypeSpec
from ..core.dispatch import PUBLIC
from ..core.spec import TensorSpec
from ..core.tensor import Tensor, convert_to_tensor
from ..core.variable import Variable

_TENSOR_LIKE = (Tensor, Variable, np.ndarray, np.generic, int, float, bool, str, bytes, list, tuple)


def _origin(annotation):
    return typing.get_origin(annotation), typing.get_args(annotation)


def matches(value, annotation):
    """Whether a value is what an annotation says: a class, Union, List, Tuple, Mapping, Any."""
    origin, inner = _origin(annotation)
    if annotation is typing.Any:
        return True
    if annotation is None:
        return value is None
    if origin in (typing.Union, UnionType):
        return any(matches(value, each) for each in inner)
    if origin in (list, typing.List):  # noqa: UP006
        return isinstance(value, list) and all(matches(v, inner[0]) for v in value)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        wanted = [inner[0]] * len(value) if inner[-1] is ... else inner
        return len(wanted) == len(value) and all(map(matches, value, wanted))
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(matches(v, inner[1]) for v in value.values())
    if isinstance(annotation, TypeSpec):
        return annotation.is_compatible_with(value)
    if annotation is Tensor:
        return hasattr(value, "_shape") and not isinstance(value, CompositeTensor)
    return inspect.isclass(annotation) and isinstance(value, annotation)


def _converted(value, annotation, where):
    """A value as its annotation says: tensors are made, lists become tuples."""
    origin, inner = _origin(annotation)
    if annotation is Tensor and not isinstance(value, CompositeTensor):
        try:
            return convert_to_tensor(value)
        except ValueError as fault:
            raise TypeError(f"{where}: expected a tensor, got {value!r}: {fault}") from None
    if origin is tuple and isinstance(value, list | tuple):
        wanted = [inner[0]] * len(value) if inner[-1] is ... else inner
        return tuple(_converted(v, w, where) for v, w in zip(value, wanted))
    if inspect.isclass(origin) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        return {key: _converted(v, inner[1], where) for key, v in value.items()}
    if annotation is TensorShape:
        return TensorShape(value)
    tensors = origin in (typing.Union, UnionType) and Tensor in inner
    if tensors and not matches(value, annotation) and isinstance(value, _TENSOR_LIKE):
        return convert_to_tensor(value)
    if not matches(value, annotation):
        raise TypeError(f"{where}: expected {annotation}, got {value!r}.")
    return value


class ExtensionTypeSpec(TypeSpec):
    """The spec of an ExtensionType: for each field its spec, or its value where it is no tensor.

    A class `Spec` within the type may have a constructor of its own, which sets the fields.
    """

    __slots__ = ("_fields",)

    def __new__(cls, *args, **kwargs):
        spec = super().__new__(cls)
        spec._fields = {}
        return spec

    def __init__(self, *args, **kwargs):
        names = self.value_type._field_names()
        self._fields.update(dict(zip(names, args)) | kwargs)
        if missing := [name for name in names if name not in self._fields]:
            raise TypeError(f"{type(self).__name__}: missing fields {missing}.")

    @classmethod
    def _of(cls, *args, **kwargs):
        """The spec with these fields, whatever constructor it has."""
        spec = cls.__new__(cls)
        ExtensionTypeSpec.__init__(spec, *args, **kwargs)
        return spec

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._fields:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return self._fields[name]

    def __setattr__(self, name, value):
        if name == "_fields":
            return object.__setattr__(self, name, value)
        if name not in self.value_type._field_names() or name in self._fields:
            raise AttributeError(f"{type(self).__name__}: {name!r} is no field, or is set already.")
        self._fields[name] = value

    def _serialize(self):
        return tuple(_frozen(self._fields[n]) for n in self.value_type._field_names())

    def _leaf_specs(self):
        leaves = nest.flatten(self._fields)
        return [leaf for leaf in leaves if isinstance(leaf, TypeSpec)]

    @property
    def _component_specs(self):
        return tuple(self._leaf_specs())

    def _to_components(self, value):
        leaves = nest.flatten({n: getattr(value, n) for n in self._fields})
        return tuple(leaf for leaf in leaves if _is_value(leaf))

    def _from_components(self, components):
        rest = iter(components)

        def made(leaf):
            return next(rest) if isinstance(leaf, TypeSpec) else leaf

        value = object.__new__(self.value_type)
        value.__dict__.update(nest.map_structure(made, self._fields))
        return value

    def __repr__(self):
        shown = ", ".join(f"{k}={v!r}" for k, v in self._fields.items())
        return f"{type(self).__qualname__}({shown})"


class _BatchableSpec(ExtensionTypeSpec):
    """The spec of a BatchableExtensionType: in batches each of its tensors is stacked."""

    __slots__ = ()

    def _each(self, function):
        def of_field(leaf):
            if isinstance(leaf, TypeSpec) and not isinstance(leaf, TensorSpec):
                raise NotImplementedError(
                    f"Data sets batch and slice {self.value_type.__name__} where all its fields "
                    f"are tensors; one is a {leaf}: take it out with dataset.map first."
                )
            return function(leaf) if isinstance(leaf, TensorSpec) else leaf

        return self._of(**nest.map_structure(of_field, self._fields))

    def _batch(self, size):
        lead = TensorShape([size])
        return self._each(lambda spec: TensorSpec(lead.concatenate(spec.shape), spec.dtype))

    def _unbatch(self):
        if any(spec.shape.rank == 0 for spec in self._leaf_specs()):
            raise ValueError(f"Cannot unbatch {self}: a field is a scalar.")
        return self._each(lambda spec: TensorSpec(spec.shape[1:], spec.dtype))

    def _stack(self, elements):
        columns = list(zip(*elements))
        shapes = [{array.shape for array in column} for column in columns]
        if any(len(found) > 1 for found in shapes):
            raise InvalidArgumentError(
                f"Cannot batch {self.value_type.__name__} with fields of several shapes: {shapes}."
            )
        return list(map(np.stack, columns))

    def _rows(self, components):
        sizes = [len(array) for array in components]
        if len(set(sizes)) > 1:
            raise InvalidArgumentError(
                f"The fields of a {self.value_type.__name__} have different numbers of rows: "
                f"{sizes}."
            )
        return [[array[n, ...] for array in components] for n in range(sizes[0])]


def _is_value(leaf):
    return isinstance(leaf, CompositeTensor) or hasattr(leaf, "_shape")


def _frozen(value):
    """A field's spec as something that compares: mappings as sorted pairs."""
    if isinstance(value, Mapping):
        return tuple((key, _frozen(value[key])) for key in sorted(value))
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _spec_of(leaf):
    if isinstance(leaf, CompositeTensor):
        return leaf._type_spec
    return TensorSpec.from_tensor(leaf) if hasattr(leaf, "_shape") else leaf


class ExtensionType(CompositeTensor):
    """The base of values made of tensors: a subclass annotates its fields, as a dataclass does.

    The constructor makes tensors of what is annotated `tf.Tensor`, and refuses what does not fit;
    then it calls `__validate__` if there is one. Values never change. They pass into tf.functions,
    control flow, gradients and data sets; `tf.experimental.dispatch_for_api` gives functions of
    `tf` a meaning for them.

    Raises:
      TypeError: a value is not what a field's annotation says.

    Example:
    >>> class Masked(tf.experimental.ExtensionType):
    ...     values: tf.Tensor
    ...     mask: tf.Tensor
    ...     def total(self):
    ...         return tf.reduce_sum(tf.where(self.mask, self.values, 0.0))
    >>> masked = Masked([1.0, 2.0], [True, False])
    >>> tf.function(lambda m: m.total())(masked).numpy()
    np.float32(1.0)
    """

    _SPEC = ExtensionTypeSpec

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        own = dict(vars(vars(cls)["Spec"])) if "Spec" in vars(cls) else {}
        for name in ("__dict__", "__weakref__"):
            own.pop(name, None)
        spec = {"value_type": cls, "__slots__": (), "__module__": cls.__module__}
        cls.Spec = type("Spec", (cls._SPEC,), own | spec)
        cls.Spec.__qualname__ = f"{cls.__qualname__}.Spec"

    @classmethod
    def _annotations(cls):
        if "_hints" not in vars(cls):  # not before a value is made: names in them may come late
            found = {}
            for each in reversed(cls.__mro__[: cls.__mro__.index(ExtensionType)]):
                hints = typing.get_type_hints(each)
                found.update({n: hints[n] for n in vars(each).get("__annotations__", {})})
            cls._hints = found
        return cls._hints

    @classmethod
    def _field_names(cls):
        return list(cls._annotations())

    def __init__(self, *args, **kwargs):
        fields = self._annotations()
        parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=getattr(type(self), name, inspect.Parameter.empty),
            )
            for name in fields
        ]
        parameters.sort(key=lambda p: p.default is not p.empty)
        given = inspect.Signature(parameters).bind(*args, **kwargs)
        given.apply_defaults()
        for name, annotation in fields.items():
            where = f"{type(self).__name__}.{name}"
            self.__dict__[name] = _converted(given.arguments[name], annotation, where)
        if hasattr(self, "__validate__"):
            self.__validate__()

    def __setattr__(self, name, value):
        fields = self._annotations()
        if name not in fields or name in self.__dict__:  # a constructor of one's own may set them
            raise AttributeError(
                f"Cannot mutate attribute `{name}` outside the custom constructor of "
                f"ExtensionType: make a new {type(self).__name__}."
            )
        self.__dict__[name] = _converted(value, fields[name], f"{type(self).__name__}.{name}")

    def __delattr__(self, name):
        raise AttributeError(
            f"Cannot mutate attribute `{name}` outside the custom constructor of ExtensionType."
        )

    @property
    def _type_spec(self):
        fields = {name: getattr(self, name) for name in self._field_names()}
        return self.Spec._of(**nest.map_structure(_spec_of, fields))

    @property
    def _differentiable(self):
        parts = self._type_spec._to_components(self)
        inner = [p._differentiable if isinstance(p, CompositeTensor) else (p,) for p in parts]
        return [part for each in inner for part in each if part._dtype.kind in "fcV"]

    def _with_gradients(self, gradients):
        rest, parts = iter(gradients), []
        for part in self._type_spec._to_components(self):
            if isinstance(part, CompositeTensor):
                parts.append(part._with_gradients([next(rest) for _ in part._differentiable]))
            else:
                parts.append(next(rest) if part._dtype.kind in "fcV" else part)
        return self._type_spec._from_components(parts)

    def _call(self, function, args, kwargs):
        found = dispatched(function, args, kwargs)
        if found is not NotImplemented:
            return found
        name = getattr(function, "_public_path", getattr(function, "__name__", function))
        raise TypeError(
            f"tf.{name} does not know {type(self).__name__}: say what it is to do with "
            f"tf.experimental.dispatch_for_api(tf.{name})."
        )

    def __eq__(self, other):
        if type(self) is not type(other):
            return False
        a, b = (x._type_spec for x in (self, other))
        if a != b:
            return False
        pairs = zip(nest.flatten(self, True), nest.flatten(other, True))
        equal = [PUBLIC["reduce_all"](PUBLIC["equal"](x, y)) for x, y in pairs]
        return PUBLIC["reduce_all"](equal) if equal else True

    __hash__ = None

    def __repr__(self):
        shown = ", ".join(f"{n}={getattr(self, n)!r}" for n in self._field_names())
        return f"{type(self).__name__}({shown})"


class BatchableExtensionType(ExtensionType):
    """An ExtensionType that data sets batch and slice: all its fields together.

    Example:
    >>> class Masked(tf.experimental.BatchableExtensionType):
    ...     values: tf.Tensor
    ...     mask: tf.Tensor
    >>> masked = Masked([1, 2, 3], [True, False, True])
    >>> for batch in tf.data.Dataset.from_tensor_slices(masked).batch(2):
    ...     print(batch.values.numpy(), batch.mask.numpy())
    [1 2] [ True False]
    [3] [ True]
    """

    _SPEC = _BatchableSpec


def as_dict(value):
    """The fields of an ExtensionType by name."""
    return {name: getattr(value, name) for name in value._field_names()}


# -- functions of tf for such values ---------------------------------------------------------------

_FOR_API, _FOR_UNARY, _FOR_BINARY = [], [], []
_BINARY = {"x", "y"}
# Functions of one tensor that take more than a name besides.
_UNARY = (
    "adjust_brightness adjust_gamma as_string cast check_numerics clip_by_value "
    "convert_image_dtype encode_base64 gelu leaky_relu length log_softmax lower ones_like "
    "regex_full_match regex_replace saturate_cast silu substr swish to_hash_bucket "
    "to_hash_bucket_fast to_hash_bucket_strong to_number unicode_transcode upper zeros_like"
)


def dispatched(function, args, kwargs):
    """What a registered function gives for this call; NotImplemented where none is for it."""
    try:
        expected = inspect.signature(function)
        given = expected.bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return NotImplemented
    for api, signatures, target in reversed(_FOR_API):
        if api is function and any(
            all(name in given and matches(given[name], kind) for name, kind in signature.items())
            for signature in signatures
        ):
            return target(*args, **kwargs)
    names = list(expected.parameters)
    if set(names[:2]) == _BINARY:
        for kinds, target in reversed(_FOR_BINARY):
            if all(name in given for name in _BINARY) and all(
                matches(given[name], kind) or (kind is Tensor and _tensor_like(given[name]))
                for name, kind in zip("xy", kinds)
            ):
                return target(_with_rest(function, given, "x", "y"), given["x"], given["y"])
    elif names and (names[1:] in ([], ["name"]) or function.__name__ in _UNARY.split()):
        for kind, target in reversed(_FOR_UNARY):
            if matches(given[names[0]], kind):
                return target(_with_rest(function, given, names[0]), given[names[0]])
    return NotImplemented


def _with_rest(function, given, *operands):
    """A function of the operands alone, with the other arguments of a call."""
    rest = {name: value for name, value in given.items() if name not in operands}
    return lambda *values: function(*values, **rest)


def _tensor_like(value):
    return isinstance(value, _TENSOR_LIKE) and not isinstance(value, CompositeTensor)


def dispatch_for_api(api, *signatures):
    """Decorates what a public function of `tf` does with certain arguments.

    Args:
      api: the function, such as `tf.concat`.
      signatures: dicts from names of its parameters to their types (classes, Union, List, ...); by
        default the annotations of the decorated function.

    Example:
    >>> class Pair(tf.experimental.ExtensionType):
    ...     a: tf.Tensor
    ...     b: tf.Tensor
    >>> @tf.experimental.dispatch_for_api(tf.reduce_sum)
    ... def sum_of_pair(input_tensor: Pair):
    ...     return tf.reduce_sum(input_tensor.a) + tf.reduce_sum(input_tensor.b)
    >>> tf.reduce_sum(Pair([1, 2], [3])).numpy()
    np.int32(6)
    """

    def decorate(target):
        given = signatures
        if not given:
            hints = typing.get_type_hints(target)
            hints.pop("return", None)
            if not hints:
                raise ValueError(
                    f"[dispatch_for_api] {target} has no annotations: give a signature."
                )
            given = (hints,)
        _FOR_API.append((api, given, target))
        return target

    return decorate


def dispatch_for_unary_elementwise_apis(x_type):
    """Decorates `f(api_func, x)`: what all functions of one tensor do with a type.

    Example:
    >>> class Boxed(tf.experimental.ExtensionType):
    ...     inside: tf.Tensor
    >>> @tf.experimental.dispatch_for_unary_elementwise_apis(Boxed)
    ... def inside(api_func, x):
    ...     return Boxed(api_func(x.inside))
    >>> tf.abs(Boxed([-1, 2])).inside.numpy()
    array([1, 2], dtype=int32)
    """

    def decorate(target):
        _FOR_UNARY.append((x_type, target))
        return target

    return decorate


def dispatch_for_binary_elementwise_apis(x_type, y_type):
    """Decorates `f(api_func, x, y)`: what all functions of `x` and `y` do with these types."""

    def decorate(target):
        _FOR_BINARY.append(((x_type, y_type), target))
        return target

    return decorate


dispatch_for_binary_elementwise_assert_apis = dispatch_for_binary_elementwise_apis


def unregister_dispatch_for(dispatch_target):
    """Forgets a function that a `dispatch_for_...` was given.

    Raises:
      ValueError: it is not known.
    """
    found = False
    for table in (_FOR_API, _FOR_UNARY, _FOR_BINARY):
        kept = [entry for entry in table if entry[-1] is not dispatch_target]
        found, table[:] = found or len(kept) < len(table), kept
    if not found:
        raise ValueError(f"Function {dispatch_target} was not registered.")
