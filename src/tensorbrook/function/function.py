"""tf.function: Python functions traced once a signature into graphs, and run as such."""

import functools
import inspect
import traceback
import warnings
import weakref
from collections import deque
from threading import RLock

import numpy as np

from ..base import nest
from ..base.config import settings
from ..base.context import context, open_tapes
from ..base.errors import TraceBreak
from ..base.garbage import paused
from ..core.composite import of_specs, type_specs
from ..core.dispatch import find_deferred
from ..core.spec import TensorSpec
from ..core.tensor import Tensor, convert_to_tensor
from ..core.trackable import Trackable
from ..core.variable import Stateful
from ..graph.trace import CreatesVariable, Trace
from ..ops.seeding import FunctionSeeds, InnerFunction, State
from .autograph.gate import in_trace
from .concrete import ConcreteFunction, Unranked, as_traced, parts_of, variables_of
from .sizes import Family, open_shapes

_SINGLETON = (
    "tf.function only supports singleton tf.Variables created on the first call. Make sure the "
    "tf.Variable is only created once or created outside tf.function: {name!r} makes one at a "
    "later call too."
)


_FORGOTTEN = "forgotten, as many other signatures came after it"
_REMEMBERED = 64  # traces for full shapes that are kept of one function
_MOST_QUICK = 1024  # signatures that are found without looking at their parts


class _Closed(str):
    """Why a trace that leaves sizes open came to nothing."""


class _Once(str):
    """Why just the next call runs eagerly."""


def _is_spec(leaf):
    return isinstance(leaf, TensorSpec)


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
        if hasattr(leaf, "__tf_tracing_type__"):
            return leaf.__tf_tracing_type__(None)  # a tf.types.experimental.TraceType
        hash(leaf)
        return type(leaf), leaf
    except TypeError:
        return "object", id(leaf)


def _equal(leaves):
    """Which of the variables given are the same: f(v, v) is not f(v, w)."""
    given = list(map(id, variables_of(leaves)))
    return [given.index(v) for v in given]


class Function(Trackable):
    """What `tf.function` makes: call it like the Python function it was made from."""

    def __init__(
        self,
        python_function,
        name=None,
        input_signature=None,
        autograph=True,
        reduce_retracing=False,
        open_axes=None,
    ):
        functools.update_wrapper(self, python_function)
        self.python_function = python_function
        self._name = name or getattr(python_function, "__name__", "function")
        self._signature = None if input_signature is None else tuple(input_signature)
        self._autograph, self._reduce_retracing = autograph, reduce_retracing
        self._open_axes = open_axes  # of tensors: (number, axis) of dimensions open from the start
        self._families = {}  # signature without sizes -> Family
        self._traces = {}  # key -> ConcreteFunction, or the reason it runs eagerly
        self._quick = {}  # (one tuple?, shape, dtype, ...) of tensors -> ConcreteFunction
        self._seeds = {}  # key -> the seeds of runs that are eager for want of a trace
        self._kept = []  # arguments known by their identity: their ids must not be reused
        self._closed = deque()  # (key, number in the log) of traces for full shapes
        self._log, self._created = [], False
        self.warns = True  # when it first runs eagerly
        self._bound, self.unranked = {}, []  # (args, kwargs) of concrete ones without a graph
        self._parameters, self._lock = None, RLock()  # of those who trace

    # -- calling -----------------------------------------------------------------------------------

    def __call__(self, *args, **kwargs):
        if settings.run_functions_eagerly:
            return self.python_function(*args, **kwargs)
        if context.traces:
            with InnerFunction():
                return in_trace(self.python_function, args, kwargs, self._autograph)
        quick = None
        if not kwargs and self._signature is None:
            quick, tensors = _quick_key(args)
            found = self._quick.get(quick)
            if found is not None and not (open_tapes and found.is_watched()):
                return found.call_quick(tensors)
        if find_deferred((args, kwargs)) is not None:
            return self.python_function(*args, **kwargs)
        args, kwargs = self._bind(args, kwargs)
        found, key, leaves = self._find(args, kwargs)
        if found.__class__ is ConcreteFunction and not (open_tapes and found.is_watched()):
            self._remember(quick, found)
            tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
            return found.call_flat(tensors, variables_of(leaves))
        # as a trace would: one that is open from the start has one stream for all sizes
        alike = key if self._open_axes is None else (*map(_rank_of, leaves),)
        seeds = self._seeds.get(alike) or self._seeds.setdefault(alike, FunctionSeeds())
        if found.__class__ is not _Once:
            with seeds:  # random calls draw as they would in the trace
                return as_traced(self.python_function(*args, **kwargs))
        with self._lock:
            if self._traces.get(key) is found:
                del self._traces[key]
                with seeds:
                    return as_traced(self.python_function(*args, **kwargs))
        return self(*args, **kwargs)  # another thread was first

    def _decorate(self, decorator):  # Sonnet's modules enter name scopes so
        self.python_function = decorator(self.python_function)

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
            found = self._find(*self._bind(args, {}), takes_specs=True)[0]
            if found.__class__ is not ConcreteFunction:
                return None
            if self._signature is None:
                self._remember(quick, found)
        return found

    def traced(self):
        """The ConcreteFunctions that calls have made."""
        return [made for _, made in self._log if made.__class__ is ConcreteFunction]

    def _remember(self, quick, found):
        if quick is not None:
            if len(self._quick) >= _MOST_QUICK:
                self._quick.clear()
            self._quick[quick] = found

    def _find(self, args, kwargs, takes_specs=False):
        """(the trace, or why there is none; its key; the leaves) of bound arguments."""
        key, leaves, spec = self._prepare(args, kwargs)
        if not takes_specs and (given := next(filter(_is_spec, leaves), None)):
            raise ValueError(
                f"{self._name} was called with {given} in the place of a tensor: give specs to "
                "get_concrete_function."
            )
        found = self._traced(key, leaves, spec)
        given = tuple(map(id, variables_of(leaves)))
        if given and found.__class__ is ConcreteFunction and {*given} & {*map(id, found.variables)}:
            key = (key, given)  # it uses some besides: no others will do
            found = self._traced(key, leaves, spec, bound=True)
        return found, key, leaves

    def _traced(self, key, leaves, spec, bound=False):
        """What a key's call runs; the first thread traces, the others wait for it."""
        found = self._traces.get(key)
        if found is None:
            with self._lock:
                found = self._traces.get(key)
                if found is None and not bound:
                    found = self._trace_open(key, leaves, spec)
                if found is None:
                    found = self._trace(key, leaves, spec, bound=bound)
        return found

    def _bind(self, args, kwargs):
        """Keyword arguments in their positions; the signature enforced, with defaults."""
        if kwargs or (self._signature is not None and len(args) < len(self._signature)):
            args, kwargs = self._in_place(args, kwargs, len(self._signature or ()))
        if self._signature is None:
            return args, kwargs
        if len(args) != len(self._signature) or kwargs:
            raise TypeError(
                f"{self._name}: the input_signature has {len(self._signature)} arguments, "
                f"{len(args) + len(kwargs)} were given."
            )
        return tuple(map(self._fit, self._signature, args)), kwargs

    def _in_place(self, args, kwargs, count=0):
        """Keyword arguments in their positions, and defaults before them and up to `count`."""
        if self._parameters is None:
            self._parameters = inspect.signature(self.python_function)
        bound, known = self._parameters.bind(*args, **kwargs), self._parameters.parameters.values()
        for k, p in enumerate(known):
            if p.kind is p.POSITIONAL_OR_KEYWORD and p.name in bound.arguments:
                count = max(count, k)
        for p in [*known][:count]:
            if p.default is not p.empty:
                bound.arguments.setdefault(p.name, p.default)
        return bound.args, bound.kwargs

    def _fit(self, spec, value):
        if nest.is_nested(spec):
            try:
                return nest.map_structure(self._fit, spec, value, check_types=False)
            except ValueError as fault:
                where = f"Binding inputs to tf.function {self._name!r} failed"
                raise TypeError(f"{where}: {fault}") from None
        if not isinstance(spec, TensorSpec):
            if not spec.is_compatible_with(value):
                raise TypeError(
                    f"Binding inputs to tf.function {self._name!r} failed: {value} does not fit "
                    f"{spec} of its input_signature."
                )
            return value
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
        if not kwargs and all(not nest.is_nested(a, True) for a in args):
            leaves, spec = list(args), None
        else:
            leaves, spec = nest.flatten_with_spec((args, kwargs), expand_composites=True)
        leaves = [
            convert_to_tensor(v) if isinstance(v, (np.ndarray, np.generic)) else v for v in leaves
        ]
        key = (*map(_key_of, leaves), *_equal(leaves), context.surroundings)
        return (key if spec is None else (spec, key)), leaves, spec

    # -- tracing -----------------------------------------------------------------------------------

    def _trace_open(self, key, leaves, spec):
        """The trace that serves these shapes and others, where it is time for one; or None."""
        tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        shapes = [t._shape for t in tensors]
        if not shapes or any(0 in shape for shape in shapes):
            return None
        family = self._family(leaves, spec)
        found = family.find(shapes)
        if found is not None or family.closed is not None:
            return found
        if not family.seen:
            family.declare(self._declared_open(leaves, tensors))
        family.note(shapes)
        if not family.is_due(self._reduce_retracing):
            return None
        try:
            found, created = self.trace(leaves, spec, family.pattern())
            if created:
                return None
        except Exception as stop:  # traced for one shape, the function will say what is wrong
            family.closed = f"{stop} ({_user_line(stop)})"
            self._log.append((_show_shapes(tensors, family.pattern()), _Closed(family.closed)))
            return None
        family.traces.append(found)
        self._kept += [leaf for leaf in leaves if not isinstance(leaf, Tensor)]
        self._log.append((_show_shapes(tensors, family.pattern()), found))
        return found

    def _family(self, leaves, spec):
        key = spec, (*map(_rank_of, leaves), *_equal(leaves), context.surroundings)
        return self._families.setdefault(key, Family())

    def _declared_open(self, leaves, tensors):
        """(number, axis) of the tensors' dimensions that are open before they have varied."""
        if self._signature is not None:
            specs = nest.flatten(of_specs(self._signature), expand_composites=True)
            specs = [s for s in specs if isinstance(s, TensorSpec)]
            shapes = [s.shape for s in specs]
            if len(specs) == len(tensors) and all(s.rank is not None for s in shapes):
                return [(i, a) for i, s in enumerate(shapes) for a, d in enumerate(s) if d is None]
        return [] if self._open_axes is None else self._open_axes(tensors)

    def _trace(self, key, leaves, spec, bound=False):
        """Traces for a new key; returns the ConcreteFunction, or why it must run eagerly."""
        signature = ", ".join(_show(leaf) for leaf in leaves)
        try:
            concrete, created = self.trace(leaves, spec, bound=bound)
            if created:
                if self._created:
                    raise ValueError(_SINGLETON.format(name=self._name))
                self._created = True
                concrete, again = self.trace(leaves, spec, bound=bound)
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
            if self.warns and not any(map(_is_spec, leaves)):
                self.warns = False
                warnings.warn(
                    f"tf.function {self._name!r} runs eagerly: {concrete}. The results are the "
                    "same; .explain() shows this again.",
                    stacklevel=3,
                )
        self._traces[key] = concrete
        self._kept += [leaf for leaf in leaves if not isinstance(leaf, Tensor)]
        self._log.append((signature, concrete))
        if concrete.__class__ is ConcreteFunction:
            self._forget(key)
        return concrete

    def _forget(self, key):
        """Lets go of the oldest trace for full shapes where there are many."""
        self._closed.append((key, len(self._log) - 1))
        if len(self._closed) > _REMEMBERED:
            old, number = self._closed.popleft()
            concrete = self._traces[old]
            if any(isinstance(v, State) for v in concrete.variables):
                return  # its random numbers go on where they are
            del self._traces[old]
            self._quick = {k: c for k, c in self._quick.items() if c is not concrete}
            self._log[number] = self._log[number][0], _FORGOTTEN

    def trace(self, leaves, spec=None, shapes=None, bound=False):
        """Traces once, and keeps nothing.

        Args:
          leaves: the arguments, or their leaves where `spec` tells their structure.
          shapes: of the tensors among them, with Dims where the trace leaves sizes open.
          bound: trace for these very variables and iterators: the others have stand-ins, in whose
            place any may be given.

        Returns:
          (the ConcreteFunction, the variables made in the trace).

        Raises:
          TraceBreak: a trace cannot hold what the function does.
        """
        given_leaves = leaves
        stand_ins = {id(v): v._stand_in() for v in leaves if isinstance(v, Stateful) and not bound}
        leaves = [stand_ins.get(id(leaf), leaf) for leaf in leaves]
        given = iter(_full_shapes(leaves) if shapes is None else shapes)
        with paused, Trace(self._name) as trace:
            trace.computes = any(map(_is_spec, leaves))  # there is no call that could
            symbols = [
                trace.argument(next(given), v.dtype.numpy_dtype)
                if isinstance(v, (Tensor, TensorSpec))
                else v
                for v in leaves
            ]
            args, kwargs = (symbols, {}) if spec is None else nest.unflatten(spec, symbols)
            result = in_trace(self.python_function, args, kwargs, self._autograph)
            flat, structure, statics = parts_of(result)
            graph, read, written = trace.finish(flat)
        if trace.stale:
            return self.trace(given_leaves, spec, shapes, bound)[0], trace.created
        given = iter(symbols)
        specs = [
            TensorSpec(s.shape, v.dtype, v.name if isinstance(v, TensorSpec) else None)
            if isinstance(v, (Tensor, TensorSpec))
            else v
            for s, v in zip(given, leaves)
        ]
        inputs = (tuple(specs), {}) if spec is None else type_specs(nest.unflatten(spec, specs))
        concrete = ConcreteFunction(self._name, graph, read, written, structure, statics, inputs)
        concrete.notes, concrete.stand_ins = trace.notes, variables_of(leaves) if stand_ins else ()
        concrete.constants, concrete.function = trace.constants, self
        return concrete, trace.created

    def get_concrete_function(self, *args, **kwargs):
        """The traced function for arguments of these shapes and dtypes (tensors or TensorSpecs).

        Unknown dimensions (None) are left open: the function takes tensors of all sizes there.
        Where a rank is unknown, or one trace cannot leave sizes open, calls have traces of their
        own.

        Raises:
          ValueError: the function cannot be traced.

        Example:
        >>> f = tf.function(lambda x: x + 1.0)
        >>> f.get_concrete_function(tf.TensorSpec([2])).outputs
        [TensorSpec(shape=(2,), dtype=tf.float32, name=None)]
        """
        if not args and not kwargs and self._signature is not None:
            args = self._signature
        if kwargs:
            args, kwargs = self._in_place(args, kwargs)
        args, kwargs = of_specs((args, kwargs))
        specs = [v for v in nest.flatten((args, kwargs), expand_composites=True) if _is_spec(v)]
        if any(v.shape.rank is None for v in specs):
            return self._unranked(args, kwargs)
        key, leaves, spec = self._prepare(args, kwargs)
        with self._lock:
            found = self._traces.get(key)
            if found is None and any(None in leaf.shape for leaf in leaves if _is_spec(leaf)):
                traces = self._family(leaves, spec).traces
                if (
                    not traces
                    and (made := self._trace(key, leaves, spec)).__class__ is ConcreteFunction
                ):
                    traces.append(made)
                found = traces[-1] if traces else self._traces[key]
            elif found is None:
                found = self._trace(key, leaves, spec)
        if found.__class__ is not ConcreteFunction:
            if any(None in v.shape for v in specs):
                return self._unranked(args, kwargs)
            raise ValueError(f"{self._name} cannot be traced: {found}.")
        return found

    def _unranked(self, args, kwargs):
        made = Unranked(self, args, kwargs)
        self.unranked.append(made.structured_input_signature)
        return made

    # -- looking at it -----------------------------------------------------------------------------

    def experimental_get_tracing_count(self):
        """How often the function was traced."""
        return sum(
            what.__class__ is ConcreteFunction or what is _FORGOTTEN for _, what in self._log
        )

    def _lines_of(self, signature, what):
        if what.__class__ is ConcreteFunction:
            yield f"  ({signature}): graph of {len(what.graph.nodes)} nodes"
            yield from (f"    only when traced: {note}" for note in what.notes)
            yield from ("    " + line for line in what.explain())
        elif what is _FORGOTTEN:
            yield f"  ({signature}): {what}"
        elif what.__class__ is _Closed:
            yield f"  ({signature}): traced for each shape of its own, since {what}"
        else:
            yield f"  ({signature}): runs eagerly: {what}"

    def explain(self):
        """What was traced, for which arguments, what was fused, what runs on NumPy or eagerly, why.

        For a Keras model, `model.make_train_function().explain()` tells it after `fit`.

        Returns:
          Text of several lines.
        """
        lines = [f"tf.function {self._name!r}: {len(self._log)} signature(s)"]
        for signature, what in self._log:
            lines += self._lines_of(signature, what)
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
            entry = bound.setdefault(key, (reference, self._method(reference)))
        return entry[1]

    def _method(self, reference):
        function = self.python_function

        @functools.wraps(function)
        def method(*args, **kwargs):
            return function(reference(), *args, **kwargs)

        method.__signature__ = _without_self(function)
        method._autograph_twin = lambda twin: lambda *args, **kw: twin(reference(), *args, **kw)
        return type(self)(
            method, self._name, self._signature, self._autograph, self._reduce_retracing
        )


def _without_self(function):
    signature = inspect.signature(function)
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _quick_key(args):
    """(what finds the trace for tensors, or for one tuple of tensors; the tensors); (None, ())."""
    nested = len(args) == 1 and args[0].__class__ is tuple
    tensors, key = args[0] if nested else args, [nested, context.surroundings]
    for a in tensors:
        if a.__class__ is not Tensor:
            return None, ()
        array = a.host()
        key += (array.shape, array.dtype)
    return tuple(key), tensors


def _full_shapes(leaves):
    """The shapes of the tensors among leaves, each unknown dimension an open size of its own."""
    return open_shapes([tuple(v.shape) for v in leaves if isinstance(v, (Tensor, TensorSpec))])


def _rank_of(leaf):
    """What of an argument decides to which family of signatures a call belongs."""
    if isinstance(leaf, (Tensor, TensorSpec)):
        return len(leaf.shape), leaf.dtype.numpy_dtype
    return _key_of(leaf)


def _show_shapes(tensors, shapes):
    """`float32[b, 3], int32[b]`."""
    return ", ".join(f"{t.dtype.name}{list(s)}" for t, s in zip(tensors, shapes))


def _show(leaf):
    if isinstance(leaf, (Tensor, TensorSpec)):
        return f"{leaf.dtype.name}{list(leaf.shape)}"
    return repr(leaf) if len(repr(leaf)) < 40 else type(leaf).__name__


def _user_line(stop):
    """`file:line` of the last frame of a traceback outside this package."""
    package, library = __name__.split(".")[0], inspect.__file__.rpartition("inspect")[0]
    found = "?"
    for frame, line in traceback.walk_tb(stop.__traceback__):
        module = frame.f_globals.get("__name__", "")
        ours = module.split(".")[0] == package or module.startswith("namedtuple_")
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
      reduce_retracing: leave sizes that differ open already at the second shape, and not only at
        the sixth: the function is then traced once more, for all sizes.
      jit_compile and the experimental ones: hints for TensorFlow's compilers; they change no
        result here.
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
            function,
            input_signature=input_signature,
            autograph=autograph,
            reduce_retracing=reduce_retracing or bool(experimental_relax_shapes),
            name=name,
        )
    if isinstance(func, Function):
        return func
    if not callable(func):
        raise TypeError(f"{func!r} is not a callable object")
    relax = reduce_retracing or bool(experimental_relax_shapes)
    return Function(func, name, input_signature, autograph, relax)
