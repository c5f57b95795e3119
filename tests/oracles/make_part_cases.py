"""Records what Keras gives for part_cases.py into golden/parts.json.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_part_cases.py
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import part_cases
import tensorflow as tf

GOLDEN = pathlib.Path(__file__).parent / "golden" / "parts.json"


def main():
    rows = []
    for case in part_cases.cases():
        tf.keras.backend.clear_session()
        try:
            rows.append([*case, part_cases.run(tf, case)])
        except Exception as error:
            print("Keras raises:", *case, "->", repr(error)[:200])
    text = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    GOLDEN.write_text(f"[\n{text}\n]\n")
    print(len(rows), "cases,", len(text), "characters")


if __name__ == "__main__":
    main()
