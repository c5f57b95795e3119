"""tf.audio: WAV files."""

import struct
from collections import namedtuple

import numpy as np

from ..base.dims import Dim
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype

DecodeWav = namedtuple("DecodeWav", ["audio", "sample_rate"])
_KINDS = {1, 0xFFFE}  # plain samples, and those whose format is told at length


def _refuse(problem):
    raise InvalidArgumentError(f"[decode_wav] {problem}")


def _parts(data):
    """(name, bytes) of each part of a RIFF file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        _refuse(
            f"Header mismatch: Expected RIFF ... WAVE but found {data[:4]!r} ... {data[8:12]!r}"
        )
    at = 12
    while at + 8 <= len(data):
        (size,) = struct.unpack("<I", data[at + 4 : at + 8])
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def read_wav(data):
    """(samples as float32 (samples, channels) in [-1, 1), samples a second) of a WAV file's bytes.

    Raises:
      InvalidArgumentError: no WAV file, or one whose samples are not of 16 bits.
    """
    channels = rate = None
    for name, part in _parts(data):
        if name == b"fmt ":
            if len(part) < 16:
                _refuse("its description of the samples is cut off.")
            kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", part[:16])
            if not channels:
                _refuse("it has no channels.")
            if kind not in _KINDS or bits != 16:
                _refuse(
                    f"Bad audio format for WAV: expected 16-bit PCM, got {kind} of {bits} bits."
                )
        elif name == b"data":
            if channels is None:
                _refuse("the samples come before their format.")
            whole = len(part) // (2 * channels) * channels
            samples = np.frombuffer(part, "<i2", whole).reshape(-1, channels)
            return samples.astype(np.float32) * np.float32(1 / 32768), rate
    _refuse("the file holds no samples.")


def _sound(rng):
    return rng.uniform(-1, 1, (4, 2)).astype(np.float32), np.array(8000, np.int32)


def _decode_kernel(contents, channels, samples):
    audio, rate = read_wav(contents[()])
    if channels not in (-1, audio.shape[1]):
        if channels > audio.shape[1]:
            more = np.zeros((len(audio), channels - audio.shape[1]), np.float32)
            audio = np.concatenate([audio, more + audio[:, -1:]], 1)
        audio = audio[:, :channels]
    if samples > len(audio):
        audio = np.concatenate(
            [audio, np.zeros((samples - len(audio), audio.shape[1]), np.float32)]
        )
    return np.array(audio if samples == -1 else audio[:samples]), np.array(rate, np.int32)


def _decode_infer(contents, channels, samples):
    sizes = [Dim.of_data() if n == -1 else n for n in (samples, channels)]
    return Spec(tuple(sizes), np.dtype(np.float32)), Spec((), np.dtype(np.int32))


_decode = Op(
    "decode_wav",
    _decode_kernel,
    _decode_infer,
    samples=lambda rng: [((_encode_kernel(*_sound(rng)),), {"channels": 2, "samples": 5})],
    doc="The samples of a WAV file and how many of them make a second.",
    why_no_gradient="it reads bytes",
)


@public("audio.decode_wav")
def decode_wav(contents, desired_channels=-1, desired_samples=-1, name=None):
    """The samples of a WAV file of 16 bits.

    Args:
      contents: a string, the bytes of the file.
      desired_channels: how many channels to give; -1 for those there are. The last one is repeated.
      desired_samples: how many samples to give, with zeros at the end; -1 for those there are.

    Returns:
      (audio, sample_rate): float32 (samples, channels) in [-1, 1), and an int32 number.

    Raises:
      InvalidArgumentError: no WAV file of 16 bits.

    Example:
    >>> data = tf.audio.encode_wav([[0.0], [0.5]], 8000)
    >>> audio, rate = tf.audio.decode_wav(data)
    >>> audio.numpy().ravel(), rate.numpy()
    (array([0. , 0.5], dtype=float32), np.int32(8000))
    """
    attrs = {"channels": desired_channels, "samples": desired_samples}
    return DecodeWav(*apply(_decode, (tensor_of(contents),), attrs))


def _encode_kernel(audio, rate):
    pcm = np.clip(np.rint(audio * np.float32(32768)), -32768, 32767).astype("<i2").tobytes()
    channels, rate = audio.shape[1], int(rate)
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(pcm)) + pcm
    return np.array(b"RIFF" + struct.pack("<I", len(body)) + body, object)


def _encode_infer(audio, rate):
    check_dtype("encode_wav", audio, {np.dtype(np.float32)}, "audio")
    return Spec((), np.dtype(object))


_encode = Op(
    "encode_wav",
    _encode_kernel,
    _encode_infer,
    samples=lambda rng: [(_sound(rng), {})],
    doc="The bytes of a WAV file of 16 bits.",
    why_no_gradient="its result is a string",
)


@public("audio.encode_wav")
def encode_wav(audio, sample_rate, name=None):
    """Samples as the bytes of a WAV file of 16 bits.

    Args:
      audio: float32 (samples, channels) in [-1, 1].
      sample_rate: samples a second.

    Raises:
      InvalidArgumentError: not 2 dimensions.

    Example:
    >>> len(tf.audio.encode_wav(tf.zeros([10, 1]), 8000).numpy())
    64
    """
    audio = tensor_of(np.float32(audio) if isinstance(audio, np.ndarray) else audio)
    if len(audio._shape) != 2 or audio.dtype.name != "float32":
        raise InvalidArgumentError(
            f"[encode_wav] audio must be a float32 2-dimensional tensor (samples, channels), got "
            f"{audio.dtype.name}{list(audio._shape)}."
        )
    return apply(_encode, (audio, tensor_of(sample_rate)), {})
