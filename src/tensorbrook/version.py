"""Versions: TensorFlow's, whose programming model this is, and tensorbrook's own.

Programs compare `tf.__version__` with TensorFlow's releases, so it names the release followed.

Example:
    >>> import tensorbrook.version
    >>> tensorbrook.version.VERSION >= "2.0"
    True
"""

VERSION = "2.21.0"
GIT_VERSION = f"v{VERSION}-tensorbrook"
COMPILER_VERSION = "none: Python over NumPy"
TENSORBROOK = "0.1.0"
# those of the release that is followed; no graphs of TensorFlow are read or written
GRAPH_DEF_VERSION, GRAPH_DEF_VERSION_MIN_CONSUMER, GRAPH_DEF_VERSION_MIN_PRODUCER = 2474, 0, 0
