"""Where Keras 2 had its modules: names that programs import still, of what now stands elsewhere.

`MODULES` has them by their name within `keras`. Each finds its names in the modules of today, and
says of what is gone what to use instead.
"""

import importlib
import inspect
import sys
import types

import numpy as np

from ..base import nest
from ..base.lazy import modules_of
from ..ops import control
from . import config, registry, utils
from .initializers import compute_fans
from .layers.function import FunctionLayer
from .layers.spatial import per_axis
from .losses import Reduction
from .models import Model
from .variables import Variable

_KERAS = __name__.rpartition(".")[0]
# Keras 2's module: the modules of today that have its names.
_LAYERS = (
    "activation advanced_activations attention attention.multi_head_attention convolutional "
    "convolutional.base_conv convolutional_recurrent core core.dense core.embedding "
    "core.lambda_layer cudnn_recurrent dense_attention einsum_dense embeddings experimental "
    "experimental.preprocessing local merge merging merging.base_merge multi_head_attention noise "
    "normalization normalization.batch_normalization pooling preprocessing "
    "preprocessing.image_preprocessing preprocessing.text_vectorization recurrent recurrent_v2 "
    "regularization reshaping rnn rnn.abstract_rnn_cell rnn.base_rnn rnn.dropout_rnn_cell_mixin "
    "rnn.gru rnn.lstm serialization wrappers"
)
_ENGINE = (
    "base_layer base_layer_utils base_layer_v1 base_preprocessing_layer compile_utils "
    "data_adapter functional input_layer input_spec keras_tensor network node saving sequential "
    "topology training training_utils"
)
_UTILS = (
    "all_utils control_flow_util conv_utils data_utils generic_utils image_utils io_utils "
    "layer_utils losses_utils metrics_utils multi_gpu_utils np_utils object_identity tf_inspect "
    "tf_utils tracking training_utils version_utils vis_utils"
)
_OTHERS = (
    "metrics.base_metric mixed_precision.loss_scale_optimizer mixed_precision.policy "
    "optimizers.legacy.optimizer_v2 optimizers.optimizer "
    "optimizers.schedules.learning_rate_schedule saving.hdf5_format saving.legacy "
    "saving.legacy.serialization saving.model_config saving.object_registration saving.saving_api "
    "saving.saving_utils saving.serialization_lib"
)
_OPTIMIZERS = "adadelta adagrad adam adamax ftrl nadam rmsprop gradient_descent"
_CELLS = "layers.recurrent.cells"
_PLACES = {
    **{
        f"layers.{name}": ("layers", "layers.random_features", _CELLS, "layers.merge")
        for name in _LAYERS.split()
    },
    **dict.fromkeys(("backend.tensorflow_backend", "backend.common"), ("backend",)),
    "backend_config": ("backend",),
    "objectives": ("losses",),
    "utils.experimental": ("utils.dataset_utils",),
    "engine": ("layers", "models", "utils", ""),
    **{f"engine.{name}": ("layers", "models", "utils", "") for name in _ENGINE.split()},
    **{f"utils.{name}": ("utils", "layers", "saving", "") for name in _UTILS.split()},
    "optimizer_v1": ("optimizers",),
    "optimizer_v2": ("optimizers",),
    "optimizer_v2.optimizer_v2": ("optimizers",),
    "optimizers.optimizer_v2": ("optimizers",),
    **{f"optimizer_v2.{name}": ("optimizers",) for name in _OPTIMIZERS.split()},
    **{f"optimizers.{name}_v2": ("optimizers",) for name in _OPTIMIZERS.split()},
    "optimizer_v2.learning_rate_schedule": ("optimizers.schedules",),
    "experimental": ("optimizers.schedules", "models.linear"),
    "callbacks.experimental": ("callbacks",),
    "mixed_precision.experimental": ("mixed_precision",),
    "initializers.initializers_v2": ("initializers",),
    "saving.save": ("saving", "models"),
    "saving.saving_lib": ("saving",),
    **dict.fromkeys(("__internal__", "__internal__.legacy"), ()),
    "__internal__.legacy.layers": ("layers",),
    "__internal__.utils": ("utils",),
    "legacy": ("", "layers"),
    "legacy.layers": ("layers",),
    "legacy.saving": (),
    "utils.legacy": ("legacy.saving",),
    **dict.fromkeys(("backend.experimental", "dtensor", "dtensor.experimental", "estimator"), ()),
}
_PUBLIC = (_CELLS, "layers", "models", "saving", "utils", "optimizers.schedules", "")
_INSTEAD = {
    "backend.experimental.disable_tf_random_generator": "all random numbers come from generators.",
    "dtensor": "use keras.distribution, or tf.experimental.dtensor for tensors of your own.",
    "dtensor.experimental": "use keras.distribution.LayoutMap and ModelParallel.",
    "estimator": "there are no estimators: train the Keras model itself, with model.fit.",
    "experimental.SequenceFeatures": "use keras.layers.Embedding, or keras.utils.FeatureSpace.",
    "experimental.PeepholeLSTMCell": "use keras.layers.LSTMCell.",
    "experimental.LinearCosineDecay": "use keras.optimizers.schedules.CosineDecay.",
    "experimental.NoisyLinearCosineDecay": "use keras.optimizers.schedules.CosineDecay.",
    "utils.experimental.SidecarEvaluator": "give validation_data to fit.",
    "legacy.interfaces": "it was Keras's inside.",
}


class OldModule(types.ModuleType):
    """A module of Keras 2, with the names that it had; or one of Keras 3's source (`keras.src`),
    whose names are found where they are public."""

    def __init__(self, name):
        super().__init__(f"{_KERAS}.{name}", f"Keras's module keras.{name}.")
        self.__path__ = []
        group = name.partition(".")[0]
        self._name, self._places = name, _PLACES.get(name, (group, *_PUBLIC))

    def __getattr__(self, name):
        if name == "__all__":
            places = [importlib.import_module(f"{_KERAS}.{p}".rstrip(".")) for p in self._places]
            return [n for place in places for n in getattr(place, "__all__", ())]
        if name[:2] != "__":
            if f"{self._name}.{name}" in MODULES:
                return MODULES[f"{self._name}.{name}"]
            for place in self._places:
                try:
                    module = importlib.import_module(f"{_KERAS}.{place}".rstrip("."))
                except ModuleNotFoundError:
                    continue
                if hasattr(module, name):
                    return getattr(module, name)
            if name in _NAMES:
                return _NAMES[name]
        backend = importlib.import_module(f"{_KERAS}.backend")
        said = {**backend._REMOVED, **utils._REMOVED, **_INSTEAD}
        found = (said.get(key) for key in (f"{self._name}.{name}", name, self._name))
        instead = next(filter(None, found), None)
        raise AttributeError(
            f"module 'keras.{self._name}' has no attribute {name!r}"
            + (f": {instead}" if instead else ".")
        )

    def __call__(self, *args, **kwargs):
        """What `keras.src` may have as a function: any name there is taken for a module."""
        raise NotImplementedError(
            f"keras.src.{self._name} is Keras's inside, and not in tensorbrook."
        )


MODULES = {name: OldModule(name) for name in (*_PLACES, *_OTHERS.split())}


def enable_tf_random_generator():
    """Keras 2's switch to random numbers from generators: they come from none else."""


def is_tf_random_generator_enabled():
    """True: random numbers come from generators."""
    return True


def normalize_tuple(value, n, name, allow_zero=False):
    """An integer, or n of them, as a tuple of n."""
    return per_axis(name, value, n, 0 if allow_zero else 1)


def conv_output_length(input_length, filter_size, padding, stride, dilation=1):
    """The size that a convolution leaves of one; None of None."""
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation
    more = {"valid": -reach, "full": reach}.get(padding, 0)
    return -(-(input_length + more) // stride)


def expand_1d(data):
    """A structure of tensors, each of one axis with a second one of size 1."""
    return nest.map_structure(lambda x: x[:, None] if len(x.shape) == 1 else x, data)


def has_arg(function, name, accept_all=False):
    """Whether a function takes an argument; with `accept_all` one with `**kwargs` takes any."""
    taken = inspect.signature(function).parameters
    return name in taken or (accept_all and any(p.kind is p.VAR_KEYWORD for p in taken.values()))


_NAMES = {  # that several modules had
    "Container": Model,
    "KerasVariable": Variable,
    "Network": Model,
    "ReductionV2": Reduction,
    "conv_output_length": conv_output_length,
    "_compute_fans": compute_fans,
    "count_params": lambda weights: sum(int(np.prod(w.shape)) for w in weights),
    "expand_1d": expand_1d,
    "get_keras_mask": lambda x: getattr(x, "_keras_mask", None),
    "has_arg": has_arg,
    "in_grain_data_pipeline": lambda: False,
    "no_automatic_dependency_tracking": lambda function: function,
    "register_symbolic_tensor_type": registry.TENSOR_LIKE.append,
    "normalize_data_format": config.standardize_data_format,
    "normalize_tuple": normalize_tuple,
    "set_keras_mask": lambda x, mask: setattr(x, "_keras_mask", mask),
    "shape_type_conversion": lambda of_shapes: of_shapes,  # a TensorShape is a tuple
    "smart_cond": control.cond,
    "to_list": lambda x, allow_tuple=False: x if isinstance(x, list) else [x],
}


def serialize_keras_object(instance):
    """The config of an object."""
    return registry.serialize(instance)


def deserialize_keras_object(
    identifier, module_objects=None, custom_objects=None, printable_module_name="object"
):
    """The object of a config or name, as Keras 2 had it; names are looked up in
    `module_objects`."""
    return registry.deserialize(identifier, module_objects, printable_module_name, custom_objects)


vars(MODULES["legacy.saving"]).update(
    deserialize_keras_object=deserialize_keras_object,
    serialize_keras_object=serialize_keras_object,
)
vars(MODULES["layers.core"]).update(TFOpLambda=FunctionLayer)
vars(MODULES["backend.experimental"]).update(
    enable_tf_random_generator=enable_tf_random_generator,
    is_tf_random_generator_enabled=is_tf_random_generator_enabled,
)


def enter():
    """Makes the modules importable, where no module of today has the name."""
    for module in MODULES.values():
        parent, _, last = module.__name__.rpartition(".")
        above = sys.modules.get(parent)
        if above is not None:
            taken = last in vars(above) or last in modules_of(parent)
            if not taken or isinstance(above, OldModule):
                sys.modules.setdefault(module.__name__, module)
                setattr(above, last, module)
        elif parent.endswith(".backend"):  # which finds them itself, when it is asked for
            sys.modules.setdefault(module.__name__, module)
