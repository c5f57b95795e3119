"""Whether TensorFlow reads the files that tensorbrook writes, and the other way round.

    python check_files.py write tensorbrook FOLDER     with a Python that has tensorbrook
    python check_files.py read tensorflow FOLDER       with one that has TensorFlow 2.21

and again with the two exchanged. `read` raises where a value differs.
"""

import base64
import collections
import importlib
import os
import sys

RECORDS = [b"", b"one", b"x" * 5000, bytes(range(256)), *(b"row %d" % n for n in range(20))]
Pair = collections.namedtuple("Pair", "p q")


def dataset(tf):
    """A nested data set of several dtypes."""
    return tf.data.Dataset.from_tensor_slices(
        {
            "b": ([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [b"x", b"yy", b""]),
            "a": [1, 2, 3],
            "c": Pair([True, False, True], tf.constant([1, 2, 3], tf.float16)),
        }
    )


def folder_of(folder):
    """The files of a folder as base64, by path."""
    found = {}
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = base64.b64encode(file.read()).decode()
    return found


def values(elements):
    """The elements of a data set of any nesting as plain values."""
    tf = sys.modules.get("tensorflow") or sys.modules["tensorbrook"]
    return [
        [x.numpy().tolist() if x.dtype != tf.string else x.numpy() for x in tf.nest.flatten(e)]
        for e in elements
    ]


def write(tf, folder):
    """Writes files of all kinds."""
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    for compression in ("", "GZIP", "ZLIB"):
        with tf.io.TFRecordWriter(f"rows{compression}", compression) as writer:
            for record in RECORDS:
                writer.write(record)
    rows = tf.train.Example()
    rows.features.feature["n"].int64_list.value.extend([-1, 2**40])
    rows.features.feature["s"].bytes_list.value.append(b"text")
    tf.io.write_file("example", rows.SerializeToString())
    tf.io.write_file("tensor", tf.io.serialize_tensor([[1.5, 2.5]]))
    for name, options in (("saved", {}), ("saved_gzip", {"compression": "GZIP"})):
        dataset(tf).save(name, **options)
    dataset(tf).save("saved_shards", shard_func=lambda e: tf.cast(e["a"], tf.int64) % 2)


def read(tf, folder):
    """Reads them; raises AssertionError where they hold something else."""
    os.chdir(folder)

    def same(found, wanted, what):
        if found != wanted:
            raise AssertionError(f"{what}: {found} instead of {wanted}")

    for compression in ("", "GZIP", "ZLIB"):
        rows = tf.data.TFRecordDataset(f"rows{compression}", compression)
        same([row.numpy() for row in rows], RECORDS, f"rows{compression}")
    spec = {"n": tf.io.FixedLenFeature([2], tf.int64), "s": tf.io.FixedLenFeature([], tf.string)}
    row = tf.io.parse_single_example(tf.io.read_file("example"), spec)
    same([row["n"].numpy().tolist(), row["s"].numpy()], [[-1, 2**40], b"text"], "example")
    tensor = tf.io.parse_tensor(tf.io.read_file("tensor"), tf.float32)
    same(tensor.numpy().tolist(), [[1.5, 2.5]], "tensor")
    wanted = values(dataset(tf))
    for name, options in (("saved", {}), ("saved_gzip", {"compression": "GZIP"})):
        same(values(tf.data.Dataset.load(name, **options)), wanted, name)
    same(sorted(values(tf.data.Dataset.load("saved_shards"))), wanted, "saved_shards")


if __name__ == "__main__":
    action, module, folder = sys.argv[1:]
    {"write": write, "read": read}[action](importlib.import_module(module), folder)
