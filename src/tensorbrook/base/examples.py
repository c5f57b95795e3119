"""tf.train.Example and its parts: the messages that hold rows of data in files."""

from .dtypes import as_dtype
from .messages import SCALARS, Field, Message

_NAMES = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}


def _dtype_text(number):
    try:
        name = as_dtype(number).name
    except TypeError:  # a number that stands for none
        return str(number)
    return f"DT_{_NAMES.get(name, name.upper())}"


SCALARS["dtype"] = SCALARS["enum"]._replace(text=_dtype_text)


class BytesList(
    Message,
    value=Field(1, "bytes", repeated=True),
):
    """Texts or other bytes: a repeated field `value`.

    Example:
    >>> tf.train.BytesList(value=[b"a", b"b"]).value
    [b'a', b'b']
    """

    __slots__ = ()


class FloatList(
    Message,
    value=Field(1, "float", repeated=True),
):
    """float32 numbers: a repeated field `value`.

    Example:
    >>> tf.train.FloatList(value=[0.5, 1]).value
    [0.5, 1.0]
    """

    __slots__ = ()


class Int64List(
    Message,
    value=Field(1, "int64", repeated=True),
):
    """Whole numbers: a repeated field `value`.

    Example:
    >>> tf.train.Int64List(value=range(3)).value
    [0, 1, 2]
    """

    __slots__ = ()


class Feature(
    Message,
    bytes_list=Field(1, BytesList, oneof="kind"),
    float_list=Field(2, FloatList, oneof="kind"),
    int64_list=Field(3, Int64List, oneof="kind"),
):
    """One of `bytes_list`, `float_list` and `int64_list`.

    Example:
    >>> feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[3]))
    >>> feature.WhichOneof("kind"), feature.int64_list.value[0]
    ('int64_list', 3)
    """

    __slots__ = ()


class Features(
    Message,
    feature=Field(1, Feature, mapped=True),
):
    """Features by name: a map `feature`.

    Example:
    >>> features = tf.train.Features()
    >>> features.feature["age"].int64_list.value.append(3)
    >>> list(features.feature)
    ['age']
    """

    __slots__ = ()


class Example(
    Message,
    features=Field(1, Features),
):
    """One row of data: its features by name, in `features.feature`.

    Example:
    >>> example = tf.train.Example()
    >>> example.features.feature["x"].float_list.value.extend([1.0, 2.0])
    >>> tf.train.Example.FromString(example.SerializeToString()) == example
    True
    """

    __slots__ = ()


class FeatureList(
    Message,
    feature=Field(1, Feature, repeated=True),
):
    """A feature for each step of a sequence: a repeated field `feature`."""

    __slots__ = ()


class FeatureLists(
    Message,
    feature_list=Field(1, FeatureList, mapped=True),
):
    """Sequences by name: a map `feature_list`."""

    __slots__ = ()


class SequenceExample(
    Message,
    context=Field(1, Features),
    feature_lists=Field(2, FeatureLists),
):
    """One row of data with sequences: `context.feature` and `feature_lists.feature_list`.

    Example:
    >>> row = tf.train.SequenceExample()
    >>> for token in (5, 7):
    ...     row.feature_lists.feature_list["ids"].feature.add().int64_list.value.append(token)
    >>> len(row.feature_lists.feature_list["ids"].feature)
    2
    """

    __slots__ = ()


class Dim(
    Message,
    size=Field(1, "int64"),
    name=Field(2, "string"),
):
    """One dimension of a TensorShapeProto."""

    __slots__ = ()


class TensorShapeProto(
    Message,
    dim=Field(2, Dim, repeated=True),
    unknown_rank=Field(3, "bool"),
):
    """A shape as a message."""

    __slots__ = ()


class TensorProto(
    Message,
    dtype=Field(1, "dtype"),
    tensor_shape=Field(2, TensorShapeProto),
    version_number=Field(3, "int32"),
    tensor_content=Field(4, "bytes"),
    float_val=Field(5, "float", repeated=True),
    double_val=Field(6, "double", repeated=True),
    int_val=Field(7, "int32", repeated=True),
    string_val=Field(8, "bytes", repeated=True),
    scomplex_val=Field(9, "float", repeated=True),
    int64_val=Field(10, "int64", repeated=True),
    bool_val=Field(11, "bool", repeated=True),
    dcomplex_val=Field(12, "double", repeated=True),
    half_val=Field(13, "int32", repeated=True),
    uint32_val=Field(16, "uint32", repeated=True),
    uint64_val=Field(17, "uint64", repeated=True),
):
    """A tensor as a message: what tf.io.serialize_tensor writes."""

    __slots__ = ()


# -- saved data sets -------------------------------------------------------------------------------


class SnapshotMetadataRecord(
    Message,
    graph_hash=Field(1, "string"),
    run_id=Field(2, "string"),
    creation_timestamp=Field(3, "int64"),
    version=Field(4, "int64"),
    dtype=Field(5, "enum", repeated=True),
    num_elements=Field(6, "int64"),
    finalized=Field(1000, "bool"),
):
    """What is known of a saved data set."""

    __slots__ = ()
