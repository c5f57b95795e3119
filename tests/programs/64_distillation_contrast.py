"""Models within models: distillation with a loss of its own, contrast of pictures (SimCLR)."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)


# distillation
class Distiller(keras.Model):
    def __init__(self, student, teacher):
        super().__init__()
        self.teacher = teacher
        self.student = student

    def compile(
        self, optimizer, metrics, student_loss_fn, distillation_loss_fn, alpha=0.1, temperature=3
    ):
        super().compile(optimizer=optimizer, metrics=metrics)
        self.student_loss_fn = student_loss_fn
        self.distillation_loss_fn = distillation_loss_fn
        self.alpha = alpha
        self.temperature = temperature

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, allow_empty=False):
        teacher_pred = self.teacher(x, training=False)
        sl = self.student_loss_fn(y, y_pred)
        dl = self.distillation_loss_fn(
            tf.nn.softmax(teacher_pred / self.temperature, axis=1),
            tf.nn.softmax(y_pred / self.temperature, axis=1),
        ) * (self.temperature**2)
        return self.alpha * sl + (1 - self.alpha) * dl

    def call(self, x):
        return self.student(x)


def mk(n, w):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(w, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.MaxPooling2D((2, 2), strides=(1, 1), padding="same"),
            layers.Conv2D(w, 3, strides=2, padding="same"),
            layers.Flatten(),
            layers.Dense(4),
        ],
        name=n,
    )


t = mk("teacher", 8)
s = mk("student", 4)
s2 = keras.models.clone_model(s)
X = rng.uniform(size=(40, 8, 8, 1)).astype("float32")
Y = rng.integers(0, 4, 40)
t.compile(
    optimizer=keras.optimizers.Adam(),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
)
h = t.fit(X, Y, epochs=2, batch_size=10, verbose=0)
print({k: np.round(v, 3).tolist() for k, v in h.history.items()})
d = Distiller(student=s, teacher=t)
d.compile(
    optimizer=keras.optimizers.Adam(),
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
    student_loss_fn=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    distillation_loss_fn=keras.losses.KLDivergence(),
    alpha=0.1,
    temperature=10,
)
h = d.fit(X, Y, epochs=3, batch_size=10, verbose=0)
print({k: np.round(v, 3).tolist() for k, v in h.history.items()})
print(
    np.round(d.evaluate(X, Y, verbose=0), 3), d.evaluate(X, Y, verbose=0, return_dict=True).keys()
)


# SimCLR like
class Con(keras.Model):
    def __init__(self):
        super().__init__()
        self.temperature = 0.1
        self.aug = keras.Sequential(
            [keras.Input((8, 8, 1)), layers.Rescaling(1.0), layers.GaussianNoise(0.0)]
        )
        self.encoder = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.Conv2D(4, 3, 2, activation="relu"),
                layers.Flatten(),
                layers.Dense(8, activation="relu"),
            ],
            name="encoder",
        )
        self.projection_head = keras.Sequential(
            [keras.Input((8,)), layers.Dense(8, activation="relu"), layers.Dense(8)],
            name="projection_head",
        )
        self.linear_probe = keras.Sequential(
            [layers.Input((8,)), layers.Dense(4)], name="linear_probe"
        )
        print(self.encoder.count_params())

    def compile(self, c, p, **kw):
        super().compile(**kw)
        self.c = c
        self.p = p
        self.probe_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.clt = keras.metrics.Mean(name="c_loss")
        self.ca = keras.metrics.SparseCategoricalAccuracy(name="c_acc")
        self.plt = keras.metrics.Mean(name="p_loss")
        self.pa = keras.metrics.SparseCategoricalAccuracy(name="p_acc")

    @property
    def metrics(self):
        return [self.clt, self.ca, self.plt, self.pa]

    def contrastive_loss(self, a, b):
        a = tf.math.l2_normalize(a, axis=1)
        b = tf.math.l2_normalize(b, axis=1)
        s = tf.matmul(a, b, transpose_b=True) / self.temperature
        bs = tf.shape(a)[0]
        cl = tf.range(bs)
        self.ca.update_state(cl, s)
        self.ca.update_state(cl, tf.transpose(s))
        return (
            keras.losses.sparse_categorical_crossentropy(cl, s, from_logits=True)
            + keras.losses.sparse_categorical_crossentropy(cl, tf.transpose(s), from_logits=True)
        ) / 2

    def train_step(self, data):
        (ui, _), (li, lab) = data
        images = tf.concat((ui, li), axis=0)
        a1 = self.aug(images, training=True)
        a2 = self.aug(images[:, ::-1], training=True)
        with tf.GradientTape() as tape:
            f1 = self.encoder(a1, training=True)
            f2 = self.encoder(a2, training=True)
            loss = self.contrastive_loss(
                self.projection_head(f1, training=True), self.projection_head(f2, training=True)
            )
        w = self.encoder.trainable_weights + self.projection_head.trainable_weights
        self.c.apply_gradients(zip(tape.gradient(loss, w), w))
        self.clt.update_state(loss)
        with tf.GradientTape() as tape:
            f = self.encoder(li, training=False)
            logits = self.linear_probe(f, training=True)
            pl = self.probe_loss(lab, logits)
        g = tape.gradient(pl, self.linear_probe.trainable_weights)
        self.p.apply_gradients(zip(g, self.linear_probe.trainable_weights))
        self.plt.update_state(pl)
        self.pa.update_state(lab, logits)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, data):
        li, lab = data
        f = self.encoder(li, training=False)
        lo = self.linear_probe(f, training=False)
        self.plt.update_state(self.probe_loss(lab, lo))
        self.pa.update_state(lab, lo)
        return {m.name: m.result() for m in self.metrics[2:]}


u = tf.data.Dataset.from_tensor_slices((X[:30], Y[:30])).batch(6)
few = tf.data.Dataset.from_tensor_slices((X[30:], Y[30:])).batch(2)
tr = tf.data.Dataset.zip((u, few)).prefetch(2)
m = Con()
m.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
h = m.fit(tr, epochs=2, validation_data=few, verbose=0)
print({k: np.round(v, 3).tolist() for k, v in h.history.items()})
