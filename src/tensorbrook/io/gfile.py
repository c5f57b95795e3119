"""tf.io.gfile: files and folders."""

from ..base.files import glob, makedirs
from ..base.gfile import (
    GFile,
    copy,
    exists,
    get_registered_schemes,
    isdir,
    join,
    listdir,
    mkdir,
    remove,
    rename,
    rmtree,
    stat,
    walk,
)

__all__ = [
    "GFile",
    "copy",
    "exists",
    "get_registered_schemes",
    "glob",
    "isdir",
    "join",
    "listdir",
    "makedirs",
    "mkdir",
    "remove",
    "rename",
    "rmtree",
    "stat",
    "walk",
]
