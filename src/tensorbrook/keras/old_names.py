"""Where Keras 2 had its modules: names that programs import still, of what now stands elsewhere.

`MODULES` has them by their name within `keras`. Each finds its names in the modules of today, and
says of what is gone what to use instead.
"""

import importlib
import sys
import types

from . import registry
from .layers.function import FunctionLayer

_KERAS = __name__.rpartition(".")[0]
# Keras 2's module: the modules of today that have its names.
_LAYERS = (
    "advanced_activations attention convolutional convolutional_recurrent core cudnn_recurrent "
    "dense_attention embeddings experimental experimental.preprocessing local merge noise "
    "normalization normalization.batch_normalization pooling recurrent recurrent_v2 reshaping "
    "rnn rnn.dropout_rnn_cell_mixin wrappers"
)
_ENGINE = (
    "base_layer base_layer_v1 functional input_layer input_spec keras_tensor network saving "
    "sequential topology training"
)
_UTILS = (
    "conv_utils data_utils generic_utils io_utils layer_utils losses_utils np_utils "
    "tf_utils training_utils vis_utils"
)
_OPTIMIZERS = "adadelta adagrad adam adamax ftrl nadam rmsprop gradient_descent"
_CELLS = "layers.recurrent.cells"
_PLACES = {
    **{f"layers.{name}": ("layers", "layers.random_features", _CELLS) for name in _LAYERS.split()},
    "utils.experimental": ("utils.dataset_utils",),
    "engine": ("layers", "models", ""),
    **{f"engine.{name}": ("layers", "models", "") for name in _ENGINE.split()},
    **{f"utils.{name}": ("utils", "layers", "saving", "") for name in _UTILS.split()},
    "optimizer_v2": ("optimizers",),
    "optimizers.optimizer_v2": ("optimizers",),
    **{f"optimizer_v2.{name}": ("optimizers",) for name in _OPTIMIZERS.split()},
    "optimizer_v2.optimizer_v2": ("optimizers",),
    **{f"optimizers.{name}_v2": ("optimizers",) for name in _OPTIMIZERS.split()},
    "optimizer_v2.learning_rate_schedule": ("optimizers.schedules",),
    "experimental": ("optimizers.schedules", "models.linear"),
    "callbacks.experimental": ("callbacks",),
    "mixed_precision.experimental": ("mixed_precision",),
    "initializers.initializers_v2": ("initializers",),
    "saving.save": ("saving", "models"),
    "saving.saving_lib": ("saving",),
    "legacy": ("layers", ""),
    "legacy.layers": ("layers",),
    "legacy.saving": (),
    "utils.legacy": ("legacy.saving",),
    "backend_config": ("backend",),
    "backend.experimental": (),
    "dtensor": (),
    "dtensor.experimental": (),
    "estimator": (),
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
        instead = _INSTEAD.get(f"{self._name}.{name}") or _INSTEAD.get(self._name)
        raise AttributeError(
            f"module 'keras.{self._name}' has no attribute {name!r}"
            + (f": {instead}" if instead else ".")
        )


MODULES = {name: OldModule(name) for name in _PLACES}


def enable_tf_random_generator():
    """Keras 2's switch to random numbers from generators: they come from none else."""


def is_tf_random_generator_enabled():
    """True: random numbers come from generators."""
    return True


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
        taken = last in vars(above) if above is not None else True
        if not taken or isinstance(above, OldModule):
            sys.modules.setdefault(module.__name__, module)
            setattr(above, last, module)
