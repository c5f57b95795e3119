"""Rules of elementwise primitives: most are one op of TensorFlow's."""

import numpy as np

from ..graphs import graph_rule
from ..nodes import STRING

# our name -> TensorFlow's; what is not here is its name in capitals, as in squared_difference
_OPS = """
equal not_equal less less_equal greater greater_equal logical_and logical_or logical_not
bitwise_and bitwise_or bitwise_xor left_shift right_shift invert
realdiv=RealDiv divide_no_nan=DivNoNan multiply_no_nan=MulNoNan floordiv=FloorDiv floormod=FloorMod
truncatediv=TruncateDiv truncatemod=TruncateMod subtract=Sub multiply=Mul pow maximum minimum
squared_difference atan2 xlogy xlog1py xdivy nextafter=NextAfter negative=Neg square reciprocal
sqrt rsqrt sign exp expm1 log log1p sigmoid softplus sin cos tan asin acos atan sinh cosh tanh
asinh acosh atanh floor ceil rint erf erfc erfinv lgamma digamma ndtri dawsn expint
fresnel_cos fresnel_sin spence bessel_i0e bessel_i1e bessel_j0 bessel_j1 bessel_y0 bessel_y1
bessel_k0 bessel_k0e bessel_k1 bessel_k1e igamma_grad_a igamma igammac zeta
relu relu6 elu selu softsign identity stop_gradient lay_out=Identity conj where=SelectV2
"""


def _named(word):
    ours, _, theirs = word.partition("=")
    return ours, theirs or "".join(part.capitalize() for part in ours.split("_"))


# Those that TensorFlow has for float32 and float64 alone.
_WIDE = {"rint", "erfinv", "ndtri", "dawsn", "expint", "fresnel_cos", "fresnel_sin", "spence"}
_WIDE |= {"igamma_grad_a", "zeta", "igamma", "igammac"}


@graph_rule(*[_named(word)[0] for word in _OPS.split()])
def _one_op(body, node, inputs):
    name, dtype = node.op.name, node.outputs[0].dtype
    if name in _WIDE and dtype.itemsize < 4:
        found = body.add(_TABLE[name], *[body.cast(x, np.float32) for x in inputs])
        return body.cast(found, dtype)
    return body.add(_TABLE[name], *inputs)


_TABLE = dict(map(_named, _OPS.split()))


@graph_rule("is_nan", "is_inf", "is_finite")
def _is(body, node, inputs):
    op = _named(node.op.name)[1]
    if node.inputs[0].dtype.kind != "c":
        return body.add(op, *inputs)
    kind = np.float64 if node.inputs[0].dtype == np.complex128 else np.float32
    parts = [body.add(op, body.add(part, *inputs, Tout=kind)) for part in ("Real", "Imag")]
    return body.add("LogicalAnd" if op == "IsFinite" else "LogicalOr", *parts)


@graph_rule("round")
def _round(body, node, inputs):
    return body.add("Identity" if node.inputs[0].dtype.kind in "iu" else "Round", *inputs)


@graph_rule("betainc")
def _betainc(body, node, inputs):
    shape = body.dims(node.outputs[0].shape)
    return body.add("Betainc", *[body.add("BroadcastTo", x, shape) for x in inputs])


@graph_rule("add")
def _add(body, node, inputs):
    return body.add("Add" if inputs[0].dtype == STRING else "AddV2", *inputs)


@graph_rule("logical_xor")
def _logical_xor(body, node, inputs):
    return body.add("NotEqual", *inputs)


@graph_rule("abs")
def _abs(body, node, inputs):
    if node.inputs[0].dtype.kind == "c":
        return body.add("ComplexAbs", *inputs, Tout=node.outputs[0].dtype)
    return body.add("Abs", *inputs)


@graph_rule("polygamma")
def _polygamma(body, node, inputs):
    dtype = node.inputs[0].dtype
    wide = dtype if dtype.itemsize >= 4 else np.float32
    order = body.constant(node.attrs["order"], wide)
    return body.cast(body.add("Polygamma", order, body.cast(*inputs, wide)), dtype)


@graph_rule("cast")
def _cast(body, node, inputs):
    return body.add("Cast", *inputs, DstT=node.attrs["dtype"])


@graph_rule("bitcast")
def _bitcast(body, node, inputs):
    return body.add("Bitcast", *inputs, type=node.attrs["dtype"])


@graph_rule("real", "imag", "angle")
def _part(body, node, inputs):
    if node.inputs[0].dtype.kind != "c":
        real = {"real": "Identity", "imag": "ZerosLike"}.get(node.op.name)
        if real is not None:
            return body.add(real, *inputs)
        inputs = [body.add("Complex", *inputs, body.add("ZerosLike", *inputs), Tout=_wide(node))]
    return body.add(node.op.name.capitalize(), *inputs, Tout=node.outputs[0].dtype)


def _wide(node):
    return np.complex128 if node.inputs[0].dtype == np.float64 else np.complex64


@graph_rule("complex")
def _complex(body, node, inputs):
    return body.add("Complex", *inputs, Tout=node.outputs[0].dtype)


def _gcd(body, node, inputs):
    dtype = node.inputs[0].dtype
    shape = body.dims(node.outputs[0].shape)
    state = [body.add("BroadcastTo", x, shape) for x in inputs]

    def test(inner, x, y):
        zero = inner.constant(0, dtype)
        axes = inner.add("Range", *[inner.constant(0, "int32"), inner.add("Rank", y)], _one(inner))
        return inner.add("Any", inner.add("NotEqual", y, zero), axes)

    def step(inner, _, x, y):
        zero, one = inner.constant(0, dtype), inner.constant(1, dtype)
        done = inner.add("Equal", y, zero)
        rest = inner.add("FloorMod", x, inner.add("SelectV2", done, one, y))
        return [inner.add("SelectV2", done, x, y), inner.add("SelectV2", done, zero, rest)]

    found = body.loop(state, test, step)[0]
    return found if dtype.kind == "u" else body.add("Abs", found)


def _one(body):
    return body.constant(1, "int32")


graph_rule("gcd")(_gcd)


@graph_rule("lcm")
def _lcm(body, node, inputs):
    dtype = node.inputs[0].dtype
    divisor = body.add("Maximum", _gcd(body, node, inputs), body.constant(1, dtype))
    found = body.add("Mul", body.add("FloorDiv", inputs[0], divisor), inputs[1])
    return found if dtype.kind == "u" else body.add("Abs", found)
