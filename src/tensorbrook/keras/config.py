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


def standardize_data_format(data_format):
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
