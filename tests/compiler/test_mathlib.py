"""Elementary functions in LLVM code against NumPy, math and mpmath, in units in the last place."""

import ctypes
import json
import math
from pathlib import Path

import numpy as np
import pytest

ir = pytest.importorskip("llvmlite.ir")
binding = pytest.importorskip("llvmlite.binding")

from tensorbrook.compiler import mathlib, target  # noqa: E402

GOLDEN = json.loads((Path(__file__).parents[1] / "oracles/golden/mathlib.json").read_text())
TYPES = {"float": np.dtype("float32"), "double": np.dtype("float64")}
LANES = (0, 4, 16)
TRUTH = {
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "atanh": np.arctanh,
    "cos": np.cos,
    "cosh": np.cosh,
    "erf": np.vectorize(math.erf, otypes=[float]),
    "erfc": np.vectorize(math.erfc, otypes=[float]),
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "logaddexp": np.logaddexp,
    "pow": np.power,
    "sigmoid": lambda x: np.where(x < 0, np.exp(x), 1.0) / (1.0 + np.exp(-np.abs(x))),
    "sin": np.sin,
    "sinh": np.sinh,
    "softplus": lambda x: np.logaddexp(x, 0.0),
    "tan": np.tan,
    "tanh": np.tanh,
}
compiled = {}


@pytest.fixture(autouse=True)
def quiet():
    """NumPy warns of what it meets at special points."""
    with np.errstate(all="ignore"):
        yield


def loop(name, type_name, lanes, fma):
    """The module of a loop that fills its first buffer with a function of the others."""
    scalar = {"float": ir.FloatType(), "double": ir.DoubleType()}[type_name]
    value = ir.VectorType(scalar, lanes) if lanes else scalar
    word, arity = ir.IntType(64), 2 if name in mathlib.BINARY else 1
    module = ir.Module()
    arguments = [scalar.as_pointer()] * (arity + 1) + [word]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), "run")
    start, body, end = (function.append_basic_block(part) for part in ("start", "body", "end"))
    b = ir.IRBuilder(start)
    b.branch(body)
    b.position_at_end(body)
    i = b.phi(word)
    i.add_incoming(word(0), start)
    places = [b.bitcast(b.gep(p, [i]), value.as_pointer()) for p in function.args[:-1]]
    align = TYPES[type_name].itemsize
    result = mathlib.FUNCTIONS[name](b, *(b.load(p, align=align) for p in places[1:]), fma=fma)
    assert result.type == value and b.block is body, "not a straight line"
    b.store(result, places[0], align=align)
    following = b.add(i, word(lanes or 1))
    i.add_incoming(following, body)
    b.cbranch(b.icmp_signed("<", following, function.args[-1]), body, end)
    b.position_at_end(end)
    b.ret_void()
    return module, arity


def optimized(module, machine):
    module = target.llvm().parse_assembly(str(module))
    module.verify()
    options = binding.create_pipeline_tuning_options(speed_level=2)
    builder = binding.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return module


def host(fma):
    if fma and not target.fused_multiply_add():
        pytest.skip("this CPU has no fused multiply-add")
    llvm = target.llvm()
    name, features = target.cpu()
    return llvm.Target.from_default_triple().create_target_machine(cpu=name, features=features)


def run(name, arrays, lanes=16, fma=True):
    """A function over arrays, by a loop of vectors of that many lanes (0: of scalars)."""
    type_name = next(key for key, dtype in TYPES.items() if dtype == arrays[0].dtype)
    key = (name, type_name, lanes, fma)
    if key not in compiled:
        module, arity = loop(*key)
        machine = host(fma)
        engine = binding.create_mcjit_compiler(optimized(module, machine), machine)
        engine.finalize_object()
        signature = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (arity + 1), ctypes.c_int64)
        compiled[key] = engine, signature(engine.get_function_address("run"))
    count = len(arrays[0])
    arrays = [np.concatenate([a, np.ones(-count % 16, a.dtype)]) for a in arrays]
    out = np.empty_like(arrays[0])
    compiled[key][1](out.ctypes.data, *(a.ctypes.data for a in arrays), len(out))
    return out[:count]


def ulps(name, got, wanted, arguments):
    """|got - wanted| in units in the last place of `wanted` (float64) rounded to got's dtype."""
    info = np.finfo(got.dtype)
    size = wanted
    if name == "logaddexp":  # where its sum cancels, the larger number counts
        size = np.maximum.reduce([np.abs(v.astype(float)) for v in (wanted, *arguments)])
    exponent = np.frexp(size)[1]
    unit = np.ldexp(1.0, np.maximum(exponent - info.nmant - 1, info.minexp - info.nmant))
    rounded = wanted.astype(got.dtype)
    # beyond the largest number the next one would be the infinity
    over = np.isinf(got) & ~np.isinf(rounded)
    near = np.where(over, np.copysign(info.max, got), got).astype(float)
    error = np.abs(near / unit - wanted / unit) + over
    same = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    return np.where(same, 0.0, np.where(np.isnan(error), np.inf, error))


def floats(stride):
    """Every stride-th of all float32."""
    return np.arange(0, 2**32, stride, dtype=np.uint64).astype(np.uint32).view(np.float32)


def pairs(name, dtype):
    """Pairs for a function of two numbers, most of them with a finite result."""
    draw = np.random.default_rng(3)
    x = draw.choice([-1, 1], 40000) * 2.0 ** draw.uniform(-30, 30, 40000)
    y = draw.choice([-1, 1], 40000) * 2.0 ** draw.uniform(-30, 30, 40000)
    if name == "pow":
        x = np.abs(x)
        y = np.where(y > 0.2, draw.uniform(-87, 88, 40000) / np.log(x), y)
    return x.astype(dtype), y.astype(dtype)


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("name", mathlib.UNARY)
def test_float_of_a_sample_of_all_numbers(name, fma):
    x = floats(10007)
    wanted = TRUTH[name](x.astype(float))
    error = ulps(name, run(name, [x], fma=fma), wanted, [x])
    worst = np.argmax(error)
    assert error[worst] <= 3.5, f"{name}({x[worst]}) should be {wanted[worst]}"


@pytest.mark.parametrize("dtype", TYPES.values(), ids=str)
@pytest.mark.parametrize("name", mathlib.BINARY)
def test_pairs(name, dtype):
    x, y = pairs(name, dtype)
    got = run(name, [x, y])
    wanted = TRUTH[name](x.astype(float), y.astype(float))
    error = ulps(name, got, wanted, [x, y])
    worst = np.argmax(error)
    assert error[worst] <= 4, f"{name}({x[worst]}, {y[worst]}) should be {wanted[worst]}"


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("name", mathlib.FUNCTIONS)
def test_double_at_recorded_points(name, fma):
    *arguments, wanted = np.array(GOLDEN[name]).T.copy()
    got = run(name, arguments, fma=fma)
    error = ulps(name, got, wanted, arguments)
    worst = np.argmax(error)
    assert error[worst] <= 4, f"{[a[worst] for a in arguments]}: {got[worst]}, not {wanted[worst]}"


def special_points(dtype):
    info = np.finfo(dtype)
    sizes = [0.0, 1.0, np.inf, np.nan, 0.5, 2.0, 2.5, 3.0, 1000.0, 1e10, 2.0**24 + 2]
    sizes += [info.smallest_subnormal, info.tiny, info.max, info.max / 2, 1 + info.eps]
    sizes += [1 - info.epsneg, info.tiny * (1 - info.eps)]
    return np.array([sign * size for size in sizes for sign in (1, -1)], dtype)


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("dtype", TYPES.values(), ids=str)
@pytest.mark.parametrize("name", mathlib.FUNCTIONS)
def test_special_points(name, dtype, fma):
    x = special_points(dtype)
    arguments = [x]
    if name in mathlib.BINARY:
        arguments = [np.repeat(x, len(x)), np.tile(x, len(x))]
    got = run(name, arguments, fma=fma)
    wanted = TRUTH[name](*arguments).astype(dtype)
    exact = TRUTH[name](*(a.astype(float) for a in arguments))
    special = ~np.isfinite(wanted) | (wanted == 0) | ~np.isfinite(got) | (got == 0)
    np.testing.assert_array_equal(got[special], wanted[special])
    number = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(got)[number], np.signbit(wanted)[number])
    assert ulps(name, got, exact, arguments)[~special].max() <= 4


@pytest.mark.parametrize("dtype", TYPES.values(), ids=str)
@pytest.mark.parametrize("name", mathlib.FUNCTIONS)
def test_every_number_of_lanes_gives_the_same(name, dtype):
    arguments = [special_points(dtype), floats(1000003).astype(dtype)]
    arguments = [np.concatenate(arguments), np.concatenate(arguments[::-1])]
    arguments = arguments[: 2 if name in mathlib.BINARY else 1]
    scalars = run(name, arguments, lanes=0)
    for lanes in LANES[1:]:
        vectors = run(name, arguments, lanes=lanes)
        np.testing.assert_array_equal(vectors, scalars)
        number = ~np.isnan(scalars)
        np.testing.assert_array_equal(np.signbit(vectors)[number], np.signbit(scalars)[number])


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("name", mathlib.FUNCTIONS)
def test_no_calls_are_left(name, lanes):
    machine = host(fma=False)
    for type_name in TYPES:
        module, _ = loop(name, type_name, lanes, False)
        names = [f.name for f in optimized(module, machine).functions]
        assert all(n == "run" or n.startswith("llvm.") for n in names)
        assert "llvm.fma" not in "".join(names)
        assembly = machine.emit_assembly(optimized(module, machine))
        assert not [line for line in assembly.splitlines() if line.strip().startswith("call")]


def test_other_types_are_refused():
    function = ir.Function(
        ir.Module(), ir.FunctionType(ir.VoidType(), [ir.VectorType(ir.IntType(32), 4)]), "f"
    )
    builder = ir.IRBuilder(function.append_basic_block())
    with pytest.raises(TypeError, match=r"float and double and vectors of them, not <4 x i32>"):
        mathlib.exp(builder, function.args[0])
