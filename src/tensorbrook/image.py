"""tf.image: pictures."""

from .ops import image as _image
from .ops import namespace

globals().update(namespace("image"))
