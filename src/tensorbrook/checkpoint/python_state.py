"""tf.train.experimental.PythonState: a value of a program's own in checkpoints."""

import numpy as np

from ..core.trackable import Trackable


class PythonState(Trackable):
    """The base of objects that write themselves as text for checkpoints.

    A subclass has `serialize()`, which returns text or bytes, and `deserialize(string_value)`,
    which gets the bytes again.

    Example:
    >>> class Names(tf.train.experimental.PythonState):
    ...     names = ["a", "b"]
    ...     def serialize(self):
    ...         return " ".join(self.names)
    ...     def deserialize(self, string_value):
    ...         self.names = string_value.decode().split()
    >>> names = Names()
    >>> checkpoint = tf.train.Checkpoint(names=names)
    >>> path, names.names = checkpoint.write("names"), []
    >>> status = checkpoint.read(path)
    >>> names.names
    ['a', 'b']
    """

    def serialize(self):
        """The state as text or bytes; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} has no serialize(): write it.")

    def deserialize(self, string_value):
        """Takes over the bytes that `serialize` gave; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} has no deserialize(value): write it.")

    def _track_values(self):
        text = self.serialize()
        return {"py_state": np.array(text.encode() if isinstance(text, str) else text, object)}

    def _track_restore(self, values):
        text = values["py_state"]
        if text.dtype != object or text.ndim:
            raise ValueError(f"The state of {type(self).__name__} is no text in the checkpoint.")
        return lambda: self.deserialize(text[()])
