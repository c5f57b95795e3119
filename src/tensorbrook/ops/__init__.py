"""Every function of tensors: `ops.reduce_mean` is tf.reduce_mean, `ops.softmax` tf.nn.softmax.

The functions enter themselves under their public paths (core/dispatch.py, `public`); this module
offers them flat, and gives Tensor and Variable their operators.
"""

from importlib import import_module

from ..base import garbage
from ..core.dispatch import PUBLIC
from ..core.hooks import hooks, provide
from . import operators, variables

# Imported with the first name that is not among those of the modules that tensors, tapes and traces
# need themselves: half of the time of `import tensorbrook` would be theirs.
_ON_FIRST_USE = (
    "bands", "blocks", "control", "conv", "crossing", "debugging", "diagonals", "factor", "fourier",
    "initializers", "linalg", "lookup", "nn", "numerics", "partition", "pool", "python_functions",
    "quantization", "ragged", "ragged_functions", "ragged_products", "ragged_reduce", "ragged_rows",
    "ragged_shape", "random", "sampling", "scipy_functions", "segments", "sequence", "sets",
    "signal", "sort", "sparse", "sparse_counts", "sparse_functions", "sparse_lookup",
    "sparse_rules", "special", "strings", "strings_rows",
)  # fmt: skip

_PLAIN = ("", "math", "nn", "nn.experimental", "math.special", "linalg", "bitwise", "dtypes")


def flat_names(functions):
    """The functions of public paths by the names that this module gives them.

    Those of tf, tf.math, tf.nn and their like are named by the last part of the path. Elsewhere
    such a name means something else (tf.split, tf.strings.split): there it is the whole path,
    `strings_split`.

    Raises:
      ValueError: two functions would have one name.
    """
    names = {}
    for path, function in functions.items():
        space, _, last = path.rpartition(".")
        name = last if space in _PLAIN else path.replace(".", "_")
        if names.setdefault(name, function) is not function:
            raise ValueError(f"ops.{name}: tf.{path} and another function would both have it.")
    return names


def import_operations():
    """Imports the operations that are not there yet; nothing the second time."""
    if hooks.import_operations is import_operations:
        with garbage.paused:
            for name in _ON_FIRST_USE:
                import_module("." + name, __name__)
        hooks.import_operations = lambda: None
        globals().update(flat_names(PUBLIC))


provide("import_operations")(import_operations)
globals().update(flat_names(PUBLIC))


def namespace(prefix):
    """The public functions directly under `tf.<prefix>`, by name: what the facade modules hold.

    Example:
    >>> "softmax" in tf.nn.__dict__
    True
    """
    lead = prefix + "." if prefix else ""
    return {
        path[len(lead) :]: function
        for path, function in (PUBLIC.all() if prefix else PUBLIC).items()
        if path.startswith(lead) and "." not in path[len(lead) :]
    }


def __getattr__(name):
    if name == "image":  # a large family, which is imported for itself
        return import_module("." + name, __name__)
    if name[0] != "_":
        hooks.import_operations()
        if name in globals():
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
