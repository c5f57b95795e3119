"""tf.feature_column: what to make of named features, for `keras.layers.DenseFeatures`."""

from .base.dtypes import as_dtype as _as_dtype
from .keras.layers import dense_features as _columns

numeric_column = _columns.NumericColumn
bucketized_column = _columns.BucketizedColumn
categorical_column_with_identity = _columns.IdentityColumn
categorical_column_with_vocabulary_list = _columns.VocabularyColumn
categorical_column_with_hash_bucket = _columns.HashColumn
crossed_column = _columns.CrossedColumn
indicator_column = _columns.IndicatorColumn
embedding_column = _columns.EmbeddingColumn


def categorical_column_with_vocabulary_file(
    key,
    vocabulary_file,
    vocabulary_size=None,
    dtype="string",
    default_value=None,
    num_oov_buckets=0,
):
    """`categorical_column_with_vocabulary_list` of the lines of a file.

    Args:
      vocabulary_size: how many of its lines; all by default.

    Raises:
      ValueError: the file has fewer lines.
    """
    with open(vocabulary_file, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if vocabulary_size is not None and len(lines) < vocabulary_size:
        raise ValueError(
            f"{vocabulary_file} has {len(lines)} lines, fewer than vocabulary_size "
            f"{vocabulary_size}."
        )
    words = lines[:vocabulary_size]
    if _as_dtype(dtype).is_integer:
        words = [int(word) for word in words]
    default_value = -1 if default_value is None else default_value
    return _columns.VocabularyColumn(key, words, dtype, default_value, num_oov_buckets)


def make_parse_example_spec(feature_columns):
    """The features that `tf.io.parse_example` has to read for columns.

    Example:
    >>> age = tf.feature_column.numeric_column("age")
    >>> tf.feature_column.make_parse_example_spec([age])
    {'age': FixedLenFeature(shape=(1,), dtype=tf.float32, default_value=None)}
    """
    found = {}
    for column in feature_columns:
        found.update(_columns.features_of(column))
    return found
