"""Claims: a program that writes over variables has their tensors to itself until it ends.

It takes the tensors away from the variables and gives them back. Who asks a variable for its tensor
meanwhile waits (`Awaited`); at all other times that costs nothing. A short program does without
where nobody can meet it: no other thread of Python's, and none of the `claims`, which a signal's
handler could come in between.
"""

import time
from _thread import allocate_lock, get_ident
from collections import deque
from itertools import repeat

import numpy as np

from .tensor import wrap

_NAME = repeat("_tensor")
_TURN = 1e-4  # seconds that a program sleeps for those who waited for its end
claims = []  # of the programs that run, and of those that try to


class _Claim:
    """What one run of a program has taken.

    Attributes:
      states: the `__dict__` of each of its variables.
      tensors: theirs, from the moment that they are taken; also after they were given back.
      running: a lock that is held until the end.
      wanted: whether another program waits for the end.
    """

    def __init__(self, states):
        self.states, self.tensors = states, []
        self.thread, self.wanted, self.running = get_ident(), False, allocate_lock()
        self.running.acquire()

    def wait(self):
        """Waits for the end."""
        with self.running:
            pass


def exclusively(states, run):
    """What `run(tensors)` returns, with the tensors of variables that nobody else sees meanwhile.

    Args:
      states: the `__dict__` of each variable that it writes.
      run: function of the list of their tensors, which puts new ones there where it makes some.

    Raises:
      RuntimeError: a program that this thread is running writes to one of the variables.
    """
    while True:
        claim = _Claim(states)
        tensors = claim.tensors
        # Each is a single call of C: no other thread and no signal comes between two variables.
        give_back = map(dict.__setitem__, states, _NAME, tensors)
        claims.append(claim)
        try:
            try:
                tensors.extend(map(dict.pop, states, _NAME))
            except KeyError:
                taken = states[len(tensors)]
            else:
                return run(tensors)
        finally:
            deque(give_back, 0)
            claims.remove(claim)
            claim.running.release()
            if claim.wanted:
                time.sleep(_TURN)
        other = _claim_of(taken)
        if other is not None:
            if other.thread == get_ident():
                raise RuntimeError(
                    "A function that assigns to a variable was called from within a program that "
                    "writes to it, as by the handler of a signal: call it when that has ended."
                )
            other.wanted = True
            other.wait()


class Awaited:
    """What a class has under the name that its instances keep their tensors by.

    Python asks it where an instance has none: it waits for the one to be given back.
    """

    def __get__(self, instance, owner=None):
        tensor = None if instance is None else _awaited(vars(instance))
        if tensor is None:
            raise AttributeError(f"{owner.__name__} has no tensor: it was never given a value.")
        return tensor


def _awaited(state):
    """The tensor of a variable, once it is given back; None if it never had one."""
    while (tensor := state.get("_tensor")) is None:
        claim = _claim_of(state)
        if claim is None:
            return state.get("_tensor")
        at = next(i for i, s in enumerate(claim.states) if s is state)
        if claim.thread == get_ident():  # a signal's handler: the program goes on behind it
            return wrap(np.array(claim.tensors[at].host()))
        claim.wait()
        if at < len(claim.tensors):
            return claim.tensors[at]  # also if the next program has it already: it sees our claim
    return tensor


def _claim_of(state):
    for claim in reversed(claims):
        if any(s is state for s in claim.states):
            return claim
    return None
