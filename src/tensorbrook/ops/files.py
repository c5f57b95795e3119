"""tf.io: reading and writing whole files."""

import os

import numpy as np

from ..base.dims import Dim
from ..base.errors import InvalidArgumentError
from ..base.files import contents, glob, makedirs, path_of, replacing
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec
from ..core.variable import Variable

_STRING = np.dtype(object)


def _sample(*texts):
    arrays = tuple(np.array(text.encode(), object) for text in texts)
    return lambda rng: [(arrays, {})]


def _one_string(name, spec, what):
    if spec.shape or spec.dtype != _STRING:
        raise InvalidArgumentError(
            f"[{name}] {what} must be one string, got {spec.dtype}{list(spec.shape)}."
        )


def _read_kernel(filename):
    return np.array(contents(filename[()]), object)


def _read_infer(filename):
    _one_string("read_file", filename, "filename")
    return Spec((), _STRING)


_read = Op(
    "read_file",
    _read_kernel,
    _read_infer,
    samples=_sample(__file__),
    effect=True,
    doc="The bytes of a file.",
    why_no_gradient="its result is a string",
)


@public("io.read_file")
def read_file(filename, name=None):
    """The bytes of a file, as a string.

    Args:
      filename: a string.

    Raises:
      NotFoundError: there is no such file.

    Example:
    >>> tf.io.write_file("hello.txt", "hi")
    >>> tf.io.read_file("hello.txt").numpy()
    b'hi'
    """
    return apply(_read, (tensor_of(filename),), {})


def _write_kernel(filename, contents):
    path = path_of(filename[()])
    folder = os.path.dirname(path)
    if folder:
        makedirs(folder)
    with replacing(path, synced=False) as new, open(new, "wb") as file:
        file.write(contents[()])
    return ()


def _write_infer(filename, contents):
    _one_string("write_file", filename, "filename")
    _one_string("write_file", contents, "contents")
    return ()


_write = Op(
    "write_file",
    _write_kernel,
    _write_infer,
    samples=_sample(os.devnull, "text"),
    effect=True,
    doc="Writes the bytes of a file.",
    why_no_gradient="it has no result",
)


@public("io.write_file")
def write_file(filename, contents, name=None):
    """Writes a string into a file, making its folders.

    Args:
      filename, contents: strings.

    Example:
    >>> tf.io.write_file("a/b.txt", "text")
    >>> tf.io.read_file("a/b.txt").numpy()
    b'text'
    """
    apply(_write, (tensor_of(filename), tensor_of(contents)), {})


def _matching_kernel(pattern):
    return np.array(list(map(os.fsencode, glob(pattern.ravel().tolist()))), object)


_matching = Op(
    "matching_files",
    _matching_kernel,
    lambda pattern: Spec((Dim.of_data(),), _STRING),
    samples=_sample(__file__),
    effect=True,
    doc="The names of files that match a pattern.",
    why_no_gradient="its result holds strings",
)


@public("io.matching_files")
def matching_files(pattern, name=None):
    """The names of the files that match a pattern such as "pictures/*.png", in order.

    Args:
      pattern: a string, or a vector of them.

    Example:
    >>> tf.io.write_file("one.tif", "")
    >>> tf.io.matching_files("*.tif").numpy()
    array([b'./one.tif'], dtype=object)
    """
    return apply(_matching, (tensor_of(pattern),), {})


@public("io.match_filenames_once")
def match_filenames_once(pattern, name=None):
    """A variable with the names of the files that match a pattern now; it keeps them.

    Args:
      pattern: a string, or a vector of them.

    Example:
    >>> tf.io.write_file("one.toml", "")
    >>> tf.io.match_filenames_once("*.toml").numpy()
    array([b'./one.toml'], dtype=object)
    """
    return Variable(matching_files(pattern), trainable=False, name=name, shape=[None])
