"""Pickles of plain data read without `pickle`: nothing in the file can name code to run.

CIFAR's batches and the ragged arrays of IMDB and Reuters are pickles. `pickle.loads` imports and
calls what the file names. Here an allow-list of opcodes is walked: those that build numbers,
strings, lists, tuples and dictionaries, and the three names under which NumPy writes an array.
These names are compared as text; nothing is imported or called. All else is refused.
"""

from __future__ import annotations

import io
import math
import pickletools
import re
from collections.abc import Callable

import numpy as np

ARRAY, DTYPE, ENCODE, NDARRAY = "array", "dtype", "encode", "ndarray"
NAMES = {
    "numpy.core.multiarray _reconstruct": ARRAY,
    "numpy._core.multiarray _reconstruct": ARRAY,
    "numpy dtype": DTYPE,
    "numpy ndarray": NDARRAY,
    "_codecs encode": ENCODE,
}
NUMBER_TYPE = re.compile(r"[biufc]\d{1,2}|O8?")
MOST_STEPS = 1_000_000  # opcodes, a run of integers counted as one: a second and 100 MB
DEEPEST = 20  # lists in lists
PLAIN = (str, bytes, int, float, bool, type(None))
INTEGERS = re.compile(rb"(?:K.|M..|J....)+", re.DOTALL)
INTEGER = re.compile(rb"K.|M..|J....", re.DOTALL)


class UnsafePickleError(ValueError):
    """A pickle holds more than plain data, or is damaged."""


class Name:
    """One of NAMES, or (with arguments) an array or a dtype whose state comes later."""

    def __init__(self, kind: str, arguments: tuple = ()):
        self.kind, self.arguments, self.keys = kind, arguments, []


def as_text(value) -> str:
    """Text from either Python's pickles: Python 2 wrote bytes."""
    if not isinstance(value, str | bytes):
        raise UnsafePickleError(f"a {type(value).__name__} stands where a text belongs")
    return value.decode("ascii") if isinstance(value, bytes) else value


def check_shape(value) -> tuple[int, ...]:
    """An array's shape."""
    if not isinstance(value, tuple) or len(value) > 32:
        raise UnsafePickleError("an array has no shape")
    if not all(type(size) is int and 0 <= size < 1 << 62 for size in value):
        raise UnsafePickleError("an array has a shape of other than numbers")
    return value


def built_dtype(code, state) -> np.dtype:
    """A number's (or an object's) dtype from its code, as "i8", and its pickled state."""
    code, order = as_text(code), as_text(state[1])
    if not NUMBER_TYPE.fullmatch(code) or order not in ("<", ">", "|", "=") or state[2]:
        raise UnsafePickleError(f"the dtype {code[:20]!r} is not of plain numbers")
    return np.dtype(code).newbyteorder(order)


def built_array(state) -> np.ndarray:
    """An array from the state NumPy pickled: (version, shape, dtype, Fortran order, values)."""
    _, shape, dtype, fortran, values = state
    shape = check_shape(shape)
    if not isinstance(dtype, np.dtype):
        raise UnsafePickleError(f"an array has a {type(dtype).__name__} for its dtype")
    if dtype.hasobject:
        if not isinstance(values, list):
            raise UnsafePickleError("an array of objects has no list of values")
        flat = np.empty(len(values), dtype=object)
        for position, value in enumerate(values):
            flat[position] = value
    else:
        if not isinstance(values, bytes):
            raise UnsafePickleError("an array has no bytes of values")
        flat = np.frombuffer(values, dtype=dtype).copy()
    if math.prod(shape) != flat.size:
        raise UnsafePickleError(f"an array of shape {shape!r} comes with {flat.size} values")
    return flat.reshape(shape, order="F" if fortran else "C")


class Machine:
    """The stack and memo of a pickle; one method for each allowed opcode that needs one."""

    def __init__(self):
        self.stack: list = []
        self.outer: list[list] = []
        self.memo: dict[int, object] = {}

    def mark(self, _):
        self.outer.append(self.stack)
        self.stack = []

    def since_mark(self) -> list:
        items, self.stack = self.stack, self.outer.pop()
        return items

    def take(self, count: int) -> tuple:
        if len(self.stack) < count:
            raise UnsafePickleError("an opcode finds too little on the stack")
        items = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        return items

    def extend(self, items) -> None:
        if not isinstance(self.stack[-1], list):
            raise UnsafePickleError("values are appended to something that is no list")
        self.stack[-1].extend(items)

    def set_items(self, items) -> None:
        if not isinstance(self.stack[-1], dict):
            raise UnsafePickleError("keys are set in something that is no dictionary")
        if not all(isinstance(key, PLAIN) for key in items[::2]):
            raise UnsafePickleError("a key is no text or number")
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def name(self, text: str) -> None:
        if text not in NAMES:
            raise UnsafePickleError(
                f"the file names {text[:100]!r}: only plain arrays are read from it"
            )
        self.stack.append(Name(NAMES[text]))

    def reduce(self, _):
        function, arguments = self.take(2)
        kind = function.kind if isinstance(function, Name) and not function.arguments else None
        if kind == ENCODE and as_text(arguments[1]) == "latin1":
            self.stack.append(as_text(arguments[0]).encode("latin-1"))
        elif kind in (ARRAY, DTYPE):
            self.stack.append(Name(kind, arguments))
        else:
            raise UnsafePickleError("the file calls something that makes no array")

    def build(self, _):
        target, state = self.take(2)
        if not isinstance(target, Name) or not target.arguments:
            raise UnsafePickleError("the file sets the state of something that is no array")
        is_dtype = target.kind == DTYPE
        value = built_dtype(target.arguments[0], state) if is_dtype else built_array(state)
        self.stack.append(value)
        for key in target.keys:
            if self.memo[key] is target:
                self.memo[key] = value

    def get(self, key):
        value = self.memo[key]
        # What holds others stands in one place: else a small file could mean any number of values.
        flat = isinstance(value, tuple) and all(isinstance(item, PLAIN) for item in value)
        if isinstance(value, list | dict | tuple) and not (flat and len(value) < 100):
            raise UnsafePickleError(f"a {type(value).__name__} stands in two places")
        self.stack.append(value)

    def put(self, key):
        self.memo[key] = value = self.stack[-1]
        if isinstance(value, Name):
            value.keys.append(key)


def push(machine: Machine, value) -> None:
    """Puts a value on the stack."""
    machine.stack.append(value)


def push_bytes(machine: Machine, value: str) -> None:
    """Puts text on the stack as bytes."""
    machine.stack.append(value.encode("latin-1"))  # Python 2's strings; pickletools decodes them


def ignore(machine: Machine, _) -> None:
    """PROTO and FRAME say how the rest is written, which the opcodes themselves say again."""


ALLOWED: dict[str, Callable] = {
    **dict.fromkeys(("PROTO", "FRAME"), ignore),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"), push),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), push),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"), push),
    **dict.fromkeys(("BINSTRING", "SHORT_BINSTRING"), push_bytes),
    "NONE": push,
    "NEWTRUE": lambda machine, _: push(machine, True),
    "NEWFALSE": lambda machine, _: push(machine, False),
    "EMPTY_LIST": lambda machine, _: push(machine, []),
    "EMPTY_DICT": lambda machine, _: push(machine, {}),
    "EMPTY_TUPLE": lambda machine, _: push(machine, ()),
    "MARK": Machine.mark,
    "TUPLE": lambda machine, _: push(machine, tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: push(machine, machine.take(1)),
    "TUPLE2": lambda machine, _: push(machine, machine.take(2)),
    "TUPLE3": lambda machine, _: push(machine, machine.take(3)),
    "APPEND": lambda machine, _: machine.extend(machine.take(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.since_mark()),
    "SETITEM": lambda machine, _: machine.set_items(machine.take(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine.since_mark()),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), Machine.get),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), Machine.put),
    "MEMOIZE": lambda machine, _: machine.put(len(machine.memo)),
    "GLOBAL": Machine.name,
    "STACK_GLOBAL": lambda machine, _: machine.name(" ".join(machine.take(2))),
    "REDUCE": Machine.reduce,
    "BUILD": Machine.build,
}


def integers(run: bytes) -> list[int]:
    """The numbers of neighbouring BININT1, BININT2 and BININT opcodes: most of a ragged array."""
    return [
        token[1] + 256 * token[2]
        if len(token) == 3
        else int.from_bytes(token[1:], "little", signed=len(token) == 5)
        for token in INTEGER.findall(run)
    ]


def check_depth(value) -> None:
    """Refuse lists in lists without end, which others would walk through with their stack."""
    level = [value]
    for _ in range(DEEPEST):
        level = [item for holder in level for item in contents(holder) if may_hold(item)]
        if not level:
            return
    raise UnsafePickleError(f"it holds lists more than {DEEPEST} deep in one another")


def may_hold(value) -> bool:
    """Whether a value is one that holds others."""
    return isinstance(value, list | tuple | dict | Name) or (
        isinstance(value, np.ndarray) and value.dtype.hasobject
    )


def contents(holder):
    """What a value holds that may hold others."""
    if isinstance(holder, Name):
        raise UnsafePickleError("the file holds a name in place of data")
    if isinstance(holder, np.ndarray):
        return holder.flat if holder.dtype.hasobject else ()
    if isinstance(holder, dict):
        return holder.values()
    if isinstance(holder, list | tuple) and set(map(type, holder)) <= {*PLAIN}:
        return ()  # most of them, and quickly seen
    return holder if isinstance(holder, list | tuple) else ()


def loads(data: bytes):
    """The plain data in a pickle of protocol 2 to 4: numbers, strings, containers, NumPy arrays.

    Strings that Python 2 wrote come as bytes.

    Raises:
        UnsafePickleError: the pickle holds an opcode or a name that plain data has no use for
            (nothing of the file has then been run), or it is cut off or damaged.

    Example:
        >>> from tensorbrook.keras.datasets import plain_pickle
        >>> plain_pickle.loads(bytes([128, 2]) + b"](K" + bytes([7]) + b"K" + bytes([9]) + b"e.")
        [7, 9]
        >>> plain_pickle.loads(b"cos" + bytes([10]) + b"system" + bytes([10]) + b".")
        Traceback (most recent call last):
        ...
        tensorbrook.keras.datasets.plain_pickle.UnsafePickleError: ... the file names 'os system'...
    """
    stream, machine = io.BytesIO(data), Machine()
    try:
        for _ in range(MOST_STEPS):
            if run := INTEGERS.match(data, stream.tell()):
                machine.stack.extend(integers(run.group()))
                stream.seek(run.end())
            code = stream.read(1).decode("latin-1")
            opcode = pickletools.code2op.get(code)
            if opcode is not None and opcode.name == "STOP":
                (result,) = machine.stack
                check_depth(result)
                return result
            if opcode is None or opcode.name not in ALLOWED:
                what = opcode.name if opcode else repr(code) if code else "the end of the data"
                raise UnsafePickleError(f"{what} is not allowed in plain data")
            argument = opcode.arg.reader(stream) if opcode.arg else None
            ALLOWED[opcode.name](machine, argument)
        raise UnsafePickleError(f"it has more than {MOST_STEPS} steps")
    except (IndexError, KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise UnsafePickleError(
            f"A pickle was refused at byte {stream.tell()}: {error}. It is read without running "
            "anything in it, so only numbers, strings, lists, dictionaries and arrays are taken."
        ) from error
