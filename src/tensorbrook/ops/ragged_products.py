"""Products of RaggedTensors: batches of matrices of several sizes.

They are filled up with zeros to one size, which adds nothing to a product, and cut again.
"""

from ..core.dispatch import tensor_of
from ..core.tensor import Tensor
from .cast import cast
from .compare import equal
from .create import zeros
from .debugging import assert_equal
from .index import gather
from .ragged import RULES, RaggedTensor, is_ragged
from .segments import unsorted_segment_max, where_occupied
from .select import where
from .shape import integers


def _dense(x, axis=None, size=None):
    """(matrices of one size, their numbers of rows, of columns): a tensor where they differed.

    `size` is that of an axis, where it is known.

    Raises:
      InvalidArgumentError: the rows of one matrix differ in length.
    """
    if not is_ragged(x):
        return x, x._shape[-2], x._shape[-1]
    rows = x.row_lengths()
    told = "[matmul] The matrices in a and b may not be ragged in their innermost axis."
    if x.shape.rank == 2:
        assert_equal(rows, rows[:1], told)
        dense = x.to_tensor()
        return dense, *dense._shape
    if is_ragged(x.values):
        lengths, numbers = x.values.row_lengths(), x.value_rowids()
        columns = where_occupied(unsorted_segment_max(lengths, numbers, x._rows), numbers)
        assert_equal(gather(columns, numbers), lengths, told)
    else:
        columns = x.values._shape[1]
    sizes = [None] * 3
    if axis == 1 or is_ragged(x.values):
        sizes[axis or 1] = size
    dense = x._dense(zeros([], x.dtype), sizes)
    return dense, rows if x._uniform is None else x._uniform, columns


def _number(size):
    return cast(size if isinstance(size, Tensor) else integers(size, "int64"), "int64")


def _cut(product, rows, columns):
    """The rows and columns of products that are no filling."""
    lengths = rows if isinstance(rows, Tensor) else None
    found = RaggedTensor.from_tensor(product, lengths)
    if not isinstance(columns, Tensor):
        return found
    widths = gather(columns, found.value_rowids())
    return found.with_values(RaggedTensor.from_tensor(found.values, widths))


def _matmul(function, args, kwargs):
    def call(a, b, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False):
        a, b = (x if is_ragged(x) else tensor_of(x) for x in (a, b))
        flags, rank = (transpose_a, transpose_b, adjoint_a, adjoint_b), len(a.shape)
        if len(b.shape) != rank:
            raise ValueError(
                f"[matmul] `a` and `b` must have the same rank: got {a.shape} and {b.shape}."
            )
        if rank > 3:
            if not (is_ragged(a) and is_ragged(b)):
                raise NotImplementedError(
                    "[matmul] of a ragged and a dense tensor is built for three axes: make both "
                    "ragged with tf.RaggedTensor.from_tensor."
                )
            splits = a.row_splits, cast(b.row_splits, a.row_splits.dtype)
            assert_equal(*splits, "[matmul] The outer rows of a and b differ.")
            return a.with_values(function(a.values, b.values, *flags))
        turned = transpose_a or adjoint_a, transpose_b or adjoint_b
        axes = 1 if turned[0] else 2, 2 if turned[1] else 1  # that are summed over
        if is_ragged(b):
            a, *sides = _dense(a)
            b, *others = _dense(b, axes[1], a._shape[axes[0]] if rank == 3 else None)
        else:
            a, *sides = _dense(a, axes[0], b._shape[axes[1]] if rank == 3 else None)
            b, *others = _dense(b)
        rows, inner = sides[::-1] if turned[0] else sides
        other, columns = others[::-1] if turned[1] else others
        if rank == 3 and (isinstance(inner, Tensor) or isinstance(other, Tensor)):
            none = equal(_number(rows), 0)  # which have no columns to be told
            inner, other = _number(inner), _number(other)
            told = "[matmul] The columns of a and the rows of b differ in number."
            assert_equal(where(none, other, inner), other, told)
        product = function(a, b, *flags)
        return _cut(product, rows, columns) if rank == 3 else product

    return call(*args, **kwargs)


RULES["matmul"] = _matmul
