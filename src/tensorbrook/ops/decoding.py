"""tf.io: bytes as tensors, tensors as bytes: raw numbers, CSV, base64, messages, packed bytes."""

import base64
import itertools
import json
import math
import os
import re
import zlib
from typing import NoReturn

import numpy as np

from ..base import dtypes
from ..base.dims import Dim
from ..base.errors import DataLossError, InvalidArgumentError, TraceBreak
from ..base.examples import Dim as SizeOf
from ..base.examples import Example, TensorProto, TensorShapeProto
from ..base.files import WINDOW_BITS, check_compression
from ..base.messages import read_varint
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype
from ..core.tensor import Tensor
from ._kernels import csv
from ._kernels.texts import array_of, flat
from .files import write_file
from .strings import OBJECT, each_text, sample, text_op, texts_of

_RAW = ("float16", "float32", "float64", "int32", "uint16", "uint8", "int16", "int8", "int64")
_RAW += ("complex64", "complex128", "bool", "bfloat16")


# -- raw numbers -----------------------------------------------------------------------------------


def _raw_kernel(x, dtype, little, size):
    texts, width = flat(x), dtype.itemsize
    if size is None:
        size = len(texts[0]) if texts else 0
        for number, text in enumerate(texts):
            if len(text) != size:
                raise InvalidArgumentError(
                    "[decode_raw] Input strings must all be the same size, but element "
                    f"{number} has size {len(text)} != {size}. Give fixed_length= to pad them."
                )
        if size % width:
            raise InvalidArgumentError(
                f"[decode_raw] Input has length {size} that is not a multiple of {width}, the "
                f"size of {dtype.name}."
            )
    else:
        texts = [text[:size].ljust(size, b"\0") for text in texts]
    data = np.frombuffer(b"".join(texts), np.uint8)
    if not little and width > 1:
        part = width // 2 if dtype.kind == "c" else width
        data = data.reshape(-1, part)[:, ::-1]
    data = np.ascontiguousarray(data).reshape(*x.shape, size)
    return data != 0 if dtype.kind == "b" else data.view(dtype)


def _raw_infer(x, dtype, little, size):
    check_dtype("decode_raw", x, dtypes.STRING, "input_bytes")
    last = Dim.of_data() if size is None else size // dtype.itemsize
    return Spec((*x.shape, last), dtype)


_raw = text_op(
    "decode_raw",
    _raw_kernel,
    _raw_infer,
    sample(np.array([b"abcd", b"efgh"], object), dtype=np.dtype(np.int16), little=True, size=None),
    "The numbers whose bytes texts are.",
)


@public("io.decode_raw")
def decode_raw(input_bytes, out_type, little_endian=True, fixed_length=None, name=None):
    """The numbers whose bytes strings are, along a new last dimension.

    Args:
      input_bytes: strings of one length.
      out_type: the dtype of the numbers.
      little_endian: False for bytes with the highest first.
      fixed_length: how many bytes of each string to take; shorter ones are padded with zeros.

    Raises:
      InvalidArgumentError: strings of different lengths, or of bytes that make no whole numbers.

    Example:
    >>> tf.io.decode_raw([b"ab", b"cd"], tf.uint8).numpy()
    array([[ 97,  98],
           [ 99, 100]], dtype=uint8)
    """
    dtype = dtypes.as_dtype(out_type)
    if dtype.name not in _RAW:
        raise InvalidArgumentError(
            f"[decode_raw] out_type {dtype.name} is not in the list of allowed values: "
            f"{', '.join(_RAW)}."
        )
    kind = dtype.numpy_dtype
    if fixed_length is not None:
        fixed_length = int(fixed_length)
        if fixed_length <= 0 or fixed_length % kind.itemsize:
            raise InvalidArgumentError(
                f"[decode_raw] fixed_length ({fixed_length}) must be greater than zero and a "
                f"multiple of the size of out_type ({kind.itemsize})."
            )
    attrs = {"dtype": kind, "little": bool(little_endian), "size": fixed_length}
    return apply(_raw, (texts_of("decode_raw", input_bytes),), attrs)


# -- base64 ----------------------------------------------------------------------------------------

_LETTERS = re.compile(rb"[A-Za-z0-9_-]*")


def _to_base64(values, pad):
    made = map(base64.urlsafe_b64encode, values)
    return list(made) if pad else [text.rstrip(b"=") for text in made]


def _of_base64(values):
    out = []
    for text in values:
        letters = text.rstrip(b"=") if not len(text) % 4 else text
        if len(letters) % 4 == 1:
            raise InvalidArgumentError(
                "[decode_base64] Base64 string length cannot be 1 modulo 4: "
                f"{text[:64]!r} has {len(letters)}."
            )
        if not _LETTERS.fullmatch(letters) or len(text) - len(letters) > 2:
            raise InvalidArgumentError(
                f"[decode_base64] Invalid character found in base64: {text[:64]!r}. The web-safe "
                "alphabet has '-' and '_' in place of '+' and '/'."
            )
        out.append(base64.urlsafe_b64decode(letters + b"=" * (-len(letters) % 4)))
    return out


_encode64 = each_text("encode_base64", _to_base64, "Texts as web-safe base64.", pad=False)
_decode64 = each_text(
    "decode_base64",
    _of_base64,
    "What web-safe base64 stands for.",
    words=np.array([b"aGVsbG8", b""], object),
)


@public("io.encode_base64")
def encode_base64(input, pad=False, name=None):
    """Each string as web-safe base64: letters, digits, "-" and "_".

    Args:
      input: strings.
      pad: whether to fill up with "=" to a multiple of four.

    Example:
    >>> tf.io.encode_base64(["hello"]).numpy()
    array([b'aGVsbG8'], dtype=object)
    """
    return apply(_encode64, (texts_of("encode_base64", input),), {"pad": bool(pad)})


@public("io.decode_base64")
def decode_base64(input, name=None):
    """What strings of web-safe base64 stand for, padded or not.

    Raises:
      InvalidArgumentError: a string is no web-safe base64.

    Example:
    >>> tf.io.decode_base64("aGVsbG8").numpy()
    b'hello'
    """
    return apply(_decode64, (texts_of("decode_base64", input),), {})


# -- packed bytes ----------------------------------------------------------------------------------


def _unpack(values, compression):
    if not compression:
        return values
    try:
        return [_unpacked(packed, compression) for packed in values]
    except zlib.error as fault:
        raise DataLossError(f"[decode_compressed] inflate() failed: {fault}") from None


def _unpacked(packed, compression):
    parts = []
    while packed:
        unpack = zlib.decompressobj(WINDOW_BITS[compression])
        parts.append(unpack.decompress(packed))
        packed = unpack.unused_data if compression == "GZIP" else b""  # of ZLIB one part counts
    return b"".join(parts)


_unpack_op = each_text("decode_compressed", _unpack, "What packed bytes stand for.", compression="")


@public("io.decode_compressed")
def decode_compressed(bytes, compression_type="", name=None):
    """Each string unpacked.

    Args:
      bytes: strings.
      compression_type: "", "GZIP" or "ZLIB".

    Raises:
      DataLossError: a string is not packed that way.

    Example:
    >>> import zlib
    >>> tf.io.decode_compressed(zlib.compress(b"abc"), "ZLIB").numpy()
    b'abc'
    """
    attrs = {"compression": check_compression(compression_type)}
    return apply(_unpack_op, (texts_of("decode_compressed", bytes),), attrs)


# -- tensors as messages ---------------------------------------------------------------------------

_VALUES = {  # the field that holds values of a dtype where they are not raw bytes
    **dict.fromkeys(("int32", "int16", "int8", "uint8", "uint16"), "int_val"),
    **{"float32": "float_val", "float64": "double_val", "string": "string_val"},
    **{"complex64": "scomplex_val", "complex128": "dcomplex_val", "int64": "int64_val"},
    **{"bool": "bool_val", "float16": "half_val", "bfloat16": "half_val"},
    **{"uint32": "uint32_val", "uint64": "uint64_val"},
}


_MOST_REPEATED = 1 << 26  # the last value stands for all that follow: a small file must stay small


def tensor_message(array):
    """The TensorProto of an array."""
    dtype = dtypes.from_numpy(array.dtype)
    shape = TensorShapeProto(dim=[SizeOf(size=n) for n in array.shape])
    shape.SetInParent()
    message = TensorProto(dtype=dtype.as_datatype_enum, tensor_shape=shape)
    if dtype is dtypes.string:
        message.string_val.extend(flat(array))
    else:
        message.tensor_content = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return message


def array_of_message(message):
    """The array of a TensorProto; its size is bounded by what the message holds.

    Raises:
      InvalidArgumentError: shape, dtype and values do not go together.
    """
    try:
        dtype = dtypes.as_dtype(message.dtype)
    except TypeError:
        _no_tensor(f"there is no dtype number {message.dtype}")
    shape = [dim.size for dim in message.tensor_shape.dim]
    count = math.prod(shape)
    if message.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        _no_tensor(f"its shape is {shape}")
    kind = dtype.numpy_dtype
    content = message.tensor_content
    if content:
        if dtype is dtypes.string:
            return array_of(_texts_of(content, count), shape)
        if len(content) != count * kind.itemsize:
            _no_tensor(f"{len(content)} bytes for {dtype.name}{shape}")
        return np.frombuffer(content, kind.newbyteorder("<")).astype(kind).reshape(shape)
    values = list(getattr(message, _VALUES.get(dtype.name, "tensor_content")))
    if dtype.name in ("float16", "bfloat16"):
        found = np.array(values, np.int64).astype(np.uint16).view(kind)
    elif kind.kind == "c":
        whole = len(values) // 2 * 2
        found = np.array(values[:whole], np.float64).view(np.complex128)
    else:
        found = array_of(values) if kind == object else np.array(values)
    if not len(found):
        found = array_of([b""]) if kind == object else np.zeros(1, kind)
    with np.errstate(over="ignore"):
        found = found.astype(kind)[:count]
    if count - len(found) > _MOST_REPEATED:
        _no_tensor(f"{len(found)} values for {dtype.name}{shape}")
    last = np.broadcast_to(found[-1:], (max(count - len(found), 0),))
    return np.concatenate([found, last]).reshape(shape)


def _texts_of(content, count):
    """The texts of raw bytes: the lengths of all, then all."""
    sizes, at = [], 0
    for _ in range(min(count, len(content) + 1)):
        size, at = read_varint(content, at, len(content))
        sizes.append(size)
    ends = list(itertools.accumulate(sizes, initial=at))
    if len(sizes) != count or ends[-1] != len(content):
        _no_tensor(f"{len(content)} bytes for {count} texts")
    return [content[begin:end] for begin, end in itertools.pairwise(ends)]


def _no_tensor(problem) -> NoReturn:
    raise InvalidArgumentError(f"[parse_tensor] Cannot parse tensor from proto: {problem}.")


_serialize = Op(
    "serialize_tensor",
    lambda x: np.array(tensor_message(x).SerializeToString(), object),
    lambda x: Spec((), OBJECT),
    samples=sample(np.float32([1, 2])),
    doc="A tensor as a serialized TensorProto.",
    why_no_gradient="its result is a string",
)


@public("io.serialize_tensor")
def serialize_tensor(tensor, name=None):
    """A tensor as one string, which `tf.io.parse_tensor` reads: a serialized TensorProto.

    Example:
    >>> data = tf.io.serialize_tensor([1.0, 2.0])
    >>> tf.io.parse_tensor(data, tf.float32).numpy()
    array([1., 2.], dtype=float32)
    """
    return apply(_serialize, (tensor_of(tensor),), {})


@public("io.parse_tensor")
def parse_tensor(serialized, out_type, name=None):
    """The tensor of a serialized TensorProto, such as `tf.io.serialize_tensor` makes.

    Args:
      serialized: a string.
      out_type: the dtype it is of.

    Raises:
      InvalidArgumentError: no such message, or one of another dtype.

    Example:
    >>> tf.io.parse_tensor(tf.io.serialize_tensor([[1, 2]]), tf.int32).numpy()
    array([[1, 2]], dtype=int32)
    """
    x = texts_of("parse_tensor", serialized)
    if x._shape:
        raise InvalidArgumentError(
            f"[parse_tensor] Expected `serialized` to be a scalar, got shape: {list(x._shape)}."
        )
    if x.__class__ is not Tensor:
        raise TraceBreak("tf.io.parse_tensor: the number of dimensions is in the data")
    message, dtype = TensorProto(), dtypes.as_dtype(out_type)
    data = x.numpy()
    try:
        message.ParseFromString(data)
    except DataLossError as fault:
        raise InvalidArgumentError(
            f"[parse_tensor] Could not parse `serialized` as TensorProto: {fault}"
        ) from None
    if message.dtype != dtype.as_datatype_enum:
        found = dtypes._BY_ENUM.get(message.dtype)
        raise InvalidArgumentError(
            f"[parse_tensor] Type mismatch between parsed tensor "
            f"({found.name if found else message.dtype}) and dtype ({dtype.name})"
        )
    return tensor_of(array_of_message(message))


# -- CSV -------------------------------------------------------------------------------------------


def _csv_kernel(records, *defaults, delimiter, quotes, missing, columns):
    texts = csv.columns_of(flat(records), delimiter, quotes, len(defaults), columns)
    fields = [csv.Field(number, default, missing) for number, default in enumerate(defaults)]
    return tuple(
        field.column(column).reshape(records.shape) for field, column in zip(fields, texts)
    )


def _csv_infer(records, *defaults, **attrs):
    check_dtype("decode_csv", records, dtypes.STRING, "records")
    return tuple(Spec(records.shape, default.dtype) for default in defaults)


_csv = text_op(
    "decode_csv",
    _csv_kernel,
    _csv_infer,
    sample(
        np.array([b"1,a", b",b"], object),
        *(np.int32([7]), np.array([b""], object)),
        **{"delimiter": b",", "quotes": True, "missing": b"", "columns": None},
    ),
    "The columns of comma-separated values.",
)
CSV_DTYPES = ("float32", "float64", "int32", "int64", "string")


def default_of(op_name, number, value):
    """The default of a column as a tensor of one value, or of none where it is required.

    Raises:
      InvalidArgumentError: of a dtype or shape that no column has.
    """
    x = tensor_of(value)
    if x.dtype.name not in CSV_DTYPES:
        raise InvalidArgumentError(
            f"[{op_name}] the default of field {number} is of dtype {x.dtype.name}, which is not "
            f"in the list of allowed values: {', '.join(CSV_DTYPES)}."
        )
    if len(x._shape) > 1 or (x._shape and x._shape[0] not in (0, 1)):
        raise InvalidArgumentError(
            f"[{op_name}] There should only be 1 default per field, of rank 1 at most, but field "
            f"{number} has shape {list(x._shape)}."
        )
    return x


def delimiter_of(field_delim):
    """The delimiter as one byte; raises InvalidArgumentError for anything else."""
    delimiter = field_delim.encode()
    if len(delimiter) != 1 or delimiter in b'\n\r"':
        raise InvalidArgumentError(
            f"field_delim should be only 1 char, and no line end or quote, got {field_delim!r}."
        )
    return delimiter


@public("io.decode_csv")
def decode_csv(
    records,
    record_defaults,
    field_delim=",",
    use_quote_delim=True,
    na_value="",
    select_cols=None,
    name=None,
):
    """The columns of comma-separated values: a list of tensors shaped as `records`.

    Args:
      records: strings, one record each.
      record_defaults: for each column its default, which also tells its dtype (float32, float64,
        int32, int64 or string); an empty tensor makes it required.
      field_delim: the character between fields.
      use_quote_delim: whether quotes hold fields together.
      na_value: a text that stands for an empty field.
      select_cols: the numbers of the columns to read, in ascending order; all by default.

    Raises:
      InvalidArgumentError: a record with another number of fields, or a field that is no number.
      ValueError: `select_cols` that are not in order, or not as many as the defaults.

    Example:
    >>> [x.numpy() for x in tf.io.decode_csv(["1,2.5", "3,"], [[0], [-1.0]])]
    [array([1, 3], dtype=int32), array([ 2.5, -1. ], dtype=float32)]
    """
    if select_cols is not None:
        select_cols = tuple(map(int, select_cols))
        if any(a >= b for a, b in itertools.pairwise(select_cols)):
            raise ValueError(f"select_cols is not strictly increasing: {list(select_cols)}.")
        if select_cols and select_cols[0] < 0:
            raise ValueError(f"select_cols contains negative values: {list(select_cols)}.")
        if len(select_cols) != len(record_defaults):
            raise ValueError("Length of select_cols and record_defaults do not match.")
    defaults = [default_of("decode_csv", n, v) for n, v in enumerate(record_defaults)]
    attrs = {
        "delimiter": delimiter_of(field_delim),
        "quotes": bool(use_quote_delim),
        "missing": na_value.encode(),
        "columns": select_cols,
    }
    return list(apply(_csv, (texts_of("decode_csv", records), *defaults), attrs))


# -- examples as JSON ------------------------------------------------------------------------------

_LISTS = {"bytesList": "bytes_list", "floatList": "float_list", "int64List": "int64_list"}
_READ = {
    "bytes_list": base64.b64decode,
    "float_list": float,
    "int64_list": int,
}


def _of_json(values):
    return [_example_of(text).SerializeToString() for text in values]


def _example_of(text):
    example = Example()
    try:
        given = json.loads(text)
        for key, feature in given.get("features", {}).get("feature", {}).items():
            for kind, holder in feature.items():
                name = _LISTS.get(kind, kind)
                values = map(_READ[name], holder.get("value", []))
                getattr(example.features.feature[key], name).value.extend(values)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as fault:
        raise InvalidArgumentError(
            f"[decode_json_example] Error while parsing JSON: {fault!r} in {text[:64]!r}"
        ) from None
    return example


_json = each_text(
    "decode_json_example",
    _of_json,
    "JSON of examples as serialized examples.",
    words=np.array([b'{"features":{"feature":{"a":{"int64List":{"value":[1]}}}}}'], object),
)


@public("io.decode_json_example")
def decode_json_example(json_examples, name=None):
    """Each `tf.train.Example` written as JSON, serialized.

    Raises:
      InvalidArgumentError: a string is no such JSON.

    Example:
    >>> text = '{"features": {"feature": {"a": {"int64List": {"value": [7]}}}}}'
    >>> data = tf.io.decode_json_example(text)
    >>> tf.train.Example.FromString(data.numpy()).features.feature["a"].int64_list.value
    [7]
    """
    return apply(_json, (texts_of("decode_json_example", json_examples),), {})


# -- graphs ----------------------------------------------------------------------------------------


@public("io.write_graph")
def write_graph(graph_or_graph_def, logdir, name, as_text=True):
    """Writes what a graph computes into a text file, in the notation of `graph_text()`.

    Args:
      graph_or_graph_def: what has `graph_text()`, such as a concrete function.
      logdir: the folder, which is made.
      name: the file's name.
      as_text: True; there is no other form.

    Returns:
      The path.

    Example:
    >>> f = tf.function(lambda x: x + 1.0).get_concrete_function(tf.TensorSpec([]))
    >>> tf.io.write_graph(f, "graphs", "f.txt")
    'graphs/f.txt'
    """
    if not as_text:
        raise NotImplementedError(
            "write_graph(as_text=False) is not built: graphs have no binary form. Write the text, "
            "or use tf.saved_model.save."
        )
    if not hasattr(graph_or_graph_def, "graph_text"):
        raise TypeError(
            f"write_graph takes a concrete function, got {type(graph_or_graph_def).__name__}: use "
            "f.get_concrete_function(...)."
        )
    path = os.path.join(logdir, name)
    write_file(path, graph_or_graph_def.graph_text())
    return path
