"""Tracing: the interpreter that records primitives into a graph instead of running them."""

from threading import get_ident
from weakref import ref

import numpy as np

from ..base.context import context, open_tapes
from ..base.dims import Dim, has_dims
from ..base.errors import InaccessibleTensorError, TraceBreak
from ..base.shapes import shape_of
from ..core.dispatch import current_trace, record
from ..core.op import OPS, Spec
from ..core.tensor import Tensor, wrap
from .interp import run_once
from .ir import Graph, Node, Value


def _fault(trace, tensor, what):
    """The error for a tensor whose trace cannot go on; or which leaked out of it."""
    if context.traces or not trace.over:
        return TraceBreak(what)
    return InaccessibleTensorError(
        f"{tensor!r} is out of scope and cannot be used here: it belongs to the trace of a "
        "tf.function that is over. Return it from the function instead of keeping it elsewhere."
    )


class SymbolicTensor(Tensor):
    """A tensor of a trace: shape and dtype are known, the values are not yet."""

    __slots__ = ("_dtype", "_shape", "_trace", "_value")
    is_eager = False
    device = ""  # not known before the graph runs

    def __init__(self, trace, shape, dtype, value):
        self._trace, self._shape, self._dtype, self._value = trace, tuple(shape), dtype, value

    @property
    def shape(self):
        """The TensorShape, with None for dimensions that the trace leaves open."""
        return shape_of([None if d.__class__ is Dim else d for d in self._shape])

    def _interpret(self, op, inputs, attrs):
        # of nested traces the innermost records, whatever it meets of the outer ones
        return (current_trace() or self._trace).record(op, inputs, attrs)

    def _no_value(self, what):
        what = f"{what} needs the value of a tensor, which a trace does not have"
        raise _fault(self._trace, self, what)

    def numpy(self):
        """Ends the trace: there are no values yet."""
        self._no_value(".numpy()")

    def __array__(self, dtype=None, copy=None):
        self._no_value("conversion to a NumPy array")

    def __bool__(self):
        self._no_value("a Python `if`, `while`, `and`, `or` or bool() on a tensor")

    def _scalar(self, convert):
        self._no_value(f"{convert.__name__}()")

    @property
    def _array(self):
        self._no_value("reading a tensor's data")

    @property
    def name(self):
        """A name for printing."""
        return f"{self._value!r}"

    def __format__(self, spec):
        if spec:
            self._no_value("formatting a tensor as a number")
        return str(self)

    def __str__(self):
        return f'Tensor("{self._value!r}", shape={self.shape}, dtype={self.dtype.name})'

    def __repr__(self):
        return f"<tf.Tensor '{self._value!r}' shape={self.shape} dtype={self.dtype.name}>"


class SizeTensor(SymbolicTensor):
    """Integers that are known but for sizes left open: what `tf.shape` gives, and what follows.

    Operations on it are worked out at once, on Dims; it becomes a node of the graph where it meets
    tensors of the data.

    Attributes:
      dims: an array of ints and Dims.
    """

    __slots__ = ("dims",)

    def __init__(self, dims, dtype):
        super().__init__(NOWHERE, dims.shape, np.dtype(dtype), "?")
        self.dims = dims

    def _interpret(self, op, inputs, attrs):
        found = _worked_out(op, inputs, attrs)
        return super()._interpret(op, inputs, attrs) if found is None else found


class AnyIntegers(SymbolicTensor):
    """Integers of the data, where only shapes are asked for: sizes made of them are new ones."""

    __slots__ = ("_dims",)

    @property
    def dims(self):
        """A size of its own for each."""
        if not hasattr(self, "_dims"):
            self._dims = np.empty(self._shape, object)
            self._dims.flat = [Dim.of_data() for _ in range(self._dims.size)]
        return self._dims


_MOST_SIZES = 64


def _worked_out(op, inputs, attrs):
    """The SizeTensor that an operation on such and on known integers gives, or None."""
    arrays = []
    for x in inputs:
        if x.__class__ is not SizeTensor and (
            not x.is_eager or x._dtype.kind not in "iu" or x.host().size > _MOST_SIZES
        ):
            return None
        arrays.append(x.dims if x.__class__ is SizeTensor else x.host())
    if op.name == "cast" and attrs["dtype"].kind in "iu":
        return SizeTensor(arrays[0], attrs["dtype"])
    if not op.takes_dims or has_dims(attrs):
        return None
    arrays = [
        a if a.dtype == object or (op.name == "gather" and k) else a.astype(object)
        for k, a in enumerate(arrays)
    ]
    try:
        result = op.kernel(*arrays, **attrs)
    except (TraceBreak, TypeError):
        return None
    held = np.empty(np.shape(result), object)
    held[...] = result
    return SizeTensor(held, inputs[0]._dtype)


def sizes(dims, dtype):
    """Dims (one, or a tuple or list of them) as a tensor of the trace."""
    held = np.empty((len(dims),) if isinstance(dims, (tuple, list)) else (), object)
    held[...] = dims
    return SizeTensor(held, dtype)


class Trace:
    """A graph in the making, entered with `with`.

    Variables are made explicit: what a function reads becomes an input of the graph, what it
    assigns an output. Running the graph has no hidden state but that of primitives with effects.
    """

    nested = over = False  # True in branches and loop bodies; when it was left
    computes = False  # whether it computes variables' initial values, where it can
    stale = False  # whether something it has read now lies elsewhere: it is to be made again

    def __init__(self, name):
        self.graph, self.thread = Graph(name), get_ident()
        self.variables, self.created = [], []  # read or written, by first use; made in the trace
        self.notes = []  # what runs in the trace only, in words
        self.seeds = None  # of its random calls; ops/seeding.py
        self._current = {}  # id(variable) -> its value at this point of the function
        self._assigned = set()  # ids of variables assigned to and not read since
        self._entry, self._written, self._constants, self._count = {}, {}, {}, 0
        self._met = {}  # id(tensor) -> a weak reference to what was computed with; see `constants`

    def __enter__(self):
        context.traces.append(self)
        open_tapes.append(self)  # operations then tell it what they meet
        return self

    def __exit__(self, *exc):
        self.over = True
        open_tapes.remove(self)
        context.traces.remove(self)

    def meets(self, tensors):
        """Takes down what an operation computes with, if it has a value already."""
        for x in tensors:
            if x.__class__ is Tensor and x._dtype.kind in "fc":
                known = self._met.get(id(x))
                if known is None or known() is not x:
                    self._met[id(x)] = ref(x)

    @property
    def constants(self):
        """Weak references to the tensors with a value that the function uses, and others hold."""
        return [known for known in self._met.values() if known() is not None]

    def _new(self, shape, dtype):
        value = Value(self._count, tuple(shape), dtype)
        self._count += 1
        return value

    def argument(self, shape, dtype):
        """A new input of the graph."""
        value = self._new(shape, dtype)
        self.graph.inputs.append(value)
        return SymbolicTensor(self, shape, dtype, value)

    def value_of(self, tensor):
        """The graph's value for a tensor: its own, or a constant's."""
        if tensor.__class__ is SizeTensor:
            return self._value_of_sizes(tensor)
        if tensor.__class__ is SymbolicTensor and tensor._trace is self:
            return tensor._value
        if not tensor.is_eager:
            raise TraceBreak(
                f"the tensor {tensor!r} belongs to a trace {tensor._trace.whereabouts()}: return "
                "it from its function instead of keeping it elsewhere"
            )
        kept = self._constants.get(id(tensor))
        if kept is None:
            value = self._new(tensor._shape, tensor._dtype)
            self.graph.constants[value] = tensor.host()
            if (sharding := getattr(tensor, "_sharding", None)) is not None:
                whole = SymbolicTensor(self, tensor._shape, tensor._dtype, value)
                value = self.record(OPS["lay_out"], (whole,), {"sharding": sharding})._value
            kept = self._constants[id(tensor)] = (value, tensor)
        return kept[0]

    sizes = staticmethod(sizes)

    def _value_of_sizes(self, tensor):
        kept = self._constants.get(id(tensor))
        if kept is None:
            dims = tuple(tensor.dims.reshape(-1).tolist())
            attrs = {"dims": dims, "shape": tensor._shape, "dtype": tensor._dtype}
            kept = self._constants[id(tensor)] = (self.record(OPS["sizes"], (), attrs), tensor)
        return kept[0]._value

    def whereabouts(self):
        """Why this thread cannot use the tensors of this trace, which it is not making."""
        return "that is over" if self.thread == get_ident() else "of another thread"

    def record(self, op, inputs, attrs):
        """Enters one primitive; returns the symbolic result or tuple of results."""
        if self not in context.traces:
            what = f"a tensor was used that belongs to a trace {self.whereabouts()}"
            raise _fault(self, next(x for x in inputs if not x.is_eager), what)
        inferred = op.infer(*[Spec(x._shape, x._dtype) for x in inputs], **attrs)
        several = type(inferred) is tuple
        specs = inferred if several else (inferred,)
        outputs = tuple([self._new(s.shape, s.dtype) for s in specs])
        values = tuple([self.value_of(x) for x in inputs])
        self.graph.nodes.append(Node(op, values, attrs, outputs))
        results = tuple([SymbolicTensor(self, s.shape, s.dtype, v) for s, v in zip(specs, outputs)])
        return results if several else results[0]

    # -- variables ---------------------------------------------------------------------------------

    def read(self, variable):
        """The variable's value at this point of the function."""
        entry = self._current.get(id(variable))
        if entry is None:
            tensor = self.argument(variable._tensor._shape, variable._tensor._dtype)
            self.graph.inputs.pop()
            self._entry[id(variable)] = tensor._value
            self.variables.append(variable)
            entry = self._current[id(variable)] = tensor
        elif id(variable) in self._assigned:
            self._assigned.discard(id(variable))
            if variable._dtype.kind in "fc" and not self.nested and current_trace() is self:
                entry = self._current[id(variable)] = self._as_read(variable, entry)
        return entry

    def _as_read(self, variable, tensor):
        """What was assigned, as it is read: its gradient is the variable's, and goes no further."""
        entry, gradient = self._entry[id(variable)], Graph("read")
        before = SymbolicTensor(self, entry.shape, entry.dtype, entry)
        gradient.inputs = gradient.outputs = [Value(0, entry.shape, entry.dtype)]
        attrs = {"gradient_graph": gradient, "wanted": (0,), "n_inputs": 1, "n_results": 1}
        return self.record(OPS["custom_gradient"], (before, tensor), attrs | {"fault": None})

    def write(self, variable, tensor):
        """Replaces the variable's value from this point on."""
        if id(variable) not in self._current:
            self.read(variable)
        if variable._declared_shape is not None and tensor._shape != variable._tensor._shape:
            raise TraceBreak(f"variable {variable.name} changes its shape")
        if tensor.is_eager or context.tapes:  # one that tapes do not know: no gradient goes past it
            tensor = SymbolicTensor(self, tensor._shape, tensor._dtype, self.value_of(tensor))
        self._current[id(variable)] = tensor
        self._written[id(variable)] = variable
        self._assigned.add(id(variable))

    def wrap_constant(self, tensor):
        """An eager tensor as a symbolic one of this trace, which its tapes watch as well."""
        value = self.value_of(tensor)
        found = SymbolicTensor(self, tensor._shape, tensor._dtype, value)
        record(OPS["identity"], (tensor,), (found,), {})
        return found

    def initial_value(self, variable, tensor):
        """Called when a variable is made inside the trace; it lives on outside."""
        if not tensor.is_eager:
            tensor = self._computed(tensor) if self.computes else None
        if tensor is None:
            raise CreatesVariable("a variable's initial value is computed inside the function")
        self.created.append(variable)
        return tensor

    def _computed(self, tensor):
        """The value of a tensor that depends on no argument, computed now; else None."""
        graph = Graph()
        graph.outputs, live = [self.value_of(tensor)], {self.value_of(tensor)}
        for node in reversed(self.graph.nodes):
            if any(v in live for v in node.outputs):
                graph.nodes.insert(0, node)
                live.update(node.inputs)
        known = {v for node in graph.nodes for v in node.outputs}
        graph.constants = {v: a for v, a in self.graph.constants.items() if v in live}
        read = [v for v in self.variables if self._entry[id(v)] in live]
        graph.inputs = [self._entry[id(v)] for v in read]
        if live - known - {*graph.constants, *graph.inputs} or any(n.effect for n in graph.nodes):
            return None
        return wrap(run_once(graph, [v._tensor.host() for v in read])[0])

    def finish(self, outputs):
        """Completes the graph.

        Args:
          outputs: tensors to return.

        Returns:
          (graph, variables read, variables written): the graph takes the arguments, then the
          variables read; it returns `outputs`, then the new values of the variables written.
        """
        read = list(self.variables)
        written = list(self._written.values())
        graph = self.graph
        graph.inputs += [self._entry[id(v)] for v in read]
        self.meets(outputs)
        graph.outputs = [self.value_of(t) for t in outputs]
        graph.outputs += [self.value_of(self._current[id(v)]) for v in written]
        return graph.without_dead_nodes(), read, written


class CreatesVariable(TraceBreak):
    """The function makes variables from values of the trace: its first call runs eagerly."""


class Abstract:
    """The trace that records nothing: in it, operations on tensors of `abstract` infer shapes.

    Variables keep their values: what is assigned within is forgotten at its end.

    Args:
      any_size: whether integers of the data may be sizes, of which nothing is known; else they
        end the trace.
    """

    abstract, over = True, False

    def __init__(self, any_size=False):
        self.any_size = any_size

    def __enter__(self):
        self._current, self.seeds = {}, None
        context.traces.append(self)
        return self

    def __exit__(self, *exc):
        context.traces.remove(self)

    def record(self, op, inputs, attrs):
        """Infers the results' shapes and dtypes."""
        inferred = op.infer(*[Spec(x._shape, x._dtype) for x in inputs], **attrs)
        if type(inferred) is tuple:
            return tuple(map(self._tensor, inferred))
        return self._tensor(inferred)

    def _tensor(self, spec):
        if self.any_size and spec.dtype.kind in "iu" and not has_dims(spec.shape):
            return AnyIntegers(NOWHERE, spec.shape, spec.dtype, "?")
        return SymbolicTensor(NOWHERE, spec.shape, spec.dtype, "?")

    sizes = staticmethod(sizes)

    def meets(self, tensors):
        """Nothing is kept of it."""

    def read(self, variable):
        """The variable's value, or what was assigned to it within."""
        return self._current.get(id(variable), (variable._tensor,))[0]

    def write(self, variable, tensor):
        """Replaces the variable's value until the end."""
        self._current[id(variable)] = tensor, variable  # kept, lest another take its id

    def initial_value(self, variable, tensor):
        """A variable made within starts as zeros when its value is not known."""
        return tensor if tensor.is_eager else wrap(np.zeros(tensor._shape, tensor._dtype))


NOWHERE = Abstract()


def abstract(shape, dtype):
    """A tensor of known shape and dtype, for use within `Abstract()`."""
    return SymbolicTensor(NOWHERE, shape, dtype, "?")
