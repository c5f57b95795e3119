"""matmul: one contraction, its batch axes broadcast by strides of 0."""

from ..contract import Contraction
from ..lower import native_rule


@native_rule("matmul")
def matmul(lowering, node, views):
    """Contracts the last axes; a right operand whose columns are not contiguous is copied first."""
    a, b = views
    out = node.outputs[0]
    if out.dtype.kind != "f":
        return None
    rank = len(out.shape)
    if node.attrs["transpose_a"]:
        a = a.transpose((*range(len(a.shape) - 2), len(a.shape) - 1, len(a.shape) - 2))
    if node.attrs["transpose_b"]:
        b = b.transpose((*range(len(b.shape) - 2), len(b.shape) - 1, len(b.shape) - 2))
    n = out.shape[-1]
    if b.strides[-1] != 1 and n > 1:
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
    if len(batch) and all(x[2] == 0 for x in batch):
        m, batch = batch + m, []  # one right operand for all: more rows
    kernel = Contraction(out.dtype, batch, m, [(depth, a.strides[-1], b.strides[-2], 0)], n)
    return lowering.kernel(kernel, [a, b], [(out.shape, out.dtype)])
