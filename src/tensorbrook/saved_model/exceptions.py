"""Primitives that cannot be written for TensorFlow, and why."""

WHY = {
    "python_call": "it calls a Python function, which a file cannot hold",
}
