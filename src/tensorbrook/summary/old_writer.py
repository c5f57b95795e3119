"""TensorFlow 1's FileWriter: summaries as messages, put together by the program itself."""

from ..formats.events import EventFile
from ..formats.graph_messages import Event, GraphDef, Summary
from ..graph.ir import Graph
from .graphs import graph_message


class FileWriter:
    """Writes messages into an event file, which TensorBoard shows.

    Args:
      logdir: the folder of the file; it is made where it is missing.
      graph: the `graph` of a concrete function, written at once.
      max_queue: so many events wait until they are written.
      flush_secs: how long they wait at most, once there is another.
      filename_suffix: the end of the file's name.
      graph_def: a GraphDef in place of `graph`.
      session: None: there are no sessions.

    Example:
    >>> with tf.compat.v1.summary.FileWriter("logs") as writer:
    ...     summary = tf.compat.v1.Summary()
    ...     _ = summary.value.add(tag="loss", simple_value=0.5)
    ...     writer.add_summary(summary, 3)
    """

    def __init__(
        self,
        logdir,
        graph=None,
        max_queue=10,
        flush_secs=120,
        graph_def=None,
        filename_suffix=None,
        session=None,
    ):
        if session is not None:
            raise NotImplementedError("[FileWriter] there are no sessions: leave session out.")
        self._logdir, self._settings = logdir, (max_queue, flush_secs, filename_suffix or "")
        self._file = None
        self.reopen()
        if graph is not None or graph_def is not None:
            self.add_graph(graph, graph_def=graph_def)

    def get_logdir(self):
        """The folder."""
        return self._logdir

    def add_summary(self, summary, global_step=None):
        """Adds a `tf.compat.v1.Summary`, or its bytes."""
        if not isinstance(summary, Summary):
            summary = Summary.FromString(summary)
        self._add(global_step, summary=summary)

    def add_event(self, event):
        """Adds a `tf.compat.v1.Event` as it is."""
        self._file.add(event)

    def add_graph(self, graph, global_step=None, graph_def=None):
        """Adds the `graph` of a concrete function, or a GraphDef."""
        if isinstance(graph, Graph):
            graph_def = graph_message(graph)
        if not isinstance(graph_def, GraphDef):
            raise TypeError("The passed graph must be an instance of `Graph` or the deprecated "
                            f"`GraphDef`, got {type(graph).__name__}.")  # fmt: skip
        self._add(global_step, graph_def=graph_def.SerializeToString())

    def add_run_metadata(self, run_metadata, tag, global_step=None):
        """Adds a `tf.compat.v1.RunMetadata` under a tag."""
        event = Event(step=0 if global_step is None else int(global_step))
        event.tagged_run_metadata.tag = tag
        event.tagged_run_metadata.run_metadata = run_metadata.SerializeToString()
        self._file.add(event)

    def _add(self, step, **what):
        self._file.add(Event(step=0 if step is None else int(step), **what))

    def flush(self):
        """Hands what waits to the operating system."""
        self._file.flush()

    def close(self):
        """Writes the rest; `reopen` begins another file."""
        self._file.close()

    def reopen(self):
        """Begins another file where the one before is closed."""
        if self._file is None or self._file.closed:
            most, seconds, suffix = self._settings
            self._file = EventFile(self._logdir, most, seconds, suffix, unique=False)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
