"""ConcreteFunction: one trace of a tf.function, which runs as a graph."""

import inspect
from threading import RLock

import numpy as np

from ..base import nest
from ..base.config import settings
from ..base.context import context, open_tapes
from ..base.dtypes import as_dtype
from ..base.errors import InvalidArgumentError, TraceBreak
from ..base.garbage import paused
from ..core.backend import host, others, place_of
from ..core.composite import of_specs, type_specs
from ..core.spec import TensorSpec
from ..core.tensor import Tensor, convert_to_tensor
from ..core.trackable import Trackable
from ..core.variable import Stateful, Variable
from ..graph.check import check
from ..graph.interp import interpret
from ..graph.show import graph_text
from .sizes import takes

_TENSOR, _FITS = object(), object()


class ConcreteFunction(Trackable):
    """One traced signature of a function: a graph, the variables it uses, and its program."""

    def __init__(self, name, graph, read, written, structure, statics, inputs):
        self.name, self.graph, self.variables, self._written = name, graph, read, written
        self._structure, self._statics, self._input_structure = structure, statics, inputs
        if settings.check_graphs:
            check(graph)
        self._run = None  # `run` of the Executable for the host, once compiled; no stand-ins
        self._executables, self._lock = {}, RLock()  # from devices; of those who compile
        self.notes = []  # what of the Python function runs in the trace only
        self._count, self._given = len(graph.outputs) - len(written), len(graph.inputs) - len(read)
        self._places = _places(structure, statics)
        self.open_sizes = graph.open_sizes
        self.stand_ins = ()  # what the trace has in place of the variables it was given
        self.function = None  # the tf.function that it is a trace of
        self.constants = ()  # weak references to tensors whose values the graph holds

    def is_watched(self):
        """Whether a tape that is on watches a constant of the graph, where it would not see it."""
        return any(tape.watches(known()) for tape in context.tapes for known in self.constants)

    def call_quick(self, tensors):
        """`call_flat` for tensors that are none of a trace and no other device's."""
        run = self._run
        if run is None or open_tapes or others:
            return self.call_flat(tensors)
        tensors = run(tensors)
        return tensors[0] if self._structure is None else self.pack(tensors)

    def call_flat(self, tensors, given=()):
        """Runs the graph on tensors and the variables given; returns the function's result."""
        return self.pack(self.flat(tensors, given))

    def flat(self, tensors, given=()):
        """Runs the graph on tensors; returns the list of the tensors in the function's result."""
        run = self._run
        if not (run is None or open_tapes or others):
            for t in tensors:
                if t.__class__ is not Tensor:
                    break
            else:
                return run(tensors)
        variables, written = self.variables, self._written
        if self.stand_ins:
            real = dict(zip(map(id, self.stand_ins), given))
            variables = [real.get(id(v), v) for v in variables]
            written = [real.get(id(v), v) for v in written]
        if context.tapes or any([t.__class__ is not Tensor and not t.is_eager for t in tensors]):
            inputs = list(tensors) + [v._read() for v in variables]
            outputs = interpret(self.graph, inputs)
            for v, t in zip(written, outputs[self._count :]):
                v.assign(t)
            return outputs[: self._count]
        if self.stand_ins:
            values = (*tensors, *variables)
            return self.executable(values).on(variables, written).run(tensors)
        return self.executable(tensors).run(tensors)

    def arrays(self, tensors):
        """Like `flat` where no tape is on, but the results are arrays of the caller's own."""
        return self.executable(tensors).arrays(tensors)

    def executable(self, tensors=()):
        """The Executable for the device in scope, or for the one where these tensors lie."""
        place = place_of((*tensors, *self.variables)) if others else host
        found = self._executables.get(place)
        if found is not None:
            return found
        with self._lock:
            found = self._executables.get(place)
            if found is None:
                with paused:
                    found = place.backend.compile(self.graph, self.variables, self._written, place)
                self._executables[place] = found
                if place is host and not self.stand_ins:
                    self._run = found.run
        return found

    def explain(self):
        """Lines of text: the graph's native kernels, and what of it runs on NumPy and why."""
        return self.executable().explain()

    def takes(self, shapes):
        """True when the tensors it takes may have these shapes, one for each."""
        return takes([v.shape for v in self.graph.inputs[: len(shapes)]], shapes)

    def pack(self, tensors):
        """The function's result, made of the tensors that `flat` returns."""
        if self._structure is None:
            return tensors[0]
        if self._places is not None:
            return {key: tensors[i] for key, i in self._places}
        results = iter(tensors)
        leaves = [next(results) if s is _TENSOR else s for s in self._statics]
        return nest.unflatten(self._structure, leaves)

    def __call__(self, *args, **kwargs):
        leaves = self._leaves(args, kwargs)
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        for tensor, value in zip(tensors, self.graph.inputs):
            if not takes([value.shape], [tensor._shape]) or tensor._dtype != value.dtype:
                raise InvalidArgumentError(
                    f"{self.name}: this signature takes {as_dtype(value.dtype).name}"
                    f"{list(value.shape)}, got {tensor.dtype.name}{list(tensor._shape)}: call the "
                    "tf.function itself instead."
                )
        if not self.takes([t._shape for t in tensors]):
            raise ValueError(
                f"{self.name}: sizes of one name must be equal in all of {self.inputs}, got shapes "
                f"{[list(t._shape) for t in tensors]}: call the tf.function itself instead."
            )
        return self.call_flat(tensors, variables_of(leaves))

    def _leaves(self, args, kwargs):
        """A call's tensors and variables in the trace's order: as the function takes them, or else
        one by one, in order or by name."""
        if not kwargs and len(args) == self._given and all([a.__class__ is Tensor for a in args]):
            return args
        specs, structure = nest.flatten_with_spec(of_specs(self._input_structure), True)
        try:
            leaves, given = nest.flatten_with_spec(self._by_parameter(args, kwargs), True)
            if given != structure:
                raise TypeError("the arguments don't have the same nested structure")
            return [v for v in map(_fitted, specs, leaves) if v is not _FITS]
        except TypeError as fault:
            names, rest = self._names(), nest.flatten(args, expand_composites=True)
            found = dict(zip(names, rest)) | kwargs
            if len(rest) + len(kwargs) != len(found) or found.keys() != set(names):
                raise TypeError(
                    f"Binding inputs to tf.function {self.name!r} failed: {fault}. It takes "
                    f"{self._input_structure}, or the tensors {names}."
                ) from None
        return [_fitted(s, found[n]) for s, n in zip(filter(_is_input, specs), names)]

    def _by_parameter(self, args, kwargs):
        """(args, kwargs) of a call as the trace was given them, with what is constant in it."""
        signature = inspect.signature(self.function.python_function)
        traced, given = (
            signature.bind_partial(*a, **k) for a, k in (self._input_structure, (args, kwargs))
        )
        for name, value in traced.arguments.items():
            if name not in given.arguments and any(map(_is_input, _specs_in(value))):
                raise TypeError(f"missing a required argument: {name!r}")
        for name in given.arguments.keys() - traced.arguments.keys():
            if given.arguments[name] is not signature.parameters[name].default:
                raise TypeError(f"the trace was made without {name!r}")
        known = traced.arguments | given.arguments
        given.arguments = {name: known[name] for name in traced.arguments}
        return given.args, given.kwargs

    def _names(self):
        """Names for the tensors of a call, as their specs say, or else by parameter."""
        args, kwargs = self._input_structure
        parameters = inspect.signature(self.function.python_function).parameters.values()
        names = [p.name for p in parameters if p.kind < p.VAR_POSITIONAL]
        star = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "args")
        names += [f"{star}_{k}" for k in range(len(args) - len(names))]
        found = []
        for name, value in [*zip(names, args), *sorted(kwargs.items())]:
            for leaf in filter(_is_input, _specs_in(value)):
                base = (isinstance(leaf, TensorSpec) and leaf.name) or name
                tries = (base, *(f"{base}_{k}" for k in range(1, len(found) + 1)))
                found.append(next(new for new in tries if new not in found))
        return found

    @property
    def inputs(self):
        """The specs of the tensors it takes."""
        return [TensorSpec(v.shape, v.dtype) for v in self.graph.inputs[: self._given]]

    @property
    def outputs(self):
        """The specs of the tensors it returns."""
        return [TensorSpec(v.shape, v.dtype) for v in self.graph.outputs[: self._count]]

    @property
    def structured_outputs(self):
        """The result's structure, with specs in place of tensors."""
        return type_specs(self.pack(self.outputs))

    @property
    def output_shapes(self):
        """The result's structure, with shapes in place of tensors."""
        return nest.map_structure(
            lambda spec: getattr(spec, "shape", spec), self.structured_outputs
        )

    @property
    def output_dtypes(self):
        """The result's structure, with dtypes in place of tensors."""
        return nest.map_structure(
            lambda spec: getattr(spec, "dtype", spec), self.structured_outputs
        )

    @property
    def structured_input_signature(self):
        """(args, kwargs) with specs in place of tensors."""
        return self._input_structure

    trainable_variables = property(
        lambda self: tuple(v for v in self.variables if v.trainable),
        doc="The trainable variables it reads.",
    )

    def graph_text(self):
        """The graph, printed one node a line."""
        return graph_text(self.graph)

    def __repr__(self):
        return f"<ConcreteFunction {self.name}{tuple(self.inputs)} at {hex(id(self))}>"


class Unranked(ConcreteFunction):
    """A function for tensors of unknown rank, or of sizes that one trace cannot leave open: each
    call runs the tf.function's own trace for its shapes, so there is no one graph."""

    graph, variables = None, ()

    def __init__(self, function, args, kwargs):
        self.function, self.name = function, function._name
        self._input_structure = type_specs((args, kwargs))
        self._given = len(self.inputs)

    def __call__(self, *args, **kwargs):
        given = iter(self._leaves(args, kwargs))
        specs, structure = nest.flatten_with_spec(of_specs(self._input_structure), True)
        leaves = [next(given) if _is_input(spec) else spec for spec in specs]
        for spec, leaf in zip(specs, leaves):
            if isinstance(spec, TensorSpec) and not spec.is_compatible_with(leaf):
                raise InvalidArgumentError(f"{self.name}: this signature takes {spec}, got {leaf}.")
        args, kwargs = nest.unflatten(structure, leaves)
        return self.function(*args, **kwargs)

    @property
    def inputs(self):
        """The specs of the tensors it takes."""
        return tensor_specs(self._input_structure)

    @property
    def outputs(self):
        """Not known before the ranks are.

        Raises:
          ValueError: always.
        """
        raise ValueError(
            f"{self.name}: what it returns depends on ranks or sizes that {self.inputs} leave open."
        )


def _places(structure, statics):
    """For a plain dict of tensors: [(key, number of its tensor)]; None for other structures."""
    if structure is None or any(s is not _TENSOR for s in statics):
        return None
    numbers = nest.unflatten(structure, list(range(len(statics))))
    plain = numbers.__class__ is dict and all([type(n) is int for n in numbers.values()])
    return list(numbers.items()) if plain else None


def _is_input(spec):
    """Whether a leaf of a trace's arguments is given anew at each call."""
    return isinstance(spec, (TensorSpec, Stateful))


def _specs_in(value):
    return nest.flatten(of_specs(value), expand_composites=True)


def tensor_specs(value):
    """The TensorSpecs among the specs of a call's arguments."""
    return [spec for spec in _specs_in(value) if isinstance(spec, TensorSpec)]


def _fitted(spec, value):
    """What a call gives for a leaf of the trace's arguments; _FITS where that is a constant."""
    if isinstance(spec, Stateful) and isinstance(value, Stateful):
        return value
    if isinstance(spec, TensorSpec):
        return convert_to_tensor(value, None if hasattr(value, "dtype") else spec.dtype)
    if spec is not value and (type(spec) is not type(value) or spec != value):
        raise TypeError(f"Can not cast {value!r} to {spec!r}, for which it was traced")
    return _FITS


def variables_of(leaves):
    """The variables, and handles of iterators, among a call's arguments."""
    return [v._handle for v in leaves if isinstance(v, Stateful)]


def _result(leaf):
    """A part of a function's result: numbers, texts, arrays and variables as tensors."""
    if isinstance(leaf, Variable):
        return leaf._read()
    if isinstance(leaf, (bool, int, float, complex, str, bytes, np.ndarray, np.generic)):
        return convert_to_tensor(leaf)
    return leaf


def as_traced(result):
    """The result of a function that ran eagerly, as its trace would have given it."""
    return result if isinstance(result, Tensor) else nest.map_structure(_result, result)


def parts_of(result):
    """(tensors, structure or None for one tensor, leaves with _TENSOR in the tensors' places)."""
    if isinstance(result, Tensor):
        return [result], None, None
    leaves, structure = nest.flatten_with_spec(result, expand_composites=True)
    tensors, statics = [], []
    for leaf in map(_result, leaves):
        if isinstance(leaf, Tensor):
            tensors.append(leaf)
            statics.append(_TENSOR)
        elif getattr(leaf, "_of_trace", False):
            raise TraceBreak("a result that is a data set or an iterator, made anew at each call")
        else:
            statics.append(leaf)
    return tensors, structure, statics
