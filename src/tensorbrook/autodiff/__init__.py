"""tf.autodiff, and what it is made of: tapes, the backward walk, functions with own gradients."""

from .forward import ForwardAccumulator as ForwardAccumulator
from .tape import GradientTape as GradientTape
