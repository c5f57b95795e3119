"""`keras.preprocessing`: Keras's older home of tools for sequences and text."""

from . import sequence, text

__all__ = ["sequence", "text"]
