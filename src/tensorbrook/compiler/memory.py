"""Planning of the arena: buffers that are alive at different times share memory."""

ALIGN = 64


def plan_memory(steps):
    """Gives each buffer without a place an ("arena", byte offset); returns the arena's size.

    A buffer lives from the first step that touches it to the last. What a loop or a branch reads
    and writes of outside lives as long as its steps run. What a fused kernel reads for the last
    time is written over by one of its results where the elements correspond.
    """
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
            dies = first.get(id(new)) == k == last.get(id(old)) and new.size == old.size
            if new.place is None and dies:
                new.place = ("same", old)
                last[id(old)] = last[id(new)]
                del buffers[id(new)]
    placed, total = [], 0  # (offset, end, first, last) of buffers, by offset
    largest_first = sorted(buffers, key=lambda i: (-_bytes(buffers[i]), first[i]))
    for i in largest_first:
        size, at = _bytes(buffers[i]), 0
        for offset, end, start, stop in placed:
            if start <= last[i] and first[i] <= stop:
                if at + size <= offset:
                    break
                at = max(at, end)
        buffers[i].place = ("arena", at)
        placed.append((at, at + size, first[i], last[i]))
        placed.sort()
        total = max(total, at + size)
    return total


def _overwritten(step):
    """(write, read) of a fused kernel that could lie in the same memory, element by element."""
    kernel = getattr(step, "kernel", None)
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
                    accesses[i][1] == accesses[k][1]
                    and views[i].offset == 0
                    and accesses[i][0].itemsize == accesses[k][0].itemsize
                    for i in there
                )
            ):
                yield write, read


def _bytes(buffer):
    size = max(buffer.size * buffer.dtype.itemsize, 1)
    return -(-size // ALIGN) * ALIGN
