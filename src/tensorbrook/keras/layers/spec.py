"""InputSpec: the inputs that a layer accepts, and the errors for others."""

from ...base.dtypes import as_dtype
from ...base.shapes import TensorShape, differs
from ...core.tensor import convert_to_tensor


class InputSpec:
    """The rank, shape and dtype that a layer expects of an input; assign it to `self.input_spec`.

    Args:
      dtype: the dtype.
      shape: the shape with the batch's dimension; None stands for any size.
      ndim, min_ndim, max_ndim: the rank, the smallest, the largest one.
      axes: a dict from axes to their sizes.
      allow_last_axis_squeeze: a last axis of size 1 may be missing or added.
      name: the input's name in a dict of inputs.
      optional: the input may be None.

    Raises:
      TypeError: `axes` is no dict from integers.
      ValueError: `axes` names an axis that inputs of that rank do not have.

    Example:
    >>> tf.keras.layers.InputSpec(min_ndim=2, axes={-1: 4})
    InputSpec(min_ndim=2, axes={-1: 4})
    """

    def __init__(
        self,
        dtype=None,
        shape=None,
        ndim=None,
        max_ndim=None,
        min_ndim=None,
        axes=None,
        allow_last_axis_squeeze=False,
        name=None,
        optional=False,
    ):
        self.dtype = None if dtype is None else as_dtype(dtype).name
        self.shape = None if shape is None else tuple(TensorShape(shape))
        self.ndim = ndim if shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.name = name
        self.optional = optional
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self._fitting = None  # the last shape that fitted: most calls come with it again
        try:
            self.axes = {int(axis): size for axis, size in dict(axes or {}).items()}
        except (TypeError, ValueError):
            raise TypeError(
                f"Argument `axes` must be a dict with integer keys. Received: axes={axes}"
            ) from None
        rank = self.ndim or self.max_ndim
        if rank and self.axes and max(self.axes) >= rank:
            raise ValueError(
                f"Axis {max(self.axes)} is greater than the maximum allowed value: {rank - 1}"
            )

    def __getstate__(self):
        return {**self.__dict__, "_fitting": None}  # it may hold sizes of a trace

    def check(self, layer_name, x, index=0):
        """Raises ValueError, naming the layer, what was expected and what came, unless `x` fits.

        Args:
          layer_name: the layer, for the message.
          x: the tensor.
          index: which of the layer's inputs it is.
        """
        known = getattr(x, "_shape", None)
        if known is not None and not differs(known, self._fitting):
            return
        if x is None and self.optional:
            return
        if isinstance(x, int | float):
            x = convert_to_tensor(x)
        if not hasattr(x, "shape"):
            raise ValueError(
                f"Inputs to a layer should be tensors. Got '{x}' (of type {type(x)}) as input for "
                f"layer '{layer_name}'."
            )
        shape = tuple(x.shape)
        fault = self._rank_fault(shape) or self._size_fault(shape)
        if fault is None and self.dtype is not None and as_dtype(x.dtype).name != self.dtype:
            fault = (
                f"expected dtype={self.dtype}, found dtype={as_dtype(x.dtype).name}",
                f"Cast it: tf.cast(x, {self.dtype!r}).",
            )
        if fault is not None:
            raise ValueError(
                f"Input {index} with name '{self.name}' of layer '{layer_name}' is incompatible "
                f"with the layer: {fault[0]}. {fault[1]}"
            )
        if self.dtype is None:
            self._fitting = known

    def _rank_fault(self, shape):
        """(what is wrong with the rank, what to do), or None."""
        rank = len(shape)
        for bound, wanted, wrong in (
            ("ndim", self.ndim, self.ndim != rank and not self.allow_last_axis_squeeze),
            ("max_ndim", self.max_ndim, (self.max_ndim or rank) < rank),
            ("min_ndim", self.min_ndim, (self.min_ndim or 0) > rank),
        ):
            if wanted is not None and wrong:
                received = (
                    f"expected {bound}={wanted}, found ndim={rank}. Full shape received: {shape}"
                )
                return received, _rank_advice(shape, wanted)
        return None

    def _size_fault(self, shape):
        """(what is wrong with a dimension, what to do), or None."""
        for axis, size in self.axes.items():
            if size is not None and shape[axis] not in (size, None):
                return (
                    f"expected axis {axis} of input shape to have value {size}, but received input "
                    f"with shape {shape}",
                    f"The layer's weights were made for {size}: give it inputs of that size, or "
                    "make another layer.",
                )
        if self.shape is None:
            return None
        wanted = self.shape
        if self.allow_last_axis_squeeze:
            shape = shape[:-1] if tuple(shape[-1:]) == (1,) else shape
            wanted = wanted[:-1] if wanted and wanted[-1] == 1 else wanted
        if any(a != b and None not in (a, b) for a, b in zip(wanted, shape)):
            return f"expected shape={self.shape}, found shape={shape}", "Reshape the input."
        return None

    def get_config(self):
        """The arguments, as plain data."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config):
        """The InputSpec of a config."""
        return cls(**config)

    def __repr__(self):
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        given = [f"{name}={getattr(self, name)}" for name in names if getattr(self, name)]
        return f"InputSpec({', '.join(given)})"


def _rank_advice(shape, wanted):
    if len(shape) == wanted - 1:
        if len(shape) < 2:
            return (
                "The first axis is the batch: for a batch of single numbers use "
                "tf.expand_dims(x, -1), for one sample tf.expand_dims(x, 0)."
            )
        return (
            "Add the missing axis: tf.expand_dims(x, -1), or tf.expand_dims(x, 0) for one sample."
        )
    if len(shape) < wanted:
        return "Reshape the input."
    return "Reshape the input, or put a Flatten or Reshape layer before this one."
