"""tf.linalg.LinearOperator*: every operator against its dense matrix; TensorFlow's rules."""

import numpy as np
import pytest

import tensorbrook as tf

L = tf.linalg
RNG = np.random.default_rng(4)


def normal(*shape, plus=0.0):
    return tf.constant(RNG.normal(size=shape) + plus)


def square(*shape):
    return tf.constant(RNG.normal(size=shape) + 4 * np.eye(shape[-1]))


def positive(n):
    a = RNG.normal(size=(n, n))
    return tf.constant(a @ a.T + n * np.eye(n))


def full(a):
    return L.LinearOperatorFullMatrix(a)


SPECTRUM = tf.constant(np.fft.fft(RNG.normal(size=4) + 6 * np.eye(4)[0]))
BANDS = tf.constant(np.array([[1.0, 2, 0], [5, 6, 7], [0, 3, 1]]))
OPERATORS = {
    "full": lambda: full(square(2, 3, 3)),
    "positive": lambda: L.LinearOperatorFullMatrix(positive(3), True, True, True),
    "wide": lambda: full(normal(2, 3)),
    "diag": lambda: L.LinearOperatorDiag(normal(2, 3, plus=3)),
    "complex diag": lambda: L.LinearOperatorDiag(tf.complex(normal(3), normal(3, plus=2))),
    "identity": lambda: L.LinearOperatorIdentity(3, dtype=tf.float64),
    "identities": lambda: L.LinearOperatorIdentity(3, [2], dtype=tf.float64),
    "scaled": lambda: L.LinearOperatorScaledIdentity(3, normal(2, plus=2)),
    "zeros": lambda: L.LinearOperatorZeros(
        2, 3, dtype=tf.float64, is_self_adjoint=False, is_square=False
    ),
    "lower": lambda: L.LinearOperatorLowerTriangular(square(3, 3)),
    "tridiag": lambda: L.LinearOperatorTridiag(BANDS),
    "tridiag sequence": lambda: L.LinearOperatorTridiag(tf.unstack(BANDS), "sequence"),
    "tridiag matrix": lambda: L.LinearOperatorTridiag(square(4, 4), "matrix"),
    "toeplitz": lambda: L.LinearOperatorToeplitz(
        tf.constant([5.0, 1, 2], tf.float64), tf.constant([5.0, 3, 4], tf.float64)
    ),
    "permutation": lambda: L.LinearOperatorPermutation([2, 0, 1], tf.float64),
    "householder": lambda: L.LinearOperatorHouseholder(normal(2, 3)),
    "circulant": lambda: L.LinearOperatorCirculant(SPECTRUM, tf.float64),
    "complex circulant": lambda: L.LinearOperatorCirculant(SPECTRUM, tf.complex128),
    "circulant 2d": lambda: L.LinearOperatorCirculant2D(
        tf.constant(np.fft.fft2(RNG.normal(size=(2, 3)) + 8 * np.eye(2, 3) * [1, 0, 0])), tf.float64
    ),
    "circulant 3d": lambda: L.LinearOperatorCirculant3D(
        tf.complex(normal(2, 1, 2, plus=4), tf.zeros([2, 1, 2], tf.float64)), tf.complex128
    ),
    "adjoint": lambda: full(square(3, 3)).adjoint(),
    "inverse": lambda: full(square(3, 3)).inverse(),
    "product": lambda: L.LinearOperatorComposition(
        [full(square(3, 3)), L.LinearOperatorDiag(normal(2, 3, plus=3))]
    ),
    "kronecker": lambda: L.LinearOperatorKronecker([full(square(2, 2)), full(square(3, 3))]),
    "blocks": lambda: L.LinearOperatorBlockDiag(
        [full(square(2, 2)), L.LinearOperatorDiag(normal(2, 3, plus=3))]
    ),
    "block triangle": lambda: L.LinearOperatorBlockLowerTriangular(
        [[full(square(2, 2))], [full(normal(3, 2)), full(square(3, 3))]]
    ),
    "block triangle of batches": lambda: L.LinearOperatorBlockLowerTriangular(
        [[full(square(2, 2))], [full(normal(3, 2)), full(square(2, 3, 3))]]
    ),
    "update": lambda: L.LinearOperatorLowRankUpdate(
        full(square(4, 4)), normal(4, 2), normal(2, plus=3), normal(4, 2)
    ),
    "own update": lambda: L.LinearOperatorLowRankUpdate(
        L.LinearOperatorIdentity(3, dtype=tf.float64), normal(3, 1)
    ),
}


@pytest.fixture(params=OPERATORS)
def operator(request):
    return OPERATORS[request.param]()


def close(found, want):
    np.testing.assert_allclose(found, want, rtol=1e-9, atol=1e-9)


def test_products_are_those_of_the_matrix(operator):
    dense = operator.to_dense().numpy()
    assert operator.shape == dense.shape and operator.dtype == dense.dtype
    assert operator.shape_tensor().numpy().tolist() == list(dense.shape)
    rows, columns = dense.shape[-2:]
    dtype = operator.dtype
    x, y = tf.cast(normal(columns, 2), dtype), tf.cast(normal(rows, 2), dtype)
    turned = np.swapaxes(dense.conj(), -1, -2)
    close(operator.matmul(x), dense @ x.numpy())
    close(operator.matmul(y, adjoint=True), turned @ y.numpy())
    close(operator.matmul(tf.linalg.adjoint(x), adjoint_arg=True), dense @ x.numpy())
    close(operator.matvec(x[:, 0]), dense @ x.numpy()[:, 0])
    close(operator.adjoint().to_dense(), turned)
    close(operator.diag_part(), np.diagonal(dense, axis1=-2, axis2=-1))
    close(operator.add_to_tensor(tf.cast(3, dtype)), dense + 3)
    close(tf.convert_to_tensor(operator) * 2, dense * 2)
    compiled = tf.function(lambda operator, x: operator @ x)
    close(compiled(operator, x), dense @ x.numpy())


def test_solutions_and_determinants_are_those_of_the_matrix(operator):
    dense = operator.to_dense().numpy()
    if not operator.is_square or operator.is_non_singular is False:
        with pytest.raises((NotImplementedError, ValueError)):
            operator.solve(tf.cast(normal(dense.shape[-2], 2), operator.dtype))
        return
    x = tf.cast(normal(dense.shape[-1], 2), operator.dtype)
    inverse = np.linalg.inv(dense)
    close(operator.solve(x), inverse @ x.numpy())
    close(operator.solve(x, adjoint=True), np.swapaxes(inverse.conj(), -1, -2) @ x.numpy())
    close(operator.solvevec(x[:, 0]), inverse @ x.numpy()[:, 0])
    close(operator.inverse().to_dense(), inverse)
    close(operator.determinant(), np.linalg.det(dense))
    close(tf.math.real(operator.log_abs_determinant()), np.linalg.slogdet(dense)[1])
    close(operator.trace(), np.trace(dense, axis1=-2, axis2=-1))
    close(operator.cond(), np.linalg.cond(dense))
    found = np.sort_complex(operator.eigvals().numpy().astype(complex))
    close(np.abs(found).sum(-1), np.abs(np.linalg.eigvals(dense)).sum(-1))
    operator.assert_non_singular()


def test_gradients_reach_tensors_and_variables():
    w = tf.Variable([2.0, 3.0])
    operator = L.LinearOperatorDiag(w)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(operator.solvevec([1.0, 1.0]))
    close(tape.gradient(y, w), -1 / w.numpy() ** 2)
    assert operator.trainable_variables == (w,) or operator.trainable_variables[0] is w
    w.assign([4.0, 5.0])
    close(operator.to_dense(), np.diag([4.0, 5.0]))


def test_cholesky_and_hints():
    operator = OPERATORS["positive"]()
    close(operator.cholesky().to_dense(), np.linalg.cholesky(operator.to_dense()))
    operator.assert_positive_definite()
    operator.assert_self_adjoint()
    assert operator.adjoint() is operator
    full(tf.constant([[2, 1j], [-1j, 2]])).assert_positive_definite()
    with pytest.raises(ValueError, match="Not a positive definite self adjoint"):
        full(square(3, 3)).cholesky()
    with pytest.raises(tf.errors.InvalidArgumentError, match="not equal to its adjoint"):
        full(normal(3, 3)).assert_self_adjoint()
    with pytest.raises(tf.errors.InvalidArgumentError, match="Singular"):
        full(tf.ones([2, 2])).assert_non_singular()
    with pytest.raises(TypeError, match="dtype"):
        operator.matmul(tf.ones([3, 1]))
    with pytest.raises(ValueError, match="do not fit"):
        L.LinearOperatorComposition([full(normal(2, 3)), full(normal(2, 3))])
    with pytest.raises(ValueError, match="need 1, 2, 3"):
        L.LinearOperatorBlockLowerTriangular([[full(square(2, 2))] * 2])


def test_an_operator_of_ones_own():
    class Twice(L.LinearOperator):
        def __init__(self):
            super().__init__(dtype=tf.float32, is_square=True, name="twice")

        def _shape(self):
            return tf.TensorShape([2, 2])

        def _matmul(self, x, adjoint=False, adjoint_arg=False):
            return 2 * x

    operator = Twice()
    close(operator.matvec([1.0, 2.0]), [2, 4])
    close(operator.to_dense(), 2 * np.eye(2))
    close(operator.solvevec([1.0, 2.0]), [0.5, 1])
    assert operator.name == "twice"


def test_conjugate_gradients():
    operator, rhs = OPERATORS["positive"](), normal(3)
    for run in (L.experimental.conjugate_gradient, tf.function(L.experimental.conjugate_gradient)):
        found = run(operator, rhs, tol=1e-10)
        close(found.x, np.linalg.solve(operator.to_dense(), rhs))


def test_blocks_take_lists():
    operator = OPERATORS["blocks"]()
    parts = [normal(2, 1), normal(3, 1)]
    found = operator.matmul(parts)
    close(
        tf.concat([found[0] + tf.zeros([2, 2, 1], tf.float64), found[1]], 1),
        operator.matmul(tf.concat(parts, 0)),
    )
    close(operator.solve(found)[1], tf.broadcast_to(parts[1], [2, 3, 1]))
