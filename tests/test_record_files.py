"""Files of data: TensorFlow's figures and files (oracles/make_files.py), malformed bytes, gfile."""

import base64
import gzip
import importlib.util
import json
import pathlib
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parent / "oracles"
sys.path.insert(0, str(ORACLES))
import check_files  # noqa: E402
from files_cases import example, messages, names, shown  # noqa: E402

GOLDEN = json.loads((ORACLES / "golden" / "files.json").read_text())
DataLossError, InvalidArgumentError = tf.errors.DataLossError, tf.errors.InvalidArgumentError


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder with the files that TensorFlow wrote."""
    for name, content in GOLDEN["files"].items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("expression", "wanted"), GOLDEN["results"], ids=[row[0] for row in GOLDEN["results"]]
)
def test_figures_are_tensorflow_s(expression, wanted):
    given = names(tf)
    assert shown(tf, eval(expression, given)) == wanted
    if "parse_tensor" in expression:  # the rank is in the data: no trace holds it
        return
    rows = {name: tf.constant(x) for name, x in given.items() if isinstance(x, bytes)}
    traced = tf.function(lambda rows: eval(expression, {**given, **rows}))
    assert shown(tf, traced(rows)) == wanted
    assert not [line for line in traced.explain().splitlines() if "eager" in line.lower()]


@pytest.mark.parametrize(
    ("expression", "fault"), GOLDEN["faults"], ids=[row[0] for row in GOLDEN["faults"]]
)
def test_faults_are_tensorflow_s(expression, fault, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception) as caught:
        eval(expression, names(tf))
    assert fault in [cls.__name__ for cls in type(caught.value).__mro__], caught.value


def test_rows_of_unknown_number():
    spec = {"a": tf.io.FixedLenFeature([2], tf.int64), "s": tf.io.VarLenFeature(tf.string)}
    rows = [row.SerializeToString() for row in (messages(tf)["a"], messages(tf)["b"])]

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def parse(x):
        found = tf.io.parse_example(x, spec)
        assert found["a"].shape[0] in (None, 0) and found["a"].shape[1] == 2
        return found

    for count in (0, 1, 2):
        assert parse(tf.constant(rows[:count], tf.string))["a"].shape == (count, 2)


def test_rows_laid_out_alike_and_others_give_the_same():
    # Rows that are laid out as another one was are not looked into: they must come out the same.
    draw = np.random.default_rng(3)
    rows = []
    for _ in range(200):
        features = {
            "a": draw.integers(-3 if draw.random() < 0.1 else 0, 300, 2).tolist(),
            "f": draw.random(3).tolist(),
            "s": [bytes(draw.choice(list(b"xyz"), draw.integers(1, 3)).tolist())],
            "n": draw.integers(0, 9, draw.integers(0, 3)).tolist(),
        }
        if draw.random() < 0.1:
            features.pop("n")
        rows.append(example(tf, **features).SerializeToString())
    kinds = {
        "a": tf.io.FixedLenFeature([2], tf.int64),
        "f": tf.io.FixedLenFeature([3], tf.float32),
        "s": tf.io.FixedLenFeature([], tf.string),
        "n": tf.io.RaggedFeature(tf.int64),
    }
    found = tf.io.parse_example(rows, kinds)
    singles = [tf.io.parse_single_example(row, kinds) for row in rows]
    for name in "afs":
        wanted = np.stack(
            [np.asarray(one[name].numpy(), found[name].numpy().dtype) for one in singles]
        )
        assert found[name].numpy().tolist() == wanted.tolist()
    assert found["n"].to_list() == [one["n"].numpy().tolist() for one in singles]
    bad = example(tf, n=[1, 2]).SerializeToString()
    for broken in (bad[:-1] + b"\xff", bad[:-2] + b"\x80\x80"):
        with pytest.raises(InvalidArgumentError, match="does not end"):
            tf.io.parse_example([bad] * 9 + [broken] + [bad], {"n": tf.io.VarLenFeature(tf.int64)})


@pytest.mark.parametrize("shape", [[0], [0, 3]])
def test_features_of_no_values(shape):
    rows = [example(tf, a=[1]).SerializeToString(), example(tf, a=[2], z=[]).SerializeToString()]
    kinds = {"z": tf.io.FixedLenFeature(shape, tf.int64, [])}
    assert tf.io.parse_example(rows, kinds)["z"].shape == [2, *shape]
    assert [tf.io.parse_single_example(row, kinds)["z"].shape for row in rows] == [shape] * 2


# -- messages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOLDEN["messages"])
def test_messages_are_protobuf_s(name):
    row = messages(tf)[name]
    data, text = GOLDEN["messages"][name]
    assert row.SerializeToString(deterministic=True) == base64.b64decode(data)
    read = type(row).FromString(base64.b64decode(data))
    assert read == row
    # a map has no order: lines are the same, in another one
    assert sorted(str(read).splitlines()) == sorted(text.splitlines())


def test_a_message_is_part_of_its_owner_once_it_is_changed():
    row = tf.train.Example()
    assert not row.HasField("features") and row.features is row.features
    x = row.features.feature["x"]
    assert row.HasField("features") and x.WhichOneof("kind") is None
    x.int64_list.value.append(3)
    assert x.WhichOneof("kind") == "int64_list"
    x.float_list.value.extend([1, 2])
    assert x.WhichOneof("kind") == "float_list" and not x.HasField("int64_list")
    x.ClearField("float_list")
    assert str(x) == "" and "x" in row.features.feature and "y" not in row.features.feature


def test_messages_are_copied_never_shared():
    inner = tf.train.Int64List(value=[1])
    row = tf.train.Feature(int64_list=inner)
    inner.value.append(2)
    assert row.int64_list.value == [1]
    other = tf.train.Feature()
    other.CopyFrom(row)
    other.int64_list.value[0] = 5
    other.MergeFrom(row)
    assert other.int64_list.value == [5, 1] and row.int64_list.value == [1]


def test_what_a_message_was_made_of_may_change_afterwards():
    numbers = [1, 2]
    feature = tf.train.Feature(int64_list=tf.train.Int64List(value=numbers))
    numbers.append(3)
    holder = tf.train.Features(feature={"b": feature, "a": feature})
    feature.int64_list.value.append(9)
    assert holder.feature["a"].int64_list.value == [1, 2]
    holder.feature["b"].float_list.value.append(0.5)
    assert holder.feature["b"].WhichOneof("kind") == "float_list"
    written = [list(tf.train.Features.FromString(data).feature) for data in (
        holder.SerializeToString(), holder.SerializeToString(deterministic=True))]  # fmt: skip
    assert written == [["b", "a"], ["a", "b"]]


def test_values_given_together():
    floats, ints = tf.train.FloatList(value=[1]), tf.train.Int64List(value=[2])
    both = tf.train.Feature(int64_list=ints, float_list=floats)
    assert both.WhichOneof("kind") == "float_list"
    assert tf.train.Feature(float_list=floats, int64_list=None).float_list.value == [1.0]
    assert tf.train.Feature(float_list={}).WhichOneof("kind") == "float_list"
    assert tf.train.Feature(float_list=None).WhichOneof("kind") is None
    with pytest.raises(ValueError, match='no "floats" field'):
        tf.train.Feature(float_list=floats, floats=floats)


@pytest.mark.parametrize("count", [1, 15, 16, 200])
def test_many_whole_numbers_are_written_as_one_by_one(count):
    rng = np.random.default_rng(count)
    numbers = (rng.integers(-(2**63), 2**63, count) >> rng.integers(0, 63, count)).tolist()
    whole = tf.train.Int64List(value=numbers).SerializeToString()
    one_by_one = [tf.train.Int64List(value=[n]).SerializeToString()[2:] for n in numbers]
    assert whole.endswith(b"".join(one_by_one))
    assert tf.train.Int64List.FromString(whole).value == numbers
    assert tf.train.Int64List(value=np.array(numbers)).SerializeToString() == whole
    for wrong in ([*numbers, 2**63], [*numbers, True], [*numbers, 0.5], 3):
        with pytest.raises((TypeError, ValueError)):
            tf.train.Int64List(value=wrong)


def test_unknown_fields_are_kept():
    data = example(tf, a=[1]).SerializeToString() + b"\x18\x07" + b"\x22\x02ab" + b"\x2d1234"
    row = tf.train.Example.FromString(data)
    assert row.SerializeToString() == data
    assert row.features.feature["a"].int64_list.value == [1]


def test_numbers_that_are_not_packed_are_read():
    data = b"\n\r\n\x0b\n\x01a\x12\x06\x1a\x04\x08\x01\x08\x02"  # as TensorFlow makes of JSON
    assert tf.train.Example.FromString(data).features.feature["a"].int64_list.value == [1, 2]
    found = tf.io.parse_single_example(data, {"a": tf.io.FixedLenFeature([2], tf.int64)})
    assert found["a"].numpy().tolist() == [1, 2]
    text = '{"features": {"feature": {"a": {"int64List": {"value": [1, "2"]}}}}}'
    made = tf.io.decode_json_example(text).numpy()
    assert tf.train.Example.FromString(made) == tf.train.Example.FromString(data)


def test_tensors_as_messages():
    proto = tf.make_tensor_proto([1.0, 2.0])
    assert str(proto).splitlines()[0] == "dtype: DT_FLOAT"
    assert proto.SerializeToString() == tf.io.serialize_tensor([1.0, 2.0]).numpy()
    assert tf.make_ndarray(proto).tolist() == [1.0, 2.0]


def test_complex_numbers_of_messages():
    proto = tf.make_tensor_proto([1 + 2j])
    shape, values = proto.tensor_shape, [1.0, float("inf"), 2.0]  # the last one lacks its half
    proto = type(proto)(dtype=proto.dtype, tensor_shape=shape, dcomplex_val=values)
    (found,) = tf.make_ndarray(proto)
    assert (found.real, found.imag) == (1.0, float("inf"))


def test_sparse_tensors_as_strings():
    x = tf.SparseTensor([[0, 1], [2, 0], [2, 3]], [1.0, 2.0, 3.0], [4, 5])
    whole, rows = tf.io.serialize_sparse(x).numpy(), tf.io.serialize_many_sparse(x)
    assert whole[2] == b'\x08\t\x12\x04\x12\x02\x08\x02"\x10\x04' + bytes(7) + b"\x05" + bytes(7)
    assert rows.numpy()[1, 1] == b"\x08\x01\x12\x02\x12\x00"  # TensorFlow's
    back = tf.function(lambda rows: tf.io.deserialize_many_sparse(rows, tf.float32, rank=2))
    for found in (back(rows), tf.io.deserialize_many_sparse(rows, tf.float32)):
        assert tf.sparse.to_dense(found).numpy().tolist() == tf.sparse.to_dense(x).numpy().tolist()
    texts = tf.SparseTensor([[0, 1, 0], [1, 0, 2]], ["a", "b"], [2, 2, 3])
    found = tf.io.deserialize_many_sparse(tf.io.serialize_many_sparse(texts), tf.string)
    assert found.indices.numpy().tolist() == [[0, 1, 0], [1, 0, 2]]
    for call, match in (
        (lambda: tf.io.deserialize_many_sparse(rows, tf.int32), "type int32 but"),
        (lambda: tf.io.deserialize_many_sparse([["a", "b", "c"]], tf.float32), "Could not parse"),
        (lambda: tf.io.deserialize_many_sparse(["a"], tf.float32), "3 as the last dimension"),
        (lambda: tf.io.deserialize_many_sparse(rows[:0], tf.float32), "at least 1"),
        (lambda: tf.io.serialize_many_sparse(tf.SparseTensor([[0]], [1], [2])), "saw rank: 1"),
    ):
        with pytest.raises(InvalidArgumentError, match=match):
            call()


# -- bytes that are damaged ------------------------------------------------------------------------


def damaged(data, seed):
    """Versions of some bytes: cut off, with changed bytes, with bytes put in or left out."""
    draw = np.random.default_rng(seed)
    for _ in range(150 if data else 0):
        out = bytearray(data)
        for _ in range(int(draw.integers(1, 4))):
            if not out:
                break
            place, kind = int(draw.integers(len(out))), draw.integers(4)
            if kind == 0:
                out[place] = int(draw.integers(256))
            elif kind == 1:
                del out[place]
            elif kind == 2:
                out[place:place] = draw.bytes(2)
            else:
                del out[place + 1 :]
        yield bytes(out)


@pytest.mark.parametrize("name", ["a", "big", "s"])
def test_damaged_messages_are_refused_or_read(name):
    row = messages(tf)[name]
    kinds = {"a": tf.io.VarLenFeature(tf.int64), "s": tf.io.VarLenFeature(tf.string)}
    lists = {"ids": tf.io.RaggedFeature(tf.int64), "fl": tf.io.VarLenFeature(tf.float32)}
    for data in damaged(row.SerializeToString(), name.encode()[0]):
        for read in (
            type(row).FromString,
            lambda data: tf.io.parse_single_example(data, kinds),
            lambda data: tf.io.parse_sequence_example([data], kinds, lists),
        ):
            try:
                read(data)
            except (DataLossError, InvalidArgumentError) as fault:
                assert str(fault)


def test_damaged_records_are_refused_or_read(tmp_path):
    path = str(tmp_path / "rows")
    for compression in ("", "GZIP"):
        with tf.io.TFRecordWriter(path, compression) as writer:
            for record in (b"abc", b"", b"x" * 3000):
                writer.write(record)
        whole = pathlib.Path(path).read_bytes()
        for data in damaged(whole, 3):
            pathlib.Path(path).write_bytes(data)
            try:
                found = [row.numpy() for row in tf.data.TFRecordDataset(path, compression)]
            except DataLossError as fault:
                assert "rows; " in str(fault)
            else:
                assert [b"abc", b"", b"x" * 3000][: len(found)] == found


def test_damaged_tensors_and_saved_data_sets(tmp_path):
    for data in damaged(tf.io.serialize_tensor([[1.0, 2.0]]).numpy(), 5):
        try:
            tf.io.parse_tensor(data, tf.float32)
        except InvalidArgumentError as fault:
            assert "[parse_tensor]" in str(fault)
    folder = str(tmp_path / "saved")
    tf.data.Dataset.range(3).save(folder)
    for place in tmp_path.rglob("*.*"):
        if not place.is_file():
            continue
        whole = place.read_bytes()
        for data in list(damaged(whole, 7))[:40]:
            place.write_bytes(data)
            try:
                list(tf.data.Dataset.load(folder))
            except (tf.errors.OpError, NotImplementedError, ValueError, TypeError) as fault:
                assert str(fault)
        place.write_bytes(whole)


def test_a_length_nobody_can_believe_allocates_nothing(tmp_path):
    path = tmp_path / "rows"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(b"abc")
    data = bytearray(path.read_bytes())
    data[5] = 0x7F  # some terabytes
    path.write_bytes(data)
    with pytest.raises(DataLossError, match=r"corrupted record at 0 .*even a TFRecord"):
        list(tf.data.TFRecordDataset(str(path)))
    with pytest.raises(DataLossError, match="claims 2147483647 bytes where"):
        tf.train.Example.FromString(b"\n\xff\xff\xff\xff\x07abc")
    huge = b"\x08\x01\x12\x0c\x12\x0a\x08" + b"\x80" * 5 + b"\x01" + b"\x2d\0\0\0\0"
    with pytest.raises(InvalidArgumentError):
        tf.io.parse_tensor(huge, tf.float32)


def test_records_before_a_damaged_one_are_given(tmp_path):
    path = tmp_path / "rows"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in (b"one", b"two", b"three"):
            writer.write(record)
    data = bytearray(path.read_bytes())
    data[-6] ^= 1
    path.write_bytes(data)
    rows = iter(tf.data.TFRecordDataset(str(path)))
    assert [next(rows).numpy(), next(rows).numpy()] == [b"one", b"two"]
    with pytest.raises(DataLossError, match="corrupted record at 50"):
        next(rows)


# -- files that TensorFlow wrote -------------------------------------------------------------------


def test_files_of_tensorflow_are_read(files):
    for compression in ("", "GZIP", "ZLIB"):
        rows = tf.data.TFRecordDataset(f"rows{compression}", compression)
        assert [row.numpy() for row in rows] == check_files.RECORDS
    wanted = check_files.values(check_files.dataset(tf))
    for name, compression in (("saved", None), ("saved_gzip", "GZIP")):
        loaded = tf.data.Dataset.load(name, compression=compression)
        assert check_files.values(loaded) == wanted
        assert loaded.element_spec == check_files.dataset(tf).element_spec and len(loaded) == 3


def test_plain_record_files_are_the_same_bytes(files):
    with tf.io.TFRecordWriter("ours") as writer:
        for record in check_files.RECORDS:
            writer.write(record)
    assert pathlib.Path("ours").read_bytes() == pathlib.Path("rows").read_bytes()


def test_our_files_are_read_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_files.write(tf, str(tmp_path / "ours"))
    check_files.read(tf, str(tmp_path / "ours"))


def test_several_files_are_read_in_order_or_in_turn(tmp_path):
    paths = []
    for n in range(3):
        paths.append(str(tmp_path / f"rows{n}"))
        with tf.io.TFRecordWriter(paths[-1]) as writer:
            for k in range(2):
                writer.write(b"%d%d" % (n, k))
    read = lambda **k: [x.numpy() for x in tf.data.TFRecordDataset(paths, **k)]  # noqa: E731
    assert read() == [b"00", b"01", b"10", b"11", b"20", b"21"]
    assert read(num_parallel_reads=2) == [b"00", b"10", b"01", b"11", b"20", b"21"]
    named = tf.data.TFRecordDataset(tf.data.Dataset.from_tensor_slices(paths[::-1]))
    assert next(iter(named)).numpy() == b"20"


def test_flush_makes_records_readable(tmp_path):
    path = str(tmp_path / "rows")
    for options in (None, tf.io.TFRecordOptions("ZLIB", compression_level=9)):
        writer = tf.io.TFRecordWriter(path, options)
        writer.write(b"a")
        writer.flush()
        kind = options and options.compression_type
        assert [x.numpy() for x in tf.data.TFRecordDataset(path, kind)] == [b"a"]
        writer.close()
        writer.close()
        with pytest.raises(tf.errors.FailedPreconditionError, match="closed"):
            writer.write(b"b")


def test_a_writer_that_is_given_up_has_written_all(tmp_path):
    path = str(tmp_path / "rows")
    writer = tf.io.TFRecordWriter(path)
    writer.write(b"a")
    del writer
    assert [x.numpy() for x in tf.data.TFRecordDataset(path)] == [b"a"]


def test_records_longer_than_what_is_read_at_once(tmp_path):
    path = str(tmp_path / "rows")
    records = [bytes([n]) * size for n, size in enumerate((1, 5 << 20, 7, 70_000, 3 << 20, 0))]
    with tf.io.TFRecordWriter(path) as writer:
        for record in records:
            writer.write(record)
    assert [row.numpy() for row in tf.data.TFRecordDataset(path)] == records


def test_checksums_first_asked_for_by_several_threads():
    spec = importlib.util.find_spec("tensorbrook.base.checksums")
    fresh = importlib.util.module_from_spec(spec)  # which has made no table yet
    spec.loader.exec_module(fresh)
    together = threading.Barrier(4)

    def checksum(data):
        together.wait()
        return fresh.checksums(data, [0], [99]).item()

    data = np.full(99, ord("x"), np.uint8)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(checksum, [data] * 4))
    assert found == {fresh.checksums(data, [0], [99]).item()}


def test_lines_and_records_of_one_length(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"HHaabbccF")
    fixed = lambda *a, **k: [  # noqa: E731
        x.numpy() for x in tf.data.FixedLengthRecordDataset(str(path), *a, **k)
    ]
    assert fixed(2, 2, 1) == [b"aa", b"bb", b"cc"]
    with pytest.raises(InvalidArgumentError, match=r"body length 6 bytes.*record length .4 bytes"):
        fixed(4, 2, 1)
    path.write_bytes(zlib.compress(b"HHaabbccF"))
    assert fixed(2, 2, 1, compression_type="ZLIB") == [b"aa", b"bb", b"cc"]
    path.write_bytes(b"a\r\nb\n\nc\rd\r")
    assert [x.numpy() for x in tf.data.TextLineDataset(str(path))] == [b"a", b"b", b"", b"cd"]
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert [x.numpy() for x in tf.data.TextLineDataset(str(path), "GZIP")] == [b"a", b"b"]
    with pytest.raises(DataLossError, match="inflate"):
        list(tf.data.TextLineDataset(str(path), "ZLIB"))


def test_packed_bytes_that_follow_each_other():
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    found = tf.io.decode_compressed([packed, packed[:20]], "GZIP").numpy().tolist()
    assert found == [gzip.decompress(packed), b"one "]  # what is cut off is given as far as it goes
    with pytest.raises(DataLossError, match="inflate"):
        tf.io.decode_compressed(packed + b"more", "GZIP")
    packed = zlib.compress(b"one ")
    assert tf.io.decode_compressed(packed + b"more", "ZLIB").numpy() == b"one "


# -- tables ----------------------------------------------------------------------------------------


def table(tmp_path, text, *args, **kwargs):
    path = tmp_path / "t.csv"
    path.write_bytes(text)
    rows = tf.data.experimental.CsvDataset(str(path), *args, **kwargs)
    return [tuple(x.numpy().item() if x.dtype != tf.string else x.numpy() for x in r) for r in rows]


def test_csv_data_sets(tmp_path):
    assert table(tmp_path, b"1,2.5,a\n3,,b\n", [tf.int32, 1.5, ""]) == [
        (1, 2.5, b"a"),
        (3, 1.5, b"b"),
    ]
    assert table(tmp_path, b"h,i\n1,2\r\n3,4\r5,6", [0, 0], header=True) == [(1, 2), (3, 4), (5, 6)]
    assert table(tmp_path, b'"a\nb",2\n"a ""q""",3', ["", 0]) == [(b"a\nb", 2), (b'a "q"', 3)]
    assert table(tmp_path, b"1,2,3\n", [0, 0], exclude_cols=[1]) == [(1, 3)]
    assert table(tmp_path, b"\n\n1\n", [""]) == [(b"",), (b"",), (b"1",)]
    for text, defaults, problem in (
        (b"1,2\n3\n", [0, 0], "Expect 2 fields but have 1"),
        (b",1\n", [tf.int32, 0], "Field 0 is required but missing"),
        (b"x,2\n", [0, 0], "Field 0 in record is not a valid int32: x"),
        (b'"ab', [""], "end of file without closing quoted"),
        (b'"a"b,2', ["", 0], "escaped by another quote"),
    ):
        with pytest.raises(InvalidArgumentError, match=problem):
            table(tmp_path, text, defaults)


def test_delimiters_are_of_one_byte(tmp_path):
    for call in (
        lambda: tf.io.decode_csv(['1é"2"'], [[0], [0]], field_delim="é"),
        lambda: table(tmp_path, b"", [0], field_delim="é"),
    ):
        with pytest.raises(InvalidArgumentError, match="only 1 char"):
            call()


PEOPLE = b"name,age,score,ok,big\nann,3,1.5,x,99999999999\nbob,,2,y,1\ncy,5,,z,2\n"


def batches(tmp_path, **kwargs):
    path = tmp_path / "m.csv"
    path.write_bytes(PEOPLE)
    made = tf.data.experimental.make_csv_dataset(
        str(path), 2, **{"shuffle": False, "num_epochs": 1, **kwargs}
    )
    return made, tf.nest.map_structure(lambda x: x.tolist(), list(made.as_numpy_iterator()))


def test_make_csv_dataset_finds_names_and_dtypes(tmp_path):
    made, found = batches(tmp_path)
    dtypes = [spec.dtype.name for spec in made.element_spec.values()]
    assert dtypes == ["string", "int32", "float32", "string", "int64"]
    assert found[0] == {
        "name": [b"ann", b"bob"],
        "age": [3, 0],
        "score": [1.5, 2.0],
        "ok": [b"x", b"y"],
        "big": [99999999999, 1],
    }
    assert found[1]["name"] == [b"cy"]
    made, found = batches(tmp_path, label_name="age", select_columns=["name", "age"])
    assert found[0] == ({"name": [b"ann", b"bob"]}, [3, 0])
    made, found = batches(tmp_path, na_value="x")
    assert found[0]["ok"] == [b"", b"y"]
    typed = [tf.string, tf.int32, tf.float32, tf.string, tf.int64]
    made, found = batches(tmp_path, column_defaults=typed, ignore_errors=True)
    assert [e["name"] for e in found] == [[b"ann"]]
    (tmp_path / "none.csv").write_text("a,b\n1,\n2,\n")
    made = tf.data.experimental.make_csv_dataset(str(tmp_path / "none.csv"), 2)
    assert made.element_spec["b"].dtype is tf.string  # no value told another


def test_make_csv_dataset_in_whole_batches_for_ever(tmp_path):
    batches(tmp_path)
    made = tf.data.experimental.make_csv_dataset(str(tmp_path / "m.csv"), 3, shuffle_seed=5)
    assert made.element_spec["age"].shape == (3,)
    assert len(list(made.take(3))) == 3
    tf.random.set_seed(1)
    made = tf.data.experimental.make_csv_dataset(
        str(tmp_path / "m.csv"), 3, shuffle_seed=5, num_epochs=2
    )
    order = [e["name"].tolist() for e in made.as_numpy_iterator()]
    assert order == [[b"ann", b"bob", b"cy"], [b"bob", b"cy", b"ann"]]  # TensorFlow's


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"label_name": "zz"}, "must be one of the columns"),
        ({"select_columns": ["q"]}, "specified in `select_columns`"),
        ({"column_names": ["a"]}, "has 5 fields. Expected: 1"),
        ({"header": False}, "Expected `column_names` or `header`"),
        ({"column_names": ["a", "b", "b", "c", "d"]}, "duplicate column names"),
        ({"column_defaults": [0]}, "has 1 entries for 5 columns"),
    ],
)
def test_make_csv_dataset_wrong_calls(tmp_path, kwargs, match):
    with pytest.raises(ValueError, match=match):
        batches(tmp_path, **kwargs)


def test_batches_of_examples_and_databases(tmp_path):
    path = str(tmp_path / "rows")
    with tf.io.TFRecordWriter(path) as writer:
        for n in range(5):
            writer.write(example(tf, x=[n], y=[float(n)]).SerializeToString())
    features = {
        "x": tf.io.FixedLenFeature([], tf.int64),
        "y": tf.io.FixedLenFeature([], tf.float32),
    }
    made = tf.data.experimental.make_batched_features_dataset(
        path, 2, features, label_key="x", shuffle=False, num_epochs=1
    )
    found = [(e["y"].tolist(), label.tolist()) for e, label in made.as_numpy_iterator()]
    assert found == [([0.0, 1.0], [0, 1]), ([2.0, 3.0], [2, 3]), ([4.0], [4])]
    sqlite3 = pytest.importorskip("sqlite3")
    place = str(tmp_path / "d.db")
    connection = sqlite3.connect(place)
    connection.execute("create table t (a integer, b text, c real)")
    connection.execute("insert into t values (1, 'x', 2.5), (2, 'y', 3.5)")
    connection.commit()
    connection.close()
    query = lambda *a: list(  # noqa: E731
        tf.data.experimental.SqlDataset("sqlite", place, *a).as_numpy_iterator()
    )
    kinds = tf.int32, tf.string, tf.float64
    assert query("select * from t", kinds) == [(1, b"x", 2.5), (2, b"y", 3.5)]
    with pytest.raises(InvalidArgumentError, match="number of columns in query"):
        query("select a, b from t", (tf.int64,))
    with pytest.raises(tf.errors.UnknownError, match="no such column"):
        query("select q from t", (tf.int64,))


# -- gfile -----------------------------------------------------------------------------------------


def test_names_of_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tf.io.write_file(f"file://{tmp_path}/new/a.txt", "hi")
    assert tf.io.gfile.listdir(".") == ["new"] and tf.io.gfile.listdir("new") == ["a.txt"]
    with pytest.raises(tf.errors.UnimplementedError, match="'gs' not implemented"):
        tf.io.write_file("gs://bucket/a.txt", "hi")
    with pytest.raises(tf.errors.AlreadyExistsError, match=r"a\.txt"):
        tf.io.write_file("new/a.txt/b", "hi")
    assert tf.io.gfile.listdir(".") == ["new"]
    tf.io.write_file(b"new/\xff.txt", "no UTF-8")
    assert tf.io.matching_files("new/*.txt").numpy().tolist() == [b"new/a.txt", b"new/\xff.txt"]
    names = tf.data.Dataset.list_files("new/*.txt", shuffle=False)
    assert list(names.as_numpy_iterator()) == [b"new/a.txt", b"new/\xff.txt"]


def test_gfile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    g = tf.io.gfile
    with g.GFile("a.txt", "w") as file:
        file.write("héllo\nworld\n")
        assert (file.tell(), file.name, file.mode) == (13, "a.txt", "w")
        with pytest.raises(tf.errors.PermissionDeniedError, match="isn't open for reading"):
            file.read()
    with g.GFile("a.txt") as file:
        assert (file.size(), file.readline(), file.tell(), file.read(2)) == (13, "héllo\n", 7, "wo")
        assert (file.readlines(), file.read()) == (["rld\n"], "")
        file.seek(0)
        assert list(file) == ["héllo\n", "world\n"]
        with pytest.raises(tf.errors.PermissionDeniedError, match="isn't open for writing"):
            file.write("x")
    assert g.GFile("a.txt", "rb").readline() == "héllo\n".encode()
    with g.GFile("a.txt", "a") as file:
        file.write(b"!")
    assert g.stat("a.txt").length == 14 and not g.stat("a.txt").is_directory
    g.copy("a.txt", "b.txt")
    for move in (g.copy, g.rename):
        with pytest.raises(tf.errors.AlreadyExistsError):
            move("a.txt", "b.txt")
    g.rename("a.txt", "b.txt", overwrite=True)
    assert not g.exists("a.txt") and g.exists(pathlib.Path("b.txt")) and g.exists(b"b.txt")
    g.mkdir("d")
    g.mkdir("d")
    g.makedirs("d/e/f")
    assert (g.listdir("d"), g.isdir("d"), g.isdir("b.txt")) == (["e"], True, False)
    assert g.glob("*") == ["./b.txt", "./d"] and g.glob(["d/*", "q*"]) == ["d/e"]
    assert g.glob("b.txt") == ["b.txt"]
    assert list(g.walk(".")) == [
        (".", ["d"], ["b.txt"]),
        ("./d", ["e"], []),
        ("./d/e", ["f"], []),
        ("./d/e/f", [], []),
    ]
    with pytest.raises(tf.errors.FailedPreconditionError):
        g.remove("d")
    g.rmtree("d")
    assert not g.exists("d") and g.join("a", "b") == "a/b"
    with pytest.raises(tf.errors.UnimplementedError, match="'gs' not implemented"):
        g.exists("gs://bucket/file")
    with pytest.raises(tf.errors.NotFoundError, match=r"no/dir\.txt"):
        g.GFile("no/dir.txt", "w").write("x")
