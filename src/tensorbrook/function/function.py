"""tf.function: Python functions traced once a signature into graphs, and run as such."""

import functools
import inspect
import traceback
import warnings
import weakref
from collections import deque

import numpy as np

from ..base import nest
from ..base.config import settings
from ..compiler.backends import compile_graph, own, why_not_native
from ..core.dispatch import TraceBreak, current_trace, find_deferred, tapes
from ..core.spec import TensorSpec
from ..core.tensor import Tensor, convert_to_tensor, wrap
from ..core.variable import Stateful, Variable
from ..graph.check import check
from ..graph.interp import interpret
from ..graph.show import graph_text
from ..graph.trace import CreatesVariable, Trace
from ..ops.seeding import FunctionSeeds, InnerFunction, State
from .autograph.gate import in_trace

_SINGLETON = (
    "tf.function only supports singleton tf.Variables created on the first call. Make sure the "
    "tf.Variable is only created once or created outside tf.function: {name!r} makes one at a "
    "later call too."
)


class ConcreteFunction:
    """One traced signature of a function: a graph, the variables it uses, and its program."""

    def __init__(self, name, graph, read, written, structure, statics, inputs):
        self.name, self.graph, self.variables, self._written = name, graph, read, written
        self._structure, self._statics, self._input_structure = structure, statics, inputs
        if settings.check_graphs:
            check(graph)
        self._run = None  # compiled at the first call
        self.notes = []  # what of the Python function runs in the trace only
        self._count = len(graph.outputs) - len(written)
        self._places = _places(structure, statics)
        self.late = False  # one of so many of its function that machine code would not pay
        self.stand_ins = ()  # what the trace has in place of the variables it was given

    def call_flat(self, tensors, given=()):
        """Runs the graph on tensors and the variables given; returns the function's result."""
        return self.pack(self.flat(tensors, given))

    def flat(self, tensors, given=()):
        """Runs the graph on tensors; returns the list of the tensors in the function's result."""
        variables, written = self.variables, self._written
        if self.stand_ins:
            real = dict(zip(map(id, self.stand_ins), given))
            variables = [real.get(id(v), v) for v in variables]
            written = [real.get(id(v), v) for v in written]
        if tapes or any([t.__class__ is not Tensor for t in tensors]):
            inputs = list(tensors) + [v._read() for v in variables]
            outputs = interpret(self.graph, inputs)
            for v, t in zip(written, outputs[self._count :]):
                v.assign(t)
            return outputs[: self._count]
        if self._run is None:
            self._compile()
        if self._native:  # it writes to the variables' arrays in place
            own(written)
        outputs = self._run(*[t._array for t in tensors], *[v._tensor._array for v in variables])
        if self._native:
            return [wrap(a) for a in outputs]
        for v, array in zip(written, outputs[self._count :]):
            v._tensor = wrap(array)
        return [wrap(a) for a in outputs[: self._count]]

    def _compile(self):
        """Makes the program, with the variables written in the place of those read."""
        first = len(self.graph.inputs) - len(self.variables)
        place = {id(v): first + i for i, v in enumerate(self.variables)}
        aliases = {self._count + i: place[id(v)] for i, v in enumerate(self._written)}
        unfit = self.late or self._is_flexible()
        self._run, self._native = compile_graph(self.graph, aliases, unfit)

    def _is_flexible(self):
        return any(v._declared_shape is not None for v in self.variables)

    def explain(self):
        """Lines of text: the graph's native kernels, and what of it runs on NumPy and why."""
        if self._run is None:
            self._compile()
        if self._native:
            return self._run.explain()
        reason = why_not_native(self.graph, self._is_flexible())
        reason = reason or "the function was traced for many other signatures before"
        return [f"on NumPy: all of it, since {reason}"]

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
        leaves = nest.flatten((args, kwargs))
        tensors = [convert_to_tensor(a) for a in leaves if _is_tensor_like(a)]
        count = len(self.graph.inputs) - len(self.variables)
        if len(tensors) != count:
            raise TypeError(
                f"{self.name}: this signature takes {count} tensors, {len(tensors)} were given."
            )
        for tensor, value in zip(tensors, self.graph.inputs):
            if tensor._shape != value.shape or tensor._dtype != value.dtype:
                raise ValueError(
                    f"{self.name}: this signature takes {value.dtype}{list(value.shape)}, got "
                    f"{tensor._dtype}{list(tensor._shape)}: call the tf.function itself instead."
                )
        return self.call_flat(tensors, _given(leaves))

    @property
    def inputs(self):
        """The specs of the tensors it takes."""
        count = len(self.graph.inputs) - len(self.variables)
        return [TensorSpec(v.shape, v.dtype) for v in self.graph.inputs[:count]]

    @property
    def outputs(self):
        """The specs of the tensors it returns."""
        return [TensorSpec(v.shape, v.dtype) for v in self.graph.outputs[: self._count]]

    @property
    def structured_outputs(self):
        """The result's structure, with specs in place of tensors."""
        return self.pack(self.outputs)

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


_TENSOR = object()
_FORGOTTEN = "forgotten, as many other signatures came after it"
_COMPILED = 64  # signatures of one function that become machine code; later ones run on NumPy
_REMEMBERED = 64  # of those later ones, how many are kept


def _places(structure, statics):
    """For a plain dict of tensors: [(key, number of its tensor)]; None for other structures."""
    if structure is None or any(s is not _TENSOR for s in statics):
        return None
    numbers = nest.unflatten(structure, list(range(len(statics))))
    plain = numbers.__class__ is dict and all([type(n) is int for n in numbers.values()])
    return list(numbers.items()) if plain else None


class _Once(str):
    """Why just the next call runs eagerly."""


def _is_tensor_like(leaf):
    return isinstance(leaf, (Tensor, np.ndarray, np.generic, TensorSpec))


def _key_of(leaf):
    """What of an argument decides which trace serves it."""
    if isinstance(leaf, Tensor):
        return leaf._shape, leaf._dtype
    if isinstance(leaf, TensorSpec):
        return tuple(leaf.shape), leaf.dtype.numpy_dtype
    if isinstance(leaf, Stateful):
        return leaf._trace_key()
    if isinstance(leaf, (bool, int, float, complex, str, bytes, type(None))):
        return type(leaf), leaf
    try:
        hash(leaf)
        return type(leaf), leaf
    except TypeError:
        return "object", id(leaf)


def _given(leaves):
    """The variables, and handles of iterators, among a call's arguments."""
    return [v._handle for v in leaves if isinstance(v, Stateful)]


class Function:
    """What `tf.function` makes: call it like the Python function it was made from."""

    def __init__(self, python_function, name=None, input_signature=None, autograph=True):
        functools.update_wrapper(self, python_function)
        self.python_function = python_function
        self._name = name or getattr(python_function, "__name__", "function")
        self._signature = None if input_signature is None else tuple(input_signature)
        self._autograph = autograph
        self._traces = {}  # key -> ConcreteFunction, or the reason it runs eagerly
        self._quick = {}  # (one tuple?, shape, dtype, ...) of tensors -> ConcreteFunction
        self._seeds = {}  # key -> the seeds of runs that are eager for want of a trace
        self._kept = []  # arguments known by their identity: their ids must not be reused
        self._late = deque()  # (key, number in the log) of the traces that may be forgotten
        self._log, self._created, self._warned = [], False, False
        self._bound = {}
        self._parameters = None

    # -- calling -----------------------------------------------------------------------------------

    def __call__(self, *args, **kwargs):
        if settings.run_functions_eagerly:
            return self.python_function(*args, **kwargs)
        if current_trace() is not None:
            with InnerFunction():
                return in_trace(self.python_function, args, kwargs, self._autograph)
        quick = None
        if not kwargs and self._signature is None:
            quick, tensors = _quick_key(args)
            found = self._quick.get(quick)
            if found is not None:
                return found.call_flat(tensors)
        if find_deferred((args, kwargs)) is not None:
            return self.python_function(*args, **kwargs)
        args, kwargs = self._bind(args, kwargs)
        found, key, leaves = self._find(args, kwargs)
        if found.__class__ is ConcreteFunction:
            if quick is not None:
                self._quick[quick] = found
            tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
            return found.call_flat(tensors, _given(leaves))
        if found.__class__ is _Once:
            self._traces.pop(key, None)
        if key not in self._seeds:
            self._seeds[key] = FunctionSeeds()
        with self._seeds[key]:  # random calls draw as they would in the trace
            return self.python_function(*args, **kwargs)

    def concrete(self, *args):
        """The ConcreteFunction that a call with these arguments runs, or None if it runs eagerly.

        Example:
        >>> double = tf.function(lambda x: x + x)
        >>> double.concrete(tf.constant(1.0)).flat([tf.constant(2.0)])[0].numpy()
        np.float32(4.0)
        """
        quick = _quick_key(args)[0]
        found = self._quick.get(quick)
        if found is None:
            found = self._find(*self._bind(args, {}))[0]
            if found.__class__ is not ConcreteFunction:
                return None
            if quick is not None and self._signature is None:
                self._quick[quick] = found
        return found

    def _find(self, args, kwargs):
        """(the trace, or why there is none; its key; the leaves) of bound arguments."""
        key, leaves, spec = self._prepare(args, kwargs)
        found = self._traces.get(key) or self._trace(key, leaves, spec)
        given = tuple(map(id, _given(leaves)))
        if given and found.__class__ is ConcreteFunction and {*given} & {*map(id, found.variables)}:
            key = (key, given)  # it uses some besides: no others will do
            found = self._traces.get(key) or self._trace(key, leaves, spec, given)
        return found, key, leaves

    def _bind(self, args, kwargs):
        """Keyword arguments in their positions, defaults filled in; the signature enforced."""
        if kwargs:
            if self._parameters is None:
                self._parameters = inspect.signature(self.python_function)
            bound = self._parameters.bind(*args, **kwargs)
            args, kwargs = bound.args, bound.kwargs
        if self._signature is None:
            return args, kwargs
        if len(args) != len(self._signature) or kwargs:
            raise TypeError(
                f"{self._name}: the input_signature has {len(self._signature)} arguments, "
                f"{len(args) + len(kwargs)} were given."
            )
        return tuple(map(self._fit, self._signature, args)), kwargs

    def _fit(self, spec, value):
        if nest.is_nested(spec):
            return nest.map_structure(self._fit, spec, value, check_types=False)
        try:
            tensor = convert_to_tensor(value, spec.dtype)
        except (TypeError, ValueError) as fault:
            raise TypeError(
                f"Binding inputs to tf.function {self._name!r} failed: {fault} "
                f"(its input_signature says {spec})."
            ) from None
        if not spec.shape.is_compatible_with(tensor.shape):
            raise TypeError(
                f"Binding inputs to tf.function {self._name!r} failed: a tensor of shape "
                f"{tensor.shape} does not fit {spec} of its input_signature."
            )
        return tensor

    def _prepare(self, args, kwargs):
        """(key, leaves with arrays as tensors, structure) of bound arguments."""
        if not kwargs and all(not nest.is_nested(a) for a in args):
            leaves, spec = list(args), None
        else:
            leaves, spec = nest.flatten_with_spec((args, kwargs))
        leaves = [
            convert_to_tensor(v) if isinstance(v, (np.ndarray, np.generic)) else v for v in leaves
        ]
        given = list(map(id, _given(leaves)))
        key = (*map(_key_of, leaves), *[given.index(v) for v in given])  # f(v, v) is not f(v, w)
        return (key if spec is None else (spec, key)), leaves, spec

    # -- tracing -----------------------------------------------------------------------------------

    def _trace(self, key, leaves, spec, used=()):
        """Traces for a new key; returns the ConcreteFunction, or why it must run eagerly.

        Variables and iterators given have stand-ins in the trace, unless some are `used` besides.
        """
        signature = ", ".join(_show(leaf) for leaf in leaves)
        stand_ins = {id(v): v._stand_in() for v in leaves if isinstance(v, Stateful) and not used}
        leaves = [stand_ins.get(id(leaf), leaf) for leaf in leaves]
        try:
            concrete, created = self.trace(leaves, spec)
            if created:
                if self._created:
                    raise ValueError(_SINGLETON.format(name=self._name))
                self._created = True
                concrete, again = self.trace(leaves, spec)
                if again:
                    raise ValueError(_SINGLETON.format(name=self._name))
        except CreatesVariable as stop:
            if self._created:
                raise ValueError(_SINGLETON.format(name=self._name)) from None
            self._created = True
            self._log.append((signature, f"ran eagerly once: {stop}"))
            self._traces[key] = _Once(stop)
            return self._traces[key]
        except TraceBreak as stop:
            concrete = f"{stop} ({_user_line(stop)})"
            if not self._warned:
                self._warned = True
                warnings.warn(
                    f"tf.function {self._name!r} runs eagerly: {concrete}. The results are the "
                    "same; .explain() shows this again.",
                    stacklevel=3,
                )
        if stand_ins and concrete.__class__ is ConcreteFunction:
            concrete.stand_ins = _given(leaves)
        self._traces[key] = concrete
        self._kept += [leaf for leaf in leaves if not isinstance(leaf, Tensor)]
        self._log.append((signature, concrete))
        if concrete.__class__ is ConcreteFunction and len(self._traces) > _COMPILED:
            concrete.late = True
            self._forget(key)
        return concrete

    def _forget(self, key):
        """Lets go of the oldest trace that came late, to make room for another."""
        self._late.append((key, len(self._log) - 1))
        if len(self._late) > _REMEMBERED:
            old, number = self._late.popleft()
            concrete = self._traces[old]
            if any(isinstance(v, State) for v in concrete.variables):
                return  # its random numbers go on where they are
            del self._traces[old]
            self._quick = {k: c for k, c in self._quick.items() if c is not concrete}
            self._log[number] = self._log[number][0], _FORGOTTEN

    def trace(self, leaves, spec=None):
        """Traces once, and keeps nothing.

        Args:
          leaves: the arguments, or their leaves where `spec` tells their structure.

        Returns:
          (the ConcreteFunction, the variables made in the trace).

        Raises:
          TraceBreak: a trace cannot hold what the function does.
        """
        with Trace(self._name) as trace:
            symbols = [
                trace.argument(tuple(v.shape), v.dtype.numpy_dtype)
                if isinstance(v, (Tensor, TensorSpec))
                else v
                for v in leaves
            ]
            args, kwargs = (symbols, {}) if spec is None else nest.unflatten(spec, symbols)
            result = in_trace(self.python_function, args, kwargs, self._autograph)
            flat, structure, statics = _outputs(trace, result)
            graph, read, written = trace.finish(flat)
        specs = [
            TensorSpec(v.shape, v.dtype) if isinstance(v, (Tensor, TensorSpec)) else v
            for v in leaves
        ]
        inputs = (tuple(specs), {}) if spec is None else nest.unflatten(spec, specs)
        concrete = ConcreteFunction(self._name, graph, read, written, structure, statics, inputs)
        concrete.notes = trace.notes
        return concrete, trace.created

    def get_concrete_function(self, *args, **kwargs):
        """The traced function for arguments of these shapes and dtypes (tensors or TensorSpecs).

        Raises:
          NotImplementedError: a TensorSpec with an unknown dimension: programs have static shapes.
          ValueError: the function cannot be traced.

        Example:
        >>> f = tf.function(lambda x: x + 1.0)
        >>> f.get_concrete_function(tf.TensorSpec([2])).outputs
        [TensorSpec(shape=(2,), dtype=tf.float32, name=None)]
        """
        if not args and not kwargs and self._signature is not None:
            args = self._signature
        for leaf in nest.flatten((args, kwargs)):
            if isinstance(leaf, TensorSpec) and not leaf.shape.is_fully_defined():
                raise NotImplementedError(
                    f"get_concrete_function with {leaf}: a trace has static shapes. Give full "
                    "shapes, or call the function, which traces each shape it meets."
                )
        found = self._find(args, kwargs)[0]
        if found.__class__ is not ConcreteFunction:
            raise ValueError(f"{self._name} cannot be traced: {found}.")
        return found

    # -- looking at it -----------------------------------------------------------------------------

    def experimental_get_tracing_count(self):
        """How often the function was traced."""
        return sum(
            what.__class__ is ConcreteFunction or what is _FORGOTTEN for _, what in self._log
        )

    def explain(self):
        """What was traced, for which arguments, what was fused, what runs on NumPy or eagerly, why.

        For a Keras model, `model.make_train_function().explain()` tells it after `fit`.

        Returns:
          Text of several lines.
        """
        lines = [f"tf.function {self._name!r}: {len(self._log)} signature(s)"]
        for signature, what in self._log:
            if what.__class__ is ConcreteFunction:
                lines.append(f"  ({signature}): graph of {len(what.graph.nodes)} nodes")
                lines += [f"    only when traced: {note}" for note in what.notes]
                lines += ["    " + line for line in what.explain()]
            elif what is _FORGOTTEN:
                lines.append(f"  ({signature}): {what}")
            else:
                lines.append(f"  ({signature}): runs eagerly: {what}")
        return "\n".join(lines)

    function_spec = property(
        lambda self: inspect.signature(self.python_function), doc="Parameters."
    )
    input_signature = property(lambda self: self._signature, doc="The signature it was given.")

    def pretty_printed_concrete_signatures(self, verbose=True):
        """The signatures traced so far, one a line."""
        return "\n".join(f"{self._name}({signature})" for signature, _ in self._log)

    def __repr__(self):
        return f"<tensorbrook Function {self._name!r} at {hex(id(self))}>"

    def __get__(self, instance, owner=None):
        """A method: one Function an instance, which does not keep the instance alive."""
        if instance is None:
            return self
        entry = self._bound.get(id(instance))
        if entry is None:
            key, bound = id(instance), self._bound
            reference = weakref.ref(instance, lambda _: bound.pop(key, None))
            entry = self._bound[key] = (reference, self._method(reference))
        return entry[1]

    def _method(self, reference):
        function = self.python_function

        @functools.wraps(function)
        def method(*args, **kwargs):
            return function(reference(), *args, **kwargs)

        method.__signature__ = _without_self(function)
        method._autograph_twin = lambda twin: lambda *args, **kw: twin(reference(), *args, **kw)
        return type(self)(method, self._name, self._signature, self._autograph)


def _without_self(function):
    signature = inspect.signature(function)
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _outputs(trace, result):
    """(tensors, structure or None for one tensor, leaves with _TENSOR in the tensors' places)."""
    if isinstance(result, Tensor):
        return [result], None, None
    leaves, structure = nest.flatten_with_spec(result)
    tensors, statics = [], []
    for leaf in leaves:
        if isinstance(leaf, Variable):
            leaf = leaf.value()
        elif isinstance(leaf, (bool, int, float, complex, np.ndarray, np.generic)):
            leaf = convert_to_tensor(leaf)
        if isinstance(leaf, Tensor):
            tensors.append(leaf)
            statics.append(_TENSOR)
        else:
            statics.append(leaf)
    return tensors, structure, statics


def _quick_key(args):
    """(what finds the trace for tensors, or for one tuple of tensors; the tensors); (None, ())."""
    nested = len(args) == 1 and args[0].__class__ is tuple
    tensors, key = args[0] if nested else args, [nested]
    for a in tensors:
        if a.__class__ is not Tensor:
            return None, ()
        array = a._array
        key += (array.shape, array.dtype)
    return tuple(key), tensors


def _show(leaf):
    if isinstance(leaf, (Tensor, TensorSpec)):
        return f"{leaf.dtype.name}{list(leaf.shape)}"
    return repr(leaf) if len(repr(leaf)) < 40 else type(leaf).__name__


def _user_line(stop):
    """`file:line` of the last frame of a traceback outside this package."""
    package, library = __name__.split(".")[0], inspect.__file__.rpartition("inspect")[0]
    found = "?"
    for frame, line in traceback.walk_tb(stop.__traceback__):
        ours = frame.f_globals.get("__name__", "").split(".")[0] == package
        if not ours and not _is_library(frame.f_code.co_filename, library):
            found = f"{frame.f_code.co_filename}:{line}"
    return found


def _is_library(filename, library):
    return filename.startswith(library) and "site-packages" not in filename


def function(
    func=None,
    input_signature=None,
    autograph=True,
    jit_compile=None,
    reduce_retracing=False,
    experimental_implements=None,
    experimental_autograph_options=None,
    experimental_attributes=None,
    experimental_relax_shapes=None,
    experimental_compile=None,
    experimental_follow_type_hints=None,
    name=None,
):
    """Makes a Python function run as a graph: traced at the first call of each signature.

    Python's control flow on tensors becomes the graph's. What a trace cannot hold (`.numpy()`,
    shapes that depend on data) makes the function run eagerly with the same results; `.explain()`
    says why.

    Args:
      func: the function; without it, a decorator is returned.
      input_signature: TensorSpecs, one an argument, that calls must fit.
      autograph: let `if`, `while`, `for` and their kin on tensors become part of the graph.
      jit_compile, reduce_retracing and the experimental ones: hints for TensorFlow's compilers;
        they change no result here.
      name: the name shown by `explain()`.

    Example:
    >>> @tf.function
    ... def f(x):
    ...     return x * x
    >>> f(tf.constant(3.0)).numpy(), f.experimental_get_tracing_count()
    (np.float32(9.0), 1)
    """
    if func is None:
        return functools.partial(
            function, input_signature=input_signature, autograph=autograph, name=name
        )
    if isinstance(func, Function):
        return func
    return Function(func, name, input_signature, autograph)
