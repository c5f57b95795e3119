"""Optional: a value that may be missing, as iterators give it."""

from __future__ import annotations

import numpy as np

from ..base.errors import InvalidArgumentError
from ..core.composite import CompositeTensor, TypeSpec
from ..core.spec import TensorSpec
from ..core.tensor import convert_to_tensor, wrap
from ..ops.debugging import assert_
from .structure import Structure, map_specs, to_tensor

_EMPTY = "The given optional does not have a value."


def _spec(leaf):
    return TensorSpec(leaf.shape, leaf.dtype)


class Optional(CompositeTensor):
    """A value that may be missing.

    Example:
    >>> two = tf.data.experimental.Optional.from_value(2)
    >>> bool(two.has_value()), int(two.get_value())
    (True, 2)
    """

    def __init__(self, flag, value, spec_source):
        self._flag, self._value, self._spec_source = flag, value, spec_source

    @staticmethod
    def from_value(value):
        """An Optional that holds `value`, whose leaves become tensors."""
        structure = Structure(value)
        leaves = [convert_to_tensor(leaf) for leaf in structure.leaves]
        return Optional(wrap(np.bool_(True)), structure.pack(leaves), None)

    @staticmethod
    def empty(element_spec):
        """An Optional without a value."""
        return Optional(wrap(np.bool_(False)), None, element_spec)

    def has_value(self, name=None):
        """A bool tensor: whether there is a value."""
        return self._flag

    def get_value(self, name=None):
        """The value.

        Raises:
          InvalidArgumentError: there is none.
        """
        if not self._flag.is_eager:
            assert_(self._flag, [_EMPTY])
        elif not self._flag.host():
            raise InvalidArgumentError(_EMPTY)
        return self._value

    @property
    def element_spec(self):
        """The specs of the value."""
        if self._spec_source is not None:
            return getattr(self._spec_source, "element_spec", self._spec_source)
        return map_specs(_spec, self._value)

    @property
    def _type_spec(self):
        return OptionalSpec(self.element_spec)

    @property
    def _leaves(self):
        structure = Structure(self.element_spec)
        if self._value is not None:
            return structure.flatten(self._value)
        return list(map(to_tensor, structure.example(0, 0)))

    @property
    def _differentiable(self):
        return ()

    def _with_gradients(self, gradients):
        return None

    def __repr__(self):
        if self._flag.is_eager and not self._flag.host():
            return f"tf.experimental.Optional.empty({self.element_spec})"
        return f"tf.experimental.Optional.from_value({self._value})"


class OptionalSpec(TypeSpec):
    """Describes an Optional by its value's specs.

    Example:
    >>> two = tf.data.experimental.Optional.from_value(2)
    >>> tf.OptionalSpec.from_value(two)
    OptionalSpec(TensorSpec(shape=(), dtype=tf.int32, name=None))
    """

    value_type = Optional

    def __init__(self, element_spec):
        self.element_spec = element_spec

    @staticmethod
    def from_value(value):
        """The spec of an Optional."""
        return OptionalSpec(value.element_spec)

    def _serialize(self):
        return (self.element_spec,)

    def __hash__(self):
        return hash(repr(self))

    @property
    def _component_specs(self):
        return (TensorSpec((), "bool"), *Structure(self.element_spec).leaves)

    def _to_components(self, value):
        return (value._flag, *value._leaves)

    def _from_components(self, components):
        flag, *leaves = components
        return Optional(flag, Structure(self.element_spec).pack(leaves), self.element_spec)
