"""What is absent, and what to use in its place: names of TensorFlow 1, and of TensorFlow 2."""

_EAGER = "operations run at once: call functions, and @tf.function for speed"
_KERAS = "use tf.keras"
INSTEAD = {
    "AUTO_REUSE": _EAGER,
    "ConfigProto": "leave it out: memory is taken as it is needed",
    "FixedLenFeature": "use tf.io.FixedLenFeature",
    "GPUOptions": "leave it out: memory is taken as it is needed",
    "InteractiveSession": _EAGER,
    "Session": _EAGER,
    "add_to_collection": "keep a list of your own",
    "app": "call your main() under `if __name__ == '__main__':`",
    "arg_max": "use tf.argmax",
    "arg_min": "use tf.argmin",
    "assign": "use variable.assign(value)",
    "assign_add": "use variable.assign_add(value)",
    "assign_sub": "use variable.assign_sub(value)",
    "colocate_with": "use tf.device",
    "contrib": "its parts are gone, or in tf.keras",
    "diag": "use tf.linalg.diag",
    "disable_eager_execution": _EAGER,
    "div": "use tf.divide",
    "enable_eager_execution": "leave it out: operations run at once",
    "estimator": "there are no estimators: train a Keras model with fit",
    "flags": "use the argparse module",
    "get_collection": "keep a list of your own",
    "get_default_graph": _EAGER,
    "get_default_session": _EAGER,
    "get_variable": "use tf.Variable, or add_weight of a Keras layer",
    "gfile": "use tf.io.gfile, or Python's files",
    "global_variables": "use model.variables, or the variables of a tf.Module",
    "global_variables_initializer": "leave it out: variables have their values at once",
    "initialize_all_variables": "leave it out: variables have their values at once",
    "layers": "use tf.keras.layers",
    "lgamma": "use tf.math.lgamma",
    "local_variables_initializer": "leave it out: variables have their values at once",
    "log": "use tf.math.log",
    "logging": "use the logging module",
    "log_sigmoid": "use tf.math.log_sigmoid",
    "matrix_inverse": "use tf.linalg.inv",
    "mod": "use tf.math.floormod",
    "multinomial": "use tf.random.categorical",
    "placeholder": "give the value as a function's argument, or use tf.keras.Input in models",
    "placeholder_with_default": "give the value as a function's argument",
    "py_func": "use tf.py_function",
    "python_io": "use tf.io",
    "random_crop": "use tf.image.random_crop",
    "random_normal": "use tf.random.normal",
    "random_shuffle": "use tf.random.shuffle",
    "random_uniform": "use tf.random.uniform",
    "read_file": "use tf.io.read_file",
    "report_uninitialized_variables": "leave it out: variables have their values at once",
    "reset_default_graph": "leave it out, or use tf.keras.backend.clear_session()",
    "resize_images": "use tf.image.resize",
    "rsqrt": "use tf.math.rsqrt",
    "set_random_seed": "use tf.random.set_seed",
    "sparse_placeholder": "give the value as a function's argument",
    "sparse_tensor_to_dense": "use tf.sparse.to_dense",
    "string_split": "use tf.strings.split",
    "tables_initializer": "leave it out: tables have their values at once",
    "to_double": "use tf.cast(x, tf.float64)",
    "to_float": "use tf.cast(x, tf.float32)",
    "to_int32": "use tf.cast(x, tf.int32)",
    "to_int64": "use tf.cast(x, tf.int64)",
    "trainable_variables": "use model.trainable_variables",
    "truncated_normal": "use tf.random.truncated_normal",
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
_NO_GRAPH_FILES = (
    "there is no GraphDef or MLIR: f.get_concrete_function(..).graph_text() shows graphs"
)
ABSENT = {
    "conv": "use tf.nn.convolution",
    "conv2d_backprop_filter_v2": "use tf.GradientTape, or tf.raw_ops.Conv2DBackpropFilter",
    "conv2d_backprop_input_v2": "use tf.nn.conv2d_transpose",
    "distribute.Server": _ONE_PROCESS,
    "distribute.coordinator": _ONE_PROCESS,
    "distribute.experimental.coordinator": _ONE_PROCESS,
    "distribute.experimental.partitioners": "variables are whole here: leave it out",
    "distribute.experimental.rpc": _ONE_PROCESS,
    "experimental.ExtensionTypeBatchEncoder": "use tf.experimental.BatchableExtensionType",
    "experimental.StructuredTensor": "use tf.experimental.ExtensionType, or dicts of tensors",
    "experimental.function_executor_type": "operations run one after another: leave it out",
    "experimental.register_filesystem_plugin": "use local paths",
    "experimental.tensorrt": "there is no GPU: tf.function compiles for the CPU",
    "feature_column": "use Keras's preprocessing layers, such as keras.layers.StringLookup",
    "feature_column.shared_embeddings": "use one keras.layers.Embedding for all",
    "feature_column.weighted_categorical_column": "use CategoryEncoding(count_weights=)",
    "image.decode_jxl": "no reader of JPEG XL is built: convert the files to PNG",
    "image.generate_bounding_box_proposals": "use tf.image.non_max_suppression on decoded boxes",
    "io.decode_jxl": "no reader of JPEG XL is built: convert the files to PNG",
    "mlir": _NO_GRAPH_FILES,
    "nn.RNNCellDeviceWrapper": "there is one device: use the cell itself",
    "nn.RNNCellDropoutWrapper": "use dropout= and recurrent_dropout= of Keras's cells",
    "nn.RNNCellResidualWrapper": "add input and output in a cell of your own for keras.layers.RNN",
    "train.ClusterDef": _ONE_PROCESS,
    "train.Coordinator": "use the threading module",
    "train.JobDef": _ONE_PROCESS,
    "train.experimental": "a checkpoint is one file of data: leave it out",
    "train.ServerDef": _ONE_PROCESS,
    "dtypes.resource": "a variable is its own handle: leave it out",
    "dtypes.variant": "values of other kinds are tf.TypeSpec's: leave it out",
    "resource": "a variable is its own handle: leave it out",
    "variant": "values of other kinds are tf.TypeSpec's: leave it out",
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
