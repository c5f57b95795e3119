"""Metric, the base of all metrics: state in variables, update, result, reset."""

from functools import partial

import numpy as np

from ... import ops
from ...core.tensor import Tensor, wrap
from ...core.trackable import AutoTrackable
from ...core.variable import Variable
from .. import initializers, registry
from ..loading import initial
from ..losses.base import compute_dtype
from ..stateless import with_values
from ..variables import Variable as KerasVariable

_HOLDERS = (list, tuple, dict)  # where a metric may keep variables and other metrics


class Metric(registry.Configurable, AutoTrackable):
    """The base of metrics: a quantity gathered over batches.

    Subclass it: make the state with `add_weight` in `__init__`, change it in
    `update_state(y_true, y_pred, sample_weight=None)`, compute from it in `result()`.  Calling the
    metric updates and returns the result.

    Args:
      dtype: the dtype of the state (a name or a dtype policy); floatx when None.
      name: a name; made from the class when None.

    Example:
    >>> class Count(tf.keras.metrics.Metric):
    ...     def __init__(self, name="count", dtype=None):
    ...         super().__init__(dtype, name)
    ...         self.seen = self.add_weight(name="seen", initializer="zeros")
    ...     def update_state(self, values, sample_weight=None):
    ...         self.seen.assign_add(tf.cast(tf.size(values), self.dtype))
    ...     def result(self):
    ...         return self.seen
    >>> count = Count()
    >>> count.update_state([1, 2]); float(count([3]))
    3.0
    >>> count.reset_state(); float(count.result())
    0.0
    """

    name: str

    _forgotten = "~"
    _direction = None  # "up" or "down": what callbacks take for better when mode="auto"

    def __init__(self, dtype=None, name=None):
        self._variables, self._metrics = [], []
        self.name = name or registry.auto_name(type(self).__name__)
        self.dtype = self._dtype = compute_dtype(dtype)

    def __setattr__(self, name, value):
        if isinstance(value, (Variable, Metric)):
            kept = self._own("_variables" if isinstance(value, Variable) else "_metrics")
            if not any(value is one for one in kept):
                kept.append(value)
        super().__setattr__(name, value)

    def _own(self, name):
        try:
            return self.__dict__[name]
        except KeyError:
            raise RuntimeError(
                f"{type(self).__name__} has no state yet: call super().__init__() first in its "
                "__init__."
            ) from None

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None):
        """A new variable of the metric's state.

        Args:
          shape: its shape.
          initializer: anything `keras.initializers.get` takes; zeros when None.
          dtype: its dtype; floatx when None.
          aggregation: how the values of a strategy's replicas are merged when they are read.
          name: its name.
        """
        variables = self._own("_variables")
        dtype = compute_dtype(dtype)
        initializer = initializers.get("zeros" if initializer is None else initializer)
        path = f"{self.name.replace('/', '>')}/{name or 'variable'}"
        variable = KerasVariable.made(
            initial(partial(_cast, initializer), tuple(shape), dtype, "metric"),
            False,
            name or "variable",
            path,
            aggregation,
            synchronization="on_read",
        )
        variables.append(variable)
        return variable

    def add_weight(self, *args, **kwargs):
        """A new variable of the metric's state.

        Takes Keras 3's arguments (shape=(), initializer=None, dtype=None, name=None), or, when the
        first is a string, Keras 2's (name, shape=(), aggregation, synchronization, initializer,
        dtype).

        Example:
        >>> class Total(tf.keras.metrics.Metric):
        ...     def __init__(self):
        ...         super().__init__(name="total")
        ...         self.first = self.add_weight("first", (2,), initializer="ones")
        >>> [(v.name, v.numpy().tolist()) for v in Total().variables]
        [('first', [1.0, 1.0])]
        """
        order = "shape initializer dtype name"
        if args and isinstance(args[0], str):
            order = "name shape aggregation synchronization initializer dtype"
        kwargs |= zip(order.split(), args)
        kwargs.pop("synchronization", None)  # replicas are merged on reading in any case
        return self.add_variable(kwargs.pop("shape", ()), kwargs.pop("initializer", None), **kwargs)

    @property
    def variables(self):
        """The state: own variables, then those of metrics held as attributes, in lists or dicts."""
        variables, metrics, seen = [], [], {id(self)}
        stack = [v for v in vars(self).values() if isinstance(v, _HOLDERS)][::-1]
        while stack:
            value = stack.pop()
            if id(value) in seen:  # a list may hold itself
                continue
            seen.add(id(value))
            if isinstance(value, Variable):
                variables.append(value)
            elif isinstance(value, Metric):
                metrics.append(value)
            elif isinstance(value, _HOLDERS):
                stack += reversed(list(value.values()) if isinstance(value, dict) else value)
        return variables + [v for metric in metrics for v in metric.variables]

    weights = non_trainable_variables = non_trainable_weights = variables

    def update_state(self, *args, **kwargs):
        """Adds a batch to the state; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} has no update_state: write it.")

    def result(self):
        """The value so far; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} has no result: write it.")

    def reset_state(self):
        """Sets all variables to zero."""
        if type(self).reset_states is not Metric.reset_states:
            self.reset_states()
        else:
            self._zero()

    def reset_states(self):
        """Keras 2's name of `reset_state`; a subclass may define either."""
        if type(self).reset_state is not Metric.reset_state:
            self.reset_state()
        else:
            self._zero()

    def _zero(self):
        for variable in self.variables:
            variable.assign(wrap(np.zeros(variable._shape, variable._dtype)))

    def __call__(self, *args, **kwargs):
        self._own("_variables")
        self.update_state(*args, **kwargs)
        result = self.result()
        if isinstance(result, Tensor):  # `add_metric` asks for it
            result._metric_obj = self
        return result

    def _with_state(self, metric_variables, function):
        """What `function` returns and the state it leaves, the metric's own state untouched."""
        variables = self.variables
        if metric_variables is not None and len(metric_variables) != len(variables):
            raise ValueError(
                f"metric_variables must hold one value for each of {type(self).__name__}'s "
                f"{len(variables)} variables, got {len(metric_variables)}."
            )
        return with_values(variables, metric_variables, function)

    def stateless_update_state(self, metric_variables, *args, **kwargs):
        """The state after an update of the state `metric_variables`; the metric is not changed.

        Example:
        >>> mean = tf.keras.metrics.Mean()
        >>> [v.numpy() for v in mean.stateless_update_state([1.0, 1.0], [3.0])]
        [np.float32(4.0), np.float32(2.0)]
        """
        return self._with_state(metric_variables, lambda: self.update_state(*args, **kwargs))[1]

    def stateless_result(self, metric_variables):
        """The result of the state `metric_variables`; the metric is not changed."""
        return self._with_state(metric_variables, self.result)[0]

    def stateless_reset_state(self):
        """The state after a reset; the metric is not changed."""
        return self._with_state(None, self.reset_state)[1]

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


def _cast(initializer, shape, dtype):
    return ops.cast(initializer(shape, dtype=dtype), dtype)
