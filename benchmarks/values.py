"""Values of other kinds beside TensorFlow's: strings, ragged and sparse tensors, pictures.

    python benchmarks/values.py [PYTHON_WITH_TENSORFLOW] [ROUNDS]

As `text.py` prints it, in milliseconds, the best of some calls in a process. Strings are 100,000 of
four words; "sums" are of 100,000 rows of up to 20 numbers; "pictures" are 500 JPEG files of 320 by
240, read, decoded, resized and put in batches, in one thread and in as many as `AUTOTUNE` takes;
"sparse" is a matrix of 10,000 by 10,000 with 100,000 values times a dense one of 64 columns, and
"sparse.T" its transpose.
"""

import os
import tempfile
import time

from text import start

STRINGS, PICTURES, REPEATS = 100_000, 500, 3


def string_tasks(tf, rng):
    words = [bytes(rng.integers(97, 123, rng.integers(2, 9)).tolist()) for _ in range(5000)]
    drawn = rng.integers(0, len(words), (STRINGS, 4)).tolist()
    texts = tf.constant([b" ".join(words[k] for k in row).title() for row in drawn])
    strings = tf.strings
    return {
        "lower": lambda: strings.lower(texts),
        "split": lambda: strings.split(texts),
        "split by a": lambda: strings.split(texts, "a"),
        "regex": lambda: strings.regex_replace(texts, r"[aeiou]+|\s", "-"),
        "regex match": lambda: strings.regex_full_match(texts, r"[A-M].*"),
        "all three": lambda: strings.split(
            strings.regex_replace(strings.lower(texts), r"[^a-z ]", "")
        ),
        "length": lambda: strings.length(texts),
        "join": lambda: strings.join([texts, texts], "+"),
        "substr": lambda: strings.substr(texts, 1, 5),
        "to hash": lambda: strings.to_hash_bucket_fast(texts, 1000),
    }


def ragged_tasks(tf, rng):
    import numpy as np

    lengths = rng.integers(0, 20, STRINGS)
    values = rng.random(int(lengths.sum())).astype(np.float32)
    ragged = tf.RaggedTensor.from_row_lengths(values, lengths)
    return {
        "sums": lambda: tf.reduce_sum(ragged, axis=1),
        "means": lambda: tf.reduce_mean(ragged, axis=1),
        "maxima": lambda: tf.reduce_max(ragged, axis=1),
        "to_tensor": ragged.to_tensor,
    }


def sparse_tasks(tf, rng):
    import numpy as np

    size, count = 10_000, 100_000
    places = np.unique(rng.integers(0, size * size, count))
    places = np.stack(np.divmod(places, size), 1)
    values = rng.random(len(places)).astype(np.float32)
    sparse = tf.SparseTensor(places, values, [size, size])
    dense = tf.constant(rng.random((size, 64)).astype(np.float32))
    product = tf.sparse.sparse_dense_matmul
    compiled = tf.function(product)
    return {
        "sparse": lambda: product(sparse, dense),
        "sparse.T": lambda: product(sparse, dense, adjoint_a=True),
        "sparse in graph": lambda: compiled(sparse, dense),
    }


def picture_tasks(tf, rng, folder):
    import numpy as np

    for number in range(PICTURES):
        coarse = tf.constant(rng.random((8, 10, 3)).astype(np.float32) * 255)
        picture = tf.cast(tf.image.resize(coarse, (240, 320)), tf.uint8)
        name = os.path.join(folder, f"{number:03}.jpg")
        tf.io.write_file(name, tf.io.encode_jpeg(picture))

    def read(name):
        picture = tf.io.decode_jpeg(tf.io.read_file(name), channels=3)
        return tf.image.resize(picture, (128, 128))

    def batches(workers):
        names = tf.data.Dataset.list_files(os.path.join(folder, "*.jpg"), shuffle=False)
        return lambda: list(names.map(read, num_parallel_calls=workers).batch(32))

    return {"pictures": batches(None), "pictures ahead": batches(tf.data.AUTOTUNE)}


def run(tf):
    """Milliseconds of each task."""
    import numpy as np

    rng, found = np.random.default_rng(0), {}
    with tempfile.TemporaryDirectory() as folder:
        tasks = {**string_tasks(tf, rng), **ragged_tasks(tf, rng), **sparse_tasks(tf, rng)}
        for name, task in {**tasks, **picture_tasks(tf, rng, folder)}.items():
            for _ in range(REPEATS):
                begin = time.perf_counter()
                task()
                taken = 1e3 * (time.perf_counter() - begin)
                found[name] = min(taken, found.get(name, taken))
    return found


if __name__ == "__main__":
    start(run, __file__, "ms")
