"""How layers of 1 to 3 spatial axes read their arguments."""

from ... import ops
from ...ops._windows import FORMATS


def per_axis(name, value, rank, least=1):
    """An int, or `rank` of them, as a tuple of `rank` ints.

    Args:
      name: the argument's, for messages.
      least: the least that each may be.

    Raises:
      ValueError: something else.
    """
    values = (value,) * rank if hasattr(value, "__index__") else value
    is_tuple = isinstance(values, (tuple, list)) and len(values) == rank
    if not is_tuple or not all(hasattr(v, "__index__") for v in values):
        raise ValueError(
            f"The `{name}` argument must be a tuple of {rank} integers. Received {name}={value!r}"
        )
    values = tuple(map(int, values))
    low = {v for v in values if v < least}
    if low:
        raise ValueError(
            f"The `{name}` argument must be a tuple of {rank} integers. Received {name}={value!r}, "
            f"including values {low} that do not satisfy `value {'>' if least else '>='} 0`: each "
            f"should be a {'positive' if least else 'non-negative'} integer."
        )
    return values


def check_padding(padding, allowed=("valid", "same")):
    """The kind of padding in lower case; ValueError for none of those allowed."""
    kind = str(padding).lower()
    if kind not in allowed:
        raise ValueError(
            f"The `padding` argument must be one of {', '.join(map(repr, allowed))}. Received: "
            f"padding={padding!r}"
        )
    return kind


def format_of(layer):
    """The layer's data format as `tf.nn` spells it: "NHWC", "NCHW", ..."""
    return FORMATS[layer._rank][layer.data_format == "channels_first"]


def spatial_axes(layer):
    """The numbers of the spatial axes."""
    first = 2 if layer.data_format == "channels_first" else 1
    return tuple(range(first, first + layer._rank))


def channel_axis(layer):
    """1 or -1."""
    return 1 if layer.data_format == "channels_first" else -1


def floats(layer, inputs):
    """The inputs as floats: integers in the layer's compute dtype."""
    return inputs if inputs.dtype.is_floating else ops.cast(inputs, layer.compute_dtype)
