"""Layers made of functions: what a `tf` function on a KerasTensor becomes."""

from ...core.hooks import provide
from ..registry import OPERATIONS, snake_case, unique_name
from .layer import Layer
from .symbolic import is_public, public_function


class FunctionLayer(Layer):
    """A function of tensors as a layer: what a `tf` function on a KerasTensor becomes.

    Args:
      function: the function, or its public path.
      name: the layer's name.
      arguments: what every call is given besides: a dict.
    """

    def __init__(self, function, name=None, arguments=None, **kwargs):
        path = getattr(function, "_public_path", None) or function
        if isinstance(path, str):
            function = public_function(path)
        self._run = function
        self.function, self.arguments = path, arguments or {}
        leaf = path.rsplit(".", 1)[-1] if isinstance(path, str) else function.__name__
        if hasattr(function, "_layer_class"):
            leaf = snake_case(function._layer_class)
        super().__init__(name=name or unique_name(leaf), autocast=False, **kwargs)
        self.built = True

    def call(self, *args, **kwargs):
        """Calls the function."""
        return self._run(*args, **self.arguments, **kwargs)

    def _convert(self, value):
        return value

    @classmethod
    def from_config(cls, config):
        """The layer of a config, which names the function by its path.

        Raises:
          ValueError: it is no public function, or one that does more than compute.
        """
        path = config.get("function")
        place, _, name = str(path).rpartition(".")
        if place == "keras.ops" and not is_public(path) and path in OPERATIONS:
            return cls.from_config({**config, "function": OPERATIONS[path]})
        if place not in _COMPUTING or name in _NOT_COMPUTING or not is_public(path):
            raise ValueError(
                f"Layer {config.get('name')!r}: its configuration names the function {path!r}, "
                "which is no public function that only computes: it is not made."
            )
        return _class_of(path)(**config)

    def get_config(self):
        """The function's path and, where there are, its arguments."""
        config = super().get_config()
        if not self.arguments:
            del config["arguments"]
        return config

    def __reduce__(self):
        state = self.__getstate__()
        del state["_run"]
        return _blank, (self.function,), state


_COMPUTING = {  # where functions stand that configs may name
    *("", "__operators__", "bitwise", "dtypes", "image", "linalg", "linalg.experimental", "math"),
    *("math.special", "nn", "nn.experimental", "numpy", "quantization", "ragged", "random", "sets"),
    *("signal", "sparse", "strings", "keras.activations", "keras.backend", "keras.losses"),
    *("keras.metrics", "keras.ops", "keras.ops.image", "keras.ops.linalg", "keras.ops.nn"),
    "keras.ops.numpy",
}
_NOT_COMPUTING = {  # those there that call Python, print, or change what others do
    *("py_function", "numpy_function", "print", "Assert", "register_tensor_conversion_function"),
    *("set_seed", "set_global_generator", "get_global_generator", "create_rng_state"),
    *("control_dependencies", "gradients", "hessians", "timestamp", "Generator"),
}


def _blank(path):
    layer = object.__new__(_class_of(path))
    layer._run = public_function(path)
    return layer


@provide("function_layer")
def _layer_of(function):
    return _class_of(getattr(function, "_public_path", function.__name__))(function)


def class_name(path):
    """What the class of the layers of a public function is called."""
    parts = path.rsplit(".", 1)[-1].split("_")
    plain = "".join(part[:1].upper() + part[1:] for part in parts)
    return getattr(public_function(path) if is_public(path) else None, "_layer_class", plain)


def _class_of(path):
    """The class of the layers of a function, which bears its name."""
    title = class_name(path)
    cls = _function_classes.get(title)
    if cls is None:
        names = {"__module__": "function", "_config_class": FunctionLayer}
        cls = _function_classes[title] = type(title, (FunctionLayer,), names)
    return cls


_function_classes = {}
