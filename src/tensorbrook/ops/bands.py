"""Systems of band matrices, roots and logarithms of matrices, conjugate gradients."""

from collections import namedtuple
from math import prod

import numpy as np

from ..base.errors import InvalidArgumentError
from ..base.shapes import broadcast
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, fail, per_input, same_dtype
from ..core.tensor import convert_to_tensor, wrap
from ._families import draw, pair
from .cast import cast, conj, real
from .compare import logical_and
from .control import while_loop
from .create import zeros_like
from .diagonals import diag, diag_part, set_diag
from .factor import triangular_solve
from .index import boolean_mask
from .join import concat, stack
from .linalg import _matrices, _on_matrices, eigh, matrix_transpose, norm, of_finite, solve
from .reduce import reduce_sum
from .scipy_functions import scipy_module
from .shape import broadcast_to, expand_dims, reshape, squeeze

# -- tridiagonal matrices --------------------------------------------------------------------------

_FORMATS = ("compact", "matrix", "sequence")


def _compact(name, diagonals, form):
    """The diagonals as (..., 3, n): that above, the main one, that below; end and start padded."""
    if form not in _FORMATS:
        raise ValueError(f"[{name}] diagonals_format must be one of {_FORMATS}, got {form!r}.")
    if form == "matrix":
        return diag_part(diagonals, k=(-1, 1), align="LEFT_RIGHT")
    if form == "compact":
        return tensor_of(diagonals)
    if len(diagonals) != 3:
        raise ValueError(f"[{name}] takes three diagonals, got {len(diagonals)}.")
    above, middle, below = map(tensor_of, diagonals)
    zero = zeros_like(middle[..., :1])
    if above._shape[-1] != middle._shape[-1]:
        above, below = concat([above, zero], -1), concat([zero, below], -1)
    return stack([above, middle, below], -2)


def _next(x, axis=-1):
    """Each element's successor along an axis, 0 after the last."""
    rest = x[..., 1:] if axis == -1 else x[..., 1:, :]
    end = zeros_like(x[..., :1] if axis == -1 else x[..., :1, :])
    return concat([rest, end], axis)


def _previous(x, axis=-1):
    """Each element's predecessor along an axis, 0 before the first."""
    rest = x[..., :-1] if axis == -1 else x[..., :-1, :]
    start = zeros_like(x[..., :1] if axis == -1 else x[..., :1, :])
    return concat([start, rest], axis)


@public("linalg.tridiagonal_matmul")
def tridiagonal_matmul(diagonals, rhs, diagonals_format="compact", name=None):
    """The product of tridiagonal matrices and `rhs`.

    Args:
      diagonals: (..., 3, n) as "compact", the superdiagonal first, its last element and the first
        of the subdiagonal not read; (..., n, n) as "matrix"; three tensors as "sequence".
      rhs: (..., n, k).
      diagonals_format: which.

    Example:
    >>> tf.linalg.tridiagonal_matmul([[1.0, 0.0], [2.0, 2.0], [0.0, 3.0]], [[1.0], [1.0]]).numpy()
    array([[3.],
           [5.]], dtype=float32)
    """
    bands, x = pair(
        "tridiagonal_matmul", _compact("tridiagonal_matmul", diagonals, diagonals_format), rhs
    )
    above, middle, below = (expand_dims(bands[..., i, :], -1) for i in range(3))
    return above * _next(x, -2) + middle * x + below * _previous(x, -2)


def _tridiagonal_kernel(bands, rhs):
    solve_banded, n = scipy_module("linalg").solve_banded, bands.shape[-1]
    dtype = np.result_type(bands.dtype, np.float64)
    flat = bands.astype(dtype).reshape(-1, 3, n)
    right = rhs.astype(dtype).reshape(-1, n, rhs.shape[-1])
    out = np.empty_like(right)
    for i, ((above, middle, below), b) in enumerate(zip(flat, right)):
        rows = [np.r_[above[:1] * 0, above[:-1]], middle, np.r_[below[1:], below[:1] * 0]]
        try:
            out[i] = solve_banded((1, 1), np.stack(rows), b, check_finite=False)
        except np.linalg.LinAlgError as fault:
            raise InvalidArgumentError(
                f"[tridiagonal_solve] Input is not invertible: {fault}."
            ) from None
    return out.reshape(rhs.shape).astype(rhs.dtype)


def _tridiagonal_infer(bands, rhs):
    names = ("diagonals", "rhs")
    same_dtype("tridiagonal_solve", (bands, rhs), names)
    if bands.shape[-2:-1] != (3,) or (*bands.shape[:-2], bands.shape[-1]) != rhs.shape[:-1]:
        fix = "diagonals are (..., 3, n), rhs (..., n, k)."
        fail("tridiagonal_solve", "Shapes that do not fit", (bands, rhs), fix, names)
    return rhs


def _turned(bands):
    """The diagonals of the transposed matrices."""
    above, middle, below = (bands[..., i, :] for i in range(3))
    return stack([_next(below), middle, _previous(above)], -2)


def _tridiagonal_bands_rule(g, y, bands, rhs):
    found = -apply(_tridiagonal, (_turned(bands), g), {})
    shifted = (_next(y, -2), y, _previous(y, -2))
    return stack([reduce_sum(found * x, -1) for x in shifted], -2)


def _tridiagonal_samples(rng):
    bands = draw(rng, (2, 3, 4), (-1, 1)) + np.array([[0.0], [3.0], [0.0]])
    bands[:, 0, -1] = bands[:, 2, 0] = 0  # not read
    return [((bands, draw(rng, (2, 4, 2), (-1, 1))), {})]


_tridiagonal = Op(
    "tridiagonal_solve",
    _tridiagonal_kernel,
    _tridiagonal_infer,
    per_input(
        _tridiagonal_bands_rule,
        lambda g, y, bands, rhs: apply(_tridiagonal, (_turned(bands), g), {}),
    ),
    samples=_tridiagonal_samples,
    doc="The solution of systems of tridiagonal matrices.",
    tolerance="scale",
)


@public("linalg.tridiagonal_solve")
def tridiagonal_solve(
    diagonals,
    rhs,
    diagonals_format="compact",
    transpose_rhs=False,
    conjugate_rhs=False,
    name=None,
    partial_pivoting=True,
    perturb_singular=False,
):
    """x with matrix @ x = rhs, of tridiagonal matrices.

    Args:
      diagonals, diagonals_format: as of `tf.linalg.tridiagonal_matmul`.
      rhs: (..., n) or (..., n, k).
      transpose_rhs: `rhs` is (..., k, n); the result is (..., n, k) all the same.
      conjugate_rhs: take its conjugate.
      partial_pivoting: changes nothing: rows are always exchanged where that is needed.
      perturb_singular: False alone.

    Raises:
      InvalidArgumentError: a matrix is singular, or shapes do not fit.

    Example:
    >>> tf.linalg.tridiagonal_solve([[1.0, 0.0], [2.0, 2.0], [0.0, 3.0]], [3.0, 5.0]).numpy()
    array([1., 1.], dtype=float32)
    """
    if perturb_singular:
        raise NotImplementedError(
            "tf.linalg.tridiagonal_solve(perturb_singular=True): add a little to the diagonal."
        )
    bands = _compact("tridiagonal_solve", diagonals, diagonals_format)
    bands, b = pair("tridiagonal_solve", bands, rhs)
    b = conj(b) if conjugate_rhs else b
    vector = len(b._shape) < len(bands._shape)
    if vector:
        b = expand_dims(b, -1)
    elif transpose_rhs:
        b = matrix_transpose(b)
    batch = broadcast(bands._shape[:-2], b._shape[:-2])
    if batch is None:
        fail("tridiagonal_solve", "Incompatible shapes", (bands, b), "", ("diagonals", "rhs"))
    above, middle, below = (bands[..., i, :] for i in range(3))
    bands = stack(
        [_next(_previous(above)), middle, _previous(_next(below))], -2
    )  # 0 what is not read
    bands, b = (broadcast_to(t, (*batch, *t._shape[-2:])) for t in (bands, b))
    x = apply(_tridiagonal, (bands, b), {})
    return squeeze(x, -1) if vector else x


@public("linalg.banded_triangular_solve")
def banded_triangular_solve(bands, rhs, lower=True, adjoint=False, name=None):
    """x with matrix @ x = rhs, of triangular matrices with few diagonals.

    Args:
      bands: (..., k, n): the diagonals from the highest down. The main one is the first of lower
        triangles, the last of upper ones; those below it end, those above it begin with its end.
      rhs: (..., n, m).
      lower: which triangle.
      adjoint: solve for the conjugate transpose.

    Example:
    >>> tf.linalg.banded_triangular_solve([[2.0, 4.0], [0.0, 1.0]], [[2.0], [5.0]]).numpy()
    array([[1.],
           [1.]], dtype=float32)
    """
    bands = tensor_of(bands)
    count, n = bands._shape[-2:]
    k = (1 - count, 0) if lower else (0, count - 1)
    matrix = diag(bands, k=k, num_rows=n, num_cols=n, align="LEFT_RIGHT")
    return triangular_solve(matrix, rhs, lower, adjoint)


@public("linalg.eigh_tridiagonal")
def eigh_tridiagonal(
    alpha, beta, eigvals_only=True, select="a", select_range=None, tol=None, name=None
):
    """The eigenvalues of self-adjoint tridiagonal matrices, ascending; with the eigenvectors.

    Args:
      alpha: (..., n), the diagonal.
      beta: (..., n - 1), what is above it.
      eigvals_only: False for (eigenvalues, eigenvectors as columns).
      select: "a" all, "v" those in the interval (lowest, highest], "i" those with numbers from
        lowest to highest.
      select_range: (lowest, highest).
      tol: changes nothing: eigenvalues are exact to rounding.

    Raises:
      ValueError: an unknown `select`, or no range for it.

    Example:
    >>> tf.linalg.eigh_tridiagonal([1.0, 1.0], [1.0]).numpy().round(6) + 0
    array([0., 2.], dtype=float32)
    """
    if select not in ("a", "v", "i") or (select != "a" and select_range is None):
        raise ValueError(
            f"[eigh_tridiagonal] select must be 'a', or 'v' or 'i' with a select_range, got "
            f"{select!r}, {select_range!r}."
        )
    middle, above = pair("eigh_tridiagonal", alpha, beta)
    matrix = set_diag(diag(cast(middle, above.dtype)), above, k=1)
    matrix = set_diag(matrix, conj(above), k=-1)
    values, vectors = eigh(matrix)
    values = real(values)
    if select == "i":
        low, high = select_range
        values, vectors = values[..., low : high + 1], vectors[..., low : high + 1]
    elif select == "v":
        inside = logical_and(values > select_range[0], values <= select_range[1])
        values = boolean_mask(values, inside)
        vectors = matrix_transpose(boolean_mask(matrix_transpose(vectors), inside))
    return values if eigvals_only else (values, vectors)


# -- roots and logarithms --------------------------------------------------------------------------


def _each(name):
    """A function of SciPy of one matrix, for all of a batch."""

    @of_finite
    def kernel(x):
        function, n = getattr(scipy_module("linalg"), name), x.shape[-1]
        wide = x.astype(np.result_type(x.dtype, np.float64))
        matrices = wide.reshape(prod(x.shape[:-2]), n, n)
        found = [np.asarray(function(m)) for m in matrices]
        if x.dtype.kind != "c":  # no real root
            found = [np.where(np.imag(m).any(), np.nan, np.real(m)) for m in found]
        return np.reshape(found, x.shape).astype(x.dtype)

    return kernel


def _sqrtm_rule(g, y, x):
    """X with X y^T + y^T X = g, row by row one vector."""
    n = y._shape[-1]
    unit, batch = wrap(np.eye(n, dtype=y._dtype)), y._shape[:-2]

    def kronecker(a, b):
        product = expand_dims(expand_dims(a, -2), -1) * expand_dims(expand_dims(b, -3), -2)
        return reshape(product, (*batch, n * n, n * n))

    turned = matrix_transpose(y)
    wide = broadcast_to(unit, y._shape)
    system = kronecker(wide, y) + kronecker(turned, wide)
    return reshape(solve(system, reshape(g, (*batch, n * n, 1))), y._shape)


def _roots(rng):
    a = draw(rng, (2, 3, 3), (-1, 1))
    return [((a @ a.swapaxes(-1, -2) + 2 * np.eye(3),), {})]


_sqrtm = Op(
    "sqrtm",
    _each("sqrtm"),
    lambda x: _matrices("sqrtm", x),
    per_input(_sqrtm_rule),
    samples=_roots,
    doc="Square roots of matrices.",
    tolerance="scale",
)


@public("linalg.sqrtm", "matrix_square_root")
def sqrtm(input, name=None):
    """The square roots of matrices: each times itself is the matrix; nan where none is real.

    Example:
    >>> tf.linalg.sqrtm([[4.0, 0.0], [0.0, 9.0]]).numpy().tolist()
    [[2.0, 0.0], [0.0, 3.0]]
    """
    return _on_matrices(_sqrtm, input)


def _logm_rule(g, y, x):
    """As of expm: the derivative stands in the corner of the logarithm of [[x^T, g], [0, x^T]]."""
    turned, n = matrix_transpose(x), x._shape[-1]
    above, below = concat([turned, g], -1), concat([turned * 0, turned], -1)
    return apply(_logm, (concat([above, below], -2),), {})[..., :n, n:]


_logm = Op(
    "logm",
    _each("logm"),
    lambda x: _matrices("logm", x),
    per_input(_logm_rule),
    samples=lambda rng: [((m.astype("complex128"),), {}) for ((m,), _) in _roots(rng)],
    doc="Logarithms of matrices.",
    tolerance="scale",
)


@public("linalg.logm")
def logm(input, name=None):
    """The logarithms of complex matrices, whose exponentials they are.

    Raises:
      InvalidArgumentError: real matrices, whose logarithms may be complex.

    Example:
    >>> tf.linalg.logm(tf.complex([[1.0, 0.0], [0.0, 1.0]], 0.0)).numpy().real.tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    x = tensor_of(input)
    if x._dtype.kind != "c":
        raise InvalidArgumentError(
            f"[logm] takes complex matrices, got {x.dtype.name}: tf.cast(x, tf.complex64)."
        )
    return _on_matrices(_logm, x)


# -- conjugate gradients ---------------------------------------------------------------------------

CGState = namedtuple("CGState", ["i", "x", "r", "p", "gamma"])


@public("linalg.experimental.conjugate_gradient", composites=True)
def conjugate_gradient(
    operator, rhs, preconditioner=None, x=None, tol=1e-5, max_iter=20, name="conjugate_gradient"
):
    """Solves operator @ x = rhs step by step, where the operator is positive definite.

    Args:
      operator: a `tf.linalg.LinearOperator`.
      rhs: (..., n).
      preconditioner: an operator near the inverse.
      x: where to begin; zeros by default.
      tol: end where the residual's norm is at most `tol` times that of `rhs`.
      max_iter: at most so many steps.

    Returns:
      (i, x, r, p, gamma): steps done, solution, residual, direction, r^T (preconditioner @ r).

    Example:
    >>> operator = tf.linalg.LinearOperatorDiag([1.0, 2.0], True, True, True)
    >>> tf.linalg.experimental.conjugate_gradient(operator, tf.constant([1.0, 4.0])).x.numpy()
    array([1., 2.], dtype=float32)
    """
    rhs = tensor_of(rhs)

    def dot(a, b):
        return reduce_sum(conj(a) * b, -1, keepdims=True)

    def prepared(r):
        return r if preconditioner is None else preconditioner.matvec(r)

    x = zeros_like(rhs) if x is None else convert_to_tensor(x)
    r = rhs - operator.matvec(x)
    p = prepared(r)
    limit = tol * norm(rhs, axis=-1, keepdims=True)

    def goes_on(i, x, r, p, gamma):
        left = norm(r, axis=-1, keepdims=True) > limit
        return logical_and(i < max_iter, reduce_sum(cast(left, "int32")) > 0)

    def step(i, x, r, p, gamma):
        z = operator.matvec(p)
        alpha = gamma / dot(p, z)
        x, r = x + alpha * p, r - alpha * z
        q = prepared(r)
        new = dot(r, q)
        return i + 1, x, r, q + new / gamma * p, new

    found = while_loop(goes_on, step, [convert_to_tensor(0), x, r, p, dot(r, p)])
    i, x, r, p, gamma = found
    return CGState(i, x, r, p, squeeze(gamma, -1))
