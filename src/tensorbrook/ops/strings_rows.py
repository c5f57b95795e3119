"""tf.strings that give rows of texts: split, n-grams, characters and their codes."""

from itertools import chain, pairwise

import numpy as np

from ..base.dims import Dim
from ..base.dtypes import STRING
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype
from ._kernels import arrow, texts, words
from ._kernels.texts import array_of, flat
from .ragged import RaggedTensor, is_ragged
from .ragged_functions import takes_ragged
from .shape import reshape
from .strings import OBJECT, WORDS, as_bytes, each_text, one_of, sample, text_op, texts_of

_ENCODINGS = ("UTF-8", "UTF-16-BE", "UTF-32-BE")

# -- taken apart -----------------------------------------------------------------------------------


def _one_by_one(of_list):
    """What gives the values of all texts and how many of each, of what gives a list of each."""

    def of_all(values, *given, **named):
        found, lengths = [], []
        for row in of_list(values, *given, **named):  # no list lives longer than its turn
            found += row
            lengths.append(len(row))
        return found, np.array(lengths, np.int64)

    return of_all


def _rows_op(name, of_all, doc, out=OBJECT, of_packed=None, **attrs):
    """A primitive that makes a list of each text: the values of all, and how many of each."""

    def kernel(x, **given):
        values, lengths = of_all(flat(x), **given)
        listed = values.__class__ is list and out == OBJECT
        return array_of(values) if listed else np.asarray(values, out), lengths

    def infer(x, **given):
        check_dtype(name, x, STRING, "input")
        return Spec((Dim.of_data(),), out), Spec(x.shape, np.dtype("int64"))

    return text_op(name, kernel, infer, sample(WORDS, **attrs), doc, of_packed)


def _in_rows(x, make):
    """`make(vector of texts) -> (values, lengths)` for texts of any rank, as a ragged tensor.

    A scalar gives the values alone.
    """
    rank, shape = len(x._shape), x._shape
    values, lengths = make(reshape(x, (-1,)) if rank != 1 else x)
    if not rank:
        return values
    made = RaggedTensor.from_row_lengths(values, lengths, validate=False)
    for k in range(rank - 1, 0, -1):
        rows = 1
        for d in shape[:k]:
            rows = rows * d
        made = RaggedTensor.from_uniform_row_length(made, shape[k], rows)
    return made


def _split_all(values, sep, maxsplit):
    return words.split(values, sep) if maxsplit < 0 else _split_some(values, sep, maxsplit)


@_one_by_one
def _split_some(values, sep, maxsplit):
    return (v.split(sep or None, maxsplit) for v in values)


_split = _rows_op(
    "strings_split",
    _split_all,
    "Texts cut at a separator.",
    of_packed=arrow.split,
    sep=b"",
    maxsplit=-1,
)


def _row_function(op, op_name):
    """A public function of texts that gives rows; ragged texts get one more dimension."""

    def call(input, **attrs):
        if is_ragged(input):
            return input.with_flat_values(call(input.flat_values, **attrs))
        x = texts_of(op_name, input)
        return _in_rows(x, lambda rows: apply(op, (rows,), attrs))

    return call


_split_call = _row_function(_split, "split")


@public("strings.split", composites=True)
def string_split(input, sep=None, maxsplit=-1, name=None):
    """The parts of each text between separators, white space by default.

    Args:
      input: texts.
      sep: a text.
      maxsplit: how many cuts to make; all by default.

    Returns:
      A RaggedTensor with one more dimension; a vector for a scalar.

    Example:
    >>> tf.strings.split(["hello world", "a b c"])
    <tf.RaggedTensor [[b'hello', b'world'], [b'a', b'b', b'c']]>
    """
    return _split_call(input, sep=b"" if sep is None else as_bytes(sep), maxsplit=maxsplit)


_BYTES = [bytes([code]) for code in range(256)]


def _bytes(values):
    lengths = np.fromiter(map(len, values), np.int64, len(values))
    return [*map(_BYTES.__getitem__, b"".join(values))], lengths


_bytes_split = _rows_op("bytes_split", _bytes, "Texts cut into bytes.")
_bytes_split_call = _row_function(_bytes_split, "bytes_split")


@public("strings.bytes_split", composites=True)
def string_bytes_split(input, name=None):
    """The bytes of each text.

    Example:
    >>> tf.strings.bytes_split(["ab", "c"])
    <tf.RaggedTensor [[b'a', b'b'], [b'c']]>
    """
    return _bytes_split_call(input)


# -- n-grams ---------------------------------------------------------------------------------------


def _ngrams_kernel(x, splits, **attrs):
    values, ends = flat(x), flat(splits)
    rows = texts.ngrams([values[a:b] for a, b in pairwise(ends)], **attrs)
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    return array_of(list(chain.from_iterable(rows))), lengths


_ngrams = text_op(
    "ngrams",
    _ngrams_kernel,
    lambda x, splits, **attrs: (
        Spec((Dim.of_data(),), OBJECT),
        Spec((splits.shape[0] - 1,), np.dtype("int64")),
    ),
    sample(
        WORDS,
        np.array([0, 2, 3]),
        widths=(1, 2),
        separator=b" ",
        left=b"<",
        right=b">",
        padding=None,
        preserve=False,
    ),
    "Runs of words, joined.",
)


@public("strings.ngrams", composites=True)
def ngrams(
    data,
    ngram_width,
    separator=" ",
    pad_values=None,
    padding_width=None,
    preserve_short_sequences=False,
    name=None,
):
    """All runs of `ngram_width` words along the last axis, joined.

    Args:
      data: texts, ragged or dense.
      ngram_width: the length of a run, or several.
      separator: what to join with.
      pad_values: a text, or one for each side, to fill sequences up with at their ends.
      padding_width: how many of them; by default one less than the run's length.
      preserve_short_sequences: keep a sequence that is too short for any run as one.

    Example:
    >>> tf.strings.ngrams(["a", "b", "c"], 2).numpy()
    array([b'a b', b'b c'], dtype=object)
    """
    widths = tuple(ngram_width) if isinstance(ngram_width, list | tuple) else (ngram_width,)
    if any(width < 1 for width in widths):
        raise ValueError(f"All ngram_widths must be greater than 0. Got {ngram_width}")
    pair = (pad_values, pad_values) if isinstance(pad_values, str | bytes) else pad_values
    left, right = (None, None) if pair is None else map(as_bytes, pair)
    attrs = {"widths": widths, "separator": as_bytes(separator), "left": left, "right": right}
    attrs |= {"padding": padding_width, "preserve": bool(preserve_short_sequences)}

    def of_rows(x):
        if is_ragged(x.values):
            return x.with_values(of_rows(x.values))
        values, lengths = apply(_ngrams, (x.values, x.row_splits), attrs)
        return RaggedTensor.from_row_lengths(values, lengths, validate=False)

    if is_ragged(data):
        return of_rows(data)
    x = texts_of("ngrams", data)
    if not x._shape:
        raise ValueError("Data must have rank>0")
    rows = reshape(x, (-1, x._shape[-1])) if x._shape[-1] != 0 else reshape(x, (1, 0))
    found = of_rows(RaggedTensor.from_tensor(rows)).to_tensor()
    return reshape(found, (*x._shape[:-1], found._shape[-1]))


# -- Unicode ---------------------------------------------------------------------------------------

_AS_READ = {"encoding": "UTF-8", "errors": "replace", "replacement": 0xFFFD, "control": False}
_ERRORS = ("replace", "strict", "ignore")


def _reading(input_encoding, errors, replacement_char, replace_control_characters):
    one_of(errors, _ERRORS, "errors")
    return {
        "encoding": input_encoding,
        "errors": errors,
        "replacement": int(replacement_char),
        "control": bool(replace_control_characters),
    }


def _transcode_list(values, output, **reading):
    return [found.encode(output) for found, _ in texts.decoded(values, **reading)]


_transcode = each_text(
    "unicode_transcode", _transcode_list, "Texts in another encoding.", output="UTF-8", **_AS_READ
)


@takes_ragged
@public("strings.unicode_transcode")
def unicode_transcode(
    input,
    input_encoding,
    output_encoding,
    errors="replace",
    replacement_char=65533,
    replace_control_characters=False,
    name=None,
):
    """Texts in another encoding.

    Args:
      input: texts.
      input_encoding: such as "UTF-8", "ISO-8859-1".
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what to do with bytes that are no text: "replace", "ignore" or "strict", which raises.
      replacement_char: the code of what they are replaced by.
      replace_control_characters: replace codes below 32 as well.

    Example:
    >>> tf.strings.unicode_transcode("né", "UTF-8", "UTF-16-BE").numpy()
    b'\\x00n\\x00\\xe9'
    """
    one_of(output_encoding, _ENCODINGS, "[unicode_transcode] output_encoding")
    attrs = _reading(input_encoding, errors, replacement_char, replace_control_characters)
    attrs["output"] = output_encoding
    return apply(_transcode, (texts_of("unicode_transcode", input),), attrs)


@_one_by_one
def _characters(values, as_codes, **reading):
    encoding = reading["encoding"]
    rows = (row for row, _ in texts.decoded(values, **reading))
    return (list(map(ord, r)) if as_codes else [c.encode(encoding) for c in r] for r in rows)


def _together(values, encoding, control, **reading):
    """(the texts with NULs between them, the characters of these); None where they hold NULs, or
    what is to be replaced."""
    joined = b"\0".join(values)
    if encoding == "UTF-8" and not control and joined.count(0) == len(values) - 1:
        try:
            return joined, joined.decode()
        except UnicodeDecodeError:
            pass  # what that means depends on `errors`
    return None


def _between(ends, count):
    """How many of `count` items stand before, between and behind those at `ends`."""
    return np.diff(ends, prepend=-1, append=count) - 1


def _codes(values, **reading):
    found = _together(values, **reading)
    if found is None:
        return _characters(values, True, **reading)
    codes = np.frombuffer(found[1].encode("utf-32-le"), "<i4")
    return codes[codes != 0], _between(np.flatnonzero(codes == 0), len(codes))


def _starts(values, **reading):
    found = _together(values, **reading)
    if found is None:
        return _starts_of_each(values, **reading)
    data = np.frombuffer(found[0], np.uint8)
    heads = np.flatnonzero(data & 0xC0 != 0x80)  # the first bytes of characters
    ends = np.flatnonzero(data[heads] == 0)
    counts, begins = _between(ends, len(heads)), np.concatenate([[0], heads[ends] + 1])
    return np.delete(heads, ends) - np.repeat(begins, counts), counts


@_one_by_one
def _starts_of_each(values, **reading):
    encoding = reading["encoding"]
    return (texts.byte_starts(*pair, encoding) for pair in texts.decoded(values, **reading))


_decode = _rows_op(
    "unicode_decode",
    _codes,
    "The codes of texts' characters.",
    np.dtype("int32"),
    **_AS_READ,
)
_unicode_split = _rows_op(
    "unicode_split",
    lambda values, **reading: _characters(values, False, **reading),
    "The characters of texts.",
    **_AS_READ,
)
_offsets = _rows_op(
    "unicode_offsets", _starts, "Where characters begin.", np.dtype("int64"), **_AS_READ
)
_decode_call = _row_function(_decode, "unicode_decode")
_unicode_split_call = _row_function(_unicode_split, "unicode_split")
_offsets_call = _row_function(_offsets, "unicode_split")


@public("strings.unicode_decode", composites=True)
def unicode_decode(
    input,
    input_encoding,
    errors="replace",
    replacement_char=65533,
    replace_control_characters=False,
    name=None,
):
    """The code of each character, as a row for each text.

    Example:
    >>> tf.strings.unicode_decode(["né"], "UTF-8")
    <tf.RaggedTensor [[110, 233]]>
    """
    reading = _reading(input_encoding, errors, replacement_char, replace_control_characters)
    return _decode_call(input, **reading)


@public("strings.unicode_decode_with_offsets", composites=True)
def unicode_decode_with_offsets(
    input,
    input_encoding,
    errors="replace",
    replacement_char=65533,
    replace_control_characters=False,
    name=None,
):
    """`unicode_decode`, and at which byte each character begins.

    Example:
    >>> tf.strings.unicode_decode_with_offsets(["éa"], "UTF-8")[1]
    <tf.RaggedTensor [[0, 2]]>
    """
    reading = _reading(input_encoding, errors, replacement_char, replace_control_characters)
    return _decode_call(input, **reading), _offsets_call(input, **reading)


@public("strings.unicode_split", composites=True)
def unicode_split(input, input_encoding, errors="replace", replacement_char=65533, name=None):
    """The characters of each text.

    Example:
    >>> tf.strings.unicode_split(["ab", "c"], "UTF-8")
    <tf.RaggedTensor [[b'a', b'b'], [b'c']]>
    """
    return _unicode_split_call(input, **_reading(input_encoding, errors, replacement_char, False))


@public("strings.unicode_split_with_offsets", composites=True)
def unicode_split_with_offsets(
    input, input_encoding, errors="replace", replacement_char=65533, name=None
):
    """`unicode_split`, and at which byte each character begins.

    Example:
    >>> tf.strings.unicode_split_with_offsets("éa", "UTF-8")[1].numpy()
    array([0, 2])
    """
    reading = _reading(input_encoding, errors, replacement_char, False)
    return _unicode_split_call(input, **reading), _offsets_call(input, **reading)


def _encode_kernel(codes, splits, encoding, errors, replacement):
    values = flat(codes)
    rows = [values[a:b] for a, b in pairwise(flat(splits))]
    return array_of([texts.encoded(row, encoding, errors, replacement) for row in rows])


_encode = text_op(
    "unicode_encode",
    _encode_kernel,
    lambda codes, splits, **_: Spec((splits.shape[0] - 1,), OBJECT),
    sample(
        np.array([97, 233, 98], "int32"),
        np.array([0, 2, 3]),
        encoding="UTF-8",
        errors="replace",
        replacement=63,
    ),
    "Rows of codes as texts.",
)


@public("strings.unicode_encode", composites=True)
def unicode_encode(input, output_encoding, errors="replace", replacement_char=65533, name=None):
    """Codes of characters along the last axis as texts.

    Args:
      input: int32 codes, ragged or dense.
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what to do with codes that are none: "replace", "ignore" or "strict", which raises.
      replacement_char: the code that they are replaced by.

    Example:
    >>> tf.strings.unicode_encode([[110, 233], [97, 98]], "UTF-8").numpy()
    array([b'n\\xc3\\xa9', b'ab'], dtype=object)
    """
    one_of(output_encoding, _ENCODINGS, "[unicode_encode] output_encoding")
    one_of(errors, _ERRORS, "errors")
    attrs = {"encoding": output_encoding, "errors": errors, "replacement": int(replacement_char)}

    def of_rows(x):
        if is_ragged(x.values):
            return x.with_values(of_rows(x.values))
        if len(x.values._shape) > 1:
            return x.with_values(
                unicode_encode(x.values, output_encoding, errors, replacement_char)
            )
        return apply(_encode, (x.values, x.row_splits), attrs)

    if is_ragged(input):
        return of_rows(input)
    codes = tensor_of(input)
    rows = reshape(codes, (-1, codes._shape[-1]))
    return reshape(of_rows(RaggedTensor.from_tensor(rows)), codes._shape[:-1])


_script = Op(
    "unicode_script",
    texts.scripts,
    lambda codes: Spec(codes.shape, np.dtype("int32")),
    samples=lambda rng: [((np.array([97, 0x416, -1], "int32"),), {})],
    doc="The script that each code belongs to.",
    why_no_gradient="its results are names of scripts",
)


@takes_ragged
@public("strings.unicode_script")
def unicode_script(input, name=None):
    """The script of each code, by its number in ICU's UScriptCode; -1 for no code.

    Example:
    >>> tf.strings.unicode_script([97, 1078, 20013]).numpy()
    array([25,  8, 17], dtype=int32)
    """
    return apply(_script, (tensor_of(input),), {})
