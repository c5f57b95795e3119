"""tf.linalg.LinearOperator and its kin: matrices that know their structure.

The base class does everything with the dense matrix. A class says how its matrix is made
(`_dense`), and what its structure makes cheaper: a product, a solution, a diagonal, a determinant.
"""

import inspect
from functools import reduce
from math import prod

import numpy as np

from ..base import nest
from ..base.dtypes import as_dtype
from ..base.shapes import TensorShape
from ..core.composite import CompositeTensor, TypeSpec
from ..core.spec import TensorSpec
from ..core.tensor import convert_to_tensor, register_converter
from .bands import tridiagonal_matmul, tridiagonal_solve
from .cast import conj, real
from .compare import equal
from .create import eye, ones, zeros
from .debugging import assert_
from .diagonals import diag, diag_part
from .elementwise import absolute, exp, log
from .factor import eigvals, eigvalsh, slogdet, triangular_solve
from .index import gather
from .join import concat
from .linalg import adjoint as adjoint_of
from .linalg import band_part, cholesky, inv, solve, svd
from .matmul import matmul
from .reduce import reduce_all, reduce_max, reduce_min, reduce_prod, reduce_sum
from .shape import (
    broadcast_static_shape,
    broadcast_to,
    expand_dims,
    reverse,
    shape,
    squeeze,
    static_sizes,
)

_HINTS = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")


class LinearOperator(CompositeTensor):
    """A matrix, or a batch of them, given by what makes it instead of by its elements.

    Subclasses are the operators of `tf.linalg`; a class of one's own gives `_shape()` and
    `_matmul(x, adjoint=False, adjoint_arg=False)`.

    Args:
      dtype: of the elements.
      graph_parents: not used.
      is_non_singular, is_self_adjoint, is_positive_definite, is_square: what is known of the
        matrices, True, False or None; it is believed.
      name: a name.
      parameters: the arguments it was made with.

    Example:
    >>> operator = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    >>> operator.matvec([3.0, 4.0]).numpy(), operator.determinant().numpy()
    (array([3., 8.], dtype=float32), np.float32(2.0))
    """

    _signature = None  # of the arguments; in a class that says what they are

    def __init_subclass__(cls, arguments=None, **hints):
        """Makes the constructor of a class that names its `arguments`, and says its `hints`."""
        super().__init_subclass__()
        register_converter(cls, LinearOperator.to_dense)
        if arguments is None:
            return
        known = "".join(f", {hint}={hints.get(hint)!r}" for hint in _HINTS)
        name = hints.get("name", repr(cls.__name__))
        more = hints.get("more", "")
        text = f"lambda {arguments}{known}{more}, name={name}: 0"
        signature = cls._signature = inspect.signature(eval(text))  # a text of this module's

        def __init__(self, *args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            self._begin(bound.arguments)

        self_first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        __init__.__signature__ = signature.replace(
            parameters=[self_first, *signature.parameters.values()]
        )
        cls.__init__ = __init__
        for key in cls._fields():
            if not hasattr(cls, key):
                doc = f"The argument `{key}`."
                setattr(cls, key, property(lambda self, key=f"_{key}": getattr(self, key), doc=doc))

    def __init__(
        self,
        dtype,
        graph_parents=None,
        is_non_singular=None,
        is_self_adjoint=None,
        is_positive_definite=None,
        is_square=None,
        name=None,
        parameters=None,
    ):
        self._dtype_given = as_dtype(dtype)
        self._parameters = dict(parameters or {})
        self._graph_parents = graph_parents
        hints = (is_non_singular, is_self_adjoint, is_positive_definite, is_square)
        self._hints = dict(zip(_HINTS, hints))
        self._name = name or type(self).__name__

    def _begin(self, arguments):
        """Keeps the arguments of the constructor: tensors, operators, and plain values."""
        self._parameters = dict(arguments)
        self._hints = {hint: arguments[hint] for hint in _HINTS}
        self._name = arguments["name"] or type(self).__name__
        for key in self._fields():
            value = arguments[key]
            if key not in self._plain and value is not None:
                listed = key == "operators" or arguments.get(f"{key}_format") == "sequence"
                value = nest.map_structure(_kept, value) if listed else _kept(value)
            setattr(self, f"_{key}", value)
        if self._hints["is_positive_definite"] and self._hints["is_self_adjoint"] is None:
            self._hints["is_self_adjoint"] = True
        self._check()

    _plain = ("num_rows", "num_columns", "batch_shape", "dtype", "input_output_dtype")
    _plain += ("diagonals_format", "assert_proper_shapes", "is_diag_update_positive")

    @classmethod
    def _fields(cls):
        return [key for key in cls._signature.parameters if key not in (*_HINTS, "name")]

    def _check(self):
        """Refuses arguments that make no operator."""

    # -- the protocol of composites ----------------------------------------------------------------

    def _parts(self):
        """Its tensors, those of operators within it too, in order."""
        return [t for v in self._given() for t in (v._parts() if _is_operator(v) else [v])]

    def _given(self):
        values = [getattr(self, f"_{k}") for k in self._fields() if k not in self._plain]
        return [v for v in nest.flatten(values) if v is not None]

    @property
    def _type_spec(self):
        return LinearOperatorSpec(self)

    _differentiable = property(lambda self: tuple(map(convert_to_tensor, self._parts())))

    def _with_gradients(self, gradients):
        return self._like(gradients)

    def _like(self, parts):
        """An operator of this one's kind of other tensors."""
        rest = iter(parts)

        def other(value):
            if _is_operator(value):
                return value._like([next(rest) for _ in value._parts()])
            return next(rest)

        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        for key in self._fields():
            value = getattr(self, f"_{key}")
            if key not in self._plain and value is not None:
                setattr(made, f"_{key}", nest.map_structure(other, value))
        return made

    # -- what is known of it -----------------------------------------------------------------------

    is_non_singular = property(lambda self: self._hints["is_non_singular"], doc="As was said.")
    is_self_adjoint = property(lambda self: self._hints["is_self_adjoint"], doc="As was said.")
    is_positive_definite = property(
        lambda self: self._hints["is_positive_definite"], doc="As was said."
    )
    name = property(lambda self: self._name, doc="Its name.")
    parameters = property(lambda self: dict(self._parameters), doc="The constructor's arguments.")
    graph_parents = property(lambda self: self._given_or_none(), doc="Its tensors.")
    variables = property(lambda self: self._variables(False), doc="The variables it is made of.")
    trainable_variables = property(lambda self: self._variables(True), doc="Those to train.")

    def _given_or_none(self):
        return list(self._parts()) if self._signature else list(self._graph_parents or ())

    def _variables(self, trainable):
        found = self._parts() if self._signature else []
        return tuple(v for v in found if hasattr(v, "assign") and (v.trainable or not trainable))

    @property
    def is_square(self):
        """Whether the matrices have as many rows as columns."""
        rows, columns = self.shape[-2:]
        if rows is not None and columns is not None:
            return rows == columns
        return self._hints["is_square"]

    @property
    def dtype(self):
        """The DType of the elements."""
        return self._dtype_of()

    def _dtype_of(self):
        if not self._signature:
            return self._dtype_given
        return self._given()[0].dtype

    @property
    def shape(self):
        """The TensorShape of the dense tensor."""
        return TensorShape(self._shape())

    def _shape(self):
        return self._dense().shape

    batch_shape = property(lambda self: self.shape[:-2], doc="The batch's TensorShape.")
    tensor_rank = property(lambda self: len(self.shape), doc="The dense tensor's rank.")
    domain_dimension = property(lambda self: self.shape[-1], doc="The number of columns.")
    range_dimension = property(lambda self: self.shape[-2], doc="The number of rows.")

    def shape_tensor(self, name="shape_tensor"):
        """The shape as integers."""
        known = self.shape.as_list()
        return shape(self.to_dense()) if None in known else convert_to_tensor(known, "int32")

    def batch_shape_tensor(self, name="batch_shape_tensor"):
        """The batch's shape as integers."""
        return self.shape_tensor()[:-2]

    def tensor_rank_tensor(self, name="tensor_rank_tensor"):
        """The rank as an integer."""
        return convert_to_tensor(self.tensor_rank)

    def domain_dimension_tensor(self, name="domain_dimension_tensor"):
        """The number of columns as an integer."""
        return self.shape_tensor()[-1]

    def range_dimension_tensor(self, name="range_dimension_tensor"):
        """The number of rows as an integer."""
        return self.shape_tensor()[-2]

    # -- what it computes --------------------------------------------------------------------------

    def to_dense(self, name="to_dense"):
        """The matrix with all its elements."""
        return self._dense()

    def _dense(self):
        columns, batch = self.domain_dimension, list(self.batch_shape)
        return self._matmul(eye(columns, batch_shape=batch or None, dtype=self.dtype))

    def matmul(self, x, adjoint=False, adjoint_arg=False, name="matmul"):
        """The product with `x`.

        Args:
          x: (..., n, k), or an operator: then an operator comes out.
          adjoint: take this one's conjugate transpose.
          adjoint_arg: take the conjugate transpose of `x`.
        """
        if _is_operator(x):
            left = self.adjoint() if adjoint else self
            return LinearOperatorComposition([left, x.adjoint() if adjoint_arg else x])
        x = self._operand(x)
        if not self._signature:
            return self._matmul(x, adjoint=adjoint, adjoint_arg=adjoint_arg)
        return self._matmul(adjoint_of(x) if adjoint_arg else x, adjoint)

    def _operand(self, x):
        x = convert_to_tensor(x, None if hasattr(x, "dtype") else self.dtype)
        if x.dtype != self.dtype:
            raise TypeError(
                f"[{self.name}] the operand's dtype is {x.dtype.name}, the operator's "
                f"{self.dtype.name}: tf.cast one of them."
            )
        return x

    def _matmul(self, x, adjoint=False):
        dense = self._dense()
        return matmul(adjoint_of(dense) if adjoint else dense, x)

    def matvec(self, x, adjoint=False, name="matvec"):
        """The product with vectors (..., n)."""
        return squeeze(self.matmul(expand_dims(self._operand(x), -1), adjoint), -1)

    def solve(self, rhs, adjoint=False, adjoint_arg=False, name="solve"):
        """x with operator @ x = rhs.

        Args:
          rhs: (..., n, k), or an operator: then an operator comes out.
          adjoint, adjoint_arg: as of `matmul`.

        Raises:
          NotImplementedError: the matrices are singular, or not square.
        """
        if self.is_non_singular is False or self.is_square is False:
            raise NotImplementedError(
                f"[{self.name}] solve() needs square matrices that have an inverse."
            )
        if _is_operator(rhs):
            return self.inverse().matmul(rhs, adjoint, adjoint_arg)
        rhs = self._operand(rhs)
        rhs = adjoint_of(rhs) if adjoint_arg else rhs
        return self._solve(rhs, adjoint)

    def _solve(self, rhs, adjoint=False):
        dense = self._dense()
        if self.is_positive_definite and self.is_self_adjoint:
            factor = cholesky(dense)
            return triangular_solve(factor, triangular_solve(factor, rhs), adjoint=True)
        dense = adjoint_of(dense) if adjoint else dense
        return solve(*one_batch(dense, rhs))

    def solvevec(self, rhs, adjoint=False, name="solve"):
        """`solve` for vectors (..., n)."""
        return squeeze(self.solve(expand_dims(self._operand(rhs), -1), adjoint), -1)

    def diag_part(self, name="diag_part"):
        """The main diagonal."""
        return self._diag_part()

    def _diag_part(self):
        return diag_part(self._dense())

    def trace(self, name="trace"):
        """The sum of the main diagonal."""
        return reduce_sum(self.diag_part(), -1)

    def determinant(self, name="det"):
        """The determinant."""
        return self._determinant()

    def _determinant(self):
        found = slogdet(self._dense())
        return found.sign * exp(found.log_abs_determinant)

    def log_abs_determinant(self, name="log_abs_det"):
        """The logarithm of the determinant's absolute value."""
        return self._log_abs_determinant()

    def _log_abs_determinant(self):
        return slogdet(self._dense()).log_abs_determinant

    def eigvals(self, name="eigvals"):
        """The eigenvalues: ascending and real of self-adjoint matrices."""
        return self._eigvals()

    def _eigvals(self):
        dense = self._dense()
        return eigvalsh(dense) if self.is_self_adjoint else eigvals(dense)

    def cond(self, name="cond"):
        """The quotient of the largest and the least singular value."""
        values = self._singular_values()
        return reduce_max(values, -1) / reduce_min(values, -1)

    def _singular_values(self):
        return svd(self._dense(), compute_uv=False)

    def add_to_tensor(self, x, name="add_to_tensor"):
        """The matrix plus a tensor."""
        return self._dense() + self._operand(x)

    def adjoint(self, name="adjoint"):
        """The conjugate transpose as an operator."""
        return self if self.is_self_adjoint else LinearOperatorAdjoint(self)

    H = property(lambda self: self.adjoint(), doc="The conjugate transpose as an operator.")

    def inverse(self, name="inverse"):
        """The inverse as an operator.

        Raises:
          ValueError: the matrices are singular, or not square.
        """
        if self.is_square is False or self.is_non_singular is False:
            raise ValueError(
                f"Cannot take the Inverse: This operator represents a matrix that has none: "
                f"{self.name}."
            )
        return LinearOperatorInversion(self)

    def cholesky(self, name="cholesky"):
        """The lower triangular factor of positive definite matrices, as an operator.

        Raises:
          ValueError: the matrices are not said to be positive definite and self-adjoint.
        """
        if not (self.is_positive_definite and self.is_self_adjoint):
            raise ValueError(
                "Cannot take the Cholesky decomposition: Not a positive definite self adjoint "
                f"matrix. Make {self.name} with is_positive_definite=True, is_self_adjoint=True."
            )
        return self._cholesky()

    def _cholesky(self):
        return LinearOperatorLowerTriangular(cholesky(self._dense()), is_non_singular=True)

    def assert_non_singular(self, name="assert_non_singular"):
        """Checks that the matrices have inverses."""
        least = np.finfo(self.dtype.as_numpy_dtype).eps
        fine = reduce_all(self.cond() * least < 1)
        return assert_(fine, ["Singular matrix up to precision epsilon."])

    def assert_positive_definite(self, name="assert_positive_definite"):
        """Checks that all eigenvalues of the self-adjoint matrices are positive."""
        dense = self._dense()
        values = real(eigvalsh((dense + adjoint_of(dense)) / 2))
        return assert_(reduce_all(values > 0), [f"{self.name} is not positive definite."])

    def assert_self_adjoint(self, name="assert_self_adjoint"):
        """Checks that the matrices are their own conjugate transposes."""
        dense = self._dense()
        same = reduce_all(equal(dense, adjoint_of(dense)))
        return assert_(same, [f"{self.name} is not equal to its adjoint."])

    def __matmul__(self, other):
        return self.matmul(other)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name!r} shape={self.shape} dtype={self.dtype!r}>"


class LinearOperatorSpec(TypeSpec):
    """Describes an operator: its class, its plain arguments, its tensors' shapes and dtypes."""

    value_type = LinearOperator
    __slots__ = ("_operator", "_specs")

    def __init__(self, operator):
        self._specs = tuple([TensorSpec(t.shape, t.dtype) for t in operator._parts()])
        self._operator = operator

    def _serialize(self):
        return (type(self._operator), _static(self._operator), self._specs)

    _component_specs = property(lambda self: self._specs)

    def _to_components(self, value):
        return tuple(map(convert_to_tensor, value._parts()))

    def _from_components(self, components):
        return self._operator._like(list(components))


def _static(operator):
    """What of an operator is not in its tensors."""
    within = [(type(v), _static(v)) if _is_operator(v) else None for v in operator._given()]
    plain = [repr(getattr(operator, f"_{k}")) for k in operator._fields() if k in operator._plain]
    return (*plain, *map(repr, operator._hints.values()), *within)


def _is_operator(value):
    return isinstance(value, LinearOperator)


def _kept(value):
    """A tensor, or what is read anew each time: a variable, an operator."""
    return value if _is_operator(value) or hasattr(value, "assign") else convert_to_tensor(value)


def one_batch(*matrices):
    """Matrices broadcast to one batch shape."""
    batch = reduce(broadcast_static_shape, [x.shape[:-2] for x in matrices])
    return [broadcast_to(x, (*batch, *x._shape[-2:])) for x in matrices]


# -- matrices with given elements ------------------------------------------------------------------


class LinearOperatorFullMatrix(LinearOperator, arguments="matrix"):
    """A matrix of which nothing is known.

    Args:
      matrix: (..., m, n).

    Example:
    >>> tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [0.0, 1.0]]).trace().numpy()
    np.float32(2.0)
    """

    def _dense(self):
        return convert_to_tensor(self._matrix)


class Triangular(LinearOperator):
    """What triangular matrices have together: their eigenvalues are their diagonal."""

    def _eigvals(self):
        return self._diag_part()

    def _determinant(self):
        return reduce_prod(self._diag_part(), -1)

    def _log_abs_determinant(self):
        return reduce_sum(log(absolute(self._diag_part())), -1)


class _Diagonal(Triangular):
    """What diagonal matrices have together: a class says what the diagonal is."""

    def _elements(self):
        """The diagonal, with the batch's axes."""
        raise NotImplementedError

    def _shape(self):
        found = self._elements()._shape
        return (*found, found[-1])

    def _dense(self):
        return diag(self._elements())

    def _matmul(self, x, adjoint=False):
        elements = self._elements()
        return expand_dims(conj(elements) if adjoint else elements, -1) * x

    def _solve(self, rhs, adjoint=False):
        elements = self._elements()
        return rhs / expand_dims(conj(elements) if adjoint else elements, -1)

    def _diag_part(self):
        return self._elements()

    def _singular_values(self):
        return absolute(self._elements())

    def _cholesky(self):
        return LinearOperatorDiag(self._elements() ** 0.5, *[True] * 3)

    def adjoint(self, name="adjoint"):
        """The conjugate transpose as an operator."""
        if not self.dtype.is_complex:
            return self
        return LinearOperatorDiag(conj(self._elements()), **self._hints)

    def inverse(self, name="inverse"):
        """The inverse as an operator."""
        if self.is_non_singular is False:
            return super().inverse()
        return LinearOperatorDiag(1 / self._elements(), **self._hints)


class LinearOperatorDiag(_Diagonal, arguments="diag"):
    """A diagonal matrix.

    Args:
      diag: (..., n), the diagonal.

    Example:
    >>> tf.linalg.LinearOperatorDiag([1.0, 2.0]).solvevec([3.0, 4.0]).numpy()
    array([3., 2.], dtype=float32)
    """

    def _elements(self):
        return convert_to_tensor(self._diag)


ALL_TRUE = dict.fromkeys(_HINTS, True)


class LinearOperatorIdentity(
    _Diagonal,
    arguments="num_rows, batch_shape=None, dtype=None",
    more=", assert_proper_shapes=False",
    **ALL_TRUE,
):
    """The unit matrix.

    Args:
      num_rows: its size.
      batch_shape: shape of a batch of them.
      dtype: float32 by default.
      assert_proper_shapes: changes nothing: shapes are always checked.

    Example:
    >>> tf.linalg.LinearOperatorIdentity(2).to_dense().numpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def _dtype_of(self):
        return as_dtype(self._dtype or "float32")

    def _elements(self):
        batch = () if self._batch_shape is None else static_sizes(self._batch_shape, "batch_shape")
        return ones((*batch, *static_sizes(self._num_rows, "num_rows")), self.dtype)

    def _matmul(self, x, adjoint=False):
        return x if not self._batch_shape else super()._matmul(x, adjoint)

    _solve = _matmul


class LinearOperatorScaledIdentity(
    _Diagonal,
    arguments="num_rows, multiplier",
    more=", assert_proper_shapes=False",
    is_square=True,
):
    """A multiple of the unit matrix.

    Args:
      num_rows: its size.
      multiplier: (...,), what it is multiplied by.
      assert_proper_shapes: changes nothing: shapes are always checked.

    Example:
    >>> tf.linalg.LinearOperatorScaledIdentity(2, 3.0).matvec([1.0, 2.0]).numpy()
    array([3., 6.], dtype=float32)
    """

    def _elements(self):
        multiplier = expand_dims(convert_to_tensor(self._multiplier), -1)
        return broadcast_to(multiplier, (*multiplier._shape[:-1], self._num_rows))


class LinearOperatorZeros(
    LinearOperator,
    arguments="num_rows, num_columns=None, batch_shape=None, dtype=None",
    more=", assert_proper_shapes=False",
    is_non_singular=False,
    is_self_adjoint=True,
    is_positive_definite=False,
    is_square=True,
):
    """A matrix of zeros.

    Args:
      num_rows, num_columns: its size; as many columns as rows by default.
      batch_shape: shape of a batch of them.
      dtype: float32 by default.
      assert_proper_shapes: changes nothing: shapes are always checked.
    """

    def _dtype_of(self):
        return as_dtype(self._dtype or "float32")

    def _dense(self):
        columns = self._num_rows if self._num_columns is None else self._num_columns
        return zeros((*(self._batch_shape or ()), self._num_rows, columns), self.dtype)

    def _determinant(self):
        return zeros(tuple(self._batch_shape or ()), self.dtype)


class LinearOperatorLowerTriangular(Triangular, arguments="tril", is_square=True):
    """A lower triangular matrix.

    Args:
      tril: (..., n, n), of which the lower triangle is read.

    Example:
    >>> operator = tf.linalg.LinearOperatorLowerTriangular([[2.0, 9.0], [1.0, 4.0]])
    >>> operator.to_dense().numpy().tolist(), operator.determinant().numpy()
    ([[2.0, 0.0], [1.0, 4.0]], np.float32(8.0))
    """

    def _shape(self):
        return self._tril.shape

    def _dense(self):
        return band_part(self._tril, -1, 0)

    def _solve(self, rhs, adjoint=False):
        return triangular_solve(self._tril, rhs, adjoint=adjoint)

    def _diag_part(self):
        return diag_part(self._tril)


class LinearOperatorTridiag(LinearOperator, arguments="diagonals, diagonals_format='compact'"):
    """A tridiagonal matrix.

    Args:
      diagonals, diagonals_format: as of `tf.linalg.tridiagonal_solve`.

    Example:
    >>> bands = [[1.0, 0.0], [2.0, 2.0], [0.0, 3.0]]
    >>> tf.linalg.LinearOperatorTridiag(bands).to_dense().numpy().tolist()
    [[2.0, 1.0], [3.0, 2.0]]
    """

    def _given_diagonals(self):
        return nest.map_structure(convert_to_tensor, self._diagonals)

    def _shape(self):
        last = nest.flatten(self._given_diagonals())
        if self._diagonals_format == "sequence":
            return (*last[1]._shape, last[1]._shape[-1])
        return (*last[0]._shape[:-2], last[0]._shape[-1], last[0]._shape[-1])

    def _dense(self):
        if self._diagonals_format == "matrix":
            return band_part(self._diagonals, 1, 1)
        return super()._dense()

    def _matmul(self, x, adjoint=False):
        if adjoint:
            return matmul(adjoint_of(self._dense()), x)
        return tridiagonal_matmul(self._given_diagonals(), x, self._diagonals_format)

    def _solve(self, rhs, adjoint=False):
        if adjoint:
            return super()._solve(rhs, True)
        return tridiagonal_solve(self._given_diagonals(), rhs, self._diagonals_format)


class LinearOperatorToeplitz(LinearOperator, arguments="col, row", is_square=True):
    """A matrix whose diagonals are constant.

    Args:
      col: (..., n), the first column.
      row: (..., n), the first row; both begin with the same element.

    Example:
    >>> tf.linalg.LinearOperatorToeplitz([1.0, 2.0], [1.0, 3.0]).to_dense().numpy().tolist()
    [[1.0, 3.0], [2.0, 1.0]]
    """

    def _shape(self):
        batch = broadcast_static_shape(self._col.shape[:-1], self._row.shape[:-1])
        return (*batch, self._col.shape[-1], self._col.shape[-1])

    def _dense(self):
        col, row = convert_to_tensor(self._col), convert_to_tensor(self._row)
        batch = tuple(broadcast_static_shape(col.shape[:-1], row.shape[:-1]))
        col, row = (broadcast_to(x, (*batch, x._shape[-1])) for x in (col, row))
        n = col._shape[-1]
        along = concat([reverse(row[..., 1:], [-1]), col], -1)  # the diagonals from top right on
        return gather(along, np.arange(n)[:, None] - np.arange(n) + n - 1, axis=-1)


# -- matrices made of others -----------------------------------------------------------------------


class LinearOperatorAdjoint(LinearOperator, arguments="operator", name="None"):
    """The conjugate transpose of an operator.

    Args:
      operator: a LinearOperator.
    """

    def _shape(self):
        *batch, rows, columns = self._operator.shape
        return (*batch, columns, rows)

    def _dense(self):
        return adjoint_of(self._operator.to_dense())

    def _matmul(self, x, adjoint=False):
        return self._operator.matmul(x, not adjoint)

    def _solve(self, rhs, adjoint=False):
        return self._operator.solve(rhs, not adjoint)

    def _determinant(self):
        return conj(self._operator.determinant())

    def _log_abs_determinant(self):
        return self._operator.log_abs_determinant()

    def adjoint(self, name="adjoint"):
        """The operator itself."""
        return self._operator


class LinearOperatorInversion(LinearOperator, arguments="operator", name="None"):
    """The inverse of an operator.

    Args:
      operator: a LinearOperator.
    """

    def _shape(self):
        return self._operator.shape

    def _dense(self):
        return inv(self._operator.to_dense())

    def _matmul(self, x, adjoint=False):
        return self._operator.solve(x, adjoint)

    def _solve(self, rhs, adjoint=False):
        return self._operator.matmul(rhs, adjoint)

    def _determinant(self):
        return 1 / self._operator.determinant()

    def _log_abs_determinant(self):
        return -self._operator.log_abs_determinant()

    def inverse(self, name="inverse"):
        """The operator itself."""
        return self._operator


class OfOperators(LinearOperator):
    """What operators made of a list of others have together."""

    def _check(self):
        if not nest.flatten(self._operators):
            raise ValueError(f"[{self.name}] Expected a non-empty list of operators.")
        found = {operator.dtype for operator in self._within()}
        if len(found) > 1:
            names = sorted(dtype.name for dtype in found)
            raise TypeError(f"[{self.name}] operators of dtypes {names}: they must be equal.")

    def _within(self):
        return nest.flatten(self._operators)

    def _batch(self):
        return tuple(reduce(broadcast_static_shape, [x.batch_shape for x in self._within()]))


class LinearOperatorComposition(OfOperators, arguments="operators", name="None"):
    """The product of operators, the last of which comes first on what it is multiplied with.

    Args:
      operators: a list of operators whose sizes fit.

    Raises:
      ValueError: sizes that do not fit.

    Example:
    >>> a, b = tf.linalg.LinearOperatorDiag([1.0, 2.0]), tf.linalg.LinearOperatorPermutation([1, 0])
    >>> (a @ b).to_dense().numpy().tolist()
    [[0.0, 1.0], [2.0, 0.0]]
    """

    def _check(self):
        super()._check()
        for left, right in zip(self._operators, self._operators[1:]):
            if left.shape[-1] != right.shape[-2]:
                raise ValueError(
                    f"[{self.name}] operators of shapes {left.shape} and {right.shape} do not fit."
                )

    def _shape(self):
        first, last = self._operators[0], self._operators[-1]
        return (*self._batch(), first.shape[-2], last.shape[-1])

    def _matmul(self, x, adjoint=False):
        for operator in self._operators if adjoint else reversed(self._operators):
            x = operator.matmul(x, adjoint)
        return x

    def _solve(self, rhs, adjoint=False):
        if not all(operator.is_square for operator in self._operators):
            return super()._solve(rhs, adjoint)
        for operator in reversed(self._operators) if adjoint else self._operators:
            rhs = operator.solve(rhs, adjoint)
        return rhs

    def _determinant(self):
        if not all(operator.is_square for operator in self._operators):
            return super()._determinant()
        return prod(operator.determinant() for operator in self._operators)

    def _log_abs_determinant(self):
        if not all(operator.is_square for operator in self._operators):
            return super()._log_abs_determinant()
        return sum(operator.log_abs_determinant() for operator in self._operators)
