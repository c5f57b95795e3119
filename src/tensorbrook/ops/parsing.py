"""tf.io.parse_example and its kin: rows of tf.train.Example as tensors."""

import math
from collections import namedtuple
from functools import lru_cache, wraps
from typing import NamedTuple

import numpy as np

from ..base import dtypes
from ..base.dims import Dim
from ..base.errors import DataLossError, InvalidArgumentError
from ..base.examples import Example, Feature, Features, FloatList, Int64List
from ..core.dispatch import apply, register_public, tensor_of
from ..core.op import Op, Spec, check_dtype
from ..core.tensor import Overrides
from ._kernels import examples
from .ragged import RaggedTensor
from .shape import reshape
from .sparse import SparseTensor

_INT64 = np.dtype(np.int64)
_DTYPES = (dtypes.float32, dtypes.int64, dtypes.string)


# -- what a row may hold ---------------------------------------------------------------------------


class FixedLenFeature(
    namedtuple("FixedLenFeature", ["shape", "dtype", "default_value"], defaults=[None])
):
    """A feature that has the same shape in every row.

    Args:
      shape: its shape, without unknown dimensions.
      dtype: tf.float32, tf.int64 or tf.string.
      default_value: what rows that lack it have; None makes it required.

    Example:
    >>> tf.io.FixedLenFeature([2], tf.float32)
    FixedLenFeature(shape=[2], dtype=tf.float32, default_value=None)
    """

    __slots__ = ()


class VarLenFeature(namedtuple("VarLenFeature", ["dtype"])):
    """A feature with any number of values a row: it becomes a tf.SparseTensor.

    Example:
    >>> tf.io.VarLenFeature(tf.string)
    VarLenFeature(dtype=tf.string)
    """

    __slots__ = ()


class FixedLenSequenceFeature(
    namedtuple(
        "FixedLenSequenceFeature",
        ["shape", "dtype", "allow_missing", "default_value"],
        defaults=[False, None],
    )
):
    """A feature with any number of items of one shape a row: it becomes a padded tensor.

    Args:
      shape: the shape of an item.
      dtype: tf.float32, tf.int64 or tf.string.
      allow_missing: whether rows may lack it; parse_example wants True.
      default_value: one value to pad with; 0 or "" where it is None.
    """

    __slots__ = ()


class SparseFeature(
    namedtuple(
        "SparseFeature",
        ["index_key", "value_key", "dtype", "size", "already_sorted"],
        defaults=[False],
    )
):
    """A tf.SparseTensor whose places and values are features of their own.

    Args:
      index_key: the feature that holds the places, or a list with one for each dimension.
      value_key: the feature that holds the values.
      dtype: the dtype of the values.
      size: the size of the dimension, or a list of sizes.
      already_sorted: True where the places are in order already.
    """

    __slots__ = ()


def _partition(name, part, doc):
    made = namedtuple(name, [part])
    made.__doc__ = doc
    return made


class RaggedFeature(
    namedtuple(
        "RaggedFeature", ["dtype", "value_key", "partitions", "row_splits_dtype", "validate"]
    )
):
    """A feature with any number of values a row: it becomes a tf.RaggedTensor.

    Args:
      dtype: tf.float32, tf.int64 or tf.string.
      value_key: the feature that holds the values; None for the key it is asked for by.
      partitions: what cuts the values up further, the outermost first: RowLengths(key),
        RowSplits(key), RowStarts(key), RowLimits(key), ValueRowIds(key) name the feature that
        tells it, UniformRowLength(length) tells it itself.
      row_splits_dtype: tf.int32 or tf.int64.
      validate: accepted; partitions are checked in any case.

    Example:
    >>> part = tf.io.RaggedFeature.RowLengths("sizes")
    >>> tf.io.RaggedFeature(tf.int64, "values", [part]).partitions
    (RowLengths(key='sizes'),)
    """

    __slots__ = ()
    RowSplits = _partition("RowSplits", "key", "Row i is values[splits[i] : splits[i + 1]].")
    RowLengths = _partition("RowLengths", "key", "The length of each row.")
    RowStarts = _partition("RowStarts", "key", "Where each row begins.")
    RowLimits = _partition("RowLimits", "key", "Where each row ends.")
    ValueRowIds = _partition("ValueRowIds", "key", "The row of each value.")
    UniformRowLength = _partition("UniformRowLength", "length", "Rows of one length.")

    def __new__(
        cls, dtype, value_key=None, partitions=(), row_splits_dtype=dtypes.int32, validate=False
    ):
        if value_key is not None and not isinstance(value_key, str):
            raise ValueError(f"Argument `value_key` must be a string; got {value_key}")
        splits = dtypes.as_dtype(row_splits_dtype)
        if splits not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"Argument `row_splits_dtype` must be int32 or int64; got {splits!r}")
        kinds = (cls.RowSplits, cls.RowLengths, cls.RowStarts, cls.RowLimits, cls.ValueRowIds)
        for part in partitions:
            if not isinstance(part, (*kinds, cls.UniformRowLength)):
                raise TypeError(
                    f"Argument `partitions` holds {part!r}, which is no partition: use "
                    "tf.io.RaggedFeature.RowLengths(key) or another of them."
                )
        made = dtypes.as_dtype(dtype), value_key, tuple(partitions), splits, bool(validate)
        return super().__new__(cls, *made)


class _Wanted(NamedTuple):
    """What the primitive makes of a feature.

    Args:
      name: the key in the result.
      form: "fixed", "padded", "sparse", "ragged" or "places".
      key: the feature that holds the values.
      dtype: NumPy's dtype of them.
      shape: that of an item; of "places" the sizes of the dimensions.
      extra: of "ragged" (kind, key or length) of each partition; of "places" the keys of the
        places and whether they are sorted.
      splits: the dtype of row splits.
      required: whether a row that lacks the feature is an error.
      listed: whether it is a sequence, with a Feature for each step.
    """

    name: str
    form: str
    key: str
    dtype: np.dtype
    shape: tuple = ()
    extra: tuple = ()
    splits: np.dtype = _INT64
    required: bool = False
    listed: bool = False

    @property
    def dense(self):
        """Whether it becomes a plain tensor."""
        return self.form in ("fixed", "padded")

    @property
    def filled(self):
        """Whether the primitive takes a default for it."""
        return self.dense and not self.required


def _wanted(name, given, listed):
    if given.__class__ is FixedLenFeature and given.shape.__class__ in (list, tuple) and not listed:
        return _fixed_wanted(name, tuple(given.shape), given.dtype, given.default_value is None)
    if not isinstance(given, _FEATURES) or (listed and isinstance(given, _NOT_LISTED)):
        raise ValueError(f"Unsupported {type(given).__name__} {given} for key '{name}'")
    kind = _kind(name, given.dtype)
    if isinstance(given, VarLenFeature):
        return _Wanted(name, "sparse", name, kind, listed=listed)
    if isinstance(given, RaggedFeature):
        extra = tuple((type(part).__name__, part[0]) for part in given.partitions)
        splits = given.row_splits_dtype.numpy_dtype
        key = given.value_key or name
        return _Wanted(name, "ragged", key, kind, (), extra, splits, listed=listed)
    if isinstance(given, SparseFeature):
        many = isinstance(given.index_key, list | tuple)
        keys = tuple(given.index_key) if many else (given.index_key,)
        sizes = tuple(given.size) if isinstance(given.size, list | tuple) else (given.size,)
        extra = (*keys, bool(given.already_sorted))
        return _Wanted(name, "places", given.value_key, kind, tuple(map(int, sizes)), extra)
    shape = _shape(name, given.shape)
    if isinstance(given, FixedLenSequenceFeature):
        if not listed and not given.allow_missing:
            raise ValueError(
                "Unsupported: FixedLenSequenceFeature requires allow_missing to be True."
            )
        required = listed and not given.allow_missing
        return _Wanted(name, "padded", name, kind, shape, required=required, listed=listed)
    return _Wanted(name, "fixed", name, kind, shape, required=given.default_value is None)


@lru_cache(1024)  # parse_single_example is called for each row
def _fixed_wanted(name, shape, dtype, required):
    found = _kind(name, dtype), _shape(name, shape)
    return _Wanted(name, "fixed", name, *found, required=required)


def _kind(name, dtype):
    dtype = dtypes.as_dtype(dtype)
    if dtype not in _DTYPES:
        raise InvalidArgumentError(
            f"The dtype of feature {name!r} is {dtype.name}: it must be float32, int64 or string. "
            "Take one of these and tf.cast the result."
        )
    return dtype.numpy_dtype


def _shape(name, shape):
    if shape is None:
        raise ValueError(f"Missing shape for feature {name}.")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if None in sizes:
        raise ValueError(
            f"First dimension of shape for feature {name} unknown: {shape}. Consider using "
            "FixedLenSequenceFeature."
        )
    if any(size < 0 for size in sizes):
        raise ValueError(f"The shape of feature {name} has a negative size: {shape}.")
    return tuple(map(int, sizes))


_FEATURES = (FixedLenFeature, VarLenFeature, FixedLenSequenceFeature, SparseFeature, RaggedFeature)
_NOT_LISTED = (FixedLenFeature, SparseFeature)
for _class in _FEATURES:
    register_public(_class, f"io.{_class.__name__}")


def _planned(features, listed):
    """(what is wanted of each feature, the features), in TensorFlow's order of results."""
    plan = [_wanted(name, features[name], listed) for name in sorted(features)]
    plan.sort(key=lambda wanted: _ORDER[wanted.form])
    return plan, [features[wanted.name] for wanted in plan]


_ORDER = {"sparse": 0, "places": 0, "fixed": 1, "padded": 1, "ragged": 2}


def _default(wanted, given):
    """The tensor that fills a feature up; None where there is nothing to fill."""
    if not wanted.filled:
        return None
    value = given.default_value
    dtype = dtypes.from_numpy(wanted.dtype)
    if value is None:
        value = "" if wanted.dtype == object else 0
    found = tensor_of(np.asarray(value, wanted.dtype) if not hasattr(value, "dtype") else value)
    if found.dtype != dtype:
        raise InvalidArgumentError(
            f"default_value of feature {wanted.name!r} is of dtype {found.dtype.name}, the feature "
            f"of {dtype.name}."
        )
    size = math.prod(wanted.shape) if wanted.form == "fixed" else 1
    count = math.prod(found._shape)
    if count != size:
        raise InvalidArgumentError(
            f"default_value of feature {wanted.name!r} has {count} values, but the shape "
            f"{list(wanted.shape) if wanted.form == 'fixed' else []} has {size}."
        )
    return found


# -- the primitive ---------------------------------------------------------------------------------


class _Rows(examples.Rows):
    """Serialized rows, of which columns are taken by name."""

    def __init__(self, rows, names, plan):
        super().__init__(rows, any(wanted.listed for wanted in plan))
        self.names = names

    def of(self, wanted, key, dtype):
        """(Column, number of steps in each row or None) of a feature."""
        try:
            return self._read(wanted, key, dtype)
        except (DataLossError, IndexError) as fault:
            raise InvalidArgumentError(f"Could not parse feature {key}: {fault}") from None

    def only(self, wanted):
        """The feature of the only row, found the short way; None where that does not do."""
        if wanted.form != "fixed" or not self.others:
            return None
        number, found, _ = self.others[0]
        place = found.get(wanted.key.encode())
        if place is None:
            return None
        cell = examples.feature(self.rows[number], *place)
        return examples.only(cell, wanted.dtype, wanted.shape, math.prod(wanted.shape))

    def _read(self, wanted, key, dtype):
        if not wanted.listed:
            return examples.column(*self.cells(key.encode()), dtype, key, self.names), None
        lists = self.lists(key.encode())
        if wanted.required and None in lists:
            examples.lack(key, dtype, lists.index(None), self.names)
        cells = [cell for steps in lists for cell in steps or ()]
        kinds = np.array([kind for kind, _ in cells], np.int8)
        counts = [len(steps or ()) for steps in lists]
        found = examples.column(kinds, [content for _, content in cells], dtype, key)
        return found, np.array(counts, np.int64)


def _fixed(rows, wanted, default):
    found, _ = rows.of(wanted, wanted.key, wanted.dtype)
    return (examples.fixed(found, wanted.shape, default, wanted.key, rows.names),)


def _padded(rows, wanted, default):
    found, steps = rows.of(wanted, wanted.key, wanted.dtype)
    fill = default if default is None else default.reshape(-1)[0]
    if steps is None:
        return (examples.padded(found, wanted.shape, fill, wanted.key, rows.names),)
    items = examples.fixed(found, wanted.shape, None, wanted.key)
    if fill is None:
        fill = b"" if wanted.dtype == object else 0
    shape = len(steps), int(steps.max(initial=0)), *wanted.shape
    out = np.full(shape, fill, wanted.dtype)
    out[examples.within(steps)] = items
    return out, steps


def _sparse(rows, wanted, default):
    found, steps = rows.of(wanted, wanted.key, wanted.dtype)
    row, place = examples.within(found.counts)
    most = int(found.counts.max(initial=0))
    if steps is None:
        return np.stack([row, place], 1), found.values, np.array([len(rows.rows), most])
    outer, step = examples.within(steps)
    shape = np.array([len(steps), int(steps.max(initial=0)), most])
    return np.stack([outer[row], step[row], place], 1), found.values, shape


def _ragged(rows, wanted, default):
    found, steps = rows.of(wanted, wanted.key, wanted.dtype)
    counts, splits = found.counts, []
    for kind, told in reversed(wanted.extra):
        if kind == "UniformRowLength":
            if told <= 0 or (counts % told).any():
                raise InvalidArgumentError(
                    f"UniformRowLength({told}) of the ragged feature {wanted.key} does not divide "
                    f"the number of its items: {counts[counts % max(told, 1) > 0][:4].tolist()}."
                )
            counts = counts // told
            lengths = np.full(int(counts.sum()), told)
        else:
            by, _ = rows.of(wanted, told, _INT64)
            lengths, counts = examples.lengths_of(kind, by, counts, wanted.key)
        splits.append(examples.starts_of(lengths))
    splits.append(examples.starts_of(counts))
    if steps is not None:
        splits.append(examples.starts_of(steps))
    return found.values, *[part.astype(wanted.splits) for part in splits]


def _places(rows, wanted, default):
    *keys, is_sorted = wanted.extra
    found, _ = rows.of(wanted, wanted.key, wanted.dtype)
    row, _ = examples.within(found.counts)
    parts = [row]
    for key in keys:
        place, _ = rows.of(wanted, key, _INT64)
        if (place.counts != found.counts).any():
            raise InvalidArgumentError(
                f"SparseFeature {wanted.name!r}: {key} and {wanted.key} have different numbers of "
                "values."
            )
        parts.append(place.values)
    order = slice(None) if is_sorted else np.lexsort(parts[::-1])
    places = np.stack(parts, 1)[order]
    return places, found.values[order], np.array([len(rows.rows), *wanted.shape])


_MAKE = {
    "fixed": _fixed,
    "padded": _padded,
    "sparse": _sparse,
    "ragged": _ragged,
    "places": _places,
}


def _single(wanted, parts):
    """The results of the only row."""
    if wanted.dense:
        return (parts[0][0, ...],)
    if wanted.form in ("sparse", "places"):
        indices, values, shape = parts
        return indices[:, 1:], values, shape[1:]
    return parts[:-1]


def _as_results(parts):
    return parts[0] if len(parts) == 1 else tuple(parts)


def _kernel(serialized, names, *defaults, plan, single):
    rows = _Rows(serialized.ravel().tolist(), names.ravel().tolist(), plan)
    fills, out = iter(defaults), []
    for wanted in plan:
        fill = next(fills) if wanted.filled else None
        if single:
            found = rows.only(wanted)
            if found is not None:
                out.append(found)
                continue
        parts = _MAKE[wanted.form](rows, wanted, fill)
        out += _single(wanted, parts) if single else parts
    return _as_results(out)


def _infer(serialized, names, *defaults, plan, single):
    check_dtype("parse_example", serialized, {np.dtype(object)}, "serialized")
    rows = () if single else (serialized.shape[0],)
    out = []
    for wanted in plan:
        some, listed = Dim.of_data(), int(wanted.listed)
        if wanted.form == "fixed":
            out.append(Spec((*rows, *wanted.shape), wanted.dtype))
        elif wanted.form == "padded":
            out.append(Spec((*rows, some, *wanted.shape), wanted.dtype))
            if listed and not single:
                out.append(Spec(rows, _INT64))
        elif wanted.form == "ragged":
            out.append(Spec((some,), wanted.dtype))
            inner = len(wanted.extra) + listed
            out += [Spec((Dim.of_data(),), wanted.splits) for _ in range(inner)]
            if not single:
                out.append(Spec((serialized.shape[0] + 1,), wanted.splits))
        else:
            rank = 1 + listed if wanted.form == "sparse" else len(wanted.shape)
            rank += 0 if single else 1
            out += [Spec((some, rank), _INT64), Spec((some,), wanted.dtype), Spec((rank,), _INT64)]
    return _as_results(out)


def _sample(rng):
    ages = [Feature(int64_list=Int64List(value=[n, n + 1])) for n in (3, 300)]
    sizes = Feature(float_list=FloatList(value=[0.5]))
    rows = [
        Example(features=Features(feature={"age": ages[0], "size": sizes})),
        Example(features=Features(feature={"age": ages[1]})),
    ]
    serialized = np.array([row.SerializeToString() for row in rows], object)
    plan = (
        _Wanted("age", "fixed", "age", _INT64, (2,), required=True),
        _Wanted("size", "padded", "size", np.dtype("float32")),
        _Wanted("s", "sparse", "size", np.dtype("float32")),
        _Wanted("r", "ragged", "age", _INT64, (), (("UniformRowLength", 1),)),
    )
    inputs = serialized, np.array([], object), np.float32(0)
    return [(inputs, {"plan": plan, "single": False})]


_parse = Op(
    "parse_example",
    _kernel,
    _infer,
    samples=_sample,
    doc="Features of serialized rows as tensors.",
    why_no_gradient="it reads bytes",
)


# -- the functions ---------------------------------------------------------------------------------


def _ragged_of(wanted, single, parts):
    """The ragged tensor of the next results; a plain one where a single row is not cut."""
    value = next(parts)
    levels = [told if kind == "UniformRowLength" else None for kind, told in wanted.extra[::-1]]
    while levels and levels[0]:  # the innermost rows of one length are a dimension
        next(parts)
        value = reshape(value, (-1, levels.pop(0), *value._shape[1:]))
    levels += [None] * (wanted.listed + (not single))
    for uniform in levels:
        value = RaggedTensor._make(value, next(parts), uniform)
    return value


def _run(serialized, names, plan, given):
    """(the values by name, the lengths of padded sequences by name)."""
    single = not serialized._shape
    fills = [_default(wanted, feature) for wanted, feature in zip(plan, given)]
    inputs = [serialized, names, *[fill for fill in fills if fill is not None]]
    parts = apply(_parse, tuple(inputs), {"plan": tuple(plan), "single": single})
    parts = iter(parts if type(parts) is tuple else (parts,))
    values, lengths = {}, {}
    for wanted in plan:
        if wanted.form == "ragged":
            values[wanted.name] = _ragged_of(wanted, single, parts)
        elif wanted.dense:
            values[wanted.name] = next(parts)
            if wanted.listed and not single:
                lengths[wanted.name] = next(parts)
        else:
            values[wanted.name] = SparseTensor(next(parts), next(parts), next(parts))
    return values, lengths


def _rows_of(op_name, serialized, single):
    x = tensor_of(serialized, "string")
    if x.dtype != dtypes.string:
        raise ValueError(
            f"[{op_name}] serialized must be a tensor of strings, got {x.dtype.name}"
            f"{list(x._shape)}."
        )
    rank = len(x._shape)
    if single and rank:
        raise ValueError(
            f"[{op_name}] Input serialized must be a scalar, got shape {list(x._shape)}. Use "
            f"tf.io.{op_name.replace('_single', '')} for a vector of rows."
        )
    if rank > 1:
        raise InvalidArgumentError(
            f"[{op_name}] Expected serialized to be a scalar or vector, got shape: {x._shape}."
        )
    return x


def _names_of(example_names):
    if example_names is None:
        return _NO_NAMES
    return tensor_of(example_names, "string")


_NO_NAMES = tensor_of(np.array([], object))


def _of_rows(function):
    """A public function of serialized rows: those alone are looked at for Keras inputs."""

    @wraps(function)
    def call(serialized, *args, **kwargs):
        if isinstance(serialized, Overrides):
            return serialized._call(call, (serialized, *args), kwargs)
        return function(serialized, *args, **kwargs)

    return register_public(call, f"io.{function.__name__}")


def _example(op_name, serialized, features, names, single):
    if not features:
        raise ValueError(f"Argument `features` cannot be None or falsy. Got {features}")
    x = _rows_of(op_name, serialized, single)
    plan, given = _planned(features, False)
    return _run(x, _names_of(names), plan, given)[0]


@_of_rows
def parse_example(serialized, features, example_names=None, name=None):
    """The features of many serialized `tf.train.Example`s as tensors, by name.

    Args:
      serialized: a vector of strings; a scalar is one row.
      features: what to read by name: `tf.io.FixedLenFeature`, `VarLenFeature`, `RaggedFeature`,
        `FixedLenSequenceFeature` or `SparseFeature`.
      example_names: names of the rows, for error messages.

    Returns:
      A dict of tensors, sparse and ragged tensors with one row for each string.

    Raises:
      InvalidArgumentError: bytes that are no Example, or one without what it should have.
      ValueError: a feature that says nothing sensible.

    Example:
    >>> row = tf.train.Example()
    >>> row.features.feature["x"].float_list.value.extend([1.0, 2.0])
    >>> tf.io.parse_example([row.SerializeToString()], {"x": tf.io.FixedLenFeature(2, tf.float32)})
    {'x': <tf.Tensor: shape=(1, 2), dtype=float32, numpy=array([[1., 2.]], dtype=float32)>}
    """
    return _example("parse_example", serialized, features, example_names, False)


@_of_rows
def parse_single_example(serialized, features, example_names=None, name=None):
    """The features of one serialized `tf.train.Example` as tensors, by name.

    Args:
      serialized: a string.
      features: what to read by name, as in `tf.io.parse_example`.
      example_names: the name of the row, for error messages.

    Raises:
      InvalidArgumentError: bytes that are no Example, or one without what it should have.
      ValueError: `serialized` is no scalar, or a feature says nothing sensible.

    Example:
    >>> row = tf.train.Example()
    >>> row.features.feature["n"].int64_list.value.append(3)
    >>> data = row.SerializeToString()
    >>> tf.io.parse_single_example(data, {"n": tf.io.FixedLenFeature([], tf.int64)})["n"].numpy()
    np.int64(3)
    """
    return _example("parse_single_example", serialized, features, example_names, True)


def _sequence(op_name, serialized, context, sequence, names, single):
    if not context and not sequence:
        raise ValueError(
            "Both context_features and sequence_features are None, but at least one should have "
            "values."
        )
    x = _rows_of(op_name, serialized, single)
    plan, given = _planned(context or {}, False)
    listed = _planned(sequence or {}, True)
    # A name may stand in both: a letter before it tells which.
    both = [w._replace(name=f"{int(w.listed)}{w.name}") for w in (*plan, *listed[0])]
    values, lengths = _run(x, _names_of(names), both, given + listed[1])
    parts = [{n[1:]: v for n, v in values.items() if n[0] == side} for side in "01"]
    return (*parts, {n[1:]: v for n, v in lengths.items()})


@_of_rows
def parse_sequence_example(
    serialized, context_features=None, sequence_features=None, example_names=None, name=None
):
    """The features of many serialized `tf.train.SequenceExample`s as tensors.

    Args:
      serialized: a vector of strings; a scalar is one row.
      context_features: what to read of the context by name, as in `tf.io.parse_example`.
      sequence_features: what to read of the sequences by name: `tf.io.FixedLenSequenceFeature`,
        `VarLenFeature` or `RaggedFeature`.
      example_names: names of the rows, for error messages.

    Returns:
      (context, sequences, lengths of the sequences that are padded): dicts by name.

    Raises:
      InvalidArgumentError: bytes that are no such row, or one without what it should have.
      ValueError: nothing is asked for, or a feature says nothing sensible.

    Example:
    >>> row = tf.train.SequenceExample()
    >>> for n in ([1], [2, 3]):
    ...     step = row.feature_lists.feature_list["n"].feature.add()
    ...     step.int64_list.value.extend(n)
    >>> wanted = {"n": tf.io.RaggedFeature(tf.int64)}
    >>> tf.io.parse_sequence_example([row.SerializeToString()], sequence_features=wanted)[1]["n"]
    <tf.RaggedTensor [[[1], [2, 3]]]>
    """
    return _sequence(
        "parse_sequence_example",
        serialized,
        context_features,
        sequence_features,
        example_names,
        False,
    )


@_of_rows
def parse_single_sequence_example(
    serialized, context_features=None, sequence_features=None, example_name=None, name=None
):
    """The features of one serialized `tf.train.SequenceExample` as tensors.

    Args:
      serialized: a string.
      context_features: what to read of the context by name, as in `tf.io.parse_example`.
      sequence_features: what to read of the sequences by name: `tf.io.FixedLenSequenceFeature`,
        `VarLenFeature` or `RaggedFeature`.
      example_name: the name of the row, for error messages.

    Returns:
      (context, sequences): dicts by name.

    Raises:
      InvalidArgumentError: bytes that are no such row, or one without what it should have.
      ValueError: nothing is asked for, or a feature says nothing sensible.

    Example:
    >>> row = tf.train.SequenceExample()
    >>> row.feature_lists.feature_list["n"].feature.add().int64_list.value.append(4)
    >>> wanted = {"n": tf.io.FixedLenSequenceFeature([], tf.int64)}
    >>> _, found = tf.io.parse_single_sequence_example(row.SerializeToString(), None, wanted)
    >>> found["n"].numpy()
    array([4])
    """
    return _sequence(
        "parse_single_sequence_example",
        serialized,
        context_features,
        sequence_features,
        None if example_name is None else [example_name],
        True,
    )[:2]
