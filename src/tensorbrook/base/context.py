"""The context of a thread: what it is in the middle of. No thread sees another's."""

import threading
from typing import Any, NamedTuple


class Surroundings(NamedTuple):
    """What around a call of a tf.function decides which trace serves it: one read for all."""

    recording_key: Any = None  # of tf.summary: what of its Recording a trace depends on
    strategy: Any = None  # of tf.distribute: whose scope is open
    replica: Any = None  # which replica this is


def _part(name):
    def read(self):
        return getattr(self.surroundings, name)

    def write(self, value):
        self.surroundings = self.surroundings._replace(**{name: value})

    return property(read, write)


class Context(threading.local):
    """Tapes, traces and scopes that are on in the thread that asks; each thread has its own.

    What hides some of them for a while puts lists of its own in their place, and the old ones back.
    """

    recording_key, strategy, replica = map(_part, Surroundings._fields)
    preferred = None  # of all threads: the device of what is made outside of scopes; None: the host

    def __init__(self):
        self.tapes = []  # listeners of `core/dispatch.apply` that are on, outermost first
        self.traces = []  # the traces being made, outermost first
        self.numerics = None  # of enable_check_numerics: its listener, the tapes it is among
        self.device = None  # of tf.device: where what is made belongs; core/backend.py
        # how many threads run the programs that are this one's alone; None: as many as cores; and
        # whether those that are compiled now are such
        self.threads, self.is_private = None, False
        self.name_scope = ""  # of tf.name_scope, joined
        self.typical_sizes = {}  # of open sizes, by name
        self.decide = None  # answers what open sizes leave undecided; base/dims.py
        self.variable_creators = ()  # of the open variable_creator_scopes, outermost first
        self.seeds = None  # the run of a function whose random calls are counted; ops/seeding.py
        self.surroundings = Surroundings()
        self.recording = None  # of tf.summary
        self.lost = {}  # names without a value after a traced block -> why; function/autograph
        # calls of Keras layers inside one another: the training flag, names of the layers, depth
        self.training, self.path, self.depth = None, (), 0
        # whose call it is that hands on arguments by name, and those
        self.call_arguments = (None, {})
        self.added_losses = False  # some layer called add_loss: the next call clears them
        # what Keras keeps for each thread
        self.stateless_scope = None  # of keras.StatelessScope; keras/variables.py
        self.name_scope_caller = None  # whose the innermost keras.name_scope is
        self.names = {}  # base name -> how often `unique_name` gave it
        self.crew = None  # of tf.distribute: the replicas that this one runs with
        self.distribution = None  # of keras.distribution: how values lie on devices
        self.loading = None  # the model being loaded; keras/loading.py
        self.by_numpy = False  # dtypes that Keras does not know are kept; keras/promotion.py
        self.unbuilt = None  # objects being made from configs, and what they are built for
        self.shared = None  # id(object) -> (number, object) of what a file's configs describe
        self.custom_objects = {}  # of the open custom_object_scopes
        self.dtype_policy = self.seed_generator = None  # the global ones, once there are any


context = Context()


def replicas_in_sync():
    """How many replicas of tf.distribute take each step together; 1 outside of strategies."""
    return 1 if context.strategy is None else context.strategy.num_replicas_in_sync


# The tapes and device scopes of all threads: while it is empty, nobody needs to ask the context.
open_tapes = []


def open_tape(tape, tapes):
    """Turns a listener on: puts it on a thread's `tapes`."""
    open_tapes.append(tape)
    tapes.append(tape)


def close_tape(tape, tapes):
    """Turns a listener off that is on `tapes`."""
    tapes.remove(tape)
    open_tapes.remove(tape)
