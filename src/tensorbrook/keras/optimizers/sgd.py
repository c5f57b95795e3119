"""SGD: gradient descent, with momentum."""

from .base import Optimizer


class SGD(Optimizer):
    """Gradient descent, with momentum in the plain or in Nesterov's form.

        w <- w - rate * g                              without momentum
        v <- momentum * v - rate * g;  w <- w + v      with momentum
        w <- w + momentum * v - rate * g               with nesterov, v updated as before

    Args:
      learning_rate: the rate.
      momentum: between 0 and 1.
      nesterov: whether to look ahead.
      **kwargs: the arguments of `Optimizer`.

    Raises:
      ValueError: a momentum outside of [0, 1].

    Example:
    >>> v = tf.Variable(1.0)
    >>> optimizer = tf.keras.optimizers.SGD(0.1, momentum=0.9)
    >>> for _ in range(2):
    ...     _ = optimizer.apply_gradients([(tf.constant(1.0), v)])
    >>> v.numpy().round(4)
    np.float32(0.71)
    """

    keras_names = {"momentum": "momentums"}  # noqa: RUF012

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **kwargs):
        super().__init__(learning_rate, **kwargs)
        if not 0 <= momentum <= 1:
            raise ValueError(
                f"`momentum` must be a float between [0, 1]. Received: momentum={momentum}"
            )
        self.momentum = momentum
        self.nesterov = nesterov

    def slots(self, variable):
        return {"momentum": 0.0} if self.momentum else {}

    def update(self, gradient, variable, rate, velocity=None):
        step = gradient * rate
        if velocity is None:
            return (variable - step,)
        velocity = velocity * self.momentum - step
        move = velocity * self.momentum - step if self.nesterov else velocity
        return variable + move, velocity
