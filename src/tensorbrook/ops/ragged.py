"""RaggedTensor: rows of different lengths, as one tensor of all values and where each row begins.

This module holds the class, its spec and its primitives; `ragged_functions.py` what tf's functions
do with it.
"""

from itertools import accumulate, pairwise
from math import prod
from operator import mul

import numpy as np

from ..base import dtypes
from ..base.dims import Dim
from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.composite import CompositeTensor, TypeSpec
from ..core.dispatch import apply, public, register_public, tensor_of
from ..core.op import OPS, Op, Spec, per_input
from ..core.spec import TensorSpec
from ..core.tables import Table
from ..core.tensor import convert_to_tensor, register_converter, wrap
from .cast import cast
from .compare import equal, not_equal
from .create import constant, fill, range_, size_of, zeros
from .debugging import assert_
from .index import gather
from .join import concat, stack
from .operators import attach
from .reduce import cumsum, reduce_all, reduce_any, reduce_max, reduce_sum
from .select import where
from .shape import integers, reshape, static_int
from .sparse import SparseTensor, sparse_of

# -- primitives ------------------------------------------------------------------------------------

_SPLITS = np.array([0, 2, 2, 3])
_INTEGERS = "its result is positions"


def _row_ids(splits, count):
    return np.repeat(np.arange(len(splits) - 1, dtype=splits.dtype), np.diff(splits))


row_ids = Op(
    "row_ids",
    _row_ids,
    lambda splits, count: Spec((count,), splits.dtype),
    samples=lambda rng: [((_SPLITS,), {"count": 3})],
    doc="For each value of a ragged tensor the row that it is in.",
    why_no_gradient=_INTEGERS,
)

_splits_of_ids = Op(
    "splits_of_ids",
    lambda ids, rows: np.searchsorted(ids, np.arange(rows + 1)).astype(ids.dtype),
    lambda ids, rows: Spec((rows + 1,), ids.dtype),
    samples=lambda rng: [((np.array([0, 0, 2]),), {"rows": 4})],
    doc="Where each row begins, of the sorted rows of the values.",
    why_no_gradient=_INTEGERS,
)


def _ranges_kernel(starts, lengths, deltas):
    ends = np.cumsum(lengths)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    return (np.repeat(starts, lengths) + within * np.repeat(deltas, lengths)).astype(starts.dtype)


ranges = Op(
    "ranges",
    _ranges_kernel,
    lambda starts, lengths, deltas: Spec((Dim.of_data(),), starts.dtype),
    samples=lambda rng: [((np.array([5, 1]), np.array([2, 3]), np.array([1, -1])), {})],
    doc="Arithmetic sequences of several starts, lengths and steps, one after the other.",
    why_no_gradient=_INTEGERS,
)


def _held(splits, rows, width):
    """(the places of a dense tensor that hold values, which values these are or None for all)."""
    lengths = np.diff(splits)
    rows = len(lengths) if rows is None else rows
    longest = int(lengths.max(initial=0))
    width = longest if width is None else width
    shown = np.zeros(rows, lengths.dtype)
    shown[: len(lengths)] = lengths[:rows]
    places = np.arange(width) < shown[:, None]
    if longest <= width and rows >= len(lengths):
        return places, None
    within = np.arange(splits[-1]) - np.repeat(splits[:-1], lengths)
    return places, (within < width) & (np.repeat(np.arange(len(lengths)), lengths) < rows)


def _to_dense_kernel(values, splits, default, rows, width):
    places, kept = _held(splits, rows, width)
    out = np.empty((*places.shape, *values.shape[1:]), values.dtype)
    out[...] = default
    out[places] = values if kept is None else values[kept]
    return out


def _to_dense_infer(values, splits, default, rows, width):
    if not values.shape:
        raise ValueError("`values` need an axis: the rows are cut out of it.")
    rows = splits.shape[0] - 1 if rows is None else rows
    width = Dim.of_data() if width is None else width
    return Spec((rows, width, *values.shape[1:]), values.dtype)


def _of_dense_kernel(dense, splits, count):
    places, kept = _held(splits, *dense.shape[:2])
    if kept is None:
        return dense[places]
    out = np.zeros((len(kept), *dense.shape[2:]), dense.dtype)
    out[kept] = dense[places]
    return out


def _default_gradient(g, y, values, splits, default, rows, width):
    held = apply(_of_dense, (g, splits), {"count": values._shape[0]})
    rest = reduce_sum(g) - reduce_sum(held)
    if default._shape:
        raise NotImplementedError(
            "The gradient by a default value that is no scalar is not built: take a scalar."
        )
    return rest


_to_dense = Op(
    "ragged_to_dense",
    _to_dense_kernel,
    _to_dense_infer,
    per_input(
        lambda g, y, values, splits, default, **_: apply(
            _of_dense, (g, splits), {"count": values._shape[0]}
        ),
        None,
        _default_gradient,
    ),
    samples=lambda rng: [
        ((rng.normal(size=(3, *inner)), _SPLITS, np.array(0.5)), {"rows": rows, "width": width})
        for inner, rows, width in (((), 3, 2), ((2,), 4, 3), ((), 2, 1), ((), 1, 1))
    ],
    doc="Rows of different lengths in one dense tensor, filled up with a default value.",
)
_of_dense = Op(
    "ragged_of_dense",
    _of_dense_kernel,
    lambda dense, splits, count: Spec((count, *dense.shape[2:]), dense.dtype),
    per_input(
        lambda g, y, dense, splits, count: apply(
            _to_dense,
            (g, splits, wrap(np.zeros((), g._dtype))),
            {"rows": dense._shape[0], "width": dense._shape[1]},
        ),
        None,
    ),
    samples=lambda rng: [
        ((rng.normal(size=(3, 2)), _SPLITS), {"count": 3}),
        ((rng.normal(size=(2, 1, 2)), _SPLITS), {"count": 3}),
    ],
    doc="The values of rows that lie in one dense tensor; 0 for those that it leaves out.",
)


# -- the class -------------------------------------------------------------------------------------


def _splits(value, dtype=None):
    tensor = tensor_of(value, "int64")
    if tensor._dtype.name not in ("int32", "int64"):
        raise ValueError(f"Row partitions must be int32 or int64, got {tensor.dtype.name}.")
    return tensor if dtype is None else cast(tensor, dtype)


def _values_of(value):
    return value if isinstance(value, RaggedTensor) else tensor_of(value)


def leading(values):
    """The first dimension of a tensor or ragged tensor, an int or a Dim."""
    return values._rows if isinstance(values, RaggedTensor) else values._shape[0]


def _must(condition, problem):
    """Raises InvalidArgumentError where a condition has a value, and that is False."""
    if not condition:
        raise InvalidArgumentError(f"Arguments do not form a valid RaggedTensor: {problem}.")


def _host(tensor):
    return tensor.host() if tensor.is_eager else None


class RaggedTensor(CompositeTensor):
    """A tensor with rows of different lengths.

    Made by `tf.ragged.constant`, by functions such as `tf.strings.split`, and by the class methods
    `from_row_splits` and its kin.

    Example:
    >>> x = tf.ragged.constant([[1, 2, 3], [], [4]])
    >>> x.row_lengths().numpy(), x.to_tensor().numpy()
    (array([3, 0, 1]), array([[1, 2, 3],
           [0, 0, 0],
           [4, 0, 0]], dtype=int32))
    >>> x + 1
    <tf.RaggedTensor [[2, 3, 4], [], [5]]>
    """

    __array_priority__ = 100

    def __init__(self, *args, **kwargs):
        raise ValueError(
            "RaggedTensor has no constructor: use tf.ragged.constant, or a class method such as "
            "tf.RaggedTensor.from_row_splits."
        )

    @classmethod
    def _make(cls, values, row_splits, uniform=None):
        made = object.__new__(cls)
        made._values, made._row_splits, made._uniform = values, row_splits, uniform
        return made

    @property
    def _rows(self):
        count = self._row_splits._shape[0]  # None where the parts are specs
        return None if count is None else count - 1

    # -- made of parts -----------------------------------------------------------------------------

    @classmethod
    def from_row_splits(cls, values, row_splits, name=None, validate=True):
        """Rows of which number i is `values[row_splits[i] : row_splits[i + 1]]`.

        Example:
        >>> tf.RaggedTensor.from_row_splits([1, 2, 3], [0, 1, 3])
        <tf.RaggedTensor [[1], [2, 3]]>
        """
        values, splits = _values_of(values), _splits(row_splits)
        found = _host(splits)
        if validate and found is not None:
            _must(found.ndim == 1 and len(found), f"row_splits has shape {splits.shape}")
            _must(found[0] == 0, f"row_splits begins with {found[0]}, not 0")
            _must((np.diff(found) >= 0).all(), "row_splits is not sorted")
            count = leading(values)
            if count.__class__ is int:
                _must(found[-1] == count, f"row_splits end at {found[-1]} of {count} values")
        return cls._make(values, splits)

    @classmethod
    def from_row_lengths(cls, values, row_lengths, name=None, validate=True):
        """Rows of these lengths, one after the other."""
        lengths = _splits(row_lengths)
        splits = concat([zeros([1], lengths.dtype), cumsum(lengths)], 0)
        return cls.from_row_splits(values, splits, validate=validate)

    @classmethod
    def from_value_rowids(cls, values, value_rowids, nrows=None, name=None, validate=True):
        """Each value in the row that is named for it; the names are sorted."""
        ids = _splits(value_rowids)
        found = _host(ids)
        if found is not None and validate:
            _must((np.diff(found) >= 0).all(), "value_rowids is not sorted")
        if nrows is None:
            nrows = static_int(reduce_max(ids) + 1, "nrows") if ids._shape[0] != 0 else 0
        rows = static_int(nrows, "nrows")
        if found is not None and validate and len(found):
            _must(found[0] >= 0 and found[-1] < rows, f"a row is not below nrows = {rows}")
        return cls._make(_values_of(values), apply(_splits_of_ids, (ids,), {"rows": rows}))

    @classmethod
    def from_row_starts(cls, values, row_starts, name=None, validate=True):
        """Rows that begin at these values; the last one goes to the end."""
        values, starts = _values_of(values), _splits(row_starts)
        end = integers((leading(values),), starts.dtype)
        return cls.from_row_splits(values, concat([starts, end], 0), validate=validate)

    @classmethod
    def from_row_limits(cls, values, row_limits, name=None, validate=True):
        """Rows that end before these values; the first one begins at the beginning."""
        limits = _splits(row_limits)
        splits = concat([zeros([1], limits.dtype), limits], 0)
        return cls.from_row_splits(values, splits, validate=validate)

    @classmethod
    def from_uniform_row_length(
        cls, values, uniform_row_length, nrows=None, validate=True, name=None
    ):
        """Rows of one length: a dimension that is not ragged."""
        values, size = _values_of(values), static_int(uniform_row_length, "uniform_row_length")
        count = leading(values)
        rows = static_int(nrows, "nrows") if nrows is not None else count // size if size else 0
        if validate and rows * size != count:
            raise ValueError(
                f"uniform_row_length={size} times nrows={rows} must equal nvals={count}"
            )
        sizes = integers((rows + 1,), "int64")
        splits = cumsum(_repeated(size, sizes)) - size
        return cls._make(values, splits, size)

    @classmethod
    def from_nested_row_splits(cls, flat_values, nested_row_splits, name=None, validate=True):
        """From the row splits of each ragged dimension, the outermost first."""
        return _nested(cls.from_row_splits, flat_values, nested_row_splits, validate)

    @classmethod
    def from_nested_row_lengths(cls, flat_values, nested_row_lengths, name=None, validate=True):
        """From the row lengths of each ragged dimension, the outermost first."""
        return _nested(cls.from_row_lengths, flat_values, nested_row_lengths, validate)

    @classmethod
    def from_nested_value_rowids(
        cls, flat_values, nested_value_rowids, nested_nrows=None, name=None, validate=True
    ):
        """From the rows of the values of each ragged dimension, the outermost first."""
        rows = nested_nrows or [None] * len(nested_value_rowids)
        values = _values_of(flat_values)
        for ids, count in zip(reversed(nested_value_rowids), reversed(rows)):
            values = cls.from_value_rowids(values, ids, count, validate=validate)
        return values

    @classmethod
    def from_tensor(
        cls,
        tensor,
        lengths=None,
        padding=None,
        ragged_rank=1,
        name=None,
        row_splits_dtype=dtypes.int64,
    ):
        """The rows of a dense tensor, cut to `lengths` or before what equals `padding` at the end.

        Example:
        >>> tf.RaggedTensor.from_tensor([[1, 2, 0], [3, 0, 0]], padding=0)
        <tf.RaggedTensor [[1, 2], [3]]>
        """
        x = tensor_of(tensor)
        if ragged_rank > 1:
            if lengths is not None:
                raise NotImplementedError("from_tensor: lengths with ragged_rank > 1 is not built.")
            rows = reshape(x, (x._shape[0] * x._shape[1], *x._shape[2:]))
            inner = cls.from_tensor(rows, None, padding, ragged_rank - 1, None, row_splits_dtype)
            made = cls.from_uniform_row_length(inner, x._shape[1], x._shape[0])
            return made.with_row_splits_dtype(row_splits_dtype)
        if lengths is None and padding is None:
            rows = reshape(x, (x._shape[0] * x._shape[1], *x._shape[2:]))
            made = cls.from_uniform_row_length(rows, x._shape[1], x._shape[0])
            return made.with_row_splits_dtype(row_splits_dtype)
        if lengths is None:
            lengths = _lengths_before(x, padding)
        lengths = _splits(lengths, row_splits_dtype)
        splits = concat([zeros([1], lengths.dtype), cumsum(lengths)], 0)
        count = size_of(splits[-1])
        return cls._make(apply(_of_dense, (x, splits), {"count": count}), splits)

    @classmethod
    def from_sparse(cls, st_input, name=None, row_splits_dtype=dtypes.int64):
        """The rows of a sparse matrix whose values stand at the beginning of each row, in order.

        Raises:
          InvalidArgumentError: a row has a gap, or places are not sorted.

        Example:
        >>> tf.RaggedTensor.from_sparse(tf.sparse.from_dense([[1, 2], [3, 0]]))
        <tf.RaggedTensor [[1, 2], [3]]>
        """
        x = sparse_of(st_input, "RaggedTensor.from_sparse")
        if x.ndim != 2:
            raise ValueError(f"rank(st_input) must be 2, got a SparseTensor of shape {x.shape}.")
        rows, columns = x.indices[:, 0], x.indices[:, 1]
        splits = apply(_splits_of_ids, (rows,), {"rows": x._sizes[0]})
        places = cast(range_(x.values._shape[0]), "int64") - gather(splits, rows)
        assert_(
            reduce_all(equal(places, columns)),
            ["SparseTensor is not right-ragged: a row has a gap, or its places are not in order."],
        )
        return cls._make(x.values, cast(splits, row_splits_dtype))

    # -- its parts ---------------------------------------------------------------------------------

    values = property(lambda self: self._values, doc="All rows in one tensor, maybe ragged.")
    row_splits = property(lambda self: self._row_splits, doc="Where rows begin, and the end.")
    dtype = property(lambda self: self.flat_values.dtype, doc="The DType of the values.")
    _dtype = property(lambda self: self.flat_values._dtype)
    ndim = property(lambda self: self.shape.rank, doc="The number of dimensions.")

    @property
    def flat_values(self):
        """The values without any partition: a dense tensor."""
        values = self._values
        return values.flat_values if isinstance(values, RaggedTensor) else values

    @property
    def nested_row_splits(self):
        """The row splits of each ragged dimension, the outermost first."""
        inner = self._values
        rest = inner.nested_row_splits if isinstance(inner, RaggedTensor) else ()
        return (self._row_splits, *rest)

    @property
    def ragged_rank(self):
        """The number of partitions."""
        return len(self.nested_row_splits)

    @property
    def uniform_row_length(self):
        """The length of all rows, where they were made of one length; or None."""
        return None if self._uniform is None else integers(self._uniform, "int64")

    @property
    def shape(self):
        """The TensorShape, with None for ragged dimensions."""
        rows = self._rows
        inner = self._values.shape[1:]
        size = self._uniform if self._uniform.__class__ is int else None
        return TensorShape([rows if rows.__class__ is int else None, size, *inner])

    def get_shape(self):
        """The TensorShape; same as `shape`."""
        return self.shape

    def nrows(self, out_type=None, name=None):
        """The number of rows."""
        return integers(self._rows, out_type or self._row_splits.dtype)

    def row_lengths(self, axis=1, name=None):
        """The length of each row; of rows further inside with `axis` > 1."""
        if axis > 1:
            return self.with_values(self._values.row_lengths(axis - 1))
        return self._row_splits[1:] - self._row_splits[:-1]

    def row_starts(self, name=None):
        """Where each row begins among the values."""
        return self._row_splits[:-1]

    def row_limits(self, name=None):
        """Where each row ends among the values."""
        return self._row_splits[1:]

    def value_rowids(self, name=None):
        """For each value the row that it is in."""
        return apply(row_ids, (self._row_splits,), {"count": leading(self._values)})

    def nested_row_lengths(self, name=None):
        """The row lengths of each ragged dimension, the outermost first."""
        return tuple(part.row_lengths() for part in self._levels())

    def nested_value_rowids(self, name=None):
        """The rows of the values of each ragged dimension, the outermost first."""
        return tuple(part.value_rowids() for part in self._levels())

    def _levels(self):
        inner = self._values
        return (self, *(inner._levels() if isinstance(inner, RaggedTensor) else ()))

    def bounding_shape(self, axis=None, name=None, out_type=None):
        """The shape of the smallest dense tensor that holds it, or its size along an axis."""
        dtype = out_type or self._row_splits.dtype
        rest = self.flat_values._shape[1:]
        bounds = [integers(self._rows, dtype)]
        for part in self._levels():
            longest = reduce_max(
                concat([zeros([1], part._row_splits.dtype), part.row_lengths()], 0)
            )
            bounds.append(cast(longest, dtype))
        bounds += [integers(size, dtype) for size in rest]
        return concat([reshape(b, (1,)) for b in bounds], 0) if axis is None else bounds[axis]

    def consumers(self):
        """An empty list, as in TensorFlow."""
        return []

    # -- changed -----------------------------------------------------------------------------------

    def with_values(self, new_values):
        """The same rows of other values."""
        return self._make(_values_of(new_values), self._row_splits, self._uniform)

    def with_flat_values(self, new_values):
        """The same rows of other flat values."""
        if isinstance(self._values, RaggedTensor):
            return self.with_values(self._values.with_flat_values(new_values))
        return self.with_values(new_values)

    def with_row_splits_dtype(self, dtype):
        """The same with row splits of another integer dtype."""
        inner = self._values
        if isinstance(inner, RaggedTensor):
            inner = inner.with_row_splits_dtype(dtype)
        return self._make(inner, cast(self._row_splits, dtype), self._uniform)

    def merge_dims(self, outer_axis, inner_axis):
        """The dimensions from `outer_axis` to `inner_axis` as one.

        Example:
        >>> tf.ragged.constant([[[1, 2], [3]], [[4]]]).merge_dims(1, 2)
        <tf.RaggedTensor [[1, 2, 3], [4]]>
        """
        rank = self.shape.rank
        outer, inner = outer_axis % rank, inner_axis % rank
        if outer > inner:
            raise ValueError(f"outer_axis ({outer_axis}) is behind inner_axis ({inner_axis}).")
        if outer == inner:
            return self
        if outer > 1:
            return self.with_values(self._values.merge_dims(outer - 1, inner - 1))
        values = self._values
        if outer == 1:
            if not isinstance(values, RaggedTensor):
                values = RaggedTensor.from_tensor(values)
            merged = self._make(values._values, gather(values._row_splits, self._row_splits))
            return merged if inner == 2 else merged.merge_dims(1, inner - 1)
        if inner == 1:
            return values
        if not isinstance(values, RaggedTensor):
            return reshape(values, (-1, *values._shape[inner:]))
        return values.merge_dims(0, inner - 1)

    def to_tensor(self, default_value=None, name=None, shape=None):
        """A dense tensor, rows filled up with a default value (0, or an empty string).

        Args:
          default_value: a scalar of the values' dtype, or a tensor of their inner shape.
          shape: the shape of the result, None for what the rows need; longer ones are cut.

        Example:
        >>> tf.ragged.constant([[1, 2], [3]]).to_tensor(shape=[None, 3]).numpy()
        array([[1, 2, 0],
               [3, 0, 0]], dtype=int32)
        """
        sizes = [None] * self.shape.rank if shape is None else list(TensorShape(shape))
        flat = self.flat_values
        empty = b"" if flat._dtype == object else 0
        default = convert_to_tensor(empty if default_value is None else default_value, flat.dtype)
        return self._dense(default, sizes)

    def _dense(self, default, sizes):
        values = self._values
        if isinstance(values, RaggedTensor):
            values = values._dense(default, [None, *sizes[2:]])
        elif any(s is not None and s != d for s, d in zip(sizes[2:], values._shape[1:])):
            raise NotImplementedError(
                "to_tensor(shape=): dimensions that are not ragged must stay."
            )
        attrs = {"rows": sizes[0], "width": sizes[1] if sizes[1] is not None else self._uniform}
        return apply(_to_dense, (values, self._row_splits, default), attrs)

    def to_sparse(self, name=None):
        """A SparseTensor with these values, each row's from the beginning on.

        Example:
        >>> tf.ragged.constant([[1], [], [2, 3]]).to_sparse().indices.numpy()
        array([[0, 0],
               [2, 0],
               [2, 1]])
        """
        flat = self.flat_values
        inner = flat._shape[1:]
        ids = cast(range_(prod(flat._shape)), "int64")
        columns, size = [], prod(inner)
        for k, width in enumerate(inner):
            columns.append(ids // prod(inner[k + 1 :]) % width)
        ids = ids // size
        for level in reversed(self._levels()):
            rows = gather(cast(level.value_rowids(), "int64"), ids)
            columns.insert(0, ids - gather(cast(level.row_starts(), "int64"), rows))
            ids = rows
        indices = stack([ids, *columns], 1)
        shape = self.bounding_shape(out_type="int64")
        return SparseTensor(indices, reshape(flat, (-1,)), shape)

    # -- its values --------------------------------------------------------------------------------

    def to_list(self):
        """The values as nested lists."""
        values = self._values
        rows = values.to_list() if isinstance(values, RaggedTensor) else values.numpy().tolist()
        ends = self._row_splits.numpy().tolist()
        return [rows[a:b] for a, b in pairwise(ends)]

    def numpy(self):
        """An array of the rows' arrays; one array where all rows have one length."""
        values, ends = self._values.numpy(), self._row_splits.numpy().tolist()
        rows = [values[a:b] for a, b in pairwise(ends)]
        if len({row.shape for row in rows}) <= 1 and not any(map(_holds_rows, rows)):
            return np.array(rows, values.dtype) if rows else values[None][:0]
        out = np.empty(len(rows), object)
        out[:] = rows
        return out

    def __repr__(self):
        if not self.flat_values.is_eager:
            return f"tf.RaggedTensor(values={self._values}, row_splits={self._row_splits})"
        with np.printoptions(formatter={"all": _shown}):
            return f"<tf.RaggedTensor {_shown(self.numpy())}>"

    __str__ = __repr__

    # -- the protocol of composites ----------------------------------------------------------------

    @property
    def _type_spec(self):
        dtype = self._row_splits.dtype
        return RaggedTensorSpec(self.shape, self.dtype, self.ragged_rank, dtype)

    _differentiable = property(lambda self: (self.flat_values,))

    def _with_gradients(self, gradients):
        return None if gradients[0] is None else self.with_flat_values(gradients[0])

    def _printed(self):
        return ((_text_of_rows, (self.flat_values, *self.nested_row_splits)),)

    def _call(self, function, args, kwargs):
        path = getattr(function, "_public_path", function.__name__)
        rule = RULES.all().get(path)
        op = OPS.get(path.rpartition(".")[2])
        if rule is None and op is not None and op.elementwise:
            rule = RULES["identity"]  # as all functions of elements
        if rule is None:
            raise ValueError(
                f"tf.{path} does not take a RaggedTensor: give it .to_tensor(), or its values by "
                "tf.ragged.map_flat_values."
            )
        return rule(function, args, kwargs)


RULES = (
    Table()
)  # public path -> what a function does with ragged arguments: (function, args, kwargs)
attach(RaggedTensor)
RaggedTensor.__hash__ = None


def _bool(self):
    raise TypeError("RaggedTensor may not be used as a boolean.")


RaggedTensor.__bool__ = _bool


def is_ragged(value):
    """Whether a value is a RaggedTensor."""
    return isinstance(value, RaggedTensor)


def _holds_rows(row):
    return (
        isinstance(row, np.ndarray)
        and row.dtype == object
        and row.size
        and (isinstance(row[0], np.ndarray))
    )


def _text_of_rows(arrays, summarize):
    """Flat values and row splits as tf.print writes a ragged tensor."""
    values, *splits = arrays
    flat = values if values.dtype.kind == "f" else values.tolist()
    rows = [_text_of_value(value, summarize) for value in flat]
    for ends in splits[::-1]:
        rows = [_listed(rows[a:b], summarize) for a, b in pairwise(ends.tolist())]
    return _listed(rows, summarize)


def _text_of_value(value, summarize):
    """The text of a value, or of a row of an inner dimension."""
    if isinstance(value, list | np.ndarray):
        return _listed([_text_of_value(v, summarize) for v in value], summarize)
    if isinstance(value, np.floating):
        return f"{value:f}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return f"'{value.decode(errors='replace')}'"
    return str(value)


def _listed(texts, summarize):
    if 0 <= 2 * summarize < len(texts):
        texts = [*texts[:summarize], "...", *texts[len(texts) - summarize :]]
    return f"[{', '.join(texts)}]"


def _shown(x):
    """An array, maybe of arrays, as NumPy prints one; its elements by themselves."""
    if not isinstance(x, np.ndarray):
        return str(x)
    return np.array2string(x, separator=", ") if x.size else repr(x.tolist())


def _nested(make, flat_values, partitions, validate):
    values = _values_of(flat_values)
    for part in reversed(list(partitions)):
        values = make(values, part, validate=validate)
    return values


def _repeated(size, count):
    """`size`, an int or Dim, `count` times."""
    return fill(count, integers(size, "int64"))


def _lengths_before(x, padding):
    """For each row how much is left without what equals `padding` at its end."""
    kept = not_equal(x, convert_to_tensor(padding, x.dtype))
    if len(kept._shape) > 2:
        kept = reduce_any(kept, axis=list(range(2, len(kept._shape))))
    places = cast(range_(1, x._shape[1] + 1), "int64")
    return reduce_max(where(kept, places, 0), axis=1)


class RaggedTensorSpec(TypeSpec):
    """Describes a RaggedTensor.

    Args:
      shape: its TensorShape; ragged dimensions are None.
      dtype: of the values.
      ragged_rank: the number of partitions; one less than the dimensions by default.
      row_splits_dtype: tf.int64 or tf.int32.

    Example:
    >>> tf.RaggedTensorSpec([None, None], tf.int32)
    RaggedTensorSpec(TensorShape([None, None]), tf.int32, 1, tf.int64)
    """

    value_type = RaggedTensor
    __slots__ = ("_parts",)

    def __init__(
        self,
        shape=None,
        dtype=dtypes.float32,
        ragged_rank=None,
        row_splits_dtype=dtypes.int64,
        flat_values_spec=None,
    ):
        if flat_values_spec is not None:
            dtype = flat_values_spec.dtype
        shape = TensorShape(shape)
        if ragged_rank is None:
            if shape.rank is None:
                raise ValueError("Must specify ragged_rank or a shape with a known rank.")
            ragged_rank = shape.rank - 1
        splits = dtypes.as_dtype(row_splits_dtype)
        self._parts = (shape, dtypes.as_dtype(dtype), ragged_rank, splits)

    shape = property(lambda self: self._parts[0], doc="The TensorShape.")
    dtype = property(lambda self: self._parts[1], doc="The DType of the values.")
    ragged_rank = property(lambda self: self._parts[2], doc="The number of partitions.")
    row_splits_dtype = property(lambda self: self._parts[3], doc="The DType of the row splits.")
    flat_values_spec = property(lambda self: None, doc="None: the values are a plain tensor.")

    @classmethod
    def from_value(cls, value):
        """The spec of a RaggedTensor."""
        return value._type_spec

    def _serialize(self):
        return self._parts

    @property
    def _component_specs(self):
        shape, dtype, rank, splits = self._parts
        rows = None if shape.rank is None or shape[0] is None else shape[0] + 1
        inner = None if shape.rank is None else [None, *shape[rank + 1 :]]
        specs = [TensorSpec(inner, dtype), TensorSpec([rows], splits)]
        return (*specs, *[TensorSpec([None], splits)] * (rank - 1))[: rank + 1]

    def _to_components(self, value):
        if not self.ragged_rank:
            return (tensor_of(value),)
        return (value.flat_values, *value.nested_row_splits)

    def _from_components(self, components):
        values, *splits = components
        sizes = [None] * (len(splits) + 1) if self.shape.rank is None else list(self.shape)
        for k in range(len(splits) - 1, -1, -1):
            values = RaggedTensor._make(values, splits[k], sizes[k + 1])
        return values

    @property
    def _outline(self):
        shape, *rest = self._parts
        if shape.rank is None:
            return self
        return RaggedTensorSpec([None] * shape.rank, *rest)

    # -- rows of data sets: one row of a matrix is a tensor, of ragged rank 0 ----------------------

    def _spec_of(self, components):
        if self.ragged_rank:
            return super()._spec_of(components)
        return RaggedTensorSpec(components[0].shape, self.dtype, 0, self.row_splits_dtype)

    def _batch(self, size):
        shape, dtype, rank, splits = self._parts
        return RaggedTensorSpec(TensorShape([size]).concatenate(shape), dtype, rank + 1, splits)

    def _unbatch(self):
        shape, dtype, rank, splits = self._parts
        return RaggedTensorSpec(shape[1:], dtype, rank - 1, splits)

    def _stack(self, elements):
        flat, *levels = zip(*elements)
        dtype = self.row_splits_dtype.numpy_dtype
        counts = [len(part) - 1 for part in levels[0]] if levels else list(map(len, flat))
        lengths = [counts, *(np.concatenate(list(map(np.diff, level))) for level in levels)]
        splits = [np.concatenate([[0], np.cumsum(part)]).astype(dtype) for part in lengths]
        return [np.concatenate(flat), *splits]

    def _rows(self, components):
        flat, first, *levels = components
        found = []
        for begin, end in pairwise(first.tolist()):
            splits = []
            for level in levels:
                part = level[begin : end + 1]
                begin, end = part[0], part[-1]
                splits.append(part - begin)
            found.append([flat[begin:end], *splits])
        return found

    def _example(self, unknown, fill):
        shape, dtype, rank, splits = self._parts
        dims = [unknown if d is None else d for d in shape]
        counts = list(accumulate(dims[: rank + 1], mul))
        value = (b"1 1" if fill else b"") if dtype is dtypes.string else fill
        flat = np.full((counts[-1], *dims[rank + 1 :]), value, dtype.numpy_dtype)
        ends = [np.arange(n + 1) * d for n, d in zip(counts, dims[1:])]
        return [flat, *(part.astype(splits.numpy_dtype) for part in ends[:rank])]


def _no_dense(ragged):
    raise ValueError(
        f"A RaggedTensor of shape {ragged.shape} is no dense tensor: use its to_tensor()."
    )


register_converter(RaggedTensor, _no_dense)
register_public(RaggedTensor, "RaggedTensor")
register_public(RaggedTensorSpec, "RaggedTensorSpec")


# -- tf.ragged.constant ----------------------------------------------------------------------------


def _depth(value):
    """How deep lists are nested: (to a value, or None where there is none; to the deepest list)."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        return 0, 0
    found, deepest = None, 0
    for item in value:
        inner, most = _depth(item)
        if inner is not None:
            if found not in (None, inner):
                raise ValueError("all scalar values must have the same nesting depth")
            found = inner
        deepest = max(deepest, most)
    return (None if found is None else found + 1), deepest + 1


@public("ragged.constant")
def ragged_constant(
    pylist,
    dtype=None,
    ragged_rank=None,
    inner_shape=None,
    name=None,
    row_splits_dtype=dtypes.int64,
):
    """A RaggedTensor of nested lists; a Tensor where there is one list.

    Args:
      pylist: lists of lists of values.
      dtype: of the values.
      ragged_rank: how many dimensions are ragged: all but the first and those of `inner_shape`.
      inner_shape: the shape of what the innermost ragged rows hold.
      row_splits_dtype: tf.int64 or tf.int32.

    Raises:
      ValueError: values at different depths.

    Example:
    >>> tf.ragged.constant([["a", "b"], []])
    <tf.RaggedTensor [[b'a', b'b'], []]>
    """
    to_value, deepest = _depth(pylist)
    depth = deepest if to_value is None else to_value
    if to_value is not None and deepest > to_value:
        raise ValueError("all scalar values must have the same nesting depth")
    if ragged_rank is None:
        ragged_rank = max(depth - 1 - (0 if inner_shape is None else len(inner_shape)), 0)
    if depth == 0 or ragged_rank == 0:
        return constant(pylist, dtype)
    values, partitions = pylist, []
    for _ in range(ragged_rank):
        lengths = [len(row) for row in values]
        partitions.append([0, *accumulate(lengths)])
        values = [item for row in values for item in row]
    if inner_shape is None and not values:
        inner_shape = (0,) * (depth - 1 - ragged_rank)
    if values:
        flat = constant(values, dtype)
    else:
        flat = zeros([0, *inner_shape], dtype or "float32")
    splits = [wrap(np.array(p, dtypes.as_dtype(row_splits_dtype).numpy_dtype)) for p in partitions]
    return RaggedTensor.from_nested_row_splits(flat, splits, validate=False)
