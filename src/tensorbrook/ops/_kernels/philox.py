"""Random numbers from Philox4x32-10, in the order and with the arithmetic TensorFlow uses.

A stream is a pair of Python integers: a 64-bit `key` and a 128-bit `counter`. Block i of a stream
is the cipher's answer to `counter + i`: four 32-bit words. Each distribution takes a fixed number
of blocks for each group of its results, so that results never depend on how work is split.

Source of the cipher: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11).
"""

import os

import numpy as np

from ...core.hooks import hooks

RESERVED = 256  # blocks TensorFlow sets aside for each result of a stateful operation
_MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)
_WEYL = np.array([0x9E3779B9, 0xBB67AE85], np.uint64)
_ROUNDS = np.arange(10, dtype=np.uint64)[:, None]
_32 = np.uint64(32)
_MASK32, _MASK64 = (1 << 32) - 1, (1 << 64) - 1
_FEW = 12  # blocks up to which Python's integers are quicker than arrays
_MANY = 1 << 17  # blocks from which on compiled code is worth its loading
_CHUNK = 8192  # blocks encrypted at once, so that they stay in the cache
_SCRAMBLING_KEY = 0x02461E293EC8F720


def scramble(seed0, seed1):
    """The stream (key, counter) of a pair of seeds given to a stateless function."""
    counter = (int(seed0) & _MASK64) | (int(seed1) & _MASK64) << 64
    w0, w1, w2, w3 = _block(_SCRAMBLING_KEY, counter)
    return w0 | w1 << 32, (w2 | w3 << 32) << 64


def seeded(seed, seed2):
    """The stream (key, counter) of a kernel made with a global and an operation seed."""
    return seed & _MASK64, (seed2 & _MASK64) << 64


def unseeded():
    """A stream (key, counter) from the system's randomness."""
    return int.from_bytes(os.urandom(8), "little"), int.from_bytes(os.urandom(8), "little") << 64


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


def blocks(key, counter, offsets, times=1):
    """Blocks of a stream: uint32 of shape (n, 4).

    Args:
      offsets: the number of blocks, or a uint64 array with the place of each.
      times: how many such calls there are, from which follows whether compiled code pays.
    """
    if isinstance(offsets, int):
        if offsets <= _FEW:
            few = [_block(key, counter + i) for i in range(offsets)]
            return np.array(few, np.uint32).reshape(-1, 4)
        if offsets >= _MANY / min(times, 4):
            found = hooks.random_blocks(key, counter, offsets)
            if found is not None:
                return found
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


def _block(key, counter):
    """One block as a list of 4 Python integers."""
    k0, k1 = key & _MASK32, key >> 32
    w0, w1 = counter & _MASK32, counter >> 32 & _MASK32
    w2, w3 = counter >> 64 & _MASK32, counter >> 96 & _MASK32
    for _ in range(10):
        p, q = 0xD2511F53 * w0, 0xCD9E8D57 * w2
        w0, w1 = q >> 32 ^ w1 ^ k0, q & _MASK32
        w2, w3 = p >> 32 ^ w3 ^ k1, p & _MASK32
        k0, k1 = k0 + 0x9E3779B9 & _MASK32, k1 + 0xBB67AE85 & _MASK32
    return [w0, w1, w2, w3]


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
        high = (bits[..., 0::2] & np.uint32(0xFFFFF)).astype(np.float64)
        return (high * 2.0**32 + bits[..., 1::2]) * 2.0**-52
    width = {"float32": 23, "float16": 10, "bfloat16": 7}[dtype.name]
    low = (bits & np.uint32((1 << width) - 1)).astype(np.float32)
    return (low * np.float32(2.0**-width)).astype(dtype, copy=False)


def uniform(key, counter, size, dtype):
    """Numbers in [0, 1)."""
    count = size * (2 if dtype == np.float64 else 1)
    return _fraction(words(key, counter, -(-count // 4) * 4), dtype)[:size]


def uniform_rows(key, counter, starts, size, dtype):
    """Rows of numbers in [0, 1): `size` from each of the places `starts` of the stream on."""
    per_block = 2 if dtype == np.float64 else 4
    count = (size + 2 * per_block - 2) // per_block  # wherever in its first block a row begins
    out = np.empty((len(starts), size), dtype)
    for row, start in zip(out, starts.tolist()):
        block, first = divmod(start, per_block)
        drawn = blocks(key, counter + block, count, len(starts)).reshape(-1)
        row[:] = _fraction(drawn, dtype)[first : first + size]
    return out


def _box_muller(bits, dtype):
    """Normal numbers from pairs of uniform ones: r sin(t), r cos(t), in their own precision.

    Logarithm, sine and cosine are taken in double precision and rounded, which is what the C
    library's float functions give but for the last place of about one number in a hundred.
    """
    real = np.float64 if dtype == np.float64 else np.float32
    fraction = _fraction(bits, np.dtype(real))
    radius = np.maximum(fraction[..., 0::2], real(1e-7))
    radius = np.sqrt(real(-2) * np.log(radius, dtype=np.float64).astype(real))
    angle = (2 * np.pi * fraction[..., 1::2].astype(np.float64)).astype(real).astype(np.float64)
    out = np.empty(fraction.shape, real)
    np.multiply(np.sin(angle).astype(real), radius, out=out[..., 0::2])
    np.multiply(np.cos(angle).astype(real), radius, out=out[..., 1::2])
    return out


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
    out = _box_muller(blocks(key, counter, offsets), dtype).reshape(count, width)
    rows = np.flatnonzero((np.abs(out) >= 2).any(axis=1))  # most groups fit at once
    filled = np.zeros(count, np.intp)
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
    partners = words(key, counter, len(left)) % left + np.arange(len(left), dtype=np.uint32)
    for i, j in enumerate(partners.tolist()):
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
    """For each of `count` results a stream of its own, and doubles drawn from it two at a time."""

    def __init__(self, key, counter, count, apart=RESERVED):
        self.key, self.counter = key, counter
        self.place = np.arange(count, dtype=np.uint64) * np.asarray(apart, np.uint64)

    def source(self, convert):
        """A function `(rows) -> one number each`; of a block's two numbers the last comes first."""
        values = np.empty((len(self.place), 2))
        left = np.zeros(len(self.place), np.intp)

        def take(rows):
            empty = rows[left[rows] == 0]
            if empty.size:
                bits = blocks(self.key, self.counter, self.place[empty])
                values[empty] = convert(bits, values.dtype)
                self.place[empty] += np.uint64(1)
                left[empty] = 2
            left[rows] -= 1
            return values[rows, left[rows]]

        return take


def gamma(key, counter, alpha, size):
    """`size` doubles of scale 1 for each `alpha` (flat): shape (size, len(alpha)).

    Marsaglia and Tsang's method; below 1 with alpha + 1 and a power of a uniform number; at 1 the
    exponential distribution.
    """
    alphas = np.repeat(alpha.astype(np.float64), size)
    small = alphas < 1
    d = alphas + np.where(small, 2 / 3, -1 / 3)
    c = 1 / 3 / np.sqrt(d)
    streams = _Buffers(key, counter, len(alphas))
    normals, uniforms = streams.source(_box_muller), streams.source(_fraction)
    out = np.empty(len(alphas))
    plain, rows = np.flatnonzero(alphas == 1), np.flatnonzero(alphas != 1)
    out[plain] = -np.log1p(-uniforms(plain))
    while rows.size:
        x = normals(rows)
        v = 1 + c[rows] * x
        fits = v > 0
        tried, x, v = rows[fits], x[fits], v[fits] ** 3
        u, square, scale = uniforms(tried), x * x, d[tried]
        with np.errstate(divide="ignore"):
            slow = np.log(u) < 0.5 * square + scale * (1 - v + np.log(v))
        fits[fits] = accepted = (u < 1 - 0.0331 * square * square) | slow
        done = tried[accepted]
        out[done] = (scale * v)[accepted]
        low = done[small[done]]
        out[low] *= uniforms(low) ** (1 / alphas[low])
        rows = rows[~fits]
    return out.reshape(len(alpha), size).T


def poisson(key, counter, rate, size):
    """`size` counts, as doubles, for each `rate` (flat): shape (size, len(rate)).

    Below a rate of 10 Knuth's product of uniform numbers, else Hormann's transformed rejection.
    """
    rates = np.repeat(rate.astype(np.float64), size)
    uniforms = _Buffers(key, counter, len(rates)).source(_fraction)
    out, product, limit = np.zeros(len(rates)), np.ones(len(rates)), np.exp(-rates)
    rows = np.flatnonzero(rates < 10)
    while rows.size:
        product[rows] *= uniforms(rows)
        rows = rows[product[rows] > limit[rows]]
        out[rows] += 1
    rows = np.flatnonzero(~(rates < 10))
    while rows.size:
        accepted, counts = _hormann(rates[rows], uniforms(rows) - 0.5, uniforms(rows))
        out[rows[accepted]] = counts[accepted]
        rows = rows[~accepted]
    return out.reshape(len(rate), size).T


def _hormann(rate, u, v):
    """One try of transformed rejection: which rows accept, and the counts."""
    b = 0.931 + 2.53 * np.sqrt(rate)
    a = -0.059 + 0.02483 * b
    shifted = 0.5 - np.abs(u)
    with np.errstate(divide="ignore", invalid="ignore"):
        counts = np.floor((2 * a / shifted + b) * u + rate + 0.43)
        quick = (shifted >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
        hopeless = (counts < 0) | ((shifted < 0.013) & (v > shifted))
        chance = np.log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (shifted * shifted) + b))
        fits = chance <= -rate + counts * np.log(rate) - _stirling(counts) - _tail(counts)
    return quick | (fits & ~hopeless), counts


def binomial(key, counter, count, chance, size):
    """`size` numbers of successes, as doubles, for each (count, chance), flat and of one length.

    A mean below 10 by sums of geometric numbers, else by Hormann's transformed rejection; a chance
    above 1/2 by counting failures.
    """
    flipped = np.repeat(chance > 0.5, size)
    odds = np.where(chance > 0.5, 1 - chance, chance)
    slow = np.repeat(count * odds >= 10, size)
    counts, odds = (np.repeat(v.astype(np.float64), size) for v in (count, odds))
    uniforms = _Buffers(key, counter, len(counts), np.where(slow, RESERVED, 42)).source(_fraction)
    out = np.where(np.isnan(odds), np.nan, 0.0)
    drawn = (counts > 0) & (odds > 0)
    rows, total = np.flatnonzero(drawn & ~slow), np.zeros(len(counts))
    while rows.size:
        with np.errstate(divide="ignore"):
            total[rows] += np.ceil(np.log(uniforms(rows)) / np.log1p(-odds[rows]))
        rows = rows[total[rows] <= counts[rows]]
        out[rows] += 1
    rows = np.flatnonzero(drawn & slow)
    while rows.size:
        tried = _hormann_binomial(counts[rows], odds[rows], uniforms(rows) - 0.5, uniforms(rows))
        out[rows[tried[0]]] = tried[1][tried[0]]
        rows = rows[~tried[0]]
    out = np.where(flipped & (counts > 0), counts - out, out)
    return out.reshape(len(count), size).T


def _hormann_binomial(count, chance, u, v):
    """One try of transformed rejection: which rows accept, and the numbers of successes."""
    spread = np.sqrt(count * chance * (1 - chance))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * chance
    ratio, mode = chance / (1 - chance), np.floor((count + 1) * chance)
    shifted = 0.5 - np.abs(u)
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.floor((2 * a / shifted + b) * u + count * chance + 0.5)
        quick = (shifted >= 0.07) & (v <= 0.92 - 4.2 / b)
        v = np.log(v * (2.83 + 5.1 / b) * spread / (a / (shifted * shifted) + b))
        rest = count - k + 1
        bound = (mode + 0.5) * np.log((mode + 1) / (ratio * (count - mode + 1)))
        bound += (count + 1) * np.log((count - mode + 1) / rest)
        bound += (k + 0.5) * np.log(ratio * rest / (k + 1))
        bound += _tail(mode) + _tail(count - mode) - _tail(k) - _tail(count - k)
        fits = (k >= 0) & (k <= count) & (v <= bound)
    return quick | fits, k


def _stirling(k):
    return (k + 0.5) * np.log(k + 1) - (k + 1) + 0.5 * np.log(2 * np.pi)


_SMALL = np.arange(10.0)
_TAILS = np.log(np.cumprod(np.maximum(_SMALL, 1))) - _stirling(_SMALL)


def _tail(k):
    """What Stirling's formula leaves of log(k!): a series, which is exact to 1e-12 from 10 on."""
    n = np.maximum(k, 10) + 1
    series = (1 / 12 - (1 / 360 - 1 / 1260 / n**2) / n**2) / n
    return np.where(k < 10, _TAILS[np.clip(k, 0, 9).astype(np.intp)], series)


# -- permutation without a table -------------------------------------------------------------------


def index_shuffle(index, seed, last):
    """The place of `index` in a permutation of 0..last: a Simon cipher of 4 rounds, walked.

    Source: Beaulieu et al., "The SIMON and SPECK families" (2013), with TensorFlow's block sizes.
    """
    if last == 0:
        return 0
    width = max((last - 1).bit_length(), 16)
    width = (width + 1) // 2
    mask = (1 << width) - 1
    keys = [k & mask for k in (498247692, seed[0] & _MASK32, seed[1] & _MASK32)]
    turned = _turn(keys[2], width - 3, width) ^ _turn(keys[2], width - 4, width)
    keys.append((0xFFFFFFFC ^ 1 ^ keys[0] ^ turned) & mask)
    while True:
        left, right = index >> width, index & mask
        for key in keys:
            left, right = right, left ^ _simon(right, width) ^ key
        index = left << width | right
        if index <= last:
            return index


def _turn(value, count, width):
    return (value << count | value >> (width - count)) & ((1 << width) - 1)


def _simon(x, width):
    return _turn(x, 1, width) & _turn(x, 8, width) ^ _turn(x, 2, width)
