"""The words of texts as arrays: cut, counted and looked up without an object for each.

A word of up to 16 bytes is two integers and its length; longer ones are rare, and go through
dicts. Words are told apart by what they are, never by a hash alone.
"""

from collections import Counter
from itertools import chain

import numpy as np

_U = np.uint64
_SPACES, _END = b"\t\n\v\f\r", b"\xff"  # spaces besides the blank; a byte that no UTF-8 text has
_MASKS = np.array([(1 << (8 * k)) - 1 for k in range(9)], np.uint64)
_MIX = _U(0x9E3779B97F4A7C15)


def _table(lower):
    table = bytearray(range(256))
    for space in _SPACES:
        table[space] = 32
    if lower:
        for letter in range(65, 91):
            table[letter] = letter + 32
    return bytes(table)


_TABLES = {lower: _table(lower) for lower in (False, True)}
_BLANKS = _TABLES[False][:255] + b" "  # ends too


class Words:
    """The words of texts, one after the other.

    Attributes:
      data: the bytes they stand in.
      starts, lengths: of each word.
      splits: the number of the first word of each text, and the count of all.
      first, second: the first eight bytes of each word, and the next eight, as integers.
    """

    def __init__(self, data, starts, lengths, splits):
        self.data, self.starts, self.lengths, self.splits = data, starts, lengths, splits
        everywhere = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
        self.first = everywhere[starts] & _MASKS[np.minimum(lengths, 8)]
        rest = np.clip(lengths - 8, 0, 8)
        self.second = everywhere[starts + np.minimum(lengths, 8)] & _MASKS[rest]

    def text(self, number):
        """One word as bytes."""
        start = int(self.starts[number])
        return self.data[start : start + int(self.lengths[number])]

    def take(self, numbers):
        """Some of the words' (first, second, lengths)."""
        return self.first[numbers], self.second[numbers], self.lengths[numbers]


def cut(texts, lower=False, deleted=b""):
    """The Words of a list of bytes between white space; None where a text holds the byte 255.

    Args:
      lower: make letters of ASCII small.
      deleted: bytes to leave out.
    """
    joined = _END.join([*texts, b""])
    if joined.count(_END) != len(texts):
        return None
    data = joined.translate(_TABLES[lower], deleted)
    count = len(data)
    data += bytes(24)  # so that whole integers can be read at the end
    codes = np.frombuffer(data, np.uint8, count)
    ends = codes == 255
    gaps = ends | (codes == 32)
    edges = np.flatnonzero(gaps[1:] != gaps[:-1]) + 1
    if count and not gaps[0]:
        edges = np.concatenate([[0], edges])
    starts, stops = edges[0::2], edges[1::2]
    splits = np.searchsorted(starts, np.flatnonzero(ends))
    return Words(data, starts, stops - starts, np.concatenate([[0], splits]))


def split(texts, separator):
    """(all parts of texts between separators, how many each text has); white space for b""."""
    starts = range(0, len(texts), _TEXTS_CUT)
    found = [_split(texts[start : start + _TEXTS_CUT], separator) for start in starts]
    counts = np.concatenate([np.zeros(0, np.int64), *[of_each for _, of_each in found]])
    parts = chain.from_iterable(parts for parts, _ in found)
    return np.fromiter(parts, object, int(counts.sum())), counts


def _split(texts, separator):
    """The same of some texts, cut in one go.

    One by one where a text holds the bytes that stand for ends, and for a long separator.
    """
    joined, mark = _END.join(texts), separator
    plain = joined.count(_END) == len(texts) - 1 and _END not in separator
    if plain and len(separator) > 1:
        mark = b"\xfe"
        plain = mark not in joined
        joined = joined.replace(separator, mark)
    if not plain:
        rows = [text.split(separator or None) for text in texts]
        return list(chain.from_iterable(rows)), np.fromiter(map(len, rows), np.int64, len(rows))
    codes = np.frombuffer(joined, np.uint8)
    joined = joined.replace(_END, mark) if mark else joined.translate(_BLANKS)
    cuts = np.flatnonzero(np.frombuffer(joined, np.uint8) == (mark or b" ")[0])
    last = np.append(np.flatnonzero(codes[cuts] == 255), len(cuts))  # the cut behind each text
    if mark:
        return joined.split(mark), np.diff(last + 1, prepend=0)
    filled = np.diff(cuts, prepend=-1, append=len(joined)) > 1  # a word stands between two cuts
    parts = joined.split(b" " if filled.all() else None)  # of single blanks that is quicker
    return parts, np.diff(np.cumsum(filled)[last], prepend=0)


def pack(terms):
    """(first, second, lengths) of a list of words, of up to 16 bytes each."""
    block = b"".join([term.ljust(16, b"\0") for term in terms])
    pairs = np.frombuffer(block, "<u8").reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1], np.fromiter(map(len, terms), np.int64, len(terms))


def _hash(first, second, lengths):
    mixed = (first ^ (second * _MIX) ^ (lengths.astype(np.uint64) << _U(56))) * _MIX
    return (mixed ^ (mixed >> _U(29))) * _MIX


def _slots(hashed, bits):
    return (hashed >> _U(64 - bits)).astype(np.int64)


def unpack(first, second, lengths):
    """The words that `pack` packed, as a list of bytes."""
    block = np.stack([first, second], axis=1).astype("<u8").tobytes()
    return [block[16 * k : 16 * k + size] for k, size in enumerate(lengths.tolist())]


def distinct(first, second, lengths):
    """(the number of one of each different word, for each word which of these it is)."""
    kinds, left = np.empty(len(first), np.int64), np.arange(len(first))
    hashed, found, known = _hash(first, second, lengths), [], 0
    while len(left):
        bits = min(20, max(4, len(left).bit_length()))
        slots = _slots(hashed, bits)
        holder = np.full(1 << bits, -1)  # one of the words of each slot
        holder[slots] = np.arange(len(slots))
        other = holder[slots]
        same = (first[other] == first) & (second[other] == second) & (lengths[other] == lengths)
        taken = np.flatnonzero(holder >= 0)
        rank = np.zeros(1 << bits, np.int64)
        rank[taken] = np.arange(known, known + len(taken))
        kinds[left[same]] = rank[slots[same]]
        found.append(left[holder[taken]])
        known += len(taken)
        rest = ~same
        left, first, second, lengths = left[rest], first[rest], second[rest], lengths[rest]
        hashed = hashed[rest] * _MIX
    return np.concatenate([*found, np.zeros(0, np.int64)]), kinds


class Index:
    """Where words stand in a list of them: a table of slots, and more tables for what found none.

    Args:
      terms: a list of different words.
    """

    def __init__(self, terms):
        short = [k for k, term in enumerate(terms) if len(term) <= 16]
        self.long = {term: k for k, term in enumerate(terms) if len(term) > 16}
        first, second, lengths = pack([terms[k] for k in short])
        numbers, hashed, self.levels = np.array(short, np.int64), None, []
        hashed = _hash(first, second, lengths)
        while len(numbers):
            bits = min(24, (4 * len(numbers)).bit_length())
            slots = _slots(hashed, bits)
            holder = np.full(1 << bits, -1)
            holder[slots] = np.arange(len(slots))
            kept = holder[slots] == np.arange(len(slots))
            self.levels.append((bits, holder, first, second, lengths, numbers))
            rest = ~kept
            first, second, lengths = first[rest], second[rest], lengths[rest]
            numbers, hashed = numbers[rest], hashed[rest] * _MIX

    def find(self, words):
        """For each of Words its place in the list, or -1."""
        out = np.full(len(words.starts), -1)
        left = np.flatnonzero(words.lengths <= 16) if words.lengths.max(initial=0) > 16 else None
        first, second, lengths = (
            (words.first, words.second, words.lengths) if left is None else words.take(left)
        )
        hashed = _hash(first, second, lengths)
        for bits, holder, one, two, sizes, numbers in self.levels:
            other = holder[_slots(hashed, bits)]
            same = (one[other] == first) & (two[other] == second) & (sizes[other] == lengths)
            same &= other >= 0
            if left is None:
                out = np.where(same, numbers[other], -1)
            else:
                out[left[same]] = numbers[other[same]]
            rest = np.flatnonzero(~same & (other >= 0))  # of an empty slot nothing is further on
            if not len(rest):
                break
            left = rest if left is None else left[rest]
            first, second, lengths = first[rest], second[rest], lengths[rest]
            hashed = hashed[rest] * _MIX
        if self.long:
            for number in np.flatnonzero(words.lengths > 16).tolist():
                out[number] = self.long.get(words.text(number), -1)
        return out


# -- texts in parts that stay near the processor ---------------------------------------------------

_TEXTS, _TEXTS_CUT = 256, 2048


def in_parts(texts, lower, deleted):
    """(texts, their Words or None) of a list of texts, some at a time."""
    for start in range(0, len(texts), _TEXTS):
        part = texts[start : start + _TEXTS]
        yield part, cut(part, lower, deleted)


def cut_plainly(text, lower, deleted):
    """The words of one text as a list: what `cut` does, for any text."""
    return (text.lower() if lower else text).translate(None, deleted).split()


def count(texts, lower=False, deleted=b"", documents=False):
    """How often each word occurs in a list of texts, and in how many texts (or None)."""
    counts, in_texts, parts = Counter(), Counter(), []
    for part, words in in_parts(texts, lower, deleted):
        if words is None:
            rows = [cut_plainly(text, lower, deleted) for text in part]
        else:
            parts.append(_counted(words, len(part), documents))
            rows = _long_words(words)
        for row in rows:
            counts.update(row)
            in_texts.update(set(row) if documents else ())
    if parts:
        first, second, lengths, times, texts_with = map(np.concatenate, zip(*parts))
        chosen, kinds = distinct(first, second, lengths)
        held = unpack(first[chosen], second[chosen], lengths[chosen])
        for table, amounts in ((counts, times), (in_texts, texts_with)):
            totals = np.bincount(kinds, amounts, len(held)).astype(np.int64)
            table.update(dict(zip(held, totals.tolist())))
    return counts, in_texts if documents else None


def _counted(words, texts, documents):
    """(first, second, lengths, how often, in how many texts) of the different short words."""
    short = slice(None)
    if words.lengths.max(initial=0) > 16:
        short = np.flatnonzero(words.lengths <= 16)
    first, second, lengths = words.take(short)
    chosen, kinds = distinct(first, second, lengths)
    times = np.bincount(kinds, minlength=len(chosen))
    texts_with = times
    if documents:
        flags = np.zeros((texts, len(chosen)), bool)
        flags[np.repeat(np.arange(texts), np.diff(words.splits))[short], kinds] = True
        texts_with = flags.sum(0)
    return first[chosen], second[chosen], lengths[chosen], times, texts_with


def _long_words(words):
    """The words of more than 16 bytes, a list for each text that has some."""
    rows = {}
    for number in np.flatnonzero(words.lengths > 16).tolist():
        row = int(np.searchsorted(words.splits, number, "right")) - 1
        rows.setdefault(row, []).append(words.text(number))
    return rows.values()
