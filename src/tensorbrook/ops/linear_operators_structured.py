"""LinearOperators by what they do (permutations, reflections, convolutions), and in blocks."""

from math import prod

import numpy as np

from ..base.dtypes import as_dtype
from ..core.tensor import convert_to_tensor
from .cast import cast, conj, real
from .create import zeros
from .debugging import assert_
from .elementwise import absolute, exp, log
from .factor import slogdet
from .fourier import transform
from .index import gather
from .join import concat
from .linalg import matrix_transpose, solve
from .linear_operators import (
    LinearOperator,
    LinearOperatorDiag,
    LinearOperatorIdentity,
    OfOperators,
    one_batch,
)
from .matmul import matmul
from .reduce import reduce_max, reduce_mean, reduce_prod, reduce_sum
from .shape import (
    broadcast_static_shape,
    broadcast_to,
    expand_dims,
    reshape,
    shape,
)
from .sort import argsort

# -- matrices by what they do ----------------------------------------------------------------------


class LinearOperatorPermutation(
    LinearOperator, arguments="perm, dtype='float32'", is_non_singular=True, is_square=True
):
    """A matrix that puts rows into another order: row `i` of the product is row `perm[i]`.

    Args:
      perm: (..., n), each of 0 to n - 1 once.
      dtype: of the elements.

    Example:
    >>> tf.linalg.LinearOperatorPermutation([2, 0, 1]).matvec([1.0, 2.0, 3.0]).numpy()
    array([3., 1., 2.], dtype=float32)
    """

    def _dtype_of(self):
        return as_dtype(self._dtype)

    def _shape(self):
        return (*self._perm._shape, self._perm._shape[-1])

    def _matmul(self, x, adjoint=False):
        order = convert_to_tensor(self._perm)
        order = argsort(order) if adjoint else order
        batch = tuple(broadcast_static_shape(order.shape[:-1], x.shape[:-2]))
        order = broadcast_to(order, (*batch, order._shape[-1]))
        x = broadcast_to(x, (*batch, *x._shape[-2:]))
        return gather(x, order, axis=-2, batch_dims=len(batch))

    def _solve(self, rhs, adjoint=False):
        return self._matmul(rhs, not adjoint)


class LinearOperatorHouseholder(
    LinearOperator,
    arguments="reflection_axis",
    is_non_singular=True,
    is_self_adjoint=True,
    is_square=True,
):
    """A reflection at the plane orthogonal to an axis.

    Args:
      reflection_axis: (..., n), of any length.

    Example:
    >>> tf.linalg.LinearOperatorHouseholder([2.0, 0.0]).matvec([1.0, 3.0]).numpy()
    array([-1.,  3.], dtype=float32)
    """

    def _shape(self):
        return (*self._reflection_axis._shape, self._reflection_axis._shape[-1])

    def _matmul(self, x, adjoint=False):
        axis = expand_dims(convert_to_tensor(self._reflection_axis), -1)
        length = reduce_sum(conj(axis) * axis, -2, keepdims=True)
        return x - 2 / length * axis * matmul(axis, x, adjoint_a=True)

    _solve = _matmul

    def _determinant(self):
        return zeros(tuple(self.batch_shape), self.dtype) - 1

    def _log_abs_determinant(self):
        return zeros(tuple(self.batch_shape), self.dtype)


class LinearOperatorCirculant(
    LinearOperator, arguments="spectrum, input_output_dtype='complex64'", is_square=True
):
    """A matrix of a cyclic convolution, given by the Fourier transform of its first column.

    Args:
      spectrum: (..., n), complex.
      input_output_dtype: dtype of what it is multiplied with; real where the convolution is.

    Example:
    >>> spectrum = tf.signal.fft(tf.complex([1.0, 2.0, 0.0], 0.0))
    >>> operator = tf.linalg.LinearOperatorCirculant(spectrum, tf.float32)
    >>> operator.matvec([1.0, 0.0, 0.0]).numpy().round(5) + 0
    array([1., 2., 0.], dtype=float32)
    """

    _depth = 1  # how many axes the convolution has
    block_depth = property(lambda self: self._depth, doc="How many axes the convolution has.")

    def _dtype_of(self):
        return as_dtype(self._input_output_dtype)

    def _eigenvalues(self):
        found = convert_to_tensor(self._spectrum)
        return found if found.dtype.is_complex else cast(found, self._wide())

    def _wide(self):
        return "complex128" if self.dtype in ("float64", "complex128") else "complex64"

    @property
    def block_shape(self):
        """The TensorShape of the convolution's axes."""
        return self._spectrum.shape[-self._depth :]

    def block_shape_tensor(self):
        """The shape of the convolution's axes, as integers."""
        return shape(self._spectrum)[-self._depth :]

    def _shape(self):
        size = int(np.prod(self.block_shape.as_list()))
        return (*self._spectrum.shape[: -self._depth], size, size)

    def _through(self, x, change):
        """x of another spectrum: `change` takes its spectrum and the operator's."""
        blocks, axes = tuple(self.block_shape), range(-self._depth, 0)
        turned = cast(matrix_transpose(x), self._wide())
        turned = reshape(turned, (*turned._shape[:-1], *blocks))
        values = self._eigenvalues()
        values = reshape(values, (*values._shape[: -self._depth], 1, *blocks))
        found = transform("ifft", change(transform("fft", turned, None, axes), values), None, axes)
        found = reshape(found, (*found._shape[: -self._depth], self.shape[-1]))
        return self._as_output(matrix_transpose(found))

    def _matmul(self, x, adjoint=False):
        return self._through(x, lambda f, s: f * (conj(s) if adjoint else s))

    def _solve(self, rhs, adjoint=False):
        return self._through(rhs, lambda f, s: f / (conj(s) if adjoint else s))

    def _as_output(self, x):
        return x if self.dtype.is_complex else cast(real(x), self.dtype)

    def _flat(self):
        values = self._eigenvalues()
        return reshape(values, (*values._shape[: -self._depth], self.shape[-1]))

    def _eigvals(self):
        return self._flat()

    def _diag_part(self):
        mean = reduce_mean(self._flat(), -1, keepdims=True)
        return self._as_output(broadcast_to(mean, tuple(self.shape[:-1])))

    def _determinant(self):
        return self._as_output(reduce_prod(self._flat(), -1))

    def _log_abs_determinant(self):
        return cast(reduce_sum(log(absolute(self._flat())), -1), self.dtype)

    def _singular_values(self):
        return absolute(self._flat())

    def _first_column(self):
        return transform("ifft", self._eigenvalues(), None, range(-self._depth, 0))

    def convolution_kernel(self, name="convolution_kernel"):
        """The first column of the matrix, with the convolution's axes."""
        return self._as_output(self._first_column())

    def assert_hermitian_spectrum(self, name="assert_hermitian_spectrum"):
        """Checks that the convolution is real."""
        kernel = self._first_column()
        parts = absolute(kernel - conj(kernel))
        least = 5 * np.finfo(kernel.dtype.real_dtype.as_numpy_dtype).eps
        small = reduce_max(parts) <= least * self.shape[-1]
        return assert_(small, ["Spectrum was not Hermitian."])


class LinearOperatorCirculant2D(
    LinearOperatorCirculant, arguments="spectrum, input_output_dtype='complex64'", is_square=True
):
    """A matrix of a cyclic convolution over two axes, on vectors of all their elements.

    Args:
      spectrum: (..., n, m), complex.
      input_output_dtype: as of `LinearOperatorCirculant`.
    """

    _depth = 2


class LinearOperatorCirculant3D(
    LinearOperatorCirculant, arguments="spectrum, input_output_dtype='complex64'", is_square=True
):
    """A matrix of a cyclic convolution over three axes, on vectors of all their elements.

    Args:
      spectrum: (..., n, m, l), complex.
      input_output_dtype: as of `LinearOperatorCirculant`.
    """

    _depth = 3


# -- matrices made of several ----------------------------------------------------------------------


class LinearOperatorKronecker(OfOperators, arguments="operators", name="None"):
    """The Kronecker product of operators.

    Args:
      operators: a list of operators.

    Example:
    >>> parts = [tf.linalg.LinearOperatorDiag([1.0, 2.0]), tf.linalg.LinearOperatorIdentity(2)]
    >>> tf.linalg.LinearOperatorKronecker(parts).diag_part().numpy()
    array([1., 1., 2., 2.], dtype=float32)
    """

    def _shape(self):
        sizes = np.prod([operator.shape[-2:].as_list() for operator in self._operators], axis=0)
        return (*self._batch(), *sizes.tolist())

    def _dense(self):
        total = self._operators[0].to_dense()
        for operator in self._operators[1:]:
            other = operator.to_dense()
            product = total[..., :, None, :, None] * other[..., None, :, None, :]
            rows, columns = (total._shape[i] * other._shape[i] for i in (-2, -1))
            total = reshape(product, (*product._shape[:-4], rows, columns))
        return total

    def _log_abs_determinant(self):
        if not all(operator.is_square for operator in self._operators):
            return super()._log_abs_determinant()
        size = self.shape[-1]
        return sum(o.log_abs_determinant() * (size // o.shape[-1]) for o in self._operators)


class LinearOperatorBlockDiag(OfOperators, arguments="operators", is_square=True, name="None"):
    """Operators along the diagonal, zeros elsewhere.

    Products and solutions also take a list with a tensor for each, and return one.

    Args:
      operators: a list of operators.

    Example:
    >>> parts = [tf.linalg.LinearOperatorIdentity(1), tf.linalg.LinearOperatorDiag([2.0, 3.0])]
    >>> tf.linalg.LinearOperatorBlockDiag(parts).matvec([1.0, 1.0, 1.0]).numpy()
    array([1., 2., 3.], dtype=float32)
    """

    def _shape(self):
        sizes = np.sum([operator.shape[-2:].as_list() for operator in self._operators], axis=0)
        return (*self._batch(), *sizes.tolist())

    def _each(self, x, sizes, function):
        parts, start = [], 0
        for operator, size in zip(self._operators, sizes):
            parts.append(function(operator, x[..., start : start + size, :]))
            start += size
        return concat(one_batch(*parts), -2)

    def matmul(self, x, adjoint=False, adjoint_arg=False, name="matmul"):
        """The product with `x`, or with a list of a tensor for each block."""
        if isinstance(x, list | tuple):
            parts = zip(self._operators, x)
            return [operator.matmul(part, adjoint, adjoint_arg) for operator, part in parts]
        return super().matmul(x, adjoint, adjoint_arg)

    def solve(self, rhs, adjoint=False, adjoint_arg=False, name="solve"):
        """x with operator @ x = rhs, or a list of them for a list."""
        if isinstance(rhs, list | tuple):
            parts = zip(self._operators, rhs)
            return [operator.solve(part, adjoint, adjoint_arg) for operator, part in parts]
        return super().solve(rhs, adjoint, adjoint_arg)

    def _matmul(self, x, adjoint=False):
        sizes = [operator.shape[-2 if adjoint else -1] for operator in self._operators]
        return self._each(x, sizes, lambda operator, part: operator.matmul(part, adjoint))

    def _solve(self, rhs, adjoint=False):
        sizes = [operator.shape[-1] for operator in self._operators]
        return self._each(rhs, sizes, lambda operator, part: operator.solve(part, adjoint))

    def _diag_part(self):
        if not all(operator.is_square for operator in self._operators):
            return super()._diag_part()
        parts, batch = [operator.diag_part() for operator in self._operators], self._batch()
        return concat([broadcast_to(p, (*batch, p._shape[-1])) for p in parts], -1)

    def _determinant(self):
        return prod(operator.determinant() for operator in self._operators)

    def _log_abs_determinant(self):
        return sum(operator.log_abs_determinant() for operator in self._operators)


class LinearOperatorBlockLowerTriangular(OfOperators, arguments="operators"):
    """Blocks at and below the diagonal, zeros above.

    Args:
      operators: a list of lists of operators, the n-th with n blocks.

    Raises:
      ValueError: a list that is too long or too short.
    """

    def _check(self):
        super()._check()
        lengths = [len(row) for row in self._operators]
        if lengths != list(range(1, len(lengths) + 1)):
            raise ValueError(f"[{self.name}] the rows need 1, 2, 3 ... blocks, got {lengths}.")

    def _shape(self):
        rows = sum(row[-1].shape[-2] for row in self._operators)
        return (*self._batch(), rows, sum(operator.shape[-1] for operator in self._operators[-1]))

    def _dense(self):
        columns, rows = self.shape[-1], []
        for row in self._operators:
            blocks = [operator.to_dense() for operator in row]
            height, width = blocks[0].shape[-2], sum(block.shape[-1] for block in blocks)
            blocks.append(zeros((height, columns - width), self.dtype))
            rows.append(concat(one_batch(*blocks), -1))
        return concat(one_batch(*rows), -2)

    def _solve(self, rhs, adjoint=False):
        if adjoint:
            return super()._solve(rhs, True)
        found, start = [], 0
        for row in self._operators:
            size = row[-1].shape[-2]
            rest = rhs[..., start : start + size, :]
            for operator, x in zip(row, found):
                rest = rest - operator.matmul(x)
            found.append(row[-1].solve(rest))
            start += size
        return concat(one_batch(*found), -2)

    def _determinant(self):
        return prod(row[-1].determinant() for row in self._operators)

    def _log_abs_determinant(self):
        return sum(row[-1].log_abs_determinant() for row in self._operators)


class LinearOperatorLowRankUpdate(
    LinearOperator,
    arguments="base_operator, u, diag_update=None, v=None, is_diag_update_positive=None",
):
    """An operator plus u @ diag(diag_update) @ v^H, with few columns of `u` and `v`.

    Solutions go by Woodbury's formula, determinants by the lemma of matrix determinants.

    Args:
      base_operator: a LinearOperator.
      u: (..., m, k).
      diag_update: (..., k); ones by default.
      v: (..., n, k); `u` by default.
      is_diag_update_positive: what is known of it.

    Example:
    >>> base = tf.linalg.LinearOperatorIdentity(2)
    >>> tf.linalg.LinearOperatorLowRankUpdate(base, [[1.0], [2.0]]).determinant().numpy()
    np.float32(6.0)
    """

    def _shape(self):
        batch = broadcast_static_shape(self._base_operator.batch_shape, self._u.shape[:-2])
        return (*batch, *self._base_operator.shape[-2:])

    v = property(lambda self: self._u if self._v is None else self._v, doc="The argument `v`.")
    is_diag_update_positive = property(
        lambda self: True if self._diag_update is None else self._is_diag_update_positive,
        doc="As was said.",
    )

    @property
    def diag_operator(self):
        """What stands between `u` and `v`, as an operator."""
        if self._diag_update is None:
            return LinearOperatorIdentity(self._u.shape[-1], dtype=self.dtype)
        return LinearOperatorDiag(self._diag_update)

    def _matmul(self, x, adjoint=False):
        left, right = (self.v, self._u) if adjoint else (self._u, self.v)
        small = self.diag_operator.matmul(matmul(right, x, adjoint_a=True), adjoint)
        return self._base_operator.matmul(x, adjoint) + matmul(left, small)

    def _capacitance(self, adjoint=False):
        left, right = (self.v, self._u) if adjoint else (self._u, self.v)
        solved = self._base_operator.solve(convert_to_tensor(left), adjoint)
        inner = matmul(right, solved, adjoint_a=True)
        diagonal = self.diag_operator.adjoint() if adjoint else self.diag_operator
        return solved, right, diagonal.inverse().to_dense() + inner

    def _solve(self, rhs, adjoint=False):
        solved, right, capacitance = self._capacitance(adjoint)
        first = self._base_operator.solve(rhs, adjoint)
        small = solve(*one_batch(capacitance, matmul(right, first, adjoint_a=True)))
        return first - matmul(solved, small)

    def _determinant(self):
        found = slogdet(self._capacitance()[2])
        inner = found.sign * exp(found.log_abs_determinant)
        return inner * self.diag_operator.determinant() * self._base_operator.determinant()

    def _log_abs_determinant(self):
        inner = slogdet(self._capacitance()[2]).log_abs_determinant
        return (
            inner
            + self.diag_operator.log_abs_determinant()
            + self._base_operator.log_abs_determinant()
        )
