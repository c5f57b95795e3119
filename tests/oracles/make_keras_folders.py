"""Folders as Keras 2 saves models, and what the models compute: golden/files/.

Run with a Python that has Keras 2.15:

    python tests/oracles/make_keras_folders.py

It writes golden/files/keras-2.15.0-folders.tar.xz: a folder for each case of keras_folder_cases.py,
and results.json with the outputs before and after two more epochs of training.
"""

import io
import json
import os
import pathlib
import tarfile
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import tensorflow as tf
from keras_files_cases import UNTRAINED, results, train
from keras_folder_cases import MODELS, custom, trained

keras = tf.keras
PATH = pathlib.Path(__file__).parent / "golden" / "files" / "keras-2.15.0-folders.tar.xz"
WITH_FUNCTIONS = ("classes", "subclassed", "frozen")  # which are read without their classes too


def add(archive, name, data):
    """Puts a file of some bytes into an archive, of no time."""
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def main():
    own, found = custom(keras), {}
    with tempfile.TemporaryDirectory() as folder, tarfile.open(PATH, "w:xz") as archive:
        for name in MODELS:
            keras.backend.clear_session()
            keras.utils.set_random_seed(1)
            try:
                model, given = trained(keras, name, own)
            except (AttributeError, TypeError) as fault:
                print(name, "is not made:", fault)
                continue
            path = pathlib.Path(folder, name)
            model.save(path, save_format="tf", save_traces=name in WITH_FUNCTIONS)
            for file in sorted(path.rglob("*")):
                if file.is_file() and file.name != "fingerprint.pb":
                    add(archive, str(file.relative_to(folder)), file.read_bytes())
            found[name] = {"outputs": results(model, given)}
            if name not in UNTRAINED:
                train(model, given)
                found[name]["later"] = results(model, given)
        add(archive, "results.json", json.dumps(found).encode())
    print(PATH.name, PATH.stat().st_size, "bytes")


main()
