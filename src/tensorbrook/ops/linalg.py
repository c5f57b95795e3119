"""Matrices: diagonals, norms, inverse, solve, determinants and factorisations."""

import functools

import numpy as np

from ..base.dims import has_dims
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, fail, per_input, same_dtype
from ..core.tensor import wrap
from ._families import draw, pair
from .cast import cast, conj, real, real_dtype
from .compare import less_equal
from .create import range_
from .diagonals import diag, diag_part, set_diag
from .elementwise import absolute, divide_no_nan, power, sqrt, square
from .join import concat
from .matmul import matmul
from .reduce import reduce_max, reduce_sum, reduced_shape, square_of_modulus
from .select import where
from .shape import check_axis, reshape, static_int, transpose

_FACTORED = frozenset(map(np.dtype, ("float32", "float64", "complex64", "complex128")))


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


@public("linalg.adjoint")
def adjoint(matrix, name=None):
    """`matrix` transposed and conjugated.

    Example:
    >>> tf.linalg.adjoint([[1 + 2j, 3j]]).numpy().tolist()
    [[(1-2j)], [-3j]]
    """
    return matrix_transpose(matrix, conjugate=True)


def _matrices(name, x, square=True):
    """The spec of a tensor of matrices that NumPy's linear algebra takes."""
    if x.dtype not in _FACTORED:
        fix = "Cast it first, as in tf.cast(input, tf.float32)."
        fail(name, "It takes float32, float64 and complex numbers", (x,), fix, ("input",))
    if len(x.shape) < 2 or (square and x.shape[-1] != x.shape[-2]):
        form = "square matrices" if square else "matrices"
        fail(name, f"The last two axes must form {form}", (x,), "Check its shape.", ("input",))
    return x


def _spec(tensor):
    return Spec(tensor._shape, tensor._dtype)


def _on_matrices(op, x, **attrs):
    """Runs a factorisation of one operand, whose rule also refuses what NumPy would convert."""
    x = tensor_of(x)
    op.infer(_spec(x), **attrs)
    return apply(op, (x,), attrs)


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
    low, up = static_int(num_lower, "num_lower"), static_int(num_upper, "num_upper")
    if low > rows or up > columns:
        raise InvalidArgumentError(
            f"[band_part] num_lower = {low} and num_upper = {up} must be at most the matrices' "
            f"{rows} rows and {columns} columns; a negative number takes the whole triangle."
        )
    if has_dims((rows, columns)):
        below = reshape(range_(rows), (rows, 1)) - range_(columns)
    else:
        below = wrap(np.arange(rows)[:, None] - np.arange(columns))
    zero = wrap(np.zeros((), x._dtype))
    if low >= 0:
        x = where(less_equal(below, low), x, zero)
    return x if up < 0 else where(less_equal(-up, below), x, zero)


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
      ord: "euclidean" (or "fro"), 1, 2, np.inf, or any positive number for vectors; 1 and np.inf
        of matrices are the largest sum of a column and of a row, 2 the largest singular value.
      axis: the axis of vectors, two axes of matrices, or None for all elements.
      keepdims: keep reduced axes, with length 1.

    Example:
    >>> tf.norm([3.0, 4.0]).numpy()
    np.float32(5.0)
    """
    x, keep = tensor_of(tensor), bool(keepdims)
    matrix = isinstance(axis, (list, tuple)) and len(axis) == 2
    if matrix and ord not in ("euclidean", "fro"):
        return _matrix_norm(x, ord, axis, keep)
    if ord in ("euclidean", "fro", 2):
        return sqrt(reduce_sum(square_of_modulus(x), axis, keep))
    if ord == 1:
        return reduce_sum(absolute(x), axis, keep)
    if ord == np.inf:
        return reduce_max(absolute(x), axis, keep)
    if not isinstance(ord, (int, float)) or ord <= 0:
        raise ValueError(
            f"[norm] ord must be 'euclidean', 'fro' or a positive number, got {ord!r}."
        )
    return power(reduce_sum(power(absolute(x), ord), axis, keep), 1 / ord)


def _matrix_norm(x, ord, axis, keep):
    rows, columns = (check_axis("norm", a, len(x._shape)) for a in axis)
    if rows == columns or ord not in (1, 2, np.inf):
        raise ValueError(
            f"[norm] of matrices takes two different axes and an ord of 'euclidean', 'fro', 1, 2 "
            f"or np.inf; got axis = {list(axis)}, ord = {ord!r}."
        )
    if ord == 2:
        rest = [i for i in range(len(x._shape)) if i not in (rows, columns)]
        values = reduce_max(svd(transpose(x, [*rest, rows, columns]), compute_uv=False), -1)
        return reshape(values, reduced_shape(x._shape, (rows, columns), keep))
    first, second = (rows, columns) if ord == 1 else (columns, rows)
    sums = reduce_sum(absolute(x), first, True)
    largest = reduce_max(sums, second, True)
    return largest if keep else reshape(largest, reduced_shape(x._shape, (rows, columns), False))


def _spd(rng):
    a = _complex(rng, (3, 3))
    return [((m @ m.conj().T + 2 * np.eye(3),), {}) for m in (a.real, a)]


def _well(rng):
    a = _complex(rng, (2, 3, 3)) + 3 * np.eye(3)
    return [((m,), {}) for m in (a.real, a)]


def _complex(rng, shape):
    return draw(rng, shape, (-1, 1)) + 1j * draw(rng, shape, (-1, 1))


def _numpy_linalg(name, function):
    def kernel(*arrays, **attrs):
        try:
            return function(*arrays, **attrs)
        except np.linalg.LinAlgError as fault:
            raise InvalidArgumentError(
                f"[{name}] Input is not invertible, or not positive definite: {fault}."
            ) from None

    return kernel


def _in_place(found, fine):
    """The results of some matrices among all, NaN for the others."""
    nan = complex(np.nan, np.nan) if found.dtype.kind == "c" else np.nan
    out = np.full((*fine.shape, *found.shape[1:]), nan, found.dtype)
    out[fine] = found
    return out


def of_finite(kernel):
    """A kernel that runs on finite matrices alone, and gives NaN for others: LAPACK's iterations
    for singular values may go on for ever on such, and SciPy's functions raise."""

    @functools.wraps(kernel)
    def guarded(x, *rest, **attrs):
        fine = np.isfinite(x).all((-2, -1))
        if fine.all():
            return kernel(x, *rest, **attrs)
        found = kernel(x[fine], *rest, **attrs)
        if isinstance(found, tuple):
            return tuple([_in_place(part, fine) for part in found])
        return _in_place(found, fine)

    return guarded


_inv = Op(
    "inv",
    _numpy_linalg("inv", np.linalg.inv),
    lambda x: _matrices("inv", x),
    per_input(lambda g, y, x: -matmul(y, matmul(g, y, False, True), True, False)),
    samples=_well,
    doc="The inverse of matrices.",
)


def _solve_infer(a, b):
    same_dtype("solve", (a, b), ("matrix", "rhs"))
    _matrices("solve", a)
    if len(b.shape) < 2 or b.shape[:-1] != a.shape[:-1]:
        fix = "Add an axis to a vector; broadcast the leading axes."
        fail("solve", "rhs needs as many rows as the matrix", (a, b), fix, ("matrix", "rhs"))
    return b


_solve = Op(
    "solve",
    _numpy_linalg("solve", lambda a, b: np.linalg.solve(a, b)),
    _solve_infer,
    per_input(
        lambda g, y, a, b: -matmul(solve(matrix_transpose(a), g), y, False, True),
        lambda g, y, a, b: solve(matrix_transpose(a), g),
    ),
    samples=lambda rng: [((m, m[..., :2] + 1), {}) for ((m,), _) in _well(rng)],
    doc="The solution of a x = b.",
)
_det = Op(
    "det",
    np.linalg.det,
    lambda x: Spec(_matrices("det", x).shape[:-2], x.dtype),
    per_input(lambda g, y, x: reshape(g * y, (*y._shape, 1, 1)) * matrix_transpose(inv(x))),
    samples=_well,
    doc="Determinants.",
)


def _lower(x, on_diagonal=1.0):
    """The lower triangles of square matrices, their diagonals scaled."""
    n = x._shape[-1]
    scale = np.where(np.eye(n, dtype=bool), on_diagonal, 1.0).astype(x._dtype)
    return where(wrap(np.tri(n, dtype=bool)), x * wrap(scale), 0)


def _cholesky_rule(g, y, x):
    """Murray, Differentiation of the Cholesky decomposition, 2016; symmetric as TensorFlow's."""
    inverse = inv(y)
    both = matmul(matmul(inverse, _lower(matmul(y, g, True), 0.5), True), conj(inverse))
    return (both + adjoint(both)) * 0.5


def _cholesky_kernel(x):
    """The factors; NaN below the diagonal for what is not positive definite."""
    try:
        return np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        if x.ndim == 2:
            return np.where(np.tri(len(x), dtype=bool), np.nan, 0).astype(x.dtype)
        return np.stack([_cholesky_kernel(m) for m in x])


_cholesky = Op(
    "cholesky",
    _cholesky_kernel,
    lambda x: _matrices("cholesky", x),
    per_input(_cholesky_rule),
    samples=_spd,
    doc="The lower triangular factor of positive definite matrices.",
)


def _qr_infer(x, full):
    *batch, m, n = _matrices("qr", x, square=False).shape
    k = m if full else min(m, n)
    return Spec((*batch, m, k), x.dtype), Spec((*batch, k, n), x.dtype)


_SIZES = ((3, 2), (3, 3), (2, 4, 3), (2, 3))


def _qr_samples(rng):
    cases = [(_complex(rng, shape), {"full": shape == (3, 3)}) for shape in _SIZES]
    return [((x,), attrs) for a, attrs in cases for x in (a.real, a)]


def _qr_rule(g, y, x, full):
    """Roberts and Roberts, QR and LQ decomposition matrix backpropagation algorithms, 2020; of
    complex matrices R has a real diagonal, and Q the phases."""
    m, n = x._shape[-2:]
    if full and m > n:
        raise NotImplementedError(
            "The gradient of tf.linalg.qr is not built for full_matrices of more rows than "
            "columns, where Q is not unique: use full_matrices=False."
        )
    gq, gr = map(conj, g)  # backprop.py: cotangents are conjugates of gradients
    q, r = y
    if m >= n:
        return conj(_qr_square(gq, gr, q, r))
    rest = x[..., m:]
    first = _qr_square(gq + matmul(rest, gr[..., m:], adjoint_b=True), gr[..., :m], q, r[..., :m])
    return conj(concat([first, matmul(q, gr[..., m:])], -1))


def _qr_square(gq, gr, q, r):
    """The gradient where R is square."""
    inner = matmul(q, gq, adjoint_a=True)
    along = matmul(gr, r, adjoint_b=True)
    turn = inner - along
    below = _lower(turn - adjoint(turn), 0.0) + along
    if turn._dtype.kind == "c":
        phases = diag_part(turn)
        below = below + diag(phases - cast(real(phases), phases.dtype))
    left = matmul(q, below - inner) + gq
    return adjoint(solve(r, adjoint(left)))


_qr = Op(
    "qr",
    lambda x, full: tuple(np.linalg.qr(x, "complete" if full else "reduced")),
    _qr_infer,
    per_input(_qr_rule),
    samples=_qr_samples,
    doc="An orthogonal and an upper triangular factor.",
)


def _svd_infer(x, full, vectors):
    *batch, m, n = _matrices("svd", x, square=False).shape
    k = min(m, n)
    s = Spec((*batch, k), real_dtype(x.dtype))
    if not vectors:
        return s
    u = Spec((*batch, m, m if full else k), x.dtype)
    return s, u, Spec((*batch, n, n if full else k), x.dtype)


@of_finite
def _svd_kernel(x, full, vectors):
    if not vectors:
        return np.linalg.svd(x, compute_uv=False)
    u, s, vh = np.linalg.svd(x, full_matrices=full)
    return s, u, np.swapaxes(np.conj(vh), -1, -2)


def _apart(values):
    """1 / (values[j] - values[i]), 0 where both are equal."""
    return divide_no_nan(1.0, values[..., None, :] - values[..., :, None])


def _svd_rule(g, y, x, full, vectors):
    """Townsend, Differentiating the singular value decomposition, 2016; Wan and Zhang, Automatic
    differentiation for complex valued SVD, 2019, for what does not depend on the phases."""
    m, n = x._shape[-2:]
    if not vectors:
        s, u, v = svd(x)
        return matmul(conj(u) * cast(g, x._dtype)[..., None, :], v, False, True)
    if full and m != n:
        raise NotImplementedError(
            "The gradient of tf.linalg.svd with vectors is not built for full_matrices of matrices "
            "that are not square. Use full_matrices=False, or compute_uv=False."
        )
    (gs, gu, gv), (s, u, v) = g, y
    gu, gv = conj(gu), conj(gv)  # backprop.py: cotangents are conjugates of gradients
    apart, s = cast(_apart(square(s)), x.dtype), cast(s, x.dtype)
    row, inner = s[..., None, :], diag(cast(gs, x.dtype))
    for vectors, gradient, turned in ((u, gu, False), (v, gv, True)):
        turn = matmul(vectors, gradient, adjoint_a=True)
        phases = diag_part(turn)
        turn = apart * (turn - adjoint(turn))
        inner = inner + (turn * s[..., :, None] if turned else turn * row)
    if x._dtype.kind == "c":
        inner = inner + diag((conj(phases) - phases) / (2 * s))
    result = matmul(matmul(u, inner), v, adjoint_b=True)
    if m > n:
        rest = gu - matmul(u, matmul(u, gu, adjoint_a=True))
        result = result + matmul(rest / row, v, adjoint_b=True)
    elif n > m:
        rest = gv - matmul(v, matmul(v, gv, adjoint_a=True))
        result = result + matmul(u / row, rest, adjoint_b=True)
    return conj(result)


_svd = Op(
    "svd",
    _numpy_linalg("svd", _svd_kernel),
    _svd_infer,
    per_input(_svd_rule),
    samples=lambda rng: [
        ((draw(rng, s, (-1, 1)),), {"full": s == (3, 3), "vectors": v})
        for s in _SIZES
        for v in (False, True)
    ],
    doc="Singular values, and left and right singular vectors.",
)


def _eigh_kernel(x):
    values, vectors = np.linalg.eigh(x)
    return values.astype(x.dtype, copy=False), vectors


def _eigh_rule(g, y, x):
    (gvalues, gvectors), (values, vectors) = g, y
    turn = matmul(vectors, gvectors, True) * _apart(values)
    inner = set_diag(turn, gvalues)
    both = matmul(matmul(conj(vectors), inner), vectors, False, True)
    return _lower(both + adjoint(both), 0.5)  # the upper triangle is not read


_eigh = Op(
    "self_adjoint_eig",
    _numpy_linalg("self_adjoint_eig", _eigh_kernel),
    lambda x: (Spec(_matrices("self_adjoint_eig", x).shape[:-1], x.dtype), x),
    per_input(_eigh_rule),
    samples=lambda rng: _spd(rng)[:1],  # complex vectors have no phase of their own
    doc="Eigenvalues, ascending, and eigenvectors of self-adjoint matrices.",
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
    return _on_matrices(_inv, matrix_transpose(input, conjugate=True) if adjoint else input)


@public("linalg.solve")
def solve(matrix, rhs, adjoint=False, name=None):
    """x with matrix @ x = rhs, for matrices `rhs` (..., n, k).

    Example:
    >>> tf.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [[2.0], [2.0]]).numpy()
    array([[1. ],
           [0.5]], dtype=float32)
    """
    a, b = pair("solve", matrix, rhs)
    _solve_infer(_spec(a), _spec(b))
    return apply(_solve, (matrix_transpose(a, conjugate=True) if adjoint else a, b), {})


@public("linalg.det")
def det(input, name=None):
    """The determinants of square matrices.

    Example:
    >>> tf.linalg.det([[2.0, 0.0], [0.0, 4.0]]).numpy()
    np.float32(8.0)
    """
    return _on_matrices(_det, input)


@public("linalg.cholesky")
def cholesky(input, name=None):
    """The lower triangular L with L L^T = input, for positive definite matrices; NaN for others.

    Example:
    >>> tf.linalg.cholesky([[4.0]]).numpy()
    array([[2.]], dtype=float32)
    """
    return _on_matrices(_cholesky, input)


@public("linalg.qr")
def qr(input, full_matrices=False, name=None):
    """(q, r): an orthonormal and an upper triangular factor of each matrix.

    Example:
    >>> q, r = tf.linalg.qr([[2.0]])
    >>> (q @ r).numpy()
    array([[2.]], dtype=float32)
    """
    return _on_matrices(_qr, input, full=bool(full_matrices))


@public("linalg.svd")
def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """(s, u, v): singular values, descending, and vectors, with tensor = u diag(s) v^T.

    Example:
    >>> tf.linalg.svd([[3.0, 0.0], [0.0, 2.0]], compute_uv=False).numpy()
    array([3., 2.], dtype=float32)
    """
    return _on_matrices(_svd, tensor, full=bool(full_matrices), vectors=bool(compute_uv))


@public("linalg.eigh")
def eigh(tensor, name=None):
    """(eigenvalues, ascending; eigenvectors as columns) of symmetric matrices.

    Example:
    >>> tf.linalg.eigh([[2.0, 0.0], [0.0, 1.0]])[0].numpy()
    array([1., 2.], dtype=float32)
    """
    return _on_matrices(_eigh, tensor)
