"""Loads files that tensorbrook wrote into Keras 3, and compares what the models compute.

Run with a Python that has Keras 3.15.1: python check_keras_files.py FOLDER, where FOLDER has files of
the cases of keras_files_cases.py, and results.json. tests/keras/files/test_interchange.py does.
"""

import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras_files_cases import MODELS, UNTRAINED, custom, results, train, trained

folder = pathlib.Path(sys.argv[1])
own, wanted, faults = custom(keras), json.loads((folder / "results.json").read_text()), 0
for path in sorted(folder.glob("*.keras")) + sorted(folder.glob("*.weights.h5")):
    case = path.name.split(".")[0]
    try:
        if path.suffix == ".keras":
            _, given = MODELS[case](keras, own)
            model = keras.models.load_model(path, custom_objects=own)
        else:
            model, given = trained(keras, case, own)
            model.load_weights(path)
        for found, stored in zip(results(model, given), wanted[case], strict=True):
            close = 2e-3 if case == "mixed" else 1e-6
            np.testing.assert_allclose(found, stored, rtol=1e-6, atol=close)
        if case not in (*UNTRAINED, "subclassed"):
            train(model, given)
    except Exception as fault:
        faults += 1
        print(path.name, type(fault).__name__, str(fault)[-500:])
sys.exit(faults > 0)
