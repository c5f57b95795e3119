"""The bases that optimizers for Keras 2 were written over: until 2.10, and from 2.11 to 2.15."""

import inspect

from ... import ops
from ...core.tensor import convert_to_tensor
from ...ops.indexed_slices import IndexedSlices
from .base import Optimizer
from .rows import as_rows, summed
from .state import parameters


class _Steps:
    """What a subclass of an optimizer that writes `_resource_apply_dense` calls and is called by;
    `super()._resource_apply_dense` is the optimizer's own rule.
    """

    _use_locking = True

    # -- numbers of the rule -----------------------------------------------------------------------

    def _set_hyper(self, name, value):
        """Keeps a number of the rule, a schedule or a function without arguments, by name."""
        if name == "learning_rate":
            self._set_learning_rate(value)
        elif name == "decay":
            self.decay = value
        else:
            self.__dict__.setdefault("_hyper", {})[name] = value

    def _get_hyper(self, name, dtype=None):
        hyper = self.__dict__.get("_hyper", ())
        value = self._call_if_callable(hyper[name] if name in hyper else getattr(self, name))
        return value if dtype is None else ops.cast(value, dtype)

    def __getattr__(self, name):
        if name != "_hyper" and name in self.__dict__.get("_hyper", ()):
            return self._get_hyper(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name, value):
        if name in self.__dict__.get("_hyper", ()):
            self._hyper[name] = value
        else:
            super().__setattr__(name, value)

    def _serialize_hyperparameter(self, name):
        if name == "learning_rate":
            return self._learning_rate_config()
        value = self._get_hyper(name)
        return value.numpy().item() if hasattr(value, "numpy") else value

    # -- the step ----------------------------------------------------------------------------------

    def _prepare(self, var_list):
        keys = dict.fromkeys((v.device, v.dtype.base_dtype) for v in var_list)
        return {key: self._fallback_apply_state(*key) for key in keys}

    def _prepare_local(self, var_device, var_dtype, apply_state):
        """Puts what a step shares for one device and dtype into apply_state[device, dtype]."""
        apply_state[var_device, var_dtype]["lr_t"] = self._decayed_lr(var_dtype)

    def _fallback_apply_state(self, var_device, var_dtype):
        state = {(var_device, var_dtype): {}}
        self._prepare_local(var_device, var_dtype, state)
        return state[var_device, var_dtype]

    def _update(self, gradients, variables, when):
        if when is not None and not when:  # within a trace this makes the function run eagerly
            return
        state = self._prepare(variables)
        for gradient, variable in zip(gradients, variables):
            sparse = isinstance(gradient, IndexedSlices)
            rule = self._resource_apply_sparse if sparse else self._resource_apply_dense
            given = (gradient, variable)
            if sparse:
                once = summed(gradient)
                given = (once.values, variable, once.indices)
            takes = "apply_state" in inspect.signature(rule).parameters
            rule(*given, **({"apply_state": state} if takes else {}))

    def _resource_apply_dense(self, grad, var, apply_state=None):
        if self._shared or type(self).update is Optimizer.update:
            raise NotImplementedError(
                f"{type(self).__name__} has no rule to go on with: write _resource_apply_dense "
                "without super()'s, and _resource_apply_sparse for gradients of embeddings."
            )
        self.update_step(grad, var, convert_to_tensor(self._decayed_learning_rate()))

    def _resource_apply_sparse(self, grad, var, indices, apply_state=None):
        grad = as_rows(IndexedSlices(grad, indices, ops.shape(var)))
        _Steps._resource_apply_dense(self, grad, var)

    def _resource_scatter_add(self, x, i, v):
        return x.scatter_add(IndexedSlices(v, i))

    def _resource_scatter_update(self, x, i, v):
        return x.scatter_update(IndexedSlices(v, i))

    def _call_if_callable(self, param):
        return param() if callable(param) else param

    # -- slots -------------------------------------------------------------------------------------

    def _create_slots(self, var_list):
        """Calls `add_slot` for each slot that a variable is to have."""

    def _make_slots(self, variables):
        made = super()._make_slots(variables)
        self._create_slots(variables)
        return made

    def _create_all_weights(self, var_list):
        self._know(list(var_list))

    def _create_hypers(self):
        """Numbers are there once they were set."""


class OptimizerV2(_Steps, Optimizer):
    """The base of optimizers with a `_resource_apply_dense`; a subclass of `Optimizer` that has one
    becomes one of it.

    Args:
      name: a name.
      kwargs: `clipnorm`, `clipvalue`, `global_clipnorm`, `decay`; `lr` and `learning_rate` are left
        to the subclass, which sets them with `_set_hyper`.

    Example:
    >>> class Momentum(tf.keras.optimizers.Optimizer):
    ...     def __init__(self, learning_rate=0.1, momentum=0.5, name="Momentum", **kwargs):
    ...         super().__init__(name, **kwargs)
    ...         self._set_hyper("learning_rate", learning_rate)
    ...         self._set_hyper("momentum", momentum)
    ...     def _create_slots(self, var_list):
    ...         for var in var_list:
    ...             self.add_slot(var, "speed")
    ...     def _resource_apply_dense(self, grad, var, apply_state=None):
    ...         speed = self.get_slot(var, "speed")
    ...         speed.assign(speed * self._get_hyper("momentum", var.dtype) + grad)
    ...         return var.assign_sub(self._decayed_lr(var.dtype) * speed)
    >>> v = tf.Variable([1.0])
    >>> for _ in range(2):
    ...     _ = Momentum().apply_gradients([(tf.constant([2.0]), v)])
    >>> v.numpy()
    array([0.6], dtype=float32)
    """

    def __init__(self, name=None, **kwargs):
        self._hyper = {}
        self._initial_decay = kwargs.get("decay") or 0.0
        kwargs = {k: v for k, v in kwargs.items() if k not in ("lr", "learning_rate")}
        Optimizer.__init__(self, name=name, **kwargs)
        self._name = self.name

    def get_config(self):
        """The name, and the limits of gradients that were given."""
        clips = ("clipnorm", "clipvalue", "global_clipnorm")
        given = {k: getattr(self, k) for k in clips if getattr(self, k) is not None}
        return {"name": self.name, **given}


class _TwoArgumentStep:
    """What subclasses of Keras 2.11 to 2.15 call, which write `update_step(gradient, variable)`."""

    _step_takes_rate = False
    _index_dict = property(lambda self: self._indices)
    _var_key = staticmethod(id)

    def __init__(self, name=None, *, jit_compile=None, **kwargs):
        super().__init__(name=name, **kwargs)

    def _build_learning_rate(self, learning_rate):
        self._set_learning_rate(learning_rate)
        return self._learning_rate

    def _serialize_hyperparameter(self, value):
        if value is self._learning_rate:
            return self._learning_rate_config()
        return value.numpy().item() if hasattr(value, "numpy") else value

    def add_variable_from_reference(
        self,
        model_variable,
        variable_name=None,
        initializer="zeros",
        shape=None,
        initial_value=None,
    ):
        """A variable like another: zeros, or of an initial value; of its shape, or of `shape`."""
        if initial_value is not None:
            initializer, shape = (lambda *_, **__: initial_value), initial_value.shape
        if shape is None:
            return super().add_variable_from_reference(model_variable, variable_name, initializer)
        return self.add_variable(shape, initializer, model_variable.dtype, name=variable_name)


def adopt(cls):
    """Gives a subclass of Optimizer that writes Keras 2's rule what that needs."""
    rule = vars(cls).get("update_step")
    if rule and len(inspect.signature(rule).parameters) == 3 and Optimizer in cls.__bases__:
        cls.__bases__ = (_TwoArgumentStep, *cls.__bases__)
        cls.__signature__ = inspect.Signature(list(parameters(cls).values()))
    if "_resource_apply_dense" in vars(cls) and not issubclass(cls, _Steps):
        bases = [OptimizerV2 if base is Optimizer else base for base in cls.__bases__]
        cls.__bases__ = tuple(bases if OptimizerV2 in bases else [_Steps, *bases])
        cls.__signature__ = inspect.Signature(list(parameters(cls).values()))


Optimizer._adopt = staticmethod(adopt)
