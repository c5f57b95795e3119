"""Every function of tensors: `ops.reduce_mean` is tf.reduce_mean, `ops.softmax` tf.nn.softmax.

The functions enter themselves under their public paths (core/dispatch.py, `public`); this module
offers them flat, and gives Tensor and Variable their operators.
"""

import importlib

from ..core.dispatch import PUBLIC
from . import (
    bands,
    blocks,
    compare,
    compose,
    control,
    conv,
    create,
    diagonals,
    elementwise,
    factor,
    fourier,
    index,
    join,
    linalg,
    matmul,
    nn,
    numerics,
    operators,
    quantization,
    reduce,
    scatter,
    scipy_functions,
    segments,
    select,
    sequence,
    shape,
    signal,
    sort,
    special,
)
from . import cast as _cast_module
from . import crossing as _crossing_module
from . import debugging as debugging
from . import initializers as _initializers_module
from . import lookup as _lookup_module
from . import partition as _partition_module
from . import pool as _pool_module
from . import python_functions as _python_functions
from . import ragged as _ragged_module
from . import ragged_functions as _ragged_functions
from . import ragged_products as _ragged_products
from . import ragged_reduce as _ragged_reduce
from . import ragged_rows as _ragged_rows
from . import ragged_shape as _ragged_shape
from . import random as random
from . import sampling as sampling
from . import sets as _sets_module
from . import sparse as _sparse_module
from . import sparse_counts as _sparse_counts
from . import sparse_functions as _sparse_functions
from . import sparse_lookup as _sparse_lookup
from . import sparse_rules as _sparse_rules
from . import strings as _strings_module
from . import strings_rows as _strings_rows
from . import variables as _variables

_PLAIN = ("", "math", "nn", "nn.experimental", "math.special", "linalg", "bitwise", "dtypes")


def flat_names(functions):
    """The functions of public paths by the names that this module gives them.

    Those of tf, tf.math, tf.nn and their like are named by the last part of the path. Elsewhere
    such a name means something else (tf.split, tf.strings.split): there it is the whole path,
    `strings_split`.

    Raises:
      ValueError: two functions would have one name.
    """
    names = {}
    for path, function in functions.items():
        space, _, last = path.rpartition(".")
        name = last if space in _PLAIN else path.replace(".", "_")
        if names.setdefault(name, function) is not function:
            raise ValueError(f"ops.{name}: tf.{path} and another function would both have it.")
    return names


globals().update(flat_names(PUBLIC))


def namespace(prefix):
    """The public functions directly under `tf.<prefix>`, by name: what the facade modules hold.

    Example:
    >>> "softmax" in tf.nn.__dict__
    True
    """
    lead = prefix + "." if prefix else ""
    return {
        path[len(lead) :]: function
        for path, function in PUBLIC.items()
        if path.startswith(lead) and "." not in path[len(lead) :]
    }


_LATER = ("image",)  # large families, imported when they are first asked for


def __getattr__(name):
    if name in _LATER:
        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
