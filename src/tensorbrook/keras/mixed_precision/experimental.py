"""keras.mixed_precision.experimental: the names of Keras 2 before 2.4."""

from .. import optimizers, policy

global_policy, set_policy = policy.dtype_policy, policy.set_dtype_policy


def LossScaleOptimizer(optimizer, loss_scale="dynamic"):
    """An optimizer that scales losses so that small float16 gradients do not vanish.

    Args:
      optimizer: the optimizer that updates.
      loss_scale: "dynamic", or a number that stays.

    Example:
    >>> inner = tf.keras.optimizers.SGD()
    >>> scaled = tf.keras.mixed_precision.experimental.LossScaleOptimizer(inner, 128)
    >>> scaled.loss_scale_factor
    128
    """
    if loss_scale == "dynamic":
        return optimizers.LossScaleOptimizer(optimizer)
    optimizer.loss_scale_factor = loss_scale
    return optimizer


def Policy(name, loss_scale="auto"):
    """A policy by its name.

    Args:
      name: such as "mixed_float16".
      loss_scale: "auto"; others are given to the optimizer, as LossScaleOptimizer.

    Raises:
      NotImplementedError: another loss scale.

    Example:
    >>> tf.keras.mixed_precision.experimental.Policy("mixed_bfloat16").variable_dtype
    'float32'
    """
    if loss_scale != "auto":
        raise NotImplementedError(
            f"mixed_precision.experimental.Policy(loss_scale={loss_scale!r}): wrap the optimizer, "
            "as in keras.mixed_precision.LossScaleOptimizer(optimizer)."
        )
    return policy.DTypePolicy(name)


def get_layer_policy(layer):
    """The policy of a layer.

    Example:
    >>> layer = tf.keras.layers.Dense(1, dtype="mixed_float16")
    >>> tf.keras.mixed_precision.experimental.get_layer_policy(layer).name
    'mixed_float16'
    """
    return layer.dtype_policy
