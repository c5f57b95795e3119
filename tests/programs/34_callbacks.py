"""Keras's own callbacks: early stopping, learning rates, a CSV file, NaN."""

import csv
import os
import tempfile

import numpy as np
from tensorflow import keras

rng = np.random.default_rng(21)
x = rng.normal(size=(60, 4)).astype("float32")
y = (x @ rng.normal(size=(4, 1)) + rng.normal(size=(60, 1))).astype("float32")


def get_model(rate=0.1):
    keras.utils.set_random_seed(5)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)]
    )
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="mse")
    return model


options = dict(validation_split=0.3, batch_size=14, shuffle=False, verbose=0)
early = keras.callbacks.EarlyStopping(
    monitor="val_loss", patience=2, min_delta=1e-3, restore_best_weights=True
)
model = get_model()
history = model.fit(x, y, epochs=40, callbacks=[early], **options)
print("stopped at", early.stopped_epoch, "of 40, best epoch", early.best_epoch)
print(
    "best",
    round(float(early.best), 4),
    "restored",
    round(model.evaluate(x[42:], y[42:], verbose=0), 4),
)


def schedule(epoch, lr):
    return lr if epoch < 2 else lr * 0.5


model = get_model()
model.fit(x, y, epochs=4, callbacks=[keras.callbacks.LearningRateScheduler(schedule)], **options)
print("rate now", float(model.optimizer.learning_rate))

plateau = keras.callbacks.ReduceLROnPlateau(
    monitor="val_loss", factor=0.2, patience=1, min_lr=0.001, min_delta=0.05
)
model = get_model(0.2)
history = model.fit(x, y, epochs=8, callbacks=[plateau], **options)
print([round(float(v), 6) for v in history.history["learning_rate"]])

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "log.csv")
    get_model().fit(x, y, epochs=2, callbacks=[keras.callbacks.CSVLogger(path)], **options)
    more = keras.callbacks.CSVLogger(path, append=True)
    get_model().fit(x, y, epochs=1, callbacks=[more], **options)
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
for row in rows:
    print([entry if not entry[0].isdigit() else round(float(entry), 4) for entry in row])

bad = y.copy()
bad[20] = np.nan
history = get_model().fit(x, bad, epochs=5, callbacks=[keras.callbacks.TerminateOnNaN()], **options)
print("epochs before NaN stopped it:", len(history.epoch))

model = get_model()
history = model.fit(x, y, epochs=2, callbacks=[keras.callbacks.History()], **options)
print({k: [round(v, 4) for v in vs] for k, vs in sorted(history.history.items())})
