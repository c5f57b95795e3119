"""SparseTensor: a tensor that is mostly zeros, as the places and values of the rest.

This module holds the class, its spec and its primitives; `sparse_functions.py` tf.sparse, and
`sparse_rules.py` what tf's other functions do with it.
"""

from collections import namedtuple
from itertools import pairwise

import numpy as np

from ..base import dtypes
from ..base.dims import same
from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.composite import CompositeTensor, TypeSpec
from ..core.dispatch import apply, current_trace, public, register_public, tensor_of
from ..core.op import Op, Spec, fail, per_input
from ..core.spec import TensorSpec
from ..core.tables import Table
from ..core.tensor import Tensor, convert_to_tensor, register_converter, wrap
from .create import size_of
from .reduce import reduce_sum
from .scatter import gather_nd
from .shape import integers, reshape

# -- primitives ------------------------------------------------------------------------------------


def check_places(op_name, indices, shape, ordered=True):
    """Raises unless places lie within a shape and, with `ordered`, are sorted without repeats."""
    inside = ((indices >= 0) & (indices < np.asarray(shape, indices.dtype))).all(-1)
    if not inside.all():
        k = int(np.argmin(inside))
        raise InvalidArgumentError(
            f"[{op_name}] indices[{k}] = {_place(indices[k])} is out of bounds: need 0 <= index < "
            f"[{','.join(map(str, shape))}]."
        )
    if not ordered or len(indices) < 2 or not shape:
        return
    steps = np.diff(_flat_places(indices, shape))
    if (steps <= 0).any():
        k = int(np.argmax(steps <= 0)) + 1
        problem = (
            "is repeated"
            if steps[k - 1] == 0
            else (
                "is out of order. Many sparse ops require sorted indices.\n    Use "
                "`tf.sparse.reorder` to create a correctly ordered copy"
            )
        )
        raise InvalidArgumentError(f"[{op_name}] indices[{k}] = {_place(indices[k])} {problem}.")


def _place(row):
    return f"[{','.join(map(str, row.tolist()))}]"


def _flat_places(indices, shape):
    """The places in row-major order, as one number each."""
    return np.ravel_multi_index(tuple(indices.T), shape) if len(shape) else np.zeros(len(indices))


def _to_dense_kernel(indices, values, default, shape, ordered):
    check_places("sparse_to_dense", indices, shape, ordered)
    if len(indices) != len(values):  # NumPy would repeat a single one
        raise ValueError("there is one place for each value")
    out = np.empty(shape, values.dtype)
    out[...] = default
    if shape:
        out[tuple(indices.T)] = values
    elif len(values):
        out[...] = values[-1]
    return out


def _to_dense_infer(indices, values, default, shape, ordered):
    if indices.shape[1:] != (len(shape),):
        fail("sparse_to_dense", f"Not places in {shape}", (indices,), "", ("indices",))
    return Spec(tuple(shape), values.dtype)


def _default_rule(g, y, indices, values, default, shape, ordered):
    return reduce_sum(g) - reduce_sum(gather_nd(g, indices))


_to_dense = Op(
    "sparse_to_dense",
    _to_dense_kernel,
    _to_dense_infer,
    per_input(
        None, lambda g, y, indices, values, default, **_: gather_nd(g, indices), _default_rule
    ),
    samples=lambda rng: [
        (
            (np.array([[0, 1], [2, 0]]), rng.normal(size=2), np.array(0.5)),
            {"shape": (3, 2), "ordered": True},
        ),
        ((np.array([[2], [0]]), rng.normal(size=2), np.array(0.0)), {"shape": (4,), "ordered": 0}),
    ],
    doc="A tensor of a default value, with values at some places.",
    constants=(0,),
)


# -- the class -------------------------------------------------------------------------------------


SparseTensorValue = namedtuple("SparseTensorValue", ["indices", "values", "dense_shape"])


class SparseTensor(CompositeTensor):
    """A tensor that is mostly zeros: the places and the values of what is not.

    Args:
      indices: the places, an int64 matrix with a row of coordinates for each value.
      values: the values, a vector of any dtype.
      dense_shape: the shape of the tensor, a vector of int64.

    Most functions want the places in row-major order: `tf.sparse.reorder` sorts them.

    Raises:
      ValueError: shapes that do not go together.

    Example:
    >>> x = tf.SparseTensor([[0, 1], [1, 2]], [1.0, 2.0], [2, 3])
    >>> tf.sparse.to_dense(x).numpy()
    array([[0., 1., 0.],
           [0., 0., 2.]], dtype=float32)
    """

    __array_priority__ = 100

    def __init__(self, indices, values, dense_shape):
        indices, shape = (convert_to_tensor(v, "int64") for v in (indices, dense_shape))
        values = convert_to_tensor(values)
        for part, rank in ((indices, 2), (values, 1), (shape, 1)):
            if len(part._shape) != rank:
                raise ValueError(f"Shape {part.shape} must have rank {rank}")
        for first, second in (
            (indices._shape[0], values._shape[0]),
            (indices._shape[1], shape._shape[0]),
        ):
            if first.__class__ is int and second.__class__ is int and first != second:
                raise ValueError(f"Dimensions {first} and {second} are not compatible")
        self._set(indices, values, shape, _dims_of(shape))

    def _set(self, indices, values, dense_shape, dims):
        self._indices, self._values, self._dense_shape = indices, values, dense_shape
        self._dims, self._opened = dims, None

    @classmethod
    def _make(cls, indices, values, dims, dense_shape=None):
        """One of components as they are; of `dims`, ints and Dims, the dense shape follows."""
        made = object.__new__(cls)
        shape = integers(tuple(dims), "int64") if dense_shape is None else dense_shape
        made._set(indices, values, shape, tuple(dims))
        return made

    @classmethod
    def from_value(cls, sparse_tensor_value):
        """The SparseTensor of anything that has indices, values and dense_shape."""
        if isinstance(sparse_tensor_value, SparseTensor):
            return sparse_tensor_value
        if not all(hasattr(sparse_tensor_value, n) for n in ("indices", "values", "dense_shape")):
            raise TypeError(
                f"Argument sparse_tensor_value={sparse_tensor_value} must be a SparseTensor or a "
                "SparseTensorValue."
            )
        parts = sparse_tensor_value.indices, sparse_tensor_value.values
        return cls(*parts, sparse_tensor_value.dense_shape)

    indices = property(lambda self: self._indices, doc="The places, a row of coordinates each.")
    values = property(lambda self: self._values, doc="The values at these places.")
    dense_shape = property(lambda self: self._dense_shape, doc="The shape, as an int64 vector.")
    dtype = property(lambda self: self._values.dtype, doc="The DType of the values.")
    ndim = property(lambda self: len(self._dims), doc="The number of dimensions.")
    is_eager = property(lambda self: self._values.is_eager)
    device = property(lambda self: self._values.device, doc="Where it lives.")
    _dtype = property(lambda self: self._values._dtype)

    @property
    def shape(self):
        """The TensorShape, with None for what only the data tells."""
        return TensorShape([d if d.__class__ is int else None for d in self._dims])

    def get_shape(self):
        """The TensorShape; same as `shape`."""
        return self.shape

    def set_shape(self, shape):
        """Notes what is known of the shape; ValueError where that is something else."""
        known = self.shape.merge_with(shape)
        self._dims = tuple(d if new is None else new for d, new in zip(self._dims, known))

    def with_values(self, new_values):
        """Other values, one for each, at the same places."""
        values = tensor_of(new_values)
        if len(values._shape) != 1:
            raise ValueError(f"Shape {values.shape} must have rank 1")
        if not values.shape.is_compatible_with(self._values.shape):
            given, count = values.shape[0], self._values.shape[0]
            raise ValueError(f"Dimensions {given} and {count} are not compatible")
        return self._with(values)

    def _with(self, values):
        return self._make(self._indices, values, self._dims, self._dense_shape)

    def consumers(self):
        """An empty list, as in TensorFlow."""
        return []

    def eval(self, feed_dict=None, session=None):
        """Raises: there are no sessions; read `indices` and `values`, or tf.sparse.to_dense(x)."""
        raise NotImplementedError(
            "SparseTensor.eval belongs to TensorFlow 1's sessions: read x.indices and x.values, or "
            "tf.sparse.to_dense(x)."
        )

    def __str__(self):
        return (
            f"SparseTensor(indices={self._indices!s}, values={self._values!s}, "
            f"dense_shape={self._dense_shape!s})"
        )

    __repr__ = __str__

    @property
    def _sizes(self):
        """The dense shape as ints and Dims: what only data tell becomes a size of the trace."""
        if all(d is not None for d in self._dims):
            return self._dims
        trace = current_trace()
        if self._opened is None or self._opened[0] is not trace:
            shape = self._dense_shape
            dims = [size_of(shape[k]) if d is None else d for k, d in enumerate(self._dims)]
            self._opened = trace, tuple(dims)
        return self._opened[1]

    # -- the protocol of composites ----------------------------------------------------------------

    @property
    def _type_spec(self):
        return SparseTensorSpec(self.shape, self.dtype)

    _differentiable = property(lambda self: (self._values,))

    def _with_gradients(self, gradients):
        return None if gradients[0] is None else self._with(gradients[0])

    def _densified(self):
        return dense(self)

    def _printed(self):
        yield "'SparseTensor(indices="
        yield self._indices
        yield ", values="
        yield self._values
        yield ", shape="
        yield self._dense_shape
        yield ")'"

    def _call(self, function, args, kwargs):
        path = getattr(function, "_public_path", function.__name__)
        rule = RULES.all().get(path) or RULES.get(path.partition(".")[0] + ".*")
        if rule is None:
            raise ValueError(
                f"tf.{path} does not take a SparseTensor: give it tf.sparse.to_dense(x), or see "
                "whether tf.sparse has a function that does the same."
            )
        return rule(function, args, kwargs)


# "keras.*" stands for all of keras without a rule of their own
RULES = (
    Table()
)  # public path -> what a function does with sparse arguments: (function, args, kwargs)


def _dims_of(shape):
    """What is known of a dense shape: ints, Dims, and None."""
    if shape.is_eager:
        return tuple(shape.host().tolist())
    if hasattr(shape, "dims"):
        return tuple(shape.dims.tolist())
    return (None,) * shape._shape[0]


class SparseTensorSpec(TypeSpec):
    """Describes a SparseTensor.

    Args:
      shape: its TensorShape, None for unknown dimensions.
      dtype: of the values.

    Example:
    >>> tf.SparseTensorSpec([None, 3], tf.int32)
    SparseTensorSpec(TensorShape([None, 3]), tf.int32)
    """

    value_type = SparseTensor
    __slots__ = ("_parts",)

    def __init__(self, shape=None, dtype=dtypes.float32):
        self._parts = (TensorShape(shape), dtypes.as_dtype(dtype))

    shape = property(lambda self: self._parts[0], doc="The TensorShape.")
    dtype = property(lambda self: self._parts[1], doc="The DType of the values.")

    @classmethod
    def from_value(cls, value):
        """The spec of a SparseTensor."""
        return cls(value.shape, value.dtype)

    def _serialize(self):
        return self._parts

    @property
    def _component_specs(self):
        shape, dtype = self._parts
        places, rank = TensorShape([None, shape.rank]), TensorShape([shape.rank])
        return (
            TensorSpec(places, dtypes.int64),
            TensorSpec([None], dtype),
            TensorSpec(rank, dtypes.int64),
        )

    def _to_components(self, value):
        return value.indices, value.values, value.dense_shape

    def _from_components(self, components):
        indices, values, dense_shape = components
        known = self._parts[0]
        if not isinstance(dense_shape, Tensor):  # specs
            dims = () if known.rank is None else tuple(known)
        else:
            if not dense_shape.is_eager and known.is_fully_defined():
                dense_shape = wrap(np.array(known, np.int64))  # a trace is of one shape
            dims = _dims_of(dense_shape)
            count = indices._shape[0]
            if not values.is_eager and not same(values._shape[0], count):  # two names of one size
                values = reshape(values, (count,))
            if known.rank is not None:
                dims = tuple(d if d is not None else k for d, k in zip(dims, known))
        return SparseTensor._make(indices, values, dims, dense_shape)

    # -- rows of data sets -------------------------------------------------------------------------

    def _batch(self, size):
        return SparseTensorSpec(TensorShape([size]).concatenate(self.shape), self.dtype)

    def _unbatch(self):
        if self.shape.rank == 1:
            raise ValueError("Rank of input SparseTensor should be > 1, but saw rank 1.")
        return SparseTensorSpec(self.shape[1:], self.dtype)

    def _stack(self, elements):
        return stacked_rows(elements)

    def _rows(self, components):
        return rows_apart(*components)

    def _example(self, unknown, fill):
        shape = np.array([unknown if d is None else d for d in self.shape], np.int64)
        count = fill if shape.all() else 0
        values = np.full(count, b"1" if self.dtype is dtypes.string else 1)
        return [
            np.zeros((count, len(shape)), np.int64),
            values.astype(self.dtype.numpy_dtype),
            shape,
        ]


def stacked_rows(rows):
    """(indices, values, shape) as arrays of a tensor whose rows have such arrays."""
    indices, values, shapes = zip(*rows)
    numbers = np.repeat(np.arange(len(indices)), [len(part) for part in indices])
    places = np.concatenate([numbers[:, None], np.concatenate(indices)], 1)
    return places, np.concatenate(values), np.array([len(indices), *np.max(shapes, 0)])


def rows_apart(indices, values, shape):
    """For each row of a tensor its [indices, values, shape]: the other way round."""
    order = np.argsort(indices[:, 0], kind="stable")
    ends = np.searchsorted(indices[order, 0], np.arange(shape[0] + 1))
    parts = (order[a:b] for a, b in pairwise(ends.tolist()))
    return [[indices[part, 1:], values[part], shape[1:]] for part in parts]


def dense(x, default=None, ordered=True):
    """The dense tensor of a SparseTensor; `default`, a scalar tensor, where it has no values."""
    if default is None:
        default = wrap(np.array(b"" if x._dtype == object else 0, x._dtype))
    attrs = {"shape": x._sizes, "ordered": ordered}
    return apply(_to_dense, (x._indices, x._values, default), attrs)


@public("sparse.to_dense", composites=True)
def to_dense(sp_input, default_value=None, validate_indices=True, name=None):
    """The dense tensor.

    Args:
      sp_input: a SparseTensor.
      default_value: a scalar for the places without a value; 0 (or an empty string) by default.
      validate_indices: whether places must be in row-major order and not repeated.

    Raises:
      InvalidArgumentError: places that are not.

    Example:
    >>> x = tf.SparseTensor([[0, 1], [1, 0]], [5, 6], [2, 2])
    >>> tf.sparse.to_dense(x, default_value=-1).numpy()
    array([[-1,  5],
           [ 6, -1]], dtype=int32)
    """
    x = sparse_of(sp_input, "sparse.to_dense")
    default = None if default_value is None else convert_to_tensor(default_value, x.dtype)
    return dense(x, default, bool(validate_indices))


def is_sparse(value):
    """Whether a value is a SparseTensor."""
    return isinstance(value, SparseTensor)


def sparse_of(value, where):
    """`value` as a SparseTensor; TypeError for what is none."""
    if not isinstance(value, SparseTensor):
        if isinstance(value, SparseTensorValue):
            return SparseTensor.from_value(value)
        raise TypeError(
            f"{where}: Input must be a SparseTensor, got {type(value).__name__}: make one with "
            "tf.sparse.from_dense(x)."
        )
    return value


def _no_dense(x):
    raise ValueError(
        f"A SparseTensor of shape {x.shape} is no tensor: make one with tf.sparse.to_dense(x)."
    )


register_converter(SparseTensor, _no_dense)
register_public(SparseTensor, "SparseTensor", "sparse.SparseTensor")
register_public(SparseTensorSpec, "SparseTensorSpec")
