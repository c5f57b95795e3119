"""DynamicRaggedShape and RowPartition: the shape of a RaggedTensor, how it is cut into rows."""

from ..base import dtypes
from ..core.dispatch import apply, register_public, tensor_of
from ..core.tensor import Overrides
from .cast import cast
from .create import fill, ones, range_, zeros
from .join import concat
from .ragged import RULES, RaggedTensor, is_ragged, row_ids
from .ragged_functions import elements_for
from .reduce import cumsum
from .shape import broadcast_to, integers, reshape, static_int


class RowPartition:
    """How values are cut into rows: where each row begins.

    Example:
    >>> rows = tf.experimental.RowPartition.from_row_lengths([2, 1])
    >>> rows.row_splits().numpy(), rows.value_rowids().numpy()
    (array([0, 2, 3]), array([0, 0, 1]))
    """

    def __init__(self, *args, **kwargs):
        raise ValueError("RowPartition has no constructor: use RowPartition.from_row_splits.")

    @classmethod
    def _of(cls, splits, dtype=None, uniform=None):
        made = object.__new__(cls)
        splits = tensor_of(splits, "int64")
        made._splits, made._uniform = splits if dtype is None else cast(splits, dtype), uniform
        return made

    @classmethod
    def from_row_splits(cls, row_splits, validate=True, dtype=None, dtype_hint=None):
        """Rows that begin at these values, the last number being the end."""
        found = cls._of(row_splits, dtype)
        if validate and found.static_nvals is not None:
            RaggedTensor.from_row_splits(range_(max(found.static_nvals, 0)), found._splits)
        return found

    @classmethod
    def from_row_lengths(cls, row_lengths, validate=True, dtype=None, dtype_hint=None):
        """Rows of these lengths."""
        lengths = tensor_of(row_lengths, "int64")
        splits = concat([zeros([1], lengths.dtype), cumsum(lengths)], 0)
        return cls.from_row_splits(splits, validate, dtype)

    dtype = property(lambda self: self._splits.dtype, doc="The DType of the partition.")
    static_nrows = property(lambda self: self._splits.shape[0] - 1, doc="The number of rows.")
    static_uniform_row_length = property(lambda self: self._uniform, doc="All rows' length.")

    @property
    def static_nvals(self):
        """The number of values, or None."""
        return int(self._splits.host()[-1]) if self._splits.is_eager else None

    def row_splits(self):
        """Where each row begins, and the end."""
        return self._splits

    def row_lengths(self):
        """The length of each row."""
        return self._splits[1:] - self._splits[:-1]

    def row_starts(self):
        """Where each row begins."""
        return self._splits[:-1]

    def row_limits(self):
        """Where each row ends."""
        return self._splits[1:]

    def nrows(self):
        """The number of rows."""
        return integers(self._splits._shape[0] - 1, self.dtype)

    def nvals(self):
        """The number of values."""
        return self._splits[-1]

    def value_rowids(self):
        """For each value the row that it is in."""
        return apply(row_ids, (self._splits,), {"count": static_int(self._splits[-1], "nvals")})

    def is_uniform(self):
        """Whether it was made with one length for all rows."""
        return self._uniform is not None

    def with_dtype(self, dtype):
        """The same in another integer dtype."""
        return self._of(self._splits, dtype, self._uniform)

    def __repr__(self):
        return f"tf.RowPartition(row_splits={self._splits.numpy()})"


class DynamicRaggedShape(Overrides):
    """The shape of a RaggedTensor: what `tf.shape` gives of one, and what makes one again.

    Args:
      row_partitions: RowPartitions, the outermost first.
      inner_shape: the shape of the flat values.
      dtype: tf.int64 or tf.int32.

    Example:
    >>> shape = tf.shape(tf.ragged.constant([[1, 2], [3]]))
    >>> shape
    <DynamicRaggedShape lengths=[2, (2, 1)] num_row_partitions=1>
    >>> tf.ones(shape)
    <tf.RaggedTensor [[1.0, 1.0], [1.0]]>
    """

    def __init__(
        self, row_partitions, inner_shape, dtype=None, validate=False, static_inner_shape=None
    ):
        kind = dtypes.as_dtype("int64" if dtype is None else dtype)
        self._partitions = tuple(part.with_dtype(kind) for part in row_partitions)
        self._inner, self._kind = cast(tensor_of(inner_shape, "int64"), kind), kind

    @classmethod
    def from_tensor(cls, t, dtype=None):
        """The shape of a tensor or RaggedTensor."""
        if not is_ragged(t):
            return cls((), integers(tensor_of(t)._shape, "int64"), dtype)
        parts = [RowPartition._of(p.row_splits, None, p._uniform) for p in t._levels()]
        return cls(parts, integers(t.flat_values._shape, "int64"), dtype)

    @classmethod
    def from_lengths(cls, lengths, num_row_partitions=None, dtype=dtypes.int64):
        """The shape of these lengths: an int for equal rows, a list for those of each row."""
        ragged = [k for k, n in enumerate(lengths) if not isinstance(n, int)]
        count = max(ragged, default=0) if num_row_partitions is None else num_row_partitions
        parts, rows = [], lengths[0]
        for n in lengths[1 : count + 1]:
            each = [n] * rows if isinstance(n, int) else list(n)
            part = RowPartition.from_row_lengths(each)
            part._uniform = n if isinstance(n, int) else None
            parts.append(part)
            rows = sum(each)
        return cls(parts, [rows, *lengths[count + 1 :]], dtype)

    row_partitions = property(lambda self: self._partitions, doc="The RowPartitions.")
    num_row_partitions = property(lambda self: len(self._partitions), doc="How many there are.")
    inner_shape = property(lambda self: self._inner, doc="The shape of the flat values.")
    inner_rank = property(lambda self: self._inner.shape[0], doc="The flat values' rank.")
    dtype = property(lambda self: self._kind, doc="tf.int64 or tf.int32.")
    rank = property(lambda self: len(self._partitions) + self.inner_rank, doc="The rank.")

    def with_dtype(self, dtype):
        """The same in another integer dtype."""
        return DynamicRaggedShape(self._partitions, self._inner, dtype)

    def is_uniform(self, axis):
        """Whether an axis is of one size for all rows."""
        return not 0 < axis <= len(self._partitions) or self._partitions[axis - 1].is_uniform()

    def static_lengths(self, ragged_lengths=True):
        """The size of each axis, a tuple of lengths for a ragged one."""
        if not self._partitions:
            return self._inner.numpy().tolist()
        sizes = [self._partitions[0].static_nrows]
        for part in self._partitions:
            each = tuple(part.row_lengths().numpy().tolist()) if ragged_lengths else None
            sizes.append(part._uniform if part.is_uniform() else each)
        return sizes + self._inner.numpy().tolist()[1:]

    def __getitem__(self, axis):
        if not self.is_uniform(axis):
            raise ValueError(f"Index {axis} is not uniform")
        if axis > len(self._partitions) or not self._partitions:
            return self._inner[axis - len(self._partitions)]
        if axis == 0:
            return self._partitions[0].nrows()
        return integers(self._partitions[axis - 1]._uniform, self._kind)

    def __repr__(self):
        lengths, count = self.static_lengths(), self.num_row_partitions
        return f"<DynamicRaggedShape lengths={lengths} num_row_partitions={count}>"

    def _rows_of(self, values):
        for part in reversed(self._partitions):
            values = RaggedTensor._make(values, cast(part.row_splits(), "int64"), part._uniform)
        return values

    def _call(self, function, args, kwargs):
        make = _MAKE.get(function.__name__)
        if make is None:
            raise ValueError(
                f"tf.{function._public_path} does not take a DynamicRaggedShape: it goes to "
                f"{', '.join('tf.' + name for name in _MAKE)}."
            )
        return make(*args, **kwargs)


def _ones(shape, dtype=dtypes.float32, name=None):
    return shape._rows_of(ones(shape.inner_shape, dtype))


def _zeros(shape, dtype=dtypes.float32, name=None):
    return shape._rows_of(zeros(shape.inner_shape, dtype))


def _fill(dims, value, name=None):
    return dims._rows_of(fill(dims.inner_shape, value))


def _reshape(tensor, shape, name=None):
    values = tensor.flat_values if is_ragged(tensor) else tensor
    return shape._rows_of(reshape(values, shape.inner_shape))


def _broadcast_to(input, shape, name=None):
    rows = _zeros(shape, "int32")
    if not is_ragged(rows):
        return broadcast_to(input, shape.inner_shape)
    values = input.flat_values if is_ragged(input) else elements_for(rows, input)
    return shape._rows_of(broadcast_to(values, shape.inner_shape))


_MAKE = {
    "ones": _ones, "zeros": _zeros, "fill": _fill, "reshape": _reshape,
    "broadcast_to": _broadcast_to,
}  # fmt: skip


def _shape(function, args, kwargs):
    def call(input, out_type=dtypes.int32, name=None):
        return DynamicRaggedShape.from_tensor(input, out_type)

    return call(*args, **kwargs)


RULES["shape"] = _shape
register_public(DynamicRaggedShape, "experimental.DynamicRaggedShape")
register_public(RowPartition, "experimental.RowPartition")
