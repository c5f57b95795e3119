"""Philox4x32-10 in whole numbers: the same random bits as on the host (ops/_kernels/philox.py)."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from ..lower import rule

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
_32 = np.uint64(32)


def blocks(state, places):
    """The blocks of a stream at some places: uint32 of shape (*places, 4)."""
    state = lax.bitcast_convert_type(state, jnp.uint64)
    low = state[0] + places.astype(jnp.uint64)
    high = jnp.where(low < places, state[1] + np.uint64(1), state[1])
    k0, k1 = state[2].astype(jnp.uint32), (state[2] >> _32).astype(jnp.uint32)
    w = [low.astype(jnp.uint32), (low >> _32).astype(jnp.uint32)]
    w += [high.astype(jnp.uint32), (high >> _32).astype(jnp.uint32)]
    for _ in range(10):
        p, q = w[0].astype(jnp.uint64) * _M0, w[2].astype(jnp.uint64) * _M1
        w = [
            (q >> _32).astype(jnp.uint32) ^ w[1] ^ k0, q.astype(jnp.uint32),
            (p >> _32).astype(jnp.uint32) ^ w[3] ^ k1, p.astype(jnp.uint32),
        ]  # fmt: skip
        k0, k1 = k0 + _W0, k1 + _W1
    return jnp.stack(w, -1)


def words(state, count):
    """The first `count` words of a stream."""
    return blocks(state, jnp.arange(-(-count // 4), dtype=jnp.uint64)).reshape(-1)[:count]


def _fraction(bits, dtype):
    """Words as numbers in [0, 1): the low bits as the mantissa; two words for a double."""
    if dtype == np.float64:
        high = (bits[..., 0::2] & np.uint32(0xFFFFF)).astype(jnp.float64)
        return (high * 2.0**32 + bits[..., 1::2]) * 2.0**-52
    width = {"float32": 23, "float16": 10, "bfloat16": 7}[dtype.name]
    low = (bits & np.uint32((1 << width) - 1)).astype(jnp.float32)
    return (low * np.float32(2.0**-width)).astype(dtype)


def _size(shape):
    return int(np.prod(shape, dtype=np.int64))


@rule("random_uniform")
def uniform(state, shape, dtype):
    """Numbers in [0, 1)."""
    size = _size(shape)
    per_block = 2 if dtype == np.float64 else 4
    bits = words(state, -(-size // per_block) * 4)
    return _fraction(bits, dtype)[:size].reshape(shape)


def _box_muller(bits, dtype):
    """Normal numbers from pairs of uniform ones."""
    real = np.dtype(np.float64 if dtype == np.float64 else np.float32)
    fraction = _fraction(bits, real)
    radius = jnp.maximum(fraction[..., 0::2], real.type(1e-7))
    radius = jnp.sqrt(real.type(-2) * jnp.log(radius))
    angle = real.type(2 * np.pi) * fraction[..., 1::2]
    pairs = jnp.stack([jnp.sin(angle) * radius, jnp.cos(angle) * radius], -1)
    return pairs.reshape(fraction.shape)


@rule("random_uniform_rows")
def uniform_rows(state, starts, size, dtype):
    """Rows of numbers in [0, 1), from places of the stream on."""
    per_block = 2 if dtype == np.float64 else 4
    count = (size + 2 * per_block - 2) // per_block

    def row(start):
        first = (start // per_block).astype(jnp.uint64)
        bits = blocks(state, first + jnp.arange(count, dtype=jnp.uint64)).reshape(-1)
        return lax.dynamic_slice_in_dim(_fraction(bits, dtype), start % per_block, size)

    return jax.vmap(row)(starts)


@rule("random_order")
def order(state, size):
    """The order of a shuffle: Fisher-Yates from the front."""
    left = np.arange(size, 1, -1, dtype=np.uint32)
    if not len(left):
        return jnp.zeros(size, jnp.int64)
    partners = words(state, len(left)) % left + np.arange(len(left), dtype=np.uint32)

    def swap(i, order):
        pair = jnp.stack([jnp.asarray(i, jnp.uint32), partners[i]])
        return order.at[pair].set(order[pair[::-1]])

    return lax.fori_loop(0, len(left), swap, jnp.arange(size, dtype=jnp.int64))


@rule("random_normal")
def normal(state, shape, dtype):
    """Numbers of the standard normal distribution."""
    size, per_block = _size(shape), 2 if dtype == np.float64 else 4
    found = _box_muller(words(state, -(-size // per_block) * 4), dtype)
    return found[:size].astype(dtype).reshape(shape)


@rule("random_truncated_normal")
def truncated_normal(state, shape, dtype):
    """Standard normal numbers, those of magnitude 2 or more drawn again from their own blocks."""
    size, width = _size(shape), 2 if dtype == np.float64 else 4
    count = -(-size // width)
    first = jnp.arange(count, dtype=jnp.uint64) * np.uint64(width * 64)
    real = np.dtype(np.float64 if dtype == np.float64 else np.float32)
    columns = jnp.arange(width)

    def going(carry):
        return (carry[1] < width).any()

    def step(carry):
        out, filled, turn = carry
        drawn = _box_muller(blocks(state, first + turn), real)
        kept = jnp.abs(drawn) < 2
        places = filled[:, None] + jnp.cumsum(kept, 1) - 1
        put = (kept & (places < width))[:, :, None] & (places[:, :, None] == columns)
        out = jnp.where(put.any(1), jnp.where(put, drawn[:, :, None], 0).sum(1), out)
        return out, filled + kept.sum(1), turn + np.uint64(1)

    start = jnp.zeros((count, width), real), jnp.zeros(count, int), jnp.uint64(0)
    out, _, _ = lax.while_loop(going, step, start)
    return out.reshape(-1)[:size].astype(dtype).reshape(shape)


@rule("random_full_int")
def full_int(state, shape, dtype):
    """Integers over the whole range."""
    wide = dtype.itemsize // 4
    bits = words(state, _size(shape) * wide)
    if wide == 2:
        bits = lax.bitcast_convert_type(bits.reshape(-1, 2), jnp.uint64)
    return lax.bitcast_convert_type(bits, dtype).reshape(shape)


@rule("random_uniform_int")
def uniform_int(state, low, high, shape):
    """Integers in [low, high)."""
    unsigned = np.dtype(f"u{low.dtype.itemsize}")
    bits = full_int(state, shape, unsigned)
    low, high = (lax.bitcast_convert_type(jnp.asarray(v), unsigned) for v in (low, high))
    return lax.bitcast_convert_type(bits % (high - low) + low, f"i{unsigned.itemsize}")


@rule("random_skip")
def skip(state, count):
    """The state of a stream some blocks on."""
    low, high, key = lax.bitcast_convert_type(state, jnp.uint64)
    more = low + np.uint64(count & (1 << 64) - 1)
    carry = (more < low).astype(jnp.uint64)
    high = high + np.uint64(count >> 64 & (1 << 64) - 1) + carry
    return lax.bitcast_convert_type(jnp.stack([more, high, key]), jnp.int64)


@rule("random_scramble")
def scramble(seed):
    """The stream of a pair of seeds."""
    key = np.uint64(0x02461E293EC8F720)
    pair = seed.astype(jnp.int64)
    state = jnp.stack([pair[0], pair[1], key.view(np.int64)])
    w = blocks(state, jnp.zeros((), jnp.uint64)).astype(jnp.uint64)
    made = jnp.stack([jnp.uint64(0), w[2] | w[3] << _32, w[0] | w[1] << _32])
    return lax.bitcast_convert_type(made, jnp.int64)


@rule("random_categorical")
def categorical(state, logits, samples, dtype):
    """Classes drawn with the probabilities softmax(logits)."""
    drawn = uniform(state, (logits.shape[0], samples), np.dtype(np.float64))
    finite, values = jnp.isfinite(logits), logits.astype(jnp.float64)
    highest = jnp.max(jnp.where(finite, values, -1e308), 1, keepdims=True)
    sums = jnp.cumsum(jnp.exp(jnp.where(finite, values - highest, -jnp.inf)), 1)
    below = (sums[:, None, :] <= (drawn * sums[:, -1:])[:, :, None]).sum(-1)
    return below.astype(dtype)
