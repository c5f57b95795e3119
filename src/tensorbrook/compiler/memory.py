"""Planning of the arena: buffers that are alive at different times share memory."""

from ..base.dims import evaluator, same, same_shape, typical

ALIGN = 64


def plan_memory(steps):
    """Gives each buffer without a place an ("arena", byte offset); returns the arena's size.

    A buffer lives from the first step that touches it to the last. What a loop or a branch reads
    and writes of outside lives as long as its steps run. What a fused kernel reads for the last
    time is written over by one of its results where the elements correspond.
    """
    placed, total = [], 0  # (offset, end, first, last) of buffers, by offset
    for buffer, begin, last in _lives(steps):
        size, at = _bytes(buffer.size * buffer.dtype.itemsize), 0
        for offset, end, start, stop in placed:
            if start <= last and begin <= stop:
                if at + size <= offset:
                    break
                at = max(at, end)
        buffer.place = ("arena", at)
        placed.append((at, at + size, begin, last))
        placed.sort()
        total = max(total, at + size)
    return total


class Slots:
    """The arena where sizes are open: slots, each for buffers that are alive at different times.

    Each buffer without a place gets ("arena", number of its slot).
    """

    def __init__(self, steps):
        self._slots, sizes = [], []  # of each the lives of its buffers; (slot, bytes)
        for buffer, begin, last in _lives(steps):
            number = next((i for i, s in enumerate(self._slots) if _is_free(s, begin, last)), None)
            if number is None:
                number = len(self._slots)
                self._slots.append([])
            self._slots[number].append((begin, last))
            buffer.place = ("arena", number)
            sizes.append((number, buffer.size * buffer.dtype.itemsize))
        self._of = [number for number, _ in sizes]
        self._sizes = evaluator([size for _, size in sizes])

    def offsets(self, sizes):
        """(the byte offset of each slot, the bytes of all) for sizes by name."""
        most = [1] * len(self._slots)
        for number, size in zip(self._of, self._sizes(sizes)):
            most[number] = max(most[number], size)
        found, at = [], 0
        for size in most:
            found.append(at)
            at += _bytes(size)
        return found, at


def _is_free(lives, begin, last):
    return all(last < first or stop < begin for first, stop in lives)


def _lives(steps):
    """(buffer, first step, last step) of all buffers without a place, the largest first."""
    first, last, buffers, order = {}, {}, {}, []

    def touch(views, k):
        for view in views:
            buffer = view.buffer.root()
            if buffer.place is None:
                buffers[id(buffer)] = buffer
                first.setdefault(id(buffer), k)
                last[id(buffer)] = k

    def walk(steps, k):
        for step in steps:
            touch((*step.reads, *step.writes), k)
            order.append(step)
            k += 1
            if step.parts:
                for part in step.parts:
                    k = walk(part, k)
                touch((*step.reads, *step.writes), k)  # behind its steps, which run again
                order.append(None)
                k += 1
        return k

    walk(steps, 0)
    for k, step in enumerate(order):
        for write, read in _overwritten(step):
            new, old = write.buffer, read.buffer.root()
            dies = first.get(id(new)) == k == last.get(id(old)) and same(new.size, old.size)
            if new.place is None and dies:
                new.place = ("same", old)
                last[id(old)] = last[id(new)]
                del buffers[id(new)]

    def rank(i):
        return -_bytes(typical(buffers[i].size) * buffers[i].dtype.itemsize), first[i]

    order = sorted(buffers, key=rank)
    return [(buffers[i], first[i], last[i]) for i in order]


def _bytes(size):
    return -(-max(size, 1) // ALIGN) * ALIGN


def _overwritten(step):
    """(write, read) of a kernel that could lie in the same memory, element by element."""
    kernel = getattr(step, "kernel", None)
    number = getattr(kernel, "in_place", None)
    if number is not None:
        (write,), read = step.writes, step.reads[number]
        there = sum(v.buffer.root() is read.buffer.root() for v in step.reads)
        if read.is_whole() and write.is_whole() and there == 1:
            yield write, read
        return
    if not hasattr(kernel, "loads") or kernel.stages > 1:
        return
    accesses = [*kernel.loads, *[store[1:] for store in kernel.stores]]
    views = [*step.reads, *step.writes]
    for k, write in enumerate(step.writes, start=len(step.reads)):
        for read in step.reads:
            there = [i for i, v in enumerate(views) if v.buffer.root() is read.buffer.root()]
            if (
                read.is_whole()
                and write.is_whole()
                and all(
                    same_shape(accesses[i][1], accesses[k][1])
                    and same(views[i].offset, 0)
                    and accesses[i][0].itemsize == accesses[k][0].itemsize
                    for i in there
                )
            ):
                yield write, read
