"""keras.callbacks: objects that act while a model is trained, evaluated or asked."""

from ...base.lazy import on_first_use as _on_first_use
from .base import Callback as Callback
from .callback_list import CallbackList as CallbackList
from .history import History as History
from .progress import ProgbarLogger as ProgbarLogger

__getattr__, __dir__ = _on_first_use(
    __name__,
    {
        "backup": "BackupAndRestore",
        "base_logger": "BaseLogger",
        "csv": "CSVLogger",
        "early_stop": "EarlyStopping TerminateOnNaN",
        "lambda_callback": "LambdaCallback",
        "model_checkpoint": "ModelCheckpoint OrbaxCheckpoint",
        "remote": "RemoteMonitor",
        "schedule": "LearningRateScheduler ReduceLROnPlateau",
        "swap_ema": "SwapEMAWeights",
        "tensorboard": "TensorBoard",
    },
)
