"""What each primitive is in ONNX: a file for each family."""

from . import contraction, elementwise, movement, reduction
