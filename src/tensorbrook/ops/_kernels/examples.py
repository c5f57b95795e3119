"""Rows of tf.train.Example as columns: read from their bytes, without messages in between.

Numbers of all rows are decoded at once. Where bytes lie as all writers lay them, a feature is
found by looking at some of them; all others go the longer way of `base/messages.py`.
"""

from itertools import chain
from typing import NamedTuple

import numpy as np

from ...base.errors import DataLossError, InvalidArgumentError
from ...base.messages import BYTES, FIXED32, VARINT, fields_of, read_varint, varint, varint_array
from .texts import array_of

NONE, TEXTS, FLOATS, INTS = range(4)
KINDS = {np.dtype(object): TEXTS, np.dtype("float32"): FLOATS, np.dtype("int64"): INTS}
NAMES = ("none", "string", "float", "int64")


def scan(data, features, lists=None):
    """Fills `features` with the Features' ranges by name, `lists` with those of the FeatureLists.

    Raises:
      DataLossError: the bytes are no example.
    """
    try:
        end = len(data)
        at = 2
        if end > 1 and data[0] == 10:
            size = data[1]
            if size > 127:
                size, at = read_varint(data, 1, end)
            if at + size == end:  # an Example, or a SequenceExample without sequences
                _entries(data, at, end, features)
                return
        for number, wire, value, _ in fields_of(data, 0, end):
            if wire == BYTES and number == 1:
                _entries(data, *value, features)
            elif wire == BYTES and number == 2 and lists is not None:
                _entries(data, *value, lists)
    except IndexError:
        raise DataLossError("The bytes are no example: they end too early.") from None


def _entries(data, at, end, found):
    """Adds (begin, end) of the value of each entry of a map, by key."""
    while at < end:
        begin = at
        if data[at] == 10:
            size = data[at + 1]
            at += 2
            if size > 127:
                size, at = read_varint(data, at - 1, end)
            stop = at + size
            if stop <= end and size > 3 and data[at] == 10 and data[at + 1] < 128:
                key_end = at + 2 + data[at + 1]
                if key_end + 1 < stop and data[key_end] == 18:
                    count, value = data[key_end + 1], key_end + 2
                    if count > 127:
                        count, value = read_varint(data, key_end + 1, stop)
                    if value + count == stop:
                        found[data[at + 2 : key_end]] = value, stop
                        at = stop
                        continue
        at = _any_entry(data, begin, end, found)


def _any_entry(data, at, end, found):
    number, wire, value, _ = next(fields_of(data, at, end))
    if wire == VARINT:
        return read_varint(data, read_varint(data, at, end)[1], end)[1]
    if number == 1 and wire == BYTES:
        key, item = b"", (value[1], value[1])
        for inner, inner_wire, inner_value, _ in fields_of(data, *value):
            if inner_wire == BYTES and inner == 1:
                key = data[slice(*inner_value)]
            elif inner_wire == BYTES and inner == 2:
                item = inner_value
        found[key] = item
    return value[1]


def feature(data, at, end):
    """(kind, what is in it) of a Feature: a list of texts, or the packed bytes of numbers."""
    if at == end:
        return NONE, None
    tag = data[at]
    if tag in (10, 18, 26) and at + 1 < end:
        size, begin = data[at + 1], at + 2
        if size > 127:
            size, begin = read_varint(data, at + 1, end)
        if begin + size == end:
            return tag >> 3, _list_of(data, begin, end, tag >> 3)
    kind, parts = NONE, None
    for number, wire, value, _ in fields_of(data, at, end):
        if wire == BYTES and number in (TEXTS, FLOATS, INTS):
            found = _list_of(data, *value, number)
            kind, parts = number, parts + found if number == kind else found
    return kind, parts


def _list_of(data, at, end, kind):
    if kind == TEXTS:
        return _texts(data, at, end)
    if at == end:
        return b""
    if data[at] == 10 and at + 1 < end:
        size, begin = data[at + 1], at + 2
        if size > 127:
            size, begin = read_varint(data, at + 1, end)
        if begin + size == end:
            return data[begin:end]
    parts, single = [], FIXED32 if kind == FLOATS else VARINT
    for number, wire, value, _ in fields_of(data, at, end):
        if number == 1 and wire == single == VARINT:
            parts.append(varint(value))
        elif number == 1 and wire in (BYTES, single):
            parts.append(data[slice(*value)])
    return b"".join(parts)


def _texts(data, at, end):
    found = []
    while at < end:
        if data[at] == 10 and at + 1 < end:
            size, begin = data[at + 1], at + 2
            if size > 127:
                size, begin = read_varint(data, at + 1, end)
            if begin + size <= end:
                at = begin + size
                found.append(data[begin:at])
                continue
        return found + [
            data[slice(*value)]
            for number, wire, value, _ in fields_of(data, at, end)
            if number == 1 and wire == BYTES
        ]
    return found


def steps(data, at, end):
    """The Features of a FeatureList."""
    return [
        feature(data, *value)
        for number, wire, value, _ in fields_of(data, at, end)
        if number == 1 and wire == BYTES
    ]


class Column(NamedTuple):
    """A feature of all rows: the values one after another, how many each row has, which have it."""

    values: np.ndarray
    counts: np.ndarray
    present: np.ndarray


def column(cells, dtype, key, names=None):
    """The Column of (kind, content) of each row, None where the row lacks the feature.

    Raises:
      InvalidArgumentError: a row has values of another dtype.
    """
    wanted, empty = KINDS[dtype], [] if dtype == object else b""
    contents, present = [], np.ones(len(cells), bool)
    for number, cell in enumerate(cells):
        if cell is None or cell[0] == NONE:
            present[number] = False
            contents.append(empty)
        elif cell[0] != wanted:
            raise InvalidArgumentError(
                f"Name: {_name(names, number)}, Key: {key}, Index: {number}.  Data types don't "
                f"match. Data type: {NAMES[cell[0]]} but expected type: {NAMES[wanted]}"
            )
        else:
            contents.append(cell[1])
    sizes = np.fromiter(map(len, contents), np.int64, len(contents))
    if wanted == TEXTS:
        return Column(array_of(list(chain.from_iterable(contents))), sizes, present)
    if wanted == FLOATS and (sizes % 4).any():
        raise DataLossError(f"The floats of feature {key} do not fill four bytes each.")
    raw = b"".join(contents)
    if wanted == FLOATS:
        return Column(np.frombuffer(raw, "<f4"), sizes // 4, present)
    if not raw:
        return Column(np.zeros(0, np.int64), sizes, present)
    values = varint_array(raw)
    if len(values) == len(raw):
        return Column(values, sizes, present)
    ends = np.concatenate([[0], np.cumsum(np.frombuffer(raw, np.uint8) < 128)])
    borders = ends[np.concatenate([[0], np.cumsum(sizes)])]
    return Column(values, np.diff(borders), present)


def _name(names, number):
    return names[number].decode(errors="replace") if names else "<unknown>"


def lack(key, dtype, number, names=None):
    """Raises for a row that lacks a feature."""
    raise InvalidArgumentError(
        f"Name: {_name(names, number)}, Feature: {key} (data type: {NAMES[KINDS[dtype]]}) is "
        "required but could not be found. Give the feature a default_value, or take a "
        "tf.io.VarLenFeature."
    )


def starts_of(counts):
    """Where each row begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)])


def within(counts):
    """(the row, the place in the row) of each value."""
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - starts_of(counts)[rows]


def fixed(found, shape, default, key, names=None):
    """Rows of one shape: (rows, *shape); `default` stands for those that lack the feature.

    Raises:
      InvalidArgumentError: a row has another number of values, or lacks them without a default.
    """
    size = int(np.prod(shape, dtype=np.int64))
    wrong = found.present & (found.counts != size)
    if wrong.any():
        number = int(np.argmax(wrong))
        raise InvalidArgumentError(
            f"Name: {_name(names, number)}, Key: {key}, Index: {number}.  Number of "
            f"{NAMES[KINDS[found.values.dtype.newbyteorder('=')]]} values != expected.  Values "
            f"size: {found.counts[number]} but output shape: {list(shape)}"
        )
    if found.present.all():
        return found.values.reshape(-1, *shape)
    if default is None:
        lack(key, found.values.dtype, int(np.argmin(found.present)), names)
    out = np.empty((len(found.counts), size), found.values.dtype)
    out[found.present] = found.values.reshape(-1, size)
    out[~found.present] = default.reshape(-1)
    return out.reshape(-1, *shape)


def padded(found, shape, default, key, names=None):
    """Rows of different numbers of items of one shape: (rows, most items, *shape)."""
    size = int(np.prod(shape, dtype=np.int64))
    if (found.counts % max(size, 1)).any():
        number = int(np.argmax(found.counts % size > 0))
        raise InvalidArgumentError(
            f"Name: {_name(names, number)}, Key: {key}, Index: {number}.  Number of values is not "
            f"a multiple of stride length. Saw {found.counts[number]} values but output shape is: "
            f"{['?', *shape]}"
        )
    counts = found.counts // max(size, 1)
    out = np.full((len(counts), int(counts.max(initial=0)), size), default, found.values.dtype)
    out[within(counts)] = found.values.reshape(-1, size)
    return out.reshape(*out.shape[:2], *shape)


def lengths_of(kind, found, items, key):
    """(length of each group, number of groups in each row) that one partition makes of rows.

    Args:
      kind: "RowLengths", "RowSplits", "RowStarts", "RowLimits" or "ValueRowIds".
      found: the Column that says where the groups are.
      items: how many items each row has.
      key: the name of the feature that is cut up, for errors.

    Raises:
      InvalidArgumentError: the groups of a row do not hold its items.
    """
    values, counts = found.values, found.counts
    starts = starts_of(counts)
    first, last = starts[:-1][counts > 0], starts[1:][counts > 0] - 1
    if kind == "RowLengths":
        lengths = values
    elif kind == "RowSplits":
        keep = np.ones(max(len(values) - 1, 0), bool)
        keep[last[:-1]] = False
        lengths, counts = np.diff(values)[keep], np.maximum(counts - 1, 0)
    elif kind == "RowStarts":
        after = np.empty_like(values)
        after[:-1] = values[1:]
        after[last] = items[counts > 0]
        lengths = after - values
    elif kind == "RowLimits":
        before = np.empty_like(values)
        before[1:] = values[:-1]
        before[first] = 0
        lengths = values - before
    else:
        sizes = np.zeros(len(counts), np.int64)
        sizes[counts > 0] = values[last] + 1
        if (
            (values < 0).any()
            or (values > np.repeat(sizes - 1, counts)).any()
            or (sizes > items).any()
        ):
            _bad_partition(kind, key)
        places = np.repeat(starts_of(sizes)[:-1], counts) + values
        lengths, counts = np.bincount(places, minlength=int(sizes.sum())), sizes
    rows = within(counts)[0]
    if len(lengths) != len(rows) or (lengths < 0).any():
        _bad_partition(kind, key)
    sums = np.bincount(rows, lengths, minlength=len(counts))
    if (sums != items).any():
        _bad_partition(kind, key)
    return lengths.astype(np.int64), counts


def _bad_partition(kind, key):
    raise InvalidArgumentError(
        f"The partition {kind} of the ragged feature {key} does not form a valid RaggedTensor: its "
        "groups do not hold the values that there are."
    )
