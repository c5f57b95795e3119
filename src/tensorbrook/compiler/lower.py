"""Lowering: a graph becomes units (fused groups and kernels), then steps over planned memory.

Movement of elements becomes views, elementwise operations and reductions join fused groups, other
primitives have rules in `rules/`, and what has no rule runs its NumPy kernel as a step.
"""

from collections import Counter
from math import prod

import numpy as np

from ..base.dims import Dim, Undecided, same, same_shape
from ..base.shapes import broadcast
from ..core.op import OPS, Spec
from ..ops.reduce import reduced_shape
from .boxes import runs_across, turned_copy, whole_box
from .emit import native_dtype
from .fuse import Fusion, Group, Unit, kernels_of
from .halves import computed, is_half, kinds
from .onto import summed_onto
from .views import Buffer, View


def native_rule(*names, wide=False):
    """Enters `(lowering, node, views) -> list of views, or None: falls back` for primitives.

    Where it is `wide`, what it composes of float16 and bfloat16 is computed in float32, and its
    results are rounded once.
    """

    def enter(function):
        for name in names:
            OPS[name].rule("native").lower = _in_float32(function) if wide else function
        return function

    return enter


def _in_float32(rule):
    """A rule that computes float16 and bfloat16 in float32, and rounds its results once."""

    def rounded(lowering, node, views):
        dtypes = [v.dtype for v in node.outputs]
        if not any(map(is_half, dtypes)):
            return rule(lowering, node, views)
        lowering.widens = True
        try:
            found = rule(lowering, _Wide(node), views)
        finally:
            lowering.widens = False
        if found is None:
            return None
        return [lowering.cast(view, dtype) for view, dtype in zip(found, dtypes)]

    return rounded


class _Wide:
    """A node as it would be if its float16 and bfloat16 results were float32."""

    def __init__(self, node):
        self.op, self.attrs, self.inputs = node.op, node.attrs, node.inputs
        self.outputs = [Spec(v.shape, computed(v.dtype)) for v in node.outputs]


class KernelUnit(Unit):
    """A step of its own: a kernel, or (None) a node's NumPy kernel."""

    def __init__(self, number, order, step):
        super().__init__(number, order)
        self.step = step


class Step:
    """One entry of a program: a kernel (None: the node's NumPy kernel) and its views.

    Attributes:
      node, inputs: the node it belongs to and the views of the node's inputs, where it is known.
      parts: the lists of steps that a loop or a branch holds.
    """

    parts = ()
    __slots__ = ("inputs", "kernel", "node", "reads", "writes")

    def __init__(self, kernel, reads, writes, node=None, inputs=()):
        self.kernel, self.reads, self.writes = kernel, reads, writes
        self.node, self.inputs = node, inputs


class Nested(Step):
    """A step that holds steps: a loop or a branch.

    Attributes:
      kind: "loop" (so many rounds), "while" or "branch".
      parts: lists of steps: the body; the test and the body; the two branches.
      flag: the view of the condition, for "while" as the body sees it.
      rounds, reverse: of a loop: how often it runs, and whether it takes rows from the end.
      flush: of a loop: subnormal numbers are taken for 0 in it.
    """

    __slots__ = ("flag", "flush", "kind", "parts", "reverse", "rounds")

    def __init__(self, kind, reads, node, inputs):
        super().__init__(None, reads, [], node, inputs)
        self.kind, self.parts, self.flag = kind, [], None
        self.rounds, self.reverse, self.flush = 1, False, False


class Lowering:
    """Turns one graph into steps.

    Args:
      graph: the graph.
      views: of its inputs; by default the caller's arrays.
      aliases: from the number of an output to that of the input that it replaces.

    Attributes:
      yielded: from inputs that only a loop uses, as a state, to the outputs that replace them: the
        loop may run in their memory.
      fusion: the units so far.
      values: from the graph's values to their views.
    """

    def __init__(self, graph, views=None, aliases=()):
        self.graph, self.fusion, self.values = graph, Fusion(), {}
        uses = Counter(v for n in graph.nodes for v in n.inputs) + Counter(graph.outputs)
        pairs = [(graph.inputs[i], graph.outputs[o]) for o, i in dict(aliases).items()]
        self.yielded = {x: y for x, y in pairs if uses[x] == 1}
        self.node, self.inputs, self._last_effect = None, [], None
        self.turned = {}  # copies of views in another layout
        self.widens = False  # operations take float16 and bfloat16 as float32
        if views is None:
            views = [
                Buffer(v.shape, v.dtype, ("array", i)).view() for i, v in enumerate(graph.inputs)
            ]
        self.values.update(zip(graph.inputs, views))
        for value, array in graph.constants.items():
            self.values[value] = self.constant(array)
        for i, node in enumerate(graph.nodes):
            self.fusion.order, self.node = i, node
            self.inputs = views = [self.values[v] for v in node.inputs]
            found = self.lower(node, views)
            for value, view in zip(node.outputs, found):
                self.values[value] = view
        self.fusion.order = len(graph.nodes)

    # -- one node ----------------------------------------------------------------------------------

    def lower(self, node, views):
        """The views of a node's results."""
        try:
            return self._lowered(node, views)
        except Undecided:  # the NumPy kernel takes all sizes
            return self.fallback(node, views)

    def _lowered(self, node, views):
        rule, found = node.op.rules.get("native"), None
        if rule is not None and self._may_lower(node):
            if rule.lower is not None:
                found = rule.lower(self, node, views)
            elif not set(rule.kinds).isdisjoint(kinds(views[-1].dtype)):
                (out,) = node.outputs
                return [self.op(node.op.name, views, out.shape, out.dtype, node.attrs)]
        return self.fallback(node, views) if found is None else found

    def _may_lower(self, node):
        """False where a native rule is not asked: other dtypes than machines have, no elements."""
        if node.op.effect or node.graphs:  # steps of their own, whatever they hold
            return True
        native = all(native_dtype(v.dtype) for v in (*node.inputs, *node.outputs))
        return native and (node.op.moves or prod(node.outputs[0].shape) > 0)

    def reduced(self, reduction, x, axis, keepdims):
        """What a reducing primitive ("sum", "mean", ...) makes of a view; or None."""
        shape, dtype = reduced_shape(x.shape, axis, keepdims), x.dtype
        count = prod(x.shape[a] for a in axis)
        if same(count, 1):
            return self.dense(x).reshape(shape)
        mean = reduction == "mean"
        if not count:
            return None
        x = self.wide(x)
        if mean and x.dtype.kind in "iu":  # wide enough for no sum to overflow
            x = self.cast(x, np.dtype("uint64" if x.dtype.kind == "u" else "int64"))
        total = self.reduce("sum" if mean else reduction, x, axis, shape)
        if mean:
            divide = "truncatediv" if total.dtype.kind in "iu" else "realdiv"
            total = self.op(divide, [total, self.scalar(count, total.dtype)], shape)
        return self.cast(total, dtype)

    # -- what rules build with ---------------------------------------------------------------------

    def constant(self, array):
        """The view of an array of the graph's own; of one element where all are equal."""
        array = np.asarray(array)
        if array.size > 1 and array.dtype != object:
            flat = array.reshape(-1)
            bits = flat.view(np.uint8).reshape(len(flat), -1) if array.flags.c_contiguous else None
            if bits is not None and (bits == bits[0]).all():
                one = Buffer((), array.dtype, ("constant", flat[:1].copy()))
                return View(one, array.shape, (0,) * array.ndim, 0)
        array = np.ascontiguousarray(array).reshape(array.shape)
        return Buffer(array.shape, array.dtype, ("constant", array)).view()

    def scalar(self, value, dtype):
        """A constant scalar; or a size as one."""
        if value.__class__ is Dim:
            return Buffer((), dtype, ("size", value)).view()
        return self.constant(np.asarray(value, dtype))

    def op(self, name, views, shape=None, dtype=None, attrs=None):
        """An elementwise operation on views that broadcast to `shape`, as a fused instruction."""
        if shape is None:
            shape = broadcast(*[v.shape for v in views])
        if self.widens and name not in ("cast", "identity"):
            views = list(map(self.wide, views))
        operand = views[-1].dtype
        if dtype is None:
            dtype = OPS[name].out or operand
        straight = [turned_copy(self, v) for v in views]
        if name == "identity" and straight[0] is not views[0]:
            return straight[0]
        views = straight
        return self.fusion.operation(name, views, tuple(shape), dtype, attrs or {}, operand)

    def reduce(self, kind, x, axis, shape):
        """A reduction ("sum", "max", "min", "prod", "any", "all") over a tuple of axes."""
        dtype, x = x.dtype, turned_copy(self, self.wide(x))
        total = self.fusion.reduction(kind, x, axis, tuple(shape), x.dtype)
        return total if self.widens else self.cast(total, dtype)

    def cast(self, view, dtype):
        """A view's elements in another dtype."""
        if view.dtype == dtype:
            return view
        return self.op("cast", [view], view.shape, dtype, {"dtype": dtype})

    def wide(self, view):
        """A view of float16 or bfloat16 as float32, in which sums are taken; others as they are."""
        buffer = view.buffer
        repeated = any(same(s, 0) and not same(d, 1) for d, s in zip(view.shape, view.strides))
        row = buffer.place is not None and buffer.place[0] == "row"  # it lies as the view says
        all_of_it = same(buffer.size, prod(view.shape)) and not row
        if not is_half(buffer.dtype) or repeated or not all_of_it:
            return self.cast(view, computed(view.dtype))
        if buffer not in self.turned:  # one copy of all, for every order of its axes
            self.turned[buffer] = self.cast(buffer.view(), computed(buffer.dtype))
        whole = self.turned[buffer]
        return View(whole.buffer, view.shape, view.strides, whole.offset + view.offset)

    def dense(self, view):
        """The view, copied where its elements do not lie in order without gaps."""
        if view.is_dense():
            return view
        key = view.key()
        if key not in self.turned:
            self.turned[key] = self.op("identity", [view], view.shape)
        return self.turned[key]

    def kernel(self, kernel, reads, writes):
        """Adds a kernel that reads views and writes whole buffers; returns their views.

        Args:
          kernel: has `key`, `chunks` and `emit(emitter)`; its pointers are those of `reads`, then
            of `writes`.
          reads: views; the kernel knows their strides.
          writes: (shape, dtype) of each result.
        """
        return self.alone(Step(kernel, reads, [], self.node, self.inputs), writes)

    def fallback(self, node, views):
        """Adds the node's NumPy kernel as a step."""
        step = Step(None, views, [], node, views)
        return self.alone(step, [(v.shape, v.dtype) for v in node.outputs])

    def copied(self, view):
        """A copy of a view, in a buffer that nothing else reads."""
        if native_dtype(view.dtype) and prod(view.shape):
            source = [turned_copy(self, view)]  # which others may read as well
            return self.fusion.operation("identity", source, view.shape, view.dtype, {}, view.dtype)
        return self.alone(Step(None, [view], []), [(view.shape, view.dtype)])[0]

    def joined(self, parts, windows, buffer):
        """The buffer whose parts the groups that compute `parts` write, or None where one is not.

        Args:
          parts: views.
          windows: where in the buffer they belong, as views.
        """
        made = all(isinstance(self.fusion.producer(v), Group) for v in parts)
        if not made or any(map(runs_across, parts)):
            return None
        copies = [self.copied(v) for v in parts]
        for view, window in zip(copies, windows):
            out = view.buffer
            if not out.instruction.inner or out.group.find().strides(window, True) is None:
                return None
        unit = self.fusion.unit()
        self.fusion.waits(unit, copies)
        for view, window in zip(copies, windows):
            view.buffer.window, view.buffer.stored = window, True
        buffer.group, buffer.stored = unit, True
        return buffer.view()

    def alone(self, step, specs):
        """Adds a unit of one step, with a new buffer for each (shape, dtype) that it writes."""
        unit = self.fusion.unit(KernelUnit, step)
        self.fusion.waits(unit, step.reads)
        if step.node is not None and step.node.effect:  # effects keep the program's order
            before, self._last_effect = self._last_effect, unit
            if before is not None:
                unit.deps |= before.deps | 1 << before.number
        for shape, dtype in specs:
            buffer = Buffer(shape, dtype)
            buffer.group, buffer.stored = unit, True
            step.writes.append(buffer.view())
        return list(step.writes)

    # -- steps -------------------------------------------------------------------------------------

    def outputs(self, targets):
        """Gives the graph's outputs their places; returns the copies that the end still needs.

        Args:
          targets: one for each output: (its place, whether that is an input's, which it replaces),
            or None for one that stays where it is computed.

        Returns:
          [(view, place, whether the place is an input's)].
        """
        copies, taken = [], set()
        for value, target in zip(self.graph.outputs, targets):
            view = self.values[value]
            if target is not None:
                free = view.buffer.place is None and view.is_whole()
                if target[1] or not free or id(view.buffer) in taken:
                    copies.append((view, *target))
                else:
                    view.buffer.place = target[0]
            view.buffer.stored = True
            taken.add(id(view.buffer))
        return copies

    def steps(self, targets):
        """The steps in order, with outputs where `targets` (see `outputs`) wants them."""
        copies = self.outputs(targets)
        units = [u for u in self.fusion.units if u.into is None]
        self._mark_stored(units)
        steps = []
        for unit in _in_order(units):
            if isinstance(unit, Group):
                if any(m.out.stored for m in unit.members):
                    steps += [Step(*k) for k in kernels_of(unit)]
            elif isinstance(unit, KernelUnit):
                steps.append(unit.step)
        results = {self.values[v].buffer for v in self.graph.outputs}
        return _with_copies(summed_onto(steps, results), copies)

    def _mark_stored(self, units):
        for unit in units:
            if isinstance(unit, KernelUnit):
                for view in unit.step.reads:
                    view.buffer.stored = True
        self.fusion.mark_stored([u for u in units if isinstance(u, Group)])


def _in_order(units):
    """The units so that each comes after those it waits for, otherwise as the program has them."""
    waiting = sorted(units, key=lambda u: u.order)
    alive = 0
    for u in units:
        alive |= 1 << u.number
    done, order = 0, []
    while waiting:
        unit = next(u for u in waiting if not u.deps & alive & ~done & ~(1 << u.number))
        order.append(unit)
        done |= 1 << unit.number
        waiting.remove(unit)
    return order


def _copy_step(source, buffer):
    """The step that copies a view into a buffer."""
    if not native_dtype(source.dtype):
        return Step(None, [source], [buffer.view()])
    if runs_across(source):
        return Step(whole_box(source), [source], [buffer.view()])
    fusion = Fusion()
    shape = source.shape
    stand_in = Buffer(source.buffer.shape, source.dtype, ("given",))
    view = View(stand_in, shape, source.strides, source.offset)
    out = fusion.operation("identity", [view], shape, source.dtype, {}, source.dtype)
    out.buffer.stored = True
    (group,) = fusion.units
    ((kernel, _, _),) = kernels_of(group)
    return Step(kernel, [source], [buffer.view()])


def _with_copies(steps, copies):
    """The steps with outputs that could not be computed in place copied to it.

    What the caller's arrays hold at the start is copied first. An output that replaces an input is
    computed in that input's array when nothing reads the input afterwards.
    """
    first, last, replaced = [], [], []
    for view, place, alias in copies:
        target = Buffer(view.shape, view.dtype, place)
        if not prod(view.shape):
            continue
        if alias:
            replaced.append((view, place, target))
        elif view.buffer.group is None:
            first.append(_copy_step(view, target))
        else:
            last.append(_copy_step(view, target))
    steps = first + steps + last
    uses = _uses(steps)
    inputs = [place for _, place, _ in replaced]
    old = [view.buffer.place in inputs for view, _, _ in replaced]
    begin, end = [], []
    for (view, place, target), is_old in zip(replaced, old):
        if view.buffer.place == place and view.is_whole():
            continue
        if _replaces(steps, uses, view, place):
            _put(steps, uses, view, place, {output.buffer for output, _, _ in copies})
            continue
        if is_old:  # another variable's old value: keep it before that changes
            kept = Buffer(view.shape, view.dtype)
            begin.append(_copy_step(view, kept))
            view = kept.view()
        end.append((view, target))
    return begin + steps + [_copy_step(view, target) for view, target in end]


def _put(steps, uses, view, place, outputs):
    """Places a result in an input's array; there too what its kernel changes a part of, if it can.

    Args:
      outputs: the buffers of results, which are to be kept.
    """
    while True:
        view.buffer.place = place
        made = steps[uses[0][view.buffer][0]]
        number = getattr(made.kernel, "in_place", None)
        if number is None:
            return
        view = made.reads[number]
        taken = sum(r.buffer is view.buffer for step in steps for r in step.reads)
        kept = view.buffer in outputs or view.buffer.window is not None
        if taken != 1 or kept or not _replaces(steps, uses, view, place):
            return


def _uses(steps):
    """({buffer: steps that write it}, {place: steps that read there}, places written)."""
    makers, readers, written = {}, {}, set()

    def place(buffer):
        return None if buffer.place is None or buffer.place[0] == "constant" else buffer.place

    for k, step in enumerate(steps):
        for view in step.writes:
            makers.setdefault(view.buffer, []).append(k)
            written.add(place(view.buffer))
        for view in step.reads:
            readers.setdefault(place(view.buffer), []).append(k)
    return makers, readers, written


def _replaces(steps, uses, view, place):
    """True when a result may be written over an input, element by element, after all reads."""
    makers, readers, written = uses
    buffer = view.buffer
    if buffer.place is not None or not view.is_whole() or place in written:
        return False
    made_by = set(makers.get(buffer, ()))
    if len(made_by) != 1:
        return False
    (at,) = made_by
    made = steps[at]
    if readers.get(place, [0])[-1] > at:
        return False
    reads = [k for k, r in enumerate(made.reads) if r.buffer.place == place]
    if not reads:
        return True
    kernel = made.kernel
    if getattr(kernel, "in_place", None) in reads and len(reads) == 1:
        return made.reads[reads[0]].is_whole()
    if kernel is None or not hasattr(kernel, "loads"):
        return False
    stores = [k for k, w in enumerate(made.writes) if w.buffer is buffer]
    if len(stores) > 1 or (kernel.stages > 1 and kernel.stored_inside(stores[0])):
        return False
    store = stores[0]
    strides = kernel.stores[store][2]
    return all(
        same_shape(kernel.loads[k][1], strides) and same(made.reads[k].offset, 0) for k in reads
    )
