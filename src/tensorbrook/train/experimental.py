"""tf.train.experimental: values of a program's own in checkpoints."""

from ..checkpoint.python_state import PythonState

__all__ = ["PythonState"]
