"""Expressions of tf, tf.nn, tf.raw_ops and their kin whose figures make_rest.py records.

GRADIENTS are functions of `x`, whose gradients by it are recorded as well; OPEN of these are also
run with unknown sizes.
"""

EXPRESSIONS = """
tf.gather_nd([[1, 2], [3, 4]], tf.zeros([2, 0], tf.int32))
tf.einsum("...ij,...jk->...ik", tf.reshape(tf.range(12.0), [2, 1, 2, 3]), tf.reshape(tf.range(18.0), [3, 3, 2]))
tf.einsum("...ij,...jk->...ik", tf.reshape(tf.range(18.0), [3, 2, 3]), tf.reshape(tf.range(6.0), [1, 3, 2]))
tf.einsum("...i,...i->...", tf.reshape(tf.range(6.0), [2, 1, 3]), tf.reshape(tf.range(12.0), [4, 3]))
tf.einsum("i...,i...->i...", tf.reshape(tf.range(6.0), [2, 1, 3]), tf.reshape(tf.range(8.0), [2, 4, 1]))
tf.einsum("...,...->...", tf.constant([1.0, 2.0]), tf.constant([[1.0], [2.0], [3.0]]))
[tf.abs(tf.signal.fft([1.0, 2.0])), tf.abs(tf.signal.ifft([1, 2])), tf.abs(tf.signal.rfft([1, 2, 5])), tf.signal.irfft([1.0, 2.0])]
tf.map_fn(lambda x: x * tf.ones([2], tf.int32), tf.constant([1, 3]), fn_output_signature=tf.RaggedTensorSpec([None], tf.int32)).flat_values
tf.map_fn(lambda x: (x[0][:1], x[1] * 2), (rows, tf.constant([1, 2, 3])), fn_output_signature=(tf.RaggedTensorSpec([None], tf.int64), tf.int32))[0].flat_values
tf.map_fn(lambda x: (x[0], x[1] * 2), (rows, tf.constant([1, 2, 3])))[1]
tf.sparse.to_dense(tf.map_fn(lambda x: tf.sparse.from_dense(tf.stack([x, 0, x])), tf.constant([1, 3]), fn_output_signature=tf.SparseTensorSpec([None], tf.int32)))
tf.cast(tf.math.is_nan(tf.linalg.cholesky(tf.constant([[[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]]))), tf.float32)
tf.nn.pool(v - 2.0, [2, 2], "MAX", dilations=[2, 1], padding="VALID")
tf.nn.pool(v[0], [2], "AVG", dilations=[3])
tf.strided_slice(a, [0, 1], [2, 1], begin_mask=1, end_mask=2)
tf.strided_slice(a, [0, 1], [2, 1], shrink_axis_mask=2)
tf.strided_slice(a, [0, 0, 1], [0, 0, 3], [1, 1, 2], ellipsis_mask=1, new_axis_mask=2)
[y for k in (0, 1, -1) for y in tf.raw_ops.UniqueV2(x=[[1, 0, 1], [2, 0, 2], [1, 0, 1]], axis=[k])]
tf.raw_ops.UniqueWithCountsV2(x=[[3, 1], [0, 0], [3, 1]], axis=[0])
tf.io.encode_base64(tf.strings.as_string(rows)).flat_values
tf.ragged.cross([rows, [[1], [2], [3]]]).flat_values
tf.nn.embedding_lookup(a, [[1, 0]], max_norm=1.0)
tf.nn.embedding_lookup(a, 2, max_norm=9.0)
tf.nn.embedding_lookup(a, rows, max_norm=2.0).flat_values
tf.nn.embedding_lookup([a], [1, 0])
tf.nn.embedding_lookup([a[:2], a[2:]], [2, 0, 1])
tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1).lookup(words).values
tf.pad(tf.constant(5), tf.zeros([0, 2], tf.int32))
(lambda x: [x.indices, x.values, x.dense_shape])(tf.compat.v1.string_split(["a b", "c  d", ""]))
(lambda x: [x.indices, x.values, x.dense_shape])(tf.compat.v1.string_split(["a,b;c", ",d"], delimiter=",;", skip_empty=False))
tf.compat.v1.string_split(["abc", "d"], "", result_type="RaggedTensor").flat_values
(lambda x: [x.indices, x.values, x.dense_shape])(tf.compat.v1.strings.split(["a b", "c"]))
tf.compat.v1.strings.split("a-b-c", sep="-", maxsplit=1, result_type="RaggedTensor").flat_values
tf.compat.v1.nn.embedding_lookup([a[:2], a[2:]], [[2, 0], [1, 0]])
tf.compat.v1.nn.embedding_lookup([a[:2], a[2:]], [2, 0, 1], partition_strategy="div")
tf.compat.v1.nn.embedding_lookup(a, [2, 0], max_norm=1.0)
tf.compat.v1.image.resize(v, [3, 8], align_corners=True)
tf.linalg.global_norm([])
tf.clip_by_global_norm([], 1.0)[1]
tf.saturate_cast(tf.constant([1 + 2j, 300]), tf.uint8)
tf.math.imag(tf.math.l2_normalize(tf.constant([3 + 4j, 0], tf.complex64)))
tf.searchsorted(tf.ones([2, 0]), tf.ones([2, 3]))
tf.searchsorted(tf.ones([0, 2]), tf.ones([0, 3]))
tf.math.count_nonzero(tf.constant([["", "a"], ["b", "c"]]), axis=0)
tf.matmul(tf.constant([[1, 2]], tf.int8), tf.constant([[100], [100]], tf.int8), output_type=tf.int32)
tf.nn.ctc_loss([[1, 1, 2], [3, 3, 0]], time, [3, 2], [4, 2])
tf.nn.ctc_loss(tf.sparse.from_dense([[1, 1]]), tf.zeros([2, 1, 4]), None, [2], blank_index=0)
tf.dynamic_partition(a, [0, 1, 0], 2)
tf.dynamic_partition(a, [[0, 1, 0, 1]] * 3, 2)
tf.dynamic_stitch([[2, 0], [1, 3]], [a[:2], a[1:]])
tf.dynamic_stitch([6, [4, 1], [[5, 2], [0, 3]]], [[61, 62], [[41, 42], [11, 12]], [[[51, 52], [21, 22]], [[1, 2], [31, 32]]]])
tf.dynamic_stitch([[0, 1], [1, 2]], [[1, 2], [3, 4]])
tf.reverse_sequence(a, [2, 4, 1], seq_axis=1)
tf.reverse_sequence(a, [2, 0, 3, 1], seq_axis=0, batch_axis=1)
tf.space_to_batch(v, [2, 3], [[1, 1], [0, 0]])
tf.space_to_batch_nd(v[..., 0], [2], [[0, 0]])
tf.batch_to_space(tf.space_to_batch(v, [2, 3], [[1, 1], [0, 0]]), [2, 3], [[1, 1], [0, 0]])
tf.required_space_to_batch_paddings([5, 7], [2, 3], [[1, 0], [0, 2]])
tf.unravel_index([22, 41, 37], (7, 6))
tf.unravel_index(tf.constant(5, tf.int64), (3, 4))
tf.fingerprint([[1, 2], [3, 4]])
tf.fingerprint(["a", "longer than sixteen bytes, and again"])
tf.fingerprint([["a", "b"], ["c", ""]])
tf.identity_n([1, 2.0])
tf.shape_n([[1], [2, 3]])
tf.extract_volume_patches(volume, [1, 2, 2, 2, 1], [1, 1, 1, 1, 1], "VALID")
tf.extract_volume_patches(volume, [1, 2, 2, 2, 1], [1, 2, 2, 2, 1], "SAME")
tf.nn.with_space_to_batch(v, [2, 2], "VALID", lambda x, num_spatial_dims, padding: tf.nn.avg_pool(x, 2, 1, padding))
tf.nn.with_space_to_batch(v, [2, 1], "SAME", lambda x, num_spatial_dims, padding: tf.nn.convolution(x, tf.ones([3, 2, 1, 1]), 1, padding), filter_shape=[3, 2])
tf.nn.compute_average_loss(a[0])
tf.nn.compute_average_loss(a, sample_weight=[1.0, 0.5, 0.0], global_batch_size=8)
tf.nn.scale_regularization_loss(a)
tf.nn.sufficient_statistics(a, [0])[:3]
tf.nn.sufficient_statistics(a, [0, 1], shift=1.0, keepdims=True)
tf.nn.normalize_moments(2.0, a[0] * 2, a[0] * a[0] * 4, 1.0)
tf.nn.weighted_moments(a, [0], [[1.0], [3.0], [2.0]])
tf.nn.weighted_moments(a, [1], [1.0, 3.0, 0.5, 2.0], keepdims=True)
tf.nn.batch_norm_with_global_normalization(a[None, None], a[0], tf.square(a[1]) + 1, a[2], a[0], 0.001, True)
tf.nn.lrn(a[None, None])
tf.nn.local_response_normalization(a[None, None], depth_radius=1, bias=2.0, alpha=0.5, beta=0.75)
tf.nn.isotonic_regression(a)
tf.nn.isotonic_regression(a, decreasing=False)
tf.nn.isotonic_regression(a, axis=0)
tf.nn.collapse_repeated([[1, 1, 2, 2, 1], [0, 0, 0, 1, 1]], [5, 4])
tf.nn.ctc_unique_labels([[1, 1, 2, 0], [3, 3, 3, 1]])
tf.nn.dilation2d(v, tf.ones([2, 3, 1]), [1, 2, 2, 1], "SAME", "NHWC", [1, 1, 1, 1])
tf.nn.dilation2d(v, k, [1, 1, 1, 1], "VALID", "NHWC", [1, 2, 2, 1])
tf.nn.erosion2d(v, k, [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1])
tf.nn.depthwise_conv2d_backprop_filter(v, [2, 2, 1, 1], v[:, 1:, 1:], [1, 1, 1, 1], "VALID")
tf.nn.depthwise_conv2d_backprop_input([1, 6, 6, 1], k[..., None], v[:, :3, :3], [1, 2, 2, 1], "SAME")
tf.nn.fractional_max_pool(v, [1.0, 1.5, 1.5, 1.0], pseudo_random=True, seed=3)
tf.nn.fractional_max_pool(v, [1.0, 1.44, 1.73, 1.0], seed=3)
tf.nn.fractional_avg_pool(v, [1.0, 1.44, 1.3, 1.0], seed=3, overlapping=True)
tf.nn.all_candidate_sampler(ids, 1, 5, True)
tf.random.log_uniform_candidate_sampler(ids, 1, 4, True, 20, seed=3)
tf.random.log_uniform_candidate_sampler(ids, 1, 6, False, 20, seed=4)
tf.random.uniform_candidate_sampler(ids, 1, 15, True, 20, seed=3)
tf.nn.fixed_unigram_candidate_sampler(ids, 1, 3, True, 5, unigrams=[1.0, 2.0, 3.0, 4.0, 5.0], seed=3)
tf.nn.fixed_unigram_candidate_sampler(ids, 1, 3, False, 5, unigrams=[1.0, 2.0, 3.0, 4.0, 5.0], distortion=0.5, seed=3)
tf.nn.compute_accidental_hits(ids, tf.constant([1, 3, 1], tf.int64), 1)
tf.nn.nce_loss(w, w[:, 0], ids, a[:2], 3, 10, sampled_values=drawn)
tf.nn.nce_loss([w[:5], w[5:]], w[:, 0], ids, a[:2], 3, 10, sampled_values=drawn, remove_accidental_hits=True)
tf.nn.sampled_softmax_loss(w, w[:, 0], ids, a[:2], 3, 10, sampled_values=drawn)
tf.nn.sampled_softmax_loss(w, w[:, 0], ids, a[:2], 3, 10, sampled_values=drawn, remove_accidental_hits=False)
tf.nn.embedding_lookup_sparse(w, rows, None)
tf.nn.embedding_lookup_sparse(w, rows, rows.with_values(a[0, :1] * [1.0, 2.0, 3.0, 4.0, 0.5]), combiner="sqrtn")
tf.nn.embedding_lookup_sparse([w[:5], w[5:]], rows, None, combiner="sum", max_norm=0.5)
tf.nn.safe_embedding_lookup_sparse(w, rows, default_id=3)
tf.edit_distance(words, other)
tf.edit_distance(words, other, normalize=False)
tf.nn.ctc_greedy_decoder(time, [4, 3])[0][0].values, tf.nn.ctc_greedy_decoder(time, [4, 3])[1]
tf.nn.ctc_greedy_decoder(time, [4, 3], merge_repeated=False, blank_index=0)[0][0].indices
[y.values for y in tf.nn.ctc_beam_search_decoder(time, [4, 3], top_paths=2)[0]]
tf.nn.ctc_beam_search_decoder(time, [4, 3], top_paths=2)[0][0].dense_shape
tf.nn.ctc_beam_search_decoder(time, [4, 3], top_paths=2)[1]
tf.nn.log_poisson_loss(tf.abs(a), a)
tf.nn.log_poisson_loss(tf.abs(a), a, compute_full_loss=True)
tf.image.extract_glimpse(v, [3, 2], [[-0.75, 0.5]], noise="zero")
tf.image.extract_glimpse(v, [3, 2], [[0.5, -0.25]], centered=False, noise="zero")
tf.image.extract_glimpse(v, [3, 2], [[1.0, 2.0]], normalized=False, noise="zero")
tf.image.extract_glimpse(v, [3, 2], [[-0.75, 0.5]], centered=False, normalized=False, noise="zero")
tf.Variable([1.0, 2.0, 3.0]).scatter_mul(tf.IndexedSlices(tf.constant([2.0, 3.0]), tf.constant([1, 1]))).value()
tf.Variable([1.0, 2.0, 3.0]).scatter_div(tf.IndexedSlices(tf.constant([2.0, 4.0]), tf.constant([1, 2]))).value()
tf.Variable([[1.0, 2.0], [3.0, 4.0]]).batch_scatter_update(tf.IndexedSlices(tf.constant([[7.0], [8.0]]), tf.constant([[0], [1]]))).value()
tf.Variable([1.0, 2.0, 3.0]).sparse_read([2, 0])
tf.raw_ops.AddV2(x=a, y=a)
tf.raw_ops.Sum(input=a, axis=1, keep_dims=True)
tf.raw_ops.MatMul(a=a, b=a, transpose_b=True)
tf.raw_ops.BatchMatMulV2(x=a[None], y=a[None], adj_y=True)
tf.raw_ops.Atan2(y=a, x=a + 1)
tf.raw_ops.InTopK(predictions=a, targets=[1, 0, 3], k=2)
tf.raw_ops.Mod(x=[-7, 7], y=[3, -3])
tf.raw_ops.Split(axis=1, value=a, num_split=2)
tf.raw_ops.SelectV2(condition=a > 1, t=a, e=-a)
tf.raw_ops.ReverseSequence(input=a, seq_lengths=[2, 4, 1], seq_dim=1)
tf.raw_ops.StringLower(input=["AbC"])
tf.compat.v1.reduce_sum(a, reduction_indices=1, keep_dims=True)
tf.compat.v1.argmax(a, dimension=1)
tf.compat.v1.to_int32(a)
tf.compat.v1.div(7.0, 2.0)
"""
EXPRESSIONS = [line for line in EXPRESSIONS.splitlines() if line]

GRADIENTS = """
tf.concat(tf.dynamic_partition(x, [0, 1, 0], 2), 0) * [1.0, 2.0, 3.0, 4.0]
tf.dynamic_stitch([[2, 0], [1, 3]], [x[:2], x[1:]]) * [1.0, 2.0, 3.0, 4.0]
tf.reverse_sequence(x, [2, 4, 1], seq_axis=1) * [1.0, 2.0, 3.0, 4.0]
tf.space_to_batch(x[None, ..., None], [1, 2], [[0, 0], [1, 1]]) ** 2
tf.nn.lrn(x[None, None])
tf.nn.weighted_moments(x, [0], [[1.0], [3.0], [2.0]])[1]
tf.nn.isotonic_regression(x)[0] * [1.0, 2.0, 3.0, 4.0]
tf.nn.dilation2d(x[None, ..., None], [[[0.5], [0.2]]], [1, 1, 1, 1], "VALID", "NHWC", [1, 1, 1, 1]) ** 2
tf.nn.fractional_avg_pool(x[None, ..., None], [1.0, 1.0, 1.5, 1.0], seed=3)[0] ** 2
tf.nn.nce_loss(w, w[:, 0], ids, x[:2], 3, 10, sampled_values=drawn)
tf.nn.sampled_softmax_loss(w, w[:, 0], ids, x[:2], 3, 10, sampled_values=drawn)
tf.nn.compute_average_loss(x ** 2, sample_weight=[1.0, 0.5, 0.0])
tf.nn.log_poisson_loss(tf.abs(x), x, compute_full_loss=True)
tf.raw_ops.Mean(input=x ** 3, axis=[0])
tf.grad_pass_through(tf.round)(x) * x
"""
GRADIENTS = [line for line in GRADIENTS.splitlines() if line]
OPEN = [
    line for line in GRADIENTS
    if not line.startswith(("tf.concat", "tf.nn.frac", "tf.nn.nce", "tf.nn.sampled", "tf.dyn"))
]  # fmt: skip


def names(tf, np):
    """What the expressions are of."""
    a = np.float32([[0.5, -1.25, 2.0, 1.5], [3.0, 0.25, -0.5, 1.0], [0.75, 2.5, 0.125, -2.0]])
    return {
        "tf": tf,
        "a": tf.constant(a),
        "v": tf.reshape(tf.range(36.0) % 7, [1, 6, 6, 1]),
        "k": tf.constant([[[0.5], [1.0], [-1.0]], [[2.0], [0.25], [0.0]]]),
        "w": tf.reshape(tf.range(40.0) / 40, [10, 4]),
        "volume": tf.reshape(tf.range(27.0), [1, 3, 3, 3, 1]),
        "ids": tf.constant([[1], [3]], tf.int64),
        "words": tf.SparseTensor([[0, 0], [1, 0], [1, 1], [2, 0]], ["a", "b", "c", "x"], [3, 2]),
        "other": tf.SparseTensor([[0, 0], [0, 1], [1, 0], [1, 1]], ["a", "b", "b", "d"], [4, 2]),
        "time": tf.reshape(tf.sin(tf.range(32.0) ** 2), [4, 2, 4]),
        "rows": tf.ragged.constant([[1, 2], [], [0, 1, 1]], dtype=tf.int64),
        "drawn": (
            tf.constant([0, 3, 5], tf.int64),
            tf.constant([[0.5], [0.3]]),
            tf.constant([0.6, 0.3, 0.2]),
        ),
    }
