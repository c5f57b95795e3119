"""tf.metrics: Keras's metrics under TensorFlow's name."""

from .keras import metrics as _metrics

globals().update({n: v for n, v in vars(_metrics).items() if not n.startswith("_")})
