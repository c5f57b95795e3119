"""tf.distribute: the values of several replicas, and how they are joined."""

import enum

from .. import ops
from ..base import nest
from ..base.errors import InvalidArgumentError
from ..core.composite import CompositeTensor, TypeSpec
from ..core.spec import type_spec_from_value
from ..core.tensor import Tensor, convert_to_tensor
from ..ops.indexed_slices import IndexedSlices


class ReduceOp(enum.Enum):
    """How the replicas' values are joined."""

    SUM = "SUM"
    MEAN = "MEAN"

    @classmethod
    def from_variable_aggregation(cls, aggregation):
        """The one that an aggregation's name says.

        Raises:
          ValueError: it says neither SUM nor MEAN.
        """
        name = str(getattr(aggregation, "name", aggregation)).upper()
        if name not in cls.__members__:
            raise ValueError(
                f"Could not convert from `tf.VariableAggregation` {aggregation} to "
                "`tf.distribute.ReduceOp` type: give the variable aggregation=SUM or MEAN, or read "
                "each replica's own with strategy.experimental_local_results(variable)."
            )
        return cls[name]


def reduce_op_of(op):
    """A ReduceOp, given as such or by its name.

    Raises:
      ValueError: there is none of the name.
    """
    return op if isinstance(op, ReduceOp) else ReduceOp(str(getattr(op, "value", op)).upper())


class DistributedValues:
    """The values of several replicas: what `Strategy.run` returns, and elements of its data sets.

    Example:
    >>> isinstance(tf.distribute.get_strategy(), tf.distribute.DistributedValues)
    False
    """

    __slots__ = ()

    @property
    def values(self):
        """A tuple of the value on each replica."""
        raise NotImplementedError


class PerReplica(DistributedValues, CompositeTensor):
    """Values that differ from replica to replica.

    Args:
      values: one for each replica: tensors, composites, or what Python has.
    """

    def __init__(self, values):
        self._values = tuple(values)

    values = property(lambda self: self._values, doc="A tuple of the value on each replica.")

    @property
    def _type_spec(self):
        return PerReplicaSpec(*map(_spec_of, self._values))

    @property
    def _differentiable(self):
        return self._values

    def _with_gradients(self, gradients):
        return PerReplica(gradients)

    def _plus(self, other):
        return PerReplica(ops.add(a, b) for a, b in zip(self._values, other._values))

    def _densified(self):
        raise _no_tensor(self)

    def _printed(self):
        return (repr(self),)

    def _call(self, function, args, kwargs):
        raise _no_tensor(self, f"tf.{getattr(function, '_public_path', function.__name__)}")

    def _shown(self, show):
        return f"{type(self).__name__}:{{\n" + _lines(map(show, self._values)) + "\n}"

    def __repr__(self):
        return self._shown(repr)

    def __str__(self):
        return self._shown(str)


class Mirrored(PerReplica):
    """Values that are the same on each replica."""


def _lines(texts):
    return ",\n".join(f"  {number}: {text}" for number, text in enumerate(texts))


def _no_tensor(value, where=None):
    return ValueError(
        (f"[{where}] " if where else "")
        + f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) to a "
        "Tensor: it is one for each replica. Compute with it in a function that strategy.run "
        "calls, or join it with strategy.reduce or strategy.gather."
    )


def _spec_of(value):
    if isinstance(value, TypeSpec):
        return value
    if isinstance(value, (Tensor, CompositeTensor)):
        return type_spec_from_value(value)
    return value


class PerReplicaSpec(TypeSpec):
    """Describes the values of several replicas by the spec of each."""

    value_type = PerReplica
    __slots__ = ("_specs",)

    def __init__(self, *value_specs):
        self._specs = value_specs

    def _serialize(self):
        return self._specs

    @property
    def _component_specs(self):
        return tuple(part for spec in self._specs for part in _opened(spec))

    def _to_components(self, value):
        return tuple(
            part
            for held in value._values
            for part in (
                held._type_spec._to_components(held)
                if isinstance(held, CompositeTensor)
                else (held,)
            )
        )

    def _from_components(self, components):
        rest = iter(components)
        return PerReplica(
            spec._from_components([next(rest) for _ in spec._component_specs])
            if _is_composite(spec)
            else next(rest)
            for spec in self._specs
        )

    @property
    def _outline(self):
        return PerReplicaSpec(*[s._outline if _is_composite(s) else None for s in self._specs])


def _is_composite(spec):
    kind = spec.value_type if isinstance(spec, TypeSpec) else None
    return kind is not None and issubclass(kind, CompositeTensor)


def _opened(spec):
    return spec._component_specs if _is_composite(spec) else (spec,)


# -- of one replica, and of all --------------------------------------------------------------------


def regroup(values):
    """One structure of the structures of all replicas, with a PerReplica where leaves differ."""
    first = values[0]
    if isinstance(first, dict):
        return _rebuilt(first, {key: regroup([v[key] for v in values]) for key in first})
    if isinstance(first, (list, tuple)) and nest.is_nested(first):
        return _rebuilt(first, [regroup(list(parts)) for parts in zip(*values, strict=True)])
    same = all(v is first for v in values)
    return first if same else PerReplica(values)


def _rebuilt(like, items):
    if hasattr(like, "_fields"):
        return type(like)(*items)
    return (
        type(like)(items)
        if type(like) in (list, tuple, dict)
        else nest.pack_sequence_as(like, items.values() if isinstance(items, dict) else items)
    )


def select(number, value):
    """One replica's share of a structure: of each PerReplica in it that replica's value."""
    if isinstance(value, PerReplica):
        return value._values[number]
    if isinstance(value, (list, tuple)) and nest.is_nested(value):
        return _rebuilt(value, [select(number, item) for item in value])
    if isinstance(value, dict):
        return _rebuilt(value, {key: select(number, item) for key, item in value.items()})
    return value


def shares(rows, count):
    """The slices of so many rows for each of `count` replicas: all get as many, the last of them
    fewer or none."""
    size = (rows + count - 1) // count
    return [slice(r * size, (r + 1) * size) for r in range(count)]


def map_whole(function, value):
    """`nest.map_structure` that leaves composites, PerReplica among them, whole."""
    return nest.map_structure(function, value) if nest.is_nested(value) else function(value)


def split_rows(value, count):
    """A structure of batches cut into `shares` for so many replicas. What is no batch all get."""

    def split(leaf):
        if leaf is None or isinstance(leaf, PerReplica) or leaf.shape.rank in (0, None):
            return leaf
        rows = leaf._shape[0] if isinstance(leaf, Tensor) else leaf.shape[0]
        if rows is None:
            rows = ops.shape(leaf)[0] if not hasattr(leaf, "nrows") else leaf.nrows()
        return PerReplica(leaf[share] for share in shares(rows, count))

    return map_whole(split, value)


# -- joining ---------------------------------------------------------------------------------------


def total(op, values):
    """The sum or mean of values of one shape; rows of IndexedSlices are kept as such.

    Args:
      op: a ReduceOp.
      values: one for each replica.
    """
    if all(isinstance(v, IndexedSlices) for v in values):
        joined = IndexedSlices(
            ops.concat([v.values for v in values], 0),
            ops.concat([v.indices for v in values], 0),
            values[0].dense_shape,
        )
        return joined / len(values) if op is ReduceOp.MEAN else joined
    tensors = list(map(convert_to_tensor, values))
    summed = ops.add_n(tensors) if len(tensors) > 1 else tensors[0]
    return summed / len(tensors) if op is ReduceOp.MEAN and len(tensors) > 1 else summed


def joined(values, axis):
    """The values of all replicas one after the other along an axis."""
    tensors = list(map(convert_to_tensor, values))
    if not tensors[0]._shape:
        raise InvalidArgumentError(
            "[gather] cannot join scalars along an axis: give each a dimension, as in "
            "tf.expand_dims(value, 0), or use strategy.experimental_local_results(value)."
        )
    return ops.concat(tensors, axis)
