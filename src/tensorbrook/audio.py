"""tf.audio: WAV files."""

from .ops import audio as _audio
from .ops import namespace

globals().update(namespace("audio"))
