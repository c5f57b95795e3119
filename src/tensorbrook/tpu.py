"""tf.tpu: there are no TPUs, and programs that look for some are told so as in TensorFlow."""

from enum import Enum
from types import SimpleNamespace

from .base.errors import NotFoundError


def initialize_tpu_system(cluster_resolver=None):
    """Looks for TPUs, of which there are none.

    Raises:
      NotFoundError: always.

    Example:
    >>> tf.tpu.experimental.initialize_tpu_system()
    Traceback (most recent call last):
    tensorbrook.base.errors.NotFoundError: TPUs not found in the cluster. ...
    """
    raise NotFoundError(
        None,
        None,
        "TPUs not found in the cluster. Failed in initialization: there are none here. Use "
        "tf.distribute.get_strategy(), or leave the strategy out.",
    )


def shutdown_tpu_system(cluster_resolver=None):
    """As `initialize_tpu_system`.

    Raises:
      NotFoundError: always.
    """
    initialize_tpu_system(cluster_resolver)


class _OfTpus:
    """What libraries name that could run on TPUs as well."""

    __not_implemented__ = True

    def __init__(self, *args, **kwargs):
        raise NotImplementedError("[tf.tpu.experimental] there are no TPUs: use Keras's Embedding.")


_EMBEDDING = (
    "Adagrad AdagradMomentum Adam FTRL FeatureConfig SGD SparseCoreEmbeddingConfig TPUEmbedding "
    "TPUEmbeddingForServing TPUEmbeddingV0 TPUEmbeddingV2 TableConfig"
)
_FEATURES = Enum("EmbeddingFeature", "UNSUPPORTED V1 V2")
experimental = SimpleNamespace(
    embedding=SimpleNamespace(**dict.fromkeys(_EMBEDDING.split(), _OfTpus)),
    HardwareFeature=type("HardwareFeature", (_OfTpus,), {"EmbeddingFeature": _FEATURES}),
    initialize_tpu_system=initialize_tpu_system,
    shutdown_tpu_system=shutdown_tpu_system,
)
