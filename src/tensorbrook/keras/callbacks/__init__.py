"""keras.callbacks: objects that act while a model is trained, evaluated or asked."""

from types import SimpleNamespace

from .backup import BackupAndRestore as BackupAndRestore
from .base import Callback as Callback
from .base_logger import BaseLogger as BaseLogger
from .callback_list import CallbackList as CallbackList
from .csv import CSVLogger as CSVLogger
from .early_stop import EarlyStopping as EarlyStopping
from .early_stop import TerminateOnNaN as TerminateOnNaN
from .history import History as History
from .lambda_callback import LambdaCallback as LambdaCallback
from .model_checkpoint import ModelCheckpoint as ModelCheckpoint
from .model_checkpoint import OrbaxCheckpoint as OrbaxCheckpoint
from .progress import ProgbarLogger as ProgbarLogger
from .remote import RemoteMonitor as RemoteMonitor
from .schedule import LearningRateScheduler as LearningRateScheduler
from .schedule import ReduceLROnPlateau as ReduceLROnPlateau
from .swap_ema import SwapEMAWeights as SwapEMAWeights
from .tensorboard import TensorBoard as TensorBoard

experimental = SimpleNamespace(BackupAndRestore=BackupAndRestore)  # Keras 2's place for it
