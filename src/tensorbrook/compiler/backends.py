"""Which backend runs a graph: native code where llvmlite is installed, else the NumPy kernels."""

import os
from sys import getrefcount

import numpy as np

from ..core.tensor import wrap
from ..graph.custom import without_custom_gradients
from ..graph.interp import compile_reference
from ..graph.passes import optimize
from .target import available

_NAMES = ("native", "reference")


def chosen():
    """The backend in use: TENSORBROOK_BACKEND, by default "native" where llvmlite is installed.

    Raises:
      ValueError: the variable names no backend.
    """
    name = os.environ.get("TENSORBROOK_BACKEND") or ("native" if available() else "reference")
    if name not in _NAMES:
        raise ValueError(f"TENSORBROOK_BACKEND is {name!r}: it must be one of {_NAMES}.")
    return name


def compile_graph(graph, aliases=None, flexible=False):
    """A graph as something to call with input arrays.

    Args:
      graph: the graph; it is optimised first.
      aliases: from the number of an output to that of the input whose array it replaces.
      flexible: inputs may come in other shapes than the graph's (variables of unknown shape).

    Returns:
      (function, native): `function(*arrays)` returns the outputs. Where `native` is True, aliased
      inputs are written over, and their outputs are left out of what is returned.
    """
    graph = optimize(without_custom_gradients(graph))
    if why_not_native(graph, flexible):
        return compile_reference(graph), False
    from .parts import Parts, runs_in_parts
    from .program import OpenProgram, Program

    if runs_in_parts(graph):
        return Parts(graph), False
    return (OpenProgram if graph.open_sizes else Program)(graph, aliases), True


def why_not_native(graph, flexible=False):
    """Why the reference backend runs a graph; "" where native code does."""
    if chosen() == "reference":
        return "the reference backend was asked for, or llvmlite is not installed"
    return "a variable has an unknown shape" if flexible else ""


def _alone():
    box = [np.zeros(0)]
    array = box[0]
    return getrefcount(array)


ALONE = _alone()  # what getrefcount tells of an object that one place and one name hold


def own(variables):
    """Gives variables arrays that nobody else holds, by copies where need be: to be written."""
    for variable in variables:
        tensor = variable._tensor
        array = tensor._array
        if (
            getrefcount(tensor) > ALONE
            or getrefcount(array) > ALONE
            or array.__class__ is not np.ndarray
            or array.base is not None
            or not array.flags.carray
        ):
            variable._tensor = wrap(np.array(array, order="C"))
