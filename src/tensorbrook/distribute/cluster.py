"""tf.distribute: which machines there are."""

import types


class TPUClusterResolver:
    """Finds TPUs, of which there are none: programs that try go on without.

    Raises:
      ValueError: always, as TensorFlow raises it without a TPU.

    Example:
    >>> try:
    ...     resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
    ... except ValueError:
    ...     strategy = tf.distribute.get_strategy()
    """

    def __init__(self, tpu=None, *args, **kwargs):
        raise ValueError(
            "Please provide a TPU Name to connect to: there are no TPUs. Use "
            f"tf.distribute.get_strategy(); got tpu={tpu!r}."
        )


cluster_resolver = types.SimpleNamespace(TPUClusterResolver=TPUClusterResolver)
