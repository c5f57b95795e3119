"""Layers that tensorbrook's Keras lacks, over `tf.nn`, with Keras's arguments and weights.

`keras_models.py` takes from here only what `tf.keras.layers` does not have; a class is deleted when
tensorbrook's own appears.
"""

import tensorbrook as tf

Layer = tf.keras.layers.Layer


class Conv2D(Layer):
    def __init__(self, filters, kernel_size, padding="valid", activation=None, use_bias=True):
        super().__init__()
        self.filters, self.size, self.padding = filters, kernel_size, padding.upper()
        self.activation, self.use_bias = tf.keras.activations.get(activation), use_bias

    def build(self, input_shape):
        shape = (self.size, self.size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="glorot_uniform")
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=shape[-1:], initializer="zeros")

    def call(self, inputs):
        kernel = tf.cast(self.kernel, inputs.dtype)
        outputs = tf.nn.conv2d(inputs, kernel, strides=1, padding=self.padding)
        if self.use_bias:
            outputs = outputs + tf.cast(self.bias, inputs.dtype)
        return self.activation(outputs)


class MaxPooling2D(Layer):
    def __init__(self, pool_size):
        super().__init__()
        self.size = pool_size

    def call(self, inputs):
        return tf.nn.max_pool2d(inputs, ksize=self.size, strides=self.size, padding="VALID")


class GlobalAveragePooling1D(Layer):
    def call(self, inputs):
        return tf.reduce_mean(inputs, axis=1)


class GlobalAveragePooling2D(Layer):
    def call(self, inputs):
        return tf.reduce_mean(inputs, axis=(1, 2))


class MultiHeadAttention(Layer):
    def __init__(self, num_heads, key_dim):
        super().__init__()
        self.heads, self.key_dim = num_heads, key_dim
        dense = tf.keras.layers.Dense
        self.query, self.key, self.value = (dense(num_heads * key_dim) for _ in range(3))

    def build(self, input_shape):
        self.output_dense = tf.keras.layers.Dense(input_shape[-1])

    def split(self, x):
        """(batch, time, heads * key_dim) -> (batch, heads, time, key_dim)."""
        shape = (-1, x.shape[1], self.heads, self.key_dim)
        return tf.transpose(tf.reshape(x, shape), (0, 2, 1, 3))

    def call(self, query, value):
        q, k, v = (
            self.split(layer(x))
            for layer, x in ((self.query, query), (self.key, value), (self.value, value))
        )
        scores = tf.matmul(q * self.key_dim**-0.5, k, transpose_b=True)
        mixed = tf.transpose(tf.matmul(tf.nn.softmax(scores), v), (0, 2, 1, 3))
        shape = (-1, query.shape[1], self.heads * self.key_dim)
        return self.output_dense(tf.reshape(mixed, shape))
