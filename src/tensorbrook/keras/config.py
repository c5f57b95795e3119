"""keras.config: Keras's own settings."""

from ..base.config import settings
from .policy import dtype_policy, set_dtype_policy
from .utils.progress import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)


def floatx():
    """The default float dtype's name.

    Example:
    >>> tf.keras.config.floatx()
    'float32'
    """
    return settings.floatx


def set_floatx(value):
    """Sets the default float dtype: "float16", "bfloat16", "float32" or "float64".

    Raises:
      ValueError: another name.
    """
    if value not in ("float16", "bfloat16", "float32", "float64"):
        raise ValueError(
            f"Unknown `floatx` value: {value!r}. Expected float16, bfloat16, float32 or float64."
        )
    settings.floatx = value


def epsilon():
    """The small number that losses and optimizers keep divisors from 0 with.

    Example:
    >>> tf.keras.config.epsilon()
    1e-07
    """
    return settings.epsilon


def set_epsilon(value):
    """Sets `epsilon`."""
    settings.epsilon = float(value)


def image_data_format():
    """ "channels_last" or "channels_first".

    Example:
    >>> tf.keras.config.image_data_format()
    'channels_last'
    """
    return settings.image_data_format


def set_image_data_format(data_format):
    """Sets `image_data_format`.

    Raises:
      ValueError: neither "channels_last" nor "channels_first".
    """
    if data_format not in ("channels_last", "channels_first"):
        raise ValueError(
            f"data_format must be 'channels_last' or 'channels_first': {data_format!r}."
        )
    settings.image_data_format = data_format


def standardize_data_format(data_format) -> str:
    """The data format of that name; the one of keras.config.image_data_format() for None.

    Raises:
      ValueError: neither "channels_last" nor "channels_first".
    """
    if data_format is None:
        return settings.image_data_format
    if str(data_format).lower() not in ("channels_last", "channels_first"):
        raise ValueError(
            "The `data_format` argument must be one of {'channels_first', 'channels_last'}. "
            f"Received: data_format={data_format}"
        )
    return str(data_format).lower()


def enable_flash_attention():
    """Lets attention be computed in tiles where that pays, as it is by default."""
    settings.flash_attention = None


def disable_flash_attention():
    """Keeps attention from being computed in tiles, in layers that are made afterwards."""
    settings.flash_attention = False


def is_flash_attention_enabled():
    """False after `disable_flash_attention`; None lets each call decide.

    Example:
    >>> tf.keras.config.is_flash_attention_enabled() is None
    True
    """
    return settings.flash_attention


def backend():
    """The engine's name, as programs written for TensorFlow expect it.

    Example:
    >>> tf.keras.config.backend()
    'tensorflow'
    """
    return "tensorflow"


def set_backend(backend):
    """Keeps the engine: "tensorflow" is the only name that there is.

    Raises:
      NotImplementedError: another one.
    """
    if backend != "tensorflow":
        raise NotImplementedError(
            f"keras.config.set_backend({backend!r}): there is one engine, under the name "
            "'tensorflow'. Leave the call out."
        )


def is_nnx_enabled():
    """False: that belongs to another engine.

    Example:
    >>> tf.keras.config.is_nnx_enabled()
    False
    """
    return False


def enable_traceback_filtering():
    """Says that tracebacks are to leave out Keras's own frames, as is the default."""
    settings.traceback_filtering = True


def disable_traceback_filtering():
    """Says that tracebacks are to show all frames, as they do here in any case."""
    settings.traceback_filtering = False


def is_traceback_filtering_enabled():
    """What was last said of tracebacks.

    Example:
    >>> tf.keras.config.is_traceback_filtering_enabled()
    True
    """
    return settings.traceback_filtering


def enable_unsafe_deserialization():
    """Lets saved models hold code, such as that of a Lambda layer, whatever `safe_mode` says."""
    settings.safe_mode = False


def max_epochs():
    """The most epochs that a `fit` may run; None for no limit.

    Example:
    >>> tf.keras.config.max_epochs() is None
    True
    """
    return settings.max_epochs


def set_max_epochs(max_epochs):
    """Limits the epochs of each `fit`; None lifts the limit."""
    settings.max_epochs = max_epochs


def max_steps_per_epoch():
    """The most steps of an epoch of `fit`, of `evaluate` and of `predict`; None for no limit.

    Example:
    >>> tf.keras.config.max_steps_per_epoch() is None
    True
    """
    return settings.max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch):
    """Limits the steps of each epoch; None lifts the limit."""
    settings.max_steps_per_epoch = max_steps_per_epoch
