"""Keras: layers, models, training."""

import importlib as _importlib
import os as _os

from ..core.backend import device
from . import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    random,
    regularizers,
    utils,
)
from . import old_names as _old_names
from .initializers import Initializer
from .layers import InputSpec, Layer
from .layers.symbolic import KerasTensor
from .losses import Loss
from .metrics import Metric
from .models import Input, Model, Sequential
from .operations import Function, Operation, RematScope, remat
from .optimizers import Optimizer
from .policy import DTypePolicy
from .regularizers import Regularizer
from .variables import LEGACY as _LEGACY
from .variables import StatelessScope, SymbolicScope, Variable, name_scope

__version__ = "2.21.0" if _LEGACY else "3.15.1"
_old_names.enter()
_LAZY = (  # what is large or seldom wanted, and imported on first use
    *("applications", "datasets", "distillation", "distribution", "dtype_policies", "export"),
    *(
        "mixed_precision",
        "ops",
        "preprocessing",
        "quantizers",
        "saving",
        "tree",
        "visualization",
        "wrappers",
    ),
)


def version():
    """The version of Keras that this follows.

    Example:
    >>> tf.keras.version()
    '3.15.1'
    """
    return __version__


def _starred(module):
    """The names that `from module import *` gives a program: Keras's, none of our helpers'."""
    strange = {
        name
        for name, value in vars(module).items()
        if not (callable(value) and getattr(value, "__module__", "").startswith(__name__))
    }
    return [name for name in dir(module) if name[0] != "_" and name not in strange]


_SPACES = {
    _module.__name__.rpartition(".")[2]: _module
    for _module in (
        *(activations, backend, callbacks, constraints, initializers, layers, losses, metrics),
        *(models, optimizers, random, regularizers, utils),
    )
}
for _module in _SPACES.values():
    _module.__all__ = _starred(_module)
backend.__all__ += ["name_scope"]
optimizers.__all__ += ["legacy", "schedules"]

_ELSEWHERE = {"FloatDTypePolicy": "dtype_policies", "Quantizer": "quantizers"}


def __getattr__(name):
    if name in _LAZY:
        return _importlib.import_module("." + name, __name__)
    if name == "__all__":  # what `from keras import *` gives
        spaces = {*_LAZY, *_SPACES, "config"}
        inner = {n for n, v in globals().items() if isinstance(v, type(_os))} - spaces
        return [n for n in __dir__() if n[0] != "_" and n not in inner]
    if name in _ELSEWHERE:
        return getattr(_importlib.import_module("." + _ELSEWHERE[name], __name__), name)
    raise AttributeError(f"module 'tensorbrook.keras' has no attribute {name!r}.")


def __dir__():
    return sorted({*globals(), *_LAZY, *_ELSEWHERE})
