"""tf.io: files, and what they hold."""

from .ops import files as _files
from .ops import image as _image
from .ops import namespace

globals().update(namespace("io"))
