"""Tensor: an immutable NumPy array with TensorFlow's manners; and conversion to it."""

import sys
from operator import attrgetter

import numpy as np

from ..base import dtypes
from ..base.context import context, open_tapes
from ..base.dims import Dim
from ..base.shapes import TensorShape, shape_of
from .hooks import hooks

_new = object.__new__
TASK = "/job:localhost/replica:0/task:0"
HOST = TASK + "/device:CPU:0"  # the device of tensors whose values are NumPy arrays
# dtypes that stay on the host where no scope names a device, as TensorFlow's do
ON_HOST = {np.dtype(np.int32), np.dtype(object)}


class Tensor:
    """A multi-dimensional array of one dtype whose values never change.

    Made by `tf.constant`, `tf.convert_to_tensor` and every operation.

    Example:
    >>> x = tf.constant([[1, 2], [3, 4]])
    >>> print(x)
    tf.Tensor(
    [[1 2]
     [3 4]], shape=(2, 2), dtype=int32)
    >>> (x + 1)[0].numpy()
    array([2, 3], dtype=int32)
    """

    __slots__ = (
        "__dict__",  # programs note things on tensors
        "__weakref__",
        "_array",
        "_keras_history",
        "_keras_logits",
        "_keras_mask",
        "_slice_of",
    )
    __array_priority__ = 100

    shape = property(lambda self: shape_of(self._shape), doc="The TensorShape.")
    ndim = property(lambda self: len(self._shape), doc="The number of dimensions.")
    dtype = property(lambda self: dtypes.from_numpy(self._dtype), doc="The DType.")
    # attrgetter, not lambda: these two are read several times an operation
    _shape = property(attrgetter("_array.shape"))
    _dtype = property(attrgetter("_array.dtype"))
    device = property(lambda self: HOST, doc="The full name of the device its value lies on.")
    backing_device = property(lambda self: self.device, doc="Where its memory is: its device.")
    is_eager = True

    def get_shape(self):
        """The TensorShape; same as `shape`."""
        return self.shape

    def set_shape(self, shape):
        """Checks that the shape is compatible with `shape`; ValueError when it is not."""
        if not self.shape.is_compatible_with(shape):
            raise ValueError(f"Tensor's shape {self.shape} is not compatible with {shape}")

    def _is_ready(self):
        """Whether the value is known yet: programs of some devices run beside Python."""
        return True

    def host(self):
        """The value as a NumPy array that nobody may write to, unseen by tapes: for the package."""
        return self._array

    def numpy(self):
        """A copy of the values: an ndarray, or a NumPy scalar for a tensor of rank 0."""
        if open_tapes:
            _tell_tapes(self)
        array = self._array
        if array.ndim:
            return array.copy()
        value = array[()]
        return value

    def ref(self):
        """A hashable reference to this very object, for use as a dict key."""
        return Reference(self)

    def __array__(self, dtype=None, copy=None):
        if open_tapes:
            _tell_tapes(self)
        array = np.asarray(self._array)
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        if copy:
            return array.copy()
        view = array.view()
        view.flags.writeable = False
        return view

    def __dlpack__(self, **kwargs):
        return np.array(self._array).__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return (1, 0)

    def _scalar(self, convert):
        if open_tapes:
            _tell_tapes(self)
        if self._array.size != 1:
            raise TypeError(
                "only arrays of one element can be converted to Python scalars: this tensor has "
                f"shape {tuple(self._shape)}; reduce or index it first."
            )
        return convert(self._array.item() if self._array.ndim else self._array[()])

    def __float__(self):
        return self._scalar(float)

    def __int__(self):
        return self._scalar(int)

    def __complex__(self):
        return self._scalar(complex)

    def __index__(self):
        if self._dtype.kind not in "iu":
            raise TypeError(f"only integer tensors can be an index, this one is {self.dtype!r}")
        if self._array.ndim:
            raise TypeError(
                "only integer tensors without axes can be an index: this one has shape "
                f"{tuple(self._shape)}; reduce or index it first."
            )
        return self._scalar(int)

    def __bool__(self):
        if open_tapes:
            _tell_tapes(self)
        if self._array.size > 1:
            raise ValueError(
                "The truth value of a tensor with more than one element is ambiguous (shape "
                f"{tuple(self._shape)}). Use tf.reduce_any(x) or tf.reduce_all(x)."
            )
        return self._array.size == 1 and bool(self._array.item())

    __nonzero__ = __bool__  # Python 2's name, which TensorFlow Probability asks for

    def __len__(self):
        if not self._shape:
            raise TypeError("Scalar tensor has no `len()`")
        return self._shape[0]

    def __hash__(self):
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def __setitem__(self, key, value):
        raise TypeError(
            f"'{type(self).__name__}' object does not support item assignment: tensors never "
            f"change. "
            "Make a new one with tf.tensor_scatter_nd_update or tf.where, or slice a tf.Variable "
            "and "
            "assign: v[key].assign(value)."
        )

    def __format__(self, spec):
        if self._array.ndim:
            return format(self._array, spec)
        value = self._array[()]
        if isinstance(value, bytes):
            return format(value if spec else repr(value), spec)
        return format(value.item(), spec)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        return wrap, (np.array(self._array),)

    def assign(self, value):
        """Assigns to the part of the variable that this tensor was sliced from: `v[0].assign(x)`.

        Raises:
          AttributeError: the tensor is no slice of a variable; tensors themselves never change.
        """
        if not hasattr(self, "_slice_of"):
            raise AttributeError(
                "'Tensor' object has no attribute 'assign': only a tf.Variable has it, or a slice "
                "of one, as in v[0].assign(x)."
            )
        variable, key = self._slice_of
        return variable._assign_slice(key, value)

    def _values_text(self, is_repr):
        if self._array.ndim:
            text = repr(self._array) if is_repr else str(self._array)
            return "\n" + text if "\n" in text else text
        value = self._array[()]
        if isinstance(value, bytes):
            return repr(value)
        return repr(value.item()) if is_repr else str(value)

    def __str__(self):
        return f"tf.Tensor({self._values_text(False)}, shape={self.shape}, dtype={self.dtype.name})"

    def __repr__(self):
        return (
            f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, "
            f"numpy={self._values_text(True)}>"
        )

    def _repr_html_(self):
        return f"<pre>{repr(self).replace('<', '&lt;')}</pre>"

    @property
    def name(self):
        """Undefined in eager mode, as in TensorFlow."""
        raise AttributeError("Tensor.name is undefined when eager execution is enabled.")

    @property
    def op(self):
        """Undefined in eager mode, as in TensorFlow."""
        raise AttributeError("Tensor.op is undefined when eager execution is enabled.")

    OVERLOADABLE_OPERATORS = frozenset(
        f"__{side}{name}__"
        for side, names in {
            "": "add sub mul truediv floordiv mod pow matmul div and or xor invert neg abs eq ne "
            "lt le gt ge getitem",
            "r": "add sub mul truediv floordiv mod pow matmul div and or xor",
        }.items()
        for name in names.split()
    )
    is_packed = False  # a tensor has one place

    def cpu(self):
        """The tensor, which is on the CPU."""
        return self

    def experimental_ref(self):
        """`ref()` by its older name."""
        return self.ref()

    def eval(self, feed_dict=None, session=None):
        """There are no sessions.

        Raises:
          NotImplementedError: always, as in TensorFlow's eager mode.
        """
        raise NotImplementedError("[Tensor.eval] there are no sessions: use x.numpy().")

    def consumers(self):
        """Undefined in eager mode.

        Raises:
          NotImplementedError: always, as in TensorFlow's eager mode.
        """
        raise NotImplementedError(
            "[Tensor.consumers] is undefined when eager execution is enabled: "
            "get_concrete_function(...).graph_text() shows a function's graph."
        )


class Overrides:
    """The base of what public functions hand their calls to when they meet it as an argument."""

    __slots__ = ()

    def _call(self, function, args, kwargs):
        """What `function(*args, **kwargs)` is to give."""
        raise NotImplementedError


class Deferred(Overrides):
    """The base of placeholders without values (Keras's symbolic inputs)."""

    __slots__ = ()


class Reference:
    """A hashable handle of one tensor or variable."""

    __slots__ = ("_object",)

    def __init__(self, wrapped):
        self._object = wrapped

    def deref(self):
        """The object referred to."""
        return self._object

    def __eq__(self, other):
        return isinstance(other, Reference) and self._object is other._object

    def __hash__(self):
        return id(self._object)

    def __repr__(self):
        return f"<Reference wrapping {self._object!r}>"


def _tell_tapes(tensor):
    """Tells the tapes that are on that a value is leaving for NumPy."""
    for tape in context.tapes:
        tape.left(tensor)


def wrap(array):
    """A Tensor around `array`, which nobody may change afterwards."""
    tensor = _new(Tensor)
    tensor._array = array
    return tensor


# -- conversion ------------------------------------------------------------------------------------

CONVERTERS = {}  # type -> function(value) -> Tensor, for types of our own and the user's


def register_converter(cls, function):
    """Makes `convert_to_tensor` call `function(value)` on instances of `cls`."""
    CONVERTERS[cls] = function


def convert_to_tensor(value, dtype=None, dtype_hint=None, name=None):
    """A tensor with the value of a Python number or nested list, an array, variable or tensor.

    Args:
      value: what to convert. Python floats become float32, ints int32 (int64 when they need it).
      dtype: the dtype wanted.
      dtype_hint: the dtype preferred; another is taken when the value does not go with it.

    Raises:
      ValueError: a tensor of another dtype, a ragged list, or something that is no tensor.
      TypeError: a Python value that `dtype` cannot hold, such as 0.5 as int32.

    Example:
    >>> tf.convert_to_tensor([1, 2.5])
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([1. , 2.5], dtype=float32)>
    """
    if isinstance(value, Tensor):
        tensor = value
    elif value.__class__ is Dim:
        return CONVERTERS[Dim](value, dtype)
    else:
        if value.__class__ is not np.ndarray:
            for cls in value.__class__.__mro__:
                if cls in CONVERTERS:
                    tensor = CONVERTERS[cls](value)
                    if dtype is not None:
                        dtype = dtypes.as_dtype(dtype)
                    break
            else:
                return _from_plain(value, dtype, dtype_hint)
        else:
            return _from_plain(value, dtype, dtype_hint)
    if dtype is not None and getattr(tensor, "_dtype", None) != dtypes.as_dtype(dtype).numpy_dtype:
        raise ValueError(
            f"Tensor conversion requested dtype {dtypes.as_dtype(dtype).name} for Tensor with "
            f"dtype "
            f"{tensor.dtype.name}: {tensor!r}. Use tf.cast(x, {dtypes.as_dtype(dtype)!r})."
        )
    return tensor


def _from_plain(value, dtype, dtype_hint):
    """Converts what is neither a tensor nor of a registered type, for the device in scope."""
    tensor = _on_host(value, dtype, dtype_hint)
    return placed(tensor) if open_tapes else tensor


def placed(tensor):
    """A new tensor on the device where what is made now belongs; in a trace as it is."""
    if not open_tapes or context.traces:
        return tensor
    place = context.device
    if place is None and tensor._dtype not in ON_HOST:
        place = context.preferred
    return tensor if place is None else place.put(tensor)


def _on_host(value, dtype, dtype_hint):
    if isinstance(value, (list, tuple)) and _holds_tensors(value):
        wanted = dtype_hint if dtype is None else dtype
        if wanted is not None:
            return hooks.pack(value, dtypes.as_dtype(wanted).numpy_dtype, cast=True)
        return hooks.pack(value, _first_tensor_dtype(value))
    if dtype is not None:
        return wrap(as_array(value, dtypes.as_dtype(dtype).numpy_dtype))
    if dtype_hint is not None:
        try:
            return wrap(as_array(value, dtypes.as_dtype(dtype_hint).numpy_dtype))
        except (TypeError, ValueError):
            return wrap(as_array(value))
    return wrap(as_array(value))


def as_array(value, numpy_dtype=None):
    """An array of our own with `value`; in `numpy_dtype`, or in TensorFlow's default for it."""
    if isinstance(value, (np.ndarray, np.generic)):
        return _array_from_numpy(value, numpy_dtype)
    if isinstance(value, (list, tuple)):
        value = list(value)
    elif hasattr(value, "__array__"):
        return _array_from_numpy(np.asarray(value), numpy_dtype)
    elif isinstance(value, (range, memoryview, bytearray)):
        value = np.asarray(value) if isinstance(value, (memoryview, bytearray)) else list(value)
    elif not isinstance(value, (bool, int, float, complex, str, bytes, TensorShape)):
        raise ValueError(
            f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) "
            "to a Tensor."
        )
    array = _numpy_of(value)
    return _fit(value, array, numpy_dtype)


def _numpy_of(value):
    is_text = isinstance(_first_leaf(value), (str, bytes))
    try:  # as objects: NumPy's own texts all take as much room as the longest
        array = np.array(value, object) if is_text else np.array(value)
    except ValueError:
        raise ValueError(
            "Can't convert non-rectangular Python sequence to Tensor: the rows differ in length. "
            "Pad them, or use tf.keras.utils.pad_sequences."
        ) from None
    if is_text:
        return _checked_text(array)
    kind = array.dtype.kind
    if kind in "US" or (kind in "fO" and _first_leaf(value).__class__ is int):
        # NumPy makes text of numbers beside text, and floats of some integers beyond int64
        objects = np.array(value, object)
        if kind in "US":
            return _checked_text(objects)
        if all([v.__class__ is int for v in objects.flat]):
            return objects
    return _checked_text(array)


def _checked_text(array):
    """An array, of whose objects all are text."""
    if array.dtype == object:
        for v in array.flat:
            if not isinstance(v, (str, bytes)):
                raise ValueError(
                    f"Attempt to convert a value ({v!r}) with an unsupported type ({type(v)}) "
                    "to a Tensor."
                )
    return array


def _array_from_numpy(value, numpy_dtype):
    """A copy of an array, cast to `numpy_dtype`; NumPy values may be cast when nothing is lost."""
    kind = value.dtype.kind
    if kind in "US" or value.dtype == object:
        return _fit(value, _checked_text(np.asarray(value)), numpy_dtype)
    if kind not in "biufc":
        dtypes.from_numpy(value.dtype)
    if numpy_dtype is None or numpy_dtype == value.dtype:
        # NumPy's own dtype object, in native byte order: the quick paths compare by identity
        own = np.dtype(value.dtype.type)
        return value.astype(own) if isinstance(value, np.ndarray) else value
    if numpy_dtype == object:
        raise TypeError(f"Cannot convert an array of {value.dtype} to strings.")
    return value.astype(numpy_dtype)


def _fit(value, array, numpy_dtype):
    """Gives the array of a Python value TensorFlow's default dtype, or the one asked for."""
    kind = array.dtype.kind
    if kind == "O" and array.size and array.flat[0].__class__ is int:
        kind = "u"
    if kind in "USO" and (array.size or kind != "O"):
        if numpy_dtype is not None and numpy_dtype != object:
            raise TypeError(f"Cannot convert {value!r} to a tensor of dtype {numpy_dtype}.")
        return _text_array(array)
    if numpy_dtype is None:
        leaf = _first_leaf(value)
        if kind == "f" and array.dtype == np.float64:
            kept = isinstance(leaf, (np.generic, np.ndarray)) and leaf.dtype.kind == "f"
            return array.astype(leaf.dtype if kept else np.float32)
        if kind in "iu" and array.dtype != object and _fits_int32(array):
            return array.astype(np.int32)
        if kind == "u" and leaf.__class__ is int:
            raise ValueError(
                f"Cannot convert {value!r} to a tensor: an integer is too large for int64. Give "
                "dtype=tf.uint64, or a dtype of floats."
            )
        dtypes.from_numpy(array.dtype)
        return array
    if array.size and not _castable(kind, numpy_dtype):
        raise TypeError(
            f"Cannot convert {value!r} to a tensor of dtype {dtypes.from_numpy(numpy_dtype).name}: "
            f"it holds {dtypes.from_numpy(array.dtype).name} values; change the value, or cast the "
            "tensor it meets with tf.cast."
        )
    if kind not in "iu" or numpy_dtype.kind not in "iu":
        return array.astype(numpy_dtype)
    try:
        return np.array(value, numpy_dtype)
    except OverflowError:
        limits = np.iinfo(numpy_dtype)
        raise ValueError(
            f"Cannot convert {value!r} to a tensor of dtype {limits.dtype.name}, which holds "
            f"{limits.min} to {limits.max}: give a wider dtype, or cast with tf.cast."
        ) from None


def _castable(kind, numpy_dtype):
    order = "biufc"
    target = "f" if numpy_dtype.kind == "V" else numpy_dtype.kind
    if kind == "b":
        return target in order
    return (
        target in order
        and target != "b"
        and order.index(kind)
        <= order.index(target) + (kind == "i" and target == "u") + (kind == "u" and target == "i")
    )


def _text_array(array):
    out = np.empty(array.shape, object)
    flat = [v.encode() if isinstance(v, str) else bytes(v) for v in array.ravel().tolist()]
    out.reshape(-1)[:] = flat
    return out


def _fits_int32(array):
    if array.size == 0:
        return True
    return array.min() >= -(2**31) and array.max() < 2**31


def _first_leaf(value):
    """The first leaf of nested lists; where it is a NumPy value its dtype counts."""
    while isinstance(value, (list, tuple)):
        if not value:
            return None
        value = value[0]
    return value


def _holds_tensors(values):
    for v in values:
        if isinstance(v, (list, tuple)):
            if _holds_tensors(v):
                return True
        elif isinstance(v, Tensor) or v.__class__ in CONVERTERS:
            return True
    return False


def _first_tensor_dtype(values):
    for v in values:
        if isinstance(v, (list, tuple)):
            found = _first_tensor_dtype(v)
            if found is not None:
                return found
        elif isinstance(v, Tensor) or v.__class__ in CONVERTERS:
            return convert_to_tensor(v)._dtype
    return None


def tensor_leaf(value):
    """A tensor or variable as its tensor, unseen by tapes; anything else as it is."""
    return getattr(value, "_tensor", value)


def caller_line():
    """`file:line` of the innermost frame outside this package: the user's own line."""
    frame = sys._getframe(1)
    package = __name__.split(".")[0]
    while frame and frame.f_globals.get("__name__", "").split(".")[0] == package:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "?"
