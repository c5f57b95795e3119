"""SwapEMAWeights, what hooks are told with several steps an execution, stopping early."""

import numpy as np
from tensorflow import keras

x = np.linspace(0, 1, 24).reshape(8, 3).astype("float32")
y = 2 * x[:, :1]


def made(optimizer="sgd", **options):
    dense = keras.layers.Dense(1, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), dense])
    model.compile(optimizer, "mse", **options)
    return model


class Watch(keras.callbacks.Callback):
    def show(self, event):
        print(event, np.round(self.model.get_weights()[0].ravel(), 4).tolist())

    def on_epoch_begin(self, epoch, logs=None):
        self.show("epoch begins")

    def on_test_begin(self, logs=None):
        self.show("test begins")

    def on_test_end(self, logs=None):
        self.show("test ends")

    def on_epoch_end(self, epoch, logs=None):
        self.show("epoch ends")

    def on_predict_begin(self, logs=None):
        self.show("predict begins")


for swap_on_epoch in (False, True):
    for swap_first in (False, True):
        model = made(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
        callbacks = [Watch(), keras.callbacks.SwapEMAWeights(swap_on_epoch)]
        if swap_first:
            callbacks.reverse()
        options = {"verbose": 0, "callbacks": callbacks}
        model.fit(x, y, batch_size=2, epochs=2, validation_data=(x, y), shuffle=False, **options)
        model.predict(x, **options)
        print(np.round(model.get_weights()[0].ravel(), 4).tolist())
try:
    swap = keras.callbacks.SwapEMAWeights()
    made().evaluate(x, y, verbose=0, callbacks=[swap])
except ValueError as error:
    print("use_ema=True" in str(error))


class Told(keras.callbacks.Callback):
    pass


def hook(name):
    def method(self, *args, logs=None):
        *position, logs = *args, *([logs] if logs is not None or not args else [])
        print(name, *position, sorted(logs) if isinstance(logs, dict) else logs)

    return method


for when in ("train", "test", "predict"):
    for what in ("begin", "end", "batch_begin", "batch_end"):
        setattr(Told, f"on_{when}_{what}", hook(f"{when} {what}"))
told = Told()
model = made(metrics=["mae"], steps_per_execution=3)
model.fit(x, y, batch_size=2, verbose=0, callbacks=[told], validation_data=(x, y))
print(told.params)
model.evaluate(x, y, verbose=0, callbacks=[told])
model.predict(x, batch_size=2, verbose=0, callbacks=[told])
print(told.params)


class Stop(keras.callbacks.Callback):
    def on_test_batch_end(self, batch, logs=None):
        self.tested = batch
        self.model.stop_evaluating = batch == 1

    def on_predict_batch_end(self, batch, logs=None):
        self.model.stop_predicting = batch == 1


stop, model = Stop(), made()
model.evaluate(x, y, batch_size=2, verbose=0, callbacks=[stop])
print(stop.tested, model.predict(x, batch_size=2, verbose=0, callbacks=[stop]).shape)


class Count(keras.callbacks.Callback):
    count = 0

    def on_train_batch_end(self, batch, logs=None):
        self.count += 1


count = Count()
history = made().fit(x, y, steps_per_epoch=3, verbose=0, shuffle=False, callbacks=[count])
print(round(history.history["loss"][0], 4), count.count, count.params)
