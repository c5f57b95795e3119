"""How a node's op is called: a rule for each, given inputs and attrs by TensorFlow's names.

Most are lines of `public.py`. The others are functions here and beside, made known by `rule`.
"""

import inspect
from typing import NamedTuple

from ... import ops
from ...base import nest
from ...base.dtypes import as_dtype
from ...base.errors import InvalidArgumentError
from ...core.dispatch import PUBLIC
from ...core.tensor import Tensor, convert_to_tensor
from ...ops import audio, files, image, parsing, statistics, windows
from ..op_table import signatures
from .public import rows

RULES = {}  # op -> Rule


_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Rule(NamedTuple):
    """A function for an op, the parameters it takes and needs, those that change nothing here."""

    function: object
    takes: frozenset
    needs: frozenset
    ignores: frozenset
    everything: bool


def rule(*names, ignores=""):
    """Makes a function the rule of ops.

    Its parameters are inputs and attrs by TensorFlow's names; an attr that it does not take, and
    that is not among `ignores`, is refused where a node has it. A parameter `place` gets the Place.
    A rule goes before a line of `public.py`.
    """

    def decorate(function):
        parameters = inspect.signature(function).parameters.values()
        found = Rule(
            function,
            frozenset(p.name for p in parameters),
            frozenset(p.name for p in parameters if p.default is p.empty and p.kind not in _REST),
            frozenset(ignores.split()),
            any(p.kind is p.VAR_KEYWORD for p in parameters),
        )
        for name in names:
            if name in RULES:
                raise ValueError(f"The op {name} has a rule already.")
            RULES[name] = found
        return function

    return decorate


class Place(NamedTuple):
    """Where a node stands: what its rule needs to know of the file.

    Args:
      path: the file, for messages.
      assets: a dict from the paths that may be read to themselves.
    """

    path: str
    assets: dict


def has_rule(op):
    """Whether nodes of this op can run."""
    return op in signatures() and (op in RULES or op in rows())


def run(op, inputs, attrs, place):
    """The results of a node, as a list.

    Args:
      inputs: the values, in the order of the node's inputs.
      attrs: the values of the attrs that the node has; functions as callables.

    Raises:
      ValueError: another number of inputs than the op takes.
    """
    given, attrs = named_inputs(op, inputs, attrs), _with_paddings(attrs)
    if op in RULES:
        result = _by_rule(RULES[op], op, given, attrs, place)
    else:
        known = signatures()[op].attrs
        given.update({key: value for key, value in attrs.items() if key in known})
        row = rows()[op]
        result = PUBLIC[row.path](**row.arguments(given, op))
    return results_of(op, result)


def run_by_names(op, arguments):
    """The results of an op that has a rule, as a list, of inputs and attrs given by their names."""
    inputs, attrs = {}, dict(arguments)
    for name, wanted, *_ in signatures()[op].inputs:
        value = attrs.pop(name)
        known = isinstance(wanted, int) and not isinstance(value, Tensor)
        inputs[name] = convert_to_tensor(value, as_dtype(wanted) if known else None)
    return results_of(op, _by_rule(RULES[op], op, inputs, _with_paddings(attrs), None))


def _with_paddings(attrs):
    """Attrs in which padding is as functions take it: "EXPLICIT" as pairs, one for each axis."""
    if "explicit_paddings" not in attrs:
        return attrs
    found = {key: value for key, value in attrs.items() if key != "explicit_paddings"}
    if attrs["explicit_paddings"]:
        sizes = iter(attrs["explicit_paddings"])
        found["padding"] = [list(pair) for pair in zip(sizes, sizes)]
    return found


def _by_rule(found, op, given, attrs, place):
    if "place" in found.takes:
        given["place"] = place
    kinds = signatures()[op].attrs
    for key, value in attrs.items():
        if key in found.takes or (found.everything and key in kinds):
            given[key] = value
        elif kinds.get(key, "type") not in ("type", "list(type)") and key not in found.ignores:
            raise NotImplementedError(f"[{op}] the attr {key}={value!r} is not built.")
    if missing := found.needs - given.keys():
        raise InvalidArgumentError(f"[{op}] the attrs {sorted(missing)} are missing.")
    return found.function(**given)


def named_inputs(op, inputs, attrs):
    """The inputs of a node by name; lists of inputs are lists."""
    arguments, rest, given = signatures()[op].inputs, list(inputs), {}
    for place, argument in enumerate(arguments):
        if argument.count is None and not argument.listed:
            count = 1
        else:
            known = attrs.get(argument.count or argument.dtype)
            known = len(known) if isinstance(known, list) else known
            count = len(rest) - (len(arguments) - place - 1) if known is None else known
        if not 0 <= count <= len(rest):
            break
        taken, rest = rest[:count], rest[count:]
        plain = argument.count is None and not argument.listed
        given[argument.name] = taken[0] if plain else taken
    if rest or len(given) < len(arguments):
        raise ValueError(f"[{op}] {len(inputs)} inputs do not fit ({[a.name for a in arguments]}).")
    return given


def results_of(op, result):
    """A rule's result as a list of single values."""
    outputs = signatures()[op].outputs
    if not outputs:
        return []
    if not isinstance(result, list | tuple):
        return [result]
    return nest.flatten(list(result))


def first_of(op, name, attrs, count):
    """The number of the first result that an op calls by this name.

    Raises:
      KeyError: it has no such result.
    """
    at, outputs = 0, signatures()[op].outputs
    for place, output in enumerate(outputs):
        if output.name == name:
            return at
        if output.count is None and not output.listed:
            at += 1
        else:
            known = attrs.get(output.count or output.dtype)
            known = len(known) if isinstance(known, list) else known
            at += count - (len(outputs) - place - 1) if known is None else known
    raise KeyError(name)
