"""The weights of layers: making them, finding them among the attributes, reading and setting."""

from collections import deque
from functools import wraps
from types import SimpleNamespace

import numpy as np

from ...base.dtypes import as_dtype
from ...core.dispatch import init_scope
from ...core.tensor import register_converter
from ...core.trackable import AutoTrackable, Trackable, grown, is_trackable, restorations
from ...core.variable import Variable
from ...ops import cast
from .. import initializers, regularizers
from ..constraints import get as get_constraint
from ..loading import initial
from ..metrics.base import Metric
from ..registry import Configurable, is_ours, unique_name
from ..seeds import SeedGenerator
from ..variables import LEGACY
from ..variables import Variable as KerasVariable
from .calls import context
from .declared import build_once, is_building, keep_arguments

_UNTRACKED = {
    "_inbound_nodes",
    "_passed",
    "_build_shapes",
    "_trail",
    "_build_arguments",
    "_callable_losses",
    "_added_losses",
    "_initial_weights",
    "optimizer",
    "_compile_arguments",
    "_functional",
    "_weight_shapes",
    "_programs",
    "_slices",
    "_frozen",
    "_listed",
    "_uses",
}


class _MixedWeight(KerasVariable):
    """A float weight of a layer that computes in another dtype: calls read it in that dtype."""

    @property
    def dtype(self):
        return as_dtype(self.compute_dtype if context.depth else self._dtype)

    def read_value(self):
        return cast(self._read(), self.dtype)

    value = property(read_value)


register_converter(_MixedWeight, _MixedWeight.read_value)


_ORDER = ("shape", "initializer", "dtype", "trainable", "autocast", "regularizer", "constraint")
_KERAS_2_ORDER = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")


def _in_either_order(add_weight):
    """Takes positional arguments in Keras 3's order, or in Keras 2's, whose first is a name."""

    @wraps(add_weight)
    def in_order(self, *args, **kwargs):
        order = _KERAS_2_ORDER if args and isinstance(args[0], str) else _ORDER
        given = dict(zip(order, args))
        twice = given.keys() & kwargs.keys()
        if twice or len(args) > len(order):
            raise TypeError(
                f"add_weight of layer {self.name!r} takes {', '.join(order)} in this order, each "
                f"once. Twice came: {sorted(twice)}."
            )
        return add_weight(self, **given, **kwargs)

    return in_order


def _declares(cls):
    """Whether a class declares weights, or says that the arguments of its kind are kept."""
    parts = vars(cls)
    return "_declares_arguments" in parts or "_declares_weights" in parts


class WeightOwner(Configurable, AutoTrackable):
    """The part of Layer that makes weights and finds them: its own and those of layers below."""

    # Keras 3's lock of built layers, which programs open: there is none
    _tracker = SimpleNamespace(locked=False, lock=lambda *_: None, unlock=lambda: None)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "compute_mask" in vars(cls):  # who says what the mask is supports masks
            cls.supports_masking = vars(cls).get("supports_masking", True)
        build = getattr(cls, "build", None)
        if build is not None and not hasattr(build, "runs_once"):
            cls.build = build_once(build)

    @classmethod
    def _prepare_constructor(cls):
        owners = [b for b in cls.__mro__ if _declares(b)]
        # A program's subclass of a layer of ours may mean something else by an argument of ours.
        declares = any(is_ours(cls) or not is_ours(owner) for owner in owners)
        cls._keeps_arguments = declares or is_ours(cls)
        if "__init__" in vars(cls) and (declares or not is_ours(cls)):
            cls.__init__ = keep_arguments(cls.__init__, declares)
        super()._prepare_constructor()

    def _before_initializers(self, arguments):
        """Draws what Keras draws of Python's `random` before the constructor's initializers do."""

    @_in_either_order
    def add_weight(
        self,
        shape=None,
        initializer=None,
        dtype=None,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        name=None,
        aggregation="none",
        overwrite_with_gradient=False,
        **kwargs,
    ):
        """Makes a weight of the layer.

        Args:
          shape: its shape; () by default. Keras 2's order, name first, is understood as well.
          initializer: "glorot_uniform" for floats by default, zeros else.
          dtype: the layer's variable dtype by default.
          trainable: whether optimizers change it.
          autocast: whether calls of a layer with mixed precision read it in the compute dtype.
          regularizer, constraint: applied to it in training.
          aggregation: how what a strategy's replicas assign to it is merged.
          overwrite_with_gradient: optimizers make the gradient its new value.
          name: its name within the layer.

        Returns:
          The Variable.
        """
        synchronization = kwargs.pop("synchronization", "auto")
        unknown = set(kwargs) - {"use_resource", "experimental_autocast"}
        if unknown:
            raise TypeError(
                f"add_weight of layer {self.name!r}: unknown arguments {sorted(unknown)}."
            )
        shape = () if shape is None else tuple(shape) if np.iterable(shape) else (shape,)
        if None in shape:
            raise ValueError(
                f"Layer {self.name!r}: the weight {name!r} of shape {shape} must have a known "
                "size. Give the sizes of the inputs that it depends on, e.g. Input((4,))."
            )
        dtype = as_dtype(dtype or self.variable_dtype)
        if initializer is None:
            initializer = "glorot_uniform" if dtype.is_floating else "zeros"
        maker = initializers.get(initializer)
        name = name or unique_name("variable")
        path = "/".join((*self._path(), name))
        with init_scope():
            value = initial(maker, shape, dtype, "layer") if callable(maker) else maker
            mixed = autocast and self.autocast and self.compute_dtype != self.variable_dtype
            cls = _MixedWeight if mixed and dtype.is_floating else KerasVariable
            variable = cls.made(
                value, trainable, name, path, aggregation, dtype, synchronization=synchronization
            )
            variable.compute_dtype = self.compute_dtype
            variable.overwrite_with_gradient = overwrite_with_gradient
        variable.constraint, variable.regularizer = (
            get_constraint(constraint),
            regularizers.get(regularizer),
        )
        variable.trainable = trainable and self._trainable
        self.__dict__.setdefault("_own_weights", []).append(variable)
        return variable

    add_variable = add_weight

    def _path(self):
        path, built = context.path, self.__dict__.get("_built_path")
        if path and path[-1] == self.name:
            return path
        return (built,) if built else (*path, self.name)

    def _parts(self, sorted_keys=False):
        """(variables, layers, metrics) among the attributes, each once, in order of assignment; of
        dicts in that of their keys, if these are to be sorted."""
        variables, layers, metrics, seen = [], [], [], set()
        attributes = self.__dict__.items()
        own = self.__dict__.get("_own_weights", ())
        seen.update(map(id, own))  # they stand in their own list's place, as they were made
        stack = [v for k, v in attributes if _KINDS[v.__class__] and k not in _UNTRACKED][::-1]
        while stack:
            value = stack.pop()
            kind = _KINDS[value.__class__]
            if kind is None:
                continue
            if kind is list or kind is dict:
                if id(value) not in seen:  # it may hold itself
                    seen.add(id(value))
                    if value is own:
                        seen.difference_update(map(id, own))
                    if kind is dict:
                        names = sorted(value, key=str) if sorted_keys else value
                        value = [value[name] for name in names]
                    stack.extend(reversed(value))
            elif id(value) not in seen:
                seen.add(id(value))
                if kind is Variable:
                    variables.append(value)
                elif kind is WeightOwner:
                    layers.append(value)
                else:
                    metrics.append(value)
        if 0 < len(own) < len(variables):
            variables = self._as_made(variables, own)
        return self._as_listed(variables), layers, metrics

    def _as_made(self, variables, own):
        """The variables in order: those that are attributes alone behind weights made before."""
        places, last = {id(v): i for i, v in enumerate(own, 1)}, 0
        for value in vars(self).values():
            if isinstance(value, Variable):
                last = max(last, int(places.setdefault(id(value), last + 0.5)))
        return sorted(variables, key=lambda v: places.get(id(v), len(own) + 1))

    def _as_listed(self, variables):
        """The layer's own weights: where a program has asked for Keras 2's lists, what is in these
        and what came later."""
        if (lists := vars(self).get("_listed")) is None:
            return variables
        known = set(map(id, lists[2]))
        later = [v for v in variables if id(v) not in known]
        return list({id(v): v for v in [*lists[0], *lists[1], *later]}.values())

    def _list(self, place, value=None):
        """Keras 2's list of the own weights that are trained (place 0) or not (1), for programs to
        change; or makes it one of `value`."""
        if "_listed" not in vars(self):
            known = self._parts()[0]
            self._listed = *([v for v in known if v.watched is w] for w in (True, False)), known
        if value is not None:
            self._listed[place][:] = value
        return self._listed[place]

    _trainable_weights, _non_trainable_weights = (
        property(lambda self, at=at: self._list(at), lambda self, v, at=at: self._list(at, v))
        for at in (0, 1)
    )

    def _walk(self):
        """(layer, its parts) of this layer and of all layers below it, each once."""
        seen, stack = set(), [self]
        while stack:
            layer = stack.pop()
            if id(layer) not in seen:
                seen.add(id(layer))
                parts = layer._parts()
                yield layer, parts
                stack.extend(reversed(parts[1]))

    def _flatten_layers(self, include_self=True, recursive=True):
        """This layer and all layers below it, or those right below it, each once. In Keras's order:
        what is further below stands behind its layer, the last one first."""
        found, waiting = {id(self): self}, deque(self._parts()[1])
        while waiting:
            layer = waiting.popleft()
            if id(layer) not in found:
                found[id(layer)] = layer
                waiting.extendleft(layer._parts()[1] if recursive else ())
        return list(found.values())[not include_self :]

    @property
    def weights(self):
        """All weights: of each layer those that it trains when it is not frozen come first."""
        if LEGACY:
            return weights_of_keras_2(self)
        unique = {}
        for _, (variables, _, _) in self._walk():
            for v in _trained_first(variables):
                unique.setdefault(id(v), v)
        return list(unique.values())

    @property
    def trainable_weights(self):
        """The weights that optimizers change: none of a frozen layer."""
        unique, others = {}, set()
        for layer, (variables, _, _) in self._walk() if self._trainable else ():
            if "_listed" in layer.__dict__:
                others.update(map(id, layer._listed[1]))
            cls = type(layer)
            if layer is not self and (cls.trainable_weights, cls.trainable_variables) != _TRAINED:
                others.update({*map(id, layer.weights)} - {*map(id, layer.trainable_variables)})
            for v in _trained_first(variables):
                if v.trainable:
                    unique[id(v)] = v
        return [v for v in unique.values() if id(v) not in others]

    @trainable_weights.setter
    def trainable_weights(self, value):
        self._trainable_weights = value

    @property
    def non_trainable_weights(self):
        """The other weights."""
        trained = set(map(id, self.trainable_weights))
        return [v for v in self.weights if id(v) not in trained]

    trainable_variables = property(
        lambda self: self.trainable_weights, doc="The same; of a class that overrides that as well."
    )

    @property
    def variables(self):
        """All weights, and the states of seeds; those of metrics are `metrics_variables`."""
        unique = {}
        for layer, (variables, _, _) in self._walk():
            seeds = [seed.state for seed in layer._seed_generators]
            unique.update((id(v), v) for v in [*_trained_first(variables), *seeds])
        return list(unique.values())

    @property
    def _seed_generators(self):
        found, seen, stack = [], set(), list(self.__dict__.values())[::-1]
        while stack:
            value = stack.pop()
            if isinstance(value, SeedGenerator):
                found.append(value)
            elif isinstance(value, (list, tuple, dict)) and id(value) not in seen:
                seen.add(id(value))  # it may hold itself
                stack.extend(reversed(list(value.values()) if isinstance(value, dict) else value))
        return found

    @property
    def non_trainable_variables(self):
        """`variables` without the trainable ones."""
        trained = set(map(id, self.trainable_weights))
        return [v for v in self.variables if id(v) not in trained]

    @property
    def metrics_variables(self):
        """The states of `metrics`."""
        return [v for metric in self.metrics for v in metric.variables]

    @property
    def trainable(self):
        """Whether the weights are trained; changing it sets the layers below as well."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        if bool(value) == self._trainable:
            return
        self._set_trainable(bool(value))
        for layer in self._parts()[1]:
            layer.trainable = value

    def _set_trainable(self, value):
        """Sets `trainable` of this layer and its own weights."""
        self._trainable = value
        for variable in self._parts()[0]:
            variable.trainable = variable.watched and value

    def get_weights(self):
        """The values of `weights` as a list of arrays."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights):
        """Sets `weights` from a list of arrays; all or none.

        Raises:
          ValueError: another number of arrays, or shapes that differ.
        """
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on layer {self.name!r} with a weight list of "
                f"length {len(weights)}, but the layer was expecting {len(own)} weights."
            )
        self._assign(own, weights)

    def _assign(self, variables, values):
        values = [np.asarray(value) for value in values]
        for variable, value in zip(variables, values):
            if tuple(variable.shape) != value.shape:
                raise ValueError(
                    f"Layer {self.name!r} weight shape {tuple(variable.shape)} of {variable.path} "
                    f"is not compatible with provided weight shape {value.shape}."
                )
        for variable, value in zip(variables, values):
            variable.assign(value)

    def _own_variables(self):
        """The layer's weights without those of layers below, trainable ones first."""
        return _trained_first(self._parts()[0])

    def _filed(self):
        """The layer's own weights in their order in files."""
        return self._own_variables()

    def save_own_variables(self, store):
        """Puts the layer's own weights, without those of layers below, into a dict-like store.

        They are numbered: "0", "1" ...; a subclass may override this to name them.
        """
        for i, variable in enumerate(self._filed()):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store):
        """Sets the layer's own weights to what `save_own_variables` stored; all or none.

        Raises:
          ValueError: another number of weights, or shapes that differ.
        """
        own = self._filed()
        if len(store) != len(own):
            why = " It is not built: build it first, in its parent's build()." if not own else ""
            raise ValueError(
                f"Layer {self.name!r} expected {len(own)} variables, but received {len(store)} "
                f"variables during loading. Expected: {[v.name for v in own]}.{why}"
            )
        self._assign(own, [store[str(i)] for i in range(len(own))])
        self._after_loading()

    def _after_loading(self):
        """Called when files gave the layer's own weights their values."""

    # -- in checkpoints ----------------------------------------------------------------------------

    def __setattr__(self, name, value):
        kind = _KINDS[value.__class__]
        if kind is Variable and isinstance(self.__dict__.get(name), Variable):
            self._replace_weight(name, value)
        elif kind and self.__dict__.get(name, value) is not value:
            del self.__dict__[name]  # what an attribute gets later stands later
        frozen = kind is Variable and not self.__dict__.get("_trainable", True)
        if frozen and is_building(self) and "/" not in (getattr(value, "path", None) or ""):
            value.trainable = False  # it is this layer's own, by its path
        object.__setattr__(self, name, value)
        if restorations and not is_building(self):  # `build` may still change what it makes
            grown(self)

    def __delattr__(self, name):
        value = self.__dict__.get(name)
        object.__delattr__(self, name)
        if isinstance(value, Variable):
            self._untrack_variable(value)

    def _replace_weight(self, name, new):
        """Takes an attribute's variable out of the weights, unless another attribute has it; one
        that the layer did not make itself comes into its place. As in Keras 2."""
        old, own = vars(self).get(name), vars(self).get("_own_weights", ())
        held = [v for k, v in vars(self).items() if k != name]
        gone = any(v is old for v in own) and not any(v is old for v in held)
        if gone and old is not new and isinstance(new, Variable):
            made = any(v is new for v in own)
            self._own_weights = [new if v is old else v for v in own if v is not old or not made]

    def _untrack_variable(self, variable):
        """Makes a variable none of the layer's weights, once no attribute has it."""
        own = self.__dict__.get("_own_weights", ())
        self._own_weights = [v for v in own if v is not variable]

    def _tracked(self):
        """The attributes that checkpoints keep something of."""
        attributes = vars(self).items()
        return {name: v for name, v in attributes if name not in _NOT_KEPT and is_trackable(v)}

    def _track_children(self):
        return {name: v for name, v in self._tracked().items() if _keras_keeps(v)}

    def _track_extras(self):
        # Keras 3 forgets lists, dicts, metrics and seeds; a program can do without the latter two
        others = {name: v for name, v in self._tracked().items() if not _keras_keeps(v)}
        found = {_forgotten(v) + name: v for name, v in others.items()}
        own = self._as_listed(vars(self).get("_own_weights", ()))
        if not set(map(id, own)) <= {id(v) for v in vars(self).values()}:
            found["_own_weights"] = own
        return found

    def _track_aliases(self):
        # Keras 2's names
        return {name[1:]: v for name, v in self._track_children().items() if name[0] == "_"}

    def count_params(self):
        """The number of elements of all weights.

        Raises:
          ValueError: the layer has no weights yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer {self.name!r}, but it is not built."
            )
        return sum(int(np.prod(v.shape)) for v in self.weights)


_NOT_KEPT = _UNTRACKED | {"_own_weights"}


def _keras_keeps(value):
    """Whether Keras 3 has a value of a layer's attribute in checkpoints."""
    return isinstance(value, Trackable | tuple) and getattr(value, "_forgotten", None) is None


def _forgotten(value):
    """What begins the name of a value that Keras 3 forgets: "~" where all in it are such."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return "" if any(_forgotten(item) == "" for item in value if is_trackable(item)) else "~"
    return getattr(value, "_forgotten", None) or ""


def weights_of_keras_2(layer):
    """All weights in Keras 2's order: a model's layer by layer, its own last; of another layer all
    that are trained before the others; layers in dicts by the order of keys."""
    variables, layers, _ = layer._parts(sorted_keys=True)
    own, below = _trained_first(variables), [w for x in layers for w in weights_of_keras_2(x)]
    is_model = hasattr(type(layer), "train_step")
    found = [*below, *own] if is_model else sorted([*own, *below], key=lambda v: not v.trainable)
    return list({id(v): v for v in found}.values())


def _trained_first(variables):
    return sorted(variables, key=lambda variable: not variable.watched)


class _Kinds(dict):
    """What `_parts` takes the objects of a class for: list, dict, Variable ...; None for others."""

    def __missing__(self, cls):
        if len(self) >= 1000:  # let classes go that were made on the fly
            self.clear()
        kinds = (tuple, list, dict, Variable, WeightOwner, Metric)
        kind = next((kind for kind in kinds if issubclass(cls, kind)), None)
        self[cls] = list if kind is tuple else kind
        return self[cls]


_KINDS = _Kinds()
_TRAINED = WeightOwner.trainable_weights, WeightOwner.trainable_variables
