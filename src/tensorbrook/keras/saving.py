"""keras.saving: names and configs of objects. Model files are a later chapter."""

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
    return encode(obj)


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


def _not_built(name, instead):
    def function(*args, **kwargs):
        raise NotImplementedError(f"keras.saving.{name}: model files are not built. {instead}")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Raises NotImplementedError: {instead}"
    return function


_KEEP = "Keep model.get_config() and model.get_weights(), as in np.savez(path, *weights)."
_MAKE = "Make the model anew, and give it its weights with model.set_weights()."
save_model, save_weights = (_not_built(name, _KEEP) for name in ("save_model", "save_weights"))
load_model, load_weights = (_not_built(name, _MAKE) for name in ("load_model", "load_weights"))
KerasFileEditor = _not_built("KerasFileEditor", _MAKE)
