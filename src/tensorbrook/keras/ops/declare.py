"""How functions of keras.ops are declared, and the dtypes they compute in.

A function of keras.ops is the `tf` function under Keras's promotion of dtypes (keras/promotion.py),
with Keras's signature. `op` enters it; `unary` and `binary` make those that are no more than that.
"""

import numpy as np

from ... import ops
from ...base import dtypes
from ...base.config import settings
from ...base.dtypes import BOOL, FLOATS, INTS
from ...core.dispatch import PUBLIC, public, tensor_of
from ...core.tensor import Tensor, convert_to_tensor, wrap
from ..promotion import result_type
from ..registry import OPERATIONS, snake_case

_WEAK = (int, float)
_WHOLE = BOOL | INTS - {
    np.dtype("uint64")
}  # two of one such dtype have it together, without promotion


def op(*paths, flat=True, layer=None):
    """Enters a function in keras.ops: under each of `paths` there, and under their last parts.

    `op("numpy.exp")` makes `keras.ops.numpy.exp` and `keras.ops.exp`; `op("cast")` the latter
    alone, and `op("image.resize", flat=False)` the former. On a Keras input the call becomes a
    layer of a class that the first path's last part names, or `layer` where Keras calls it so.
    """

    def enter(function):
        found = [f"keras.ops.{path}" for path in paths]
        if flat:
            found += [f"keras.ops.{path.rpartition('.')[2]}" for path in paths]
        function.__name__ = function.__qualname__ = paths[0].rpartition(".")[2]
        entered = public(*dict.fromkeys(found))(function)
        if layer:
            entered._layer_class = layer
            OPERATIONS.setdefault(f"keras.ops.{snake_case(layer)}", f"keras.ops.{paths[0]}")
        return entered

    return enter


def functions(space):
    """What is entered directly under `keras.<space>`, by name."""
    lead = f"keras.{space}."
    return {
        path.removeprefix(lead): function
        for path, function in PUBLIC.all().items()
        if path.startswith(lead) and "." not in path.removeprefix(lead)
    }


def as_tensor(value, dtype=None):
    """`value` as a tensor, of dtype `dtype` if given."""
    if dtype is None:
        return tensor_of(value)
    if value.__class__ in (bool, *_WEAK):
        return convert_to_tensor(value, dtype)
    return ops.cast(tensor_of(value), dtype)


def dtype_of(value):
    """The name of a tensor's dtype."""
    return dtypes.from_numpy(value._dtype).name


def promote(*values, also=(), weak=True):
    """The values as tensors of the dtype that they have together.

    Args:
      also: further dtypes to take into account: `(float,)` makes floats of integers.
      weak: whether Python numbers take the width of what they meet, instead of int32 and floatx.
    """
    found = {v._dtype for v in values if isinstance(v, Tensor)}
    if len(found) == 1:  # the frequent case, quickly
        (dtype,) = found
        others = [v.__class__ for v in values if not isinstance(v, Tensor)]
        if dtype in FLOATS and (not others or (weak and all(c in _WEAK for c in others))):
            return [v if isinstance(v, Tensor) else wrap(np.asarray(v, dtype)) for v in values]
        if dtype in _WHOLE and not (also or others):
            return list(values)
    read, kinds = [], list(also)
    for value in values:
        if weak and value.__class__ in _WEAK:
            kinds.append(value.__class__)
        else:
            value = tensor_of(value)
            kinds.append(dtype_of(value))
        read.append(value)
    dtype = result_type(*kinds)
    return [as_tensor(value, dtype) for value in read]


def floating(x):
    """`x` as a tensor of floats: integers and booleans in Keras's default dtype."""
    x = as_tensor(x)
    return ops.cast(x, settings.floatx) if x._dtype.kind in "biu" else x


def unary(path, function, doc, floats=False, also=()):
    """Enters `function` of one tensor.

    Args:
      path: its path in keras.ops, such as "numpy.exp".
      function: the function of a tensor.
      doc: what it computes.
      floats: whether integers are made floats before.
      also: further paths.
    """
    read = floating if floats else as_tensor

    def call(x):
        return function(read(x))

    call.__doc__ = f"{doc}\n\n    Args:\n      x: a tensor, or what becomes one.\n    "
    return op(path, *also)(call)


def binary(path, function, doc, floats=False, weak=True, also=()):
    """Enters `function` of two tensors, which are promoted to one dtype.

    Args:
      path: its path in keras.ops, such as "numpy.add".
      function: the function of two tensors of one dtype.
      doc: what it computes.
      floats: whether integers are made floats before.
      weak: as in `promote`.
      also: further paths.
    """
    kinds = (float,) if floats else ()

    def call(x1, x2):
        return function(*promote(x1, x2, also=kinds, weak=weak))

    call.__doc__ = (
        f"{doc}\n\n    Args:\n      x1, x2: tensors or numbers that broadcast together; they get "
        "the dtype\n        that keras.backend.result_type names.\n    "
    )
    return op(path, *also)(call)
