"""ONNX's messages, those of its files that hold models: declared as in graph_messages.py."""

from .graph_messages import declared

_LINES = """
OperatorSetId: domain 1 string, version 2 int64
Entry: key 1 string, value 2 string
Dimension: dim_value 1 int64 ?value, dim_param 2 string ?value
ShapeProto: dim 1 Dimension*
TensorType: elem_type 1 enum, shape 2 ShapeProto
TypeProto: tensor_type 1 TensorType
ValueInfo: name 1 string, type 2 TypeProto
TensorProto: dims 1 int64*, data_type 2 enum, string_data 6 bytes*, name 8 string, raw_data 9 bytes, external_data 13 Entry*, data_location 14 enum
Attribute: name 1 string, f 2 float ?value, i 3 int64 ?value, s 4 bytes ?value, t 5 TensorProto ?value, g 6 GraphProto ?value, floats 7 float*, ints 8 int64*, strings 9 bytes*, type 20 enum
NodeProto: input 1 string*, output 2 string*, name 3 string, op_type 4 string, attribute 5 Attribute*, domain 7 string
GraphProto: node 1 NodeProto*, name 2 string, initializer 5 TensorProto*, input 11 ValueInfo*, output 12 ValueInfo*
ModelProto: ir_version 1 int64, producer_name 2 string, producer_version 3 string, graph 7 GraphProto, opset_import 8 OperatorSetId*, metadata_props 14 Entry*
"""  # noqa: E501

globals().update(declared(_LINES, {}))
