"""tf.experimental.dlpack: tensors from other packages without copying; for them, copies."""

import numpy as np

from ..core.tensor import wrap


def to_dlpack(tf_tensor):
    """A capsule that another package's from_dlpack takes.

    Example:
    >>> x = tf.constant([1.0, 2.0])
    >>> tf.experimental.dlpack.from_dlpack(tf.experimental.dlpack.to_dlpack(x)).numpy()
    array([1., 2.], dtype=float32)
    """
    return tf_tensor.numpy().__dlpack__()


class _Capsule:
    """What NumPy asks: a capsule lies on the CPU."""

    def __init__(self, capsule):
        self._capsule = capsule

    def __dlpack__(self, **kwargs):
        return self._capsule

    def __dlpack_device__(self):
        return 1, 0


def from_dlpack(dlcapsule):
    """A tensor of a capsule, or of another package's array on the CPU."""
    has = hasattr(dlcapsule, "__dlpack__")
    return wrap(np.from_dlpack(dlcapsule if has else _Capsule(dlcapsule)))
