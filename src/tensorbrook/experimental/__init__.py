"""tf.experimental: NumPy's functions on tensors, values that may be missing."""

import importlib as _importlib

from ..ops import namespace as _namespace

globals().update(_namespace("experimental"))

_LAZY = ("numpy",)


def __getattr__(name):
    if name in _LAZY:
        return _importlib.import_module("." + name, __name__)
    if name == "Optional":
        return _importlib.import_module("..data.optional", __name__).Optional
    raise AttributeError(f"module 'tensorbrook.experimental' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_LAZY, "Optional"})
