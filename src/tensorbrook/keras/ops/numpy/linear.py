"""keras.ops: products of vectors, matrices and tensors."""

from .... import ops
from ..declare import as_tensor, binary, dtype_of, op, promote
from .elementwise import wide
from .reduce import summed
from .shapes import diagonal, moveaxis


def _product(function):
    """A product of tensors, of booleans too: whether any pair of ones meets."""

    def call(x, y, *more):
        if x._dtype.kind != "b":
            return function(x, y, *more)
        return ops.cast(function(ops.cast(x, "int32"), ops.cast(y, "int32"), *more), "bool")

    return call


def _matmul(x, y):
    """The product of matrices; a vector is a row on the left and a column on the right."""
    if not x._shape or not y._shape:
        raise ValueError(
            f"[matmul] x1 and x2 must have axes, got shapes {x.shape} and {y.shape}: use "
            "keras.ops.multiply."
        )
    row, column = len(x._shape) == 1, len(y._shape) == 1
    out = ops.matmul(ops.expand_dims(x, 0) if row else x, ops.expand_dims(y, 1) if column else y)
    if column:
        out = ops.squeeze(out, -1)
    return ops.squeeze(out, -1 if column else -2) if row else out


def _dot(x, y):
    if not x._shape or not y._shape:
        return x * y
    return ops.tensordot(x, y, [[-1], [-1 if len(y._shape) == 1 else -2]])


def _inner(x, y):
    return x * y if not x._shape or not y._shape else ops.tensordot(x, y, [[-1], [-1]])


def _outer(x, y):
    return ops.reshape(x, [-1, 1]) * ops.reshape(y, [1, -1])


def _kron(x, y):
    ndim = max(len(x._shape), len(y._shape))
    x, y = (ops.reshape(t, (*[1] * (ndim - len(t._shape)), *t._shape)) for t in (x, y))
    apart = [ops.reshape(x, [s for d in x._shape for s in (d, 1)])]
    apart.append(ops.reshape(y, [s for d in y._shape for s in (1, d)]))
    return ops.reshape(apart[0] * apart[1], [a * b for a, b in zip(x._shape, y._shape)])


@op("numpy.matmul")
def matmul(x1, x2):
    """The product of the matrices of the last two axes; leading axes broadcast, vectors are taken.

    Args:
      x1, x2: tensors; int8 with int8 is added in int32.

    Example:
    >>> tf.keras.ops.matmul([[1.0, 2.0]], [3.0, 4.0]).numpy()
    array([11.], dtype=float32)
    """
    given = as_tensor(x1), as_tensor(x2)
    if dtype_of(given[0]) == dtype_of(given[1]) == "int8":
        return _matmul(*(ops.cast(x, "int32") for x in given))
    return _product(_matmul)(*promote(*given))


for _name, _function, _doc in (
    ("dot", _product(_dot), "The sum of products over the last axis of x1 and the second last."),
    ("inner", _product(_inner), "The sum of products over the last axes."),
    ("kron", _product(_kron), "Kronecker's product: each element of x1 times all of x2."),
    (
        "vdot",
        _product(lambda x, y: ops.tensordot(ops.reshape(x, [-1]), ops.reshape(y, [-1]), 1)),
        "The sum of products of all elements.",
    ),
    (
        "outer",
        lambda x, y: (
            ops.logical_and(ops.reshape(x, [-1, 1]), ops.reshape(y, [1, -1]))
            if x._dtype.kind == "b"
            else _outer(x, y)
        ),
        "The products of each element of x1 with each of x2, as a matrix.",
    ),
):
    binary(f"numpy.{_name}", _function, _doc, weak=False)


@op("numpy.tensordot")
def tensordot(x1, x2, axes=2):
    """The sum of products over pairs of axes.

    Args:
      x1, x2: tensors.
      axes: n, for the last n of `x1` with the first n of `x2`; or two lists of axes.

    Example:
    >>> tf.keras.ops.tensordot([1.0, 2.0], [3.0, 4.0], axes=1).numpy()
    np.float32(11.0)
    """
    x1, x2 = promote(x1, x2, weak=False)
    if not isinstance(axes, int):
        axes = [[side] if isinstance(side, int) else list(side) for side in axes]
    return _product(lambda x, y: ops.tensordot(x, y, axes))(x1, x2)


@op("numpy.einsum")
def einsum(subscripts, *operands, **kwargs):
    """Einstein's summation: products summed over the labels that the result lacks.

    Args:
      subscripts: such as "ij,jk->ik"; "..." stands for axes that broadcast.
      operands: tensors; those of int8 are added in int32.

    Example:
    >>> tf.keras.ops.einsum("ij,j->i", [[1.0, 2.0]], [3.0, 4.0]).numpy()
    array([11.], dtype=float32)
    """
    tensors = promote(*operands, weak=False)
    if dtype_of(tensors[0]) == "int8":
        tensors = [ops.cast(x, "int32") for x in tensors]
    return ops.einsum(subscripts, *tensors, **kwargs)


@op("numpy.cross")
def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors of three components, or of two, whose third counts as 0.

    Args:
      x1, x2: tensors; the other axes broadcast.
      axisa, axisb: the axes of the components.
      axisc: their axis in the result; of two vectors of two components there is none.
      axis: all three.

    Example:
    >>> tf.keras.ops.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]).numpy()
    array([0., 0., 1.], dtype=float32)
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x1, x2 = promote(x1, x2, weak=False)
    a, b = moveaxis(x1, axisa, -1), moveaxis(x2, axisb, -1)
    sizes = a._shape[-1], b._shape[-1]
    if not {2, 3}.issuperset(sizes):
        raise ValueError(
            f"[cross] vectors have 2 or 3 components, got shapes {x1.shape} and {x2.shape}."
        )
    third = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    if sizes == (2, 2):
        return third
    zero = ops.zeros_like(third)
    a2, b2 = (v[..., 2] if n == 3 else zero for v, n in zip((a, b), sizes))
    parts = [a[..., 1] * b2 - a2 * b[..., 1], a2 * b[..., 0] - a[..., 0] * b2, third]
    return moveaxis(ops.stack(parts, -1), -1, axisc)


@op("numpy.trace")
def trace(x, offset=0, axis1=0, axis2=1):
    """The sum of a diagonal of the planes of two axes.

    Args:
      x: a tensor of two axes at least; small integers are added in 32 bits.
      offset: which diagonal: those above the main one count up.
      axis1, axis2: the axes.

    Example:
    >>> tf.keras.ops.trace([[1, 2], [3, 4]]).numpy()
    np.int32(5)
    """
    return ops.reduce_sum(summed(diagonal(x, offset, axis1, axis2)), -1)


@op("numpy.slogdet")
def slogdet(x):
    """(sign, log of the absolute value) of the determinants of matrices.

    Example:
    >>> sign, logarithm = tf.keras.ops.slogdet([[0.0, 1.0], [2.0, 0.0]])
    >>> sign.numpy(), logarithm.numpy()
    (np.float32(-1.0), np.float32(0.6931472))
    """
    return tuple(ops.slogdet(as_tensor(x)))


@op("numpy.correlate")
def correlate(x1, x2, mode="valid"):
    """The sums of products of a vector with another that is moved along it.

    Args:
      x1, x2: vectors.
      mode: "valid": where they overlap whole; "same": as many as the longer one; "full": wherever
        they overlap.

    Example:
    >>> tf.keras.ops.correlate([1.0, 2.0, 3.0], [0.0, 1.0], "full").numpy()
    array([1., 2., 3., 0.], dtype=float32)
    """
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"[correlate] mode must be 'valid', 'same' or 'full', got {mode!r}.")
    x1, x2 = promote(x1, x2, also=(float,), weak=False)
    if len(x1._shape) != 1 or len(x2._shape) != 1:
        raise ValueError(
            f"[correlate] x1 and x2 must be vectors, got shapes {x1.shape} and {x2.shape}."
        )
    long, short = x1._shape[0], x2._shape[0]
    rows = ops.range(long + short - 1)
    places = ops.expand_dims(rows, 1) + ops.range(short)
    padded = ops.pad(x1, [[short - 1, short - 1]])
    full = ops.matvec(ops.gather(padded, places), x2)
    if mode == "full":
        return full
    least, most = min(long, short), max(long, short)
    if mode == "valid":
        return full[least - 1 : most]
    start = (least - 1) // 2
    return full[start : start + most]


@op("numpy.corrcoef")
def corrcoef(x):
    """The correlations of variables, one a row of `x`, each column an observation.

    Example:
    >>> tf.keras.ops.corrcoef([[1.0, 2.0], [3.0, 1.0]]).numpy().round()
    array([[ 1., -1.],
           [-1.,  1.]], dtype=float32)
    """
    x = wide(x)
    x = ops.expand_dims(x, 0) if len(x._shape) < 2 else x
    moved = x - ops.reduce_mean(x, -1, True)
    covariance = ops.matmul(moved, ops.conj(moved), transpose_b=True)
    deviations = ops.sqrt(ops.real(diagonal(covariance)))
    both = ops.expand_dims(deviations, 0) * ops.expand_dims(deviations, 1)
    return covariance / ops.cast(both, covariance.dtype)
