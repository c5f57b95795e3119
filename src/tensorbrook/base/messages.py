"""Protocol buffers: messages that are declared by their fields, and the bytes and text of them.

A message is a class with a table of fields; it behaves as protobuf's own messages do. Bytes that
are no message raise DataLossError: a length is believed only where so many bytes are there, so
nothing is ever allocated by what a file claims.
"""

import struct
from array import array
from collections.abc import Iterable
from typing import ClassVar, NamedTuple, NoReturn

import numpy as np

from .errors import DataLossError

VARINT, FIXED64, BYTES, START_GROUP, END_GROUP, FIXED32 = range(6)
_DEEPEST = 100


class Field(NamedTuple):
    """One field of a message.

    Args:
      number: what stands for the field in bytes.
      kind: a key of `SCALARS`, or the class of a message.
      repeated: whether it is a list.
      mapped: whether it is a map from strings to messages of this kind.
      oneof: the name of the group of fields of which one at most is set.
    """

    number: int
    kind: object
    repeated: bool = False
    mapped: bool = False
    oneof: str | None = None


class Scalar(NamedTuple):
    """What is known of a kind of plain values."""

    wire: int
    default: object
    check: object  # value -> value as the message holds it
    text: object  # value -> how it is printed
    layout: str = ""  # of fixed size: its letter in struct


def _corrupt(problem) -> NoReturn:
    raise DataLossError(f"The bytes are no message: {problem}.")


# -- values ----------------------------------------------------------------------------------------


def _whole_number(low, high):
    def check(value):
        if value.__class__ is int and low <= value < high:
            return value
        if isinstance(value, bool | np.bool_):
            raise TypeError("Expected an int, got a boolean.")
        value = value.__index__() if hasattr(value, "__index__") else _no_number(value)
        if not low <= value < high:
            raise ValueError(f"Value out of range: {value}")
        return value

    return check


def _no_number(value):
    raise TypeError(f"{type(value).__name__!r} object cannot be interpreted as an integer")


def _float32(value):
    return float(np.float32(_float64(value)))


def _float64(value):
    if isinstance(value, str | bytes):
        raise TypeError(f"must be real number, not {type(value).__name__}")
    return float(value)


def _bytes(value):
    if not isinstance(value, bytes):
        raise TypeError(f"expected bytes, {type(value).__name__} found")
    return value


def _string(value):
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise TypeError(f"bad argument type for a string: {type(value).__name__}")
    return value


def _quoted(data):
    escapes = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}
    shown = (escapes.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in data)
    return '"' + "".join(shown) + '"'


def _shown_float(value, dtype):
    """The shortest digits that give the number back, as C's %g writes them."""
    if value != value or value in (np.inf, -np.inf):
        return str(value)
    digits = len(np.format_float_scientific(dtype(value), trim="-").split("e")[0].strip("-")) - 1
    return f"{value:.{max(6, digits)}g}"


_SINGLE = Scalar(FIXED32, 0.0, _float32, lambda v: _shown_float(v, np.float32), "f")
_DOUBLE = Scalar(FIXED64, 0.0, _float64, lambda v: _shown_float(v, np.float64), "d")
_BOUNDS = {
    **{"int32": (-(2**31), 2**31), "int64": (-(2**63), 2**63), "uint32": (0, 2**32)},
    **{"uint64": (0, 2**64), "enum": (-(2**31), 2**31)},
}
SCALARS = {
    **{kind: Scalar(VARINT, 0, _whole_number(*bounds), str) for kind, bounds in _BOUNDS.items()},
    "bool": Scalar(VARINT, False, bool, lambda v: str(v).lower()),
    "sint64": Scalar(VARINT, 0, _whole_number(-(2**63), 2**63), str),
    "fixed32": Scalar(FIXED32, 0, _whole_number(0, 2**32), str, "I"),
    "float": _SINGLE,
    "double": _DOUBLE,
    "bytes": Scalar(BYTES, b"", _bytes, _quoted),
    "string": Scalar(BYTES, "", _string, lambda v: _quoted(v.encode())),
}


# -- bytes -----------------------------------------------------------------------------------------


def varint(value):
    """A whole number in groups of seven bits; negative ones as 64 bits of two's complement."""
    value &= 0xFFFFFFFFFFFFFFFF
    if value < 128:
        return _ONE_BYTE[value]
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


_ONE_BYTE = [bytes((value,)) for value in range(128)]


def _varints(numbers):
    """The bytes of many whole numbers, a uint64 array."""
    steps = (np.uint64(7 * place) for place in range(1, 10))
    lengths = 1 + sum((numbers >> step != 0).astype(np.int64) for step in steps)
    ends = np.cumsum(lengths)
    out = np.empty(int(ends[-1]), np.uint8)
    for place in range(int(lengths.max())):
        more = np.flatnonzero(lengths > place)
        bits = numbers[more] >> np.uint64(7 * place) & np.uint64(127)
        goes_on = (lengths[more] > place + 1).astype(np.uint64) << np.uint64(7)
        out[(ends - lengths)[more] + place] = bits | goes_on
    return out.tobytes()


def read_varint(data, at, end):
    """(the number from 0 to 2**64 that begins at `at`, where it ends)."""
    value = shift = 0
    while True:
        if at >= end or shift > 63:
            _corrupt(f"the number at byte {at - shift // 7} does not end")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7


def varint_array(packed):
    """All numbers of some bytes of varints, as int64."""
    data = np.frombuffer(packed, np.uint8)
    last = data < 128
    if last.all():
        return data.astype(np.int64)
    if not last[-1]:
        _corrupt("a number does not end")
    ends = np.flatnonzero(last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    if (ends - starts).max() > 9:
        _corrupt("a number has more than ten bytes")
    places = np.arange(len(data)) - np.repeat(starts, ends - starts + 1)
    bits = (data & 127).astype(np.uint64) << (7 * places).astype(np.uint64)
    return np.bitwise_or.reduceat(bits, starts).view(np.int64)


def _from_varint(kind, value):
    if kind == "bool":
        return value != 0
    if kind in ("uint32", "uint64"):
        return value & 0xFFFFFFFF if kind == "uint32" else value
    if kind == "sint64":
        return value >> 1 ^ -(value & 1)
    bits = 64 if kind == "int64" else 32
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def fields_of(data, at, end):
    """(number, wire type, value, where the field begins) of each field within `data[at:end]`.

    The value is an int for VARINT, and (begin, end) of its bytes for all others.

    Raises:
      DataLossError: the bytes are no fields.
    """
    while at < end:
        begin = at
        tag, at = read_varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if not 0 < number < 1 << 29:
            _corrupt(f"byte {begin} begins field {number}, which is no field's number")
        if wire == VARINT:
            value, at = read_varint(data, at, end)
            yield number, wire, value, begin
            continue
        if wire == BYTES:
            size, at = read_varint(data, at, end)
        elif wire == START_GROUP:
            size = _end_of_group(data, at, end, number, 0) - at
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            _corrupt(f"byte {begin} has wire type {wire}, which does not begin a field")
        if size > end - at:
            _corrupt(f"the field at byte {begin} claims {size} bytes where {end - at} are left")
        yield number, wire, (at, at + size), begin
        at += size


def _end_of_group(data, at, end, number, depth):
    if depth > _DEEPEST:
        _corrupt("groups are nested too deep")
    while True:
        tag, after = read_varint(data, at, end)
        if tag & 7 == END_GROUP:
            if tag >> 3 != number:
                _corrupt(f"a group of field {number} ends as one of {tag >> 3}")
            return after
        if tag & 7 == START_GROUP:
            at = _end_of_group(data, after, end, tag >> 3, depth + 1)
            continue
        at = _end_of_field(data, after, end, tag & 7)


def _end_of_field(data, at, end, wire):
    if wire == VARINT:
        return read_varint(data, at, end)[1]
    size = {FIXED32: 4, FIXED64: 8}.get(wire)
    if wire == BYTES:
        size, at = read_varint(data, at, end)
    if size is None or size > end - at:
        _corrupt("a field within a group does not end")
    return at + size


def _packed(kind, values):
    layout, many = SCALARS[kind].layout, len(values) >= _MANY
    if layout and not many:
        return struct.pack(f"<{len(values)}{layout}", *values)
    if layout:
        return np.array(values, f"<{layout}").tobytes()
    if many:
        numbers = np.array(values, np.uint64 if kind == "uint64" else np.int64)
        if kind == "sint64":
            numbers = numbers << 1 ^ numbers >> 63
        return _varints(numbers.view(np.uint64))
    if kind == "sint64":
        values = [v << 1 ^ v >> 63 for v in values]
    return varint(values[0]) if len(values) == 1 else b"".join(map(varint, values))


_MANY = 16


def _checked_values(kind, values):
    """The values of a repeated field as it holds them: a list, or an array of floats."""
    if values.__class__ is not list:
        if not isinstance(values, Iterable) or getattr(values, "shape", None) == ():
            raise TypeError("must assign iterable")
        values = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if kind == "float":
        return array("f", values)  # rounds, and takes numbers only
    if kind == "bytes" and set(map(type, values)) <= {bytes}:
        return values
    return list(map(SCALARS[kind].check, values))


def _unpacked(kind, data):
    scalar = SCALARS[kind]
    if not scalar.layout:
        if kind == "int64":
            return varint_array(data).tolist()
        return [_from_varint(kind, v & 0xFFFFFFFFFFFFFFFF) for v in varint_array(data).tolist()]
    if len(data) % struct.calcsize(scalar.layout):
        _corrupt(f"{len(data)} bytes hold no whole {kind}s")
    return list(
        struct.unpack(f"<{len(data) // struct.calcsize(scalar.layout)}{scalar.layout}", data)
    )


# -- lists and maps of a message -------------------------------------------------------------------


class Repeated(list):
    """The values of a repeated field: a list that takes values of its kind only."""

    __slots__ = ("_field", "_message")

    def __init__(self, message, field):
        self._message, self._field = message, field

    def _checked(self, values):
        kind = self._field.kind
        if not isinstance(kind, str):
            return [_message_of(kind, value)._copied() for value in values]
        return _checked_values(kind, values)

    def _copied(self, message):
        made = Repeated(message, self._field)
        plain = isinstance(self._field.kind, str)
        list.extend(made, self if plain else [item._copied() for item in self])
        return made

    def _changed(self):
        self._message._touch()

    def add(self, **fields):
        """Appends a new message with these fields, and returns it."""
        made = self._field.kind(**fields)
        list.append(self, made)
        self._changed()
        return made

    def append(self, value):
        """Adds a value at the end."""
        list.append(self, *self._checked((value,)))
        self._changed()

    def extend(self, values):
        """Adds values at the end."""
        list.extend(self, self._checked(values))
        self._changed()

    def insert(self, index, value):
        """Adds a value before number `index`."""
        list.insert(self, index, *self._checked((value,)))
        self._changed()

    MergeFrom = extend

    def __iadd__(self, values):
        self.extend(values)
        return self

    def __setitem__(self, index, value):
        if not isinstance(self._field.kind, str):
            raise TypeError("messages in a list cannot be assigned; change them, or use CopyFrom")
        many = isinstance(index, slice)
        found = self._checked(value if many else (value,))
        list.__setitem__(self, index, found if many else found[0])
        self._changed()

    def __reduce_ex__(self, protocol):
        return list, (list(self),)


class Map(dict):
    """The values of a map field: messages by name, made when they are first asked for."""

    __slots__ = ("_field", "_message")

    def __init__(self, message, field):
        self._message, self._field = message, field

    def __missing__(self, key):
        made = self._field.kind()
        dict.__setitem__(self, _string(key), made)
        self._message._touch()
        return made

    def get_or_create(self, key):
        """The message of a key, made where there is none."""
        return self[key]

    def __setitem__(self, key, value):
        raise ValueError(
            f"Message objects may not be assigned: use map[{key!r}].CopyFrom(message), or change "
            f"map[{key!r}] in place."
        )

    setdefault = update = __setitem__

    def _copied(self, message):
        made = Map(message, self._field)
        dict.update(made, {key: value._copied() for key, value in self.items()})
        return made

    def MergeFrom(self, other):
        """Takes over what another map holds, in place of what has the same name."""
        kind = self._field.kind
        for key, value in other.items():
            dict.__setitem__(self, _string(key), _message_of(kind, value)._copied())
        self._message._touch()

    def __reduce_ex__(self, protocol):
        return dict, (dict(self),)


def _message_of(kind, value):
    """A message given as one, or as a dict of its fields."""
    if value.__class__ is kind:
        return value
    if isinstance(value, dict):
        return kind(**value)
    raise TypeError(
        "Parameter to initialize message field must be dict or instance of same class: "
        f"expected {kind} got {type(value)}."
    )


# -- messages --------------------------------------------------------------------------------------


class _Attribute:
    """A field as an attribute of its message."""

    def __init__(self, name, field):
        self.name, self.field = name, field

    def __get__(self, message, cls):
        if message is None:
            return self
        value = message._values.get(self.name)
        return message._made(self.name, self.field) if value is None else value

    def __set__(self, message, value):
        field = self.field
        if field.repeated or field.mapped:
            what = f'map, or repeated field "{self.name}" in'
        elif not isinstance(field.kind, str):
            what = f'message field "{self.name}" in'
        else:
            message._hold(self.name, SCALARS[field.kind].check(value))
            message._touch()
            return
        raise AttributeError(
            f"Assignment not allowed to {what} protocol message object: change what it holds, as "
            "in .extend(values) or .CopyFrom(message)."
        )


class Descriptor(NamedTuple):
    """The name of a kind of message."""

    name: str
    full_name: str


class Message:
    """The base of all messages; a subclass names its fields, as in class A(Message, x=Field(...)).

    They are in the order of their numbers.

    A message made of values is its bytes until somebody looks into it: so what holds it can take
    it over as it is, and most messages are only written.
    """

    __slots__ = ("_bytes", "_owner", "_present", "_unknown", "_values")
    __hash__ = None
    _FIELDS: ClassVar[dict]
    _WRITERS: ClassVar[dict]
    _TAKERS: ClassVar[dict]
    _BY_NUMBER: ClassVar[dict]
    DESCRIPTOR: ClassVar

    def __init_subclass__(cls, **fields):
        cls.DESCRIPTOR = Descriptor(cls.__name__, f"tensorflow.{cls.__name__}")
        cls._declare(fields)

    @classmethod
    def _declare(cls, fields):
        """Sets the fields: once more where a message holds messages of its own kind."""
        cls._FIELDS = fields
        cls._WRITERS = {name: _writer(field) for name, field in fields.items()}
        cls._TAKERS = {n: _taker(n, field, cls._WRITERS[n]) for n, field in fields.items()}
        cls._BY_NUMBER = {field.number: (name, field) for name, field in fields.items()}
        for name, field in fields.items():
            setattr(cls, name, _Attribute(name, field))

    def __init__(self, *args, **fields):
        if args:
            raise TypeError("No positional arguments allowed")
        self._owner, self._unknown, self._present, data = None, b"", False, b""
        for name in fields if len(fields) < 2 else self._in_order(fields):
            take, value = self._TAKERS.get(name) or self._field(name), fields[name]
            if value is not None:
                self._present = True
                data += take(value)
        if data:
            self._bytes = data
        else:
            self._bytes, self._values = None, {}

    def _in_order(self, names):
        """The names of fields given, in the fields' order; of those of a group the last one."""
        last = {self._field(n).oneof or n: n for n, value in names.items() if value is not None}
        return [
            name for name, field in self._FIELDS.items() if last.get(field.oneof or name) == name
        ]

    def __getattr__(self, name):
        if name != "_values":  # which this message has not yet
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        data = self._bytes
        if data is not None:  # else another thread was quicker
            whole = type(self).FromString(data)
            for place, value in whole._values.items():
                if isinstance(value, Message):
                    value._owner = self, place
                elif isinstance(value, Repeated | Map):
                    value._message = self
            self._values, self._bytes = whole._values, None
        return object.__getattribute__(self, name)

    def _field(self, name):
        field = self._FIELDS.get(name)
        if field is None:
            raise ValueError(f'Protocol message {type(self).__name__} has no "{name}" field.')
        return field

    def _made(self, name, field):
        """The value of a field that has none yet."""
        if field.mapped or field.repeated:
            value = (Map if field.mapped else Repeated)(self, field)
        elif isinstance(field.kind, str):
            return SCALARS[field.kind].default
        else:
            value = field.kind()
            value._owner = self, name
        self._values[name] = value
        return value

    def _hold(self, name, value):
        """Sets a field, and clears what shares its group."""
        group = self._FIELDS[name].oneof
        if group is not None and self._values:
            for other, field in self._FIELDS.items():
                if field.oneof == group and other != name:
                    self._drop(other)
        self._values[name] = value

    def _drop(self, name):
        value = self._values.pop(name, None)
        if isinstance(value, Message):
            value._owner = None

    def _touch(self):
        """This message was changed, and so it is part of its owner."""
        if not self._present:
            self._present = True
            if self._owner is not None:
                owner, name = self._owner
                owner._hold(name, self)
                owner._touch()

    def _has(self, name):
        value = self._values.get(name)
        if value is None:
            return False
        kind = value.__class__
        if kind is Repeated or kind is Map:
            return bool(value)
        if isinstance(value, Message):
            return value._present
        field = self._FIELDS[name]
        return field.oneof is not None or value != SCALARS[field.kind].default

    # -- what users call ---------------------------------------------------------------------------

    def ListFields(self):
        """(name, value) of each field that is set."""
        return [(name, self._values[name]) for name in self._FIELDS if self._has(name)]

    def HasField(self, field_name):
        """Whether a message, or a member of a oneof, is set.

        Raises:
          ValueError: there is no such field, or it is a list, a map or a plain value.
        """
        field = self._field(field_name)
        plain = isinstance(field.kind, str) and field.oneof is None
        if field.repeated or field.mapped or plain:
            raise ValueError(
                f"Field {self.DESCRIPTOR.full_name}.{field_name} does not have presence."
            )
        return self._has(field_name)

    def WhichOneof(self, oneof_group):
        """The name of the field that is set of a group; None where none is."""
        names = [name for name, field in self._FIELDS.items() if field.oneof == oneof_group]
        if not names:
            self._field(oneof_group)
        return next(filter(self._has, names), None)

    def ClearField(self, field_name):
        """Takes a field's value away."""
        self._field(field_name)
        self._drop(field_name)

    def Clear(self):
        """Takes all values away."""
        for name in list(self._values):
            self._drop(name)
        self._unknown = b""

    def CopyFrom(self, other_msg):
        """Makes this a copy of another message of its class."""
        if other_msg is not self:
            self._same_class(other_msg, "CopyFrom")
            self.Clear()
            self.MergeFrom(other_msg)

    def _same_class(self, other, method):
        if type(other) is not type(self):
            raise TypeError(
                f"Parameter to {method}() must be instance of same class: expected {type(self)} "
                f"got {type(other)}."
            )

    def MergeFrom(self, other_msg):
        """Adds what another message of its class holds: lists grow, single values are replaced."""
        self._same_class(other_msg, "MergeFrom")
        for name, value in other_msg.ListFields():
            if isinstance(value, Message):
                child = getattr(self, name)
                child.MergeFrom(value)
                child._touch()
            elif isinstance(value, list | dict):
                getattr(self, name).MergeFrom(value)
            else:
                setattr(self, name, value)
        self._unknown += other_msg._unknown
        self._touch()

    def SetInParent(self):
        """Makes this message part of its owner, though it may be empty."""
        self._touch()

    def IsInitialized(self):
        """True: no field is required."""
        return True

    def ByteSize(self):
        """How many bytes SerializeToString gives."""
        return len(self.SerializeToString())

    def SerializeToString(self, deterministic=False):
        """The message as bytes; with `deterministic` maps are in the order of their keys."""
        if self._bytes is not None and not deterministic:
            return self._bytes
        values, writers = self._values, self._WRITERS
        parts = [
            writers[name](values[name], deterministic)
            for name in self._FIELDS
            if name in values and self._has(name)
        ]
        parts.append(self._unknown)
        return b"".join(parts)

    SerializePartialToString = SerializeToString

    @classmethod
    def FromString(cls, s):
        """The message of some bytes.

        Raises:
          DataLossError: the bytes are no such message.
        """
        message = cls()
        message.MergeFromString(s)
        return message

    def ParseFromString(self, serialized):
        """Becomes the message of some bytes; returns how many they are.

        Raises:
          DataLossError: the bytes are no such message.
        """
        self.Clear()
        return self.MergeFromString(serialized)

    def MergeFromString(self, serialized):
        """Adds what the message of some bytes holds; returns how many bytes they are.

        Raises:
          DataLossError: the bytes are no such message.
        """
        if not isinstance(serialized, bytes | bytearray | memoryview):
            raise TypeError(f"expected bytes, {type(serialized).__name__} found")
        data = bytes(serialized)
        try:
            self._read(data, 0, len(data))
        except (DataLossError, UnicodeDecodeError) as fault:
            raise DataLossError(
                f"Error parsing message with type '{self.DESCRIPTOR.full_name}': {fault}"
            ) from None
        return len(data)

    def _read(self, data, at, end, depth=0):
        if depth > _DEEPEST:
            _corrupt("messages are nested too deep")
        self._touch()
        for number, wire, value, begin in fields_of(data, at, end):
            name, field = self._BY_NUMBER.get(number, (None, None))
            if field is None or not _read_field(self, name, field, wire, data, value, depth + 1):
                kept = varint(number << 3) + varint(value) if wire == VARINT else None
                self._unknown += kept or data[begin : value[1]]

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return self.SerializeToString(True) == other.SerializeToString(True)

    def _copied(self):
        cls = self.__class__
        made = cls.__new__(cls)
        made._owner, made._present, made._unknown = None, True, self._unknown
        made._bytes = self._bytes
        if made._bytes is not None:
            return made
        values = made._values = {}
        for name, value in self._values.items():
            kind = value.__class__
            if kind is Repeated or kind is Map:
                value = value._copied(made)
            elif isinstance(value, Message):
                if not value._present:
                    continue
                value = value._copied()
                value._owner = made, name
            values[name] = value
        return made

    def __deepcopy__(self, memo):
        return self._copied()

    def __reduce__(self):
        return type(self).FromString, (self.SerializeToString(),)

    def __str__(self):
        return "".join(line + "\n" for line in self._lines())

    __repr__ = __str__

    def _lines(self):
        for name, value in self.ListFields():
            field = self._FIELDS[name]
            if field.mapped:
                for key, item in value.items():
                    yield f"{name} {{"
                    yield f"  key: {_quoted(key.encode())}"
                    yield "  value {"
                    yield from ("    " + line for line in item._lines())
                    yield from ("  }", "}")
                continue
            for item in value if field.repeated else (value,):
                if isinstance(item, Message):
                    yield f"{name} {{"
                    yield from ("  " + line for line in item._lines())
                    yield "}"
                else:
                    yield f"{name}: {SCALARS[field.kind].text(item)}"


def _taker(name, field, write):
    """The function of what a user gives for a field that checks it, and gives its bytes."""
    kind, checked = field.kind, SCALARS[field.kind].check if isinstance(field.kind, str) else None

    def entries(value):
        if not isinstance(value, dict):
            raise TypeError(f"{name} must be a dict from names to messages")
        return write({_string(k): _message_of(kind, item) for k, item in value.items()})

    def message(value):
        return write(_message_of(kind, value))

    def messages(values):
        return write([_message_of(kind, value) for value in values])

    def scalar(value):
        value = checked(value)
        return write(value) if value or field.oneof else b""

    def scalars(values):
        return write(_checked_values(kind, values))

    if field.mapped or checked is None:
        return entries if field.mapped else messages if field.repeated else message
    return scalars if field.repeated else scalar


def _sized(tag, data):
    size = len(data)
    return tag + (_ONE_BYTE[size] if size < 128 else varint(size)) + data


def _writer(field):
    """The function of a field's value, and of whether maps are sorted, that gives its bytes."""
    kind, plain = field.kind, isinstance(field.kind, str)
    wire = SCALARS[kind].wire if plain else BYTES
    listed = field.repeated and wire != BYTES
    tag = varint(field.number << 3 | (BYTES if listed else wire))

    def entries(value, deterministic=False):
        parts = []
        for key in sorted(value) if deterministic else value:
            inner = _sized(b"\x12", value[key].SerializeToString(deterministic))
            parts.append(_sized(tag, _sized(b"\n", key.encode()) + inner))
        return b"".join(parts)

    def message(value, deterministic=False):
        return _sized(tag, value.SerializeToString(deterministic))

    def text(value, deterministic=False):
        return _sized(tag, value if kind == "bytes" else value.encode())

    def number(value, deterministic=False):
        return tag + _packed(kind, (value,))

    def numbers(value, deterministic=False):
        return _sized(tag, _packed(kind, value)) if len(value) else b""

    if field.mapped or listed:
        return entries if field.mapped else numbers
    one = message if not plain else text if wire == BYTES else number
    if not field.repeated:
        return one
    return lambda value, deterministic=False: b"".join([one(v, deterministic) for v in value])


def _read_field(message, name, field, wire, data, value, depth):
    """Adds what stands in the bytes to a field; False where the wire type is another one's."""
    kind = field.kind
    own = SCALARS[kind].wire if isinstance(kind, str) else BYTES
    if wire != own and not (wire == BYTES and field.repeated):
        return False
    if not isinstance(kind, str):
        holder = getattr(message, name)
        if field.mapped:
            _read_entry(holder, data, *value, depth)
        else:
            (holder.add() if field.repeated else holder)._read(data, *value, depth)
        return True
    if own == BYTES:
        text = data[slice(*value)]
        found = [text.decode() if kind == "string" else text]
    elif wire == VARINT:
        found = [_from_varint(kind, value)]
    else:
        found = _unpacked(kind, data[slice(*value)])
    if field.repeated:
        list.extend(getattr(message, name), found)
    else:
        message._hold(name, found[-1])
    return True


def _read_entry(holder, data, at, end, depth):
    key, made = "", holder._field.kind()
    for number, wire, value, _ in fields_of(data, at, end):
        if number == 1 and wire == BYTES:
            key = data[slice(*value)].decode()
        elif number == 2 and wire == BYTES:
            made._read(data, *value, depth)
    dict.__setitem__(holder, key, made)
