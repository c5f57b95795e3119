"""Record what TensorFlow's keras.backend functions return (run where TensorFlow is installed).

Each line of backend_cases.txt is an expression of K and of the values that `names` makes.
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent


def expressions():
    return (HERE / "backend_cases.txt").read_text().splitlines()


def names(K):
    """What the expressions are written with: a few tensors."""
    rng = np.random.default_rng(5)

    def of(*shape):
        return K.constant(rng.normal(size=shape).round(2))

    values = {"x": of(2, 4, 3), "z": of(2, 3, 5), "m": of(2, 3), "n": of(3, 4)}
    values |= {"p": of(2, 3, 3, 2), "w1": of(2, 3, 2), "w2": of(2, 2, 2, 2)}
    values |= {"i": K.constant([0, 2, 4], dtype="int32"), "b": K.greater(values["m"], 0.0)}
    values |= {"s": K.softmax(values["m"]), "t": K.constant([[0, 1, 0], [0, 0, 1]])}
    return {**values, "K": K, "np": np}


def plain(value):
    """A result as JSON has it."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.astype("float64") if value.dtype.kind == "f" else value
        return np.round(value, 6).tolist() if value.dtype.kind == "f" else value.tolist()
    return list(value) if isinstance(value, tuple) or hasattr(value, "rank") else value


if __name__ == "__main__":
    import tensorflow as tf

    known = names(tf.keras.backend)
    found = [plain(eval(text, known)) for text in expressions()]
    lines = ",\n".join(json.dumps(value) for value in found)
    (HERE / "golden" / "backend.json").write_text(f"[\n{lines}\n]\n")
