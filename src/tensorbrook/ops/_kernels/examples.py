"""Rows of tf.train.Example as columns: read from their bytes, without messages in between.

Numbers of all rows are decoded at once. Where bytes lie as all writers lay them, a feature is
found by looking at some of them; all others go the longer way of `base/messages.py`.
"""

import math
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


def _outline(data, at, end):
    """(kind, [(begin, end) of each text, or of all numbers]) of a Feature that is laid out as all
    writers do it; None for any other."""
    if at == end:
        return NONE, ()
    tag = data[at]
    if tag not in (10, 18, 26) or at + 1 >= end:
        return None
    size, begin = data[at + 1], at + 2
    if size > 127:
        size, begin = read_varint(data, at + 1, end)
    if begin + size != end:
        return None
    parts, one = [], tag > 10  # numbers lie in one field, and so does a single text
    while begin < end:
        if data[begin] != 10 or begin + 1 >= end:
            return None
        size, begin = data[begin + 1], begin + 2
        if size > 127:
            size, begin = read_varint(data, begin - 1, end)
        if begin + size > end:
            return None
        parts.append((begin, begin + size))
        begin += size
    return None if one and len(parts) > 1 else (tag >> 3, parts)


def feature(data, at, end):
    """(kind, what is in it) of a Feature: a list of texts, or the packed bytes of numbers."""
    found = _outline(data, at, end)
    if found is not None:
        kind, parts = found
        if kind == TEXTS:
            return kind, [data[begin:end] for begin, end in parts]
        return kind, data[slice(*parts[0])] if parts else b""
    kind, parts = NONE, None
    for number, wire, value, _ in fields_of(data, at, end):
        if wire == BYTES and number in (TEXTS, FLOATS, INTS):
            more = _list_of(data, *value, number)
            kind, parts = number, parts + more if number == kind else more
    return kind, parts


def _list_of(data, at, end, kind):
    parts, single = [], FIXED32 if kind == FLOATS else VARINT
    for number, wire, value, _ in fields_of(data, at, end):
        if number == 1 and kind != TEXTS and wire == single == VARINT:
            parts.append(varint(value))
        elif number == 1 and wire in (BYTES, BYTES if kind == TEXTS else single):
            parts.append(data[slice(*value)])
    return parts if kind == TEXTS else b"".join(parts)


def steps(data, at, end):
    """The Features of a FeatureList."""
    return [
        feature(data, *value)
        for number, wire, value, _ in fields_of(data, at, end)
        if number == 1 and wire == BYTES
    ]


class Rows:
    """Serialized rows, of which features are taken by name.

    Rows of one length are often laid out alike: where all bytes but the values' own are the same,
    the values lie at the same places, and no row but the first is looked into.

    Raises:
      InvalidArgumentError: bytes that are no example.
    """

    def __init__(self, rows, with_lists):
        self.rows, self.alike, self.others = rows, [], []
        by_length = {}
        for number, row in enumerate(rows):
            by_length.setdefault(len(row), []).append(number)
        for numbers in by_length.values():
            for _ in range(0 if with_lists else _MOST_LAYOUTS):
                if len(numbers) < _FEWEST_ALIKE:
                    break
                numbers = self._like_the_first(numbers)
            for number in numbers:
                self.others.append((number, *self._scanned(number, with_lists)))

    def _scanned(self, number, with_lists=False):
        features, lists = {}, {}
        try:
            scan(self.rows[number], features, lists if with_lists else None)
        except DataLossError as fault:
            raise InvalidArgumentError(
                f"Could not parse example input at index {number}, value: "
                f"{self.rows[number][:64]!r}: {fault}"
            ) from None
        return features, lists

    def _like_the_first(self, numbers):
        """Takes up the rows laid out as the first one is; returns the numbers of others."""
        row = self.rows[numbers[0]]
        found = {key: _outline(row, *place) for key, place in self._scanned(numbers[0])[0].items()}
        if None in found.values():
            return numbers
        fixed = np.ones(len(row), bool)
        for _, parts in found.values():
            for begin, end in parts:
                fixed[begin:end] = False
        table = np.frombuffer(b"".join([self.rows[n] for n in numbers]), np.uint8)
        table = table.reshape(len(numbers), len(row))
        same = (table[:, fixed] == np.frombuffer(row, np.uint8)[fixed]).all(axis=1)
        if same.all():
            self.alike.append((numbers, found, table))
            return []
        numbers = np.array(numbers)
        self.alike.append((numbers[same].tolist(), found, table[same]))
        return numbers[~same].tolist()

    def _block(self, key):
        """(kinds, (sizes, bytes)) of numbers that take as many bytes in every row; else None."""
        if self.others or not self.alike:
            return None
        found = [(numbers, *outline.get(key, (NONE, ())), t) for numbers, outline, t in self.alike]
        _, kind, parts, _ = found[0]
        if kind not in (FLOATS, INTS) or not parts:
            return None
        width = parts[0][1] - parts[0][0]
        block = np.empty((len(self.rows), width), np.uint8)
        for numbers, other, parts, table in found:
            if other != kind or not parts or parts[0][1] - parts[0][0] != width:
                return None
            block[numbers] = table[:, slice(*parts[0])]
        kinds = np.full(len(self.rows), kind, np.int8)
        return kinds, (np.full(len(self.rows), width), block.tobytes())

    def cells(self, key):
        """(kinds, contents): for each row what `feature` gives for it, NONE where it lacks it."""
        block = self._block(key)
        if block is not None:
            return block
        rows = self.rows
        kinds, contents = np.zeros(len(rows), np.int8), [None] * len(rows)
        for numbers, outline, _ in self.alike:
            kind, parts = outline.get(key, (NONE, ()))
            kinds[numbers] = kind
            taken = [rows[number] for number in numbers] if len(numbers) < len(rows) else rows
            cuts = [slice(*part) for part in parts]
            if kind == TEXTS:
                made = [[row[cut] for cut in cuts] for row in taken]
            elif cuts:
                made = [row[cuts[0]] for row in taken]
            else:
                made = [b""] * len(taken)
            for number, content in zip(numbers, made):
                contents[number] = content
        for number, found, _ in self.others:
            if key in found:
                kinds[number], contents[number] = feature(rows[number], *found[key])
        return kinds, contents

    def lists(self, key):
        """For each row the cells of a sequence's steps; None where it lacks the sequence."""
        found = {number: lists for number, _, lists in self.others}
        return [
            steps(row, *found[number][key]) if key in found[number] else None
            for number, row in enumerate(self.rows)
        ]


_MOST_LAYOUTS, _FEWEST_ALIKE = 3, 4


class Column(NamedTuple):
    """A feature of all rows: the values one after another, how many each row has, which have it."""

    values: np.ndarray
    counts: np.ndarray
    present: np.ndarray


def column(kinds, contents, dtype, key, names=None):
    """The Column of the kinds and contents of each row.

    Contents of numbers may also be (how many bytes each row has, all bytes).

    Raises:
      InvalidArgumentError: a row has values of another dtype.
      DataLossError: the bytes of a row are no whole numbers.
    """
    wanted, empty = KINDS[dtype], [] if dtype == object else b""
    present = kinds != NONE
    wrong = present & (kinds != wanted)
    if wrong.any():
        number = int(np.argmax(wrong))
        raise InvalidArgumentError(
            f"Name: {_name(names, number)}, Key: {key}, Index: {number}.  Data types don't "
            f"match. Data type: {NAMES[kinds[number]]} but expected type: {NAMES[wanted]}"
        )
    raw = None
    if contents.__class__ is tuple:
        sizes, raw = contents
    else:
        for number in np.flatnonzero(~present).tolist():
            contents[number] = empty
        sizes = np.fromiter(map(len, contents), np.int64, len(contents))
    if wanted == TEXTS:
        return Column(array_of(list(chain.from_iterable(contents))), sizes, present)
    if wanted == FLOATS and (sizes % 4).any():
        raise DataLossError("its floats do not fill four bytes each")
    raw = b"".join(contents) if raw is None else raw
    if wanted == FLOATS:
        return Column(np.frombuffer(raw, "<f4"), sizes // 4, present)
    if not raw:
        return Column(np.zeros(0, np.int64), sizes, present)
    data, ends = np.frombuffer(raw, np.uint8), np.cumsum(sizes)
    if (data[ends[sizes > 0] - 1] > 127).any():
        raise DataLossError("a number does not end")
    values = varint_array(raw)
    if len(values) == len(raw):
        return Column(values, sizes, present)
    counted = np.concatenate([[0], np.cumsum(data < 128)])
    return Column(values, np.diff(counted[np.concatenate([[0], ends])]), present)


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
    size = math.prod(shape)
    wrong = found.present & (found.counts != size)
    if wrong.any():
        number = int(np.argmax(wrong))
        raise InvalidArgumentError(
            f"Name: {_name(names, number)}, Key: {key}, Index: {number}.  Number of "
            f"{NAMES[KINDS[found.values.dtype.newbyteorder('=')]]} values != expected.  Values "
            f"size: {found.counts[number]} but output shape: {list(shape)}"
        )
    rows = len(found.counts)
    if found.present.all():
        return found.values.reshape(rows, *shape)
    if default is None:
        lack(key, found.values.dtype, int(np.argmin(found.present)), names)
    out = np.empty((rows, *shape), found.values.dtype)
    out[found.present] = found.values.reshape(np.count_nonzero(found.present), *shape)
    out[~found.present] = default.reshape(shape)
    return out


def only(cell, dtype, shape, size):
    """The values of the only row, where it has so many of this dtype; else None."""
    kind, content = cell
    if kind == TEXTS:
        if dtype != object or len(content) != size:
            return None
        return array_of(content, shape)
    if kind == FLOATS and dtype == np.float32 and len(content) == 4 * size:
        return np.frombuffer(content, "<f4").reshape(shape)
    if kind == INTS and dtype == np.int64 and len(content) <= _FEW_BYTES:
        values, at, end = [], 0, len(content)
        while at < end:
            value, at = read_varint(content, at, end)
            values.append(value)
        if len(values) == size:
            return np.array(values, np.uint64).view(np.int64).reshape(shape)
    return None


_FEW_BYTES = 32


def padded(found, shape, default, key, names=None):
    """Rows of different numbers of items of one shape: (rows, most items, *shape)."""
    size = math.prod(shape)
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
