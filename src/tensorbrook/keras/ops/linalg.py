"""keras.ops.linalg: factorisations, norms, linear systems; and directional derivatives."""

import numpy as np

from ... import ops
from ...autodiff.tape import GradientTape
from ...base import nest
from ...core.dispatch import tensor_of
from ...ops.shape import check_axis
from .declare import floating, functions, op, promote, unary


def _square(x):
    """Square matrices of floats: Keras's error for all others."""
    x = floating(x)
    if len(x._shape) < 2:
        raise ValueError(
            f"Expected input to have rank >= 2. Received input with shape {tuple(x.shape)}."
        )
    if x._shape[-1] != x._shape[-2]:
        raise ValueError(
            f"Expected a square matrix. Received non-square input with shape {tuple(x.shape)}"
        )
    return x


def _matrices(path, function, doc):
    return unary(f"linalg.{path}", lambda x: function(_square(x)), f"{doc}.")


det = _matrices("det", ops.det, "The determinants of square matrices")
inv = _matrices("inv", ops.inv, "The inverse of square matrices")
eig = _matrices("eig", ops.eig, "(eigenvalues, eigenvectors as columns) of square matrices")
eigh = _matrices("eigh", ops.eigh, "(eigenvalues, ascending; eigenvectors) of symmetric matrices")


@op("linalg.lu_factor")
def lu_factor(x):
    """(lu, pivots): both factors of square matrices in one, and where each row went.

    Args:
      x: (..., n, n).

    Example:
    >>> lu, pivots = tf.keras.ops.lu_factor([[1.0, 2.0], [2.0, 2.0]])
    >>> lu.numpy().tolist(), pivots.numpy().tolist()
    ([[2.0, 2.0], [0.5, 1.0]], [1, 0])
    """
    found, order = ops.lu(_square(x))
    return found, ops.argsort(order, -1)


@op("linalg.cholesky")
def cholesky(x, upper=False):
    """The triangular factor of positive definite matrices.

    Args:
      x: (..., n, n).
      upper: whether to return the upper one, U with U^T U = x, instead of L with L L^T = x.

    Example:
    >>> tf.keras.ops.cholesky([[4.0]]).numpy()
    array([[2.]], dtype=float32)
    """
    found = ops.cholesky(_square(x))
    return ops.adjoint(found) if upper else found


@op("linalg.cholesky_inverse")
def cholesky_inverse(x, upper=False):
    """The inverse of the matrices that have the triangular factor `x`.

    Args:
      x: (..., n, n), what `cholesky` gave.
      upper: whether it is the upper factor.

    Example:
    >>> tf.keras.ops.linalg.cholesky_inverse([[2.0]]).numpy()
    array([[0.25]], dtype=float32)
    """
    x = _square(x)
    unit = ops.broadcast_to(ops.eye(x._shape[-1], dtype=x.dtype), x._shape)
    half = ops.triangular_solve(x, unit, lower=not upper)
    turned = ops.adjoint(half)
    return ops.matmul(half, turned) if upper else ops.matmul(turned, half)


@op("linalg.qr")
def qr(x, mode="reduced"):
    """(q, r): an orthonormal and an upper triangular factor of each matrix.

    Args:
      x: (..., m, n).
      mode: "reduced" or "complete".

    Example:
    >>> tf.keras.ops.qr(tf.ones([3, 2]), mode="complete")[0].shape
    TensorShape([3, 3])
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(
            f"`mode` argument value not supported. Expected one of {{'reduced', 'complete'}}. "
            f"Received: mode={mode}"
        )
    return ops.qr(floating(x), full_matrices=mode == "complete")


@op("linalg.svd", layer="SVD")
def svd(x, full_matrices=True, compute_uv=True):
    """(u, s, vh) with x = u diag(s) vh; the singular values s alone without `compute_uv`.

    Args:
      x: (..., m, n).
      full_matrices: whether u and vh are square.
      compute_uv: whether to compute them.

    Example:
    >>> tf.keras.ops.svd([[3.0, 0.0], [0.0, 2.0]], compute_uv=False).numpy()
    array([3., 2.], dtype=float32)
    """
    found = ops.svd(floating(x), full_matrices, compute_uv)
    if not compute_uv:
        return found
    s, u, v = found
    return u, s, ops.adjoint(v)


def _system(name, a, b):
    """The operands of a linear system, a vector's axis added: (a, b, whether one was)."""
    a, b = promote(a, b, also=(float,))
    if len(a._shape) < 2 or len(b._shape) not in (len(a._shape) - 1, len(a._shape)):
        raise ValueError(
            f"[{name}] takes a of shape (..., m, n) and b of shape (..., m) or (..., m, k). "
            f"Received: a.shape={a.shape}, b.shape={b.shape}"
        )
    vector = len(b._shape) == len(a._shape) - 1
    return a, ops.expand_dims(b, -1) if vector else b, vector


@op("linalg.solve")
def solve(a, b):
    """x with a @ x = b.

    Args:
      a: (..., m, m).
      b: (..., m) or (..., m, k).

    Example:
    >>> tf.keras.ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).numpy()
    array([1. , 0.5], dtype=float32)
    """
    a, b, vector = _system("solve", a, b)
    found = ops.solve(_square(a), b)
    return ops.squeeze(found, -1) if vector else found


@op("linalg.solve_triangular")
def solve_triangular(a, b, lower=False):
    """x with a @ x = b, of a triangle of `a`; the other one is not read.

    Args:
      a: (..., m, m).
      b: (..., m) or (..., m, k).
      lower: which triangle.

    Example:
    >>> tf.keras.ops.solve_triangular([[2.0, 1.0], [9.0, 4.0]], [4.0, 8.0]).numpy()
    array([1., 2.], dtype=float32)
    """
    a, b, vector = _system("solve_triangular", a, b)
    found = ops.triangular_solve(a, b, lower=lower)
    return ops.squeeze(found, -1) if vector else found


@op("linalg.lstsq")
def lstsq(a, b, rcond=None):
    """x of the least |a @ x - b|; the shortest of several.

    Args:
      a: (m, n).
      b: (m,) or (m, k).
      rcond: singular values up to `rcond` times the largest count as 0; the units in the last
        place times max(m, n) by default.

    Example:
    >>> np.round(tf.keras.ops.linalg.lstsq([[1.0], [1.0]], [1.0, 3.0]).numpy(), 5)
    array([2.], dtype=float32)
    """
    a, b, vector = _system("lstsq", a, b)
    found = ops.matmul(ops.pinv(a, rcond), b)
    return ops.squeeze(found, -1) if vector else found


@op("linalg.pinv")
def pinv(x, rcond=None):
    """The pseudo-inverse of matrices.

    Args:
      x: (..., m, n).
      rcond: singular values up to `rcond` times the largest count as 0.

    Example:
    >>> tf.keras.ops.linalg.pinv([[2.0, 0.0], [0.0, 0.0]]).numpy().tolist()
    [[0.5, 0.0], [0.0, 0.0]]
    """
    return ops.pinv(floating(x), rcond)


@op("linalg.matrix_rank")
def matrix_rank(x, tol=None):
    """How many singular values of each matrix exceed `tol`.

    Args:
      x: (..., m, n).
      tol: by default the units in the last place of the largest, times max(m, n).

    Example:
    >>> tf.keras.ops.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]]).numpy()
    np.int32(1)
    """
    return ops.matrix_rank(floating(x), tol)


# -- norms -----------------------------------------------------------------------------------------


def _vector_norm(x, ord, axis, keepdims):
    size = ops.abs(x)
    if ord in (None, 2):
        return ops.reduce_euclidean_norm(x, axis, keepdims)
    if ord == np.inf:
        return ops.reduce_max(size, axis, keepdims)
    if ord == -np.inf:
        return ops.reduce_min(size, axis, keepdims)
    if ord == 0:
        return ops.reduce_sum(ops.cast(ops.not_equal(size, 0), size.dtype), axis, keepdims)
    return ops.reduce_sum(size ** float(ord), axis, keepdims) ** (1.0 / ord)


def _matrix_norm(x, ord, axes, keepdims):
    rows, columns = axes
    if ord in (None, "fro"):
        return ops.reduce_euclidean_norm(x, list(axes), keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        first, second = (rows, columns) if abs(ord) == 1 else (columns, rows)
        extreme = ops.reduce_max if ord > 0 else ops.reduce_min
        sums = ops.reduce_sum(ops.abs(x), first, keepdims=True)
        found = extreme(sums, second, keepdims=True)
    else:
        rest = [a for a in range(len(x._shape)) if a not in axes]
        values = ops.svd(ops.transpose(x, [*rest, rows, columns]), compute_uv=False)
        reduce = {2: ops.reduce_max, -2: ops.reduce_min, "nuc": ops.reduce_sum}[ord]
        found = reduce(values, -1)
        for axis in sorted(axes):
            found = ops.expand_dims(found, axis)
    return found if keepdims else ops.squeeze(found, list(axes))


@op("linalg.norm")
def norm(x, ord=None, axis=None, keepdims=False):
    """Norms of vectors or of matrices.

    Args:
      x: a tensor.
      ord: None for the Euclidean or Frobenius norm; a number or "fro", "nuc" as in NumPy.
      axis: an axis of vectors, or two of matrices; all elements by default.
      keepdims: whether reduced axes stay, with size 1.

    Example:
    >>> tf.keras.ops.norm([3.0, 4.0]).numpy()
    np.float32(5.0)
    """
    x = floating(x)
    ndim = len(x._shape)
    if axis is None:
        if ord is None:
            return ops.reduce_euclidean_norm(x, None, keepdims)
        axis = tuple(range(ndim))
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    axes = tuple(check_axis("norm", a, ndim) for a in axes)
    if len(axes) == 1 and not isinstance(ord, str):
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2 and ord in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        return _matrix_norm(x, ord, axes, keepdims)
    raise ValueError(
        f"Invalid `ord` argument for {'vector' if len(axes) == 1 else 'matrix'} norm. Received: "
        f"ord={ord}, axis={axis}"
    )


# -- derivatives -----------------------------------------------------------------------------------


@op("linalg.jvp", layer="JVP")
def jvp(fun, primals, tangents, has_aux=False):
    """(fun(*primals), its derivative in the direction of the tangents).

    Args:
      fun: a function of tensors; with `has_aux` it returns a pair, of which the second is passed
        on.
      primals: a list or tuple of its arguments.
      tangents: the direction, of the same structure.

    Example:
    >>> value, slope = tf.keras.ops.jvp(lambda x: x * x, (tf.constant(3.0),), (tf.constant(1.0),))
    >>> value.numpy(), slope.numpy()
    (np.float32(9.0), np.float32(6.0))
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise TypeError(f"[jvp] takes tuples or lists, got {primals!r} and {tangents!r}.")
    primals, tangents = (nest.map_structure(tensor_of, list(t)) for t in (primals, tangents))
    with GradientTape() as outer:
        with GradientTape() as inner:
            inner.watch(nest.flatten(primals))
            found = fun(*primals)
            value, aux = found if has_aux else (found, None)
        # the pullback is linear in its cotangents: its own derivative by them is the pushforward
        dummies = [ops.zeros_like(leaf) for leaf in nest.flatten(value)]
        outer.watch(dummies)
        pulled = inner.gradient(
            nest.flatten(value), nest.flatten(primals), dummies, unconnected_gradients="zero"
        )
    pushed = outer.gradient(pulled, dummies, nest.flatten(tangents), unconnected_gradients="zero")
    pushed = nest.pack_sequence_as(value, pushed)
    return (value, pushed, aux) if has_aux else (value, pushed)


globals().update(functions("ops.linalg"))
