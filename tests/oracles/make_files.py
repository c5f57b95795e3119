"""Record what TensorFlow reads and writes: golden/files.json.

Run with a Python that has TensorFlow 2.21: python tests/oracles/make_files.py
"""

import base64
import json
import os
import pathlib
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import tensorflow as tf
from check_files import RECORDS, dataset, folder_of
from files_cases import EXPRESSIONS, WRONG, messages, names, shown

GOLDEN = pathlib.Path(__file__).parent / "golden" / "files.json"


def fault_of(expression):
    try:
        eval(expression, names(tf))
    except Exception as fault:
        return type(fault).__name__
    raise AssertionError(f"no error: {expression}")


def files():
    """Files of all kinds as base64."""
    for compression in ("", "GZIP", "ZLIB"):
        with tf.io.TFRecordWriter(f"rows{compression}", compression) as writer:
            for record in RECORDS:
                writer.write(record)
    dataset(tf).save("saved")
    dataset(tf).save("saved_gzip", compression="GZIP")
    return folder_of(".")


os.chdir(tempfile.mkdtemp())
made = {
    "messages": {
        name: [base64.b64encode(row.SerializeToString(deterministic=True)).decode(), str(row)]
        for name, row in messages(tf).items()
        if name in ("a", "big", "s")
    },
    "files": files(),
    "results": [[text, shown(tf, eval(text, names(tf)))] for text in EXPRESSIONS],
    "faults": [[text, fault_of(text)] for text in WRONG],
}
lines = ["{"]
for key, value in made.items():
    many = value.items() if isinstance(value, dict) else value
    rows = [
        json.dumps(row if isinstance(value, list) else row[0])
        + ("" if isinstance(value, list) else ": " + json.dumps(row[1]))
        for row in many
    ]
    left, right = "{}" if isinstance(value, dict) else "[]"
    lines += [f'"{key}": {left}', ",\n".join(rows), f"{right},"]
lines[-1] = lines[-1][:-1]
GOLDEN.write_text("\n".join([*lines, "}"]) + "\n")
