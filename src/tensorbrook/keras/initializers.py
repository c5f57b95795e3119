"""Initializers: the values that weights start from."""

import copy
import math

import numpy as np

from .. import ops
from ..base import dtypes
from ..base.config import settings
from ..core.tensor import Tensor
from . import registry, seeds
from .variables import Variable


class Initializer(registry.Configurable):
    """The base of initializers: subclass it and write `__call__(shape, dtype=None)`.

    Example:
    >>> class Counting(tf.keras.initializers.Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return tf.reshape(tf.range(float(np.prod(shape))), shape)
    >>> Counting()((2, 2)).numpy()
    array([[0., 1.],
           [2., 3.]], dtype=float32)
    """

    def __call__(self, shape, dtype=None):
        raise NotImplementedError(
            f"{type(self).__name__} has no __call__(shape, dtype=None): write it, to return a "
            "tensor of that shape and dtype."
        )

    def clone(self):
        """A new initializer with the same configuration."""
        return self.from_config(self.get_config())


def _dtype(dtype):
    return dtypes.as_dtype(settings.floatx if dtype is None else dtype)


# -- constants -------------------------------------------------------------------------------------


class Zeros(Initializer):
    """All 0.

    Example:
    >>> tf.keras.initializers.Zeros()((2,)).numpy()
    array([0., 0.], dtype=float32)
    """

    def __call__(self, shape, dtype=None):
        return ops.zeros(shape, _dtype(dtype))


class Ones(Initializer):
    """All 1.

    Example:
    >>> tf.keras.initializers.Ones()((2,), dtype="int32").numpy()
    array([1, 1], dtype=int32)
    """

    def __call__(self, shape, dtype=None):
        return ops.ones(shape, _dtype(dtype))


class Constant(Initializer):
    """All `value`, a number or an array that broadcasts to the shape.

    Example:
    >>> tf.keras.initializers.Constant(2.5)((2,)).numpy()
    array([2.5, 2.5], dtype=float32)
    """

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        return ops.broadcast_to(ops.cast(self.value, _dtype(dtype)), shape)


class Identity(Initializer):
    """The identity matrix times `gain`, for matrices only.

    Raises:
      ValueError: the shape has not two dimensions.

    Example:
    >>> tf.keras.initializers.Identity()((2, 2)).numpy()
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        if len(shape) != 2:
            raise ValueError(
                "Identity matrix initializer can only be used for 2D matrices. "
                f"Received: shape={shape} of rank {len(shape)}."
            )
        return ops.cast(self.gain, _dtype(dtype)) * ops.eye(*shape, dtype=_dtype(dtype))


_COSINE_WINDOWS = {
    "boxcar": (1.0,),
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
}


def _window(window, length, periodic):
    """The window's values: those given, or a sum of cosines by name."""
    if not isinstance(window, str):
        return np.asarray(window)
    turns = 2 * np.pi * np.arange(length) / max(length - (not periodic), 1)
    terms = enumerate(_COSINE_WINDOWS[window])
    return sum((-1) ** k * factor * np.cos(k * turns) for k, factor in terms)


class STFT(Initializer):
    """The kernel of a Conv1D that computes a short-time Fourier transform.

    The shape is (frame_length, 1, fft_length // 2 + 1).

    Args:
      side: "real" or "imag": which part of the transform.
      window: "hann", "hamming", "blackman" or "boxcar", the values themselves, or None.
      scaling: "density", "spectrum" or None.
      periodic: True for a window whose next value would repeat the first.

    Raises:
      ValueError: an unknown side or scaling, or a window of another length than the frame.
      NotImplementedError: a window's name that is not built.

    Example:
    >>> tf.keras.initializers.STFT(window=None)((2, 1, 2)).numpy()
    array([[[ 1.,  1.]],
           [[ 1., -1.]]], dtype=float32)
    """

    def __init__(self, side="real", window="hann", scaling="density", periodic=False):
        if side not in ("real", "imag"):
            raise ValueError(f"side should be 'real' or 'imag', not {side}")
        if scaling not in (None, "density", "spectrum"):
            raise ValueError(
                "Scaling is invalid, it must be `None`, 'density' or 'spectrum'. "
                f"Received scaling={scaling}"
            )
        if isinstance(window, str) and window not in _COSINE_WINDOWS:
            raise NotImplementedError(
                f"STFT builds the windows {sorted(_COSINE_WINDOWS)}, not {window!r}: pass the "
                "window's values as an array."
            )
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def __call__(self, shape, dtype=None):
        frame_length, _, bins = shape
        time = np.arange(frame_length).reshape(-1, 1, 1)
        angle = -2 * np.pi * time * np.arange(bins) / ((bins - 1) * 2)
        kernel = np.cos(angle) if self.side == "real" else np.sin(angle)
        if self.window is not None:
            window = _window(self.window, frame_length, self.periodic)
            if window.shape != (frame_length,):
                raise ValueError(
                    "The shape of `window` must be equal to [frame_length]. "
                    f"Received: window shape={window.shape}, frame_length={frame_length}"
                )
            scale = {
                None: 1.0,
                "density": np.sqrt(np.sum(window**2)),
                "spectrum": np.sum(np.abs(window)),
            }[self.scaling]
            kernel = kernel * window.reshape(-1, 1, 1) / scale
        return ops.cast(kernel, _dtype(dtype))


# -- random ----------------------------------------------------------------------------------------


class _RandomInitializer(Initializer):
    """The base of random initializers: it keeps the seed.

    With an integer seed, or none, an initializer gives the same values at every call; with a
    `keras.random.SeedGenerator` it gives others each time.
    """

    def __init__(self, seed=None):
        self._given_seed = seed
        if seed is None:
            seed = seeds.make_default_seed()
        elif isinstance(seed, dict):
            seed = registry.deserialize(seed)
        elif isinstance(seed, np.integer):
            seed = int(seed)
        if not isinstance(seed, (int, seeds.SeedGenerator)):
            raise ValueError(
                "`seed` argument should be an instance of `keras.random.SeedGenerator()` or an "
                f"integer. Received: seed={seed}"
            )
        self.seed = seed

    def _argument(self, name, owner):
        return self._given_seed if name == "seed" else super()._argument(name, owner)

    def _normal(self, shape, mean, stddev, dtype):
        seed = seeds.draw_seed(self.seed)
        return ops.random.stateless_normal(shape, seed, mean, stddev, _dtype(dtype))

    def _truncated_normal(self, shape, mean, stddev, dtype):
        seed = seeds.draw_seed(self.seed)
        return ops.random.stateless_truncated_normal(shape, seed, mean, stddev, _dtype(dtype))

    def _uniform(self, shape, minval, maxval, dtype):
        seed = seeds.draw_seed(self.seed)
        return ops.random.stateless_uniform(shape, seed, minval, maxval, _dtype(dtype))


class RandomNormal(_RandomInitializer):
    """Normally distributed values.

    Example:
    >>> tf.keras.initializers.RandomNormal(stddev=1.0, seed=1)((2, 2)).shape
    TensorShape([2, 2])
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        return self._normal(shape, self.mean, self.stddev, dtype)


class TruncatedNormal(_RandomInitializer):
    """Normally distributed values, drawn again while they are over two deviations from the mean.

    Example:
    >>> values = tf.keras.initializers.TruncatedNormal(stddev=1.0, seed=1)((1000,))
    >>> bool(tf.reduce_max(tf.abs(values)) <= 2.0)
    True
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        return self._truncated_normal(shape, self.mean, self.stddev, dtype)


class RandomUniform(_RandomInitializer):
    """Values drawn evenly from `minval` (included) to `maxval` (excluded).

    Example:
    >>> values = tf.keras.initializers.RandomUniform(2.0, 3.0, seed=1)((1000,))
    >>> bool(tf.reduce_all((values >= 2.0) & (values < 3.0)))
    True
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        return self._uniform(shape, self.minval, self.maxval, dtype)


def compute_fans(shape, input_axes=None, output_axes=None):
    """How many inputs and outputs one value of a weight of that shape connects: (fan_in, fan_out).

    Example:
    >>> from tensorbrook.keras.initializers import compute_fans
    >>> compute_fans((3, 3, 16, 32))
    (144, 288)
    """
    shape = tuple(shape)
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[a] for a in input_axes), math.prod(shape[a] for a in output_axes)
    if len(shape) < 2:
        fan = math.prod(shape)
        return fan, fan
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


# The deviation of a standard normal that is cut off at two deviations.
_TRUNCATED_STDDEV = 0.87962566103423978


class VarianceScaling(_RandomInitializer):
    """Random values whose variance is `scale / n`, so that sums over n inputs keep their size.

    Args:
      scale: a positive factor.
      mode: what n is: "fan_in" the number of inputs, "fan_out" of outputs, "fan_avg" the mean.
      distribution: "truncated_normal" (also "normal"), "untruncated_normal" or "uniform".
      seed: an integer, a `keras.random.SeedGenerator`, or None.
      input_axes, output_axes: the axes to count inputs and outputs over, where the shape alone
        does not tell.

    Raises:
      ValueError: a scale that is not positive, or an unknown mode or distribution.

    Example:
    >>> kernel = tf.keras.initializers.VarianceScaling(2.0, seed=1)((100, 200))
    >>> bool(abs(tf.math.reduce_variance(kernel) - 2.0 / 100) < 1e-3)
    True
    """

    def __init__(
        self,
        scale=1.0,
        mode="fan_in",
        distribution="truncated_normal",
        seed=None,
        input_axes=None,
        output_axes=None,
    ):
        if scale <= 0.0:
            raise ValueError(f"Argument `scale` must be positive float. Received: scale={scale}")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                f"Invalid `mode` argument: {mode}. Please use one of fan_in, fan_out, fan_avg"
            )
        distribution = distribution.lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in ("uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(
                f"Invalid `distribution` argument: {distribution}. Please use one of uniform, "
                "truncated_normal, untruncated_normal"
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}
        variance = self.scale / max(1.0, fan[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return self._uniform(shape, -limit, limit, dtype)
        if self.distribution == "untruncated_normal":
            return self._normal(shape, 0.0, math.sqrt(variance), dtype)
        return self._truncated_normal(shape, 0.0, math.sqrt(variance) / _TRUNCATED_STDDEV, dtype)


def along(initializer, input_axes, output_axes):
    """`initializer`; where it scales by numbers of inputs and outputs, one that counts them along
    these axes, unless it was told its own."""
    if not isinstance(initializer, VarianceScaling) or initializer.input_axes is not None:
        return initializer
    found = copy.copy(initializer)
    found.input_axes, found.output_axes = input_axes, output_axes
    return found


class _NamedScaling(VarianceScaling):
    """VarianceScaling with the scale, mode and distribution that a paper gives."""

    recipe = None

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(*self.recipe, seed, input_axes, output_axes)


class GlorotUniform(_NamedScaling):
    """Evenly from -limit to limit, limit = sqrt(6 / (fan_in + fan_out)). Glorot and Bengio, 2010.

    Example:
    >>> tf.keras.initializers.GlorotUniform(seed=7)((2, 2)).shape
    TensorShape([2, 2])
    """

    recipe = (1.0, "fan_avg", "uniform")


class GlorotNormal(_NamedScaling):
    """Truncated normal of variance 2 / (fan_in + fan_out). Glorot and Bengio, 2010.

    Example:
    >>> tf.keras.initializers.GlorotNormal(seed=7)((2, 2)).shape
    TensorShape([2, 2])
    """

    recipe = (1.0, "fan_avg", "truncated_normal")


class LecunNormal(_NamedScaling):
    """Truncated normal of variance 1 / fan_in; goes with selu. Klambauer et al., 2017.

    Example:
    >>> tf.keras.initializers.LecunNormal(seed=7)((2, 2)).shape
    TensorShape([2, 2])
    """

    recipe = (1.0, "fan_in", "truncated_normal")


class LecunUniform(_NamedScaling):
    """Evenly from -limit to limit, limit = sqrt(3 / fan_in).

    Example:
    >>> tf.keras.initializers.LecunUniform(seed=7)((2, 2)).shape
    TensorShape([2, 2])
    """

    recipe = (1.0, "fan_in", "uniform")


class HeNormal(_NamedScaling):
    """Truncated normal of variance 2 / fan_in; goes with relu. He et al., 2015.

    Example:
    >>> tf.keras.initializers.HeNormal(seed=7)((2, 2)).shape
    TensorShape([2, 2])
    """

    recipe = (2.0, "fan_in", "truncated_normal")


class HeUniform(_NamedScaling):
    """Evenly from -limit to limit, limit = sqrt(6 / fan_in). He et al., 2015.

    Example:
    >>> tf.keras.initializers.HeUniform(seed=7)((2, 2)).shape
    TensorShape([2, 2])
    """

    recipe = (2.0, "fan_in", "uniform")


class Orthogonal(_RandomInitializer):
    """A random matrix whose rows or columns, whichever are fewer, are orthonormal, times `gain`.

    All dimensions but the last count as rows. Source: Saxe et al., 2013.

    Raises:
      ValueError: the shape has fewer than two dimensions.

    Example:
    >>> q = tf.keras.initializers.Orthogonal(seed=7)((4, 3))
    >>> np.abs(tf.matmul(q, q, transpose_a=True).numpy().round(5))
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """

    def __init__(self, gain=1.0, seed=None):
        self.gain = gain
        super().__init__(seed)

    def __call__(self, shape, dtype=None):
        if len(shape) < 2:
            raise ValueError(
                "The tensor to initialize must be at least two-dimensional. Received: "
                f"shape={shape} of rank {len(shape)}."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = (max(rows, columns), min(rows, columns))
        dtype = _dtype(dtype)
        wide = dtypes.float32 if dtype.name in ("float16", "bfloat16") else dtype
        q, r = ops.qr(ops.cast(self._normal(tall, 0.0, 1.0, dtype), wide))
        q = q * ops.sign(ops.diag_part(r))
        if rows < columns:
            q = ops.transpose(q)
        return ops.cast(self.gain * ops.reshape(q, shape), dtype)


zeros, ones, constant, identity, stft = Zeros, Ones, Constant, Identity, STFT
IdentityInitializer, STFTInitializer, OrthogonalInitializer = Identity, STFT, Orthogonal
random_normal, truncated_normal, random_uniform = RandomNormal, TruncatedNormal, RandomUniform
variance_scaling, orthogonal = VarianceScaling, Orthogonal
glorot_uniform, glorot_normal = GlorotUniform, GlorotNormal
lecun_uniform, lecun_normal = LecunUniform, LecunNormal
he_uniform, he_normal = HeUniform, HeNormal

# TensorFlow 1 and Keras 2 also knew each as "..._initializer".
TABLE = registry.family(Initializer)
_SNAKE = {name: cls for name, cls in TABLE.items() if name.islower() and name in globals()}
TABLE |= {f"{name}_initializer": cls for name, cls in _SNAKE.items()}
TABLE |= {f"{cls.__name__}Initializer": cls for cls in (Identity, Orthogonal, STFT)}
TABLE |= {"normal": RandomNormal, "uniform": RandomUniform, "zero": Zeros, "one": Ones}
globals().update({name: c for name, c in TABLE.items() if name.endswith("_initializer")})


def _of_value(value):
    """The initializer that gives an array or tensor itself."""

    def initialize(shape, dtype=None):
        if tuple(shape) != tuple(value.shape):
            raise ValueError(
                f"Expected `shape` to be {tuple(value.shape)} for direct tensor as initializer. "
                f"Received shape={tuple(shape)}"
            )
        return ops.cast(value, _dtype(dtype))

    return initialize


def get(identifier):
    """The initializer that `identifier` names: a string, a config, a class or the thing itself.

    Raises:
      ValueError: no initializer of that name; the message gives the nearest ones.

    Example:
    >>> tf.keras.initializers.get("he_normal").scale
    2.0
    """
    if identifier is None:
        return None
    if isinstance(identifier, (Tensor, np.ndarray, np.generic)):
        return _of_value(identifier)
    return registry.get(identifier, TABLE, "initializer")


def serialize(initializer):
    """The config of an initializer: what `deserialize` makes an equal one of.

    Example:
    >>> tf.keras.initializers.serialize(tf.keras.initializers.Constant(2.0))["class_name"]
    'Constant'
    """
    return registry.serialize(initializer)


def deserialize(config, custom_objects=None):
    """The initializer of a config made by `serialize`, or of a name.

    Example:
    >>> config = tf.keras.initializers.serialize(tf.keras.initializers.Constant(2.0))
    >>> tf.keras.initializers.deserialize(config).value
    2.0
    """
    return registry.deserialize(config, TABLE, "initializer", custom_objects)


Variable._find_initializer = staticmethod(get)
