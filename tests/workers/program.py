"""A training that `test_workers.py` runs in several processes, and in one.

Run as `tensorbrook launch -n 2 program.py OUT [--devices N] [--backup FOLDER] [--die AT]`: each
process writes what it came to into OUT.RANK, as JSON.
"""

import argparse
import json
import os
import signal

import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("out")
parser.add_argument("--devices", type=int, default=1)
parser.add_argument("--backup")
parser.add_argument("--die", type=int, help="worker 1 kills itself after so many batches")
given = parser.parse_args()

if given.devices > 1:
    (cpu,) = tf.config.list_physical_devices("CPU")
    logical = [tf.config.LogicalDeviceConfiguration()] * given.devices
    tf.config.set_logical_device_configuration(cpu, logical)
strategy = tf.distribute.MultiWorkerMirroredStrategy()
rank = strategy.cluster_resolver.task_id or 0

rng = np.random.default_rng(0)
x = rng.normal(size=(48, 3)).astype("float32")
y = (x @ np.array([[1.0], [-2.0], [0.5]]) + 0.1).astype("float32")
tf.keras.utils.set_random_seed(7)
with strategy.scope():
    model = tf.keras.Sequential(
        [
            tf.keras.Input((3,)),
            tf.keras.layers.Dense(4, activation="tanh"),
            tf.keras.layers.Dense(1),
        ]
    )
    model.compile(tf.keras.optimizers.Adam(0.05), "mse", metrics=["mae"])


class Die(tf.keras.callbacks.Callback):
    """Ends worker 1 as the system would, without a word."""

    batches = 0

    def on_train_batch_end(self, batch, logs=None):
        """Counts."""
        self.batches += 1
        if rank == 1 and self.batches == given.die:
            os.kill(os.getpid(), signal.SIGKILL)


callbacks = [Die()]
if given.backup:
    callbacks.append(tf.keras.callbacks.BackupAndRestore(given.backup, save_freq=2))
data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(48).batch(8)
history = model.fit(data, epochs=3, verbose=0, validation_data=(x, y), callbacks=callbacks)
found = {
    "history": history.history,
    "epochs": history.epoch,
    "weights": [w.numpy().tolist() for w in model.weights],
    "replicas": strategy.num_replicas_in_sync,
}
if not given.backup:
    path = os.path.join(os.path.dirname(given.out), "checkpoint", "weights.weights.h5")
    keep = tf.keras.callbacks.ModelCheckpoint(path, save_weights_only=True)
    model.fit(x, y, batch_size=8, epochs=1, verbose=0, callbacks=[keep])
    found |= {
        "of_arrays": [w.numpy().tolist() for w in model.weights],
        "evaluate": model.evaluate(x, y, batch_size=8, verbose=0),
        "predict": model.predict(x, batch_size=8, verbose=0).tolist(),
        "batch": model.train_on_batch(x[:8], y[:8]),
    }
with open(f"{given.out}.{rank}", "w") as file:
    json.dump(found, file, default=float)
