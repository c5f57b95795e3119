"""tf.initializers: Keras's initializers under TensorFlow's name."""

from .keras import initializers as _initializers

globals().update({n: v for n, v in vars(_initializers).items() if not n.startswith("_")})
