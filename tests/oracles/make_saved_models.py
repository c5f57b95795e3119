"""Makes golden/saved_models: small SavedModels of TensorFlow, with inputs, results and gradients.

    cd tests/oracles && /path/with/tensorflow/python make_saved_models.py [names]

Those of Keras 2 need the package tf_keras.

`NAME.zip` is the folder; `NAME.json` the calls: what is called, with what, and what came out.
"""

import json
import sys
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
import saved_functions
import tensorflow as tf

FOLDER = Path(__file__).parent / "golden" / "saved_models"
MODELS = {}


def model(function):
    MODELS[function.__name__] = function
    return function


def plain(value):
    """A result as JSON has it: tensors as [dtype, shape, values]."""
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tf.RaggedTensor):
        return {"ragged": [plain(value.flat_values), [plain(s) for s in value.nested_row_splits]]}
    array = np.asarray(tf.convert_to_tensor(value))
    if array.dtype.kind == "c":
        return {"complex": [plain(array.real), plain(array.imag)]}
    values = [v.decode("latin-1") if isinstance(v, bytes) else v for v in array.ravel().tolist()]
    return {"tensor": [tf.as_dtype(array.dtype).name, list(array.shape), values]}


def call(loaded, path, args=(), kwargs=None, gradients=False):
    """One call of a loaded model's function: path, arguments, result, gradients by variables."""
    kwargs, function = kwargs or {}, loaded
    for part in path.split("/") if path else ():
        function = loaded.signatures[part[1:]] if part[0] == "@" else getattr(function, part)
    found = {"path": path, "args": plain(list(args)), "kwargs": plain(kwargs)}
    if gradients:
        with tf.GradientTape() as tape:
            result = function(*args, **kwargs)
            leaves = [t for t in tf.nest.flatten(result) if t.dtype.is_floating]
            loss = tf.add_n([tf.reduce_sum(t * t) for t in leaves])
        watched = sorted(tape.watched_variables(), key=lambda v: v.name)
        found["gradients"] = [
            [v.name, plain(g)] for v, g in zip(watched, tape.gradient(loss, watched))
        ]
    else:
        result = function(*args, **kwargs)
    found["result"] = plain(result)
    return found


def floats(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32").round(2)


class Module(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(floats(3, 2), name="w")
        self.count = tf.Variable(0, trainable=False, name="count")
        self.parts = [tf.Variable([1.0, 2.0], name="a"), {"b": tf.Variable(3.0, name="b")}]
        self.scale = tf.constant([2.0, 0.5])

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def __call__(self, x):
        self.count.assign_add(1)
        y = tf.nn.relu(x @ self.w)[:, tf.newaxis, ::-1]
        return {"y": y * self.scale, "rows": tf.shape(x)[0]}

    @tf.function
    def flexible(self, x, times=2, training=False):
        if training:
            x = x * 3.0
        for _ in range(times):
            x = x + self.parts[0]
        return x, [x * self.parts[1]["b"]]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32), tf.TensorSpec([], tf.int32)])
    def loop(self, x, limit):
        total, i = tf.zeros_like(x), 0
        while i < limit:
            if tf.reduce_sum(total) > 10.0:
                total = total / 2.0 + self.parts[0][0]
            else:
                total = total + x * tf.cast(i, tf.float32)
            i += 1
        return total

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32)])
    def listed(self, x):
        array = tf.TensorArray(tf.float32, size=tf.shape(x)[0])
        for i in tf.range(tf.shape(x)[0]):
            array = array.write(i, tf.math.cumsum(x[i]))
        return array.stack()

    @tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.float32)])
    def ragged(self, x):
        return tf.reduce_sum(x, axis=1), x * 2.0


@model
def module(path):
    """Control flow, several signatures, unknown dimensions, Python values, structures, state."""
    m = Module()
    x = tf.constant(floats(2, 3))
    for times, training in ((2, False), (1, True)):
        m.flexible(tf.zeros([4, 2]), times, training=training)
    tf.saved_model.save(m, path, signatures={"serving_default": m.__call__, "loop": m.loop})
    loaded = tf.saved_model.load(path)
    v = tf.constant([1.0, 2.0, 0.5])
    return [
        call(loaded, "", [x], gradients=True),
        call(loaded, "", [floats(5, 3, seed=1)]),
        call(loaded, "@serving_default", kwargs={"x": x}),
        call(loaded, "@loop", kwargs={"x": v, "limit": tf.constant(4)}),
        call(loaded, "flexible", [tf.ones([4, 2])]),
        call(loaded, "flexible", [tf.ones([4, 2]), 1], {"training": True}, gradients=True),
        call(loaded, "loop", [v, tf.constant(7)]),
        call(loaded, "listed", [floats(3, 4)]),
        call(loaded, "ragged", [tf.ragged.constant([[1.0, 2.0], [], [3.0]])]),
    ]


def exported(model, path, *inputs, training=False, gradients=True):
    model(*[tf.constant(x) for x in inputs])
    model.export(path, verbose=False)
    loaded = tf.saved_model.load(path)
    given = [tf.constant(x) for x in inputs]
    names = list(loaded.signatures["serving_default"].structured_input_signature[1])
    return [
        call(loaded, "serve", given, gradients=gradients),
        call(loaded, "@serving_default", kwargs=dict(zip(names, given))),
    ]


@model
def functions(path):
    """Loops, branches, strings, rows, pictures, gradients: one function each."""
    m = tf.Module()
    for name, (function, args) in saved_functions.FUNCTIONS.items():
        specs = [tf.TensorSpec([None, *a.shape[1:]], a.dtype) for a in args]
        setattr(m, name, tf.function(function, input_signature=specs))
    tf.saved_model.save(m, path)
    loaded = tf.saved_model.load(path)
    return [call(loaded, name, args) for name, (_, args) in saved_functions.FUNCTIONS.items()]


@model
def mlp(path):
    """Dense layers, BatchNormalization, LayerNormalization, dropout."""
    keras.utils.set_random_seed(1)
    layers = keras.layers
    made = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, "gelu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(4, "swish"),
            layers.LayerNormalization(),
            layers.Dense(3, "softmax"),
        ]
    )
    return exported(made, path, floats(2, 4))


@model
def cnn(path):
    """Convolutions of all kinds, pooling, upsampling."""
    keras.utils.set_random_seed(2)
    layers = keras.layers
    made = keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(3, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.DepthwiseConv2D(3, padding="same"),
            layers.MaxPooling2D(),
            layers.Conv2DTranspose(2, 3, strides=2, padding="same"),
            layers.SeparableConv2D(2, 3, strides=2),
            layers.UpSampling2D(2, interpolation="bilinear"),
            layers.ZeroPadding2D(1),
            layers.AveragePooling2D(2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2),
        ]
    )
    return exported(made, path, floats(2, 8, 8, 2))


@model
def lstm(path):
    """Recurrent layers over sequences of any length."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    made = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(7, 3, mask_zero=True),
            layers.Bidirectional(layers.LSTM(2, return_sequences=True)),
            layers.GRU(3),
            layers.Dense(1, "sigmoid"),
        ]
    )
    return exported(made, path, np.array([[1, 2, 3, 0], [4, 5, 6, 1]], "int32"))


@model
def attention(path):
    """A block of a transformer."""
    keras.utils.set_random_seed(4)
    layers = keras.layers
    x = keras.Input((5, 4))
    y = layers.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True)
    y = layers.LayerNormalization()(layers.Add()([x, y]))
    made = keras.Model(x, layers.Dense(2)(layers.GlobalMaxPooling1D()(y)))
    return exported(made, path, floats(2, 5, 4))


@model
def texts(path):
    """Strings in, as a model of a hub has it: TextVectorization, StringLookup, an Embedding."""
    keras.utils.set_random_seed(5)
    layers = keras.layers
    vectors = layers.TextVectorization(output_sequence_length=5, ngrams=2)
    vectors.adapt(["the cat sat", "the dog ran!", "a cat ran home"])
    words = keras.Input((), dtype="string", name="words")
    kind = keras.Input((1,), dtype="string", name="kind")
    y = layers.Embedding(vectors.vocabulary_size(), 3)(vectors(words))
    y = layers.GlobalAveragePooling1D()(y)
    z = layers.StringLookup(vocabulary=["x", "y"], output_mode="one_hot")(kind)
    made = keras.Model([words, kind], layers.Dense(2)(layers.Concatenate()([y, z])))
    given = [tf.constant(["The cat RAN", "unknown"]), tf.constant([["y"], ["q"]])]
    made(given)
    made.export(path, verbose=False)
    loaded = tf.saved_model.load(path)
    return [
        call(loaded, "serve", [given], gradients=True),
        call(loaded, "@serving_default", kwargs=dict(zip(("words", "kind"), given))),
    ]


@model
def hub(path):
    """As a model of TensorFlow Hub: strings split and looked up in a table of an asset's lines."""
    vocabulary = Path("/tmp/hub_vocabulary.txt")
    vocabulary.write_text("the\ncat\ndog\n")

    class Text(tf.Module):
        def __init__(self):
            super().__init__()
            self.asset = tf.saved_model.Asset(str(vocabulary))
            self.table = tf.lookup.StaticHashTable(
                tf.lookup.TextFileInitializer(
                    self.asset,
                    tf.string,
                    tf.lookup.TextFileIndex.WHOLE_LINE,
                    tf.int64,
                    tf.lookup.TextFileIndex.LINE_NUMBER,
                ),
                3,
            )
            self.pairs = tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([1.5, 2.5])), -1.0
            )
            self.counts = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, 0)
            self.counts.insert(["a"], tf.constant([7], tf.int64))
            self.embeddings = tf.Variable(floats(4, 3), name="embeddings")
            self.variables_ = [self.embeddings]
            self.trainable_variables_ = self.variables_

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, sentences):
            words = tf.strings.split(
                tf.strings.regex_replace(tf.strings.lower(sentences), "[.!]", "")
            )
            ids = words.with_values(self.table.lookup(words.values))
            rows = tf.gather(self.embeddings, ids.to_tensor(3))
            return tf.reduce_mean(rows, 1)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def look(self, keys):
            return self.pairs.lookup(keys)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def count(self, keys):
            self.counts.insert(keys, self.counts.lookup(keys) + 1)
            return self.counts.lookup(keys), self.counts.size()

    m = Text()
    tf.saved_model.save(m, path)
    loaded = tf.saved_model.load(path)
    return [
        call(loaded, "", [tf.constant(["The cat.", "a dog the end!"])], gradients=True),
        call(loaded, "look", [tf.constant(["b", "z"])]),
        call(loaded, "count", [tf.constant(["a", "q"])]),
        call(loaded, "count", [tf.constant(["q"])]),
    ]


def keras_2(path, made, *inputs):
    """A model of Keras 2, compiled and trained a little, saved as it saves: predictions."""
    made.compile("adam", "mse", metrics=["mae"])
    given = [tf.constant(x) for x in inputs]
    given = given if len(given) > 1 else given[0]
    wanted = made(given, training=False)
    made.fit(given, tf.zeros_like(wanted), epochs=2, verbose=0)
    made.save(path, save_format="tf")
    wanted = made(given, training=False)
    return [
        {
            "args": plain(given),
            "result": plain(wanted),
            "loss": made.evaluate(given, tf.zeros_like(wanted), verbose=0)[0],
        }
    ]


@model
def keras_2_functional(path):
    """A functional model of Keras 2 (the package tf_keras) in its own folder format."""
    import tf_keras

    tf_keras.utils.set_random_seed(1)
    layers = tf_keras.layers
    a, b = tf_keras.Input((6, 6, 1), name="a"), tf_keras.Input((3,), name="b")
    x = layers.Conv2D(2, 3, activation="relu")(a)
    x = layers.BatchNormalization()(x)
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    y = layers.Dropout(0.1)(layers.Dense(4, "tanh")(b))
    made = tf_keras.Model([a, b], layers.Dense(2)(layers.Concatenate()([x, y])))
    return keras_2(path, made, floats(2, 6, 6, 1), floats(2, 3))


@model
def keras_2_subclassed(path):
    """A model of a class of its own: only its functions are in the file."""
    import tf_keras

    tf_keras.utils.set_random_seed(2)

    class Own(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.embed = tf_keras.layers.Embedding(5, 3)
            self.lstm = tf_keras.layers.LSTM(2)
            self.out = tf_keras.layers.Dense(1)

        def call(self, x, training=None):
            return self.out(self.lstm(self.embed(x)))

    return keras_2(path, Own(), np.array([[1, 2, 3], [4, 0, 1]], "int32"))


def main():
    for name in sys.argv[1:] or MODELS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            calls = MODELS[name](str(path))
            (path / "fingerprint.pb").unlink(missing_ok=True)
            with zipfile.ZipFile(FOLDER / f"{name}.zip", "w", zipfile.ZIP_LZMA) as archive:
                for file in sorted(path.rglob("*")):
                    if file.is_file():
                        entry = zipfile.ZipInfo(str(file.relative_to(path)), (1980, 1, 1, 0, 0, 0))
                        archive.writestr(entry, file.read_bytes(), zipfile.ZIP_LZMA)
        (FOLDER / f"{name}.json").write_text(json.dumps(calls) + "\n")
        print(name, (FOLDER / f"{name}.zip").stat().st_size)


if __name__ == "__main__":
    main()
