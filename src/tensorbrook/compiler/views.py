"""Views: how a tensor lies in a buffer. Movement of elements is mostly a change of view."""

from math import prod

from ..base.dims import Dim, Undecided, evaluate, same, same_shape, sliced


class Buffer:
    """A run of memory that one or more values live in.

    Attributes:
      dtype, size: NumPy dtype and number of elements.
      place: ("arena", offset) once planned, ("array", i) for the caller's i-th array,
        ("constant", array), ("size", an int or Dim, or a tuple of them), ("same", buffer) for what
        another buffer holds, or ("row", view, loop) for the row of a view that belongs to a loop's
        iteration.
      group: the fused group that computes it, where one does.
      window: the view of another buffer that it is stored in instead; nobody else reads it.
    """

    __slots__ = (
        "dtype", "group", "instruction", "number", "place", "shape", "size", "stored", "window",
    )  # fmt: skip
    count = 0

    def __init__(self, shape, dtype, place=None):
        self.shape, self.dtype, self.size, self.place = tuple(shape), dtype, prod(shape), place
        self.group = self.instruction = self.window = None
        self.stored = place is not None
        Buffer.count += 1
        self.number = Buffer.count

    def view(self):
        """The whole buffer in its own shape."""
        return View(self, self.shape, contiguous(self.shape), 0)

    def root(self):
        """The buffer whose memory it is a part of."""
        if self.place is not None and self.place[0] in ("same", "row"):
            within = self.place[1]
            return (within if self.place[0] == "same" else within.buffer).root()
        return self

    def __repr__(self):
        return f"b{self.number}:{self.dtype}{list(self.shape)}@{self.place}"


class View:
    """A tensor in a buffer: shape, strides and offset, counted in elements."""

    __slots__ = ("buffer", "offset", "shape", "strides")

    def __init__(self, buffer, shape, strides, offset):
        self.buffer, self.shape, self.strides, self.offset = buffer, shape, strides, offset

    @property
    def dtype(self):
        """The NumPy dtype."""
        return self.buffer.dtype

    def at_sizes(self, sizes):
        """The view where sizes are what they are by name."""
        shape, strides, offset = evaluate((self.shape, self.strides, self.offset), sizes)
        return View(self.buffer, shape, strides, offset)

    def key(self):
        """Equal for views of the same elements in the same order."""
        return self.buffer, self.shape, self.strides, self.offset

    def is_whole(self):
        """True when the elements are all of the buffer's, in order."""
        return (
            same(self.offset, 0)
            and same(prod(self.shape), self.buffer.size)
            and dense(self.shape, self.strides)
        )

    def is_dense(self):
        """True when the elements lie in order without gaps."""
        return dense(self.shape, self.strides)

    def transpose(self, perm):
        """The axes in another order."""
        shape = tuple([self.shape[p] for p in perm])
        return View(self.buffer, shape, tuple([self.strides[p] for p in perm]), self.offset)

    def broadcast(self, shape):
        """Repeated to `shape` with strides of 0."""
        lead = len(shape) - len(self.shape)
        strides = [0] * lead
        for d, n, s in zip(self.shape, shape[lead:], self.strides):
            if not same(d, n) and not same(d, 1):
                raise Undecided(f"whether {d!r} is {n!r} or 1, and is repeated")
            strides.append(s if same(d, n) else 0)
        strides = tuple(strides)
        return View(self.buffer, tuple(shape), strides, self.offset)

    def reshape(self, shape):
        """Another shape of the same elements, or None where that needs a copy."""
        if same_shape(tuple(shape), self.shape):
            return self
        if self.is_dense():
            return View(self.buffer, tuple(shape), contiguous(shape), self.offset)
        strides = reshaped(self.shape, self.strides, shape)
        return None if strides is None else View(self.buffer, tuple(shape), strides, self.offset)

    def reverse(self, axes):
        """The order of elements reversed along axes."""
        offset, strides = self.offset, list(self.strides)
        for a in axes:
            offset += (self.shape[a] - 1) * strides[a]
            strides[a] = -strides[a]
        return View(self.buffer, self.shape, tuple(strides), offset)

    def slice(self, key):
        """Basic indexing by a tuple of ints, slices, None and Ellipsis."""
        used = sum(1 for k in key if k is not None and k is not Ellipsis)
        full = []
        for k in key:
            full += [slice(None)] * (len(self.shape) - used) if k is Ellipsis else [k]
        if Ellipsis not in key:
            full += [slice(None)] * (len(self.shape) - used)
        shape, strides, offset, axis = [], [], self.offset, 0
        for k in full:
            if k is None:
                shape.append(1)
                strides.append(0)
                continue
            size, stride = self.shape[axis], self.strides[axis]
            axis += 1
            if isinstance(k, slice):
                start, count = sliced(size, k)
                offset += start * stride if count else 0
                shape.append(count)
                strides.append((1 if k.step is None else k.step) * stride)
            else:
                offset += (k + size if k < 0 else k) * stride
        return View(self.buffer, tuple(shape), tuple(strides), offset)


def contiguous(shape):
    """The row-major strides of a shape."""
    strides, step = [], 1
    for d in reversed(shape):
        strides.append(step)
        step *= d
    return tuple(strides[::-1])


def joined(axes):
    """Axes (size, *strides) without those of length 1, neighbours that are walked as one joined."""
    result = []
    for axis in axes:
        if same(axis[0], 1):
            continue
        last = result[-1] if result else None
        if last is not None and all(same(a, b * axis[0]) for a, b in zip(last[1:], axis[1:])):
            result[-1] = (last[0] * axis[0], *axis[1:])
        else:
            result.append(tuple(axis))
    return result


def dense(shape, strides):
    """True when strides are row-major, axes of length 1 aside."""
    step = 1
    for d, s in zip(reversed(shape), reversed(strides)):
        if not same(d, 1):
            if not same(s, step):
                return False
            step *= d
    return True


def _divides(x, y):
    """True where axes that follow may make `y` of `x`: it is smaller, or divides an open size."""
    if x.__class__ is int and y.__class__ is int:
        return x < y
    return y.__class__ is Dim and same(y // x * x, y)


def reshaped(shape, strides, target):
    """Strides for shape `target` over the same elements, or None when there are none."""
    if prod(shape) == 0:
        return contiguous(target)
    old = [(d, s) for d, s in zip(shape, strides) if not same(d, 1)]
    result, i, j = [], 0, 0
    target = list(target)
    while j < len(target):
        if same(target[j], 1):
            result.append(0)
            j += 1
            continue
        wide, narrow, start = old[i][0], target[j], j
        first = i
        while not same(wide, narrow):
            if _divides(wide, narrow):
                i += 1
                if i == len(old):
                    return None
                wide *= old[i][0]
            elif _divides(narrow, wide) or wide.__class__ is narrow.__class__ is int:
                j += 1
                if j == len(target):
                    return None
                narrow *= target[j]
            else:
                return None
        for a in range(first, i):
            if not same(old[a][1], old[a + 1][1] * old[a + 1][0]):
                return None
        step, part = old[i][1], []
        for d in reversed(target[start : j + 1]):
            part.append(0 if same(d, 1) else step)
            step *= d
        result += part[::-1]
        i, j = i + 1, j + 1
    return tuple(result)
