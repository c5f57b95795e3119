"""Bodies: the NodeDefs of a function or a graph in the making, and the library they are kept in."""

import re
from typing import NamedTuple

import numpy as np

from ..base.dims import Dim
from ..base.dtypes import as_dtype, from_numpy
from ..base.examples import TensorProto, TensorShapeProto
from ..formats.graph_messages import (
    ArgAttrs,
    AttrList,
    AttrValue,
    FunctionDef,
    NameAttrList,
    NodeDef,
)
from .op_table import RESOURCE, signatures

INT32, INT64, STRING, BOOL = 3, 9, 7, 10
_NO_IDENTIFIER = re.compile(r"[^A-Za-z0-9_.]+")


class Ref(NamedTuple):
    """A tensor of a body: what makes it, as functions and as graphs name it, and its DataType."""

    node: str
    output: str | None
    index: int
    place: int
    dtype: int

    def text(self, flat):
        """How an input names it, in a graph (`flat`) or in a function."""
        if flat:
            return f"{self.node}:{self.place}" if self.place else self.node
        return self.node if self.output is None else f"{self.node}:{self.output}:{self.index}"


def type_of(numpy_dtype):
    """The number of a NumPy dtype's DataType."""
    return from_numpy(np.dtype(numpy_dtype)).as_datatype_enum


def shape_proto(shape):
    """A TensorShapeProto; Dims and None are unknown dimensions, and None for all: any rank."""
    if shape is None:
        return TensorShapeProto(unknown_rank=True)
    proto = TensorShapeProto()
    for dim in shape:
        proto.dim.add(size=-1 if dim is None or dim.__class__ is Dim else int(dim))
    return proto


def tensor_proto(array):
    """A TensorProto that holds an array: the bytes as they are, texts one by one."""
    array = np.asarray(array)
    proto = TensorProto(dtype=type_of(array.dtype), tensor_shape=shape_proto(array.shape))
    if array.dtype == object or array.dtype.kind in "US":
        flat = array.ravel().tolist()
        proto.string_val.extend([t.encode() if isinstance(t, str) else bytes(t) for t in flat])
    else:
        proto.tensor_content = np.ascontiguousarray(array).tobytes()
    return proto


def _bytes(value):
    return value.encode() if isinstance(value, str) else value


def _enum(value):
    return value if value.__class__ is int else as_dtype(value).as_datatype_enum


_FIELDS = {
    "int": ("i", int),
    "bool": ("b", bool),
    "float": ("f", float),
    "string": ("s", _bytes),
    "type": ("type", _enum),
    "shape": ("shape", shape_proto),
    "tensor": ("tensor", tensor_proto),
    "func": ("func", lambda name: NameAttrList(name=name)),
}


def attr_value(kind, value):
    """An AttrValue of a kind such as "int" or "list(type)"."""
    if kind.startswith("list("):
        field, convert = _FIELDS[kind[5:-1]]
        return AttrValue(list=AttrList(**{field: [convert(v) for v in value]}))
    field, convert = _FIELDS[kind]
    return AttrValue(**{field: convert(value)})


def _enter(attrs, name, value):
    attrs.MergeFrom({name: value})


class Library:
    """The functions of a model: their FunctionDefs, by name.

    Attributes:
      functions: FunctionDefs, in order.
      cache: what was written already, by what it was written of.
    """

    def __init__(self):
        self.functions, self.cache, self._count = [], {}, {}

    def new_name(self, wanted):
        """A name of its own for a function."""
        wanted = _NO_IDENTIFIER.sub("_", wanted)
        number = self._count[wanted] = self._count.get(wanted, -1) + 1
        return f"__inference_{wanted}_{number}"


class Body:
    """The nodes of a function in the making; of a graph itself where it is `flat`.

    Attributes:
      captures: what it uses besides its arguments, in order: from what (a size of the function
        around it, or an object) to the Ref of the argument that stands for it.
      effects: the names of the nodes that have effects.
    """

    def __init__(self, library, parent=None, flat=False):
        self.library, self.parent, self.flat = library, parent, flat
        self.nodes, self.captures, self.effects = [], {}, []
        self.sizes = {}  # name -> (Ref of a tensor, which of its dimensions)
        self._arguments, self._names, self._known = [], {}, {}

    # -- what it is made of ------------------------------------------------------------------------

    def _name(self, wanted):
        wanted = _NO_IDENTIFIER.sub("_", wanted).strip("_.") or "node"
        name, key = wanted, wanted.lower()
        number = self._names.get(key)
        while number is not None:
            name = f"{wanted}_{number + 1}"
            self._names[key] = number + 1
            number = None if name.lower() not in self._names else number + 1
        self._names.setdefault(name.lower(), 0)
        return name

    def argument(self, name, dtype, shape=None):
        """A new argument; captures come after all arguments."""
        ref = Ref(self._name(name.lower()), None, 0, 0, dtype)
        self._arguments.append((ref, shape))
        return ref

    def capture(self, key, dtype=RESOURCE, name="resource", shape=()):
        """The argument that stands for something outside: of a size, that itself."""
        if key[0] == "size" and key[1] in self.sizes:
            ref, axis = self.sizes[key[1]]
            return self.part(self.shape_of(ref), axis)
        if key[0] == "size" and self.parent is None:
            raise ValueError(f"the size {key[1]!r} is known from no tensor of the graph")
        found = self.captures.get(key)
        if found is None:
            found = Ref(self._name(name.lower()), None, 0, 0, dtype)
            self.captures[key] = (found, shape)
            return found
        return found[0]

    def constant(self, value, dtype=None, name="Const"):
        """A constant; equal ones are one."""
        array = np.asarray(value, dtype)
        small = array.size <= 64 and array.dtype != object
        key = (array.dtype, array.shape, array.tobytes()) if small else None
        found = self._known.get(key) if small else None
        if found is None:
            kind = type_of(array.dtype)
            found = self.add("Const", value=array, dtype=kind, name=name)
            if small:
                self._known[key] = found
        return found

    def add(self, op, *inputs, name=None, after=(), shapes=None, **attrs):
        """Adds a node.

        Args:
          inputs: a Ref for each of the op's inputs, a list of them for one that is a list.
          after: names of nodes that run before it.
          shapes: of its results, for what TensorFlow does not find out by itself.
          attrs: those that do not follow from the inputs; left out, they have their defaults.

        Returns:
          The Ref of its result; a list of them where that is a list; a tuple for several results.
        """
        signature = signatures()[op]
        if len(inputs) != len(signature.inputs):
            raise ValueError(f"{op} takes {len(signature.inputs)} inputs, got {len(inputs)}.")
        found = signature.defaults | attrs  # what results follow from
        node = NodeDef(name=self._name(name or op), op=op)
        for argument, given in zip(signature.inputs, inputs):
            refs = given if argument.listed or argument.count else [given]
            node.input.extend([r.text(self.flat) for r in refs])
            self._infer(argument, refs, found, node)
        node.input.extend([f"^{n}" for n in dict.fromkeys(after)])
        for key, value in attrs.items():
            if value is not None:
                _enter(node.attr, key, attr_value(signature.attrs[key], value))
        if shapes is not None:
            _enter(node.attr, "_output_shapes", attr_value("list(shape)", shapes))
        self.nodes.append(node)
        if signature.stateful and op not in ("VarHandleOp", "HashTableV2", "Placeholder"):
            self.effects.append(node.name)
        return self._results(node.name, signature, found)

    @staticmethod
    def _infer(argument, refs, found, node):
        """Enters the attrs that the inputs tell."""
        if argument.count:
            found[argument.count] = len(refs)
            _enter(node.attr, argument.count, AttrValue(i=len(refs)))
        if argument.listed:
            found[argument.dtype] = [r.dtype for r in refs]
            _enter(node.attr, argument.dtype, attr_value("list(type)", found[argument.dtype]))
        elif argument.dtype.__class__ is str:
            if argument.dtype in node.attr and found[argument.dtype] != refs[0].dtype:
                raise ValueError(
                    f"{node.op}: {argument.name} must have the dtype of the inputs before it."
                )
            found[argument.dtype] = refs[0].dtype
            _enter(node.attr, argument.dtype, AttrValue(type=refs[0].dtype))

    @staticmethod
    def _results(name, signature, found):
        results, place = [], 0
        for output in signature.outputs:
            dtypes = found[output.dtype] if output.dtype.__class__ is str else output.dtype
            if output.count:
                dtypes = [dtypes] * found[output.count]
            if not (output.listed or output.count):
                results.append(Ref(name, output.name, 0, place, _enum(dtypes)))
                place += 1
                continue
            refs = [
                Ref(name, output.name, i, place + i, _enum(dtype)) for i, dtype in enumerate(dtypes)
            ]
            place += len(refs)
            results.append(refs)
        return results[0] if len(results) == 1 else tuple(results)

    def ordered(self, op, *inputs, **attrs):
        """Adds a node that runs after all before it that have effects."""
        return self.add(op, *inputs, after=self.effects[-1:], **attrs)

    # -- sizes -------------------------------------------------------------------------------------

    def bind(self, ref, shape):
        """Notes which sizes a tensor's dimensions are."""
        for axis, dim in enumerate(shape):
            if dim.__class__ is Dim:
                (atoms, n), *more = dim.terms
                if not more and n == 1 and len(atoms) == 1 and hasattr(atoms[0], "name"):
                    self.sizes.setdefault(atoms[0].name, (ref, axis))

    def size(self, dim):
        """A dimension as an int32 scalar."""
        if dim.__class__ is not Dim:
            return self.constant(dim, np.int32)
        found = self._known.get(dim)
        if found is None:
            found = self._known[dim] = self._size(dim)
        return found

    def _size(self, dim):
        total = None
        for atoms, n in dim.terms:
            term = None
            for atom in atoms:
                value = self._atom(atom)
                term = value if term is None else self.add("Mul", term, value)
            if term is None:
                term = self.constant(n, np.int32)
            elif n != 1:
                term = self.add("Mul", term, self.constant(n, np.int32))
            total = term if total is None else self.add("AddV2", total, term)
        return total

    def _atom(self, atom):
        if not hasattr(atom, "name"):
            op = "Maximum" if atom.kind == "max" else "FloorDiv"
            return self.add(op, self.size(atom.x), self.size(atom.y))
        found = self.sizes.get(atom.name)
        if found is not None:
            ref, axis = found
            return self.part(self.shape_of(ref), axis)
        return self.capture(("size", atom.name), INT32, "size")

    def shape_of(self, ref):
        """The shape of a tensor, int32."""
        key = "shape", ref
        if key not in self._known:
            self._known[key] = self.add("Shape", ref)
        return self._known[key]

    def part(self, vector, index):
        """One element of a vector."""
        at = self.constant([index], np.int32), self.constant([index + 1], np.int32)
        step = self.constant([1], np.int32)
        return self.add("StridedSlice", vector, *at, step, shrink_axis_mask=1)

    def part_of(self, vector, begin, end):
        """A slice of a vector."""
        masks = {"begin_mask": int(begin is None), "end_mask": int(end is None)}
        bounds = [self.constant([v or 0], np.int32) for v in (begin, end)]
        return self.add("StridedSlice", vector, *bounds, self.constant([1], np.int32), **masks)

    def dims(self, dims, dtype=np.int32, guess=False):
        """Dimensions as a vector of integers.

        Args:
          guess: write -1 for one that is not known, which Reshape works out.
        """
        dims = tuple(dims)
        unknown = [d for d in dims if d.__class__ is Dim]
        known = [d for d in dims if d.__class__ is not Dim]
        if guess and len(unknown) == 1 and not {0, -1} & {*known}:
            dims, unknown = tuple([-1 if d.__class__ is Dim else d for d in dims]), ()
        if not unknown:
            return self.constant(np.array(dims, dtype))
        packed = self.add("Pack", [self.size(d) for d in dims])
        return packed if np.dtype(dtype) == np.int32 else self.add("Cast", packed, DstT=dtype)

    def cast(self, ref, dtype):
        """A tensor in another dtype."""
        dtype = type_of(dtype) if dtype.__class__ is not int else dtype
        return ref if ref.dtype == dtype else self.add("Cast", ref, DstT=dtype)

    # -- functions within --------------------------------------------------------------------------

    def inner(self, name, inputs):
        """(a body within this one, its arguments, which are like some tensors)."""
        made = Body(self.library, self)
        return made, [made.argument(name, x.dtype, None) for x in inputs]

    def joined(self, bodies):
        """Gives functions the same captures; returns the Refs that stand for these here."""
        keys = list(dict.fromkeys(k for b in bodies for k in b.captures))
        for body in bodies:
            for key in keys:
                known = next(b.captures[key] for b in bodies if key in b.captures)
                body.capture(key, known[0].dtype, known[0].node, known[1])
            body.captures = {k: body.captures[k] for k in keys}
        return [self.capture(k, bodies[0].captures[k][0].dtype) for k in keys]

    def loop(self, state, test, step, shapes=None, rounds=None):
        """While a function of the state holds, another one makes a new state of it.

        TensorFlow differentiates loops whose first two variables are the number of the round and
        how many there are at most.

        Args:
          state: Refs.
          test: `(body, *state) -> Ref` of a truth value; None for so many `rounds`.
          step: `(body, number of the round, *state) -> list of Refs`.
          shapes: of the state, for what TensorFlow does not find out by itself.
          rounds: how many there are, as a Ref.
        """
        counted = [self.size(0), self.size(-1) if rounds is None else rounds]
        given = [*counted, *state]
        (head, of_head), (body, of_body) = (self.inner("state", given) for _ in range(2))
        goes_on = head.add("Less", *of_head[:2]) if test is None else test(head, *of_head[2:])
        number, most = of_body[:2]
        new = [body.add("AddV2", number, body.size(1)), most, *step(body, number, *of_body[2:])]
        captured = self.joined([head, body])
        results = [*new, *[ref for ref, _ in body.captures.values()]]
        head, body = head.finish("condition", [goes_on]), body.finish("loop", results)
        effects = head.signature.is_stateful or body.signature.is_stateful
        shapes = [(), (), *(shapes or [None] * len(state)), *[None] * len(captured)]
        names = {"cond": head.signature.name, "body": body.signature.name}
        op = "While" if effects else "StatelessWhile"
        after = self.effects[-1:] if effects else ()
        refs = self.add(op, [*given, *captured], output_shapes=shapes, after=after, **names)
        return refs[2 : len(given)]

    def branch(self, condition, inputs, functions):
        """The results of one of two functions `(body, *inputs) -> list of Refs`."""
        bodies, results = [], []
        for function in functions:
            body, arguments = self.inner("x", inputs)
            bodies.append(body)
            results.append(function(body, *arguments))
        captured = self.joined(bodies)
        made = [b.finish("branch", r) for b, r in zip(bodies, results)]
        effects = any(d.signature.is_stateful for d in made)
        types = [r.dtype for r in results[0]]
        names = {"then_branch": made[0].signature.name, "else_branch": made[1].signature.name}
        return self.add(
            "If" if effects else "StatelessIf",
            condition,
            [*inputs, *captured],
            Tout=types,
            output_shapes=[None] * len(types),
            after=self.effects[-1:] if effects else (),
            **names,
        )

    # -- the whole ---------------------------------------------------------------------------------

    def finish(self, name, results, result_names=None):
        """Enters the function into the library.

        Returns:
          The FunctionDef.
        """
        definition = FunctionDef()
        signature = definition.signature
        signature.name, signature.is_stateful = self.library.new_name(name), bool(self.effects)
        arguments = [*self._arguments, *self.captures.values()]
        after = ()
        if self.effects:
            self.add("NoOp", after=self.effects, name="all_done")
            after = (self.nodes[-1].name,)
        shapes = []
        for number, (ref, shape) in enumerate(arguments):
            signature.input_arg.add(name=ref.node, type=ref.dtype)
            shapes.append(shape)
            attrs = {"_output_shapes": attr_value("list(shape)", [shape])}
            definition.arg_attr.add(key=number, value=ArgAttrs(attr=attrs))
        for number, ref in enumerate(results):
            made = self.add("Identity", ref, after=after)
            name = self._name(result_names[number] if result_names else "result").lower()
            signature.output_arg.add(name=name, type=ref.dtype)
            definition.ret.add(key=name, value=made.text(False))
        _enter(definition.attr, "_input_shapes", attr_value("list(shape)", shapes))
        _enter(definition.attr, "_construction_context", AttrValue(s=b"kEagerRuntime"))
        for effect in self.effects:
            signature.control_output.append(effect)
            definition.control_ret.add(key=effect, value=effect)
        definition.node_def.extend(self.nodes)
        self.library.functions.append(definition)
        return definition

    def call(self, definition, inputs, after=(), name=None):
        """Calls a function; returns the list of its results."""
        stateful = definition.signature.is_stateful
        op = "StatefulPartitionedCall" if stateful else "PartitionedCall"
        types = [a.type for a in definition.signature.output_arg]
        return self.add(
            op,
            list(inputs),
            Tout=types,
            f=definition.signature.name,
            after=after,
            name=name,
        )
