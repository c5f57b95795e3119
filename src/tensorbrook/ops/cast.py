"""Changes of dtype, and the identities: cast, bitcast, identity, stop_gradient."""

import numpy as np

from ..base.dtypes import as_dtype, is_differentiable
from ..base.shapes import broadcast
from ..core.dispatch import apply, find_override, public, register_public, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, keeps_composites, per_input, same_dtype
from ._families import SHAPES, draw


def _one(rng):
    return [((draw(rng, shape, (-2, 2)),), {}) for shape in SHAPES]


def _cast_infer(x, dtype):
    if (x.dtype == object) != (dtype == object):
        fail(
            "cast",
            f"Strings and numbers are not cast into one another (to {dtype})",
            (x,),
            "Use tf.strings.to_number or tf.strings.as_string.",
        )
    return Spec(x.shape, dtype)


def _cast_kernel(x, dtype):
    if (x.dtype == object) != (dtype == object):
        raise ValueError("strings are not cast")
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = x.real
    return x.astype(dtype)


@keeps_composites
def _cast_rule(g, y, x, dtype):
    return cast(g, x._dtype) if is_differentiable(x._dtype) else None


_cast = Op(
    "cast",
    _cast_kernel,
    _cast_infer,
    per_input(_cast_rule),
    samples=lambda rng: [
        ((draw(rng, s, (-2, 2)),), {"dtype": np.dtype(t)})
        for s in SHAPES
        for t in ("float64", "int32")
    ],
    elementwise=True,
    doc="Converts the elements to another dtype.",
)


def cast(x, dtype, name=None):
    """`x` with its elements converted to `dtype`; floats become integers by dropping the fraction.

    Raises:
      InvalidArgumentError: strings from or to numbers.

    Example:
    >>> tf.cast([1.8, -2.2], tf.int32).numpy()
    array([ 1, -2], dtype=int32)
    """
    found = find_override(x)
    if found is not None:
        return found._call(cast, (x, dtype), {})
    target = as_dtype(dtype).numpy_dtype
    x = tensor_of(x)
    if x._dtype == target:
        return x
    return apply(_cast, (x,), {"dtype": target})


register_public(cast, "cast")


def _bitcast_infer(x, dtype):
    ratio, narrower = divmod(x.dtype.itemsize, dtype.itemsize)
    if object in (x.dtype, dtype):
        fix = "Use tf.strings.to_number."
        fail("bitcast", f"Strings have no bits to read (to {dtype})", (x,), fix, ("input",))
    if ratio == 1 and not narrower:
        return Spec(x.shape, dtype)
    if ratio > 1:
        return Spec((*x.shape, ratio), dtype)
    if not x.shape or x.shape[-1] * x.dtype.itemsize != dtype.itemsize:
        fail(
            "bitcast",
            f"The last axis does not make up one {dtype} of {dtype.itemsize} bytes",
            (x,),
            "Reshape it so that its last axis holds the bytes of one element.",
            ("input",),
        )
    return Spec(x.shape[:-1], dtype)


def _bitcast_kernel(x, dtype):
    shape = _bitcast_infer(Spec(x.shape, x.dtype), dtype).shape
    return np.frombuffer(x.tobytes(), dtype).reshape(shape)


_bitcast = Op(
    "bitcast",
    _bitcast_kernel,
    _bitcast_infer,
    samples=lambda rng: [
        ((draw(rng, (2, 3), (-2, 2)),), {"dtype": np.dtype("int64")}),
        ((draw(rng, (), (-2, 2)),), {"dtype": np.dtype("int32")}),
        ((rng.integers(0, 9, (3, 2), dtype="int32"),), {"dtype": np.dtype("int64")}),
    ],
    doc="Reads the same bits as another dtype.",
    why_no_gradient="it reinterprets bits",
)


@public("bitcast")
def bitcast(input, type, name=None):
    """The bits of `input` read as dtype `type`.

    A smaller type adds an axis for the parts of each element; a larger one takes the last axis,
    which must hold the parts of one element.

    Raises:
      InvalidArgumentError: the last axis does not hold one element of `type`.

    Example:
    >>> tf.bitcast(tf.constant(1.0), tf.int32).numpy()
    np.int32(1065353216)
    """
    return apply(_bitcast, (tensor_of(input),), {"dtype": as_dtype(type).numpy_dtype})


_identity = Op(
    "identity",
    lambda x: x,
    lambda x: x,
    per_input(keeps_composites(lambda g, y, x: g)),
    samples=_one,
    moves=True,
    doc="The same value.",
)


@public("identity")
def identity(input, name=None):
    """A tensor with the value of `input`, a variable's included, as a new object.

    Example:
    >>> tf.identity([1, 2]).numpy()
    array([1, 2], dtype=int32)
    """
    return apply(_identity, (tensor_of(input),), {})


_stop_gradient = Op(
    "stop_gradient",
    lambda x: x,
    lambda x: x,
    samples=_one,
    moves=True,
    doc="The same value, through which no gradient flows.",
    why_no_gradient="stopping gradients is its purpose",
)


@public("stop_gradient")
def stop_gradient(input, name=None):
    """The value of `input` as a constant: gradients do not flow through.

    Example:
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * tf.stop_gradient(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(3.0)
    """
    return apply(_stop_gradient, (tensor_of(input),), {})


def real_dtype(dtype):
    """The NumPy dtype of the real part."""
    if dtype.kind != "c":
        return dtype
    return np.dtype("float32" if dtype == np.complex64 else "float64")


def _complex_part(name, part, rule, doc, paths):
    def infer(x):
        return Spec(x.shape, real_dtype(x.dtype))

    op = Op(
        name,
        part,
        infer,
        per_input(lambda g, y, x: rule(cast(g, x._dtype), x)),
        samples=lambda rng: [((draw(rng, (2, 3), (-2, 2)) + 1j,), {})],
        doc=doc,
    )

    def function(input, name=None):
        return apply(op, (tensor_of(input),), {})

    function.__name__, function.__doc__ = name, doc
    return public(*paths)(function)


real = _complex_part("real", np.real, lambda g, x: g, "The real part.", ("math.real",))
imag = _complex_part(
    "imag",
    np.imag,
    lambda g, x: g * -1j if x._dtype.kind == "c" else None,
    "The imaginary part.",
    ("math.imag",),
)
angle = _complex_part(
    "angle",
    np.angle,
    lambda g, x: g * -1j / x if x._dtype.kind == "c" else None,
    "The angle of complex numbers.",
    ("math.angle",),
)


def _complex_infer(x, y):
    same_dtype("complex", (x, y), ("real", "imag"))
    check_dtype("complex", x, {np.dtype("float32"), np.dtype("float64")}, "real")
    shape = broadcast(x.shape, y.shape)
    if shape is None:
        fail("complex", "Incompatible shapes", (x, y), "Reshape one of them.", ("real", "imag"))
    return Spec(shape, np.dtype("complex64" if x.dtype == np.float32 else "complex128"))


def _complex_kernel(x, y):
    out = np.empty(np.broadcast_shapes(x.shape, y.shape), "c8" if x.dtype == np.float32 else "c16")
    out.real, out.imag = x, y
    return out


_complex = Op(
    "complex",
    _complex_kernel,
    _complex_infer,
    per_input(lambda g, z, x, y: real(g), lambda g, z, x, y: -imag(g)),
    samples=lambda rng: [((draw(rng, (2,), (-2, 2)), draw(rng, (2,), (-2, 2))), {})],
    doc="A complex tensor from its real and imaginary parts.",
    broadcasts=True,
)


@public("complex", "dtypes.complex")
def complex_(real, imag, name=None):
    """`real + i imag`, complex64 from float32, complex128 from float64.

    Example:
    >>> tf.complex([1.0], [2.0]).numpy()
    array([1.+2.j], dtype=complex64)
    """
    real, imag = tensor_of(real), tensor_of(imag)
    _complex_infer(Spec(real._shape, real._dtype), Spec(imag._shape, imag._dtype))
    return apply(_complex, (real, imag), {})


_conj = Op(
    "conj",
    np.conj,
    lambda x: x,
    per_input(lambda g, y, x: conj(g)),
    samples=lambda rng: [((draw(rng, (2,), (-2, 2)) + 1j,), {})],
    doc="The complex conjugate.",
)


@public("math.conj")
def conj(x, name=None):
    """The complex conjugate; real tensors stay as they are.

    Example:
    >>> tf.math.conj([1 + 2j]).numpy()
    array([1.-2.j])
    """
    x = tensor_of(x)
    return apply(_conj, (x,), {}) if x._dtype.kind == "c" else x


def _laid_out(rng):
    return [(arrays, {"sharding": None}) for arrays, _ in _one(rng)]


_lay_out = Op(
    "lay_out",
    lambda x, sharding: x,
    lambda x, sharding: x,
    per_input(lambda g, y, x, sharding: lay_out(g, sharding)),
    samples=_laid_out,
    doc="The same value, divided over the devices of a mesh as an xla.sharding.Sharding says.",
)


def lay_out(x, sharding):
    """The value of a tensor, in programs divided over devices; for the package."""
    return apply(_lay_out, (x,), {"sharding": sharding})
