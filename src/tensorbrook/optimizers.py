"""tf.optimizers: Keras's optimizers under TensorFlow's name."""

from .keras import optimizers as _optimizers

globals().update({n: v for n, v in vars(_optimizers).items() if not n.startswith("_")})
