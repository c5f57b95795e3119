"""Profiles: what ran when, as a trace that Perfetto (ui.perfetto.dev) opens.

While a profile is on, Python tells it of the calls of tensorbrook's public functions and of
compiled programs, also in threads that start then; while none is, it costs nothing.
"""

import gzip
import inspect
import json
import os
import platform
import sys
import threading
import time
from collections import namedtuple

from ..base.errors import AlreadyExistsError, UnavailableError
from ..base.files import replacing
from ..core.dispatch import PUBLIC
from ..function.concrete import ConcreteFunction

ProfilerOptions = namedtuple(
    "ProfilerOptions",
    ["host_tracer_level", "python_tracer_level", "device_tracer_level", "delay_ms"],
    defaults=(2, 0, 1, None),
)
_PROGRAMS = {ConcreteFunction.flat.__code__, ConcreteFunction.arrays.__code__}


class _Session:
    """One profile: its spans, and how it listens.

    Attributes:
      spans: (name, thread, start, end, arguments), in nanoseconds.
      programs: the ConcreteFunctions that ran, as keys, in the order of their first runs.
    """

    def __init__(self, logdir, options):
        self.logdir, self.options, self.spans = logdir, options, []
        self.programs = {}
        self._names = dict.fromkeys(_PROGRAMS, "program")
        for path, function in PUBLIC.all().items() if options.host_tracer_level >= 2 else ():
            code = getattr(inspect.unwrap(function), "__code__", None)
            if code is not None:  # members of a family share their code: the op tells which
                self._names[code] = None if code in self._names else f"tf.{path}"
        self._open = threading.local()
        self.began = time.perf_counter_ns()

    def _name(self, frame):
        code, inside = frame.f_code, frame.f_locals
        if code in _PROGRAMS:
            return f"program {inside['self'].name}"
        found = self._names.get(code)
        if found is None and code in self._names:
            op = inside.get("op")
            found = op.name if op is not None else code.co_name
        return found or f"{code.co_name} ({os.path.basename(code.co_filename)})"

    def listen(self, frame, event, argument):
        """Called by Python at each call and return."""
        if event not in ("call", "return"):
            return
        if frame.f_code not in self._names and not self.options.python_tracer_level:
            return
        stack = self._open.__dict__.setdefault("stack", [])
        if event == "call":
            if frame.f_code in _PROGRAMS:
                self.programs[frame.f_locals["self"]] = None
            stack.append((frame, time.perf_counter_ns()))
        elif stack and stack[-1][0] is frame:
            start = stack.pop()[1]
            self.add(self._name(frame), start, {})

    def add(self, name, start, arguments):
        """Enters a span that ends now."""
        end = time.perf_counter_ns()
        self.spans.append((name, threading.get_ident(), start, end, arguments))

    def save(self):
        """Writes the trace; returns its path."""
        numbers, threads = {}, {t.ident: t.name for t in threading.enumerate()}
        events = [{"ph": "M", "pid": 1, "name": "process_name", "args": {"name": "/host:CPU"}}]
        for name, thread, start, end, arguments in sorted(self.spans, key=lambda s: s[2]):
            if thread not in numbers:
                numbers[thread] = len(numbers) + 1
                row = {"ph": "M", "pid": 1, "tid": numbers[thread], "name": "thread_name"}
                events.append({**row, "args": {"name": threads.get(thread, f"thread {thread}")}})
            span = {"ph": "X", "pid": 1, "tid": numbers[thread], "name": name, "args": arguments}
            span |= {"ts": (start - self.began) / 1e3, "dur": (end - start) / 1e3}
            events.append(span)
        folder = os.path.join(self.logdir, "plugins", "profile", time.strftime("%Y_%m_%d_%H_%M_%S"))
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, f"{platform.node() or 'localhost'}.trace.json.gz")
        with replacing(path) as new, gzip.open(new, "wt", encoding="utf-8") as file:
            json.dump({"displayTimeUnit": "ns", "traceEvents": events}, file)
        return path


_on = []  # the profile that is on


def start(logdir, options=None):
    """Begins a profile; `stop` ends it and writes the trace.

    Args:
      logdir: a folder; the trace is logdir/plugins/profile/TIME/HOST.trace.json.gz.
      options: `ProfilerOptions`: host_tracer_level 1 leaves out public functions,
        python_tracer_level 1 takes all Python functions; there is no device.

    Raises:
      AlreadyExistsError: a profile is on.
      NotImplementedError: delay_ms.

    Example:
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tf.profiler.experimental.start(folder)
    ...     with tf.profiler.experimental.Trace("train", step_num=1):
    ...         y = tf.matmul(tf.ones([2, 2]), tf.ones([2, 2]))
    ...     path = tf.profiler.experimental.stop()
    >>> path.endswith(".trace.json.gz")
    True
    """
    begin(os.fspath(logdir), options)


def begin(logdir, options=None):
    """`start`; a profile that has no folder is never saved."""
    options = ProfilerOptions() if options is None else options
    if options.delay_ms is not None:
        raise NotImplementedError("[profiler] delay_ms is not built: call start when it is time.")
    if _on:
        raise AlreadyExistsError(None, None, "Another profiler is running.")
    _on.append(_Session(logdir, options))
    threading.setprofile(_on[0].listen)
    sys.setprofile(_on[0].listen)


def end():
    """Ends the profile; returns its Session.

    Raises:
      UnavailableError: no profile is on.
    """
    if not _on:
        raise UnavailableError(
            None, None, "Cannot export profiling results. No profiler is running."
        )
    sys.setprofile(None)
    threading.setprofile(None)
    return _on.pop()


def stop(save=True):
    """Ends the profile; returns the trace's path, None without `save`.

    Raises:
      UnavailableError: no profile is on.
    """
    session = end()
    return session.save() if save else None


class Profile:
    """A context in which a profile is on.

    Args: as `start`.
    """

    def __init__(self, logdir, options=None):
        self._logdir, self._options = logdir, options

    def __enter__(self):
        start(self._logdir, self._options)

    def __exit__(self, *exc):
        stop()


class Trace:
    """A context that is a span of the profile, if one is on.

    Args:
      name: the span's name.
      **kwargs: what to show with it, such as step_num.
    """

    def __init__(self, name, **kwargs):
        self._name, self._arguments = name, kwargs

    def __enter__(self):
        self._start = time.perf_counter_ns()
        return self

    def set_metadata(self, **kwargs):
        """Adds to what is shown with the span."""
        self._arguments.update(kwargs)

    def __exit__(self, *exc):
        if _on:
            _on[0].add(self._name, self._start, self._arguments)


def remote(*args, **kwargs):
    """Other processes are not profiled.

    Raises:
      NotImplementedError: always, with the way around.
    """
    raise NotImplementedError(
        "[profiler] servers are not built: call tf.profiler.experimental.start and stop in the "
        "process itself."
    )
