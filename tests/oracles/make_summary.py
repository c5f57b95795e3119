"""Write golden/summary.json: what Keras's `model.summary()` prints for the models below.

Run with a Python that has tensorflow: `python tests/oracles/make_summary.py`. The test builds the
same models by running the same sources with tensorbrook as `keras`.
"""

import json
import pathlib

MODELS = {
    "sequential": """
model = keras.Sequential()
model.add(keras.layers.Dense(5, activation="sigmoid", input_shape=(2,)))
model.add(keras.layers.Dense(1, activation="sigmoid"))
""",
    "unbuilt": """
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(128), keras.layers.Dense(10)])
""",
    "functional": """
inputs = keras.Input(shape=(2,))
model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(inputs))
""",
    "trained": """
import numpy as np
model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(),
                          keras.layers.Dense(784), keras.layers.Dropout(0.5), keras.layers.Dense(10)])
model.compile("adam", "mse")
model.fit(np.zeros((4, 28, 28)), np.zeros((4, 10)), verbose=0)
""",
    "branches": """
title = keras.Input(shape=(16,), name="title")
body = keras.Input(shape=(8,), name="body")
shared = keras.layers.Dense(4, name="shared")
first = shared(title)
second = shared(keras.layers.Dense(16, name="widen_the_body_of_the_text")(body))
joined = keras.layers.Concatenate(name="joined")([first, second, title])
left = keras.layers.Dense(1, name="priority")(joined)
right = keras.layers.Dense(3, name="department")(joined)
model = keras.Model([title, body], [left, right], name="tickets")
""",
    "nested": """
inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, name="a"),
                          keras.layers.Dense(4, name="b")], name="inner")
deep_in = keras.Input((4,), name="deep_in")
deep = keras.Model(deep_in, keras.layers.Activation("relu", name="act")(inner(deep_in)), name="deep")
inputs = keras.Input((4,), name="inputs")
model = keras.Model(inputs, keras.layers.Add(name="add")([inputs, deep(inputs)]), name="outer")
deep.trainable = False
""",
    "subclassed": """
class Classifier(keras.Model):
    def __init__(self):
        super().__init__(name="classifier")
        self.hidden = keras.layers.Dense(3, name="hidden")
        self.drop = keras.layers.Dropout(0.2, name="drop")
        self.out = keras.layers.Dense(2, name="out")

    def call(self, x):
        return self.out(self.drop(self.hidden(x)))


import numpy as np
model = Classifier()
model(np.zeros((2, 4), "float32"))
""",
    "frozen": """
model = keras.Sequential([keras.Input((3,)), keras.layers.Rescaling(2.0, name="scale"),
                          keras.layers.Dense(4, name="frozen", trainable=False),
                          keras.layers.Dense(1, name="free", dtype="float64")], name="mixed")
""",
}
OPTIONS = {
    "sequential": [{}, {"line_length": 60}, {"show_trainable": True}],
    "unbuilt": [{}],
    "functional": [{}, {"positions": [0.4, 0.7, 1.0]}],
    "trained": [{}, {"layer_range": ["dense", "dropout"]}],
    "branches": [{}, {"line_length": 78, "show_trainable": True}],
    "nested": [{}, {"expand_nested": True}, {"expand_nested": True, "show_trainable": True}],
    "subclassed": [{}],
    "frozen": [{"show_trainable": True}],
}


def build(source: str, keras):
    keras.backend.clear_session()
    names = {"keras": keras}
    exec(source, names)
    return names["model"]


def main():
    import keras

    golden = []
    for name, source in MODELS.items():
        for options in OPTIONS[name]:
            lines = []
            build(source, keras).summary(print_fn=lines.append, **options)
            golden.append({"model": name, "options": options, "text": "\n".join(lines)})
    path = pathlib.Path(__file__).with_name("golden") / "summary.json"
    path.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
