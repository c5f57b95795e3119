"""Every function of tensors: `ops.reduce_mean` is tf.reduce_mean, `ops.softmax` tf.nn.softmax.

The functions enter themselves under their public paths (core/dispatch.py, `public`); this module
offers them flat, by the last part of the path, and gives Tensor and Variable their operators.
"""

from ..core.dispatch import PUBLIC
from . import cast as _cast_module
from . import (
    compare,
    compose,
    control,
    conv,
    create,
    elementwise,
    index,
    join,
    linalg,
    matmul,
    nn,
    operators,
    reduce,
    scatter,
    select,
    shape,
    sort,
    special,
)
from . import debugging as debugging
from . import pool as _pool_module
from . import random as random

_SEPARATE = ("random.", "debugging.", "__operators__.")
for _path, _function in list(PUBLIC.items()):
    if not _path.startswith(_SEPARATE):
        globals()[_path.rsplit(".", 1)[-1]] = _function


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
