"""tf.Module: a class whose variables and submodules are found among its attributes."""

import functools
import re

from ..base.names import name_scope
from ..core.composite import CompositeTensor
from ..core.trackable import AutoTrackable, Trackable
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

    _TF_MODULE_IGNORED_PROPERTIES = frozenset()  # attributes in which nothing is looked for

    def __init__(self, name=None):
        if name is None:
            name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(self).__name__)
            name = re.sub("([a-z0-9])([A-Z])", r"\1_\2", name).lower()
        elif not str(name).isidentifier():
            raise ValueError(
                f"{name!r} is not a valid module name: it must be a Python identifier."
            )
        self._name = str(name)
        with name_scope(self._name) as self._scope_name:
            pass

    name = property(
        lambda self: getattr(self, "_name", type(self).__name__.lower()), doc="Its name."
    )

    @property
    def name_scope(self):
        """The name scope in which the module was made, with its own name."""
        return name_scope(getattr(self, "_scope_name", self.name))

    def _flatten(self, recursive=True, predicate=None, expand_composites=False, seen=None):
        """Yields what attributes hold, by their names in order, then what modules among it hold;
        each value once.

        Args:
          recursive: whether to look into modules, and the lists that Keras's layers keep.
          predicate: of a value: whether to yield it; all by default.
          expand_composites: whether a composite value stands for what it is made of.
          seen: the ids of what a caller within it has seen.
        """
        held = {k: v for k, v in vars(self).items() if k not in self._TF_MODULE_IGNORED_PROPERTIES}
        seen, below = seen or {id(self)}, []
        for value in _leaves(held, expand_composites):
            if id(value) not in seen:
                below.append(value)
                seen.add(id(value))
                if predicate is None or predicate(value):
                    yield value
        for value in below if recursive else ():
            if isinstance(value, Module):
                yield from value._flatten(True, predicate, expand_composites, seen)
            elif isinstance(value, Trackable):  # Keras's layers and metrics bring their own lists
                for held in (*getattr(value, "weights", ()), *getattr(value, "submodules", ())):
                    if id(held) not in seen and (predicate is None or predicate(held)):
                        seen.add(id(held))
                        yield held

    def _found_variables(self):
        return tuple(self._flatten(predicate=_is_variable, expand_composites=True))

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
        return tuple(
            self._flatten(predicate=lambda v: isinstance(v, Module) or hasattr(v, "submodules"))
        )

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

        @functools.wraps(method)
        def wrapped(self, *args, **kwargs):
            with self.name_scope:
                return method(self, *args, **kwargs)

        return wrapped


def _is_variable(value):
    return isinstance(value, Variable)


def _leaves(value, expand_composites, around=()):
    """What lists, tuples and dicts hold, but for those that hold themselves."""
    if expand_composites and isinstance(value, CompositeTensor):
        value = vars(value)
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value, key=str)]
    elif not isinstance(value, (list, tuple)):
        yield value
        return
    for item in value if id(value) not in around else ():
        yield from _leaves(item, expand_composites, (*around, id(value)))
