"""tensorbrook: TensorFlow 2's programming model and Keras, made again.

`import tensorbrook as tf` stands for `import tensorflow as tf`; `tensorbrook run program.py` runs
a TensorFlow program as it is. The functions of tensors enter themselves (core/dispatch.py); what
is large and not always needed is imported on first use.
"""

import importlib as _importlib
import warnings as _warnings

from .base import garbage as _garbage

# NumPy's floating-point warnings from inside our kernels say what TensorFlow leaves silent: the
# results, inf and nan, speak for themselves. The user's own NumPy code keeps its warnings.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"tensorbrook\.")

with _garbage.paused:
    # NumPy comes from here, where few calls are open: CPython 3.11 gives its stack of frames back
    # and takes it anew, by two system calls, whenever a call crosses the end of a piece of 16 KiB.
    # Some 600 calls in the imports of NumPy did, 25 ms, when a module deep below asked first.
    import numpy as _numpy

    from . import ops as _ops
    from .autodiff.custom import custom_gradient, grad_pass_through, recompute_grad
    from .autodiff.tape import GradientTape, UnconnectedGradients
    from .base.dtypes import (
        DType,
        as_dtype,
        bfloat16,
        complex64,
        complex128,
        double,
        float16,
        float32,
        float64,
        half,
        int8,
        int16,
        int32,
        int64,
        string,
        uint8,
        uint16,
        uint32,
        uint64,
    )
    from .base.dtypes import bool_ as bool
    from .base.names import name_scope
    from .base.shapes import TensorShape
    from .compiler import native as _native
    from .core.backend import device
    from .core.composite import TypeSpec
    from .core.dispatch import executing_eagerly, init_scope
    from .core.spec import TensorSpec, type_spec_from_value
    from .core.tensor import Tensor, convert_to_tensor
    from .core.variable import (
        Variable,
        VariableAggregation,
        VariableSynchronization,
        variable_creator_scope,
    )
    from .function.function import function
    from .function.module import Module
    from .version import VERSION as __version__
    from .xla import found as _found

    _found.enter()
    _garbage.age()
globals().update(_ops.namespace(""))
newaxis = None

_LAZY = (
    "audio", "autograph", "bitwise", "compat", "config", "data", "debugging", "distribute",
    "dtypes", "errors", "experimental", "feature_column", "graph_util", "image", "initializers",
    "io", "keras", "linalg", "lite", "lookup", "losses", "math", "metrics", "nest", "nn", "onnx",
    "optimizers", "profiler", "quantization", "queue", "ragged", "random", "raw_ops",
    "saved_model", "sets", "signal", "sparse", "strings", "summary", "sysconfig", "test", "tpu",
    "train", "types", "version",
)  # fmt: skip
# names that few programs use: the module of each, imported on first use
_NAMES = {
    "NoneTensorSpec": "data.structure",
    "OptionalSpec": "data.optional",
    "__internal__": "tools.insides",
    "edit_distance": "ops.decoders",
    "extract_volume_patches": "ops.windows",
    **dict.fromkeys(
        ("AggregationMethod", "CriticalSection", "DeviceSpec", "Graph", "Operation",
         "RegisterGradient", "check_pinned", "get_current_name_scope", "get_logger",
         "import_graph_def", "inside_function", "is_symbolic_tensor", "load_library",
         "load_op_library", "make_ndarray", "make_tensor_proto", "no_gradient",
         "nondifferentiable_batch_function"),
        "old_graph",
    ),
}  # fmt: skip


def enable_v2_behavior():
    """Nothing to do: operations run at once, as in TensorFlow 2."""


def get_static_value(tensor, partial=False):
    """The value of a tensor that has one already, as an array; None in a trace. What is no tensor
    is its own value.

    Example:
    >>> tf.get_static_value(tf.constant(3))
    np.int32(3)
    """
    if not _ops.compose.is_tensor(tensor):
        return tensor
    return tensor.numpy() if getattr(tensor, "is_eager", False) else None


def __getattr__(name):
    removed = _importlib.import_module(".removed", __name__)
    if name in _LAZY:
        with _garbage.paused:
            module = _importlib.import_module("." + name, __name__)
            _garbage.age()
        vars(module).setdefault("__getattr__", removed.without(module.__name__, name))
        return module
    if name in _NAMES:
        return getattr(_importlib.import_module("." + _NAMES[name], __name__), name)
    if name[0] != "_" and name in _functions():
        return globals()[name]
    if name == "__all__":  # what `from tensorflow import *` gives
        inner = {n for n, v in globals().items() if isinstance(v, type(_ops))} - {*_LAZY}
        return [n for n in __dir__() if n[0] != "_" and n not in inner]
    if name in removed.INSTEAD:
        raise AttributeError(f"tf.{name} is TensorFlow 1's: {removed.INSTEAD[name]}.")
    why = removed.reason(name)
    raise AttributeError(
        f"module 'tensorbrook' has no attribute {name!r}"
        + (f": {why}." if why else ". docs/symbols.md lists what TensorFlow has and this has not.")
    )


def __dir__():
    return sorted({*globals(), *_functions(), *_LAZY, *_NAMES})


def _functions():
    """All functions of tf by name, entered here: those too that are imported on first use."""
    _ops.import_operations()
    found = _ops.namespace("")
    globals().update({name: f for name, f in found.items() if name not in globals()})
    return found
