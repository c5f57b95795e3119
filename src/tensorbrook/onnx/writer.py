"""What writes a graph of ONNX: nodes, constants, sizes, and graphs within."""

from collections import ChainMap

import numpy as np

from ..base.dims import Dim, Symbol, bind, same
from ..core.op import OPS, Spec
from ..formats.onnx_messages import Attribute, GraphProto, NodeProto, TensorProto, ValueInfo
from ..graph.show import node_text
from .without import WHY

OPSET = 19  # that of ONNX 1.14, the first with numbers of 8 bits
VERSIONS = {"": OPSET, "ai.onnx.ml": 2}  # of sets of operators
_KINDS = (
    *("float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "object", "bool"),
    *("float16", "float64", "uint32", "uint64", "", "", "bfloat16", "float8_e4m3fn", ""),
    *("float8_e5m2", "", "uint4", "int4"),
)
TYPES = {name: number for number, name in enumerate(_KINDS, 1) if name}  # ONNX's numbers of dtypes
INT64, BOOL = np.dtype(np.int64), np.dtype(bool)
END = np.iinfo(np.int64).max  # as the end of a slice: the axis's
_SMALL = 1 << 12  # bytes up to which equal constants are written once


class Writer:
    """One graph that is being written: the model's own, or (with `outer`) one within.

    The names of tensors stand for them; a graph within sees those around it.

    Attributes:
      arrays: dict from names to the constants and weights of the whole model.
      domains: the sets of operators that it uses.
    """

    def __init__(self, outer=None):
        self._nodes = []
        self._names = {} if outer is None else ChainMap({}, outer._names)
        self._sizes = {} if outer is None else ChainMap({}, outer._sizes)
        self._made = {} if outer is None else ChainMap({}, outer._made)
        self._turned = {} if outer is None else ChainMap({}, outer._turned)
        self._taken = {} if outer is None else outer._taken
        self.arrays = {} if outer is None else outer.arrays
        self._constants = {} if outer is None else outer._constants
        self.domains = {""} if outer is None else outer.domains

    # -- nodes -------------------------------------------------------------------------------------

    def name(self, wanted):
        """A name that nothing has yet."""
        count = self._taken[wanted] = self._taken.get(wanted, -1) + 1
        return self.name(f"{wanted}_{count}") if count else wanted

    def op(self, kind, *inputs, outputs=1, domain="", **attributes):
        """Writes a node; returns the name of its result, or a list of several.

        Args:
          inputs: names; an array is a constant, "" an operand left out.
          attributes: ints, floats, texts, tuples of them, arrays, dtypes, graphs.
        """
        inputs = tuple([self.constant(x) if isinstance(x, np.ndarray) else x for x in inputs])
        key = kind, inputs, outputs, tuple(attributes.items())
        shared = not kind.startswith("Random") and not any(
            isinstance(a, np.ndarray | GraphProto) for a in attributes.values()
        )
        if shared and key in self._made:
            return self._made[key]
        names = [self.name(kind) for _ in range(outputs)]
        given = [_attribute(k, v) for k, v in attributes.items() if v is not None]
        node = NodeProto(input=inputs, output=names, op_type=kind, attribute=given, domain=domain)
        self.domains.add(domain)
        node.name = names[0] if names else self.name(kind)
        self._nodes.append(node)
        made = names[0] if outputs == 1 else names
        if shared:
            self._made[key] = made
        return made

    def constant(self, array, name="constant"):
        """The name of an array of the model."""
        array = np.asarray(array)
        plain = array.nbytes <= _SMALL and array.dtype != object
        key = (array.dtype.name, array.shape, array.tobytes()) if plain else id(array)
        if key not in self._constants:
            made = self.name(name)
            self._constants[key] = made
            self.arrays[made] = array
        return self._constants[key]

    def ints(self, *numbers):
        """A vector of int64."""
        return self.constant(np.array(numbers, np.int64))

    def number(self, value, dtype):
        """A scalar."""
        return self.constant(np.array(value, dtype))

    def known(self, name):
        """The array of a constant or weight; None for what is computed."""
        return self.arrays.get(name)

    # -- what many rules need ----------------------------------------------------------------------

    def cast(self, x, dtype, to):
        """`x`, of a dtype, as another one."""
        dtype, to = np.dtype(dtype), np.dtype(to)
        return x if dtype == to else self.op("Cast", x, to=to)

    def transpose(self, x, perm):
        """`x` with its axes permuted: two that follow each other are one, of a weight none."""
        perm = tuple(perm)
        if x in self._turned:
            x, before = self._turned[x]
            perm = tuple([before[p] for p in perm])
        if perm == tuple(range(len(perm))):
            return x
        array = self.known(x)
        if array is not None:
            return self._constant_of(array, ("transposed", perm), array.transpose(perm), x)
        made = self.op("Transpose", x, perm=perm)
        self._turned[made] = x, perm
        return made

    def _constant_of(self, array, how, made, name):
        """A constant made of another one, once."""
        key = id(array), how
        if key not in self._constants:
            self._constants[key] = self.name(name)
            self.arrays[self._constants[key]] = np.ascontiguousarray(made)
        return self._constants[key]

    def reshape(self, x, shape, before=()):
        """`x` in another shape of ints and Dims; `before` is its own, where it is known."""
        shape = tuple(shape)
        kept = [d.__class__ is Dim and same(d, b) for d, b in zip(shape, before)]
        kept += [False] * (len(shape) - len(kept))
        left = [i for i, d in enumerate(shape) if d.__class__ is Dim and not kept[i]]
        if len(left) > 1 or any(d.__class__ is int and d == 0 for d in shape):
            return self.op("Reshape", x, self.shape(shape), allowzero=1)
        plain = [0 if kept[i] else -1 if i in left else d for i, d in enumerate(shape)]
        return self.op("Reshape", x, self.ints(*plain))

    def squeeze(self, x, *axes):
        """`x` without some axes of length 1."""
        return self.op("Squeeze", x, self.ints(*axes)) if axes else x

    def unsqueeze(self, x, *axes):
        """`x` with new axes of length 1."""
        return self.op("Unsqueeze", x, self.ints(*axes)) if axes else x

    def slice(self, x, axis, start, stop, step=1):
        """Part of an axis; the bounds are ints, Dims or names."""
        start, stop = [b if isinstance(b, str) else self.size(b) for b in (start, stop)]
        return self.op("Slice", x, start, stop, self.ints(axis), self.ints(step))

    def where(self, condition, x, y):
        """Where of ONNX."""
        return self.op("Where", condition, x, y)

    # -- sizes -------------------------------------------------------------------------------------

    def size(self, dim):
        """A dimension as a vector of one int64."""
        if dim.__class__ is not Dim:
            return self.ints(dim)
        total = None
        for atoms, n in dim.terms:
            product = None if n != 1 and atoms else self.ints(n)
            for i, atom in enumerate(atoms):
                product = self._atom(atom) if i == 0 else self.op("Mul", product, self._atom(atom))
            if n != 1 and atoms:
                product = self.op("Mul", product, self.ints(n))
            total = product if total is None else self.op("Add", total, product)
        return total

    def _atom(self, atom):
        if atom.__class__ is Symbol:
            source, axis = self._sizes[atom.name]
            return self.op("Shape", source, start=axis, end=axis + 1)
        x, y = self.size(atom.x), self.size(atom.y)
        if atom.kind == "max":
            return self.op("Max", x, y)
        return self.op("Div", self.op("Sub", x, self.op("Mod", x, y)), y)  # rounded downwards

    def scalar_size(self, dim):
        """A dimension as a scalar of int64."""
        return self.number(dim, INT64) if dim.__class__ is not Dim else self.squeeze(self.size(dim))

    def shape(self, dims):
        """A shape of ints and Dims as a vector of int64."""
        if not any(d.__class__ is Dim for d in dims):
            return self.ints(*dims)
        parts = [self.size(d) for d in dims]
        return parts[0] if len(parts) == 1 else self.op("Concat", *parts, axis=0)

    def iota(self, size):
        """The numbers from 0 to size - 1."""
        ends = self.number(0, INT64), self.scalar_size(size), self.number(1, INT64)
        return self.op("Range", *ends)

    def fill(self, value, shape, dtype):
        """A tensor of one number."""
        if dtype.kind == "c":
            shape, dtype = (*shape, 2), part_dtype(dtype)
        if any(d.__class__ is Dim for d in shape):
            return self.op("Expand", self.number(value, dtype), self.shape(shape))
        return self.constant(np.full(shape, value, dtype))

    # -- graphs ------------------------------------------------------------------------------------

    def bind(self, value, name):
        """Has a name stand for a Value, and its dimensions for the sizes they are."""
        self._names[value] = name
        bind(value.shape, [(name, axis) for axis in range(len(value.shape))], self._sizes)

    def run(self, graph, names):
        """Writes the nodes of a Graph on operands of these names; returns those of its results."""
        for value, name in zip(graph.inputs, names, strict=True):
            self.bind(value, name)
        for value, array in graph.constants.items():
            if array.dtype.kind == "c":
                parts = np.ascontiguousarray(array).view(part_dtype(array.dtype))
                array = parts.reshape(*array.shape, 2)
            self.bind(value, self.constant(array))
        for node in graph.nodes:
            lower = node.op.rule("onnx").lower or _without
            found = lower(self, node, *[self._names[v] for v in node.inputs])
            found = (found,) if isinstance(found, str) else found
            for value, name in zip(node.outputs, found, strict=True):
                self.bind(value, name)
        return [self._names[v] for v in graph.outputs]

    def inline(self, graph, names):
        """`run` for a graph that is written more than once: what it binds is forgotten."""
        names_before, sizes_before = self._names, self._sizes
        self._names, self._sizes = ChainMap({}, self._names), ChainMap({}, self._sizes)
        try:
            return self.run(graph, names)
        finally:
            self._names, self._sizes = names_before, sizes_before

    def inner(self, name="graph"):
        """A Writer of a graph within this one."""
        made = Writer(self)
        made.title = self.name(name)
        return made

    @staticmethod
    def spec(dtype, shape=()):
        """What `placeholder` takes."""
        return Spec(shape, dtype)

    def placeholder(self, value, name="input"):
        """A new input of a graph within, in the place of a Value: (name, ValueInfo)."""
        name = self.name(name)
        return name, value_info(name, value.shape, value.dtype)

    def finish(self, inputs, outputs, name=None):
        """The graph that was written.

        Args:
          inputs: ValueInfos.
          outputs: for each (name, shape, dtype, name to have or None).
        """
        made_here = {n for node in self._nodes for n in node.output}
        taken, infos = set(), []
        for found, shape, dtype, wanted in outputs:
            if wanted or found not in made_here or found in taken:
                wanted = wanted or self.name("result")
                self._nodes.append(
                    NodeProto(input=[found], output=[wanted], op_type="Identity", name=wanted)
                )
                found = wanted
            taken.add(found)
            infos.append(value_info(found, shape, dtype))
        nodes, used = [], set(taken)
        for node in reversed(self._nodes):
            if used.intersection(node.output):
                nodes.append(node)
                _uses(node, used)
        self.used = used
        return GraphProto(node=nodes[::-1], input=inputs, output=infos, name=name or self.title)


def _without(writer, node, *operands):
    """What stands in for a rule where there is none."""
    raise NotImplementedError(
        f"Export to ONNX: {node.op.name!r} ({node.op.doc.rstrip('.')}) has no counterpart there, "
        f"in {node_text(node)}: {WHY.get(node.op.name, 'it has no rule')}."
    )


def _uses(node, found):
    """Adds the names that a node uses, graphs within included."""
    found.update(node.input)
    for attribute in node.attribute:
        if attribute.type == 5:
            for inner in attribute.g.node:
                _uses(inner, found)


def _attribute(name, value):
    if isinstance(value, np.dtype):
        value = TYPES[value.name]
    if isinstance(value, GraphProto):
        return Attribute(name=name, g=value, type=5)
    if isinstance(value, np.ndarray):
        return Attribute(name=name, t=tensor(value), type=4)
    if isinstance(value, str):
        return Attribute(name=name, s=value.encode(), type=3)
    if isinstance(value, float):
        return Attribute(name=name, f=value, type=1)
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], str):
            return Attribute(name=name, strings=[v.encode() for v in value], type=8)
        if value and isinstance(value[0], float):
            return Attribute(name=name, floats=value, type=6)
        return Attribute(name=name, ints=[int(v) for v in value], type=7)
    return Attribute(name=name, i=int(value), type=2)


def tensor(array, name="", raw=True):
    """An array as a message; with its bytes, unless it is said that these lie elsewhere."""
    made = TensorProto(name=name, dims=array.shape, data_type=TYPES[array.dtype.name])
    if array.dtype == object:
        texts = [t if isinstance(t, bytes) else str(t).encode() for t in array.ravel()]
        made.string_data.extend(texts)
    elif raw:
        made.raw_data = array.tobytes()
    return made


def part_dtype(dtype):
    """The dtype of the parts of complex numbers."""
    return np.dtype(f"f{dtype.itemsize // 2}")


def value_info(name, shape, dtype):
    """A tensor's name, dtype and shape; sizes keep their names."""
    made = ValueInfo(name=name)
    of = made.type.tensor_type
    if dtype.kind == "c":
        shape, dtype = (*shape, 2), part_dtype(dtype)
    of.elem_type = TYPES[dtype.name]
    of.shape.SetInParent()
    for d in shape:
        if d.__class__ is not Dim:
            of.shape.dim.add(dim_value=d)
        elif str(d).isidentifier():
            of.shape.dim.add(dim_param=str(d))
        else:
            of.shape.dim.add()
    return made


# -- rules -----------------------------------------------------------------------------------------

FLOATS = {"float16", "float32", "float64"}
SINGLE = {"float16", "float32"}  # where ONNX Runtime has no doubles: computed in float32
NUMBERS = FLOATS | {"int32", "int64"}
REAL = set(TYPES)  # all but complex numbers
_WIDER = {
    **{"bool": "uint8", "uint8": "int32", "int8": "int32", "int16": "int32", "uint16": "int32"},
    **{"int32": "int64", "uint32": "int64", "uint64": "int64", "bfloat16": "float32"},
    **{"int64": "float64", "float16": "float32"},
    **{"float64": "float32"},
}


def rule(*names, takes=None, beside=()):
    """Enters `(writer, node, *operands) -> name or names` for primitives.

    Args:
      takes: names of the dtypes that it is for, "complex" for both of these; others are computed
        in wider ones.
      beside: numbers of operands whose dtypes do not matter, such as indices.
    """

    def enter(function):
        for name in names:
            OPS[name].rule("onnx").lower = _widened(function, takes, beside) if takes else function
        return function

    return enter


class _Wide:
    """A node as it would be if it computed in a wider dtype."""

    def __init__(self, node, dtype, wide):
        def widen(values):
            return [v if v.dtype != dtype else v.__class__(v.number, v.shape, wide) for v in values]

        self.op, self.attrs = node.op, node.attrs
        self.inputs, self.outputs = widen(node.inputs), widen(node.outputs)


def _widened(function, takes, beside):
    def run(writer, node, *operands):
        dtypes = {v.dtype for i, v in enumerate(node.inputs) if i not in beside}
        (dtype,) = dtypes if len(dtypes) == 1 else (None,)
        if dtype is None or dtype.name in takes or (dtype.kind == "c" and "complex" in takes):
            return function(writer, node, *operands)
        wide = dtype.name
        while wide not in takes:
            if wide not in _WIDER:
                raise NotImplementedError(
                    f"Export to ONNX: {node.op.name!r} of {dtype} has no counterpart there, in "
                    f"{node_text(node)}. "
                    + (
                        "Compute it of tf.math.real(x) and tf.math.imag(x)."
                        if dtype.kind == "c"
                        else "Cast its operands to float32 before it."
                    )
                )
            wide = _WIDER[wide]
        wide = np.dtype(wide)
        operands = [
            writer.cast(x, dtype, wide) if i not in beside and v.dtype == dtype else x
            for i, (x, v) in enumerate(zip(operands, node.inputs))
        ]
        found = function(writer, _Wide(node, dtype, wide), *operands)
        found = (found,) if isinstance(found, str) else found
        return [
            writer.cast(x, wide, dtype) if v.dtype == dtype else x
            for x, v in zip(found, node.outputs)
        ]

    return run
