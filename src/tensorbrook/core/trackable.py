"""The protocol of objects whose values checkpoints and saved models keep.

Such an object is a `Trackable`. It names what lies right below it, and its own values:

- `_track_children()`: a dict from names to the objects below, under TensorFlow's names;
- `_track_extras()`: the same of objects that TensorFlow forgets, and checkpoints of ours do not;
  names that begin with "~" are of those that a program can do without, such as seeds;
- `_track_aliases()`: other names of children, such as those of older versions;
- `_track_values()`: a dict from names to arrays, what it holds itself;
- `_track_serving()`: the tf.function that a saved model of it serves, where it has one;
- `_track_restore(values)`: checks such a dict, and returns the function that takes its values over.

Lists, tuples and dicts are walked as they are: items have their numbers or keys as names. The
children of an `AutoTrackable` are its attributes.
"""

import numpy as np

restorations = []  # what restores values and has some left; see checkpoint/restore.py
_PLAIN = (str, bytes, int, float, bool, complex, type(None), np.ndarray, np.generic)


class Trackable:
    """The base of objects whose values checkpoints keep."""

    __slots__ = ()
    _track_last = ()  # names of children that are looked at when all others are known
    _forgotten = None  # of what TensorFlow forgets: what its name begins with among the extras

    def _track_children(self):
        return {}

    def _track_extras(self):
        return {}

    def _track_aliases(self):
        return {}

    def _track_values(self):
        return {}

    def _track_restore(self, values):
        raise NotImplementedError(f"{type(self).__name__} keeps no values of its own.")

    def _track_name(self):
        """The name of its values, by which files of TensorFlow 1 know them."""
        return ""


class AutoTrackable(Trackable):
    """An object whose attributes are what checkpoints keep of it.

    Example:
    >>> from tensorbrook.core.trackable import AutoTrackable
    >>> class Pair(AutoTrackable):
    ...     def __init__(self):
    ...         self.first = self.second = tf.Variable(1.0)
    >>> tf.train.Checkpoint(pair=Pair()).write("pair")
    'pair'
    >>> tf.train.list_variables("pair")[1:]
    [('pair/first/.ATTRIBUTES/VARIABLE_VALUE', [])]
    """

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if restorations:
            grown(self)

    def _track_trackable(self, trackable, name, overwrite=False):
        """Keeps an object below this one by a name: what programs call for TensorFlow's sake."""
        if overwrite or name not in vars(self):
            setattr(self, name, trackable)
        return trackable

    def _no_dependency(self, value):
        """The value: what TensorFlow calls to keep it out of checkpoints."""
        return value

    def _track_children(self):
        return known_items(vars(self).items())

    def _track_extras(self):
        return forgotten_items(vars(self).items())


class Bare(Trackable):
    """An object without values, which TensorFlow has in a place and we have not.

    Args:
      **children: its children.
    """

    def __init__(self, **children):
        self._children = children

    def _track_children(self):
        return self._children


def is_trackable(value, depth=0):
    """Whether checkpoints keep something of a value: of a Trackable, or of a container of some."""
    if isinstance(value, Trackable):
        return True
    if isinstance(value, _PLAIN) or depth > 50:
        return False
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return False
    return any(is_trackable(item, depth + 1) for item in value)


def known_items(items):
    """A dict of those (name, value) pairs whose values TensorFlow keeps in checkpoints."""
    return {
        name: value
        for name, value in items
        if is_trackable(value) and getattr(value, "_forgotten", None) is None
    }


def forgotten_items(items):
    """A dict of those whose values only checkpoints of ours keep, under the names of extras."""
    return {
        value._forgotten + name: value
        for name, value in items
        if isinstance(value, Trackable) and value._forgotten is not None
    }


def children_of(value):
    """The children of a Trackable or a container by their names.

    Raises:
      ValueError: a dict has one under a key that is no text.
    """
    if isinstance(value, Trackable):
        return value._track_children()
    if not isinstance(value, dict):
        return known_items((str(number), item) for number, item in enumerate(value))
    found = known_items(value.items())
    wrong = [key for key in found if not isinstance(key, str)]
    if wrong:
        raise ValueError(
            f"Unable to save the dict with keys {list(value)[:10]}: the object under {wrong[0]!r} "
            "can be found again by text alone. Use keys that are strings."
        )
    return found


def extras_of(value):
    """The children that TensorFlow forgets."""
    if isinstance(value, Trackable):
        return value._track_extras()
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return forgotten_items((str(name), item) for name, item in items)


def aliases_of(value):
    """Other names of children."""
    return value._track_aliases() if isinstance(value, Trackable) else {}


def values_of(value):
    """What an object holds itself: a dict from names to arrays."""
    return value._track_values() if isinstance(value, Trackable) else {}


def grown(owner, new=False):
    """Says that an object may have children that it had not before, whose values may wait.

    Args:
      owner: the object.
      new: whether it may be new itself, and lie in a list that nobody watches.
    """
    for restoration in list(restorations):
        restoration.meet(owner, new)
