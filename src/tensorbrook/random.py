"""tf.random: random numbers, bit for bit TensorFlow's."""

from .ops import namespace
from .ops.generator import Algorithm, Generator
from .ops.seeding import set_seed

globals().update(namespace("random"))
