"""All that writes files: a table. `write(folder, number)` writes something made of a number, large
enough to be met in the midst of it; `read(folder)` gives the number back, having looked at all."""

import atexit
import functools
import os
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

import tensorbrook as tf
from tensorbrook.base.files import replacing
from tensorbrook.charts.svg import Picture
from tensorbrook.compiler import cache
from tensorbrook.data import storage
from tensorbrook.formats import onnx_messages, state
from tensorbrook.keras.utils.archives import extract_archive

SIZE, ROWS = 100_000, 3000
SOURCES = tempfile.mkdtemp()
WRITERS: dict[str, "Writer"] = {}
STREAMS: dict[str, "Writer"] = {}  # what writes bit by bit: `read` gives the numbers of whole rows


class Writer(NamedTuple):
    """How something is written into a folder, and read from it."""

    write: object
    read: object
    may_stay: object = staticmethod(lambda name: False)  # besides what one writing makes
    is_quiet: bool = False  # it does without, where it cannot write


def writer(name, table=WRITERS):
    def enter(make):
        table[name] = Writer(*make())
        return make

    return enter


def numbers(number):
    """An array in which each value tells the number."""
    return np.full(SIZE, number, np.float32)


def the_one(values):
    """The number that all values tell."""
    values = np.asarray(values)
    if values.size < SIZE or (values != values.flat[0]).any():
        raise AssertionError(f"a mixture: {values.size} values, {np.unique(values)[:5]}")
    return int(values.flat[0])


def bytes_of(number):
    return str(number).encode().rjust(4) * SIZE


def number_in(data):
    if len(data) < 4 * SIZE or data != data[:4] * SIZE:
        raise AssertionError(f"a mixture: {len(data)} bytes, {data[:4]} ... {data[-4:]}")
    return int(data[:4])


atexit.register(shutil.rmtree, SOURCES)
os.chmod(SOURCES, 0o755)
for _number in range(10):
    Path(SOURCES, str(_number)).write_bytes(bytes_of(_number))


def plain(write, name="file.bin"):
    """A writer of one file whose content is `bytes_of` the number."""

    def read(folder):
        with open(os.path.join(folder, name), "rb") as file:
            return number_in(file.read())

    return lambda folder, number: write(os.path.join(folder, name), bytes_of(number)), read


@writer("replacing")
def _():
    def write(path, data):
        with replacing(path) as new, open(new, "wb") as file:
            file.write(data)

    return plain(write)


@writer("replacing, not synced")
def _():
    def write(path, data):
        with replacing(path, synced=False) as new, open(new, "wb") as file:
            for start in range(0, len(data), 10_000):
                file.write(data[start : start + 10_000])

    return plain(write)


@writer("tf.io.write_file")
def _():
    return plain(tf.io.write_file)


@writer("tf.io.gfile.copy")
def _():
    def write(path, data):
        tf.io.gfile.copy(os.path.join(SOURCES, str(number_in(data))), path, overwrite=True)

    return plain(write)


@writer("tf.data.Dataset.cache")
def _():
    def write(folder, number):
        data = tf.data.Dataset.from_tensors(numbers(number))
        storage.write(Path(folder, storage.FILE), list(data._node.iterate()), data._node.structure)

    def read(folder):
        (((values,),), *_) = storage.read(Path(folder, storage.FILE))
        return the_one(values)

    return write, read


@writer("tf.data.Dataset.save")
def _():
    def write(folder, number):
        tf.data.Dataset.from_tensors(numbers(number)).save(os.path.join(folder, "set"))

    def read(folder):
        (values,) = tf.data.Dataset.load(os.path.join(folder, "set"))
        return the_one(values)

    return write, read, lambda name: name.removeprefix("set/").split("/")[0].isdigit()


@writer("History.to_csv")
def _():
    def write(path, data):
        history = tf.keras.callbacks.History()
        history.epoch = range(ROWS)
        history.history = {"loss": [number_in(data)] * ROWS}
        history.to_csv(path)

    def read(folder):
        with open(os.path.join(folder, "file.bin")) as file:
            rows = [line.split(",") for line in file.read().splitlines()]
        if len(rows) != ROWS + 1:
            raise AssertionError(f"{len(rows)} rows")
        return int({row[1] for row in rows[1:]}.pop())

    return plain(write)[0], read


@writer("save_img")
def _():
    def write(folder, number):
        picture = np.random.default_rng(number).integers(0, 256, (100, 300, 3))
        picture[0, 0] = number
        tf.keras.utils.save_img(os.path.join(folder, "a.png"), picture, scale=False)

    def read(folder):
        picture = tf.keras.utils.img_to_array(
            tf.keras.utils.load_img(os.path.join(folder, "a.png"))
        )
        return int(picture[0, 0, 0])  # PNGs have checksums

    return write, read


@writer("Picture.save")
def _():
    def write(path, data):
        Picture("", data.decode(), "").save(path)

    def read(folder):
        return number_in(Path(folder, "a.txt").read_bytes().removesuffix(b"\n"))

    return plain(write, "a.txt")[0], read


@writer("get_file")
def _():
    def write(path, data):
        source = Path(SOURCES, str(number_in(data))).as_uri()
        folder, name = os.path.split(path)
        tf.keras.utils.get_file(
            name, source, cache_dir=folder, cache_subdir="", force_download=True
        )

    return plain(write)


@writer("extract_archive")
def _():
    for number in range(10):
        with tarfile.open(os.path.join(SOURCES, f"{number}.tar"), "w") as archive:
            archive.add(os.path.join(SOURCES, str(number)), "file.bin")

    def write(path, data):
        archive = os.path.join(SOURCES, f"{number_in(data)}.tar")
        extract_archive(archive, os.path.dirname(path))

    return plain(write)


@writer("the compiler's cache")
def _():
    def write(folder, number):
        os.environ["TENSORBROOK_CACHE_DIR"] = folder
        cache.store("key", bytes_of(number))

    def read(folder):
        os.environ["TENSORBROOK_CACHE_DIR"] = folder
        return number_in(cache.load("key"))

    return write, read, lambda name: False, True


# ---- models


@functools.cache
def model():
    """A model of `SIZE` weights, whose values a writer sets."""
    layer = tf.keras.layers.Dense(100, use_bias=False, name="dense")
    return tf.keras.Sequential([tf.keras.Input((SIZE // 100,)), layer], name="net")


def set_to(number):
    model().set_weights([numbers(number).reshape(-1, 100)])
    return model()


def number_of(model):
    (values,) = model.get_weights()
    return the_one(values.ravel())


def model_writer(name, file, write, read):
    WRITERS[name] = Writer(
        lambda folder, number: write(set_to(number), os.path.join(folder, file)),
        lambda folder: read(os.path.join(folder, file)),
    )


def weights_of(path):
    model().load_weights(path)
    return number_of(model())


model_writer(
    "model.save, .keras",
    "m.keras",
    lambda model, path: model.save(path),
    lambda path: number_of(tf.keras.models.load_model(path)),
)
model_writer(
    "model.save, .h5",
    "m.h5",
    lambda model, path: model.save(path),
    lambda path: number_of(tf.keras.models.load_model(path)),
)
model_writer(
    "model.save_weights", "m.weights.h5", lambda model, path: model.save_weights(path), weights_of
)
model_writer(
    "tf.train.Checkpoint.write",
    "c",
    lambda model, path: tf.train.Checkpoint(model=model).write(path),
    lambda path: the_one(the_array(tf.train.load_checkpoint(path))),
)
model_writer(
    "tf.saved_model.save",
    "s",
    lambda model, path: tf.saved_model.save(model, path),
    lambda path: number_of_saved_model(path),
)
model_writer(
    "model.export, onnx",
    "m.onnx",
    lambda model, path: model.export(path, format="onnx", verbose=False),
    lambda path: number_of_onnx(path),
)


model_writer(
    "model.save, a folder",
    "m",
    lambda model, path: model.save(path),
    lambda path: number_of_saved_model(path) and number_of(tf.keras.models.load_model(path)),
)


def the_array(reader):
    (name,) = [n for n, shape in reader.get_variable_to_shape_map().items() if len(shape) == 2]
    return reader.get_tensor(name).ravel()


def number_of_saved_model(path):
    tf.saved_model.load(path)
    return the_one(the_array(tf.train.load_checkpoint(os.path.join(path, "variables/variables"))))


def number_of_onnx(path):
    """The number that the file's one large constant tells."""
    message = onnx_messages.ModelProto.FromString(Path(path).read_bytes())
    (weights,) = [t for t in message.graph.initializer if len(t.raw_data) > SIZE]
    return the_one(np.frombuffer(weights.raw_data, np.float32))


@writer("CheckpointManager.save")
def _():
    def write(folder, number):
        checkpoint = tf.train.Checkpoint(model=set_to(number))
        tf.train.CheckpointManager(checkpoint, folder, max_to_keep=1).save()

    def read(folder):
        return the_one(the_array(tf.train.load_checkpoint(tf.train.latest_checkpoint(folder))))

    return write, read, lambda name: name.startswith("ckpt-")


@writer("states of callbacks")
def _():
    def write(folder, number):
        state.write_state(os.path.join(folder, "s"), {"number": number}, {"a": numbers(number)})

    def read(folder):
        data, arrays = state.read_state(os.path.join(folder, "s"))
        if data["number"] != the_one(arrays["a"]):
            raise AssertionError(f"a mixture: {data}")
        return data["number"]

    return write, read


class Seen(Exception):
    """Ends training where a callback has seen the weights."""


class Weights(tf.keras.callbacks.Callback):
    """Sets the weights when training goes on from its backup, for one epoch; or looks at them."""

    def __init__(self, number=None):
        super().__init__()
        self.number, self.ended = number, False

    def on_epoch_begin(self, epoch, logs=None):
        if self.ended or self.number is None:
            raise Seen(number_of(self.model))
        set_to(self.number)

    def on_epoch_end(self, epoch, logs=None):
        self.ended = True


@writer("BackupAndRestore")
def _():
    x, y = np.zeros([1, SIZE // 100], np.float32), np.zeros([1, 100], np.float32)

    def train(folder, callback):
        backup = tf.keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False)
        if not model().compiled:
            model().compile("sgd", "mse")
        try:
            model().fit(x, y, epochs=10**6, verbose=0, callbacks=[backup, callback])
        except Seen as seen:
            return seen.args[0]

    def read(folder):
        return train(os.path.join(folder, "b"), Weights())

    return lambda folder, number: train(os.path.join(folder, "b"), Weights(number)), read


# ---- what writes bit by bit


def rows_of(records):
    """The numbers of some records; those before damage, where they end with it."""
    found = []
    try:
        for record in records:
            found.append(int(record))
    except tf.errors.DataLossError as fault:
        assert "folder" in str(fault), f"names no file: {fault}"
    return found


def record_writer(name, compression):
    @writer(f"TFRecordWriter{name}", STREAMS)
    def _():
        def write(folder, number):
            path = os.path.join(folder, "rows")
            with tf.io.TFRecordWriter(path, compression) as file:
                for _ in range(ROWS):
                    file.write(str(number).encode().rjust(100))

        def read(folder):
            data = tf.data.TFRecordDataset(os.path.join(folder, "rows"), compression)
            return rows_of(record.numpy() for record in data)

        return write, read


record_writer("", None)
record_writer(", GZIP", "GZIP")


@writer("tf.summary", STREAMS)
def _():
    def write(folder, number):
        file = tf.summary.create_file_writer(folder)
        try:
            with file.as_default():
                for step in range(ROWS):
                    tf.summary.scalar("number", number, step=step)
        finally:
            file.close()

    def read(folder):
        newest = max(Path(folder).iterdir(), key=lambda path: path.stat().st_mtime_ns)
        events = tf.compat.v1.train.summary_iterator(str(newest))
        values = (value for event in events for value in event.summary.value)
        return rows_of(tf.make_ndarray(value.tensor) for value in values)

    return write, read, lambda name: True


@writer("CSVLogger", STREAMS)
def _():
    def write(folder, number):
        logger = tf.keras.callbacks.CSVLogger(os.path.join(folder, "rows"))
        logger.on_train_begin()
        try:
            for epoch in range(ROWS):
                logger.on_epoch_end(epoch, {"loss": number})
        finally:
            logger.on_train_end()

    def read(folder):
        lines = Path(folder, "rows").read_text().splitlines(keepends=True)
        return [int(line.split(",")[1]) for line in lines[1:] if line[-1] == "\n"]

    return write, read
