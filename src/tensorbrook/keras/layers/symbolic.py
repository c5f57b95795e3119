"""KerasTensor: the placeholder of the functional API; and layers made of functions.

A KerasTensor's shape may have unknown dimensions. To infer shapes through arbitrary code, it
carries two abstract tensors in which the unknown dimensions are filled with two different
numbers: what differs between the two results is unknown.
"""

from ...base import nest
from ...base.dtypes import as_dtype
from ...base.shapes import TensorShape
from ...core.dispatch import PUBLIC, TraceBreak, init_scope
from ...core.tensor import Deferred, Tensor
from ...graph.trace import Abstract, abstract
from ...ops.operators import attach
from ..registry import unique_name

FILLS = (83, 89)  # primes, so that no sum or product of other sizes takes them for its own


class KerasHistory(tuple):
    """(operation, node_index, tensor_index): where a KerasTensor comes from."""

    operation = property(lambda self: self[0])
    node_index = property(lambda self: self[1])
    tensor_index = property(lambda self: self[2])


class KerasTensor(Deferred):
    """A tensor of a model to come: shape, dtype and name, no values.

    Every `tf` function and operator accepts one; the call becomes a layer of the model.

    Example:
    >>> x = tf.keras.Input((4,), name="x")
    >>> (x * 2).shape
    TensorShape([None, 4])
    """

    def __init__(self, shape, dtype="float32", name=None, probes=None, **kwargs):
        unknown = [k for k, v in kwargs.items() if k not in ("sparse", "ragged") or v]
        if unknown:
            raise NotImplementedError(f"KerasTensor with {unknown}: only dense tensors are built.")
        self.shape, self.dtype = TensorShape(shape), as_dtype(dtype).name
        self.name = name or unique_name("keras_tensor")
        self._dtype = as_dtype(dtype).numpy_dtype
        if probes is None:
            probes = tuple(
                abstract([fill if d is None else d for d in self.shape], self._dtype)
                for fill in FILLS
            )
        self._probes = probes
        self._keras_history = None
        self._keras_mask = None

    ndim = property(lambda self: len(self.shape), doc="The number of dimensions.")
    sparse = ragged = False

    def get_shape(self):
        """The TensorShape."""
        return self.shape

    def __hash__(self):
        return id(self)

    def __repr__(self):
        return (
            f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse=False, ragged=False, "
            f"name={self.name}>"
        )

    def _no_value(self, what):
        raise TypeError(
            f"{what} needs values, but {self!r} is a placeholder of a model to come: use tf "
            f"functions "
            "on it, or run the code inside a layer's call()."
        )

    def __bool__(self):
        self._no_value("A Python `if`, `while` or bool()")

    def __array__(self, dtype=None, copy=None):
        self._no_value("NumPy")

    def numpy(self):
        """Raises TypeError: there are no values."""
        self._no_value(".numpy()")

    def __float__(self):
        self._no_value("float()")

    def __int__(self):
        self._no_value("int()")

    def __iter__(self):
        if not self.shape or self.shape[0] is None:
            raise TypeError(f"Cannot iterate over {self!r}: its first dimension is unknown.")
        return (self[i] for i in range(self.shape[0]))

    def __len__(self):
        raise TypeError(f"len() of {self!r} is not known; use x.shape.")

    def _call(self, function, args, kwargs):
        return _call_function(function, args, kwargs)


_iter = KerasTensor.__iter__
attach(KerasTensor)
KerasTensor.__iter__ = _iter
KerasTensor.__hash__ = lambda self: id(self)

_function_layer = []  # the maker of layers from functions, put in by layer.py


def _call_function(function, args, kwargs):
    return _function_layer[0](function)(*args, **kwargs)


def public_function(path):
    """The function `tf.<path>` of a saved function layer."""
    return PUBLIC[path]


def has_symbolic(structure):
    """True when a KerasTensor is among the leaves."""
    if structure.__class__ is tuple and all([x.__class__ is Tensor for x in structure]):
        return False  # the usual arguments of a layer
    return any(isinstance(leaf, KerasTensor) for leaf in nest.flatten(structure))


def infer(function, args, kwargs):
    """What `function` returns for symbolic arguments, with KerasTensors in place of tensors."""
    results = []
    for i in range(len(FILLS)):

        def probe(leaf, i=i):
            if not isinstance(leaf, KerasTensor):
                return leaf
            tensor = leaf._probes[i]
            if leaf._keras_mask is not None and not tensor.is_eager:
                tensor._keras_mask = leaf._keras_mask._probes[i]
            return tensor

        with init_scope(), Abstract():
            results.append(
                function(
                    *nest.map_structure(probe, list(args)), **nest.map_structure(probe, kwargs)
                )
            )
    return nest.map_structure(merge, *results, check_types=False)


def merge(a, b):
    """The KerasTensor of two probes' results; what is no tensor stays."""
    if not isinstance(a, Tensor):
        return a
    if len(a._shape) != len(b._shape):
        raise TraceBreak("the rank of a result depends on an unknown dimension")
    shape = [m if m == n else None for m, n in zip(a._shape, b._shape)]
    tensor = KerasTensor(shape, a.dtype, probes=(a, b))
    mask = getattr(a, "_keras_mask", None)
    if mask is not None:
        tensor._keras_mask = merge(mask, b._keras_mask)
    return tensor
