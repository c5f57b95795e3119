"""All optimizers, their table of names, and `get`."""

from .. import registry
from . import experimental, legacy, schedules
from .adafactor import Adafactor
from .adagrad import Adadelta, Adagrad, RMSprop
from .adam import Adam, Adamax, AdamW, Lamb, Lion, Nadam, ScheduleFreeAdamW
from .base import Optimizer
from .ftrl import Ftrl
from .loss_scale import LossScaleOptimizer
from .multi import MultiOptimizer, OptimizerMap
from .muon import Muon
from .older import OptimizerV2
from .sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "experimental",
    "get",
    "legacy",
    "schedules",
    "serialize",
]

# Names count in any case: "adam", "Adam", "rmsprop", "RMSProp".
TABLE = registry.family(Optimizer, also=str.lower)


def _lower(name):
    return name.lower() if name not in TABLE and name.lower() in TABLE else name


def get(identifier):
    """The optimizer that `identifier` names: a string in any case, a config, or an optimizer.

    Raises:
      ValueError: no optimizer of that name, which gives the nearest ones; or something else.

    Example:
    >>> tf.keras.optimizers.get("rmsprop").rho
    0.9
    >>> tf.keras.optimizers.get("adamm")
    Traceback (most recent call last):
    ValueError: Unknown optimizer: 'adamm'. Did you mean 'adam'...
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return registry.get(_lower(identifier), TABLE, "optimizer")
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        return identifier()
    raise ValueError(f"Could not interpret optimizer identifier: {identifier!r}")


def serialize(optimizer):
    """The config of an optimizer: what `deserialize` makes an equal one of.

    Example:
    >>> config = tf.keras.optimizers.serialize(tf.keras.optimizers.SGD(0.5))
    >>> config["class_name"], config["config"]["learning_rate"]
    ('SGD', 0.5)
    """
    return registry.serialize(optimizer)


def deserialize(config, custom_objects=None):
    """The optimizer of a config made by `serialize`, or of a name.

    Example:
    >>> config = tf.keras.optimizers.serialize(tf.keras.optimizers.SGD(0.5))
    >>> float(tf.keras.optimizers.deserialize(config).learning_rate)
    0.5
    """
    table = TABLE
    if isinstance(config, str):
        config = _lower(config)
    else:
        config = {**config, "class_name": _lower(config["class_name"])}
        if str(config.get("module")).endswith(".legacy"):
            table = TABLE | vars(legacy)
    return registry.deserialize(config, table, "optimizer", custom_objects)
