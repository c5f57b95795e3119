"""Versions: TensorFlow's, whose programming model this is, and tensorbrook's own.

Programs compare `tf.__version__` with TensorFlow's releases, so it names the release followed.

Example:
    >>> import tensorbrook.version
    >>> tensorbrook.version.VERSION >= "2.0"
    True
"""

from .base import release as _release

VERSION = _release.VERSION
GIT_VERSION = f"v{VERSION}-tensorbrook"
COMPILER_VERSION = "none: Python over NumPy"
TENSORBROOK = "0.1.0"
GRAPH_DEF_VERSION = _release.GRAPH_DEF_VERSION
GRAPH_DEF_VERSION_MIN_CONSUMER = _release.GRAPH_DEF_VERSION_MIN_CONSUMER
GRAPH_DEF_VERSION_MIN_PRODUCER = _release.GRAPH_DEF_VERSION_MIN_PRODUCER
