"""float16 and bfloat16 in NumPy kernels: computed in float32, and rounded once at the end."""

from functools import wraps

import numpy as np


def rounded_once(kernel):
    """A kernel that sees float16 and bfloat16 operands as float32; its result is rounded back."""

    @wraps(kernel)
    def compute(x, *rest, **attrs):
        if x.itemsize != 2 or x.dtype.kind not in "fV":
            return kernel(x, *rest, **attrs)
        dtype = x.dtype
        wide = [y.astype(np.float32) if y.dtype == dtype else y for y in (x, *rest)]
        return kernel(*wide, **attrs).astype(dtype)

    return compute
