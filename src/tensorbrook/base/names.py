"""Name scopes, and names made unique."""

import threading
from contextlib import contextmanager

_local = threading.local()


def current_scope():
    """The joined name of the open scopes: "" outside of all, "a/b" inside two."""
    return getattr(_local, "scope", "")


class name_scope:
    """A context in which the names of variables get a prefix.

    Example:
    >>> with tf.name_scope("layer"):
    ...     v = tf.Variable(1.0, name="w")
    >>> v.name
    'layer/w:0'
    """

    def __init__(self, name, *args, **kwargs):
        if not isinstance(name, str):
            raise ValueError(f"name for name_scope must be a string, got {name!r}.")
        self.name = name

    def __enter__(self):
        self._outer = current_scope()
        if self.name.endswith("/"):
            _local.scope = self.name.rstrip("/")
        else:
            _local.scope = f"{self._outer}/{self.name}" if self._outer and self.name else self.name
        return _local.scope + "/" if _local.scope else ""

    def __exit__(self, *exc):
        _local.scope = self._outer


@contextmanager
def root_scope():
    """A context outside of all name scopes."""
    outer, _local.scope = current_scope(), ""
    try:
        yield
    finally:
        _local.scope = outer


def scoped(name):
    """`name` with the open scopes before it."""
    scope = current_scope()
    return f"{scope}/{name}" if scope else name
