"""SummaryWriter: what summaries are written to."""

from contextlib import contextmanager

from ..core.dispatch import current_trace
from ..formats.events import EventFile
from . import recording


class SummaryWriter:
    """The base of what `create_file_writer` and `create_noop_writer` make."""

    def set_as_default(self, step=None):
        """Makes it this thread's default writer; `step`, if given, the step.

        Example:
        >>> tf.summary.create_noop_writer().set_as_default()
        """
        recording.change(**self._settings(step))

    @contextmanager
    def as_default(self, step=None):
        """A context in which it is this thread's default writer, and `step`, if given, the step.

        Example:
        >>> with tf.summary.create_file_writer("logs").as_default(step=5):
        ...     bool(tf.summary.scalar("loss", 0.5))
        True
        """
        with recording.changed(**self._settings(step)):
            try:
                yield self
            finally:
                self.flush()

    def _settings(self, step):
        return {"writer": self} if step is None else {"writer": self, "step": step}

    def init(self):
        """Of no effect: a writer has its file from the start."""

    def flush(self):
        """Hands what waits to the operating system."""

    def close(self):
        """Writes the rest; it takes no more."""


class NoopWriter(SummaryWriter):
    """Does nothing: where it is made the default writer, the one before it stays."""

    def _settings(self, step):
        return {}


class FileWriter(SummaryWriter):
    """Writes into an event file."""

    def __init__(self, file):
        self._file = file

    def _settings(self, step):
        self.file()
        return super()._settings(step)

    def file(self):
        """The EventFile.

        Raises:
          RuntimeError: the writer is closed.
        """
        if self._file.closed:
            raise RuntimeError(f"SummaryWriter {self!r} is already closed")
        return self._file

    def flush(self):
        """Hands what waits to the operating system; in a graph, when it runs."""
        if current_trace() is not None:
            with recording.changed(writer=self, step=0, condition=True):
                recording.emit(None, [], lambda file, step: file.flush())
        elif not self._file.closed:
            self._file.flush()

    def close(self):
        """Writes the rest; it takes no more."""
        self._file.close()

    def __repr__(self):
        return f"<SummaryWriter of {self._file.path}>"


def create_file_writer(
    logdir,
    max_queue=None,
    flush_millis=None,
    filename_suffix=None,
    name=None,
    experimental_trackable=False,
    experimental_mesh=None,
):
    """A writer of summaries into a new event file, which TensorBoard shows.

    Args:
      logdir: the folder of the file; it is made where it is missing.
      max_queue: so many summaries wait, 10 by default, until they are written.
      flush_millis: how long they wait at most, once there is another: 120000 by default.
      filename_suffix: the end of the file's name, ".v2" by default.
      experimental_trackable: of no effect: a checkpoint does not hold what was written.
      experimental_mesh: None: there is one device.

    Raises:
      OpError: folder or file cannot be made.

    Example:
    >>> writer = tf.summary.create_file_writer("logs")
    >>> with writer.as_default():
    ...     for step in range(3):
    ...         _ = tf.summary.scalar("loss", 1 / (step + 1), step=step)
    >>> writer.close()
    """
    if experimental_mesh is not None:
        raise NotImplementedError(
            "[create_file_writer] experimental_mesh is not built: there is one device."
        )
    most = 10 if max_queue is None else int(max_queue)
    seconds = 120.0 if flush_millis is None else float(flush_millis) / 1000
    suffix = ".v2" if filename_suffix is None else filename_suffix
    return FileWriter(EventFile(logdir, most, seconds, suffix))


def create_noop_writer():
    """A writer that does nothing; made the default, it leaves that as it is.

    Example:
    >>> with tf.summary.create_noop_writer().as_default():
    ...     bool(tf.summary.should_record_summaries())
    False
    """
    return NoopWriter()


def flush(writer=None, name=None):
    """Hands what waits in a writer, by default in the default one, to the operating system.

    Example:
    >>> tf.summary.flush()
    """
    writer = recording.current().writer.value if writer is None else writer
    if writer is not None:
        writer.flush()
