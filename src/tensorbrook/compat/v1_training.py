"""What loops of TensorFlow 1's style still take from tf.compat.v1 when operations run at once:
losses, decays of learning rates, optimizers, initializers, and resizing by its old rule."""

import math

import tensorbrook as tf

from ..keras import optimizers
from ..keras.initializers import compute_fans
from ..keras.optimizers import schedules

# -- losses ----------------------------------------------------------------------------------------


def compute_weighted_loss(
    losses,
    weights=1.0,
    scope=None,
    loss_collection=None,
    reduction="weighted_sum_by_nonzero_weights",
):
    """One number of the losses of elements, or with reduction="none" these times their weights.

    Args:
      losses: a tensor of floats.
      weights: a number, or a tensor that broadcasts to `losses`.
      reduction: what the sum is divided by: "weighted_sum" (nothing), "weighted_mean" (the sum of
        weights), "weighted_sum_over_batch_size" (elements), "weighted_sum_by_nonzero_weights".

    Example:
    >>> tf.compat.v1.losses.compute_weighted_loss([1.0, 2.0, 3.0], [1.0, 0.0, 2.0]).numpy()
    np.float32(3.5)
    """
    losses = tf.cast(losses, tf.float32)
    weights = tf.broadcast_to(tf.cast(weights, tf.float32), tf.shape(losses))
    total = tf.reduce_sum(losses * weights)
    if reduction == "none":
        return losses * weights
    counts = {
        "weighted_sum": lambda: 1.0,
        "weighted_mean": lambda: tf.reduce_sum(weights),
        "weighted_sum_over_batch_size": lambda: tf.cast(tf.size(losses), tf.float32),
        "weighted_sum_by_nonzero_weights": lambda: tf.math.count_nonzero(weights, dtype=tf.float32),
    }
    if reduction not in counts:
        raise ValueError(f"Invalid Reduction Key {reduction}. Key should be one of {list(counts)}.")
    return tf.math.divide_no_nan(total, counts[reduction]())


def _log_loss(labels, predictions, epsilon=1e-7):
    rest = (1 - labels) * tf.math.log(1 - predictions + epsilon)
    return -labels * tf.math.log(predictions + epsilon) - rest


def _huber(labels, predictions, delta=1.0):
    error = tf.abs(predictions - labels)
    bent = tf.minimum(error, delta)
    return 0.5 * bent * bent + delta * (error - bent)


def _cosine_distance(labels, predictions, axis=None):
    return 1 - tf.reduce_sum(labels * predictions, axis, keepdims=True)


def _smoothed(labels, logits, amount, share):
    labels = tf.cast(labels, logits.dtype)
    return labels * (1 - amount) + amount * share


def _sigmoid(labels, logits, label_smoothing=0):
    labels = _smoothed(labels, logits, label_smoothing, 0.5)
    return tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)


def _softmax(labels, logits, label_smoothing=0):
    labels = _smoothed(labels, logits, label_smoothing, 1 / logits.shape[-1])
    return tf.nn.softmax_cross_entropy_with_logits(labels, logits)


def _loss(name, of_elements, labels="labels", outputs="predictions", own=None):
    """The loss whose losses of elements a function of labels and outputs gives; `own` are the
    names of that function's further arguments, which follow the weights."""

    def loss(*args, **kwargs):
        names = [labels, outputs, "weights", *own, "scope", "loss_collection", "reduction"]
        if name == "cosine_distance":
            names[2:4] = ["axis", "weights"]
        given = {**dict(zip(names, args)), **kwargs}
        mine = {key: given.pop(key) for key in own if key in given}
        truth, output = given.pop(labels), tf.convert_to_tensor(given.pop(outputs))
        if of_elements is not tf.nn.sparse_softmax_cross_entropy_with_logits:
            output = tf.cast(output, tf.float32)
            truth = tf.cast(truth, tf.float32)
        return compute_weighted_loss(of_elements(truth, output, **mine), **given)

    loss.__name__ = loss.__qualname__ = name
    loss.__doc__ = f"`{labels}` and `{outputs}` compared, as compute_weighted_loss adds it up."
    return loss


def _hinge(labels, logits):
    return tf.nn.relu(1 - (2 * labels - 1) * logits)


LOSSES = {
    "absolute_difference": (lambda y, p: tf.abs(p - y), "labels", "predictions", ()),
    "cosine_distance": (_cosine_distance, "labels", "predictions", ("axis",)),
    "hinge_loss": (_hinge, "labels", "logits", ()),
    "huber_loss": (_huber, "labels", "predictions", ("delta",)),
    "log_loss": (_log_loss, "labels", "predictions", ("epsilon",)),
    "mean_squared_error": (lambda y, p: tf.square(p - y), "labels", "predictions", ()),
    "sigmoid_cross_entropy": (_sigmoid, "multi_class_labels", "logits", ("label_smoothing",)),
    "softmax_cross_entropy": (_softmax, "onehot_labels", "logits", ("label_smoothing",)),
    "sparse_softmax_cross_entropy": (
        tf.nn.sparse_softmax_cross_entropy_with_logits,
        "labels",
        "logits",
        (),
    ),
}

# -- learning rates --------------------------------------------------------------------------------


def _decay(schedule, step):
    """The learning rate at the step as it is when asked: a number, or a variable's value."""
    return lambda: schedule(tf.convert_to_tensor(step))


def polynomial_decay(
    learning_rate, global_step, decay_steps, end_learning_rate=1e-4, power=1.0, cycle=False,
    name=None,
):  # fmt: skip
    """A function without arguments that gives the rate at `global_step`, here and in its kin."""
    return _decay(
        schedules.PolynomialDecay(learning_rate, decay_steps, end_learning_rate, power, cycle),
        global_step,
    )


def exponential_decay(
    learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None
):
    """`learning_rate * decay_rate ** (global_step / decay_steps)`.

    Example:
    >>> tf.compat.v1.train.exponential_decay(0.1, 7, 5, 0.5, staircase=True)().numpy()
    np.float32(0.05)
    """
    return _decay(
        schedules.ExponentialDecay(learning_rate, decay_steps, decay_rate, staircase), global_step
    )


def natural_exp_decay(
    learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None
):
    """`learning_rate * exp(-decay_rate * global_step / decay_steps)`."""
    rate = math.exp(-decay_rate)
    return exponential_decay(learning_rate, global_step, decay_steps, rate, staircase)


def inverse_time_decay(
    learning_rate, global_step, decay_steps, decay_rate, staircase=False, name=None
):
    """`learning_rate / (1 + decay_rate * global_step / decay_steps)`."""
    return _decay(
        schedules.InverseTimeDecay(learning_rate, decay_steps, decay_rate, staircase), global_step
    )


def cosine_decay(learning_rate, global_step, decay_steps, alpha=0.0, name=None):
    """Half a cosine down to `alpha * learning_rate`."""
    return _decay(schedules.CosineDecay(learning_rate, decay_steps, alpha), global_step)


def cosine_decay_restarts(
    learning_rate, global_step, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name=None
):
    """Half cosines, each `t_mul` times as long as the one before, and `m_mul` times as high."""
    return _decay(
        schedules.CosineDecayRestarts(learning_rate, first_decay_steps, t_mul, m_mul, alpha),
        global_step,
    )


def piecewise_constant(x, boundaries, values, name=None):
    """The value of the interval that `x` lies in."""
    return _decay(schedules.PiecewiseConstantDecay(boundaries, values), x)


# -- optimizers ------------------------------------------------------------------------------------


class Optimizer(tf.Module):
    """An optimizer of TensorFlow 1's interface, for losses that are functions.

    Args:
      rule: the optimizer of Keras that has the same rule.
      name: its name.

    Example:
    >>> v = tf.Variable(1.0)
    >>> tf.compat.v1.train.GradientDescentOptimizer(0.1).minimize(lambda: v * v)
    >>> v.numpy()
    np.float32(0.8)
    """

    def __init__(self, rule, name):
        super().__init__(name)
        self._rule, self._given_name = rule, name

    def get_name(self):
        """The name."""
        return self._given_name

    def compute_gradients(self, loss, var_list=None, gate_gradients=1, **options):
        """Pairs of the gradient and the variable, of a loss that is a function.

        Raises:
          RuntimeError: `loss` is a tensor.
        """
        if not callable(loss):
            raise RuntimeError("`loss` passed to Optimizer.compute_gradients should be a function.")
        with tf.GradientTape() as tape:
            value = loss()
        variables = tape.watched_variables() if var_list is None else var_list
        return list(zip(tape.gradient(value, variables), variables))

    def apply_gradients(self, grads_and_vars, global_step=None, name=None):
        """Changes the variables, and counts `global_step`, a variable, up."""
        self._rule.apply_gradients([(g, v) for g, v in grads_and_vars if g is not None])
        if global_step is not None:
            global_step.assign_add(1)

    def minimize(self, loss, global_step=None, var_list=None, name=None, **options):
        """`compute_gradients`, then `apply_gradients`."""
        self.apply_gradients(self.compute_gradients(loss, var_list), global_step)


class _RootMeanSquare(optimizers.RMSprop):
    """Whose mean squares begin with ones."""

    def slots(self, variable):
        return {**super().slots(variable), "velocity": 1.0}


def _optimizer(name, rule, parameters, fixed):
    """The class `{name}Optimizer`: `parameters` are "old>new=default", by position."""
    rows = [p.partition("=") for p in parameters.split()]
    old = [(first.partition(">"), default) for first, _, default in rows]

    class Made(Optimizer):
        def __init__(self, *args, use_locking=False, name=name, **kwargs):
            given = {**dict(zip([o[0] for o, _ in old], args)), **kwargs}
            chosen = dict(fixed)
            for (own, _, new), default in old:
                if own in given or default:
                    chosen[new or own] = given.pop(own) if own in given else float(default)
            if given:
                raise TypeError(f"{type(self).__name__} got an unexpected argument: {list(given)}")
            super().__init__(rule(**chosen), name)

    Made.__name__ = Made.__qualname__ = f"{name}Optimizer"
    return Made


OPTIMIZERS = {
    "Adadelta": (optimizers.Adadelta, "learning_rate=0.001 rho=0.95 epsilon=1e-8", {}),
    "Adagrad": (
        optimizers.Adagrad,
        "learning_rate initial_accumulator_value=0.1",
        {"epsilon": 0.0},
    ),
    "Adam": (
        optimizers.Adam,
        "learning_rate=0.001 beta1>beta_1=0.9 beta2>beta_2=0.999 epsilon=1e-8",
        {},
    ),
    "Ftrl": (
        optimizers.Ftrl,
        "learning_rate learning_rate_power=-0.5 initial_accumulator_value=0.1 "
        "l1_regularization_strength=0 l2_regularization_strength=0",
        {},
    ),
    "GradientDescent": (optimizers.SGD, "learning_rate", {}),
    "Momentum": (optimizers.SGD, "learning_rate momentum use_nesterov>nesterov", {}),
    "RMSProp": (
        _RootMeanSquare,
        "learning_rate decay>rho=0.9 momentum=0 epsilon=1e-10 centered",
        {},
    ),
}

# -- initializers ----------------------------------------------------------------------------------

TRUNCATED = 0.87962566103423978  # the standard deviation of a normal number cut off at two


def _scaled(shape, dtype, scale, mode, distribution, seed):
    fan_in, fan_out = compute_fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    spread = math.sqrt(scale / max(1.0, fan))
    if distribution == "uniform":
        limit = math.sqrt(3) * spread
        return tf.random.uniform(shape, -limit, limit, dtype, seed)
    if distribution == "untruncated_normal":
        return tf.random.normal(shape, 0.0, spread, dtype, seed)
    return tf.random.truncated_normal(shape, 0.0, spread / TRUNCATED, dtype, seed)


def _initializer(draw, *parameters):
    """A class of initializers: `parameters` are (name, default); seed and dtype come last."""

    class Initializer:
        def __init__(self, *args, **kwargs):
            self._given = dict((*parameters, ("seed", None), ("dtype", tf.float32)))
            names = list(self._given)
            for key, value in (*zip(names, args), *kwargs.items()):
                if key not in self._given:
                    raise TypeError(f"an initializer got an unexpected argument: {key}")
                self._given[key] = value

        def __call__(self, shape, dtype=None, partition_info=None):
            options = dict(self._given)
            chosen = tf.as_dtype(options.pop("dtype") if dtype is None else dtype)
            options.pop("dtype", None)
            return draw(tuple(shape), chosen, **options)

        def get_config(self):
            return {**self._given, "dtype": tf.as_dtype(self._given["dtype"]).name}

    return Initializer


def _normal(draw):
    return lambda shape, dtype, mean, stddev, seed: draw(shape, mean, stddev, dtype, seed)


def _glorot(distribution):
    return lambda shape, dtype, seed: _scaled(shape, dtype, 1.0, "fan_avg", distribution, seed)


_MEAN = (("mean", 0.0), ("stddev", 1.0))
INITIALIZERS = {
    "glorot_normal": _initializer(_glorot("truncated_normal")),
    "glorot_uniform": _initializer(_glorot("uniform")),
    "random_normal": _initializer(_normal(tf.random.normal), *_MEAN),
    "random_uniform": _initializer(
        lambda shape, dtype, minval, maxval, seed: tf.random.uniform(
            shape, minval, maxval, dtype, seed
        ),
        ("minval", 0.0),
        ("maxval", None),
    ),
    "truncated_normal": _initializer(_normal(tf.random.truncated_normal), *_MEAN),
    "variance_scaling": _initializer(
        _scaled, ("scale", 1.0), ("mode", "fan_in"), ("distribution", "truncated_normal")
    ),
}

# -- pictures --------------------------------------------------------------------------------------


def _old_places(size, new, align_corners):
    """Where the new pixels lie among `size` old ones: corners on corners, or origins on origins."""
    step = (size - 1) / (new - 1) if align_corners and new > 1 else size / new
    return tf.range(new, dtype=tf.float32) * step


def resize_by_corners(images, size, method, align_corners):
    """Pictures resized by TensorFlow 1's rule: pixels' corners, not centres, are scaled.

    Args:
      images: (batch, height, width, channels).
      size: the new height and width.
      method: "bilinear" or "nearest".
    """
    for axis, new in zip((1, 2), size):
        old = images.shape[axis]
        place = _old_places(old, int(new), align_corners)
        if method == "nearest":
            near = tf.floor(place + 0.5) if align_corners else tf.floor(place)
            images = tf.gather(images, tf.cast(tf.minimum(near, old - 1), tf.int32), axis=axis)
            continue
        images = tf.cast(images, tf.float32)
        low = tf.floor(place)
        share = tf.reshape(place - low, (-1, *(1,) * (3 - axis)))
        first, second = (
            tf.gather(images, tf.cast(tf.minimum(index, old - 1), tf.int32), axis=axis)
            for index in (low, low + 1)
        )
        images = first + (second - first) * share
    return images


def entries():
    """What tf.compat.v1 has of this module, by its names there."""
    decays = (
        polynomial_decay, exponential_decay, natural_exp_decay, inverse_time_decay, cosine_decay,
        cosine_decay_restarts, piecewise_constant,
    )  # fmt: skip
    return {
        "losses.compute_weighted_loss": compute_weighted_loss,
        **{f"losses.{name}": _loss(name, *row[:3], own=row[3]) for name, row in LOSSES.items()},
        **{f"train.{decay.__name__}": decay for decay in decays},
        **{f"train.{n}Optimizer": _optimizer(n, *row) for n, row in OPTIMIZERS.items()},
        "train.Optimizer": Optimizer,
        **{
            path: made
            for name, made in INITIALIZERS.items()
            for path in (f"{name}_initializer", f"initializers.{name}")
        },
    }
