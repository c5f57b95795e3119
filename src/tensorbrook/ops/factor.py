"""Factorisations beside those of linalg.py: LU, eigenvalues of any matrix, pseudo-inverses; and
what is solved with them."""

from collections import namedtuple

import numpy as np

from ..base.errors import InvalidArgumentError
from ..base.shapes import broadcast
from ..core.dispatch import public, tensor_of
from ..core.op import Op, Spec, fail, per_input
from ..core.tensor import wrap
from ._families import draw, pair
from .cast import cast, complex_, conj, imag, real
from .compare import greater
from .diagonals import diag, diag_part
from .elementwise import log
from .index import gather
from .join import concat, stack
from .linalg import (
    _apart,
    _matrices,
    _numpy_linalg,
    _on_matrices,
    _well,
    adjoint,
    band_part,
    cholesky,
    eigh,
    inv,
    matrix_transpose,
    norm,
    of_finite,
    solve,
    svd,
)
from .matmul import matmul
from .reduce import reduce_max, reduce_sum
from .shape import broadcast_to, reshape, shape
from .sort import argsort

# -- LU --------------------------------------------------------------------------------------------


def _lu_kernel(x):
    """Row by row with partial pivoting, all matrices of the batch at once."""
    n = x.shape[-1]
    lu = x.reshape(-1, n, n).copy()
    order = np.tile(np.arange(n, dtype=np.int32), (len(lu), 1))
    batch = np.arange(len(lu))
    for k in range(n - 1):
        pivot = k + np.argmax(np.abs(lu[:, k:, k]), axis=1)
        for array in (lu, order):
            array[batch, k], array[batch, pivot] = array[batch, pivot], array[batch, k].copy()
        below = lu[:, k + 1 :, k]
        np.divide(below, lu[:, k, k, None], out=below, where=below != 0)
        lu[:, k + 1 :, k + 1 :] -= below[:, :, None] * lu[:, k, None, k + 1 :]
    if n and not np.all(np.einsum("bii->bi", lu)):
        raise InvalidArgumentError("[lu] Input is not invertible.")
    return lu.reshape(x.shape), order.reshape(x.shape[:-1])


def _unit_lower(lu):
    """The lower factor: ones on its diagonal."""
    n = lu._shape[-1]
    return band_part(lu, -1, 0) * wrap((1 - np.eye(n)).astype(lu._dtype)) + wrap(
        np.eye(n, dtype=lu._dtype)
    )


def _lu_rule(g, y, x):
    (g, _), (lu, order) = g, y
    lower, upper = _unit_lower(lu), band_part(lu, 0, -1)
    strict = wrap((1 - np.eye(lu._shape[-1])).astype(lu._dtype))
    inner = band_part(matmul(lower, band_part(g, -1, 0) * strict, True), -1, 0) * strict
    inner = inner + band_part(matmul(band_part(g, 0, -1), upper, False, True), 0, -1)
    left = solve(matrix_transpose(lower), inner)
    permuted = matrix_transpose(solve(upper, matrix_transpose(left)))
    return gather(permuted, argsort(order, -1), axis=-2, batch_dims=len(order._shape) - 1)


_lu = Op(
    "lu",
    _lu_kernel,
    lambda x: (_matrices("lu", x), Spec(x.shape[:-1], np.dtype("int32"))),
    per_input(_lu_rule),
    samples=_well,
    doc="The factors of square matrices in one, and the order their rows were taken in.",
    tolerance="scale",
)
Lu = namedtuple("Lu", ["lu", "p"])


@public("linalg.lu")
def lu(input, output_idx_type="int32", name=None):
    """(lu, p): the factors L and U of the rows of square matrices in the order `p`.

    Both are in one matrix: U in its upper triangle, L, whose diagonal is 1, below.

    Raises:
      InvalidArgumentError: a matrix is singular, or not square.

    Example:
    >>> lu, p = tf.linalg.lu([[1.0, 2.0], [2.0, 2.0]])
    >>> lu.numpy().tolist(), p.numpy().tolist()
    ([[2.0, 2.0], [0.5, 1.0]], [1, 0])
    """
    found, order = _on_matrices(_lu, input)
    return Lu(found, cast(order, output_idx_type))


@public("linalg.lu_reconstruct")
def lu_reconstruct(lower_upper, perm, validate_args=False, name=None):
    """The matrices that `tf.linalg.lu` took apart.

    Example:
    >>> tf.linalg.lu_reconstruct(*tf.linalg.lu([[1.0, 2.0], [2.0, 2.0]])).numpy().tolist()
    [[1.0, 2.0], [2.0, 2.0]]
    """
    lower_upper, order = tensor_of(lower_upper), tensor_of(perm)
    product = matmul(_unit_lower(lower_upper), band_part(lower_upper, 0, -1))
    return gather(product, argsort(order, -1), axis=-2, batch_dims=len(order._shape) - 1)


@public("linalg.lu_solve")
def lu_solve(lower_upper, perm, rhs, validate_args=False, name=None):
    """x with matrix @ x = rhs, of a matrix that `tf.linalg.lu` took apart.

    Example:
    >>> lu, p = tf.linalg.lu([[0.0, 2.0], [4.0, 0.0]])
    >>> tf.linalg.lu_solve(lu, p, [[2.0], [4.0]]).numpy().tolist()
    [[1.0], [1.0]]
    """
    lower_upper, order, rhs = tensor_of(lower_upper), tensor_of(perm), tensor_of(rhs)
    rows = gather(rhs, order, axis=-2, batch_dims=len(order._shape) - 1)
    return solve(band_part(lower_upper, 0, -1), solve(_unit_lower(lower_upper), rows))


@public("linalg.lu_matrix_inverse")
def lu_matrix_inverse(lower_upper, perm, validate_args=False, name=None):
    """The inverse of a matrix that `tf.linalg.lu` took apart.

    Example:
    >>> tf.linalg.lu_matrix_inverse(*tf.linalg.lu([[0.0, 2.0], [4.0, 0.0]])).numpy().tolist()
    [[0.0, 0.25], [0.5, 0.0]]
    """
    lower_upper = tensor_of(lower_upper)
    unit = wrap(np.eye(lower_upper._shape[-1], dtype=lower_upper._dtype))
    return lu_solve(lower_upper, perm, broadcast_to(unit, lower_upper._shape))


# -- triangular systems ----------------------------------------------------------------------------


@public("linalg.triangular_solve")
def triangular_solve(matrix, rhs, lower=True, adjoint=False, name=None):
    """x with matrix @ x = rhs, of a triangle of `matrix`; the other one is not read.

    Args:
      matrix: (..., n, n).
      rhs: (..., n, k).
      lower: which triangle.
      adjoint: solve for the conjugate transpose.

    Example:
    >>> tf.linalg.triangular_solve([[2.0, 9.0], [1.0, 1.0]], [[2.0], [3.0]]).numpy().tolist()
    [[1.0], [2.0]]
    """
    a, b = pair("triangular_solve", matrix, rhs)
    a = band_part(a, -1, 0) if lower else band_part(a, 0, -1)
    batch = broadcast(a._shape[:-2], b._shape[:-2])
    if batch is None:
        fix = "Broadcast their leading axes."
        fail("triangular_solve", "Incompatible shapes", (a, b), fix, ("matrix", "rhs"))
    a, b = (broadcast_to(t, (*batch, *t._shape[-2:])) for t in (a, b))
    return solve(a, b, adjoint=adjoint)


@public("linalg.cholesky_solve")
def cholesky_solve(chol, rhs, name=None):
    """x with (chol @ chol^T) @ x = rhs.

    Example:
    >>> tf.linalg.cholesky_solve([[2.0]], [[4.0]]).numpy().tolist()
    [[1.0]]
    """
    half = triangular_solve(chol, rhs)
    return triangular_solve(chol, half, adjoint=True)


# -- eigenvalues -----------------------------------------------------------------------------------


def _eig_kernel(x):
    values, vectors = np.linalg.eig(x)
    out = _complex_of(x.dtype)
    return values.astype(out, copy=False), vectors.astype(out, copy=False)


def _complex_of(dtype):
    return np.dtype("complex64" if dtype in (np.float32, np.complex64) else "complex128")


def _eig_infer(x):
    _matrices("eig", x)
    out = _complex_of(x.dtype)
    return Spec(x.shape[:-1], out), Spec(x.shape, out)


def _eig_rule(g, y, x):
    """Boeddeker et al., On the computation of complex-valued gradients, 2017: unit vectors."""
    (gvalues, gvectors), (values, vectors) = g, y
    turn = matmul(vectors, gvectors, True)
    lengths = cast(real(diag_part(turn)), turn.dtype)[..., None, :]
    along = matmul(vectors, conj(vectors), True) * lengths
    inner = diag(gvalues) + (turn - along) * _apart(values)
    whole = matmul(solve(matrix_transpose(vectors), inner), vectors, False, True)
    return whole if x._dtype.kind == "c" else real(whole)


def _with_real_eigenvalues(rng):
    shape = (2, 3, 3)
    vectors = draw(rng, shape, (-1, 1)) + 2 * np.eye(3)
    values = np.array([1.0, 2.5, -1.5])
    return [((vectors * values @ np.linalg.inv(vectors),), {})]


_eig = Op(
    "eig",
    _numpy_linalg("eig", _eig_kernel),
    _eig_infer,
    per_input(_eig_rule),
    samples=_with_real_eigenvalues,
    doc="Eigenvalues and eigenvectors of square matrices.",
    tolerance="scale",
)


@public("eig", "linalg.eig")
def eig(tensor, name=None):
    """(eigenvalues, eigenvectors as columns) of square matrices: complex numbers.

    Example:
    >>> tf.linalg.eig([[0.0, 1.0], [-1.0, 0.0]])[0].numpy()
    array([0.+1.j, 0.-1.j], dtype=complex64)
    """
    return _on_matrices(_eig, tensor)


@public("eigvals", "linalg.eigvals")
def eigvals(tensor, name=None):
    """The eigenvalues of square matrices: complex numbers.

    Example:
    >>> tf.linalg.eigvals([[2.0, 0.0], [0.0, 3.0]]).numpy()
    array([2.+0.j, 3.+0.j], dtype=complex64)
    """
    return eig(tensor)[0]


@public("linalg.eigvalsh")
def eigvalsh(tensor, name=None):
    """The eigenvalues of self-adjoint matrices, ascending.

    Example:
    >>> tf.linalg.eigvalsh([[3.0, 0.0], [0.0, 2.0]]).numpy()
    array([2., 3.], dtype=float32)
    """
    return eigh(tensor)[0]


# -- determinants ----------------------------------------------------------------------------------


def _slogdet_rule(g, y, x):
    factor = real(g[1])
    if x._dtype.kind == "c":  # the sign is a phase, which turns
        factor = complex_(factor, imag(g[0] * y[0]))
    return reshape(factor, (*factor._shape, 1, 1)) * matrix_transpose(inv(x))


def _slogdet_kernel(x):
    sign, logarithm = np.linalg.slogdet(x)
    return np.asarray(sign, x.dtype), np.asarray(logarithm, x.dtype)


_slogdet = Op(
    "slogdet",
    _slogdet_kernel,
    lambda x: (Spec(_matrices("slogdet", x).shape[:-2], x.dtype),) * 2,
    per_input(_slogdet_rule),
    samples=_well,
    doc="The signs of determinants, and the logarithms of their absolute values.",
    tolerance="scale",
)
LogMatrixDeterminant = namedtuple("LogMatrixDeterminant", ["sign", "log_abs_determinant"])


@public("linalg.slogdet")
def slogdet(input, name=None):
    """(sign, log_abs_determinant) of square matrices.

    Example:
    >>> [t.numpy().item() for t in tf.linalg.slogdet([[-1.0, 0.0], [0.0, 1.0]])]
    [-1.0, 0.0]
    """
    return LogMatrixDeterminant(*_on_matrices(_slogdet, input))


@public("linalg.logdet")
def logdet(matrix, name=None):
    """The logarithms of the determinants of positive definite matrices.

    Example:
    >>> tf.linalg.logdet([[1.0, 0.0], [0.0, 1.0]]).numpy()
    np.float32(0.0)
    """
    factor = cholesky(matrix)
    return 2 * reduce_sum(log(real(diag_part(factor))), -1)


# -- pseudo-inverses and least squares -------------------------------------------------------------


@of_finite
def _pinv_kernel(x, rcond):
    if rcond is None:
        rcond = 10 * max(x.shape[-2:]) * np.finfo(x.dtype).eps
    return np.linalg.pinv(x, rcond)


def _pinv_rule(g, y, x, rcond):
    """Golub and Pereyra, 1973."""
    left = _minus_from_unit(matmul(x, y))
    right = _minus_from_unit(matmul(y, x))
    turned = matrix_transpose(g)
    first = matmul(matmul(left, turned), matmul(y, adjoint(y)))
    second = matmul(matmul(adjoint(y), y), matmul(turned, right))
    return conj(first + second) - matmul(matmul(y, g, True), y, False, True)


def _minus_from_unit(x):
    return wrap(np.eye(x._shape[-1], dtype=x._dtype)) - x


def _pinv_infer(x, rcond):
    *batch, m, n = _matrices("pinv", x, square=False).shape
    return Spec((*batch, n, m), x.dtype)


_pinv = Op(
    "pinv",
    _numpy_linalg("pinv", _pinv_kernel),
    _pinv_infer,
    per_input(_pinv_rule),
    samples=lambda rng: [
        ((draw(rng, shape, (-1, 1)) + 2 * np.eye(*shape[-2:]),), {"rcond": 1e-10})
        for shape in ((3, 3), (4, 2), (2, 2, 3))
    ],
    doc="Pseudo-inverses.",
    tolerance="scale",
)


@public("linalg.pinv")
def pinv(a, rcond=None, validate_args=False, name=None):
    """The Moore-Penrose pseudo-inverse of matrices.

    Args:
      a: (..., m, n), float or complex.
      rcond: singular values up to `rcond` times the largest count as 0; 10 max(m, n) units in the
        last place by default.

    Example:
    >>> tf.linalg.pinv([[2.0, 0.0], [0.0, 0.0]]).numpy().tolist()
    [[0.5, 0.0], [0.0, 0.0]]
    """
    return _on_matrices(_pinv, a, rcond=None if rcond is None else float(rcond))


@public("linalg.matrix_rank")
def matrix_rank(a, tol=None, validate_args=False, name=None):
    """How many singular values of each matrix exceed `tol`.

    Args:
      tol: by default the units in the last place of the largest, times max(m, n).

    Example:
    >>> tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]).numpy()
    np.int32(1)
    """
    a = tensor_of(a)
    values = svd(a, compute_uv=False)
    if tol is None:
        largest = reduce_max(values, -1, keepdims=True)
        size = reduce_max(shape(a)[-2:])
        tol = largest * cast(size, largest.dtype) * np.finfo(a._dtype).eps
    return reduce_sum(cast(greater(values, tol), "int32"), -1)


@public("linalg.lstsq")
def lstsq(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """x of the least |matrix @ x - rhs|^2 + l2_regularizer |x|^2; the shortest of several.

    Args:
      matrix: (..., m, n).
      rhs: (..., m, k).
      l2_regularizer: 0 or more.
      fast: whether to solve the normal equations, which need a matrix of full rank.

    Example:
    >>> tf.linalg.lstsq([[1.0], [1.0]], [[1.0], [3.0]]).numpy().tolist()
    [[2.0]]
    """
    a, b = pair("lstsq", matrix, rhs)
    m, n = a._shape[-2:]
    if not fast:
        if l2_regularizer:
            raise ValueError("[lstsq] l2_regularizer needs fast=True.")
        return matmul(pinv(a), b)
    extra = wrap((np.eye(min(m, n)) * float(l2_regularizer)).astype(a._dtype))
    if m >= n:
        factor = cholesky(matmul(a, a, adjoint_a=True) + extra)
        return cholesky_solve(factor, matmul(a, b, adjoint_a=True))
    factor = cholesky(matmul(a, a, adjoint_b=True) + extra)
    return matmul(a, cholesky_solve(factor, b), adjoint_a=True)


# -- smaller functions -----------------------------------------------------------------------------


@public("linalg.cross")
def cross(a, b, name=None):
    """The cross products of vectors of three.

    Example:
    >>> tf.linalg.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]).numpy()
    array([0., 0., 1.], dtype=float32)
    """
    a, b = pair("cross", a, b)
    if a._shape != b._shape or not a._shape or a._shape[-1] != 3:
        raise InvalidArgumentError(
            f"[cross] takes two tensors of one shape (..., 3), got {a.shape} and {b.shape}."
        )
    (a1, a2, a3), (b1, b2, b3) = ([t[..., i] for i in range(3)] for t in (a, b))
    return stack([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1], -1)


@of_finite
def _expm_kernel(x):
    """Padé's approximant of order 13 of the matrix halved until it is small, then squared."""
    dtype = np.result_type(x.dtype, np.float64)
    a = x.astype(dtype)
    size = np.abs(a).sum(-2).max(-1, initial=0.0)
    halvings = np.maximum(0, np.ceil(np.log2(np.maximum(size / 5.37, 1e-300)))).astype(int)
    a = a / (2.0**halvings)[..., None, None]
    c = _PADE
    unit, a2 = np.eye(x.shape[-1], dtype=dtype), a @ a
    a4, a6 = a2 @ a2, a2 @ a2 @ a2

    def half(first):
        high = a6 @ (c[first + 12] * a6 + c[first + 10] * a4 + c[first + 8] * a2)
        return high + c[first + 6] * a6 + c[first + 4] * a4 + c[first + 2] * a2 + c[first] * unit

    even, odd = half(0), a @ half(1)
    out = np.linalg.solve(even - odd, even + odd)
    for done in range(int(halvings.max(initial=0))):
        more = (halvings > done)[..., None, None]
        out = np.where(more, out @ out, out)
    return out.astype(x.dtype)


_PADE = [
    *(64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0),
    *(129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0),
    *(40840800.0, 960960.0, 16380.0, 182.0, 1.0),
]


def _expm_rule(g, y, x):
    """The derivative stands in the corner of the exponential of [[x^T, g], [0, x^T]]."""
    turned, n = matrix_transpose(x), x._shape[-1]
    above, below = concat([turned, g], -1), concat([turned * 0, turned], -1)
    return expm(concat([above, below], -2))[..., :n, n:]


_expm = Op(
    "expm",
    _expm_kernel,
    lambda x: _matrices("expm", x),
    per_input(_expm_rule),
    samples=_well,
    doc="The exponentials of square matrices.",
    tolerance="scale",
)


@public("linalg.expm")
def expm(input, name=None):
    """The exponentials of square matrices: 1 + x + x^2 / 2 + ...

    Example:
    >>> tf.linalg.expm([[0.0, 1.0], [0.0, 0.0]]).numpy().tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    return _on_matrices(_expm, input)


@public("linalg.normalize")
def normalize(tensor, ord="euclidean", axis=None, name=None):
    """(tensor / norm, norm).

    Args:
      tensor, ord, axis: as of `tf.norm`.

    Example:
    >>> tf.linalg.normalize([3.0, 4.0])[0].numpy()
    array([0.6, 0.8], dtype=float32)
    """
    x = tensor_of(tensor)
    length = cast(norm(x, ord, axis, keepdims=True), x.dtype)
    return x / length, length
