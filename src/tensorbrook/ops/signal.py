"""Signals: frames, windows, short-time Fourier, cosine and mel transforms (tf.signal)."""

import math

import numpy as np

from ..base import dims
from ..base.dims import Dim
from ..base.dtypes import as_dtype
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, fail, per_input
from ..core.tensor import convert_to_tensor, wrap
from ._families import draw
from .cast import complex_, real
from .fourier import fitted, transform
from .join import concat, pad
from .reduce import reduce_sum
from .shape import check_axis, reshape, reverse, static_int, transpose

# -- frames ----------------------------------------------------------------------------------------


def _frames(size, length, step):
    """How many whole frames there are."""
    if size.__class__ is Dim:
        return dims.maximum((size - length) // step + 1, 0)
    return max((size - length) // step + 1, 0)


def _frame_kernel(x, length, step):
    if x.shape[-1] < length:
        return np.empty((*x.shape[:-1], 0, length), x.dtype)
    windows = np.lib.stride_tricks.sliding_window_view(x, length, axis=-1)
    return np.ascontiguousarray(windows[..., ::step, :])


def _frame_infer(x, length, step):
    return Spec((*x.shape[:-1], _frames(x.shape[-1], length, step), length), x.dtype)


def _frame_rule(g, y, x, length, step):
    return fitted(apply(_overlap_and_add, (g,), {"step": step}), len(x._shape) - 1, x._shape[-1])


_FRAMINGS = ((4, 2), (3, 1), (2, 3), (8, 1))
_frame = Op(
    "frame",
    _frame_kernel,
    _frame_infer,
    per_input(_frame_rule),
    samples=lambda rng: [
        ((draw(rng, (2, 7), (-2, 2)),), {"length": length, "step": step})
        for length, step in _FRAMINGS[:3]
    ],
    doc="Windows of the last axis, a step apart.",
)


def _overlap_kernel(x, step):
    *batch, count, length = x.shape
    parts = -(-length // step)  # of one step each, the last filled up with zeros
    if length % step:
        x = np.concatenate([x, np.zeros((*batch, count, parts * step - length), x.dtype)], -1)
    out = np.zeros((*batch, count + parts - 1 if count else 0, step), x.dtype)
    for part in range(parts if count else 0):
        out[..., part : part + count, :] += x[..., part * step : (part + 1) * step]
    size = (count - 1) * step + length if count else 0
    return np.ascontiguousarray(out.reshape(*batch, out.shape[-2] * step)[..., :size])


def _overlap_infer(x, step):
    if len(x.shape) < 2:
        fail("overlap_and_add", "It needs frames of a rank of 2 or more", (x,), "", ("signal",))
    count, length = x.shape[-2:]
    empty = count.__class__ is int and not count
    return Spec((*x.shape[:-2], 0 if empty else (count - 1) * step + length), x.dtype)


_overlap_and_add = Op(
    "overlap_and_add",
    _overlap_kernel,
    _overlap_infer,
    per_input(lambda g, y, x, step: apply(_frame, (g,), {"length": x._shape[-1], "step": step})),
    samples=lambda rng: [
        ((draw(rng, (2, 3, length), (-2, 2)),), {"step": step}) for length, step in _FRAMINGS[:2]
    ],
    doc="The sum of frames, each a step later than the one before.",
    tolerance="scale",
)


@public("signal.frame")
def frame(signal, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1, name=None):
    """Windows of `frame_length` along an axis, `frame_step` apart: the axis becomes two.

    Args:
      signal: a tensor (..., samples, ...).
      frame_length, frame_step: how long windows are, and how far apart, in samples.
      pad_end: whether windows may begin anywhere in the signal, and are filled with `pad_value`.
      axis: the axis of samples.

    Example:
    >>> tf.signal.frame([0, 1, 2, 3, 4], frame_length=3, frame_step=2).numpy()
    array([[0, 1, 2],
           [2, 3, 4]], dtype=int32)
    """
    x = tensor_of(signal)
    length, step = static_int(frame_length, "frame_length"), static_int(frame_step, "frame_step")
    if length < 1 or step < 1:
        raise InvalidArgumentError(
            f"[frame] frame_length and frame_step must be 1 or more, got {length} and {step}."
        )
    axis, ndim = check_axis("frame", axis, len(x._shape)), len(x._shape)
    order = [*range(axis), *range(axis + 1, ndim), axis]
    if axis != ndim - 1:
        x = transpose(x, order)
    if pad_end:
        size = x._shape[-1]
        whole = (-(-size // step) - 1) * step + length
        more = dims.maximum(whole - size, 0) if size.__class__ is Dim else max(whole - size, 0)
        x = pad(x, [(0, 0)] * (ndim - 1) + [(0, more)], constant_values=pad_value)
    out = apply(_frame, (x,), {"length": length, "step": step})
    if axis == ndim - 1:
        return out
    return transpose(out, [*range(axis), ndim - 1, ndim, *range(axis, ndim - 1)])


@public("signal.overlap_and_add")
def overlap_and_add(signal, frame_step, name=None):
    """The sum of frames, each `frame_step` samples later than the one before.

    Args:
      signal: (..., frames, frame_length).

    Example:
    >>> tf.signal.overlap_and_add([[1, 2, 3], [1, 2, 3]], frame_step=2).numpy()
    array([1, 2, 4, 2, 3], dtype=int32)
    """
    x, step = tensor_of(signal), static_int(frame_step, "frame_step")
    _overlap_infer(Spec(x._shape, x._dtype), step)
    return apply(_overlap_and_add, (x,), {"step": step})


# -- windows ---------------------------------------------------------------------------------------


def _window(values, dtype):
    return convert_to_tensor(values.astype(as_dtype(dtype).numpy_dtype))


def _raised_cosine(a, length, periodic, dtype):
    if length == 1:
        return _window(np.ones(1), dtype)
    # a periodic window of an odd length is the symmetric one, as in TensorFlow
    span = length + (1 if periodic and length % 2 == 0 else 0) - 1
    return _window(a - (1 - a) * np.cos(2 * np.pi * np.arange(length) / span), dtype)


@public("signal.hann_window")
def hann_window(window_length, periodic=True, dtype="float32", name=None):
    """A Hann window.

    Example:
    >>> tf.signal.hann_window(4).numpy()
    array([0. , 0.5, 1. , 0.5], dtype=float32)
    """
    return _raised_cosine(0.5, static_int(window_length, "window_length"), periodic, dtype)


@public("signal.hamming_window")
def hamming_window(window_length, periodic=True, dtype="float32", name=None):
    """A Hamming window.

    Example:
    >>> tf.signal.hamming_window(3).numpy()
    array([0.08, 1.  , 0.08], dtype=float32)
    """
    return _raised_cosine(0.54, static_int(window_length, "window_length"), periodic, dtype)


def _kaiser(length, beta):
    return np.kaiser(length, beta) if length else np.empty(0)


@public("signal.kaiser_window")
def kaiser_window(window_length, beta=12.0, dtype="float32", name=None):
    """A Kaiser window; the greater `beta`, the narrower.

    Example:
    >>> tf.signal.kaiser_window(3, beta=0.0).numpy()
    array([1., 1., 1.], dtype=float32)
    """
    return _window(_kaiser(static_int(window_length, "window_length"), float(beta)), dtype)


@public("signal.kaiser_bessel_derived_window")
def kaiser_bessel_derived_window(window_length, beta=12.0, dtype="float32", name=None):
    """A Kaiser-Bessel derived window, of an even length.

    Example:
    >>> tf.signal.kaiser_bessel_derived_window(2).numpy()
    array([0.70710677, 0.70710677], dtype=float32)
    """
    half = static_int(window_length, "window_length") // 2
    total = np.cumsum(_kaiser(half + 1, float(beta)))
    rising = np.sqrt(total[:-1] / total[-1])
    return _window(np.concatenate([rising, rising[::-1]]), dtype)


@public("signal.vorbis_window")
def vorbis_window(window_length, dtype="float32", name=None):
    """The window of the Vorbis codec.

    Example:
    >>> tf.signal.vorbis_window(2).numpy()
    array([0.70710677, 0.70710677], dtype=float32)
    """
    length = static_int(window_length, "window_length")
    sines = np.sin(np.pi * (np.arange(length) + 0.5) / length)
    return _window(np.sin(np.pi / 2 * sines**2), dtype)


# -- short-time Fourier transform ------------------------------------------------------------------


def _enclosing_power(length):
    return 2 ** max(math.ceil(math.log2(length)), 0)


@public("signal.stft")
def stft(
    signals,
    frame_length,
    frame_step,
    fft_length=None,
    window_fn=hann_window,
    pad_end=False,
    name=None,
):
    """The Fourier transforms of windows of signals.

    Args:
      signals: (..., samples), float32 or float64.
      frame_length, frame_step: how long windows are, and how far apart, in samples.
      fft_length: the length of the transforms; the next power of 2 by default.
      window_fn: makes the window, from a length and a `dtype`; None for none.
      pad_end: whether windows may hang over the end, filled with zeros.

    Returns:
      (..., frames, fft_length // 2 + 1), complex.

    Example:
    >>> tf.signal.stft(tf.ones([8]), 4, 2, window_fn=None).numpy().real[:, 0]
    array([4., 4., 4.], dtype=float32)
    """
    length = static_int(frame_length, "frame_length")
    size = _enclosing_power(length) if fft_length is None else static_int(fft_length, "fft_length")
    frames = frame(signals, length, frame_step, pad_end)
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    return transform("rfft", frames, [size])


@public("signal.inverse_stft")
def inverse_stft(
    stfts, frame_length, frame_step, fft_length=None, window_fn=hann_window, name=None
):
    """Signals from the Fourier transforms of their windows, which are added where they overlap.

    Args:
      stfts: (..., frames, frequencies), complex.
      frame_length, frame_step, fft_length: as of `stft`.
      window_fn: the window applied before adding; `inverse_stft_window_fn` makes the one that
        undoes that of `stft`.

    Example:
    >>> x = tf.constant([0.0, 1.0, 2.0, 3.0])
    >>> spectra = tf.signal.stft(x, 2, 1, window_fn=None)
    >>> tf.signal.inverse_stft(spectra, 2, 1, window_fn=None).numpy()
    array([0., 2., 4., 3.], dtype=float32)
    """
    length = static_int(frame_length, "frame_length")
    size = _enclosing_power(length) if fft_length is None else static_int(fft_length, "fft_length")
    frames = transform("irfft", stfts, [size])
    frames = fitted(frames, len(frames._shape) - 1, length)
    if window_fn is not None:
        frames = frames * window_fn(length, dtype=frames.dtype)
    return overlap_and_add(frames, frame_step)


@public("signal.inverse_stft_window_fn")
def inverse_stft_window_fn(frame_step, forward_window_fn=hann_window, name=None):
    """The function that makes the window for `inverse_stft` from that of `stft`.

    Example:
    >>> tf.signal.inverse_stft_window_fn(2, tf.signal.hamming_window)(2).numpy()
    array([12.5,  1. ], dtype=float32)
    """
    step = static_int(frame_step, "frame_step")

    def inverse_window(frame_length, dtype="float32"):
        length = static_int(frame_length, "frame_length")
        window = forward_window_fn(length, dtype=dtype)
        parts = -(-length // step)
        squares = reshape(fitted(window * window, 0, parts * step), (parts, step))
        total = reshape(squares * 0 + reduce_sum(squares, 0, True), (parts * step,))
        return window / total[:length]

    return inverse_window


# -- cosine transforms -----------------------------------------------------------------------------


def _turned(x, angles):
    """Real `x` times e^(i angles), of the last axis."""
    turn = np.exp(1j * angles)
    dtype = "complex64" if x._dtype == np.float32 else "complex128"
    return complex_(x, x * 0) * wrap(turn.astype(dtype))


def _dct1(x, n):
    mirrored = concat([x, reverse(x, [-1])[..., 1:-1]], -1)
    return real(transform("rfft", mirrored))


def _dct2(x, n):
    found = transform("rfft", x, [2 * n])[..., :n]
    turn = 2 * np.exp(-0.5j * np.pi * np.arange(n) / n)
    return real(found * wrap(turn.astype(found._dtype)))


def _dct3(x, n):
    turned = _turned(x, np.pi / 2 * np.arange(n) / n)
    return transform("irfft", turned * 2, [2 * n])[..., :n] * float(n)


def _dct4(x, n):
    k = np.arange(n)
    turned = _turned(x, -np.pi / 2 * k / n)
    found = transform("fft", turned, [2 * n])[..., :n]
    turn = 2 * np.exp(-0.25j * np.pi * (2 * k + 1) / n)
    return real(found * wrap(turn.astype(found._dtype)))


_DCT = {1: _dct1, 2: _dct2, 3: _dct3, 4: _dct4}


def _checked_dct(name, type, n, axis, norm):
    if type not in _DCT:
        raise ValueError(f"[{name}] Types I, II, III and IV are built, got type={type!r}.")
    if axis != -1:
        raise NotImplementedError(
            f"[{name}] works along the last axis, got axis={axis!r}: tf.transpose the input first."
        )
    if norm not in (None, "ortho"):
        raise ValueError(f"[{name}] norm must be None or 'ortho', got {norm!r}.")
    if type == 1 and norm == "ortho":
        raise ValueError(f"[{name}] Normalization is not supported for the Type-I DCT.")


@public("signal.dct")
def dct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The discrete cosine transform along the last axis.

    Args:
      input: (..., samples), float32 or float64.
      type: 1, 2, 3 or 4.
      n: the length of the transform, to which the input is cut or padded with zeros.
      norm: "ortho" for the orthonormal transform (not of type 1).

    Example:
    >>> tf.signal.dct([1.0, 1.0]).numpy()
    array([4., 0.], dtype=float32)
    """
    _checked_dct("dct", type, n, axis, norm)
    x = tensor_of(input)
    n = x._shape[-1] if n is None else static_int(n, "n")
    x = fitted(x, len(x._shape) - 1, n)
    if type == 1 and n < 2:
        raise ValueError(f"[dct] A Type-I DCT needs 2 samples or more, got {n}.")
    if norm is None:
        return _DCT[type](x, n)
    scale = np.full(n, math.sqrt(0.5 / n))
    if type == 3:  # of which the first term counts once, the others twice
        scale = np.full(n, math.sqrt(0.5 / n))
        scale[0] = math.sqrt(1 / n)
        return _dct3(x * wrap(scale.astype(x._dtype)), n)
    if type == 2:
        scale[0] = math.sqrt(0.25 / n)
    return _DCT[type](x, n) * wrap(scale.astype(x._dtype))


@public("signal.idct")
def idct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The inverse of `dct` with norm="ortho"; without it, `2 n` times the inverse.

    Example:
    >>> tf.signal.idct(tf.signal.dct([1.0, 2.0])).numpy().round(4)
    array([4., 8.], dtype=float32)
    """
    _checked_dct("idct", type, n, axis, norm)
    if n is not None:
        raise NotImplementedError(f"[idct] takes no n, got {n!r}: cut or tf.pad the input.")
    return dct(input, {1: 1, 2: 3, 3: 2, 4: 4}[type], norm=norm)


def _quarters(frame_length):
    length = static_int(frame_length, "frame_length")
    if length % 4:
        raise ValueError(f"[mdct] frame_length must be divisible by 4, got {length}.")
    return length


def _mdct_window(window_fn, length, dtype):
    if window_fn is None:
        return convert_to_tensor(math.sqrt(0.5), dtype)
    return window_fn(length, dtype=dtype)


@public("signal.mdct")
def mdct(signals, frame_length, window_fn=vorbis_window, pad_end=False, norm=None, name=None):
    """The modified discrete cosine transform of windows half a window apart.

    Args:
      signals: (..., samples), float32 or float64.
      frame_length: the length of windows, a multiple of 4.
      window_fn: makes the window; None stands for a constant sqrt(1/2).
      pad_end: whether windows may hang over the end, filled with zeros.
      norm: None or "ortho".

    Returns:
      (..., frames, frame_length // 2).

    Example:
    >>> tf.signal.mdct(tf.ones([16]), 8).shape
    TensorShape([3, 4])
    """
    length = _quarters(frame_length)
    frames = frame(signals, length, length // 2, pad_end)
    frames = frames * _mdct_window(window_fn, length, frames.dtype)
    q = length // 4
    a, b, c, d = (frames[..., i * q : (i + 1) * q] for i in range(4))
    folded = concat([-reverse(c, [-1]) - d, a - reverse(b, [-1])], -1)
    return dct(folded, 4, norm=norm)


@public("signal.inverse_mdct")
def inverse_mdct(mdcts, window_fn=vorbis_window, norm=None, name=None):
    """Signals from their modified discrete cosine transform.

    Args:
      mdcts: (..., frames, frame_length // 2).
      window_fn, norm: as of `mdct`.

    Example:
    >>> tf.signal.inverse_mdct(tf.signal.mdct(tf.ones([16]), 8)).shape
    TensorShape([16])
    """
    x = tensor_of(mdcts)
    half = x._shape[-1]
    turned = dct(x, 4, norm=norm)
    if norm is None:
        turned = turned * (0.5 / half)
    h = half // 2
    first, second = turned[..., :h], turned[..., h:]
    parts = [second, -reverse(second, [-1]), -reverse(first, [-1]), -first]
    frames = concat(parts, -1) * _mdct_window(window_fn, 2 * half, x.dtype)
    return overlap_and_add(frames, half)


# -- mel -------------------------------------------------------------------------------------------


@public("signal.linear_to_mel_weight_matrix")
def linear_to_mel_weight_matrix(
    num_mel_bins=20,
    num_spectrogram_bins=129,
    sample_rate=8000,
    lower_edge_hertz=125.0,
    upper_edge_hertz=3800.0,
    dtype="float32",
    name=None,
):
    """The matrix that sums frequencies of a spectrogram to bands of the mel scale.

    Args:
      num_mel_bins: the number of bands.
      num_spectrogram_bins: the number of frequencies, from 0 to half the sample rate.
      sample_rate: samples a second.
      lower_edge_hertz, upper_edge_hertz: the range that the bands cover.

    Returns:
      (num_spectrogram_bins, num_mel_bins): each band a triangle of height 1.

    Raises:
      ValueError: numbers that are not positive, or a range that is not within the frequencies.

    Example:
    >>> tf.signal.linear_to_mel_weight_matrix(4, 9).shape
    TensorShape([9, 4])
    """
    rate = float(sample_rate)
    if num_mel_bins <= 0 or num_spectrogram_bins <= 0 or rate <= 0:
        raise ValueError(
            "[linear_to_mel_weight_matrix] num_mel_bins, num_spectrogram_bins and sample_rate "
            f"must be positive, got {num_mel_bins}, {num_spectrogram_bins} and {rate}."
        )
    if not 0 <= lower_edge_hertz < upper_edge_hertz <= rate / 2:
        raise ValueError(
            f"[linear_to_mel_weight_matrix] lower_edge_hertz = {lower_edge_hertz} must be smaller "
            f"than upper_edge_hertz = {upper_edge_hertz}, and both within 0 and {rate / 2}, half "
            "the sample rate."
        )

    def mel(hertz):
        return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)

    found = mel(np.linspace(0.0, rate / 2, num_spectrogram_bins)[1:])[:, None]
    edges = np.linspace(mel(lower_edge_hertz), mel(upper_edge_hertz), num_mel_bins + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((found - low) / (centre - low), (high - found) / (high - centre))
    matrix = np.pad(np.maximum(0.0, triangles), [(1, 0), (0, 0)])  # the constant part is left out
    return convert_to_tensor(matrix.astype(as_dtype(dtype).numpy_dtype))


@public("signal.mfccs_from_log_mel_spectrograms")
def mfccs_from_log_mel_spectrograms(log_mel_spectrograms, name=None):
    """Mel-frequency cepstral coefficients: a scaled cosine transform of log-mel spectrograms.

    Example:
    >>> tf.signal.mfccs_from_log_mel_spectrograms([[1.0, 1.0]]).numpy()
    array([[2., 0.]], dtype=float32)
    """
    x = tensor_of(log_mel_spectrograms)
    if not x._shape[-1]:
        raise ValueError(f"[mfccs_from_log_mel_spectrograms] num_mel_bins is 0: {x.shape}.")
    return dct(x) * (1 / math.sqrt(2 * x._shape[-1]))
