"""Layers on RaggedTensors: what a class's `ragged` tells.

"whole": `call` gets the RaggedTensor, and tf's functions do with it what they do. "values": the
layer treats each vector by itself, so that it runs on the flat values. "padded": the rows are
filled up to one length, and a mask tells what they were.
"""

from ... import ops
from ...ops.ragged import RaggedTensor


def on_values(x, run):
    """The rows of `x` with what `run` makes of their flat values."""
    return x.with_flat_values(run(x.flat_values))


def on_padded(layer, x, run):
    """What `run(dense, mask)` makes of the rows filled up; sequences are rows again."""
    lengths = x.row_lengths()
    dense = x.to_tensor()
    outputs = run(dense, ops.sequence_mask(lengths, dense._shape[1]))
    if not layer.return_sequences:
        return outputs
    if getattr(layer, "go_backwards", False):
        raise NotImplementedError(
            f"Layer {layer.name!r}: go_backwards=True with return_sequences=True is not built for "
            "ragged sequences. Give x.to_tensor() and a mask, or use Bidirectional."
        )
    first, *states = outputs if layer.return_state else (outputs,)
    rows = RaggedTensor.from_tensor(first, lengths=lengths)
    return (rows, *states) if states else rows
