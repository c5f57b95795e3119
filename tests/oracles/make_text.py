"""Record what TensorFlow gives for the expressions of text_cases.txt: strings and ragged tensors.

Run with a Python that has TensorFlow 2.21: python tests/oracles/make_text.py
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

HERE = pathlib.Path(__file__).parent
CASES = (HERE / "text_cases.txt").read_text().splitlines()


def names(tf):
    """What expressions may name."""
    constant = tf.ragged.constant
    return {
        "tf": tf,
        "S": tf.strings,
        "R": tf.ragged,
        "RT": tf.RaggedTensor,
        "A": constant([[1, 2, 3], [], [4, 5]]),
        "B": constant([[1.0, 2.0], [3.0]]),
        "C": constant([[[1, 2], [3]], [], [[4]]]),
        "D": constant([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1),
    }


def shown(result):
    """A result as text that is equal where the results are."""
    if isinstance(result, tuple | list) and not hasattr(result, "as_list"):
        return [shown(r) for r in result]
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

    rows = {expression: outcome(expression, tensorflow) for expression in CASES}
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in rows.items())
    (HERE / "golden" / "text.json").write_text("{\n" + lines + "\n}\n")
    print(len(rows), "expressions")
