"""tf.Module: a class whose variables and submodules are found among its attributes."""

import re

from ..base.names import name_scope
from ..core.trackable import AutoTrackable
from ..core.variable import Variable


class Module(AutoTrackable):
    """The base of classes that own variables.

    Args:
      name: a Python identifier; made from the class's name by default.

    Example:
    >>> class Scale(tf.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.w = tf.Variable(2.0, name="w")
    >>> [v.name for v in Scale().variables]
    ['w:0']
    """

    def __init__(self, name=None):
        if name is None:
            name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(self).__name__)
            name = re.sub("([a-z0-9])([A-Z])", r"\1_\2", name).lower()
        elif not str(name).isidentifier():
            raise ValueError(
                f"{name!r} is not a valid module name: it must be a Python identifier."
            )
        self._name = str(name)

    name = property(
        lambda self: getattr(self, "_name", type(self).__name__.lower()), doc="Its name."
    )

    @property
    def name_scope(self):
        """The name scope of the module."""
        return name_scope(self.name)

    def _walk(self):
        """(module, its path) of this module and those below, and the leaves of all attributes."""
        seen, modules, leaves = set(), [], []
        stack = [self]
        while stack:
            value = stack.pop()
            if id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, Module):
                modules.append(value)
                attributes = vars(value)
                stack.extend(attributes[k] for k in sorted(attributes, reverse=True))
            elif isinstance(value, (list, tuple)):
                stack.extend(reversed(value))
            elif isinstance(value, dict):
                stack.extend(value[k] for k in sorted(value, key=str, reverse=True))
            else:
                leaves.append(value)
        return modules, leaves

    def _found_variables(self):
        unique = {}
        for leaf in self._walk()[1]:
            # Keras layers among the attributes bring their own list
            for v in [leaf] if isinstance(leaf, Variable) else getattr(leaf, "weights", ()) or ():
                if isinstance(v, Variable):
                    unique.setdefault(id(v), v)
        return tuple(unique.values())

    variables = property(lambda self: self._found_variables(), doc="All variables, each once.")

    @property
    def trainable_variables(self):
        """The variables that tapes watch by themselves."""
        return tuple(v for v in self._found_variables() if v.trainable)

    @property
    def non_trainable_variables(self):
        """The other variables."""
        return tuple(v for v in self._found_variables() if not v.trainable)

    @property
    def submodules(self):
        """The modules below this one, and Keras's layers."""
        modules, leaves = self._walk()
        layers = [leaf for leaf in leaves if hasattr(leaf, "submodules")]
        below = [layer for leaf in layers for layer in (leaf, *leaf.submodules)]
        return tuple({id(m): m for m in [*modules[1:], *below]}.values())

    @classmethod
    def with_name_scope(cls, method):
        """Decorates a method to run inside the module's name scope.

        Example:
        >>> class Linear(tf.Module):
        ...     @tf.Module.with_name_scope
        ...     def __call__(self):
        ...         return tf.Variable(1.0, name="w").name
        >>> Linear()()
        'linear/w:0'
        """

        def wrapped(self, *args, **kwargs):
            with self.name_scope:
                return method(self, *args, **kwargs)

        return wrapped
