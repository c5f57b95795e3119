"""keras.datasets on files made here: IDX, npz, CIFAR's pickles; and files made to do harm."""

import gzip
import hashlib
import io
import json
import os
import pathlib
import pickle
import struct
import tarfile
import tracemalloc
import zipfile

import audit
import numpy as np
import pytest

from tensorbrook.base.config import scoped
from tensorbrook.keras.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    idx,
    imdb,
    mnist,
    npz,
    plain_pickle,
    reuters,
)

GOLDEN = json.loads(
    (pathlib.Path(__file__).parents[1] / "oracles" / "golden" / "utils.json").read_text()
)
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache folder of the test's own; no data sets of this machine."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TENSORBROOK_DATASETS", raising=False)
    monkeypatch.setattr(idx, "SYSTEM_FOLDER", str(tmp_path / "system"))
    return tmp_path / "home"


def serve(monkeypatch, module, path):
    """Let a data set's module find this file where it would download its own."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(module, "SHA256", digest)
    if hasattr(module, "ORIGIN"):
        monkeypatch.setattr(module, "ORIGIN", path.as_uri())
    else:
        monkeypatch.setattr(module, "FOLDER_URL", path.parent.as_uri() + "/")


def ragged(rows):
    array = np.empty(len(rows), dtype=object)
    for position, row in enumerate(rows):
        array[position] = row
    return array


def idx_bytes(array, code=8):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape) + bytes(array)


def idx_folder(folder, ending=""):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    parts = {}
    for part, stem in idx.PARTS.items():
        count = 5 if part.endswith("train") else 3
        shape = (count, 4, 2) if part[0] == "x" else (count,)
        parts[part] = rng.integers(0, 256, shape).astype("uint8")
        data = idx_bytes(parts[part])
        (folder / (stem + ending)).write_bytes(gzip.compress(data) if ending else data)
    return parts


def check_parts(loaded, parts):
    (x_train, y_train), (x_test, y_test) = loaded
    for name, array in zip(parts, (x_train, y_train, x_test, y_test)):
        assert array.dtype == np.uint8
        np.testing.assert_array_equal(array, parts[name])


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_idx_folder(tmp_path, ending):
    parts = idx_folder(tmp_path / "set", ending)
    check_parts(idx.load_folder(tmp_path / "set"), parts)


@pytest.mark.parametrize(
    ("code", "dtype"),
    [(8, "u1"), (9, "i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")],
)
def test_idx_dtypes(tmp_path, code, dtype):
    array = np.array([[1, 2, -3], [100, 0, 7]]).astype(dtype)
    path = tmp_path / "x"
    path.write_bytes(idx_bytes(array, code))
    read = idx.read_idx(path)
    assert read.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(read, array)


def test_mnist_and_fashion_mnist_from_folders(tmp_path, monkeypatch):
    system = idx_folder(tmp_path / "system" / "mnist", ".gz")
    check_parts(mnist.load_data(), system)
    own = idx_folder(tmp_path / "own" / "fashion-mnist")
    monkeypatch.setenv("TENSORBROOK_DATASETS", os.pathsep.join(["", str(tmp_path / "own")]))
    check_parts(fashion_mnist.load_data(), own)
    check_parts(mnist.load_data(), system)


def test_fashion_mnist_is_fetched_and_checked(tmp_path, monkeypatch, home):
    parts = idx_folder(tmp_path / "web", ".gz")
    monkeypatch.setattr(fashion_mnist, "FOLDER_URL", (tmp_path / "web").as_uri() + "/")
    digests = {name: hashlib.sha256(idx_bytes(array)).hexdigest() for name, array in parts.items()}
    with pytest.raises(ValueError, match="other data than the published set"):
        fashion_mnist.load_data()
    monkeypatch.setattr(fashion_mnist, "SHA256", digests)
    check_parts(fashion_mnist.load_data(), parts)
    assert (home / "datasets" / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz").exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no IDX file"),
        (b"PK\x03\x04rest", "no IDX file"),
        (b"\0\0\x07\x01" + b"\0\0\0\1" + b"x", "no IDX file"),
        (b"\0\0\x08\x03\0\0\0\1", "cut off"),
        (b"\0\0\x08\x01\0\0\0\5abc", "needs 5 bytes, 3 are there"),
        (b"\0\0\x08\x01\0\0\0\2abc", "needs 2 bytes, 3 are there"),
        (b"\0\0\x0e\x02\xff\xff\xff\xff\xff\xff\xff\xff", "cut off or damaged"),
    ],
)
def test_damaged_idx(tmp_path, data, message):
    path = tmp_path / "bad-idx1-ubyte"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        idx.read_idx(path)


@pytest.mark.parametrize("cut", [0, 5, -3])
def test_damaged_gz(tmp_path, cut):
    path = tmp_path / "bad-idx1-ubyte.gz"
    whole = gzip.compress(idx_bytes(np.arange(50, dtype="u1")))
    path.write_bytes(whole[:cut] if cut else b"plain text")
    with pytest.raises(ValueError, match=r"bad-idx1-ubyte\.gz is cut off or damaged"):
        idx.read_idx(path)


def test_idx_folder_that_is_not_whole(tmp_path):
    idx_folder(tmp_path / "set")
    (tmp_path / "set" / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(2, "u1")))
    with pytest.raises(ValueError, match=r"images of shape \(3, 4, 2\) do not go with labels"):
        idx.load_folder(tmp_path / "set")
    (tmp_path / "set" / "train-images-idx3-ubyte").unlink()
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte"):
        idx.load_folder(tmp_path / "set")


def test_mnist_from_the_cache(tmp_path, monkeypatch, home):
    arrays = {name: np.arange(4, dtype="u1") + n for n, name in enumerate(imdb.NAMES)}
    np.savez(tmp_path / "mnist.npz", **arrays)
    serve(monkeypatch, mnist, tmp_path / "mnist.npz")
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    for array, expected in zip((x_train, y_train, x_test, y_test), arrays.values()):
        np.testing.assert_array_equal(array, expected)
    assert (home / "datasets" / "mnist.npz").exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (mnist, "mnist.npz"),
        (fashion_mnist, "train-images-idx3-ubyte.gz"),
        (cifar10, "cifar-10-batches-py-target_archive"),
        (cifar100, "cifar-100-python-target_archive"),
        (imdb, "imdb.npz"),
        (reuters, "reuters.npz"),
        (boston_housing, "boston_housing.npz"),
        (california_housing, "california_housing.npz"),
    ],
)
def test_offline_names_the_file_and_its_place(monkeypatch, home, module, name):
    monkeypatch.setattr(module, "ORIGIN" if hasattr(module, "ORIGIN") else "FOLDER_URL", NOWHERE)
    with pytest.raises(ConnectionError, match="Without a network") as caught:
        module.load_data()
    assert NOWHERE in str(caught.value)
    assert name in str(caught.value) and str(home / "datasets") in str(caught.value)


def test_word_indices(tmp_path, monkeypatch):
    for module in (imdb, reuters):
        name = module.__name__.rpartition(".")[2]
        path = tmp_path / f"{name}_word_index.json"
        path.write_text('{"the": 1, "a": 2}')
        monkeypatch.setattr(module, "FOLDER_URL", tmp_path.as_uri() + "/")
        digest = hashlib.md5(path.read_bytes()).hexdigest()
        monkeypatch.setattr(module, "WORDS_MD5", digest)
        assert module.get_word_index() == {"the": 1, "a": 2}
    names = reuters.get_label_names()
    assert len(names) == 46 and names[-1] == "lead"


@pytest.mark.parametrize("row", GOLDEN["text_sets"]["table"])
@pytest.mark.parametrize("module", [imdb, reuters])
def test_imdb_and_reuters_as_keras_prepares_them(tmp_path, monkeypatch, row, module):
    name = module.__name__.rpartition(".")[2]
    keys = imdb.NAMES if module is imdb else ["x", "y"]
    inputs = {key: GOLDEN["text_sets"]["inputs"][key] for key in keys}
    arrays = {key: ragged(v) if key[0] == "x" else np.array(v) for key, v in inputs.items()}
    np.savez(tmp_path / f"{name}.npz", **arrays)
    serve(monkeypatch, module, tmp_path / f"{name}.npz")
    loaded = module.load_data(**row["options"])
    for (x, y), (expected_x, expected_y) in zip(loaded, row[name]):
        assert x.dtype == object and x.ndim == 1
        assert x.tolist() == expected_x
        assert y.tolist() == expected_y


def test_texts_that_are_all_too_long(tmp_path, monkeypatch):
    np.savez(tmp_path / "reuters.npz", x=ragged([[1, 2, 3]]), y=np.array([4]))
    serve(monkeypatch, reuters, tmp_path / "reuters.npz")
    with pytest.raises(ValueError, match="Increase maxlen"):
        reuters.load_data(maxlen=2)
    with pytest.raises(TypeError, match="words"):
        imdb.load_data(words=3)


@pytest.mark.parametrize(("test_split", "seed", "expected"), GOLDEN["houses"])
def test_housing_as_keras_splits_it(tmp_path, monkeypatch, test_split, seed, expected):
    x, y = np.arange(14.0).reshape(7, 2), np.arange(7.0)
    for module in (boston_housing, california_housing):
        name = module.__name__.rpartition(".")[2]
        np.savez(tmp_path / f"{name}.npz", x=x, y=y)
        serve(monkeypatch, module, tmp_path / f"{name}.npz")
        loaded = module.load_data(test_split=test_split, seed=seed)
        for part, expected_part in zip(loaded, expected):
            for array, values in zip(part, expected_part):
                np.testing.assert_array_equal(array, values)
        with pytest.raises(ValueError, match="test_split"):
            module.load_data(test_split=1.0)


def python2_batch(pictures, **labels):
    """A CIFAR batch as Python 2 pickled it: protocol 2, strings as bytes."""

    def string(value):
        return b"U" + bytes([len(value)]) + value.encode()

    def integers(values):
        return b"](" + b"".join(b"K" + bytes([v]) for v in values) + b"e"

    shape = b"K" + bytes([pictures.shape[0]]) + b"M" + struct.pack("<H", pictures.shape[1])
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x01(cnumpy\nndarray\nq\x02K\x00\x85"
        + string("b")
        + b"tq\x03Rq\x04(K\x01"
        + shape
        + b"\x86cnumpy\ndtype\nq\x05("
        + string("u1")
        + b"K\x00K\x01tq\x06Rq\x07(K\x03"
        + string("|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x08b\x89T"
        + struct.pack("<I", pictures.size)
        + bytes(pictures)
        + b"tq\x09b"
    )
    rows = b"".join(string(key) + integers(values) for key, values in labels.items())
    return b"\x80\x02}q\x00(" + string("data") + array + rows + b"u."


def cifar_tar(path, folder, batches):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in batches.items():
            info = tarfile.TarInfo(f"{folder}/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def test_cifar10(tmp_path, monkeypatch):
    rng = np.random.default_rng(4)
    pictures = rng.integers(0, 256, (6, 2, 3072)).astype("u1")
    names = [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
    batches = {n: python2_batch(p, labels=[3, 7]) for n, p in zip(names, pictures)}
    batches["test_batch"] = pickle.dumps({b"data": pictures[5], b"labels": [1, 9]}, 4)
    cifar_tar(tmp_path / "c.tar.gz", "cifar-10-batches-py", batches)
    serve(monkeypatch, cifar10, tmp_path / "c.tar.gz")
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    expected = pictures.reshape(6, 2, 3, 32, 32).transpose(0, 1, 3, 4, 2)
    np.testing.assert_array_equal(x_train, expected[:5].reshape(10, 32, 32, 3))
    np.testing.assert_array_equal(x_test, expected[5])
    assert y_train.tolist() == [[3], [7]] * 5 and y_test.tolist() == [[1], [9]]
    assert x_train.dtype == y_train.dtype == y_test.dtype == np.uint8
    with scoped(image_data_format="channels_first"):
        assert cifar10.load_data()[0][0].shape == (10, 3, 32, 32)


def test_cifar100(tmp_path, monkeypatch):
    pictures = np.random.default_rng(4).integers(0, 256, (2, 3, 3072)).astype("u1")
    labels = {"fine_labels": [99, 0, 5], "coarse_labels": [19, 0, 1]}
    batches = {n: python2_batch(p, **labels) for n, p in zip(("train", "test"), pictures)}
    cifar_tar(tmp_path / "c.tar.gz", "cifar-100-python", batches)
    serve(monkeypatch, cifar100, tmp_path / "c.tar.gz")
    (x_train, y_train), (x_test, y_test) = cifar100.load_data("coarse")
    assert x_train.shape == x_test.shape == (3, 32, 32, 3)
    assert y_train.tolist() == [[19], [0], [1]] and y_test.dtype == np.int64
    assert cifar100.load_data()[0][1].tolist() == [[99], [0], [5]]


PLAIN = [
    [1, 2, 300, 70_000, -1, 2**40, -(2**40)],
    {"a": (1, 2.5, None, True, False), b"b": "\u00e9", "c": [(), {}, (1, 2, 3, 4)]},
    np.arange(6, dtype="u1").reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(4, dtype=">i2"),
    np.array([True, False]),
    ragged([[1, 2, 300], [70_000, -5], []]),
    {"two": [np.arange(3), np.arange(2)]},
]


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_plain_pickles(value, protocol):
    read = plain_pickle.loads(pickle.dumps(value, protocol))
    assert repr(read) == repr(value)
    if isinstance(value, np.ndarray):
        assert read.dtype == value.dtype and read.flags.writeable


class Evil:
    """Pickles as a call of os.mkdir."""

    def __reduce__(self):
        return os.mkdir, ("evil-was-here",)


EVIL = {
    "REDUCE of a function": pickle.dumps(Evil(), 2),
    "the same, STACK_GLOBAL": pickle.dumps(Evil(), 4),
    "inside a list": pickle.dumps([1, Evil()], 2),
    "inside an array": pickle.dumps(ragged([[1], Evil()]), 2),
    "text protocol": b"cos\nmkdir\n(S'evil-was-here'\ntR.",
    "INST": b"(S'evil-was-here'\nios\nmkdir\n.",
    "OBJ": b"(cos\nmkdir\nU\x0devil-was-hereo.",
    "NEWOBJ": pickle.dumps(ValueError("x"), 2),
    "an instance": pickle.dumps(pathlib.PurePosixPath("x"), 2),
    "getattr on an array": b"\x80\x02cnumpy\nndarray.tofile\n.",
    "a numpy function": b"\x80\x02cnumpy\nsave\n.",
    "a persistent id": b"\x80\x02U\x01xQ.",
    "an extension": b"\x80\x02\x82\x01.",
    "ndarray is called": b"\x80\x02cnumpy\nndarray\nK\x05\x85R.",
    "BUILD on a list": b"\x80\x02]}b.",
    "a name alone": b"\x80\x02cnumpy\nndarray\n.",
    "a structured dtype": pickle.dumps(np.zeros(2, [("a", "i4")]), 2),
    "an array bigger than its data": pickle.dumps(np.arange(6, dtype="u1"), 2).replace(
        b"K\x06\x85", b"K\x60\x85"
    ),
    "cut off": pickle.dumps(list(range(1000)), 4)[:500],
    "empty": b"",
    "no pickle": b"PK\x03\x04 and so on",
    "an unknown memo": b"\x80\x02h\x05.",
    "an empty stack": b"\x80\x02.",
    "append to a number": b"\x80\x02K\x01K\x02a.",
}


DOUBLED = b"".join(b"h%ch%c\x86q%c" % (n, n, n + 1) for n in range(40))
EVIL |= {
    "pairs of pairs of pairs": b"\x80\x02(K\x01q\x00" + DOUBLED + b"t.",
    "these as a key": b"\x80\x02(K\x01q\x00" + DOUBLED + b"}h\x28K\x01s",
    "a pair as a key": b"\x80\x02}K\x01K\x01\x86K\x01s.",
    "a list in two places": b"\x80\x02](]q\x01h\x01e.",
    "a list in itself": b"\x80\x02]q\x00h\x00a.",
    "lists in lists": b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
    "tuples in tuples": b"\x80\x02N" + b"\x85" * 100_000 + b".",
    "marks": b"\x80\x02" + b"(" * 2_000_000 + b".",
    "a name among data": b"\x80\x02]cnumpy\ndtype\na.",
    "many steps": b"\x80\x02N" + b"q\x00" * 2_000_000 + b".",
    "an array of a negative size": pickle.dumps(np.arange(6, dtype="u1"), 2).replace(
        b"K\x06\x85", b"J\xff\xff\xff\xff\x85"
    ),
    "an array of pairs": pickle.dumps(np.arange(6, dtype="u1"), 2).replace(
        b"K\x06\x85", b"K\x01\x85\x85"
    ),
}


def small(work):
    """What `work()` is, done in less than 10 MB."""
    tracemalloc.start()
    try:
        return work()
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 10e6


@pytest.mark.parametrize("case", EVIL)
def test_evil_and_damaged_pickles_are_refused(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(plain_pickle.UnsafePickleError, match="refused at byte"), audit.only():
        plain_pickle.loads(EVIL[case])
    assert not os.path.exists("evil-was-here")


HEADERS = {
    "a shape of 8 EB": b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }" % 2**61,
    "one more than there are": b"{'descr': '|u1', 'fortran_order': False, 'shape': (11,), }",
    "a negative one": b"{'descr': '|u1', 'fortran_order': False, 'shape': (-2, -5), }",
    "of nothing": b"{'descr': '|S0', 'fortran_order': False, 'shape': (10,), }",
    "a structure": b"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (), }",
    "void": b"{'descr': '|V10', 'fortran_order': False, 'shape': (1,), }",
    "code": b"{'descr': __import__('os'), 'fortran_order': False, 'shape': (10,), }",
    "a bomb of brackets": b"(" * 5000,
}


def npz_with(path, header):
    data = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + bytes(10)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", data)


@pytest.mark.parametrize("case", HEADERS)
def test_npz_with_an_evil_header(tmp_path, case):
    npz_with(tmp_path / "evil.npz", HEADERS[case])
    with pytest.raises(ValueError, match=r"evil.npz: x.npy"), audit.only(tmp_path / "evil.npz"):
        small(lambda: npz.read_npz(tmp_path / "evil.npz", ["x"]))


def test_npz_that_is_a_bomb(tmp_path):
    np.savez_compressed(tmp_path / "evil.npz", x=np.zeros(1 << 27, np.uint8))
    with pytest.raises(ValueError, match="are stored"):
        small(lambda: npz.read_npz(tmp_path / "evil.npz", ["x"]))


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3).T,
        np.array(1),
        np.zeros((0, 3)),
        np.array(["a", "bcd"]),
        np.array([True]),
        np.array([1j]),
    ],
)
def test_npz_of_numpy(tmp_path, array):
    np.savez(tmp_path / "good.npz", x=array)
    np.savez_compressed(tmp_path / "packed.npz", x=array)
    for name in ("good", "packed"):
        (read,) = npz.read_npz(tmp_path / f"{name}.npz", ["x"])
        np.testing.assert_array_equal(read, array)
        assert read.dtype == array.dtype and read.shape == array.shape and read.flags.writeable


def test_npz_with_an_evil_array(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("evil.npz", x=ragged([[1], Evil()]), y=np.arange(2))
    with pytest.raises(ValueError, match="was refused"):
        npz.read_npz("evil.npz", ["x"])
    with pytest.raises(ValueError, match="has no array 'z'"):
        npz.read_npz("evil.npz", ["z"])
    np.testing.assert_array_equal(npz.read_npz("evil.npz", ["y"])[0], [0, 1])
    assert not os.path.exists("evil-was-here")
