"""Primitives that have no rule, and why."""

_WHY = {
    "ONNX's operators on texts do not do it: prepare the texts before the model, and let it take "
    "numbers": """
        strings_lower strings_upper strings_strip strings_length substr regex_replace
        regex_full_match as_string to_hash_bucket strings_join reduce_join unsorted_segment_join
        strings_format crossed_hashes cross strings_split bytes_split ngrams unicode_transcode
        unicode_decode unicode_split unicode_offsets unicode_encode unicode_script encode_base64
        decode_base64 table_find_words fingerprint edit_distance serialize_many_sparse
        deserialize_many_sparse""",
    "a model of ONNX has no state that it could change": """
        table_insert table_remove table_size queue_call""",
    "a model of ONNX reads and writes no files: give it tensors": """
        read_file write_file matching_files decode_raw decode_compressed serialize_tensor decode_csv
        decode_json_example parse_example decode_picture encode_picture is_jpeg extract_jpeg_shape
        through_jpeg decode_wav encode_wav""",
    "a model of ONNX runs no Python, no clock and no data set: iterate outside of it": """
        python_call timestamp iterator_next for_each iterator_begin derived_dataset""",
    "a model of ONNX runs in one process": "all_reduce all_gather",
    "it is part of a derivative: export the function that is differentiated": """
        conv_filter_gradient max_pool_gradient max_pool_gather window_sum_gradient
        sample_pictures_transpose while_gradient igamma_grad_a""",
    "ONNX has no factorizations of matrices": """
        inv solve cholesky qr svd self_adjoint_eig lu eig slogdet pinv expm tridiagonal_solve sqrtm
        logm""",
    "ONNX does not have this special function": """
        lgamma digamma polygamma bessel_i0e bessel_i1e dawsn expint fresnel_cos fresnel_sin spence
        bessel_j0 bessel_j1 bessel_y0 bessel_y1 bessel_k0 bessel_k0e bessel_k1 bessel_k1e igamma
        igammac zeta betainc""",
    "ONNX draws no such numbers": """
        random_full_int random_uniform_rows random_gamma random_poisson random_binomial
        random_index_shuffle draw_candidates draw_regions sample_distorted_bounding_box""",
    "operators of version 19 do not do it": """
        bitcast gcd lcm nextafter ctc_decode ranges set_operation non_max_suppression_padded
        non_max_suppression_overlaps combined_non_max_suppression draw_bounding_boxes
        isotonic_regression unique_labels""",
}
WHY = {name: why for why, names in _WHY.items() for name in names.split()}
