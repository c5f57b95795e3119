"""Files of data beside TensorFlow: 50,000 examples in a TFRecord file, 50,000 rows of CSV.

    python benchmarks/records.py [PYTHON_WITH_TENSORFLOW] [ROUNDS]

As `text.py` prints it. An example has eight floats, a number and a text. "read" is of records in
batches of 256, "batches" parses those, "rows" parses row by row and then makes batches; "csv" is of
records with `CsvDataset`, "decode" of lines in batches with `decode_csv`.
"""

import os
import tempfile
import time

from text import start

ROWS, BATCH = 50_000, 256


def examples(tf, path):
    import numpy as np

    train, rng = tf.train, np.random.default_rng(0)
    with tf.io.TFRecordWriter(path) as writer:
        for n, row in enumerate(rng.random((ROWS, 8))):
            features = {
                "x": train.Feature(float_list=train.FloatList(value=row)),
                "n": train.Feature(int64_list=train.Int64List(value=[n])),
                "s": train.Feature(bytes_list=train.BytesList(value=[b"row %d" % n])),
            }
            row = train.Example(features=train.Features(feature=features))
            writer.write(row.SerializeToString())


def run(tf):
    """Seconds of each task."""
    seconds = {}

    def timed(name, make):
        begin = time.perf_counter()
        for _ in make() or ():
            pass
        seconds[name] = time.perf_counter() - begin

    with tempfile.TemporaryDirectory() as folder:
        path, table = os.path.join(folder, "rows"), os.path.join(folder, "rows.csv")
        with open(table, "w") as file:
            file.writelines(f"{n},{n / 7:.4f},text {n}\n" for n in range(ROWS))
        timed("write", lambda: examples(tf, path))
        wanted = {
            "x": tf.io.FixedLenFeature([8], tf.float32),
            "n": tf.io.FixedLenFeature([], tf.int64),
            "s": tf.io.FixedLenFeature([], tf.string),
        }
        records, lines = tf.data.TFRecordDataset(path), tf.data.TextLineDataset(table)
        kinds = [tf.int32, tf.float32, tf.string]
        rows = tf.data.experimental.CsvDataset(table, kinds)
        timed("read", lambda: records.batch(BATCH))
        timed("batches", lambda: records.batch(BATCH).map(lambda x: tf.io.parse_example(x, wanted)))
        one = lambda x: tf.io.parse_single_example(x, wanted)  # noqa: E731
        timed("rows", lambda: records.map(one).batch(BATCH))
        timed("csv", lambda: rows.batch(BATCH))
        defaults = [[0], [0.0], [""]]
        timed("decode", lambda: lines.batch(BATCH).map(lambda x: tf.io.decode_csv(x, defaults)))
    return seconds


if __name__ == "__main__":
    start(run, __file__)
