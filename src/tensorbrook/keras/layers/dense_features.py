"""DenseFeatures and the columns of tf.feature_column: named inputs as one matrix."""

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ... import ops
from ...base.dtypes import as_dtype
from ...core.tensor import convert_to_tensor
from ...ops import strings
from ...ops.parsing import FixedLenFeature, VarLenFeature
from .. import initializers
from .layer import Layer


def _column(features, key, dtype=None):
    """The values of a feature: (batch,) or (batch, values)."""
    if key not in features:
        raise ValueError(f"Feature {key!r} is not among the inputs: {sorted(features)}.")
    found = convert_to_tensor(features[key])
    return found if dtype is None else ops.cast(found, dtype)


def _one_hot(numbers, size):
    """How often each of `size` numbers comes in a row; others, such as -1, do not count."""
    numbers = ops.reshape(numbers, (ops.shape(numbers)[0], -1))
    return ops.reduce_sum(ops.one_hot(numbers, size), 1)


@dataclass
class NumericColumn:
    """Numbers as they are; made by `tf.feature_column.numeric_column`."""

    key: str
    shape: Any = (1,)
    default_value: Any = None
    dtype: Any = "float32"
    normalizer_fn: Any = None

    name = property(lambda self: self.key)

    def dense(self, features, layer):
        """(batch, numbers)."""
        found = _column(features, self.key, "float32")
        found = found if self.normalizer_fn is None else self.normalizer_fn(found)
        return ops.reshape(found, (-1, int(np.prod(self.shape))))


@dataclass
class BucketizedColumn:
    """Numbers by the buckets they fall into; made by `tf.feature_column.bucketized_column`."""

    source_column: NumericColumn
    boundaries: Any

    name = property(lambda self: f"{self.source_column.name}_bucketized")
    size = property(lambda self: len(self.boundaries) + 1)

    def numbers(self, features):
        """The bucket of each number."""
        found = ops.expand_dims(self.source_column.dense(features, None), -1)
        return ops.reduce_sum(
            ops.cast(found >= convert_to_tensor(self.boundaries, "float32"), "int32"), -1
        )

    def dense(self, features, layer):
        """(batch, numbers * buckets): 1 at each bucket."""
        found = ops.one_hot(self.numbers(features), self.size)
        return ops.reshape(found, (-1, int(np.prod(self.source_column.shape)) * self.size))


@dataclass
class IdentityColumn:
    """Class numbers; made by `tf.feature_column.categorical_column_with_identity`."""

    key: str
    num_buckets: int
    default_value: Any = None

    name = property(lambda self: self.key)
    size = property(lambda self: self.num_buckets)

    def numbers(self, features):
        """The class numbers; what is none becomes the default."""
        found = _column(features, self.key, "int64")
        if self.default_value is None:
            return found
        fits = ops.logical_and(found >= 0, found < self.num_buckets)
        return ops.where(fits, found, ops.zeros_like(found) + self.default_value)


@dataclass
class VocabularyColumn:
    """Words by their place in a list; made by
    `tf.feature_column.categorical_column_with_vocabulary_list`."""

    key: str
    vocabulary_list: Any
    dtype: Any = None
    default_value: int = -1
    num_oov_buckets: int = 0

    name = property(lambda self: self.key)
    size = property(lambda self: len(self.vocabulary_list) + self.num_oov_buckets)

    def numbers(self, features):
        """The place of each word; -1, or by its hash one of the last, of words not in the list."""
        found = _column(features, self.key)
        words = convert_to_tensor(list(self.vocabulary_list))
        equal = ops.equal(ops.expand_dims(found, -1), words)
        place = ops.argmax(ops.cast(equal, "int32"), -1)
        other = ops.zeros_like(place) + self.default_value
        if self.num_oov_buckets:
            text = found if as_dtype(found.dtype).name == "string" else strings.as_string(found)
            buckets = strings.to_hash_bucket_fast(text, self.num_oov_buckets)
            other = len(self.vocabulary_list) + buckets
        return ops.where(ops.reduce_any(equal, -1), place, other)


@dataclass
class HashColumn:
    """Words by their hash; made by `tf.feature_column.categorical_column_with_hash_bucket`."""

    key: str
    hash_bucket_size: int
    dtype: Any = "string"

    name = property(lambda self: self.key)
    size = property(lambda self: self.hash_bucket_size)

    def numbers(self, features):
        """The bucket of each word."""
        found = _column(features, self.key)
        text = found if as_dtype(found.dtype).name == "string" else strings.as_string(found)
        return strings.to_hash_bucket_fast(text, self.hash_bucket_size)


@dataclass
class CrossedColumn:
    """Combinations of features by their hash; made by `tf.feature_column.crossed_column`."""

    keys: Any
    hash_bucket_size: int
    hash_key: Any = None

    size = property(lambda self: self.hash_bucket_size)

    def __post_init__(self):
        if len(self.keys) < 2:
            raise ValueError(f"crossed_column: keys must be two or more, got {self.keys!r}.")
        for key in self.keys:
            if not isinstance(key, str) and not hasattr(key, "numbers"):
                raise ValueError(
                    f"crossed_column: {key!r} is no name of a feature, bucketized or categorical "
                    "column. Put numbers into tf.feature_column.bucketized_column first."
                )
            if isinstance(key, HashColumn):
                raise ValueError("crossed_column: give the feature's name, not its hash column.")

    def _leaves(self):
        inner = [k._leaves() if isinstance(k, CrossedColumn) else [k] for k in self.keys]
        return [leaf for leaves in inner for leaf in leaves]

    @property
    def name(self):
        """The names of the features, sorted and joined."""
        return "_X_".join(sorted(k if isinstance(k, str) else k.name for k in self._leaves()))

    def numbers(self, features):
        """The bucket of each combination of the features' values: (batch, combinations)."""
        columns = []
        leaves = sorted(self._leaves(), key=lambda leaf: isinstance(leaf, str))  # names come last
        for axis, leaf in enumerate(leaves):
            named = isinstance(leaf, str)
            found = _column(features, leaf) if named else leaf.numbers(features)
            if as_dtype(found.dtype).name != "string":
                found = ops.cast(found, "int64")
            rest = [-1 if k == axis else 1 for k in range(len(leaves))]
            columns.append(ops.reshape(found, (ops.shape(found)[0], *rest)))
        whole = functools.reduce(ops.broadcast_dynamic_shape, map(ops.shape, columns))
        columns = [ops.reshape(ops.broadcast_to(c, whole), (-1,)) for c in columns]
        key = strings.HASH_KEY if self.hash_key is None else self.hash_key
        found = strings.crossed_hashes(columns, self.hash_bucket_size, key)
        return ops.reshape(found, (whole[0], -1))


@dataclass
class IndicatorColumn:
    """How often each class comes; made by `tf.feature_column.indicator_column`."""

    categorical_column: Any

    name = property(lambda self: f"{self.categorical_column.name}_indicator")

    def dense(self, features, layer):
        """(batch, classes)."""
        return _one_hot(self.categorical_column.numbers(features), self.categorical_column.size)


@dataclass
class EmbeddingColumn:
    """The mean (sum, sum / sqrt(n)) of a vector for each class; made by
    `tf.feature_column.embedding_column`."""

    categorical_column: Any
    dimension: int
    combiner: str = "mean"
    initializer: Any = None
    trainable: bool = True
    options: dict = field(default_factory=dict)

    name = property(lambda self: f"{self.categorical_column.name}_embedding")

    def weight(self, layer):
        """The table, a weight of the layer."""
        start = self.initializer or initializers.TruncatedNormal(stddev=self.dimension**-0.5)
        shape = (self.categorical_column.size, self.dimension)
        options = {"trainable": self.trainable, "name": f"{self.name}/embedding_weights"}
        return layer.add_weight(shape, start, **options)

    def dense(self, features, layer):
        """(batch, dimension)."""
        counts = _one_hot(self.categorical_column.numbers(features), self.categorical_column.size)
        table, number = layer.tables[self.name], ops.reduce_sum(counts, 1, keepdims=True)
        number = ops.maximum(number, 1.0)
        by = {"sum": 1.0, "mean": number, "sqrtn": ops.sqrt(number)}[self.combiner]
        return ops.matmul(counts, table) / by


def features_of(column):
    """The features of serialized examples that a column reads, by name."""
    for inner in ("source_column", "categorical_column"):
        if hasattr(column, inner):
            return features_of(getattr(column, inner))
    if isinstance(column, NumericColumn):
        dtype = as_dtype(column.dtype)
        return {column.key: FixedLenFeature(tuple(column.shape), dtype, column.default_value)}
    if isinstance(column, CrossedColumn):
        leaves = column._leaves()
        named = {k: VarLenFeature(as_dtype("string")) for k in leaves if isinstance(k, str)}
        for leaf in leaves:
            named.update({} if isinstance(leaf, str) else features_of(leaf))
        return named
    dtype = "int64" if isinstance(column, IdentityColumn) else column.dtype
    if dtype is None:
        dtype = "string" if isinstance(column.vocabulary_list[0], str | bytes) else "int64"
    return {column.key: VarLenFeature(as_dtype(dtype))}


class DenseFeatures(Layer):
    """The columns of `tf.feature_column` side by side, sorted by name: a dict of features as one
    matrix. Keras 2's; `keras.utils.FeatureSpace` is of today.

    Args:
      feature_columns: one or a list of dense columns: numeric, bucketized, indicator, embedding.

    Example:
    >>> age = tf.feature_column.numeric_column("age")
    >>> layer = tf.keras.layers.DenseFeatures([age, tf.feature_column.bucketized_column(age, [30])])
    >>> layer({"age": tf.constant([20.0, 40.0])}).numpy()
    array([[20.,  1.,  0.],
           [40.,  0.,  1.]], dtype=float32)
    """

    def __init__(self, feature_columns, trainable=True, name=None, **kwargs):
        super().__init__(trainable=trainable, name=name, **kwargs)
        given = feature_columns if isinstance(feature_columns, (list, tuple)) else [feature_columns]
        for column in given:
            if not hasattr(column, "dense"):
                raise ValueError(
                    f"DenseFeatures: {column!r} is no dense column. Put it into "
                    "tf.feature_column.indicator_column or embedding_column."
                )
        self.feature_columns = sorted(given, key=lambda column: column.name)
        self.tables = {}

    def build(self, input_shape):
        """Makes the tables of the embeddings."""
        for column in self.feature_columns:
            if isinstance(column, EmbeddingColumn):
                self.tables[column.name] = column.weight(self)

    def call(self, features, training=None):
        """(batch, all numbers)."""
        return ops.concat([column.dense(features, self) for column in self.feature_columns], -1)
