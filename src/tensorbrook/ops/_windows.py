"""How the arguments of convolution and pooling functions are read: formats, strides, padding."""

from ..base.dims import maximum
from ..base.errors import InvalidArgumentError
from ..core.op import Spec, fail
from ._kernels.windows import output_shape
from .shape import reshape, static_ints, transpose

FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}
_PADDING = "padding is 'SAME', 'VALID', or a list with a (before, after) pair for each axis"


class Layout:
    """Where the channels are: the last axis, or axis 1 for "NC..." formats.

    Args:
      name: the public function, for messages.
      ndim: the number of spatial axes.
      data_format: as TensorFlow spells it; None: channels last.

    Raises:
      ValueError: another format.
    """

    def __init__(self, name, ndim, data_format=None):
        if data_format is not None and data_format not in FORMATS[ndim]:
            raise ValueError(
                f"[{name}] data_format = {data_format!r} is not a format of {ndim + 2} "
                f"axes: give {FORMATS[ndim][0]!r} or {FORMATS[ndim][1]!r}."
            )
        self.name, self.ndim = name, ndim
        self.channels_first = data_format == FORMATS[ndim][1]
        self.format = FORMATS[ndim][self.channels_first]

    def spatial(self, values):
        """Of one entry an axis, those of the spatial axes."""
        return tuple(values[2:] if self.channels_first else values[1:-1])

    def channels(self, values):
        """Of one entry an axis, that of the channels."""
        return values[1 if self.channels_first else -1]

    def check_rank(self, x, operand="input"):
        """Raises unless a tensor has batch, spatial and channel axes; more batch axes may lead."""
        rank, want = len(x._shape), self.ndim + 2
        if rank < want or (rank > want and self.channels_first):
            fail(
                self.name,
                f"{operand} must have {want} axes, {self.format}; it has {rank}",
                (Spec(x._shape, x._dtype),),
                "Add the batch axis with tf.expand_dims(x, 0), or one for a single channel "
                "with tf.expand_dims(x, -1).",
                (operand,),
            )

    def enter(self, x):
        """`x` with channels last and one batch axis."""
        if self.channels_first:
            return transpose(x, [0, *range(2, self.ndim + 2), 1])
        if len(x._shape) > self.ndim + 2:
            return reshape(x, (-1 if 0 not in x._shape else 0, *x._shape[-self.ndim - 1 :]))
        return x

    def leave(self, y, batch):
        """The inverse of `enter`; `batch` is what the first axes were."""
        if self.channels_first:
            return transpose(y, [0, self.ndim + 1, *range(1, self.ndim + 1)])
        return y if len(batch) == 1 else reshape(y, (*batch, *y._shape[1:]))

    def batch(self, x):
        """The leading axes of `x`."""
        return x._shape[:1] if self.channels_first else x._shape[: -self.ndim - 1]

    def per_axis(self, what, value):
        """Strides, dilations or window sizes as one int for each spatial axis.

        Args:
          value: None (all 1), an int, or a list of 1, ndim or ndim + 2 ints.

        Raises:
          ValueError: a list of another length; a number below 1; a batch or channel entry that is
            not 1.
          TypeError: a number that is not whole.
        """
        n = self.ndim
        entries = value if isinstance(value, (list, tuple)) else [value]
        if any(isinstance(entry, (float, str)) for entry in entries):
            raise TypeError(f"[{self.name}] {what} takes whole numbers, got {value!r}.")
        values = (1,) if value is None else static_ints(value, what)
        if len(values) not in (1, n, n + 2):
            lengths = "1 or 3" if n == 1 else f"1, {n} or {n + 2}"
            raise InvalidArgumentError(
                f"[{self.name}] {what} should be of length {lengths}, got {list(values)}, of "
                f"length {len(values)}: one number for all spatial axes, or one for each."
            )
        if any(v < 1 for v in values):
            raise InvalidArgumentError(
                f"[{self.name}] {what} must be positive, got {list(values)}."
            )
        if len(values) == n + 2:
            if values[0] != 1 or self.channels(values) != 1:
                raise NotImplementedError(
                    f"[{self.name}] {what} = {list(values)} moves along the batch or channel axis "
                    f"({self.format}), which is not supported: make those entries 1, and take "
                    "x[::s] or reduce over tf.reshape(x, [..., c // k, k]) beside it."
                )
            values = self.spatial(values)
        return tuple(values) * (n if len(values) == 1 else 1)

    def padding(self, padding, sizes, window, strides, dilations=None):
        """(low, high) for each spatial axis, from "SAME", "VALID" or pairs for all axes."""
        n = self.ndim
        if isinstance(padding, str):
            if padding == "VALID":
                return ((0, 0),) * n
            if padding == "SAME":
                return same_padding(sizes, window, strides, dilations or (1,) * n)
            hint = f" Did you mean {padding.upper()!r}?" if padding.islower() else ""
            raise InvalidArgumentError(
                f"[{self.name}] padding = {padding!r} is not known: {_PADDING}.{hint}"
            )
        if not hasattr(padding, "__iter__"):
            raise InvalidArgumentError(f"[{self.name}] padding = {padding!r}: {_PADDING}.")
        pairs = [static_ints(pair, "padding") for pair in padding]
        if len(pairs) != n + 2 or any(len(pair) != 2 for pair in pairs):
            raise InvalidArgumentError(
                f"[{self.name}] padding = {[list(p) for p in pairs]} does not fit: {_PADDING} of "
                f"{self.format}, {n + 2} in all."
            )
        if any(v < 0 for pair in pairs for v in pair):
            raise InvalidArgumentError(
                f"[{self.name}] padding = {[list(p) for p in pairs]} must not be negative: cut "
                "the input with a slice instead."
            )
        if any(pairs[0]) or any(self.channels(pairs)):
            raise InvalidArgumentError(
                f"[{self.name}] padding = {[list(p) for p in pairs]} must be (0, 0) for batch and "
                f"channels ({self.format}): use tf.pad on those axes."
            )
        return self.spatial(pairs)


def same_padding(sizes, window, strides, dilations):
    """The padding with which ceil(size / stride) windows fit, the odd element after the input."""
    pairs = []
    for size, k, s, r in zip(sizes, window, strides, dilations):
        total = maximum((-(-size // s) - 1) * s + (k - 1) * r + 1 - size, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def positions(name, specs, operand_names, sizes, window, strides, padding, dilations=None):
    """The output's spatial shape; raises when a window is larger than the padded input."""
    out = output_shape(sizes, window, strides, padding, dilations)
    if any(count < 1 for count in out):
        shown = [d + low + high for d, (low, high) in zip(sizes, padding)]
        extents = [(k - 1) * r + 1 for k, r in zip(window, dilations or (1,) * len(window))]
        fail(
            name,
            "The output would be empty. Computed output size would be zero or negative: a window "
            f"of {extents} does not fit into spatial axes of {shown}, padding included",
            specs,
            "Use padding='SAME', a smaller window or dilation, or a larger input.",
            operand_names,
        )
    return out
