"""Optimizer, the base of all optimizers: it owns everything but the update rule."""

import inspect
import re
import warnings
from functools import lru_cache

from ... import ops
from ...autodiff.tape import GradientTape, why_none
from ...base.context import context, replicas_in_sync
from ...core.dispatch import init_scope
from ...core.tensor import convert_to_tensor
from ...distribute.values import ReduceOp, select
from .. import registry
from ..stateless import with_values
from ..variables import LEGACY
from .rows import Rows, as_rows
from .state import OptimizerState, parameters

_ONE = convert_to_tensor(1, "int64")
_SUM = ReduceOp.SUM


class Optimizer(OptimizerState):
    """The base of optimizers.

    A subclass says which slots a variable has and what one step makes of it:

    - `slots(variable)`: the names of its slots, each with the value to start from,
    - `step_values(rate, step)`: what all variables of one dtype share in a step, computed once,
    - `update(gradient, variable, values, *slots)`: the variable's new value and those of its slots.

    All three are pure: the base reads the variables, calls, and writes. It also clips, decays
    weights, averages, accumulates, schedules the learning rate and counts the steps. Slots are
    created when a variable is first met, so one optimizer may train any variables at any time.
    A class written for Keras 3, with `build(variables)` and `update_step(gradient, variable,
    learning_rate)`, works as well.

    Args:
      learning_rate: a number, a variable, a `LearningRateSchedule`, or a function without
        arguments.
      weight_decay: each step first makes variables smaller by `weight_decay * learning_rate` of
        themselves.
      clipnorm: scales each gradient down to this norm.
      clipvalue: keeps each element of gradients between `-clipvalue` and `clipvalue`.
      global_clipnorm: scales all gradients together down to this norm.
      use_ema: keeps moving averages of the variables, for `finalize_variable_values`.
      ema_momentum: how much of the old average stays in each step.
      ema_overwrite_frequency: after so many steps, each time, variables become their averages.
      loss_scale_factor: `scale_loss` multiplies by it, and gradients are divided by it.
      gradient_accumulation_steps: update only each time after so many steps, with the mean
        gradient.
      name: a name; made from the class when None.
      decay: Keras 2's time decay: the learning rate is divided by `1 + decay * iterations`.
        `lr`, Keras 2's name of `learning_rate`, is taken as well.

    Raises:
      ValueError: an unknown or impossible argument; the message says which.

    Example:
    >>> class SignSGD(tf.keras.optimizers.Optimizer):
    ...     def update(self, gradient, variable, rate):
    ...         return (variable - rate * tf.sign(gradient),)
    >>> v = tf.Variable([1.0, 2.0])
    >>> _ = SignSGD(0.5).apply_gradients([(tf.constant([3.0, -0.1]), v)])
    >>> v.numpy()
    array([0.5, 2.5], dtype=float32)
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.__signature__ = inspect.Signature(list(parameters(cls).values()))
        cls._adopt(cls)

    _adopt = staticmethod(lambda cls: None)  # older.py: of classes written for Keras 2
    _step_takes_rate = True
    _sums_rows = LEGACY  # whether a row that a gradient names several times has one gradient

    def __init__(
        self,
        learning_rate=0.01,
        *,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **kwargs,
    ):
        learning_rate = kwargs.pop("lr", learning_rate)
        self.decay = kwargs.pop("decay", None) or 0.0
        for other in ("jit_compile", "is_legacy_optimizer"):  # of Keras 2: they change no result
            kwargs.pop(other, None)
        if kwargs:
            raise ValueError(
                f"Argument(s) not recognized: {kwargs}. {type(self).__name__} takes "
                f"{[*parameters(type(self))]}."
            )
        self.name = name or registry.auto_name(type(self).__name__)
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema = use_ema
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._check_arguments()
        self.built = False
        self._path = self.name
        self._variables = []
        self._trainable_variables = []
        self._indices = {}  # id of a variable -> its place in the three lists
        self._slots, self._averages, self._accumulators = [], [], []
        self._shared = []
        self._excluded, self._excluded_names = set(), None
        self._iterations = self.add_variable((), dtype="int64", name="iteration")
        self._learning_rate = None
        self._set_learning_rate(learning_rate)

    def _check_arguments(self):
        steps = self.gradient_accumulation_steps
        if steps and steps < 2:
            raise ValueError(
                "`gradient_accumulation_steps` must be an integer >= 2. Received: "
                f"gradient_accumulation_steps={steps}"
            )
        if self.use_ema and not 0 <= self.ema_momentum <= 1:
            raise ValueError(
                "`ema_momentum` must be in the range [0, 1]. "
                f"Received: ema_momentum={self.ema_momentum}"
            )
        frequency = self.ema_overwrite_frequency
        if self.use_ema and frequency and (not isinstance(frequency, int) or frequency < 1):
            raise ValueError(
                "`ema_overwrite_frequency` must be an integer >= 1 or None. Received: "
                f"ema_overwrite_frequency={frequency}"
            )
        clips = (self.clipnorm, self.clipvalue, self.global_clipnorm)
        if sum(clip is not None for clip in clips) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                f"clipnorm={self.clipnorm}, clipvalue={self.clipvalue}, "
                f"global_clipnorm={self.global_clipnorm}"
            )

    # -- the update rule, written by subclasses ----------------------------------------------------

    def step_values(self, rate, step, *shared):
        """What the updates of one step have in common, for one dtype; by default the rate.

        Args:
          rate: the learning rate, as a scalar tensor.
          step: the number of this step, from 1 on, as a scalar tensor of the same dtype.
          shared: the values of the `shared_slots`.
        """
        return rate

    def update_shared(self, step, *shared):
        """The new values of the `shared_slots`; called before `step_values`."""
        return shared

    def update(self, gradient, variable, values, *slots):
        """The new value of a variable and of its slots, as a tuple; all are tensors.

        Args:
          gradient: the gradient.
          variable: the variable's value.
          values: what `step_values` returned.
          slots: the slots' values, in the order of `slots`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no update(gradient, variable, values, *slots): write it."
        )

    def update_step(self, gradient, variable, learning_rate):
        """One step of one variable, without clipping and decay; Keras 3's place for the rule."""
        values = self._step_values(variable.dtype, learning_rate, self._shared)
        self._update_variable(gradient, variable, values, None)

    # -- applying gradients ------------------------------------------------------------------------

    def apply_gradients(
        self,
        grads_and_vars,
        name=None,
        skip_gradients_aggregation=False,
        experimental_aggregate_gradients=True,
    ):
        """Updates variables by their gradients.

        Args:
          grads_and_vars: pairs (gradient, variable).
          name: unused by eager execution, as in TensorFlow.
          skip_gradients_aggregation: whether the gradients are summed over a strategy's replicas
            already, which otherwise happens here; Keras 2's, as is its opposite,
            `experimental_aggregate_gradients`.

        Returns:
          The variable that counts the iterations.

        Raises:
          ValueError: no variable has a gradient; the message says why for each.

        Example:
        >>> v = tf.Variable(1.0)
        >>> optimizer = tf.keras.optimizers.SGD(0.1)
        >>> _ = optimizer.apply_gradients([(tf.constant(2.0), v)])
        >>> v.numpy(), optimizer.iterations.numpy()
        (np.float32(0.8), np.int64(1))
        """
        pairs = list(grads_and_vars)
        sums = not skip_gradients_aggregation and experimental_aggregate_gradients
        self._aggregate([g for g, _ in pairs], [v for _, v in pairs], sums)
        return self._iterations

    def apply(self, grads, trainable_variables=None):
        """Updates `trainable_variables`, by default those the optimizer was built on.

        In a function that a strategy's replicas run, the gradients are first clipped, as Keras
        does, then summed over the replicas.
        """
        self._aggregate(list(grads), trainable_variables, True)

    def _aggregate(self, grads, variables, sums):
        """Updates variables by gradients, or by their sums over the replicas of a strategy."""
        if context.strategy is not None and replicas_in_sync() > 1:
            if context.replica is None:
                raise ValueError(
                    "`apply` and `apply_gradients` must be called in a replica context: in the "
                    "function that you give to strategy.run."
                )
            trained = self._trainable_variables if variables is None else list(variables)
            if self._clips():
                grads = self._clip_on_replica(grads, trained)
            context.replica.merge_call(self._apply_merged, (grads, variables, sums))
        else:
            self._apply_here(grads, variables)

    def _clips(self):
        return self.clipnorm or self.global_clipnorm or self.clipvalue

    def _clip_on_replica(self, gradients, variables, scale=None):
        """Clips a replica's gradients, which Keras does before they are summed.

        Args:
          gradients: of the variables; None for some.
          scale: what the gradients were multiplied by; `loss_scale_factor` by default.
        """
        scale = self.loss_scale_factor if scale is None else scale
        rows = [as_rows(g) for g in gradients if g is not None]
        if scale is not None:
            rows = [g / ops.cast(scale, g.dtype) for g in rows]
        clipped = self._clip_gradients(rows)
        if scale is not None:
            clipped = [g * ops.cast(scale, g.dtype) for g in clipped]
        clipped = iter(clipped)
        return [None if g is None else next(clipped) for g in gradients]

    def _apply_merged(self, strategy, gradients, variables, sums):
        """Updates variables once for all replicas."""
        each = [select(r, gradients) for r in range(strategy._local_replicas)]
        parts = list(zip(*each))
        joined = [p[0] for p in parts]
        if sums:
            there = [i for i, p in enumerate(parts) if p[0] is not None]
            for i, total in zip(there, strategy._all_reduce_many(_SUM, [parts[i] for i in there])):
                joined[i] = total
        self._apply_here(joined, variables)

    def _apply_here(self, grads, trainable_variables):
        gradients = [as_rows(g, self._sums_rows) for g in grads]
        if not gradients:
            return
        if trainable_variables is None:
            if not self.built:
                raise ValueError(
                    "When passing `grads` without `variables`, the optimizer must already be built "
                    "on a list of variables. Call `optimizer.build(trainable_variables)` first."
                )
            variables = self._trainable_variables
        else:
            variables = list(trainable_variables)
            self._know(variables)
        if len(gradients) != len(variables):
            raise ValueError(
                f"[{type(self).__name__}] {len(gradients)} gradients do not go with "
                f"{len(variables)} variables: pass one gradient, or None, for each."
            )
        self._apply(*without_none(gradients, variables), None)

    def _know(self, variables):
        """Builds on the variables that were not met before."""
        indices = self._indices
        unknown = [v for v in variables if id(v) not in indices]
        if not unknown:
            return
        if not self.built or type(self).build is OptimizerState.build:
            with init_scope():  # what a trace meets for the first time lives on outside of it
                self.build(variables)
            self.built = True
        unknown = [v for v in variables if id(v) not in indices]
        if unknown:
            raise ValueError(
                f"Unknown variable: {unknown[0]}. {type(self).__name__} has a `build` of its own, "
                "and it was called before for other variables: recreate the optimizer, or leave "
                "`build` to the base and declare `slots`."
            )

    def _apply(self, gradients, variables, when):
        """One step; `when`, a boolean tensor or None for always, is whether it shall count."""
        gradients, variables = self._overwrite(gradients, variables, when)
        if self.loss_scale_factor is not None:
            gradients = [g / self.loss_scale_factor for g in gradients]
        do_update = when
        if self.gradient_accumulation_steps:
            gradients, do_update = self._accumulate(gradients, variables, when)
        if replicas_in_sync() == 1:  # else each has clipped its own
            gradients = self._clip_gradients(gradients)
        self._update(gradients, variables, do_update)
        if self.use_ema:
            self._average(when)
        for variable in variables:
            if variable.constraint is not None:
                _write(variable, variable.constraint(variable), when)
        if when is None:
            self._iterations.assign_add(_ONE)
        else:
            _write(self._iterations, self._iterations + _ONE, when)

    def _overwrite(self, gradients, variables, when):
        """Makes gradients the values of variables that ask for it; returns the other pairs."""
        others = []
        for gradient, variable in zip(gradients, variables):
            if not getattr(variable, "overwrite_with_gradient", False):
                others.append((gradient, variable))
            elif self.gradient_accumulation_steps:  # the largest of the accumulated ones
                accumulator = self._accumulators[self._indices[id(variable)]]
                largest, last = ops.maximum(gradient, accumulator), self._is_last_accumulated()
                kept = ops.where(last, ops.zeros_like(largest), largest)
                _write(variable, ops.where(last, largest, convert_to_tensor(variable)), when)
                _write(accumulator, kept, when)
            else:
                _write(variable, gradient, when)
        return [g for g, _ in others], [v for _, v in others]

    def _is_last_accumulated(self):
        steps = self.gradient_accumulation_steps
        return ops.equal(ops.floormod(self._iterations + _ONE, steps), 0)

    def _accumulate(self, gradients, variables, when):
        steps, last, means = self.gradient_accumulation_steps, self._is_last_accumulated(), []
        for gradient, variable in zip(gradients, variables):
            accumulator = self._accumulators[self._indices[id(variable)]]
            total = gradient + accumulator
            _write(accumulator, ops.where(last, ops.zeros_like(total), total), when)
            means.append(total / steps)
        return means, last if when is None else ops.logical_and(last, when)

    def _clip_gradients(self, gradients):
        if (self.clipnorm or 0) > 0:  # a negative one is none
            return [ops.clip_by_norm(g, self.clipnorm) for g in gradients]
        if (self.global_clipnorm or 0) > 0:
            return ops.clip_by_global_norm(gradients, self.global_clipnorm)[0]
        if (self.clipvalue or 0) > 0:
            return [ops.clip_by_value(g, -self.clipvalue, self.clipvalue) for g in gradients]
        return gradients

    def _update(self, gradients, variables, when):
        rate = convert_to_tensor(self._decayed_learning_rate())
        if type(self).update_step is not Optimizer.update_step:
            self._update_by_step(gradients, variables, rate, when)
            return
        shared = self._shared
        if shared:
            step = cast(self.iterations + _ONE, shared[0].dtype)
            shared = self.update_shared(step, *[convert_to_tensor(s) for s in shared])
            for variable, value in zip(self._shared, shared):
                _write(variable, value, when)
        by_dtype = {}
        for gradient, variable in zip(gradients, variables):
            dtype = variable.dtype
            if dtype not in by_dtype:
                by_dtype[dtype] = self._step_values(dtype, rate, shared)
            self._update_variable(gradient, variable, by_dtype[dtype], when, rate)

    def _step_values(self, dtype, rate, shared):
        return self.step_values(
            cast(rate, dtype),
            cast(self.iterations + _ONE, dtype),
            *[cast(s, dtype) for s in shared],
        )

    def _update_variable(self, gradient, variable, values, when, decay_rate=None):
        slots = self._slots[self._indices[id(variable)]]
        value = convert_to_tensor(variable)
        if decay_rate is not None:
            value = self._decay(value, variable, decay_rate)
        states = [convert_to_tensor(slot) for slot in slots]
        new, *states = self.update(ops.cast(gradient, value.dtype), value, values, *states)
        _write(variable, new, when)
        for slot, state in zip(slots, states, strict=True):
            _write(slot, state, when)

    def _decay(self, value, variable, rate):
        decay = self._weight_decay_of(variable)
        if decay is None or not self._use_weight_decay(variable):
            return value
        return value - value * decay * cast(rate, value.dtype)

    def _weight_decay_of(self, variable):
        return self.weight_decay

    def _update_by_step(self, gradients, variables, rate, when):
        """The step of a class that writes `update_step`, and so assigns by itself."""
        if when is not None and not when:  # within a trace this makes the function run eagerly
            return
        for variable in variables:
            value = convert_to_tensor(variable)
            decayed = self._decay(value, variable, rate)
            if decayed is not value:
                variable.assign(decayed)
        for gradient, variable in zip(gradients, variables):
            self.update_step(gradient, variable, *([rate] if self._step_takes_rate else ()))

    def assign(self, variable, value):
        """Assigns `value`, cast to the variable's dtype."""
        variable.assign(ops.cast(value, variable.dtype))

    def assign_add(self, variable, value):
        """Adds `value`, cast to the variable's dtype."""
        value = ops.cast(value, variable.dtype)
        (variable.scatter_add if isinstance(value, Rows) else variable.assign_add)(value)

    def assign_sub(self, variable, value):
        """Subtracts `value`, cast to the variable's dtype."""
        value = ops.cast(value, variable.dtype)
        (variable.scatter_sub if isinstance(value, Rows) else variable.assign_sub)(value)

    def stateless_apply(self, optimizer_variables, grads, trainable_variables):
        """`apply` on values instead of variables.

        Args:
          optimizer_variables: values for `self.variables`, in order.
          grads: the gradients.
          trainable_variables: values for the variables the optimizer was built on.

        Returns:
          The new values of the trainable and of the optimizer's variables; both stay as they were.
        """
        if not self.built:
            raise ValueError(
                f"To call `stateless_apply`, {type(self).__name__} must be built: call "
                "`optimizer.build(trainable_variables)`."
            )
        own, trained = self.variables, self._trainable_variables
        given = [*trainable_variables, *optimizer_variables]
        if len(trainable_variables) != len(trained) or len(optimizer_variables) != len(own):
            raise ValueError(
                f"[{type(self).__name__}.stateless_apply] expected {len(trained)} trainable and "
                f"{len(own)} optimizer values, received {len(trainable_variables)} and "
                f"{len(optimizer_variables)}."
            )
        _, after = with_values([*trained, *own], given, lambda: self.apply(grads, trained))
        return after[: len(trained)], after[len(trained) :]

    # -- weight decay, averages, loss scale --------------------------------------------------------

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Frees variables from weight decay: those listed, and those whose name contains one.

        Example:
        >>> v = tf.Variable(1.0, name="bias")
        >>> optimizer = tf.keras.optimizers.AdamW(weight_decay=0.5)
        >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
        >>> _ = optimizer.apply_gradients([(tf.constant(0.0), v)])
        >>> v.numpy()
        np.float32(1.0)
        """
        self._excluded = {v.ref() for v in var_list or ()}
        self._excluded_names = re.compile("|".join(var_names)) if var_names else None

    def _use_weight_decay(self, variable):
        if self._excluded and variable.ref() in self._excluded:
            return False
        return not (self._excluded_names and self._excluded_names.search(variable.name))

    def _average(self, when):
        first = ops.equal(self.iterations, 0)
        for variable, average in zip(self._trainable_variables, self._averages):
            keep = ops.where(first, 0.0, self.ema_momentum)
            keep = ops.cast(keep, variable.dtype)
            _write(average, keep * average + (1.0 - keep) * variable, when)
        if self.ema_overwrite_frequency:
            due = ops.equal(ops.floormod(self.iterations + _ONE, self.ema_overwrite_frequency), 0)
            if when is not None:
                due = ops.logical_and(due, when)
            for variable, average in zip(self._trainable_variables, self._averages):
                _write(variable, convert_to_tensor(average), due)

    def swap_averages(self):
        """Lets variables and their moving averages change places; needs `use_ema`."""
        for variable, average in zip(self._trainable_variables, self._averages):
            value = variable._read()
            variable.assign(average)
            average.assign(value)

    def finalize_variable_values(self, var_list):
        """With `use_ema`, gives the variables their averages; called at the end of training."""
        if self.use_ema:
            self._know(var_list)
            for variable in var_list:
                variable.assign(convert_to_tensor(self._averages[self._indices[id(variable)]]))

    def scale_loss(self, loss):
        """The loss, multiplied by `loss_scale_factor`; take the gradient of the result."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # -- Keras 2's way -----------------------------------------------------------------------------

    def compute_gradients(self, loss, var_list, tape=None):
        """Pairs (gradient, variable) of a loss, scaled as `apply_gradients` expects.

        Args:
          loss: a function without arguments, or a tensor that `tape` recorded.
          var_list: the variables, or a function that returns them once the loss was computed.
          tape: the tape that recorded the loss; needed for a tensor.

        Raises:
          ValueError: the loss is a tensor and there is no tape.
        """
        if not callable(loss) and tape is None:
            raise ValueError(
                "`tape` is required when a `Tensor` loss is passed: pass the loss as a function "
                "without arguments, or the GradientTape it was computed under."
            )
        if callable(loss):
            tape = tape or GradientTape()
            with tape:
                loss = loss()
        variables = list(var_list() if callable(var_list) else var_list)
        scale = self.scale_loss(ops.ones_like(loss))
        return list(zip(tape.gradient(loss, variables, output_gradients=scale), variables))

    def minimize(self, loss, var_list, tape=None):
        """One step down the gradient of a loss; `compute_gradients`, then `apply_gradients`.

        Example:
        >>> v = tf.Variable(3.0)
        >>> optimizer = tf.keras.optimizers.SGD(0.25)
        >>> for _ in range(10):
        ...     _ = optimizer.minimize(lambda: (v - 1.0) ** 2, [v])
        >>> v.numpy().round(2)
        np.float32(1.0)
        """
        return self.apply_gradients(self.compute_gradients(loss, var_list, tape))


def _write(variable, value, when):
    variable.assign(value if when is None else ops.where(when, value, variable))


def without_none(gradients, variables):
    """Gradients and variables without the pairs that have none; warns or raises about those."""
    missing = [v for g, v in zip(gradients, variables) if g is None]
    if not missing:
        return gradients, variables
    reasons = "".join(
        f"\n  {v.path or v.name}: {why_none(v) or 'the loss does not depend on it.'}"
        for v in missing
    )
    if len(missing) == len(variables):
        raise ValueError(f"No gradients provided for any variable.{reasons}")
    warnings.warn(
        f"Gradients do not exist for variables {[v.path or v.name for v in missing]} when "
        "minimizing the loss. If using `model.compile()`, did you forget to provide a `loss` "
        f"argument?{reasons}",
        stacklevel=4,
    )
    kept = [(g, v) for g, v in zip(gradients, variables) if g is not None]
    return [g for g, _ in kept], [v for _, v in kept]


def cast(x, dtype):
    """A number, tensor or variable as a tensor of that DType; quick where it is one."""
    x = convert_to_tensor(x)
    return x if x.dtype is dtype else ops.cast(x, dtype)


@lru_cache(maxsize=256)
def constant(value, dtype):
    """A Python number as a tensor; the same tensor each time."""
    return convert_to_tensor(value, dtype)


def epsilon_or_default(epsilon):
    """`epsilon`; Keras 2 let None stand for 1e-7."""
    return 1e-7 if epsilon is None else epsilon
