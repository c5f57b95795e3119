"""Variables of a model that is being loaded: without memory until a file fills them."""

import math

import numpy as np

from ..base.context import context
from ..base.dtypes import as_dtype
from ..core.tensor import wrap

SLACK = 1 << 16  # elements that weights may have though no file holds them, such as LoRA's
MOST_METRIC_ELEMENTS = 1 << 22  # what metrics of a config may have: no file holds their state


class Late:
    """A value that is computed only if no file gives the variable one."""

    __slots__ = ("_maker", "tensor", "variable")

    def __init__(self, maker, shape, dtype):
        dtype = as_dtype(dtype)
        zero = np.zeros((), dtype.as_numpy_dtype)
        self.tensor = wrap(np.broadcast_to(zero, shape))  # one number, seen as an array
        self._maker = lambda: maker(shape, dtype=dtype.name)

    def finish(self):
        """Computes the value, where the variable was given none."""
        if self.variable._tensor.host() is self.tensor.host():
            self.variable.assign(self._maker())


class Loading:
    """A context in which variables are made without their values.

    Args:
      name: of the file, for messages.
      most: how many elements the file has: weights of layers may have few more than that.

    Example:
    >>> from tensorbrook.keras.loading import Loading
    >>> with Loading("a.keras", most=6) as loading:
    ...     layer = tf.keras.layers.Dense(2)
    ...     layer.build((None, 2))
    >>> loading.finish()
    >>> layer.bias.numpy()
    array([0., 0.], dtype=float32)
    """

    def __init__(self, name, most=math.inf):
        self.name, self._left, self._metrics = name, 2 * most + SLACK, MOST_METRIC_ELEMENTS
        self._late, self.shared = [], {}  # objects by their `shared_object_id`

    def __enter__(self):
        self._outer, context.loading = context.loading, self
        return self

    def __exit__(self, *exc):
        context.loading = self._outer

    def late(self, maker, shape, dtype, kind):
        """A value for later, of a weight of a "layer", a "metric" or an "optimizer".

        Raises:
          ValueError: there would be more elements than the file has.
        """
        size = math.prod(shape)
        if kind == "layer":
            self._left -= size
        elif kind == "metric":
            self._metrics -= size
        if self._left < 0 or self._metrics < 0:
            raise ValueError(
                f"{self.name}: its configuration describes a {kind} with a weight of shape "
                f"{tuple(shape)}, and so more weights than the file holds. It is damaged, or made "
                "to use up memory: nothing was loaded."
            )
        self._late.append(Late(maker, tuple(shape), dtype))
        return self._late[-1]

    def finish(self):
        """Gives the variables that no file gave a value the one they begin with."""
        late, self._late = self._late, []
        for value in late:
            value.finish()


def initial(maker, shape, dtype, kind):
    """What an initializer makes, or that for later while a model is being loaded."""
    if context.loading is None:
        return maker(shape, dtype=as_dtype(dtype).name)
    return context.loading.late(maker, shape, dtype, kind)
