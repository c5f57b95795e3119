"""keras.ops: segments, top-k, Fourier transforms and special functions."""

from ... import ops
from ...base.shapes import differs
from ...ops.fourier import fitted, transform
from ...ops.shape import static_int
from .declare import as_tensor, floating, op, promote, unary

erf = unary("erf", ops.erf, "The error function.", floats=True)
erfc = unary("erfc", ops.erfc, "1 - erf(x).", floats=True)
erfinv = unary("erfinv", ops.erfinv, "The inverse of the error function.", floats=True)
rsqrt = unary("rsqrt", ops.rsqrt, "1 / sqrt(x), element by element.", floats=True)
logdet = unary(
    "logdet",
    ops.logdet,
    "The logarithms of the determinants of positive definite matrices.",
    floats=True,
)


# -- segments --------------------------------------------------------------------------------------


def _segments(name, function, doc):
    def call(data, segment_ids, num_segments=None, sorted=False):
        data, ids = as_tensor(data), as_tensor(segment_ids)
        if len(ids._shape) != 1:
            raise ValueError(
                f"[{name}] Argument `segment_ids` should be an 1-D vector, got shape: {ids.shape}. "
                "Reshape it to (-1,), and the data alike."
            )
        if differs(ids._shape[:1], data._shape[:1]):
            raise ValueError(
                f"[{name}] Argument `segment_ids` and `data` should have same leading dimension. "
                f"Got {ids.shape} v.s. {data.shape}."
            )
        if num_segments is None:
            num_segments = static_int(ops.reduce_max(ids), f"[{name}] num_segments") + 1
        return function(data, ids, num_segments)

    call.__doc__ = (
        f"{doc}\n\n    Args:\n      data: a tensor.\n"
        "      segment_ids: an id for each slice; slices with negative ones are left out.\n"
        "      num_segments: how many ids there are; as many as the largest says by default.\n"
        "      sorted: whether the ids are sorted; changes nothing here.\n    "
    )
    return op(name)(call)


segment_sum = _segments("segment_sum", ops.unsorted_segment_sum, "Sums of the slices with one id.")
segment_max = _segments(
    "segment_max", ops.unsorted_segment_max, "The greatest of the slices with one id."
)
segment_min = _segments(
    "segment_min", ops.unsorted_segment_min, "The least of the slices with one id."
)
segment_prod = _segments(
    "segment_prod", ops.unsorted_segment_prod, "Products of the slices with one id."
)


# -- order -----------------------------------------------------------------------------------------


@op("top_k")
def top_k(x, k, sorted=True):
    """(values, indices) of the `k` greatest along the last axis.

    Args:
      x: a tensor.
      k: how many.
      sorted: whether they come in descending order.

    Example:
    >>> tf.keras.ops.top_k(tf.constant([3, 1, 2]), 2)[1].numpy()
    array([0, 2], dtype=int32)
    """
    return ops.top_k(as_tensor(x), k, sorted)


@op("in_top_k")
def in_top_k(targets, predictions, k):
    """Whether each target's prediction is among the `k` greatest of its row.

    Args:
      targets: (n,) integers.
      predictions: (n, classes).
      k: how many count.

    Example:
    >>> tf.keras.ops.in_top_k([2, 0], [[0.1, 0.2, 0.7], [0.1, 0.2, 0.7]], k=1).numpy()
    array([ True, False])
    """
    return ops.in_top_k(as_tensor(targets), floating(predictions), k)


@op("logsumexp")
def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))), without overflow.

    Args:
      x: a tensor.
      axis: an axis or several; all by default.
      keepdims: whether reduced axes stay, with size 1.

    Example:
    >>> tf.keras.ops.logsumexp([1000.0, 1000.0]).numpy().round(2)
    np.float32(1000.69)
    """
    return ops.reduce_logsumexp(floating(x), axis, keepdims)


@op("cdist", layer="CDist")
def cdist(x, y):
    """Euclidean distances between the rows of `x` and the rows of `y`.

    Args:
      x, y: (..., n, features) and (..., m, features).

    Returns:
      (..., n, m).

    Example:
    >>> tf.keras.ops.cdist([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]]).numpy()
    array([[5., 1.]], dtype=float32)
    """
    x, y = promote(x, y, also=(float,), weak=False)
    differences = ops.expand_dims(x, -2) - ops.expand_dims(y, -3)
    return ops.reduce_euclidean_norm(differences, -1)


# -- Fourier transforms ----------------------------------------------------------------------------


def _parts(tensor, dtype):
    return ops.cast(ops.real(tensor), dtype), ops.cast(ops.imag(tensor), dtype)


def _complex(name, x):
    """A pair of real and imaginary parts as a complex tensor, and their dtype."""
    if not isinstance(x, tuple | list) or len(x) != 2:
        raise ValueError(
            f"Input `x` should be a tuple of two tensors - real and imaginary. Received: x={x}"
        )
    real, imag = promote(*x, also=(float,))
    if real._shape != imag._shape:
        raise ValueError(
            f"[{name}] Both the real and imaginary parts should have the same shape. Received: "
            f"{real.shape} and {imag.shape}."
        )
    return ops.complex(*_wide(real, imag)), real.dtype


def _wide(*tensors):
    """Halves as float32: there are no transforms of halves."""
    return [ops.cast(t, "float32") if t._dtype.itemsize < 4 else t for t in tensors]


def _of_pairs(name, kind, axes, doc):
    def call(x):
        x, dtype = _complex(name, x)
        return _parts(transform(kind, x, None, axes), dtype)

    call.__doc__ = (
        f"{doc}\n\n    Args:\n      x: a tuple of the real and the imaginary parts.\n\n"
        "    Returns:\n      A tuple of the real and the imaginary parts.\n    "
    )
    return op(name, layer=name.upper())(call)


fft = _of_pairs("fft", "fft", (-1,), "The Fourier transform over the last axis.")
fft2 = _of_pairs("fft2", "fft", (-2, -1), "The Fourier transform over the last two axes.")
ifft2 = _of_pairs("ifft2", "ifft", (-2, -1), "The inverse transform over the last two axes.")


@op("rfft", layer="RFFT")
def rfft(x, fft_length=None):
    """The Fourier transform of real numbers over the last axis, at the frequencies 0 to n / 2.

    Args:
      x: a tensor of floats.
      fft_length: the length of the transform, to which `x` is cut or padded with zeros.

    Returns:
      A tuple of the real and the imaginary parts.

    Example:
    >>> tf.keras.ops.rfft(tf.constant([1.0, 1.0]))[0].numpy()
    array([2., 0.], dtype=float32)
    """
    x = floating(x)
    found = transform("rfft", *_wide(x), None if fft_length is None else [fft_length])
    return _parts(found, x.dtype)


@op("irfft", layer="IRFFT")
def irfft(x, fft_length=None):
    """Real numbers from the frequencies 0 to n / 2 of their Fourier transform.

    Args:
      x: a tuple of the real and the imaginary parts.
      fft_length: how many numbers; by default 2 (k - 1), of k frequencies.

    Example:
    >>> tf.keras.ops.irfft((tf.constant([2.0, 0.0]), tf.zeros([2]))).numpy()
    array([1., 1.], dtype=float32)
    """
    x, dtype = _complex("irfft", x)
    return ops.cast(transform("irfft", x, None if fft_length is None else [fft_length]), dtype)


def _window(name, window, length, size, dtype):
    """The window with zeros on both sides, `size` numbers in all; None for none."""
    if window is None:
        return None
    if isinstance(window, str):
        if window not in ("hann", "hamming"):
            raise ValueError(
                "If a string is passed to `window`, it must be one of `'hann'`, `'hamming'`. "
                f"Received: window={window}"
            )
        window = getattr(ops, f"signal_{window}_window")(length, dtype=dtype)
    window = ops.cast(as_tensor(window), dtype)
    if window._shape != (length,):
        raise ValueError(
            f"[{name}] The shape of `window` must be equal to [sequence_length]. Received: window "
            f"shape={window.shape}, sequence_length={length}"
        )
    before = (size - length) // 2
    return ops.pad(window, [[before, size - length - before]])


@op("extract_sequences")
def extract_sequences(x, sequence_length, sequence_stride):
    """Windows of the last axis, which becomes two.

    Args:
      x: a tensor.
      sequence_length: how long windows are.
      sequence_stride: how far apart.

    Example:
    >>> tf.keras.ops.extract_sequences(tf.range(5), 3, 2).numpy()
    array([[0, 1, 2],
           [2, 3, 4]], dtype=int32)
    """
    return ops.signal_frame(as_tensor(x), sequence_length, sequence_stride)


def _check_stride(stride):
    if not isinstance(stride, int) or stride <= 0:
        raise ValueError(
            f"`sequence_stride` must be a positive integer. Received: sequence_stride={stride}"
        )


@op("stft", layer="STFT")
def stft(x, sequence_length, sequence_stride, fft_length, window="hann", center=True):
    """The Fourier transforms of windows of a signal.

    Args:
      x: (..., samples), floats.
      sequence_length, sequence_stride: how long windows are, and how far apart.
      fft_length: the length of the transforms, at least that of the windows.
      window: "hann", "hamming", a tensor of `sequence_length` numbers, or None.
      center: whether window t is centred at t * sequence_stride, the signal mirrored at its ends;
        else it begins there.

    Returns:
      A tuple of the real and the imaginary parts, (..., windows, fft_length // 2 + 1).

    Example:
    >>> tf.keras.ops.stft(tf.ones([8]), 4, 2, 4)[0].shape
    TensorShape([5, 3])
    """
    if fft_length < sequence_length:
        raise ValueError(
            "`fft_length` must equal or larger than `sequence_length`. Received: "
            f"sequence_length={sequence_length}, fft_length={fft_length}"
        )
    _check_stride(sequence_stride)
    x = as_tensor(x)
    if not x.dtype.is_floating:
        raise TypeError(
            f"[stft] Invalid input type. Expected `float32` or `float64`. Received: {x.dtype.name}"
        )
    dtype, (x,) = x.dtype, _wide(x)
    if center:
        half = fft_length // 2
        x = ops.pad(x, [[0, 0]] * (len(x._shape) - 1) + [[half, half]], "REFLECT")
    frames = ops.signal_frame(x, fft_length, sequence_stride)
    window = _window("stft", window, sequence_length, fft_length, x.dtype)
    found = transform("rfft", frames if window is None else frames * window, [fft_length])
    return _parts(found, dtype)


@op("istft", layer="ISTFT")
def istft(x, sequence_length, sequence_stride, fft_length, length=None, window="hann", center=True):
    """The signal whose windows have these Fourier transforms: the inverse of `stft`.

    Args:
      x: a tuple of the real and the imaginary parts.
      sequence_length, sequence_stride, fft_length, window, center: as of `stft`.
      length: how many samples to return; by default what the windows cover.

    Example:
    >>> spectra = tf.keras.ops.stft(tf.range(8.0), 4, 2, 4)
    >>> np.abs(np.round(tf.keras.ops.istft(spectra, 4, 2, 4).numpy(), 4))
    array([0., 1., 2., 3., 4., 5., 6., 7.], dtype=float32)
    """
    _check_stride(sequence_stride)
    x, dtype = _complex("istft", x)
    frames = transform("irfft", x, [fft_length])
    window = _window("istft", window, sequence_length, fft_length, frames.dtype)
    if window is not None:
        parts = -(-fft_length // sequence_stride)
        squares = ops.reshape(
            fitted(window * window, 0, parts * sequence_stride), (parts, sequence_stride)
        )
        total = ops.tile(ops.reduce_sum(squares, 0), [parts])[:fft_length]
        frames = frames * (window / total)
    signal = ops.signal_overlap_and_add(frames, sequence_stride)
    start = fft_length // 2 if center else 0
    if length is not None:
        signal = signal[..., start : start + length]
    elif center:
        signal = signal[..., start : -(fft_length // 2) or None]
    return ops.cast(signal, dtype)


@op("view_as_complex")
def view_as_complex(x):
    """(..., 2) real and imaginary parts as complex numbers.

    Example:
    >>> tf.keras.ops.view_as_complex([[1.0, 2.0]]).numpy()
    array([1.+2.j], dtype=complex64)
    """
    x = ops.cast(floating(x), "float32")
    if not x._shape or x._shape[-1] != 2:
        raise ValueError(
            "Last dimension of input must be size 2 (real and imaginary). Received shape: "
            f"{x.shape}"
        )
    return ops.complex(x[..., 0], x[..., 1])


@op("view_as_real")
def view_as_real(x):
    """Complex numbers as (..., 2) real and imaginary parts.

    Example:
    >>> tf.keras.ops.view_as_real(tf.constant([1 + 2j], "complex64")).numpy()
    array([[1., 2.]], dtype=float32)
    """
    x = as_tensor(x)
    return ops.stack([ops.real(x), ops.imag(x)], -1)
