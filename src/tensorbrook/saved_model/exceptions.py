"""Primitives that cannot be written for TensorFlow, and why."""

_PYTHON = "it runs Python objects of the program, which a file cannot hold"
_DATA = "it reads a data set or an iterator of the program: pass the elements as arguments"
_GROUP = "it runs between the processes of a cluster: save the model, not its step of training"
_UNBUILT = "a rule for it is not built: compute it outside of what is saved"

WHY = {
    **dict.fromkeys(("python_call", "queue_call"), _PYTHON),
    **dict.fromkeys(("all_reduce", "all_gather"), _GROUP),
    **dict.fromkeys(("iterator_next", "iterator_begin", "for_each", "derived_dataset"), _DATA),
    **dict.fromkeys(
        (
            *("non_max_suppression_padded", "sample_distorted_bounding_box"),
            *("draw_candidates", "serialize_many_sparse", "deserialize_many_sparse"),
            *("isotonic_regression", "unique_labels", "draw_regions"),
        ),
        _UNBUILT,
    ),
}
