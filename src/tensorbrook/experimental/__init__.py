"""tf.experimental: NumPy's functions on tensors."""

import importlib as _importlib

_LAZY = ("numpy",)


def __getattr__(name):
    if name in _LAZY:
        return _importlib.import_module("." + name, __name__)
    raise AttributeError(f"module 'tensorbrook.experimental' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_LAZY})
