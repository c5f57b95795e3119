"""Models."""

import importlib as _importlib

from ..layers.configs import deserialize as model_from_config
from ..layers.input import Input, InputLayer
from .functional import LayerGraph
from .model import Functional, Model, model_from_json
from .sequential import Sequential, clone_model


def model_from_yaml(yaml_string=None, custom_objects=None):
    """Raises RuntimeError: there is no YAML of models."""
    raise RuntimeError("YAML is gone, as it could run code: use model.to_json, model_from_json.")


_LAZY = ("load_model", "save_model")  # what reads and writes files is imported at the first of them


def __getattr__(name):
    if name in _LAZY:
        return getattr(_importlib.import_module("..files", __package__), name)
    raise AttributeError(f"module 'tensorbrook.keras.models' has no attribute {name!r}.")


def __dir__():
    return sorted({*globals(), *_LAZY})
