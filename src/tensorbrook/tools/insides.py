"""`tensorflow.python` and `.core`: TensorFlow's inside, as far as programs import public things.

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

INSTEAD = "{} is internal to TensorFlow, and not in tensorbrook: import the public name instead."
# The modules, each with the namespace of public names that it has beside those of the root.
_MODULES = """
autograph.impl.api:autograph checkpoint.checkpoint:train client.device_lib client.session
data:data data.experimental:data.experimental data.ops.dataset_ops:data
data.ops.iterator_ops:data data.ops.readers:data distribute.distribute_lib:distribute
distribute.mirrored_strategy:distribute distribute.reduce_util:distribute
distribute.values:distribute eager.backprop eager.context eager.def_function
framework.composite_tensor framework.config:config framework.constant_op framework.dtypes:dtypes
framework.errors:errors framework.errors_impl:errors framework.indexed_slices framework.ops
framework.random_seed:random framework.smart_cond framework.sparse_tensor:sparse
framework.tensor framework.tensor_conversion framework.tensor_shape framework.tensor_spec
framework.tensor_util framework.test_util:test framework.type_spec layers.utils
lib.io.file_io:io.gfile lib.io.tf_record:io module.module ops.array_ops ops.bincount_ops:math
ops.candidate_sampling_ops:random ops.check_ops:debugging ops.clip_ops ops.cond
ops.confusion_matrix:math ops.control_flow_ops ops.ctc_ops:nn ops.custom_gradient
ops.embedding_ops:nn ops.functional_ops ops.gen_array_ops ops.gen_math_ops:math
ops.gen_nn_ops:nn ops.gradients ops.gradients_impl ops.image_ops:image ops.image_ops_impl:image
ops.init_ops:initializers ops.init_ops_v2:initializers ops.io_ops:io
ops.linalg.linalg_impl:linalg ops.linalg.linear_operator:linalg ops.linalg_ops:linalg
ops.logging_ops ops.lookup_ops:lookup ops.losses.losses:losses ops.losses.losses_impl:losses
ops.map_fn ops.math_ops:math ops.nn:nn ops.nn_impl:nn ops.nn_ops:nn
ops.numpy_ops.np_config:experimental.numpy ops.parsing_ops:io ops.ragged.ragged_tensor
ops.random_ops:random ops.resource_variable_ops ops.script_ops ops.signal.fft_ops:signal
ops.sort_ops ops.sparse_ops:sparse ops.special_math_ops:math ops.standard_ops ops.state_ops
ops.stateless_random_ops:random ops.string_ops:strings ops.tensor_array_ops
ops.unconnected_gradients ops.variable_scope ops.variables ops.while_loop platform.app:app
platform.flags:flags platform.gfile:gfile platform.test:test platform.tf_logging:logging
saved_model.load:saved_model saved_model.save:saved_model
saved_model.signature_constants:saved_model saved_model.tag_constants:saved_model
summary.summary_iterator:train trackable.autotrackable trackable.data_structures
training.adam:train training.checkpoint_management:train training.gradient_descent:train
training.optimizer:train training.py_checkpoint_reader:train training.rmsprop:train
training.saver:train training.tracking.data_structures training.tracking.tracking
training.training_util:train util.compat:compat util.deprecation util.dispatch util.nest:nest
util.tf_export util.tf_inspect
"""
_MESSAGES = """
core.example.example_pb2:train core.example.feature_pb2:train core.framework.graph_pb2
core.framework.summary_pb2 core.protobuf.config_pb2 core.util.event_pb2
"""
_PATHS = [*(f"python.{m}" for m in _MODULES.split()), *_MESSAGES.split()]
_SPACES = {path: space for path, _, space in (m.partition(":") for m in _PATHS)}


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


_OWN = {
    "list_local_devices": list_local_devices, "smart_cond": tf.cond, "EagerTensor": tf.Tensor,
    "constant_value": tf.get_static_value, "is_sequence": tf.nest.is_nested,
    "ResourceVariable": tf.Variable, "eager_mode": nullcontext,
    "enable_numpy_behavior": tf.experimental.numpy.experimental_enable_numpy_behavior,
    "AutoTrackable": tf.Module, "NoDependency": lambda value: value,
    **dict.fromkeys(("DatasetV1", "DatasetV1Adapter", "DatasetV2"), tf.data.Dataset),
    **dict.fromkeys(("deprecated", "deprecated_args", "keras_export", "tf_export"), _leaves_it),
    "add_dispatch_support": _leaves_it,
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
            for space in (v1, tf):
                for path in (name, f"{self._place}.{name}".lstrip(".")):
                    try:
                        return operator.attrgetter(path)(space)
                    except AttributeError:
                        continue
                name = name.removesuffix("_v2")
        raise AttributeError(INSTEAD.format(f"{self.__name__}.{name}"))


def module(path):
    """The module "tensorflow." and `path`; None if there is none here."""
    if path == "python.util.tf_inspect":
        return inspect
    there = any(f"{name}.".startswith(f"{path}.") for name in _SPACES)
    return Inside(path) if there else None
