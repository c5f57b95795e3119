"""`tensorflow.python.util.nest`: what it has besides tf.nest, for structures and their paths."""

from collections.abc import Mapping

from ..base.nest import flatten, is_nested, pack_sequence_as


def is_mapping(structure):
    """Whether it is a dict or its like."""
    return isinstance(structure, Mapping)


def is_namedtuple(instance, strict=False):
    """Whether it is a named tuple."""
    return isinstance(instance, tuple) and hasattr(instance, "_fields")


_is_namedtuple = is_namedtuple


def _keys(structure):
    if is_mapping(structure):
        return sorted(structure)
    return structure._fields if is_namedtuple(structure) else range(len(structure))


def _at(structure, key):
    return getattr(structure, key) if is_namedtuple(structure) else structure[key]


def _yield_value(structure):
    return (_at(structure, key) for key in _keys(structure))


def _sequence_like(instance, args):
    """A structure of one level, of the kind of another."""
    if is_mapping(instance):
        return type(instance)(zip(_keys(instance), args, strict=True))
    return type(instance)(*args) if is_namedtuple(instance) else type(instance)(args)


def _down_to(shallow, structure, path=()):
    """The paths and parts of a structure where a shallow one has its leaves."""
    if not is_nested(shallow):
        yield path, structure
        return
    if not is_nested(structure):
        raise TypeError(f"A structure has {structure!r} at {path}, where {shallow!r} is wanted.")
    if len(shallow) != len(structure):
        raise ValueError(f"Lengths differ at {path}: {shallow!r} and {structure!r}.")
    for key in _keys(shallow):
        yield from _down_to(_at(shallow, key), _at(structure, key), (*path, key))


def flatten_with_tuple_paths_up_to(shallow_tree, input_tree, *ignored, **settings):
    """Pairs of a path and what a structure has there, at the leaves of a shallow one."""
    return list(_down_to(shallow_tree, input_tree))


assert_shallow_structure = flatten_with_tuple_paths_up_to


def flatten_up_to(shallow_tree, input_tree, *ignored, **settings):
    """What a structure has at the leaves of a shallow one."""
    return [part for _, part in _down_to(shallow_tree, input_tree)]


def flatten_with_tuple_paths(structure, expand_composites=False):
    """Pairs of a path and a leaf."""
    paths = [path for path, _ in _down_to(structure, structure)]
    return list(zip(paths, flatten(structure, expand_composites), strict=True))


def yield_flat_paths(nest, expand_composites=False):
    """The paths of the leaves."""
    return (path for path, _ in flatten_with_tuple_paths(nest, expand_composites))


def flatten_with_joined_string_paths(structure, separator="/", expand_composites=False):
    """Pairs of a path as a text and a leaf."""
    pairs = flatten_with_tuple_paths(structure, expand_composites)
    return [(separator.join(map(str, path)), leaf) for path, leaf in pairs]


def map_structure_with_tuple_paths_up_to(shallow_tree, func, *inputs, **settings):
    """What a function makes of the path and the parts at each leaf of a shallow structure."""
    rows = zip(*(_down_to(shallow_tree, each) for each in inputs), strict=True)
    made = [func(row[0][0], *(part for _, part in row)) for row in rows]
    return pack_sequence_as(shallow_tree, made)


def map_structure_up_to(shallow_tree, func, *inputs, **settings):
    """What a function makes of the parts at each leaf of a shallow structure."""
    return map_structure_with_tuple_paths_up_to(shallow_tree, lambda _, *x: func(*x), *inputs)


def map_structure_with_tuple_paths(func, *structures, **settings):
    """What a function makes of the path and the values at each leaf."""
    return map_structure_with_tuple_paths_up_to(structures[0], func, *structures)


def map_structure_with_paths(func, *structures, **settings):
    """The same, the paths as texts."""
    joined = lambda path, *leaves: func("/".join(map(str, path)), *leaves)  # noqa: E731
    return map_structure_with_tuple_paths(joined, *structures)


def get_traverse_shallow_structure(traverse_fn, structure, expand_composites=False):
    """The structure of booleans that says where a function wants to go on."""
    on = traverse_fn(structure)
    if on is not True or not is_nested(structure):
        return on
    parts = (get_traverse_shallow_structure(traverse_fn, part) for part in _yield_value(structure))
    return _sequence_like(structure, parts)
