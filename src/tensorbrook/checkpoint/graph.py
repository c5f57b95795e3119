"""The graph of the objects that a checkpoint keeps: a walk over them, and the message of it.

Objects have numbers in the order in which they are met, level by level from the root; an array's
key is the names on the shortest way to it. What TensorFlow forgets (see core/trackable.py) is
numbered after all others, in a second graph of its own, so that TensorFlow does not miss objects.
"""

from typing import NamedTuple

import numpy as np

from ..core.trackable import aliases_of, children_of, extras_of, values_of
from ..formats.graph_messages import TrackableObjectGraph

GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
EXTRAS_KEY = "_TENSORBROOK_OBJECT_GRAPH"
_ATTRIBUTES = ".ATTRIBUTES"


class Found(NamedTuple):
    """An object that was met on the walk.

    Args:
      value: the object.
      path: the names on the way to it.
      children: a dict from names to the numbers of the objects below; aliases come last.
      extras: the same of those that TensorFlow forgets.
    """

    value: object
    path: tuple
    children: dict
    extras: dict


def escaped(name):
    """A name as keys have it, where "/" stands between names."""
    return name.replace(".", "..").replace("/", ".S")


class ObjectGraph:
    """All objects below a root.

    Args:
      root: a Trackable, or a list, tuple or dict.
      as_keras_2: what a program needs is no extra, though Keras 3 forgets it.

    Attributes:
      found: a `Found` for each object, the root first.
      known: how many of them TensorFlow knows of; they come first.
    """

    def __init__(self, root, as_keras_2=False):
        self._as_keras_2 = as_keras_2
        self.found, self._numbers, self._walked = [], {}, 0
        self._enter(root, ())
        self._walk()
        self.known = len(self.found)
        done = 0
        while done < len(self.found):
            fresh, done = self.found[done:], len(self.found)
            for found in fresh:
                self._add_extras(found)
            self._walk()

    def _enter(self, value, path):
        """The number of an object, which is a new one when it was not met yet."""
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self.found)
            self.found.append(Found(value, path, {}, {}))
        return number

    def _walk(self):
        while self._walked < len(self.found):
            value, path, children, _ = self.found[self._walked]
            below = children_of(value)
            if self._as_keras_2:
                below = below | {n: v for n, v in extras_of(value).items() if n[0] != "~"}
            for name, child in below.items():
                children[name] = self._enter(child, (*path, name))
            self._walked += 1

    def _add_extras(self, found):
        for name, child in extras_of(found.value).items():
            if name not in found.children:
                found.extras[name] = self._enter(child, (*found.path, name))
        for name, child in aliases_of(found.value).items():
            number = self._numbers.get(id(child))
            if number is not None:
                found.children.setdefault(name, number)

    # -- what is written ---------------------------------------------------------------------------

    def tensors(self):
        """A dict from keys to arrays: all values, and the messages of the graphs."""
        arrays, message, extras = {}, TrackableObjectGraph(), TrackableObjectGraph()
        for number, found in enumerate(self.found):
            more = extras.nodes.add()
            node = message.nodes.add() if number < self.known else more
            for name, child in found.children.items():
                holder = node if child < self.known else more
                holder.children.add(node_id=child, local_name=name)
            for name, child in found.extras.items():
                more.children.add(node_id=child, local_name=name)
            add_values(node, found, arrays)
        mark_holders(message)
        arrays[GRAPH_KEY] = np.array(message.SerializeToString(), object)
        if any(found.extras for found in self.found):
            arrays[EXTRAS_KEY] = np.array(extras.SerializeToString(), object)
        return arrays


def add_values(node, found, arrays):
    """Enters an object's values into its message and among the arrays."""
    prefix = "/".join([*map(escaped, found.path), _ATTRIBUTES])
    keys = {}
    for name, array in values_of(found.value).items():
        attribute = name.partition("-")[0]
        keys[attribute] = f"{prefix}/{escaped(attribute)}"
        arrays[keys[attribute] + name[len(attribute) :]] = array
    for attribute, key in keys.items():
        full_name = found.value._track_name()
        node.attributes.add(name=attribute, full_name=full_name, checkpoint_key=key)


def mark_holders(message):
    """Says of each node whether there are values below it."""
    parents = [[] for _ in message.nodes]
    for number, node in enumerate(message.nodes):
        for child in node.children:
            parents[child.node_id].append(number)
    stack = [number for number, node in enumerate(message.nodes) if node.attributes]
    holders = set(stack)
    while stack:
        fresh = [n for n in parents[stack.pop()] if n not in holders]
        holders.update(fresh)
        stack += fresh
    for number, node in enumerate(message.nodes):
        node.has_checkpoint_values.value = number in holders
        node.has_checkpoint_values.SetInParent()


def shown(path):
    """The names on the way to an object, for messages."""
    return ".".join(["(root)", *path])
