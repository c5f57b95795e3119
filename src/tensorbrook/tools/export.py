"""`tensorbrook export model.keras model.onnx`: a model's file written for other programs."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from .. import keras


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="tensorbrook export",
        description="Load a Keras model (.keras, .h5) and write it for other programs to run. "
        "Models with classes of a program's own are exported in the program, by model.export.",
    )
    parser.add_argument("model", help="the model's file")
    parser.add_argument("path", help="what to write: a file that ends in .onnx, or a folder")
    parser.add_argument(
        "--format", help="onnx or tf_saved_model; by default what the path's ending says"
    )
    given = parser.parse_args(argv)
    if not Path(given.model).exists():
        parser.error(f"no such file: {given.model}")
    by_ending = "onnx" if given.path.endswith(".onnx") else "tf_saved_model"
    model = keras.saving.load_model(given.model, compile=False)
    model.export(given.path, format=given.format or by_ending, verbose=True)
