"""Layers that tensorbrook's Keras lacks, over `tf.nn`, with Keras's arguments and weights.

`keras_models.py` takes from here only what `tf.keras.layers` does not have; a class is deleted when
tensorbrook's own appears.
"""

import tensorbrook as tf

Layer = tf.keras.layers.Layer


def loop_over_time(cell, inputs, state):
    """The last state of state = cell(state, inputs[:, t]): the one place that chooses the loop."""
    return tf.foldl(cell, tf.transpose(inputs, (1, 0, 2)), initializer=state)


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


class LSTM(Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        width = 4 * self.units
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], width), initializer="glorot_uniform"
        )
        self.recurrent = self.add_weight(
            name="recurrent_kernel", shape=(self.units, width), initializer="orthogonal"
        )
        # The forget gate's bias begins at one.
        self.bias = self.add_weight(
            name="bias",
            shape=(width,),
            initializer=lambda shape, dtype=None: tf.repeat([0.0, 1.0, 0.0, 0.0], self.units),
        )

    def call(self, inputs):
        def cell(state, projected):
            hidden, carry = state
            gates = projected + tf.matmul(hidden, self.recurrent)
            enter, forget, candidate, leave = tf.split(gates, 4, axis=-1)
            carry = tf.sigmoid(forget) * carry + tf.sigmoid(enter) * tf.tanh(candidate)
            return tf.sigmoid(leave) * tf.tanh(carry), carry

        # The inputs' share of the gates is one product for all steps.
        projected = tf.matmul(inputs, self.kernel) + self.bias
        zeros = tf.zeros_like(projected[:, 0, : self.units])
        return loop_over_time(cell, projected, (zeros, zeros))[0]


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
