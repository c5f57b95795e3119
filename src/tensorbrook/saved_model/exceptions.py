"""Primitives that cannot be written for TensorFlow, and why."""

_PYTHON = "it runs Python objects of the program, which a file cannot hold"
_DATA = "it reads a data set or an iterator of the program: pass the elements as arguments"
_SEARCH = "TensorFlow's operation returns its results in another form, which is not built"
_UNBUILT = "a rule for it is not built: compute it outside of what is saved"

WHY = {
    **dict.fromkeys(("python_call", "queue_call"), _PYTHON),
    **dict.fromkeys(("iterator_next", "iterator_begin", "for_each", "derived_dataset"), _DATA),
    **dict.fromkeys(("ctc_decode", "parse_example"), _SEARCH),
    **dict.fromkeys(
        (
            *("non_max_suppression", "non_max_suppression_padded", "non_max_suppression_overlaps"),
            *("combined_non_max_suppression", "draw_bounding_boxes", "decode_picture"),
            *("sample_distorted_bounding_box", "encode_picture", "through_jpeg", "edit_distance"),
            *("draw_candidates", "serialize_many_sparse", "deserialize_many_sparse"),
            *("isotonic_regression", "unique_labels", "draw_regions"),
        ),
        _UNBUILT,
    ),
}
