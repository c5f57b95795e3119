"""Config: a dict whose values are attributes as well."""

import json


class Config:
    """Named values, as attributes and by key.

    Raises:
      AttributeError: an unknown name is asked for.
      ValueError: something is set after `freeze()`.

    Example:
    >>> config = tf.keras.utils.Config(units=8)
    >>> config.rate = 0.5
    >>> config.units, config["rate"]
    (8, 0.5)
    """

    def __init__(self, **kwargs):
        object.__setattr__(self, "_values", dict(kwargs))
        object.__setattr__(self, "_frozen", False)

    frozen = property(lambda self: self._frozen, doc="Whether nothing may be set.")

    def freeze(self):
        """Lets nothing be set any more."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self):
        """Lets values be set again."""
        object.__setattr__(self, "_frozen", False)

    def as_dict(self):
        """The values as a dict."""
        return dict(self._values)

    def to_json(self):
        """The values as JSON."""
        return json.dumps(self._values)

    def _changed(self):
        if self._frozen:
            raise ValueError("Cannot mutate attribute(s) because the config is frozen.")
        return self._values

    def __getattr__(self, name):
        values = self.__dict__.get("_values", {})
        if name not in values:
            raise AttributeError(f"Unknown attribute: '{name}'.")
        return values[name]

    def __setattr__(self, name, value):
        self._changed()[name] = value

    def __delattr__(self, name):
        del self._changed()[name]

    def __getitem__(self, key):
        return getattr(self, key)

    __setitem__, __delitem__ = __setattr__, __delattr__

    def update(self, *args, **kwargs):
        """Sets several values."""
        self._changed().update(*args, **kwargs)

    def pop(self, *args):
        """Takes a value out."""
        return self._changed().pop(*args)

    def get(self, keyname, value=None):
        """A value, or `value` where there is none."""
        return self._values.get(keyname, value)

    def keys(self):
        """The names."""
        return self._values.keys()

    def values(self):
        """The values."""
        return self._values.values()

    def items(self):
        """Names and values."""
        return self._values.items()

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __contains__(self, name):
        return name in self._values

    def __repr__(self):
        return f"<Config {self._values}>"
