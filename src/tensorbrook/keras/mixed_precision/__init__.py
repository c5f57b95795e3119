"""keras.mixed_precision: dtype policies and scaled losses, by the names of Keras 3 and Keras 2."""

from ..optimizers import LossScaleOptimizer
from ..policy import DTypePolicy, dtype_policy, set_dtype_policy
from . import experimental as experimental

Policy = DTypePolicy
global_policy, set_global_policy = dtype_policy, set_dtype_policy
