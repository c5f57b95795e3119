"""Models that are saved, and inputs for them: for the tests, and for TensorFlow to load.

A case is a function of tensorbrook (or TensorFlow) that returns (model, arguments of its call).
"""

import numpy as np

from tensorbrook.core.op import Spec
from tensorbrook.graph.ir import Graph, Node, Value

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def rng():
    return np.random.default_rng(0)


def normal(*shape):
    return rng().normal(size=shape).astype("float32")


@case
def mlp(tf):
    L = tf.keras.layers
    layers = [L.Dense(8, "relu"), L.BatchNormalization(), L.Dropout(0.5), L.Dense(3, "softmax")]
    return tf.keras.Sequential([tf.keras.Input((6,)), *layers]), [normal(5, 6)]


@case
def cnn(tf):
    L = tf.keras.layers
    layers = [
        L.Rescaling(1 / 255.0),
        L.RandomFlip(),
        L.Conv2D(4, 3, padding="same", strides=2, activation="gelu"),
        L.MaxPooling2D(),
        L.SeparableConv2D(6, 3, padding="same"),
        L.DepthwiseConv2D(3),
        L.LayerNormalization(),
        L.GlobalAveragePooling2D(),
        L.Dense(2),
    ]
    return tf.keras.Sequential([tf.keras.Input((12, 12, 3)), *layers]), [100 * normal(3, 12, 12, 3)]


@case
def open_pictures(tf):
    L = tf.keras.layers
    x = tf.keras.Input((None, None, 3))
    y = L.Conv2D(4, 3, strides=2, padding="same")(x)
    y = L.Conv2DTranspose(4, 3, strides=2, padding="same")(y)
    y = L.UpSampling2D(2, interpolation="bilinear")(y)
    return tf.keras.Model(x, L.AveragePooling2D(2, padding="same")(y)), [normal(2, 9, 7, 3)]


@case
def sequence(tf):
    L = tf.keras.layers
    layers = [
        L.Embedding(20, 8, mask_zero=True),
        L.Bidirectional(L.LSTM(5, return_sequences=True)),
        L.GRU(4),
        L.Dense(2),
    ]
    x = rng().integers(0, 20, (3, 7)).astype("float32")
    return tf.keras.Sequential([tf.keras.Input((None,)), *layers]), [x]


@case
def backwards(tf):
    L = tf.keras.layers
    layers = [L.LSTM(5, go_backwards=True, return_sequences=True), L.SimpleRNN(3), L.Dense(1)]
    return tf.keras.Sequential([tf.keras.Input((5, 3)), *layers]), [normal(3, 5, 3)]


@case
def signal(tf):
    L = tf.keras.layers
    layers = [
        L.Conv1D(4, 3, dilation_rate=2, padding="causal"),
        L.MaxPooling1D(2),
        L.Flatten(),
        L.Dense(2),
    ]
    return tf.keras.Sequential([tf.keras.Input((16, 3)), *layers]), [normal(2, 16, 3)]


@case
def attention(tf):
    L = tf.keras.layers
    x = tf.keras.Input((None, 8))
    y = L.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    y = L.LayerNormalization()(L.Add()([x, y]))
    return tf.keras.Model(x, L.Dense(3)(L.GlobalMaxPooling1D()(y))), [normal(4, 6, 8)]


@case
def named(tf):
    L = tf.keras.layers
    a, b = tf.keras.Input((3,), name="a"), tf.keras.Input((4,), name="b")
    outputs = {"o": L.Dense(2)(L.Concatenate()([a, b])), "p": L.Dense(1)(b)}
    return tf.keras.Model({"a": a, "b": b}, outputs), [{"a": normal(2, 3), "b": normal(2, 4)}]


@case
def half(tf):
    L, policy = tf.keras.layers, "mixed_float16"
    layers = [L.Dense(8, "relu", dtype=policy), L.Dense(3, dtype="float32")]
    return tf.keras.Sequential([tf.keras.Input((6,)), *layers]), [normal(5, 6)]


@case
def words(tf):
    L = tf.keras.layers
    cut = L.TextVectorization(max_tokens=20, output_sequence_length=5)
    cut.adapt(np.array(["the cat sat", "the dog ran, fast"], object))
    x = tf.keras.Input((), dtype="string")
    y = L.GlobalAveragePooling1D()(L.Embedding(20, 4)(cut(x)))
    return tf.keras.Model(x, L.Dense(2)(y)), [np.array(["the cat", "A dog RAN away!"], object)]


@case
def bigrams(tf):
    L = tf.keras.layers
    cut = L.TextVectorization(max_tokens=20, output_mode="tf_idf", ngrams=2)
    cut.adapt(np.array(["the cat sat", "the dog ran, fast"], object))
    x = tf.keras.Input((1,), dtype="string")
    texts = np.array([["the cat"], ["A dog RAN away!"]], object)
    return tf.keras.Model(x, L.Dense(2)(cut(x))), [texts]


@case
def features(tf):
    L = tf.keras.layers
    x, y = tf.keras.Input((1,), dtype="string"), tf.keras.Input((1,))
    kind = L.StringLookup(vocabulary=["a", "b", "c"], output_mode="one_hot")(x)
    scaled = L.Normalization(mean=[1.0], variance=[4.0])(y)
    bucket = L.Discretization([0.0, 1.0, 2.0], output_mode="one_hot")(y)
    model = tf.keras.Model([x, y], L.Concatenate()([kind, scaled, bucket]))
    return model, [[np.array([["a"], ["z"]], object), normal(2, 1)]]


@case
def subclassed(tf):
    L = tf.keras.layers

    class Branches(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.heads = L.Dense(3), [L.Dense(2), L.Dense(2)]

        def call(self, x, training=False):
            return sum(head(self.first(x)) for head in self.heads)

    model, x = Branches(), normal(5, 4)
    model(x)
    return model, [x]


def module(tf, asset):
    """A module with all that is not Keras's: control flow, tables, random numbers, an asset."""

    class Whole(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="w")
            self.offset = tf.constant([1.0, 2.0])
            self.more = [tf.Variable(1.0), tf.Variable(2)]
            self.named = {"a": tf.Variable(3.0)}
            pairs = tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([5, 6], tf.int64))
            self.table = tf.lookup.StaticHashTable(pairs, -1)
            self.asset = tf.saved_model.Asset(asset)
            self.count = tf.Variable(0)

        @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32)])
        def linear(self, x):
            self.count.assign_add(1)
            return {"y": x @ self.w + self.offset, "z": tf.reduce_sum(x)}

        @tf.function
        def look_up(self, x, flag=True):
            return self.table.lookup(x), self.asset.asset_path

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def loop(self, x):
            i = tf.constant(0)
            while tf.reduce_sum(x) < 100.0:
                x = x * 2.0 + self.named["a"]
                i += 1
            if i > 3:
                x = x + 1.0
            else:
                x = x - 1.0
            for k in tf.range(3):
                x = x + tf.cast(k, tf.float32)
            return x, i

        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32, name="image")])
        def noisy(self, x):
            return tf.reshape(x, [-1]) + tf.random.uniform([tf.size(x)])

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def cut(self, x):
            rows = tf.strings.split(tf.strings.lower(x))
            return {"lengths": rows.row_lengths(), "dense": rows.to_tensor("")}

    return Whole()


def graph_of(op, arrays, attrs):
    """A graph of one node."""
    specs = [Spec(a.shape, a.dtype) for a in map(np.asarray, arrays)]
    found = op.infer(*specs, **attrs)
    return graph_between(op, specs, found if type(found) is tuple else (found,), attrs)


def graph_between(op, specs, found, attrs):
    """A graph of one node, of the Specs of its operands and results."""
    graph = Graph(op.name)
    values = [Value(i, s.shape, s.dtype) for i, s in enumerate([*specs, *found])]
    graph.inputs, graph.outputs = values[: len(specs)], values[len(specs) :]
    graph.nodes = [Node(op, tuple(graph.inputs), attrs, tuple(graph.outputs))]
    return graph
