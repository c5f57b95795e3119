"""Native rules of primitives that are neither elementwise, reductions nor movements."""

from . import check, control, conv, gather, join, matmul, pool, rows
