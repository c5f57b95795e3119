"""Ftrl: "follow the regularized leader", for sparse linear models."""

from ... import ops
from ...core.tensor import convert_to_tensor
from .base import Optimizer


class Ftrl(Optimizer):
    """Ftrl: the weight that is best for all gradients so far, with L1 and L2 penalties.

        n' = n + g**2;  s = (n'**-p - n**-p) / rate                       p: learning_rate_power
        z <- z + g + 2 * l2_shrinkage * w - s * w;  n <- n'
        w <- (clip(z, -l1, l1) - z) / (n**-p / rate + 2 * l2 + beta / rate)

    Source: McMahan et al., 2013.

    Args:
      learning_rate: the rate.
      learning_rate_power: at most 0; 0 keeps the rate fixed.
      initial_accumulator_value: what n starts from, at least 0.
      l1_regularization_strength: l1, at least 0.
      l2_regularization_strength: l2, at least 0.
      l2_shrinkage_regularization_strength: a penalty on the weight's size in the gradient only.
      beta: the paper's beta.
      **kwargs: the arguments of `Optimizer`.

    Raises:
      ValueError: an argument outside of its range.

    Example:
    >>> v = tf.Variable([1.0, 1.0])
    >>> optimizer = tf.keras.optimizers.Ftrl(0.1, l1_regularization_strength=100.0)
    >>> _ = optimizer.apply_gradients([(tf.constant([5.0, -0.01]), v)])
    >>> v.numpy()
    array([0., 0.], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
        **kwargs,
    ):
        super().__init__(learning_rate, **kwargs)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta
        if learning_rate_power > 0.0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. "
                f"Received: learning_rate_power={learning_rate_power}."
            )
        for name in (
            "initial_accumulator_value",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "l2_shrinkage_regularization_strength",
        ):
            value = getattr(self, name)
            if value < 0.0:
                raise ValueError(
                    f"`{name}` needs to be positive or zero. Received: {name}={value}."
                )

    def slots(self, variable):
        return {"accumulator": self.initial_accumulator_value, "linear": 0.0}

    def update(self, gradient, variable, rate, accumulator, linear):
        power = convert_to_tensor(-self.learning_rate_power, variable.dtype)
        l1, shrinkage = self.l1_regularization_strength, self.l2_shrinkage_regularization_strength
        l2 = self.l2_regularization_strength + self.beta / (2.0 * rate)
        new = accumulator + ops.square(gradient)
        slope = (ops.pow(new, power) - ops.pow(accumulator, power)) / rate
        linear = linear + (gradient + 2 * shrinkage * variable - slope * variable)
        quadratic = ops.pow(new, power) / rate + 2.0 * l2
        return (ops.clip_by_value(linear, -l1, l1) - linear) / quadratic, new, linear
