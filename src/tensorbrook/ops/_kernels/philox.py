"""Random numbers from Philox4x32-10, in the order and with the arithmetic TensorFlow uses.

A stream is a pair of Python integers: a 64-bit `key` and a 128-bit `counter`. Block i of a stream
is the cipher's answer to `counter + i`: four 32-bit words. Each distribution takes a fixed number
of blocks for each group of its results, so that results never depend on how work is split.

Source of the cipher: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11).
"""

import numpy as np

RESERVED = 256  # blocks TensorFlow sets aside for each result of a stateful operation
_MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)
_WEYL = np.array([0x9E3779B9, 0xBB67AE85], np.uint64)
_ROUNDS = np.arange(10, dtype=np.uint64)[:, None]
_32 = np.uint64(32)
_MASK32, _MASK64 = (1 << 32) - 1, (1 << 64) - 1
_CHUNK = 8192  # blocks encrypted at once, so that they stay in the cache
_SCRAMBLING_KEY = 0x02461E293EC8F720


def scramble(seed0, seed1):
    """The stream (key, counter) of a pair of seeds given to a stateless function."""
    counter = (int(seed0) & _MASK64) | (int(seed1) & _MASK64) << 64
    w0, w1, w2, w3 = blocks(_SCRAMBLING_KEY, counter, 1)[0].tolist()
    return w0 | w1 << 32, (w2 | w3 << 32) << 64


def seeded(seed, seed2):
    """The stream (key, counter) of a kernel made with a global and an operation seed."""
    return seed & _MASK64, (seed2 & _MASK64) << 64


def to_state(key, counter):
    """A stream as the int64 array [counter's low half, its high half, key]."""
    return np.array([counter & _MASK64, counter >> 64 & _MASK64, key], np.uint64).view(np.int64)


def from_state(state):
    """The stream (key, counter) of an array made by `to_state`."""
    low, high, key = state.view(np.uint64).tolist()
    return key, low | high << 64


def skip(state, count):
    """The state of a stream `count` blocks on."""
    key, counter = from_state(state)
    return to_state(key, counter + int(count))


# -- bits ------------------------------------------------------------------------------------------


def blocks(key, counter, offsets):
    """Blocks of a stream: uint32 of shape (n, 4).

    Args:
      offsets: the number of blocks, or a uint64 array with the place of each.
    """
    if isinstance(offsets, int):
        offsets = np.arange(offsets, dtype=np.uint64)
    out = np.empty((len(offsets), 4), np.uint32)
    weyl = _ROUNDS * _WEYL + np.array([key & _MASK32, key >> 32], np.uint64)
    keys = weyl.astype(np.uint32)[:, :, None]
    base = np.uint64(counter & _MASK64)
    high = np.uint64(counter >> 64 & _MASK64)
    for start in range(0, len(offsets), _CHUNK):
        low = offsets[start : start + _CHUNK] + base
        carried = high + (low < base)
        even = np.array([low, carried]).astype(np.uint32)
        odd = (np.array([low, carried]) >> _32).astype(np.uint32)
        out[start : start + _CHUNK] = _encrypt(even, odd, keys)
    return out


def _encrypt(even, odd, keys):
    """Ten rounds on words 0 and 2 (the rows of `even`) and 1 and 3 (those of `odd`)."""
    product = np.empty(even.shape, np.uint64)
    halves = product.view(np.uint32).reshape(2, -1, 2)[::-1]
    for key in keys:
        np.multiply(even, _MULTIPLIERS, out=product)
        np.bitwise_xor(halves[..., 1], odd, out=even)
        even ^= key
        odd = halves[..., 0].copy()
    return np.stack([even, odd]).transpose(2, 1, 0).reshape(-1, 4)


def words(key, counter, count):
    """The first `count` words of a stream, as uint32."""
    return blocks(key, counter, -(-count // 4)).reshape(-1)[:count]


def full_int(key, counter, size, dtype):
    """Integers over the whole range of int32, uint32, int64 or uint64."""
    count = size * dtype.itemsize // 4
    return words(key, counter, count).view(dtype)


def uniform_int(key, counter, size, low, high):
    """Integers in [low, high), of the dtype of `low`: the word modulo the number of values."""
    dtype = low.dtype
    unsigned = np.dtype(f"u{dtype.itemsize}")
    bits = full_int(key, counter, size, unsigned)
    span = unsigned.type((int(high) - int(low)) % (1 << 8 * dtype.itemsize))
    return (bits % span + low.astype(unsigned)).view(dtype)


# -- floats ----------------------------------------------------------------------------------------


def _fraction(bits, dtype):
    """Words as numbers in [0, 1): the low bits as the mantissa; two words for a double."""
    if dtype == np.float64:
        bits = bits.reshape(*bits.shape[:-1], -1, 2)
        high = (bits[..., 0] & np.uint32(0xFFFFF)).astype(np.float64)
        return (high * 2.0**32 + bits[..., 1]) * 2.0**-52
    width = {"float32": 23, "float16": 10, "bfloat16": 7}[dtype.name]
    low = (bits & np.uint32((1 << width) - 1)).astype(np.float32)
    return (low * np.float32(2.0**-width)).astype(dtype, copy=False)


def uniform(key, counter, size, dtype):
    """Numbers in [0, 1)."""
    count = size * (2 if dtype == np.float64 else 1)
    return _fraction(words(key, counter, -(-count // 4) * 4), dtype)[:size]


def _box_muller(bits, dtype):
    """Normal numbers from pairs of uniform ones: r sin(t), r cos(t), in their own precision.

    Logarithm, sine and cosine are taken in double precision and rounded, which is what the C
    library's float functions give but for about one in a million numbers.
    """
    real = np.float64 if dtype == np.float64 else np.float32
    fraction = _fraction(bits, np.dtype(real)).reshape(*bits.shape[:-1], -1, 2)
    radius = np.maximum(fraction[..., 0], real(1e-7))
    radius = np.sqrt(real(-2) * np.log(radius, dtype=np.float64).astype(real))
    angle = (2 * np.pi * fraction[..., 1].astype(np.float64)).astype(real).astype(np.float64)
    out = np.empty(fraction.shape, real)
    np.multiply(np.sin(angle).astype(real), radius, out=out[..., 0])
    np.multiply(np.cos(angle).astype(real), radius, out=out[..., 1])
    return out.reshape(*out.shape[:-2], -1)


def normal(key, counter, size, dtype):
    """Numbers of the standard normal distribution."""
    per_block = 2 if dtype == np.float64 else 4
    bits = blocks(key, counter, -(-size // per_block)).reshape(-1)
    return _box_muller(bits, dtype)[:size].astype(dtype, copy=False)


def truncated_normal(key, counter, size, dtype):
    """Standard normal numbers, those of magnitude 2 or more drawn again.

    A group of 4 results (2 doubles) owns 256 blocks for each and takes its first fitting numbers.
    """
    width = 2 if dtype == np.float64 else 4
    count = -(-size // width)
    offsets = np.arange(count, dtype=np.uint64) * np.uint64(width * RESERVED // 4)
    out = np.empty((count, width), np.float64 if dtype == np.float64 else np.float32)
    filled = np.zeros(count, np.intp)
    rows = np.arange(count)
    while rows.size:
        drawn = _box_muller(blocks(key, counter, offsets[rows]), dtype)
        kept = np.abs(drawn) < 2
        places = filled[rows, None] + np.cumsum(kept, axis=1) - 1
        which, column = np.nonzero(kept & (places < width))
        out[rows[which], places[which, column]] = drawn[which, column]
        filled[rows] += kept.sum(axis=1)
        offsets[rows] += np.uint64(1)
        rows = rows[filled[rows] < width]
    return out.reshape(-1)[:size].astype(dtype, copy=False)


# -- choices ---------------------------------------------------------------------------------------


def shuffle_order(key, counter, size):
    """The order into which `tf.random.shuffle` puts `size` rows: Fisher-Yates from the front."""
    order = list(range(size))
    left = np.arange(size, 1, -1, dtype=np.uint32)
    jumps = words(key, counter, len(left)) % left
    for i, jump in enumerate(jumps.tolist()):
        j = i + jump
        order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64)


def categorical(key, counter, logits, samples, dtype):
    """Classes drawn with the probabilities softmax(logits), `samples` for each row.

    A class is found by bisection in the running sum of exp(logit - maximum), in double precision;
    a logit that is not finite stands for probability 0.
    """
    drawn = uniform(key, counter, len(logits) * samples, np.dtype(np.float64))
    drawn = drawn.reshape(len(logits), samples)
    finite = np.isfinite(logits)
    values = logits.astype(np.float64)
    highest = np.max(values, axis=1, keepdims=True, where=finite, initial=-1e308)
    sums = np.exp(np.where(finite, values - highest, -np.inf)).cumsum(axis=1)
    out = np.empty(drawn.shape, dtype)
    for row, (sum_row, drawn_row) in enumerate(zip(sums, drawn)):
        out[row] = np.searchsorted(sum_row, drawn_row * sum_row[-1], side="right")
    return out


# -- rejection -------------------------------------------------------------------------------------


class _Buffers:
    """For each of `count` results a stream of its own, and draws from it a block at a time."""

    def __init__(self, key, counter, count):
        self.key, self.counter = key, counter
        self.place = np.arange(count, dtype=np.uint64) * np.uint64(RESERVED)

    def source(self, convert, dtype):
        """A function `(rows) -> one number each`; a block's numbers are used from the last on."""
        width = 2 if dtype == np.float64 else 4
        values = np.empty((len(self.place), width), dtype)
        left = np.zeros(len(self.place), np.intp)

        def take(rows):
            empty = rows[left[rows] == 0]
            if empty.size:
                bits = blocks(self.key, self.counter, self.place[empty])
                values[empty] = convert(bits, dtype)
                self.place[empty] += np.uint64(1)
                left[empty] = width
            left[rows] -= 1
            return values[rows, left[rows]]

        return take


def gamma(key, counter, alpha, size, dtype, exponential=False):
    """`size` numbers for each `alpha` (flat), of shape (size, len(alpha)); scale 1.

    Marsaglia and Tsang's method; an alpha below 1 takes alpha + 1 and a power of a uniform number.

    Args:
      dtype: what is calculated in.
      exponential: True to draw alpha = 1 as -log(1 - uniform), as the stateless operation does.
    """
    real = dtype.type
    shape = np.repeat(alpha.astype(dtype), size)
    small = shape < 1
    d = shape + np.where(small, real(2) / real(3), real(-1) / real(3))
    c = real(1) / real(3) / np.sqrt(d)
    streams = _Buffers(key, counter, len(shape))
    normals = streams.source(_box_muller, dtype)
    uniforms = streams.source(_fraction, dtype)
    out = np.empty(len(shape), dtype)
    rows = np.arange(len(shape))
    if exponential:
        plain = rows[shape == 1]
        out[plain] = -np.log1p(-uniforms(plain))
        rows = rows[shape != 1]
    while rows.size:
        x = normals(rows)
        v = real(1) + c[rows] * x
        tried = v > 0
        tried_rows, x, v = rows[tried], x[tried], v[tried] ** 3
        u = uniforms(tried_rows)
        square, scale = x * x, d[tried_rows]
        with np.errstate(divide="ignore"):
            fits = (u < real(1) - real(0.0331) * square * square) | (
                np.log(u) < real(0.5) * square + scale * (real(1) - v + np.log(v))
            )
        done = tried_rows[fits]
        out[done] = (scale * v)[fits]
        low = done[small[done]]
        out[low] *= uniforms(low) ** (real(1) / shape[low])
        tried[tried] = fits
        rows = rows[~tried]
    return out.reshape(len(alpha), size).T


def poisson(key, counter, rate, size, dtype):
    """`size` counts for each `rate` (flat), of shape (size, len(rate)), calculated in `dtype`.

    Knuth's product of uniform numbers below a rate of 10, else Hormann's transformed rejection.
    """
    rates = np.repeat(rate.astype(dtype), size)
    uniforms = _Buffers(key, counter, len(rates)).source(_fraction, dtype)
    out = np.zeros(len(rates), dtype)
    rows = np.flatnonzero(rates < 10)
    product = np.ones(len(rates), dtype)
    limit = np.exp(-rates)
    while rows.size:
        product[rows] *= uniforms(rows)
        rows = rows[product[rows] > limit[rows]]
        out[rows] += 1
    rows = np.flatnonzero(~(rates < 10))
    while rows.size:
        accepted, k = _hormann(rates[rows], uniforms(rows), uniforms(rows))
        out[rows[accepted]] = k[accepted]
        rows = rows[~accepted]
    return out.reshape(len(rate), size).T


def _hormann(rate, u, v):
    """One try of transformed rejection: which rows accept, and the counts."""
    real = rate.dtype.type
    b = real(0.931) + real(2.53) * np.sqrt(rate)
    a = real(-0.059) + real(0.02483) * b
    u = u - real(0.5)
    shifted = real(0.5) - np.abs(u)
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.floor((real(2) * a / shifted + b) * u + rate + real(0.43))
        quick = (shifted >= real(0.07)) & (v <= real(0.9277) - real(3.6224) / (b - real(2)))
        hopeless = (k < 0) | ((shifted < real(0.013)) & (v > shifted))
        inverse = real(1.1239) + real(1.1328) / (b - real(3.4))
        chance = np.log(v * inverse / (a / (shifted * shifted) + b))
        fits = chance <= -rate + k * np.log(rate) - _log_factorial(k).astype(rate.dtype)
    return quick | (fits & ~hopeless), k


def _log_factorial(k):
    """log(k!) by Stirling's series, which from 10 on is exact to 1e-12; a table below."""
    n = np.maximum(np.asarray(k, np.float64), 0)
    large = np.maximum(n, 10) + 1
    series = 1 / (12 * large) - 1 / (360 * large**3) + 1 / (1260 * large**5)
    stirling = (large - 0.5) * np.log(large) - large + 0.5 * np.log(2 * np.pi) + series
    table = np.log(np.cumprod([1.0, *range(1, 11)]))
    return np.where(n < 10, table[np.minimum(n, 10).astype(np.intp)], stirling)
