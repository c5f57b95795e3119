"""tf.distribute.experimental: TensorFlow's older place for strategies."""

from .communication import CommunicationImplementation, CommunicationOptions
from .strategies import (
    CentralStorageStrategy,
    ParameterServerStrategy,
    TPUStrategy,
    ValueContext,
)
from .workers import MultiWorkerMirroredStrategy

CollectiveCommunication, CollectiveHints = CommunicationImplementation, CommunicationOptions
__all__ = [
    "CentralStorageStrategy",
    "CollectiveCommunication",
    "CollectiveHints",
    "CommunicationImplementation",
    "CommunicationOptions",
    "MultiWorkerMirroredStrategy",
    "ParameterServerStrategy",
    "TPUStrategy",
    "ValueContext",
]
