"""Functions as FunctionDefs: traces of tf.functions, signatures, and what fills tables."""

import inspect
import warnings
from contextlib import suppress

import numpy as np

from ..base import nest
from ..base.dims import evaluate, symbols_of
from ..core.composite import TypeSpec, of_specs
from ..core.spec import TensorSpec
from ..core.variable import Variable
from ..function.concrete import ConcreteFunction, Unranked, tensor_specs
from ..function.function import Function
from ..function.opened import trace_in_a_way
from ..function.sizes import open_shapes
from . import rules as rules
from .graphs import write_nodes
from .nodes import RESOURCE, Body, type_of


def names_of(concrete):
    """Names for the tensors that a trace takes, in order: by parameter, or as their specs say."""
    args, kwargs = concrete.structured_input_signature
    function = concrete.function
    parameters = [] if function is None else list(_parameters(function.python_function))
    declared = [] if function is None or function._signature is None else function._signature
    found = []
    for number, arg in enumerate(args):
        name = parameters[number] if number < len(parameters) else f"args_{number}"
        spec = declared[number] if number < len(declared) else arg
        found += _leaf_names(name, arg, spec)
    for name in kwargs:
        found += _leaf_names(name, kwargs[name], kwargs[name])
    return _unique(found)


def _parameters(python_function):
    """From each parameter that has a position to its default."""
    kinds = inspect.Parameter
    found = inspect.signature(python_function).parameters.items()
    positional = (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
    return {name: p.default for name, p in found if p.kind in positional}


def with_defaults(function, args, kwargs):
    """The arguments of a trace, and the defaults of the parameters that were not given."""
    if function is None:
        return args, kwargs
    rest = list(_parameters(function.python_function).values())[len(args) :]
    named = {
        name: p.default
        for name, p in inspect.signature(function.python_function).parameters.items()
        if p.kind == p.KEYWORD_ONLY and p.default is not p.empty
    }
    return (*args, *[d for d in rest if d is not inspect.Parameter.empty]), named | kwargs


def _leaf_names(name, value, spec):
    """The names of the tensors in an argument; `spec` is the same structure, maybe with names."""
    if isinstance(value, TensorSpec):
        return [getattr(spec, "name", None) or value.name or name]
    if isinstance(value, TypeSpec):
        own = getattr(spec, "name", None) or name
        return [own if k == 0 else f"{own}_{k}" for k in range(len(value._component_specs))]
    if isinstance(value, dict):
        return [n for k in sorted(value) for n in _leaf_names(f"{name}_{k}", value[k], spec[k])]
    if isinstance(value, list | tuple):
        parts = zip(value, spec)
        return [n for k, (v, s) in enumerate(parts) for n in _leaf_names(f"{name}_{k}", v, s)]
    return []


def _unique(names):
    taken, found = set(), []
    for name in names:
        new, number = name, 0
        while new in taken:
            number += 1
            new = f"{name}_{number}"
        taken.add(new)
        found.append(new)
    return found


def traced(function, given=None):
    """The trace of a tf.function with an input_signature, that its signature describes.

    Sizes that are not known are sizes of their own; where that cannot be traced, those of one axis
    are one size; and where that cannot be, comparisons are answered as for large sizes, with a
    warning.

    Raises:
      ValueError: it cannot be traced; the message says why.
    """
    key, leaves, spec = function._prepare(*of_specs(given or (tuple(function._signature), {})))
    found = function._traces.get(key)
    if found.__class__ is ConcreteFunction:
        return found
    shapes = [tuple(v.shape) for v in leaves if isinstance(v, TensorSpec)]
    by_axis = {}
    for place in [(i, a) for i, s in enumerate(shapes) for a, d in enumerate(s) if d is None]:
        by_axis.setdefault(place[1], []).append(place)
    large = _Large()
    shared = open_shapes(shapes, by_axis.values())
    ways = (open_shapes(shapes), None), (shared, None), (shared, large.decide)
    found, faults = trace_in_a_way(function, leaves, spec, ways)
    if found is None:
        raise ValueError(f"{function._name} cannot be saved, as it cannot be traced: {faults[-1]}.")
    if large.asked:
        warnings.warn(
            f"{function._name} is saved for large sizes: whether {large.asked[0]} depends on "
            "sizes that its input_signature leaves open.",
            stacklevel=2,
        )
    function._traces[key] = found
    return found


class _Large:
    """Answers comparisons as for sizes that are large and differ."""

    def __init__(self):
        self.asked, self._sizes = [], {}

    def decide(self, difference, relation):
        """Whether a difference of sizes is == 0, or < 0."""
        self.asked.append(f"{difference!r} {relation} 0")
        for name in symbols_of(difference):
            self._sizes.setdefault(name, 100003 + 1000 * len(self._sizes))
        value = evaluate(difference, self._sizes)
        return value == 0 if relation == "==" else value < 0


def traces_of(function):
    """All traces of a tf.function that can be saved, each once."""
    found = [c for c in function._traces.values() if c.__class__ is ConcreteFunction]
    found += [c for family in function._families.values() for c in family.traces]
    found = list({id(c): c for c in found if not c.stand_ins}.values())
    if function._signature is not None:
        if any(s.shape.rank is None for s in tensor_specs(function._signature)):
            return _of_ranks(function, (tuple(function._signature), {}))
        found = [c for c in found if _is_open(c)] or [traced(function)]
    elif not found and not inspect.signature(function.python_function).parameters:
        found = [c for c in [function.concrete()] if c]  # there is but one way to call it
    for given in function.unranked:
        with suppress(TypeError, ValueError):  # no one trace: those of its calls are saved
            found += _of_ranks(function, given)
    return list({id(c): c for c in found}.values())


def _of_ranks(function, given):
    """Traces of a function for (args, kwargs) with tensors of unknown rank: of ranks 0 to 4, where
    they can be traced, and of those it was called with. The last one, which serves, is of the last
    call's, or of rank 2."""
    free = [k for k, s in enumerate(tensor_specs(given)) if s.shape.rank is None]
    alike = [c.inputs for c in function.traced() if len(c.inputs) == len(tensor_specs(given))]
    called = [tuple(inputs[k].shape.rank for k in free) for inputs in alike]
    same = [(rank,) * len(free) for rank in (0, 1, 3, 4, 2)]
    last, found = (called or same)[-1], []
    for ranks in [*dict.fromkeys(r for r in same + called if r != last), last]:
        rest = iter(ranks)

        def ranked(spec, rest=rest):
            free = isinstance(spec, TensorSpec) and spec.shape.rank is None
            return TensorSpec([None] * next(rest), spec.dtype, spec.name) if free else spec

        try:
            found.append(traced(function, nest.map_structure(ranked, given)))
        except (TypeError, ValueError):
            if ranks is last and not found:
                raise
    return found


def _is_open(concrete):
    """Whether it takes all sizes that the signature of its function does."""
    return all(
        (want is None) == (have is None)
        for spec, given in zip(tensor_specs(concrete.function._signature), concrete.inputs)
        for want, have in zip(spec.shape, given.shape)
    )


class Written:
    """A function in the library, and what it captures.

    Attributes:
      definition: its FunctionDef.
      keys: what it captures, in order: ("variable", reference) or ("table", entries).
      names: of its arguments.
    """

    def __init__(self, definition, keys, names):
        self.definition, self.keys, self.names = definition, keys, names

    name = property(lambda self: self.definition.signature.name, doc="Its name.")


def written(library, concrete, names=None):
    """A trace as a function of the library; the same one when it was written before."""
    found = library.cache.get(id(concrete))
    if found is not None:
        return found
    body = Body(library)
    names = names_of(concrete) if names is None else names
    count = len(concrete.graph.inputs) - len(concrete.variables)
    values = concrete.graph.inputs
    inputs = [body.argument(n, type_of(v.dtype), v.shape) for n, v in zip(names, values)]
    arguments = [ref.node for ref in inputs]
    handles = [_handle(body, v) for v in concrete.variables]
    used = {v for node in concrete.graph.nodes for v in node.inputs} | set(concrete.graph.outputs)
    for value, handle in zip(values[count:], handles):
        if value in used and handle.dtype == RESOURCE:
            dtype = type_of(value.dtype)
            handle = body.add("ReadVariableOp", handle, dtype=dtype, shapes=[value.shape])
        inputs.append(handle)
    results = write_nodes(body, concrete.graph, inputs)
    own = len(results) - len(concrete._written)
    by_variable = {id(v): h for v, h in zip(concrete.variables, handles)}
    before = tuple(body.effects)
    for variable, ref in zip(concrete._written, results[own:]):
        body.add("AssignVariableOp", by_variable[id(variable)], ref, after=before)
    definition = body.finish(concrete.name, results[:own])
    found = Written(definition, list(body.captures), arguments)
    library.cache[id(concrete)] = found
    library.cache[id(found)] = concrete  # which so stays alive
    return found


def _handle(body, variable):
    """The argument that stands for a variable, or for the path of an asset."""
    if not isinstance(variable, Variable) or getattr(variable, "owner", None) is not None:
        raise NotImplementedError(
            "[saved_model.save] A function that reads a data set or an iterator cannot be saved: "
            "pass it the elements."
        )
    dtype = type_of(variable._dtype) if getattr(variable, "is_asset_path", False) else RESOURCE
    return body.capture(("variable", variable.ref()), dtype, variable.name.split(":")[0])


# -- signatures ------------------------------------------------------------------------------------


def signature_outputs(concrete, name):
    """A dict from names to the places of a trace's results.

    Raises:
      ValueError: they are no tensors, or a dict of other than texts and tensors.
    """
    result = concrete.structured_outputs
    if isinstance(result, dict):
        if not all(isinstance(k, str) and isinstance(v, TensorSpec) for k, v in result.items()):
            raise ValueError(
                f"Got a dictionary with other keys than text or other values than tensors as the "
                f"outputs of the signature {name!r}: {result}."
            )
        places = concrete.pack(list(range(len(concrete.outputs))))
        return {key: places[key] for key in sorted(result)}
    parts = list(result) if isinstance(result, list | tuple) else [result]
    if result is None or not parts:
        return {}
    if not all(isinstance(v, TensorSpec) for v in parts):
        raise ValueError(
            f"Got outputs of the signature {name!r} that are no flat list, tuple or dict of "
            f"tensors: {result}. Return tensors, or a dict from names to tensors."
        )
    return {f"output_{k}": k for k in range(len(parts))}


class Signature:
    """What a name serves: a function of tensors by name that returns tensors by name.

    Attributes:
      inputs, outputs: dicts from names to TensorSpecs, in the order of the function's.
    """

    def __init__(self, library, concrete, name):
        self.name = name
        inner = written(library, concrete)
        names = _unique(names_of(concrete))
        self.inputs = {n: TensorSpec(s.shape, s.dtype, n) for n, s in zip(names, concrete.inputs)}
        places = signature_outputs(concrete, name)
        specs = concrete.outputs
        self.outputs = {k: TensorSpec(specs[i].shape, specs[i].dtype, k) for k, i in places.items()}
        body = Body(library)
        arguments = {
            n: body.argument(n, s.dtype.as_datatype_enum, tuple(s.shape))
            for n, s in self.inputs.items()
        }
        given = [arguments[n] for n in names]
        captured = captured_by(body, inner)
        found = body.call(inner.definition, [*given, *captured])
        results = [found[i] for i in places.values()]
        wrapper = f"signature_wrapper_{concrete.name}"
        definition = body.finish(wrapper, results, list(self.outputs) or None)
        self.written = Written(definition, list(body.captures), [r.node for r in given])
        self.inner, self.concrete = inner, concrete


def captured_by(body, function):
    """The arguments of a body that stand for what a function captures."""
    count = len(function.names)
    arguments = function.definition.signature.input_arg[count:]
    return [body.capture(k, a.type, a.name) for k, a in zip(function.keys, arguments)]


def concrete_of(function, name):
    """The trace that a signature serves, of a tf.function or of one of its traces.

    Raises:
      ValueError: it is neither, or has no input_signature.
    """
    if isinstance(function, Unranked):
        return _of_ranks(function.function, function.structured_input_signature)[-1]
    if isinstance(function, ConcreteFunction):
        return function
    if isinstance(function, Function):
        if function._signature is None:
            raise ValueError(
                f"The function {function._name!r} given for the signature {name!r} has no "
                "input_signature: give it one, as in tf.function(f, input_signature=[...]), or "
                "pass f.get_concrete_function(tf.TensorSpec(...))."
            )
        found = [c for c in traces_of(function)]
        return found[-1]
    raise ValueError(
        f"Expected a TensorFlow function for which to generate a signature, but got {function!r} "
        f"for {name!r}. Decorate it with @tf.function."
    )


# -- tables and checkpoints ------------------------------------------------------------------------


def plain_function(library, name, write):
    """A function without arguments: `write(body)` gives its results."""
    body = Body(library)
    results = write(body)
    definition = body.finish(name, results)
    return Written(definition, list(body.captures), [])


def done(body):
    """The number that functions return which have no result; they run for what they do."""
    return [body.constant(np.int32(1))]
