"""Record TensorFlow's random numbers for a table of expressions, run in order.

Run with an interpreter that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_random.py

It writes golden/random.json beside itself. The golden file keeps the statements and expressions, so
that the test runs the very same text on tensorbrook; `summarize` is shared with it.
"""

import json
import os
import pathlib
import zlib

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

LOGITS = "np.random.RandomState(0).randn(5, 7).astype('float32')"
SESSIONS = {
    "eager": [
        "tf.random.set_seed(0)",
        "= tf.random.normal((2, 3))",
        "= tf.random.uniform((5,))",
        "= tf.random.normal((7,), mean=1.0, stddev=2.0)",
        "= tf.random.uniform((6,), 0, 10, dtype=tf.int32)",
        "= tf.random.truncated_normal((5,))",
        "= tf.random.shuffle(tf.range(10))",
        "= tf.random.normal((2,), dtype=tf.float64)",
        "= tf.random.normal((3,), seed=7)",
        "= tf.random.normal((3,), seed=7)",
        "= tf.random.categorical(tf.math.log([[0.2, 0.3, 0.5]]), 8)",
        "tf.random.set_seed(42)",
        "= tf.random.normal([])",
        "= tf.random.normal((0, 3))",
        "= tf.random.normal((1001,))",
        "= tf.random.normal((1001,), dtype=tf.float64)",
        "= tf.cast(tf.random.normal((33,), dtype=tf.float16), tf.float32)",
        "= tf.cast(tf.random.normal((33,), dtype=tf.bfloat16), tf.float32)",
        "= tf.random.uniform((31, 33))",
        "= tf.random.uniform((101,), dtype=tf.float64)",
        "= tf.random.uniform((101,), -2.0, 3.0)",
        "= tf.random.uniform((3, 2), [0.0, 1.0], [1.0, 10.0])",
        "= tf.cast(tf.random.uniform((33,), dtype=tf.float16), tf.float32)",
        "= tf.cast(tf.random.uniform((33,), dtype=tf.bfloat16), tf.float32)",
        "= tf.random.truncated_normal((1000,))",
        "= tf.random.truncated_normal((999,), 1.0, 3.0, dtype=tf.float64)",
        "= tf.random.uniform((101,), -7, 10**12, dtype=tf.int64)",
        "= tf.random.uniform((101,), -(2**31), 2**31 - 1, dtype=tf.int32)",
        "= tf.random.shuffle(tf.range(100))",
        "= tf.random.shuffle(np.arange(30).reshape(10, 3))",
        "= tf.random.shuffle([5])",
        f"= tf.random.categorical({LOGITS}, 13)",
        f"= tf.random.categorical({LOGITS}, 3, dtype=tf.int32)",
        "= tf.random.categorical([[float('-inf'), 0.0, 1.0]], 9)",
        "= tf.random.gamma((20,), [0.3, 1.0, 2.5, 30.0])",
        "= tf.random.gamma((3,), [0.3, 2.5], beta=[[1.0], [2.0]], dtype=tf.float64)",
        "= tf.random.poisson((20,), [0.5, 4.0, 12.0, 200.0])",
        "= tf.random.poisson((20,), [0.5, 4.0, 12.0, 200.0], dtype=tf.int32)",
        "= tf.nn.dropout(tf.ones((3, 4)), 0.4)",
        "= tf.nn.dropout(tf.ones((3, 4)), 0.4, noise_shape=(3, 1))",
    ],
    "operation seeds": [
        "tf.random.set_seed(5)",
        "= tf.random.uniform((3,), seed=1)",
        "= tf.random.uniform((5,), seed=1)",
        "= tf.random.normal((3,), seed=1)",
        "= tf.random.uniform((3,), seed=1, dtype=tf.float64)",
        "= tf.random.uniform((3,), seed=1)",
        "= tf.random.uniform((3,), 0, 9, dtype=tf.int64, seed=1)",
        "= tf.random.uniform((3,), 0, 9, dtype=tf.int64, seed=1)",
        "= tf.random.shuffle(tf.range(10), seed=2)",
        "= tf.random.shuffle(tf.range(10), seed=2)",
        f"= tf.random.categorical({LOGITS}, 3, seed=2)",
        f"= tf.random.categorical({LOGITS}, 3, seed=2)",
        "= tf.random.gamma((2,), [0.5, 2.0], seed=2)",
        "= tf.random.gamma((2,), [0.5, 2.0], seed=2)",
        "= tf.random.poisson((2,), [3.0, 20.0], seed=2)",
        "= tf.random.poisson((2,), [3.0, 20.0], seed=2)",
        "tf.random.set_seed(5)",
        "= tf.random.uniform((3,), seed=1)",
        "= tf.random.uniform((3,))",
        "tf.random.set_seed(np.int64(5))",
        "= tf.random.uniform((3,))",
        "tf.random.set_seed(0)",
        "= tf.random.uniform((3,), seed=0)",
        "tf.random.set_seed(2**40 + 3)",
        "= tf.random.uniform((3,), seed=2**35 + 1)",
        "= tf.random.uniform((3,), seed=-4)",
        "= tf.random.uniform((3,))",
        "tf.random.set_seed(None)",
        "= tf.random.uniform((3,), seed=1)",
        "= tf.random.uniform((3,), seed=1)",
    ],
    "stateless": [
        "= tf.random.stateless_normal((5,), seed=[1, 2])",
        "= tf.random.stateless_normal((3,), tf.constant([2**40 + 1, -(2**50)], tf.int64))",
        "= tf.random.stateless_normal((40, 50), [11, -5], 2.0, 0.5)",
        "= tf.random.stateless_uniform((5,), seed=[1, 2])",
        "= tf.random.stateless_uniform((5,), [1, 2], 0, 100, tf.int32)",
        "= tf.random.stateless_uniform((1001,), [3, 4], -7, 10**12, tf.int64)",
        "= tf.random.stateless_uniform((11,), [3, 4], None, None, tf.int32)",
        "= tf.random.stateless_uniform((11,), [3, 4], None, None, tf.int64)",
        "= tf.random.stateless_uniform((11,), [3, 4], None, None, tf.uint32)",
        "= tf.random.stateless_uniform((11,), [3, 4], None, None, tf.uint64)",
        "= tf.random.stateless_truncated_normal((1000,), seed=[1, 2])",
        f"= tf.random.stateless_categorical({LOGITS}, 13, [3, 4])",
        "= tf.random.stateless_gamma((20, 4), [3, 4], [0.3, 1.0, 2.5, 30.0])",
        "= tf.random.stateless_gamma((5, 2), [3, 4], [0.3, 2.5], 2.0, tf.float64)",
        "= tf.random.stateless_poisson((20, 4), [3, 4], [0.5, 4.0, 12.0, 200.0])",
        "= tf.random.stateless_binomial((9, 4), [3, 4], [3.0, 20.0, 100.0, 1000.0], [0.3, 0.5, 0.9, 0.2])",
        "= tf.random.stateless_binomial((30, 2), [3, 4], 40.0, [0.1, 0.99])",
        "= tf.random.experimental.stateless_shuffle(tf.range(50), [3, 4])",
        "= tf.random.split([1, 2], 3)",
        "= tf.random.split(tf.constant([1, 2], tf.int64))",
        "= tf.random.fold_in([1, 2], 5)",
        "= tf.random.fold_in([1, 2], tf.constant(5, tf.int64))",
        "= tf.random.experimental.index_shuffle(tf.range(100), [5, 9], 99)",
        "= tf.random.experimental.index_shuffle(tf.range(1000), [5, 9], 1023)[:50]",
        "= tf.random.experimental.index_shuffle(tf.constant([3, 70000]), [1, 2], 100000)",
        "= tf.nn.experimental.stateless_dropout(tf.ones((20,)), 0.3, [1, 2])",
    ],
    "generator": [
        "g = tf.random.Generator.from_seed(123)",
        "= g.normal((4,))",
        "= g.uniform((4,))",
        "= g.normal((4,))",
        "= g.state.numpy()",
        "= g.truncated_normal((9,), 1.0, 2.0)",
        "= g.uniform((9,), 1, 7, dtype=tf.int64)",
        "= g.uniform_full_int((3,))",
        "= g.uniform((3,), None, None, dtype=tf.int32)",
        "= g.normal((), dtype=tf.float64)",
        "= g.make_seeds(3)",
        "= [h.state.numpy() for h in g.split(2)]",
        "= g.skip(5)",
        "= g.state.numpy()",
        "= tf.nn.experimental.general_dropout(tf.ones((6,)), 0.5, g.uniform)",
        "= g.binomial((5, 2), [10.0, 90.0], 0.3)",
        "= g.state.numpy()",
        "g.reset_from_seed(2**70 + 9)",
        "= g.state.numpy()",
        "= g.uniform((3,))",
        "g.reset([2**63 + 1, 5, 2**64 - 1])",
        "= g.state.numpy()",
        "= g.uniform((3,))",
        "g.reset_from_key_counter(7, [-1, 3])",
        "= g.uniform((5,))",
        "= g.state.numpy()",
        "h = tf.random.Generator.from_state(g.state.numpy(), 'philox')",
        "= h.uniform((3,))",
        "= h.key",
        "= tf.random.create_rng_state(1234, 'philox')",
        "= tf.random.create_rng_state([12, 34], 1)",
        "= tf.random.Generator.from_key_counter(5, [6, 7], 'philox').uniform((3,))",
        "= tf.random.Generator(g).uniform((3,))",
    ],
    "function": [
        "tf.random.set_seed(5)",
        "f = tf.function(lambda: (tf.random.uniform(()), tf.random.normal((2,)), tf.random.uniform((), seed=3), tf.random.uniform((), seed=3)))",
        "= f()",
        "= f()",
        "= tf.random.uniform(())",
        "tf.random.set_seed(5)",
        "= f()",
        "tf.random.set_seed(6)",
        "= f()",
        "h = tf.function(lambda x: tf.random.shuffle(x) + tf.random.uniform((), 0, 100, tf.int32))",
        "= h(tf.range(6))",
        "= h(tf.range(6))",
        "= h(tf.range(3))",
        "= tf.random.uniform(())",
        "g = tf.random.Generator.from_seed(1)",
        "k = tf.function(lambda: (g.normal((2,)), g.uniform((), 0, 9, tf.int32)))",
        "= k()",
        "= k()",
        "= g.state.numpy()",
    ],
    "data": [
        "Dataset = tf.data.Dataset",
        "tf.random.set_seed(5)",
        "d = Dataset.range(10).shuffle(10, seed=3)",
        "= [list(d.as_numpy_iterator()) for _ in range(3)]",
        "d = Dataset.range(20).shuffle(4, seed=3)",
        "= [list(d.as_numpy_iterator()) for _ in range(3)]",
        "d = Dataset.range(20).shuffle(4, seed=3, reshuffle_each_iteration=False)",
        "= [list(d.as_numpy_iterator()) for _ in range(2)]",
        "d = Dataset.range(7).shuffle(3)",
        "= [list(d.as_numpy_iterator()) for _ in range(3)]",
        "d = Dataset.range(7).shuffle(3).repeat(3)",
        "= list(d.as_numpy_iterator())",
        "= tf.random.uniform((3,))",
        "d = Dataset.range(3).map(lambda i: (tf.random.uniform(()), tf.random.uniform(())))",
        "= [list(d.as_numpy_iterator()) for _ in range(2)]",
        "d = Dataset.range(5).map(lambda i: tf.random.shuffle(tf.range(4)))",
        "= [list(d.as_numpy_iterator()) for _ in range(2)]",
        "= tf.random.uniform((3,))",
    ],
    "keras": [
        "keras.utils.set_random_seed(7)",
        "s = keras.random.SeedGenerator(2**40)",
        "= [s.next(), s.next(ordered=False), s.next()]",
        "= keras.random.uniform((3,), seed=s)",
        "= keras.random.uniform((3,), seed=5)",
        "= keras.random.uniform((3,), seed=-5)",
        "= [keras.random.normal((2,)), keras.random.normal((2,))]",
        "= keras.random.SeedGenerator().next()",
        "= keras.random.truncated_normal((5,), seed=1)",
        "= tf.random.uniform((2,), seed=3)",
        "keras.backend.clear_session()",
        "= [keras.random.normal((2,)), tf.random.uniform((2,)), tf.random.uniform((2,), seed=3)]",
        "= keras.random.randint((5,), 0, 10, seed=1)",
        "= keras.random.randint((5,), 0, 10, dtype='int64', seed=1)",
        "= keras.random.categorical([[0.1, 0.2, 0.7]], 5, seed=1)",
        "= keras.random.shuffle(tf.range(10), seed=1)",
        "= keras.random.shuffle(np.arange(12).reshape(3, 4), axis=1, seed=1)",
        "= keras.random.dropout(tf.ones((3, 4)), 0.5, seed=1)",
        "= keras.random.dropout(tf.ones((3, 4)), 0.5, noise_shape=(None, 1), seed=1)",
        "= keras.random.gamma((3,), 0.7, seed=1)",
        "= keras.random.binomial((5,), 9.0, 0.4, seed=1)",
        "= keras.random.beta((3,), 0.7, 2.0, seed=1)",
    ],
}


def summarize(value):
    """A result as plain data: small ones whole, long ones by parts and sums; with shape and dtype."""
    if isinstance(value, (list, tuple)):
        return [summarize(v) for v in value]
    array = np.asarray(value)
    flat = array.ravel()
    told = {"shape": list(array.shape), "dtype": array.dtype.name}
    if array.size <= 40:
        return {**told, "values": flat.tolist()}
    sums = [float(np.abs(flat.astype(float)).sum()), float(flat.astype(float).sum())]
    crc = zlib.crc32(np.ascontiguousarray(array).tobytes())
    return {**told, "ends": [*flat[:4].tolist(), *flat[-4:].tolist()], "sums": sums, "crc": crc}


def run(session, names):
    """The results of a session's lines: those that begin with `=` are shown, the rest executed."""
    results = []
    for line in session:
        if line.startswith("= "):
            results.append([line[2:], summarize(eval(line[2:], names))])
        else:
            exec(line, names)
            results.append([line, None])
    return results


def epochs(keras, tf, size, batch_size, shuffle, seed):
    """The samples that each training step of three epochs sees."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    seen, step = [], model.train_step

    def train_step(data):
        seen.append(data[0][:, 0].numpy().astype(int).tolist())
        return step(data)

    model.train_step = train_step
    x = np.arange(float(size))[:, None]
    model.fit(x, x, batch_size=batch_size, epochs=3, shuffle=shuffle, verbose=0)
    steps = -(-size // batch_size)
    return [[n for batch in seen[i * steps : (i + 1) * steps] for n in batch] for i in range(3)]


def main():
    """Writes the golden file."""
    import keras
    import tensorflow as tf

    names = {"tf": tf, "np": np, "keras": keras}
    golden = {"made_with": {"tensorflow": tf.__version__, "keras": keras.__version__}}
    golden["sessions"] = {title: run(s, dict(names)) for title, s in SESSIONS.items()}
    cases = [(20, 8, True, 7), (20, 8, "batch", 7), (33, 5, True, 0), (6, 6, False, 1)]
    golden["epochs"] = [
        {
            "size": n,
            "batch_size": b,
            "shuffle": s,
            "seed": k,
            "orders": epochs(keras, tf, n, b, s, k),
        }
        for n, b, s, k in cases
    ]
    lines = []
    for title, rows in golden["sessions"].items():
        shown = ",\n  ".join(json.dumps(row) for row in rows)
        lines.append(f'"{title}": [\n  {shown}\n]')
    text = f'{{\n"made_with": {json.dumps(golden["made_with"])},\n"sessions": {{\n' + ",\n".join(
        lines
    )
    text += '\n},\n"epochs": [\n  ' + ",\n  ".join(map(json.dumps, golden["epochs"])) + "\n]\n}\n"
    (pathlib.Path(__file__).parent / "golden" / "random.json").write_text(text)


if __name__ == "__main__":
    main()
