"""DTensor: a tensor with a layout; its operations, and functions called on such."""

from contextlib import contextmanager

import numpy as np

from ..base.context import context
from ..base.errors import UnknownError
from ..core.backend import Backend, Device, Executable, host, others, register
from ..core.dispatch import apply, current_trace
from ..core.tensor import TASK, Tensor, wrap
from ..xla.sharding import Spread
from .layout import Layout
from .rules import Part, axes_of

NAME = f"{TASK}/device:CUSTOM:0"


class DTensor(Tensor):
    """A tensor that lies on a mesh as its layout says.

    Args:
      value: a plain tensor: the whole.
      layout: a Layout; where the mesh is XLA's the value goes to its devices.
    """

    __slots__ = ("_inner", "_layout")
    _shape = property(lambda self: self._inner._shape)
    _dtype = property(lambda self: self._inner._dtype)
    _array = property(lambda self: self._inner.host())
    _sharding = property(lambda self: self._layout.sharding)
    device = property(lambda self: NAME, doc="The device that stands for all meshes.")

    def __init__(self, value, layout):
        value = inner(value)
        layout.check(value._shape)
        if layout.mesh.spread.is_real and value._dtype != object:
            value = Spread(layout.sharding).hold(value)
        self._inner, self._layout = value, layout

    def parts(self):
        """The part of each device, as plain tensors."""
        array = self.host()
        return [wrap(np.ascontiguousarray(array[key])) for key in self._layout.slices(array.shape)]

    def _interpret(self, op, inputs, attrs):
        for x in inputs:
            if not x.is_eager:
                return x._interpret(op, inputs, attrs)
        trace = current_trace()
        if trace is not None and op.effect:
            return trace.record(op, inputs, attrs)
        with _apart():
            found = apply(op, tuple(map(inner, inputs)), attrs)
        results = found if type(found) is tuple else (found,)
        mesh = mesh_of(inputs)
        axes = axes_of(op, list(map(part_of, inputs)), attrs, [r._shape for r in results])
        made = tuple([DTensor(r, even(r._shape, a, mesh)) for r, a in zip(results, axes)])
        return made if type(found) is tuple else made[0]

    def _shown(self):
        if self._layout.is_fully_replicated():
            return text_of(self.host())
        names = self._layout.mesh.short_devices
        parts = [f'"{name}": {text_of(p.host())}' for name, p in zip(names, self.parts())]
        return "{" + ", ".join(parts) + "}"

    def __str__(self):
        return (
            f'tf.Tensor({self._shown()}, layout="{self._layout.to_string()}", shape={self.shape}, '
            f"dtype={self.dtype.name})"
        )

    def __repr__(self):
        return (
            f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, value={self._shown()}, "
            f'layout="{self._layout.to_string()}">'
        )

    def __reduce__(self):
        return DTensor, (wrap(np.array(self.host())), self._layout)


def inner(tensor):
    """The plain tensor of a DTensor; another as it is."""
    return tensor._inner if tensor.__class__ is DTensor else tensor


def part_of(tensor):
    """What the rules know of a tensor: a plain one is whole everywhere."""
    whole = (None,) * len(tensor._shape)
    axes = tensor._layout.axes if tensor.__class__ is DTensor else whole
    return Part(tensor._shape, axes)


def mesh_of(tensors):
    """The one mesh of the DTensors among some tensors.

    Raises:
      UnknownError: there are several.
    """
    meshes = list({t._layout.mesh: None for t in tensors if t.__class__ is DTensor})
    if len(meshes) > 1:
        raise UnknownError(
            "All inputs of an operation must have same mesh configuration. List of found meshes: "
            f"{meshes}. Use dtensor.relayout to bring one to the mesh of the others."
        )
    return meshes[0]


def even(shape, axes, mesh):
    """The layout of some axes, whole along those that are not divided evenly."""
    axes = [a if a is None or n % mesh.dim_size(a) == 0 else None for a, n in zip(axes, shape)]
    return Layout.of(axes, mesh)


@contextmanager
def _apart():
    """A context out of tapes and devices: what runs in it is part of one primitive."""
    before = context.device, context.tapes, context.traces
    context.device, context.tapes, context.traces = None, [], []
    try:
        yield
    finally:
        context.device, context.tapes, context.traces = before


# -- as text ---------------------------------------------------------------------------------------


def text_of(array):
    """An array as TensorFlow's runtime shows it: rows in lines, nine digits at most."""
    return _rows(array, 1)


def _rows(array, depth):
    if not array.ndim:
        return _number(array[()])
    if array.ndim == 1:
        return "[" + " ".join(map(_number, array)) + "]"
    rows = [_rows(row, depth + 1) for row in array]
    return "[" + ("\n" + " " * depth).join(rows) + "]"


def _number(value):
    if isinstance(value, np.floating):
        digits, more = (15, 17) if value.dtype.itemsize == 8 else (6, 9)
        text = f"{float(value):.{digits}g}"
        return text if value.dtype.type(text) == value else f"{float(value):.{more}g}"
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    return f'"{value.decode(errors="replace")}"' if isinstance(value, bytes) else str(value)


# -- the device of all meshes ----------------------------------------------------------------------


class MeshExecutable(Executable):
    """A graph, compiled for the host; the layouts of its results are told by those of its inputs.

    Variables keep their layouts; results have those that the rules say.
    """

    def __init__(self, graph, variables, written):
        super().__init__(variables, written)
        self._graph, self._layouts = graph, {}
        self._program = host.backend.compile(graph, (), (), host)

    def run(self, tensors):
        """The results; the variables written get new tensors."""
        given = [*tensors, *(v._tensor for v in self.variables)]
        mesh = context.device.mesh if isinstance(context.device, MeshPlace) else mesh_of(given)
        found = self._program.run(list(map(inner, given)))
        parts = tuple(map(part_of, given))
        key = parts, mesh
        if key not in self._layouts:
            axes = _propagated(self._graph, parts)
            shapes = [t._shape for t in found]
            self._layouts[key] = [even(s, a, mesh) for s, a in zip(shapes, axes)]
        count = len(found) - len(self.written)
        for variable, value in zip(self.written, found[count:]):
            variable._tensor = variable._place.hold(value)
        return [DTensor(t, layout) for t, layout in zip(found[:count], self._layouts[key])]

    def explain(self):
        """Lines of text: what was made of the graph."""
        return ["on a mesh:", *self._program.explain()]


def _propagated(graph, parts):
    """The axes of a graph's results."""
    known = dict(zip(graph.inputs, [p.axes for p in parts]))
    known.update((v, (None,) * len(v.shape)) for v in graph.constants)
    shapes = dict(zip(graph.inputs, [p.shape for p in parts]))
    for node in graph.nodes:
        given = [Part(shapes.get(v, v.shape), known[v]) for v in node.inputs]
        found = axes_of(node.op, given, node.attrs, [v.shape for v in node.outputs])
        known.update(zip(node.outputs, found))
    return [known[v] for v in graph.outputs]


class Meshes(Backend):
    """What keeps DTensors."""

    name, device_type = "dtensor", "CUSTOM"

    def device_count(self):
        """None that programs see: MESHES stands for all meshes."""
        return 0

    def compile(self, graph, variables, written, device):
        """The graph for the host, with layouts of its results."""
        return MeshExecutable(graph, variables, written)

    def put(self, tensor, device, sharding=None):
        """A tensor that all devices of a mesh have whole."""
        if tensor.__class__ is DTensor or device.mesh is None:
            return tensor
        return DTensor(tensor, Layout.replicated(device.mesh, len(tensor._shape)))


class MeshPlace(Device):
    """A mesh as the device that `default_mesh` opens; without one, the device of all DTensors."""

    listed = False

    def __init__(self, mesh=None):
        super().__init__("CUSTOM", 0)
        self.mesh, self._memory = mesh, _meshes


class LayoutPlace(MeshPlace):
    """Where the value of one variable lies: as its layout says."""

    def __init__(self, layout):
        super().__init__(layout.mesh)
        self._layout = layout

    def hold(self, tensor):
        """A DTensor for the variable to keep.

        Raises:
          UnknownError: the value is on another mesh.
        """
        if tensor.__class__ is DTensor and tensor._layout.mesh != self.mesh:
            mesh_of([tensor, DTensor(tensor, self._layout)])
        return DTensor(tensor, self._layout)


_meshes = Meshes()
register(_meshes)
MESHES = MeshPlace()
others.append(MESHES)
