"""Native rules of primitives that are neither elementwise, reductions nor movements."""

from . import check, conv, gather, matmul, pool, rows
