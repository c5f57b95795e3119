"""The nesting of a data set's elements: tuples, named tuples and dicts around leaves.

Unlike in `tf.nest`, a list is no structure here: it becomes one tensor. Inside a pipeline an
element is a flat list of leaves (arrays; `None`; or the node of a nested data set); its nesting is
known once per data set, and put back where a user's function or loop meets it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import dtypes, nest
from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.composite import CompositeTensor, TypeSpec
from ..core.spec import TensorSpec
from ..core.tensor import Tensor, convert_to_tensor, wrap

_ARRAYS, _NESTS = (np.ndarray, np.generic), (tuple, dict)


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
        of_specs = all(isinstance(p, TypeSpec) for p in parts)
        return self.spec._spec_of(parts) if of_specs else self.spec._from_components(parts)

    def collect(self, value, leaves):
        """Adds the components of a value like this one to the leaves."""
        opened = opened_composite(value)
        if opened is not None and type(opened[0]) is type(self.spec):
            leaves += opened[1]
        elif len(self.parts) == 1 and not isinstance(value, dict | tuple):
            leaves += self.spec._to_components(value)  # a row of a ragged matrix is a tensor
        else:
            raise _mismatch(self, value)


class Structure:
    """Nesting without leaves. Composites are taken apart into their components.

    Example:
    >>> from tensorbrook.data.structure import Structure
    >>> pair = Structure({"x": 0, "y": (0, 0)})
    >>> pair.flatten({"x": 1, "y": (2, 3)}), pair.pack([4, 5, 6])
    ([1, 2, 3], {'x': 4, 'y': (5, 6)})
    """

    __slots__ = ("is_leaf", "is_plain", "is_plain_tuple", "leaves", "parts", "template")

    def __init__(self, value):
        self.leaves = []
        self.template = _number(value, self.leaves)
        self.parts = list(_parts(self.template))  # (a composite's spec or None, numbers of leaves)
        self.is_plain = all(spec is None for spec, _ in self.parts)
        self.is_leaf = type(self.template) is int
        self.is_plain_tuple = type(self.template) is tuple and self.template == tuple(
            range(len(self.template))
        )

    def flatten(self, value, exact=True) -> list:
        """The leaves of a value nested like this structure; TypeError when it is not.

        Without `exact` a leaf may be a tuple or dict, which stands for an array.
        """
        if self.is_leaf and not (exact and isinstance(value, tuple | dict)):
            return [value]
        if (
            self.is_plain_tuple
            and value.__class__ is tuple
            and len(value) == len(self.leaves)
            and not (exact and any([isinstance(part, _NESTS) for part in value]))
        ):
            return list(value)
        leaves: list = []
        _collect(self.template, value, leaves, exact)
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

    def pack_parts(self, values):
        """The nested value with one of `values` in place of each leaf and each composite."""
        return _filled(self.template, iter(values))

    def specs(self, leaves):
        """The specs of leaves, one for each part."""
        return [
            spec_of(leaves[numbers[0]])
            if spec is None
            else spec._spec_of([to_tensor(leaves[k]) for k in numbers])
            for spec, numbers in self.parts
        ]

    def common_spec(self, elements):
        """The structure of specs that all elements, lists of leaves, fit."""
        first, *others = map(self.specs, elements)
        for other in others:
            first = [common(a, b) for a, b in zip(first, other)]
        return self.pack_parts(first)

    def example(self, unknown, fill):
        """Leaves that fit this structure of specs: see `example`."""
        leaves = []
        for spec, numbers in self.parts:
            made = None
            if spec is not None:
                made = self.spec_of_part(spec, numbers)._example(unknown, fill)
            leaves += made or [example(self.leaves[k], unknown, fill) for k in numbers]
        return leaves

    def spec_of_part(self, spec, numbers):
        """The spec of a part of this structure of specs."""
        leaves = [self.leaves[k] for k in numbers]
        return leaves[0] if spec is None else spec._spec_of(leaves)

    def dense(self, method):
        """This structure, for a method that cannot know which components have an axis of rows.

        Raises:
          TypeError: there are composites.
        """
        if not self.is_plain:
            spec = next(spec for spec, _ in self.parts if spec is not None)
            raise TypeError(
                f"Dataset.{method} does not take elements with {spec.value_type.__name__}: "
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
        spec = value._type_spec  # whose sizes are this one value's, not those of others like it
        return spec._outline, spec._to_components(value)
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


def _collect(template, value, leaves, exact):
    if isinstance(template, dict):
        if not isinstance(value, dict) or value.keys() != template.keys():
            raise _mismatch(template, value)
        for key, item in template.items():
            _collect(item, value[key], leaves, exact)
    elif isinstance(template, tuple):
        if not isinstance(value, tuple) or len(value) != len(template):
            raise _mismatch(template, value)
        for item, inner in zip(template, value):
            _collect(item, inner, leaves, exact)
    elif isinstance(template, _Composite):
        template.collect(value, leaves)
    elif exact and isinstance(value, dict | tuple) and not isinstance(value, TensorShape):
        raise _mismatch(template, value)
    else:
        leaves.append(value)


def _parts(template):
    """(a composite's spec or None, the numbers of the leaves) of each part, in order."""
    if isinstance(template, dict | tuple):
        for item in template.values() if isinstance(template, dict) else template:
            yield from _parts(item)
    elif isinstance(template, _Composite):
        yield template.spec, template.parts
    else:
        yield None, [template]


def _filled(template, values):
    if isinstance(template, dict):
        return _like(template, [(key, _filled(item, values)) for key, item in template.items()])
    if isinstance(template, tuple):
        return _like(template, [_filled(item, values) for item in template])
    return next(values)


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
    if isinstance(leaf, _ARRAYS):
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


def source_leaf(value) -> Any:
    """`to_leaf` of what a data set is made of, in which lists of arrays of one dtype keep it."""
    first = value
    while isinstance(first, list) and first:
        first = first[0]
    if first is not value and isinstance(first, np.ndarray):
        kinds = {getattr(leaf, "dtype", None) for leaf in nest.flatten(value)}
        if kinds == {first.dtype}:
            return to_leaf(convert_to_tensor(value, first.dtype))
    return to_leaf(value)


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


def stack_parts(structure, elements):
    """The leaves of a batch of elements."""
    columns = list(zip(*elements))
    if structure.is_plain:
        return [stack(column, number) for number, column in enumerate(columns)]
    leaves = []
    for number, (spec, numbers) in enumerate(structure.parts):
        if spec is None:
            leaves.append(stack(columns[numbers[0]], number))
        else:
            leaves += spec._stack([[element[k] for k in numbers] for element in elements])
    return leaves


def common(first: Any, second: Any) -> Any:
    """The spec that both specs fit; TypeError when there is none."""
    if isinstance(first, TensorSpec) and isinstance(second, TensorSpec):
        if first.dtype == second.dtype:
            return first.most_specific_compatible_type(second)
    elif first == second:
        return first
    elif opened_composite(first) and type(first) is type(second):
        return first.most_specific_compatible_type(second)
    elif type(first) is type(second) and hasattr(first, "element_spec"):
        return type(first)(common_structure(first.element_spec, second.element_spec))
    raise TypeError(f"No common supertype of {first} and {second}.")


def common_structure(first, second):
    """The structure of specs that both fit; TypeError when there is none."""
    a, b = Structure(first), Structure(second)
    if a != b:
        raise TypeError(f"No common supertype of {first} and {second}.")
    pairs = zip(a.parts, b.parts)
    return a.pack_parts([common(a.spec_of_part(*p), b.spec_of_part(*q)) for p, q in pairs])


def map_specs(function, spec, method=None, of_composite=None):
    """A structure of specs with `function` applied to each, `of_composite` to those of composites.

    Without that one composites are taken apart; `method` takes none.
    """
    structure = Structure(spec) if method is None else Structure(spec).dense(method)
    if of_composite is None or structure.is_plain:
        return structure.pack([function(leaf) for leaf in structure.leaves])
    parts = ((part[0], structure.spec_of_part(*part)) for part in structure.parts)
    return structure.pack_parts(
        [function(found) if spec is None else of_composite(found) for spec, found in parts]
    )


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
