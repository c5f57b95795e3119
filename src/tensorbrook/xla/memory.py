"""Out of memory on a device: which program, what of it is large, and how much would fit."""

from math import prod

from ..base.errors import ResourceExhaustedError
from ..core.op import show_spec

_SHOWN = 5  # of the largest tensors


def sizes_of(values):
    """(what it is, bytes) of Specs or Values of a graph, the largest first."""
    found = [(show_spec(v), nbytes(v)) for v in values]
    return sorted(found, key=lambda pair: -pair[1])


def nbytes(value):
    """The bytes of a Spec or Value of known shape."""
    return prod(value.shape) * value.dtype.itemsize


def parts_of(compile):
    """What XLA says of a program's memory, in bytes by what it is for; None where it fails.

    Args:
      compile: returns the compiled program.
    """
    try:
        found = compile().memory_analysis()
    except RuntimeError:
        return None
    if found is None:
        return None
    return {
        "arguments": found.argument_size_in_bytes,
        "results": found.output_size_in_bytes - found.alias_size_in_bytes,
        "temporaries": found.temp_size_in_bytes,
    }


def explained(fault, name, tensors, limit, parts=None, batch=None):
    """The error to raise for a program that failed: says what to do where memory was the reason.

    Args:
      fault: the RuntimeError of JAX.
      name: the program's.
      tensors: (what, bytes) of its tensors, the largest first.
      limit: bytes of the device; None where it does not tell.
      parts: bytes of the program's arguments, results and temporary values, and of its variables,
        which no batch makes smaller; None where that is not known.
      batch: the number of examples it was given; None where there is no such number.
    """
    if "RESOURCE_EXHAUSTED" not in str(fault) and "ut of memory" not in str(fault):
        return fault
    lines = [f"[{name}] The program does not fit into the device's memory"]
    lines[0] += f" of {size(limit)}." if limit else "."
    if parts:
        shown = ", ".join(
            f"{size(parts[k])} of {k}" for k in ("arguments", "results", "temporaries")
        )
        lines.append(f"It takes {shown}; {size(parts['variables'])} of it are variables.")
    if tensors:
        largest = ", ".join(f"{what} ({size(count)})" for what, count in tensors[:_SHOWN])
        lines.append(f"Its largest tensors: {largest}.")
    if batch and batch > 1:
        lines.append(_advice(limit, parts, batch))
    return ResourceExhaustedError(" ".join(lines))


def _advice(limit, parts, batch):
    if not (limit and parts):
        return f"Try a batch of {batch // 2} instead of {batch}."
    fits = fitting_batch(limit, parts, batch)
    if not fits:
        return "No batch fits: take a smaller model, or spread it over devices."
    return f"A batch of {fits} would fit; this one has {batch}."


def fitting_batch(limit, parts, batch):
    """The largest batch that fits, as far as all but the variables grows with it; 0 for none."""
    total = parts["arguments"] + parts["results"] + parts["temporaries"]
    each = max(total - parts["variables"], 1) / batch
    fits = int((0.95 * limit - parts["variables"]) / each)
    return max(0, min(fits, batch - 1))


def size(count):
    """`1.5 GiB`."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} GiB"
