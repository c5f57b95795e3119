"""Record checkpoints that TensorFlow writes: golden/checkpoints.json.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1, and Keras 2 as tf_keras 2.21:
python tests/oracles/make_checkpoints.py
"""

import base64
import json
import os
import pathlib
import tempfile
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import checkpoint_cases
import numpy as np
import tensorflow as tf

GOLDEN = pathlib.Path(__file__).parent / "golden" / "checkpoints.json"


def files(folder="."):
    """The files of a folder, packed, as base64."""
    return {
        name: base64.b64encode(zlib.compress(pathlib.Path(folder, name).read_bytes(), 9)).decode()
        for name in sorted(os.listdir(folder))
    }


def emptied():
    os.chdir(tempfile.mkdtemp())


def of_case(name):
    """The files of a case, what it computes, and what after two steps more."""
    emptied()
    case = checkpoint_cases.make(tf, name)
    tf.train.Checkpoint(**case.objects).save("ck")
    found = {"files": files(), "result": case.result()}
    case.go_on()
    return found | {"later": case.result()}


def sharded():
    """A large variable in several files, and in parts."""
    emptied()
    v = tf.Variable(np.arange(600, dtype="float32").reshape(20, 30))
    policy = tf.train.experimental.MaxShardSizePolicy(max_shard_size=700)
    options = tf.train.CheckpointOptions(experimental_sharding_callback=policy)
    tf.train.Checkpoint(v=v, w=tf.Variable(3.0)).write("sharded", options)
    return files()


def of_tensorflow_1():
    """Variables by their names, one of them in parts."""
    emptied()
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        start = v1.constant_initializer(0.25)
        split = v1.fixed_size_partitioner(3)
        v1.get_variable("parts", (7, 2), partitioner=split, initializer=start)
        v1.get_variable("scope/w", initializer=np.arange(3, dtype="float32"))
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            v1.train.Saver(write_version=2).save(session, "old", write_meta_graph=False)
    os.remove("checkpoint")
    return files()


def of_old_optimizer(name):
    """Slots as TensorFlow 1's optimizers have them, which Keras 2's had as well."""
    emptied()
    v = tf.Variable([1.0, 2.0])
    optimizers = {
        "momentum": lambda: tf.compat.v1.train.MomentumOptimizer(0.1, 0.9),
        "adam": lambda: tf.compat.v1.train.AdamOptimizer(0.1),
    }
    optimizer = optimizers[name]()
    for _ in range(2):
        optimizer.apply_gradients([(tf.constant([1.0, -2.0]), v)])
    tf.train.Checkpoint(v=v, optimizer=optimizer).write("old")
    slots = [optimizer.get_slot(v, s).numpy().tolist() for s in optimizer.get_slot_names()]
    return {"files": files(), "v": v.numpy().tolist(), "slots": slots}


def of_keras_2():
    """Weights that Keras 2 writes with save_weights, in TensorFlow's format."""
    import tf_keras

    emptied()
    layers = tf_keras.layers

    class Net(tf_keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [layers.Dense(3, activation="tanh"), layers.Dense(3)]
            self.last = layers.Dense(1)

        def call(self, x):
            for block in self.blocks:
                x = block(x)
            return self.last(x)

    found = {}
    sequential = tf_keras.Sequential([layers.Dense(4, activation="tanh"), layers.Dense(1)])
    for name, model in {"sequential": sequential, "subclassed": Net()}.items():
        model.compile(tf_keras.optimizers.Adam(0.01), "mse")
        model.fit(checkpoint_cases.X, checkpoint_cases.Y, epochs=2, verbose=0, shuffle=False)
        model.save_weights(name)
        found[name] = model(checkpoint_cases.X).numpy().ravel().tolist()
        model.fit(checkpoint_cases.X, checkpoint_cases.Y, verbose=0, shuffle=False)
        found[f"{name} later"] = model(checkpoint_cases.X).numpy().ravel().tolist()
    return {"files": files(), "results": found}


if __name__ == "__main__":
    golden = {"cases": {name: of_case(name) for name in checkpoint_cases.CASES}}
    golden |= {"sharded": sharded(), "tensorflow 1": of_tensorflow_1(), "keras 2": of_keras_2()}
    golden["slots"] = {name: of_old_optimizer(name) for name in ("momentum", "adam")}
    GOLDEN.write_text(json.dumps(golden, indent=0) + "\n")
    print(GOLDEN.stat().st_size, "bytes")
