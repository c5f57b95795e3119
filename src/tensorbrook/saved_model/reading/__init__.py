"""Graphs of TensorFlow's read: their ops as calls of our functions."""

from . import control, numbers, state, texts
