"""LambdaCallback: functions as callbacks."""

from ...base.errors import unknown_name
from .base import HOOKS, Callback


class LambdaCallback(Callback):
    """Calls functions at the hooks they are given for.

    Args:
      on_epoch_begin, on_epoch_end: functions of the epoch and the logs.
      on_train_begin, on_train_end: functions of the logs.
      on_train_batch_begin, on_train_batch_end: functions of the batch and the logs.
      **kwargs: functions for the other hooks; anything else becomes an attribute.

    Raises:
      TypeError: a name that begins with "on_" and is no hook.

    Example:
    >>> shout = tf.keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(logs))
    >>> shout.on_epoch_end(0, {"loss": 0.5})
    {'loss': 0.5}
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        for name in kwargs:
            if name.startswith("on_") and name not in HOOKS:
                raise TypeError(unknown_name("hook of LambdaCallback", name, HOOKS))
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        # Attributes of the object itself: `overrides` sees that these hooks are its own.
        vars(self).update({name: value for name, value in given.items() if value is not None})
