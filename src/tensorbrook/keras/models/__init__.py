"""Models."""

import importlib as _importlib

from ..layers.configs import deserialize as model_from_config
from ..layers.input import Input, InputLayer
from .functional import LayerGraph
from .model import Functional, Model, model_from_json
from .sequential import Sequential, clone_model

_LAZY = ("load_model", "save_model")  # what reads and writes files is imported at the first of them


def __getattr__(name):
    if name in _LAZY:
        return getattr(_importlib.import_module("..files", __package__), name)
    raise AttributeError(f"module 'tensorbrook.keras.models' has no attribute {name!r}.")


def __dir__():
    return sorted({*globals(), *_LAZY})
