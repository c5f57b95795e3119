"""What fit, evaluate and predict check of their arguments."""

import math
import operator

_QUIET = {"workers", "use_multiprocessing", "max_queue_size"}  # Keras 2's; no effect on results


def whole(name, value):
    """An argument as an integer; TypeError where it is none."""
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"`{name}` must be an integer, got {value!r}.") from None


def positive(name, value):
    """An argument as an integer of 1 or more, or None; TypeError or ValueError else."""
    if value is not None and whole(name, value) < 1:
        raise ValueError(f"{name} must be positive, got {value}. Leave it out for the default.")
    return None if value is None else whole(name, value)


def steps(name, value):
    """A number of batches, or None; Keras 2 took floats too, and part of a batch for one more."""
    part = isinstance(value, float) and math.isfinite(value)
    return positive(name, math.ceil(value) if part else value)


def need_targets(y, what):
    """Raises ValueError without targets; `what` was compiled that needs some."""
    if y is None:
        raise ValueError(
            f"compile() was given {what}, but there are no targets: give `y`, or data that come as "
            "(x, y); `validation_data` as well."
        )


def checked(batch_size, verbose):
    """(batch_size, verbose) of fit, evaluate and predict, as numbers."""
    verbose = 1 if isinstance(verbose, str) and verbose == "auto" else whole("verbose", verbose)
    return positive("batch_size", batch_size), verbose


def refuse_unknown(method, kwargs):
    """Raises TypeError for arguments that neither Keras 3 nor Keras 2 has."""
    unknown = set(kwargs) - _QUIET
    if unknown:
        raise TypeError(f"{method}() got unknown arguments {sorted(unknown)}.")


def validating_epochs(frequency):
    """Whether an epoch, counted from 0, ends with a validation run: a function of its number."""
    if isinstance(frequency, (list, tuple, set)):
        return lambda epoch: epoch + 1 in frequency
    every = positive("validation_freq", frequency) or 1
    return lambda epoch: (epoch + 1) % every == 0
