"""The nesting of a data set's elements: tuples, named tuples and dicts around leaves.

Unlike in `tf.nest`, a list is no structure here: it becomes one tensor. Inside a pipeline an
element is a flat list of leaves (arrays; `None`; or the node of a nested data set); its nesting is
known once per data set, and put back where a user's function or loop meets it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import dtypes
from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.composite import CompositeTensor, TypeSpec
from ..core.spec import TensorSpec
from ..core.tensor import Tensor, convert_to_tensor, wrap


class NoneTensorSpec(TypeSpec):
    """The spec of an element's component that is None."""

    def _serialize(self):
        return ()


class StructureMismatch(TypeError):
    """An element is nested in another way than its data set's elements."""


class _Composite:
    """A composite in a template: the spec that rebuilds it, and its components' numbers."""

    def __init__(self, spec, parts):
        self.spec, self.parts = spec, parts

    def __eq__(self, other):
        return type(other) is _Composite and type(self.spec) is type(other.spec)

    def pack(self, leaves):
        """The composite of these leaves; of specs its spec."""
        parts = [leaves[number] for number in self.parts]
        value = self.spec._from_components(parts)
        return value._type_spec if all(isinstance(p, TypeSpec) for p in parts) else value

    def collect(self, value, leaves):
        """Adds the components of a value like this one to the leaves."""
        opened = opened_composite(value)
        if opened is None or type(opened[0]) is not type(self.spec):
            raise _mismatch(self, value)
        leaves += opened[1]


class Structure:
    """Nesting without leaves. Composites are taken apart into their components.

    Example:
    >>> from tensorbrook.data.structure import Structure
    >>> pair = Structure({"x": 0, "y": (0, 0)})
    >>> pair.flatten({"x": 1, "y": (2, 3)}), pair.pack([4, 5, 6])
    ([1, 2, 3], {'x': 4, 'y': (5, 6)})
    """

    __slots__ = ("is_leaf", "is_plain_tuple", "leaves", "template")

    def __init__(self, value):
        self.leaves = []
        self.template = _number(value, self.leaves)
        self.is_leaf = type(self.template) is int
        self.is_plain_tuple = type(self.template) is tuple and self.template == tuple(
            range(len(self.template))
        )

    def flatten(self, value) -> list:
        """The leaves of a value nested like this structure; TypeError when it is not."""
        if self.is_leaf and not isinstance(value, tuple | dict):
            return [value]
        leaves: list = []
        _collect(self.template, value, leaves)
        return leaves

    def pack(self, leaves):
        """The nested value with these leaves."""
        if self.is_leaf:
            return leaves[0]
        return tuple(leaves) if self.is_plain_tuple else _pack(self.template, leaves)

    def tensors(self, leaves):
        """The nested value as a user sees it: arrays as tensors, nodes as data sets."""
        if self.is_leaf:
            return to_tensor(leaves[0])
        return self.pack([to_tensor(leaf) for leaf in leaves])

    def dense(self, method):
        """This structure, for a method that cannot know which components have an axis of rows.

        Raises:
          TypeError: there are composites.
        """
        found = _first_composite(self.template)
        if found is not None:
            raise TypeError(
                f"Dataset.{method} does not take elements with {found.spec.value_type.__name__}: "
                "take out their tensors first: dataset.map(lambda x: (x.values, x.indices)) of "
                "IndexedSlices, dataset.map(lambda x: x.to_tensor()) of RaggedTensors."
            )
        return self

    def __eq__(self, other):
        return isinstance(other, Structure) and self.template == other.template


def opened_composite(value):
    """(spec, components) of a composite, its spec, or its template; None for other values."""
    if isinstance(value, _Composite):
        return value.spec, value.parts
    if isinstance(value, CompositeTensor):
        return value._type_spec, value._type_spec._to_components(value)
    if isinstance(value, TypeSpec) and issubclass(value.value_type or object, CompositeTensor):
        return value, value._component_specs
    return None


def _number(value, leaves):
    """`value` with the running number of each leaf in its place; the leaves go to `leaves`."""
    if isinstance(value, dict):
        return _like(value, [(key, _number(item, leaves)) for key, item in value.items()])
    if isinstance(value, tuple) and not isinstance(value, TensorShape):
        return _like(value, [_number(item, leaves) for item in value])
    opened = opened_composite(value)
    if opened is not None:
        return _Composite(opened[0], [_number(part, leaves) for part in opened[1]])
    leaves.append(value)
    return len(leaves) - 1


def _like(node, items):
    """A node of the same type with other items."""
    if isinstance(node, dict):
        if type(node) is dict:
            return dict(items)
        copied = node.copy()
        copied.update(items)
        return copied
    if type(node) is tuple:
        return tuple(items)
    return type(node)(*items) if hasattr(node, "_fields") else type(node)(items)


def _collect(template, value, leaves):
    if isinstance(template, dict):
        if not isinstance(value, dict) or value.keys() != template.keys():
            raise _mismatch(template, value)
        for key, item in template.items():
            _collect(item, value[key], leaves)
    elif isinstance(template, tuple):
        if not isinstance(value, tuple) or len(value) != len(template):
            raise _mismatch(template, value)
        for item, inner in zip(template, value):
            _collect(item, inner, leaves)
    elif isinstance(template, _Composite):
        template.collect(value, leaves)
    elif isinstance(value, dict | tuple) and not isinstance(value, TensorShape):
        raise _mismatch(template, value)
    else:
        leaves.append(value)


def _first_composite(template):
    if isinstance(template, dict | tuple):
        items = template.values() if isinstance(template, dict) else template
        return next(filter(None, map(_first_composite, items)), None)
    return template if isinstance(template, _Composite) else None


def _mismatch(template, value):
    return StructureMismatch(
        "An element does not have the structure of those before it: expected one nested like "
        f"{_pack(template, ['...'] * 1000)!r}, got {value!r}."
    )


def _pack(template, leaves):
    if isinstance(template, dict):
        return _like(template, [(key, _pack(item, leaves)) for key, item in template.items()])
    if isinstance(template, tuple):
        return _like(template, [_pack(item, leaves) for item in template])
    return template.pack(leaves) if isinstance(template, _Composite) else leaves[template]


def to_tensor(leaf):
    """A leaf as a user's function gets it."""
    if isinstance(leaf, np.ndarray | np.generic):
        return wrap(leaf)
    return leaf if leaf is None else leaf.dataset()


def to_leaf(value) -> Any:
    """A user's value as a leaf: an array, None, or a nested data set's node."""
    if value.__class__ is Tensor:
        return value.host()
    if value is None or hasattr(value, "_node"):
        return value if value is None else value._node
    tensor = convert_to_tensor(value)
    # A trace's tensor has no values yet: asking for them makes the traced function run eagerly.
    return tensor.host() if tensor.__class__ is Tensor else tensor.numpy()


def as_numpy(leaf):
    """A leaf as `as_numpy_iterator` gives it: a NumPy scalar, or an array nobody can write to."""
    if isinstance(leaf, np.ndarray):
        if not leaf.ndim:
            return leaf[()]
        leaf = leaf.view()
        leaf.flags.writeable = False
        return leaf
    if leaf is None or isinstance(leaf, np.generic):
        return leaf
    raise TypeError(
        "`tf.data.Dataset.as_numpy_iterator()` is not supported for datasets that produce "
        "datasets; iterate over the inner ones, or use `flat_map` first."
    )


def spec_of(leaf) -> Any:
    """The spec of a leaf."""
    if isinstance(leaf, np.ndarray | np.generic):
        return TensorSpec(leaf.shape, dtypes.from_numpy(leaf.dtype))
    return NoneTensorSpec() if leaf is None else leaf.dataset_spec()


def example(spec, unknown: int, fill):
    """A leaf that fits a spec: unknown dimensions get size `unknown`, values are `fill`."""
    if isinstance(spec, NoneTensorSpec):
        return None
    if not isinstance(spec, TensorSpec):
        return spec.example_node(unknown, fill)
    rank = spec.shape.rank
    shape = [unknown if d is None else d for d in ([None] if rank is None else spec.shape)]
    if spec.dtype is dtypes.string:
        array = np.empty(shape, object)
        array.fill(b"1 1" if fill else b"")  # of other lengths, so that what is cut up varies
        return array
    return np.full(shape, fill, spec.dtype.numpy_dtype)


def common(first: Any, second: Any) -> Any:
    """The spec that both specs fit; TypeError when there is none."""
    if isinstance(first, TensorSpec) and isinstance(second, TensorSpec):
        if first.dtype == second.dtype:
            return first.most_specific_compatible_type(second)
    elif first == second:
        return first
    elif type(first) is type(second) and hasattr(first, "element_spec"):
        inner = Structure(first.element_spec), Structure(second.element_spec)
        if inner[0] == inner[1]:
            leaves = [common(a, b) for a, b in zip(inner[0].leaves, inner[1].leaves)]
            return type(first)(inner[0].pack(leaves))
    raise TypeError(f"No common supertype of {first} and {second}.")


def has_composites(spec):
    """Whether there are composites in a structure of specs."""
    return _first_composite(Structure(spec).template) is not None


def map_specs(function, spec, method=None):
    """A structure of specs with `function` applied to each; `method` takes no composites."""
    structure = Structure(spec) if method is None else Structure(spec).dense(method)
    return structure.pack([function(leaf) for leaf in structure.leaves])


def stack(column, component: int = 0):
    """One array of a column of equal-shaped leaves.

    Raises:
      InvalidArgumentError: the shapes differ.
    """
    first = column[0]
    if first is None:
        return None
    if not first.shape:
        if first.dtype == object:
            out = np.empty(len(column), object)
            out[:] = [item[()] for item in column]
            return out
        return np.array(column, first.dtype)
    for number, item in enumerate(column):
        if item.shape != first.shape:
            raise InvalidArgumentError(
                f"Cannot batch tensors with different shapes in component {component}. First "
                f"element had shape {list(first.shape)} and element {number} had shape "
                f"{list(item.shape)}. Use `padded_batch` to pad them, or make them one size with "
                "`map`."
            )
    return np.stack(column)
