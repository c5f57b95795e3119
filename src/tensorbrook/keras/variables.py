"""keras.Variable: what layers, metrics, optimizers and seed generators keep; and scopes in which
assignments change nothing."""

import os

import numpy as np

from ..base.context import context
from ..base.names import name_scope as core_name_scope
from ..base.names import scoped
from ..base.shapes import broadcast
from ..core.tensor import Tensor, convert_to_tensor, register_converter
from ..core.variable import PLAIN_VARIABLES
from ..core.variable import Variable as CoreVariable
from ..ops.cast import cast
from ..ops.shape import broadcast_to
from .loading import Late
from .promotion import standardize_dtype
from .registry import auto_name

# Programs of Keras 2 say so before they import TensorFlow, and libraries for them ask.
LEGACY = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
_open_scopes = []  # of all threads: while it is empty, nobody needs to ask the context
_core_read, _core_assign = CoreVariable._read, CoreVariable.assign
_core_update = CoreVariable._update
_AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")


def _checked(name, fits, expected, error=ValueError):
    """A property that takes what fits."""

    def set_(self, value):
        if not fits(value):
            raise error(
                f"Invalid value for attribute `{name}` of variable '{self.path}': it must be "
                f"{expected}. Received: {name}={value!r}"
            )
        vars(self)[name] = value

    return property(lambda self: vars(self)[name], set_)


def _is_rule(value):
    return value is None or callable(value)


def _is_boolean(value):
    return isinstance(value, bool)


class Variable(CoreVariable):
    """A tensor that can be assigned to: a weight, or what else Keras keeps.

    It is a `tf.Variable` as well.

    Args:
      initializer: an array or number; or an initializer, its name, or a function of a shape and a
        dtype.
      shape: the shape that an initializer makes.
      dtype: its dtype; by default that of the value, for initializers keras.config.floatx().
      trainable: whether optimizers change it.
      autocast: whether layers that compute in another dtype read it in that; it holds for weights
        that `add_weight` makes.
      aggregation: how what several replicas assign is merged: "none", "mean", "sum" or
        "only_first_replica".
      synchronization: when: "auto", "on_write" or "on_read".
      name: its name; the open name scopes are put before it in its path.
      layout: a TensorLayout; by default that of the current distribution, if there is one.

    Raises:
      ValueError: an initializer without a shape; a name with a "/"; another aggregation; within a
        StatelessScope.

    Example:
    >>> v = tf.keras.Variable("ones", shape=(2,), name="v")
    >>> v.assign_add([1.0, 2.0])
    <Variable path=v, shape=(2,), dtype=float32, value=[2. 3.]>
    >>> v.value.numpy()
    array([2., 3.], dtype=float32)
    """

    path = None  # each has its own
    _layout = None  # of keras.distribution
    _find_initializer = None  # keras/initializers.py provides it: initializers.get

    def __init__(
        self,
        initializer,
        shape=None,
        dtype=None,
        trainable=True,
        autocast=True,
        aggregation="none",
        synchronization="auto",
        name=None,
        layout=None,
        **kwargs,
    ):
        if kwargs:
            raise TypeError(f"keras.Variable takes no arguments {sorted(kwargs)}.")
        name = auto_name(type(self).__name__) if name is None else name
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                "Argument `name` must be a string and cannot contain character `/`. Received: "
                f"name={name}"
            )
        if aggregation not in _AGGREGATIONS:
            raise ValueError(
                "Invalid value for argument `aggregation`. Expected one of "
                f"{', '.join(map(repr, _AGGREGATIONS))}. Received: aggregation={aggregation!r}"
            )
        value = self._initial(initializer, shape, dtype)
        self._layout = layout
        self._set(
            value, trainable, name, scoped(name), aggregation, synchronization=synchronization
        )
        self.autocast = autocast

    def _initial(self, initializer, shape, dtype):
        if isinstance(initializer, str):
            initializer = type(self)._find_initializer(initializer)
        if not callable(initializer):
            dtype = None if dtype is None else standardize_dtype(dtype)
            return convert_to_tensor(initializer) if dtype is None else cast(initializer, dtype)
        if shape is None:
            raise ValueError(
                "When creating a Variable from an initializer, the `shape` argument should be "
                f"specified. Received: initializer={initializer} and shape={shape}"
            )
        shape = (shape,) if hasattr(shape, "__index__") else tuple(shape)
        dtype = standardize_dtype(dtype)
        made = initializer(shape, dtype=dtype)
        return convert_to_tensor(np.asarray(made, dtype) if not isinstance(made, Tensor) else made)

    def _set(
        self, value, trainable, name, path, aggregation="none", dtype=None, synchronization="auto"
    ):
        if context.stateless_scope is not None:
            raise ValueError(
                "You are attempting to create a variable while in a stateless scope. This is "
                "disallowed. Make sure that all variables are created before you start using your "
                "layer/model objects: build the layer first, or make its weights in build()."
            )
        if value.__class__ is Late:
            value.variable, value = self, value.tensor
        super().__init__(
            value,
            trainable,
            dtype=dtype,
            synchronization=synchronization,
            aggregation=aggregation,
        )
        self._base_name, self.path = name, path
        self.regularizer, self.overwrite_with_gradient, self.autocast = None, False, True
        if context.distribution is not None or self._layout is not None:
            self._lay_out(self._layout or context.distribution.get_variable_layout(self))

    def _lay_out(self, layout):
        """Takes a TensorLayout, and where its devices are XLA's goes there."""
        if not hasattr(layout, "_place"):
            raise ValueError(
                "keras.Variable: `layout` must be a keras.distribution.TensorLayout. "
                f"Received: layout={layout!r}"
            )
        place = layout._place(self._shape, self.path)
        self._layout = layout
        if place is not None:
            self._place, self._tensor = place, place.hold(self._tensor)

    @classmethod
    def made(
        cls, value, trainable, name, path, aggregation="none", dtype=None, synchronization="auto"
    ):
        """A variable of a value and a path of Keras's.

        Args:
          value: as of `tf.Variable`.
          trainable: whether optimizers change it.
          name, path: its name, and where it belongs, as in "dense/kernel".
          aggregation, synchronization: of what replicas assign.
          dtype: its dtype; that of the value by default.
        """
        variable = object.__new__(cls)
        variable._set(value, trainable, name, path, aggregation, dtype, synchronization)
        return variable

    # -- what it is --------------------------------------------------------------------------------

    @property
    def name(self):
        """The name, without its scopes; with TF_USE_LEGACY_KERAS=1 Keras 2's, "dense/kernel:0"."""
        return f"{self.path or self._base_name}:0" if LEGACY else self._base_name

    @property
    def value(self):
        """The current value: a tensor."""
        return super().value()

    handle = property(lambda self: self, doc="The variable itself.")

    def _track_name(self):
        return self.path or self._base_name

    def __repr__(self):
        return (
            f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype.name}, "
            f"value={self.numpy()}>"
        )

    def _trace_key(self):
        return "variable", id(self)

    def _assigned(self):
        return self

    constraint = _checked(
        "constraint", _is_rule, "a callable (a keras.constraints.Constraint) or None"
    )
    regularizer = _checked(
        "regularizer", _is_rule, "a callable (a keras.regularizers.Regularizer) or None"
    )
    overwrite_with_gradient = _checked(
        "overwrite_with_gradient", _is_boolean, "a boolean", TypeError
    )

    # -- values, of which some are those of a StatelessScope ---------------------------------------

    def _read(self):
        if _open_scopes and (scope := context.stateless_scope) is not None:
            found = scope.get_current_value(self)
            if found is not None:
                return found
        return _core_read(self)

    def assign(self, value, *args, **kwargs):
        """Replaces the value; within a StatelessScope, that which the scope knows.

        Args:
          value: what can become a tensor of the variable's shape; tensors and arrays are cast.
        """
        value = self._in_dtype(value)
        scope = context.stateless_scope if _open_scopes else None
        if scope is None:
            return _core_assign(self, value, *args, **kwargs)
        value = convert_to_tensor(value, self._dtype)
        self._check_shape(value._shape)
        scope.add_update((self, value))
        return value

    def _in_dtype(self, value):
        dtype = getattr(value, "_dtype", None) or getattr(value, "dtype", self._dtype)
        return value if dtype == self._dtype else cast(value, self._dtype)

    def _update(self, delta, ufunc, op_name, read_value=True):
        delta = self._in_dtype(delta)
        shape = self._tensor._shape
        if delta.__class__ is not Tensor or delta._shape != shape:
            delta = convert_to_tensor(delta, self._dtype)
            if delta._shape != shape and broadcast(delta._shape, shape) == shape:
                delta = broadcast_to(delta, shape)
        if not _open_scopes or context.stateless_scope is None:
            return _core_update(self, delta, ufunc, op_name, read_value)
        before = self._read()
        return self.assign(before + delta if op_name == "add" else before - delta)


register_converter(Variable, Variable._read)
PLAIN_VARIABLES.add(Variable)


class name_scope(core_name_scope):
    """A context in which the paths of variables get a prefix; `as` gives the scope itself.

    Args:
      name: the prefix, without a "/".
      deduplicate: whether the scope of a caller that the innermost scope has too, of the same name,
        adds nothing.
      caller: whose scope it is.
      override_parent: the path to stand in place of all outer scopes; None for these.

    Raises:
      ValueError: no string, or one with a "/".

    Example:
    >>> with tf.keras.name_scope("encoder") as scope:
    ...     v = tf.keras.Variable(1.0, name="w")
    >>> scope.name, v.path
    ('encoder', 'encoder/w')
    """

    def __init__(self, name, caller=None, deduplicate=True, override_parent=None):
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                "Argument `name` must be a string and cannot contain character `/`. Received: "
                f"name={name}"
            )
        super().__init__(name)
        self.caller, self.deduplicate = caller, deduplicate
        self.override_parent = override_parent

    def __enter__(self):
        self._outer, outer = context.name_scope, context.name_scope
        if self.override_parent is not None:
            outer = self.override_parent.strip("/")
        self._outer_caller = context.name_scope_caller
        same = self.caller is not None and self.caller is self._outer_caller
        if not (self.deduplicate and same and outer.rpartition("/")[2] == self.name):
            context.name_scope = f"{outer}/{self.name}" if outer else self.name
        context.name_scope_caller = self.caller
        return self

    def __exit__(self, *exc):
        context.name_scope_caller = self._outer_caller
        super().__exit__(*exc)


class StatelessScope:
    """A context in which Keras's variables have other values, and assignments change nothing.

    Args:
      state_mapping: pairs of a variable and its value within the scope.
      collect_losses: whether `losses` keeps what `add_loss` of the scope is given.
      initialize_variables: changes nothing here: variables have a value from the start.

    Raises:
      ValueError: what is to be mapped is no Keras variable, or a value has another shape.

    Example:
    >>> v = tf.keras.Variable([1.0])
    >>> with tf.keras.StatelessScope(state_mapping=[(v, [5.0])]) as scope:
    ...     _ = v.assign_add([1.0])
    >>> scope.get_current_value(v).numpy(), v.numpy()
    (array([6.], dtype=float32), array([1.], dtype=float32))
    """

    def __init__(self, state_mapping=None, collect_losses=False, initialize_variables=True):
        self.collect_losses, self.initialize_variables = collect_losses, initialize_variables
        self.losses, self.state_mapping, self._variables = [], {}, []
        for variable, value in state_mapping or ():
            if not isinstance(variable, Variable):
                raise ValueError(
                    "Invalid reference variable in StatelessScope: all keys in argument `mapping` "
                    f"must be Variable instances. Received instead: {variable}"
                )
            value = cast(value, variable._dtype)
            if value._shape != variable._shape:
                raise ValueError(
                    "Invalid variable value in StatelessScope: all values in argument `mapping` "
                    "must be tensors with a shape that matches the corresponding variable shape. "
                    f"For variable: {variable}, received value with shape {value.shape}."
                )
            self.add_update((variable, value))

    def __enter__(self):
        self._outer, context.stateless_scope = context.stateless_scope, self
        _open_scopes.append(self)
        return self

    def __exit__(self, *exc):
        context.stateless_scope = self._outer
        _open_scopes.remove(self)

    def add_loss(self, loss):
        """Keeps a loss."""
        self.losses.append(loss)

    def add_update(self, update):
        """Sets a variable's value within the scope.

        Args:
          update: the pair (variable, value).
        """
        variable, value = update
        if id(variable) not in self.state_mapping:
            self._variables.append(variable)  # it lives, and its id is its own
        self.state_mapping[id(variable)] = value

    def get_current_value(self, variable):
        """The value that a variable has in the scope; None where that is its own."""
        return self.state_mapping.get(id(variable))


class SymbolicScope:
    """A context that says that code runs to find shapes; it changes nothing here.

    Example:
    >>> with tf.keras.SymbolicScope():
    ...     x = tf.ones([2])
    """

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None
