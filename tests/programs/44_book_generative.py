"""Generative models: an autoencoder with sampled codes (VAE), two networks in a match (GAN)."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(44)
rng = np.random.default_rng(44)
images = (rng.uniform(size=(32, 8, 8, 1)) < np.linspace(0.1, 0.9, 8)[:, None]).astype("float32")

inputs = keras.Input((8, 8, 1))
x = layers.Conv2D(8, 3, activation="relu", strides=2, padding="same")(inputs)
x = layers.Flatten()(x)
x = layers.Dense(8, activation="relu")(x)
encoder = keras.Model(inputs, [layers.Dense(2, name="mean")(x), layers.Dense(2, name="log_var")(x)])
codes = keras.Input((2,))
x = layers.Dense(4 * 4 * 8, activation="relu")(codes)
x = layers.Reshape((4, 4, 8))(x)
x = layers.Conv2DTranspose(8, 3, activation="relu", strides=2, padding="same")(x)
decoder = keras.Model(codes, layers.Conv2D(1, 3, activation="sigmoid", padding="same")(x))


class VAE(keras.Model):
    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.total = keras.metrics.Mean(name="total_loss")
        self.divergence = keras.metrics.Mean(name="kl_loss")

    @property
    def metrics(self):
        return [self.total, self.divergence]

    def train_step(self, data):
        with tf.GradientTape() as tape:
            mean, log_var = self.encoder(data)
            noise = tf.random.normal(tf.shape(mean), seed=3)
            made = self.decoder(mean + tf.exp(0.5 * log_var) * noise)
            likeness = tf.reduce_mean(
                tf.reduce_sum(keras.losses.binary_crossentropy(data, made), axis=(1, 2))
            )
            divergence = -0.5 * (1 + log_var - tf.square(mean) - tf.exp(log_var))
            total = likeness + tf.reduce_mean(divergence)
        gradients = tape.gradient(total, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        self.total.update_state(total)
        self.divergence.update_state(divergence)
        return {m.name: m.result() for m in self.metrics}


vae = VAE(encoder, decoder)
vae.compile(optimizer=keras.optimizers.Adam(0.01))
history = vae.fit(images, epochs=3, batch_size=16, verbose=0, shuffle=False)
print(sorted(history.history), [round(v, 3) for v in history.history["total_loss"]])
print(decoder.predict(np.zeros((1, 2)), verbose=0)[0, 0, :4, 0].round(3))

discriminator = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(6, 4, strides=2, padding="same"),
        layers.LeakyReLU(negative_slope=0.2),
        layers.Flatten(),
        layers.Dense(1),
    ],
    name="discriminator",
)
generator = keras.Sequential(
    [
        keras.Input((3,)),
        layers.Dense(4 * 4 * 4),
        layers.Reshape((4, 4, 4)),
        layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="sigmoid"),
    ],
    name="generator",
)


class GAN(keras.Model):
    def __init__(self, discriminator, generator):
        super().__init__()
        self.discriminator, self.generator = discriminator, generator
        self.d_mean, self.g_mean = keras.metrics.Mean("d_loss"), keras.metrics.Mean("g_loss")

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

    @property
    def metrics(self):
        return [self.d_mean, self.g_mean]

    def train_step(self, real):
        count = tf.shape(real)[0]
        codes = tf.random.normal((count, 3), seed=5)
        both = tf.concat([self.generator(codes), real], axis=0)
        labels = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(both))
        grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(grads, self.discriminator.trainable_weights))
        with tf.GradientTape() as tape:
            g_loss = self.loss_fn(tf.zeros((count, 1)), self.discriminator(self.generator(codes)))
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_weights))
        self.d_mean.update_state(d_loss)
        self.g_mean.update_state(g_loss)
        return {"d_loss": self.d_mean.result(), "g_loss": self.g_mean.result()}


gan = GAN(discriminator, generator)
gan.compile(
    keras.optimizers.Adam(0.002),
    keras.optimizers.Adam(0.002),
    keras.losses.BinaryCrossentropy(from_logits=True),
)
history = gan.fit(tf.data.Dataset.from_tensor_slices(images).batch(16), epochs=2, verbose=0)
print({k: [round(v, 3) for v in values] for k, values in sorted(history.history.items())})
