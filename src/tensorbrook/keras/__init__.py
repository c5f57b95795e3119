"""Keras: layers, models, training."""

import importlib as _importlib

from ..core.backend import device
from . import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    preprocessing,
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
from .variables import StatelessScope, SymbolicScope, Variable, name_scope

__version__ = "3.15.1"
_old_names.enter()
_LAZY = (  # what is large or seldom wanted, and imported on first use
    *("applications", "distillation", "distribution", "dtype_policies", "export"),
    *("mixed_precision", "ops", "quantizers", "saving", "tree", "visualization", "wrappers"),
)


def version():
    """The version of Keras that this follows.

    Example:
    >>> tf.keras.version()
    '3.15.1'
    """
    return __version__


_ELSEWHERE = {"FloatDTypePolicy": "dtype_policies", "Quantizer": "quantizers"}


def __getattr__(name):
    if name in _LAZY:
        return _importlib.import_module("." + name, __name__)
    if name == "__all__":  # what `from keras import *` gives
        return [n for n in __dir__() if not n.startswith("_")]
    if name in _ELSEWHERE:
        return getattr(_importlib.import_module("." + _ELSEWHERE[name], __name__), name)
    raise AttributeError(f"module 'tensorbrook.keras' has no attribute {name!r}.")


def __dir__():
    return sorted({*globals(), *_LAZY, *_ELSEWHERE})
