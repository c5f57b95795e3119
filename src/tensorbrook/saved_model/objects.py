"""The objects of a saved model: a walk over what lies below its root, and the message of it."""

import inspect
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from ..checkpoint.graph import GRAPH_KEY, add_values, mark_holders
from ..core.trackable import AutoTrackable, Trackable, children_of, extras_of
from ..core.variable import Variable
from ..formats.graph_messages import TrackableObjectGraph
from ..function.concrete import ConcreteFunction
from ..function.function import Function
from ..ops.lookup import _Table
from .asset import Asset

_SAVED = Trackable | Function | ConcreteFunction


class Found(NamedTuple):
    """An object that was met on the walk: it, the names on the way to it, and its children's
    numbers by name."""

    value: object
    path: tuple
    children: dict


class SignatureMap(dict):
    """The signatures of a saved model, by name, as one of its objects."""


def _holds(value, depth=0):
    """Whether there is anything to save in a value."""
    if isinstance(value, _SAVED):
        return True
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple) or depth > 50:
        return False
    return value == [] or any(_holds(item, depth + 1) for item in value)


def _is_function(value):
    """Whether a value is a tf.function whose signature says what it takes."""
    return isinstance(value, Function) and value._signature is not None


def saved_children(value):
    """The objects right below one, by name: what checkpoints keep, and functions besides."""
    if isinstance(value, Function | ConcreteFunction | Variable | Asset):
        return {}
    if isinstance(value, dict):
        return {str(k): v for k, v in value.items() if _holds(v)}
    if isinstance(value, list | tuple):
        return {str(i): v for i, v in enumerate(value) if _holds(v)}
    found = {**children_of(value), **extras_of(value)}
    if hasattr(value, "__dict__"):
        plain = getattr(type(value), "_track_children", None) is AutoTrackable._track_children
        own = vars(value).items()
        found |= {k: v for k, v in own if _is_function(v) or (plain and _holds(v))}
        for name in getattr(value, "_training_functions", ()):
            found.pop(name, None)
    for name in _methods(type(value)):
        found.setdefault(name, getattr(value, name))
    return found


@lru_cache(256)
def _methods(cls):
    """The names of a class's methods that are tf.functions."""
    parts = ((name, inspect.getattr_static(cls, name, None)) for name in dir(cls))
    return [name for name, part in parts if isinstance(part, Function)]


class Table(Trackable):
    """The entries of a lookup table that belongs to none of the objects."""

    def __init__(self, entries):
        self._entries = entries


class SavedObjects:
    """All objects of a saved model.

    Args:
      root: the object that is saved.
      children: those of the root, by name.

    Attributes:
      found: a `Found` for each object, the root first.
    """

    def __init__(self, root, children):
        self.found, self._numbers = [], {}
        self._enter(root, ())
        at = 0
        while at < len(self.found):
            value, path, numbers = self.found[at]
            below = saved_children(value) if at else children
            for name, child in below.items():
                numbers[name] = self._enter(child, (*path, name))
            at += 1

    def _enter(self, value, path):
        key = id(value)
        if key not in self._numbers:
            self._numbers[key] = len(self.found)
            self.found.append(Found(value, path, {}))
        return self._numbers[key]

    def add(self, value, owner, name):
        """Enters a new object below that with the number `owner`."""
        number = self._enter(value, (*self.found[owner].path, name))
        self.found[owner].children[name] = number
        return number

    def number_of(self, value):
        """The number of an object, or None."""
        return self._numbers.get(id(value))

    def of(self, *classes):
        """(number, object) of those of some classes."""
        return [(i, f.value) for i, f in enumerate(self.found) if isinstance(f.value, classes)]

    @property
    def tables(self):
        """(number, table) of all lookup tables."""
        return self.of(_Table, Table)

    @cached_property
    def arrays(self):
        """A dict from keys to arrays, what the variables' files hold."""
        arrays, message = {}, TrackableObjectGraph()
        for found in self.found:
            node = message.nodes.add()
            for name, child in found.children.items():
                node.children.add(node_id=child, local_name=name)
            if isinstance(found.value, Variable):
                add_values(node, found, arrays)
        mark_holders(message)
        arrays[GRAPH_KEY] = np.array(message.SerializeToString(), object)
        return arrays

    def keys(self):
        """From the number of each variable to its key in the variables' files."""
        keys = {}
        for number, found in enumerate(self.found):
            if isinstance(found.value, Variable):
                arrays, node = {}, TrackableObjectGraph().nodes.add()
                add_values(node, found, arrays)
                (keys[number],) = arrays
        return keys
