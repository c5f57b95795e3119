"""Attention computed in tiles: the plain form's numbers, in little memory."""

import functools
import subprocess
import sys

import numpy as np
import pytest

import tensorbrook as tf
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
NOTHING = tf.constant(np.zeros((TIMES, OTHERS), bool))
CASES = {
    "plain": {},
    "padding": {"mask": PADDING},
    "bias": {"bias": BIAS, "mask": SEEN},
    "causal": {"is_causal": True},
    "causal bias": {"is_causal": True, "bias": BIAS, "mask": SEEN, "scale": 0.3},
    "sees nothing": {"mask": NOTHING},
}


def with_gradients(query, key, value, **more):
    given = [query, key, value, *([more["bias"]] if "bias" in more else [])]
    with tf.GradientTape() as tape:
        tape.watch(given)
        y = attention.dot_product_attention(query, key, value, **more)
        loss = tf.reduce_sum(y * UPSTREAM)
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
