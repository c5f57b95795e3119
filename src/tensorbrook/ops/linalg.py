"""Matrices: diagonals, norms, inverse, solve, determinants and factorisations."""

import numpy as np

from ..base.dtypes import FLOATS
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, per_input
from ..core.tensor import wrap
from ._families import draw, pair
from .elementwise import absolute, power, sqrt, square
from .matmul import matmul
from .reduce import reduce_max, reduce_sum
from .shape import reshape, transpose

_NOT_BUILT = "not built yet: compute it by tf.linalg.solve or tf.linalg.inv, which have gradients"


@public("linalg.matrix_transpose")
def matrix_transpose(a, name="matrix_transpose", conjugate=False):
    """`a` with its last two axes exchanged.

    Example:
    >>> tf.linalg.matrix_transpose([[1, 2]]).shape
    TensorShape([2, 1])
    """
    a = tensor_of(a)
    n = len(a._shape)
    if n < 2:
        raise ValueError(f"[matrix_transpose] needs rank >= 2, got shape {a.shape}.")
    return transpose(a, [*range(n - 2), n - 1, n - 2], conjugate=conjugate)


def _square(name, x):
    check_dtype(name, Spec(x._shape, x._dtype), FLOATS, "input")
    if len(x._shape) < 2 or x._shape[-1] != x._shape[-2]:
        spec = Spec(x._shape, x._dtype)
        fail(name, "The last two axes must form square matrices", (spec,), "Check it.", ("input",))
    return x


@public("linalg.diag_part", "linalg.tensor_diag_part")
def diag_part(input, name=None):
    """The main diagonals of matrices.

    Example:
    >>> tf.linalg.diag_part([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    """
    x = tensor_of(input)
    rows, columns = x._shape[-2:]
    flat = reshape(x, (*x._shape[:-2], rows * columns))
    return flat[..., : min(rows, columns) * columns : columns + 1]


@public("linalg.diag", "linalg.tensor_diag")
def diag(diagonal, name="diag"):
    """Matrices with `diagonal` on the main diagonal and zeros elsewhere.

    Example:
    >>> tf.linalg.diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    x = tensor_of(diagonal)
    eye = wrap(np.eye(x._shape[-1], dtype=x._dtype))
    return reshape(x, (*x._shape, 1)) * eye


@public("linalg.set_diag")
def set_diag(input, diagonal, name="set_diag"):
    """Square matrices with their main diagonals replaced.

    Example:
    >>> tf.linalg.set_diag([[1, 2], [3, 4]], [0, 0]).numpy()
    array([[0, 2],
           [3, 0]], dtype=int32)
    """
    x = tensor_of(input)
    eye = wrap(np.eye(x._shape[-1], dtype=x._dtype))
    return x * (1 - eye) + diag(pair("set_diag", diagonal, x)[0])


@public("linalg.band_part")
def band_part(input, num_lower, num_upper, name=None):
    """Matrices with zeros outside a band; a negative count keeps the whole triangle.

    Example:
    >>> tf.linalg.band_part([[1, 2], [3, 4]], -1, 0).numpy()
    array([[1, 0],
           [3, 4]], dtype=int32)
    """
    x = tensor_of(input)
    rows, columns = x._shape[-2:]
    i, j = np.ogrid[:rows, :columns]
    low, up = int(num_lower), int(num_upper)
    inside = ((low < 0) | (i - j <= low)) & ((up < 0) | (j - i <= up))
    return x * wrap(inside.astype(x._dtype))


@public("linalg.trace")
def trace(x, name=None):
    """The sum of each matrix's main diagonal.

    Example:
    >>> tf.linalg.trace([[1, 2], [3, 4]]).numpy()
    np.int32(5)
    """
    return reduce_sum(diag_part(x), -1)


@public("norm", "linalg.norm")
def norm(tensor, ord="euclidean", axis=None, keepdims=None, name=None):
    """Norms of vectors, or Frobenius norms of matrices.

    Args:
      tensor: float tensor.
      ord: "euclidean" (or "fro"), 1, 2, np.inf, or any positive number for vectors.
      axis: the axis of vectors, two axes of matrices, or None for all elements.
      keepdims: keep reduced axes, with length 1.

    Example:
    >>> tf.norm([3.0, 4.0]).numpy()
    np.float32(5.0)
    """
    x, keep = tensor_of(tensor), bool(keepdims)
    matrix = isinstance(axis, (list, tuple)) and len(axis) == 2
    if matrix and ord not in ("euclidean", "fro"):
        raise NotImplementedError(f"norm of matrices with ord={ord!r}: only 'euclidean' is built.")
    if ord in ("euclidean", "fro", 2):
        return sqrt(reduce_sum(square(x), axis, keep))
    if ord == 1:
        return reduce_sum(absolute(x), axis, keep)
    if ord == np.inf:
        return reduce_max(absolute(x), axis, keep)
    if not isinstance(ord, (int, float)) or ord <= 0:
        raise ValueError(
            f"[norm] ord must be 'euclidean', 'fro' or a positive number, got {ord!r}."
        )
    return power(reduce_sum(power(absolute(x), ord), axis, keep), 1 / ord)


def _spd(rng):
    a = draw(rng, (3, 3), (-1, 1))
    return a @ a.T + 2 * np.eye(3)


def _well(rng):
    return draw(rng, (2, 3, 3), (-1, 1)) + 3 * np.eye(3)


def _numpy_linalg(name, function):
    def kernel(*arrays, **attrs):
        try:
            return function(*arrays, **attrs)
        except np.linalg.LinAlgError as fault:
            raise InvalidArgumentError(
                f"[{name}] Input is not invertible, or not positive definite: {fault}."
            ) from None

    return kernel


_inv = Op(
    "inv",
    _numpy_linalg("inv", np.linalg.inv),
    lambda x: x,
    per_input(lambda g, y, x: -matmul(y, matmul(g, y, False, True), True, False)),
    samples=lambda rng: [((_well(rng),), {})],
    doc="The inverse of matrices.",
)
_solve = Op(
    "solve",
    _numpy_linalg("solve", lambda a, b: np.linalg.solve(a, b)),
    lambda a, b: b,
    per_input(
        lambda g, y, a, b: -matmul(solve(matrix_transpose(a), g), y, False, True),
        lambda g, y, a, b: solve(matrix_transpose(a), g),
    ),
    samples=lambda rng: [((_well(rng), draw(rng, (2, 3, 2), (-1, 1))), {})],
    doc="The solution of a x = b.",
)
_det = Op(
    "det",
    np.linalg.det,
    lambda x: Spec(x.shape[:-2], x.dtype),
    per_input(lambda g, y, x: reshape(g * y, (*y._shape, 1, 1)) * matrix_transpose(inv(x))),
    samples=lambda rng: [((_well(rng),), {})],
    doc="Determinants.",
)
_cholesky = Op(
    "cholesky",
    _numpy_linalg("cholesky", np.linalg.cholesky),
    lambda x: x,
    samples=lambda rng: [((_spd(rng),), {})],
    doc="The lower triangular factor of positive definite matrices.",
    why_no_gradient=_NOT_BUILT,
)


def _qr_infer(x, full):
    *batch, m, n = x.shape
    k = m if full else min(m, n)
    return Spec((*batch, m, k), x.dtype), Spec((*batch, k, n), x.dtype)


_qr = Op(
    "qr",
    lambda x, full: tuple(np.linalg.qr(x, "complete" if full else "reduced")),
    _qr_infer,
    samples=lambda rng: [((draw(rng, (3, 2), (-1, 1)),), {"full": f}) for f in (False, True)],
    doc="An orthogonal and an upper triangular factor.",
    why_no_gradient=_NOT_BUILT,
)


def _svd_infer(x, full, vectors):
    *batch, m, n = x.shape
    k = min(m, n)
    s = Spec((*batch, k), x.dtype)
    if not vectors:
        return s
    u = Spec((*batch, m, m if full else k), x.dtype)
    return s, u, Spec((*batch, n, n if full else k), x.dtype)


def _svd_kernel(x, full, vectors):
    if not vectors:
        return np.linalg.svd(x, compute_uv=False)
    u, s, vh = np.linalg.svd(x, full_matrices=full)
    return s, u, np.swapaxes(vh, -1, -2)


_svd = Op(
    "svd",
    _svd_kernel,
    _svd_infer,
    samples=lambda rng: [
        ((draw(rng, (3, 2), (-1, 1)),), {"full": f, "vectors": v})
        for f, v in ((False, False), (False, True), (True, True))
    ],
    doc="Singular values, and left and right singular vectors.",
    why_no_gradient=_NOT_BUILT,
)
_eigh = Op(
    "self_adjoint_eig",
    lambda x: tuple(np.linalg.eigh(x)),
    lambda x: (Spec(x.shape[:-1], x.dtype), x),
    samples=lambda rng: [((_spd(rng),), {})],
    doc="Eigenvalues, ascending, and eigenvectors of symmetric matrices.",
    why_no_gradient=_NOT_BUILT,
)


@public("linalg.inv")
def inv(input, adjoint=False, name=None):
    """The inverse of square matrices.

    Raises:
      InvalidArgumentError: a matrix is singular, or not square.

    Example:
    >>> tf.linalg.inv([[2.0, 0.0], [0.0, 4.0]]).numpy()
    array([[0.5 , 0.  ],
           [0.  , 0.25]], dtype=float32)
    """
    x = _square("inv", tensor_of(input))
    return apply(_inv, (matrix_transpose(x) if adjoint else x,), {})


@public("linalg.solve")
def solve(matrix, rhs, adjoint=False, name=None):
    """x with matrix @ x = rhs, for matrices `rhs` (..., n, k).

    Example:
    >>> tf.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [[2.0], [2.0]]).numpy()
    array([[1. ],
           [0.5]], dtype=float32)
    """
    a, b = pair("solve", matrix, rhs)
    a = _square("solve", a)
    if len(b._shape) < 2 or b._shape[-2] != a._shape[-1]:
        specs = [Spec(t._shape, t._dtype) for t in (a, b)]
        fail("solve", "rhs needs as many rows as the matrix", specs, "Add an axis to a vector.")
    return apply(_solve, (matrix_transpose(a) if adjoint else a, b), {})


@public("linalg.det")
def det(input, name=None):
    """The determinants of square matrices.

    Example:
    >>> tf.linalg.det([[2.0, 0.0], [0.0, 4.0]]).numpy()
    np.float32(8.0)
    """
    return apply(_det, (_square("det", tensor_of(input)),), {})


@public("linalg.cholesky")
def cholesky(input, name=None):
    """The lower triangular L with L L^T = input, for positive definite matrices.

    Example:
    >>> tf.linalg.cholesky([[4.0]]).numpy()
    array([[2.]], dtype=float32)
    """
    return apply(_cholesky, (_square("cholesky", tensor_of(input)),), {})


@public("linalg.qr")
def qr(input, full_matrices=False, name=None):
    """(q, r): an orthonormal and an upper triangular factor of each matrix.

    Example:
    >>> q, r = tf.linalg.qr([[2.0]])
    >>> (q @ r).numpy()
    array([[2.]], dtype=float32)
    """
    return apply(_qr, (tensor_of(input),), {"full": bool(full_matrices)})


@public("linalg.svd")
def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """(s, u, v): singular values, descending, and vectors, with tensor = u diag(s) v^T.

    Example:
    >>> tf.linalg.svd([[3.0, 0.0], [0.0, 2.0]], compute_uv=False).numpy()
    array([3., 2.], dtype=float32)
    """
    attrs = {"full": bool(full_matrices), "vectors": bool(compute_uv)}
    return apply(_svd, (tensor_of(tensor),), attrs)


@public("linalg.eigh")
def eigh(tensor, name=None):
    """(eigenvalues, ascending; eigenvectors as columns) of symmetric matrices.

    Example:
    >>> tf.linalg.eigh([[2.0, 0.0], [0.0, 1.0]])[0].numpy()
    array([1., 2.], dtype=float32)
    """
    return apply(_eigh, (_square("eigh", tensor_of(tensor)),), {})
