"""Native rules of primitives that are neither elementwise, reductions nor movements."""
