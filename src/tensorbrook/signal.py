"""tf.signal: Fourier, cosine and mel transforms, frames and windows."""

from .ops import namespace

globals().update(namespace("signal"))
