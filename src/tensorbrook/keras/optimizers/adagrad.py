"""Adagrad, Adadelta and RMSprop: steps divided by the size of past gradients."""

from ... import ops
from .base import Optimizer, epsilon_or_default
from .rows import where_touched


class Adagrad(Optimizer):
    """Adagrad: the rate shrinks with the sum of squared gradients, element by element.

        a <- a + g**2
        w <- w - rate * g / sqrt(a + epsilon)

    Source: Duchi et al., 2011.

    Args:
      learning_rate: the rate.
      initial_accumulator_value: what a starts from.
      epsilon: keeps the divisor from 0.
      **kwargs: the arguments of `Optimizer`.

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.Adagrad(0.1, initial_accumulator_value=0.0)
    >>> _ = optimizer.apply_gradients([(tf.constant(5.0), v)])
    >>> v.numpy().round(4)
    np.float32(0.9)
    """

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon_or_default(epsilon)

    def slots(self, variable):
        return {"accumulator": self.initial_accumulator_value}

    def update(self, gradient, variable, rate, accumulator):
        accumulator = accumulator + ops.square(gradient)
        divisor = where_touched(gradient, self._root, accumulator)
        return variable - rate * gradient / divisor, accumulator

    def _root(self, square):
        return ops.sqrt(square + self.epsilon)


class Adadelta(Optimizer):
    """Adadelta: the step's size follows that of past steps, over that of past gradients.

        a <- rho * a + (1 - rho) * g**2
        d  = -g * sqrt(s + epsilon) / sqrt(a + epsilon)
        s <- rho * s + (1 - rho) * d**2
        w <- w + rate * d

    Source: Zeiler, 2012. With the paper's own rate, 1.0, there is nothing to choose.

    Args:
      learning_rate: the rate.
      rho: how much of the past stays.
      epsilon: keeps the divisor from 0.
      **kwargs: the arguments of `Optimizer`.

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.Adadelta(1.0, epsilon=0.01)
    >>> _ = optimizer.apply_gradients([(tf.constant(1.0), v)])
    >>> v.numpy().round(4)
    np.float32(0.5918)
    """

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.rho = rho
        self.epsilon = epsilon_or_default(epsilon)

    def slots(self, variable):
        return {"accumulated_grad": 0.0, "accumulated_delta_var": 0.0}

    def update(self, gradient, variable, rate, grads, deltas):
        grads = self.rho * grads + (1 - self.rho) * ops.square(gradient)
        delta = -(self._rms(deltas) * gradient / self._rms(grads))
        deltas = self.rho * deltas + (1 - self.rho) * ops.square(delta)
        return variable + rate * delta, grads, deltas

    def _rms(self, square):
        return ops.sqrt(square + self.epsilon)


class RMSprop(Optimizer):
    """RMSprop: the rate divided by a moving average of the gradients' size.

        v <- rho * v + (1 - rho) * g**2
        a <- rho * a + (1 - rho) * g                       with centered, else a = 0
        d  = rate * g / sqrt(v - a**2 + epsilon)
        m <- momentum * m + d;  w <- w - m                 with momentum
        w <- w - d                                         without

    Source: Hinton, 2012.

    Args:
      learning_rate: the rate.
      rho: how much of the past stays.
      momentum: at least 0.
      epsilon: keeps the divisor from 0.
      centered: whether to divide by the deviation from the mean gradient.
      **kwargs: the arguments of `Optimizer`.

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.RMSprop(0.1)
    >>> _ = optimizer.apply_gradients([(tf.constant(5.0), v)])
    >>> v.numpy().round(4)
    np.float32(0.6838)
    """

    slot_groups = (("velocity",), ("momentum",), ("average_gradient",))

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
        **kwargs,
    ):
        super().__init__(learning_rate, **kwargs)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon_or_default(epsilon)
        self.centered = centered

    def slots(self, variable):
        slots = {"velocity": 0.0}
        if self.momentum > 0:
            slots["momentum"] = 0.0
        if self.centered:
            slots["average_gradient"] = 0.0
        return slots

    def update(self, gradient, variable, rate, velocity, *slots):
        rho, slots, states = self.rho, list(slots), []
        velocity = rho * velocity + (1 - rho) * ops.square(gradient)
        divisor = velocity
        if self.centered:
            average = rho * slots.pop() + (1 - rho) * gradient
            states.append(average)
            divisor = velocity - ops.square(average)
        step = rate * gradient / self._root(divisor)
        if self.momentum > 0:
            step = self.momentum * slots.pop() + step
            states.insert(0, step)
        return variable - step, velocity, *states

    def _root(self, square):
        return ops.sqrt(square + self.epsilon)
