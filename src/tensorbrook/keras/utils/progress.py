"""The line that `fit`, `evaluate` and `predict` draw, in Keras's words."""

from __future__ import annotations

import math
import sys
import time

import numpy as np

from ...base.config import settings
from ...charts import terminal

REDRAW_SECONDS = 0.1
"""A line is drawn over at most this often: ten times a second."""


def enable_interactive_logging() -> None:
    """Let progress and messages go to standard output (the default)."""
    settings.interactive_logging = True


def disable_interactive_logging() -> None:
    """Send progress and messages to the logger "tensorbrook" instead of standard output."""
    settings.interactive_logging = False


def is_interactive_logging_enabled() -> bool:
    """Return whether progress and messages go to standard output.

    Example:

    >>> tf.keras.utils.is_interactive_logging_enabled()
    True
    """
    return settings.interactive_logging


def print_message(message: object, line_break: bool = True) -> None:
    """Write a message as `Progbar` does: to standard output, or to the logger.

    Characters that the stream cannot encode get an ASCII likeness; a lost stream is ignored.

    Example:

    >>> from tensorbrook.keras.utils.progress import print_message
    >>> print_message("Epoch 1/2")
    Epoch 1/2
    """
    if settings.interactive_logging:
        terminal.write(sys.stdout, f"{message}\n" if line_break else str(message))
        return
    # A program that never imported logging has no handler that could hear this.
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger("tensorbrook").info(str(message).strip())


class Progbar:
    """A progress bar with the averages of some values.

    On a terminal (or in a notebook) the line is drawn over at most ten times a second; elsewhere
    only the last line of a run is written, once and plain. The environment variable NO_COLOR
    turns colours off. Nothing that goes wrong with the stream or a value raises.

    Args:
        target: number of steps expected, None if unknown.
        width: width of the bar in characters.
        verbose: 0 silent, 1 or "auto" a bar, 2 one line at the end without a bar.
        interval: least number of seconds between two drawings; below 0.1 it counts as 0.1.
        stateful_metrics: names whose values are shown as they come; others are averaged over the
            steps. Give this or `stateless_metrics`, not both.
        stateless_metrics: names that are averaged; others are shown as they come.
        unit_name: what a step is called.

    Raises:
        ValueError: where both lists of names are given, or `verbose` is none of the above.

    Example:

    >>> bar = tf.keras.utils.Progbar(3)
    >>> for step in range(3):
    ...     bar.update(step + 1, [("loss", 1.0 / (step + 1))])
    3/3 ━━━━━━━━━━━━━━━━━━━━ 0s ...s/step - loss: 0.3333
    """

    def __init__(
        self,
        target,
        width=20,
        verbose=1,
        interval=0.05,
        stateful_metrics=None,
        stateless_metrics=None,
        unit_name="step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Progbar: Only one of `stateful_metrics` or `stateless_metrics` can be provided. "
                "Give `stateful_metrics` (all others are averaged) or "
                "`stateless_metrics` (all others are shown as they come), not both."
            )
        if verbose not in (0, 1, 2, "auto"):
            raise ValueError(f"Progbar: verbose must be 0, 1, 2 or 'auto', got {verbose!r}.")
        self.target = target
        self.width = width
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        # Asked once a bar: asking the stream at every step costs more than the rest of a step.
        self._redraws = terminal.can_redraw(sys.stdout) and settings.interactive_logging
        self._colors = self._redraws and terminal.wants_color(sys.stdout)
        self._seen_so_far = 0
        self._values: dict[str, list] = {}
        self._start = time.time()
        self._last_drawn = -math.inf
        self._after_first_step = None
        self._drawn_width = 0

    def update(self, current, values=None, finalize=None):
        """Note that `current` steps are done and draw the line if it is time.

        Args:
            current: number of steps done.
            values: list of (name, value of the last step).
            finalize: this is the last line; default: `current` has reached the target.

        Example:

        >>> tf.keras.utils.Progbar(None).update(7, [("loss", 1.0)], finalize=True)
              7/Unknown 0s ...s/step - loss: 1.0000
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            self._note(str(name), value, current, finalize)
        self._seen_so_far = current
        now = time.time()
        seconds = self._seconds_per_step(current, now)
        if self.verbose == 1 and (finalize or self._redraws):
            if not finalize and not self.is_due(now):
                return
            self._last_drawn = now
            self._draw(current, finalize, now, seconds)
        elif self.verbose == 2 and finalize and self.target:
            digits = len(str(self.target))
            count = f"{current:{digits}d}/{self.target}"
            took = f"{now - self._start:.0f}s"
            line = f"{count} - {took} - {_duration(seconds)}/{self.unit_name}{self._words()}"
            print_message(line)

    def is_due(self, now=None) -> bool:
        """Return whether an update now would draw, though it is not the last one.

        A loop need not compute values that nobody is shown.
        """
        if self.verbose != 1 or not self._redraws:
            return False
        now = time.time() if now is None else now
        return now - self._last_drawn >= max(self.interval, REDRAW_SECONDS)

    def add(self, n, values=None):
        """Note `n` more steps; see `update`."""
        self.update(self._seen_so_far + n, values)

    def _note(self, name: str, value, current: int, finalize: bool) -> None:
        value = _as_number(value)
        if isinstance(value, str):
            self._values[name] = [value, 1]
            return
        if self.stateless_metrics is None:
            averaged = name not in self.stateful_metrics
        else:
            averaged = name in self.stateless_metrics
        # The last line of an epoch brings values that are averages already.
        if not averaged or finalize:
            self._values[name] = [value, 1]
            return
        steps = max(current - self._seen_so_far, 1)
        total, count = self._values.get(name, (0.0, 0))
        self._values[name] = [total + value * steps, count + steps]

    def _words(self) -> str:
        words = []
        for name, (total, count) in self._values.items():
            if isinstance(total, str):
                words.append(f" - {name}: {total}")
                continue
            mean = total / count
            large = abs(mean) > 1e-3 if self.verbose == 1 else mean > 1e-3
            words.append(f" - {name}: {mean:.4f}" if large else f" - {name}: {mean:.4e}")
        return "".join(words)

    def _draw(self, current: int, finalize: bool, now: float, seconds: float) -> None:
        if self.target:
            digits = len(str(self.target))
            done = max(0, min(int(self.width * current / self.target), self.width))
            count = f"{current:{digits}d}/{self.target}"
            bars = "━" * done, "━" * (self.width - done)
        else:
            count, bars = f"{current:7d}/Unknown", ("", "")
        if self.target and not finalize:
            clock = _remaining(seconds * (self.target - current))
        else:
            clock = f"{now - self._start:.0f}s"
        tail = f" {_duration(seconds)}/{self.unit_name}{self._words()}"
        gap = " " if self.target else ""
        plain = f"{count}{gap}{bars[0]}{bars[1]} {clock}{tail}"
        # A line wider than the terminal cannot be drawn over; only the last one may be.
        room = terminal.columns() - 1 if self._redraws and not finalize else len(plain)
        line = plain[:room]
        if self._colors and len(plain) <= room:
            line = self._colored(count, bars, clock, tail)
        if self._redraws:
            line = "\r" + line + " " * (min(self._drawn_width, room) - len(plain))
        self._drawn_width = min(len(plain), room)
        print_message(line, line_break=finalize)

    def _colored(self, count: str, bars, clock: str, tail: str) -> str:
        done = f"\x1b[32m{bars[0]}\x1b[0m" if bars[0] else ""
        left = f"\x1b[37m{bars[1]}\x1b[0m" if self.target else ""
        head = f"\x1b[1m{count}\x1b[0m " if self.target else count
        return f"{head}{done}{left} \x1b[1m{clock}\x1b[0m{tail}"

    def _seconds_per_step(self, current: int, now: float) -> float:
        """Return the mean duration of a step; the first is left out, since it builds and traces."""
        if not current:
            return 0.0
        if self._after_first_step is not None and current > 1:
            seconds = (now - self._after_first_step) / (current - 1)
        else:
            seconds = (now - self._start) / current
        if current == 1:
            self._after_first_step = now
        return seconds


def _as_number(value):
    """Return a float: the value itself or the mean of its elements; text where it is no number."""
    try:
        single = getattr(value, "ndim", None) == 0 or isinstance(value, int | float)
        return float(value) if single else float(np.mean(value))
    except (TypeError, ValueError):
        return str(value)


def _duration(seconds: float) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms"
    return f"{seconds * 1e6:.0f}us"


def _remaining(seconds: float) -> str:
    if seconds > 3600:
        return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{int(seconds % 60):02d}"
    if seconds > 60:
        return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
    return f"{int(seconds)}s"
