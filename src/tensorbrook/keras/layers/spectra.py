"""Spectrograms of sound: STFTSpectrogram and MelSpectrogram."""

import math
import warnings

import numpy as np

from ... import ops
from ...base.config import settings
from ...core.tensor import convert_to_tensor
from .declared import Weight
from .layer import Layer
from .reshape import standardize_data_format
from .spec import InputSpec

_COSINES = {  # the weights of a window's cosines
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "nuttall": (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "boxcar": (1.0,),
}


def _window(window, length, periodic):
    """A window as float64: by its name, as it is, or ones for None."""
    if window is None:
        return np.ones(length)
    if not isinstance(window, str):
        values = np.asarray(window, float)
        if values.shape != (length,):
            raise ValueError(f"The shape of `window` must be ({length},). Received: {values.shape}")
        return values
    if window not in _COSINES:
        raise ValueError(
            f"Unknown window {window!r}: it is one of {sorted(_COSINES)}, or its values."
        )
    if length == 1:
        return np.ones(1)
    angles = 2 * np.pi * np.arange(length) / (length - (0 if periodic else 1))
    terms = enumerate(_COSINES[window])
    return sum((-1) ** k * weight * np.cos(k * angles) for k, weight in terms)


class STFTSpectrogram(Layer):
    """The spectrum of windows of a sound, by filters that can be trained.

    Args:
      mode: what to give of each frequency: "log" of its size, "magnitude", "psd" (its power, of
        both signs),
        "real", "imag", "angle", or "stft" (real parts, then imaginary ones).
      frame_length: samples of a window.
      frame_step: samples from one to the next; half of `frame_length` by default.
      fft_length: the length of the transform, of which half as many frequencies and one result; the
        next power of two by default.
      window: "hann", "hamming" and others, its values, or None.
      periodic: whether the window is a period, not symmetric.
      scaling: divide the window by the root of the sum of its squares, "density"; by its sum,
        "spectrum"; or None.
      padding: "valid", or "same": with zeros at both ends.
      expand_dims: keep channels and frequencies apart, as an image has them.
      data_format: "channels_last", (batch, samples, channels), or "channels_first".

    Returns:
      (batch, frames, channels * frequencies), or with `expand_dims` (batch, frames, frequencies,
      channels); channels first likewise.

    Raises:
      ValueError: values that these arguments do not take.

    Example:
    >>> layer = tf.keras.layers.STFTSpectrogram(frame_length=16, trainable=False)
    >>> layer(tf.ones([2, 60, 1])).shape
    TensorShape([2, 6, 9])
    """

    def _filter(self, name):
        return [self.frame_length, 1, self.fft_length_ // 2 + 1] if name in self._waves else None

    real_kernel = Weight(lambda layer, _: layer._filter("real"), "zeros")
    imag_kernel = Weight(lambda layer, _: layer._filter("imag"), "zeros")

    def __init__(
        self,
        mode="log",
        frame_length=256,
        frame_step=None,
        fft_length=None,
        window="hann",
        periodic=False,
        scaling="density",
        padding="valid",
        expand_dims=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        modes = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")
        for name, value, choices in (
            ("mode", mode, modes),
            ("scaling", scaling, ("density", "spectrum", None)),
            ("padding", padding, ("valid", "same")),
        ):
            if value not in choices:
                raise ValueError(f"`{name}` must be one of {choices}. Received: {name}={value}")
        for name, value in (("frame_length", frame_length), ("frame_step", frame_step)):
            if value is not None and (not isinstance(value, int) or value < 1):
                raise ValueError(f"`{name}` must be a positive integer. Received: {name}={value}")
        if frame_step is not None and frame_step > frame_length:
            raise ValueError(
                f"`frame_step` must not be greater than `frame_length`, {frame_length}. Received: "
                f"frame_step={frame_step}"
            )
        size = 2 ** math.ceil(math.log2(frame_length)) if fft_length is None else fft_length
        if size < frame_length:
            raise ValueError(
                f"`fft_length` must be at least `frame_length`, {frame_length}. Received: "
                f"fft_length={fft_length}"
            )
        if size & (size - 1):
            warnings.warn(
                f"`fft_length` is recommended to be a power of two. Received fft_length={size}",
                stacklevel=3,
            )
        self._waves = (mode,) if mode in ("real", "imag") else ("real", "imag")
        self.fft_length_, self._step = size, frame_step or frame_length // 2 or 1
        self._values = _window(window, frame_length, periodic)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape):
        """Makes the filters: the cosines and sines of each frequency, under the window."""
        super().build(input_shape)
        values = self._values
        scale = {"density": np.sqrt(np.sum(values**2)), "spectrum": np.abs(np.sum(values))}
        if self.window is not None:
            values = values / scale.get(self.scaling, 1.0)
        numbers = np.arange(self.frame_length)[:, None]
        angles = 2 * np.pi / self.fft_length_ * numbers * np.arange(self.fft_length_ // 2 + 1)
        for part, wave in (("real", np.cos(angles)), ("imag", -np.sin(angles))):
            weight = getattr(self, f"{part}_kernel")
            if weight is not None:
                weight.assign((values[:, None] * wave)[:, None].astype(self.variable_dtype))

    def call(self, inputs):
        """The spectrograms."""
        first = self.data_format == "channels_first"
        x = inputs if first else ops.transpose(inputs, (0, 2, 1))
        batch, channels, samples = x._shape
        x = ops.reshape(x, (batch * channels, samples, 1))
        found = {}
        for part in self._waves:
            kernel = getattr(self, f"{part}_kernel")
            found[part] = ops.conv1d(x, kernel, self._step, self.padding.upper())
        shape = (batch, channels, *next(iter(found.values()))._shape[1:])
        found = {part: ops.reshape(y, shape) for part, y in found.items()}
        y = self._of_mode(found)  # (batch, channels, frames, frequencies)
        if self.expand_dims:
            return y if first else ops.transpose(y, (0, 2, 3, 1))
        joined = ops.reshape(
            ops.transpose(y, (0, 2, 1, 3)), (batch, y._shape[2], channels * y._shape[3])
        )
        return ops.transpose(joined, (0, 2, 1)) if first else joined

    def _of_mode(self, found):
        if self.mode in ("real", "imag"):
            return found[self.mode]
        real, imag = found["real"], found["imag"]
        if self.mode == "stft":
            return ops.concat([real, imag], -1)
        if self.mode == "angle":
            return ops.atan2(imag, real)
        power = ops.square(real) + ops.square(imag)
        if self.mode == "psd":  # that of both signs, but where there is one frequency alone
            count = power._shape[-1]
            both = np.where((np.arange(count) == 0) | (np.arange(count) == count - 1), 1.0, 2.0)
            return power * ops.cast(both, power.dtype)
        size = ops.sqrt(ops.maximum(power, settings.epsilon))  # no less, in silence too
        return ops.log(size) if self.mode == "log" else size

    def _argument(self, name, owner):
        if name == "window" and not isinstance(self.window, (str, type(None))):
            return np.asarray(self.window).tolist()
        return super()._argument(name, owner)


class MelSpectrogram(Layer):
    """The power of a sound in bands as wide as ears hear them, over time.

    Args:
      fft_length: the length of the transform.
      sequence_stride: samples from one window to the next.
      sequence_length: samples of a window; `fft_length` by default.
      window: "hann", "hamming" and others, its values, or None.
      sampling_rate: samples a second.
      num_mel_bins: how many bands.
      min_freq, max_freq: the frequencies of the lowest and of the highest band, in hertz; half the
        sampling rate by default.
      power_to_db: give decibels.
      top_db: how many of them below the loudest are told apart.
      mag_exp: the exponent of the size of a frequency: 2 for its power.
      min_power: the least power that is told apart.
      ref_power: the power of 0 decibels.

    Returns:
      (batch, num_mel_bins, frames), or without the batch, as the inputs (batch, samples).

    Raises:
      ValueError: a window longer than the transform, frequencies out of order.

    Example:
    >>> layer = tf.keras.layers.MelSpectrogram(fft_length=64, sequence_stride=16, num_mel_bins=8)
    >>> layer(tf.ones([2, 160])).shape
    TensorShape([2, 8, 11])
    """

    _declares_arguments = True
    _built_at_once = True

    def __init__(
        self,
        fft_length=2048,
        sequence_stride=512,
        sequence_length=None,
        window="hann",
        sampling_rate=16000,
        num_mel_bins=128,
        min_freq=20.0,
        max_freq=None,
        power_to_db=True,
        top_db=80.0,
        mag_exp=2.0,
        min_power=1e-10,
        ref_power=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.sequence_length = sequence_length or fft_length
        self.max_freq = max_freq or int(sampling_rate / 2)
        if self.sequence_length > fft_length:
            raise ValueError(
                "`fft_length` must be greater than or equal to `sequence_length`. Received: "
                f"fft_length={fft_length}, sequence_length={sequence_length}"
            )
        if not 0 <= min_freq < self.max_freq <= sampling_rate / 2:
            raise ValueError(
                "0 <= min_freq < max_freq <= sampling_rate / 2 must hold. Received: "
                f"min_freq={min_freq}, max_freq={self.max_freq}, sampling_rate={sampling_rate}"
            )
        # the window lies in the middle of the transform
        values = _window(window, self.sequence_length, periodic=True)
        before = (fft_length - self.sequence_length) // 2
        self._values = np.pad(values, (before, fft_length - self.sequence_length - before))

    def call(self, inputs):
        """The spectrograms."""
        x = convert_to_tensor(inputs)
        dtype = x.dtype
        half = self.fft_length // 2
        x = ops.cast(x, "float64" if dtype.name == "float64" else "float32")
        x = ops.pad(x, [*[(0, 0)] * (len(x._shape) - 1), (half, half)], "REFLECT")
        frames = ops.signal_frame(x, self.fft_length, self.sequence_stride)
        frames = frames * ops.cast(self._values, x.dtype)
        size = ops.abs(ops.signal_rfft(frames)) ** self.mag_exp
        weights = ops.signal_linear_to_mel_weight_matrix(
            self.num_mel_bins, half + 1, self.sampling_rate, self.min_freq, self.max_freq, x.dtype
        )
        mel = ops.tensordot(size, weights, [[len(size._shape) - 1], [0]])
        lead = list(range(len(mel._shape) - 2))
        mel = ops.transpose(mel, (*lead, len(lead) + 1, len(lead)))
        return ops.cast(self._decibels(mel) if self.power_to_db else mel, dtype)

    def linear_to_mel_weight_matrix(
        self,
        num_mel_bins=20,
        num_spectrogram_bins=129,
        sampling_rate=8000,
        lower_edge_hertz=125.0,
        upper_edge_hertz=3800.0,
        dtype="float32",
    ):
        """The matrix that warps frequencies to the mel scale: `tf.signal`'s."""
        return ops.signal_linear_to_mel_weight_matrix(
            num_mel_bins,
            num_spectrogram_bins,
            sampling_rate,
            lower_edge_hertz,
            upper_edge_hertz,
            dtype,
        )

    def _decibels(self, power):
        scale = 10.0 / math.log(10.0)
        reference = 10.0 * math.log10(max(self.min_power, self.ref_power))
        level = ops.log(ops.maximum(power, self.min_power)) * scale - reference
        return ops.maximum(level, ops.reduce_max(level) - self.top_db)

    def _argument(self, name, owner):
        if name == "window" and not isinstance(self.window, (str, type(None))):
            return np.asarray(self.window).tolist()
        return super()._argument(name, owner)
