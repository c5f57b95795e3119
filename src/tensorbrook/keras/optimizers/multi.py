"""MultiOptimizer: several optimizers, each for the variables it fits."""

import re
from collections.abc import MutableMapping

from .. import registry
from .base import Optimizer
from .loss_scale import LossScaleOptimizer
from .state import Variables


class OptimizerMap(registry.Configurable, MutableMapping):
    """A dict from variables' paths, or regular expressions of them, to optimizers.

    Args:
      default_optimizer: for paths that match no key.
      optimizer_map: a dict to start from.

    Raises:
      TypeError: the default is no optimizer, or the map no dict.

    Example:
    >>> adam, sgd = tf.keras.optimizers.Adam(), tf.keras.optimizers.SGD()
    >>> optimizers = tf.keras.optimizers.OptimizerMap(adam, {".*bias": sgd})
    >>> optimizers["dense/bias"] is sgd, optimizers["dense/kernel"] is adam
    (True, True)
    """

    def __init__(self, default_optimizer, optimizer_map=None):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                "default_optimizer must be a Keras Optimizer instance. "
                f"Received: {default_optimizer}"
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(f"optimizer_map must be a dictionary. Received: {optimizer_map}")
        self.default_optimizer = default_optimizer
        self._map = optimizer_map or {}

    def __getitem__(self, key):
        if key in self._map:
            return self._map[key]
        matching = [pattern for pattern in self._map if re.fullmatch(pattern, key)]
        if len(matching) > 1:
            raise ValueError(f"Multiple optimizers assigned to variable {key}: {matching}.")
        return self._map[matching[0]] if matching else self.default_optimizer

    def __setitem__(self, key, optimizer):
        if key in self._map:
            raise ValueError(
                f"'{key}' already exists in the OptimizerMap with value {self._map[key]}. Please "
                "make sure to not use duplicated keys."
            )
        if not isinstance(key, str):
            raise ValueError(f"key must be a string. Received: {key}")
        _check_inner(optimizer)
        self._map[key] = optimizer

    def __delitem__(self, key):
        del self._map[key]

    def __len__(self):
        return len(self._map)

    def __iter__(self):
        return iter(self._map)

    def __call__(self, variable):
        return self[variable.path or variable.name]

    def get_config(self):
        """The configurations of all optimizers."""
        return {
            "default_optimizer": registry.serialize(self.default_optimizer),
            "optimizer_map": {key: registry.serialize(o) for key, o in self._map.items()},
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A map made of what `get_config` returned."""
        default = registry.deserialize(config["default_optimizer"], custom_objects=custom_objects)
        optimizers = {
            key: registry.deserialize(o, custom_objects=custom_objects)
            for key, o in config["optimizer_map"].items()
        }
        return cls(default, optimizers)


def _check_inner(optimizer):
    if not isinstance(optimizer, Optimizer):
        raise ValueError(f"optimizer must be a Keras Optimizer instance. Received: {optimizer}")
    if isinstance(optimizer, (LossScaleOptimizer, MultiOptimizer)):
        raise ValueError(
            f"MultiOptimizer's optimizer cannot be {type(optimizer).__name__}. Pass the optimizers "
            "that it is made of."
        )


class MultiOptimizer(Optimizer):
    """Updates each variable with the optimizer that a map gives for it.

    Args:
      optimizer_map: an `OptimizerMap`, or a function from a variable to an optimizer.
      loss_scale_factor: as in `Optimizer`, for all optimizers.
      name: a name.

    Example:
    >>> weight, bias = tf.Variable(1.0, name="weight"), tf.Variable(1.0, name="bias")
    >>> sgd, adam = tf.keras.optimizers.SGD(0.5), tf.keras.optimizers.Adam(0.1)
    >>> optimizer = tf.keras.optimizers.MultiOptimizer(
    ...     lambda variable: sgd if "bias" in variable.name else adam
    ... )
    >>> one = tf.constant(1.0)
    >>> _ = optimizer.apply_gradients([(one, weight), (one, bias)])
    >>> weight.numpy().round(4), bias.numpy()
    (np.float32(0.9), np.float32(0.5))
    """

    def __init__(self, optimizer_map, loss_scale_factor=None, name=None):
        self._inner = []
        self._chosen = []  # the optimizer of each variable
        super().__init__(0.0, loss_scale_factor=loss_scale_factor, name=name)
        self.optimizer_map = optimizer_map
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._include(optimizer)

    def _include(self, optimizer):
        _check_inner(optimizer)
        if not any(optimizer is known for known in self._inner):
            optimizer.loss_scale_factor = self.loss_scale_factor
            self._inner.append(optimizer)

    def build(self, variables):
        """Gives each variable to its optimizer, and builds those."""
        for variable in variables:
            if id(variable) not in self._indices:
                optimizer = self.optimizer_map(variable)
                self._include(optimizer)
                self._chosen.append(optimizer)
                self._indices[id(variable)] = len(self._trainable_variables)
                self._trainable_variables.append(variable)
        for optimizer, own in self._parts(variables):
            optimizer._know(own)
        self.built = True

    def _know(self, variables):
        self.build(variables)

    def _parts(self, variables):
        """Pairs of an optimizer and those of `variables` that it updates."""
        chosen = [self._chosen[self._indices[id(v)]] for v in variables]
        parts = [(o, [v for v, c in zip(variables, chosen) if c is o]) for o in self._inner]
        return [(optimizer, own) for optimizer, own in parts if own]

    def _clips(self):
        return any(optimizer._clips() for optimizer in self._inner)

    def _clip_on_replica(self, gradients, variables, scale=None):
        self._know(variables)
        found = {id(v): g for g, v in zip(gradients, variables)}
        for optimizer, own in self._parts(variables):
            if optimizer._clips():
                clipped = optimizer._clip_on_replica([found[id(v)] for v in own], own)
                found.update(zip(map(id, own), clipped))
        return [found[id(v)] for v in variables]

    def _apply(self, gradients, variables, when):
        by_variable = {id(v): g for g, v in zip(gradients, variables)}
        for optimizer, own in self._parts(variables):
            optimizer._apply([by_variable[id(v)] for v in own], own, when)
        self._iterations.assign_add(1)

    @property
    def optimizers(self):
        """The optimizers."""
        return self._inner

    @property
    def variables(self):
        """The variables of all optimizers, after its own."""
        inner = [v for optimizer in self._inner for v in optimizer.variables]
        return Variables(self._variables + inner)

    @property
    def learning_rate(self):
        """There is none: ask one of the `optimizers`."""
        raise AttributeError(
            "Learning rate cannot be accessed or set on a MultiOptimizer. Use the learning rate of "
            "the individual `optimizers` instead."
        )

    @learning_rate.setter
    def learning_rate(self, value):
        raise AttributeError(
            "Learning rate cannot be accessed or set on a MultiOptimizer. Use the learning rate of "
            "the individual `optimizers` instead."
        )

    lr = learning_rate

    @property
    def loss_scale_factor(self):
        """The factor of all optimizers; settable."""
        return self._loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, value):
        self._loss_scale_factor = value
        for optimizer in self._inner:
            optimizer.loss_scale_factor = value

    def finalize_variable_values(self, var_list):
        """Gives the variables of those optimizers that keep averages their averages."""
        for optimizer, own in self._parts(var_list):
            optimizer.finalize_variable_values(own)

    def get_config(self):
        """The arguments, with the map's configuration."""
        return {
            "optimizer_map": registry.serialize(self.optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer made of what `get_config` returned."""
        config = dict(config)
        config["optimizer_map"] = registry.deserialize(
            config["optimizer_map"], custom_objects=custom_objects
        )
        return cls(**config)
