"""What is absent, and what to use in its place: names of TensorFlow 1, and of TensorFlow 2."""

# names of TensorFlow 1's root that now stand in a namespace
_MOVED = {
    "debugging": (
        "assert_greater_equal assert_integer assert_less_equal assert_near assert_negative "
        "assert_non_negative assert_non_positive assert_none_equal assert_positive "
        "assert_rank_at_least assert_rank_in assert_scalar assert_type check_numerics "
        "is_numeric_tensor"
    ),
    "math": (
        "betainc ceil confusion_matrix conj cumprod digamma erf erfc expm1 floormod imag "
        "invert_permutation is_finite is_inf is_nan lbeta lgamma log log1p log_sigmoid "
        "logical_xor polygamma real reciprocal rint rsqrt segment_max segment_mean segment_min "
        "segment_prod segment_sum squared_difference unsorted_segment_max unsorted_segment_mean "
        "unsorted_segment_min unsorted_segment_sum zeta"
    ),
    "linalg": (
        "cholesky cholesky_solve cross global_norm matrix_transpose qr svd tensor_diag trace"
    ),
    "dtypes": "complex",
    "io": (
        "decode_csv decode_raw FixedLenFeature FixedLenSequenceFeature matching_files "
        "parse_example parse_single_example parse_single_sequence_example read_file VarLenFeature "
        "write_file"
    ),
    "nn": "depth_to_space space_to_depth",
    "signal": "fft ifft",
    "image": "random_crop",
    "strings": "regex_replace substr",
    "random": "truncated_normal",
}
# the same, of what began with the namespace: prefix of TensorFlow 1, namespace, names
_PREFIXED = {
    "matrix_": ("linalg", "band_part diag diag_part set_diag solve triangular_solve"),
    "random_": ("random", "gamma normal poisson shuffle uniform"),
    "sparse_": ("sparse", "add concat reduce_sum reorder retain split"),
    "string_": ("strings", "join strip to_hash_bucket to_hash_bucket_fast to_number"),
}
# name of TensorFlow 1, the function in `tf`, old>new argument
TABLE = """
accumulate_n math.add_n, arg_max argmax dimension>axis, arg_min argmin dimension>axis,
argmax argmax dimension>axis, argmin argmin dimension>axis,
count_nonzero math.count_nonzero input_tensor>input keep_dims>keepdims reduction_indices>axis,
diag linalg.tensor_diag, div_no_nan math.divide_no_nan, expand_dims expand_dims dim>axis,
extract_image_patches image.extract_patches ksizes>sizes, floor_div math.floordiv,
matrix_determinant linalg.det, matrix_inverse linalg.inv, matrix_solve_ls linalg.lstsq,
mod math.floormod, multinomial random.categorical output_dtype>dtype, py_func numpy_function,
reduce_join strings.reduce_join keep_dims>keepdims reduction_indices>axis,
self_adjoint_eig linalg.eigh, self_adjoint_eigvals linalg.eigvalsh, set_random_seed random.set_seed,
sparse_tensor_dense_matmul sparse.sparse_dense_matmul, sparse_tensor_to_dense sparse.to_dense,
squeeze squeeze squeeze_dims>axis, string_split strings.split source>input,
to_string strings.as_string, verify_tensor_all_finite debugging.assert_all_finite t>x msg>message,
where_v2 where, train.NewCheckpointReader train.load_checkpoint filepattern>ckpt_dir_or_file,
nn.conv2d nn.conv2d filter>filters, nn.conv3d nn.conv3d filter>filters,
nn.log_softmax nn.log_softmax dim>axis, nn.moments nn.moments keep_dims>keepdims,
nn.softmax nn.softmax dim>axis,
nn.softmax_cross_entropy_with_logits_v2 nn.softmax_cross_entropy_with_logits dim>axis,
nn.weighted_cross_entropy_with_logits nn.weighted_cross_entropy_with_logits targets>labels,
nn.l2_normalize nn.l2_normalize dim>axis,
image.resize_image_with_crop_or_pad image.resize_with_crop_or_pad,
random.set_random_seed random.set_seed, random.multinomial random.categorical output_dtype>dtype,
manip.roll roll, python_io.TFRecordOptions io.TFRecordOptions,
python_io.TFRecordWriter io.TFRecordWriter
"""
_REDUCTIONS = "all any logsumexp max mean min prod sum"
_REDUCED = "keep_dims>keepdims", "reduction_indices>axis"
ROWS = {
    **{name: [f"{space}.{name}"] for space in _MOVED for name in _MOVED[space].split()},
    **{f"{p}{n}": [f"{s}.{n}"] for p, (s, names) in _PREFIXED.items() for n in names.split()},
    **{n: (n, *_REDUCED) for n in map("reduce_{}".format, _REDUCTIONS.split())},
    **{row.split()[0]: row.split()[1:] for row in TABLE.split(",")},
}
_EAGER = "operations run at once: call functions, and @tf.function for speed"
_AT_ONCE = "leave it out: variables have their values at once"
_AS_ARGUMENT = "give the value as a function's argument"


def _each(names, instead):
    return dict.fromkeys(names.split(), instead)


INSTEAD = {
    **{name: f"use tf.{row[0]}" for name, row in ROWS.items()},
    **_each("AUTO_REUSE InteractiveSession Session disable_eager_execution", _EAGER),
    **_each("get_default_graph get_default_session", _EAGER),
    **_each("ConfigProto GPUOptions", "leave it out: memory is taken as it is needed"),
    **_each("add_to_collection get_collection", "keep a list of your own"),
    **_each("global_variables_initializer initialize_all_variables", _AT_ONCE),
    **_each("local_variables_initializer report_uninitialized_variables", _AT_ONCE),
    **_each("placeholder_with_default sparse_placeholder", _AS_ARGUMENT),
    **{f"to_{n}": f"use tf.cast(x, tf.{n})" for n in ("int32", "int64")},
    "to_double": "use tf.cast(x, tf.float64)",
    "to_float": "use tf.cast(x, tf.float32)",
    **{n: f"use variable.{n}(value)" for n in ("assign", "assign_add", "assign_sub")},
    "app": "call your main() under `if __name__ == '__main__':`",
    "colocate_with": "use tf.device",
    "contrib": "its parts are gone, or in tf.keras",
    "diag": "use tf.linalg.diag",
    "div": "use tf.divide",
    "enable_eager_execution": "leave it out: operations run at once",
    "estimator": "there are no estimators: train a Keras model with fit",
    "flags": "use the argparse module",
    "get_variable": "use tf.Variable, or add_weight of a Keras layer",
    "gfile": "use tf.io.gfile, or Python's files",
    "global_variables": "use model.variables, or the variables of a tf.Module",
    "layers": "use tf.keras.layers",
    "logging": "use the logging module",
    "placeholder": "give the value as a function's argument, or use tf.keras.Input in models",
    "py_func": "use tf.py_function",
    "python_io": "use tf.io",
    "reset_default_graph": "leave it out, or use tf.keras.backend.clear_session()",
    "resize_images": "use tf.image.resize",
    "tables_initializer": "leave it out: tables have their values at once",
    "trainable_variables": "use model.trainable_variables",
    "truncated_normal_initializer": "use tf.keras.initializers.TruncatedNormal",
    "variable_scope": "use tf.keras layers, or tf.name_scope",
}
# names of tf.train
OPTIMIZERS = {
    f"{name}Optimizer": f"use tf.keras.optimizers.{now}"
    for name, now in {
        **{n: n for n in ("Adadelta", "Adagrad", "Adam", "Ftrl", "RMSProp")},
        "GradientDescent": "SGD",
        "Momentum": "SGD(momentum=)",
    }.items()
}
TRAIN = {
    **OPTIMIZERS,
    "CheckpointView": "use tf.train.load_checkpoint",
    "Saver": "use tf.train.Checkpoint, which reads the files of a Saver as well",
    "TrackableView": "use tf.train.Checkpoint",
    "get_global_step": "use optimizer.iterations",
    "get_or_create_global_step": "use optimizer.iterations",
    "exponential_decay": "use tf.keras.optimizers.schedules.ExponentialDecay",
    "cosine_decay": "use tf.keras.optimizers.schedules.CosineDecay",
}


# What TensorFlow 2 has and tensorbrook has not: paths in `tf`, or what they begin with, and what
# to use instead. docs/symbols.md lists all symbols with these sentences.
_ONE_PROCESS = "one process with one device is all there is: leave it out"
_NO_JPEG_XL = "no reader of JPEG XL is built: convert the files to PNG"
_NO_GRAPH_FILES = (
    "there is no GraphDef or MLIR: f.get_concrete_function(..).graph_text() shows graphs"
)
ABSENT = {
    **_each("distribute.Server distribute.coordinator distribute.experimental.rpc", _ONE_PROCESS),
    **_each("distribute.experimental.coordinator train.ClusterDef", _ONE_PROCESS),
    **_each("train.JobDef train.ServerDef", _ONE_PROCESS),
    **_each("dtypes.resource resource", "a variable is its own handle: leave it out"),
    **_each("dtypes.variant variant", "values of other kinds are tf.TypeSpec's: leave it out"),
    **_each("image.decode_jxl io.decode_jxl", _NO_JPEG_XL),
    "conv": "use tf.nn.convolution",
    "conv2d_backprop_filter_v2": "use tf.GradientTape, or tf.raw_ops.Conv2DBackpropFilter",
    "conv2d_backprop_input_v2": "use tf.nn.conv2d_transpose",
    "distribute.experimental.partitioners": "variables are whole here: leave it out",
    "experimental.ExtensionTypeBatchEncoder": "use tf.experimental.BatchableExtensionType",
    "experimental.StructuredTensor": "use tf.experimental.ExtensionType, or dicts of tensors",
    "experimental.function_executor_type": "operations run one after another: leave it out",
    "experimental.register_filesystem_plugin": "use local paths",
    "experimental.tensorrt": "there is no GPU: tf.function compiles for the CPU",
    "feature_column": "use Keras's preprocessing layers, such as keras.layers.StringLookup",
    "feature_column.shared_embeddings": "use one keras.layers.Embedding for all",
    "feature_column.weighted_categorical_column": "use CategoryEncoding(count_weights=)",
    "image.generate_bounding_box_proposals": "use tf.image.non_max_suppression on decoded boxes",
    "mlir": _NO_GRAPH_FILES,
    "nn.RNNCellDeviceWrapper": "there is one device: use the cell itself",
    "nn.RNNCellDropoutWrapper": "use dropout= and recurrent_dropout= of Keras's cells",
    "nn.RNNCellResidualWrapper": "add input and output in a cell of your own for keras.layers.RNN",
    "train.Coordinator": "use the threading module",
    "train.experimental": "a checkpoint is one file of data: leave it out",
    **dict.fromkeys(
        [
            f"{space}{sign}int{bits}"
            for space in ("experimental.", "dtypes.experimental.")
            for sign in ("", "u")
            for bits in (2, 4)
        ],
        "use tf.int8: Keras quantizes to 4 bits by itself",
    ),
    "TensorArraySpec": "pass the stacked tensor: array.stack()",
}


def reason(path):
    """Why `tf.<path>` is absent and what to use instead; None where that is not said."""
    parts = path.split(".")
    if parts[0] == "train" and parts[-1] in TRAIN:
        return TRAIN[parts[-1]]
    for count in range(len(parts), 0, -1):
        found = ".".join(parts[:count])
        if found in ABSENT:
            return ABSENT[found]
    return INSTEAD.get(path)


def without(module, path):
    """A `__getattr__` for a module: what it lacks is an error that says why."""

    def missing(name):
        why = reason(f"{path}.{name}")
        raise AttributeError(
            f"module {module!r} has no attribute {name!r}" + (f": {why}." if why else ".")
        )

    return missing
