"""Cases of keras.ops.linalg. Vectors of eigen- and singular values are compared up to their sign,
as products that do not depend on it."""

import numpy as np

from . import case

UNARY = []
BINARY = []
S = np.array([[4, 1, 0.5], [1, 3, -1], [0.5, -1, 5]], "float32")  # symmetric, positive definite
B = np.stack([S, S[::-1] + np.eye(3, dtype="float32") * 4])
SINGULAR = np.array([[1, 2, 3], [2, 4, 6], [1, 0, 1]], "float32")


def cases():
    yield case("cholesky(x)", smooth=False, x=S)
    yield case("cholesky(x, upper=True)", smooth=False, x=S)
    yield case("cholesky_inverse(cholesky(x))", smooth=False, x=S)
    yield case("cholesky_inverse(cholesky(x, upper=True), upper=True)", smooth=False, x=S)
    yield case("det(x)", x=B)
    yield case("inv(x)", x=B)
    yield case("abs(eig(x)[0])", smooth=False, x=S)
    yield case("eigh(x)[0]", smooth=False, x=S)
    yield case("abs(eigh(x)[1])", smooth=False, x=S)
    yield case("lu_factor(x)", x=S[::-1].copy())
    yield case("matrix_rank(x)", smooth=False, x=SINGULAR)
    yield case("matrix_rank(x, tol=2.0)", smooth=False, x=B)
    yield case("pinv(c)")
    yield case("linalg.pinv(x, rcond=0.5)", smooth=False, x=S)
    yield case("pinv(x)", smooth=False, x=SINGULAR[:2])
    for mode in ("reduced", "complete"):
        yield case(f"abs(qr(transpose(a), mode='{mode}')[0])", smooth=False, batch=[])
        yield case(f"abs(qr(transpose(a), mode='{mode}')[1])", smooth=False, batch=[])
    yield case("svd(a, compute_uv=False)")
    for part in range(3):
        yield case(f"abs(svd(a, full_matrices=False)[{part}])", smooth=False)
    yield case("svd(a)[1]", smooth=False)
    yield case("solve(x, c[:, :, :3][:, ::-1])", x=B, batch=["x", "c"])
    yield case("solve(x, w)", x=S)
    for lower in (True, False):
        yield case(f"solve_triangular(x, w, lower={lower})", x=S)
        yield case(f"solve_triangular(x, c, lower={lower})", x=B)
    yield case("lstsq(transpose(a), w)", batch=[])
    yield case("lstsq(transpose(a), m)", batch=[])
    yield case("lstsq(a, m[:2])", batch=[])
    yield from norms()
    yield case("jvp(lambda x: sin(x) * x, (a,), (b,))", batch=[])
    yield case("jvp(lambda x, y: (matmul(x, y), sum(y)), (a, m), (b, m * 2))", batch=[])
    yield case("jvp(lambda x: (x * x, x), (a,), (b,), has_aux=True)", batch=[])


def norms():
    yield case("norm(a)")
    yield case("norm(i)")
    for ord in (None, 0, 1, 2, 3, -1, "np.inf", "-np.inf"):
        yield case(f"norm(c, ord={ord}, axis=-1)", smooth=ord != "-np.inf")  # one is almost 0
    for ord in (None, "'fro'", "'nuc'", 1, -1, 2, -2, "np.inf", "-np.inf"):
        yield case(f"norm(c, ord={ord}, axis=(1, 2))")
        yield case(f"norm(c, ord={ord}, axis=(0, 2), keepdims=True)")
    yield case("norm(a, ord='nuc')")
    yield case("norm(v, ord=3, keepdims=True)")
