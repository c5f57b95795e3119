"""keras.ops: NumPy's functions and those of neural networks, on tensors, under Keras's dtype rules.

To enter a new one: write the function of tensors in src/tensorbrook/ops if it is not there, then
declare it in the file of its family here (`declare.py`): `unary` or `binary` where it only promotes
dtypes; else a function under `@op("nn.moments")`, which reads its arguments with `as_tensor`,
`promote` or `floating` and calls `ops`. `op` gives it to the namespaces, makes layers of its calls
on Keras inputs and names them. Add its cases to tests/oracles/ops_cases, and record them.
"""

import importlib as _importlib

from . import core as _core
from . import einops as _einops
from . import linalg, nn, numpy
from . import math as _math
from . import ragged as _ragged
from . import sparse as _sparse
from .declare import functions as _functions

globals().update(_functions("ops"))


def __getattr__(name):
    if name == "image":
        return _importlib.import_module(".image", __name__)
    raise AttributeError(f"module 'keras.ops' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), "image"})
