"""Summaries: scalars, histograms, pictures, sound, text, and tensors for plugins of one's own."""

import re
from contextlib import contextmanager

import numpy as np

from .. import ops
from ..base.names import name_scope, scoped
from ..core.tensor import convert_to_tensor
from ..formats.graph_messages import Event, Summary, SummaryMetadata
from ..ops.audio import encode_wav
from ..ops.decoding import tensor_message
from .recording import emit

_NOT_IN_SCOPES = re.compile(r"[^-_/.A-Za-z0-9]")
_WAV = b"\x10\x0b"  # the encoding, as a message of TensorBoard's plugin for sound has it
_BUCKETS = 30


@contextmanager
def summary_scope(name, default_name="summary", values=None):
    """A context for functions that write summaries of their own.

    Args:
      name: of the summary.
      default_name: in place of an empty name.
      values: of no effect.

    Returns:
      (tag, scope): the name with the open name scopes before it, and the name of the scope opened.

    Example:
    >>> with tf.name_scope("a"), tf.summary.experimental.summary_scope("my loss") as names:
    ...     print(names)
    ('a/my loss', 'a/myloss/')
    """
    name = name or default_name
    tag = scoped(name)
    with name_scope(_NOT_IN_SCOPES.sub("", name).rstrip("/") or default_name) as scope:
        yield tag, scope


def _metadata(plugin, description=None, content=b""):
    found = SummaryMetadata(summary_description=description or "")
    found.plugin_data.plugin_name, found.plugin_data.content = plugin, content
    return found


def _parsed(metadata):
    """Metadata that may be given as bytes."""
    if metadata is None or isinstance(metadata, SummaryMetadata):
        return metadata
    return SummaryMetadata.FromString(metadata)


def _add(file, step, tag, array, metadata):
    """Writes one tensor."""
    event = Event(step=step)
    value = event.summary.value.add(tag=tag)
    value.tensor.CopyFrom(tensor_message(array))
    if metadata is not None:
        value.metadata.CopyFrom(metadata)
    file.add(event)


def _write(tag, inputs, step, metadata, prepare=lambda array: array):
    """Writes what `prepare` makes of the arrays of some tensors."""

    def write(file, step, *arrays):
        _add(file, step, tag, prepare(*arrays), metadata)

    return emit(step, inputs, write)


def write(tag, tensor, step=None, metadata=None, name=None):
    """Writes a tensor as a summary; for plugins of one's own.

    Args:
      tag: the summary's tag.
      tensor: a tensor, or a function that makes one, called only where summaries are recorded.
      step: a whole number; by default what `tf.summary.experimental.set_step` set.
      metadata: a `tf.compat.v1.SummaryMetadata`, or its bytes.

    Returns:
      A truth value, a tensor: whether it is written.

    Raises:
      ValueError: there is a writer and no step.

    Example:
    >>> with tf.summary.create_file_writer("logs").as_default():
    ...     bool(tf.summary.write("matrix", [[1, 2], [3, 4]], step=1))
    True
    """

    def inputs():
        return [convert_to_tensor(tensor() if callable(tensor) else tensor)]

    return _write(tag, inputs, step, _parsed(metadata))


def write_for(plugin, tag, data, step):
    """Writes bytes for one of TensorBoard's plugins for graphs."""
    return write(tag, convert_to_tensor(data, "string"), step, _metadata(plugin, content=b"1"))


def write_raw_pb(tensor, step=None, name=None):
    """Writes messages of the kind `tf.compat.v1.Summary`.

    Args:
      tensor: a string tensor of their bytes.
      step: a whole number; by default what `tf.summary.experimental.set_step` set.

    Returns:
      A truth value, a tensor: whether they are written.
    """

    def write(file, step, texts):
        for text in texts.ravel():
            file.add(Event(step=step, summary=Summary.FromString(text)))

    return emit(step, [convert_to_tensor(tensor, "string")], write)


def scalar(name, data, step=None, description=None):
    """Writes a number.

    Args:
      name: its name; open name scopes come before it.
      data: a number.
      step: a whole number; by default what `tf.summary.experimental.set_step` set.
      description: text in Markdown that TensorBoard shows.

    Returns:
      A truth value, a tensor: whether it is written.

    Raises:
      ValueError: `data` is not one number; there is a writer and no step.

    Example:
    >>> with tf.summary.create_file_writer("logs").as_default():
    ...     bool(tf.summary.scalar("loss", 0.5, step=1))
    True
    """
    with summary_scope(name, "scalar_summary") as (tag, _):
        data = convert_to_tensor(data)
        if data.shape.rank:
            raise ValueError(f"Expected scalar shape, saw shape: {data.shape}.")
        return _write(tag, [ops.cast(data, "float32")], step, _metadata("scalars", description))


def histogram(name, data, step=None, buckets=None, description=None):
    """Writes how the elements of a tensor are distributed.

    Args:
      name: its name; open name scopes come before it.
      data: a tensor of numbers.
      step: a whole number; by default what `tf.summary.experimental.set_step` set.
      buckets: how many, 30 by default, between the least and the greatest element.
      description: text in Markdown that TensorBoard shows.

    Returns:
      A truth value, a tensor: whether it is written.

    Example:
    >>> with tf.summary.create_file_writer("logs").as_default():
    ...     bool(tf.summary.histogram("weights", tf.random.normal([100]), step=1))
    True
    """
    count = _BUCKETS if buckets is None else int(buckets)
    with summary_scope(name, "histogram_summary") as (tag, _):
        inputs = [ops.cast(convert_to_tensor(data), "float64")]
        metadata = _metadata("histograms", description)
        return _write(tag, inputs, step, metadata, lambda array: buckets_of(array, count))


def buckets_of(data, count):
    """The left and right edges of buckets and how many elements are in each: (count, 3).

    What is not finite is in none.

    Example:
    >>> from tensorbrook.summary.values import buckets_of
    >>> buckets_of(np.array([1.0, 2.0, 5.0]), 2)
    array([[1., 3., 2.],
           [3., 5., 1.]])
    """
    found = np.zeros((count, 3))
    data = data[np.isfinite(data)].astype(np.float64, copy=False)
    if not count or not data.size:
        return found
    low, high = data.min(), data.max()
    if low == high:
        found[:, :2], found[-1, 2] = low, data.size
        return found
    edges = np.linspace(low, high, count + 1)
    numbers = np.floor((data - low) / ((high - low) / count)).astype(np.int64)
    numbers = np.clip(numbers, 0, count - 1)
    found[:, 0], found[:, 1] = edges[:-1], edges[1:]
    found[:, 2] = np.bincount(numbers, minlength=count)
    return found


def _ranked(data, rank):
    data = convert_to_tensor(data)
    if data.shape.rank != rank:
        raise ValueError(
            f"Tensor must have rank {rank}.  Received rank {data.shape.rank}, shape {data.shape}"
        )
    return data


def image(name, data, step=None, max_outputs=3, description=None):
    """Writes pictures.

    Args:
      name: their name; open name scopes come before it.
      data: (pictures, height, width, channels), 1 to 4 channels; floats in [0, 1], or bytes. Floats
        and other integers are clipped.
      step: a whole number; by default what `tf.summary.experimental.set_step` set.
      max_outputs: how many of them at most.
      description: text in Markdown that TensorBoard shows.

    Returns:
      A truth value, a tensor: whether they are written.

    Raises:
      ValueError: `data` has not four dimensions.

    Example:
    >>> with tf.summary.create_file_writer("logs").as_default():
    ...     bool(tf.summary.image("noise", tf.random.uniform([2, 8, 8, 3]), step=1))
    True
    """
    with summary_scope(name, "image_summary") as (tag, _):
        data = _ranked(data, 4)[: _at_most(max_outputs)]
        return _write(tag, [data], step, _metadata("images", description), _as_pngs)


def _as_pngs(data):
    pictures = ops.image.colour.convert_image_dtype(data, "uint8", saturate=True)
    files = [ops.image.files.encode_png(picture).numpy() for picture in pictures]
    height, width = data.shape[1:3]
    return _strings([b"%d" % width, b"%d" % height, *files])


def _at_most(count):
    return max(0, int(count))


def _strings(texts, shape=(-1,)):
    found = np.empty(len(texts), object)
    found[:] = texts
    return found.reshape(shape)


def audio(name, data, sample_rate, step=None, max_outputs=3, encoding=None, description=None):
    """Writes sound.

    Args:
      name: its name; open name scopes come before it.
      data: (clips, samples, channels), floats in [-1, 1].
      sample_rate: samples a second.
      step: a whole number; by default what `tf.summary.experimental.set_step` set.
      max_outputs: how many clips at most.
      encoding: None or "wav".
      description: text in Markdown that TensorBoard shows.

    Returns:
      A truth value, a tensor: whether it is written.

    Raises:
      ValueError: `data` has not three dimensions; another encoding.

    Example:
    >>> with tf.summary.create_file_writer("logs").as_default():
    ...     bool(tf.summary.audio("silence", tf.zeros([1, 800, 1]), 8000, step=1))
    True
    """
    if encoding not in (None, "wav"):
        raise ValueError(f"Unknown encoding: {encoding!r}")

    def files(clips, rate):
        texts = [text for clip in clips for text in (encode_wav(clip, rate).numpy(), b"")]
        return _strings(texts, (-1, 2))

    with summary_scope(name, "audio_summary") as (tag, _):
        inputs = [ops.cast(_ranked(data, 3)[: _at_most(max_outputs)], "float32")]
        inputs.append(convert_to_tensor(sample_rate, "int32"))
        return _write(tag, inputs, step, _metadata("audio", description, _WAV), files)


def text(name, data, step=None, description=None):
    """Writes text, in Markdown, or tables of it.

    Args:
      name: its name; open name scopes come before it.
      data: a string tensor; vectors and matrices are shown as tables.
      step: a whole number; by default what `tf.summary.experimental.set_step` set.
      description: text in Markdown that TensorBoard shows.

    Returns:
      A truth value, a tensor: whether it is written.

    Raises:
      TypeError: `data` is no string tensor.

    Example:
    >>> with tf.summary.create_file_writer("logs").as_default():
    ...     bool(tf.summary.text("notes", "the *first* run", step=1))
    True
    """
    with summary_scope(name, "text_summary") as (tag, _):
        data = convert_to_tensor(data)
        if data.dtype.name != "string":
            raise TypeError(f"tensor must be of type tf.string; got {data.dtype!r}")
        return _write(tag, [data], step, _metadata("text", description))
