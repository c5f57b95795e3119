"""Complex numbers, and Fourier transforms.

ONNX computes with real numbers alone: a complex tensor has one more axis there, the last, of real
and imaginary part.
"""

import numpy as np

from ..writer import FLOATS, part_dtype, rule
from .movement import reversed_along


def part(w, x, number):
    """The real (0) or imaginary (1) part."""
    return w.op("Gather", x, np.array(number), axis=-1)


def joined(w, real, imaginary):
    """A complex tensor."""
    return w.op("Concat", w.unsqueeze(real, -1), w.unsqueeze(imaginary, -1), axis=-1)


@rule("real")
def _real(w, node, x):
    return part(w, x, 0) if node.inputs[0].dtype.kind == "c" else x


@rule("imag")
def _imag(w, node, x):
    if node.inputs[0].dtype.kind == "c":
        return part(w, x, 1)
    return w.op("Mul", x, w.number(0, node.inputs[0].dtype))


@rule("complex")
def _complex(w, node, x, y):
    return joined(w, x, y)


@rule("conj")
def _conj(w, node, x):
    dtype = node.inputs[0].dtype
    return w.op("Mul", x, np.array([1, -1], part_dtype(dtype))) if dtype.kind == "c" else x


def product(w, x, y):
    """The product of complex tensors."""
    (a, b), (c, d) = [(part(w, v, 0), part(w, v, 1)) for v in (x, y)]
    real = w.op("Sub", w.op("Mul", a, c), w.op("Mul", b, d))
    return joined(w, real, w.op("Add", w.op("Mul", a, d), w.op("Mul", b, c)))


def reciprocal(w, x, dtype):
    """1 / x: the conjugate by the square of its length."""
    conjugate = w.op("Mul", x, np.array([1, -1], part_dtype(dtype)))
    return w.op("Div", conjugate, w.op("ReduceSumSquare", x, w.ints(-1), keepdims=1))


def length(w, x):
    """The absolute values of a complex tensor."""
    return w.op("ReduceL2", x, w.ints(-1), keepdims=0)


@rule("fft")
def _fft(w, node, x):
    return _transformed(w, x, node.attrs["axes"], inverse=int(node.attrs["inverse"]))


def _transformed(w, x, axes, **options):
    for axis in axes:
        x = w.op("DFT", x, axis=axis, **options)
    return x


@rule("rfft", takes=FLOATS)
def _rfft(w, node, x):
    *axes, last = node.attrs["axes"]
    found = w.op("DFT", w.unsqueeze(x, -1), axis=last, onesided=1)
    return _transformed(w, found, axes)


@rule("irfft")
def _irfft(w, node, x):
    """The other half of the frequencies is the first one's conjugate, backwards."""
    (*axes, last), size = node.attrs["axes"], node.attrs["size"]
    x = _transformed(w, x, axes, inverse=1)
    x = w.slice(x, last, 0, size // 2 + 1)
    rest = reversed_along(w, w.slice(x, last, 1, (size + 1) // 2), (last,))
    signs = np.array([1, -1], part_dtype(node.inputs[0].dtype))
    whole = w.op("Concat", x, w.op("Mul", rest, signs), axis=last)
    return part(w, w.op("DFT", whole, axis=last, inverse=1), 0)
