"""Record what Keras computes in the programs of recurrent_programs.py.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_recurrent.py

It writes golden/recurrent.json beside itself. The tests read that file only.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
from recurrent_programs import PROGRAMS

GOLDEN = pathlib.Path(__file__).parent / "golden" / "recurrent.json"

rows = {program.__name__: program(keras) for program in PROGRAMS}
GOLDEN.write_text(json.dumps({"made_with": f"keras {keras.__version__}", **rows}) + "\n")
