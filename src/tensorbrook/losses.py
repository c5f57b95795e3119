"""tf.losses: Keras's losses under TensorFlow's name."""

from .keras import losses as _losses

globals().update({n: v for n, v in vars(_losses).items() if not n.startswith("_")})
