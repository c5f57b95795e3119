"""Layers made of functions: what a `tf` function on a KerasTensor becomes."""

from ...core.dispatch import PUBLIC
from ...core.hooks import provide
from ..registry import unique_name
from .layer import Layer


class FunctionLayer(Layer):
    """A function of tensors as a layer: what a `tf` function on a KerasTensor becomes."""

    def __init__(self, function, name=None, **kwargs):
        path = getattr(function, "_public_path", None) or function
        if isinstance(path, str):
            function = PUBLIC[path]
        self._run = function
        self.function = path
        leaf = path.rsplit(".", 1)[-1] if isinstance(path, str) else function.__name__
        super().__init__(name=name or unique_name(leaf), autocast=False, **kwargs)
        self.built = True

    def call(self, *args, **kwargs):
        """Calls the function."""
        return self._run(*args, **kwargs)

    def _convert(self, value):
        return value


@provide("function_layer")
def _layer_of(function):
    leaf = getattr(function, "_public_path", function.__name__).rsplit(".", 1)[-1]
    title = "".join(part.title() for part in leaf.split("_"))
    cls = _function_classes.get(title)
    if cls is None:
        cls = _function_classes[title] = type(title, (FunctionLayer,), {"__module__": "function"})
    return cls(function)


_function_classes = {}
