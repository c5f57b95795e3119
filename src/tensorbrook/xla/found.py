"""Which accelerators this machine has, told by its files: JAX is not imported for it."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

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
        count = _count(platform, Path(root))
        chosen = environ.get(chooses)
        if chosen is not None:
            listed = [c for c in chosen.split(",") if c.strip() not in ("", "-1")]
            count = min(count, len(listed))
        if count and installed("jax") and any(map(installed, packages)):
            return [(kind, platform, count)]
    return []


def _count(platform, root):
    if platform == "rocm":
        nodes = root.glob("sys/class/kfd/kfd/topology/nodes/*/gpu_id")
        return sum(_text(node) not in ("", "0") for node in nodes)
    pattern = r"nvidia\d+" if platform == "cuda" else r"accel\d+"
    try:
        names = os.listdir(root / "dev")
    except OSError:
        return 0
    return sum(re.fullmatch(pattern, name) is not None for name in names)


def _text(path):
    try:
        return path.read_text().strip()
    except OSError:
        return ""
