"""tf.experimental.dlpack: tensors of other packages, and to them."""

import ctypes

import numpy as np

from ..core.backend import from_foreign
from ..core.tensor import wrap


def to_dlpack(tf_tensor):
    """A capsule that another package's from_dlpack takes.

    A value on an accelerator is shared, one of the CPU is copied: others may write into it.

    Example:
    >>> x = tf.constant([1.0, 2.0])
    >>> tf.experimental.dlpack.from_dlpack(tf.experimental.dlpack.to_dlpack(x)).numpy()
    array([1., 2.], dtype=float32)
    """
    return tf_tensor.__dlpack__()


_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


class _Capsule:
    """A capsule with the methods that arrays have."""

    def __init__(self, capsule):
        self._capsule = capsule

    def __dlpack__(self, **kwargs):
        return self._capsule

    def __dlpack_device__(self):
        tensor = _pointer(self._capsule, b"dltensor")  # address, type of device, its number
        return tuple((ctypes.c_int32 * 2).from_address(tensor + ctypes.sizeof(ctypes.c_void_p)))


def from_dlpack(dlcapsule):
    """A tensor of a capsule, or of another package's array; it shares the memory.

    Raises:
      BufferError: it lies on a device that this process does not use.
    """
    array = dlcapsule if hasattr(dlcapsule, "__dlpack__") else _Capsule(dlcapsule)
    found = from_foreign(array)
    return wrap(np.from_dlpack(array)) if found is None else found
