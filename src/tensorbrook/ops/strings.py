"""tf.strings: functions of texts, which are bytes. What cuts them up is in `strings_rows.py`.

A text has no gradient and lies in no memory that compiled programs see: each primitive here runs
its kernel, and the programs of a graph stand between them (graph/parts.py).
"""

from itertools import chain

import numpy as np

from ..base.dtypes import STRING, as_dtype
from ..base.errors import InvalidArgumentError
from ..base.shapes import broadcast
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Rule, Spec, check_dtype, fail
from ._kernels import arrow, hashes, re2, texts
from ._kernels.texts import array_of, flat
from .create import constant
from .debugging import shown_value
from .packed import packed_tensor
from .ragged import is_ragged
from .ragged_functions import takes_ragged
from .shape import check_axis, reshape, static_int

OBJECT = np.dtype(object)
_NO_GRADIENT = "texts have no gradients"
WORDS = np.array([b"To be, or", b"", "naïve Ünït".encode()], object)
_UNITS = ("BYTE", "UTF8_CHAR")


def sample(*arrays, **attrs):
    """What an Op takes as `samples` that is tried with these operands and attributes alone."""
    return lambda rng: [(tuple(np.asarray(a) for a in arrays), attrs)]


def text_op(name, kernel, infer, sample, doc, of_packed=None):
    """A primitive of texts; `of_packed` is its rule for those of Arrow (_kernels/arrow.py)."""
    rules = of_packed and {"arrow": Rule(lower=of_packed)}
    why = _NO_GRADIENT
    return Op(name, kernel, infer, samples=sample, doc=doc, why_no_gradient=why, rules=rules)


EACH_TEXT = ["to_number"]  # the primitives that make something of each text


def each_text(name, of_list, doc, out=OBJECT, words=WORDS, of_packed=None, **attrs):
    """A primitive that makes something of each text: `of_list(texts, **attrs)` of all of them.

    `out` is the dtype of what it makes, or the name of the attribute that tells it; `words` are
    texts to try it with, `of_packed` as for `text_op`.
    """

    def dtype_of(given):
        return given[out] if out.__class__ is str else out

    def kernel(x, **given):
        found, dtype = of_list(flat(x), **given), dtype_of(given)
        found = array_of(found) if dtype == OBJECT else np.asarray(found, dtype)
        return found.reshape(x.shape)

    def infer(x, **given):
        check_dtype(name, x, STRING, "input")
        return Spec(x.shape, dtype_of(given))

    EACH_TEXT.append(name)
    return text_op(name, kernel, infer, sample(words, **attrs), doc, of_packed)


def texts_of(op_name, value):
    """A tensor of texts; raises for one of anything else."""
    x = tensor_of(value, "string")
    if x._dtype != OBJECT:
        check_dtype(op_name, Spec(x._shape, x._dtype), STRING, "input")
    return packed_tensor(x)


def one_of(value, choices, what):
    """The value; raises InvalidArgumentError where it is none of `choices`."""
    if value not in choices:
        raise InvalidArgumentError(
            f"{what} = {value!r} is not in the list of allowed values: {', '.join(choices)}."
        )
    return value


def _encoding(encoding):
    if encoding.lower() not in ("", "utf-8"):
        raise InvalidArgumentError(
            f"only utf-8 or '' (no encoding) is supported, received {encoding}"
        )
    return encoding.lower()


# -- letters ---------------------------------------------------------------------------------------


def _cased(method):
    of_bytes, of_text = getattr(bytes, method), getattr(str, method)

    def of_list(values, encoding):
        if not encoding:
            return list(map(of_bytes, values))
        return [of_text(v.decode(errors="replace")).encode() for v in values]

    return of_list


_lower = each_text(
    "strings_lower", _cased("lower"), "Small letters.", of_packed=arrow.lower, encoding=""
)
_upper = each_text(
    "strings_upper", _cased("upper"), "Capital letters.", of_packed=arrow.upper, encoding="utf-8"
)
_strip = each_text(
    "strings_strip",
    lambda values: list(map(bytes.strip, values)),
    "No white space around.",
    of_packed=arrow.strip,
)


@takes_ragged
@public("strings.lower")
def lower(input, encoding="", name=None):
    """`input` in small letters: those of ASCII, or with encoding "utf-8" all.

    Example:
    >>> tf.strings.lower(["Hello"]).numpy()
    array([b'hello'], dtype=object)
    """
    return apply(_lower, (texts_of("lower", input),), {"encoding": _encoding(encoding)})


@takes_ragged
@public("strings.upper")
def upper(input, encoding="", name=None):
    """`input` in capital letters: those of ASCII, or with encoding "utf-8" all.

    Example:
    >>> tf.strings.upper("hello").numpy()
    b'HELLO'
    """
    return apply(_upper, (texts_of("upper", input),), {"encoding": _encoding(encoding)})


@takes_ragged
@public("strings.strip")
def strip(input, name=None):
    """`input` without white space at both ends.

    Example:
    >>> tf.strings.strip("  a b ").numpy()
    b'a b'
    """
    return apply(_strip, (texts_of("strip", input),), {})


def _lengths(values, unit):
    if unit == "BYTE":
        return list(map(len, values))
    return [len(v.translate(None, _CONTINUATIONS)) for v in values]


_CONTINUATIONS = bytes(range(0x80, 0xC0))
_length = each_text(
    "strings_length",
    _lengths,
    "How long texts are.",
    np.dtype("int32"),
    of_packed=arrow.length,
    unit="BYTE",
)


@takes_ragged
@public("strings.length")
def string_length(input, unit="BYTE", name=None):
    """The length of each text, in bytes or with unit "UTF8_CHAR" in characters.

    Example:
    >>> tf.strings.length(["né"], unit="UTF8_CHAR").numpy()
    array([2], dtype=int32)
    """
    attrs = {"unit": one_of(unit, _UNITS, "[length] unit")}
    return apply(_length, (texts_of("length", input),), attrs)


def _cut(text, start, size, unit, index):
    if unit == "UTF8_CHAR":
        text = text.decode(errors="surrogateescape")
    count = len(text)
    if not -count <= start <= count:
        raise InvalidArgumentError(
            f"[substr] pos {start} out of range for string {text!r} at index {index}"
        )
    start = start + count if start < 0 else start
    end = start + size if size >= 0 else count + size + 1
    cut = text[start:end]
    return cut.encode(errors="surrogateescape") if unit == "UTF8_CHAR" else cut


string_size = len  # an argument below is named `len`, as in TensorFlow


def _substr_kernel(x, pos, len, unit):
    if not pos.ndim and not len.ndim and unit == "BYTE" and pos >= 0 <= len:
        start, end, values = int(pos), int(pos) + int(len), flat(x)
        if min(map(string_size, values), default=start) >= start:
            return array_of([text[start:end] for text in values], x.shape)
    parts = np.broadcast_arrays(x, pos, len)
    found = [_cut(t, p, n, unit, i) for i, (t, p, n) in enumerate(zip(*map(flat, parts)))]
    return array_of(found, parts[0].shape)


def _substr_infer(x, pos, len, unit):
    check_dtype("substr", x, STRING, "input")
    shape = broadcast(x.shape, pos.shape, len.shape)
    if shape is None:
        names = ("input", "pos", "len")
        fail("substr", "Shapes do not broadcast", (x, pos, len), "Reshape one of them.", names)
    return Spec(shape, OBJECT)


_substr = text_op(
    "substr",
    _substr_kernel,
    _substr_infer,
    sample(WORDS, np.array(0), np.array([2, 1, 9]), unit="UTF8_CHAR"),
    "Parts of texts.",
    arrow.substr,
)


@takes_ragged
@public("strings.substr")
def substr(input, pos, len, unit="BYTE", name=None):
    """The `len` bytes (or characters) of each text from `pos`; both broadcast with the texts.

    Args:
      input: texts.
      pos: where to begin; negative ones count from the end.
      len: how many, fewer where the text ends.
      unit: "BYTE" or "UTF8_CHAR".

    Raises:
      InvalidArgumentError: a position outside of its text.

    Example:
    >>> tf.strings.substr("hello", 1, 3).numpy()
    b'ell'
    """
    x, pos, len = texts_of("substr", input), tensor_of(pos), tensor_of(len)
    return apply(_substr, (x, pos, len), {"unit": one_of(unit, _UNITS, "[substr] unit")})


# -- regular expressions ---------------------------------------------------------------------------


def _pattern(value):
    if value.__class__ is str:
        return value.encode()
    if value.__class__ is bytes:
        return value
    tensor = tensor_of(value)
    return bytes(tensor.host()[()]) if tensor.is_eager else bytes(tensor.numpy())


_regex_replace = each_text(
    "regex_replace",
    re2.replace,
    "Texts with what matches a pattern replaced.",
    of_packed=arrow.regex_replace,
    pattern=b"[aeiou]",
    rewrite=b"<\\0>",
    everywhere=True,
)
_regex_full_match = each_text(
    "regex_full_match",
    re2.full_matches,
    "Whether texts match a pattern.",
    np.dtype(bool),
    of_packed=arrow.regex_full_match,
    pattern=b"T.*",
)


@takes_ragged
@public("strings.regex_replace")
def regex_replace(input, pattern, rewrite, replace_global=True, name=None):
    r"""`input` with each match of a pattern (RE2's syntax) replaced.

    Args:
      input: texts.
      pattern: a regular expression.
      rewrite: what to put in; \\1 stands for the first group, \\0 for the match.
      replace_global: False replaces the first match only.

    Raises:
      InvalidArgumentError: no pattern of RE2's.

    Example:
    >>> tf.strings.regex_replace("a<br />b", "<[^>]+>", " ").numpy()
    b'a b'
    """
    attrs = {"pattern": _pattern(pattern), "rewrite": _pattern(rewrite)}
    re2.compiled(attrs["pattern"])
    attrs["everywhere"] = bool(replace_global)
    return apply(_regex_replace, (texts_of("regex_replace", input),), attrs)


@takes_ragged
@public("strings.regex_full_match")
def regex_full_match(input, pattern, name=None):
    """Whether a pattern (RE2's syntax) matches each text as a whole.

    Example:
    >>> tf.strings.regex_full_match(["abc", "abd"], "ab[c]").numpy()
    array([ True, False])
    """
    attrs = {"pattern": _pattern(pattern)}
    re2.compiled(attrs["pattern"])
    return apply(_regex_full_match, (texts_of("regex_full_match", input),), attrs)


# -- numbers ---------------------------------------------------------------------------------------

_NUMBERS = ("float32", "float64", "int32", "int64", "uint32", "uint64")
_to_number = text_op(
    "to_number",
    lambda x, dtype: texts.to_numbers(flat(x), dtype).reshape(x.shape),
    lambda x, dtype: Spec(x.shape, dtype),
    sample(np.array([b"1.5", b" 2 "], object), dtype=np.dtype("float32")),
    "Texts read as numbers.",
    arrow.to_number,
)


@takes_ragged
@public("strings.to_number")
def to_number(input, out_type="float32", name=None):
    """Texts read as numbers.

    Raises:
      InvalidArgumentError: a text that is no number of this dtype.

    Example:
    >>> tf.strings.to_number(["1.5", "-2"]).numpy()
    array([ 1.5, -2. ], dtype=float32)
    """
    dtype = as_dtype(out_type)
    one_of(dtype.name, _NUMBERS, "[to_number] out_type")
    return apply(_to_number, (texts_of("to_number", input),), {"dtype": dtype.numpy_dtype})


def _as_string_kernel(x, **attrs):
    kind = "f" if x.dtype.kind == "V" else x.dtype.kind
    values = flat(x.astype(np.float32) if x.dtype.kind == "V" else x)
    return array_of(texts.as_text(values, kind, **attrs), x.shape)


_as_string = text_op(
    "as_string",
    _as_string_kernel,
    lambda x, **attrs: Spec(x.shape, OBJECT),
    lambda rng: [
        (
            (rng.normal(size=(2,)),),
            {
                "precision": -1, "scientific": False, "shortest": False, "width": 9, "fill": "",
            },
        )
    ],
    "Numbers as text.",
)  # fmt: skip


@takes_ragged
@public("strings.as_string", "as_string")
def as_string(input, precision=-1, scientific=False, shortest=False, width=-1, fill="", name=None):
    """Numbers as text, written as C's printf does.

    Args:
      input: numbers or truth values.
      precision: digits behind the point; 6 by default.
      scientific: 1.5e+00 instead of 1.500000.
      shortest: 1.5 instead of 1.500000.
      width: the least length.
      fill: what to fill it up with: "0" zeros, "-" blanks behind the number.

    Raises:
      InvalidArgumentError: arguments that do not go together.

    Example:
    >>> tf.strings.as_string([1, 20], width=3, fill="0").numpy()
    array([b'001', b'020'], dtype=object)
    """
    x = tensor_of(input)
    if x._dtype == OBJECT:
        return x
    if len(fill) > 1 or fill not in ("", " ", "+", "-", "0", "#"):
        raise InvalidArgumentError(
            f"[as_string] Fill argument not supported: {fill!r}. It is one of ' ', '+', '-', '0' "
            "and '#'."
        )
    if scientific and shortest:
        raise InvalidArgumentError(
            "[as_string] Cannot select both scientific and shortest notation"
        )
    if x._dtype.kind in "iub" and (precision >= 0 or scientific or shortest):
        raise InvalidArgumentError(
            f"[as_string] precision, scientific and shortest are not for {x.dtype.name}."
        )
    attrs = {"precision": precision, "scientific": scientific, "shortest": shortest}
    return apply(_as_string, (x,), {**attrs, "width": width, "fill": fill})


# -- hashes ----------------------------------------------------------------------------------------


def _buckets(values, count, method, key):
    hashed = hashes.hash_all(values, hashes.siphash(key) if key else getattr(hashes, method))
    return (hashed % np.uint64(count)).astype(np.int64)


_to_bucket = each_text(
    "to_hash_bucket",
    _buckets,
    "Texts as numbers below a count, by their hashes.",
    np.dtype("int64"),
    count=7,
    method="fingerprint",
    key=(),
)


def _bucket(op_name, input, num_buckets, method, key=()):
    if num_buckets < 1:
        raise InvalidArgumentError(
            f"[{op_name}] num_buckets must be at least 1, got {num_buckets}."
        )
    attrs = {"count": int(num_buckets), "method": method, "key": key}
    return apply(_to_bucket, (texts_of(op_name, input),), attrs)


@takes_ragged
@public("strings.to_hash_bucket_fast")
def to_hash_bucket_fast(input, num_buckets, name=None):
    """Each text's FarmHash fingerprint modulo `num_buckets`.

    Example:
    >>> tf.strings.to_hash_bucket_fast(["Hello", "TensorFlow"], 3).numpy()
    array([0, 2])
    """
    return _bucket("to_hash_bucket_fast", input, num_buckets, "fingerprint")


@takes_ragged
@public("strings.to_hash_bucket_strong")
def to_hash_bucket_strong(input, num_buckets, key, name=None):
    """Each text's SipHash under `key`, two integers, modulo `num_buckets`.

    Example:
    >>> tf.strings.to_hash_bucket_strong(["Hello", "TF"], 3, [1, 2]).numpy()
    array([2, 0])
    """
    if len(key) != 2:
        raise InvalidArgumentError(f"[to_hash_bucket_strong] Key must have 2 elements, got {key}")
    return _bucket("to_hash_bucket_strong", input, num_buckets, "siphash", tuple(map(int, key)))


@takes_ragged
@public("strings.to_hash_bucket")
def to_hash_bucket(input, num_buckets, name=None):
    """Each text's MurmurHash modulo `num_buckets`; TensorFlow's old hash, kept for old data.

    Example:
    >>> tf.strings.to_hash_bucket(["a"], 100).numpy()
    array([68])
    """
    return _bucket("to_hash_bucket", input, num_buckets, "murmur")


# -- joined ----------------------------------------------------------------------------------------


def _join_kernel(*parts, separator):
    parts = np.broadcast_arrays(*parts)
    return array_of([separator.join(row) for row in zip(*map(flat, parts))], parts[0].shape)


def _join_infer(*specs, separator):
    shapes = [s.shape for s in specs if s.shape]
    for spec in specs:
        check_dtype("strings.join", spec, STRING, "inputs")
    if any(s != shapes[0] for s in shapes):
        fail(
            "strings.join",
            "Input shapes do not match",
            specs,
            "All but scalars have one shape: tf.reshape or tf.broadcast_to them.",
        )
    return Spec(shapes[0] if shapes else (), OBJECT)


_join = text_op(
    "strings_join",
    _join_kernel,
    _join_infer,
    sample(WORDS, np.array(b"x", object), WORDS, separator=b"-"),
    "Texts of several tensors, joined.",
    arrow.join,
)


def as_bytes(value):
    """A text as bytes, whether it is a str, bytes or a tensor."""
    return value.encode() if value.__class__ is str else _pattern(value)


@takes_ragged
@public("strings.join")
def string_join(inputs, separator="", name=None):
    """Texts of several tensors of one shape joined, element by element; scalars go with all.

    Example:
    >>> tf.strings.join([["a", "b"], "c"], separator="-").numpy()
    array([b'a-c', b'b-c'], dtype=object)
    """
    parts = tuple([texts_of("strings.join", x) for x in inputs])
    if not parts:
        return constant("")
    _join_infer(*[Spec(x._shape, x._dtype) for x in parts], separator=separator)
    return apply(_join, parts, {"separator": as_bytes(separator)})


def _reduce_join_kernel(x, axes, keepdims, separator):
    kept = [a for a in range(x.ndim) if a not in axes]
    moved = x.transpose([*kept, *reversed(axes)])  # the first of the axes is joined first
    rows = moved.reshape((*moved.shape[: len(kept)], -1))
    count = int(np.prod([x.shape[a] for a in kept], dtype=int))
    joined = [separator.join(row) for row in rows.reshape(count, -1).tolist()]
    shape = [1 if a in axes else d for a, d in enumerate(x.shape) if keepdims or a in kept]
    return array_of(joined, shape)


_reduce_join = text_op(
    "reduce_join",
    _reduce_join_kernel,
    lambda x, axes, keepdims, separator: Spec(
        tuple(1 if a in axes else d for a, d in enumerate(x.shape) if keepdims or a not in axes),
        OBJECT,
    ),
    sample(np.array([[b"a", b"b"], [b"c", b""]], object), axes=(0,), keepdims=True, separator=b"/"),
    "Texts along axes, joined.",
)


@public("strings.reduce_join", composites=True)
def reduce_join(inputs, axis=None, keepdims=False, separator="", name=None):
    """The texts along axes joined in the order of the axes given; all of them by default.

    Example:
    >>> tf.strings.reduce_join([["a", "b"], ["c", "d"]], axis=1, separator=" ").numpy()
    array([b'a b', b'c d'], dtype=object)
    """
    if is_ragged(inputs):
        return _ragged_join(inputs, axis, keepdims, separator)
    x = texts_of("reduce_join", inputs)
    rank = len(x._shape)
    if axis is None:
        axes = tuple(reversed(range(rank)))
    else:
        given = axis if isinstance(axis, list | tuple) else [axis]
        axes = tuple([check_axis("reduce_join", a, rank) for a in given])
    attrs = {"axes": axes, "keepdims": bool(keepdims), "separator": as_bytes(separator)}
    return apply(_reduce_join, (x,), attrs)


def _ragged_join(x, axis, keepdims, separator):
    if axis is None:
        return reduce_join(x.flat_values, None, False, separator)
    axis = check_axis("reduce_join", axis, x.shape.rank)
    if axis > 1:
        inner = reduce_join(x.values, axis - 1, keepdims, separator)
        return x.with_values(inner)
    if is_ragged(x.values):
        raise NotImplementedError("reduce_join along an outer ragged dimension is not built.")
    if axis == 0:
        if separator:
            raise NotImplementedError("reduce_join of ragged axis 0 with a separator: to_tensor().")
        return reduce_join(x.to_tensor(""), 0, keepdims)
    joined = unsorted_segment_join(x.values, x.value_rowids(), x._rows, separator)
    return reshape(joined, (x._rows, 1)) if keepdims else joined


def _segment_join_kernel(x, ids, count, separator):
    if ids.size and (ids.min() < 0 or ids.max() >= count):
        raise InvalidArgumentError(
            f"[unsorted_segment_join] segment_ids lie in [{ids.min()}, {ids.max()}], which is not "
            f"within [0, {count})."
        )
    inner = x.shape[ids.ndim :]
    rows = x.reshape((ids.size, -1)) if ids.size else x.reshape(0, int(np.prod(inner, dtype=int)))
    parts = [[[] for _ in range(rows.shape[1])] for _ in range(count)]
    for segment, row in zip(flat(ids), rows.tolist()):
        for held, text in zip(parts[segment], row):
            held.append(text)
    return array_of([separator.join(p) for row in parts for p in row], (count, *inner))


_segment_join = text_op(
    "unsorted_segment_join",
    _segment_join_kernel,
    lambda x, ids, count, separator: Spec((count, *x.shape[len(ids.shape) :]), OBJECT),
    sample(WORDS, np.array([1, 0, 1]), count=3, separator=b"+"),
    "Texts of one segment joined.",
)


@public("strings.unsorted_segment_join")
def unsorted_segment_join(inputs, segment_ids, num_segments, separator="", name=None):
    """The texts of each segment joined.

    Example:
    >>> tf.strings.unsorted_segment_join(["a", "b", "c"], [0, 2, 0], 3, "-").numpy()
    array([b'a-c', b'', b'b'], dtype=object)
    """
    x, ids = texts_of("unsorted_segment_join", inputs), tensor_of(segment_ids)
    attrs = {"count": static_int(num_segments, "num_segments"), "separator": as_bytes(separator)}
    return apply(_segment_join, (x, ids), attrs)


def _format_kernel(*arrays, pieces, summarize):
    values = iter(arrays)
    shown = [shown_value(np.asarray(next(values)), summarize) if p is None else p for p in pieces]
    return array_of(["".join(shown).encode()], ())


_format = text_op(
    "strings_format",
    _format_kernel,
    lambda *xs, pieces, summarize: Spec((), OBJECT),
    sample(np.array([1, 2]), pieces=("x = ", None), summarize=3),
    "Values in a text.",
)


@public("strings.format")
def string_format(template, inputs, placeholder="{}", summarize=3, name=None):
    """A template with each placeholder replaced by a tensor, written as tf.print does.

    Raises:
      ValueError: another number of placeholders than of tensors.

    Example:
    >>> tf.strings.format("x = {}, y = {}", (tf.constant([1, 2]), tf.constant(1.5))).numpy()
    b'x = [1 2], y = 1.5'
    """
    inputs = inputs if isinstance(inputs, list | tuple) else [inputs]
    parts = template.split(placeholder)
    if len(parts) - 1 != len(inputs):
        raise ValueError(
            f"The template expects {len(parts) - 1} tensors, but the inputs only has "
            f"{len(inputs)}. Please ensure the number of placeholders in template matches inputs "
            "length."
        )
    pieces = tuple(chain(parts[:1], *[(None, p) for p in parts[1:]]))
    tensors = tuple(map(tensor_of, inputs))
    return apply(_format, tensors, {"pieces": pieces, "summarize": summarize})


HASH_KEY = 0xDECAFCAFFE  # what TensorFlow hashes crossed features with


def hashed(x):
    """The fingerprints of texts, and integers as they are: uint64s."""
    if x.dtype == object:
        return hashes.hash_all(flat(x), hashes.fingerprint).reshape(x.shape)
    return x.astype(np.uint64)


def _crossed_kernel(*columns, count, key=HASH_KEY):
    total = np.full(columns[0].shape, key, np.uint64)
    for x in columns:
        total = hashes.joined_fingerprints(total, hashed(x))
    return (total % np.uint64(count)).astype(np.int64)


_crossed = text_op(
    "crossed_hashes",
    _crossed_kernel,
    lambda *columns, count, key=HASH_KEY: Spec(columns[0].shape, np.dtype("int64")),
    sample(WORDS, np.array([1, 2, 3]), count=9),
    "Combinations of texts and integers as numbers below a count, by their hashes.",
)


def crossed_hashes(columns, num_buckets, key=HASH_KEY):
    """Each combination of texts and int64s of several tensors of one shape, as a bucket's number.

    It is what `tf.sparse.cross_hashed` gives for dense columns.
    """
    return apply(_crossed, tuple(columns), {"count": int(num_buckets), "key": key})
