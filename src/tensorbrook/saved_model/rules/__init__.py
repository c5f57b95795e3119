"""How each primitive is written for TensorFlow, a file a family."""

from . import control, elementwise, files, linalg, move, nn, pictures, random, reduce, texts
