"""`keras.preprocessing.sequence`: `pad_sequences` under its older path."""

from ..utils.numerical import pad_sequences

__all__ = ["pad_sequences"]
