"""tf.feature_column: what to make of named features, for `keras.layers.DenseFeatures`."""

from .keras.layers import dense_features as _columns

numeric_column = _columns.NumericColumn
bucketized_column = _columns.BucketizedColumn
categorical_column_with_identity = _columns.IdentityColumn
categorical_column_with_vocabulary_list = _columns.VocabularyColumn
categorical_column_with_hash_bucket = _columns.HashColumn
crossed_column = _columns.CrossedColumn
indicator_column = _columns.IndicatorColumn
embedding_column = _columns.EmbeddingColumn


_ABSENT = {
    "categorical_column_with_vocabulary_file": "read the file, and use "
    "categorical_column_with_vocabulary_list, or keras.layers.StringLookup",
    "make_parse_example_spec": "give tf.io.parse_example its features",
    "shared_embeddings": "use one keras.layers.Embedding for all",
    "weighted_categorical_column": "use keras.layers.CategoryEncoding(count_weights=)",
    **dict.fromkeys(
        (
            "sequence_categorical_column_with_hash_bucket",
            "sequence_categorical_column_with_identity",
            "sequence_categorical_column_with_vocabulary_file",
            "sequence_categorical_column_with_vocabulary_list",
            "sequence_numeric_column",
        ),
        "feed sequences to keras.layers.Embedding",
    ),
}


def __getattr__(name):
    instead = f": {_ABSENT[name]}." if name in _ABSENT else "."
    raise AttributeError(f"module 'tensorbrook.feature_column' has no attribute {name!r}{instead}")
