"""Record what TensorFlow's tf.data gives for a table of pipelines.

Run with an interpreter that has TensorFlow 2.21: `python tests/oracles/make_data.py`.
Each row is (name, expression); the golden file keeps the expression, so that the test runs the very
same text on tensorbrook. A row whose name ends with `!` is expected to raise.
"""

from __future__ import annotations

import json
import pathlib
import re

from data_show import evaluate

PIPELINES = [
    # sources
    ("slices", "Dataset.from_tensor_slices([1, 2, 3])"),
    ("slices_float", "Dataset.from_tensor_slices([[1.0, 2.0], [3.0, 4.0]])"),
    ("slices_tuple", "Dataset.from_tensor_slices((np.arange(6.0).reshape(3, 2), [b'a', b'b', b'c']))"),
    ("slices_dict", "Dataset.from_tensor_slices({'b': [1, 2], 'a': ([3, 4], [5.0, 6.0])})"),
    ("slices_named", "Dataset.from_tensor_slices(Point(x=[1, 2], y=[3, 4]))"),
    ("slices_str", "Dataset.from_tensor_slices(['one', 'two'])"),
    ("slices_bool", "Dataset.from_tensor_slices([True, False])"),
    ("slices_int64", "Dataset.from_tensor_slices(np.arange(4))"),
    ("slices_uint8", "Dataset.from_tensor_slices(np.arange(4, dtype=np.uint8).reshape(2, 2))"),
    ("slices_empty_rows", "Dataset.from_tensor_slices(np.zeros((0, 3)))"),
    ("slices_uneven!", "Dataset.from_tensor_slices(([1, 2, 3], [1, 2]))"),
    ("slices_scalar!", "Dataset.from_tensor_slices(5)"),
    ("slices_none!", "Dataset.from_tensor_slices(())"),
    ("tensors", "Dataset.from_tensors([1, 2, 3])"),
    ("tensors_tuple", "Dataset.from_tensors(([1, 2], 'x'))"),
    ("tensors_dict", "Dataset.from_tensors({'a': [1, 2], 'b': 0.5})"),
    ("range1", "Dataset.range(4)"),
    ("range2", "Dataset.range(2, 5)"),
    ("range3", "Dataset.range(1, 10, 3)"),
    ("range_down", "Dataset.range(5, 0, -2)"),
    ("range_empty", "Dataset.range(5, 1)"),
    ("range_dtype", "Dataset.range(3, output_type=tf.int32)"),
    ("range_float", "Dataset.range(3, output_type=tf.float32)"),
    ("range_none!", "Dataset.range()"),
    ("range_step0!", "Dataset.range(1, 5, 0)"),
    ("counter", "Dataset.counter().take(3)"),
    ("counter_step", "Dataset.counter(start=2, step=5, dtype=tf.int32).take(3)"),
    ("counter_endless", "Dataset.counter()", "spec"),
    ("random", "Dataset.random(seed=4).take(6)"),
    ("random_two", "Dataset.random(seed=4).take(3)", "twice"),
    ("random_again", "Dataset.random(seed=4, rerandomize_each_iteration=True).take(3)", "twice"),
    ("random_global", "seeded(11, lambda: Dataset.random().take(5))"),
    ("zip2", "Dataset.zip(Dataset.range(3), Dataset.range(10, 20))"),
    ("zip_tuple", "Dataset.zip((Dataset.range(3), Dataset.from_tensor_slices([1., 2.])))"),
    ("zip_one", "Dataset.zip(Dataset.range(3))"),
    ("zip_one_tuple", "Dataset.zip((Dataset.range(3),))"),
    ("zip_nested", "Dataset.zip({'a': Dataset.range(2), 'b': (Dataset.range(3), Dataset.range(4))})"),
    ("zip_keyword", "Dataset.zip(datasets=(Dataset.range(2), Dataset.range(2)))"),
    ("zip_list!", "Dataset.zip([Dataset.range(2), Dataset.range(3)])"),
    ("zip_none!", "Dataset.zip()"),
    ("zip_both!", "Dataset.zip(Dataset.range(2), datasets=Dataset.range(2))"),
    ("zip_int!", "Dataset.zip(3, 4)"),
    ("zip_endless", "Dataset.zip(Dataset.range(2), Dataset.counter())"),
    ("zip_static", "Dataset.range(3).zip(Dataset.range(2))"),
    ("generator_signature", "Dataset.from_generator(lambda: iter([(1, [1., 2.]), (2, [3.])]), output_signature=(tf.TensorSpec((), tf.int32), tf.TensorSpec((None,), tf.float32)))"),
    ("generator_types", "Dataset.from_generator(lambda: range(3), tf.int64)"),
    ("generator_types_shapes", "Dataset.from_generator(lambda: range(3), tf.float32, ())"),
    ("generator_pair", "Dataset.from_generator(lambda: ((i, [i] * i) for i in range(1, 4)), (tf.int64, tf.int64), (tf.TensorShape([]), tf.TensorShape([None])))"),
    ("generator_args", "Dataset.from_generator(lambda n, k: range(n, n + k), output_signature=tf.TensorSpec((), tf.int32), args=(5, 3))"),
    ("generator_list", "Dataset.from_generator(lambda: iter([[1, 2], [3, 4]]), output_signature=tf.TensorSpec((2,), tf.int32))"),
    ("generator_dict", "Dataset.from_generator(lambda: iter([{'a': 1, 'b': 'x'}]), output_signature={'a': tf.TensorSpec((), tf.int32), 'b': tf.TensorSpec((), tf.string)})"),
    ("generator_not_callable!", "Dataset.from_generator([1, 2], tf.int32)"),
    ("generator_no_types!", "Dataset.from_generator(lambda: range(3))"),
    ("generator_both!", "Dataset.from_generator(lambda: range(3), tf.int32, output_signature=tf.TensorSpec((), tf.int32))"),
    ("generator_shapes_both!", "Dataset.from_generator(lambda: range(3), output_shapes=(), output_signature=tf.TensorSpec((), tf.int32))"),
    ("generator_bad_signature!", "Dataset.from_generator(lambda: range(3), output_signature=tf.int32)"),
    ("generator_bad_shape!", "Dataset.from_generator(lambda: iter([[1, 2]]), output_signature=tf.TensorSpec((3,), tf.int32))", "iterate"),
    ("generator_bad_type!", "Dataset.from_generator(lambda: iter(['a']), output_signature=tf.TensorSpec((), tf.int32))", "iterate"),
    ("generator_bad_structure!", "Dataset.from_generator(lambda: iter([(1, 2, 3)]), output_signature=(tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.int32)))", "iterate"),
    # map, filter
    ("map", "Dataset.range(4).map(lambda x: x * 2)"),
    ("map_tuple", "Dataset.from_tensor_slices(([1, 2], [3., 4.])).map(lambda x, y: (y, x))"),
    ("map_dict", "Dataset.from_tensor_slices(([1, 2], [3., 4.])).map(lambda x, y: {'x': x, 'y': y})"),
    ("map_from_dict", "Dataset.from_tensor_slices({'a': [1, 2], 'b': [3, 4]}).map(lambda d: d['a'] + d['b'])"),
    ("map_list", "Dataset.range(2).map(lambda x: [x, x + 1])"),
    ("map_inner_list", "Dataset.range(2).map(lambda x: (x, [x, x + 1]))"),
    ("map_constant", "Dataset.range(2).map(lambda x: 7)"),
    ("map_constants", "Dataset.range(2).map(lambda x: (x, 1.5, 'a', True))"),
    ("map_named", "Dataset.range(2).map(lambda x: Point(x, x + 1)).map(lambda p: p.y)"),
    ("map_nested", "Dataset.range(2).map(lambda x: ((x, x), {'k': x})).map(lambda a, b: a[0] + b['k'])"),
    ("map_numpy", "Dataset.range(2).map(lambda x: np.float64(2.0))"),
    ("map_batch", "Dataset.from_tensor_slices(np.ones((5, 3), np.float32)).batch(2).map(lambda x: x * 2)"),
    ("map_batch_sum", "Dataset.from_tensor_slices(np.ones((5, 3), np.float32)).batch(2).map(lambda x: tf.reduce_sum(x, axis=1))"),
    ("map_batch_swap", "Dataset.from_tensor_slices(np.ones((5, 3), np.float32)).batch(2).map(lambda x: tf.transpose(x))"),
    ("map_cast", "Dataset.range(3).map(lambda x: tf.cast(x, tf.float32) / 2)"),
    ("map_parallel", "Dataset.range(8).map(lambda x: x + 1, num_parallel_calls=4)"),
    ("map_autotune", "Dataset.range(8).map(lambda x: x + 1, num_parallel_calls=tf.data.AUTOTUNE)"),
    ("map_dataset", "Dataset.range(1, 3).map(lambda n: Dataset.range(n))"),
    ("map_none", "Dataset.range(1).map(lambda n: (n, None))"),
    ("map_bad_return!", "Dataset.range(1).map(lambda n: object())", "iterate"),
    ("filter", "Dataset.range(8).filter(lambda x: x % 3 == 0)"),
    ("filter_tuple", "Dataset.from_tensor_slices(([1, 2, 3], [4., 5., 6.])).filter(lambda x, y: y > 4.5)"),
    ("filter_bad!", "Dataset.range(3).filter(lambda x: x)", "iterate"),
    ("take_while", "Dataset.range(8).take_while(lambda x: x < 3)"),
    ("scan", "Dataset.range(5).scan(initial_state=np.int64(10), scan_func=lambda s, x: (s + x, s))"),
    ("scan_tuple", "Dataset.range(3).scan((np.int64(0), np.int64(1)), lambda s, x: ((s[1], s[0] + s[1]), s[0]))"),
    ("unique", "Dataset.from_tensor_slices([1, 37, 2, 37, 2, 1]).unique()"),
    ("unique_str", "Dataset.from_tensor_slices(['a', 'b', 'a']).unique()"),
    # batch and friends
    ("batch", "Dataset.range(8).batch(3)"),
    ("batch_drop", "Dataset.range(8).batch(3, drop_remainder=True)"),
    ("batch_rows", "Dataset.from_tensor_slices((np.arange(10.0, dtype=np.float32).reshape(5, 2), np.arange(5))).batch(2)"),
    ("batch_str", "Dataset.from_tensor_slices(['a', 'bc', 'd']).batch(2)"),
    ("batch_twice", "Dataset.range(8).batch(2).batch(2, drop_remainder=True)"),
    ("batch_parallel", "Dataset.range(5).batch(2, num_parallel_calls=2)"),
    ("batch_uneven!", "Dataset.from_generator(lambda: iter([[1], [1, 2]]), output_signature=tf.TensorSpec((None,), tf.int32)).batch(2)", "iterate"),
    ("batch_zero!", "Dataset.range(3).batch(0)", "iterate"),
    ("unbatch", "Dataset.from_tensor_slices([[1, 2, 3], [4, 5, 6]]).unbatch()"),
    ("unbatch_tuple", "Dataset.from_tensors(([1, 2, 3], [[1.], [2.], [3.]])).unbatch()"),
    ("unbatch_batch", "Dataset.range(5).batch(2).unbatch()"),
    ("unbatch_scalar!", "Dataset.range(3).unbatch()"),
    ("rebatch", "Dataset.range(7).batch(3).rebatch(2)"),
    ("rebatch_drop", "Dataset.range(7).batch(3).rebatch(2, drop_remainder=True)"),
    ("rebatch_list", "Dataset.range(8).batch(4).rebatch([2, 1, 1])"),
    ("padded", "Dataset.from_generator(lambda: iter([[1], [1, 2], [1, 2, 3]]), output_signature=tf.TensorSpec((None,), tf.int32)).padded_batch(2)"),
    ("padded_range", "Dataset.range(1, 5).map(lambda x: tf.fill([tf.cast(x, tf.int32)], x)).padded_batch(2)"),
    ("padded_shapes", "Dataset.range(1, 5).map(lambda x: tf.fill([tf.cast(x, tf.int32)], x)).padded_batch(2, padded_shapes=5)"),
    ("padded_values", "Dataset.range(1, 5).map(lambda x: tf.fill([tf.cast(x, tf.int32)], x)).padded_batch(2, padded_shapes=5, padding_values=np.int64(-1))"),
    ("padded_tuple", "Dataset.from_generator(lambda: iter([([1.], 'a', [[1]]), ([1., 2.], 'b', [[1], [2]])]), output_signature=(tf.TensorSpec((None,), tf.float32), tf.TensorSpec((), tf.string), tf.TensorSpec((None, 1), tf.int32))).padded_batch(2, padded_shapes=([3], [], [None, 2]), padding_values=(0.5, None, 9))"),
    ("padded_drop", "Dataset.range(1, 4).map(lambda x: tf.fill([tf.cast(x, tf.int32)], x)).padded_batch(2, drop_remainder=True)"),
    ("padded_minus_one", "Dataset.from_generator(lambda: iter([[1], [1, 2]]), output_signature=tf.TensorSpec((None,), tf.int32)).padded_batch(2, padded_shapes=[-1], padding_values=7)"),
    ("padded_short!", "Dataset.range(4, 6).map(lambda x: tf.fill([tf.cast(x, tf.int32)], x)).padded_batch(2, padded_shapes=3)", "iterate"),
    ("padded_rank!", "Dataset.range(3).padded_batch(2, padded_shapes=[3])"),
    # order and count
    ("repeat", "Dataset.range(3).repeat(2)"),
    ("repeat_none", "Dataset.range(3).repeat().take(7)"),
    ("repeat_minus", "Dataset.range(3).repeat(-1).take(4)"),
    ("repeat_zero", "Dataset.range(3).repeat(0)"),
    ("repeat_endless", "Dataset.range(3).repeat()", "spec"),
    ("repeat_empty", "Dataset.range(0).repeat()", "spec"),
    ("take", "Dataset.range(5).take(2)"),
    ("take_all", "Dataset.range(3).take(-1)"),
    ("take_more", "Dataset.range(3).take(10)"),
    ("skip", "Dataset.range(5).skip(2)"),
    ("skip_all", "Dataset.range(3).skip(-1)"),
    ("skip_more", "Dataset.range(3).skip(10)"),
    ("shard", "Dataset.range(10).shard(3, 1)"),
    ("shard_bad!", "Dataset.range(10).shard(3, 3)", "iterate"),
    ("enumerate", "Dataset.from_tensor_slices([4, 5]).enumerate(start=3)"),
    ("enumerate_tuple", "Dataset.from_tensor_slices(([4, 5], [6., 7.])).enumerate()"),
    ("concatenate", "Dataset.range(3).concatenate(Dataset.range(5, 7))"),
    ("concatenate_shapes", "Dataset.from_tensor_slices([[1, 2]]).concatenate(Dataset.from_tensor_slices([[1, 2, 3]]))"),
    ("concatenate_types!", "Dataset.range(3).concatenate(Dataset.from_tensor_slices([1.0]))"),
    ("cache", "Dataset.range(3).cache()", "twice"),
    ("prefetch", "Dataset.range(3).prefetch(2)"),
    ("prefetch_auto", "Dataset.range(3).batch(2).prefetch(tf.data.AUTOTUNE)"),
    ("apply", "Dataset.range(6).apply(lambda ds: ds.filter(lambda x: x < 3))"),
    ("apply_bad!", "Dataset.range(6).apply(lambda ds: 3)"),
    # shuffle
    ("shuffle_small", "Dataset.range(10).shuffle(3, seed=5)", "twice"),
    ("shuffle_full", "Dataset.range(10).shuffle(10, seed=1)", "thrice"),
    ("shuffle_large", "Dataset.range(20).shuffle(100, seed=42)", "twice"),
    ("shuffle_one", "Dataset.range(5).shuffle(1, seed=42)"),
    ("shuffle_same", "Dataset.range(10).shuffle(5, seed=7, reshuffle_each_iteration=False)", "twice"),
    ("shuffle_repeat", "Dataset.range(6).shuffle(4, seed=3).repeat(3)", "twice"),
    ("shuffle_repeat_large", "Dataset.range(6).shuffle(10, seed=3).repeat(3)"),
    ("shuffle_same_repeat", "Dataset.range(6).shuffle(4, seed=3, reshuffle_each_iteration=False).repeat(3)", "twice"),
    ("repeat_shuffle", "Dataset.range(4).repeat(3).shuffle(5, seed=8)"),
    ("shuffle_batch", "Dataset.from_tensor_slices((np.arange(12).reshape(6, 2), np.arange(6.0))).shuffle(6, seed=2).batch(4)", "twice"),
    ("shuffle_batch_repeat", "Dataset.range(7).shuffle(7, seed=2).batch(3).repeat(2)"),
    ("batch_shuffle", "Dataset.range(9).batch(2).shuffle(3, seed=9)"),
    ("shuffle_skip_take", "Dataset.range(12).shuffle(12, seed=9).skip(2).take(4)", "twice"),
    ("shuffle_twice", "Dataset.range(8).shuffle(4, seed=1).shuffle(4, seed=2)", "twice"),
    ("shuffle_global", "seeded(123, lambda: Dataset.range(8).shuffle(8))", "twice"),
    ("shuffle_global_seed", "seeded(123, lambda: Dataset.range(8).shuffle(8, seed=4))", "twice"),
    ("shuffle_global_two", "seeded(7, lambda: Dataset.zip(Dataset.range(5).shuffle(5), Dataset.range(5).shuffle(5)))"),
    ("shuffle_zero_seed", "Dataset.range(8).shuffle(8, seed=0)"),
    ("shuffle_map", "Dataset.range(8).shuffle(8, seed=6).map(lambda x: x * x)"),
    ("shuffle_cache", "Dataset.range(8).shuffle(8, seed=6).cache()", "twice"),
    ("cache_shuffle", "Dataset.range(8).cache().shuffle(8, seed=6)", "twice"),
    ("shuffle_split", "(lambda d: Dataset.zip(d.take(4), d.skip(4)))(Dataset.range(8).shuffle(8, seed=6))", "twice"),
    ("shuffle_big_seed", "Dataset.range(8).shuffle(8, seed=2**40 + 3)"),
    ("shuffle_negative_seed", "Dataset.range(8).shuffle(8, seed=-5)"),
    ("shuffle_zero!", "Dataset.range(8).shuffle(0)", "iterate"),
    ("shuffle_flat", "Dataset.range(4).flat_map(lambda x: Dataset.range(3).shuffle(3, seed=4))"),
    # nested data sets
    ("flat_map", "Dataset.from_tensor_slices([[1, 2], [3, 4]]).flat_map(lambda x: Dataset.from_tensor_slices(x))"),
    ("flat_map_tuple", "Dataset.from_tensor_slices(([1, 2], [3, 4])).flat_map(lambda x, y: Dataset.from_tensors((x, y)).repeat(2))"),
    ("interleave", "Dataset.range(1, 6).interleave(lambda x: Dataset.from_tensors(x).repeat(6), cycle_length=2, block_length=4)"),
    ("interleave_uneven", "Dataset.range(6).interleave(lambda x: Dataset.from_tensors(x).repeat(x), cycle_length=3, block_length=2)"),
    ("interleave_one", "Dataset.range(5).interleave(lambda x: Dataset.range(x), cycle_length=1)"),
    ("interleave_many", "Dataset.range(5).interleave(lambda x: Dataset.range(x), cycle_length=10)"),
    ("interleave_tail", "Dataset.from_tensor_slices([1, 4, 2, 0, 3]).interleave(lambda x: Dataset.from_tensors(x).repeat(tf.cast(x, tf.int64)), cycle_length=2, block_length=1)"),
    ("interleave_parallel", "Dataset.range(6).interleave(lambda x: Dataset.from_tensors(x).repeat(x), cycle_length=3, block_length=2, num_parallel_calls=2)"),
    ("interleave_parallel_tail", "Dataset.from_tensor_slices([1, 4, 2, 0, 3]).interleave(lambda x: Dataset.from_tensors(x).repeat(tf.cast(x, tf.int64)), cycle_length=2, num_parallel_calls=2)"),
    ("window", "Dataset.range(7).window(3).flat_map(lambda w: w.batch(3))"),
    ("window_shift", "Dataset.range(7).window(3, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(3))"),
    ("window_stride", "Dataset.range(7).window(3, 1, 2, True).flat_map(lambda w: w.batch(3))"),
    ("window_partial", "Dataset.range(7).window(3, 2, 2).flat_map(lambda w: w.batch(3))"),
    ("window_gap", "Dataset.range(10).window(2, shift=4).flat_map(lambda w: w.batch(2))"),
    ("window_nested", "Dataset.range(5).window(2)"),
    ("window_tuple", "Dataset.from_tensor_slices(([1, 2, 3, 4], [5., 6., 7., 8.])).window(2)"),
    ("window_zip", "Dataset.from_tensor_slices(([1, 2, 3], [5., 6., 7.])).window(2).flat_map(lambda x, y: Dataset.zip((x.batch(2), y.batch(2))))"),
    ("window_zero!", "Dataset.range(5).window(0)", "iterate"),
    ("group_by_window", "Dataset.range(10).group_by_window(lambda x: x % 2, lambda key, w: w.batch(5), window_size=5)"),
    ("group_by_window_left", "Dataset.range(10).group_by_window(lambda x: x % 3, lambda key, w: w.batch(2), window_size=2)"),
    ("group_by_window_func", "Dataset.range(10).group_by_window(lambda x: x % 2, lambda key, w: w.batch(9), window_size_func=lambda k: k + 2)"),
    ("group_neither!", "Dataset.range(10).group_by_window(lambda x: x % 2, lambda key, w: w.batch(5))"),
    ("bucket", "Dataset.from_generator(lambda: iter([[0], [1, 2, 3, 4], [5, 6, 7], [7, 8, 9, 10, 11], [13, 14, 15, 16, 19, 20], [21, 22]]), tf.int32, [None]).bucket_by_sequence_length(lambda x: tf.shape(x)[0], bucket_boundaries=[3, 5], bucket_batch_sizes=[2, 2, 2])"),
    ("bucket_pad", "Dataset.from_generator(lambda: iter([[1], [1, 2], [1, 2, 3]]), tf.int32, [None]).bucket_by_sequence_length(lambda x: tf.shape(x)[0], bucket_boundaries=[3, 5], bucket_batch_sizes=[2, 2, 2], pad_to_bucket_boundary=True, padding_values=-1)"),
    ("choose", "Dataset.choose_from_datasets([Dataset.range(3), Dataset.range(10, 13)], Dataset.from_tensor_slices(np.array([0, 1, 1, 0, 1, 1, 0], np.int64)))"),
    ("choose_go_on", "Dataset.choose_from_datasets([Dataset.range(2), Dataset.range(10, 13)], Dataset.from_tensor_slices(np.array([0, 0, 0, 1, 0, 1], np.int64)), stop_on_empty_dataset=False)"),
    ("choose_empty!", "Dataset.choose_from_datasets([], Dataset.range(3))"),
    ("choose_type!", "Dataset.choose_from_datasets([Dataset.range(3)], Dataset.from_tensor_slices([1.0]))"),
    ("sample", "Dataset.sample_from_datasets([Dataset.range(5), Dataset.range(10, 15)], seed=3)"),
    ("sample_weights", "Dataset.sample_from_datasets([Dataset.range(8), Dataset.range(10, 18), Dataset.range(20, 28)], weights=[0.2, 0.5, 0.3], seed=9, stop_on_empty_dataset=True)"),
    ("sample_zero_weight", "Dataset.sample_from_datasets([Dataset.range(2), Dataset.range(10, 13)], weights=[0.0, 1.0], seed=9)"),
    ("sample_lengths!", "Dataset.sample_from_datasets([Dataset.range(2), Dataset.range(10, 13)], weights=[1.0])"),
    # values taken out
    ("reduce", "Dataset.range(5).reduce(np.int64(0), lambda s, x: s + x)", "value"),
    ("reduce_count", "Dataset.range(5).reduce(0, lambda s, _: s + 1)", "value"),
    ("reduce_tuple", "Dataset.range(5).reduce((np.int64(0), np.int64(1)), lambda s, x: (s[0] + x, s[1] * (x + 1)))", "value"),
    ("reduce_pairs", "Dataset.from_tensor_slices(([1, 2], [3, 4])).reduce(0, lambda s, xy: s + xy[0] * xy[1])", "value"),
    ("single", "Dataset.from_tensors([1, 2]).get_single_element()", "value"),
    ("single_none!", "Dataset.range(0).get_single_element()"),
    ("single_two!", "Dataset.range(2).get_single_element()"),
    ("len", "len(Dataset.range(8).batch(3))", "value"),
    ("len_endless!", "len(Dataset.range(8).repeat())"),
    ("len_unknown!", "len(Dataset.range(8).filter(lambda x: x > 2))"),
    ("bool", "bool(Dataset.range(0))", "value"),
    ("get_next_end!", "iter(Dataset.range(0)).get_next()"),
    ("next_end!", "next(iter(Dataset.range(0)))"),
    ("getitem!", "Dataset.range(3)[0]"),
    ("optional", "iter(Dataset.range(3)).get_next_as_optional().get_value()", "value"),
    ("optional_has", "iter(Dataset.range(3)).get_next_as_optional().has_value()", "value"),
    ("optional_none", "iter(Dataset.range(0)).get_next_as_optional().has_value()", "value"),
    ("optional_value!", "iter(Dataset.range(0)).get_next_as_optional().get_value()"),
    ("numpy_iterator", "list(Dataset.from_tensor_slices([1, 2]).as_numpy_iterator())", "value"),
    ("iterator_spec", "str(iter(Dataset.range(3).batch(2)).element_spec)", "value"),
    ("dataset_spec", "str(tf.data.DatasetSpec.from_value(Dataset.range(3).batch(2)))", "value"),
    ("assert_cardinality", "Dataset.range(8).filter(lambda x: x > 2).apply(tf.data.experimental.assert_cardinality(5))"),
    ("assert_cardinality_bad!", "Dataset.range(8).filter(lambda x: x > 2).apply(tf.data.experimental.assert_cardinality(4))", "iterate"),
    ("ignore_errors", "Dataset.from_tensor_slices([1., 0., 4.]).map(lambda x: tf.debugging.check_numerics(1. / x, 'bad')).ignore_errors()"),
    ("at", "tf.data.experimental.at(Dataset.range(5), 3)", "value"),
    ("from_list", "tf.data.experimental.from_list([(1, 'a'), (2, 'b')])"),
    ("experimental_cardinality", "tf.data.experimental.cardinality(Dataset.range(8).batch(3))", "value"),
    ("experimental_unbatch", "Dataset.range(4).batch(2).apply(tf.data.experimental.unbatch())"),
    ("experimental_scan", "Dataset.range(4).apply(tf.data.experimental.scan(np.int64(0), lambda s, x: (s + x, s + x)))"),
    ("experimental_shuffle_repeat", "Dataset.range(4).apply(tf.data.experimental.shuffle_and_repeat(4, count=2, seed=3))"),
    ("group_by_reducer", "Dataset.range(6).apply(tf.data.experimental.group_by_reducer(lambda x: x % 2, tf.data.experimental.Reducer(lambda _: np.int64(0), lambda s, x: s + x, lambda s: s)))"),
    ("pipeline", "Dataset.from_tensor_slices((np.arange(20).reshape(10, 2), np.arange(10) % 3)).shuffle(10, seed=1).map(lambda x, y: (x * 2, y)).batch(4).prefetch(1)", "twice"),
]


def _plain(message: str) -> str:
    """The message without the names of TensorFlow's graph nodes and its own traceback."""
    message = re.sub(r"^\{\{.*?\}\} ", "", message)
    message = re.sub(r" \[Op:.*", "", message, flags=re.S)
    return re.sub(r"0x[0-9a-f]+", "0x", message.split("\nTraceback")[0])


def main() -> None:
    import tensorflow as tf

    rows = []
    for name, code, *mode in PIPELINES:
        mode = mode[0] if mode else "once"
        row = {"name": name.rstrip("!"), "code": code, "mode": mode}
        try:
            row |= evaluate(tf, code, mode)
            if name.endswith("!"):
                print(name, "did not raise")
        except Exception as error:
            if not name.endswith("!"):
                print(name, type(error).__name__, str(error)[:300])
                continue
            row["error"] = type(error).__name__
            row["message"] = _plain(str(error))
        rows.append(row)
        if "seeded" in code:
            tf.random.set_seed(None)
    path = pathlib.Path(__file__).parent / "golden" / "data.json"
    lines = ",\n ".join(json.dumps(row) for row in rows)
    path.write_text(f"[{lines}]\n")


if __name__ == "__main__":
    main()
