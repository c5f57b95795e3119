"""Learning rate schedules: the learning rate as a function of the step."""

import math

from ... import ops
from ...core.tensor import convert_to_tensor
from .. import registry


class LearningRateSchedule(registry.Configurable):
    """The base of schedules: subclass it and write `__call__(step)`, the learning rate.

    Example:
    >>> class Halving(tf.keras.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.5 ** tf.cast(step, "float32")
    >>> Halving()(3).numpy()
    np.float32(0.125)
    """

    _config_module = "keras.optimizers.schedules"

    def __call__(self, step):
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )


def _check_positive(name, value):
    if value <= 0:
        raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={value}")


def _cosine(fraction):
    """From 1 at 0 down to 0 at 1, as half a wave."""
    return 0.5 * (1.0 + ops.cos(math.pi * fraction))


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate * decay_rate ** (step / decay_steps).

    With `staircase` the exponent is rounded down to a whole number.

    Example:
    >>> schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    >>> schedule(20).numpy()
    np.float32(0.025)
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="ExponentialDecay",
    ):
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step):
        rate = convert_to_tensor(self.initial_learning_rate)
        periods = ops.cast(step, rate.dtype) / ops.cast(self.decay_steps, rate.dtype)
        if self.staircase:
            periods = ops.floor(periods)
        return rate * ops.pow(ops.cast(self.decay_rate, rate.dtype), periods)


class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate * step / decay_steps).

    With `staircase` the quotient of steps is rounded down to a whole number.

    Example:
    >>> schedule = tf.keras.optimizers.schedules.InverseTimeDecay(0.1, 10, 0.5)
    >>> schedule(20).numpy()
    np.float32(0.05)
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="InverseTimeDecay",
    ):
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step):
        rate = convert_to_tensor(self.initial_learning_rate)
        periods = ops.cast(step, rate.dtype) / ops.cast(self.decay_steps, rate.dtype)
        if self.staircase:
            periods = ops.floor(periods)
        return rate / (1.0 + ops.cast(self.decay_rate, rate.dtype) * periods)


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and including step boundaries[0], then values[1], and so on.

    Raises:
      ValueError: `values` is not one longer than `boundaries`.

    Example:
    >>> schedule = tf.keras.optimizers.schedules.PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])
    >>> [float(schedule(step)) for step in (10, 11, 30)]
    [1.0, 0.5, 0.10000000149011612]
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of "
                f"length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step):
        step = convert_to_tensor(step)
        rate = convert_to_tensor(self.values[-1])
        for boundary, value in zip(reversed(self.boundaries), reversed(self.values[:-1])):
            rate = ops.where(
                step <= ops.cast(boundary, step.dtype), ops.cast(value, rate.dtype), rate
            )
        return rate


class PolynomialDecay(LearningRateSchedule):
    """From the initial rate to `end_learning_rate` in `decay_steps`, as a power of what is left.

    (initial - end) * (1 - step / decay_steps) ** power + end, and `end` afterwards.
    With `cycle` the number of steps grows to its next multiple instead, and the rate jumps up.

    Example:
    >>> schedule = tf.keras.optimizers.schedules.PolynomialDecay(0.5, 10, end_learning_rate=0.0)
    >>> [float(schedule(step)) for step in (0, 5, 20)]
    [0.5, 0.25, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
        cycle=False,
        name="PolynomialDecay",
    ):
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step):
        rate = convert_to_tensor(self.initial_learning_rate)
        end = ops.cast(self.end_learning_rate, rate.dtype)
        step = ops.cast(step, rate.dtype)
        length = ops.cast(self.decay_steps, rate.dtype)
        if self.cycle:
            length = length * ops.maximum(ops.ceil(step / length), 1.0)
        else:
            step = ops.minimum(step, length)
        left = ops.pow(1.0 - step / length, ops.cast(self.power, rate.dtype))
        return (rate - end) * left + end


class CosineDecay(LearningRateSchedule):
    """Down half a cosine wave in `decay_steps`, to `alpha` times the rate it came from.

    With `warmup_target` the rate first goes straight from the initial one to the target, in
    `warmup_steps`, and the wave starts there. Source: Loshchilov and Hutter, 2016.

    Example:
    >>> schedule = tf.keras.optimizers.schedules.CosineDecay(0.1, 10)
    >>> [round(float(schedule(step)), 6) for step in (0, 5, 10, 99)]
    [0.1, 0.05, 0.0, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        _check_positive("decay_steps", decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step):
        rate = convert_to_tensor(self.initial_learning_rate)
        step, length = ops.cast(step, rate.dtype), ops.cast(self.decay_steps, rate.dtype)
        if self.warmup_target is None:
            return rate * self._decayed(ops.minimum(step, length) / length)
        target = ops.cast(self.warmup_target, rate.dtype)
        warmup = ops.cast(self.warmup_steps, rate.dtype)
        rising = (target - rate) * (step / ops.maximum(warmup, 1.0)) + rate
        falling = target * self._decayed((ops.minimum(step, length + warmup) - warmup) / length)
        return ops.where(step < warmup, rising, falling)

    def _decayed(self, fraction):
        return (1 - self.alpha) * _cosine(fraction) + self.alpha


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine waves one after another, each `t_mul` times as long and `m_mul` times as high.

    `alpha` is the least rate, as a part of the initial one. Source: Loshchilov and Hutter, 2016.

    Example:
    >>> schedule = tf.keras.optimizers.schedules.CosineDecayRestarts(0.1, 10)
    >>> [round(float(schedule(step)), 6) for step in (0, 5, 10, 20)]
    [0.1, 0.05, 0.1, 0.05]
    """

    def __init__(
        self,
        initial_learning_rate,
        first_decay_steps,
        t_mul=2.0,
        m_mul=1.0,
        alpha=0.0,
        name="SGDRDecay",
    ):
        _check_positive("first_decay_steps", first_decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step):
        rate = convert_to_tensor(self.initial_learning_rate)
        dtype = rate.dtype
        done = ops.cast(step, dtype) / ops.cast(self.first_decay_steps, dtype)
        if self.t_mul == 1.0:
            restarts = ops.floor(done)
            fraction = done - restarts
        else:
            growth = ops.cast(self.t_mul, dtype)
            restarts = ops.floor(ops.log(1.0 - done * (1.0 - growth)) / ops.log(growth))
            length = ops.pow(growth, restarts)
            fraction = (done - (1.0 - length) / (1.0 - growth)) / length
        height = ops.pow(ops.cast(self.m_mul, dtype), restarts)
        return rate * ((1 - self.alpha) * (height * _cosine(fraction)) + self.alpha)


TABLE = registry.family(LearningRateSchedule)


def serialize(learning_rate_schedule):
    """The config of a schedule: what `deserialize` makes an equal one of.

    Example:
    >>> schedules = tf.keras.optimizers.schedules
    >>> schedules.serialize(schedules.CosineDecay(0.1, 10))["class_name"]
    'CosineDecay'
    """
    return registry.serialize(learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """The schedule of a config made by `serialize`.

    Example:
    >>> schedules = tf.keras.optimizers.schedules
    >>> schedules.deserialize(schedules.serialize(schedules.CosineDecay(0.1, 10))).decay_steps
    10
    """
    return registry.deserialize(config, TABLE, "learning rate schedule", custom_objects)
