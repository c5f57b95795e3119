"""Rules of linear algebra and Fourier transforms."""

import numpy as np

from ..graphs import graph_rule
from .move import permuted, transposed

_OPS = {
    "inv": "MatrixInverse",
    "solve": "MatrixSolve",
    "det": "MatrixDeterminant",
    "cholesky": "Cholesky",
    "self_adjoint_eig": "SelfAdjointEigV2",
    "tridiagonal_solve": "TridiagonalSolve",
    "logm": "MatrixLogarithm",
}


@graph_rule(*_OPS)
def _one_op(body, node, inputs):
    return body.add(_OPS[node.op.name], *inputs)


@graph_rule("qr")
def _qr(body, node, inputs):
    return body.add("Qr", *inputs, full_matrices=node.attrs["full"])


@graph_rule("svd")
def _svd(body, node, inputs):
    attrs = {"compute_uv": node.attrs["vectors"], "full_matrices": node.attrs["full"]}
    values, left, right = body.add("Svd", *inputs, **attrs)
    if node.inputs[0].dtype.kind == "c":
        values = body.add("Real", values, Tout=node.outputs[0].dtype)
    return [values, left, right] if node.attrs["vectors"] else values


@graph_rule("lu")
def _lu(body, node, inputs):
    factors, order = body.add("Lu", *inputs)
    return [factors, body.cast(order, node.outputs[1].dtype)]


@graph_rule("eig")
def _eig(body, node, inputs):
    return body.add("Eig", *inputs, Tout=node.outputs[0].dtype)


@graph_rule("slogdet")
def _slogdet(body, node, inputs):
    sign, log = body.add("LogMatrixDeterminant", *inputs)
    if node.outputs[1].dtype != node.inputs[0].dtype:
        log = body.add("Real", log, Tout=node.outputs[1].dtype)
    return [sign, log]


@graph_rule("pinv")
def _pinv(body, node, inputs):
    dtype, last = node.inputs[0].dtype, body.constant([-1], np.int32)
    values, left, right = body.add("Svd", *inputs, compute_uv=True, full_matrices=False)
    real = np.empty(0, dtype).real.dtype
    if dtype.kind == "c":
        values = body.add("Real", values, Tout=real)
    largest = body.add("Max", values, last, keep_dims=True)
    least = body.add("Mul", largest, body.constant(node.attrs["rcond"], real))
    inverse = body.add("Reciprocal", values)
    kept = body.add("Greater", values, least)
    inverse = body.add("SelectV2", kept, inverse, body.add("ZerosLike", values))
    inverse = body.add("ExpandDims", body.cast(inverse, dtype), body.constant(-2, np.int32))
    return body.add("BatchMatMulV2", body.add("Mul", right, inverse), left, adj_y=True)


@graph_rule("sqrtm")
def _sqrtm(body, node, inputs):
    dtype = node.inputs[0].dtype
    wide = np.complex128 if dtype in (np.float64, np.complex128) else np.complex64
    found = body.add("MatrixSquareRoot", body.cast(*inputs, wide))
    return found if dtype.kind == "c" else body.add("Real", found, Tout=dtype)


_PADE = (
    *(64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0),
    *(129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0),
    *(40840800.0, 960960.0, 16380.0, 182.0, 1.0),
)
_NEAR = 4.25  # the largest norm at which the quotient of that degree is exact for doubles


@graph_rule("expm")
def _expm(body, node, inputs):
    """By Higham, The scaling and squaring method, 2005: a quotient of degree 13, squared."""
    (x,), dtype, size = inputs, node.inputs[0].dtype, node.inputs[0].shape[-1]
    real = np.empty(0, dtype).real.dtype
    width = body.add("ComplexAbs", x, Tout=real) if dtype.kind == "c" else body.add("Abs", x)
    norms = body.add("Sum", width, body.constant([-2], np.int32))
    axes = body.constant(list(range(len(node.inputs[0].shape) - 1)), np.int32)
    norm = body.add("Max", norms, axes)
    near = body.constant(_NEAR, real)
    halvings = body.add("RealDiv", body.add("Maximum", norm, near), near)
    halvings = body.add("RealDiv", body.add("Log", halvings), body.constant(np.log(2.0), real))
    halvings = body.add("Ceil", halvings)
    scale = body.add("Pow", body.constant(0.5, real), halvings)
    x = body.add("Mul", x, body.cast(scale, dtype))
    powers = [body.constant(np.eye(size), dtype)]
    square = body.add("BatchMatMulV2", x, x)
    for _ in range(6):
        powers.append(body.add("BatchMatMulV2", powers[-1], square) if len(powers) > 1 else square)

    def of_powers(first):
        total = None
        for k, power in enumerate(powers):
            term = body.add("Mul", power, body.constant(_PADE[2 * k + first], dtype))
            total = term if total is None else body.add("AddV2", total, term)
        return total

    odd, even = body.add("BatchMatMulV2", x, of_powers(1)), of_powers(0)
    above, below = body.add("AddV2", even, odd), body.add("Sub", even, odd)
    found = body.add("MatrixSolve", below, above)

    def squared(inner, _, x):
        return [inner.add("BatchMatMulV2", x, x)]

    return body.loop([found], None, squared, rounds=body.cast(halvings, np.int32))[0]


# -- Fourier transforms ----------------------------------------------------------------------------


def _along(body, op, ref, ndim, axis, *more, **attrs):
    """A transform of the last axis, along any."""
    moved, back = permuted(body, ref, ndim, [axis])
    return transposed(body, body.add(op, moved, *more, **attrs), back)


@graph_rule("fft")
def _fft(body, node, inputs):
    (x,), ndim = inputs, len(node.inputs[0].shape)
    for axis in node.attrs["axes"]:
        x = _along(body, "IFFT" if node.attrs["inverse"] else "FFT", x, ndim, axis)
    return x


@graph_rule("rfft")
def _rfft(body, node, inputs):
    (x,), shape = inputs, node.inputs[0].shape
    *others, last = node.attrs["axes"]
    length = body.dims([shape[last]])
    kind = node.outputs[0].dtype
    x = _along(body, "RFFT", x, len(shape), last, length, Tcomplex=kind)
    for axis in others:
        x = _along(body, "FFT", x, len(shape), axis)
    return x


@graph_rule("irfft")
def _irfft(body, node, inputs):
    (x,), ndim = inputs, len(node.inputs[0].shape)
    *others, last = node.attrs["axes"]
    for axis in others:
        x = _along(body, "IFFT", x, ndim, axis)
    length, kind = body.dims([node.attrs["size"]]), node.outputs[0].dtype
    return _along(body, "IRFFT", x, ndim, last, length, Treal=kind)


# -- frames ----------------------------------------------------------------------------------------


def _places(body, count, length, step):
    """The places (count, length) of frames in a signal."""
    zero, one = body.size(0), body.size(1)
    starts = body.add("Range", zero, body.size(count), one)
    starts = body.add("Mul", starts, body.size(step))
    starts = body.add("ExpandDims", starts, one)
    return body.add("AddV2", starts, body.add("Range", zero, body.size(length), one))


@graph_rule("frame")
def _frame(body, node, inputs):
    *_, count, length = node.outputs[0].shape
    axis = body.constant(len(node.inputs[0].shape) - 1, np.int32)
    return body.add("GatherV2", *inputs, _places(body, count, length, node.attrs["step"]), axis)


@graph_rule("overlap_and_add")
def _overlap_and_add(body, node, inputs):
    (x,), shape = inputs, node.inputs[0].shape
    *batch, count, length = shape
    moved, _ = permuted(body, x, len(shape), range(len(batch)))
    size = node.outputs[0].shape[-1]
    places = _places(body, count, length, node.attrs["step"])
    summed = body.add("UnsortedSegmentSum", moved, places, body.size(size))
    return transposed(body, summed, [*range(1, len(batch) + 1), 0])
