"""Products and decompositions of matrices, Fourier transforms."""

import jax.numpy as jnp
from jax import lax
from jax.scipy import linalg

from ..lower import rule, table

table(jnp.linalg, "inv det solve")
table(jnp.fft, "rfft=rfftn")


@rule("slogdet")
def slogdet(a):
    """The determinant's sign and the logarithm of its size."""
    sign, size = jnp.linalg.slogdet(a)
    return sign, size.astype(a.dtype)


@rule("svd", kinds="f")
def svd(a, full, vectors):
    """Singular values, and the vectors of both sides."""
    if not vectors:
        return jnp.linalg.svd(a, compute_uv=False)
    u, s, vh = jnp.linalg.svd(a, full)
    return s, u, jnp.swapaxes(vh, -1, -2)


@rule("pinv")
def pinv(a, rcond):
    """The pseudo-inverse."""
    return jnp.linalg.pinv(a, rcond)


@rule("matmul")
def matmul(a, b, transpose_a, transpose_b):
    """The matrix product, over leading axes."""
    a = jnp.swapaxes(a, -1, -2) if transpose_a else a
    b = jnp.swapaxes(b, -1, -2) if transpose_b else b
    return jnp.matmul(a, b, preferred_element_type=a.dtype)


@rule("lu", kinds="ifc")
def lu(a):
    """Both triangles in one matrix, and the order of the rows."""
    found, _, order = lax.linalg.lu(a)
    return found, order


@rule("tridiagonal_solve", kinds="f")
def tridiagonal_solve(bands, rhs):
    """x of systems whose matrices have three diagonals: those above, in the middle and below."""
    work = jnp.promote_types(rhs.dtype, jnp.float32)
    above, middle, below = (bands[..., i, :].astype(work) for i in range(3))
    below, above = below.at[..., :1].set(0), above.at[..., -1:].set(0)
    return lax.linalg.tridiagonal_solve(below, middle, above, rhs.astype(work)).astype(rhs.dtype)


@rule("cholesky")
def cholesky(a):
    """The lower triangle whose product with its adjoint is `a`."""
    return jnp.linalg.cholesky(a, symmetrize_input=False)


@rule("qr")
def qr(a, full):
    """An orthogonal matrix and a triangle."""
    return tuple(jnp.linalg.qr(a, "complete" if full else "reduced"))


@rule("self_adjoint_eig")
def self_adjoint_eig(a):
    """Eigenvalues and eigenvectors of a symmetric matrix, by its lower triangle."""
    values, vectors = jnp.linalg.eigh(a, "L", symmetrize_input=False)
    return values.astype(a.dtype), vectors


@rule("expm")
def expm(a):
    """The matrix exponential."""
    return jnp.vectorize(linalg.expm, signature="(n,n)->(n,n)")(a)


@rule("fft")
def fft(x, axes, inverse):
    """The Fourier transform over some axes."""
    return (jnp.fft.ifftn if inverse else jnp.fft.fftn)(x, axes=axes).astype(x.dtype)


@rule("irfft")
def irfft(x, axes, size):
    """Real numbers of their Fourier transform."""
    sizes = [x.shape[a] for a in axes[:-1]] + [size]
    return jnp.fft.irfftn(x, sizes, axes)
