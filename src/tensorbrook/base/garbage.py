"""Python's search for cyclic garbage waits while much is made that stays.

Importing, tracing and compiling make some 100,000 objects; the interpreter would search them again
and again, a seventh of the time to the end of a first, small `fit`. The switch is the process's, as
Python's own is.
"""

import gc
import threading


class Pause:
    """No search while any thread is inside of `with paused:`; then as it was.

    >>> import gc
    >>> from tensorbrook.base.garbage import paused
    >>> with paused:
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """

    def __init__(self):
        self._lock, self._inside, self._was_on = threading.RLock(), 0, False

    def __enter__(self):
        with self._lock:  # a signal's handler that traces may come in between any two lines
            self._inside += 1
            if self._inside == 1:
                self._was_on = gc.isenabled()
                gc.disable()

    def __exit__(self, *exc):
        with self._lock:
            if self._inside == 1 and self._was_on:
                gc.enable()
            self._inside -= 1


paused = Pause()


def age():
    """Makes all that there is old, unsearched: after imports, which leave no garbage."""
    if not gc.get_freeze_count():  # what a program has frozen stays so
        gc.freeze()
        gc.unfreeze()
