"""All that reads bytes of strangers: a table. `load(path)` reads a file, or a folder of files with
fixed names, and raises nothing but its documented errors, whatever is in it."""

import gzip
import io
import json
import os
import pickle
import re
import struct
import tarfile
import tempfile
import wave
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

import tensorbrook as tf
from tensorbrook.base import examples
from tensorbrook.base.errors import OpError
from tensorbrook.base.messages import Message
from tensorbrook.base.records import RecordReader, packed
from tensorbrook.compiler import cache
from tensorbrook.data import storage
from tensorbrook.formats import graph_messages, npz
from tensorbrook.formats.sstable import read_table, table_bytes
from tensorbrook.keras.datasets import idx, plain_pickle
from tensorbrook.keras.datasets.npz import read_npz
from tensorbrook.keras.utils.archives import extract_archive

keras = tf.keras
LOADERS: dict[str, "Loader"] = {}


class Loader(NamedTuple):
    """How bytes are laid out and read.

    `seeds()` are good ones; `name` is the file's, or a tuple of the files' in a folder, whose bytes
    then come one after the other, each after its length (`joined`).
    """

    load: object
    seeds: object
    name: object = "file"
    errors: tuple = (OpError, ValueError, NotImplementedError)
    writes: str = ""  # what in the folder may be written
    sealed: object = staticmethod(lambda data: data)  # with checksums made right again
    imports: tuple = ()

    def lay(self, folder, data):
        """Writes the bytes into a new folder; the path to read."""
        if isinstance(self.name, str):
            path = os.path.join(folder, self.name)
            Path(path).write_bytes(data)
            return path
        for name, part in zip(self.name, parted(data, len(self.name))):
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(part)
        return folder


def joined(parts):
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)


def parted(data, count):
    for _ in range(count - 1):
        (size,) = struct.unpack("<I", data[:4].ljust(4, b"\0"))
        yield data[4 : 4 + size]
        data = data[4 + size :]
    yield data[4:]


def loader(label, /, **options):
    """Enters a function of a path, which has `seeds`, a function or a list."""

    def enter(function):
        seeds = options.pop("seeds")
        LOADERS[label] = Loader(function, seeds if callable(seeds) else lambda: seeds, **options)
        return function

    return enter


def content(path):
    with open(path, "rb") as file:
        return file.read()


def made(write, *names):
    """The bytes of the files that `write(folder)` makes."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        parts = [Path(folder, name).read_bytes() for name in names]
    return parts[0] if len(parts) == 1 else joined(parts)


# ---- messages, records, rows

EXAMPLE = tf.train.Example(
    features=tf.train.Features(
        feature={
            "a": tf.train.Feature(int64_list=tf.train.Int64List(value=[1, -2, 300])),
            "b": tf.train.Feature(float_list=tf.train.FloatList(value=[0.5, 2.0])),
            "c": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"text", b""])),
        }
    )
).SerializeToString()
FEATURES = {
    "a": tf.io.VarLenFeature(tf.int64),
    "b": tf.io.FixedLenFeature([2], tf.float32),
    "c": tf.io.RaggedFeature(tf.string),
}
MESSAGES = [
    kind
    for module in (examples, graph_messages)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
]


def graph_defs():
    for parts in saved_models():
        message = graph_messages.SavedModel.FromString(next(parted(parts, 2)))
        yield message.meta_graphs[0].graph_def.SerializeToString()


def message_seeds():
    number = {kind.__name__: n for n, kind in enumerate(MESSAGES)}
    tensor = tf.io.serialize_tensor([[1.0, 2.0]]).numpy()
    graph = next(graph_defs())
    found = [("Example", EXAMPLE), ("TensorProto", tensor), ("GraphDef", graph)]
    return [bytes([number[name]]) + data for name, data in found]


@loader("messages", seeds=message_seeds)
def _(path):
    data = content(path)
    kind = MESSAGES[data[0] % len(MESSAGES)] if data else MESSAGES[0]
    message = kind.FromString(data[1:])
    assert kind.FromString(message.SerializeToString()) == message or b"\xff" in data


def with_checksums(data):
    return packed([data[at : at + 50] for at in range(0, len(data), 50)])


RECORDS = packed([b"", b"one", EXAMPLE, bytes(300)])


@loader("records", seeds=[RECORDS, packed([])], sealed=with_checksums)
def _(path):
    list(RecordReader(path))


@loader(
    "packed records",
    writes="file",
    seeds=[b"g" + gzip.compress(RECORDS), b"z" + zlib.compress(RECORDS)],
)
def _(path):
    data = content(path)
    with open(path, "wb") as file:
        file.write(data[1:])
    list(RecordReader(path, "ZLIB" if data[:1] == b"z" else "GZIP"))


@loader("examples", seeds=[EXAMPLE])
def _(path):
    data = content(path)
    tf.io.parse_single_example(data, FEATURES)
    tf.io.parse_example([data, EXAMPLE], FEATURES)


SEQUENCE = tf.train.SequenceExample(
    feature_lists=tf.train.FeatureLists(
        feature_list={
            "s": tf.train.FeatureList(
                feature=[tf.train.Feature(int64_list=tf.train.Int64List(value=[n])) for n in (1, 2)]
            )
        }
    )
).SerializeToString()


@loader("sequence examples", seeds=[SEQUENCE])
def _(path):
    features = {"s": tf.io.FixedLenSequenceFeature([], tf.int64)}
    tf.io.parse_single_sequence_example(content(path), sequence_features=features)


@loader(
    "tensors",
    seeds=lambda: [
        tf.io.serialize_tensor(value).numpy()
        for value in ([[1.0, 2.0]], ["a", "bc"], [1, 2, 3], tf.constant([1, 2], tf.bfloat16))
    ],
)
def _(path):
    data = content(path)
    for dtype in (tf.float32, tf.string, tf.int32, tf.bfloat16):
        try:
            tf.io.parse_tensor(data, dtype)
        except OpError:
            continue


@loader("JSON examples", seeds=[b'{"features": {"feature": {"a": {"int64List": {"value": [1]}}}}}'])
def _(path):
    tf.io.decode_json_example(content(path))


CSV = b'a,b,c\n1,2.5,"te,""xt"\n3,,x\n'


@loader("csv", seeds=[b"1,2.5,x\n", CSV[6:-1]], name="file.csv")
def _(path):
    tf.io.decode_csv(
        content(path).strip(b"\n").split(b"\n"), [[0], [0.0], [""]], select_cols=[0, 1, 2]
    )


@loader("csv files", seeds=[CSV], name="file.csv")
def _(path):
    defaults = [tf.constant([0]), tf.constant([0.0]), tf.constant([""])]
    list(tf.data.experimental.CsvDataset(path, defaults, header=True))


@loader("packed bytes", seeds=[zlib.compress(b"text" * 9), gzip.compress(b"text" * 9)])
def _(path):
    data = content(path)
    tf.io.decode_compressed(data, "GZIP" if data[:1] == b"\x1f" else "ZLIB")


@loader("base64", seeds=[b"dGV4dA", b"_-8"])
def _(path):
    tf.io.decode_base64(content(path))


@loader("texts", seeds=["aé漢\U0001f600".encode(), "a".encode("utf-16-be")])
def _(path):
    data = content(path)
    for encoding in ("UTF-8", "UTF-16-BE", "UTF-32-BE"):
        tf.strings.unicode_decode(data, encoding)
    keras.preprocessing.text.text_to_word_sequence(data.decode("latin-1"))
    tf.strings.unicode_script(tf.strings.unicode_decode(data, "UTF-8"))


# ---- pictures and sounds


def pictures():
    pixels = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)
    for form in ("PNG", "JPEG", "GIF", "BMP"):
        for picture in (Image.fromarray(pixels), Image.fromarray(pixels[..., 0])):
            file = io.BytesIO()
            picture.save(file, form)
            yield file.getvalue()
    deep = io.BytesIO()
    Image.fromarray(pixels[..., 0].astype(np.uint16)).save(deep, "PNG")
    yield deep.getvalue()
    yield tf.io.encode_png(pixels.astype(np.uint16) * 257).numpy()


def png_sealed(data):
    """A PNG with the right checksums."""
    if not data.startswith(b"\x89PNG"):
        return data
    at, parts = 8, [data[:8]]
    while at + 12 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        chunk = data[at + 4 : at + 8 + size]
        parts.append(data[at : at + 4] + chunk + struct.pack(">I", zlib.crc32(chunk)))
        at += 12 + size
    return b"".join(parts)


@loader("pictures", seeds=lambda: list(pictures()), sealed=png_sealed)
def _(path):
    data = content(path)
    tf.io.decode_image(data)
    for decode in (tf.io.decode_png, tf.io.decode_jpeg, tf.io.decode_bmp, tf.io.decode_gif):
        try:
            decode(data)
        except OpError:
            continue
    tf.io.extract_jpeg_shape(data)


PILLOWS = (
    OSError,
    SyntaxError,
    MemoryError,
    Image.DecompressionBombError,
)  # its errors, as in Keras


@loader(
    "picture files",
    seeds=lambda: list(pictures()),
    sealed=png_sealed,
    errors=(OpError, ValueError, *PILLOWS),
)
def _(path):
    keras.utils.load_img(path)


def sound(bits):
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((2, bits // 8, 8000, 0, "NONE", ""))
        written.writeframes(bytes(range(64)))
    return file.getvalue()


@loader("sounds", seeds=[sound(16)])
def _(path):
    tf.audio.decode_wav(content(path))


# ---- data sets


def ragged(rows):
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


def arrays(folder):
    file = os.path.join(folder, "a.npz")
    np.savez(file, x=np.arange(6.0).reshape(2, 3), y=ragged([[1, 2], [3]]), z=np.array(["a"]))


PICKLES = [
    pickle.dumps({b"data": np.arange(6, dtype="u1"), b"labels": [1, 2, 300, -1, 2**40]}, protocol)
    for protocol in (2, 3, 4)
] + [pickle.dumps(ragged([[1, 2], []]), 2)]


@loader("pickles", seeds=PICKLES)
def _(path):
    repr(plain_pickle.loads(content(path)))


@loader("npz", seeds=lambda: [made(arrays, "a.npz")])
def _(path):
    read_npz(path, ["x", "y", "z"])


@loader("npy", seeds=lambda: [npy(np.arange(3)), npy(np.zeros((2, 0, 3))), npy(np.array("ab"))])
def _(path):
    npz.array(content(path), path)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@loader("idx", seeds=[b"\0\0\x08\2\0\0\0\2\0\0\0\3abcdef", b"\0\0\x0d\1\0\0\0\1abcd"])
def _(path):
    idx.read_idx(path)


def saved_set(folder):
    tf.data.Dataset.from_tensor_slices({"a": [1, 2], "b": ["x", "yz"]}).save(folder)
    (run,) = (p for p in Path(folder).iterdir() if p.is_dir())
    run.rename(Path(folder, "7"))
    metadata = examples.SnapshotMetadataRecord.FromString(
        Path(folder, "snapshot.metadata").read_bytes()
    )
    metadata.run_id = "7"
    Path(folder, "snapshot.metadata").write_bytes(metadata.SerializeToString())


SAVED = ("dataset_spec.pb", "snapshot.metadata", "7/00000000.shard/00000000.snapshot")


def sealed_set(data):
    spec, metadata, records = parted(data, 3)
    return joined([spec, metadata, with_checksums(records)])


@loader(
    "saved data sets",
    seeds=lambda: [made(saved_set, *SAVED)],
    name=SAVED,
    errors=(OpError, ValueError, NotImplementedError),
    sealed=sealed_set,
)
def _(path):
    list(tf.data.Dataset.load(path).take(100))


def stored(folder):
    data = tf.data.Dataset.from_tensor_slices({"a": [1, 2], "b": ["x", "yz"]})
    elements = list(data._node.iterate())
    storage.write(Path(folder, storage.FILE), elements, data._node.structure)


def zip_sealed(data):
    """A zip of stored members with the right checksums."""
    data, ends = bytearray(data), []
    for found in re.finditer(rb"PK\x01\x02", data):
        at = found.start()
        if at + 46 > len(data):
            continue
        (size,) = struct.unpack_from("<I", data, at + 20)
        (start,) = struct.unpack_from("<I", data, at + 42)
        if start + 30 > len(data):
            continue
        here = start + 30 + sum(struct.unpack_from("<HH", data, start + 26))
        if struct.unpack_from("<H", data, at + 10)[0] == 0:
            value = zlib.crc32(data[here : here + size])
            ends.append((at + 16, value))
    for at, value in ends:
        struct.pack_into("<I", data, at, value)
    return bytes(data)


@loader(
    "stored elements", seeds=lambda: [made(stored, storage.FILE)], name="a.npz", sealed=zip_sealed
)
def _(path):
    storage.read(Path(path))


@loader("vocabularies", seeds=[b"a\nb\n\xc3\xa9\n"], name="words.txt")
def _(path):
    keras.layers.StringLookup(vocabulary=path)
    tf.lookup.TextFileInitializer(
        path,
        tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )


# ---- archives


def tars():
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode=mode) as archive:
            for name, kind, link in (
                *(("a", b"5", ""), ("a/f", b"0", ""), ("a/l", b"2", "f"), ("h", b"1", "a/f")),
                ("a/" + "long" * 40, b"0", ""),
            ):
                info = tarfile.TarInfo(name)
                info.type, info.linkname, info.size = kind, link, 4 if kind == b"0" else 0
                archive.addfile(info, io.BytesIO(b"text"))
        yield file.getvalue()


def zips():
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.mkdir("a")
            archive.writestr("a/f", b"text" * 20)
        yield file.getvalue()


def tar_sealed(data):
    """A tar with the right checksums of what look like headers."""
    data = bytearray(data)
    for at in range(0, len(data) - 511, 512):
        if data[at + 257 : at + 262] == b"ustar":
            data[at + 148 : at + 156] = b" " * 8
            data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    return bytes(data)


@loader("tars", seeds=lambda: list(tars()), sealed=tar_sealed, writes="out")
def _(path):
    extract_archive(path, os.path.join(os.path.dirname(path), "out"), "tar")


@loader("zips", seeds=lambda: list(zips()), sealed=zip_sealed, writes="out")
def _(path):
    extract_archive(path, os.path.join(os.path.dirname(path), "out"), "zip")


# ---- the compiler's cache


def cache_entry(folder):
    os.environ["TENSORBROOK_CACHE_DIR"] = folder
    cache.store("key", b"code" * 20)


@loader("cache", seeds=lambda: [made(cache_entry, cache._name("key"))], name=cache._name("key"),
        writes=cache._name("key"))  # fmt: skip
def _(path):
    assert cache.load("key") in (None, b"code" * 20)


# ---- models


def model():
    inputs = keras.Input((4,), name="in")
    x = keras.layers.Dense(3, activation="relu", kernel_regularizer="l2", name="one")(inputs)
    x = keras.layers.Dropout(0.5, name="two")(keras.layers.BatchNormalization(name="norm")(x))
    made = keras.Model(inputs, keras.layers.Dense(1, name="three")(x), name="net")
    made.compile("adam", "mse", metrics=["mae"])
    return made


CONFIGS = [
    lambda: model().to_json(),
    lambda: keras.Sequential(
        [
            keras.Input((None, 4)),
            keras.layers.Bidirectional(keras.layers.LSTM(2, return_sequences=True)),
            keras.layers.TimeDistributed(keras.layers.Dense(2)),
        ],
        name="s",
    ).to_json(),
]


@loader("JSON models", seeds=lambda: [make().encode() for make in CONFIGS])
def _(path):
    keras.models.model_from_json(content(path).decode("utf-8", "replace"))


@loader(
    "JSON objects",
    seeds=lambda: [
        json.dumps(keras.saving.serialize_keras_object(made)).encode()
        for made in (
            *(keras.layers.Dense(2, "relu"), keras.optimizers.Adam(), keras.losses.Huber()),
            *(keras.initializers.RandomNormal(), keras.regularizers.L1L2(), keras.metrics.AUC()),
            keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10)),
        )
    ],
    errors=(OpError, ValueError, NotImplementedError, TypeError),
)
def _(path):
    try:
        config = json.loads(content(path))
    except RecursionError as fault:  # of the standard library, before anything of ours
        raise ValueError from fault
    keras.saving.deserialize_keras_object(config)


@loader("JSON tokenizers", seeds=lambda: [keras.preprocessing.text.Tokenizer(9).to_json().encode()])
def _(path):
    keras.preprocessing.text.tokenizer_from_json(content(path).decode("utf-8", "replace"))


def whole_model(folder):
    model().save(os.path.join(folder, "m.keras"))


@loader("keras files", seeds=lambda: [made(whole_model, "m.keras")], name="m.keras",
        sealed=zip_sealed)  # fmt: skip
def _(path):
    keras.models.load_model(path)


PARTS: dict[str, bytes] = {}


def parts_of_model():
    if not PARTS:
        with zipfile.ZipFile(io.BytesIO(made(whole_model, "m.keras"))) as archive:
            PARTS.update({name: archive.read(name) for name in archive.namelist()})
    return PARTS


def model_with(path, name, data):
    """A whole model in a file, one of whose members is other bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for member, bytes_ in parts_of_model().items():
            archive.writestr(member, data if member == name else bytes_)


def member_loader(member):
    @loader(
        f"keras files: {member}",
        seeds=lambda: [parts_of_model()[member]],
        name="m.keras",
        sealed=lambda data: data,
    )
    def _(path):
        keras.models.load_model(path)

    entered = LOADERS[f"keras files: {member}"]

    class Inside(type(entered)):
        def lay(self, folder, data):
            path = os.path.join(folder, self.name)
            model_with(path, member, data)
            return path

    LOADERS[f"keras files: {member}"] = Inside(*entered)


for _member in ("config.json", "metadata.json", "model.weights.h5"):
    member_loader(_member)


def weights(folder):
    model().save_weights(os.path.join(folder, "m.weights.h5"))


TARGET: list = []


@loader("weights files", seeds=lambda: [made(weights, "m.weights.h5")], name="m.weights.h5")
def _(path):
    if not TARGET:
        TARGET.append(model())
    TARGET[0].load_weights(path)


def h5_model(folder):
    model().save(os.path.join(folder, "m.h5"))


def h5_seeds():
    try:
        return [made(h5_model, "m.h5")]
    except (ValueError, NotImplementedError):
        return []  # not built yet


@loader("h5 files", seeds=h5_seeds, name="m.h5")
def _(path):
    keras.models.load_model(path)


# ---- checkpoints, graphs, saved models


def checkpoint(folder):
    parts = tf.Module()
    parts.w, parts.text = tf.Variable(tf.ones([2, 3])), tf.Variable(["a", "bc"])
    tf.train.Checkpoint(v=tf.Variable([1.0, 2.0]), net=parts).write(os.path.join(folder, "c"))


CHECKPOINT = ("c.index", "c.data-00000-of-00001")


def sealed_table(data):
    """A checkpoint whose table has the right checksums: made again of mutated values."""
    index, values = parted(data, 2)
    entries = {}
    for at in range(0, len(index), 40):
        entries[b"%d" % at] = index[at : at + 40]
    return joined([table_bytes(sorted(entries.items())), values])


@loader("tables", seeds=lambda: [table_bytes([(b"a", b"1"), (b"abc", b"2" * 50), (b"b", b"")])])
def _(path):
    read_table(content(path), path)


@loader("checkpoints", seeds=lambda: [made(checkpoint, *CHECKPOINT)], name=CHECKPOINT)
def _(path):
    prefix = os.path.join(path, "c")
    reader = tf.train.load_checkpoint(prefix)
    for name in reader.get_variable_to_shape_map():
        reader.get_tensor(name)
    variable = tf.Variable([0.0, 0.0])
    tf.train.Checkpoint(v=variable).restore(prefix).expect_partial()


def bundle_parts():
    data = made(checkpoint, *CHECKPOINT)
    index, values = parted(data, 2)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c.index")
        Path(path).write_bytes(index)
        entries = read_table(Path(path).read_bytes(), path)
    return entries, values


ENTRIES: list = []


def entries_seeds():
    entries, values = bundle_parts()
    ENTRIES[:] = [list(entries), values]
    return [joined([*entries.values(), values])]


@loader("checkpoints: entries", seeds=entries_seeds, name=CHECKPOINT)
def _(path):
    LOADERS["checkpoints"].load(path)


class _Entries(Loader):
    def lay(self, folder, data):
        keys = ENTRIES[0]
        *values, rest = parted(data, len(keys) + 1)
        table = table_bytes(sorted(zip(keys, values)))
        return Loader.lay(self, folder, joined([table, rest]))


LOADERS["checkpoints: entries"] = _Entries(*LOADERS["checkpoints: entries"])


STATE = b'model_checkpoint_path: "c-1"\nall_model_checkpoint_paths: "c-1"\n'


@loader("checkpoint states", seeds=[joined([STATE])], name=("checkpoint",))
def _(path):
    tf.train.latest_checkpoint(path)
    tf.train.get_checkpoint_state(path)


def saved_models(kind="*", files=(), most=100_000):
    """TensorFlow's: the smaller ones of `oracles/golden/saved_models`."""
    folder = Path(__file__).parents[1] / "oracles" / "golden" / "saved_models"
    for path in sorted(folder.glob(f"{kind}.zip")):
        with zipfile.ZipFile(path) as archive:
            names = {name.partition("/")[2]: name for name in archive.namelist()}
            names |= {name: name for name in archive.namelist()}
            if not any("assets/" in name for name in names):
                parts = [archive.read(names[name]) for name in (*SAVED_MODEL, *files)]
                if sum(map(len, parts)) < most:
                    yield joined(parts)


SAVED_MODEL = (
    "saved_model.pb",
    "variables/variables.index",
    "variables/variables.data-00000-of-00001",
)


@loader(
    "saved models",
    seeds=lambda: list(saved_models()),
    name=SAVED_MODEL,
)
def _(path):
    tf.saved_model.load(path)


METADATA = "keras_metadata.pb"


def model_folders():
    """Those of Keras 2: functions alone, and what else it keeps, such as vocabularies."""
    yield from saved_models("keras_2_*", [METADATA], 200_000)
    folder = Path(__file__).parents[1] / "oracles" / "golden" / "files"
    with tarfile.open(folder / "keras-2.15.0-folders.tar.xz") as archive:
        for name in ("named", "adapted", "texts", "with_legacy.Adam", "nested"):
            parts = [archive.extractfile(f"{name}/{part}") for part in (*SAVED_MODEL, METADATA)]
            yield joined([part.read() for part in parts])


class Named(keras.Model):
    """Stands for the class of this name in a folder."""

    def __init__(self, units=2, **kwargs):
        super().__init__(**kwargs)
        self.table = keras.layers.Embedding(5, 3)
        self.last = keras.layers.Dense(units)

    @tf.autograph.experimental.do_not_convert  # which reads and makes code of the program's
    def call(self, inputs):
        return self.last(inputs["x"]) + self.last(self.table(inputs["ids"])[:, 0])


@loader("model folders", seeds=lambda: list(model_folders()), name=(*SAVED_MODEL, METADATA))
def _(path):
    keras.models.load_model(path, custom_objects={"Named": Named})


# ---- event files


def events(folder):
    with tf.summary.create_file_writer(folder).as_default():
        tf.summary.scalar("loss", 0.5, step=1)
        tf.summary.histogram("weights", [1.0, 2.0], step=1)
    (path,) = Path(folder).iterdir()
    path.rename(Path(folder, "events"))


@loader("event files", seeds=lambda: [made(events, "events")], name="events", sealed=with_checksums)
def _(path):
    list(tf.compat.v1.train.summary_iterator(path))
