"""The layers that wrap other libraries' models; those not built say what to use instead."""

import importlib as _importlib

from ...base import nest
from .layer import Layer
from .symbolic import KerasTensor


def _not_built(name, instead):
    def __init__(self, *args, **kwargs):
        raise NotImplementedError(f"keras.layers.{name} is not built. {instead}")

    doc = f"Not built: raises NotImplementedError. {instead}"
    members = {"__init__": __init__, "__doc__": doc, "__module__": __name__}
    return type(name, (Layer,), members | {"_tells_arguments": False})


_ANEW = (
    "Write the model anew of Keras layers, and give it the weights as NumPy arrays, with "
    "layer.set_weights()."
)
FlaxLayer, JaxLayer, TorchModuleWrapper = (
    _not_built(name, _ANEW) for name in ("FlaxLayer", "JaxLayer", "TorchModuleWrapper")
)


class TFSMLayer(Layer):
    """A SavedModel as a layer: what `model.export`, `tf.saved_model.save` or TensorFlow wrote.

    Its variables are the layer's weights, and are trained as others are.

    Args:
      filepath: the folder.
      call_endpoint: the function or signature to call: "serve" of exported Keras models,
        "serving_default" of others.
      call_training_endpoint: the one to call in training; by default the same.
      trainable: whether its weights are trained.

    Raises:
      ValueError: there is no such function or signature.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> tf.saved_model.save(model, "exported")
    >>> layer = tf.keras.layers.TFSMLayer("exported", call_endpoint="serving_default")
    >>> len(layer.trainable_weights)
    2
    """

    def __init__(
        self,
        filepath,
        call_endpoint="serve",
        call_training_endpoint=None,
        trainable=True,
        name=None,
        dtype=None,
    ):
        super().__init__(trainable=trainable, name=name, dtype=dtype)
        self.filepath, self.call_endpoint = filepath, call_endpoint
        self.call_training_endpoint = call_training_endpoint
        loaded = _importlib.import_module("...saved_model", __package__).load(filepath)
        self._function = self._endpoint(loaded, call_endpoint)
        self._training_function = self._endpoint(loaded, call_training_endpoint or call_endpoint)
        functions = (self._function, self._training_function)
        used = [v for f in functions for c in _concrete_of(f) for v in c.variables]
        self._loaded_weights = list({id(v): v for v in used}.values())
        self.trainable = trainable
        self.built = True

    def _endpoint(self, loaded, name):
        found = getattr(loaded, name, None)
        if name in loaded.signatures:
            found = found if callable(found) else loaded.signatures[name]
        if not callable(found):
            functions = [key for key, value in vars(loaded).items() if callable(value)]
            raise ValueError(
                f"The endpoint {name!r} is neither a function nor a signature of the SavedModel "
                f"{self.filepath}. Functions: {functions}; signatures: {[*loaded.signatures]}."
            )
        return found

    def call(self, inputs, training=False, **kwargs):
        """The result of the endpoint for the inputs."""
        function = self._training_function if training else self._function
        keywords = getattr(function, "keywords", None)
        if isinstance(inputs, dict) and keywords is not None:
            return function(**inputs, **kwargs)
        if keywords is not None and len(keywords) == 1:
            return function(**{keywords[0]: inputs}, **kwargs)
        return function(inputs, **kwargs)

    def _declared_outputs(self, inputs, kwargs, stop):
        """The outputs as the SavedModel says them: of functions whose shapes depend on the data."""
        outputs = _concrete_of(self._function)[0].structured_outputs
        return nest.map_structure(lambda spec: KerasTensor(spec.shape, spec.dtype), outputs)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Refused: no configuration makes a program load another file.

        Raises:
          ValueError: always, with the way around.
        """
        raise ValueError(
            f"A TFSMLayer is not made of a configuration: that would load and run the SavedModel "
            f"{config.get('filepath')!r}, which the configuration names. Make the layer yourself: "
            f"keras.layers.TFSMLayer({config.get('filepath')!r}, ...), if you trust that folder."
        )


def _concrete_of(function):
    return getattr(function, "concrete_functions", None) or [function]
