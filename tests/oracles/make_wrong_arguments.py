"""Record what Keras makes of wrong arguments (run where TensorFlow is installed).

golden/wrong_arguments.json: {class: {argument: a letter for each of wrong_arguments.VALUES}}.
"""

import json
import pathlib

import wrong_arguments

GOLDEN = pathlib.Path(__file__).parent / "golden" / "wrong_arguments.json"

if __name__ == "__main__":
    import tensorflow as tf

    found = {}
    # what cannot be made at all here, for want of scipy, shows nothing
    made = {
        name: wrong_arguments.outcome(lambda c=cls: c(**wrong_arguments.right(tf.keras, c)))[0]
        for name, cls in wrong_arguments.classes(tf.keras).items()
        if wrong_arguments.right(tf.keras, cls) is not None
    }
    for name, argument, _, call in wrong_arguments.walk(tf.keras):
        if made.get(name, "A") != "A":
            continue
        letters = found.setdefault(name, {})
        letters[argument] = letters.get(argument, "") + wrong_arguments.outcome(call)[0]
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(found.items()))
    GOLDEN.write_text(f"{{\n{lines}\n}}\n")
