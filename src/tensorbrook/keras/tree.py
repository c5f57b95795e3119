"""keras.tree: nested lists, tuples, dicts and deques: mapped, flattened, packed, compared.

Dicts are taken in the order of their sorted keys, OrderedDicts in their own. None is a leaf.
"""

from collections import OrderedDict, defaultdict, deque


class MAP_TO_NONE:
    """What a function of `traverse` returns to put None in a part's place."""


def _kind(structure):
    """What holds others: dict, OrderedDict, list, tuple, deque or a namedtuple's class; or None."""
    if isinstance(structure, dict):
        return OrderedDict if isinstance(structure, OrderedDict) else dict
    if isinstance(structure, tuple):
        return type(structure) if hasattr(structure, "_fields") else tuple
    return next((kind for kind in (list, deque) if isinstance(structure, kind)), None)


def _items(structure):
    """[(key or index, part)], in order."""
    kind = _kind(structure)
    if kind is dict:
        return [(key, structure[key]) for key in sorted(structure)]
    return list(structure.items() if kind is OrderedDict else enumerate(structure))


def _rebuilt(structure, parts):
    """A structure of the kind of `structure` with other parts, in order."""
    if isinstance(structure, dict):
        made = dict(zip((key for key, _ in _items(structure)), parts))
        made = {key: made[key] for key in structure}
        if isinstance(structure, defaultdict):
            return type(structure)(structure.default_factory, made)
        return made if type(structure) is dict else type(structure)(made)
    if hasattr(structure, "_fields"):
        return type(structure)(*parts)
    return type(structure)(parts)


def is_nested(structure):
    """Whether it holds others: a dict, list, tuple or deque.

    Example:
    >>> tf.keras.tree.is_nested([1]), tf.keras.tree.is_nested(1)
    (True, False)
    """
    return _kind(structure) is not None


def flatten(structure):
    """The leaves as a list.

    Example:
    >>> tf.keras.tree.flatten({"b": [1, 2], "a": 3})
    [3, 1, 2]
    """
    return [leaf for _, leaf in flatten_with_path(structure)]


def flatten_with_path(structure):
    """A list of (path, leaf), a path being the keys and indices that lead to the leaf.

    Example:
    >>> tf.keras.tree.flatten_with_path([{"foo": 42}])
    [((0, 'foo'), 42)]
    """
    if not is_nested(structure):
        return [((), structure)]
    return [
        ((key, *path), leaf)
        for key, part in _items(structure)
        for path, leaf in flatten_with_path(part)
    ]


def map_structure(func, *structures, none_is_leaf=True):
    """`func` of the leaves of structures of one form, in that form.

    Args:
      func: a function of as many leaves as there are structures.
      structures: the structures.
      none_is_leaf: whether it is called on None.

    Raises:
      TypeError: `func` is no function, or there is no structure.
      ValueError: structures of different forms.

    Example:
    >>> tf.keras.tree.map_structure(lambda x, y: x + y, {"a": 1}, {"a": 2})
    {'a': 3}
    """
    _check(func, structures)
    first, *others = structures
    for other in others:
        assert_same_structure(first, other)
    return _mapped(func, first, structures, none_is_leaf)


def _check(func, structures):
    if not callable(func):
        raise TypeError(f"`func` must be callable. Received: func={func}")
    if not structures:
        raise TypeError("Must provide at least one structure")


def _mapped(func, shallow, structures, none_is_leaf=True):
    if not is_nested(shallow):
        if not none_is_leaf and all(s is None for s in structures):
            return None
        return func(*structures)
    parts = [[part for _, part in _items(s)] for s in structures]
    children = [part for _, part in _items(shallow)]
    mapped = [_mapped(func, child, row, none_is_leaf) for child, row in zip(children, zip(*parts))]
    return _rebuilt(shallow, mapped)


def map_structure_up_to(shallow_structure, func, *structures):
    """`func` of the parts of structures that are where `shallow_structure` has leaves.

    Raises:
      TypeError: `func` is no function, or there is no structure.
      ValueError: a structure that is not of that form so far.

    Example:
    >>> tf.keras.tree.map_structure_up_to([None, None], len, [[1, 1], [2]])
    [2, 1]
    """
    _check(func, structures)
    for structure in structures:
        _same_up_to(shallow_structure, structure)
    return _mapped(func, shallow_structure, structures)


def _same_up_to(shallow, structure):
    if not is_nested(shallow):
        return
    if _layout(shallow) != _layout(structure):
        raise ValueError(
            f"The structure {structure!r} does not have the form of {shallow!r}: at each level it "
            "needs a container of the same type with the same keys or as many entries."
        )
    for (_, a), (_, b) in zip(_items(shallow), _items(structure)):
        _same_up_to(a, b)


def _layout(structure):
    """What has to be equal of two structures: the kind, and the keys or the number of parts."""
    kind = _kind(structure)
    if kind in (dict, OrderedDict):
        return dict, sorted(structure)
    return kind, None if kind is None else len(structure)


def assert_same_structure(a, b, check_types=None):
    """Raises unless two structures have one form.

    Args:
      a, b: structures; dicts of all kinds are alike, lists and tuples are not.
      check_types: has no effect, as in Keras.

    Raises:
      ValueError: they differ.

    Example:
    >>> tf.keras.tree.assert_same_structure([(0, 1)], [(2, 3)])
    """
    if _layout(a) != _layout(b):
        raise ValueError(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {a!r}\n\nSecond structure: {b!r}"
        )
    if is_nested(a):
        keys = [key for key, _ in _items(a)]
        parts = dict(_items(b))
        for key, (_, part) in zip(keys, _items(a)):
            assert_same_structure(part, parts[key])


def assert_same_paths(a, b):
    """Raises unless the leaves of two structures lie at the same paths, whatever holds them.

    Raises:
      ValueError: they differ.

    Example:
    >>> tf.keras.tree.assert_same_paths([0, 1], (2, 3))
    """
    paths = [{path for path, _ in flatten_with_path(structure)} for structure in (a, b)]
    if paths[0] != paths[1]:
        only = [sorted(map(str, one - other)) for one, other in (paths, paths[::-1])]
        raise ValueError(
            "`a` and `b` don't have the same paths: only in `a` are "
            f"{', '.join(only[0]) or 'none'}, only in `b` {', '.join(only[1]) or 'none'}."
        )


def pack_sequence_as(structure, flat_sequence):
    """The leaves of `flat_sequence` in the form of `structure`.

    Raises:
      TypeError: `flat_sequence` is no sequence.
      ValueError: it has another number of leaves.

    Example:
    >>> tf.keras.tree.pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
    {'b': 3, 'a': (1, 2)}
    """
    if not is_nested(flat_sequence):
        raise TypeError(f"Attempted to pack value:\n  {flat_sequence}\ninto a structure.")
    leaves = list(flat_sequence)
    count = len(flatten(structure))
    if count != len(leaves):
        raise ValueError(
            f"Structure is made of {count} leaves, but flat_sequence has {len(leaves)}. "
            f"structure: {structure!r}, flat_sequence: {flat_sequence!r}."
        )
    rest = iter(leaves)
    return _mapped(lambda _: next(rest), structure, (structure,))


def lists_to_tuples(structure):
    """The structure with tuples for its lists.

    Example:
    >>> tf.keras.tree.lists_to_tuples([1, {"a": [2]}])
    (1, {'a': (2,)})
    """
    if not is_nested(structure):
        return structure
    parts = [lists_to_tuples(part) for _, part in _items(structure)]
    return tuple(parts) if _kind(structure) is list else _rebuilt(structure, parts)


def map_shape_structure(func, structure):
    """`func` of the shapes in a structure: the tuples and lists of integers and None.

    Raises:
      TypeError: `func` is no function.

    Example:
    >>> tf.keras.tree.map_shape_structure(len, {"a": (None, 3), "b": [(2,)]})
    {'a': 2, 'b': [1]}
    """
    _check(func, (structure,))

    def is_shape(part):
        return isinstance(part, tuple | list) and all(
            d is None or (hasattr(d, "__index__") and not isinstance(d, bool)) for d in part
        )

    if is_shape(structure) or not is_nested(structure):
        return func(structure)
    return _rebuilt(structure, [map_shape_structure(func, part) for _, part in _items(structure)])


def traverse(func, structure, top_down=True):
    """Calls `func` on a structure and all of its parts, and puts what it returns in their place.

    Args:
      func: a function of a part: it returns None to keep it, MAP_TO_NONE to put None there, or
        what to put there.
      structure: the structure.
      top_down: whether it is called on a part before those within, and not on these where it
        returned something; or after.

    Raises:
      TypeError: `func` is no function.

    Example:
    >>> tf.keras.tree.traverse(lambda x: 0 if x == [2] else None, [1, [2]])
    [1, 0]
    """
    _check(func, (structure,))

    def walk(part):
        found = func(part) if top_down else None
        if found is None and is_nested(part):
            part = _rebuilt(part, [walk(child) for _, child in _items(part)])
        if not top_down:
            found = func(part)
        if found is None:
            return part
        return None if found is MAP_TO_NONE else found

    return walk(structure)
