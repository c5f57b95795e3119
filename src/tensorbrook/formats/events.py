"""Event files, which TensorBoard reads: TFRecord files of Event messages, written bit by bit.

What is written goes to the operating system in whole records, so that a process that is killed
leaves a file whose records can all be read, and at most the last few are missing.
"""

import itertools
import os
import socket
import threading
import time
import weakref

from ..base.files import makedirs, opened, path_of, translated
from ..base.records import RecordReader, packed
from .graph_messages import Event

_VERSION = "brain.Event:2"
_numbers = itertools.count()  # of the files of this process


class EventFile:
    """Writes events into a new file of a folder.

    Args:
      folder: it is made where it is missing.
      most_waiting: so many events wait for the next; then all are written.
      seconds: events do not wait longer than that, once there is another.
      suffix: the end of the file's name.
      unique: put the process and a number into the name, as TensorFlow 2 does.

    Raises:
      OpError: the folder or file cannot be made, with its name; later, that it cannot be written.

    Example:
    >>> from tensorbrook.formats.events import EventFile
    >>> file = EventFile("logs")
    >>> file.path.startswith("logs/events.out.tfevents.")
    True
    >>> file.close()
    """

    def __init__(self, folder, most_waiting=10, seconds=120.0, suffix=".v2", unique=True):
        folder = path_of(folder)
        makedirs(folder)
        name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}"
        if unique:
            name += f".{os.getpid()}.{next(_numbers)}"
        self.path = os.path.join(folder, name + suffix)
        self._most, self._seconds = most_waiting, seconds
        self._queue = _Queue(self.path)
        # What waits when the program ends is written then.
        self._end = weakref.finalize(self, self._queue.close)
        first = Event(wall_time=time.time(), file_version=_VERSION)
        first.source_metadata.writer = "tensorflow.core.util.events_writer"
        self._queue.add(first.SerializeToString())
        self.flush()

    def add(self, event):
        """Adds an event (a message); it gets the time, unless it has one."""
        if not event.wall_time:
            event.wall_time = time.time()
        queue = self._queue
        waiting = queue.add(event.SerializeToString())
        if waiting > self._most or time.monotonic() - queue.flushed > self._seconds:
            self.flush()

    def flush(self):
        """Hands what waits to the operating system."""
        self._queue.flush()

    def close(self):
        """Writes the rest; the file can be read on, not written."""
        self._end()

    @property
    def closed(self):
        """Whether it was closed."""
        return not self._end.alive


class _Queue:
    """What waits to be written. It knows nothing of its EventFile, which may go before it."""

    def __init__(self, path):
        self.path, self.flushed = path, time.monotonic()
        self._waiting, self._lock, self._process = [], threading.Lock(), os.getpid()
        self._file = opened(path, "ab")

    def add(self, record):
        """Adds bytes; returns how many wait."""
        with self._lock:
            self._waiting.append(record)
            return len(self._waiting)

    def flush(self):
        with self._lock:
            # A forked child has a copy of what waits: the parent writes it.
            if self._process != os.getpid():
                self._waiting = []
            waiting, self._waiting = self._waiting, []
            self.flushed = time.monotonic()
            if waiting:
                with translated(self.path):
                    self._file.write(packed(waiting))
                    self._file.flush()

    def close(self):
        with translated(self.path), self._file:
            self.flush()


def events_of(path):
    """The Events of a file, one after another.

    Raises:
      NotFoundError: there is no file. DataLossError: it is damaged.

    Example:
    >>> writer = tf.summary.create_file_writer("shown")
    >>> with writer.as_default():
    ...     done = tf.summary.scalar("loss", 0.5, step=3)
    >>> writer.close()
    >>> (path,) = tf.io.gfile.glob("shown/*")
    >>> events = tf.compat.v1.train.summary_iterator(path)
    >>> [value.tag for event in events for value in event.summary.value]
    ['loss']
    """
    for records in RecordReader(path_of(path), ""):
        yield from map(Event.FromString, records)
