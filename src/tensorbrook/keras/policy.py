"""Dtype policies: in which dtype layers compute, and in which they keep their variables."""

from ..base import dtypes
from ..base.config import settings
from ..base.context import context
from .registry import Configurable


class DTypePolicy(Configurable):
    """A layer's dtypes, named: "float32", or "mixed_float16" for float32 variables and float16
    computation.

    Example:
    >>> tf.keras.DTypePolicy("mixed_bfloat16").compute_dtype
    'bfloat16'
    """

    _config_module = "keras"

    def __init__(self, name=None):
        if isinstance(name, DTypePolicy):
            name = name.name
        self.name = settings.floatx if name is None else getattr(name, "name", str(name))
        if self.name.startswith("mixed_"):
            self.compute_dtype, self.variable_dtype = self.name.removeprefix("mixed_"), "float32"
        else:
            self.compute_dtype = self.variable_dtype = dtypes.as_dtype(name or self.name).name
            self.name = self.compute_dtype

    def __repr__(self):
        return f'<DTypePolicy "{self.name}">'

    def __eq__(self, other):
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self):
        return hash(self.name)


def get(identifier):
    """The policy an argument names: None stands for the global one."""
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, dict):
        identifier = identifier["config"]["name"]
    return identifier if isinstance(identifier, DTypePolicy) else DTypePolicy(identifier)


def dtype_policy():
    """The policy of layers that are given none; floatx unless it was set.

    Example:
    >>> tf.keras.config.dtype_policy()
    <DTypePolicy "float32">
    """
    return context.dtype_policy or DTypePolicy(settings.floatx)


def set_dtype_policy(policy):
    """Sets the policy of layers that are given none.

    Example:
    >>> tf.keras.config.set_dtype_policy("float32")
    """
    context.dtype_policy = None if policy is None else get(policy)
