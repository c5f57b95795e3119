"""The one table test: every primitive, by the samples in its own record.

A primitive declared anywhere is tested here unasked: its shape and dtype rule against its kernel,
its gradient against finite differences, its graph against its eager run.
"""

import importlib
import inspect
import pkgutil
import sys
import zlib
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook import ops
from tensorbrook.base.dims import has_dims
from tensorbrook.base.dtypes import is_differentiable
from tensorbrook.base.errors import TraceBreak
from tensorbrook.compiler.target import available
from tensorbrook.core.dispatch import PUBLIC, apply
from tensorbrook.core.op import OPS, Spec
from tensorbrook.core.tensor import wrap

sys.path.insert(0, str(Path(__file__).parents[1] / "oracles"))
from finite import check_gradients, pullback, tensors_of

for found in pkgutil.walk_packages(ops.__path__, "tensorbrook.ops."):
    importlib.import_module(found.name)  # tf.image's and some others' are loaded on first use
for name in ("distribute.across", "xla.attention"):
    importlib.import_module(f"tensorbrook.{name}")

DTYPES = [
    *("float64", "float32", "float16", "int32", "int64", "int8", "uint8", "bool", "complex64"),
    np.dtype(ml_dtypes.bfloat16),
]
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 6.0, 1e-300, 1e300]


def generator(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def samples(op):
    """[(arrays, attrs)], the arrays' floats in float64."""
    return [(list(arrays), attrs) for arrays, attrs in op.samples(generator(op.name))]


def free(op, arrays):
    """The indices of inputs that may be changed."""
    kinds = [np.asarray(a).dtype.kind for a in arrays]
    return [i for i, kind in enumerate(kinds) if kind in "fc" and i not in op.constants]


def converted(op, arrays, dtype):
    """The sample with its free inputs in another dtype, or None when they do not go into it."""
    dtype, out = np.dtype(dtype), list(arrays)
    for i in free(op, arrays):
        if np.asarray(arrays[i]).dtype.kind == "c":
            out[i] = arrays[i].astype("complex64" if dtype == np.float32 else "complex128")
            continue
        out[i] = np.asarray(np.abs(arrays[i]) if dtype.kind == "u" else arrays[i]).astype(dtype)
    return out


def spec(array):
    array = np.asarray(array)
    return Spec(array.shape, array.dtype)


def accepts(op, arrays, attrs):
    """The specs its rule gives, or None when it does not take such operands."""
    try:
        inferred = op.infer(*map(spec, arrays), **attrs)
    except tf.errors.InvalidArgumentError:
        return None
    return inferred if type(inferred) is tuple else (inferred,)


def variants(op):
    """Each sample in each dtype that its rule takes."""
    for arrays, attrs in samples(op):
        found = 0
        for dtype in DTYPES if free(op, arrays) else DTYPES[:1]:
            variant = converted(op, arrays, dtype)
            inferred = accepts(op, variant, attrs)
            if inferred is not None:
                found += 1
                yield variant, attrs, inferred
        assert found, f"{op.name}: no dtype of the sample {attrs} is taken by its own rule"


def shape_known(op):
    """False for the primitives whose result's shape depends on values."""
    arrays, attrs = samples(op)[0]
    try:
        found = op.infer(*map(spec, arrays), **attrs)
    except TraceBreak:
        return False
    except tf.errors.InvalidArgumentError:
        return True
    return not has_dims([s.shape for s in (found if type(found) is tuple else (found,))])


every_op = pytest.mark.parametrize("op", OPS.values(), ids=OPS)
traceable_op = pytest.mark.parametrize(
    "op", [op for op in OPS.values() if shape_known(op)], ids=lambda op: op.name
)
smooth_op = pytest.mark.parametrize(
    "op", [op for op in OPS.values() if op.vjp is not None], ids=lambda op: op.name
)


@every_op
def test_record_is_complete(op):
    assert samples(op), "a primitive without samples is not tested"
    assert len(op.doc) > 3 and op.doc.endswith("."), op.doc
    if op.vjp is None:
        assert len(op.why_no_gradient.split()) >= 3, "why_no_gradient must say why"


@traceable_op
def test_rule_gives_the_kernels_shape_and_dtype(op):
    for arrays, attrs, inferred in variants(op):
        with np.errstate(all="ignore"):
            results = op.kernel(*arrays, **attrs)
        results = results if type(results) is tuple else (results,)
        found = [(np.shape(r), np.asarray(r).dtype) for r in results]
        shown = [f"{np.asarray(a).dtype}{np.shape(a)}" for a in arrays]
        assert found == [(tuple(s.shape), s.dtype) for s in inferred], (shown, attrs)


@every_op
def test_kernel_leaves_its_operands_alone(op):
    for arrays, attrs in samples(op):
        arrays = arrays if accepts_any(op, arrays, attrs) else converted(op, arrays, "int32")
        arrays = [np.array(a) for a in arrays]
        before = [a.copy() for a in arrays]
        try:
            op.kernel(*arrays, **attrs)
        except TypeError:  # the kernels of truth values and bits, on floats
            continue
        for a, b in zip(arrays, before):
            np.testing.assert_array_equal(a, b)


def accepts_any(op, arrays, attrs):
    try:
        return accepts(op, arrays, attrs) is not None
    except TraceBreak:
        return True


def runner(op, attrs):
    return lambda *tensors: apply(op, tensors, attrs)


SYMMETRIC = ("cholesky",)  # takes one triangle for both, and has a gradient by both
NARROW_AND_WIDE = [(np.dtype(a), np.dtype(b)) for a, b in (("f4", "f8"), ("c8", "c16"))]


@smooth_op
def test_gradient_is_that_of_differences(op):
    rng, checked = generator(op.name + " directions"), 0
    for arrays, attrs in samples(op):
        active = free(op, arrays)
        assert active, "a gradient, and no sample to try it on"
        results = op.kernel(*arrays, **attrs)
        results = list(map(np.asarray, results if type(results) is tuple else (results,)))
        symmetric = op.name in SYMMETRIC
        check_gradients(runner(op, attrs), arrays, active, rng, order=2, symmetric=symmetric)
        checked += any(is_differentiable(y.dtype) and y.size > 0 for y in results)
    assert checked, "no sample has a differentiable result"


@smooth_op
def test_gradient_in_float32_is_that_in_float64(op):
    for arrays, attrs in samples(op):
        active, narrow = free(op, arrays), converted(op, arrays, "float32")
        if accepts(op, narrow, attrs) is None:
            continue
        rounded = [np.asarray(n, np.asarray(a).dtype) for n, a in zip(narrow, arrays)]
        wide = gradients_of(op, rounded, attrs, active)
        single = gradients_of(op, narrow, attrs, active)
        for a, b in zip(single, wide):
            assert (a.dtype, b.dtype) in NARROW_AND_WIDE
            scale = 1 + np.max(np.abs(b), initial=0)
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=2e-6 * scale)


def gradients_of(op, arrays, attrs, active):
    rng = generator(op.name + " cotangents")
    results = tensors_of(apply(op, tuple(map(wrap, arrays)), attrs))
    cotangents = [
        wrap(np.asarray(rng.normal(size=y.shape)).astype(np.float32).astype(y._dtype))
        for y in results
        if is_differentiable(y._dtype)
    ]
    gradients = pullback(runner(op, attrs), active)
    gradients.inputs = len(arrays)
    if not cotangents:
        return []
    return [g.numpy() for g in gradients(*map(wrap, arrays), *cotangents)]


def same_bits(a, b):
    """Equal to the last bit, NaNs and signs of zeros included."""
    a, b = np.asarray(a), np.asarray(b)
    bits = a.tobytes() == b.tobytes() if a.dtype != object else a.tolist() == b.tolist()
    return a.shape == b.shape and a.dtype == b.dtype and bits


@traceable_op
def test_graph_gives_the_bits_of_the_eager_run(op, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_BACKEND", "reference")
    for arrays, specials, attrs, inferred in with_their_specials(op):
        for values in (arrays, specials):
            eager_and_traced(op, values, attrs, inferred, same_bits, same_bits)


@pytest.mark.skipif(not available(), reason="llvmlite is not installed")
@traceable_op
def test_native_code_gives_the_values_of_the_eager_run(op, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_BACKEND", "native")

    def within(a, b):
        a, b = np.asarray(a), np.asarray(b)
        if a.dtype == object:
            return a.tolist() == b.tolist()
        if is_half(a.dtype):  # of zeros of both signs NumPy's maximum takes the other one
            a, b = a + a.dtype.type(0), b + b.dtype.type(0)
        return ulps_apart(a, b) <= op.tolerance

    same = nearly_same if op.tolerance == "scale" else within
    for arrays, specials, attrs, inferred in with_their_specials(op):
        eager_and_traced(op, arrays, attrs, inferred, same, nearly_same)
        if not op.name.startswith("conv_"):  # padding's zeros times infinity are NaN there
            eager_and_traced(op, specials, attrs, inferred, same, nearly_same)


def ulps_apart(a, b):
    """How many floats lie between, at most; infinite where NaNs, infinities or signs differ."""
    if a.dtype.kind == "c":
        return max(ulps_apart(a.real, b.real), ulps_apart(a.imag, b.imag))
    if not is_real(a.dtype) or a.shape != b.shape or a.dtype != b.dtype:
        return 0 if same_bits(a, b) else np.inf
    there, signs = ~np.isnan(a), np.signbit(a) != np.signbit(b)
    if (there == np.isnan(b)).any() or signs[there].any():
        return np.inf
    if a.dtype.itemsize > 2 and (np.isinf(a) != np.isinf(b)).any():
        return np.inf  # of halves, infinity is the neighbour of the largest number
    bits = f"i{a.dtype.itemsize}"
    a, b = (np.ascontiguousarray(np.abs(x[there])).view(bits) for x in (a, b))
    return max([abs(int(m) - int(n)) for m, n in zip(a, b)], default=0)


def nearly_same(a, b):
    """Equal but for the last bits, of values as large as the tensor's; NaNs in the same places."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape or not is_differentiable(a.dtype):
        return same_bits(a, b)
    if is_half(a.dtype):
        return nearly_same_halves(a, b)
    finite = np.abs(a[np.isfinite(a)])
    scale = min(finite.max(initial=1.0), 100.0)
    close = 16 * np.finfo(a.dtype).eps
    return np.allclose(a, b, rtol=close, atol=close * scale, equal_nan=True)


def is_real(dtype):
    return is_differentiable(dtype) and dtype.kind != "c"


def is_half(dtype):
    return dtype.itemsize == 2 and is_real(dtype)


def nearly_same_halves(a, b):
    """Four places at most of values as large as the tensor's; what exceeds them is infinite."""
    kind = ml_dtypes.finfo(a.dtype)
    a, b = (np.clip(x.astype(np.float64), 2 * float(kind.min), 2 * float(kind.max)) for x in (a, b))
    scale = min(np.abs(a[np.isfinite(a)]).max(initial=1.0), 100.0)
    close = 4 * float(kind.eps)
    return np.allclose(a, b, rtol=close, atol=close * scale, equal_nan=True)


def with_their_specials(op):
    """The samples in the main dtypes, each with its twin of special values."""
    rng = generator(op.name + " specials")
    for arrays, attrs, inferred in variants(op):
        dtype = np.asarray(arrays[0]).dtype if arrays else inferred[0].dtype
        if is_half(dtype) or dtype in (np.float64, np.float32, np.int32, bool):
            yield arrays, with_specials(op, arrays, rng), attrs, inferred


def with_specials(op, arrays, rng):
    """The sample with infinities, NaNs, zeros of both signs in place of some numbers."""
    out = list(arrays)
    for i in free(op, arrays):
        if is_real(out[i].dtype):
            chosen = rng.choice(SPECIAL, size=out[i].shape)
            with np.errstate(over="ignore"):
                out[i] = np.asarray(chosen).astype(out[i].dtype)
    return out


def eager_and_traced(op, arrays, attrs, inferred, same, same_gradients):
    """Asserts that a graph's results are those of the eager run, and its gradients too."""
    active = [
        i
        for i, a in enumerate(arrays)
        if op.vjp and is_real(np.asarray(a).dtype) and i not in op.constants
    ]
    gradients = pullback(runner(op, attrs), active)
    gradients.inputs = len(arrays)
    cotangents = [wrap(np.ones(s.shape, s.dtype)) for s in inferred if is_differentiable(s.dtype)]

    def program(*tensors):
        results = tensors_of(apply(op, tensors, attrs))
        return results + (gradients(*tensors, *cotangents) if active and cotangents else [])

    traced = tf.function(program)
    tensors = list(map(wrap, arrays))
    with np.errstate(all="ignore"):
        try:
            want = program(*tensors)
        except tf.errors.InvalidArgumentError as fault:
            with pytest.raises(type(fault)):
                traced(*tensors)
            return
        got = traced(*tensors)
    assert len(want) == len(got)
    for i, (a, b) in enumerate(zip(want, got)):
        compare = same if i < len(inferred) else same_gradients
        assert compare(a._array, b._array), (a, b, arrays, attrs)


# -- the functions made of them --------------------------------------------------------------------


def is_factory_made(function):
    """True for functions that a factory wrote: their docstrings come from the op's record."""
    return "<locals>" in inspect.unwrap(function).__code__.co_qualname


@pytest.mark.parametrize("path", PUBLIC)
def test_public_functions_are_documented(path):
    function = PUBLIC[path]
    doc = inspect.getdoc(function)
    assert doc and doc.strip(), f"tf.{path} has no docstring"
    first = doc.strip().split("\n")[0]
    assert len(first) > 3, first
    # these say which function of keras.ops, or of NumPy, they are
    of_another = path.startswith(("keras.backend.", "experimental.numpy."))
    is_absent = doc.startswith("Not built")
    if not (inspect.isclass(function) or is_factory_made(function) or of_another or is_absent):
        assert ">>>" in doc, f"tf.{path} has no example"
