"""What kernels of strings are made of: arrays of bytes, numbers as text, UTF-8 and its kin."""

import codecs
import os
from functools import lru_cache

import numpy as np

from ...base.errors import InvalidArgumentError

_MARK = 0xDC00  # + a count of bytes: what stands for so many bytes that are no text


def array_of(values, shape=None):
    """An array of objects holding a list of bytes."""
    out = np.fromiter(values, object, len(values))
    return out if shape is None else out.reshape(shape)


def flat(array):
    """The elements of an array as a list."""
    return array.ravel().tolist()


def as_text(values, kind, precision, scientific, shortest, width, fill):
    """Numbers written as C's printf does."""
    if kind == "b":
        return [b"true" if v else b"false" for v in values]
    if kind in "iu" and width < 0 and fill in ("", "-", "0"):
        return [str(v).encode() for v in values]
    form = f"%{fill}{'' if width < 0 else width}"
    if kind in "iu":
        form += "d"
    else:
        form += ("" if precision < 0 else f".{precision}") + (
            "e" if scientific else "g" if shortest else "f"
        )
    if kind == "c":
        return [f"({form % v.real},{form % v.imag})".encode() for v in values]
    return [(form % v).encode() for v in values]


def to_numbers(values, dtype):
    """Texts read as numbers of a dtype; InvalidArgumentError at the first that is none."""
    everything = b" ".join(values)
    if not (b"_" in everything or b"x" in everything or b"X" in everything):
        try:
            return np.array(list(map(float if dtype.kind == "f" else int, values)), dtype)
        except (ValueError, OverflowError):
            pass  # the walk below says which it is
    out = np.empty(len(values), dtype)
    for i, text in enumerate(values):
        try:
            if b"_" in text:
                raise ValueError
            if dtype.kind == "f":
                plain = text.strip().lower()
                out[i] = float.fromhex(plain.decode()) if b"x" in plain else float(plain)
            else:
                out[i] = int(text)
        except (ValueError, OverflowError):
            shown = text.decode(errors="replace")
            raise InvalidArgumentError(
                f"[to_number] Could not correctly convert string: {shown!r} is no {dtype} "
                f"(element {i})."
            ) from None
    return out


# -- Unicode ---------------------------------------------------------------------------------------


def _mark(error):
    return chr(_MARK + error.end - error.start), error.end


codecs.register_error("tensorbrook.mark", _mark)


def decoded(texts, encoding, errors, replacement, control):
    """[(characters, bytes of each or None)] of texts; what is no text as `errors` says.

    Args:
      encoding: such as "UTF-8".
      errors: "strict", "replace", "ignore".
      replacement: the character, as a number, for what is no text.
      control: whether control characters are replaced as well.
    """
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise InvalidArgumentError(
            f"Could not create converter for input encoding: {encoding}"
        ) from None
    return [_decoded(text, encoding, errors, replacement, control) for text in texts]


def _decoded(text, encoding, errors, replacement, control):
    found, sizes = text.decode(encoding, "tensorbrook.mark"), None
    marked = not found.isascii() and any("\ud800" <= c <= "\udfff" for c in found)
    if marked:
        if errors == "strict":
            raise InvalidArgumentError(f"Invalid formatting on input string: {text!r}")
        sizes = [ord(c) - _MARK if c >= "\ud800" and c <= "\udfff" else None for c in found]
        if errors == "ignore":
            found = "".join(c for c, size in zip(found, sizes) if size is None)
        else:
            found = "".join(
                c if size is None else chr(replacement) for c, size in zip(found, sizes)
            )
    if control:
        found = "".join(chr(replacement) if c < " " else c for c in found)
    return found, sizes


def byte_starts(found, sizes, encoding):
    """Where each character began in the bytes it was read of."""
    starts, at = [], 0
    for k, size in enumerate(sizes or [None] * len(found)):
        starts.append(at)
        at += len(found[k].encode(encoding)) if size is None else size
    return starts


def encoded(codes, encoding, errors, replacement):
    """Code points as bytes."""
    wrong = [not 0 <= c <= 0x10FFFF or 0xD800 <= c < 0xE000 for c in codes]
    if any(wrong):
        if errors == "strict":
            raise InvalidArgumentError(
                f"[unicode_encode] Code point {codes[wrong.index(True)]} is out of range for "
                "Unicode, or is a surrogate."
            )
        if errors == "ignore":
            codes = [c for c, bad in zip(codes, wrong) if not bad]
        else:
            codes = [replacement if bad else c for c, bad in zip(codes, wrong)]
    return "".join(map(chr, codes)).encode(encoding)


@lru_cache
def _scripts():
    with open(os.path.join(os.path.dirname(__file__), "unicode_scripts.txt")) as file:
        pairs = [entry.split(":") for entry in file.read().split()]
    return np.array([int(a, 16) for a, _ in pairs]), np.array([int(b) for _, b in pairs], np.int32)


def scripts(codes):
    """The number of the script that each code point belongs to (ICU's UScriptCode); or -1."""
    starts, numbers = _scripts()
    found = numbers[np.searchsorted(starts, codes, "right") - 1]
    return np.where((codes >= 0) & (codes <= 0x10FFFF), found, np.int32(-1))


# -- n-grams ---------------------------------------------------------------------------------------


def ngrams(rows, widths, separator, left, right, padding, preserve):
    """For each row the n-grams of each width, joined."""
    out = []
    for row in rows:
        grams = []
        for width in widths:
            pads = width - 1 if padding is None else min(padding, width - 1)
            padded = [left] * (0 if left is None else pads) + row
            padded += [right] * (0 if right is None else pads)
            grams += [separator.join(padded[i : i + width]) for i in range(len(padded) - width + 1)]
        if not grams and preserve and row:
            pads = max(widths) - 1 if padding is None else padding
            padded = [left] * (0 if left is None else pads) + row
            grams = [separator.join(padded + [right] * (0 if right is None else pads))]
        out.append(grams)
    return out
