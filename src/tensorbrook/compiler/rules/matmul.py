"""matmul: one contraction, its batch axes broadcast by strides of 0."""

from math import prod

from ...base.dims import same, typical
from ..contract import Contraction
from ..emit import even
from ..lower import native_rule

PANEL_WIDTH, PANEL_BYTES = 256, 1 << 18  # of a right operand, a block's vectors wide
MANY_ROWS = 1000  # fewer do not read a panel often enough for that to matter
MOST_BYTES = 1 << 26  # of all shares' results


@native_rule("matmul")
def matmul(lowering, node, views):
    """Contracts the last axes; a right operand whose columns are not contiguous is copied first."""
    a, b = map(lowering.wide, views)
    out = node.outputs[0]
    if a.dtype.kind != "f":
        return None
    rank = len(out.shape)
    if node.attrs["transpose_a"]:
        a = a.transpose((*range(len(a.shape) - 2), len(a.shape) - 1, len(a.shape) - 2))
    if node.attrs["transpose_b"]:
        b = b.transpose((*range(len(b.shape) - 2), len(b.shape) - 1, len(b.shape) - 2))
    n = out.shape[-1]
    if not same(b.strides[-1], 1) and not same(n, 1):
        b = lowering.op("identity", [b], b.shape)
    lead = out.shape[:-2]
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
    shares = _shares(prod(axis[0] for axis in m), depth, out)
    kernel = Contraction(a.dtype, batch, m, k, n, shares, out.dtype)
    return contracted(lowering, kernel, [a, b], out)


def _shares(rows, depth, out):
    """How many, so that a share's panel of the right operand stays in a core's own cache."""
    rows, depth, size = typical((rows, depth, prod(out.shape)))
    panel = min(typical(out.shape[-1]) * out.dtype.itemsize, PANEL_WIDTH)
    shares = even(depth, -(-depth * panel // PANEL_BYTES))
    too_large = shares * size * out.dtype.itemsize > MOST_BYTES
    return 1 if rows < MANY_ROWS or too_large else shares


def contracted(lowering, kernel, reads, out):
    """The views of a contraction's result, its shares added up."""
    if kernel.shares == 1:
        return lowering.kernel(kernel, reads, [(out.shape, out.dtype)])
    (parts,) = lowering.kernel(kernel, reads, [((kernel.shares, *out.shape), kernel.dtype)])
    total = lowering.reduce("sum", parts, (0,), out.shape)
    return [lowering.cast(total, out.dtype)]
