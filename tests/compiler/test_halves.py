"""float16 and bfloat16 in native code: conversions, random programs, what is native, training."""

import os
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler import engine, halves
from tensorbrook.compiler.target import available
from tensorbrook.core.dispatch import apply
from tensorbrook.core.op import OPS
from tensorbrook.core.tensor import wrap

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
sys.path.insert(0, str(Path(__file__).parents[1] / "table"))
from programs import difference, programs, run_in_order
from test_native import ILL_CONDITIONED
from test_ops import EXTREMES, TO_SCALE, ULPS, shape_known, variants

from tensorbrook.compiler.program import Program
from tensorbrook.graph.passes import optimize
from tensorbrook.graph.subgraphs import floats, vjp_graph

EXAMPLES = int(os.environ.get("TENSORBROOK_FUZZ", "500"))  # more in a nightly run
HALVES = np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16)
# What may differ by a last bit, which a comparison or a difference makes a large one.
INEXACT = {*ILL_CONDITIONED, *ULPS, *TO_SCALE, *EXTREMES}


def near_halves(dtype):
    """float64 numbers: all finite halves, what lies in the middle between two, and just beside."""
    every = np.arange(1 << 16, dtype=np.uint16).view(dtype)
    with np.errstate(all="ignore"):
        every = np.sort(every[np.isfinite(every)].astype(np.float64))
    middle = (every[1:] + every[:-1]) / 2
    beyond = [2 * every[-1] - every[-2], 1e39, 1e300, 1e-300, np.inf, -np.inf, np.nan]
    beside = [np.nextafter(middle, way) for way in (np.inf, -np.inf)]
    return np.concatenate([every, middle, *beside, beyond])


def equal_bits(got, want):
    """Equal to the last bit, NaNs of any kind being one."""
    with np.errstate(all="ignore"):
        known, nan = ~np.isnan(want), np.isnan(got)
    assert got.dtype == want.dtype and (nan == ~known).all()
    assert got[known].tobytes() == want[known].tobytes()


@pytest.mark.parametrize("by_instruction", [True, False])
@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_conversions_round_as_numpy(dtype, by_instruction, monkeypatch, tmp_path):
    if not by_instruction:  # as on a processor without them
        monkeypatch.setattr(halves, "converts_float16", lambda: False)
        monkeypatch.setattr(engine, "_code", {})
        monkeypatch.setattr(engine, "_modules", {})
        monkeypatch.setenv("TENSORBROOK_CACHE_DIR", str(tmp_path))
    wide = near_halves(dtype)
    with np.errstate(all="ignore"):
        single = np.concatenate([wide.astype(np.float32), np.float32([65519.99, -65520, 3.4e38])])
    whole = np.concatenate(
        [np.arange(-3000, 3000), (1 << np.arange(63)) + 1, -(3 ** np.arange(39))]
    )
    every = np.arange(1 << 16, dtype=np.uint16).view(dtype)

    @tf.function
    def convert(every, single, wide, whole):
        to = [tf.cast(x, dtype) for x in (single, wide, whole, whole > 0)]
        return *to, tf.cast(every, tf.float32), tf.cast(every, tf.float64), every[::-1], every != 0

    got = [y.numpy() for y in convert(every, single, wide, whole)]
    assert "NumPy" not in convert.explain()
    with np.errstate(all="ignore"):
        want = [x.astype(dtype) for x in (single, wide, whole, whole > 0)]
        want += [every.astype(np.float32), every.astype(np.float64), every[::-1], every != 0]
    for a, b in zip(got, want, strict=True):
        equal_bits(a, b)
    assert got[6].tobytes() == want[6].tobytes()  # what only moves keeps the bits of NaNs


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_what_is_native_in_float32_is_native_in_halves(dtype):
    def on_numpy(op, arrays, attrs):
        f = tf.function(lambda *tensors: apply(op, tensors, attrs))
        with np.errstate(all="ignore"):
            f(*map(wrap, arrays))
        return "on NumPy" in f.explain()

    for op in OPS.values():
        if op.effect or not shape_known(op) or op.name in ("nextafter", "random_gamma"):
            continue
        found = {}
        for arrays, attrs, _ in variants(op):
            if arrays:
                kind = np.asarray(arrays[0]).dtype
                found.setdefault(kind, []).append((arrays, attrs))
        for single, half in zip(found.get(np.dtype(np.float32), ()), found.get(dtype, ())):
            assert on_numpy(op, *half) <= on_numpy(op, *single), (op.name, half)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_programs_give_the_bits_of_the_kernels(data):
    dtypes = (data.draw(st.sampled_from(HALVES)), *map(np.dtype, ("float32", "int32", "bool")))
    drawn = programs(max_nodes=8, left_out=INEXACT, dtypes=dtypes)
    graph, arrays = data.draw(drawn)
    want = run_in_order(graph, arrays)
    got = Program(optimize(graph))(*arrays)
    assert not difference(got, want), difference(got, want)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.integers(0, 99))
def test_gradients_of_random_programs_are_nearly_the_kernels(data, seed):
    """Of the sum of all float outputs, each weighted at random, by all float inputs."""
    dtypes = (data.draw(st.sampled_from(HALVES)), *map(np.dtype, ("float32", "int32", "bool")))
    graph, arrays = data.draw(
        programs(max_nodes=8, special=False, left_out=ILL_CONDITIONED, dtypes=dtypes)
    )
    wanted, given_ = floats(graph.inputs), floats(graph.outputs)
    gradient, flags = vjp_graph(graph, wanted, given_) if wanted and given_ else (None, ())
    if not any(flags):
        return
    rng = np.random.default_rng(seed)
    for i in given_:
        value = graph.outputs[i]
        arrays.append(np.asarray(rng.uniform(-1, 1, value.shape)).astype(value.dtype))
    want = run_in_order(gradient, arrays)
    one = Program(optimize(gradient), threads=1)(*arrays)
    two = Program(optimize(gradient), threads=2)(*arrays)
    for a, b, wished in zip(one, two, want, strict=True):
        assert a.tobytes() == b.tobytes()
        assert a.shape == wished.shape and a.dtype == wished.dtype
        wished = np.asarray(wished).astype(np.float64)
        close = 16 * float(ml_dtypes.finfo(a.dtype).eps)
        scale = np.abs(wished[np.isfinite(wished)]).max(initial=1.0)
        assert np.allclose(
            a.astype(np.float64), wished, rtol=close, atol=close * scale, equal_nan=True
        ), (a, wished)
