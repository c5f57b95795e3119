"""Products and decompositions of matrices, Fourier transforms, attention."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import linalg

from ..attention import graph_of
from ..lower import function_of, rule, table

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


# -- attention: cuDNN's kernel where JAX says that it is right, else the graph ---------------------


def _attended(query, key, value, *mask, is_causal, blind_gets_zero):
    """The result, without scores in memory. Queries that see nothing are 0: their scores are equal,
    and so are the values' weights."""
    attend = partial(jax.nn.dot_product_attention, scale=1.0, implementation="cudnn")
    if not mask:
        return attend(query, key, value, is_causal=is_causal)
    seen = jnp.broadcast_to(mask[0], (*mask[0].shape[:2], query.shape[1], key.shape[1]))
    seen = jnp.tril(seen) if is_causal else seen
    sees = jnp.swapaxes(seen.any(-1, keepdims=True), 1, 2)
    result = attend(jnp.where(sees, query, 0), key, value, mask=seen)
    return jnp.where(sees, result, 0) if blind_gets_zero else result


def _by_cudnn(query, key, value, *mask, **how):
    """(the result, function from its cotangent to gradients): XLA makes one call of two results."""
    return jax.vjp(lambda *qkv: _attended(*qkv, *mask, **how), query, key, value)


def _where_it_may(name, by_cudnn, *arrays, **how):
    composed = function_of(graph_of(name, arrays, how))
    by_cudnn = partial(by_cudnn, **how)
    try:
        jax.eval_shape(by_cudnn, *arrays)
    except (NotImplementedError, RuntimeError, ValueError):  # no cuDNN, or none for these operands
        return composed(*arrays)
    return lax.platform_dependent(*arrays, cuda=by_cudnn, default=composed)


def _forward(*arrays, **how):
    return [_by_cudnn(*arrays, **how)[0]]


def _backward(*arrays, **how):
    return list(_by_cudnn(*arrays[:-1], **how)[1](arrays[-1]))


rule("flash_attention")(partial(_where_it_may, "flash_attention", _forward))
rule("flash_attention_gradient")(partial(_where_it_may, "flash_attention_gradient", _backward))
