"""SparseTensors as strings: tf.io.serialize_sparse and its kin."""

import numpy as np

from ..base import dtypes
from ..base.dims import Dim
from ..base.errors import DataLossError, InvalidArgumentError
from ..base.examples import TensorProto
from ..core.dispatch import apply, public
from ..core.op import Spec
from ._kernels.texts import array_of
from .decoding import array_of_message, serialize_tensor, tensor_message
from .join import stack
from .sparse import SparseTensor, SparseTensorSpec, sparse_of
from .strings import OBJECT, sample, text_op, texts_of

_EMPTY = SparseTensorSpec([None, None])  # what cuts rows and puts them together asks no dtype


def _pack_kernel(indices, values, shape):
    rows = _EMPTY._rows([indices, values, shape])
    found = [tensor_message(part).SerializeToString() for row in rows for part in row]
    return array_of(found).reshape((len(rows), 3))


_pack = text_op(
    "serialize_many_sparse",
    _pack_kernel,
    lambda indices, values, shape: Spec((Dim.of_data(), 3), OBJECT),
    sample(np.array([[0, 1], [2, 0]]), np.float32([1, 2]), np.array([3, 2])),
    "Each row of a sparse tensor as three serialized TensorProtos.",
)


def _parsed(data, dtype):
    message = TensorProto()
    try:
        message.ParseFromString(data)
    except DataLossError as fault:
        raise InvalidArgumentError(
            f"[deserialize_many_sparse] Could not parse a TensorProto: {fault}"
        ) from None
    array = array_of_message(message)
    if array.dtype != dtype:
        raise InvalidArgumentError(
            f"[deserialize_many_sparse] A part is of {array.dtype}, where {dtype} was asked for."
        )
    return array


def _unpack_kernel(texts, dtype, rank):
    int64 = np.dtype("int64")
    rows = [[_parsed(t, d) for t, d in zip(row, (int64, dtype, int64))] for row in texts.tolist()]
    for indices, _, shape in rows:
        if indices.ndim != 2 or indices.shape[1] != len(shape) or len(shape) != len(rows[0][2]):
            raise InvalidArgumentError(
                "[deserialize_many_sparse] The rows are no sparse tensors of one rank: places of "
                f"shape {list(indices.shape)} in a shape of {len(shape)} dimensions."
            )
    if not rows:
        rank = rank or 2
        return np.zeros((0, rank), int64), np.zeros(0, dtype), np.zeros(rank, int64)
    if rank is not None and len(rows[0][2]) + 1 != rank:
        raise InvalidArgumentError(
            f"[deserialize_many_sparse] The result is of rank {len(rows[0][2]) + 1}, not {rank}."
        )
    return _EMPTY._stack(rows)


def _unpack_infer(texts, dtype, rank):
    count, int64 = Dim.of_data(), np.dtype("int64")
    width = Dim.of_data() if rank is None else rank
    return Spec((count, width), int64), Spec((count,), dtype), Spec((width,), int64)


_unpack = text_op(
    "deserialize_many_sparse",
    _unpack_kernel,
    _unpack_infer,
    sample(
        _pack_kernel(np.array([[0, 1], [2, 0]]), np.float32([1, 2]), np.array([3, 2])),
        dtype=np.dtype("float32"),
        rank=2,
    ),
    "Rows of serialized TensorProtos as one sparse tensor.",
)


def _check_out_type(where, out_type):
    if dtypes.as_dtype(out_type) is not dtypes.string:
        raise NotImplementedError(
            f"{where}: out_type={out_type!r} is not built; leave it out for strings."
        )


@public("io.serialize_sparse", composites=True)
def serialize_sparse(sp_input, out_type=dtypes.string, name=None):
    """A SparseTensor as three strings: its places, values and shape, a serialized TensorProto each.

    Example:
    >>> parts = tf.io.serialize_sparse(tf.sparse.from_dense([0, 5]))
    >>> tf.io.parse_tensor(parts[1], tf.int32).numpy()
    array([5], dtype=int32)
    """
    x = sparse_of(sp_input, "io.serialize_sparse")
    _check_out_type("io.serialize_sparse", out_type)
    return stack([serialize_tensor(part) for part in (x.indices, x.values, x.dense_shape)])


@public("io.serialize_many_sparse", composites=True)
def serialize_many_sparse(sp_input, out_type=dtypes.string, name=None):
    """Each row of a SparseTensor as three strings, which `deserialize_many_sparse` reads.

    Example:
    >>> tf.io.serialize_many_sparse(tf.sparse.from_dense([[0, 5], [6, 0]])).shape
    TensorShape([2, 3])
    """
    x = sparse_of(sp_input, "io.serialize_many_sparse")
    _check_out_type("io.serialize_many_sparse", out_type)
    if x.ndim < 2:
        raise InvalidArgumentError(
            f"[serialize_many_sparse] Rank of input SparseTensor should be > 1, but saw {x.ndim}."
        )
    return apply(_pack, (x.indices, x.values, x.dense_shape), {})


@public("io.deserialize_many_sparse")
def deserialize_many_sparse(serialized_sparse, dtype, rank=None, name=None):
    """Rows of three strings as one SparseTensor, of the largest of their shapes.

    Args:
      serialized_sparse: strings, of shape (rows, 3).
      dtype: of the values.
      rank: of the result; None for what the data say.

    Raises:
      InvalidArgumentError: the strings are no sparse tensors of one rank and this dtype.

    Example:
    >>> rows = tf.io.serialize_many_sparse(tf.sparse.from_dense([[0, 5], [6, 0]]))
    >>> tf.sparse.to_dense(tf.io.deserialize_many_sparse(rows, tf.int32)).numpy()
    array([[0, 5],
           [6, 0]], dtype=int32)
    """
    x = texts_of("deserialize_many_sparse", serialized_sparse)
    if len(x._shape) != 2 or x.shape[1] not in (3, None):
        raise InvalidArgumentError(
            "[deserialize_many_sparse] serialized_sparse should be of shape (rows, 3), got "
            f"{x.shape}."
        )
    attrs = {"dtype": dtypes.as_dtype(dtype).numpy_dtype, "rank": rank}
    return SparseTensor(*apply(_unpack, (x,), attrs))
