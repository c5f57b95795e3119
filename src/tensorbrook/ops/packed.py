"""PackedTexts: a tensor of many texts, which functions hand on in Arrow's memory."""

from operator import attrgetter

import numpy as np

from ..core.dispatch import apply
from ..core.tensor import Tensor, wrap
from ._kernels import arrow


class PackedTexts(Tensor):
    """A tensor whose value is a Texts (_kernels/arrow.py): others than its rules see NumPy's."""

    __slots__ = ("_texts",)
    _shape = property(attrgetter("_texts.shape"))
    _dtype = property(attrgetter("_texts.dtype"))
    _array = property(lambda self: np.asarray(self._texts))

    def __init__(self, texts):
        self._texts = texts

    def _interpret(self, op, inputs, attrs):
        if "arrow" in op.rules and all([x.is_eager for x in inputs]):
            found = arrow.run(op, list(map(_array, inputs)), attrs)
            if found is not None:
                return tuple(map(_tensor, found)) if type(found) is tuple else _tensor(found)
        plain = [wrap(x._array) if x.__class__ is PackedTexts else x for x in inputs]
        return apply(op, tuple(plain), attrs)


def _array(tensor):
    return tensor._texts if tensor.__class__ is PackedTexts else tensor.host()


def _tensor(value):
    return PackedTexts(value) if value.__class__ is arrow.Texts else wrap(value)


def packed_tensor(tensor):
    """The tensor as PackedTexts where it holds many texts and pyarrow is there; else itself."""
    if tensor.__class__ is not Tensor:
        return tensor
    if not hasattr(tensor, "_packed"):
        texts = arrow.many(tensor._array)
        if texts is None:
            return tensor
        tensor._packed = PackedTexts(texts)
    return tensor._packed
