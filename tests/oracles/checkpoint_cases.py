"""What checkpoints are made of in tests: the same programs for TensorFlow and for tensorbrook.

Each case is a class: `objects` are what is saved, `result()` is what they compute, and `go_on()`
changes them as training does.
"""

import numpy as np

X = np.random.RandomState(0).normal(size=(8, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True) * 0.5
SEQUENCES = np.random.RandomState(1).normal(size=(4, 5, 3)).astype("float32")
PICTURES = np.random.RandomState(2).normal(size=(2, 6, 6, 3)).astype("float32")

OPTIMIZERS = {
    "sgd": lambda o: o.SGD(0.1),
    "momentum": lambda o: o.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda o: o.Adam(0.01, amsgrad=True),
    "ema": lambda o: o.Adam(o.schedules.ExponentialDecay(0.1, 2, 0.5), use_ema=True),
    "accumulating": lambda o: o.Adam(0.01, gradient_accumulation_steps=2),
    "adamw": lambda o: o.AdamW(0.01),
    "adamax": lambda o: o.Adamax(0.01),
    "nadam": lambda o: o.Nadam(0.01),
    "adagrad": lambda o: o.Adagrad(0.1),
    "adadelta": lambda o: o.Adadelta(0.5),
    "rmsprop": lambda o: o.RMSprop(0.01, centered=True, momentum=0.5),
    "ftrl": lambda o: o.Ftrl(0.1),
    "lion": lambda o: o.Lion(0.01),
    "lamb": lambda o: o.Lamb(0.01),
    "adafactor": lambda o: o.Adafactor(0.01),
    "muon": lambda o: o.Muon(0.01),
    "loss_scale": lambda o: o.LossScaleOptimizer(o.SGD(0.1, momentum=0.9), initial_scale=8.0),
}


class Trained:
    """A model and its optimizer, which steps by hand."""

    def __init__(self, tf, model, optimizer, inputs, targets):
        self.tf, self.model, self.optimizer = tf, model, optimizer
        self.inputs, self.targets = inputs, targets
        self.objects = {"model": model, "optimizer": optimizer}

    def build(self):
        self.model(self.inputs)
        self.optimizer.build(self.model.trainable_variables)

    def result(self):
        return np.asarray(self.tf.cast(self.model(self.inputs), "float32")).ravel().tolist()

    def go_on(self, steps=2):
        tf, variables = self.tf, self.model.trainable_variables
        for _ in range(steps):
            with tf.GradientTape() as tape:
                error = tf.cast(self.model(self.inputs, training=True), "float32") - self.targets
                loss = self.optimizer.scale_loss(tf.reduce_mean(tf.square(error)))
            self.optimizer.apply(tape.gradient(loss, variables), variables)


def fill(model, seed=3):
    """Gives all weights numbers of their own, so that initializers do not matter."""
    draw = np.random.RandomState(seed)
    for variable in model.weights:
        variable.assign(np.abs(draw.normal(size=tuple(variable.shape))).astype("float32") * 0.3)


def of_optimizer(tf, name):
    keras = tf.keras
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)]
    )
    return Trained(tf, model, OPTIMIZERS[name](keras.optimizers), X, Y)


def functional(tf):
    keras = tf.keras
    layers = keras.layers
    inner_in = keras.Input((3,))
    inner = keras.Model(inner_in, layers.Dense(3, activation="relu")(inner_in))
    shared = layers.Dense(3)
    x = keras.Input((3,))
    y = layers.Add()([shared(inner(x)), shared(x)])
    y = layers.BatchNormalization()(y)
    y = layers.Dense(1)(keras.ops.tanh(y) if hasattr(keras, "ops") else y)
    return Trained(tf, keras.Model(x, y), keras.optimizers.SGD(0.1, momentum=0.5), X, Y)


def unbuilt(tf):
    keras = tf.keras
    model = keras.Sequential([keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    return Trained(tf, model, keras.optimizers.Adam(0.01), X, Y)


def mixed(tf):
    keras = tf.keras
    layers = keras.layers
    policy = "mixed_float16"
    model = keras.Sequential(
        [keras.Input((3,)), layers.Dense(4, dtype=policy), layers.Dense(1, dtype=policy)]
    )
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01), 4.0)
    return Trained(tf, model, optimizer, X, Y)


def subclassed(tf):
    keras = tf.keras
    layers = keras.layers

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.lstm = layers.Bidirectional(layers.LSTM(2, return_sequences=True))
            self.heads = layers.MultiHeadAttention(2, 2)
            self.norm = layers.LayerNormalization()
            self.ends = (layers.GRU(3), layers.Dense(1))
            self.scale = tf.Variable(0.5, trainable=False)
            self.drop = layers.Dropout(0.0)

        def call(self, x):
            x = self.drop(self.lstm(x))
            x = self.norm(x + self.heads(x, x))
            for layer in self.ends:
                x = layer(x)
            return x * self.scale

    targets = SEQUENCES[:, 0, :1]
    return Trained(tf, Net(), keras.optimizers.Adam(0.01), SEQUENCES, targets)


def pictures(tf):
    keras = tf.keras
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.Conv2D(2, 3),
            layers.GroupNormalization(1),
            layers.SeparableConv2D(2, 2),
            layers.PReLU(),
            layers.Conv2DTranspose(2, 2),
            layers.DepthwiseConv2D(2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1),
        ]
    )
    return Trained(tf, model, keras.optimizers.SGD(0.1), PICTURES, PICTURES[:, 0, 0, :1])


def texts(tf):
    keras = tf.keras
    layers = keras.layers
    words = keras.Input((), dtype="string")
    x = layers.StringLookup(vocabulary=["a", "b"])(words)
    model = keras.Model(words, layers.Dense(1)(layers.Embedding(3, 2)(x)))
    inputs = tf.constant(["a", "b", "c", "a"])
    return Trained(tf, model, keras.optimizers.SGD(0.1), inputs, Y[:4])


class Modules:
    """Variables of all dtypes in modules and containers, tables, generators, states of Python."""

    def __init__(self, tf):
        class Words(tf.train.experimental.PythonState):
            text = ""

            def serialize(self):
                return self.text

            def deserialize(self, string_value):
                self.text = string_value.decode()

        self.tf, self.words = tf, Words()
        self.module = module = tf.Module()
        module.floats = [
            tf.Variable(np.zeros((2, 3), kind)) for kind in ("float16", "float32", "float64")
        ]
        module.half = tf.Variable(tf.zeros([3], tf.bfloat16))
        module.whole = {
            kind: tf.Variable(np.zeros(2, kind))
            for kind in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
        }
        module.rest = (tf.Variable([False, False]), {"c/d.e": tf.Variable([0j])}, 3, None)
        module.text = tf.Variable(["", "", ""])
        module.none = tf.Variable(np.zeros((0, 2), "float32"))
        module.shared = module.floats[1]
        module.table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
        module.wide = tf.lookup.experimental.DenseHashTable(
            tf.int64, tf.float32, [0.0, 0.0], -1, -2
        )
        module.names = tf.lookup.experimental.DenseHashTable(tf.string, tf.int64, -1, "", "-")
        module.fixed = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(["a"], [1]), -1
        )
        module.function = tf.function(lambda x: x)
        self.generator = tf.random.Generator.from_seed(1)
        self.objects = {
            "module": module,
            "generator": self.generator,
            "words": self.words,
            "inner": tf.train.Checkpoint(step=tf.Variable(0, dtype=tf.int64)),
        }

    def build(self):
        pass

    def go_on(self):
        module, tf = self.module, self.tf
        for n, variable in enumerate(tf.nest.flatten([module.floats, module.half, module.whole])):
            variable.assign(variable + tf.cast(n + 1, variable.dtype))
        module.rest[0].assign([True, False])
        module.rest[1]["c/d.e"].assign([1 + 2j])
        module.text.assign(["one", "", "x" * 300])
        module.table.insert(["a", "b"], tf.constant([5, 7], tf.int64))
        module.wide.insert(tf.constant([3], tf.int64), [[1.0, 2.0]])
        module.names.insert([f"k{n}" for n in range(9)], tf.range(9, dtype=tf.int64))
        self.generator.normal([3])
        self.words.text += "some words, "
        self.objects["inner"].step.assign_add(4)

    def result(self):
        module, tf = self.module, self.tf
        numbers = [
            *tf.nest.flatten([module.floats, module.half, module.whole]),
            *(module.rest[0], tf.math.real(module.rest[1]["c/d.e"]), self.generator.state),
            *(tf.strings.length(module.text), self.objects["inner"].step),
            module.table.lookup(tf.constant(["a", "b", "c"])),
            module.names.lookup(tf.constant([f"k{n}" for n in range(10)])),
            module.wide.lookup(tf.constant([3, 4], tf.int64)),
        ]
        found = [np.asarray(tf.cast(n, tf.float64)).ravel().tolist() for n in numbers]
        return [x for row in found for x in row] + [float(len(self.words.text))]


CASES = {
    **{name: lambda tf, name=name: of_optimizer(tf, name) for name in OPTIMIZERS},
    "functional": functional,
    "unbuilt": unbuilt,
    "mixed": mixed,
    "subclassed": subclassed,
    "pictures": pictures,
    "texts": texts,
    "modules": Modules,
}
LOOSE = {"mixed": 2e-3}  # tolerances of those that compute in float16


def make(tf, name):
    """A case whose objects have values of their own, after two steps."""
    case = CASES[name](tf)
    case.build()
    if isinstance(case, Trained):
        fill(case.model)
    case.go_on()
    return case
