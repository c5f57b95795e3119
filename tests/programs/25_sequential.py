"""The Sequential model: building it, looking into it, its weights."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        layers.Dense(2, activation="tanh", name="layer1"),
        layers.Dense(3, activation="tanh", name="layer2"),
        layers.Dense(4, name="layer3"),
    ]
)
print([layer.name for layer in model.layers], model.built)
try:
    model.weights and print("no weights yet:", len(model.weights))
except ValueError as error:
    print(type(error).__name__)
x = tf.ones((1, 4))
y = model(x)
print("after the call:", len(model.weights), y.shape)
print(y.numpy())
print([tuple(w.shape) for w in model.weights], model.count_params())
print(model.layers[0].get_weights()[0].tolist())

model.pop()
print(len(model.layers), [layer.name for layer in model.layers])
model = keras.Sequential(name="my_sequential")
model.add(keras.Input(shape=(6,)))
model.add(layers.Dense(5, activation="tanh"))
model.add(layers.Dropout(0.5))
model.add(layers.Dense(1, use_bias=False))
print(
    model.name,
    model.input_shape,
    model.output_shape,
    [tuple(w.shape) for w in model.trainable_weights],
)
print(model.predict(np.ones((2, 6), "float32"), verbose=0).tolist())

twin = keras.Sequential(
    [keras.Input((6,)), layers.Dense(5, "tanh"), layers.Dense(1, use_bias=False)]
)
twin.set_weights(model.get_weights())
print(
    "twin agrees:", np.allclose(twin(np.ones((2, 6), "float32")), model(np.ones((2, 6), "float32")))
)
model.layers[0].trainable = False
print(len(model.trainable_weights), len(model.non_trainable_weights))

image = keras.Sequential(
    [
        keras.Input((4, 4)),
        layers.Rescaling(1.0 / 255),
        layers.Flatten(),
        layers.Dense(8),
        layers.Activation("relu"),
        layers.Reshape((2, 4)),
    ]
)
out = image(np.full((3, 4, 4), 128.0, "float32"))
print(out.shape, out[0].numpy().tolist())
extractor = keras.Model(inputs=image.inputs, outputs=[layer.output for layer in image.layers])
print([tuple(f.shape) for f in extractor(np.zeros((1, 4, 4), "float32"))])
print(
    type(model.get_layer(index=0)).__name__,
    model.layers[-1].units,
    model.layers[-1].get_config()["units"],
)
