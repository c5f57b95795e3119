"""Keras: layers, models, training."""

import os as _os

from ..base.lazy import on_first_use as _on_first_use
from ..base.lazy import starred as _starred
from ..core.backend import device
from ..distribute import strategies as _strategies  # this and the next are what a first step of
from ..graph import passes as _passes  # training needs: a program may wait for an import instead
from . import (
    activations,
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
from .variables import StatelessScope, SymbolicScope, Variable, name_scope

# Programs of Keras 2 say so before they import TensorFlow, and libraries for them ask.
_LEGACY = _os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
__version__ = "2.21.0" if _LEGACY else "3.15.1"
_old_names.enter()


def version():
    """The version of Keras that this follows.

    Example:
    >>> tf.keras.version()
    '3.15.1'
    """
    return __version__


_SPACES = {
    _module.__name__.rpartition(".")[2]: _module
    for _module in (
        *(activations, callbacks, constraints, initializers, layers, losses, metrics, models),
        *(optimizers, random, regularizers, utils),
    )
}
for _module in _SPACES.values():
    _module.__all__ = _starred(_module)
optimizers.__all__ += ["legacy", "schedules"]
_LATE = (  # what is large or seldom wanted
    "applications backend datasets distillation distribution dtype_policies export mixed_precision "
    "ops preprocessing quantizers saving tree visualization wrappers"
)


def _missing(name):
    if name == "__all__":  # what `from keras import *` gives
        spaces = {*_LATE.split(), *_SPACES, "config"}
        inner = {n for n, v in globals().items() if isinstance(v, type(_os))} - spaces
        return [n for n in __dir__() if n[0] != "_" and n not in inner]
    raise AttributeError(f"module 'tensorbrook.keras' has no attribute {name!r}.")


__getattr__, __dir__ = _on_first_use(
    __name__,
    {
        **{_name: _name for _name in _LATE.split()},
        "dtype_policies": "dtype_policies FloatDTypePolicy",
        "quantizers": "quantizers Quantizer",
    },
    _missing,
)
