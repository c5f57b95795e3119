"""tf.io: files, and what they hold."""

from ..base.records import TFRecordOptions, TFRecordWriter
from ..ops import decoding as _decoding
from ..ops import files as _files
from ..ops import image as _image
from ..ops import namespace
from ..ops import parsing as _parsing
from . import gfile

__all__ = ["TFRecordOptions", "TFRecordWriter", "gfile"]
globals().update(namespace("io"))
