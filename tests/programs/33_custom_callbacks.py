"""Callbacks of one's own: every hook, reading and stopping the training."""

import numpy as np
from tensorflow import keras

rng = np.random.default_rng(1)
x = rng.normal(size=(40, 3)).astype("float32")
y = x @ np.array([[1.0], [-2.0], [0.5]], "float32")


def get_model():
    keras.utils.set_random_seed(10)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=0.1),
        loss="mean_squared_error",
        metrics=["mean_absolute_error"],
    )
    return model


class CustomCallback(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        print("Starting training; got log keys:", sorted(logs or {}), self.params["epochs"])

    def on_train_end(self, logs=None):
        print("Stop training; got log keys:", sorted(logs))

    def on_epoch_begin(self, epoch, logs=None):
        print(f"Start epoch {epoch}; keys:", sorted(logs or {}))

    def on_epoch_end(self, epoch, logs=None):
        print(f"End epoch {epoch}; keys:", sorted(logs))

    def on_test_begin(self, logs=None):
        print("Start testing")

    def on_test_end(self, logs=None):
        print("Stop testing; keys:", sorted(logs))

    def on_predict_begin(self, logs=None):
        print("Start predicting")

    def on_predict_batch_end(self, batch, logs=None):
        print(f"...predicted batch {batch}; keys:", sorted(logs))

    def on_train_batch_begin(self, batch, logs=None):
        print(f"...start of batch {batch}")

    def on_train_batch_end(self, batch, logs=None):
        print(f"...end of batch {batch}: loss {logs['loss']:.4f}")


model = get_model()
model.fit(
    x,
    y,
    batch_size=20,
    epochs=1,
    verbose=0,
    validation_split=0.5,
    callbacks=[CustomCallback()],
    shuffle=False,
)
model.evaluate(x, y, batch_size=40, verbose=0, callbacks=[CustomCallback()])
model.predict(x, batch_size=20, verbose=0, callbacks=[CustomCallback()])


class StopAtSmallLoss(keras.callbacks.Callback):
    def __init__(self, limit):
        super().__init__()
        self.limit, self.seen = limit, []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(round(logs["loss"], 3))
        if logs["loss"] < self.limit:
            self.model.stop_training = True


stopper = StopAtSmallLoss(0.01)
history = get_model().fit(
    x, y, epochs=30, batch_size=8, shuffle=False, verbose=0, callbacks=[stopper]
)
print(len(history.epoch), stopper.seen[0], stopper.seen[-1] < 0.01)

printed = keras.callbacks.LambdaCallback(
    on_epoch_begin=lambda epoch, logs: print("lambda begins", epoch),
    on_epoch_end=lambda epoch, logs: print(f"lambda ends {logs['loss']:.3f}"),
)
get_model().fit(x, y, epochs=2, shuffle=False, verbose=0, callbacks=[printed])
