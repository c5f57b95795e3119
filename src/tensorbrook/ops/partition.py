"""Tensors taken apart and put together by numbers: partitions, sequences, coordinates, hashes."""

from math import prod

import numpy as np

from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec
from ._kernels import hashes
from ._kernels.texts import flat
from .cast import cast, identity
from .compare import logical_and
from .create import range_, zeros
from .debugging import assert_
from .index import boolean_mask, gather
from .join import concat, stack
from .reduce import reduce_all, reduce_max
from .scatter import tensor_scatter_nd_update
from .select import where
from .shape import check_axis, expand_dims, reshape, shape, static_int, static_ints, transpose


@public("dynamic_partition")
def dynamic_partition(data, partitions, num_partitions, name=None):
    """`num_partitions` tensors: the i-th has the slices of `data` whose number is i, in order.

    Args:
      data: a tensor whose first axes are those of `partitions`.
      partitions: integers from 0 to `num_partitions` - 1.

    Raises:
      ValueError: the shapes do not match.
      InvalidArgumentError: a number outside the range.

    Example:
    >>> [part.numpy().tolist() for part in tf.dynamic_partition([1, 2, 3], [0, 1, 0], 2)]
    [[1, 3], [2]]
    """
    data, partitions = tensor_of(data), tensor_of(partitions)
    count = static_int(num_partitions, "num_partitions")
    check_parts(partitions, count)
    if not partitions._shape:
        partitions, data = expand_dims(partitions, 0), expand_dims(data, 0)
    return [boolean_mask(data, partitions == i) for i in range(count)]


def check_parts(partitions, count):
    """Raises unless numbers of partitions lie in [0, count)."""
    assert_(
        reduce_all(logical_and(partitions >= 0, partitions < count)),
        [f"[dynamic_partition] partitions are not all within [0, {count}):", partitions],
    )


@public("dynamic_stitch")
def dynamic_stitch(indices, data, name=None):
    """One tensor of slices: those of `data[k]` lie where `indices[k]` says; of several the last.

    Args:
      indices: a list of tensors of integers, known when a function is traced.
      data: a list of tensors whose first axes are those of their indices.

    Example:
    >>> tf.dynamic_stitch([[0, 2], [1]], [[10, 30], [20]]).numpy()
    array([10, 20, 30], dtype=int32)
    """
    indices, data = list(map(tensor_of, indices)), list(map(tensor_of, data))
    rows = concat([reshape(i, (-1,)) for i in indices], 0)
    inner = data[0]._shape[len(indices[0]._shape) :]
    values = [reshape(d, (prod(i._shape), *inner)) for i, d in zip(indices, data)]
    if not rows._shape[0]:
        return concat(values, 0)
    count = static_int(reduce_max(rows), "the largest of the indices") + 1
    place = zeros((count, *inner), data[0].dtype)
    return tensor_scatter_nd_update(place, expand_dims(rows, 1), concat(values, 0))


@public("parallel_stack")
def parallel_stack(values, name="parallel_stack"):
    """`tf.stack(values)`.

    Example:
    >>> tf.parallel_stack([1, 2]).numpy()
    array([1, 2], dtype=int32)
    """
    return stack(values)


@public("reverse_sequence")
def reverse_sequence(input, seq_lengths, seq_axis=None, batch_axis=None, name=None):
    """The first elements of each sequence in reverse order, the rest as they are.

    Args:
      input: a tensor.
      seq_lengths: how many elements of each sequence to reverse: one integer a sequence.
      seq_axis: the axis along which sequences go.
      batch_axis: the axis that counts sequences, 0 by default.

    Raises:
      ValueError: no `seq_axis`, or both axes are the same.

    Example:
    >>> tf.reverse_sequence([[1, 2, 3], [4, 5, 6]], [2, 3], seq_axis=1).numpy()
    array([[2, 1, 3],
           [6, 5, 4]], dtype=int32)
    """
    x, lengths = tensor_of(input), cast(tensor_of(seq_lengths), "int32")
    ndim = len(x._shape)
    if seq_axis is None:
        raise ValueError("[reverse_sequence] seq_axis must be given.")
    along = check_axis("reverse_sequence", seq_axis, ndim)
    batch = check_axis("reverse_sequence", batch_axis or 0, ndim)
    if along == batch:
        raise ValueError(f"[reverse_sequence] batch_axis and seq_axis are both {along}.")
    perm = [batch, along, *(k for k in range(ndim) if k not in (batch, along))]
    x = transpose(x, perm)
    place, lengths = expand_dims(range_(x._shape[1]), 0), expand_dims(lengths, 1)
    place = where(place < lengths, lengths - 1 - place, place)
    return transpose(gather(x, place, axis=1, batch_dims=1), np.argsort(perm))


@public("identity_n", composites=True)
def identity_n(input, name=None):
    """A list with each tensor of a list.

    Example:
    >>> [x.numpy().item() for x in tf.identity_n([1, 2.0])]
    [1, 2.0]
    """
    return [identity(x) for x in input]


@public("tuple", composites=True)
def tuple_(tensors, control_inputs=None, name=None):
    """The tensors of a list, all computed before any is used; here they are in any case.

    Args:
      control_inputs: of no effect: operations run in the order of the program.

    Raises:
      ValueError: nothing but None in the list.

    Example:
    >>> [x.numpy().item() for x in tf.tuple([tf.constant(1), tf.constant(2)])]
    [1, 2]
    """
    if not any(x is not None for x in tensors):
        raise ValueError(f"[tuple] Must have at least one tensor, got {tensors}.")
    return list(tensors)


@public("shape_n", composites=True)
def shape_n(input, out_type="int32", name=None):
    """The shape of each tensor of a list.

    Example:
    >>> [s.numpy().tolist() for s in tf.shape_n([[1], [2, 3]])]
    [[1], [2]]
    """
    return [shape(x, out_type) for x in input]


@public("guarantee_const")
def guarantee_const(input, name=None):
    """`input`: compilers need no such word here.

    Example:
    >>> tf.guarantee_const(1).numpy()
    np.int32(1)
    """
    return identity(input)


@public("unravel_index")
def unravel_index(indices, dims, name=None):
    """The coordinates of numbers of elements in an array of sizes `dims`.

    Args:
      indices: integers, a scalar or a vector.
      dims: the array's sizes.

    Returns:
      (number of sizes, indices).

    Raises:
      InvalidArgumentError: an index is outside of the array.

    Example:
    >>> tf.unravel_index([22, 41], (7, 6)).numpy()
    array([[3, 6],
           [4, 5]], dtype=int32)
    """
    indices, sizes = tensor_of(indices), static_ints(dims, "dims")
    inside = reduce_all(logical_and(indices >= 0, indices < prod(sizes)))
    assert_(inside, [f"[unravel_index] index is out of bound as with dims {list(sizes)}:", indices])
    steps = [prod(sizes[k + 1 :]) for k in range(len(sizes))]
    return stack([indices // step % size for step, size in zip(steps, sizes)])


def _fingerprint_kernel(data):
    rows = data.reshape(len(data), prod(data.shape[1:]))
    if data.dtype == object:
        rows = hashes.hash_all(flat(rows), hashes.fingerprint).reshape(rows.shape)
        if rows.shape[1] == 1:
            return rows.view(np.uint8)
    texts = [row.tobytes() for row in np.ascontiguousarray(rows)]
    return hashes.hash_all(texts, hashes.fingerprint).reshape(-1, 1).view(np.uint8)


_fingerprint = Op(
    "fingerprint",
    _fingerprint_kernel,
    lambda data: Spec((data.shape[0], 8), np.dtype("uint8")),
    samples=lambda rng: [((np.arange(6, dtype="int32").reshape(2, 3),), {})],
    doc="A hash of each row of a tensor, as eight bytes.",
    why_no_gradient="it is a hash",
)


@public("fingerprint")
def fingerprint(data, method="farmhash64", name=None):
    """A hash of each row of a tensor: FarmHash's Fingerprint64 as eight bytes.

    Args:
      data: a tensor of rank 1 at least.
      method: "farmhash64".

    Raises:
      InvalidArgumentError: another method or a scalar.

    Example:
    >>> tf.fingerprint(["a"]).numpy()
    array([[227, 117, 223, 182, 101,  66,  69, 179]], dtype=uint8)
    """
    data = tensor_of(data)
    if method not in ("farmhash64", b"farmhash64"):
        raise InvalidArgumentError(f"[fingerprint] Unsupported method: {method}: use farmhash64.")
    if not data._shape:
        raise InvalidArgumentError("[fingerprint] data must have a first axis, got a scalar.")
    return apply(_fingerprint, (data,), {})
