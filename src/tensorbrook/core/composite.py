"""Values made of several tensors, and their specs: one protocol for all of them.

A composite lists its component tensors; its spec, which is static, makes a composite of such
tensors again. Wherever values pass a border (tf.function, control flow, tapes, data sets), they
are flattened to components with `nest.flatten(value, expand_composites=True)` and rebuilt on the
other side. Nobody but a composite's own module knows its class.
"""

from ..base import nest
from ..base.shapes import TensorShape
from .tensor import Overrides, Tensor, convert_to_tensor


class TypeSpec:
    """What is known of a value before it is there: the base of tf.TensorSpec and its kin.

    A subclass gives `value_type` and `_serialize`; that of a composite also the three methods that
    take it apart and put it together.

    Example:
    >>> isinstance(tf.TensorSpec([3]), tf.TypeSpec)
    True
    """

    __slots__ = ()
    value_type = None  # the class of the values described

    @classmethod
    def _of(cls, *parts):
        """The spec that is made of what `_serialize` gives."""
        return cls(*parts)

    def _serialize(self):
        """A tuple of all that makes this spec: shapes, dtypes, specs, plain values."""
        raise NotImplementedError(f"{type(self).__name__} has no _serialize(): write it.")

    @property
    def _component_specs(self):
        """The specs of the components, in order."""
        raise NotImplementedError(f"{type(self).__name__} describes no composite.")

    def _to_components(self, value):
        """The components of a value, as a tuple."""
        raise NotImplementedError(f"{type(self).__name__} describes no composite.")

    def _from_components(self, components):
        """The value with these components."""
        raise NotImplementedError(f"{type(self).__name__} describes no composite.")

    def _spec_of(self, components):
        """The spec of the value with these components, or with components of these specs."""
        return self._from_components(components)._type_spec

    # rows of data sets, whose components are arrays; a spec without these takes no part in batches

    def _batch(self, size):
        """The spec of several such values along a new first axis, of a size or None."""
        raise TypeError(
            f"Data sets do not batch or slice elements of {self.value_type.__name__}: take out "
            "their tensors first, as in dataset.map(lambda x: (x.values, x.indices))."
        )

    def _unbatch(self):
        """The spec of one row."""
        return self._batch(None)

    def _stack(self, elements):
        """The components of a batch of elements, each a list of components."""
        self._batch(None)

    def _rows(self, components):
        """A list of the components of each row."""
        self._batch(None)

    def _example(self, unknown, fill):
        """Components that fit, unknown dimensions of a size and values filled with a number.

        None: those that fit the specs of the components one by one will do.
        """
        return None

    @property
    def _outline(self):
        """This spec without what the components' own shapes tell."""
        return self

    def is_compatible_with(self, spec_or_value):
        """True when a value (or every value of a spec) fits this spec."""
        other = spec_or_value
        if not isinstance(other, TypeSpec):
            other = getattr(other, "_type_spec", None)
        return type(other) is type(self) and _fits(self._serialize(), other._serialize())

    def most_specific_compatible_type(self, other):
        """The spec that both fit.

        Raises:
          ValueError: there is none.
        """
        if type(other) is not type(self) or not _fits(self._serialize(), other._serialize(), True):
            raise ValueError(f"{self} and {other} have no common spec.")
        return self._of(*_common(self._serialize(), other._serialize()))

    def __eq__(self, other):
        return type(other) is type(self) and self._serialize() == other._serialize()

    def __hash__(self):
        return hash((type(self), self._serialize()))

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self._serialize()))})"


def _fits(wanted, given, shapes_differ=False):
    """Whether two serialized specs agree; with `shapes_differ` in all but shapes and specs."""
    if isinstance(wanted, TensorShape | TypeSpec):
        return shapes_differ or wanted.is_compatible_with(given)
    if isinstance(wanted, tuple):
        return len(wanted) == len(given) and all(
            _fits(a, b, shapes_differ) for a, b in zip(wanted, given)
        )
    return wanted == given


def _common(a, b):
    if isinstance(a, TensorShape):
        return a.most_specific_compatible_shape(b)
    if isinstance(a, tuple):
        return tuple(map(_common, a, b))
    return a.most_specific_compatible_type(b) if isinstance(a, TypeSpec) else a


class CompositeTensor(Overrides, nest.Composite):
    """A value made of tensors: a subclass gives `_type_spec`, whose methods take it apart.

    A public function that meets one gets the dense tensor that the class's converter makes
    (`core.tensor.register_converter`), unless the class's `_call` knows better.
    """

    @property
    def _type_spec(self):
        """The TypeSpec of this value."""
        raise NotImplementedError

    @property
    def _differentiable(self):
        """The components that gradients by this value are taken of."""
        raise NotImplementedError

    def _with_gradients(self, gradients):
        """A value like this one with the gradients of the differentiable components in place."""
        raise NotImplementedError

    def _plus(self, other):
        """The sum with another of its class, where two cotangents meet."""
        return convert_to_tensor(self) + convert_to_tensor(other)

    def _densified(self):
        """The dense tensor, for what takes no other."""
        return convert_to_tensor(self)

    def _printed(self):
        """What tf.print writes: texts, tensors, and (function, tensors) that it makes a text of."""
        return (convert_to_tensor(self),)

    def _call(self, function, args, kwargs):
        dense = [nest.map_structure(_dense, list(args)), nest.map_structure(_dense, kwargs)]
        return function(*dense[0], **dense[1])


def differentiable(leaves):
    """Tensors that gradients are taken of: the leaves, composites by their own such parts."""
    parts = [x._differentiable if isinstance(x, CompositeTensor) else (x,) for x in leaves]
    return [part for each in parts for part in each]


def with_gradients(leaves, gradients):
    """For each leaf its gradient, of those of `differentiable(leaves)`."""
    rest = iter(gradients)
    return [
        x._with_gradients([next(rest) for _ in x._differentiable])
        if isinstance(x, CompositeTensor)
        else next(rest)
        for x in leaves
    ]


def type_specs(structure):
    """A structure with each composite replaced by its spec."""
    return nest.map_structure(
        lambda leaf: leaf._type_spec if isinstance(leaf, CompositeTensor) else leaf, structure
    )


def of_specs(structure):
    """A structure with each composite's spec replaced by a composite of its components' specs."""

    def opened(leaf):
        if not isinstance(leaf, TypeSpec) or leaf.value_type in (None, Tensor):
            return leaf
        return leaf._from_components(leaf._component_specs)

    return nest.map_structure(opened, structure)


def _dense(leaf):
    return convert_to_tensor(leaf) if isinstance(leaf, CompositeTensor) else leaf
