"""Name scopes: prefixes of the names of variables."""

from .context import context


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
        self._outer, inner = context.name_scope, self.name.rstrip("/")
        if not self.name.endswith("/") and self._outer and inner:
            inner = f"{self._outer}/{inner}"
        context.name_scope = inner
        return inner + "/" if inner else ""

    def __exit__(self, *exc):
        context.name_scope = self._outer


def scoped(name):
    """`name` with the open scopes before it."""
    scope = context.name_scope
    return f"{scope}/{name}" if scope else name
