"""TensorShape, and the rules of broadcasting."""

from .context import context
from .dims import Dim, Undecided, least, maximum, same, same_shape


class Dimension(int):
    """A dimension with a `value`, as `TensorShape.dims` has them; unknown where that is None.

    Example:
    >>> [d.value for d in tf.TensorShape([None, 3]).dims]
    [None, 3]
    """

    def __new__(cls, value):
        return object.__new__(_UnknownDimension) if value is None else int.__new__(cls, value)

    value = property(int, doc="The size as an int.")

    def merge_with(self, other):
        """What is known of two that are to be one; ValueError where they differ."""
        merged = TensorShape([self.value]).merge_with([getattr(other, "value", other)])
        return Dimension(merged[0])

    def __repr__(self):
        return f"Dimension({self.value})"

    __str__ = int.__repr__


class _UnknownDimension:
    value, __repr__, merge_with = None, Dimension.__repr__, Dimension.merge_with


class TensorShape(tuple):
    """A tensor's shape: a tuple whose dimensions are ints, or None where unknown.

    `TensorShape(None)` is a shape of unknown rank.

    Example:
    >>> s = tf.TensorShape([None, 3])
    >>> s, s[1], s.rank, s.is_fully_defined(), s == [None, 3]
    (TensorShape([None, 3]), 3, 2, False, True)
    """

    __slots__ = ()

    def __new__(cls, dims=()):
        if dims is None:
            return _UNKNOWN
        if isinstance(dims, TensorShape):
            return dims
        if not hasattr(dims, "__iter__"):
            dims = (dims,)
        return tuple.__new__(cls, [_dimension(d) for d in dims])

    rank = property(len, doc="The number of dimensions, None when unknown.")
    ndims = property(lambda self: self.rank, doc="Same as `rank`.")
    dims = property(lambda self: [*map(Dimension, self)], doc="The dimensions as a list.")

    def as_list(self):
        """The dimensions as a list of ints and Nones."""
        return list(self)

    def is_fully_defined(self):
        """True when every dimension is known."""
        return None not in self

    def num_elements(self):
        """The product of the dimensions, None when one is unknown."""
        product = 1
        for d in self:
            if d is None:
                return None
            product *= d
        return product

    def with_rank(self, rank):
        """This shape, or ValueError when its rank is another."""
        if self.rank is None:
            return TensorShape([None] * rank)
        if self.rank != rank:
            raise ValueError(f"Shape {self} must have rank {rank}.")
        return self

    def concatenate(self, other):
        """The dimensions of both, one after the other."""
        other = TensorShape(other)
        return TensorShape(None) if other.rank is None else TensorShape(tuple(self) + tuple(other))

    def is_compatible_with(self, other):
        """True when a tensor could have both shapes."""
        other = TensorShape(other)
        if self.rank is None or other.rank is None:
            return True
        return len(self) == len(other) and all(
            a is None or b is None or a == b for a, b in zip(self, other)
        )

    def assert_is_compatible_with(self, other):
        """Raises ValueError unless `is_compatible_with(other)`."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {TensorShape(other)} are incompatible")

    def with_rank_at_least(self, rank):
        """This shape; ValueError when it has fewer dimensions."""
        if self.rank is not None and self.rank < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank):
        """This shape; ValueError when it has more dimensions."""
        if self.rank is not None and self.rank > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_has_rank(self, rank):
        """Raises ValueError unless the rank is `rank` or unknown."""
        self.with_rank(rank)

    def assert_is_fully_defined(self):
        """Raises ValueError unless every dimension is known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def merge_with(self, other):
        """The shape that holds what both know; ValueError when they differ."""
        self.assert_is_compatible_with(other)
        other = TensorShape(other)
        if self.rank is None or other.rank is None:
            return other if self.rank is None else self
        return TensorShape([b if a is None else a for a, b in zip(self, other)])

    def most_specific_compatible_shape(self, other):
        """The dimensions on which both agree, None elsewhere."""
        other = TensorShape(other)
        if self.rank is None or self.rank != other.rank:
            return TensorShape(None)
        return TensorShape([a if a == b else None for a, b in zip(self, other)])

    def __bool__(self):
        return True  # a known rank, which may be 0

    def __getitem__(self, key):
        item = tuple.__getitem__(self, key)
        return tuple.__new__(TensorShape, item) if isinstance(key, slice) else item

    def __add__(self, other):
        return self.concatenate(other)

    def __radd__(self, other):
        return TensorShape(other).concatenate(self)

    def __eq__(self, other):
        return other is not _UNKNOWN and tuple.__eq__(self, _comparable(other))

    def __ne__(self, other):
        return not self == other

    __hash__ = tuple.__hash__

    def __str__(self):
        return tuple.__repr__(self)

    def __repr__(self):
        return f"TensorShape({list(self)})"

    def __reduce__(self):
        return TensorShape, (list(self),)


class _UnknownShape(TensorShape):
    """The shape of unknown rank: one object."""

    __slots__ = ()
    rank = property(lambda self: None)
    dims = property(lambda self: None)

    def as_list(self):
        raise ValueError("as_list() is not defined on an unknown TensorShape.")

    def is_fully_defined(self):
        return False

    def num_elements(self):
        return None

    def concatenate(self, other):
        return self

    def __len__(self):
        raise ValueError("Cannot take the length of shape with unknown rank.")

    def __bool__(self):
        return False

    def __getitem__(self, key):
        return self if isinstance(key, slice) else None

    def __iter__(self):
        raise ValueError("Cannot iterate over a shape with unknown rank.")

    def __eq__(self, other):
        return other is self or other is None

    __hash__ = tuple.__hash__

    def __str__(self):
        return "<unknown>"

    def __repr__(self):
        return "TensorShape(None)"

    def __reduce__(self):
        return TensorShape, (None,)


_UNKNOWN = tuple.__new__(_UnknownShape)


def _dimension(value):
    if value is None or value.__class__ is Dim:
        return None
    try:
        value = value.__index__()
    except AttributeError:
        value = getattr(value, "value", value)  # a TF1 Dimension
        if value is not None:
            raise TypeError(f"A dimension is an int or None, not {value!r}.") from None
        return None
    if value < 0:
        raise ValueError(f"Dimension {value} must be >= 0")
    return value


def _comparable(other):
    if isinstance(other, list):
        return tuple(other)
    return other if isinstance(other, tuple) else (object(),)


def shape_of(array_shape):
    """A TensorShape of a tuple of ints known to be right, without checks."""
    return tuple.__new__(TensorShape, array_shape)


def broadcast(*shapes):
    """The shape all `shapes` broadcast to, or None when they do not."""
    result = shapes[0]
    for shape in shapes[1:]:
        if same_shape(shape, result):
            continue
        short, long = sorted((result, shape), key=len)
        padded = (1,) * (len(long) - len(short)) + tuple(short)
        result = tuple(map(_common, padded, long))
        if None in result:
            return None
    return tuple(result)


def _common(a, b):
    """What two dimensions broadcast to, if they do; None where that is sure not to be."""
    if a.__class__ is Dim or b.__class__ is Dim:
        if same(a, b) or same(b, 1):
            return a
        if same(a, 1):
            return b
        if a.__class__ is b.__class__:
            known = (least(a) or 0) * (least(b) or 0) > 0  # of 0 and 1 the common size is 0
            if not known and (context.decide is None or a == 0 or b == 0):
                raise Undecided(f"what {a!r} and {b!r} broadcast to depends on which is 0")
            return maximum(a, b)
        return a if b.__class__ is Dim else b
    return a if a == b or b == 1 else b if a == 1 else None


def broadcast_axes(shape, result):
    """The axes of `result` along which a tensor of `shape` was repeated to fill it."""
    lead = len(result) - len(shape)
    repeated = [
        lead + i
        for i, (d, r) in enumerate(zip(shape, result[lead:]))
        if d is not r and not same(d, r) and (same(d, 1) or d == 1)
    ]
    return (*range(lead), *repeated)


def differs(x, y):
    """False where two shapes are equal whatever sizes the trace leaves open."""
    try:
        return x != y
    except Undecided:
        return not same_shape(x, y)
