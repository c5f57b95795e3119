"""tf.random: random numbers, bit for bit TensorFlow's."""

from types import SimpleNamespace

from .ops import candidates as _candidates
from .ops import namespace
from .ops.generator import Algorithm as Algorithm
from .ops.generator import Generator as Generator
from .ops.seeding import set_seed as set_seed

globals().update(namespace("random"))
experimental = SimpleNamespace(**namespace("random.experimental"))
