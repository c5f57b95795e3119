"""What a layer's class declares: weights, arguments of its constructor, a `build` that runs once.

`Layer.__init_subclass__` reads these declarations, so that a subclass repeats none of them.
"""

import inspect
from functools import wraps
from threading import RLock, get_ident

from ...base import nest
from ...base.context import context
from ...base.shapes import TensorShape
from ...core.dispatch import init_scope
from ...core.trackable import grown, restorations
from .. import activations, constraints, initializers, regularizers
from ..registry import can_encode
from .calls import Scope, signature_of

_GET = {
    "activation": activations.get,
    "constraint": constraints.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
}


class Weight:
    """A weight that a class of layers declares; the layer makes it when it is built.

    The constructor's arguments `<attribute>_initializer`, `<attribute>_regularizer` and
    `<attribute>_constraint` apply to it, where the constructor has them.

    Args:
      shape: a function (layer, input_shape) that returns the weight's shape, or None where this
        layer does without the weight: the attribute is None then.
      initializer: how it begins, where the constructor has no argument for it.
      name: its name; the attribute's by default.
      prefix: what the names of the constructor's arguments begin with; the attribute by default.
      axes: a function (layer) that returns the axes along which an initializer that scales by the
        number of inputs and outputs counts these, where the shape alone does not tell.
      arguments: further arguments of `add_weight`, such as `trainable`, `dtype`, `autocast`.

    Example:
    >>> from tensorbrook.keras.layers.declared import Weight
    >>> class Scale(tf.keras.layers.Layer):
    ...     gain = Weight(lambda layer, shape: shape[-1:])
    ...     def __init__(self, gain_initializer="ones", **kwargs):
    ...         super().__init__(**kwargs)
    ...     def call(self, inputs):
    ...         return inputs * self.gain
    >>> Scale()(tf.constant([[1.0, 2.0]])).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, shape, initializer=None, name=None, prefix=None, axes=None, **arguments):
        self.shape, self.name, self.prefix, self.axes = shape, name, prefix, axes
        self.arguments = arguments
        self.arguments["initializer"] = initializer

    def __set_name__(self, cls, attribute):
        self.attribute, self.name = attribute, self.name or attribute
        cls._declares_weights = True

    def __get__(self, layer, cls=None):
        if layer is None:
            return self
        raise AttributeError  # the layer is not built: Layer.__getattr__ says so

    def make(self, layer, input_shape):
        """Makes the weight of a layer and keeps it under the attribute's name."""
        shape, value = self.shape(layer, input_shape), None
        if shape is not None:
            prefix = self.prefix or self.attribute
            given = {k: getattr(layer, f"{prefix}_{k}", None) for k in _GET}
            del given["activation"]
            given = {k: v for k, v in given.items() if v is not None}
            if self.axes is not None and "initializer" in given:
                given["initializer"] = initializers.along(given["initializer"], *self.axes(layer))
            value = layer.add_weight(shape, name=self.name, **{**self.arguments, **given})
        setattr(layer, self.attribute, value)


def weights_of(cls):
    """The weights that a class and its bases declare, in the order in which they are made."""
    names = {n: None for base in reversed(cls.__mro__) for n in vars(base)}
    found = (getattr(cls, n, None) for n in names)
    return [weight for weight in found if isinstance(weight, Weight)]


def keep_arguments(init, as_attributes):
    """A constructor that notes its arguments in `_passed`, for get_config.

    Args:
      init: the constructor.
      as_attributes: also keep each argument under its own name, before `init` runs; names that end
        in activation, initializer, regularizer or constraint become the object they name.
    """
    parameters = list(inspect.signature(init).parameters.values())[1:]
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    by_position = [p.name for p in named if p.kind is not p.KEYWORD_ONLY]
    defaults = {p.name: p.default for p in named if p.default is not p.empty}
    getters = {p.name: _GET.get(p.name.rsplit("_", 1)[-1]) for p in named}

    @wraps(init)
    def __init__(self, *args, **kwargs):
        kept = self.__dict__
        passed = kept.setdefault("_passed", {})  # a subclass has put in what it was passed
        given = {**defaults, **dict(zip(by_position, args)), **kwargs}
        if as_attributes:
            self._before_initializers(given)
        for name, value in given.items():
            handed_on = name in kept and passed.get(name, self) is value
            if can_encode(value):
                passed.setdefault(name, value)
            if as_attributes and name in getters and not hasattr(type(self), name):
                get = getters[name]
                if get is None:
                    kept[name] = value
                elif not handed_on:  # made once, since each initializer draws a seed
                    kept[name] = get(value)
        init(self, *args, **kwargs)

    return __init__


def bound_shapes(build, args, kwargs):
    """The arguments of a `build` by name, shapes as plain tuples."""
    names = [p.name for p in signature_of(build).parameters.values()][1:]
    given = {**dict(zip(names, args)), **kwargs}
    return nest.map_structure(lambda s: tuple(s) if isinstance(s, TensorShape) else s, given)


def is_building(layer):
    """Whether this thread is in the layer's `build`."""
    return layer.__dict__.get("_builder") == get_ident()


def build_once(build):
    """A `build` that does nothing when the layer is built, and marks it as built at its end."""

    @wraps(build)
    def once(self, *args, **kwargs):
        if is_building(self):  # `super().build(...)` in a subclass's own
            return build(self, *args, **kwargs)
        with self.__dict__.setdefault("_build_lock", RLock()):  # other threads wait for the weights
            if self.built:
                return None
            try:
                with init_scope(), Scope(self, context.training):
                    self._builder = get_ident()
                    self._find_policy()
                    self._built_path = "/".join(self._path())
                    build(self, *args, **kwargs)
                    if self._initial_weights is not None:
                        self.set_weights(self._initial_weights)
                        self._initial_weights = None
                self.built, self._build_arguments = True, bound_shapes(build, args, kwargs)
            finally:
                del self._builder, self._build_lock
            if restorations:  # values that were restored before the weights were there
                grown(self, new=True)
        return None

    once.runs_once = True
    return once
