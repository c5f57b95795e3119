"""Fusion: elementwise operations and reductions, gathered into groups that become one kernel each.

A group has an iteration space and, once it holds a reduction, the axes that are reduced. Its
members are of the whole space ("inner") or of the kept axes only ("outer"). An operation joins the
group that computes its operands when it reads them in the order they are computed in, when no
operand comes from something that waits for the group, and when the group stays parallel.
"""

from math import prod

from ..base.dims import same, same_shape, typical
from ..core.op import OPS
from ..ops.reduce import reduced_shape
from .loops import LoopKernel
from .views import Buffer, View, contiguous

MOST_MEMBERS = 96
SMALL = 1 << 15  # elements: below, a group may have several stages whatever its shape
ANEW_FROM = 1 << 15  # elements: a smaller result is stored, and not computed by each reader
MOST_ANEW = 8  # operations worth repeating for that
WIDE = 128  # elements of each row that a chunk of columns should have at least
KEPT_ENOUGH = 8  # independent rows that a group of several stages needs to stay parallel


class Unit:
    """Something that runs as a whole: a group, or a kernel of its own.

    Attributes:
      deps: bit mask of the numbers of all units it waits for, directly or not.
      order: the place of its last operation in the program.
    """

    def __init__(self, number, order):
        self.number, self.deps, self.order, self.into = number, 0, order, None

    def find(self):
        """The unit it was merged into, or itself."""
        unit = self
        while unit.into is not None:
            unit = unit.into
        return unit


class Instruction:
    """One operation of a group: its operands as views, with strides over the group's space."""

    __slots__ = ("after", "attrs", "dtype", "inner", "kind", "name", "operands", "out", "strides")

    def __init__(self, kind, name, dtype, attrs, operands, strides, out, inner, after):
        self.kind, self.name, self.dtype, self.attrs = kind, name, dtype, attrs
        self.operands, self.strides, self.out = operands, strides, out
        self.inner, self.after = inner, after


class Group(Unit):
    """Operations that one loop nest computes."""

    def __init__(self, number, order, space):
        super().__init__(number, order)
        self.space, self.axes, self.members = tuple(space), None, []

    # -- shapes ------------------------------------------------------------------------------------

    def kept(self, keepdims=False):
        """The shape left by the reduced axes."""
        return reduced_shape(self.space, self.axes, keepdims)

    def level(self, shape):
        """True for the inner level, False for the outer one, None where a shape does not fit."""
        if same_shape(shape, self.space):
            return True
        whole = prod(self.space)
        if self.axes is not None:
            kept = self.kept()
            if same_shape(shape, kept) or same_shape(shape, self.kept(keepdims=True)):
                return False
            if same(prod(shape), prod(kept)) and not same(prod(kept), whole):
                return False
        return True if same(prod(shape), whole) else None

    def strides(self, view, inner):
        """The strides of a view over the group's space, or None where that needs a copy."""
        if inner:
            view = view.reshape(self.space)
            return None if view is None else view.strides
        view = view.reshape(self.kept())
        if view is None:
            return None
        rest = iter(view.strides)
        return tuple(0 if i in self.axes else next(rest) for i in range(len(self.space)))

    def natural(self, inner):
        """The strides in which the group computes values of a level."""
        if inner:
            return contiguous(self.space)
        rest = iter(contiguous(self.kept()))
        return tuple(0 if i in self.axes else next(rest) for i in range(len(self.space)))

    def same(self, strides, inner, offset):
        """True when an access follows the order of computation."""
        mine = self.natural(inner)
        return same(offset, 0) and all(
            same(a, b) for a, b, d in zip(strides, mine, self.space) if not same(d, 1)
        )

    def may_have_stages(self):
        """True when values may depend on reductions over the same space."""
        if typical(prod(self.space)) <= SMALL:
            return True
        kept = typical(prod(self.kept()))
        last_reduced = len(self.space) - 1 in self.axes
        return kept >= (KEPT_ENOUGH if last_reduced else KEPT_ENOUGH * 64)


class Fusion:
    """The units of a program, and the rules by which operations become members of groups."""

    def __init__(self):
        self.units, self.order, self._readers = [], 0, {}

    def unit(self, kind=Unit, *arguments):
        """A new unit at the current place of the program."""
        unit = kind(len(self.units), self.order, *arguments)
        self.units.append(unit)
        return unit

    def producer(self, view):
        """The unit that computes a view's buffer; None for what the caller gives."""
        return None if view.buffer.group is None else view.buffer.group.find()

    def waits(self, unit, views):
        """Notes that a unit reads views."""
        for view in views:
            source = self.producer(view)
            if source is not None and source is not unit:
                unit.deps |= source.deps | 1 << source.number
        for other in self.units:
            if other.deps >> unit.number & 1:
                other.deps |= unit.deps

    def _free_of(self, group, views):
        """True when nothing that views come from waits for the group."""
        for view in views:
            source = self.producer(view)
            if source is not None and source is not group and source.deps >> group.number & 1:
                return False
        return True

    def _merge(self, a, b):
        """Joins group `b` into `a` where that closes no circle; True when done."""
        if not same_shape(a.space, b.space) or a.deps >> b.number & 1 or b.deps >> a.number & 1:
            return False
        if a.axes is not None and b.axes is not None and a.axes != b.axes:
            return False
        if len(a.members) + len(b.members) > MOST_MEMBERS:
            return False
        axes = a.axes if a.axes is not None else b.axes
        a.axes = axes
        a.members += b.members
        b.into, b.members = a, []
        a.order = max(a.order, b.order)
        bit, gone = 1 << a.number, 1 << b.number
        a.deps |= b.deps
        for other in self.units:
            if other.deps & (bit | gone):
                other.deps |= a.deps | bit
        return True

    def _candidates(self, views):
        """Groups that compute operands, then groups that read the same buffers."""
        found = []
        for view in views:
            source = self.producer(view)
            if isinstance(source, Group) and source not in found:
                found.append(source)
        for view in views:
            for reader in self._readers.get(id(view.buffer), ())[-3:]:
                reader = reader.find()
                if reader not in found:
                    found.append(reader)
        return found

    def _placed(self, group, views, shape):
        """(inner, strides of each operand, after a reduction) in a group; None: does not fit."""
        inner = group.level(shape)
        if inner is None or len(group.members) >= MOST_MEMBERS or not self._free_of(group, views):
            return None
        strides, after = [], False
        for view in views:
            found = group.strides(view, inner)
            if found is None:
                return None
            if self.producer(view) is group:
                instruction = view.buffer.instruction
                level = instruction.inner
                if not group.same(found, level, view.offset):
                    return None
                after = after or instruction.after or instruction.kind == "reduce"
            strides.append(found)
        if inner and after and not group.may_have_stages():
            return None
        return inner, strides, after

    def operation(self, name, views, shape, dtype, attrs, operand_dtype):
        """Adds an elementwise operation; returns the view of its result."""
        views = [v.broadcast(shape) for v in views]
        chosen, place = None, None
        for group in self._candidates(views):
            if chosen is None:
                place = self._placed(group, views, shape)
                chosen = group if place is not None else None
            elif self._merge(chosen, group):
                place = self._placed(chosen, views, shape)
        if chosen is None or place is None:
            chosen = self.unit(Group, shape)
            place = self._placed(chosen, views, shape)
        return self._enter(chosen, place, "op", name, views, shape, dtype, attrs, operand_dtype)

    def reduction(self, kind, view, axes, shape, dtype):
        """Adds a reduction over the axes of tuple `axes`; returns the view of its result."""
        axes = frozenset(axes)
        chosen = place = None
        for group in self._candidates([view]):
            if same_shape(group.space, view.shape) and group.axes in (None, axes):
                place = self._placed(group, [view], view.shape)
                if place is not None and not (place[2] and not self._stages_with(group, axes)):
                    chosen = group
                    break
        if chosen is None:
            chosen = self.unit(Group, view.shape)
            place = self._placed(chosen, [view], view.shape)
        chosen.axes = axes
        place = False, place[1], place[2]
        return self._enter(chosen, place, "reduce", kind, [view], shape, dtype, {}, dtype)

    def _stages_with(self, group, axes):
        before, group.axes = group.axes, axes
        result = group.may_have_stages()
        group.axes = before
        return result

    # -- what is stored ----------------------------------------------------------------------------

    def mark_stored(self, groups):
        """Marks what groups read of each other as stored, but for what is cheaper computed anew."""
        readers, reads = {}, {}
        for group in groups:
            mine = reads[group] = set()
            for m in group.members:
                for view, strides in zip(m.operands, m.strides):
                    mine.add((id(view.buffer), view.offset, strides))
                    source = self.producer(view)
                    if source is not None and source is not group:
                        places = readers.setdefault(view.buffer, {})
                        places.setdefault(group, set()).add((view.offset, strides))
        for buffer in sorted(readers, key=lambda b: b.number):
            if not buffer.stored:
                buffer.stored = not self._is_repeated(buffer, readers[buffer], reads)

    def _is_repeated(self, buffer, places, reads):
        """Whether the groups that read a value compute it anew; then what they need is stored."""
        if typical(buffer.size) <= ANEW_FROM or buffer.instruction is None:
            return False
        space, needs, more = buffer.group.find().space, _needs(buffer.instruction), 0
        if needs is None:
            return False
        for group, seen in places.items():
            in_order = all(group.same(strides, True, offset) for offset, strides in seen)
            if not same_shape(group.space, space) or not in_order:
                return False
        for group in places:
            for key, view in needs.items():
                if key not in reads[group]:
                    count = typical(prod(d for d, s in zip(space, key[2]) if s))
                    more += count * view.dtype.itemsize
        if more > (len(places) + 0.5) * typical(buffer.size) * buffer.dtype.itemsize:
            return False
        for view in needs.values():
            view.buffer.stored = True
        for group in places:
            reads[group].update(needs)
        return True

    def _enter(self, group, place, kind, name, views, shape, dtype, attrs, operand_dtype):
        inner, strides, after = place
        out = Buffer(shape, dtype)
        instruction = Instruction(
            kind, name, operand_dtype, attrs, views, strides, out, inner, after
        )
        out.group, out.instruction = group, instruction
        group.members.append(instruction)
        group.order = max(group.order, self.order)
        self.waits(group, views)
        for view in views:
            self._readers.setdefault(id(view.buffer), []).append(group)
        return out.view()


def _needs(instruction):
    """{place and strides: view} that computing a value anew reads; None where it is much work."""
    needs, waiting, seen = {}, [instruction], set()
    while waiting:
        m = waiting.pop()
        if m in seen:
            continue
        seen.add(m)
        if m.kind != "op" or not m.inner or OPS[m.name].heavy or len(seen) > MOST_ANEW:
            return None
        for view, strides in zip(m.operands, m.strides):
            source = view.buffer.instruction
            if source is not None and source.inner and not view.buffer.stored:
                waiting.append(source)
            elif strides and not (same(strides[-1], 0) or same(strides[-1], 1)):
                return None
            else:
                needs[id(view.buffer), view.offset, strides] = view
    return needs


# -- from groups to kernels ------------------------------------------------------------------------


def kernels_of(group):
    """The kernels of a group, each with the views it reads and writes: (kernel, reads, writes)."""
    stored = [m for m in group.members if m.out.stored]
    kernel, reads, writes = _build(group, stored, {})
    narrow = kernel.chunk_axis == kernel.vector and typical(kernel.sizes[-1]) < WIDE * kernel.chunks
    few = kernel.chunks * 4 < kernel.cost / 30_000
    if (
        (few or (narrow and typical(prod(kernel.sizes)) > SMALL))
        and group.axes
        and _can_split(group)
    ):
        return _split(group, stored)
    return [(kernel, reads, writes)]


def _can_split(group):
    return not any(m.after and (m.inner or m.kind == "reduce") for m in group.members)


def _split(group, stored):
    """Two kernels: reductions of shares of the first reduced axis, then of the shares' results."""
    reductions = [m for m in group.members if m.kind == "reduce"]
    first_stored = [m for m in stored if m.inner]
    partial = {}
    for m in reductions:
        partial[m] = Buffer((1, *group.kept()), m.out.dtype)
    kernel, reads, writes = _build(group, first_stored + reductions, {}, partial)
    shares = kernel.chunks
    for buffer in partial.values():
        buffer.shape = (shares, *buffer.shape[1:])
        buffer.size = prod(buffer.shape)
    outer = [m for m in stored if not m.inner]
    second = _build(group, outer, partial, shares=shares)
    return [(kernel, reads, writes), second]


def _build(group, stored, loaded, partial=None, shares=None):
    """A LoopKernel that computes `stored` members; those in `loaded` from partial results."""
    space, axes = group.space, group.axes or frozenset()
    natural = {True: contiguous(space), False: None}
    natural[False] = group.natural(False) if group.axes is not None else natural[True]
    if shares is not None:
        space = (shares, *group.kept())
        axes = frozenset([0])
        natural = {False: (0, *contiguous(group.kept()))}
    builder = _Builder(group, loaded, space, axes, shares)
    stores, writes = [], []
    for m in stored:
        number = builder.number(m)
        strides, view = natural[m.inner], m.out.view()
        if m.out.window is not None:
            view = m.out.window
            strides = group.strides(view, True)
        if partial and m in partial:
            view = partial[m].view()
        stores.append((number, m.out.dtype, strides))
        writes.append(view)
    sizes, flags, strides = _collapse(
        space, [i in axes for i in range(len(space))], builder.strides + [s for _, _, s in stores]
    )
    count = len(builder.strides)
    loads = [(d, s) for d, s in zip(builder.dtypes, strides)]
    stores = [(n, d, s) for (n, d, _), s in zip(stores, strides[count:])]
    kernel = LoopKernel(sizes, flags, builder.code, loads, stores, split=bool(partial))
    return kernel, builder.reads, writes


class _Builder:
    """Numbers the instructions that a kernel needs, in order."""

    def __init__(self, group, loaded, space, axes, shares):
        self.group, self.loaded, self.space, self.axes = group, loaded, space, axes
        self.shares = shares
        self.code, self.known, self.reads, self.strides, self.dtypes = [], {}, [], [], []
        self._loads, self._numbers = {}, {}

    def _add(self, step):
        """The number of an instruction; equal ones are one."""
        key = repr(step)
        if key not in self._numbers:
            self._numbers[key] = len(self.code)
            self.code.append(step)
        return self._numbers[key]

    def number(self, m):
        """The number of a member's instruction; members it needs come before it."""
        if m in self.known:
            return self.known[m]
        if m in self.loaded:
            strides = contiguous(self.space)
            at = self._load(self.loaded[m].view(), strides)
            number = self._add(("reduce", m.name, m.dtype, at))
        else:
            arguments = [self._operand(v, s) for v, s in zip(m.operands, m.strides)]
            if m.kind == "reduce":
                number = self._add(("reduce", m.name, m.dtype, arguments[0]))
            else:
                number = self._add(("op", m.name, m.dtype, m.attrs, tuple(arguments)))
        self.known[m] = number
        return number

    def _operand(self, view, strides):
        buffer = view.buffer
        made = buffer.instruction
        if made is not None and (not buffer.stored or buffer.group.find() is self.group):
            return self.number(made)
        if buffer.place is not None and buffer.place[0] == "size" and same(buffer.size, 1):
            dim = buffer.place[1]
            return self._add(("size", buffer.dtype, dim[0] if isinstance(dim, tuple) else dim))
        if buffer.place is not None and buffer.place[0] == "constant" and buffer.size == 1:
            return self._add(("constant", buffer.dtype, buffer.place[1].reshape(-1)[0].item()))
        if self.shares is not None:  # the kept axes' strides, none along the shares
            rest = [s for i, s in enumerate(strides) if i not in self.group.axes]
            strides = (0, *rest)
        return self._load(view, strides)

    def _load(self, view, strides):
        strides = tuple(0 if same(d, 1) else s for d, s in zip(self.space, strides))
        key = id(view.buffer), view.offset, strides
        if key not in self._loads:
            self.reads.append(View(view.buffer, view.shape, view.strides, view.offset))
            self.strides.append(strides)
            self.dtypes.append(view.dtype)
            self._loads[key] = self._add(("load", len(self.reads) - 1))
        return self._loads[key]


def _collapse(space, reduced, strides):
    """Drops axes of length 1 and joins neighbours that every access walks as one."""
    axes = [i for i, d in enumerate(space) if not same(d, 1)]
    sizes = [space[i] for i in axes]
    flags = [reduced[i] for i in axes]
    columns = [[s[i] for s in strides] for i in axes]
    i = len(sizes) - 2
    while i >= 0:
        if flags[i] == flags[i + 1] and all(
            same(a, b * sizes[i + 1]) for a, b in zip(columns[i], columns[i + 1])
        ):
            sizes[i : i + 2] = [sizes[i] * sizes[i + 1]]
            del columns[i], flags[i]
        i -= 1
    if not sizes:
        return (1,), (False,), [(1,) for _ in strides]
    rows = [tuple(column[k] for column in columns) for k in range(len(strides))]
    return tuple(sizes), tuple(flags), rows
