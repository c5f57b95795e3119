"""tf.summary: numbers, pictures and more in files that TensorBoard shows."""

from types import SimpleNamespace

from .graphs import graph, trace_export, trace_off, trace_on
from .recording import get_step, record_if, set_step, should_record_summaries
from .values import audio, histogram, image, scalar, summary_scope, text, write, write_raw_pb
from .writers import SummaryWriter, create_file_writer, create_noop_writer, flush

experimental = SimpleNamespace(
    get_step=get_step,
    set_step=set_step,
    summary_scope=summary_scope,
    write_raw_pb=write_raw_pb,
)
__all__ = [
    "SummaryWriter",
    "audio",
    "create_file_writer",
    "create_noop_writer",
    "experimental",
    "flush",
    "graph",
    "histogram",
    "image",
    "record_if",
    "scalar",
    "should_record_summaries",
    "text",
    "trace_export",
    "trace_off",
    "trace_on",
    "write",
]
