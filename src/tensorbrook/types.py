"""tf.types: what functions and their arguments are, for isinstance checks and annotations."""

import inspect
from abc import ABC, abstractmethod
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .core.composite import CompositeTensor, TypeSpec
from .core.tensor import Tensor
from .function.concrete import ConcreteFunction
from .function.function import Function


class TraceType(ABC):
    """What a tf.function knows of an argument: the base of types of one's own.

    A `tf.TypeSpec` is one.
    """

    @abstractmethod
    def is_subtype_of(self, other):
        """Whether values of this type are of the other as well."""

    @abstractmethod
    def most_specific_common_supertype(self, others):
        """The type that this and all others are of; None where there is none."""

    @abstractmethod
    def placeholder_value(self, placeholder_context):
        """A value that stands for the argument while a function is traced."""

    @abstractmethod
    def __hash__(self):
        """As equal types do."""

    @abstractmethod
    def __eq__(self, other):
        """Whether both are the same type."""


TraceType.register(TypeSpec)


@runtime_checkable
class SupportsTracingProtocol(Protocol):
    """A value that says its own TraceType."""

    def __tf_tracing_type__(self, context):
        """The value's TraceType."""


class Callable(ABC):  # noqa: B024
    """What a `tf.function` and its concrete functions are."""


class PolymorphicFunction(Callable):
    """What a `tf.function` is.

    Example:
    >>> isinstance(tf.function(lambda x: x), tf.types.experimental.PolymorphicFunction)
    True
    """


GenericFunction = PolymorphicFunction
PolymorphicFunction.register(Function)
Callable.register(ConcreteFunction)


class FunctionType(inspect.Signature):
    """The parameters of a function and what it returns: Python's `inspect.Signature`."""


TensorLike = Tensor | CompositeTensor | np.ndarray | np.generic | list | tuple | int | float | str
TensorLike |= bool | bytes | complex


class _Replicated(ABC):  # noqa: B024
    """A value that has a copy on each replica; there is one replica, so no value is one."""


class Mirrored(_Replicated):
    """A value whose copies are equal."""


class PerReplica(_Replicated):
    """A value whose copies differ."""


class distributed:
    """The values of several replicas."""

    Mirrored, PerReplica = Mirrored, PerReplica


class experimental:
    """All of tf.types."""

    AtomicFunction: Any = ConcreteFunction
    Callable, ConcreteFunction, FunctionType = Callable, ConcreteFunction, FunctionType
    GenericFunction, PolymorphicFunction = GenericFunction, PolymorphicFunction
    SupportsTracingProtocol, TensorLike = SupportsTracingProtocol, TensorLike
    TraceType, distributed = TraceType, distributed
