"""tf.distribute: strategies that spread a program over devices."""

from importlib import import_module as _import_module

from ..base.lazy import on_first_use as _on_first_use

__getattr__, __dir__ = _on_first_use(
    __name__,
    {
        "cluster": "TPUClusterResolver cluster_resolver",
        "communication": (
            "CommunicationImplementation CommunicationOptions CrossDeviceOps "
            "HierarchicalCopyAllReduce NcclAllReduce ReductionToOneDevice RunOptions"
        ),
        "datasets": (
            "DistributedDataset DistributedIterator InputContext InputOptions InputReplicationMode"
        ),
        "experimental": "experimental",
        "extended": "StrategyExtended",
        "replicas": (
            "ReplicaContext get_replica_context get_strategy has_strategy in_cross_replica_context"
        ),
        "strategies": (
            "CentralStorageStrategy MirroredStrategy OneDeviceStrategy ParameterServerStrategy "
            "Strategy TPUStrategy ValueContext experimental_set_strategy"
        ),
        "values": "DistributedValues ReduceOp",
        "workers": "MultiWorkerMirroredStrategy",
    },
    lambda name: _import_module("..removed", __name__).without(__name__, "distribute")(name),
)
