"""Cases of keras.ops.numpy."""

import numpy as np

from . import case, words

UNARY = words(
    "abs absolute all amax amin angle any arccos arccosh arcsin arcsinh arctan arctanh argmax "
    "argmin argsort array average bitwise_invert bitwise_not cbrt ceil conj conjugate copy "
    "corrcoef cos cosh count_nonzero cumprod cumsum deg2rad diag diagflat diagonal diff "
    "empty_like exp exp2 expm1 fabs flip floor imag isfinite isinf isnan isneginf isposinf isreal "
    "log log10 log1p log2 logical_not max mean median min nan_to_num nanargmax nanargmin "
    "nancumprod nancumsum nanmax nanmean nanmedian nanmin nanstd nanvar negative nonzero "
    "ones_like ptp rad2deg ravel real reciprocal round sign signbit sin sinc sinh size sort sqrt "
    "square squeeze std tan tanh trace transpose trapezoid tril triu trunc unique view zeros_like"
)
BINARY = words(
    "add allclose append arctan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift "
    "bitwise_xor divide divide_no_nan dot equal floor_divide fmax fmin fmod gcd greater "
    "greater_equal heaviside hypot inner isclose isin kron lcm ldexp left_shift less less_equal "
    "logaddexp logaddexp2 logical_and logical_or logical_xor matmul maximum minimum mod multiply "
    "nextafter not_equal outer power right_shift subtract tensordot true_divide vdot"
)

LINES = np.array([[3, 1, 2, 1], [3, 1, 2, 1], [1, 2, 0, 1]], "int32")
EDGE = np.array([0.0, 1.0, 1.5, 2.0, 3.0, 3.0], "float32")
ANGLES = np.array([-3.0, -0.5, 0.0, 0.5, 2.0], "float32")


def cases():
    groups = (one_operand, two_operands, reductions, running, movements, joins, diagonals)
    for group in (*groups, products, orders, creations, ranges, halves):
        yield from group()


def one_operand():
    for name in words(
        "abs arccos arcsin arcsinh arctan arctanh cbrt ceil conj cos cosh deg2rad exp exp2 expm1 fabs "
        "floor i0 imag log1p negative rad2deg real sin sinc sinh square tan tanh trunc angle copy "
        "isreal sign signbit"
    ):
        yield case(f"{name}(u)")
    for name in words("log log10 log2 sqrt reciprocal i0"):
        yield case(f"{name}(p)")
    yield case("arccosh(p + 1.0)")
    yield case("i0(x)", x=np.array([0.0, 5.0, -20.0, 80.0], "float32"))
    yield case("sinc(x)", x=ANGLES)
    yield case("signbit(x)", x=np.array([0.0, -0.0, -1.0, np.inf, -np.inf], "float32"))
    for name in words("isnan isinf isfinite isneginf isposinf"):
        yield case(f"{name}(n)")
        yield case(f"{name}(i)")
    for name in words("abs real imag conj angle isreal exp square negative sqrt"):
        yield case(f"{name}(z)", smooth=False)
    yield case("logical_not(i)")
    yield case("bitwise_not(i)")
    yield case("round(x)", smooth=False, x=np.array([0.5, 1.5, 2.4, -2.5], "float32"))
    yield case("round(a, 1)", smooth=False)
    yield case("round(a * 100, -1)", smooth=False)
    yield case("nan_to_num(n)", smooth=False)
    yield case("nan_to_num(n, nan=2.0, posinf=5, neginf=-7)", smooth=False)
    yield case("nan_to_num(i)")
    yield case("view(a, 'int32')")
    yield case("view(i, 'uint8')")
    yield case("view(x, 'float32')", batch=[], x=np.arange(8, dtype="int8").reshape(2, 4))


def two_operands():
    for name in words(
        "add subtract multiply divide true_divide maximum minimum fmax fmin arctan2 hypot logaddexp "
        "logaddexp2 divide_no_nan greater greater_equal less less_equal equal not_equal"
    ):
        yield case(f"{name}(a, b)")
    for name in words("add subtract multiply maximum floor_divide mod fmod power gcd lcm less"):
        yield case(f"{name}(i, {'j' if name != 'power' else 'i'})")
    for name in words("fmax fmin maximum minimum heaviside"):
        yield case(f"{name}(n, 0.5)", smooth=False)
    for name in ["mod", "fmod", "floor_divide", "heaviside"]:
        yield case(f"{name}(u, p)")
    yield case("power(p, a)")
    yield case("power(a, 2)")
    yield case("add(a, v)")
    yield case("add(i, 2.5)")
    yield case("multiply(2, a)")
    yield case("hypot(x, 4.0)", smooth=False, x=np.array([3.0, 1e30, 0.0], "float32"))
    yield case("logaddexp(x, x)", x=np.array([1000.0, -1000.0, 0.0], "float32"))
    yield case("divide_no_nan(a, x)", smooth=False, x=np.array([0.0, 1.0, 2.0], "float32"))
    yield case("nextafter(a, b)", smooth=False)
    for name in ["bitwise_and", "bitwise_or", "bitwise_xor"]:
        yield case(f"{name}(i, j)")
    for name in ["left_shift", "right_shift", "bitwise_left_shift", "bitwise_right_shift"]:
        yield case(f"{name}(i, 2)")
    for name in ["logical_and", "logical_or", "logical_xor"]:
        yield case(f"{name}(t, r)")
        yield case(f"{name}(i, t)")
    yield case("ldexp(a, i)")
    yield case("clip(a, -0.5, 0.5)")
    yield case("clip(i, 2, 5)")
    yield case("clip(a, v, 1)")
    yield case("isclose(a, a + 1e-6)")
    yield case("isclose(x, x)", x=_with_nan())
    yield case("isclose(x, x, equal_nan=True)", x=_with_nan())
    yield case("isclose(a, b, rtol=0.5, atol=0.1)")
    yield case("allclose(a, a)")


def reductions():
    for name in words("sum mean prod max min std var amax amin ptp"):
        yield case(f"{name}(c)")
        yield case(f"{name}(c, axis=1)")
        yield case(f"{name}(c, axis=(0, -1), keepdims=True)")
    for name in ["all", "any"]:
        yield case(f"{name}(t)")
        yield case(f"{name}(i, axis=1)")
        yield case(f"{name}(t, axis=(0, 1), keepdims=True)")
    for name in words("sum prod max min mean std var median"):
        yield case(f"{name}(i, axis=0)")
    yield case("max(t, axis=0)")
    yield case("min(t, axis=0)")
    yield case("max(a, axis=1, initial=0.2)")
    yield case("min(i, initial=-3)")
    yield case("sum(z, axis=1)", smooth=False)
    yield case("count_nonzero(i)")
    yield case("count_nonzero(i, axis=(0,))")
    yield case("average(a)")
    yield case("average(a, axis=1)")
    yield case("average(a, weights=p)")
    yield case("average(c, axis=1, weights=v * v)")
    yield case("average(a, axis=0, weights=p)")
    for name in ["argmax", "argmin"]:
        yield case(f"{name}(a)")
        yield case(f"{name}(c, axis=1)")
        yield case(f"{name}(c, axis=-1, keepdims=True)")
        yield case(f"nan{name}(n, axis=1)")
        yield case(f"nan{name}(n)")
        yield case(f"nan{name}(x, axis=1)", x=np.array([[np.nan, np.nan], [1, np.nan]], "float32"))
    for name in words("sum prod max min mean var std median"):
        yield case(f"nan{name}(x, axis=1)", smooth=False, x=_with_nan())
        yield case(f"nan{name}(x, axis=(0, 1), keepdims=True)", smooth=False, x=_with_nan())
        yield case(f"nan{name}(x)", smooth=False, x=_with_nan()[:, 1:])
    for method in words("linear lower higher midpoint nearest"):
        yield case(f"quantile(c, 0.3, axis=1, method='{method}')")
        yield case(f"nanquantile(x, 0.3, axis=1, method='{method}')", smooth=False, x=_with_nan())
    yield case("quantile(c, np.array([0.1, 0.5, 0.85], 'float32'), axis=(0, 2))")
    yield case("quantile(c, np.array([0.1, 0.85], 'float32'), axis=2, keepdims=True)")
    yield case("quantile(a, 0.4)")
    yield case("quantile(n, 0.4, axis=1)", smooth=False)
    yield case("percentile(a, 40.0, axis=1)")
    yield case("percentile(a, np.array([0.0, 100.0], 'float32'))")
    yield case("nanpercentile(x, 60.0, axis=0)", smooth=False, x=_with_nan())
    yield case("median(a)")
    yield case("median(c, axis=1)")
    yield case("median(c, axis=(0, 2), keepdims=True)")


def running():
    for name in ["cumsum", "cumprod"]:
        yield case(f"{name}(a)")
        yield case(f"{name}(c, axis=1)")
        yield case(f"{name}(i, axis=1, dtype='float32')")
        yield case(f"nan{name}(x, axis=1)", smooth=False, x=_with_nan())
    yield case("diff(a)")
    yield case("diff(c, n=2, axis=1)")
    yield case("diff(t, axis=0)")
    yield case("trapezoid(a)")
    yield case("trapezoid(c, dx=0.5, axis=1)")
    yield case("trapezoid(a, x=v)")
    yield case("trapezoid(a, x=b, axis=0)")


def _with_nan():
    return np.array([[1, np.nan, -2.5, 4], [np.nan, np.nan, np.nan, 2], [3, 8, 5, 7]], "float32")


def movements():
    yield case("reshape(a, (3, 2))", batch=[])
    yield case("reshape(c, (-1, 4))")
    yield case("ravel(c)")
    yield case("transpose(c)")
    yield case("transpose(c, (1, 0, 2))")
    yield case("swapaxes(c, 0, 2)")
    yield case("swapaxes(c, -1, 1)")
    yield case("moveaxis(c, 0, -1)")
    yield case("moveaxis(c, (0, 1), (-1, 0))")
    yield case("expand_dims(a, 1)")
    yield case("expand_dims(a, (0, -1))")
    yield case("squeeze(x)", batch=[], x=np.ones((1, 2, 1), "float32"))
    yield case("squeeze(x, -1)", x=np.ones((1, 2, 1), "float32"))
    yield case("broadcast_to(v, (2, 3))", batch=[])
    yield case("flip(c)")
    yield case("flip(c, 1)")
    yield case("flip(c, (0, 2))")
    yield case("fliplr(a)")
    yield case("flipud(a)")
    for turns in (-1, 0, 1, 2, 3):
        yield case(f"rot90(m, k={turns})", batch=[])  # Keras errs where sides differ
    yield case("rot90(a)")
    yield case("rot90(c, axes=(2, 1))")
    yield case("roll(a, 2)")
    yield case("roll(a, -1, axis=1)")
    yield case("roll(c, (1, 2), axis=(0, 2))")
    yield case("repeat(a, 2)")
    yield case("repeat(a, 3, axis=1)")
    yield case("repeat(a, [1, 2, 0], axis=1)")
    yield case("tile(v, 2)")
    yield case("tile(a, (2, 1))")
    yield case("tile(a, (2, 1, 3))")
    yield case("pad(a, ((1, 2), (0, 1)))")
    yield case("pad(a, ((1, 2), (0, 1)), constant_values=7)")
    yield case("pad(a, ((1, 0), (2, 1)), mode='reflect')", batch=[])
    yield case("pad(a, ((1, 0), (2, 1)), mode='symmetric')", batch=[])
    yield case("pad(v, ((1, 2),))")


def joins():
    yield case("concatenate([a, b], axis=1)")
    yield case("concatenate([a, i])")
    yield case("append(a, v)")
    yield case("append(a, i, axis=1)")
    yield case("stack([a, b])")
    yield case("stack([a, i], axis=-1)")
    yield case("hstack([a, b])")
    yield case("hstack([v, w])")
    yield case("vstack([a, b])")
    yield case("dstack([a, b])")
    yield case("dstack([v, w])", batch=[])
    yield case("split(c, 2, axis=2)")
    yield case("split(c, [1, 3], axis=-1)")
    yield case("array_split(a, 2, axis=1)")
    yield case("hsplit(c, 3)")
    yield case("vsplit(a, 2)", batch=[])
    yield case("dsplit(c, [1])")
    yield case("get_item(c, np.s_[:, 1, 0:4:2])")
    yield case("get_item(c, (Ellipsis, None, -1))")
    yield case("take(c, [0, -1, 1], axis=1)")
    yield case("take(a, [[0, 5], [-6, 2]])")
    yield case("take(a, 1, axis=-1)")
    yield case("take(a, k, axis=1)")
    yield case("take_along_axis(a, i % 3, axis=1)")
    yield case("take_along_axis(a, [[0, -1, 1]], axis=0)", batch=[])
    yield case("take_along_axis(a, k)", batch=["a"])
    yield case("unravel_index(i, (3, 3))")
    yield case("unravel_index(np.array([-1, 3]), (2, 3))")
    yield case("meshgrid(v, w)")
    yield case("meshgrid(v, w, indexing='ij')")


def diagonals():
    yield case("size(c)")
    for offset in (-1, 0, 2):
        yield case(f"tril(c, {offset})")
        yield case(f"triu(c, {offset})")
        yield case(f"diagonal(c, {offset}, 1, 2)")
        yield case(f"trace(c, {offset}, 1, 2)")
        yield case(f"diag(a, {offset})", batch=[])
        yield case(f"diag(v, {offset})", batch=[])
        yield case(f"diagflat(a, {offset})", batch=[])
    yield case("diagonal(c)", batch=[])
    yield case("trace(i)", batch=[])


def products():
    yield case("matmul(a, m)")
    yield case("matmul(a, v)", batch=["a"])
    yield case("matmul(v, m)", batch=[])
    yield case("matmul(v, w)", batch=[])
    yield case("matmul(c, reshape(c, (2, 4, 3)))", batch=[])
    yield case("matmul(m, c)", batch=["c"])
    yield case("matmul(i, transpose(a))", batch=[])
    yield case("dot(a, m)")
    yield case("dot(c, x)", batch=["c"], x=np.ones((4, 2), "float32"))
    yield case("dot(a, v)", batch=["a"])
    yield case("dot(2, a)")
    yield case("inner(a, b)", batch=["a"])
    yield case("inner(v, w)", batch=[])
    yield case("inner(c, x)", batch=["c"], x=np.ones((2, 4), "float32"))
    yield case("outer(a, v)")
    yield case("vdot(a, b)", batch=[])
    yield case("kron(a, m)")
    yield case("kron(v, w)")
    yield case("tensordot(a, m, 1)", batch=["a"])
    yield case("tensordot(a, b)", batch=[])
    yield case("tensordot(c, m, [[1], [0]])", batch=["c"])
    yield case("tensordot(a, v, 0)")
    yield case("einsum('ij,jk->ik', a, m)", batch=["a"])
    yield case("einsum('ij,kj', a, i)", batch=["a"])
    yield case("einsum('bij,bij->b', c, c)")
    yield case("einsum('...j->...', c)")
    yield case("einsum('ii->i', m)", batch=[])
    yield case(
        "einsum('bij,jk,b->ki', c, x, y)",
        batch=["c"],
        x=np.ones((4, 2), "float32"),
        y=np.ones(2, "float32"),
    )
    yield case("cross(a, b)")
    yield case("cross(a, v)", batch=["a"])
    yield case(
        "cross(x, y)",
        batch=["x"],
        x=np.array([[1, 2.5]], "float32"),
        y=np.array([[3, 4.5]], "float32"),
    )
    yield case("cross(x, b)", batch=[], x=np.array([[1, 2.5]], "float32"))
    yield case("cross(c, c, axis=1)", smooth=False)
    yield case("cross(i, j)")
    yield case("slogdet(m)", batch=[])
    for mode in ["valid", "same", "full"]:
        yield case(f"correlate(x, v, mode='{mode}')", batch=[], x=EDGE)
        yield case(f"correlate(k, k, mode='{mode}')", batch=[])
    yield case("correlate(v, x, mode='full')", batch=[], x=EDGE)
    yield case("correlate(v, x, mode='same')", batch=[], x=EDGE)
    yield case("corrcoef(a)", symbolic=False)


def orders():
    yield case("sort(c)", smooth=False)
    yield case("sort(m)")
    yield case("sort(c, axis=1)", smooth=False)
    yield case("sort(a, axis=None)")
    yield case("argsort(c)")
    yield case("argsort(k)")
    yield case("argsort(a, axis=None)")
    yield case("argsort(a, axis=0)")
    yield case("searchsorted(x, v)", batch=["v"], x=EDGE)
    yield case("searchsorted(x, x, side='right')", batch=[], x=EDGE)
    yield case("digitize(a, [-0.5, 0.0, 0.5])")
    yield case("digitize(x, [0.0, 1.0, 3.0])", x=EDGE)
    yield case("digitize(i, [2, 5])")
    yield case("isin(i, j)")
    yield case("isin(i, k, invert=True)")
    yield case("isin(n, n)")
    yield case("isin(a, [])", batch=[])
    yield case("histogram(x, bins=4)", smooth=False, batch=[], x=EDGE)
    yield case("histogram(x, bins=2, range=(1.0, 2.5))", smooth=False, batch=[], x=EDGE)
    yield case("histogram(x)", smooth=False, batch=[], x=EDGE)
    yield case("nonzero(i)")
    yield case("where(t)", symbolic=False)
    yield case("where(t, a, b)")
    yield case("where(t, a, 0)")
    yield case("where(i, 1, 2.5)", smooth=False)
    yield case("where(t, i, a)")
    yield case("select([t, r], [a, b])")
    yield case("select([t, r], [i, j], 42)")
    for flags in ("", ", sorted=False"):
        yield case(f"unique(k{flags}, return_index=True, return_inverse=True, return_counts=True)")
        yield case(f"unique(x{flags}, axis=0, return_inverse=True, return_counts=True)", x=LINES)
        yield case(f"unique(k, size=5{flags}, return_counts=True)")
    yield case("unique(k, size=5, return_index=True)")
    yield case("unique(x)", x=LINES)
    yield case("unique(x, axis=1, return_index=True)", x=LINES)
    yield case("unique(k, size=2, return_inverse=True)")
    yield case("unique(k, size=4, fill_value=-1)")
    yield case("bincount(k)")
    yield case("bincount(k, minlength=6)")
    yield case("bincount(k, weights=x)", smooth=False, x=EDGE[:5])
    yield case("bincount(x, minlength=4)", x=LINES)
    yield case("bincount(k, weights=k)")


def creations():
    for name in ["zeros", "ones", "empty"]:
        yield case(f"{name}((2, 3))")
        yield case(f"{name}(2, dtype='int32')")
        yield case(f"{name}_like(a)", smooth=False)
        yield case(f"{name}_like(a, dtype='int16')")
    yield case("full((2, 3), 2.5)")
    yield case("full((2, 3), v)", smooth=False, batch=[])
    yield case("full((2,), 3, dtype='int8')")
    yield case("full_like(a, 3)", smooth=False)
    yield case("full_like(i, 2.5)")
    yield case("full_like(a, 3, dtype='int64')")
    yield case("array([1, 2])")
    yield case("array([[1.5, 2]])")
    yield case("array([1, 2], 'float16')")
    for arguments in (
        "2",
        "2, 3",
        "3, 2, 1",
        "3, 4, -1",
        "2, dtype='bool'",
        "3, k=-2, dtype='int8'",
    ):
        yield case(f"eye({arguments})")
        yield case(f"tri({arguments})")
    yield case("identity(3)")
    yield case("identity(2, 'int32')")


def ranges():
    for arguments in (
        "5",
        "5.0",
        "1, 6, 2",
        "1, 3, 0.5",
        "5, 1, -1.5",
        "4, dtype='float16'",
        "0, 3, dtype='int64'",
    ):
        yield case(f"arange({arguments})")
    for arguments in (
        "0, 1, 3",
        "0.0, 10.0, 4, endpoint=False",
        "1, 2, 3, retstep=True",
        "0, 10, 5, dtype='int32'",
        "2, 3, 1",
        "2, 3, 0",
        "a, b, 4",
        "a, b, 3, axis=-1",
        "a, b, 3, endpoint=False, axis=1",
    ):
        yield case(f"linspace({arguments})")
    yield case("logspace(0, 2, 3)")
    yield case("logspace(0, 3, 4, base=2, dtype='int32')")
    yield case("logspace(a, b, 3)")
    yield case("logspace(0.0, 1.0, 4, endpoint=False)")
    yield case("geomspace(1, 1000, 4)")
    yield case("geomspace(-2.0, -16.0, 4)")
    yield case("geomspace(p, p + 1.0, 3)")
    yield case("geomspace(1.0, 8.0, 3, endpoint=False)")
    yield case("vander(v)", batch=[])
    yield case("vander(v, 2, increasing=True)")
    yield case("vander(v, 5)")
    yield case("vander(k, 3)")
    for name in ["bartlett", "blackman", "hamming", "hanning"]:
        for length in (0, 1, 2, 5, 8):
            yield case(f"{name}({length})")
    for length in (1, 5, 6):
        yield case(f"kaiser({length}, 5.0)")


def halves():
    for dtype in ("float16", "bfloat16"):
        for name in words(
            "exp log sqrt sin mean sum prod var std max median cumsum log10 sinc round"
        ):
            yield case(f"{name}(cast(p, '{dtype}'))", smooth=False)
        for name in words("add divide power hypot logaddexp arctan2 isclose kron"):
            yield case(f"{name}(cast(p, '{dtype}'), cast(a, '{dtype}'))", smooth=False)
        yield case(f"matmul(cast(a, '{dtype}'), cast(m, '{dtype}'))", smooth=False)
        yield case(f"einsum('ij,jk->ik', cast(a, '{dtype}'), cast(m, '{dtype}'))", smooth=False)
        yield case(f"quantile(cast(c, '{dtype}'), 0.3, axis=1)", smooth=False)
        yield case(f"average(cast(a, '{dtype}'), weights=cast(p, '{dtype}'))", smooth=False)
        yield case(f"linspace(cast(a, '{dtype}'), 1.0, 3)", smooth=False)
        yield case(f"add(cast(a, '{dtype}'), 2.5)", smooth=False)
        yield case(f"multiply(cast(a, '{dtype}'), i)", smooth=False)
