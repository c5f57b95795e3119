"""Graphs of TensorFlow's read: their ops as calls of our functions."""

from . import control, draws, numbers, slopes, state, texts
