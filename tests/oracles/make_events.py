"""Record what TensorFlow 2.21 and Keras 3.15.1 write into event files, in the cases of event_cases.

Run with a Python that has TensorFlow, Keras and TensorBoard:

    python tests/oracles/make_events.py

It writes golden/events.json.
"""

import json
import os
import pathlib
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import event_cases
import tensorflow as tf

found = {}
for name in event_cases.CASES:
    with tempfile.TemporaryDirectory() as folder:
        found[name] = event_cases.record(tf, name, folder)
        print(name, len(found[name]))
path = pathlib.Path(__file__).parent / "golden" / "events.json"
rows = (f"{json.dumps(name)}: {json.dumps(found[name])}" for name in found)
path.write_text("{\n" + ",\n".join(rows) + "\n}\n")
