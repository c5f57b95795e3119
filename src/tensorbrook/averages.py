"""tf.train.ExponentialMovingAverage: variables' averages over the steps."""

from .base.errors import InvalidArgumentError
from .core.dispatch import init_scope
from .core.tensor import convert_to_tensor
from .core.trackable import Trackable, grown
from .core.variable import Variable
from .ops import cast, minimum


class ExponentialMovingAverage(Trackable):
    """Keeps `average = decay * average + (1 - decay) * variable` for variables.

    Args:
      decay: a number below 1.
      num_updates: how many steps were made; the decay is then at most (1 + n) / (10 + n).
      zero_debias: False; True is for tensors of graphs, and of no effect on variables.

    Example:
    >>> v = tf.Variable(1.0)
    >>> ema = tf.train.ExponentialMovingAverage(0.9)
    >>> ema.apply([v])
    >>> v = v.assign(3.0)
    >>> ema.apply([v])
    >>> ema.average(v).numpy()
    np.float32(1.2)
    """

    _forgotten = ""

    def __init__(self, decay, num_updates=None, zero_debias=False, name="ExponentialMovingAverage"):
        self._decay, self._updates, self.name = decay, num_updates, name
        self._averages = {}

    def apply(self, var_list=None):
        """Makes the averages of variables, or moves them on.

        Args:
          var_list: the variables.

        Raises:
          InvalidArgumentError: something that is no variable of floats.
        """
        for v in var_list or ():
            if not isinstance(v, Variable) or not v.dtype.is_floating:
                raise InvalidArgumentError(
                    f"[ExponentialMovingAverage] averages are of variables of floats, got {v!r}."
                )
            average = self._averages.get(v.ref())
            if average is None:
                name = f"{v.name.removesuffix(':0')}/{self.name}"
                with init_scope():  # of a tf.function: what the variable is before its first call
                    average = Variable(v.value(), trainable=False, name=name)
                self._averages[v.ref()] = average
                grown(self)
            decay = convert_to_tensor(self._decay, v.dtype)
            if self._updates is not None:
                done = cast(self._updates, v.dtype)
                decay = minimum(decay, (1 + done) / (10 + done))
            average.assign_sub((average - v) * (1 - decay))

    def _track_children(self):
        return {str(number): v for number, v in enumerate(self._averages.values())}

    def average(self, var):
        """The variable that is the average of `var`; None before `apply`."""
        return self._averages.get(var.ref())

    def average_name(self, var):
        """The name of the average's variable, without ":0"."""
        average = self.average(var)
        own = f"{var.name.removesuffix(':0')}/{self.name}"
        return own if average is None else average.name.removesuffix(":0")
