"""Data sets in files: lines, names, caches, save and load."""

import gzip

import audit
import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.examples import SnapshotMetadataRecord

Dataset = tf.data.Dataset


def values(dataset):
    return [[np.asarray(leaf).tolist() for leaf in element] for element in dataset]


def mixed():
    rows = [([1.0] * n, "text" * n, {"k": n}) for n in range(4)]
    signature = (
        tf.TensorSpec((None,), tf.float32),
        tf.TensorSpec((), tf.string),
        {"k": tf.TensorSpec((), tf.int64)},
    )
    return Dataset.from_generator(lambda: iter(rows), output_signature=signature)


def test_save_and_load_keep_values_nesting_and_dtypes(tmp_path):
    mixed().save(str(tmp_path / "data"))
    loaded = Dataset.load(str(tmp_path / "data"))
    assert len(loaded) == 4
    assert loaded.element_spec == mixed().element_spec
    for (x, text, inner), (x2, text2, inner2) in zip(mixed(), loaded):
        assert x.numpy().tolist() == x2.numpy().tolist()
        assert text.numpy() == text2.numpy()
        assert inner["k"].numpy() == inner2["k"].numpy()


def test_save_keeps_bfloat16_bits(tmp_path):
    numbers = tf.cast(tf.constant([1.5, -0.0, 3e38]), tf.bfloat16)
    Dataset.from_tensors(numbers).save(tmp_path)
    loaded = Dataset.load(tmp_path).get_single_element()
    assert loaded.dtype == tf.bfloat16
    assert loaded.numpy().view(np.uint16).tolist() == numbers.numpy().view(np.uint16).tolist()


def test_load_of_nothing(tmp_path):
    with pytest.raises(tf.errors.NotFoundError, match="no saved dataset"):
        Dataset.load(str(tmp_path / "nothing"))


@pytest.mark.parametrize("keep", [lambda d, path: d.cache(path), lambda d, path: d.snapshot(path)])
def test_a_file_cache_serves_later_programs(tmp_path, keep):
    calls = []
    path = str(tmp_path / "kept")

    def make():
        counted = Dataset.range(3).map(lambda x: calls.append(int(x)) or {"x": x})
        return keep(counted, path)

    first = [int(e["x"]) for e in make()]
    again = [int(e["x"]) for e in make()]
    assert first == again == [0, 1, 2]
    assert calls == [0, 1, 2]


def test_text_lines(tmp_path):
    plain, packed = tmp_path / "a.txt", tmp_path / "b.gz"
    plain.write_bytes(b"one\r\ntwo\n\nthree")
    packed.write_bytes(gzip.compress(b"four\n"))
    lines = tf.data.TextLineDataset(str(plain))
    assert isinstance(lines, Dataset)
    assert list(lines.as_numpy_iterator()) == [b"one", b"two", b"", b"three"]
    assert [x.tolist() for x in lines.batch(3).as_numpy_iterator()][1] == [b"three"]
    unpacked = tf.data.TextLineDataset([str(packed)], compression_type="GZIP")
    assert list(unpacked.as_numpy_iterator()) == [b"four"]
    names = Dataset.from_tensor_slices([str(plain), str(plain)])
    assert len(list(tf.data.TextLineDataset(names))) == 8
    with pytest.raises(tf.errors.NotFoundError, match="No such file"):
        list(tf.data.TextLineDataset(str(tmp_path / "missing")))


def test_list_files(tmp_path):
    for name in ("b.txt", "a.txt", "c.csv"):
        (tmp_path / name).touch()
    pattern = str(tmp_path / "*.txt")
    found = list(Dataset.list_files(pattern, shuffle=False).as_numpy_iterator())
    assert found == [str(tmp_path / name).encode() for name in ("a.txt", "b.txt")]
    assert sorted(Dataset.list_files(pattern, seed=1).as_numpy_iterator()) == found
    both = Dataset.list_files([pattern, str(tmp_path / "*.csv")], shuffle=False)
    assert len(both) == 3
    with pytest.raises(tf.errors.InvalidArgumentError, match="No files matched pattern"):
        Dataset.list_files(str(tmp_path / "*.png"))


def test_a_saved_set_that_names_another_folder(tmp_path):
    for name in ("mine", "secret"):
        tf.data.Dataset.range(3).save(str(tmp_path / name))
    place = tmp_path / "mine" / "snapshot.metadata"
    metadata = SnapshotMetadataRecord.FromString(place.read_bytes())
    (run,) = (path.name for path in (tmp_path / "secret").iterdir() if path.is_dir())
    for name in (f"../secret/{run}", "*", str(tmp_path / "secret" / run), ""):
        metadata.run_id = name
        place.write_bytes(metadata.SerializeToString())
        with (
            pytest.raises(tf.errors.DataLossError, match="is no number"),
            audit.only(tmp_path / "mine"),
        ):
            tf.data.Dataset.load(str(tmp_path / "mine"))


def test_a_damaged_cache_file(tmp_path):
    path = tmp_path / "c"

    def cached():
        return list(tf.data.Dataset.from_tensor_slices([[1.0], [2.0]]).cache(str(path)))

    assert len(cached()) == 2
    (file,) = [found for found in tmp_path.rglob("*.npz")]
    arrays = dict(np.load(file))
    wrong = {
        "values_0": arrays["values_0"][:4],
        "shapes_0": np.array([[1], [-1]]),
        "head": np.frombuffer(b'{"structure": {"tuple": [0, 1]}, "dtypes": ["float32"]}', np.uint8),
    }
    for name, value in wrong.items():
        with open(file, "wb") as opened:
            np.savez(opened, **{**arrays, name: value})
        with pytest.raises(tf.errors.DataLossError, match="holds no elements"):
            cached()
    file.write_bytes(b"PK")
    with pytest.raises(tf.errors.DataLossError, match="holds no elements"):
        cached()
