"""The layers that wrap other libraries' models: each says what to use instead."""

from .layer import Layer


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
TFSMLayer = _not_built(
    "TFSMLayer", "SavedModel folders are not read yet: make the model anew and set its weights."
)
