"""OptimizerState: what an optimizer remembers: variables, slots, learning rate, configuration."""

import inspect
import warnings
from functools import cached_property, partial

import numpy as np

from ... import ops
from ...base.config import settings
from ...base.dtypes import as_dtype
from ...core.tensor import Tensor, convert_to_tensor
from ...core.trackable import AutoTrackable, grown
from ...core.variable import Variable
from .. import initializers, registry
from ..loading import initial
from ..variables import Variable as KerasVariable
from . import schedules

# Attributes that Keras's optimizers call otherwise; None where they have others in their place.
_KERAS_NAMES = {
    "_averages": "_model_variables_moving_average",
    "_accumulators": "_accumulated_gradients",
    "_slots": None,
    "_shared": None,
    "_own_slots": None,
}


# Names of slots in Keras 2's old optimizers: those today.
_OF_ADAM = {"m": ("momentum",), "v": ("velocity", "norm"), "vhat": ("velocity_hat",)}
_OF_OTHERS = {
    "rms": ("velocity",),
    "mg": ("average_gradient",),
    "accum_grad": ("accumulated_grad",),
}
_OF_OTHERS["accum_var"] = ("accumulated_delta_var",)


class Variables(list):
    """The variables of an optimizer. Calling it gives them too, as in Keras 2."""

    def __call__(self):
        return self


class OptimizerState(registry.Configurable, AutoTrackable):
    """The half of `Optimizer` that holds state; the other half, in base.py, updates it."""

    slot_groups = None  # slots that Keras lays out group by group, where it has several groups
    keras_names = {}  # noqa: RUF012  of slots that Keras's optimizer keeps under unusual ones
    shared_slots = {}  # noqa: RUF012  names of scalars of the whole optimizer: initial values

    # -- learning rate and iterations --------------------------------------------------------------

    @property
    def iterations(self):
        """How many updates were made: a variable, or with accumulation a tensor."""
        if self.gradient_accumulation_steps:
            return ops.floordiv(self._iterations, self.gradient_accumulation_steps)
        return self._iterations

    @iterations.setter
    def iterations(self, variable):
        if self.built:
            raise RuntimeError("Set `iterations` to a new Variable before the first step.")
        self._variables = [variable if v is self._iterations else v for v in self._variables]
        self._iterations = variable

    @property
    def learning_rate(self):
        """The learning rate: its variable, or what the schedule gives for this step.

        Settable: to a number, which goes into the variable, or to a schedule or function.

        Raises:
          TypeError: on setting a number when the optimizer follows a schedule.
        """
        rate = self._learning_rate
        if isinstance(rate, schedules.LearningRateSchedule):
            try:
                return rate(self._iterations)
            except (TypeError, ValueError):  # one written for Keras 2, whose steps were floats
                return rate(ops.cast(self._iterations, "float32"))
        return rate() if callable(rate) else rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        self._set_learning_rate(learning_rate)

    lr = learning_rate

    def _set_learning_rate(self, rate):
        old = self._learning_rate
        if callable(rate) or isinstance(rate, Variable):
            if isinstance(old, Variable):
                self._variables = [v for v in self._variables if v is not old]
            self._learning_rate = rate
            if isinstance(rate, Variable):
                self._variables.append(rate)
        elif isinstance(old, Variable):
            old.assign(ops.cast(rate, old.dtype))
        elif old is not None:
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object as its "
                "`learning_rate` constructor argument, hence its learning rate is not settable. If "
                "you need the learning rate to be settable, you should instantiate the optimizer "
                "with a float `learning_rate` argument."
            )
        elif not isinstance(rate, (int, float, np.number, Tensor)) or isinstance(rate, bool):
            raise ValueError(
                "Argument `learning_rate` should be float, or an instance of LearningRateSchedule, "
                "or a callable (that returns the learning rate). Received instead: "
                f"learning_rate={rate!r}"
            )
        else:
            self._learning_rate = self.add_variable(
                (), initializers.Constant(rate), name="learning_rate"
            )

    def _decayed_learning_rate(self):
        rate = self.learning_rate
        if not self.decay:
            return rate
        rate = convert_to_tensor(rate)
        return rate / (1.0 + self.decay * ops.cast(self._iterations, rate.dtype))

    def get_updates(self, *args, **kwargs):
        """Not built, nor `get_gradients`: they belong to graphs of TensorFlow 1."""
        raise NotImplementedError(
            "optimizer.get_updates and get_gradients belong to graphs of TensorFlow 1: in place of "
            "K.function(updates=...) write a tf.function that computes the loss within `with "
            "tf.GradientTape() as tape:`, and calls optimizer.apply_gradients(zip("
            "tape.gradient(loss, params), params))."
        )

    get_gradients = get_updates

    def _decayed_lr(self, var_dtype):
        """The learning rate of this step, in a dtype: Keras 2's name, which metrics call."""
        return ops.cast(self._decayed_learning_rate(), var_dtype)

    # -- variables ---------------------------------------------------------------------------------

    @property
    def variables(self):
        """All variables of the optimizer: the iteration, the learning rate, the slots."""
        return Variables(self._variables)

    @property
    def weights(self):
        """Keras 2's name of `variables`."""
        return self.variables

    def add_variable(
        self, shape, initializer="zeros", dtype=None, aggregation="none", layout=None, name=None
    ):
        """Creates a variable of the optimizer, initialized by an initializer or its name."""
        maker, dtype = initializers.get(initializer), dtype or settings.floatx
        if len(shape):
            value = initial(maker, tuple(shape), dtype, "optimizer")
        else:
            value = maker(shape, dtype=dtype)
        variable = self._add(value, name, aggregation)
        if layout is not None:
            variable._lay_out(layout)
        return variable

    def _add(self, value, name, aggregation="none"):
        name = name or "variable"
        variable = KerasVariable.made(value, False, name, f"{self._path}/{name}", aggregation)
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """Creates a variable of the shape and dtype of `reference_variable`, named after it."""
        return self.add_variable(
            reference_variable.shape,
            initializer,
            reference_variable.dtype,
            layout=_layout_of(reference_variable),
            name=_slot_name(reference_variable, name or "var"),
        )

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """Creates a variable for each trainable one; for several names, a list for each name."""
        names = [name] if isinstance(name, str) else list(name)
        given = list(initializer) if isinstance(initializer, (list, tuple)) else [initializer]
        starts = given * len(names) if len(given) == 1 else given
        lists = [[] for _ in names]
        for variable in trainable_variables:
            for made, slot, start in zip(lists, names, starts, strict=True):
                made.append(self.add_variable_from_reference(variable, slot, start))
        return lists[0] if isinstance(name, str) else tuple(lists)

    def slots(self, variable):
        """The slots of a variable: a dict from names to initial values (numbers or arrays)."""
        return {}

    def build(self, variables):
        """Creates the slots of those `variables` that have none yet."""
        fresh = [v for v in variables if id(v) not in self._indices]
        for variable in fresh:
            self._indices[id(variable)] = len(self._trainable_variables)
            self._trainable_variables.append(variable)
        if self.use_ema:
            self._averages += self.add_optimizer_variables(fresh, "average")
        if self.gradient_accumulation_steps:
            self._accumulators += self.add_optimizer_variables(fresh, "gradient_accumulator")
        self._slots += self._make_slots(fresh)
        if not self._shared:
            dtype = fresh[0].dtype if fresh else settings.floatx
            self._shared = [
                self.add_variable((), initializers.Constant(value), dtype, name=name)
                for name, value in self.shared_slots.items()
            ]
        self.built = True
        grown(self)

    # -- in checkpoints ----------------------------------------------------------------------------

    _track_last = ("_variables",)  # whose order is another in Keras 2: names say more

    def _track_children(self):
        attributes = super()._track_children().items()
        found = {_KERAS_NAMES.get(name, name): value for name, value in attributes}
        found.pop(None, None)
        for slot, variable in zip(self.shared_slots, self._shared):
            found[self._keras_name(slot)] = variable
        for variable, values in zip(self._trainable_variables, self._slots):
            for slot, value in zip(self.slots(variable), values):
                found.setdefault(self._keras_name(slot), []).append(value)
        return found

    def _track_aliases(self):
        # Keras 2's names, and its old ones
        names = {"iter": self._iterations, "learning_rate": self._learning_rate}
        found = {name: v for name, v in names.items() if isinstance(v, Variable)}
        return found | {name.lstrip("_"): v for name, v in self._track_children().items()}

    def _track_slot(self, name, variable):
        """The slot that Keras 2's old optimizers, and TensorFlow 1's, had under a name."""
        place = self._indices.get(id(variable))
        if place is None:
            return None
        slots = dict(zip(self.slots(variable), self._slots[place]))
        wanted = [name, *(_OF_ADAM | _OF_OTHERS).get(name, ())]
        return next((slots[slot] for slot in wanted if slot in slots), None)

    @cached_property
    def _own_slots(self):
        return {}

    def add_slot(self, var, slot_name, initializer="zeros", shape=None) -> Variable:
        """The variable of a slot, which is made where there is none."""
        key = id(var), slot_name
        if key not in self._own_slots:
            self._own_slots[key] = self.add_variable(
                var.shape if shape is None else shape,
                initializer,
                var.dtype,
                name=self.slot_name(var, slot_name),
            )
        return self._own_slots[key]

    def get_slot(self, var, slot_name) -> Variable:
        """The variable that `add_slot` made, or the optimizer's own of that name in Keras 2.

        Raises:
          KeyError: there is none.
        """
        own = self._own_slots.get((id(var), slot_name))
        found = self._track_slot(slot_name, var) if own is None else own
        if found is None:
            raise KeyError(f"{type(self).__name__} has no slot {slot_name!r}: call add_slot.")
        return found

    def get_slot_names(self) -> list:
        """The names of the slots, as Keras 2's older optimizers had them."""
        known = _OF_ADAM if hasattr(self, "beta_1") else _OF_OTHERS
        old = {new: name for name, several in known.items() for new in several}
        names = [old.get(n, n) for v in self._trainable_variables[:1] for n in self.slots(v)]
        return list(dict.fromkeys([*names, *(name for _, name in self._own_slots)]))

    def _keras_name(self, slot):
        """The attribute of Keras's optimizer that lists a slot's variables."""
        several = f"{slot[:-1]}ies" if slot.endswith("y") else f"{slot}s"
        return self.keras_names.get(slot, f"_{several}")

    def _make_slots(self, variables):
        wanted = [self.slots(v) for v in variables]
        created = [{} for _ in variables]
        for group in self.slot_groups or [None]:
            for variable, starts, own in zip(variables, wanted, created):
                for name, start in starts.items():
                    if group is None or name in group:
                        own[name] = self._create_slot(variable, name, start)
        return [tuple(own[name] for name in starts) for own, starts in zip(created, wanted)]

    def _create_slot(self, variable, name, start):
        if isinstance(start, (int, float)):
            start = initial(
                partial(_full, start), tuple(variable.shape), variable.dtype, "optimizer"
            )
        slot, layout = self._add(start, self.slot_name(variable, name)), _layout_of(variable)
        if layout is not None and slot.shape == variable.shape:
            slot._lay_out(layout)
        return slot

    def slot_name(self, variable, slot):
        """The name of a slot's variable."""
        return _slot_name(variable, slot)

    def _get_variable_index(self, variable):
        return self._indices[id(variable)]

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._indices = {id(v): i for i, v in enumerate(self._trainable_variables)}

    # -- state and configuration -------------------------------------------------------------------

    def get_weights(self):
        """The values of all variables, as NumPy arrays."""
        return [v.numpy() for v in self.variables]

    def set_weights(self, weights):
        """Sets all variables from what `get_weights` returned.

        Raises:
          ValueError: the optimizer is not built, or a number or shape does not match.
        """
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. "
                "Please call `optimizer.build(trainable_variables)` to create the optimizer "
                "weights before calling `set_weights()`."
            )
        variables, weights = self.variables, list(weights)
        if len(weights) != len(variables):
            raise ValueError(
                f"Optimizer '{self.name}' has {len(variables)} variables "
                f"({[v.path for v in variables]}), but {len(weights)} weights were given."
            )
        for variable, weight in zip(variables, weights):
            if tuple(variable.shape) != np.shape(weight):
                raise ValueError(
                    f"Optimizer variable {variable.path} has shape {variable.shape} not compatible "
                    f"with provided weight shape {np.shape(weight)}."
                )
            variable.assign(weight)

    def save_own_variables(self, store):
        """Puts the values of all variables into a dict-like store, under "0", "1", ..."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store):
        """Takes the values that `save_own_variables` stored; warns and skips on another number."""
        variables = self.variables
        if len(store.keys()) != len(variables):
            warnings.warn(
                f"Skipping variable loading for optimizer '{self.name}', because it has "
                f"{len(variables)} variables whereas the saved optimizer has {len(store.keys())} "
                "variables." + ("" if self.built else " Build the optimizer before loading."),
                stacklevel=2,
            )
            return
        for i, variable in enumerate(variables):
            variable.assign(store[str(i)])

    def get_config(self):
        """The arguments, with the learning rate as it is now."""
        told = parameters(registry.told_class(type(self)))
        names = [n for n in told if n != "learning_rate" and hasattr(self, n)]
        config = {"name": self.name, "learning_rate": self._learning_rate_config()}
        config |= {n: registry.encode(getattr(self, n)) for n in names}
        return config | ({"decay": self.decay} if self.decay else {})

    def _learning_rate_config(self):
        if isinstance(self._learning_rate, Variable):
            return float(self._learning_rate.numpy())
        return registry.serialize(self._learning_rate)

    @classmethod
    def _further_arguments(cls):
        own = inspect.signature(cls.__init__).parameters
        return [name for name in parameters(cls) if name not in own or own[name].kind == 3]

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer made of what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = schedules.deserialize(config["learning_rate"], custom_objects)
        return cls(**config)


def _full(start, shape, dtype):
    return np.full(shape, start, as_dtype(dtype).as_numpy_dtype)


def parameters(cls):
    """The parameters of a class's constructor and, where it passes `**kwargs` on, its bases'."""
    found = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base is object:
            continue
        own = list(inspect.signature(base.__init__).parameters.values())[1:]
        for p in own:
            if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
                found.setdefault(p.name, p.replace(kind=p.POSITIONAL_OR_KEYWORD))
        if not any(p.kind is p.VAR_KEYWORD for p in own):
            break
    return found


def _layout_of(variable):
    """The TensorLayout of a variable of Keras's; None where it has none."""
    return getattr(variable, "_layout", None)


def _slot_name(variable, name):
    reference = variable.path.replace(":", "_")
    return f"{reference}_{name}".replace("/", "_")
