"""tf.train: checkpoints, messages that hold rows of data, averages of variables."""

from ..averages import ExponentialMovingAverage
from ..base.examples import (
    BytesList,
    Example,
    Feature,
    FeatureList,
    FeatureLists,
    Features,
    FloatList,
    Int64List,
    SequenceExample,
)
from ..checkpoint.checkpoint import Checkpoint, CheckpointOptions
from ..checkpoint.manager import CheckpointManager
from ..checkpoint.reader import list_variables, load_checkpoint, load_variable
from ..checkpoint.state import checkpoints_iterator, get_checkpoint_state, latest_checkpoint
from ..distribute.cluster import ClusterSpec
from . import experimental

__all__ = [
    "BytesList",
    "Checkpoint",
    "CheckpointManager",
    "CheckpointOptions",
    "ClusterSpec",
    "Example",
    "ExponentialMovingAverage",
    "Feature",
    "FeatureList",
    "FeatureLists",
    "Features",
    "FloatList",
    "Int64List",
    "SequenceExample",
    "checkpoints_iterator",
    "experimental",
    "get_checkpoint_state",
    "latest_checkpoint",
    "list_variables",
    "load_checkpoint",
    "load_variable",
]
