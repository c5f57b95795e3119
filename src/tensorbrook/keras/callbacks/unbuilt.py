"""The callbacks that are not built yet: each says what to use instead."""

from .base import Callback

_WEIGHTS = (
    "Use EarlyStopping(restore_best_weights=True) to keep the best weights, or a callback of your "
    "own that calls self.model.get_weights() at the ends of epochs."
)


def _unbuilt(name, instead):
    def __init__(self, *args, **kwargs):
        raise NotImplementedError(f"keras.callbacks.{name} is not built yet. {instead}")

    doc = f"Not built yet: raises NotImplementedError. {instead}"
    return type(name, (Callback,), {"__init__": __init__, "__doc__": doc, "__module__": __name__})


ModelCheckpoint = _unbuilt("ModelCheckpoint", _WEIGHTS)
OrbaxCheckpoint = _unbuilt("OrbaxCheckpoint", _WEIGHTS)
BackupAndRestore = _unbuilt("BackupAndRestore", _WEIGHTS)
