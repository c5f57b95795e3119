"""keras.saving: names and configs of objects, models and weights in files."""

from ..base.lazy import on_first_use as _on_first_use
from .registry import (
    CustomObjectScope,
    custom_object_scope,
    decode,
    deserialize,
    encode,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)


def serialize_keras_object(obj):
    """An object as plain data: numbers, strings, lists and dicts.

    Args:
      obj: an object with a config, a class or function, an array, or a structure of these.

    Raises:
      ValueError: something else.

    Example:
    >>> config = tf.keras.saving.serialize_keras_object(tf.keras.layers.Dense(3, name="d"))
    >>> config["class_name"], config["config"]["units"]
    ('Dense', 3)
    """
    if isinstance(obj, dict):
        return {key: serialize_keras_object(value) for key, value in obj.items()}
    if isinstance(obj, (list, tuple)):
        return (tuple if isinstance(obj, tuple) else list)(map(serialize_keras_object, obj))
    plain = obj is None or isinstance(obj, (bool, int, float, str))
    return obj if plain else serialize_keras_object(encode(obj))  # configs may hold objects


def deserialize_keras_object(config, custom_objects=None, safe_mode=True, **kwargs):
    """The object of what `serialize_keras_object` returned.

    Args:
      config: plain data.
      custom_objects: further names and objects.
      safe_mode: changes nothing here: configs never hold code.
      kwargs: `module_objects` of Keras 2: further names and objects, by which a name is found.

    Raises:
      ValueError: a name that nobody made known.

    Example:
    >>> config = tf.keras.saving.serialize_keras_object(tf.keras.layers.Dense(3, name="d"))
    >>> tf.keras.saving.deserialize_keras_object(config).units
    3
    """
    table = kwargs.pop("module_objects", None)
    kind = kwargs.pop("printable_module_name", "object")
    if kwargs:
        raise TypeError(f"deserialize_keras_object: unknown arguments {sorted(kwargs)}.")
    if isinstance(config, str) and table is None and not custom_objects:
        return config
    if isinstance(config, str) or table is not None:
        return deserialize(config, table, kind, custom_objects)
    with custom_object_scope(custom_objects or {}):
        return decode(config, custom_objects)


# what reads and writes files
__getattr__, __dir__ = _on_first_use(
    __name__, {".files": "KerasFileEditor load_model load_weights save_model save_weights"}
)
