"""matmul: one contraction, its batch axes broadcast by strides of 0."""

from math import prod

from ...base.dims import has_dims, same, typical
from ..boxes import Box, Boxes
from ..contract import FEW, Contraction, panel_width
from ..emit import even
from ..lower import native_rule

PANEL_WIDTH, PANEL_BYTES = 256, 1 << 18  # of a right operand, a block's vectors wide
MANY_ROWS = 1000  # fewer do not read a panel often enough for that to matter
MANY_READS = 128  # of rows and depth, from which on it pays to pack
MANY_MORE, PAGE = 512, 4096  # where both lie in order, and rows do not evict each other
FEW_ROWS = 512  # fewer are cut along the depth
MOST_BYTES = 1 << 26  # of all shares' results


@native_rule("matmul")
def matmul(lowering, node, views):
    """Contracts the last axes; a right operand whose columns are not contiguous is copied first."""
    a, b = map(lowering.wide, views)
    out = node.outputs[0]
    if a.dtype.kind != "f":
        return None
    if node.attrs["transpose_a"]:
        a = a.transpose((*range(len(a.shape) - 2), len(a.shape) - 1, len(a.shape) - 2))
    if node.attrs["transpose_b"]:
        b = b.transpose((*range(len(b.shape) - 2), len(b.shape) - 1, len(b.shape) - 2))
    return _product(lowering, a, b, out.shape, out.dtype)


def _product(lowering, a, b, shape, dtype):
    """The views of a @ b; where that costs less, of the transposed operands' product."""
    n, lead, rank = shape[-1], shape[:-2], len(shape)
    panels = _worth_packing(a, b, n, lead)
    if panels and len(a.shape) == 2 and _cheaper_turned(a, b):
        found = _product(lowering, b.transpose((1, 0)), a.transpose((1, 0)), shape[::-1], dtype)
        return [view.transpose((1, 0)) for view in found]
    if not panels and not same(b.strides[-1], 1) and not same(n, 1):
        b = lowering.op("identity", [b], b.shape)
    if panels and not same(a.strides[-1], 1):  # runs of k would evict each other
        a = lowering.op("identity", [a], a.shape)
    batch_a = a.broadcast((*lead, *a.shape[-2:])).strides[: rank - 2]
    batch_b = b.broadcast((*lead, *b.shape[-2:])).strides[: rank - 2]
    rows, depth = a.shape[-2:]
    if not depth:
        return None
    step, batch = rows * n, []
    for size, of_a, of_b in reversed(list(zip(lead, batch_a, batch_b))):
        batch.insert(0, (size, of_a, of_b, step))
        step *= size
    m = [(rows, a.strides[-2], 0, n)]
    if len(batch) and all(same(x[2], 0) for x in batch):
        m, batch = batch + m, []  # one right operand for all: more rows
    k = [(depth, a.strides[-1], b.strides[-2], 0)]
    if panels:
        return _packed(lowering, (a, b), (m, k, n), shape, dtype)
    shares = _shares(prod(axis[0] for axis in m), depth, shape, dtype)
    kernel = Contraction(a.dtype, batch, m, k, n, shares, dtype)
    return contracted(lowering, kernel, [a, b], shape, dtype)


def _worth_packing(a, b, n, lead):
    """True where rows of the right operand lie far apart, and are read often."""
    depth = b.shape[-2]
    if len(b.shape) > 2 or has_dims((n, depth)):
        return False
    rows, width = typical(prod((*lead, a.shape[-2]))), panel_width(b.dtype)
    large = depth * n * b.dtype.itemsize >= PANEL_BYTES // 2
    down, across = b.strides
    in_order = same(across, 1) and same(a.strides[-1], 1)
    fine = in_order and typical(down) * b.dtype.itemsize % PAGE
    enough = rows >= (MANY_MORE if fine else MANY_READS) and depth >= MANY_READS
    return large and n > width and enough


def _cheaper_turned(a, b):
    """True where the left operand would have to be turned around, and is the larger by far."""
    rows, n = a.shape[0], b.shape[1]
    return not has_dims(rows) and same(a.strides[0], 1) and rows >= 2 * n


def _packed(lowering, views, axes, shape, dtype):
    """The contraction with a right operand whose panels of columns are copied together first."""
    (a, b), (m, k, n) = views, axes
    (depth, along, _, _), width = k[0], panel_width(b.dtype)
    step, (down, across) = depth * width, b.strides
    whole, rest = divmod(n, width)
    boxes = [Box(0, [(whole, width * across, step), (depth, down, width), (width, across, 1)])]
    if rest:
        last = [(depth, down, width), (rest, across, 1)]
        boxes.append(Box(0, last, whole * step, whole * width * across))
    panels = whole + bool(rest)
    (b,) = lowering.kernel(Boxes(b.dtype, 1, boxes), [b], [((panels * step,), b.dtype)])
    k = [(depth, along, width, 0)]
    shares = 1
    if typical(prod(axis[0] for axis in m)) < FEW_ROWS:  # too few to be cut between cores
        shares = max(1, min(FEW // panels, depth // FEW_ROWS))
    kernel = Contraction(a.dtype, [], m, k, n, shares, dtype, panel=step)
    return contracted(lowering, kernel, [a, b], shape, dtype)


def _shares(rows, depth, shape, dtype):
    """How many, so that a share's panel of the right operand stays in a core's own cache."""
    rows, depth, size = typical((rows, depth, prod(shape)))
    panel = min(typical(shape[-1]) * dtype.itemsize, PANEL_WIDTH)
    shares = even(depth, -(-depth * panel // PANEL_BYTES))
    too_large = shares * size * dtype.itemsize > MOST_BYTES
    return 1 if rows < MANY_ROWS or too_large else shares


def contracted(lowering, kernel, reads, shape, dtype):
    """The views of a contraction's result, its shares added up."""
    if kernel.shares == 1:
        return lowering.kernel(kernel, reads, [(shape, dtype)])
    (parts,) = lowering.kernel(kernel, reads, [((kernel.shares, *shape), kernel.dtype)])
    total = lowering.reduce("sum", parts, (0,), shape)
    return [lowering.cast(total, dtype)]
