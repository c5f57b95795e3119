"""Nested structures: lists, tuples, named tuples, dicts; flattened in sorted key order (optree).

Composites (core/composite.py) are leaves; with `expand_composites` they are opened as well.
"""

_NAMESPACE, _EXPANDED = "tensorbrook", "tensorbrook.composites"
_fresh = []  # classes of composites that optree does not know yet


class Composite:
    """The base of leaves that `expand_composites` opens, by the methods of their `_type_spec`."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        _fresh.append(cls)


def _optree():
    import optree

    while _fresh:
        optree.register_pytree_node(_fresh.pop(), _opened, _closed, namespace=_EXPANDED)
    return optree


def _opened(composite):
    spec = composite._type_spec
    return spec._to_components(composite), spec._outline


def _closed(spec, components):
    return spec._from_components(components)


def is_nested(structure, expand_composites=False):
    """True for a list, tuple or dict, whatever it holds."""
    if isinstance(structure, (list, tuple, dict)):
        return not _is_shape(structure)
    return expand_composites and isinstance(structure, Composite)


def _is_flat(structure):
    """True for a plain list or tuple of tensors: the frequent case, told without optree."""
    if structure.__class__ is not list and structure.__class__ is not tuple:
        return False
    return all([hasattr(x, "_shape") for x in structure])


def _how(expand_composites):
    """How optree is to walk."""
    namespace = _EXPANDED if expand_composites else _NAMESPACE
    return {"is_leaf": _is_shape, "none_is_leaf": True, "namespace": namespace}


def _is_shape(x):
    return isinstance(x, tuple) and type(x).__name__ in ("TensorShape", "_UnknownShape")


def flatten(structure, expand_composites=False):
    """The leaves of `structure`, left to right, dicts by sorted key; None is a leaf.

    Args:
      structure: a list, tuple, dict, or a leaf.
      expand_composites: whether a composite, such as tf.IndexedSlices, stands for its components.

    Example:
    >>> tf.nest.flatten({"b": 2, "a": [1, (3,)]})
    [1, 3, 2]
    """
    if not isinstance(structure, (list, tuple, dict)):
        if not expand_composites or not isinstance(structure, Composite):
            return [structure]
    elif _is_flat(structure):
        return list(structure)
    return _optree().tree_leaves(structure, **_how(expand_composites))


def spec(structure, expand_composites=False):
    """The hashable shape of `structure` without its leaves."""
    return _optree().tree_structure(structure, **_how(expand_composites))


def flatten_with_spec(structure, expand_composites=False):
    """(leaves, spec): what `unflatten` puts together again."""
    return _optree().tree_flatten(structure, **_how(expand_composites))


def unflatten(tree_spec, leaves):
    """The structure of `tree_spec` with `leaves` in it."""
    return tree_spec.unflatten(leaves)


def pack_sequence_as(structure, flat_sequence, expand_composites=False):
    """`flat_sequence` in the shape of `structure`.

    Example:
    >>> tf.nest.pack_sequence_as([0, {"a": 0}], [1, 2])
    [1, {'a': 2}]
    """
    flat_sequence = list(flat_sequence)
    if not isinstance(structure, (list, tuple, dict)) and not (
        expand_composites and isinstance(structure, Composite)
    ):
        if len(flat_sequence) != 1:
            raise ValueError(f"A single leaf takes one value, got {len(flat_sequence)}.")
        return flat_sequence[0]
    if _is_flat(structure) and len(structure) == len(flat_sequence):
        return structure.__class__(flat_sequence)
    tree = spec(structure, expand_composites)
    if tree.num_leaves != len(flat_sequence):
        raise ValueError(
            f"The structure has {tree.num_leaves} leaves, the sequence {len(flat_sequence)}: "
            f"structure {structure!r}, sequence {flat_sequence!r}."
        )
    return tree.unflatten(flat_sequence)


def map_structure(func, *structures, check_types=True, expand_composites=False):
    """`func` on the leaves of `structures`, packed like the first.

    Example:
    >>> tf.nest.map_structure(lambda a, b: a + b, {"x": 1}, {"x": 2})
    {'x': 3}
    """
    if not callable(func):
        raise TypeError(f"func must be callable, got: {func}")
    if not structures:
        raise ValueError("Must provide at least one structure")
    first, expand = structures[0], expand_composites
    if not is_nested(first, expand):
        return func(*structures)
    for other in structures[1:]:
        assert_same_structure(first, other, check_types, expand)
    leaves, tree = flatten_with_spec(first, expand)
    return tree.unflatten(map(func, leaves, *(flatten(other, expand) for other in structures[1:])))


def assert_same_structure(nest1, nest2, check_types=True, expand_composites=False):
    """Raises unless both have the same nesting: ValueError for another count or depth, TypeError
    (with `check_types`) for other sequence types or keys. With `expand_composites`, composites
    need specs that have something in common.

    Example:
    >>> tf.nest.assert_same_structure([1, (2,)], [0, (0,)])
    """
    a, b = (is_nested(x, expand_composites) for x in (nest1, nest2))
    if a != b:
        raise ValueError(
            "The two structures don't have the same nested structure.\n\n"
            f"First structure: {nest1!r}\n\nSecond structure: {nest2!r}"
        )
    if not a:
        return
    if isinstance(nest1, Composite):
        nest1._type_spec.most_specific_compatible_type(getattr(nest2, "_type_spec", None))
        return
    if check_types and type(nest1) is not type(nest2) and not _both_dicts(nest1, nest2):
        raise TypeError(
            "The two structures don't have the same sequence type: "
            f"{type(nest1).__name__} and {type(nest2).__name__} ({nest1!r}, {nest2!r})"
        )
    if _both_dicts(nest1, nest2) and set(nest1) != set(nest2):
        raise ValueError(
            f"The two dictionaries don't have the same set of keys: {list(nest1)}, {list(nest2)}"
        )
    if len(nest1) != len(nest2):
        raise ValueError(
            "The two structures don't have the same number of elements.\n\n"
            f"First structure: {nest1!r}\n\nSecond structure: {nest2!r}"
        )
    keys = nest1 if isinstance(nest1, dict) else range(len(nest1))
    for key in keys:
        assert_same_structure(nest1[key], nest2[key], check_types, expand_composites)


def _both_dicts(a, b):
    return isinstance(a, dict) and isinstance(b, dict)
