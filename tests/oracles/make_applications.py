"""Record what Keras's applications look like, and what they compute.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_applications.py

It writes golden/applications.json beside itself. The test reads that file only.
"""

import inspect
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from application_cases import RUN, result, structure

GOLDEN = pathlib.Path(__file__).parent / "golden" / "applications.json"
applications = keras.applications


def zeros(self, shape, dtype=None):
    return keras.ops.zeros(shape, dtype)


def main():
    random = keras.initializers.VarianceScaling.__call__
    rows = {}
    for name in sorted(n for n in dir(applications) if n[0].isupper()):
        make = getattr(applications, name)
        keras.backend.clear_session()
        keras.initializers.VarianceScaling.__call__ = zeros  # random numbers would take minutes
        model = make(weights=None)
        rows[name] = {
            "signature": str(inspect.signature(make)),
            "name": model.name,
            "parameters": model.count_params(),
            "structure": structure(model),
        }
        keras.initializers.VarianceScaling.__call__ = random
        if name in RUN:
            keras.backend.clear_session()
            rows[name]["result"] = [float(f"{v:.7g}") for v in result(applications, name)]
        print(name, rows[name], flush=True)
    pictures = np.arange(2 * 2 * 3, dtype="float32").reshape(1, 2, 2, 3) * 20
    prepared = {
        module: np.asarray(getattr(applications, module).preprocess_input(pictures.copy()))
        for module in sorted(dir(applications))
        if inspect.ismodule(getattr(applications, module))
    }
    prepared = {name: value.ravel().tolist() for name, value in prepared.items()}
    made_with = f"keras {keras.__version__}"
    golden = {"made_with": made_with, "models": rows, "prepared": prepared}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
