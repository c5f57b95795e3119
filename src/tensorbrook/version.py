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
