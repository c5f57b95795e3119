"""`tensorflow.python`: TensorFlow's inside, as far as programs import public things from there.

A name of a module there is what tf.compat.v1 has under it, in the root or in the module's
namespace; one that ends in `_v2` is TensorFlow 2's.
"""

import inspect
import operator
import types
from contextlib import nullcontext
from types import SimpleNamespace

import tensorbrook as tf

from ..compat import v1

ROOT = "tensorflow.python"
INSTEAD = "{} is internal to TensorFlow, and not in tensorbrook: import the public name instead."
# The modules, each with the namespace of public names that it has beside those of the root.
_MODULES = """
client.device_lib client.session data.ops.dataset_ops:data eager.backprop eager.context
eager.def_function framework.constant_op framework.dtypes:dtypes framework.errors:errors
framework.errors_impl:errors framework.ops framework.random_seed:random framework.smart_cond
framework.sparse_tensor:sparse framework.tensor_shape framework.tensor_spec framework.tensor_util
layers.utils ops.array_ops ops.check_ops:debugging ops.clip_ops ops.control_flow_ops ops.ctc_ops:nn
ops.custom_gradient ops.embedding_ops:nn ops.functional_ops ops.gradients ops.image_ops:image
ops.image_ops_impl:image ops.init_ops:initializers ops.init_ops_v2:initializers
ops.linalg_ops:linalg ops.lookup_ops:lookup ops.map_fn ops.math_ops:math ops.nn:nn ops.nn_impl:nn
ops.nn_ops:nn ops.parsing_ops:io ops.random_ops:random ops.sparse_ops:sparse
ops.special_math_ops:math ops.standard_ops ops.state_ops ops.string_ops:strings ops.tensor_array_ops
ops.variable_scope ops.variables platform.gfile:gfile platform.tf_logging:logging util.nest:nest
ops.logging_ops util.tf_export util.tf_inspect
"""
_SPACES = {path: space for path, _, space in (m.partition(":") for m in _MODULES.split())}


def list_local_devices(session_config=None):
    """The devices, as `tensorflow.python.client.device_lib` tells them."""
    return [
        SimpleNamespace(
            name=f"/device:{device.device_type}:{device.name.rpartition(':')[2]}",
            device_type=device.device_type, memory_limit=0, physical_device_desc=device.name,
        )
        for device in tf.config.list_logical_devices()
    ]  # fmt: skip


def _leaves_it(*names, **settings):
    """A decorator that changes nothing."""
    return lambda decorated: decorated


_OWN = {
    "list_local_devices": list_local_devices, "smart_cond": tf.cond, "EagerTensor": tf.Tensor,
    "constant_value": tf.get_static_value, "is_sequence": tf.nest.is_nested,
    "eager_mode": nullcontext, **dict.fromkeys(("keras_export", "tf_export"), _leaves_it),
}  # fmt: skip


class Inside(types.ModuleType):
    """A module or package of TensorFlow's inside, by its name after "tensorflow.python."."""

    def __init__(self, path):
        super().__init__(f"{ROOT}.{path}".rstrip("."))
        self.__path__, self._place = [], _SPACES.get(path)

    def __getattr__(self, name):
        if self._place is not None and name[:2] != "__":
            if name in _OWN:
                return _OWN[name]
            for space in (v1, tf):
                for path in (name, f"{self._place}.{name}".lstrip(".")):
                    try:
                        return operator.attrgetter(path)(space)
                    except AttributeError:
                        continue
                name = name.removesuffix("_v2")
        raise AttributeError(INSTEAD.format(f"{self.__name__}.{name}"))


def module(path):
    """The module "tensorflow.python." and `path`; None if there is none here."""
    if path == "util.tf_inspect":
        return inspect
    there = not path or any(f"{name}.".startswith(f"{path}.") for name in _SPACES)
    return Inside(path) if there else None
