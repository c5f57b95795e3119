"""Giving objects the values of a checkpoint: those there now, and those that come later."""

import os
import weakref
from collections import deque
from typing import NamedTuple

from ..base.errors import DataLossError, InvalidArgumentError, NotFoundError
from ..core.dispatch import init_scope
from ..core.trackable import (
    Trackable,
    aliases_of,
    children_of,
    extras_of,
    restorations,
    values_of,
)
from ..formats.bundle import Bundle, parsed
from ..formats.graph_messages import TrackableObjectGraph
from .graph import EXTRAS_KEY, GRAPH_KEY, ObjectGraph, shown

_MOST_SHOWN = 10


class Node(NamedTuple):
    """An object of the checkpoint.

    Args:
      children: a dict from names to the numbers of nodes.
      attributes: a dict from names of its own values to the keys of arrays.
      slots: (number of a variable's node, name of a slot, number of the slot's node).
    """

    children: dict
    attributes: dict
    slots: list


def read_graph(bundle):
    """The nodes of a checkpoint's objects; None where it has names alone, as those of TensorFlow 1.

    Raises:
      DataLossError: the graph is damaged.
    """
    if GRAPH_KEY not in bundle:
        return None
    nodes = []
    for key in (GRAPH_KEY, EXTRAS_KEY):
        if key in bundle:
            text = bundle[key]
            if text.dtype != object or text.ndim:
                raise DataLossError(f"{bundle.prefix}; {key} is no message.")
            message = parsed(TrackableObjectGraph, text[()], f"{bundle.prefix}; {key}")
            nodes += [Node({}, {}, []) for _ in range(len(message.nodes) - len(nodes))]
            for node, stored in zip(nodes, message.nodes):
                _enter(node, stored)
    numbers = [n for node in nodes for n in node.children.values()]
    numbers += [n for node in nodes for slot in node.slots for n in (slot[0], slot[2])]
    if not nodes or not all(0 <= number < len(nodes) for number in numbers):
        raise DataLossError(f"{bundle.prefix}; its graph of {len(nodes)} objects is damaged.")
    return nodes


def _enter(node, stored):
    for child in stored.children:
        node.children.setdefault(child.local_name, child.node_id)
    for attribute in stored.attributes:
        node.attributes[attribute.name] = attribute.checkpoint_key
    for slot in stored.slot_variables:
        node.slots.append(
            (slot.original_variable_node_id, slot.slot_name, slot.slot_variable_node_id)
        )


class Restoration:
    """What a checkpoint has for the objects below a root.

    Values that no object takes yet wait: objects tell of children that they get later
    (`core.trackable.grown`). It holds none of the objects itself.

    Args:
      prefix: of the checkpoint's files.
      root: the object that gets its values.
      other: an object that has the same children, and may get more.

    Raises:
      NotFoundError, DataLossError: there are no such files, or they are damaged.
      ValueError: an array has another shape, or dtype, than its object. No object has changed then.
    """

    def __init__(self, prefix, root, other=None):
        try:
            self.bundle = Bundle(prefix)
        except NotFoundError as fault:
            raise NotFoundError(
                f"Error when restoring from checkpoint or SavedModel at {prefix}: {fault.message}\n"
                "Please double-check that the path is correct. You may be missing the checkpoint "
                "suffix (e.g. the '-1' in 'path/to/ckpt-1')."
            ) from None
        self.nodes, self._named = read_graph(self.bundle), None
        if self.nodes is None:
            self._named = {name: number for number, name in enumerate(self.bundle, 1)}
            values = [Node({}, {"VARIABLE_VALUE": name}, []) for name in self._named]
            self.nodes = [Node(self._named, {}, []), *values]
        self.whole = EXTRAS_KEY in self.bundle
        self._needed = self.paths(lambda name: not name.startswith("~"))
        self._later = False  # values that were taken are not given to what comes in the place
        self._bound = {}  # id of an object -> (weak reference, number of its node)
        self.newer = []  # restorations that began while this one had values left
        self.taken = set()  # numbers of nodes whose values objects have taken
        self.unknown = {}  # number of a node -> its values that its object does not know
        for one in restorations:
            one.newer.append(self)
        self._give([(root, 0)])
        if isinstance(other, Trackable):
            self._bound.setdefault(id(other), (weakref.ref(other), 0))
        self._later = True
        self._wait(root)

    def _wait(self, root):
        others = [one for one in restorations if one.lives() and not one.is_in(self, root)]
        restorations[:] = [self, *others] if self.left() else others  # the newest comes first
        if self in restorations:
            return
        self.bundle.close()

    def left(self):
        """The numbers of nodes whose values nobody has taken."""
        return [n for n, node in enumerate(self.nodes) if node.attributes and n not in self.taken]

    def is_in(self, newer, root):
        """Whether a newer one that began at the same root has all that is left of this one."""
        left = [key for n in self.left() for key in self.nodes[n].attributes.values()]
        return self.number_of(root) == 0 and all(key in newer.bundle for key in left)

    def lives(self):
        """Whether any of the objects is still there."""
        return any(reference() is not None for reference, _ in self._bound.values())

    def number_of(self, value):
        """The number of an object's node; None where it has none."""
        reference, number = self._bound.get(id(value), (None, None))
        return number if reference is not None and reference() is value else None

    def meet(self, owner, new):
        """Looks at an object that may have got children.

        Args:
          owner: the object.
          new: whether it may be new itself: then all objects are looked at.
        """
        number = self.number_of(owner)
        try:
            if number is not None:
                self._give([(owner, number)])
            elif new:
                self.meet_all()
        except BaseException:  # told once: other objects do not fail for it again
            self.stop()
            raise
        if not self.left():
            self.stop()

    def stop(self):
        """Waits no more."""
        if self in restorations:
            restorations.remove(self)
        self.bundle.close()

    def meet_all(self):
        """Looks at all objects that are known."""
        self._give(self.pairs())

    def pairs(self):
        """(object, number of its node) of all that are known and there still."""
        found = [(reference(), number) for reference, number in self._bound.values()]
        return [(value, number) for value, number in found if value is not None]

    def _give(self, starts):
        """Gives values to those objects below some that have none yet: to all, or to none."""
        with init_scope():
            fresh = [(v, n) for v, n in self._pairs(starts) if self._wants(v, n)]
            changes = [(number, self._change(value, number)) for value, number in fresh]
            for value, number in fresh:
                self._bound[id(value)] = weakref.ref(value), number
            for number, change in changes:
                if change is not None:
                    change()
                    self.taken.add(number)

    def _has(self, value):
        """Whether an object has taken its values."""
        number = self.number_of(value)
        return number is not None and (number in self.taken or not self.nodes[number].attributes)

    def _wants(self, value, number):
        """Whether an object is to get the values of a node."""
        if not isinstance(value, Trackable) or self._has(value):
            return False
        if any(one.number_of(value) in one.taken for one in self.newer):
            return False
        return not (self._later and number in self.taken)

    def _pairs(self, starts):
        """(object, number of its node) of all that both the program and the checkpoint have."""
        if self._named is not None:
            return self._pairs_by_name(starts)
        queue, later, numbers, found = deque(starts), deque(), {}, []
        names_gave = None  # the numbers that names tell, before those of what is looked at last
        while queue or later:
            if not queue and names_gave is None:
                names_gave = set(numbers.values())
            value, number = queue.popleft() if queue else later.popleft()
            if id(value) in numbers or number in (names_gave or ()):
                continue
            numbers[id(value)] = number
            found.append((value, number))
            known = self.nodes[number].children
            for children in (children_of(value), extras_of(value), aliases_of(value)):
                for name, child in children.items():
                    if name in known:
                        last = isinstance(value, Trackable) and name in value._track_last
                        (later if last else queue).append((child, known[name]))
        return found + self._slots(found)

    def _slots(self, found):
        """The same of what optimizers of Keras 2's old kind keep for variables."""
        holders = [(value, n) for value, n in found if self.nodes[n].slots]
        if not holders:
            return []
        objects = {n: reference() for reference, n in self._bound.values()}
        objects.update((n, value) for value, n in found)
        slots = []
        for value, number in holders:
            for original, name, kept in self.nodes[number].slots:
                slot = getattr(value, "_track_slot", lambda *_: None)(name, objects.get(original))
                if slot is not None:
                    slots.append((slot, kept))
        return slots

    def _pairs_by_name(self, starts):
        """The same of a checkpoint that has no objects, but values by their variables' names."""
        found = list(starts)
        for start, _ in starts:
            for one in ObjectGraph(start).found:
                name = one.value._track_name() if isinstance(one.value, Trackable) else None
                if name in self._named:
                    found.append((one.value, self._named[name]))
        return found

    def _change(self, value, number):
        """The function that gives an object its values; None where there are none for it."""
        attributes, wanted = self.nodes[number].attributes, list(values_of(value))
        names = {name.partition("-")[0] for name in wanted}
        unknown = attributes.keys() - names
        if unknown:
            self.unknown[number] = sorted(unknown)
        if not wanted or not names <= attributes.keys():
            return None
        arrays = {}
        for name in wanted:
            attribute = name.partition("-")[0]
            arrays[name] = self.bundle[attributes[attribute] + name[len(attribute) :]]
        try:
            return value._track_restore(arrays)
        except (TypeError, ValueError) as fault:
            kind = InvalidArgumentError if isinstance(fault, InvalidArgumentError) else ValueError
            name = ", ".join(attributes.values())
            raise kind(f"{self.bundle.prefix}; {name}: {fault}") from None

    # -- what is left ------------------------------------------------------------------------------

    def unmatched(self, root):
        """(path, object) of the objects below a root that have values, but none of these."""
        graph = ObjectGraph(root)
        found = graph.found if self.whole else graph.found[: graph.known]
        return [
            (one.path, one.value)
            for one in found
            if values_of(one.value)
            and self.number_of(one.value) is None
            and not any(name.startswith("~") for name in one.path)
        ]

    def missed(self):
        """The numbers of nodes whose values nobody has taken and a program needs."""
        return [n for n in self.left() if n in self._needed and n not in self.unknown]

    def paths(self, goes=lambda name: True):
        """The names on the shortest way to each node, by its number.

        Args:
          goes: function of a name: whether to go that way.
        """
        paths, queue = {0: ()}, deque([0])
        while queue:
            number = queue.popleft()
            for name, child in self.nodes[number].children.items():
                if child not in paths and goes(name):
                    paths[child] = (*paths[number], name)
                    queue.append(child)
        return paths


# -- what restore() returns ------------------------------------------------------------------------


class LoadStatus:
    """What `restore` and `read` return: methods that say whether all fitted."""

    def assert_consumed(self):
        """Raises AssertionError unless all values were taken and all objects got one."""
        raise NotImplementedError

    def assert_existing_objects_matched(self):
        """Raises AssertionError unless all objects got a value; some may be left over."""
        raise NotImplementedError

    def assert_nontrivial_match(self):
        """Raises AssertionError when nothing but the root was found."""
        raise NotImplementedError

    def expect_partial(self):
        """Says that values may be left over; returns the status. They go on waiting silently."""
        return self

    def run_restore_ops(self, session=None):
        """Nothing is left to do: values were given at once."""

    def initialize_or_restore(self, session=None):
        """Nothing is left to do: values were given at once."""


class InitializationOnlyStatus(LoadStatus):
    """What `restore(None)` returns: nothing was restored."""

    def _nothing(self):
        raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")

    assert_consumed = assert_existing_objects_matched = assert_nontrivial_match = _nothing


class CheckpointLoadStatus(LoadStatus):
    """The state of a restoration.

    Args:
      restoration: the Restoration.
      root: the object at which it began.
    """

    def __init__(self, restoration, root):
        self._restoration, self._root = restoration, root

    def assert_consumed(self):
        """Raises AssertionError unless all values were taken and all objects got one.

        Returns:
          The status.
        """
        self.assert_existing_objects_matched()
        restoration = self._restoration
        paths, nodes = restoration.paths(), restoration.nodes
        left = restoration.missed()
        if left:
            names = [f"{shown(paths.get(n, ('?',)))}: {list(nodes[n].attributes)}" for n in left]
            raise AssertionError(
                f"{len(left)} unresolved object(s) in checkpoint {restoration.bundle.prefix}: "
                f"{_some(names)}. The program has no such objects (yet); use expect_partial() if "
                "that is as it should be."
            )
        if restoration.unknown:
            names = [f"{shown(paths.get(n, ('?',)))}: {u}" for n, u in restoration.unknown.items()]
            raise AssertionError(
                "Unused attributes in these objects (the attributes exist in the checkpoint but "
                f"were not restored): {_some(names)}."
            )
        return self

    def assert_existing_objects_matched(self):
        """Raises AssertionError unless all objects got a value; some may be left over.

        Returns:
          The status.
        """
        self._restoration.meet_all()
        missing = self._restoration.unmatched(self._root)
        if missing:
            names = [f"{shown(path)}: {value!r}" for path, value in missing]
            raise AssertionError(
                f"Found {len(missing)} Python objects that were not bound to checkpointed values, "
                f"likely due to changes in the Python program: {_some(names)}"
            )
        return self

    def assert_nontrivial_match(self):
        """Raises AssertionError when nothing but the root was found.

        Returns:
          The status.
        """
        self._restoration.meet_all()
        if len(self._restoration._bound) < 2 and not self._restoration.taken:
            raise AssertionError(
                "Nothing except the root object matched a checkpointed value. Typically this means "
                "that the checkpoint does not match the Python program."
            )
        return self


def _some(names):
    more = len(names) - _MOST_SHOWN
    return "; ".join(names[:_MOST_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def files_of(path):
    """The prefix of a checkpoint's files: of a SavedModel's folder, that of its variables."""
    inside = os.path.join(path, "variables", "variables")
    return inside if os.path.exists(inside + ".index") else path
