"""Record what TensorFlow gives for expressions: strings and ragged tensors, layers of texts.

Run with a Python that has TensorFlow 2.21: python tests/oracles/make_text.py
"""

import json
import os
import pathlib

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

HERE = pathlib.Path(__file__).parent
FILES = "text", "text_layer"


def adapt(layer, data):
    """A layer adapted to data."""
    layer.adapt(data)
    return layer


def vocabulary_of(layer, *arguments):
    """What a layer has as its vocabulary once it is set, and what it gives for it."""
    layer.set_vocabulary(*arguments)
    return layer.get_vocabulary(), shown(layer(["a", "b", "c"]))


def plain(config):
    """A configuration without what names the layer."""
    config = {k: v for k, v in config.items() if k not in ("name", "dtype", "trainable")}
    return json.loads(json.dumps(config, sort_keys=True, default=str))


def names(tf):
    """What expressions may name."""
    constant = tf.ragged.constant
    return {
        "np": np,
        "K": tf.keras.layers,
        "Input": tf.keras.Input,
        "adapt": adapt,
        "plain": plain,
        "vocabulary_of": vocabulary_of,
        "tf": tf,
        "S": tf.strings,
        "R": tf.ragged,
        "RT": tf.RaggedTensor,
        "A": constant([[1, 2, 3], [], [4, 5]]),
        "B": constant([[1.0, 2.0], [3.0]]),
        "C": constant([[[1, 2], [3]], [], [[4]]]),
        "D": constant([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1),
        # many texts, which lie in one buffer: with white space at all places, and with what is no text
        "MANY": tf.constant(
            [b"Hello World  foo", b" b\xff\xc3\xa9A\x00 c", b"", b"\v ", b" \t x y\nz "] * 300
        ),
        "NUMBERS": tf.constant([b"1.5", b"-2e3", b"nan", b"7"] * 300),
        "BAD": [b"a\xffb", b"\xc3\xa9\xc3", b"", b"ab\n\xe2\x82\xac c", b"A_1 -\x80"],
    }


def shown(result):
    """A result as text that is equal where the results are."""
    if isinstance(result, tuple | list) and not hasattr(result, "as_list"):
        return [shown(r) for r in result]
    if isinstance(result, np.generic):
        return repr(result.item())
    if hasattr(result, "to_list"):
        values, shape = result.to_list(), str(result.shape)
        return [repr(values), result.dtype.name, shape, result.ragged_rank]
    if hasattr(result, "numpy"):
        values = result.numpy()
        values = values.tolist() if hasattr(values, "tolist") else values
        return [repr(values), result.dtype.name, str(result.shape)]
    return repr(result)


def outcome(expression, tf):
    """What an expression gives, or the class of its error."""
    try:
        return {"gives": shown(eval(expression, names(tf)))}
    except Exception as fault:
        return {"raises": type(fault).__name__}


if __name__ == "__main__":
    import tensorflow

    for file in FILES:
        cases = (HERE / f"{file}_cases.txt").read_text().splitlines()
        rows = {expression: outcome(expression, tensorflow) for expression in cases}
        lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in rows.items())
        (HERE / "golden" / f"{file}.json").write_text("{\n" + lines + "\n}\n")
        print(file, len(rows), "expressions")
