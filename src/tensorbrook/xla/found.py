"""Which accelerators this machine has, told by its files: JAX is not imported for it."""

import os
import re
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from ..core.backend import await_backend

# what TensorFlow calls them, JAX's platform, the packages of which JAX needs one, the variable by
# which users say which of them to use
_KINDS = (
    ("GPU", "cuda", ("jax_cuda13_plugin", "jax_cuda12_plugin"), "CUDA_VISIBLE_DEVICES"),
    ("GPU", "rocm", ("jax_rocm7_plugin", "jax_rocm60_plugin"), "HIP_VISIBLE_DEVICES"),
    ("TPU", "tpu", ("libtpu",), "TPU_VISIBLE_CHIPS"),
)


def accelerators(environ=os.environ, root="/", installed=find_spec):
    """(device type, platform, count) of the accelerators that JAX can use; of the first kind.

    Args:
      environ, root, installed: the environment, the root of the files, and what tells of a package
        whether it is there.
    """
    if environ.get("TENSORBROOK_BACKEND") not in (None, "", "xla"):
        return []
    wanted = environ.get("JAX_PLATFORMS")
    for kind, platform, packages, chooses in _KINDS:
        if wanted and not {platform, kind.lower()} & set(wanted.split(",")):
            continue
        count = _count(platform, root)
        chosen = environ.get(chooses)
        if chosen is not None:
            listed = [c for c in chosen.split(",") if c.strip() not in ("", "-1")]
            count = min(count, len(listed))
        if count and installed("jax") and any(map(installed, packages)):
            return [(kind, platform, count)]
    return []


def _count(platform, root):
    if platform == "rocm":
        nodes = os.path.join(root, "sys/class/kfd/kfd/topology/nodes")
        return sum(_text(nodes, node, "gpu_id") not in ("", "0") for node in _names(nodes))
    pattern = r"nvidia\d+" if platform == "cuda" else r"accel\d+"
    names = _names(os.path.join(root, "dev"))
    return sum(re.fullmatch(pattern, name) is not None for name in names)


def _names(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _text(*path):
    try:
        with open(os.path.join(*path)) as file:
            return file.read().strip()
    except OSError:
        return ""


def enter():
    """Registers the backends: now where there is an accelerator, else once somebody asks."""
    load = partial(import_module, ".backend", __package__)
    load() if accelerators() else await_backend(load)
