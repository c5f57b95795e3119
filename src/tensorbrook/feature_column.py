"""tf.feature_column: what to make of named features, for `keras.layers.DenseFeatures`."""

from .keras.layers import dense_features as _columns

numeric_column = _columns.NumericColumn
bucketized_column = _columns.BucketizedColumn
categorical_column_with_identity = _columns.IdentityColumn
categorical_column_with_vocabulary_list = _columns.VocabularyColumn
categorical_column_with_hash_bucket = _columns.HashColumn
indicator_column = _columns.IndicatorColumn
embedding_column = _columns.EmbeddingColumn


def __getattr__(name):
    instead = {"crossed_column": " Use keras.layers.HashedCrossing."}.get(name, "")
    raise AttributeError(f"module 'tensorbrook.feature_column' has no attribute {name!r}.{instead}")
