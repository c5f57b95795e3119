"""Planning of the arena: buffers that are alive at different times share memory."""

ALIGN = 64


def plan_memory(steps):
    """Gives each buffer without a place an ("arena", byte offset); returns the arena's size.

    A buffer lives from the first step that touches it to the last. What a loop or a branch reads
    and writes of outside lives as long as its steps run.
    """
    first, last, buffers = {}, {}, {}

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
            k += 1
            if step.parts:
                for part in step.parts:
                    k = walk(part, k)
                touch((*step.reads, *step.writes), k - 1)
        return k

    walk(steps, 0)
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


def _bytes(buffer):
    size = max(buffer.size * buffer.dtype.itemsize, 1)
    return -(-size // ALIGN) * ALIGN
