"""float16 and bfloat16 in native code: conversions, random programs, what is native, training."""

import os
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import tensorbrook as tf
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
from programs import ILL_CONDITIONED, difference, programs, run_in_order
from test_native import gradients
from test_ops import shape_known, variants

from tensorbrook.compiler import engine, halves
from tensorbrook.compiler.program import Program
from tensorbrook.graph.passes import optimize

EXAMPLES = int(os.environ.get("TENSORBROOK_FUZZ", "500"))  # more in a nightly run
HALVES = np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16)
# What may differ by a last bit, which a comparison or a difference makes a large one.
# of the last ones the slopes have poles
STEEP = (*ILL_CONDITIONED, "lgamma", "digamma", "tan", "acos", "asin", "acosh", "atanh")
INEXACT = {*ILL_CONDITIONED, *(op.name for op in OPS.values() if op.tolerance)}
# Of zeros of both signs NumPy's float16 takes the first, its float32 the second.
EXTREMES = {"maximum", "minimum", "relu", "relu6", "reduce_max", "reduce_min", "max_pool"}


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
    (other,) = set(HALVES) - {dtype}

    @tf.function
    def convert(every, single, wide, whole):
        to = [tf.cast(x, dtype) for x in (single, wide, whole, whole > 0)]
        to += [tf.cast(every, other), tf.cast(tf.cast(every, tf.float32), other)]
        return *to, tf.cast(every, tf.float32), tf.cast(every, tf.float64), every[::-1], every != 0

    got = [y.numpy() for y in convert(every, single, wide, whole)]
    assert "NumPy" not in convert.explain()
    with np.errstate(all="ignore"):
        want = [x.astype(dtype) for x in (single, wide, whole, whole > 0)]
        want += [every.astype(np.float32).astype(other)] * 2
        want += [every.astype(np.float32), every.astype(np.float64), every[::-1], every != 0]
    for a, b in zip(got, want, strict=True):
        equal_bits(a, b)
    assert got[-2].tobytes() == want[-2].tobytes()  # what only moves keeps the bits of NaNs


NOT_IN_HALVES = ("nextafter", "random_gamma", "sample_pictures", "sample_pictures_transpose")


@pytest.mark.parametrize("dtype", HALVES, ids=str)
def test_what_is_native_in_float32_is_native_in_halves(dtype):
    def on_numpy(op, arrays, attrs):
        f = tf.function(lambda *tensors: apply(op, tensors, attrs))
        with np.errstate(all="ignore"):
            f(*map(wrap, arrays))
        return "on NumPy" in f.explain()

    for op in OPS.values():
        if op.effect or not shape_known(op) or op.name in NOT_IN_HALVES:
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
    drawn = programs(max_nodes=8, left_out=INEXACT | EXTREMES, dtypes=dtypes)
    graph, arrays = data.draw(drawn)
    want = run_in_order(graph, arrays)
    got = Program(optimize(graph))(*arrays)
    assert not difference(got, want), difference(got, want)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.integers(0, 99))
def test_gradients_of_random_programs_are_nearly_the_kernels(data, seed):
    """Of the sum of all float outputs, each weighted at random, by all float inputs."""
    dtypes = (data.draw(st.sampled_from(HALVES)), *map(np.dtype, ("float32", "int32", "bool")))
    graph, arrays = data.draw(programs(max_nodes=8, special=False, left_out=STEEP, dtypes=dtypes))
    for a, wished in gradients(graph, arrays, seed):
        wished = wished.astype(np.float64)
        close = 16 * float(ml_dtypes.finfo(a.dtype).eps)
        scale = np.abs(wished[np.isfinite(wished)]).max(initial=1.0)
        assert np.allclose(
            a.astype(np.float64), wished, rtol=close, atol=close * scale, equal_nan=True
        ), (a, wished)


# TensorFlow 2.21's results for 64 numbers from 0.5 to 1.5: sums in float32, running ones not.
OF_TENSORFLOW = {
    "float16": [64.0, 1.0, 63.875, 0.05010986328125, 66.3125, 81.0, 0.0626220703125, 69.5, 22.0],
    "bfloat16": [64.0, 1.0, 64.5, 0.049072265625, 66.5, 81.0, 0.0625, 69.5, 22.0],
}
QUOTIENTS = {  # whose floor would be another one, were they not rounded to a half before
    "float16": (
        [5.421875, 5.515625, 3.25390625],
        [0.12322998046875, 0.250732421875, 0.271240234375],
    ),
    "bfloat16": ([5.84375, 8.4375, 7.90625], [0.8359375, 0.2060546875, 0.055419921875]),
}
FLOORS = {"float16": [44.0, 22.0, 12.0], "bfloat16": [7.0, 41.0, 143.0]}


@pytest.mark.parametrize("backend", ["native", "reference"])
@pytest.mark.parametrize("name", OF_TENSORFLOW)
def test_results_are_those_of_tensorflow(name, backend, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_BACKEND", backend)
    v = tf.cast(np.linspace(0.5, 1.5, 64).astype(np.float32), name)

    @tf.function
    def f(v):
        return [
            *(tf.reduce_sum(v), tf.reduce_mean(v), tf.cumsum(v)[-1], tf.math.cumprod(v)[-1]),
            *(tf.reduce_sum(tf.math.rsqrt(v)), tf.reduce_sum(tf.math.floordiv(v, v[5]))),
            *(tf.nn.softmax(v * 4)[-1], tf.matmul(v[None], v[:, None])[0, 0]),
            tf.reduce_sum(tf.math.squared_difference(v, v[::-1])),
        ]

    assert [float(y) for y in f(v)] == OF_TENSORFLOW[name]
    x, y = (tf.cast(numbers, name) for numbers in QUOTIENTS[name])
    assert tf.function(tf.math.floordiv)(x, y).numpy().tolist() == FLOORS[name]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_fit_in_mixed_precision_is_native_and_learns_as_on_numpy(policy, monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 8)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.int32) + (x[:, 1] > 0)

    def losses(backend):
        monkeypatch.setenv("TENSORBROOK_BACKEND", backend)
        tf.keras.utils.set_random_seed(1)
        layers = [tf.keras.layers.Dense(16, "relu", dtype=policy), tf.keras.layers.Dense(3)]
        model = tf.keras.Sequential([tf.keras.Input((8,)), *layers])
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss)
        history = model.fit(x, y, batch_size=16, epochs=4, verbose=0).history["loss"]
        return history, model.make_train_function().explain()

    native, words = losses("native")
    assert "on NumPy" not in words
    np.testing.assert_allclose(native, losses("reference")[0], rtol=2e-3)
    assert native[-1] < native[0]


@pytest.mark.parametrize("name", OF_TENSORFLOW)
def test_one_program_for_all_sizes_gives_the_bits_of_one_for_each(name):
    weights = tf.cast(np.random.default_rng(0).normal(size=(24, 20)), name)

    def f(x):
        y = tf.nn.relu(tf.matmul(x, weights) + 1.0)
        moved = tf.concat([y, -y], 0), tf.transpose(y), tf.exp(y)[::-1], tf.argmax(y, 1)
        return *moved, tf.nn.softmax(y), tf.reduce_mean(y, 0), tf.cumsum(y, 0), tf.cast(y, "int32")

    one = tf.function(f, input_signature=[tf.TensorSpec([None, 24], name)])
    for size in (1, 7, 16, 33):
        x = tf.cast(np.random.default_rng(size).normal(size=(size, 24)), name)
        for a, b in zip(one(x), tf.function(f)(x), strict=True):
            assert a.numpy().tobytes() == b.numpy().tobytes()
    assert "on NumPy" not in one.explain()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_rows_of_a_transposed_operand_are_widened_where_they_lie(dtype):
    """They were taken to lie without gaps: recurrent layers in half precision were wrong."""
    x = tf.cast(np.arange(30).reshape(2, 5, 3) % 7, dtype)
    matrix = tf.cast(np.arange(12).reshape(3, 4) % 5, dtype)

    def products(x):
        return tf.map_fn(lambda row: tf.matmul(row, matrix), tf.transpose(x, (1, 0, 2)))

    wanted = np.asarray(tf.cast(products(x), "float32"))
    np.testing.assert_array_equal(tf.cast(tf.function(products)(x), "float32"), wanted)
