"""tf.experimental: NumPy's functions on tensors, types of one's own, small things."""

import importlib as _importlib

from ..dtypes import experimental as _dtypes
from ..ops.extension import (
    BatchableExtensionType,
    ExtensionType,
    ExtensionTypeSpec,
    dispatch_for_api,
    dispatch_for_binary_elementwise_apis,
    dispatch_for_binary_elementwise_assert_apis,
    dispatch_for_unary_elementwise_apis,
    unregister_dispatch_for,
)
from ..ops.ragged_shape import DynamicRaggedShape, RowPartition
from ..removed import without as _without
from . import dlpack, extension_type

globals().update(vars(_dtypes))
_LAZY = ("dtensor", "numpy")


class async_scope:
    """A context that changes nothing: operations are done when they return."""

    def __enter__(self):
        return None

    def __exit__(self, *exc):
        return None


def async_clear_error():
    """Nothing to clear: operations are done when they return."""


def enable_strict_mode():
    """Nothing to enable: what is not built raises, and old forms warn."""


def __getattr__(name):
    if name in _LAZY:
        return _importlib.import_module("." + name, __name__)
    if name == "Optional":
        return _importlib.import_module("..data.optional", __name__).Optional
    return _without(__name__, "experimental")(name)


def __dir__():
    return sorted({*globals(), *_LAZY, "Optional"})
