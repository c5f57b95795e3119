"""tf.distribute: variables that several replicas share, and those with a value on each."""

from contextlib import contextmanager
from functools import cache

from .. import ops
from ..base.context import context
from ..core.dispatch import init_scope
from ..core.tensor import CONVERTERS, convert_to_tensor, register_converter
from ..core.variable import (
    PLAIN_VARIABLES,
    Stateful,
    UnreadVariable,
    Variable,
    VariableAggregation,
    VariableSynchronization,
)
from .values import DistributedValues, ReduceOp, _lines, select

_NONE, _FIRST = VariableAggregation.NONE, VariableAggregation.ONLY_FIRST_REPLICA
_SUM, _MEAN = VariableAggregation.SUM, VariableAggregation.MEAN


class SpreadVariable(Stateful, DistributedValues):
    """What a variable gets besides, when a strategy of several replicas makes it.

    Its replicas share the one value. What they assign is aggregated first. With aggregation NONE
    each has a value of its own from its first assignment on; with synchronization ON_READ from the
    start: they are in `_parts`, a variable for each.
    """

    _parts = None
    _joined = None  # the value of all replicas, while several variables are read together

    def _join(self, strategy, aggregation, synchronization):
        self._strategy, self._aggregation = strategy, aggregation
        self._on_read = synchronization is VariableSynchronization.ON_READ
        if self._on_read:
            self._split()

    @property
    def distribute_strategy(self):
        """The strategy that the variable belongs to."""
        return self._strategy

    @property
    def values(self):
        """A variable for each replica."""
        if self._parts is not None:
            return tuple(self._parts)
        return tuple(_view(self, r) for r in range(self._strategy._local_replicas))

    def _split(self):
        """Gives the replicas values of their own; what a trace has read is of the one, and is
        traced again."""
        count = self._strategy._local_replicas
        if context.traces:
            context.traces[0].stale = True
        outer, context.strategy = context.strategy, None
        try:
            with init_scope():
                self._parts = [
                    Variable(
                        self._tensor,
                        trainable=self.watched,
                        name=self._replica_name(r),
                        shape=self._declared_shape,
                    )
                    for r in range(count)
                ]
        finally:
            context.strategy = outer

    def _replica_name(self, number):
        return f"{self._base_name}/replica_{number}" if number else self._base_name

    def _part_values(self):
        return [part._read() for part in self._parts]

    # -- reading -----------------------------------------------------------------------------------

    def _read(self):
        if self._parts is None:
            return super()._read()
        if context.replica is not None or not self._on_read:
            value = self._parts[context.replica._number if context.replica else 0]._read()
            for tape in context.tapes:  # its gradient is that of the variable
                tape.read(self, value)
            return value
        if self._joined is not None:
            return self._joined
        if self._aggregation is _FIRST:
            return self._strategy._of_first(self._parts[0]._read())
        op = ReduceOp.from_variable_aggregation(self._aggregation)
        return self._strategy._all_reduce(op, self._part_values())

    # -- writing -----------------------------------------------------------------------------------

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Replaces the value.

        In a function that replicas run, the value becomes the sum, the mean or the first of what
        they assign, by the variable's aggregation; each replica's own with aggregation NONE, or
        with synchronization ON_READ. Outside, all replicas' values.

        Args:
          value: what can become a tensor of the variable's dtype and shape.
          read_value: whether to return the variable.
        """
        self._write("assign", value)
        return self._assigned() if read_value else None

    def _assigned(self):
        if self._parts is None or context.replica is None:
            return super()._assigned()
        return self._parts[context.replica._number]._assigned()

    def _update(self, delta, ufunc, op_name, read_value=True):
        self._write("assign_add" if op_name == "add" else "assign_sub", delta)
        return self._assigned() if read_value else None

    def _write(self, method, value):
        replica = context.replica
        if replica is None:
            self._write_everywhere(method, value)
            return
        self._strategy._check_mixed(replica.strategy)
        if self._on_read or self._aggregation is _NONE:
            if self._parts is None:
                self._split()
            getattr(self._parts[replica._number], method)(value)
            return
        value = convert_to_tensor(value, self._dtype)
        self._check_shape(value._shape)
        replica.merge_call(self._write_aggregated, (method, value))

    def _write_aggregated(self, strategy, method, given):
        values = [select(r, given) for r in range(strategy._local_replicas)]
        if self._aggregation is _FIRST:
            value = strategy._of_first(values[0])
        else:
            op = ReduceOp.from_variable_aggregation(self._aggregation)
            value = strategy._all_reduce(op, values)
        self._write_own(method, ops.cast(value, self.dtype))

    def _write_everywhere(self, method, value):
        if self._parts is None:
            self._write_own(method, select(0, value))
            return
        if self._on_read and self._aggregation is not _FIRST:
            op = ReduceOp.from_variable_aggregation(self._aggregation)
            if op is ReduceOp.SUM and method != "assign":
                raise ValueError(
                    f"SyncOnReadVariable does not support `{method}` in cross-replica context when "
                    "aggregation is set to `tf.VariableAggregation.SUM`: assign the new sum, or "
                    "change it in a function that strategy.run calls."
                )
            if op is ReduceOp.SUM:
                value = convert_to_tensor(value, self._dtype)
                value = ops.cast(value / self._strategy.num_replicas_in_sync, self.dtype)
        for number, part in enumerate(self._parts):
            getattr(part, method)(select(number, value))

    def _write_own(self, method, value):
        """Writes the one value, as a plain variable does."""
        plain = type(self)._plain
        if method != "assign":
            value = convert_to_tensor(value, self._dtype)
            self._check_shape(value._shape)
            before = plain._read(self)
            value = before + value if method == "assign_add" else before - value
        plain.assign(self, value, read_value=False)

    def _scatter(self, op_name, indices, updates):
        if context.replica is None or self._on_read or self._aggregation not in (_SUM, _MEAN):
            return super()._scatter(op_name, indices, updates)
        if op_name not in ("tensor_scatter_add", "tensor_scatter_sub"):
            raise NotImplementedError(
                f"{op_name.replace('tensor_', '')} is only supported for mirrored variable "
                "(variable created within certain `tf.distribute.Strategy` scope) with NONE or "
                f"`ONLY_FIRST_REPLICA` aggregation, got: {self._aggregation}."
            )
        updates = convert_to_tensor(updates, self._dtype)
        change = ops.scatter_nd(indices, updates, ops.shape(self))
        return self.assign_add(change) if op_name.endswith("add") else self.assign_sub(change)

    # -- in checkpoints ----------------------------------------------------------------------------

    def _track_values(self):
        with _for_all_replicas():
            return {"VARIABLE_VALUE": self._read().host()}

    def _track_restore(self, values):
        super()._track_restore(values)  # checks it

        def restore():
            with _for_all_replicas():
                self._write_everywhere("assign", values["VARIABLE_VALUE"])

        return restore

    # -- Python's manners --------------------------------------------------------------------------

    def _trace_key(self):
        return "variable", id(self)

    def _stand_in(self):
        return self

    def __deepcopy__(self, memo):
        memo[id(self)] = copy = type(self)._plain._stand_in(self)
        if self._parts is not None:
            copy._parts = [part._stand_in() for part in self._parts]
        return copy

    def __reduce__(self):
        rebuild, (_, array, state) = type(self)._plain.__reduce__(self)
        left_out = ("_parts", "_strategy", "_aggregation", "_on_read")
        if self._parts is not None:
            array = self._track_values()["VARIABLE_VALUE"]
        state = {k: v for k, v in state.items() if k not in left_out}
        return rebuild, (type(self)._plain, array, state)

    def __repr__(self):
        if type(self)._plain is not Variable:
            return super().__repr__()
        kind = "SyncOnReadVariable" if self._on_read else "MirroredVariable"
        return f"{kind}:{{\n{_lines(map(repr, self.values))}\n}}"


@contextmanager
def _for_all_replicas():
    """A context in which no replica runs: variables have the values of all of them."""
    outer, context.replica = context.replica, None
    try:
        yield
    finally:
        context.replica = outer


class _View(UnreadVariable):
    """What a variable with one value is on one replica."""

    __slots__ = ("_number",)

    @property
    def name(self):
        """The variable's name on the replica."""
        return f"{self._handle._replica_name(self._number)}:0"

    def _read(self):
        return type(self._handle)._plain._read(self._handle)

    def assign(self, value, *args, **kwargs):
        """Replaces the value.

        Args:
          value: what can become a tensor of the variable's dtype and shape.
        """
        self._handle._write_own("assign", value)
        return self

    def _update(self, delta, ufunc, op_name, read_value=True):
        self._handle._write_own(f"assign_{op_name[:3]}", delta)
        return self


register_converter(_View, _View._read)


def _view(variable, number):
    view = object.__new__(_View)
    view._handle, view._number, view.__dict__ = variable, number, variable.__dict__
    return view


@contextmanager
def read_together(variables):
    """A context in which variables with a value on each replica have the values of its beginning:
    what is summed over replicas travels at once."""
    found = [v for v in variables if isinstance(v, SpreadVariable) and v._on_read]
    try:
        for aggregation in (_SUM, _MEAN):
            some = [v for v in found if v._aggregation is aggregation]
            if some:
                op, strategy = ReduceOp.from_variable_aggregation(aggregation), some[0]._strategy
                sums = strategy._all_reduce_many(op, [v._part_values() for v in some])
                for variable, value in zip(some, sums):
                    variable._joined = value
        yield
    finally:
        for variable in found:
            variable._joined = None


@cache
def _spread_class(plain):
    """The class of a class's variables that several replicas share."""
    made = type(plain)(plain.__name__, (SpreadVariable, plain), {"_plain": plain})
    made.__module__, made.__qualname__ = plain.__module__, plain.__qualname__
    register_converter(made, getattr(made, CONVERTERS[plain].__name__))
    if plain in PLAIN_VARIABLES:
        PLAIN_VARIABLES.add(made)
    return made


def spread(variable, strategy):
    """Makes a new variable one of a strategy.

    Raises:
      ValueError: it has a synchronization or an aggregation that there is not.
    """
    aggregation, synchronization = (
        _member(kind, getattr(variable, attribute), attribute, variable)
        for attribute, kind in _KINDS.items()
    )
    if synchronization is VariableSynchronization.NONE and strategy._wraps:
        raise ValueError(
            "`NONE` variable synchronization mode is not supported with tf.distribute strategy. "
            f"Please change the `synchronization` for variable: {variable.name}"
        )
    if strategy.num_replicas_in_sync > 1:
        variable.__class__ = _spread_class(type(variable))
        variable._join(strategy, aggregation, synchronization)


_KINDS = {"aggregation": VariableAggregation, "synchronization": VariableSynchronization}


def _member(kind, given, what, variable):
    """The member of an enumeration that is given, or named as Keras does."""
    if given is None:
        return kind.NONE
    if isinstance(given, kind):
        return given
    if isinstance(given, str) and given.upper() in kind.__members__:
        return kind[given.upper()]
    raise ValueError(
        f"Invalid variable {what} mode: {given} for variable: {variable.name}; use one of "
        f"{[m.name for m in kind]}."
    )
