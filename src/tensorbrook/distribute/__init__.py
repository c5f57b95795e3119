"""tf.distribute: strategies that spread a program over devices."""

import importlib
import types

from .cluster import TPUClusterResolver, cluster_resolver
from .communication import (
    CommunicationImplementation,
    CommunicationOptions,
    CrossDeviceOps,
    HierarchicalCopyAllReduce,
    NcclAllReduce,
    ReductionToOneDevice,
    RunOptions,
)
from .datasets import (
    DistributedDataset,
    DistributedIterator,
    InputContext,
    InputOptions,
    InputReplicationMode,
)
from .extended import StrategyExtended
from .replicas import (
    ReplicaContext,
    get_replica_context,
    get_strategy,
    has_strategy,
    in_cross_replica_context,
)
from .strategies import (
    CentralStorageStrategy,
    MirroredStrategy,
    OneDeviceStrategy,
    ParameterServerStrategy,
    Strategy,
    TPUStrategy,
    ValueContext,
    experimental_set_strategy,
)
from .values import DistributedValues, ReduceOp
from .workers import MultiWorkerMirroredStrategy

experimental = types.SimpleNamespace(
    CentralStorageStrategy=CentralStorageStrategy,
    CollectiveCommunication=CommunicationImplementation,
    CollectiveHints=CommunicationOptions,
    CommunicationImplementation=CommunicationImplementation,
    CommunicationOptions=CommunicationOptions,
    MultiWorkerMirroredStrategy=MultiWorkerMirroredStrategy,
    ParameterServerStrategy=ParameterServerStrategy,
    TPUStrategy=TPUStrategy,
    ValueContext=ValueContext,
)


def __getattr__(name):
    return importlib.import_module("..removed", __name__).without(__name__, "distribute")(name)
