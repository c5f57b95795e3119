"""Comma-separated values: records of a file, fields of a record, numbers of fields."""

import numpy as np

from ...base.errors import InvalidArgumentError
from .texts import array_of

_QUOTE = b'"'


def records(file, quotes):
    """The records of a stream of bytes; with `quotes` line ends within quotes are part of one.

    Raises:
      InvalidArgumentError: the file ends within quotes.
    """
    held = b""
    for lines in file:
        for line in lines.splitlines(True):
            held += line
            if quotes and held.count(_QUOTE) % 2:
                continue
            end = -2 if held.endswith(b"\r\n") else -1 if held[-1:] in (b"\n", b"\r") else None
            yield held[:end]
            held = b""
    if held:
        raise InvalidArgumentError(
            f"Reached end of file without closing quoted field in record {held[:64]!r}"
        )


def fields(record, delimiter, quotes):
    """The fields of a record, without the quotes around them.

    Raises:
      InvalidArgumentError: a quote where none may be, or none where one must be.
    """
    if not record:
        return []
    if not quotes or _QUOTE not in record:
        if b"\n" in record or b"\r" in record:
            _bad("Unquoted fields cannot have quotes/CRLFs inside", record)
        return record.split(delimiter)
    found, at, end = [], 0, len(record)
    while True:
        if record[at : at + 1] == _QUOTE:
            field, at = _quoted(record, at + 1, end, delimiter)
        else:
            stop = record.find(delimiter, at)
            stop = end if stop < 0 else stop
            field, at = record[at:stop], stop
            if _QUOTE in field or b"\n" in field or b"\r" in field:
                _bad("Unquoted fields cannot have quotes/CRLFs inside", record)
        found.append(field)
        if at >= end:
            return found
        at += 1


def columns_of(records, delimiter, quotes, count, columns=None, empty=()):
    """The texts of each column of many records.

    Args:
      records: a list of them.
      delimiter, quotes: as of `fields`.
      count, columns: as of `chosen`.
      empty: the fields of an empty record.

    Raises:
      InvalidArgumentError: as `fields` and `chosen`.
    """
    together = b"".join(records)
    plain = not (quotes and _QUOTE in together) and b"\n" not in together and b"\r" not in together
    if plain and b"" not in records:
        rows = [record.split(delimiter) for record in records]
        if columns is None and set(map(len, rows)) == {count}:
            return list(zip(*rows))
    else:
        rows = [fields(record, delimiter, quotes) or empty for record in records]
    rows = [chosen(found, count, columns, f" {number}") for number, found in enumerate(rows)]
    return list(zip(*rows)) if rows else [()] * count


def _quoted(record, at, end, delimiter):
    parts = []
    while True:
        stop = record.find(_QUOTE, at)
        if stop < 0:
            _bad("Quoted field has to end with quote followed by delim or end", record)
        parts.append(record[at:stop])
        after = record[stop + 1 : stop + 2]
        if after == _QUOTE:
            parts.append(_QUOTE)
            at = stop + 2
        elif stop + 1 == end or after == delimiter:
            return b"".join(parts), stop + 1
        else:
            _bad("Quote inside a string has to be escaped by another quote", record)


def _bad(problem, record):
    raise InvalidArgumentError(f"{problem}: record {record[:64]!r}")


class Field:
    """How one column is read.

    Args:
      number: the column's, for errors.
      default: an array of what stands for an empty field, of none where it is required; its dtype
        is that of the values.
      missing: the text that stands for an empty field too.
    """

    def __init__(self, number, default, missing):
        self.number, self.dtype, self.missing = number, default.dtype, {b"", missing}
        self.default = default.ravel()[0] if default.size else None
        self.make = {"O": bytes, "f": float, "i": int}[self.dtype.kind]
        if self.make is int:
            self.low, self.high = np.iinfo(self.dtype).min, np.iinfo(self.dtype).max

    def value(self, text, where=""):
        """The value of a field.

        Raises:
          InvalidArgumentError: it is required and not there, or no such number.
        """
        if text in self.missing:
            if self.default is None:
                raise InvalidArgumentError(
                    f"Field {self.number} is required but missing in record{where}! Give it a "
                    "default."
                )
            return self.default
        if self.make is bytes:
            return text
        try:
            if b"_" in text:
                raise ValueError
            found = self.make(text)
            if self.make is int and not self.low <= found <= self.high:
                raise ValueError
        except ValueError:
            raise InvalidArgumentError(
                f"Field {self.number} in record{where} is not a valid {self.dtype.name}: "
                f"{text.decode(errors='replace')}"
            ) from None
        return found

    def column(self, texts):
        """The values of all records as an array."""
        found = self._all(texts)
        if found is None:
            found = [self.value(text, f" {number}") for number, text in enumerate(texts)]
        if self.make is bytes:
            return array_of(found)
        with np.errstate(over="ignore"):
            return np.array(found, np.float64 if self.make is float else self.dtype).astype(
                self.dtype
            )

    def _all(self, texts):
        """The values, where all are there and right; None where each has to be looked at."""
        if not self.missing.isdisjoint(texts):
            return None
        if self.make is bytes:
            return texts
        if b"_" in b" ".join(texts):
            return None
        try:
            found = list(map(self.make, texts))
        except ValueError:
            return None
        if self.make is int and found and not self.low <= min(found) <= max(found) <= self.high:
            return None
        return found


def chosen(found, count, columns, where=""):
    """The fields that are asked for: numbers `columns`, or all of exactly `count`.

    Raises:
      InvalidArgumentError: the record has another number of fields.
    """
    if columns is None:
        if len(found) != count:
            raise InvalidArgumentError(
                f"Expect {count} fields but have {len(found)} in record{where}"
            )
        return found
    if columns and columns[-1] >= len(found):
        there = sum(number < len(found) for number in columns)
        raise InvalidArgumentError(f"Expect {count} fields but have {there} in record{where}")
    return [found[number] for number in columns]
