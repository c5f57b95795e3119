"""Tuning: a search over settings, regularization, changing learning rates, early stops."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import callbacks, layers

rng = np.random.default_rng(47)
x = rng.normal(size=(80, 6)).astype("float32")
y = (x[:, 0] * x[:, 1] > 0).astype("int32")


def build(units, rate, l2):
    keras.utils.set_random_seed(47)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(units, kernel_regularizer=keras.regularizers.L2(l2), use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("elu"),
            layers.GaussianNoise(0.05, seed=1),
            layers.Dropout(rate, seed=2),
            layers.Dense(units // 2, "gelu", kernel_constraint=keras.constraints.MaxNorm(1.0)),
            layers.Dense(2),
        ]
    )
    schedule = keras.optimizers.schedules.CosineDecay(
        0.02, decay_steps=24, warmup_steps=4, warmup_target=0.05
    )
    model.compile(
        keras.optimizers.Adam(schedule, clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


results = {}
for units in (8, 16):
    for rate in (0.0, 0.3):
        model = build(units, rate, 1e-3)
        stop = callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True)
        history = model.fit(
            x, y, batch_size=16, epochs=4, validation_split=0.25, callbacks=[stop], verbose=0
        )
        results[units, rate] = min(history.history["val_loss"])
        print(units, rate, len(history.epoch), [round(v, 3) for v in history.history["val_loss"]])
best = min(results, key=results.get)
print("best", best, round(results[best], 3))

keras.utils.set_random_seed(3)
plain = keras.Sequential([keras.Input((6,)), layers.Dense(4, "relu"), layers.Dense(1, "sigmoid")])
plain.compile(keras.optimizers.SGD(0.5, momentum=0.9, nesterov=True), "binary_crossentropy")
rates = []
seen = callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: rates.append(round(float(plain.optimizer.learning_rate), 5))
)
halve = callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch < 2 else rate * 0.5)
plateau = callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=1, min_delta=10.0, verbose=0)
history = plain.fit(x, y, epochs=5, batch_size=20, callbacks=[halve, plateau, seen], verbose=0)
print(rates, [round(v, 4) for v in history.history["loss"]], sorted(history.history))
weighted = plain.fit(x, y, epochs=1, batch_size=20, class_weight={0: 1.0, 1: 3.0}, verbose=0)
print(round(weighted.history["loss"][0], 4))
print([round(float(np.linalg.norm(w.numpy())), 4) for w in plain.trainable_weights])
