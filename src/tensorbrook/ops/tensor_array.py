"""tf.TensorArray: a list of tensors written and read one by one, in loops above all.

Eagerly it is a Python list. In a trace it stays one as long as all indices are known; at the first
index that is a tensor it becomes one stacked tensor, which is also how loops carry it.
"""

import numpy as np

from ..base import nest
from ..base.dims import has_dims
from ..base.dtypes import as_dtype
from ..base.errors import InvalidArgumentError, OutOfRangeError, TraceBreak
from ..base.shapes import TensorShape
from ..core.dispatch import apply, current_trace, register_public, tensor_of
from ..core.op import Op, fail, per_input, same_dtype
from ..core.tensor import Tensor, convert_to_tensor
from ._families import draw
from .index import check_indices, gather
from .join import concat, split, stack, unstack
from .shape import filled, static_int, static_ints
from .shape import shape as shape_tensor


def _update_kernel(x, index, row):
    check_indices("update_row", index, x.shape[0])
    out = np.array(x)
    out[index] = row
    return out


def _update_infer(x, index, row):
    same_dtype("update_row", (x, row), ("x", "row"))
    if not x.shape or x.shape[1:] != row.shape or index.shape or index.dtype.kind not in "iu":
        fix = "Give an integer scalar, and a row of the tensor's shape without its first axis."
        fail("update_row", "Shapes do not fit", (x, index, row), fix, ("x", "index", "row"))
    return x


def _row_samples(rng):
    return [
        ((draw(rng, (3, *s), (-2, 2)), np.array(i, np.int32), draw(rng, s, (-2, 2))), {})
        for s, i in (((2,), 1), ((), 0), ((0,), 2))
    ]


_update_row = Op(
    "update_row",
    _update_kernel,
    _update_infer,
    per_input(
        lambda g, y, x, index, row: update_row(g, index, filled(row._shape, 0, row._dtype)),
        None,
        lambda g, y, x, index, row: gather(g, index, axis=0),
    ),
    samples=_row_samples,
    doc="A copy of a tensor with another row in place of that at an index.",
    constants=(1,),
)


def update_row(x, index, row):
    """`x` with `row` in place of `x[index]`; the index may be a tensor of a trace."""
    return apply(_update_row, (x, index, row), {})


class TensorArray:
    """A list of tensors of one dtype.

    Args:
      dtype: the elements' dtype.
      size: how many elements it has.
      dynamic_size: let writes beyond the end make it longer.
      clear_after_read: forget an element when it is read, which may be done once then. True by
        default. In a trace elements are kept.
      infer_shape: refuse elements whose shape differs from the first one's.
      element_shape: the shape of elements, where known.
      handle, flow: TensorFlow's inside, to be left None.
      tensor_array_name, colocate_with_first_write_call, name: ignored; they change no result.

    Raises:
      ValueError: no size.

    Example:
    >>> squares = tf.TensorArray(tf.float32, size=3)
    >>> for i in range(3):
    ...     squares = squares.write(i, float(i * i))
    >>> squares.stack().numpy()
    array([0., 1., 4.], dtype=float32)
    """

    def __init__(
        self,
        dtype,
        size=None,
        dynamic_size=None,
        clear_after_read=None,
        tensor_array_name=None,
        handle=None,
        flow=None,
        infer_shape=True,
        element_shape=None,
        colocate_with_first_write_call=True,
        name=None,
    ):
        if handle is not None or flow is not None:
            raise NotImplementedError(
                "tf.TensorArray(handle=..., flow=...) wraps an array of a TensorFlow graph: give "
                "dtype and size instead."
            )
        if size is None:
            raise ValueError("[TensorArray] size must be given: the number of elements, or 0.")
        self.dtype, self.dynamic_size = as_dtype(dtype), bool(dynamic_size)
        self._clear = clear_after_read is not False
        self._infer_shape = bool(infer_shape)
        self._element_shape = TensorShape(element_shape)
        rows = static_int(size, "size")
        self._items, self._cleared, self._open = [], set(), None
        self._stacked = None  # all elements in one tensor, in place of _items
        self._lazy = None  # makes _stacked when the shape gets known: in the body of a loop
        if has_dims((rows,)):  # a size that the trace leaves open
            self._open, self._lazy = rows, lambda shape: self._zeros((rows, *shape))
        else:
            self._items = [None] * rows

    # -- state -------------------------------------------------------------------------------------

    def _copy(self):
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._items = self._items and list(self._items)
        return copy

    def _changed(self):
        """Itself, where changes happen at once; a copy in a trace, where nothing ever changes."""
        return self if current_trace() is None else self._copy()

    def __len__(self):
        return self.rows

    @property
    def rows(self):
        """The number of elements: an integer, or the Dim that a trace has for it."""
        if self._stacked is not None:
            return self._stacked._shape[0]
        return len(self._items) if self._open is None else self._open

    def _zeros(self, shape):
        return filled(shape, 0, self.dtype.numpy_dtype)

    @property
    def element_shape(self):
        """The shape of elements as far as it is known."""
        return self._element_shape

    flow = property(lambda self: convert_to_tensor(0), doc="A tensor without meaning here.")
    handle = property(lambda self: None, doc="None: there is no resource behind it.")

    def _learn(self, shape, what="value"):
        """Takes the shape of an element to be that of all of them."""
        if self._infer_shape and not self._element_shape.is_compatible_with(shape):
            raise ValueError(
                f"[TensorArray] Incompatible shape for {what} ({TensorShape(shape)}), expected "
                f"({self._element_shape}): elements have one shape; infer_shape=False lifts that."
            )
        if self._infer_shape:
            self._element_shape = TensorShape(shape)

    def known_shape(self):
        """The shape of elements, or None while it is not known."""
        if self._stacked is not None:
            return self._stacked._shape[1:]
        if self._element_shape.is_fully_defined():
            return tuple(self._element_shape)
        return next((item._shape for item in self._items if item is not None), None)

    def content(self, shape=None):
        """All elements as one tensor [size, *element shape]; None while the shape is not known.

        Args:
          shape: the shape of elements, to be used where it is not known yet.
        """
        if self._stacked is not None:
            return self._stacked
        known = self.known_shape()
        shape = shape if known is None else known
        if shape is None:
            return None
        if self._lazy is not None:
            return self._lazy(shape)
        if any(item is not None and item._shape != shape for item in self._items):
            fault = InvalidArgumentError if current_trace() is None else TraceBreak
            raise fault("a tf.TensorArray has inconsistent shapes")
        if all(item is None for item in self._items):
            return self._zeros((self.rows, *shape))
        return stack([self._zeros(shape) if item is None else item for item in self._items])

    def with_content(self, tensor):
        """An array like this one whose elements are the rows of a tensor."""
        copy = self._copy()
        copy._items, copy._lazy, copy._stacked = None, None, tensor
        copy._element_shape = TensorShape(tensor._shape[1:])
        return copy

    def with_lazy(self, make):
        """An array like this one; `make(element shape)` gives its content when that is known."""
        copy = self._copy()
        copy._lazy = make
        return copy

    # -- reading and writing -----------------------------------------------------------------------

    def _index(self, index):
        """A Python int, or the tensor where a trace does not know the value."""
        index = tensor_of(index)
        return int(index) if index.is_eager else index

    def read(self, index, name=None):
        """The element at an index.

        Raises:
          OutOfRangeError: the index is not smaller than the size.
          InvalidArgumentError: read before, with `clear_after_read`.
          ValueError: never written, and the shape of elements is not known.
        """
        index = self._index(index)
        if index.__class__ is not int or self._stacked is not None or self._lazy is not None:
            content = self.content()
            if content is None:
                raise ValueError(self._unwritten(index))
            return content[index] if index.__class__ is int else gather(content, index, axis=0)
        if not 0 <= index < len(self._items):
            raise OutOfRangeError(
                f"[TensorArray] Tried to read from index {index} but array size is: "
                f"{len(self._items)}"
            )
        item = self._items[index]
        if item is None:
            if index in self._cleared:
                raise InvalidArgumentError(
                    f"[TensorArray] Could not read index {index} twice because it was cleared "
                    "after a previous read (perhaps try setting clear_after_read = false?)"
                )
            return self._zero(index)
        if self._clear and current_trace() is None:
            self._items[index] = None
            self._cleared.add(index)
        return item

    def _unwritten(self, index):
        return (
            f"[TensorArray] index {index} was never written, and the shape of its elements is not "
            f"known to make zeros of: write it first, or give element_shape."
        )

    def _zero(self, index):
        if not self._element_shape.is_fully_defined():
            raise ValueError(self._unwritten(index))
        return self._zeros(tuple(self._element_shape))

    def _tensor(self, value):
        tensor = convert_to_tensor(value, None if isinstance(value, Tensor) else self.dtype)
        if tensor.dtype != self.dtype:
            raise ValueError(
                f"[TensorArray] a value of dtype {tensor.dtype.name} for an array of "
                f"{self.dtype.name}: use tf.cast(value, tf.{self.dtype.name})."
            )
        return tensor

    def write(self, index, value, name=None):
        """Puts `value` at an index; returns the array to go on with.

        Raises:
          OutOfRangeError: the index lies outside, and `dynamic_size` is off.
          ValueError: another dtype or shape than the array's.
        """
        index, value, array = self._index(index), self._tensor(value), self._changed()
        array._learn(value._shape)
        stacked = array._stacked is not None or array._lazy is not None
        if index.__class__ is not int or stacked:
            if index.__class__ is not int and self.dynamic_size:
                raise TraceBreak(
                    "a tf.TensorArray with dynamic_size=True is written at an index that is a "
                    "tensor, so its size depends on the data: give its full size"
                )
            if index.__class__ is int and self.dynamic_size and index >= len(self):
                raise TraceBreak(
                    "a tf.TensorArray with dynamic_size=True grows in a loop or branch, so its "
                    "size depends on the data: give its full size"
                )
            position = tensor_of(index)
            return array.with_content(update_row(array.content(value._shape), position, value))
        size = len(array._items)
        if index < 0:
            raise OutOfRangeError(
                f"[TensorArray] Writing to negative indices (index {index}) is not allowed."
            )
        if index >= size:
            if not self.dynamic_size:
                raise OutOfRangeError(
                    f"[TensorArray] Tried to write to index {index} but array is not resizeable "
                    f"and size is: {size}"
                )
            array._items += [None] * (index + 1 - size)
        array._items[index] = value
        return array

    # -- all at once -------------------------------------------------------------------------------

    def stack(self, name=None):
        """All elements as one tensor, zeros where nothing was written."""
        content = self.content()
        if content is None and self._open is None and not len(self):
            return self._zeros((0,))
        if content is None:
            raise ValueError(self._unwritten(0))
        return content

    def gather(self, indices, name=None):
        """The elements at a list of indices, stacked."""
        indices = tensor_of(indices)
        if not indices.is_eager or self._items is None:
            return gather(self.stack(), indices, axis=0)
        kept = [self._items[i] for i in static_ints(indices, "indices")]
        return stack(
            [self._zero(i) if v is None else v for i, v in zip(static_ints(indices, ""), kept)]
        )

    def concat(self, name=None):
        """All elements joined along their first axis, which may differ in length."""
        if self._items is None:
            return concat(unstack(self._stacked), 0)
        return concat([self._zero(i) if v is None else v for i, v in enumerate(self._items)], 0)

    def _filled(self, tensors):
        array = self._changed()
        size = len(self)
        if len(tensors) > size and not self.dynamic_size:
            raise ValueError(
                f"[TensorArray] Cannot unstack {len(tensors)} tensors into a TensorArray of static "
                f"size {size}: give size={len(tensors)}."
            )
        for tensor in tensors:
            array._learn(tensor._shape)
        array._items, array._stacked, array._lazy = list(tensors), None, None
        return array

    def unstack(self, value, name=None):
        """Takes the rows of `value` as elements; returns the array to go on with."""
        value = self._tensor(value)
        rows = value._shape[0]
        if current_trace() is None or (rows != self.rows and rows > self.rows):
            return self._filled(unstack(value))
        array = self._copy()
        array._learn(value._shape[1:])
        return array.with_content(value)

    def scatter(self, indices, value, name=None):
        """Writes the rows of `value` at a list of indices; returns the array to go on with."""
        indices, array = tensor_of(indices), self
        for i, row in enumerate(unstack(self._tensor(value))):
            array = array.write(indices[i], row)
        return array

    def split(self, value, lengths, name=None):
        """Takes parts of `value` along its first axis, of these lengths, as elements.

        Raises:
          InvalidArgumentError: the lengths do not add up to that axis.
        """
        value, lengths = self._tensor(value), static_ints(lengths, "lengths")
        if sum(lengths) != value._shape[0]:
            raise InvalidArgumentError(
                "[TensorArray] Expected sum of lengths to be equal to values.shape[0], but sum of "
                f"lengths is {sum(lengths)} and value's shape is: {list(value._shape)}"
            )
        array = self._changed()
        array._items, array._stacked = [None] * len(self), None
        array._infer_shape = len(set(lengths)) <= 1 and self._infer_shape
        return array._filled(split(value, list(lengths)))

    def size(self, name=None) -> Tensor:
        """The number of elements, as a tensor."""
        rows = self.rows
        return shape_tensor(self._zeros((rows,)))[0] if has_dims((rows,)) else tensor_of(rows)

    def identity(self):
        """The array itself."""
        return self

    def close(self, name=None):
        """Forgets all elements."""
        self._items, self._stacked, self._lazy = [None] * len(self), None, None

    def mark_used(self):
        """Nothing: no warning is given for results that are not used."""

    def grad(self, source, flow=None, name=None):
        """Not built: tapes differentiate through reads and writes by themselves."""
        raise NotImplementedError(
            "tf.TensorArray.grad belongs to TensorFlow 1: take gradients with tf.GradientTape."
        )

    def __repr__(self):
        return (
            f"<tf.TensorArray dtype={self.dtype.name}, size={self.rows}, "
            f"element_shape={self._element_shape}>"
        )


register_public(TensorArray, "TensorArray")


def leaf_tensor(leaf, hint=None):
    """A leaf of what a branch or a body returned: numbers become tensors."""
    if leaf is None or isinstance(leaf, TensorArray):
        return leaf
    return tensor_of(leaf, hint)


def leaf_tensors(value):
    """A structure with its numbers as tensors; TensorArrays and None stay."""
    return nest.map_structure(leaf_tensor, value, expand_composites=True)
