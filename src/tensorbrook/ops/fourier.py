"""Fourier transforms: tf.signal.fft and its family, over three primitives."""

import math

import numpy as np

from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, fail, per_input
from ..core.tensor import convert_to_tensor
from ._families import draw
from .cast import cast, complex_, conj, real_dtype
from .compare import equal, logical_or
from .create import range_
from .elementwise import power
from .join import pad, roll
from .reduce import normalize_axes
from .select import where
from .shape import reshape, static_sizes

_COMPLEX = frozenset(map(np.dtype, ("complex64", "complex128")))
_SINGLE_AND_DOUBLE = frozenset(map(np.dtype, ("float32", "float64")))


def _count(x, axes):
    """How many points a transform over `axes` has, in the dtype of `x`."""
    return cast(math.prod([x._shape[axis] for axis in axes]), x._dtype)


def _complex_dtype(dtype):
    return np.dtype("complex64" if dtype == np.float32 else "complex128")


def _last(shape, axis, size):
    """`shape` with another size of `axis`."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def _takes(name, x, kind):
    """Raises unless `x` is float32 or float64, or complex where that is asked for."""
    if x.dtype not in (_COMPLEX if kind == "complex" else _SINGLE_AND_DOUBLE):
        fix = "complex64" if kind == "complex" else "float32"
        fail(name, f"It takes {kind} tensors", (x,), f"Use tf.cast(input, tf.{fix}).", ("input",))


def _sample(rng, shape):
    return draw(rng, shape, (-1, 1)) + 1j * draw(rng, shape, (-1, 1))


# -- the primitives --------------------------------------------------------------------------------


def _fft_infer(x, axes, inverse):
    _takes("fft", x, "complex")
    return x


def _fft_kernel(x, axes, inverse):
    if 0 in x.shape:
        return x.copy()
    return (np.fft.ifftn if inverse else np.fft.fftn)(x, axes=axes)


def _fft_rule(g, y, x, axes, inverse):
    """The transform's matrix is symmetric: its transpose is the transform itself."""
    return apply(_fft, (g,), {"axes": axes, "inverse": inverse})


_fft = Op(
    "fft",
    _fft_kernel,
    _fft_infer,
    per_input(_fft_rule),
    samples=lambda rng: [
        ((_sample(rng, (2, 3, 4)),), {"axes": axes, "inverse": inverse})
        for axes in ((2,), (1, 2))
        for inverse in (False, True)
    ],
    doc="The discrete Fourier transform over some axes, or its inverse.",
    tolerance="scale",
)


def _halved(n):
    """How often each of the frequencies 0 to n / 2 occurs among n: the ends once, others twice."""
    number = range_(n // 2 + 1)
    ends = logical_or(equal(number, 0), equal(2 * number, n))
    return where(ends, convert_to_tensor(1.0, "float64"), convert_to_tensor(2.0, "float64"))


def _times(tensor, axis, numbers):
    """`tensor` with its entries along `axis` multiplied by numbers."""
    shape = [1] * len(tensor._shape)
    shape[axis] = tensor._shape[axis]
    return tensor * cast(reshape(numbers, shape), tensor._dtype)


def _rfft_infer(x, axes):
    _takes("rfft", x, "float32 and float64")
    return Spec(_last(x.shape, axes[-1], x.shape[axes[-1]] // 2 + 1), _complex_dtype(x.dtype))


def _rfft_kernel(x, axes):
    if 0 in x.shape:
        return np.zeros(
            _last(x.shape, axes[-1], x.shape[axes[-1]] // 2 + 1), _rfft_infer(x, axes)[1]
        )
    return np.fft.rfftn(x, axes=axes)


def _rfft_rule(g, y, x, axes):
    n = x._shape[axes[-1]]
    shared = _times(g, axes[-1], 1 / _halved(n))
    turned = apply(_irfft, (conj(shared),), {"axes": axes, "size": n})
    return turned * _count(x, axes)


_rfft = Op(
    "rfft",
    _rfft_kernel,
    _rfft_infer,
    per_input(_rfft_rule),
    samples=lambda rng: [
        ((draw(rng, shape, (-1, 1)),), {"axes": axes})
        for shape in ((2, 3, 4), (2, 3, 5))
        for axes in ((2,), (1, 2))
    ],
    doc="The frequencies 0 to n / 2 of the Fourier transform of real numbers.",
    tolerance="scale",
)


def _irfft_infer(x, axes, size):
    _takes("irfft", x, "complex")
    return Spec(_last(x.shape, axes[-1], size), real_dtype(x.dtype))


def _irfft_kernel(x, axes, size):
    if 0 in x.shape or not size:
        return np.zeros(_last(x.shape, axes[-1], size), real_dtype(x.dtype))
    return np.fft.irfftn(x, [*(x.shape[axis] for axis in axes[:-1]), size], axes)


def _irfft_rule(g, y, x, axes, size):
    turned = _times(apply(_rfft, (g,), {"axes": axes}), axes[-1], _halved(size))
    return conj(turned) / cast(_count(g, axes), x._dtype)


_irfft = Op(
    "irfft",
    _irfft_kernel,
    _irfft_infer,
    per_input(_irfft_rule),
    samples=lambda rng: [
        ((_sample(rng, (2, 3, size // 2 + 1)),), {"axes": axes, "size": size})
        for size in (4, 5)
        for axes in ((2,), (1, 2))
    ],
    doc="Real numbers from the frequencies 0 to n / 2 of their Fourier transform.",
    tolerance="scale",
)


# -- the public functions --------------------------------------------------------------------------


def fitted(x, axis, size):
    """`x` with its end along `axis` cut off, or zeros added to it, to the given size."""
    have = x._shape[axis]
    if have == size:
        return x
    if have.__class__ is int and size < have:
        return x[(slice(None),) * axis + (slice(0, size),)]
    return pad(x, [(0, size - have if a == axis else 0) for a in range(len(x._shape))])


def _lengths(name, x, fft_length, axes, half=False):
    """The axes counted from the front, and the transform's length along each."""
    axes = normalize_axes(name, axes, len(x._shape))
    if fft_length is None:
        sizes = [x._shape[axis] for axis in axes]
        if half:
            sizes[-1] = 2 * (sizes[-1] - 1)
        return axes, sizes
    sizes = static_sizes(fft_length, f"[{name}] fft_length")
    if len(sizes) != len(axes):
        raise InvalidArgumentError(
            f"[{name}] fft_length = {list(sizes)} needs one size for each of the "
            f"{len(axes)} axes that are transformed."
        )
    return axes, list(sizes)


_SHARES = {"backward": 0.0, "ortho": 0.5, "forward": 1.0}  # of 1 / count, that go forward


def _scaled(name, y, norm, sizes):
    """A transform that so far divides by the number of points only backward, as `norm` says."""
    share = _SHARES.get(norm or "backward")
    if share is None:
        raise ValueError(f"[{name}] norm must be one of {list(_SHARES)} or None, got {norm!r}.")
    if not share:
        return y
    count = cast(math.prod(sizes), "float64")
    return y * cast(power(count, -share if name in ("fft", "rfft") else share), y.dtype)


def transform(name, x, fft_length=None, axes=(-1,), norm=None):
    """The transform `name` ("fft", "ifft", "rfft", "irfft") over `axes`, the last one halved."""
    x = tensor_of(x)
    if len(axes) > len(x._shape):
        raise InvalidArgumentError(
            f"[{name}] Input must have rank of at least {len(axes)} but got: {len(x._shape)}."
        )
    axes, sizes = _lengths(name, x, fft_length, list(axes), half=name == "irfft")
    for axis, size in zip(axes, sizes):
        half = name == "irfft" and axis == axes[-1]
        x = fitted(x, axis, size // 2 + 1 if half else size)
    attrs = {"axes": tuple(axes)}
    if name in ("fft", "ifft"):
        op, attrs["inverse"] = _fft, name == "ifft"
    else:
        op = _rfft if name == "rfft" else _irfft
        if name == "irfft":
            attrs["size"] = sizes[-1]
    op.infer(Spec(x._shape, x._dtype), **attrs)
    return _scaled(name, apply(op, (x,), attrs), norm, sizes)


_KINDS = {
    "fft": ("The Fourier transform of complex numbers", "complex"),
    "ifft": ("The inverse Fourier transform of complex numbers", "complex"),
    "rfft": ("The Fourier transform of real numbers, at the frequencies 0 to n / 2", "float"),
    "irfft": ("Real numbers from the frequencies 0 to n / 2 of their transform", "complex"),
}
_TAKEN_AS = {"complex": "complex64", "float": "float32"}  # arrays and lists, whatever their dtype
_AXES = {"": "the last axis", "2d": "the last two axes", "3d": "the last three axes"}


def _declare(kind, suffix):
    what, dtype = _KINDS[kind]
    axes = tuple(range(-int(suffix[:1] or 1), 0))
    name = kind + suffix

    def of_complex(input, name=None):
        return transform(kind, convert_to_tensor(input, dtype_hint=_TAKEN_AS[dtype]), None, axes)

    def of_real(input_tensor, fft_length=None, name=None):
        x = convert_to_tensor(input_tensor, dtype_hint=_TAKEN_AS[dtype])
        return transform(kind, x, fft_length, axes)

    function, argument, more = of_complex, "input", ""
    if kind[-4:] == "rfft":
        function, argument = of_real, "input_tensor"
        more = (
            "      fft_length: the lengths of those axes, which are cut or padded with zeros to "
            "them.\n"
        )
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{what}, over {_AXES[suffix]}.\n\n    Args:\n      {argument}: a {dtype} tensor.\n{more}"
        "      name: ignored.\n\n    Raises:\n      InvalidArgumentError: another dtype, or "
        "too few axes.\n    "
    )
    return public(f"signal.{name}")(function)


def _declare_nd(kind):
    what, dtype = _KINDS[kind]

    def function(input_tensor, fft_length=None, axes=None, norm=None, name=None):
        x = convert_to_tensor(input_tensor, dtype_hint=_TAKEN_AS[dtype])
        if axes is None:
            count = len(x._shape) if fft_length is None else len(static_sizes(fft_length, kind))
            axes = range(-count, 0)
        return transform(kind, x, fft_length, list(axes), norm)

    function.__name__ = function.__qualname__ = f"{kind}nd"
    function.__doc__ = (
        f"{what}, over any axes.\n\n    Args:\n      input_tensor: a {dtype} tensor.\n"
        "      fft_length: the lengths of the axes, which are cut or padded with zeros to them.\n"
        "      axes: the axes; all, or as many of the last as there are lengths, by default.\n"
        '      norm: "backward" (the inverse divides by the number of points), "forward" or\n'
        '        "ortho".\n      name: ignored.\n    '
    )
    return public(f"{kind}nd", f"signal.{kind}nd")(function)


for _kind in _KINDS:
    for _suffix in _AXES:
        globals()[_kind + _suffix] = _declare(_kind, _suffix)
    globals()[_kind + "nd"] = _declare_nd(_kind)


def _shift(name, x, axes, sign):
    x = tensor_of(x)
    axes = list(normalize_axes(name, axes, len(x._shape)))
    return roll(x, [sign * (x._shape[a] // 2) for a in axes], axes) if axes else x


@public("signal.fftshift")
def fftshift(x, axes=None, name=None):
    """`x` with the zero frequency moved to the middle of each axis.

    Example:
    >>> tf.signal.fftshift([0, 1, 2, -2, -1]).numpy()
    array([-2, -1,  0,  1,  2], dtype=int32)
    """
    return _shift("fftshift", x, axes, 1)


@public("signal.ifftshift")
def ifftshift(x, axes=None, name=None):
    """The inverse of `fftshift`.

    Example:
    >>> tf.signal.ifftshift([-2, -1, 0, 1, 2]).numpy()
    array([ 0,  1,  2, -2, -1], dtype=int32)
    """
    return _shift("ifftshift", x, axes, -1)


def as_complex(x):
    """A real tensor as a complex one; complex ones stay."""
    x = tensor_of(x)
    return x if x._dtype.kind == "c" else complex_(x, x * 0)
