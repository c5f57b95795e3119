"""tf.io: sparse tensors as strings, three for each: indices, values and shape."""

import numpy as np

from ..base import dtypes
from ..base.dims import Dim
from ..base.errors import DataLossError, InvalidArgumentError, TraceBreak
from ..base.examples import TensorProto
from ..core.dispatch import apply, register_public, tensor_of
from ..core.op import Op, Spec, check_dtype
from ..core.tensor import Tensor
from ._kernels.texts import array_of
from .decoding import array_of_message, serialize_tensor, tensor_message
from .join import stack
from .sparse import SparseTensor, rows_apart, stacked_rows

_INT64, _OBJECT = np.dtype(np.int64), np.dtype(object)
_NO_GRADIENT = "texts have no gradients"


def _sparse(op_name, value, out_type):
    if dtypes.as_dtype(out_type) is not dtypes.string:
        raise NotImplementedError(f"[{op_name}] out_type={out_type!r} is not built: use tf.string.")
    if not isinstance(value, SparseTensor):
        raise TypeError(f"[{op_name}] Input must be a SparseTensor, got {type(value).__name__}.")
    return value


def serialize_sparse(sp_input, out_type=dtypes.string, name=None):
    """A sparse tensor as a vector of three strings: serialized indices, values and shape.

    Raises:
      TypeError: `sp_input` is no tf.SparseTensor.

    Example:
    >>> x = tf.SparseTensor([[0, 1]], [5.0], [2, 3])
    >>> data = tf.io.serialize_sparse(x)
    >>> tf.io.parse_tensor(data[1], tf.float32).numpy()
    array([5.], dtype=float32)
    """
    x = _sparse("serialize_sparse", sp_input, out_type)
    return stack([serialize_tensor(part) for part in (x.indices, x.values, x.dense_shape)])


def _text(array):
    return tensor_message(array).SerializeToString()


def _many_kernel(indices, values, shape):
    texts, rest = [], _text(shape[1:])
    for places, held, _ in rows_apart(indices, values, shape):
        texts += (_text(places), _text(held), rest)
    return array_of(texts, (len(texts) // 3, 3))


_many = Op(
    "serialize_many_sparse",
    _many_kernel,
    lambda indices, values, shape: Spec((Dim.of_data(), 3), _OBJECT),
    samples=lambda rng: [((np.array([[0, 1], [2, 0]]), np.float32([1, 2]), np.array([3, 2])), {})],
    doc="Each row of a sparse tensor as three strings.",
    why_no_gradient=_NO_GRADIENT,
)


def serialize_many_sparse(sp_input, out_type=dtypes.string, name=None):
    """Each row of a sparse tensor as three strings: (rows, 3).

    Args:
      sp_input: a tf.SparseTensor of rank 2 or more.
      out_type: tf.string.

    Raises:
      InvalidArgumentError: a rank below 2.
      TypeError: `sp_input` is no tf.SparseTensor.

    Example:
    >>> x = tf.SparseTensor([[0, 1]], [5.0], [2, 3])
    >>> tf.io.serialize_many_sparse(x).shape
    TensorShape([2, 3])
    """
    x = _sparse("serialize_many_sparse", sp_input, out_type)
    if x.shape.rank is not None and x.shape.rank < 2:
        raise InvalidArgumentError(
            f"Rank of input SparseTensor should be > 1, but saw rank: {x.shape.rank}"
        )
    return apply(_many, (x.indices, x.values, x.dense_shape), {})


def _row_of(number, texts, dtype):
    try:
        parts = [array_of_message(TensorProto.FromString(text)) for text in texts]
    except DataLossError as fault:
        raise InvalidArgumentError(f"Could not parse serialized proto {number}: {fault}") from None
    indices, values, shape = parts
    if values.dtype != dtype:
        raise InvalidArgumentError(
            f"Requested SparseTensor of type {dtype} but SparseTensor[{number}].values.dtype() == "
            f"{values.dtype}"
        )
    fits = shape.ndim == values.ndim == 1 and indices.shape == (len(values), len(shape))
    if not fits or indices.dtype != _INT64 or shape.dtype != _INT64:
        raise InvalidArgumentError(
            f"SparseTensor[{number}] is none: its indices have shape {list(indices.shape)}, its "
            f"values {list(values.shape)}, its shape {list(shape.shape)}."
        )
    return indices, values, shape


def _back_kernel(serialized, dtype, rank):
    rows = [_row_of(n, texts, dtype) for n, texts in enumerate(serialized.tolist())]
    if not rows:
        raise InvalidArgumentError(
            "Serialized sparse should have at least 1 serialized tensor, but has a zero dimension."
        )
    ranks = {len(shape) for _, _, shape in rows}
    if len(ranks) > 1 or rank not in (None, 1 + min(ranks)):
        raise InvalidArgumentError(
            f"SparseTensors of ranks {sorted(ranks)} do not make one of rank {rank}: their rank is "
            "one lower, the same for all."
        )
    return stacked_rows(rows)


def _back_infer(serialized, dtype, rank):
    check_dtype("deserialize_many_sparse", serialized, dtypes.STRING, "serialized_sparse")
    some = Dim.of_data()
    return Spec((some, rank), _INT64), Spec((some,), dtype), Spec((rank,), _INT64)


_back = Op(
    "deserialize_many_sparse",
    _back_kernel,
    _back_infer,
    samples=lambda rng: [
        (
            (_many_kernel(np.array([[0, 1], [2, 0]]), np.float32([1, 2]), np.array([3, 2])),),
            {"dtype": np.dtype("float32"), "rank": 2},
        )
    ],
    doc="A sparse tensor of its rows' strings.",
    why_no_gradient=_NO_GRADIENT,
)


def deserialize_many_sparse(serialized_sparse, dtype, rank=None, name=None):
    """The sparse tensor whose rows `serialize_many_sparse` made into strings.

    Args:
      serialized_sparse: strings, (rows, 3).
      dtype: the dtype of the values.
      rank: the rank of the result; needed within a tf.function.

    Raises:
      InvalidArgumentError: strings that are no sparse tensors of this dtype and rank.

    Example:
    >>> x = tf.SparseTensor([[0, 1]], [5.0], [2, 3])
    >>> back = tf.io.deserialize_many_sparse(tf.io.serialize_many_sparse(x), tf.float32)
    >>> tf.sparse.to_dense(back).numpy().tolist()
    [[0.0, 5.0, 0.0], [0.0, 0.0, 0.0]]
    """
    x = tensor_of(serialized_sparse)
    if len(x._shape) != 2 or x._shape[1] != 3:
        raise InvalidArgumentError(
            f"Serialized sparse should have 3 as the last dimension {list(x._shape)}"
        )
    if rank is None and x.__class__ is not Tensor:
        raise TraceBreak("tf.io.deserialize_many_sparse without rank=")
    attrs = {"dtype": dtypes.as_dtype(dtype).numpy_dtype, "rank": rank}
    return SparseTensor(*apply(_back, (x,), attrs))


for _function in (serialize_sparse, serialize_many_sparse, deserialize_many_sparse):
    register_public(_function, f"io.{_function.__name__}")
