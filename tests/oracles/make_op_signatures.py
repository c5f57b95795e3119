"""Writes src/tensorbrook/saved_model/op_signatures.txt: inputs, results and attrs of TensorFlow's ops.

    cd tests/oracles && /path/with/tensorflow/python make_op_signatures.py [more names]

The ops are those that the file has already, and those named.
"""

import sys
from pathlib import Path

from tensorflow.core.framework import op_def_pb2, types_pb2
from tensorflow.python.client import pywrap_tf_session as session

FILE = Path(__file__).parents[2] / "src/tensorbrook/saved_model/op_signatures.txt"
HEAD = """# TensorFlow's ops, one a line: name(inputs) -> (results) {attrs}; "!" after a name: it has effects.
# "x:T" has the dtype that attr T tells, "x:N*T" is a list of N of them, "x:[T]" one of the dtypes T.
# An attr that follows from the inputs is not listed; "T=type:int32" has a default.
# Written by tests/oracles/make_op_signatures.py.
"""


def dtype_name(number):
    return types_pb2.DataType.Name(number)[3:].lower()


def argument(arg):
    kind = arg.type_attr or dtype_name(arg.type)
    if arg.type_list_attr:
        kind = f"[{arg.type_list_attr}]"
    elif arg.number_attr:
        kind = f"{arg.number_attr}*{kind}"
    return f"{arg.name}:{kind}"


def line(op):
    given = {a for x in op.input_arg for a in (x.type_attr, x.number_attr, x.type_list_attr)}
    attrs = []
    for attr in op.attr:
        if attr.name in given:
            continue
        default = attr.default_value
        text = f"{attr.name}={attr.type}"
        if attr.type == "type" and attr.HasField("default_value"):
            text += ":" + dtype_name(default.type)
        attrs.append(text)
    inputs, outputs = (", ".join(map(argument, x)) for x in (op.input_arg, op.output_arg))
    attrs = f" {{{', '.join(attrs)}}}" if attrs else ""
    return f"{op.name}{'!' * op.is_stateful}({inputs}) -> ({outputs}){attrs}\n"


def main():
    ops = op_def_pb2.OpList()
    ops.ParseFromString(session.TF_GetBuffer(session.TF_GetAllOpList()))
    known = FILE.read_text().splitlines() if FILE.exists() else []
    names = {text.split("(")[0].strip("!") for text in known if text and text[0] != "#"}
    names |= set(sys.argv[1:])
    found = {op.name: op for op in ops.op}
    FILE.write_text(HEAD + "".join(line(found[name]) for name in sorted(names)))


main()
