"""Files of models as Keras writes them, and what the models compute: golden/files/.

Run with a Python that has Keras 3.15.1 (TensorFlow 2.21), and with one that has Keras 2.15:

    python tests/oracles/make_keras_files.py

It writes golden/files/keras-VERSION.zip: for each case of keras_files_cases.py its files, and
results.json with the outputs before and after one more epoch of training.
"""

import io
import json
import os
import pathlib
import tempfile
import zipfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import tensorflow as tf
from keras_files_cases import MODELS, UNTRAINED, custom, results, train, trained

keras = tf.keras
VERSION = getattr(keras, "__version__", "2.15.0")
FOLDER = pathlib.Path(__file__).parent / "golden" / "files"


def files(name, folder):
    """The paths of the files of a case, which are written into a folder."""
    ends = [".keras"]
    if name in (
        "dense",
        "nested",
        "recurrent",
        "hard",
        "images",
        "functions",
        "with_Adam",
        "classes",
    ):
        ends += [".h5"]
    if name in ("subclassed", "dense"):
        ends += [".weights.h5"]
    return [folder / f"{name}{end}" for end in ends]


def main():
    own, found = custom(keras), {}
    FOLDER.mkdir(exist_ok=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in MODELS:
            keras.backend.clear_session()
            keras.utils.set_random_seed(1)
            try:
                model, given = trained(keras, name, own)
            except Exception as fault:
                print(name, "is not made:", type(fault).__name__, str(fault)[:100])
                continue
            with tempfile.TemporaryDirectory() as folder:
                for path in files(name, pathlib.Path(folder)):
                    save = model.save_weights if path.name.endswith(".weights.h5") else model.save
                    save(str(path))
                    archive.write(path, path.name)
            found[name] = {"outputs": results(model, given)}
            if name not in UNTRAINED:
                train(model, given)
                found[name]["later"] = results(model, given)
        archive.writestr("results.json", json.dumps(found))
    path = FOLDER / f"keras-{VERSION}.zip"
    path.write_bytes(buffer.getvalue())
    print(path.name, path.stat().st_size, "bytes")


main()
