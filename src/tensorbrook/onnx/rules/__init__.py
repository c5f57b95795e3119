"""What each primitive is in ONNX: a file for each family."""

from . import (
    complex,
    contraction,
    control,
    elementwise,
    movement,
    pictures,
    random,
    reduction,
    rows,
)
