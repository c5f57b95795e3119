"""Normalization, learned from data before the training; Rescaling."""

import math

import numpy as np

from ... import ops
from ...base.config import settings
from ...core.tensor import Tensor, convert_to_tensor
from .declared import Weight
from .layer import Layer
from .normalization import check_axes


class Normalization(Layer):
    """(x - mean) / sqrt(variance), with the mean and variance of data, or given ones.

    Args:
      axis: the axis, or axes, with a mean and a variance of their own; None for one of all.
      mean, variance: numbers or arrays, instead of `adapt`.
      invert: undoes the normalization: x * sqrt(variance) + mean.

    Raises:
      ValueError: mean without variance, or shapes that do not go together.

    Example:
    >>> layer = tf.keras.layers.Normalization()
    >>> layer.adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
    >>> layer(tf.constant([[3.0, 10.0]])).numpy()
    array([[ 1., -1.]], dtype=float32)
    """

    supports_masking = True

    def _sizes(self, input_shape):
        return [input_shape[axis] for axis in self._kept] if self.input_mean is None else None

    adapt_mean = Weight(_sizes, "zeros", "mean", trainable=False)
    adapt_variance = Weight(_sizes, "ones", "variance", trainable=False)
    count = Weight(
        lambda layer, _: () if layer.input_mean is None else None,
        "zeros",
        dtype="int64",
        trainable=False,
    )

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        if (mean is None) != (variance is None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. Received: "
                f"mean={mean} and variance={variance}"
            )
        if np.shape(mean) != np.shape(variance) or np.ndim(mean) > len(self.axis):
            raise ValueError(
                "When setting values directly, `mean` and `variance` must have the same shape, of "
                f"rank {len(self.axis)} at most for axis {self.axis}. Received: mean shape "
                f"{np.shape(mean)} and variance shape {np.shape(variance)}"
            )
        self.input_mean, self.input_variance = mean, variance
        self._built_shape = None

    def build(self, input_shape):
        """Makes the weights that `adapt` sets."""
        check_axes(self, self.axis, input_shape)
        self._kept = sorted(axis % len(input_shape) for axis in self.axis)
        if any(input_shape[axis] is None for axis in self._kept):
            raise ValueError(
                f"Layer {self.name!r}: All `axis` values to be kept must have a known size. "
                f"Received: axis={self.axis}, inputs.shape={tuple(input_shape)}, with unknown axes."
            )
        self._built_shape = tuple(input_shape)
        super().build(input_shape)

    def adapt(self, data):
        """Sets mean and variance to those of data, forgetting earlier ones.

        Args:
          data: an array or tensor; or a `tf.data.Dataset`, `PyDataset` or iterable of batches, of
            which the first element counts where they are tuples.

        Raises:
          ValueError: no data, or batches that differ in the normalized axes.
        """
        if isinstance(data, (list, tuple)) and data and not _shaped(first_of(data[0])):
            data = np.asarray(data, self.compute_dtype)
        sizes = first_of(data.element_spec).shape if hasattr(data, "element_spec") else ()
        if len(sizes) == 1 and (self.axis or sizes[0] is not None):  # else they are batches
            data = data.batch(128)
        if isinstance(data, Tensor):
            statistics = self._of_one(data, ops.reduce_mean, ops.reduce_variance)
        elif hasattr(data, "__array__"):
            statistics = self._of_one(np.asarray(data), np.mean, np.var)
        elif hasattr(data, "__iter__"):
            statistics = self._of_batches(data)
        else:
            raise TypeError(
                f"Unsupported data type: {type(data)}. `adapt` supports arrays, tensors, "
                "`tf.data.Dataset`, `keras.utils.PyDataset`, and iterables of batches."
            )
        self.adapt_mean.assign(ops.cast(statistics[0], self.adapt_mean.dtype))
        self.adapt_variance.assign(ops.cast(statistics[1], self.adapt_mean.dtype))

    def _prepare(self, shape):
        """Builds for data of a shape, or checks that it fits; the axes to average over."""
        if self.input_mean is not None:
            raise ValueError(
                f"Layer '{self.name}' was given its mean and variance: it cannot adapt() to data."
            )
        if not self.built:
            self.build(tuple(shape))
        if any(shape[axis] != self._built_shape[axis] for axis in self._kept):
            raise ValueError(
                f"Layer '{self.name}' was built with input_shape={self._built_shape}, but adapt() "
                f"is called with data with an incompatible shape, data.shape={tuple(shape)}."
            )
        return tuple(axis for axis in range(len(shape)) if axis not in self._kept)

    def _of_one(self, data, mean, variance):
        axes = self._prepare(data.shape)
        return mean(data, axis=axes), variance(data, axis=axes)

    def _of_batches(self, batches):
        """Mean and variance of all batches, merged one by one (Chan, Golub and LeVeque, 1979)."""
        total, mean, variance = 0, 0.0, 0.0
        for batch in batches:
            x = convert_to_tensor(first_of(batch))
            x = ops.cast(x, self.compute_dtype)
            axes = self._prepare(x.shape)
            batch_mean, batch_variance = ops.reduce_mean(x, axes), ops.reduce_variance(x, axes)
            count = math.prod(x.shape[axis] for axis in axes)
            total += count
            new = count / total
            old = 1.0 - new
            merged = mean * old + batch_mean * new
            variance = (variance + (mean - merged) ** 2) * old + (
                batch_variance + (batch_mean - merged) ** 2
            ) * new
            mean = merged
        if not total:
            raise ValueError("adapt() received an empty iterable (no batches): give it some data.")
        return mean, variance

    def _statistic(self, adapted, given):
        if self._built_shape is None:
            return None
        shape = [size if axis in self._kept else 1 for axis, size in enumerate(self._built_shape)]
        if given is None:
            return ops.reshape(ops.cast(adapted, self.compute_dtype), shape)
        # Given values of lower rank belong to the last of the axes.
        given = ops.cast(given, self.compute_dtype)
        sizes = [1] * (len(self._kept) - given.ndim) + list(given.shape)
        spread = [sizes[self._kept.index(a)] if a in self._kept else 1 for a in range(len(shape))]
        return ops.broadcast_to(ops.reshape(given, spread), shape)

    @property
    def mean(self):
        """The mean, in a shape that broadcasts with the inputs; None before the layer is built."""
        return self._statistic(getattr(self, "adapt_mean", None), self.input_mean)

    @property
    def variance(self):
        """The variance, in a shape that broadcasts with the inputs; None before it is built."""
        return self._statistic(getattr(self, "adapt_variance", None), self.input_variance)

    def call(self, inputs):
        """The normalized inputs."""
        x = ops.cast(inputs, self.compute_dtype)
        deviation = ops.maximum(ops.sqrt(self.variance), settings.epsilon)
        return self.mean + x * deviation if self.invert else (x - self.mean) / deviation

    def _argument(self, name, owner):
        if name in ("mean", "variance"):
            return np.array(getattr(self, f"input_{name}")).tolist()
        return super()._argument(name, owner)


class Rescaling(Layer):
    """x * scale + offset.

    Args:
      scale: a number, or one per channel.
      offset: a number, or one per channel.

    Example:
    >>> tf.keras.layers.Rescaling(1 / 127.5, offset=-1)(np.array([0, 255], "uint8")).numpy()
    array([-1.,  1.], dtype=float32)
    """

    supports_masking = True

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset

    def call(self, inputs):
        """inputs * scale + offset."""
        scale, offset = (
            ops.cast(convert_to_tensor(v), self.compute_dtype) for v in (self.scale, self.offset)
        )
        if scale.ndim and settings.image_data_format == "channels_first":
            scale = ops.reshape(scale, (*scale.shape, *(1,) * (3 - scale.ndim)))
        return ops.cast(inputs, self.compute_dtype) * scale + offset


def first_of(batch):
    """The inputs of a batch: of a tuple the first."""
    return batch[0] if isinstance(batch, tuple) else batch


def _shaped(value):
    return hasattr(value, "shape")
