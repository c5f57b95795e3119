"""RE2's regular expressions, in which TensorFlow's strings are matched, on Python's `re`.

The syntax is translated where the two differ. Bytes are read as UTF-8; those that are none pass
through as they are.
"""

import re
import unicodedata
from functools import lru_cache

from ...base.errors import InvalidArgumentError

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": "\\x00-\\x7f",
    "blank": "\\t ",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\t\\n\\v\\f\\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_ESCAPES = {"d": "0-9", "s": "\\t\\n\\f\\r ", "w": "0-9A-Za-z_"}  # of ASCII alone
_NO_TEXT = "\udc80-\udcff"  # in a class: bytes that are no UTF-8
_ANY = f"[^{_NO_TEXT}]"
_ALL = range(0x110000)


@lru_cache
def _category(name, negated=False):
    """The characters of a general category such as L or Lu, as the inside of a class."""
    parts, start = [], None
    for code in (*_ALL, None):
        inside = code is not None and unicodedata.category(chr(code)).startswith(name) != negated
        inside = inside and not 0xDC80 <= code <= 0xDCFF  # see _NO_TEXT
        if inside and start is None:
            start = code
        elif not inside and start is not None:
            last = len(_ALL) - 1 if code is None else code - 1
            parts.append(f"\\U{start:08x}-\\U{last:08x}")
            start = None
    if not parts:
        raise InvalidArgumentError(f"Invalid pattern: invalid character class range: {name}")
    return "".join(parts)


def _fail(pattern, why):
    raise InvalidArgumentError(f"Invalid pattern: {pattern}, error: {why}")


class _Reader:
    """One walk over a pattern, which writes Python's."""

    def __init__(self, pattern):
        self.pattern, self.at, self.out = pattern, 0, []
        self.flags = re.match(r"(\(\?([a-z]+)\))?", pattern)[2] or ""

    def rest(self):
        return self.pattern[self.at :]

    def take(self, text):
        """Whether the pattern goes on with `text`, which is then read."""
        if not self.pattern.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def read(self):
        while self.at < len(self.pattern):
            if self.take("["):
                self.character_class()
            elif self.take("\\"):
                self.escape(False)
            elif self.take("(?"):
                self.group()
            elif self.take("$"):
                self.out.append("$" if "m" in self.flags else "\\Z")
            elif self.take("."):
                self.out.append(_ANY if "s" in self.flags else f"[^\\n{_NO_TEXT}]")
            else:
                self.out.append(self.pattern[self.at])
                self.at += 1
        return "".join(self.out)

    def group(self):
        if self.take("P<") or self.take("<"):
            if self.rest()[:1] in ("=", "!"):
                _fail(self.pattern, "invalid perl operator: (?<" + self.rest()[:1])
            self.out.append("(?P<")
            return
        flags = re.match(r"[imsU]*(-[imsU]+)?[:)]", self.rest())
        if not flags:
            _fail(self.pattern, "invalid perl operator: (?" + self.rest()[:1])
        if "U" in flags[0] or (flags[0].endswith(")") and self.at > 2):
            raise NotImplementedError(
                f"Pattern {self.pattern!r}: the flag U, and flags inside a pattern, are not built: "
                "give flags at its beginning, or for a group as in (?i:...)."
            )
        self.out.append("(?")

    def escape(self, in_class):
        char = self.rest()[:1]
        self.at += 1
        if char in "pP":
            self.property(char == "P", in_class)
        elif char == "x" and self.take("{"):
            code, _, _ = self.rest().partition("}")
            self.at += len(code) + 1
            self.out.append(f"\\U{int(code, 16):08x}")
        elif char == "Q" and not in_class:
            text, _, _ = self.rest().partition("\\E")
            self.at += len(text) + 2
            self.out.append(re.escape(text))
        elif char.lower() in _ESCAPES and char:
            inside = _ESCAPES[char.lower()]
            if in_class:
                self.out.append(_others(inside) if char.isupper() else inside)
            else:
                self.out.append(f"[^{inside}{_NO_TEXT}]" if char.isupper() else f"[{inside}]")
        elif char in "bB" and char and not in_class:
            self.out.append(f"(?a:\\{char})")
        elif char == "z":
            self.out.append("\\Z")
        elif char == "C":
            raise NotImplementedError(f"Pattern {self.pattern!r}: \\C, one byte, is not built.")
        elif (
            not char
            or not char.isascii()
            or char == "Z"
            or (char.isalnum() and char not in "Aafnrtvx0")
        ):
            _fail(self.pattern, f"invalid escape sequence: \\{char}")
        else:
            self.out.append("\\" + char)

    def property(self, negated, in_class):
        name = re.match(r"\{(\^?)(\w+)\}|(\w)", self.rest())
        if not name:
            _fail(self.pattern, "invalid character class range: \\p")
        self.at += name.end()
        inside = _category(name[2] or name[3], negated != bool(name[1]))
        self.out.append(inside if in_class else f"[{inside}]")

    def character_class(self):
        self.out.append("[")
        if self.take("^"):
            self.out.append("^" + _NO_TEXT)
        first = True
        while first or not self.take("]"):
            if self.at >= len(self.pattern):
                _fail(self.pattern, f"missing ]: {self.pattern}")
            posix = re.match(r"\[:(\^?)(\w+):\]", self.rest())
            if posix and posix[2] not in _POSIX:
                _fail(self.pattern, f"invalid character class range: {posix[0]}")
            if posix:
                self.at += posix.end()
                inside = _POSIX[posix[2]]
                self.out.append(_others(inside) if posix[1] else inside)
            elif self.take("\\"):
                self.escape(True)
            else:
                char = self.pattern[self.at]
                self.at += 1
                ends = char == "-" and self.rest().startswith("]")
                self.out.append("\\" + char if char in "[&~|" or first or ends else char)
                if char.isalnum() and self.out[-1][0] == "\\":
                    self.out[-1] = char
            first = False
        self.out.append("]")


def _others(inside):
    """What a class does not hold, of all characters."""
    held = re.compile(f"[{inside}]")
    of_ascii = "".join(f"\\x{c:02x}" for c in range(128) if not held.match(chr(c)))
    return of_ascii + "\\x80-\\udc7f\\udd00-\\U0010ffff"


@lru_cache(maxsize=256)
def compiled(pattern):
    """What Python's `re` makes of a pattern of bytes.

    Returns:
      (the pattern for text; whether it can match nothing; the pattern for bytes of ASCII, or None).

    Raises:
      InvalidArgumentError: RE2 does not take it.
    """
    text = pattern.decode(errors="surrogateescape")
    translated = _Reader(text).read()
    found, may_be_empty = None, False
    try:
        found = re.compile(translated)
        may_be_empty = re._parser.parse(translated).getwidth()[0] == 0
    except re.error as fault:
        _fail(text, str(fault))
    plain = translated.replace(_ANY, "[\\x00-\\x7f]").replace(_NO_TEXT, "").replace("(?a:", "(?:")
    of_bytes = None
    if plain.isascii() and "\\U" not in plain:
        of_bytes = re.compile(plain.encode())
    return found, may_be_empty, of_bytes


@lru_cache(maxsize=256)
def _deleted(pattern):
    """The bytes that a pattern stands for, where it is one class of ASCII characters; or None."""
    if not re.fullmatch(rb"\[[^^].*\]", pattern, re.DOTALL) or not pattern.isascii():
        return None
    regex, _, _ = compiled(pattern)
    parsed = list(re._parser.parse(regex.pattern))
    if len(parsed) != 1 or any(regex.match(chr(c)) for c in (*range(128, 0x250), 0x2028, 0x4E00)):
        return None
    return bytes(c for c in range(128) if regex.match(chr(c)))


def _decoded(text):
    return text.decode(errors="surrogateescape")


def _encoded(text):
    return text.encode(errors="surrogateescape")


def _template(regex, rewrite):
    """A rewrite in Python's words; None where it names a group that there is not."""
    parts = re.split(r"\\(\d|\\)", rewrite)
    if "\\" in "".join(parts[0::2]):
        _fail(regex.pattern, f"invalid rewrite pattern: {rewrite}")
    groups = [int(part) for part in parts[1::2] if part != "\\"]
    if groups and max(groups) > regex.groups:
        return None
    words = [
        part if k % 2 == 0 else "\\\\" if part == "\\" else f"\\g<{part}>"
        for k, part in enumerate(parts)
    ]
    return "".join(words)


def replace(texts, pattern, rewrite, everywhere):
    """A list of bytes with the matches of a pattern replaced; \\1 in `rewrite` is a group."""
    deleted = _deleted(pattern) if everywhere and not rewrite else None
    if deleted is not None:
        return [text.translate(None, deleted) for text in texts]
    regex, may_be_empty, of_bytes = compiled(pattern)
    template = _template(regex, _decoded(rewrite))
    if template is None:
        return list(texts)  # TensorFlow logs that a group is missing, and replaces nothing
    count = 0 if everywhere else 1
    if may_be_empty:
        return [_encoded(_replace_empty(regex, template, _decoded(t), count)) for t in texts]
    if of_bytes is not None and template.isascii() and b"".join(texts).isascii():
        template = template.encode()
        return [of_bytes.sub(template, text, count) for text in texts]
    return [_encoded(regex.sub(template, _decoded(text), count)) for text in texts]


def _replace_empty(regex, template, text, count):
    """As `sub`, but no empty match right after another match counts."""
    pieces, last, done = [], 0, 0
    for match in regex.finditer(text):
        if done and match.end() == match.start() == last:
            continue
        pieces += [text[last : match.start()], match.expand(template)]
        last, done = match.end(), done + 1
        if done == count:
            break
    return "".join([*pieces, text[last:]])


def full_matches(texts, pattern):
    """Whether each of a list of bytes matches a pattern as a whole."""
    regex, _, of_bytes = compiled(pattern)
    if of_bytes is not None and b"".join(texts).isascii():
        return [match is not None for match in map(of_bytes.fullmatch, texts)]
    return [regex.fullmatch(_decoded(text)) is not None for text in texts]
