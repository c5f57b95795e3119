"""Attention computed in tiles: the plain form's numbers, in little memory."""

import functools
import subprocess
import sys

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.core import backend
from tensorbrook.ops import attention

rng = np.random.default_rng(5)


def normal(*shape):
    return tf.constant(rng.normal(size=shape).astype("float32"))


BATCH, HEADS, TIMES, OTHERS, SIZE = 2, 4, 37, 29, 5
QUERY, UPSTREAM = normal(BATCH, TIMES, HEADS, SIZE), normal(BATCH, TIMES, HEADS, SIZE)
KEY, VALUE = normal(BATCH, OTHERS, HEADS, SIZE), normal(BATCH, OTHERS, HEADS, SIZE)
FEW = KEY[:, :, :2], VALUE[:, :, :2]
BIAS = normal(1, HEADS, TIMES, OTHERS)
PADDING = tf.constant(rng.random((BATCH, 1, 1, OTHERS)) < 0.7)
SEEN = tf.constant(rng.random((BATCH, 1, TIMES, OTHERS)) < 0.7)
SEEN32 = tf.constant(rng.random((2, 1, 32, 32)) < 0.7)
NOTHING = tf.constant(np.zeros((TIMES, OTHERS), bool))
CASES = {
    "plain": {},
    "padding": {"mask": PADDING},
    "bias": {"bias": BIAS, "mask": SEEN},
    "causal": {"is_causal": True},
    "causal bias": {"is_causal": True, "bias": BIAS, "mask": SEEN, "scale": 0.3},
    "sees nothing": {"mask": NOTHING},
}


def with_gradients(query, key, value, upstream=UPSTREAM, **more):
    given = [query, key, value, *([more["bias"]] if "bias" in more else [])]
    with tf.GradientTape() as tape:
        tape.watch(given)
        y = attention.dot_product_attention(query, key, value, **more)
        loss = tf.reduce_sum(y * upstream)
    return [y, *tape.gradient(loss, given)]


def in_numpy(query, key, value, bias=0.0, mask=True, scale=SIZE**-0.5, is_causal=False):
    groups = query.shape[2] // key.shape[2]
    key, value = (np.repeat(x, groups, axis=2).astype("float64") for x in (key, value))
    scores = np.einsum("btnh,bsnh->bnts", query, key) * scale + bias
    past = np.tri(*scores.shape[2:], dtype=bool) if is_causal else True
    scores = np.where(mask & np.asarray(past), scores, -1e30)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    return np.einsum("bnts,bsnh->btnh", weights, value)


@pytest.mark.parametrize("more", CASES.values(), ids=CASES)
@pytest.mark.parametrize("heads", [(KEY, VALUE), FEW], ids=["heads", "groups"])
def test_tiles_give_the_plain_numbers(more, heads, monkeypatch):
    plain = with_gradients(QUERY, *heads, **more, flash_attention=False)
    arrays = {k: np.asarray(v) for k, v in more.items()}
    wanted = in_numpy(QUERY.numpy(), *(x.numpy() for x in heads), **arrays)
    np.testing.assert_allclose(plain[0].numpy(), wanted, rtol=1e-5, atol=1e-6)
    monkeypatch.setattr(attention, "_tile_rows", lambda *_: 8)
    for call in (with_gradients, tf.function(with_gradients)):
        for found, one in zip(call(QUERY, *heads, **more), plain, strict=True):
            np.testing.assert_allclose(found.numpy(), one.numpy(), rtol=1e-4, atol=3e-6)


def dropped_at_once(query, key, value, rate, seed, **more):
    """Scores, softmax, dropout of all weights, product: each with all scores in memory."""
    query, key, value = (tf.transpose(x, [0, 2, 1, 3]) for x in (query, key, value))
    scores = tf.matmul(query, key, transpose_b=True) * query.shape[-1] ** -0.5
    seen = more.get("mask", tf.constant(True))
    if more.get("is_causal"):
        seen = tf.logical_and(seen, tf.linalg.band_part(tf.ones_like(scores), -1, 0) > 0)
    weights = tf.where(seen, tf.nn.softmax(tf.where(seen, scores, -1e9)), 0.0)
    weights = tf.nn.experimental.stateless_dropout(weights, rate, seed)
    return tf.transpose(tf.matmul(weights, value), [0, 2, 1, 3])


DROPPED = {name: CASES[name] for name in ("plain", "padding", "causal", "sees nothing")}


@pytest.mark.parametrize("tiles", [None, 8, 5], ids=["at once", "tiles", "odd tiles"])
@pytest.mark.parametrize("more", DROPPED.values(), ids=DROPPED)
def test_tiles_drop_the_weights_that_are_dropped_at_once(more, tiles, monkeypatch):
    monkeypatch.setattr(attention, "_tile_rows", lambda *_: tiles)
    given, seed = (QUERY, KEY, VALUE), tf.constant([7, 3])

    def gradients(function, *given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            y = function(*given)
            loss = tf.reduce_sum(y * UPSTREAM)
        return [y, *tape.gradient(loss, given)]

    at_once = functools.partial(dropped_at_once, rate=0.4, seed=seed, **more)
    wanted = gradients(at_once, *given)
    own = functools.partial(attention.attention, rate=0.4, seed=seed, blind_gets_zero=True, **more)
    for call in (gradients, tf.function(gradients)):
        for found, one in zip(call(own, *given), wanted, strict=True):
            np.testing.assert_allclose(found.numpy(), one.numpy(), rtol=1e-4, atol=3e-6)


@pytest.fixture
def flash(monkeypatch):
    """Halves are computed by the primitive that a GPU with a kernel of attention has."""
    from tensorbrook.xla import attention as _  # noqa: F401 (provides the hook)

    monkeypatch.setattr(backend.Backend, "flash", True)


HALVES = {
    "plain": {},
    "padding": {"mask": PADDING[..., :28]},
    "causal": {"is_causal": True},
    "causal mask": {"is_causal": True, "mask": SEEN[:, :, :36, :28]},
    "sees nothing": {"mask": NOTHING[:36, :28]},
}


@pytest.fixture
def kernel(monkeypatch):
    """JAX's own attention in the place of cuDNN's, which the CPU has not."""
    jax = pytest.importorskip("jax")
    own = jax.nn.dot_product_attention

    def on_cpu(*arrays, implementation, **how):
        assert implementation == "cudnn"
        single = [x.astype("float32") for x in arrays]  # the CPU has no such products of halves
        return own(*single, implementation="xla", **how).astype(arrays[0].dtype)

    monkeypatch.setattr(jax.nn, "dot_product_attention", on_cpu)
    monkeypatch.setattr(jax.lax, "platform_dependent", lambda *arrays, cuda, default: cuda(*arrays))


@pytest.mark.parametrize("name", [None, "reference", "xla", "kernel"])
@pytest.mark.parametrize("more", HALVES.values(), ids=HALVES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_one_primitive_gives_the_numbers_of_several(more, dtype, name, flash, monkeypatch, request):
    query = tf.cast(tf.concat([QUERY, QUERY], -1)[:, :36, :, :8], dtype)
    key, value = (tf.cast(tf.concat([x, x], -1)[:, :28, :, :8], dtype) for x in FEW)
    more = more | {"upstream": query[..., ::-1]}
    wanted = with_gradients(query, key, value, **more, flash_attention=False)
    call = functools.partial(with_gradients, **more)
    if name == "kernel":
        request.getfixturevalue("kernel")
    if name is not None:
        monkeypatch.setenv("TENSORBROOK_BACKEND", name.replace("kernel", "xla"))
        call = tf.function(call)
        graph = call.get_concrete_function(query, key, value).graph_text()
        assert graph.count("flash_attention") == 2 and "softmax" not in graph
    for found, one in zip(call(query, key, value), wanted, strict=True):
        assert found.dtype == one.dtype
        close = {"rtol": 0.02, "atol": 0.02} if dtype == "float16" else {"rtol": 0.1, "atol": 0.1}
        np.testing.assert_allclose(tf.cast(found, "float32"), tf.cast(one, "float32"), **close)


def test_it_is_cudnn_s_on_a_gpu(flash, monkeypatch):
    jax = pytest.importorskip("jax")
    from jax._src.cudnn import fused_attention_stablehlo as kernels

    from tensorbrook.xla.rules import function_of

    monkeypatch.setattr(kernels, "check_cudnn_version", lambda: 91000)  # without a card

    def text(dtype, **more):
        x = tf.TensorSpec([2, 32, 4, 64], dtype)
        graph = tf.function(
            functools.partial(with_gradients, upstream=tf.ones([], dtype), **more)
        ).get_concrete_function(x, x, x)
        with jax.enable_x64(True):
            given = [jax.ShapeDtypeStruct(x.shape, x.dtype.as_numpy_dtype)] * 3
            traced = jax.jit(function_of(graph.graph)).trace(*given)
            return traced.lower(lowering_platforms=("cuda",)).as_text()

    for more, name in (({"is_causal": True}, "Softmax"), ({"mask": SEEN32}, "ScaleBiasSoftmax")):
        found = text("bfloat16", **more)
        assert f"__cudnn$fmha{name}(" in found and f"__cudnn$fmha{name}Backward(" in found
        assert "dot_general" not in found
    for dtype, more in (("float32", {}), ("float16", {"flash_attention": False})):
        assert "cudnn" not in text(dtype, **more)


def test_a_model_of_one_primitive_is_saved_and_differentiated_twice(flash, tmp_path):
    x = tf.cast(tf.concat([QUERY, KEY[:, :8]], 1)[..., :4], "float16")
    x = tf.concat([x, x], -1)

    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec(x.shape, x.dtype)])
        def gradient(self, x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum(attention.dot_product_attention(x, x, x) ** 2)
            return tape.gradient(y, x)

    def second(x, **more):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(attention.dot_product_attention(x, x, x, **more) ** 2)
            y = tf.reduce_sum(inner.gradient(y, x) ** 2)
        return outer.gradient(y, x)

    wanted = second(x, flash_attention=False).numpy()
    np.testing.assert_allclose(second(x), wanted, atol=0.02 * np.abs(wanted).max())
    tf.saved_model.save(Model(), tmp_path / "model")
    found = tf.saved_model.load(tmp_path / "model").gradient(x)
    np.testing.assert_allclose(found, Model().gradient(x), rtol=0.005, atol=0.002)


def test_open_sizes_are_one_program():
    @tf.function(input_signature=[tf.TensorSpec([None, None, 2, 4])])
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = attention.dot_product_attention(x, x, x, is_causal=True)
        return y, tape.gradient(y, x)

    for batch, times in ((2, 31), (1, 1), (1, 32), (3, 70)):
        x = normal(batch, times, 2, 4)
        y, g = gradient(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            wanted = attention.dot_product_attention(x, x, x, is_causal=True)
        np.testing.assert_allclose(y.numpy(), wanted.numpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(
            g.numpy(), tape.gradient(wanted, x).numpy(), rtol=1e-4, atol=1e-5
        )
    assert "1 signature(s)\n  (float32[b, t, 2, 4]): graph" in gradient.explain()


def test_open_sizes_drop_alike():
    seed = tf.constant([7, 3])

    @tf.function(input_signature=[tf.TensorSpec([None, None, 2, 4])])
    def dropped(x):
        return attention.attention(
            x, x, x, is_causal=True, rate=0.4, seed=seed, blind_gets_zero=True
        )

    for batch, times in ((2, 31), (1, 1), (1, 32), (3, 70)):
        x = normal(batch, times, 2, 4)
        wanted = dropped_at_once(x, x, x, 0.4, seed, is_causal=True)
        np.testing.assert_allclose(dropped(x).numpy(), wanted.numpy(), rtol=1e-5, atol=1e-6)
    assert "1 signature(s)\n  (float32[b, t, 2, 4]): graph" in dropped.explain()


# 8,192 x 8,192 scores of 4 heads would be 1 GB; a process of its own, whose peak is its own.
LONG = """
import resource
import numpy as np
import tensorbrook as tf

layer = tf.keras.layers.MultiHeadAttention(4, 64, dropout={dropout})
x = tf.constant(np.random.default_rng(0).normal(size=(1, {times}, 16)).astype("float32"))
layer(x[:, :8], x[:, :8])

def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(x, x, use_causal_mask={causal}, training=True))
    return loss, tape.gradient(loss, layer.trainable_weights)

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
gradients = {call}(x)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.parametrize(
    ("call", "causal", "dropout"),
    [
        ("step", False, 0.0),
        ("tf.function(step)", True, 0.0),
        ("tf.function(step)", True, 0.1),
    ],
)
def test_long_sequences_train_in_little_memory(call, causal, dropout):
    program = LONG.format(times=8192, causal=causal, call=call, dropout=dropout)
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert float(found.stdout) < 1000
