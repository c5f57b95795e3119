"""Pictures changed at random, each way twice: with a seed of TensorFlow's kind, and stateless."""

from functools import partial
from inspect import Parameter, Signature, signature

from ... import ops
from ...core.dispatch import find_override, public, register_public, tensor_of
from ..shape import static_ints
from .colour import adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation
from .files import adjust_jpeg_quality
from .geometry import flip_left_right, flip_up_down
from .resize import PROMPT, batched


def _stateful(shape, minval=0, maxval=None, dtype="float32", seed=None):
    return ops.random.uniform(shape, minval, maxval, dtype, seed)


def _stateless(shape, minval=0, maxval=None, dtype="float32", seed=None):
    return ops.random.stateless_uniform(shape, seed, minval, maxval, dtype)


_KINDS = (
    ("random", _stateful, {"default": None}, "an integer, see `tf.random.set_seed`.", "seed=1"),
    ("stateless_random", _stateless, {}, "two integers: the same ones, the same result.",
     "seed=[1, 2]"),
)  # fmt: skip


def _twice(name, example):
    """Enters a function as `random_<name>` and `stateless_random_<name>`.

    The function's first argument draws uniform numbers; these two have a `seed` at the end instead.
    """

    def decorate(change):
        own = list(signature(change).parameters.values())[1:]
        for kind, uniform, default, text, shown in _KINDS:
            seed = Parameter("seed", Parameter.POSITIONAL_OR_KEYWORD, **default)
            function = _with_seed(change, uniform, Signature([*own, seed]))
            function.__name__ = function.__qualname__ = f"{kind}_{name}"
            call = f"{PROMPT}tf.image.{kind}_{name}({example}, {shown}).shape"
            function.__doc__ = (
                f"{change.__doc__.rstrip()}\n      seed: {text}\n\n    Example:\n    {call}\n"
                "    TensorShape([4, 4, 3])\n    "
            )
            register_public(function, f"image.{kind}_{name}")
        return change

    return decorate


def _with_seed(change, uniform, own):
    def function(*args, **kwargs):
        if (found := find_override((args, kwargs))) is not None:
            return found._call(function, args, kwargs)
        values = dict(own.bind(*args, **kwargs).arguments)
        return change(partial(uniform, seed=values.pop("seed", None)), **values)

    function.__signature__ = own
    return function


def _flipped(name, flip, uniform, image):
    x, leave = batched(name, image)
    if len(tensor_of(image)._shape) == 3:
        chosen = ops.reshape(uniform(()) < 0.5, (1, 1, 1, 1))
    else:
        chosen = ops.reshape(ops.rint(uniform((x._shape[0],))) > 0, (-1, 1, 1, 1))
    return leave(ops.where(chosen, flip(x), x))


@_twice("flip_left_right", "tf.ones([4, 4, 3])")
def _flip_left_right(uniform, image):
    """Pictures mirrored from left to right, each with a chance of one half.

    Args:
      image: (batch, height, width, channels), or without the batch.
    """
    return _flipped("random_flip_left_right", flip_left_right, uniform, image)


@_twice("flip_up_down", "tf.ones([4, 4, 3])")
def _flip_up_down(uniform, image):
    """Pictures turned upside down, each with a chance of one half.

    Args:
      image: (batch, height, width, channels), or without the batch.
    """
    return _flipped("random_flip_up_down", flip_up_down, uniform, image)


def _spread(name, max_delta, most=None):
    if max_delta < 0:
        raise ValueError(f"[{name}] max_delta must be non-negative, got {max_delta}.")
    if most is not None and max_delta > most:
        raise ValueError(f"[{name}] max_delta must be <= {most}, got {max_delta}.")


def _range(name, lower, upper):
    if upper <= lower:
        raise ValueError(f"[{name}] upper must be > lower, got lower={lower} and upper={upper}.")
    if lower < 0:
        raise ValueError(f"[{name}] lower must be non-negative, got {lower}.")


@_twice("brightness", "tf.ones([4, 4, 3]), 0.2")
def _brightness(uniform, image, max_delta):
    """`tf.image.adjust_brightness` by a number of [-max_delta, max_delta).

    Args:
      image: pictures of any dtype.
      max_delta: a number that is not negative, else a ValueError.
    """
    _spread("random_brightness", max_delta)
    return adjust_brightness(image, uniform((), -max_delta, max_delta))


@_twice("contrast", "tf.ones([4, 4, 3]), 0.5, 1.5")
def _contrast(uniform, image, lower, upper):
    """`tf.image.adjust_contrast` by a factor of [lower, upper).

    Args:
      image: pictures (..., height, width, channels).
      lower, upper: 0 <= lower < upper, else a ValueError.
    """
    _range("random_contrast", lower, upper)
    return adjust_contrast(image, uniform((), lower, upper))


@_twice("hue", "tf.ones([4, 4, 3]), 0.2")
def _hue(uniform, image, max_delta):
    """`tf.image.adjust_hue` by a number of [-max_delta, max_delta).

    Args:
      image: pictures (..., 3).
      max_delta: in [0, 0.5], else a ValueError.
    """
    _spread("random_hue", max_delta, 0.5)
    return adjust_hue(image, uniform((), -max_delta, max_delta))


@_twice("saturation", "tf.ones([4, 4, 3]), 0.5, 1.5")
def _saturation(uniform, image, lower, upper):
    """`tf.image.adjust_saturation` by a factor of [lower, upper).

    Args:
      image: pictures (..., 3).
      lower, upper: 0 <= lower < upper, else a ValueError.
    """
    _range("random_saturation", lower, upper)
    return adjust_saturation(image, uniform((), lower, upper))


@_twice("jpeg_quality", "tf.ones([4, 4, 3]), 70, 90")
def _jpeg_quality(uniform, image, min_jpeg_quality, max_jpeg_quality):
    """A picture as it looks after JPEG of a quality of [min_jpeg_quality, max_jpeg_quality).

    Args:
      image: (height, width, 1 or 3).
      min_jpeg_quality, max_jpeg_quality: in [0, 100], the first smaller, else a ValueError.
    """
    low, high = min_jpeg_quality, max_jpeg_quality
    if not (0 <= low < high <= 100):
        raise ValueError(
            f"[random_jpeg_quality] 0 <= min_jpeg_quality < max_jpeg_quality <= 100 must hold, got "
            f"{low} and {high}."
        )
    return adjust_jpeg_quality(image, uniform((), low, high, "int32"))


# -- crops -----------------------------------------------------------------------------------------


def window(x, starts, sizes):
    """The part of a tensor of given sizes that begins at a vector of starts, even in a trace."""
    if getattr(starts, "is_eager", True):
        return ops.slice(x, starts, sizes)
    for axis, size in enumerate(sizes):
        if size is not x._shape[axis]:
            x = ops.gather(x, starts[axis] + ops.range(size), axis=axis)
    return x


def _cropped(name, uniform, value, size):
    value, size = tensor_of(value), static_ints(size, f"[{name}] size")
    if len(size) != len(value._shape):
        raise ValueError(
            f"[{name}] size {list(size)} must have one number for each of the {len(value._shape)} "
            f"dimensions of a value of shape {value.shape}."
        )
    room = [whole - part + 1 for whole, part in zip(value._shape, size)]
    if any(r.__class__ is int and r < 1 for r in room):
        raise ValueError(
            f"[{name}] Need value.shape >= size, got shape {value.shape} and size {list(size)}."
        )
    drawn = uniform((len(size),), 0, 2**31 - 1, "int32")
    return window(value, drawn % ops.cast(ops.stack(room), "int32"), size)


@public("image.random_crop")
def random_crop(value, size, seed=None, name=None):
    """A part of a tensor, of a size, from anywhere.

    Args:
      value: a tensor.
      size: the shape of the part.
      seed: an integer, see `tf.random.set_seed`.

    Raises:
      ValueError: a size larger than the tensor.

    Example:
    >>> tf.image.random_crop(tf.ones([5, 5, 3]), [4, 4, 3], seed=1).shape
    TensorShape([4, 4, 3])
    """
    return _cropped("random_crop", partial(_stateful, seed=seed), value, size)


@public("image.stateless_random_crop")
def stateless_random_crop(value, size, seed, name=None):
    """`tf.image.random_crop`, the same for the same `seed`, two integers.

    Example:
    >>> tf.image.stateless_random_crop(tf.ones([5, 5, 3]), [4, 4, 3], seed=[1, 2]).shape
    TensorShape([4, 4, 3])
    """
    return _cropped("stateless_random_crop", partial(_stateless, seed=seed), value, size)
