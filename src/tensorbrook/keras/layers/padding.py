"""Zero padding, cropping and upsampling over 1 to 3 axes."""

import math

from ... import ops
from ..config import standardize_data_format
from .layer import Layer
from .spatial import per_axis, spatial_axes
from .spec import InputSpec


def _pairs(name, value, rank):
    """An int, an int for each axis or a (before, after) pair for each axis, as pairs.

    With one axis, two ints are its pair.
    """
    if isinstance(value, (tuple, list)):
        if rank == 1 and not any(isinstance(v, (tuple, list)) for v in value):
            return (per_axis(name, value, 2, 0),)
        if len(value) == rank:
            entries = (v if isinstance(v, (tuple, list)) else (v, v) for v in value)
            return tuple(per_axis(f"an entry of {name}", entry, 2, 0) for entry in entries)
    elif hasattr(value, "__index__"):
        return (per_axis(name, value, 2, 0),) * rank
    axes = ("steps",), ("height", "width"), ("depth", "height", "width")
    raise ValueError(
        f"`{name}` must be an int, or have {rank} elements, each an int or a pair of ints, for "
        f"{', '.join(axes[rank - 1])}. Received: {name}={value!r}."
    )


class _Bordered(Layer):
    """A layer that adds or takes away something before and after each spatial axis."""

    _built_at_once = True
    _rank = None

    def _set(self, name, value, data_format):
        pairs = _pairs(name, value, self._rank)
        setattr(self, name, pairs if self._rank > 1 else pairs[0])
        self._pairs = pairs
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)


class _ZeroPadding(_Bordered):
    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set("padding", padding, data_format)

    def call(self, inputs):
        """The inputs with zeros around them."""
        pairs = [(0, 0)] * inputs.ndim
        for axis, pair in zip(spatial_axes(self), self._pairs):
            pairs[axis] = pair
        return ops.pad(inputs, pairs)


class ZeroPadding1D(_ZeroPadding):
    """Zeros before and after the steps of (batch, steps, channels).

    Args:
      padding: how many, an int or a (before, after) pair.
      data_format: "channels_last" or "channels_first", (batch, channels, steps).

    Raises:
      ValueError: padding of another form; inputs of another rank.

    Example:
    >>> tf.keras.layers.ZeroPadding1D((0, 2))(tf.ones([1, 2, 1])).numpy().ravel()
    array([1., 1., 0., 0.], dtype=float32)
    """

    _rank = 1


class ZeroPadding2D(_ZeroPadding):
    """Zeros around images (batch, height, width, channels).

    Args:
      padding: an int; an int for height and one for width; or ((top, bottom), (left, right)).
      data_format: "channels_last" or "channels_first", (batch, channels, height, width).

    Example:
    >>> tf.keras.layers.ZeroPadding2D(((1, 0), (2, 2)))(tf.ones([1, 2, 2, 1])).shape
    TensorShape([1, 3, 6, 1])
    """

    _rank = 2


class ZeroPadding3D(_ZeroPadding):
    """Zeros around volumes; `padding` is an int, three ints or three pairs.

    Example:
    >>> tf.keras.layers.ZeroPadding3D()(tf.ones([1, 2, 2, 2, 1])).shape
    TensorShape([1, 4, 4, 4, 1])
    """

    _rank = 3


class _Cropping(_Bordered):
    def call(self, inputs):
        """The inputs without their borders."""
        index = [slice(None)] * inputs.ndim
        for axis, (before, after) in zip(spatial_axes(self), self._pairs):
            size = inputs._shape[axis]
            if isinstance(size, int) and before + after >= size:
                raise ValueError(
                    f"The `cropping` parameter of `{type(self).__name__}` layer must be smaller "
                    f"than {size} in sum, the size of that axis. Received: "
                    f"cropping={self.cropping}, inputs.shape={inputs.shape}"
                )
            index[axis] = slice(before, -after or None)
        return inputs[tuple(index)]


class Cropping1D(_Cropping):
    """Takes steps away from the start and the end of (batch, steps, channels).

    Args:
      cropping: how many, an int or a (before, after) pair.

    Raises:
      ValueError: cropping of another form, or of all steps; inputs of another rank.

    Example:
    >>> x = tf.reshape(tf.range(5.0), [1, 5, 1])
    >>> tf.keras.layers.Cropping1D((1, 2))(x).numpy().ravel()
    array([1., 2.], dtype=float32)
    """

    _rank = 1

    def __init__(self, cropping=(1, 1), **kwargs):
        super().__init__(**kwargs)
        self._set("cropping", cropping, "channels_last")


class Cropping2D(_Cropping):
    """Takes rows and columns away from the borders of images.

    Args:
      cropping: an int; an int for height and one for width; or ((top, bottom), (left, right)).
      data_format: "channels_last" or "channels_first", (batch, channels, height, width).

    Example:
    >>> tf.keras.layers.Cropping2D(((1, 0), (2, 2)))(tf.ones([1, 5, 6, 1])).shape
    TensorShape([1, 4, 2, 1])
    """

    _rank = 2

    def __init__(self, cropping=((0, 0), (0, 0)), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set("cropping", cropping, data_format)


class Cropping3D(_Cropping):
    """Takes slices away from the borders of volumes; `cropping` as Cropping2D's, for three axes.

    Example:
    >>> tf.keras.layers.Cropping3D()(tf.ones([1, 5, 6, 7, 1])).shape
    TensorShape([1, 3, 4, 5, 1])
    """

    _rank = 3

    def __init__(self, cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set("cropping", cropping, data_format)


class _UpSampling(Layer):
    _built_at_once = True
    _rank = None

    def _set(self, size, data_format):
        self._factors = per_axis("size", size, self._rank)
        self.size = self._factors if self._rank > 1 else size
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def call(self, inputs):
        """The inputs, each element repeated."""
        factors = dict(zip(spatial_axes(self), self._factors))
        split, joined = [], []
        for axis, size in enumerate(inputs._shape):
            factor = factors.get(axis)
            split.append((size,) if factor is None else (size, factor))
            joined.append(math.prod(split[-1]))
        spread = [(part[0], *[1] * (len(part) - 1)) for part in split]
        x = ops.reshape(inputs, sum(spread, ()))
        return ops.reshape(ops.broadcast_to(x, sum(split, ())), joined)


class UpSampling1D(_UpSampling):
    """Every step `size` times.

    Example:
    >>> tf.keras.layers.UpSampling1D(2)(tf.constant([[[1.0], [2.0]]])).numpy().ravel()
    array([1., 1., 2., 2.], dtype=float32)
    """

    _rank = 1

    def __init__(self, size=2, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"Expected an integer value for `size`, got {type(size)}.")
        self._set(size, "channels_last")


_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5")


class UpSampling2D(_UpSampling):
    """Images `size` times as large.

    Args:
      size: an int, or one for height and one for width.
      data_format: "channels_last" or "channels_first", (batch, channels, height, width).
      interpolation: "nearest" repeats the pixels; others are "bilinear", "bicubic", "area",
        "lanczos3" and "lanczos5".

    Raises:
      ValueError: arguments of another form; inputs of another rank.

    Example:
    >>> tf.keras.layers.UpSampling2D((1, 2))(tf.constant([[[[1.0], [2.0]]]])).numpy()[0, 0, :, 0]
    array([1., 1., 2., 2.], dtype=float32)
    """

    _rank = 2

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(**kwargs)
        self._set(size, data_format)
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in _INTERPOLATIONS:
            raise ValueError(
                f"`interpolation` argument should be one of {', '.join(_INTERPOLATIONS)}. "
                f"Received: {interpolation!r}."
            )

    def call(self, inputs):
        """The larger images."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        first = self.data_format == "channels_first"
        x = ops.transpose(inputs, (0, 2, 3, 1)) if first else inputs
        size = [n * factor for n, factor in zip(x._shape[1:3], self._factors)]
        x = ops.image.resize.resize_to_aspect(x, size, self.interpolation)
        return ops.transpose(x, (0, 3, 1, 2)) if first else x


class UpSampling3D(_UpSampling):
    """Every element of a volume `size` times along each axis.

    Args:
      size: an int, or one for depth, height and width.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.layers.UpSampling3D((1, 2, 3))(tf.ones([1, 2, 2, 2, 1])).shape
    TensorShape([1, 2, 4, 6, 1])
    """

    _rank = 3

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self._set(size, data_format)
