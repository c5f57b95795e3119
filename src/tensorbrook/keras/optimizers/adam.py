"""Adam and its kin: AdamW, Adamax, Nadam, Lamb, Lion and ScheduleFreeAdamW."""

from ... import ops
from ...core.tensor import convert_to_tensor
from .base import Optimizer, constant, epsilon_or_default
from .rows import Rows


def _corrections(rate, step, beta_1, beta_2):
    """1 - beta ** step for both betas: what the moving averages lack in the first steps."""
    betas = [constant(beta, rate.dtype) for beta in (beta_1, beta_2)]
    return [1.0 - ops.pow(beta, step) for beta in betas]


def adam_rate(rate, step, beta_1, beta_2):
    """The rate with both corrections: rate * sqrt(1 - beta_2**step) / (1 - beta_1**step)."""
    first, second = _corrections(rate, step, beta_1, beta_2)
    return rate * ops.sqrt(second) / first


def move(average, value, weight):
    """A moving average, one step on: (1 - weight) * average + weight * value."""
    if isinstance(value, Rows):  # the same numbers, without zeros for the other rows
        return (average - average * weight) + value * weight
    return average + (value - average) * weight


def _weights(rate, beta_1, beta_2):
    """1 - beta for both betas, rounded as Keras does it here: in the variable's dtype."""
    return [1.0 - constant(beta, rate.dtype) for beta in (beta_1, beta_2)]


class Adam(Optimizer):
    """Adam: steps along the mean gradient, divided by the gradients' size.

        m <- beta_1 * m + (1 - beta_1) * g
        v <- beta_2 * v + (1 - beta_2) * g**2
        a  = rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)        in step t = 1, 2, ...
        w <- w - a * m / (sqrt(v) + epsilon)

    With `amsgrad` v in the last line is the largest v so far. Source: Kingma and Ba, 2014; epsilon
    is the "epsilon hat" of the paper. AMSGrad: Reddi et al., 2018.

    Args:
      learning_rate: the rate.
      beta_1, beta_2: how much of the past stays in m and in v.
      epsilon: keeps the divisor from 0.
      amsgrad: whether to divide by the largest v.
      **kwargs: the arguments of `Optimizer`.

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.Adam(0.1)
    >>> for _ in range(3):
    ...     _ = optimizer.apply_gradients([(tf.constant(5.0), v)])
    >>> v.numpy().round(4)
    np.float32(0.7)
    """

    slot_groups = (("momentum", "velocity"), ("velocity_hat",))

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        **kwargs,
    ):
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon_or_default(epsilon)
        self.amsgrad = amsgrad

    def slots(self, variable):
        hat = {"velocity_hat": 0.0} if self.amsgrad else {}
        return {"momentum": 0.0, "velocity": 0.0, **hat}

    def step_values(self, rate, step):
        numbers = (1 - self.beta_1, 1 - self.beta_2, self.epsilon)
        alpha = adam_rate(rate, step, self.beta_1, self.beta_2)
        return alpha, *[constant(number, rate.dtype) for number in numbers]

    def update(self, gradient, variable, values, momentum, velocity, largest=None):
        alpha, weight_1, weight_2, epsilon = values
        momentum = move(momentum, gradient, weight_1)
        velocity = move(velocity, ops.square(gradient), weight_2)
        if largest is None:
            step = momentum * alpha / (ops.sqrt(velocity) + epsilon)
            return variable - step, momentum, velocity
        largest = ops.maximum(largest, velocity)
        step = momentum * alpha / (ops.sqrt(largest) + epsilon)
        return variable - step, momentum, velocity, largest


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: w <- w - rate * weight_decay * w, then Adam.

    Source: Loshchilov and Hutter, 2019.

    Raises:
      ValueError: the weight decay is None.

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.AdamW(0.1, weight_decay=0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant(5.0), v)])
    >>> v.numpy().round(4)
    np.float32(0.85)
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        **kwargs,
    ):
        if weight_decay is None:
            raise ValueError(
                "Argument `weight_decay` must be a float. Received: weight_decay=None. "
                "Without weight decay, use Adam."
            )
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **kwargs
        )


class Adamax(Optimizer):
    """Adamax: Adam with the largest gradient in place of the mean square.

        m <- beta_1 * m + (1 - beta_1) * g
        u <- max(beta_2 * u, |g|)
        w <- w - rate / (1 - beta_1**t) * m / (u + epsilon)      in step t = 1, 2, ...

    Source: Kingma and Ba, 2014, section 7.

    Args:
      learning_rate: the rate.
      beta_1, beta_2: how much of the past stays in m and in u.
      epsilon: keeps the divisor from 0.
      **kwargs: the arguments of `Optimizer`.

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.Adamax(0.1)
    >>> _ = optimizer.apply_gradients([(tf.constant(5.0), v)])
    >>> v.numpy().round(4)
    np.float32(0.9)
    """

    keras_names = {"momentum": "_m", "norm": "_u"}  # noqa: RUF012

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon_or_default(epsilon)

    def slots(self, variable):
        return {"momentum": 0.0, "norm": 0.0}

    def step_values(self, rate, step):
        return rate, _corrections(rate, step, self.beta_1, self.beta_2)[0]

    def update(self, gradient, variable, values, momentum, norm):
        rate, correction = values
        momentum = move(momentum, gradient, 1 - self.beta_1)
        norm = ops.maximum(self.beta_2 * norm, ops.abs(gradient))
        return variable - rate * momentum / (correction * (norm + self.epsilon)), momentum, norm


class Nadam(Optimizer):
    """Nadam: Adam with Nesterov's momentum.

        u(t) = beta_1 * (1 - 0.96**t / 2);  p(t) = u(1) * ... * u(t)
        m <- beta_1 * m + (1 - beta_1) * g
        v <- beta_2 * v + (1 - beta_2) * g**2
        n  = u(t+1) * m / (1 - p(t+1)) + (1 - u(t)) * g / (1 - p(t))
        w <- w - rate * n / (sqrt(v / (1 - beta_2**t)) + epsilon)

    Source: Dozat, 2015.

    Args:
      learning_rate: the rate.
      beta_1, beta_2: how much of the past stays in m and in v.
      epsilon: keeps the divisor from 0.
      **kwargs: the arguments of `Optimizer`; and `schedule_decay`, a factor of t in the exponent,
        which was 0.004 by default in older versions of Keras 2, as in `optimizers.legacy`.

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.Nadam(0.1)
    >>> _ = optimizer.apply_gradients([(tf.constant(5.0), v)])
    >>> v.numpy().round(4)
    np.float32(0.8937)
    """

    # Keras gives the product of the u no name of its own.
    shared_slots = {"variable": 1.0}  # noqa: RUF012
    keras_names = {"variable": "_u_product"}  # noqa: RUF012
    _schedule_decay = 1.0

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **kwargs):
        self.schedule_decay = kwargs.pop("schedule_decay", self._schedule_decay)
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon_or_default(epsilon)

    def slots(self, variable):
        return {"momentum": 0.0, "velocity": 0.0}

    def _u(self, step):
        base = constant(0.96, step.dtype)
        return self.beta_1 * (1.0 - 0.5 * ops.pow(base, step * self.schedule_decay))

    def update_shared(self, step, product):
        return (product * self._u(step),)

    def step_values(self, rate, step, product):
        u, next_u = self._u(step), self._u(step + 1.0)
        weights = _weights(rate, self.beta_1, self.beta_2)
        correction = _corrections(rate, step, self.beta_1, self.beta_2)[1]
        return rate, u, next_u, product, weights, correction

    def update(self, gradient, variable, values, momentum, velocity):
        rate, u, next_u, product, weights, correction = values
        momentum = move(momentum, gradient, weights[0])
        velocity = move(velocity, ops.square(gradient), weights[1])
        mean = next_u * momentum / (1.0 - product * next_u) + (1.0 - u) * gradient / (1.0 - product)
        step = mean * rate / (ops.sqrt(velocity / correction) + self.epsilon)
        return variable - step, momentum, velocity

    def get_config(self):
        """The constructor's arguments, as plain data."""
        usual = self.schedule_decay == self._schedule_decay
        return super().get_config() | ({} if usual else {"schedule_decay": self.schedule_decay})


class Lamb(Optimizer):
    """Lamb: Adam's step, scaled for each variable to the variable's own length.

        m <- beta_1 * m + (1 - beta_1) * g
        v <- beta_2 * v + (1 - beta_2) * g**2
        d  = m / (1 - beta_1**t) / (sqrt(v / (1 - beta_2**t)) + epsilon)
        w <- w - rate * |w| / |d| * d            with 1 in place of the ratio where a length is 0

    Source: You et al., 2019.

    Args:
      learning_rate: the rate.
      beta_1, beta_2: how much of the past stays in m and in v.
      epsilon: keeps the divisor from 0.
      **kwargs: the arguments of `Optimizer`.

    Example:
    >>> v = tf.Variable([3.0, 4.0])
    >>> optimizer = tf.keras.optimizers.Lamb(0.1)
    >>> _ = optimizer.apply_gradients([(tf.constant([5.0, 0.0]), v)])
    >>> v.numpy().round(4)
    array([2.5, 4. ], dtype=float32)
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon_or_default(epsilon)

    def slots(self, variable):
        return {"momentum": 0.0, "velocity": 0.0}

    def step_values(self, rate, step):
        return rate, *_corrections(rate, step, self.beta_1, self.beta_2)

    def update(self, gradient, variable, values, momentum, velocity):
        rate, first, second = values
        momentum = move(momentum, gradient, 1 - self.beta_1)
        velocity = move(velocity, ops.square(gradient), 1 - self.beta_2)
        step = momentum / first / (ops.sqrt(velocity / second) + self.epsilon)
        own, length = _length(variable), _length(step)
        both = ops.logical_and(own > 0.0, length > 0.0)
        ratio = ops.where(both, ops.divide_no_nan(own, length), ops.ones_like(own))
        return variable - ratio * rate * step, momentum, velocity


def _length(x):
    return ops.sqrt(ops.reduce_sum(ops.square(x)))


class Lion(Optimizer):
    """Lion: steps of the same size everywhere, along the sign of a mean gradient.

        w <- w - rate * sign(beta_1 * m + (1 - beta_1) * g)
        m <- beta_2 * m + (1 - beta_2) * g

    Source: Chen et al., 2023.

    Args:
      learning_rate: the rate; about a tenth of Adam's.
      beta_1: how much the mean counts in the step, more than 0.
      beta_2: how much of the past stays in m.
      **kwargs: the arguments of `Optimizer`.

    Raises:
      ValueError: beta_1 is outside of (0, 1].

    Example:
    >>> v = tf.Variable([1.0, 1.0])
    >>> optimizer = tf.keras.optimizers.Lion(0.1)
    >>> _ = optimizer.apply_gradients([(tf.constant([5.0, -0.01]), v)])
    >>> v.numpy()
    array([0.9, 1.1], dtype=float32)
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, **kwargs):
        super().__init__(learning_rate, **kwargs)
        if not 0 < beta_1 <= 1:
            raise ValueError(
                "Argument `beta_1` must be in the [0, 1] range. Otherwise, the optimizer "
                f"degenerates to SignSGD. Received: beta_1={beta_1}."
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def slots(self, variable):
        return {"momentum": 0.0}

    def update(self, gradient, variable, rate, momentum):
        direction = ops.sign(momentum * self.beta_1 + gradient * (1.0 - self.beta_1))
        momentum = momentum * self.beta_2 + gradient * (1.0 - self.beta_2)
        return variable - rate * direction, momentum


class ScheduleFreeAdamW(Optimizer):
    """AdamW that needs no schedule: it steps with z, and trains at a mean of z and x, its average.

        v <- beta_2 * v + (1 - beta_2) * g**2
        x  = (w - (1 - beta_1) * z) / beta_1
        z <- z - rate * g / (sqrt(v / (1 - beta_2**t)) + epsilon)
        x <- (1 - 1/t) * x + z / t
        w <- (1 - beta_1) * z + beta_1 * x

    Source: Defazio et al., 2024. On TensorFlow, Keras 3.15 takes the new z in the second line, and
    so trains at the plain average of z, whatever beta_1; this is the paper's.

    Args:
      learning_rate: the rate.
      beta_1: how near w is to x.
      beta_2: how much of the past stays in v.
      epsilon: keeps the divisor from 0.
      warmup_steps: so many steps the rate grows from 0.
      **kwargs: the arguments of `Optimizer`.

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.ScheduleFreeAdamW(0.1)
    >>> _ = optimizer.apply_gradients([(tf.constant(5.0), v)])
    >>> v.numpy().round(4)
    np.float32(0.9)
    """

    def __init__(
        self,
        learning_rate=0.0025,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        warmup_steps=0,
        **kwargs,
    ):
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon_or_default(epsilon)
        self.warmup_steps = warmup_steps

    def slots(self, variable):
        return {"momentum": convert_to_tensor(variable), "velocity": 0.0}

    def step_values(self, rate, step):
        if self.warmup_steps > 0:
            rate = rate * ops.minimum(step / self.warmup_steps, 1.0)
        weights = _weights(rate, self.beta_1, self.beta_2)
        correction = _corrections(rate, step, self.beta_1, self.beta_2)[1]
        return rate, 1.0 / step, weights, correction

    def update(self, gradient, variable, values, z, velocity):
        rate, part, (away, weight), correction = values
        velocity = move(velocity, ops.square(gradient), weight)
        x = (variable - away * z) / self.beta_1
        z = z - rate * gradient / (ops.sqrt(velocity / correction) + self.epsilon)
        x = (1.0 - part) * x + part * z
        return away * z + self.beta_1 * x, z, velocity
