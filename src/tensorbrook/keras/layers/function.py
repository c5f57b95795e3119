"""Layers made of functions: what a `tf` function on a KerasTensor becomes."""

from ...core.hooks import provide
from ..registry import unique_name
from .layer import Layer
from .symbolic import public_function


class FunctionLayer(Layer):
    """A function of tensors as a layer: what a `tf` function on a KerasTensor becomes."""

    def __init__(self, function, name=None, **kwargs):
        path = getattr(function, "_public_path", None) or function
        if isinstance(path, str):
            function = public_function(path)
        self._run = function
        self.function = path
        leaf = path.rsplit(".", 1)[-1] if isinstance(path, str) else function.__name__
        leaf = getattr(function, "_layer_name", leaf)
        super().__init__(name=name or unique_name(leaf), autocast=False, **kwargs)
        self.built = True

    def call(self, *args, **kwargs):
        """Calls the function."""
        return self._run(*args, **kwargs)

    def _convert(self, value):
        return value

    @classmethod
    def from_config(cls, config):
        """The layer of a config, which names the function by its path."""
        return _class_of(config["function"])(**config)

    def __reduce__(self):
        state = self.__getstate__()
        del state["_run"]
        return _blank, (self.function,), state


def _blank(path):
    layer = object.__new__(_class_of(path))
    layer._run = public_function(path)
    return layer


@provide("function_layer")
def _layer_of(function):
    return _class_of(getattr(function, "_public_path", function.__name__))(function)


def _class_of(path):
    """The class of the layers of a function, which bears its name."""
    title = "".join(part.title() for part in path.rsplit(".", 1)[-1].split("_"))
    cls = _function_classes.get(title)
    if cls is None:
        names = {"__module__": "function", "_config_class": FunctionLayer}
        cls = _function_classes[title] = type(title, (FunctionLayer,), names)
    return cls


_function_classes = {}
