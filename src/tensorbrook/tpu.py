"""tf.tpu: there are no TPUs, and programs that look for some are told so as in TensorFlow."""

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


experimental = SimpleNamespace(
    initialize_tpu_system=initialize_tpu_system, shutdown_tpu_system=shutdown_tpu_system
)
