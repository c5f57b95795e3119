"""TensorFlow's exception classes, and the one builder of messages with nearest names."""

OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS = range(7)
PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE = range(7, 12)
UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS, UNAUTHENTICATED = range(12, 17)


class TraceBreak(Exception):
    """A trace met what it cannot hold: the function then runs eagerly, and explains why."""


class OpError(Exception):
    """The base of all errors an operation raises.

    Takes TensorFlow's `(node_def, op, message)` or the message alone; `node_def` and `op` are kept
    as given.

    Example:
    >>> tf.errors.InvalidArgumentError(None, None, "bad shape").message
    'bad shape'
    """

    error_code = UNKNOWN

    def __init__(self, *args):
        self.node_def, self.op, self.message = (None, None, *args) if len(args) == 1 else args[:3]
        super().__init__(self.message)


def _subclass(name, code, doc, *bases):
    return type(
        name, (OpError, *bases), {"error_code": code, "__doc__": doc, "__module__": __name__}
    )


CancelledError = _subclass("CancelledError", CANCELLED, "An operation was cancelled.")
UnknownError = _subclass("UnknownError", UNKNOWN, "An error of no other class.")
# A ValueError as well: TensorFlow raises ValueError for the same fault inside a trace, so programs
# catch either.
InvalidArgumentError = _subclass(
    "InvalidArgumentError",
    INVALID_ARGUMENT,
    "An operand's shape, dtype or value is wrong.",
    ValueError,
)
DeadlineExceededError = _subclass("DeadlineExceededError", DEADLINE_EXCEEDED, "Time ran out.")
NotFoundError = _subclass("NotFoundError", NOT_FOUND, "A file or other entity was not found.")
AlreadyExistsError = _subclass("AlreadyExistsError", ALREADY_EXISTS, "An entity exists already.")
PermissionDeniedError = _subclass("PermissionDeniedError", PERMISSION_DENIED, "No permission.")
UnauthenticatedError = _subclass("UnauthenticatedError", UNAUTHENTICATED, "No credentials.")
ResourceExhaustedError = _subclass("ResourceExhaustedError", RESOURCE_EXHAUSTED, "Out of memory.")
FailedPreconditionError = _subclass(
    "FailedPreconditionError", FAILED_PRECONDITION, "The system is not in the state needed."
)
AbortedError = _subclass("AbortedError", ABORTED, "An operation was aborted.")
OutOfRangeError = _subclass("OutOfRangeError", OUT_OF_RANGE, "An iteration passed its end.")
UnimplementedError = _subclass("UnimplementedError", UNIMPLEMENTED, "The operation is not built.")
InternalError = _subclass("InternalError", INTERNAL, "An invariant of the system broke.")
UnavailableError = _subclass("UnavailableError", UNAVAILABLE, "The runtime is unavailable.")
DataLossError = _subclass("DataLossError", DATA_LOSS, "Data was lost or corrupted.")


class InaccessibleTensorError(TypeError, ValueError):
    """A tensor of a tf.function's trace is used when that is over; TensorFlow raises either."""


class OperatorNotAllowedInGraphError(TypeError):
    """TensorFlow's error for a Python condition on a tensor of a graph; nothing here raises it."""


def unknown_name(kind, name, choices):
    """The message for a name that is in no table: what came, and the nearest of `choices`."""
    import difflib  # a fault alone needs it

    choices = sorted({str(choice) for choice in choices})
    by_folded = {choice.lower(): choice for choice in choices}
    close = difflib.get_close_matches(str(name).lower(), by_folded, n=3, cutoff=0.5)
    if not close and len(choices) > 40:
        return f"Unknown {kind}: {name!r}."  # a few of so many would tell nothing
    hint = (
        ", ".join(repr(by_folded[c]) for c in close) or ", ".join(map(repr, choices[:8])) + " ..."
    )
    return f"Unknown {kind}: {name!r}. Did you mean {hint}?"
