"""What TensorFlow 1 had and TensorFlow 2 has not: what to use in its place."""

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
    "Saver": "keep weights with model.get_weights() and numpy.savez",
    "Checkpoint": "it is not built yet: keep weights with model.get_weights() and numpy.savez",
    "CheckpointManager": "it is not built yet: keep weights with numpy.savez",
    "get_global_step": "use optimizer.iterations",
    "get_or_create_global_step": "use optimizer.iterations",
    "exponential_decay": "use tf.keras.optimizers.schedules.ExponentialDecay",
    "cosine_decay": "use tf.keras.optimizers.schedules.CosineDecay",
}

_ONE_DEVICE = "there is one device, the CPU"
_OTHER_FORMATS = "it is a format of TensorFlow's own programs: keep models with model.save"
# What TensorFlow 2 has and tensorbrook has not: paths in `tf`, or what they begin with, and
# why, with what to use instead. docs/symbols.md lists all symbols with these sentences.
ABSENT = {
    "distribute.cluster_resolver": _ONE_DEVICE,
    "distribute.coordinator": _ONE_DEVICE,
    "distribute.experimental": _ONE_DEVICE,
    "experimental.dtensor": _ONE_DEVICE,
    "experimental.register_filesystem_plugin": "files are Python's: open them by path",
    "experimental.tensorrt": "there is no TensorRT on a CPU",
    "feature_column": "use Keras's preprocessing layers, such as keras.layers.StringLookup",
    "graph_util": "graphs are `tf.function`'s own",
    "feature_column.crossed_column": "use keras.layers.HashedCrossing",
    "lite": _OTHER_FORMATS,
    "mlir": "programs are compiled by tensorbrook's own compiler; see f.explain()",
    "saved_model": _OTHER_FORMATS,
    "tpu": _ONE_DEVICE,
    "xla": "programs are compiled by tensorbrook's own compiler; see f.explain()",
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
