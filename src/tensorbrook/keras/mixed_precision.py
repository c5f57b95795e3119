"""keras.mixed_precision: dtype policies and scaled losses, by the names of Keras 3 and Keras 2."""

from types import SimpleNamespace

from .optimizers import LossScaleOptimizer
from .policy import DTypePolicy, dtype_policy, set_dtype_policy

Policy = DTypePolicy
global_policy, set_global_policy = dtype_policy, set_dtype_policy


def _experimental_optimizer(optimizer, loss_scale="dynamic"):
    """Keras 2's experimental LossScaleOptimizer.

    Args:
      optimizer: the optimizer that updates.
      loss_scale: "dynamic", or a number that stays.
    """
    if loss_scale == "dynamic":
        return LossScaleOptimizer(optimizer)
    optimizer.loss_scale_factor = loss_scale
    return optimizer


def _experimental_policy(name, loss_scale="auto"):
    """Keras 2's experimental Policy; `compile` scales losses under "mixed_float16" by itself.

    Args:
      name: the policy's name.
      loss_scale: "auto"; others are given to the optimizer, as LossScaleOptimizer.
    """
    if loss_scale != "auto":
        raise NotImplementedError(
            f"mixed_precision.experimental.Policy(loss_scale={loss_scale!r}): wrap the optimizer, "
            "as in keras.mixed_precision.LossScaleOptimizer(optimizer)."
        )
    return DTypePolicy(name)


experimental = SimpleNamespace(
    Policy=_experimental_policy,
    LossScaleOptimizer=_experimental_optimizer,
    global_policy=dtype_policy,
    set_policy=set_dtype_policy,
    get_layer_policy=lambda layer: layer.dtype_policy,
)
