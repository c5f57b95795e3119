"""What the sources do not say of themselves: types of parameters by name, and of results by path.

An annotation in the sources comes before any entry here. `make.py` reads these tables; the names in
them are classes of tensorbrook, of `typing` and `collections.abc`, and those of ALIASES.
"""

# The module tensorbrook/_types.pyi: names for what many parameters take.
ALIASES = '''"""Types that parameters have in common; for type checkers only."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar

import numpy as np

from tensorbrook.base.dtypes import DType
from tensorbrook.base.shapes import TensorShape
from tensorbrook.core.composite import CompositeTensor
from tensorbrook.core.tensor import Tensor
from tensorbrook.core.variable import Variable
from tensorbrook.keras.layers.symbolic import KerasTensor

Params = ParamSpec("Params")
Result = TypeVar("Result")
Source = TypeVar("Source", Tensor, Variable, Tensor | Variable)
Wrapped = TypeVar("Wrapped", bound=Callable[..., Any])

class SupportsArray(Protocol):
    """What NumPy can make an array of: arrays, tensors, variables, data frames."""
    def __array__(self, *args: Any, **kwargs: Any) -> Any: ...

class NumPyDType(Protocol):
    """A dtype of NumPy. Its own class is not named, since NumPy's types are not all known: what
    names it would not count as known either (`pyright --verifytypes`)."""
    @property
    def itemsize(self) -> int: ...
    @property
    def kind(self) -> Any: ...

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Scalar: TypeAlias = bool | int | float | complex | str | bytes
TensorLike: TypeAlias = (
    SupportsArray | KerasTensor | CompositeTensor | Scalar | Sequence["TensorLike"]
)
Nest: TypeAlias = TensorLike | Sequence["Nest"] | Mapping[str, "Nest"] | None
DTypeLike: TypeAlias = DType | str | type[Any] | NumPyDType
ShapeLike: TypeAlias = TensorShape | int | Sequence[int | None] | TensorLike
Axis: TypeAlias = int | Sequence[int] | Tensor
Number: TypeAlias = float | SupportsArray | KerasTensor
Whole: TypeAlias = int | SupportsArray | KerasTensor
Sizes: TypeAlias = int | Sequence[int]
Named: TypeAlias = str | Callable[..., Any] | Mapping[str, Any] | object
'''

_TENSORS = [
    "a",
    "b",
    "x",
    "y",
    "z",
    "x1",
    "x2",
    "y_true",
    "y_pred",
    "input",
    "inputs",
    "tensor",
    "tensors",
    "value",
    "values",
    "image",
    "images",
    "labels",
    "logits",
    "params",
    "indices",
    "updates",
    "segment_ids",
    "data",
    "features",
    "condition",
    "rhs",
    "lhs",
    "matrix",
    "contents",
    "elems",
    "array",
    "operands",
    "boxes",
    "scores",
    "predictions",
    "targets",
    "sequences",
    "mask",
    "weights",
    "sample_weight",
    "kernel",
    "bias",
    "variance",
    "mean",
    "t",
    "q",
    "input_tensor",
    "default_value",
    "true_fn_operands",
    "images1",
    "images2",
    "img1",
    "img2",
    "real",
    "imag",
    "pred1",
    "start",
    "stop",
    "limit",
    "minval",
    "maxval",
    "low",
    "high",
    "diagonal",
    "chol",
    "string",
    "strings",
    "source_ids",
    "bytes",
    "record_bytes",
    "serialized",
    "signals",
    "stfts",
    "log_mel_spectrograms",
    "spectrogram",
    "message",
    "points",
    "query",
    "keys",
    "states",
    "initial_state",
    "xs",
    "ys",
    "initial_output",
    "on_value",
    "off_value",
    "clip_value_min",
    "clip_value_max",
    "clip_norm",
    "global_norm",
    "sorted_sequence",
    "tokens",
    "multiples",
    "repeats",
    "paddings",
    "perm",
    "begin",
    "end",
    "strides_tensor",
    "sizes",
    "size",
    "num_segments",
    "lengths",
    "maxlen",
    "shape_tensor",
    "element",
    "weight",
]

# A parameter's type by its name; "| None" is added where the default is None.
PARAMETERS = {
    **dict.fromkeys(_TENSORS, "TensorLike"),
    **dict.fromkeys(["axis", "axes", "batch_dims", "dim", "dims"], "Axis"),
    **dict.fromkeys(
        ["dtype", "out_type", "output_type", "dtype_hint", "output_dtype", "Tout"], "DTypeLike"
    ),
    **dict.fromkeys(
        ["key_dtype", "value_dtype", "row_splits_dtype", "preferred_dtype"], "DTypeLike"
    ),
    **dict.fromkeys(
        ["shape", "input_shape", "output_shape", "noise_shape", "batch_input_shape"], "ShapeLike"
    ),
    **dict.fromkeys(["batch_shape", "element_shape", "target_shape", "padded_shapes"], "ShapeLike"),
    **dict.fromkeys(
        ["name", "data_format", "message_text", "padding_mode", "mode", "layout"], "str"
    ),
    **dict.fromkeys(
        ["units", "filters", "epochs", "num_classes", "input_dim", "output_dim", "epoch"], "int"
    ),
    **dict.fromkeys(["num_parallel_calls", "cycle_length", "block_length", "buffer_size"], "Whole"),
    **dict.fromkeys(
        ["batch_size", "count", "steps_per_epoch", "depth", "num", "k", "steps"], "Whole"
    ),
    **dict.fromkeys(["kernel_size", "pool_size", "strides", "dilation_rate", "dilations"], "Sizes"),
    **dict.fromkeys(["ksize", "stride", "crop_size"], "Sizes"),
    **dict.fromkeys(
        ["keepdims", "use_bias", "from_logits", "training", "trainable", "shuffle", "sorted"],
        "bool",
    ),
    **dict.fromkeys(["drop_remainder", "deterministic", "persistent", "sparse"], "bool"),
    "fn": "Callable[..., Any]",
    "function": "Callable[..., Any]",
    "func": "Callable[..., Any]",
    "f": "Callable[..., Any]",
    "body": "Callable[..., Any]",
    "cond": "Callable[..., Any]",
    "map_func": "Callable[..., Any]",
    "predicate": "Callable[..., Any]",
    "true_fn": "Callable[..., Any] | None",
    "false_fn": "Callable[..., Any] | None",
    "activation": "str | Callable[..., Any]",
    "recurrent_activation": "str | Callable[..., Any]",
    "loss": "Nest | Named",
    "metrics": "Nest | Named",
    "optimizer": "str | Optimizer | Mapping[str, Any]",
    "callbacks": "Callback | Sequence[Callback]",
    "layers": "Sequence[Layer]",
    "layer": "Layer",
    "model": "Model",
    "cell": "Layer",
    "learning_rate": "float | LearningRateSchedule | Callable[..., Any] | Tensor | Variable",
    "custom_objects": "Mapping[str, Any]",
    "config": "Mapping[str, Any]",
    "logs": "Mapping[str, Any]",
    "seed": "object",
    "rate": "Number",
    "path": "str | PathLike[str]",
    "filepath": "str | PathLike[str]",
    "filename": "str | PathLike[str]",
    "dataset": "Dataset",
    "variables": "Sequence[Variable]",
    "grads_and_vars": "Iterable[tuple[Any, Variable]]",
    "structure": "Nest",
    "loop_vars": "Nest",
    "verbose": "str | int",
    "padding": "object",
    "verify_shape": "bool",
    "device_type": "str",
    "args": "Any",
    "kwargs": "Any",
    **{
        f"Trainer.{method}.{name}": "SupportsArray | Iterable[Any] | None"
        for method in [
            "fit",
            "evaluate",
            "predict",
            "train_on_batch",
            "test_on_batch",
            "predict_on_batch",
        ]
        for name in ["x", "y", "validation_data", "sample_weight"]
    },
    **dict.fromkeys(["Trainer.fit.class_weight"], "Mapping[int, float] | None"),
    "linalg.lstsq.l2_regularizer": "Number",
    "trainable_variables": "Sequence[Variable]",
}

# By the end of a parameter's name.
ENDINGS = {
    "_initializer": "str | Initializer | Callable[..., Any] | Mapping[str, Any]",
    "_regularizer": "str | Regularizer | Callable[..., Any] | Mapping[str, Any]",
    "_constraint": "str | Constraint | Callable[..., Any] | Mapping[str, Any]",
    "_fn": "Callable[..., Any]",
    "_func": "Callable[..., Any]",
    "_dtype": "DTypeLike",
    "_shape": "ShapeLike",
    "_activation": "str | Callable[..., Any]",
}


def each(kind, names):
    """A table that gives one type to several names."""
    return dict.fromkeys(names.split(), kind)


BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"]
_OPERATORS = [
    *(f"__{r}{name}__" for name in BINARY for r in ("", "r")),
    *[
        "__neg__",
        "__abs__",
        "__invert__",
        "__lt__",
        "__le__",
        "__gt__",
        "__ge__",
        "__eq__",
        "__ne__",
        "__getitem__",
    ],
    "__round__",
]


def operators(cls, result):
    """The results of the operators of a class."""
    return {f"{cls}.{name}": result for name in _OPERATORS}


_PAIR, _TRIPLE, _LIST = "tuple[Tensor, Tensor]", "tuple[Tensor, Tensor, Tensor]", "list[Tensor]"

# What functions and methods return, by "Class.method", ".method" of any class, or path in `tf`.
RESULTS = {
    **operators("Tensor", "Tensor"),
    **operators("Variable", "Tensor"),
    **operators("KerasTensor", "KerasTensor"),
    **operators("RaggedTensor", "RaggedTensor"),
    **operators("IndexedSlices", "IndexedSlices"),
    **each("dict[str, Any]", ".get_config .get_build_config .get_compile_config .get_state_tree"),
    **each("Self", ".from_config .__enter__ .clone .merge .most_specific_compatible_type"),
    **each("None", ".__init__ .build .adapt .__exit__ .reset .reset_states .reset_state .compile"),
    **each("bool", ".__contains__ .__bool__ .is_compatible_with .is_subtype_of"),
    **each("int", ".__len__ .__hash__ .__int__ .__index__ .count_params .vocabulary_size"),
    **each("float", ".__float__ .score TopKCategoricalAccuracy.k History.best"),
    **each("TensorShape", ".get_shape TensorShape.merge_with TensorShape.concatenate"),
    **each("TensorShape", "TensorShape.__add__ TensorShape.__radd__ TensorShape.with_rank"),
    **each("bool", "TensorShape.__eq__ TypeSpec.__eq__ DTypePolicy.__eq__ _OptionsBase.__eq__"),
    **each("bool", "BucketizedColumn.__eq__ EmbeddingColumn.__eq__ HashColumn.__eq__"),
    **each("bool", "IdentityColumn.__eq__ IndicatorColumn.__eq__ NumericColumn.__eq__"),
    **each("bool", "VocabularyColumn.__eq__ ReplicaContext.__eq__ keras.tree.is_nested"),
    **each("int | None | TensorShape", "TensorShape.__getitem__"),
    **each("int | None", "TensorShape.num_elements keras.config.max_epochs .num_batches"),
    **each("int | None", "keras.config.max_steps_per_epoch compat.dimension_value"),
    **each("str", ".to_json Model.to_yaml keras.version keras.backend.floatx autograph.to_code"),
    **each("str", "name_scope.__enter__ keras.backend.image_data_format keras.config.standardize_data_format"),
    **each("str", "compat.as_text compat.as_str_any compat.path_to_str keras.ops.dtype"),
    **each("str", "keras.backend.dtype keras.backend.result_type keras.utils.get_file"),
    **each("str", "keras.utils.standardize_dtype compat.as_str Optimizer.slot_name"),
    **each("str", "keras.saving.get_registered_name OptimizerState.slot_name Adafactor.slot_name"),
    **each("bytes", "compat.as_bytes"),
    **each("Variable | None", "ExponentialMovingAverage.average"),
    **each("str", "ExponentialMovingAverage.average_name"),
    **each("int | None", "compat.dimension_at_index"),
    **each("str", "Checkpoint.save CheckpointManager.save ClusterResolver.master"),
    **each("str | None", "train.latest_checkpoint CheckpointManager.restore_or_initialize"),
    **each("str", "ClusterSpec.task_address QuantizationConfig.dtype_policy_string"),
    **each("bool", "ClusterSpec.__eq__ Layout.__eq__ Mesh.__eq__ distribute.in_cross_replica_context"),
    **each("bool", "Mesh.use_xla_spmd DynamicRaggedShape.is_uniform"),
    **each("dict[str, Any]", "config.get_device_details"),
    **each("dict[str, int]", "config.get_memory_info"),
    **each("bool | None", "config.get_memory_growth"),
    **each("Tensor", "Tensor.gpu experimental.dlpack.from_dlpack"),
    **each("Tensor", "keras.distribution.distribute_tensor"),
    **each("int", "InputContext.get_per_replica_batch_size Layout.num_shards Mesh.dim_size"),
    **each("int", "Mesh.num_local_devices"),
    **each("list[int]", "Mesh.global_device_ids Mesh.local_device_ids"),
    **each("str", "Mesh.device_type Mesh.to_string experimental.dtensor.device_name"),
    **each("str", "experimental.dtensor.full_job_name experimental.dtensor.preferred_device_type"),
    **each("str", "experimental.dtensor.initialize_accelerator_system"),
    **each("list[Tensor]", "experimental.dtensor.unpack"),
    **each("Any", "StrategyExtended.call_for_each_replica StrategyExtended.reduce_to"),
    **each("Any", "StrategyExtended.update_non_slot StrategyExtended.non_slot_devices"),
    **each("Any", "StrategyExtended.colocate_vars_with StrategyExtended.read_var"),
    **each("Any", "StrategyExtended.value_container ReplicaContext.all_gather"),
    **each("Any", "StrategyExtended.experimental_make_numpy_dataset"),
    **each("tuple[Any, ...]", "Strategy.experimental_local_results Strategy.unwrap"),
    **each("Any", "experimental.dtensor.call_with_layout"),
    **each("AbstractContextManager[None]", "compat.forward_compatibility_horizon"),
    **each("Any", "config.get_virtual_device_configuration experimental.dlpack.to_dlpack"),
    **each("Any", "config.get_logical_device_configuration"),
    **each("dict[str, Any]", "feature_column.make_parse_example_spec"),
    **each("bool", "CrossedColumn.__eq__"),
    **each("Any", "TestCase.create_tempfile TestCase.enter_context"),
    **each("Callable[[Wrapped], Wrapped]", "test.disable_with_predicate"),
    **each("Any", "test.with_eager_op_as_function"),
    **each("Tensor", "LinearOperator.batch_shape_tensor LinearOperator.domain_dimension_tensor"),
    **each("Tensor", "LinearOperator.range_dimension_tensor LinearOperator.to_dense"),
    **each("Tensor", "LinearOperator.diag_part LinearOperator.determinant LinearOperator.cond"),
    **each("Tensor", "LinearOperator.log_abs_determinant LinearOperator.eigvals"),
    **each("Tensor", "LinearOperator.add_to_tensor LinearOperatorCirculant.convolution_kernel"),
    **each("Tensor", "LinearOperatorCirculant.block_shape_tensor"),
    **each("Any", "ExtensionType.__eq__"),
    **each("TensorProto", "make_tensor_proto"),
    **each("Callable[[Wrapped], Wrapped]", "experimental.dispatch_for_api"),
    **each("Callable[[Wrapped], Wrapped]", "experimental.dispatch_for_binary_elementwise_apis"),
    **each("Callable[[Wrapped], Wrapped]", "experimental.dispatch_for_unary_elementwise_apis"),
    **each("Any", "Tensor.__array__ Variable.__array__ Tensor.host"),
    **each("Array", ".predict_proba .predict_classes"),
    **each("Array", "keras.utils.normalize keras.utils.pad_sequences .decision_function"),
    **each("Array", "keras.utils.to_categorical keras.utils.img_to_array .transform"),
    **each("Array", "keras.backend.eval keras.backend.get_value keras.ops.convert_to_numpy"),
    **each("Array", "Tokenizer.texts_to_matrix Tokenizer.sequences_to_matrix"),
    **each("Array", "keras.preprocessing.sequence.make_sampling_table Trainer.predict"),
    **each("Array", "_Classifier.predict _Regressor.predict KerasClassifier.predict"),
    **each("Array", "KerasRegressor.predict _Transformer.predict"),
    **each("Array", "keras.quantizers.unpack_int4 Trainer.predict_on_batch Trainer.predict_generator"),
    **{f"keras.preprocessing.image.{n}": "Array" for n in ["apply_affine_transform", "apply_brightness_shift", "apply_channel_shift", "random_brightness", "random_channel_shift", "random_rotation", "random_shear", "random_shift", "random_zoom", "smart_resize"]},
    **each("Array", "ImageDataGenerator.standardize ImageDataGenerator.apply_transform"),
    **each("Array", "ImageDataGenerator.random_transform keras.backend.cast_to_floatx"),
    **each("Any", "Tensor.numpy Variable.numpy RaggedTensor.numpy NumpyIterator.__next__"),
    **each("Any", "Iterator.__next__ Iterator.get_next Optional.get_value .__next__ Config.get"),
    **each("Any", "Config.__getitem__ Config.pop get_static_value nest.map_structure"),
    **each("Any", "nest.pack_sequence_as keras.tree.map_structure keras.tree.pack_sequence_as"),
    **each("Any", "keras.tree.map_structure_up_to keras.tree.map_shape_structure"),
    **each("Any", "keras.tree.lists_to_tuples keras.tree.traverse Strategy.run Strategy.reduce"),
    **each("Any", "Strategy.experimental_run Strategy.experimental_run_v2"),
    **each("Any", "Strategy.make_dataset_iterator Strategy.make_input_fn_iterator"),
    **each("Any", "Strategy.gather ReplicaContext.all_reduce ReplicaContext.merge_call"),
    **each("Any", "Dataset.reduce Dataset.get_single_element while_loop cond case switch_case"),
    **each("Any", "map_fn scan foldl foldr vectorized_map group keras.ops.cond keras.ops.switch"),
    **each("Any", "keras.ops.while_loop keras.ops.fori_loop keras.ops.map keras.ops.scan"),
    **each("Any", "keras.ops.associative_scan keras.ops.vectorized_map keras.ops.slice_update_fn"),
    **each("Any", "keras.saving.deserialize_keras_object keras.saving.get_registered_object"),
    **each("Any", "keras.utils.load_img keras.utils.array_to_img keras.utils.plot_model"),
    **each("Any", "keras.backend.in_train_phase keras.backend.in_test_phase .concat_score_weight"),
    **each("Any", "Tokenizer.figure History.plot keras.utils.unpack_x_y_sample_weight"),
    **each("Any", "keras.utils.pack_x_y_sample_weight data.experimental.get_structure"),
    **each("Any", "nest.assert_same_structure keras.backend.rnn Function.__call__ Layer.quantize"),
    **each("Any", "PyDataset.__getitem__ Sequence.__getitem__ data.experimental.get_single_element"),
    **each("Any", "Function.call LayerGraph.run keras.layers.deserialize LayoutMap.__getitem__"),
    **each("list[Any]", "nest.flatten keras.tree.flatten keras.backend.gradients Config.keys"),
    **each("list[Any]", "Config.values Config.items RaggedTensor.to_list .get_weights"),
    **each("list[str]", ".get_vocabulary"),
    **each("bool", "nest.is_nested is_tensor keras.ops.is_tensor keras.backend.is_sparse"),
    **each("bool", "config.functions_run_eagerly config.get_soft_device_placement"),
    **each("bool", "keras.config.is_flash_attention_enabled ReduceLROnPlateau.in_cooldown"),
    **each("bool", "keras.config.is_traceback_filtering_enabled ProgbarLogger.reads_batch_logs"),
    **each("bool", "CallbackList.may_change_model"),
    **each("int", "config.threading.get_intra_op_parallelism_threads keras.backend.get_uid"),
    **each("int", "threading.get_intra_op_parallelism_threads keras.ops.numpy.ndim"),
    **each("int", "threading.get_inter_op_parallelism_threads DType.size keras.ops.ndim"),
    **each("float", "keras.backend.epsilon MonitorCallback.get_monitor_value"),
    **each("DType", "as_dtype dtypes.as_dtype"),
    **each("TypeSpec", "type_spec_from_value RaggedTensorSpec.from_value"),
    **each("Variable", ".add_weight .add_variable .assign .assign_add .assign_sub"),
    **each("Variable", ".scatter_nd_update .scatter_nd_add .scatter_nd_sub .scatter_add"),
    **each("Variable", ".scatter_sub .scatter_update .scatter_max .scatter_min"),
    **each("Variable", ".scatter_mul .scatter_div .batch_scatter_update"),
    **each("Variable", "keras.backend.variable keras.backend.zeros keras.backend.ones"),
    **each("Variable", "keras.backend.random_normal_variable keras.backend.eye"),
    **each("Variable", "keras.backend.random_uniform_variable keras.backend.update"),
    **each("Variable", "keras.backend.update_add keras.backend.update_sub"),
    **each("Variable", "keras.backend.moving_average_update keras.backend.zeros_like_variable"),
    **each("Variable", "OptimizerState.add_variable_from_reference Variable.made"),
    **each("list[Variable]", "OptimizerState.add_optimizer_variables"),
    **each("Iterator[Tensor]", "Tensor.__iter__ Variable.__iter__ RaggedTensor.__iter__"),
    **each("Iterator[KerasTensor]", "KerasTensor.__iter__"),
    **each("Iterator[Any]", ".__iter__"),
    **each("KerasTensor", ".symbolic_call keras.Input keras.backend.placeholder .reshape .squeeze"),
    **each("Any", ".compute_output_spec"),
    **each("Any", ".compute_mask .compute_output_shape .get_initial_state"),
    **each("Tensor", ".call .result .__call__ .transform_images .transform_segmentation_masks"),
    **each("Tensor", ".transform_bounding_boxes .product .whole .rematerialized_call .project"),
    **each("Any", ".transform_labels .get_random_transformation .get_dropout_mask"),
    **each("Any", ".get_recurrent_dropout_mask .convert_input .read_value_of"),
    **each("Tensor", ".read .stack .gather .concat .value .read_value .lookup .next .skip"),
    **each("Tensor", ".normal .truncated_normal .uniform .uniform_full_int .binomial .make_seeds"),
    **each("Tensor", ".nrows .row_lengths .row_starts .row_limits .bounding_shape .to_tensor"),
    **each("Tensor", ".scale_loss .get_scaled_loss .minimize .apply_gradients .apply"),
    **each("Any", ".step_values .update_shared .update .slots .known_shape .content"),
    **each("Self", ".with_content .with_lazy .write .unstack .scatter .split"),
    **each("int", "TensorArray.__len__ StaticVocabularyTable.size_of"),
    **each("Tensor", "StaticVocabularyTable.size _Table.__getitem__ _Table.size"),
    **{f"RaggedTensor.{n}": "RaggedTensor" for n in ["from_row_splits", "from_row_lengths", "from_value_rowids", "from_row_starts", "from_row_limits", "from_uniform_row_length", "from_nested_row_splits", "from_nested_row_lengths", "from_tensor", "from_nested_value_rowids", "with_values", "with_flat_values", "with_row_splits_dtype", "merge_dims"]},
    **each("RaggedTensor", "ragged.boolean_mask ragged.constant ragged.map_flat_values"),
    **each("RaggedTensor", "ragged.range ragged.stack ragged.stack_dynamic_partitions"),
    **each("RaggedTensor", "strings.bytes_split strings.split strings.unicode_decode"),
    **each("RaggedTensor", "strings.unicode_split ragged.cross ragged.cross_hashed"),
    **each("tuple[RaggedTensor, RaggedTensor]", "strings.unicode_decode_with_offsets"),
    **each("tuple[RaggedTensor, RaggedTensor]", "strings.unicode_split_with_offsets"),
    **each("None", "debugging.Assert debugging.assert_shapes debugging.assert_type io.write_file"),
    **each("None", "no_op print random.set_global_generator random.set_seed"),
    **each("None", "register_tensor_conversion_function"),
    **each("Generator", "random.get_global_generator random.create_rng_state"),
    **each("TensorShape", "broadcast_static_shape"),
    **each(_PAIR, "eig linalg.eig linalg.eigh linalg.normalize linalg.qr linalg.slogdet linalg.lu"),
    **each(_PAIR, "math.top_k nn.max_pool_with_argmax nn.moments nn.top_k linalg.eigh_tridiagonal"),
    **each(_PAIR, "image.image_gradients image.non_max_suppression_padded unique setdiff1d"),
    **each(_PAIR, "image.non_max_suppression_with_scores audio.decode_wav math.frexp"),
    **each(_PAIR, "keras.ops.linalg.jvp keras.ops.linalg.lu_factor keras.ops.linalg.qr"),
    **each(_PAIR, "keras.ops.linalg.eig keras.ops.linalg.eigh keras.ops.nn.ctc_decode"),
    **each(_PAIR, "keras.ops.nn.moments keras.ops.numpy.histogram keras.ops.numpy.slogdet"),
    **each(_PAIR, "keras.ops.rfft keras.ops.stft keras.ops.fft keras.ops.fft2 keras.ops.top_k"),
    **each(_PAIR, "keras.ops.ifft2 keras.ops.view_as_pair nn.sufficient_statistics"),
    **each(_PAIR, "nn.normalize_moments nn.weighted_moments math.approx_max_k math.approx_min_k"),
    **each(_TRIPLE, "linalg.svd svd unique_with_counts image.sample_distorted_bounding_box"),
    **each(_TRIPLE, "image.stateless_sample_distorted_bounding_box keras.ops.linalg.svd"),
    **each("tuple[Tensor, Tensor, Tensor, Tensor]", "image.combined_non_max_suppression"),
    **each("tuple[Tensor, ...]", "keras.ops.numpy.unravel_index"),
    **each(_LIST, "split unstack meshgrid dynamic_partition gradients keras.ops.numpy.array_split"),
    **each(_LIST, "keras.ops.numpy.dsplit keras.ops.numpy.hsplit keras.ops.numpy.meshgrid"),
    **each(_LIST, "keras.ops.numpy.nonzero keras.ops.numpy.split keras.ops.numpy.vsplit"),
    **each(_LIST, "keras.ops.unstack shape_n Optimizer.get_gradients"),
    **each("tuple[list[Tensor], Tensor]", "clip_by_global_norm"),
    **each("tuple[int | None, ...]", "keras.ops.shape keras.backend.int_shape"),
    **each("Callable[..., Any]", "keras.ops.custom_gradient keras.ops.numpy.vectorize"),
    **each("Callable[..., Tensor]", "signal.inverse_stft_window_fn keras.activations.get"),
    **each("Callable[..., Tensor]", "keras.activations.deserialize"),
    **each("dict[str, Any]", "keras.saving.serialize_keras_object keras.saving.get_custom_objects"),
    **{f"{space}.serialize": "str | dict[str, Any]" for space in ["keras.activations", "keras.constraints", "keras.dtype_policies", "initializers", "keras.layers", "losses", "metrics", "optimizers", "keras.optimizers.schedules", "keras.quantizers", "keras.regularizers", "keras.losses", "keras.metrics", "keras.optimizers", "keras.initializers"]},
    **{f"{space}.{get}": result for space, result in {
        "keras.constraints": "Constraint", "keras.regularizers": "Regularizer",
        "initializers": "Initializer", "keras.initializers": "Initializer",
        "losses": "Loss | Callable[..., Tensor]", "keras.losses": "Loss | Callable[..., Tensor]",
        "metrics": "Metric", "optimizers": "Optimizer", "keras.optimizers": "Optimizer",
        "keras.dtype_policies": "DTypePolicy", "keras.quantizers": "Quantizer",
        "keras.optimizers.schedules": "LearningRateSchedule",
    }.items() for get in ("get", "deserialize")},
    **each("Loss | Callable[..., Tensor]", "losses.resolve"),
    **each("Metric", "metrics.resolve"),
    **each("DTypePolicy", "keras.config.dtype_policy keras.mixed_precision.global_policy"),
    **each("Initializer", "initializers.along"),
    **each("LossScaleOptimizer", "keras.mixed_precision.experimental.LossScaleOptimizer"),
    **each("DTypePolicy", "keras.mixed_precision.experimental.get_layer_policy"),
    **each("Model", "keras.models.clone_model keras.models.model_from_json"),
    **each("Layer", "Model.get_layer Sequential.pop"),
    **{f"Trainer.{n}": "list[float] | float | dict[str, float]" for n in ["evaluate", "train_on_batch", "test_on_batch", "evaluate_generator"]},
    **each("History", ".fit .fit_generator"),
    **each("dict[str, Any]", "Trainer.compute_metrics Trainer.get_metrics_result"),
    **each("Any", ".train_step .test_step .predict_step .compiled_loss"),
    **{f"Trainer.make_{n}_function": "Callable[..., Any]" for n in ("train", "test", "predict")},
    **each("Self", "KerasClassifier.fit KerasRegressor.fit _Wrapper.fit Generator.from_seed"),
    **each("Tokenizer", "keras.preprocessing.text.tokenizer_from_json"),
    **each("dict[str, int]", "keras.datasets.imdb.get_word_index"),
    **each("dict[str, int]", "keras.datasets.reuters.get_word_index"),
    **each("Dataset", "keras.preprocessing.timeseries_dataset_from_array Dataset.list_files"),
    **each("Dataset", "keras.utils.audio_dataset_from_directory Dataset.options_of"),
    **each("Dataset", "keras.preprocessing.image_dataset_from_directory"),
    **each("Dataset", "keras.preprocessing.text_dataset_from_directory"),
    **each("Options", "Dataset.options"),
    **each("DatasetIterator", "Dataset.make_one_shot_iterator Dataset.__iter__"),
    **each("Optional", "Iterator.get_next_as_optional data.experimental.get_next_as_optional"),
    **each("Tensor", "data.experimental.cardinality Dataset.cardinality Function.tensor_of"),
    **{f"data.experimental.{n}": "Callable[[Dataset], Dataset]" for n in ["assert_cardinality", "bucket_by_sequence_length", "dense_to_ragged_batch", "enumerate_dataset", "group_by_reducer", "group_by_window", "ignore_errors", "map_and_batch", "parallel_interleave", "prefetch_to_device", "scan", "shuffle_and_repeat", "snapshot", "take_while", "unbatch", "unique"]},
    **each("Dataset", "data.experimental.sample_from_datasets data.experimental.at_dataset"),
    **each("Any", "data.experimental.at keras.distribution.distribution keras.layers.add_all"),
    **{f"Dataset.{n}": "Dataset" for n in ["flat_map", "interleave", "window", "group_by_window", "bucket_by_sequence_length", "scan", "take_while", "unique", "ignore_errors", "sample_from_datasets", "snapshot"]},
    **{f"Strategy.{n}": "Dataset" for n in ["experimental_distribute_dataset", "distribute_datasets_from_function", "experimental_distribute_datasets_from_function"]},
    **each("Any", "Strategy.experimental_distribute_values_from_function .get_variable_layout"),
    **each("Any", ".get_tensor_layout .distribute_tf_dataset .distribute_dataset"),
    **each("Strategy", "distribute.get_strategy"),
    **each("Self", "ReduceOp.from_variable_aggregation"),
    **each("Tensor", "keras.activations.linear keras.backend.to_dense keras.random.beta"),
    **{f"keras.layers.{n}": "Tensor" for n in ["add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract"]},
    **each("Tensor", "keras.random.dropout keras.quantizers.fake_quant_with_min_max_vars"),
    **each("Tensor", "keras.quantizers.quantize_and_dequantize Distiller.compute_loss"),
    **{f"keras.utils.bounding_boxes.{n}": "Any" for n in ["around", "compute_ciou", "compute_iou", "encode_box_to_deltas"]},
    **{f"keras.visualization.{n}": "Any" for n in ["draw_bounding_boxes", "draw_segmentation_masks", "plot_bounding_box_gallery", "plot_image_gallery", "plot_segmentation_mask_gallery"]},
    **each("Tensor", ".compute_loss .stateless_result .adapt_mean_of"),
    **each("Any", ".stateless_update_state .stateless_reset_state .get_current_value"),
    **each("dict[str, Any]", "FeatureSpace.get_inputs FeatureSpace.get_encoded_features"),
    **each("Any", "FeatureSpace.__call__ EmbeddingColumn.weight EmbeddingColumn.dense"),
    **each("Any", "IdentityColumn.numbers Tokenizer.words_of Tokenizer.kept History.to_csv"),
    **each("Any", "OptimizerMap.__getitem__ OptimizerMap.__call__ DTypePolicyMap.__getitem__"),
}  # fmt: skip
_APPLICATIONS = (
    "ConvNeXtBase ConvNeXtLarge ConvNeXtSmall ConvNeXtTiny ConvNeXtXLarge DenseNet121 DenseNet169 "
    "DenseNet201 EfficientNetB0 EfficientNetB1 EfficientNetB2 EfficientNetB3 EfficientNetB4 "
    "EfficientNetB5 EfficientNetB6 EfficientNetB7 EfficientNetV2B0 EfficientNetV2B1 "
    "EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2L EfficientNetV2M EfficientNetV2S "
    "InceptionResNetV2 InceptionV3 MobileNet MobileNetV2 MobileNetV3Large MobileNetV3Small "
    "NASNetLarge NASNetMobile ResNet101 ResNet101V2 ResNet152 ResNet152V2 ResNet50 ResNet50V2 "
    "VGG16 VGG19 Xception"
)
RESULTS |= {
    **each("Tensor", "LinearOperator.matmul LinearOperator.solve LinearOperator.__matmul__"),
    **each("LinearOperator", "LinearOperator.cholesky LinearOperatorAdjoint.adjoint"),
    **each("LinearOperator", "LinearOperatorInversion.inverse _Diagonal.inverse"),
    **each("Tensor", "LinearOperatorBlockDiag.matmul LinearOperatorBlockDiag.solve"),
    **each("Tensor", ".block_shape_tensor .convolution_kernel"),
    **{
        f"data.experimental.{name}": "Callable[[Dataset], Dataset]"
        for name in ("copy_to_device", "pad_to_cardinality", "rejection_resample")
    },
    **each("Dataset", "Dataset.rejection_resample"),
    **each("str", "GFile.readline DeviceSpec.to_string get_current_name_scope .get_temp_dir"),
    **each("str", "io.gfile.join config.get_device_policy config.get_jit"),
    **each("int", "GFile.tell GFile.size config.get_memory_usage"),
    **each("bool", "io.gfile.exists io.gfile.isdir Message.HasField is_symbolic_tensor .has_value"),
    **each("bool", "config.get_synchronous_execution config.tensor_float_32_execution_enabled"),
    **each("bool", "config.experimental_functions_run_eagerly test.is_cpu_target_available"),
    **each("bool", "Message.__eq__ DeviceSpec.__eq__"),
    **each("bytes", "Message.SerializeToString Message.SerializePartialToString"),
    **each("Self", "Message.FromString DeviceSpec.make_merged_spec DeviceSpec.parse_from_string"),
    **each("Self", "QueueBase.from_list SparseTensor.from_value SparseTensor.with_values"),
    **each("SparseTensor", "SparseTensor.__mul__ SparseTensor.__truediv__"),
    **each("RaggedTensor", "RaggedTensor.from_sparse"),
    **each("str | None", "Message.WhichOneof"),
    **each("Variable", ".scatter_nd_max .scatter_nd_min"),
    **each("Tensor", "Variable.sparse_read Variable.initialized_value Variable.count_up_to"),
    **each("Dataset", "data.experimental.make_batched_features_dataset"),
    **each("Dataset", "data.experimental.make_csv_dataset"),
    **each("Callable[[Dataset], Dataset]", "data.experimental.parse_example_dataset"),
    **each("Optional", "AsOptional.get_next_as_optional"),
    **each("Array", "make_ndarray"),
    **each("Any", "CriticalSection.execute .dequeue .dequeue_many .dequeue_up_to .evaluate"),
    **each(
        "Any",
        "Message.ParseFromString Variable.eval Tensor.experimental_ref Variable.experimental_ref",
    ),
    **each("None", ".assertAllClose test.main"),
    **each("Any", ".assertRaisesOpError .assertRaisesIncompatibleShapesError .create_tempdir"),
    **each("Any", ".assertRaisesWithLiteralMatch profiler.stop get_logger check_pinned"),
}
RESULTS |= each(
    "Any",
    "GradientTape.jacobian GradientTape.batch_jacobian autograph.do_not_convert autograph.to_graph "
    "Module.with_name_scope Adaptable.quantize LSTMCell.step "
    "function.__call__ Iterator.__getitem__",
)
RESULTS |= {f"keras.applications.{name}": "Model" for name in _APPLICATIONS.split()}
_DATA = "tuple[tuple[Array, Array], tuple[Array, Array]]"
RESULTS |= {
    f"keras.datasets.{name}.load_data": _DATA
    for name in [
        "mnist",
        "fashion_mnist",
        "cifar10",
        "cifar100",
        "imdb",
        "reuters",
        "boston_housing",
        "california_housing",
    ]
}

# The types of attributes and properties, by name or "Class.name".
ATTRIBUTES = {
    "shape": "TensorShape",
    "dtype": "DType",
    "name": "str",
    "ndim": "int",
    "rank": "int | None",
    "device": "str",
    **each("list[Variable]", "weights variables trainable_weights non_trainable_weights"),
    **each("list[Variable]", "trainable_variables non_trainable_variables metrics_variables"),
    **each("list[Layer]", "layers"),
    **each("list[Metric]", "metrics"),
    **each("list[Tensor]", "losses"),
    "trainable": "bool",
    "built": "bool",
    "dtype_policy": "DTypePolicy",
    "compute_dtype": "str",
    "variable_dtype": "str",
    "history": "dict[str, list[Any]]",
    "learning_rate": "Any",
    "optimizer": "Any",
    "input_shape": "Any",
    "output_shape": "Any",
    "inputs": "list[Any]",
    "outputs": "list[Any]",
    "input": "Any",
    "output": "Any",
    "model": "Any",
    "element_spec": "Any",
    "WeightOwner.dtype": "str",
    "Layer.dtype": "str",
    "Metric.dtype": "str",
    "KerasTensor.dtype": "str",
    "KerasTensor.shape": "tuple[int | None, ...]",
    "DTypePolicy.name": "str",
    "Module.name_scope": "NameScope",
}

# Whole texts of what one signature does not tell; a docstring is added after a colon.
TEXT = {
    "GradientTape.gradient": """
@overload
def gradient(
    self, target: Nest, sources: Tensor | Variable, output_gradients: Nest = None,
    unconnected_gradients: str | UnconnectedGradients = ...,
) -> Tensor: ...
@overload
def gradient(
    self, target: Nest, sources: Mapping[str, Any], output_gradients: Nest = None,
    unconnected_gradients: str | UnconnectedGradients = ...,
) -> dict[str, Tensor]: ...
@overload
def gradient(
    self, target: Nest, sources: Iterable[Any], output_gradients: Nest = None,
    unconnected_gradients: str | UnconnectedGradients = ...,
) -> list[Tensor]: ...
""",
    "Layer.__call__": """
@overload
def __call__(self, inputs: KerasTensor, *args: Any, **kwargs: Any) -> KerasTensor: ...
@overload
def __call__(self, *args: Any, **kwargs: Any) -> Tensor: ...
""",
    "Layer.call": "def call(self, *args: Any, **kwargs: Any) -> Any: ...",
    "Model.call": "def call(self, *args: Any, **kwargs: Any) -> Any: ...",
    "Sequential.call": "def call(self, *args: Any, **kwargs: Any) -> Any: ...",
    "Dataset.apply": (
        "def apply(self, transformation_func: Callable[[Self], Dataset]) -> Dataset: ..."
    ),
    "Function.__call__": (
        "def __call__(self, *args: Params.args, **kwargs: Params.kwargs) -> Result: ..."
    ),
    "Function.__get__": (
        "def __get__(self, instance: Any, owner: Any = None) -> TracedFunction[..., Result]: ..."
    ),
    "function": """
@overload
def function(func: Callable[Params, Result], {rest}) -> TracedFunction[Params, Result]:{doc}
@overload
def function(
    func: None = None, {rest}
) -> Callable[[Callable[Params, Result]], TracedFunction[Params, Result]]: ...
""",
    "custom_gradient": (
        "def custom_gradient(f: Callable[Params, Any]) -> Callable[Params, Any]:{doc}"
    ),
    "recompute_grad": "def recompute_grad(f: Wrapped) -> Wrapped:{doc}",
    "grad_pass_through": "def grad_pass_through(f: Wrapped) -> Wrapped:{doc}",
    "autograph.do_not_convert": "def do_not_convert(func: Wrapped) -> Wrapped:{doc}",
    "keras.remat": "def remat(f: Wrapped) -> Wrapped:{doc}",
    "keras.saving.register_keras_serializable": (
        "def register_keras_serializable(package: str = 'Custom', name: str | None = None)"
        " -> Callable[[Wrapped], Wrapped]:{doc}"
    ),
}
BASES = {"tensorbrook.function.function.Function": "Generic[Params, Result]"}

# The special methods that stubs show.
SHOWN = set(
    ["__get__", "__init__", "__call__", "__getitem__", "__setitem__", "__len__", "__iter__", "__next__", "__enter__", "__exit__", "__contains__", "__float__", "__int__", "__bool__", "__index__", "__array__", "__eq__", "__ne__", "__hash__", "__neg__", "__pos__", "__abs__", "__invert__", "__lt__", "__le__", "__gt__", "__ge__", "__round__"]
) | {f"__{side}{name}__" for name in BINARY for side in ("", "r")}  # fmt: skip
