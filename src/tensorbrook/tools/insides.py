"""`tensorflow.python` and `.core`: TensorFlow's inside, as far as programs import public things.

A name of a module there is what tf.compat.v1 has under it, in the root or in the module's
namespace; one that ends in `_v2` is TensorFlow 2's.
"""

import contextlib
import functools
import inspect
import operator
import types
from importlib.resources import files
from types import SimpleNamespace

import tensorbrook as tf

from ..compat import v1
from ..core.composite import CompositeTensor
from ..core.trackable import Trackable
from ..graph.trace import SymbolicTensor
from ..keras.initializers import compute_fans
from . import inside_nest

INSTEAD = "{} is internal to TensorFlow, and not in tensorbrook: import the public name instead."
# The modules, each with the namespace of public names that it has beside those of the root.
_TABLE = files(__package__).joinpath("insides.txt").read_text()
_SPACES = {path: space for path, _, space in (m.partition(":") for m in _TABLE.split())}


def list_local_devices(session_config=None):
    """The devices, as `tensorflow.python.client.device_lib` tells them."""
    return [
        SimpleNamespace(
            name=f"/device:{device.device_type}:{device.name.rpartition(':')[2]}",
            device_type=device.device_type, memory_limit=0, physical_device_desc=device.name,
        )
        for device in tf.config.list_logical_devices()
    ]  # fmt: skip


def _leaves_it(*given, **settings):
    """A decorator that changes nothing, with or without arguments."""
    return given[0] if given and callable(given[0]) else lambda decorated: decorated


def _argspec(function):
    return inspect.getfullargspec(inspect.unwrap(function))


def _values(structure):
    """A structure with the values of its variables in their places."""
    return tf.nest.map_structure(lambda x: x.value if isinstance(x, tf.Variable) else x, structure)


def assign_moving_average(variable, value, decay, zero_debias=True, name=None):
    """Moves a variable towards a value by the share 1 - decay."""
    if zero_debias:
        raise NotImplementedError("[assign_moving_average] zero_debias is not built: pass False.")
    return variable.assign_sub((variable - value) * (1 - decay))


class Base:
    """A transformer of AutoGraph's, of which there are none."""

    def __init__(self, *args):
        raise NotImplementedError("AutoGraph's transformers are not built: use @tf.function.")


@tf.custom_gradient
def prevent_gradient(input, message="", name=None):
    """A tensor as it is, by which nothing is differentiated."""

    def gradient(upstream):
        raise LookupError(f"Gradient explicitly disabled: {message}")

    return tf.identity(input), gradient


_OWN = {
    "list_local_devices": list_local_devices, "smart_cond": tf.cond, "EagerTensor": tf.Tensor,
    "constant_value": tf.get_static_value, "is_sequence": tf.nest.is_nested,
    "ResourceVariable": tf.Variable, "eager_mode": contextlib.nullcontext,
    "enable_numpy_behavior": tf.experimental.numpy.experimental_enable_numpy_behavior,
    "AutoTrackable": tf.Module, "NoDependency": lambda value: value,
    **dict.fromkeys(("DatasetV1", "DatasetV1Adapter", "DatasetV2"), tf.data.Dataset),
    **dict.fromkeys(("deprecated", "deprecated_arg_values", "deprecated_args", "keras_export",
                     "tf_export"), _leaves_it),
    **dict.fromkeys(("add_dispatch_support", "make_composite_tensor",
                     "no_automatic_dependency_tracking"), _leaves_it),
    "register": _leaves_it, "ListWrapper": list, "_DictWrapper": dict, "enabled": lambda: True,
    **dict.fromkeys(("BatchableTypeSpec", "DenseSpec"), tf.TypeSpec), "Trackable": Trackable,
    "CompositeTensor": CompositeTensor, "SymbolicTensor": SymbolicTensor,
    "_NAME_TO_TYPE_SPEC": {}, "ENABLE_CONTROL_FLOW_V2": True, "_compute_fans": compute_fans,
    "GraphOrParentsInXlaContext": lambda graph: False,
    "assign_moving_average": assign_moving_average, "convert_variables_to_tensors": _values,
    **dict.fromkeys(("assert_broadcastable", "broadcast_weights"),
                    lambda weights, values: tf.broadcast_to(weights, tf.shape(values))),
    "contextmanager": contextlib.contextmanager,
    "fn_args": lambda function: tuple(inspect.signature(function).parameters),
    "make_decorator": lambda function, new, *args, **kwargs: functools.wraps(function)(new),
    "parameterized_truncated_normal": tf.random.stateless_parameterized_truncated_normal,
    "prevent_gradient": prevent_gradient,
    "pfor": lambda function, rounds, **kwargs: tf.vectorized_map(function, tf.range(rounds)),
    "sticky_attribute_assignment": lambda trackable, name, value: value,
    "deprecated_alias": lambda old, new, function, warn_once=True: function,
    "deprecated_argument_lookup": lambda name, value, old, given: given if value is None else value,
    "_case_helper": lambda cond, pairs, *rest, **settings: tf.case(pairs, *rest), "Base": Base,
    "unwrap": lambda function: ([], inspect.unwrap(function)), "as_shape": tf.TensorShape,
}  # fmt: skip


class Inside(types.ModuleType):
    """A module or package of TensorFlow's inside, by its name after "tensorflow."."""

    def __init__(self, path):
        super().__init__(f"tensorflow.{path}")
        self.__path__, self._place = [], _SPACES.get(path)

    def __getattr__(self, name):
        if self._place is not None and name[:2] != "__":
            if name in _OWN:
                return _OWN[name]
            for space in (inside_nest, v1, tf) if self._place == "nest" else (v1, tf):
                for path in (name, f"{self._place}.{name}".lstrip(".")):
                    try:
                        return operator.attrgetter(path)(space)
                    except AttributeError:
                        continue
                name = name.removesuffix("_v2")
        raise AttributeError(INSTEAD.format(f"{self.__name__}.{name}"))


__internal__ = Inside("python.framework.ops")
__internal__.nest = __internal__.tracking = Inside("python.util.nest")


def module(path):
    """The module "tensorflow." and `path`; None if there is none here."""
    if path == "python.util.tf_inspect":  # which looks through decorators
        found = types.ModuleType(f"tensorflow.{path}")
        vars(found).update(vars(inspect), getfullargspec=_argspec)
        return found
    there = any(f"{name}.".startswith(f"{path}.") for name in _SPACES)
    return Inside(path) if there else None
