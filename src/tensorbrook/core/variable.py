"""Variable: a value that changes, by replacement, so that what was read before never does."""

import enum
import inspect
from functools import partial
from math import prod
from typing import Any

import numpy as np

from ..base import dtypes
from ..base.context import context, open_tapes
from ..base.errors import InvalidArgumentError
from ..base.names import scoped
from ..base.shapes import TensorShape, shape_of
from .backend import place_of
from .claims import Awaited
from .dispatch import PUBLIC, apply, current_trace
from .op import OPS
from .tensor import Reference, Tensor, convert_to_tensor, register_converter, wrap
from .trackable import Trackable

_add, _subtract, _new = np.add, np.subtract, object.__new__


class VariableSynchronization(enum.Enum):
    """When the values of a variable on several replicas are brought together."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How what several replicas assign to a variable is brought together."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


class _Creation(type):
    """Lets the open `variable_creator_scope`s make the variables."""

    def __call__(cls, *args, **kwargs):
        creators = context.variable_creators
        if not creators or cls is not Variable:
            return super().__call__(*args, **kwargs)
        given = inspect.signature(cls.__init__).bind(None, *args, **kwargs)
        given.apply_defaults()
        create = super().__call__
        for creator in creators:
            create = partial(creator, create)
        return create(**{k: v for k, v in given.arguments.items() if k != "self"})


class variable_creator_scope:
    """A context in which a function makes the variables.

    Args:
      variable_creator: `creator(next_creator, **kwargs) -> variable`; it gets the arguments of
        `tf.Variable` and calls `next_creator(**kwargs)`, which makes one. The innermost scope's
        function is called first.

    Example:
    >>> def frozen(next_creator, **kwargs):
    ...     return next_creator(**{**kwargs, "trainable": False})
    >>> with tf.variable_creator_scope(frozen):
    ...     v = tf.Variable(1.0)
    >>> v.trainable
    False
    """

    def __init__(self, variable_creator):
        self._creator = variable_creator

    def __enter__(self):
        self._outer = context.variable_creators
        context.variable_creators = (*self._outer, self._creator)

    def __exit__(self, *exc):
        context.variable_creators = self._outer


class Stateful(Trackable):
    """What has a state that functions change: variables, iterators.

    As an argument of a `tf.function` it has a stand-in in the trace, which so serves all that have
    the same `_trace_key()`. Its `_handle` is the variable that the graph reads.
    """

    __slots__ = ()


class Variable(Stateful, metaclass=_Creation):
    """A tensor that can be assigned to; what programs train.

    Args:
      initial_value: anything a tensor can be made of, or a function without arguments that
        returns it.
      trainable: True when tapes shall watch it by themselves. None means True.
      name: its name; the open name scopes are put before it.
      dtype: its dtype; by default the initial value's.
      shape: what shapes it may take; by default just the initial value's.
      constraint: a function applied by optimizers after each update.

    Raises:
      ValueError: the initial value has another dtype or no fitting shape.

    Example:
    >>> v = tf.Variable([1.0, 2.0])
    >>> v.assign_add([1.0, 1.0])
    <tf.Variable 'UnreadVariable' shape=(2,) dtype=float32, numpy=array([2., 3.], dtype=float32)>
    """

    trainable: bool
    constraint: Any
    initializer = None  # variables have their values from the start
    synchronization = VariableSynchronization.AUTO
    aggregation = VariableAggregation.NONE
    __array_priority__ = 100
    _tensor = Awaited()  # programs take an instance's own away while they write over it

    def __init__(
        self,
        initial_value=None,
        trainable=None,
        validate_shape=True,
        caching_device=None,
        name=None,
        variable_def=None,
        dtype=None,
        import_scope=None,
        constraint=None,
        synchronization=None,
        aggregation=None,
        shape=None,
        experimental_enable_variable_lifting=True,
    ):
        if variable_def is not None or import_scope is not None:
            raise NotImplementedError("variable_def and import_scope belong to TF1 graphs.")
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are "
                "not providing a `variable_def`."
            )
        if callable(initial_value):
            initial_value = initial_value()
        try:
            value = convert_to_tensor(initial_value, dtype)
        except ValueError as fault:
            raise ValueError(f"initial_value: {fault}") from None
        trace = current_trace()
        if trace is not None:
            value = trace.initial_value(self, value)
        self._place = place_of((value,))
        self._tensor = self._place.hold(value)
        self._declared_shape = None if shape is None else TensorShape(shape)
        if shape is not None and not self._declared_shape.is_compatible_with(value.shape):
            raise ValueError(
                f"The initial value's shape {value.shape} is not compatible with the explicitly "
                f"supplied `shape` argument {self._declared_shape}."
            )
        self._dtype = value._dtype
        # Keras freezes weights by `trainable`; tapes watch them all the same, as TensorFlow's do
        self.trainable = self.watched = True if trainable is None else bool(trainable)
        self._base_name = scoped(name or "Variable")
        if constraint is not None and not callable(constraint):
            raise ValueError(f"`constraint` must be None or a callable, got {constraint!r}.")
        self.constraint = constraint
        if synchronization is not None:
            self.synchronization = synchronization
        if aggregation is not None:
            self.aggregation = aggregation
        if synchronization is VariableSynchronization.ON_READ and trainable is None:
            self.trainable = self.watched = False
        if context.strategy is not None:
            context.strategy._creates(self)

    # -- what it is --------------------------------------------------------------------------------

    @property
    def name(self):
        """The name, ending in ":0"."""
        return self._base_name + ":0"

    @property
    def shape(self):
        """The TensorShape; with unknown dimensions when it was declared so."""
        return (
            shape_of(self._tensor._shape) if self._declared_shape is None else self._declared_shape
        )

    dtype = property(lambda self: dtypes.from_numpy(self._dtype), doc="The DType.")
    _shape = property(lambda self: self._tensor._shape)
    ndim = property(lambda self: len(self._tensor._shape), doc="The number of dimensions.")
    device = property(lambda self: self._tensor.device, doc="Where it lives.")

    def get_shape(self):
        """The TensorShape; same as `shape`."""
        return self.shape

    def ref(self):
        """A hashable reference to this very variable."""
        return Reference(self)

    def is_initialized(self, name=None):
        """True, as a tensor: variables have a value from the start."""
        return convert_to_tensor(True)

    handle = property(lambda self: self, doc="The variable itself: there is no other handle.")

    @property
    def initial_value(self):
        """Undefined in eager mode, as in TensorFlow."""
        raise RuntimeError("[tf.Variable] initial_value is not kept: v.numpy() is the value now.")

    @property
    def op(self):
        """Undefined in eager mode, as in TensorFlow; in a trace the variable: `assign(x).op`."""
        if current_trace() is None:
            raise AttributeError("Variable.op is undefined when eager execution is enabled.")
        return self

    graph = op

    def set_shape(self, shape):
        """Checks the shape, and keeps what is known of both."""
        self._declared_shape = self.shape.merge_with(shape)

    def experimental_ref(self):
        """`ref()` by its older name."""
        return self.ref()

    # -- reading -----------------------------------------------------------------------------------

    def _read(self):
        """The current value, seen by the trace being made and by the tapes."""
        traces = context.traces
        tensor = traces[-1].read(self) if traces else self._tensor
        if open_tapes:
            for tape in context.tapes:
                tape.read(self, tensor)
        return tensor

    def value(self):
        """The current value as a tensor of its own."""
        return apply(OPS["identity"], (self._read(),), {})

    read_value = read_value_no_copy = value

    def eval(self, session=None):
        """`numpy()`: there are no sessions, so `session` must be None."""
        _no_session(session)
        return self.numpy()

    def load(self, value, session=None):
        """`assign(value)`: there are no sessions, so `session` must be None."""
        _no_session(session)
        self.assign(value)

    def initialized_value(self):
        """The current value: variables have one from the start."""
        return self.read_value()

    def sparse_read(self, indices, name=None):
        """`tf.gather(variable, indices)`.

        Example:
        >>> tf.Variable([1.0, 2.0]).sparse_read([1]).numpy()
        array([2.], dtype=float32)
        """
        return PUBLIC["gather"](self, indices)

    def numpy(self):
        """A copy of the current value as a NumPy array or scalar."""
        return self._read().numpy()

    def __array__(self, dtype=None, copy=None):
        return self._read().__array__(dtype, copy)

    def gather_nd(self, indices, name=None):
        """`tf.gather_nd(variable, indices)`."""
        return apply(
            OPS["gather_nd"], (self._read(), convert_to_tensor(indices)), {"batch_dims": 0}
        )

    # -- writing -----------------------------------------------------------------------------------

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Replaces the value.

        Args:
          value: what can become a tensor of the variable's dtype and shape.
          read_value: whether to return the variable.

        Returns:
          The variable, under a name that says so: `UnreadVariable`.

        Raises:
          InvalidArgumentError: another shape; ValueError: another dtype; both name the variable.
        """
        try:
            value = convert_to_tensor(value, self._dtype)
        except (TypeError, ValueError) as fault:
            raise type(fault)(f"Cannot assign to variable '{self.name}': {fault}") from None
        self._check_shape(value._shape)
        trace = current_trace()
        if trace is not None:
            trace.write(self, value)
        elif value.__class__ is self._tensor.__class__ is Tensor:  # the usual case, quickly
            self._tensor = wrap(value._array)
        elif value.is_eager:
            self._tensor = self._place.hold(value)
        else:
            raise ValueError(
                f"Variable '{self.name}' cannot keep {value!r}: it has no value outside its trace."
            )
        return self._assigned() if read_value else None

    def _assigned(self):
        unread = _new(UnreadVariable)
        unread._handle = self
        unread.__dict__ = self.__dict__  # what the one becomes, the other does
        return unread

    def _check_shape(self, shape):
        fits = (
            shape == self._tensor._shape
            if self._declared_shape is None
            else self._declared_shape.is_compatible_with(shape)
        )
        if not fits and getattr(current_trace(), "abstract", False):  # a Keras input's batch
            fits = self.shape.is_compatible_with([d if d.__class__ is int else None for d in shape])
        if not fits:
            raise InvalidArgumentError(
                f"Cannot assign value to variable '{self.name}': Shape mismatch. The variable "
                f"shape "
                f"{self.shape}, and the assigned value shape {tuple(shape)} are incompatible."
            )

    def assign_add(self, delta, use_locking=False, name=None, read_value=True):
        """Adds `delta`, of the variable's own shape and dtype; returns the variable."""
        return self._update(delta, _add, "add", read_value)

    def assign_sub(self, delta, use_locking=False, name=None, read_value=True):
        """Subtracts `delta`, of the variable's own shape and dtype; returns the variable."""
        return self._update(delta, _subtract, "subtract", read_value)

    def _update(self, delta, ufunc, op_name, read_value=True):
        old, quick = self._tensor, False
        if delta.__class__ is old.__class__ is Tensor and not context.traces:
            value, change = old._array, delta._array
            quick = value.dtype is change.dtype and value.shape == change.shape
        if not quick:
            try:
                delta = convert_to_tensor(delta, self._dtype)
            except (TypeError, ValueError) as fault:
                raise type(fault)(f"Cannot {op_name} to variable '{self.name}': {fault}") from None
            self._check_shape(delta._shape)
            if context.traces or not delta.__class__ is old.__class__ is Tensor:
                total = apply(OPS[op_name], (self._read(), delta), {})
                return self.assign(total, read_value=read_value)
        while True:
            new = wrap(ufunc(old._array, delta._array))
            # Python switches threads at calls only: nobody assigns between these two lines
            if self._tensor is old:
                self._tensor = new
                return self._assigned() if read_value else None
            old = self._tensor

    def _scatter(self, op_name, indices, updates):
        indices = convert_to_tensor(indices)
        updates = convert_to_tensor(updates, self._dtype)
        if not updates._shape:  # one number for all
            shape = (*indices._shape[:-1], *self._shape[indices._shape[-1] :])
            updates = apply(OPS["broadcast_to"], (updates,), {"shape": shape})
        return self.assign(apply(OPS[op_name], (self._read(), indices, updates), {}))

    def scatter_nd_update(self, indices, updates, name=None):
        """Replaces the slices at `indices` by `updates`."""
        return self._scatter("tensor_scatter_update", indices, updates)

    def scatter_nd_add(self, indices, updates, name=None):
        """Adds `updates` to the slices at `indices`."""
        return self._scatter("tensor_scatter_add", indices, updates)

    def scatter_nd_sub(self, indices, updates, name=None):
        """Subtracts `updates` from the slices at `indices`."""
        return self._scatter("tensor_scatter_sub", indices, updates)

    def _assign_slice(self, key, value):
        size = prod(self._shape)
        places = convert_to_tensor(np.arange(size).reshape(self._shape))
        places = PUBLIC["__operators__.getitem"](places, key)
        try:
            value = convert_to_tensor(value, self._dtype)
        except (TypeError, ValueError) as fault:
            raise type(fault)(f"Cannot assign to a slice of '{self.name}': {fault}") from None
        value = apply(OPS["broadcast_to"], (value,), {"shape": places._shape})
        flat = apply(OPS["reshape"], (self._read(),), {"shape": (size,)})
        places = apply(OPS["reshape"], (places,), {"shape": (*places._shape, 1)})
        flat = apply(OPS["tensor_scatter_update"], (flat, places, value), {})
        return self.assign(apply(OPS["reshape"], (flat,), {"shape": self._shape}))

    # -- in checkpoints ----------------------------------------------------------------------------

    def _track_values(self):
        return {"VARIABLE_VALUE": self._tensor.host()}

    def _track_restore(self, values):
        array = values["VARIABLE_VALUE"]
        if array.dtype != self._dtype:
            raise InvalidArgumentError(
                f"tensor_name = {self._track_name()}; expected dtype {self.dtype.name} does not "
                f"equal original dtype {dtypes.from_numpy(array.dtype).name}: make the variable of "
                "the checkpoint's dtype."
            )
        if not self.shape.is_compatible_with(array.shape):
            raise ValueError(
                f"Received incompatible tensor with shape {array.shape} when attempting to restore "
                f"variable with shape {tuple(self.shape)} and name {self._track_name()}."
            )
        return lambda: Variable.assign(self, wrap(array))

    def _track_name(self):
        return self._base_name

    @property
    def path(self):
        """The name; Keras's variables tell where they belong, as in "dense/kernel"."""
        return self.name

    # -- Python's manners --------------------------------------------------------------------------

    def __float__(self):
        return float(self._read())

    def __int__(self):
        return int(self._read())

    def __complex__(self):
        return complex(self._read())

    def __index__(self):
        return self._read().__index__()

    def __bool__(self):
        return bool(self._read())

    def __len__(self):
        return len(self._read())

    def __hash__(self):
        raise TypeError("Variable is unhashable. Instead, use variable.ref() as the key.")

    __setitem__ = Tensor.__setitem__

    def __format__(self, spec):
        return format(self._read(), spec) if spec else str(self)

    _handle = property(lambda self: self)

    def _trace_key(self):
        return "variable", self._shape, self._dtype, self._declared_shape, self.trainable

    def _stand_in(self):
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._tensor = self._place.hold(self._tensor)
        return copy

    def __deepcopy__(self, memo):
        memo[id(self)] = copy = self._stand_in()
        return copy

    def __reduce__(self):
        state = {k: v for k, v in vars(self).items() if k not in ("_tensor", "_place")}
        return _rebuild, (type(self), np.array(self._tensor.host()), state)

    def __repr__(self):
        shape, dtype = self.shape, self.dtype.name
        values = self._tensor._values_text(True)
        return f"<tf.Variable '{self.name}' shape={shape} dtype={dtype}, numpy={values}>"


def _no_session(session):
    if session is not None:
        raise NotImplementedError("[tf.Variable] there are no sessions: leave `session` out.")


def _rebuild(cls, array, state):
    variable = object.__new__(cls)
    vars(variable).update(vars(Variable(array)) | state)
    return variable


class UnreadVariable(Variable):
    """What an assignment returns: the variable, for which it stands in every respect."""

    __slots__ = ("_handle",)
    name = "UnreadVariable"

    def _read(self):
        return self._handle._read()

    def assign(self, *args, **kwargs):
        """As that of the variable."""
        return self._handle.assign(*args, **kwargs)

    def _update(self, *args):
        return self._handle._update(*args)

    def _stand_in(self):
        return self._handle._stand_in()

    def ref(self):
        """The reference to the variable."""
        return self._handle.ref()


register_converter(Variable, Variable._read)
PLAIN_VARIABLES = {Variable}  # the classes whose value has the dtype and shape that they say
register_converter(UnreadVariable, UnreadVariable._read)
