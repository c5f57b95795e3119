"""keras.dtype_policies: the policies of layers by name."""

from .policy import (
    AWQDTypePolicy,
    DTypePolicy,
    DTypePolicyMap,
    FloatDTypePolicy,
    GPTQDTypePolicy,
    Int4DTypePolicy,
    QuantizedDTypePolicy,
    QuantizedFloat8DTypePolicy,
    deserialize,
    get,
)
from .registry import serialize as _serialize


def serialize(dtype_policy):
    """The config of a policy."""
    return _serialize(dtype_policy)
