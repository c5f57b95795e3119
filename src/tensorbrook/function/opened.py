"""Functions traced for arguments of open sizes, to be written for other programs."""

from itertools import product

from ..base import nest
from ..base.dims import Dim, Undecided, deciding, evaluate, symbols_of, told_by_data
from ..base.errors import TraceBreak
from .function import Function


def open_function(function, arguments, name=None):
    """A function as a ConcreteFunction that leaves all sizes open which are None in its arguments.

    The first axis of all arguments is of one size, "batch". What is asked of sizes that are open,
    such as whether a window fits into a picture, is answered as for large ones.

    Args:
      function: a tf.function, or a plain function of tensors.
      arguments: the TensorSpecs of the arguments, in any structure.
      name: what it is called.

    Raises:
      ValueError: it cannot be traced.
    """
    arguments = tuple(arguments)
    if any(nest.is_nested(a, True) for a in arguments):
        leaves, structure = nest.flatten_with_spec((arguments, {}), expand_composites=True)
    else:
        leaves, structure = list(arguments), None
    if not isinstance(function, Function):
        function = Function(function, autograph=False)
    name = name or function._name
    # Sizes have names of their own; where that does not do, those of one axis are one; where that
    # does not do either, comparisons are answered as for large sizes.
    ways = product((None, _large), (False, True))
    ways = [(_open(leaves, shared), answers) for answers, shared in ways]
    found, faults = trace_in_a_way(function, leaves, structure, ways)
    if found is None:
        raise ValueError(
            f"{name!r} cannot be exported, as it cannot be traced for open sizes: {faults[0]}. "
            "Give an input_signature with the sizes that are known."
        )
    found.name = name
    return found


def trace_in_a_way(function, leaves, structure, ways):
    """The first trace that succeeds of several ways to leave sizes open, and why others failed.

    Args:
      function: a tf.function.
      leaves, structure: its arguments, for `Function.trace`.
      ways: (shapes with Dims in them, what answers comparisons of sizes or None) of each.

    Returns:
      (a ConcreteFunction, or None; the TraceBreaks of the ways before it).
    """
    faults = []
    for shapes, answers in ways:
        try:
            with deciding(answers):
                found, created = function.trace(leaves, structure, shapes)
                if created:  # variables: they are there now
                    found, _ = function.trace(leaves, structure, shapes)
        except TraceBreak as stop:
            faults.append(stop)
        else:
            return found, faults
    return None, faults


def _large(difference, relation):
    """Whether a difference is below 0, where that is so for all large sizes, or for none."""
    names = symbols_of(difference)
    found = {
        evaluate(difference, {name: least + 37 * i for i, name in enumerate(names)}) < 0
        for least in (1 << 16, (1 << 16) + 1, (1 << 17) + 3)
    }
    if relation == "==" or len(found) > 1 or any(map(told_by_data, names)):
        raise Undecided(f"whether {difference!r} {relation} 0 depends on sizes that are open")
    return found.pop()


def _open(specs, shared):
    """The shapes of specs with a Dim in place of each None."""
    shapes = []
    for number, spec in enumerate(specs):
        if spec.shape.rank is None:
            raise ValueError(
                f"{spec} has no rank: give a shape, with None for what is of any size."
            )
        suffix = "" if shared else f"_{number}"
        names = ["batch", *[f"axis{axis}{suffix}" for axis in range(1, spec.shape.rank)]]
        shapes.append(tuple([Dim.symbol(n) if d is None else d for n, d in zip(names, spec.shape)]))
    return shapes
