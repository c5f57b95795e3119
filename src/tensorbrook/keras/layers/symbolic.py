"""KerasTensor: the placeholder of the functional API; and layers made of functions.

A KerasTensor's shape may have unknown dimensions. To infer shapes through arbitrary code, it
carries an abstract tensor in which they are Dims; all batch sizes are one.
"""

import importlib
from itertools import count

import numpy as np

from ...base import nest
from ...base.dims import Dim, deciding, evaluate, symbols_of
from ...base.dtypes import as_dtype
from ...base.shapes import TensorShape
from ...core.dispatch import PUBLIC, init_scope
from ...core.hooks import hooks
from ...core.tensor import Deferred, Tensor
from ...core.variable import Variable as CoreVariable
from ...graph.trace import Abstract, abstract
from ...ops.operators import OPERATORS, attach
from ...ops.ragged import RaggedTensor
from ...ops.sparse import SparseTensor
from ..registry import TENSOR_LIKE, unique_name
from ..variables import Variable

_BATCH = Dim.symbol("b")
_numbers = count(1)
_LARGE = 10007  # what an unknown dimension is taken for where it is compared with a number


def _assume(difference, relation):
    """Unknown dimensions fit what they meet: they are equal to each other, and large."""
    if relation == "==":
        if len({n > 0 for _, n in difference.terms}) == 1:
            return False  # a sum of sizes is not 0
        known = [n for atoms, n in difference.terms if not atoms]
        return not known or abs(known[0]) > 1
    return evaluate(difference, dict.fromkeys(symbols_of(difference), _LARGE)) < 0


def _abstract_sparse(dims, dtype):
    """A SparseTensor of unknown values, of a dense shape of ints and Dims."""
    count, int64 = Dim.symbol(f"k{next(_numbers)}"), np.dtype("int64")
    parts = abstract((count, len(dims)), int64), abstract((count,), dtype)
    return SparseTensor._make(*parts, dims, abstract((len(dims),), int64))


class KerasHistory(tuple):
    """(operation, node_index, tensor_index): where a KerasTensor comes from."""

    operation = layer = property(lambda self: self[0])
    node_index = property(lambda self: self[1])
    tensor_index = property(lambda self: self[2])


def _fixed(name):
    """A property that is set when the object is made."""

    def refuse(self, value):
        raise AttributeError(
            f"The `{name}` attribute of KerasTensor is immutable: make another KerasTensor."
        )

    return property(lambda self: vars(self)[name], refuse)


class KerasTensor(Deferred):
    """A tensor of a model to come: shape, dtype and name, no values.

    Every `tf` function and operator accepts one; the call becomes a layer of the model.

    Example:
    >>> x = tf.keras.Input((4,), name="x")
    >>> (x * 2).shape
    TensorShape([None, 4])
    """

    def __init__(
        self,
        shape,
        dtype="float32",
        sparse=False,
        ragged=False,
        record_history=True,
        name=None,
        inner=None,
    ):
        if sparse and ragged:
            raise ValueError(
                "KerasTensor cannot have `sparse=True` and `ragged=True` at the same time."
            )
        dtype = as_dtype(dtype)
        vars(self).update(
            shape=TensorShape(shape), dtype=dtype.name, sparse=bool(sparse), ragged=bool(ragged)
        )
        self.name = name or unique_name("keras_tensor")
        self._dtype = dtype.numpy_dtype
        self._inner = self._abstract() if inner is None else inner
        self._keras_history = None
        self._keras_mask = None

    def _abstract(self):
        dims = [
            (Dim.symbol(f"k{next(_numbers)}") if axis else _BATCH) if d is None else d
            for axis, d in enumerate(self.shape)
        ]
        if self.sparse:
            return _abstract_sparse(dims, self._dtype)
        if not self.ragged:
            return abstract(dims, self._dtype)
        values = abstract((Dim.symbol(f"k{next(_numbers)}"), *dims[2:]), self._dtype)
        splits = abstract((dims[0] + 1,), np.dtype("int64"))
        return RaggedTensor.from_row_splits(values, splits, validate=False)

    def __getstate__(self):
        return {k: v for k, v in vars(self).items() if k != "_inner"}

    def __setstate__(self, state):
        vars(self).update(state)
        self._inner = self._abstract()

    shape, dtype, sparse, ragged = map(_fixed, ("shape", "dtype", "sparse", "ragged"))
    ndim = property(lambda self: len(self.shape), doc="The number of dimensions.")
    _shape = property(lambda self: self.shape)

    @property
    def ragged_rank(self):
        """The number of partitions of a ragged tensor, or None."""
        return self._inner.ragged_rank if self.ragged else None

    @property
    def row_splits_dtype(self):
        """The dtype of a ragged tensor's row splits, or None."""
        return self._inner.row_splits.dtype if self.ragged else None

    def get_shape(self):
        """The TensorShape."""
        return self.shape

    def __hash__(self):
        return id(self)

    def __repr__(self):
        return (
            f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse={self.sparse}, "
            f"ragged={self.ragged}, name={self.name}>"
        )

    def reshape(self, newshape):
        """`keras.layers.Reshape` without the batch axis: the tensor of another shape."""
        return PUBLIC["reshape"](self, newshape)

    def squeeze(self, axis=None):
        """The tensor without its axes of size 1, or those of `axis`."""
        return PUBLIC["squeeze"](self, axis)

    def _no_value(self, what, error=ValueError):
        raise error(
            f"{what}: {self!r} is a placeholder of a model to come, and doesn't have any actual "
            "numerical value. Use tf functions on it, or run the code inside a layer's call()."
        )

    def __bool__(self):
        self._no_value("A symbolic KerasTensor cannot be used as a boolean", TypeError)

    def __array__(self, dtype=None, copy=None):
        self._no_value("NumPy needs values")

    def numpy(self):
        """Raises ValueError: there are no values."""
        self._no_value(".numpy() needs values")

    def __float__(self):
        self._no_value("float() needs a value")

    def __int__(self):
        self._no_value("int() needs a value")

    def __iter__(self):
        if not self.shape or self.shape[0] is None:
            raise NotImplementedError(
                f"Iterating over {self!r} is not supported: its first dimension is unknown."
            )
        return (self[i] for i in range(self.shape[0]))

    def __len__(self):
        raise TypeError(f"len() of {self!r} is not known; use x.shape.")

    def _call(self, function, args, kwargs):
        return hooks.function_layer(function)(*args, **kwargs)


_ENTER = ("ops.image", "ops", "backend")  # modules of Keras that enter functions when imported


def is_public(path):
    """Whether there is a public function of a path."""
    if path not in PUBLIC:
        PUBLIC.all()
        for module in _ENTER:
            if str(path).startswith(f"keras.{module}."):
                importlib.import_module(f"..{module}", __package__)
    return path in PUBLIC


def public_function(path):
    """The public function of a path."""
    is_public(path)
    return PUBLIC[path]


# Keras's operators promote dtypes, and name the layers that they become.
_OPERATORS = {
    **{"__add__": "add", "__sub__": "subtract", "__mul__": "multiply", "__matmul__": "matmul"},
    **{"__truediv__": "true_divide", "__floordiv__": "floor_divide", "__mod__": "mod"},
    **{"__pow__": "power", "__neg__": "negative", "__abs__": "absolute", "__round__": "round"},
    **{"__lt__": "less", "__le__": "less_equal", "__gt__": "greater", "__ge__": "greater_equal"},
    **{"__getitem__": "get_item"},
}


def _operator(name, reflected=False):
    path = f"keras.ops.numpy.{name}"

    def operator(*operands):
        return public_function(path)(*(operands[::-1] if reflected else operands))

    return operator


_iter = KerasTensor.__iter__
attach(KerasTensor)
for _name, _function in _OPERATORS.items():
    setattr(KerasTensor, _name, _operator(_function))
    if f"__r{_name[2:]}" in OPERATORS:
        setattr(KerasTensor, f"__r{_name[2:]}", _operator(_function, reflected=True))
KerasTensor.__iter__ = _iter


_LOGICAL = {"__and__": "logical_and", "__or__": "logical_or", "__xor__": "logical_xor"}
_ONE_OPERAND = {"__neg__", "__abs__", "__round__", "__getitem__"}


def _of_variable(name, promoting):
    """An operator of Keras's variables: where its dtype is the one to which Keras promotes, that
    of tensors, otherwise Keras's."""
    plain = OPERATORS[name]
    kinds = "fiu" if name.strip("_r") in ("add", "sub", "mul") else "f"  # that stay themselves
    # NumPy's number before a variable: Keras 3 leaves it to NumPy, Keras 2 to the tensor
    floats = (float, np.float64) if name.startswith("__r") else (float,)

    def operator(x, y):
        same = getattr(y, "_dtype", None) == x._dtype and x._dtype.kind in kinds
        plainly = same or y is None or (y.__class__ in floats and x._dtype.kind == "f")
        return (plain if plainly else promoting)(x, y)

    return operator


for _name, _path in {**_OPERATORS, **_LOGICAL, "__eq__": "equal", "__ne__": "not_equal"}.items():
    for _own, _turned in ((_name, False), (f"__r{_name[2:]}", True)):
        if _own in OPERATORS and _name not in _ONE_OPERAND:
            _function = _operator(_path, _turned)
            _always = _name in _LOGICAL or _name == "__matmul__"  # vectors too
            setattr(Variable, _own, _function if _always else _of_variable(_own, _function))
KerasTensor.__hash__ = lambda self: id(self)


def has_symbolic(structure):
    """True when a KerasTensor is among the leaves."""
    if structure.__class__ is tuple and all([x.__class__ is Tensor for x in structure]):
        return False  # the usual arguments of a layer
    return any(isinstance(leaf, KerasTensor) for leaf in nest.flatten(structure))


def infer(function, args, kwargs, any_size=False):
    """What `function` returns for symbolic arguments, with KerasTensors in place of tensors."""

    def inner(leaf):
        if not isinstance(leaf, KerasTensor):
            return leaf
        tensor = leaf._inner
        if leaf.ragged or leaf.sparse:
            return tensor
        if leaf._keras_mask is not None and not tensor.is_eager:
            tensor._keras_mask = leaf._keras_mask._inner
        return tensor

    with init_scope(), Abstract(any_size), deciding(_assume):
        result = function(
            *nest.map_structure(inner, list(args)), **nest.map_structure(inner, kwargs)
        )
    return nest.map_structure(of_tensor, result)


def of_tensor(tensor):
    """The KerasTensor of an abstract tensor; what is no tensor stays."""
    if isinstance(tensor, RaggedTensor):
        return KerasTensor(tensor.shape, tensor.dtype, ragged=True, inner=tensor)
    if isinstance(tensor, SparseTensor):
        return KerasTensor(tensor.shape, tensor.dtype, sparse=True, inner=tensor)
    if isinstance(tensor, CoreVariable):
        tensor = tensor._read()
    if not isinstance(tensor, (Tensor, *TENSOR_LIKE)):
        return tensor
    found = KerasTensor(tensor.shape, tensor.dtype, inner=tensor)
    mask = getattr(tensor, "_keras_mask", None)
    if mask is not None:
        found._keras_mask = of_tensor(mask)
    return found
