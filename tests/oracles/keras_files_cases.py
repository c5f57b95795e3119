"""Models whose files are exchanged: the same code for Keras 2, Keras 3 and tensorbrook."""

import numpy as np

OPTIMIZERS = [
    "SGD",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Ftrl",
    "Lion",
    "Adafactor",
    "Lamb",
    "Muon",
]
VARIANTS = {
    "averages": lambda o: o.Adam(0.01, use_ema=True, ema_overwrite_frequency=3),
    "schedule": lambda o: o.Adam(o.schedules.PiecewiseConstantDecay([1, 3], [0.1, 0.01, 0.001])),
    "accumulation": lambda o: o.SGD(0.01, momentum=0.9, gradient_accumulation_steps=2),
    "scale": lambda o: o.LossScaleOptimizer(o.Adam(0.01), 16.0, dynamic_growth_steps=2),
}


def numbers(*shape):
    """Numbers that are anything but random, and alike everywhere."""
    size = int(np.prod(shape))
    return np.sin(np.arange(size) * 1.7 + 0.3).reshape(shape).astype("float32")


def custom(keras):
    """The classes and functions of a program's own that the models use."""

    class Scale(keras.layers.Layer):
        def __init__(self, start=2.0, **kwargs):
            super().__init__(**kwargs)
            self.start = start

        def build(self, input_shape):
            ones = keras.initializers.Constant(self.start)
            self.gain = self.add_weight(shape=(input_shape[-1],), initializer=ones, name="gain")
            self.count = self.add_weight(
                shape=(), initializer="zeros", trainable=False, name="count"
            )
            self.inner = keras.layers.Dense(3)
            self.inner.build(input_shape)
            self.built = True

        def call(self, x):
            return self.inner(x * self.gain)

        def get_config(self):
            return {**super().get_config(), "start": self.start}

    class Pair(keras.Model):
        def __init__(self, units=3, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.first = keras.layers.Dense(units, activation="tanh")
            self.rest = [
                keras.layers.Dense(units, use_bias=False),
                keras.layers.BatchNormalization(),
            ]
            self.heads = {"a": keras.layers.Dense(2), "b": keras.layers.Dense(1)}

        def call(self, x, training=False):
            x = self.first(x)
            x = self.rest[1](self.rest[0](x), training=training)
            return self.heads["b"](x) + self.heads["a"](x)

        def get_config(self):
            return {"units": self.units, "name": self.name}

    return {"Scale": Scale, "Pair": Pair}


def dense(keras, own):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dropout(0.0),
            layers.Dense(2, activation="softmax", kernel_constraint="max_norm"),
        ]
    )
    return model, [numbers(8, 4)]


def nested(keras, own):
    layers = keras.layers
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3, name="p"), layers.Dense(3)])
    a = keras.Input((3,))
    graph = keras.Model(a, [layers.Dense(2)(a), layers.PReLU()(a)], name="graph")
    x, y = keras.Input((3,), name="x"), keras.Input((3,), name="y")
    shared = layers.Dense(3, name="shared")
    both = layers.Add()([shared(x), shared(inner(y))])
    one, two = graph(both)
    out = layers.Concatenate()([one, two, inner(both)])
    return keras.Model([x, y], [out, one]), [numbers(6, 3), numbers(6, 3) * 2]


def recurrent(keras, own):
    layers = keras.layers
    x = keras.Input((4,), dtype="int32")
    e = layers.Embedding(7, 3, mask_zero=True)(x)
    b = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(e)
    t = layers.TimeDistributed(layers.Dense(2))(b)
    outputs = [layers.GRU(2)(t), layers.SimpleRNN(2)(b), layers.LayerNormalization()(t)]
    return keras.Model(x, outputs), [(np.arange(20).reshape(5, 4) * 3 % 7).astype("int32")]


def hard(keras, own):
    layers = keras.layers
    x, y = keras.Input((4, 2)), keras.Input((2, 3, 3, 1))
    gates = layers.LSTM(2, recurrent_activation="hard_sigmoid")(x)
    outputs = [
        layers.Activation("hard_sigmoid")(gates),
        layers.Flatten()(layers.ConvLSTM2D(2, 2)(y)),
    ]
    return keras.Model([x, y], outputs), [numbers(3, 4, 2) * 3, numbers(3, 2, 3, 3, 1) * 3]


def attention(keras, own):
    layers = keras.layers
    x = keras.Input((4, 3))
    y = layers.MultiHeadAttention(2, 2)(x, x)
    return keras.Model(x, layers.Dense(1)(layers.Add()([x, y]))), [numbers(3, 4, 3)]


def images(keras, own):
    layers = keras.layers
    x = keras.Input((8, 8, 2))
    y = layers.Conv2D(3, 3, padding="same", activation="relu")(x)
    y = layers.SeparableConv2D(3, 3)(layers.MaxPooling2D()(y))
    y = layers.Conv2DTranspose(2, 2)(layers.DepthwiseConv2D(2)(y))
    return keras.Model(x, layers.Dense(2)(layers.GlobalAveragePooling2D()(y))), [
        numbers(3, 8, 8, 2)
    ]


def classes(keras, own):
    x = keras.Input((4,))
    return keras.Model(x, own["Scale"](3.0, name="scale")(x)), [numbers(5, 4)]


def subclassed(keras, own):
    model = own["Pair"](4)
    model(numbers(2, 3))
    return model, [numbers(6, 3)]


def functions(keras, own):
    x = keras.Input((4,))
    if hasattr(keras, "ops"):
        ops = keras.ops
        y = ops.mean(ops.concatenate([x, x[:, 1:3] * 2.0], axis=-1), axis=-1, keepdims=True)
        y = ops.relu(keras.layers.Dense(3)(x)) + y - ops.expand_dims(ops.max(x, axis=1), 1)
    else:
        import tensorflow as tf

        y = tf.reduce_mean(tf.concat([x, x[:, 1:3] * 2.0], axis=-1), axis=-1, keepdims=True)
        y = tf.nn.relu(keras.layers.Dense(3)(x)) + y - tf.expand_dims(tf.reduce_max(x, axis=1), 1)
    return keras.Model(x, y), [numbers(5, 4)]


def texts(keras, own):
    layers = keras.layers
    words = layers.TextVectorization(output_sequence_length=3)
    words.adapt(["a b c", "b c", "c"])
    kinds = layers.StringLookup(vocabulary=["x", "y"], output_mode="one_hot")
    scaled = layers.Normalization()
    scaled.adapt(numbers(9, 2) * 3)
    t, k, n = (
        keras.Input((1,), dtype="string"),
        keras.Input((1,), dtype="string"),
        keras.Input((2,)),
    )
    e = layers.Flatten()(layers.Embedding(6, 2)(words(t)))
    y = layers.Concatenate()([e, layers.Flatten()(kinds(k)), scaled(n)])
    given = [np.array([["a c"], ["b q"]], object), np.array([["y"], ["z"]], object), numbers(2, 2)]
    if hasattr(keras, "ops"):  # Keras 3 takes no arrays of texts
        given = [keras.ops.convert_to_tensor(x.tolist()) for x in given[:2]] + given[2:]
    return keras.Model([t, k, n], layers.Dense(1)(y)), given


def adapted(keras, own):
    layers = keras.layers
    bins = layers.Discretization(num_bins=4)
    bins.adapt(numbers(50, 1))
    whole = layers.IntegerLookup(output_mode="multi_hot")
    whole.adapt(np.array([[3], [5], [3], [9]]))
    words = layers.TextVectorization(output_mode="tf_idf")
    words.adapt(["a b c", "b c", "c"])
    x, n, t = (
        keras.Input((1,)),
        keras.Input((1,), dtype="int64"),
        keras.Input((1,), dtype="string"),
    )
    y = layers.Flatten()(layers.Embedding(5, 2)(bins(x)))
    y = layers.Dense(1)(
        layers.Concatenate()([y, layers.Flatten()(whole(n)), layers.Flatten()(words(t))])
    )
    given = [
        numbers(3, 1),
        np.array([[5], [3], [7]]),
        np.array([["c a"], ["b q b"], ["c"]], object),
    ]
    if hasattr(keras, "ops"):  # Keras 3 takes no arrays of texts
        given[2] = keras.ops.convert_to_tensor(given[2].tolist())
    return keras.Model([x, n, t], y), given


def mixed(keras, own):
    layers = keras.layers
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        x = keras.Input((4,))
        y = layers.Dense(1, dtype="float32")(layers.Dense(3, activation="tanh")(x))
        return keras.Model(x, y), [numbers(6, 4)]
    finally:
        keras.mixed_precision.set_global_policy("float32")


def optimized(name):
    def make(keras, own):
        layers = keras.layers
        model = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(2)])
        return model, [numbers(6, 3)]

    return make


def wrapped(keras, own):
    layers = keras.layers
    back = layers.GRU(2, return_sequences=True, go_backwards=True)
    x = keras.Input((4, 3))
    y = layers.Bidirectional(layers.LSTM(2, return_sequences=True), backward_layer=back)(x)
    cells = [layers.LSTMCell(2), layers.GRUCell(3)]
    outputs = [layers.RNN(cells)(y), layers.TimeDistributed(layers.Dense(2))(y)]
    return keras.Model(x, outputs), [numbers(2, 4, 3)]


def attentions(keras, own):
    layers = keras.layers
    x = keras.Input((5, 4))
    heads = layers.MultiHeadAttention(2, 3, value_dim=2, output_shape=3)(x, x, use_causal_mask=True)
    outputs = [heads, layers.GroupQueryAttention(3, 4, 2)(x, x), layers.AdditiveAttention()([x, x])]
    return keras.Model(x, outputs), [numbers(3, 5, 4)]


MODELS = {
    f.__name__: f
    for f in (
        dense,
        nested,
        recurrent,
        hard,
        attention,
        images,
        classes,
        subclassed,
        functions,
        texts,
    )
} | {"adapted": adapted, "mixed": mixed, "wrapped": wrapped, "attentions": attentions}
UNTRAINED = ("texts", "adapted")  # a loss has no place for texts
MODELS |= {f"with_{name}": optimized(name) for name in [*OPTIMIZERS, *VARIANTS]}


def optimizer_of(keras, name):
    kind = name.removeprefix("with_") if name.startswith("with_") else "Adam"
    more = {"momentum": 0.9} if kind in ("SGD", "RMSprop") else {}
    if kind in VARIANTS:
        return VARIANTS[kind](keras.optimizers)
    return getattr(keras.optimizers, kind)(learning_rate=0.01, **more)


def train(model, given):
    """One epoch of training: the targets are like the outputs."""
    outputs = model.predict(given if len(given) > 1 else given[0], verbose=0)
    many = isinstance(outputs, list)
    targets = [numbers(*y.shape) for y in (outputs if many else [outputs])]
    model.fit(
        given if len(given) > 1 else given[0],
        targets if many else targets[0],
        epochs=2,
        batch_size=len(given[0]),
        shuffle=False,
        verbose=0,
    )


def results(model, given):
    """The model's outputs, as lists."""
    outputs = model.predict(given if len(given) > 1 else given[0], verbose=0)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    return [np.asarray(y, "float32").tolist() for y in outputs]


def trained(keras, name, own):
    """(model, inputs) of a case, compiled and trained."""
    model, given = MODELS[name](keras, own)
    loss = (
        "mse"
        if not isinstance(getattr(model, "output", None), list)
        else ["mse"] * len(model.outputs)
    )
    model.compile(optimizer_of(keras, name), loss)
    if name not in UNTRAINED:
        train(model, given)
    return model, given
