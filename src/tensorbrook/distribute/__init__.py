"""tf.distribute: strategies that spread a program over devices."""

import importlib
import types

from .cluster import TPUClusterResolver, cluster_resolver
from .datasets import InputContext
from .replicas import ReplicaContext
from .strategies import (
    CentralStorageStrategy,
    CrossDeviceOps,
    HierarchicalCopyAllReduce,
    MirroredStrategy,
    MultiWorkerMirroredStrategy,
    NcclAllReduce,
    OneDeviceStrategy,
    ParameterServerStrategy,
    ReductionToOneDevice,
    Strategy,
    TPUStrategy,
    get_replica_context,
    get_strategy,
    has_strategy,
    in_cross_replica_context,
)
from .values import ReduceOp

experimental = types.SimpleNamespace(
    MultiWorkerMirroredStrategy=MultiWorkerMirroredStrategy,
    CentralStorageStrategy=CentralStorageStrategy,
    TPUStrategy=TPUStrategy,
    ParameterServerStrategy=ParameterServerStrategy,
    CommunicationOptions=CrossDeviceOps,
    CommunicationImplementation=types.SimpleNamespace(AUTO="AUTO", RING="RING", NCCL="NCCL"),
    CollectiveCommunication=types.SimpleNamespace(AUTO="AUTO", RING="RING", NCCL="NCCL"),
    CollectiveHints=CrossDeviceOps,
)


def __getattr__(name):
    return importlib.import_module("..removed", __name__).without(__name__, "distribute")(name)
