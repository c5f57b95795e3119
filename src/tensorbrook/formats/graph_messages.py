"""TensorFlow's messages of graphs, saved models and checkpoints.

One line declares a message: `name number kind` for each field, where `kind*` is a list, `{kind}` a
map from strings, and `?group` a member of a oneof. A map of any other kind is a list of entries, as
it is on the wire. What no line names is kept as bytes.
"""

from ..base import examples
from ..base.messages import SCALARS, Field, Message

_LINES = """
Any: type_url 1 string, value 2 bytes
VersionDef: producer 1 int32, min_consumer 2 int32, bad_consumers 3 int32*
TextEntry: key 1 string, value 2 string

NoneValue:
ListValue: values 1 StructuredValue*
TupleValue: values 1 StructuredValue*
DictValue: fields 1 {StructuredValue}
PairValue: key 1 string, value 2 StructuredValue
NamedTupleValue: name 1 string, values 2 PairValue*
TensorSpecProto: name 1 string, shape 2 TensorShapeProto, dtype 3 dtype
BoundedTensorSpecProto: name 1 string, shape 2 TensorShapeProto, dtype 3 dtype, minimum 4 TensorProto, maximum 5 TensorProto
TypeSpecProto: type_spec_class 1 enum, type_state 2 StructuredValue, type_spec_class_name 3 string, num_flat_components 4 int32
StructuredValue: none_value 1 NoneValue ?kind, float64_value 11 double ?kind, int64_value 12 sint64 ?kind, string_value 13 string ?kind, bool_value 14 bool ?kind, tensor_shape_value 31 TensorShapeProto ?kind, tensor_dtype_value 32 dtype ?kind, tensor_spec_value 33 TensorSpecProto ?kind, type_spec_value 34 TypeSpecProto ?kind, bounded_tensor_spec_value 35 BoundedTensorSpecProto ?kind, list_value 51 ListValue ?kind, tuple_value 52 TupleValue ?kind, dict_value 53 DictValue ?kind, named_tuple_value 54 NamedTupleValue ?kind, tensor_value 55 TensorProto ?kind, numpy_value 56 TensorProto ?kind

NameAttrList: name 1 string, attr 2 {AttrValue}
AttrList: s 2 bytes*, i 3 int64*, f 4 float*, b 5 bool*, type 6 dtype*, shape 7 TensorShapeProto*, tensor 8 TensorProto*, func 9 NameAttrList*
AttrValue: list 1 AttrList ?value, s 2 bytes ?value, i 3 int64 ?value, f 4 float ?value, b 5 bool ?value, type 6 dtype ?value, shape 7 TensorShapeProto ?value, tensor 8 TensorProto ?value, placeholder 9 string ?value, func 10 NameAttrList ?value
ArgDef: name 1 string, description 2 string, type 3 dtype, type_attr 4 string, number_attr 5 string, type_list_attr 6 string, is_ref 16 bool
AttrDef: name 1 string, type 2 string, default_value 3 AttrValue, description 4 string, has_minimum 5 bool, minimum 6 int64, allowed_values 7 AttrValue
OpDef: name 1 string, input_arg 2 ArgDef*, output_arg 3 ArgDef*, attr 4 AttrDef*, summary 5 string, description 6 string, is_aggregate 16 bool, is_stateful 17 bool, is_commutative 18 bool, allows_uninitialized_input 19 bool, control_output 20 string*
OpList: op 1 OpDef*
NodeDef: name 1 string, op 2 string, input 3 string*, device 4 string, attr 5 {AttrValue}
ArgAttrs: attr 1 {AttrValue}
ArgAttrsEntry: key 1 uint32, value 2 ArgAttrs
FunctionDef: signature 1 OpDef, node_def 3 NodeDef*, ret 4 TextEntry*, attr 5 {AttrValue}, control_ret 6 TextEntry*, arg_attr 7 ArgAttrsEntry*
GradientDef: function_name 1 string, gradient_func 2 string
RegisteredGradient: gradient_func 1 string, registered_op_type 2 string
FunctionDefLibrary: function 1 FunctionDef*, gradient 2 GradientDef*, registered_gradients 3 RegisteredGradient*
GraphDef: node 1 NodeDef*, library 2 FunctionDefLibrary, version 3 int32, versions 4 VersionDef

MetaInfoDef: meta_graph_version 1 string, stripped_op_list 2 OpList, any_info 3 Any, tags 4 string*, tensorflow_version 5 string, tensorflow_git_version 6 string, stripped_default_attrs 7 bool, function_aliases 8 TextEntry*
SaverDef: filename_tensor_name 1 string, save_tensor_name 2 string, restore_op_name 3 string, max_to_keep 4 int32, sharded 5 bool, keep_checkpoint_every_n_hours 6 float, version 7 enum
CooSparse: values_tensor_name 1 string, indices_tensor_name 2 string, dense_shape_tensor_name 3 string
CompositeInfo: type_spec 1 TypeSpecProto, components 2 TensorInfo*
TensorInfo: name 1 string ?encoding, dtype 2 dtype, tensor_shape 3 TensorShapeProto, coo_sparse 4 CooSparse ?encoding, composite_tensor 5 CompositeInfo ?encoding
SignatureDef: inputs 1 {TensorInfo}, outputs 2 {TensorInfo}, method_name 3 string, defaults 4 {TensorProto}
AssetFileDef: tensor_info 1 TensorInfo, filename 2 string
NodeList: value 1 string*
BytesList: value 1 bytes*
CollectionDef: node_list 1 NodeList ?kind, bytes_list 2 BytesList ?kind
MetaGraphDef: meta_info_def 1 MetaInfoDef, graph_def 2 GraphDef, saver_def 3 SaverDef, collection_def 4 {CollectionDef}, signature_def 5 {SignatureDef}, asset_file_def 6 AssetFileDef*, object_graph_def 7 SavedObjectGraph
SavedModel: saved_model_schema_version 1 int64, meta_graphs 2 MetaGraphDef*
FingerprintDef: saved_model_checksum 1 uint64, graph_def_program_hash 2 uint64, signature_def_hash 3 uint64, saved_object_graph_hash 4 uint64, checkpoint_hash 5 uint64, version 6 VersionDef, uuid 7 string

ObjectReference: node_id 1 int32, local_name 2 string
SlotVariableReference: original_variable_node_id 1 int32, slot_name 2 string, slot_variable_node_id 3 int32
SerializedTensor: name 1 string, full_name 2 string, checkpoint_key 3 string
RegisteredSaver: name 1 string, object_name 2 string
BoolValue: value 1 bool
TrackableObject: children 1 ObjectReference*, attributes 2 SerializedTensor*, slot_variables 3 SlotVariableReference*, registered_saver 4 RegisteredSaver, has_checkpoint_values 5 BoolValue
TrackableObjectGraph: nodes 1 TrackableObject*
BundleHeaderProto: num_shards 1 int32, endianness 2 enum, version 3 VersionDef
Extent: start 1 int64, length 2 int64 ?has_length_hack
TensorSliceProto: extent 1 Extent*
BundleEntryProto: dtype 1 dtype, shape 2 TensorShapeProto, shard_id 3 int32, offset 4 int64, size 5 int64, crc32c 6 fixed32, slices 7 TensorSliceProto*

SavedUserObject: identifier 1 string, version 2 VersionDef, metadata 3 string
SavedAsset: asset_file_def_index 1 int32
FunctionSpec: fullargspec 1 StructuredValue, is_method 2 bool, input_signature 5 StructuredValue, jit_compile 6 enum
SavedFunction: concrete_functions 1 string*, function_spec 2 FunctionSpec
SavedVariable: dtype 1 dtype, shape 2 TensorShapeProto, trainable 3 bool, synchronization 4 enum, aggregation 5 enum, name 6 string, device 7 string
SavedBareConcreteFunction: concrete_function_name 1 string, argument_keywords 2 string*, allowed_positional_arguments 3 int64, function_spec 4 FunctionSpec
SavedConstant: operation 1 string
SavedResource: device 1 string
CapturedTensor: name 1 string, concrete_function 2 string
SaveableObject: save_function 2 int32, restore_function 3 int32
SavedObject: children 1 ObjectReference*, slot_variables 3 SlotVariableReference*, user_object 4 SavedUserObject ?kind, asset 5 SavedAsset ?kind, function 6 SavedFunction ?kind, variable 7 SavedVariable ?kind, bare_concrete_function 8 SavedBareConcreteFunction ?kind, constant 9 SavedConstant ?kind, resource 10 SavedResource ?kind, saveable_objects 11 {SaveableObject}, captured_tensor 12 CapturedTensor ?kind, registered_name 13 string, serialized_user_proto 14 Any, dependencies 15 ObjectReference*, registered_saver 16 string
SavedConcreteFunction: bound_inputs 2 int32*, canonicalized_input_signature 3 StructuredValue, output_signature 4 StructuredValue
SavedObjectGraph: nodes 1 SavedObject*, concrete_functions 2 {SavedConcreteFunction}

KerasObject: node_id 2 int32, node_path 3 string, identifier 4 string, metadata 5 string
KerasMetadata: nodes 1 KerasObject*

PluginData: plugin_name 1 string, content 2 bytes
SummaryMetadata: plugin_data 1 PluginData, display_name 2 string, summary_description 3 string, data_class 4 enum
SummaryImage: height 1 int32, width 2 int32, colorspace 3 int32, encoded_image_string 4 bytes
HistogramProto: min 1 double, max 2 double, num 3 double, sum 4 double, sum_squares 5 double, bucket_limit 6 double*, bucket 7 double*
SummaryValue: tag 1 string, simple_value 2 float ?value, image 4 SummaryImage ?value, histo 5 HistogramProto ?value, node_name 7 string, tensor 8 TensorProto ?value, metadata 9 SummaryMetadata
Summary: value 1 SummaryValue*
FunctionGraphs: partition_graphs 1 GraphDef*, pre_optimization_graph 2 GraphDef, post_optimization_graph 3 GraphDef
RunMetadata: step_stats 1 bytes, cost_graph 2 bytes, partition_graphs 3 GraphDef*, function_graphs 4 FunctionGraphs*
TaggedRunMetadata: tag 1 string, run_metadata 2 bytes
SourceMetadata: writer 1 string
Event: wall_time 1 double, step 2 int64, file_version 3 string ?what, graph_def 4 bytes ?what, summary 5 Summary ?what, tagged_run_metadata 8 TaggedRunMetadata ?what, meta_graph_def 9 bytes ?what, source_metadata 10 SourceMetadata
"""  # noqa: E501


def declared(lines, known):
    """The classes of messages that some lines declare, by name; `known` are others they hold."""
    rows = [line.split(":", 1) for line in lines.split("\n") if line]
    made = {name: type(name, (Message,), {"__slots__": (), "__doc__": f"{name}:{fields}"})
            for name, fields in rows}  # fmt: skip
    known = known | made

    def field(number, kind, group="?"):
        plain = kind.strip("{}*")
        found = plain if plain in SCALARS else known[plain]
        return Field(int(number), found, kind[-1] == "*", kind[0] == "{", group[1:] or None)

    for name, fields in rows:
        words = [part.split() for part in fields.split(",") if part]
        made[name]._declare({part[0]: field(*part[1:]) for part in words})
    return made


globals().update(made := declared(_LINES, vars(examples)))
made["Summary"].Value, made["Summary"].Image = made["SummaryValue"], made["SummaryImage"]
