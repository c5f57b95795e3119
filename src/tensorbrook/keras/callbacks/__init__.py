"""keras.callbacks: objects that act while a model is trained, evaluated or asked."""

from .base import Callback as Callback
from .base_logger import BaseLogger as BaseLogger
from .callback_list import CallbackList as CallbackList
from .csv import CSVLogger as CSVLogger
from .early_stop import EarlyStopping as EarlyStopping
from .early_stop import TerminateOnNaN as TerminateOnNaN
from .history import History as History
from .lambda_callback import LambdaCallback as LambdaCallback
from .progress import ProgbarLogger as ProgbarLogger
from .remote import RemoteMonitor as RemoteMonitor
from .schedule import LearningRateScheduler as LearningRateScheduler
from .schedule import ReduceLROnPlateau as ReduceLROnPlateau
from .swap_ema import SwapEMAWeights as SwapEMAWeights
from .tensorboard import TensorBoard as TensorBoard
from .unbuilt import BackupAndRestore as BackupAndRestore
from .unbuilt import ModelCheckpoint as ModelCheckpoint
from .unbuilt import OrbaxCheckpoint as OrbaxCheckpoint
