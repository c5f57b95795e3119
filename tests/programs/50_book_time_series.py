"""Time series: windows, baselines, convolutions, recurrent layers with dropout, states."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(50)
rng = np.random.default_rng(50)
time = np.arange(240)
series = np.stack([np.sin(time / 6), np.cos(time / 9), rng.normal(0, 0.1, 240)], axis=1).astype(
    "float32"
)
mean, deviation = series[:150].mean(axis=0), series[:150].std(axis=0)
series = (series - mean) / deviation
delay = 2 * (12 + 3 - 1)


def windows(start, end, shuffle=False):
    return keras.utils.timeseries_dataset_from_array(
        series[:-delay],
        targets=series[delay:, 0],
        sampling_rate=2,
        sequence_length=12,
        shuffle=shuffle,
        seed=5,
        batch_size=16,
        start_index=start,
        end_index=end,
    )


training, validation = windows(0, 150), windows(150, 200)
for samples, targets in training.take(1):
    print(
        samples.shape, targets.shape, samples.numpy()[0, :2].round(3), targets.numpy()[:3].round(3)
    )
print(len(training), len(validation), [x.shape[0] for x, _ in windows(0, 150, True)])
naive = np.concatenate([np.abs(x[:, -1, 0].numpy() - y.numpy()) for x, y in validation])
print("naive", naive.mean().round(4))


def trained(name, *stack):
    model = keras.Sequential([keras.Input((12, 3)), *stack, layers.Dense(1)])
    model.compile("rmsprop", "mse", metrics=["mae"])
    history = model.fit(training, epochs=2, validation_data=validation, verbose=0)
    print(name, model.count_params(), [round(v, 3) for v in history.history["val_mae"]])
    return model


trained("dense", layers.Flatten(), layers.Dense(8, activation="relu"))
trained(
    "conv",
    layers.Conv1D(6, 4, activation="relu"),
    layers.MaxPooling1D(2),
    layers.Conv1D(6, 3, padding="causal", dilation_rate=2),
    layers.GlobalAveragePooling1D(),
)
trained("lstm", layers.LSTM(6))
trained(
    "gru",
    layers.GRU(6, recurrent_dropout=0.25, return_sequences=True),
    layers.GRU(6, reset_after=False),
)
trained("both", layers.Bidirectional(layers.SimpleRNN(5), merge_mode="sum"))
trained("stack", layers.RNN([layers.LSTMCell(4), layers.GRUCell(4)]))

layer = layers.LSTM(3, stateful=True, return_state=True)
batch = tf.constant(series[None, :4])
first = layer(batch)
second = layer(batch)
print([np.asarray(t).round(4) for t in first], np.allclose(first[0], second[0]))
layer.reset_state()
print(np.allclose(layer(batch)[0], first[0]))
padded = keras.utils.pad_sequences([[1, 2, 3], [4]], padding="post")
masked = layers.LSTM(2)(layers.Embedding(5, 3, mask_zero=True)(padded))
print(masked.shape, np.asarray(masked).round(4))
forecast = [float(v) for v in series[-3:, 0].round(3)]
print(forecast, keras.ops.convert_to_numpy(keras.ops.average(series[:5], axis=0)).round(4))
