"""Writers that are killed, meet a full disk or each other; readers of files that are damaged."""

import os
import pathlib
import random
import resource
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tensorbrook as tf
from tensorbrook.base import checksums
from tensorbrook.base.errors import DataLossError, OpError
from tensorbrook.checkpoint.graph import GRAPH_KEY
from tensorbrook.core.trackable import restorations
from tensorbrook.formats import sstable
from tensorbrook.formats.bundle import Bundle, data_names, write_bundle
from tensorbrook.formats.graph_messages import (
    BundleEntryProto,
    BundleHeaderProto,
    TrackableObjectGraph,
)
from tensorbrook.formats.sstable import read_table, table_bytes

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import audit

# Writes bundles of one number each, for ever; says so after the first.
WRITER = """
import itertools, sys
import numpy as np
from tensorbrook.checkpoint.graph import GRAPH_KEY
from tensorbrook.formats.bundle import write_bundle
sizes = [(name, 40_000 + 7000 * n) for n, name in enumerate(["a", "b", "c/d"])]
for n in itertools.count(int(sys.argv[2])):
    write_bundle(sys.argv[1], {name: np.full(size, n) for name, size in sizes})
    print(n, flush=True)
"""


def write_on(prefix, start=0):
    command = [sys.executable, "-c", WRITER, str(prefix), str(start)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    return process


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def number_of(prefix):
    """The number that all arrays of a bundle are full of."""
    with Bundle(prefix) as bundle:
        found = {int(x) for name in bundle for x in np.unique(bundle[name])}
        assert sorted(bundle) == ["a", "b", "c/d"]
    assert len(found) == 1, found
    return found.pop()


def test_killed_at_random_moments(tmp_path):
    prefix, last = tmp_path / "bundle", -1
    for _ in range(6):
        process = write_on(prefix, last + 1)
        time.sleep(random.uniform(0, 0.3))
        kill(process)
        found = number_of(prefix)
        assert found > last
        last = found
    write_bundle(prefix, {"a": np.zeros(1)})  # which clears what they have left
    names = sorted(path.name for path in tmp_path.iterdir() if ".index." not in path.name)
    assert names == ["bundle.data-00000-of-00001", "bundle.index"]


def test_two_writers_and_a_reader(tmp_path):
    prefix = tmp_path / "bundle"
    writers = [write_on(prefix, start) for start in (0, 1_000_000)]
    try:
        seen = {number_of(prefix) for _ in range(100)}
    finally:
        for writer in writers:
            kill(writer)
    assert number_of(prefix) >= 0
    assert len(seen) > 3


@pytest.fixture
def small_files():
    """No file may have more than 100 kB; what is too much is an error, as of a full disk."""
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, old)


def test_full_disk(tmp_path, small_files):
    v = tf.Variable(np.ones(1000))
    checkpoint = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(checkpoint, tmp_path, 2)
    first = manager.save()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    checkpoint.large = tf.Variable(np.ones(100_000))
    v.assign(v * 2)
    with pytest.raises(OpError, match="large"):
        manager.save()
    with pytest.raises(OpError):
        checkpoint.write(first)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert int(checkpoint.save_counter) == 1
    checkpoint.restore(first).expect_partial()
    assert v.numpy()[0] == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_read_only_folder(tmp_path):
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    first = checkpoint.save(tmp_path / "ck")
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(tf.errors.PermissionDeniedError, match="ck-2"):
            checkpoint.save(tmp_path / "ck")
        checkpoint.restore(first).assert_consumed()
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_folder_in_place_of_a_file(tmp_path):
    (tmp_path / "ck-1.index").mkdir()
    with pytest.raises(OpError, match=r"ck-1\.index"):
        tf.train.Checkpoint(v=tf.Variable(1.0)).save(tmp_path / "ck")
    (tmp_path / "a_file").write_text("")
    with pytest.raises(OpError, match="a_file"):
        tf.train.Checkpoint(v=tf.Variable(1.0)).save(tmp_path / "a_file" / "ck")


# -- damaged files ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("intact") / "ck"
    layer = tf.keras.layers.Dense(3)
    layer.build((None, 50))
    tf.train.Checkpoint(layer=layer, text=tf.Variable(["one", "two"])).write(prefix)
    return {path.suffix[1:]: path.read_bytes() for path in prefix.parent.iterdir()}


def refused(files, folder):
    """That a checkpoint is refused with the name of its files, and changes nothing."""
    for suffix, data in files.items():
        (folder / f"ck.{suffix}").write_bytes(data)
    layer = tf.keras.layers.Dense(3, kernel_initializer="zeros", bias_initializer="ones")
    layer.build((None, 50))
    checkpoint = tf.train.Checkpoint(layer=layer, text=tf.Variable(["", ""]))
    with pytest.raises(DataLossError, match=str(folder / "ck")):
        checkpoint.read(folder / "ck")
    assert not layer.kernel.numpy().any() and layer.bias.numpy().all()
    assert checkpoint.text.numpy().tolist() == [b"", b""]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_flipped_bits_and_cut_files(intact, tmp_path_factory, data):
    suffix = data.draw(st.sampled_from(sorted(intact)))
    content = bytearray(intact[suffix])
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[place:]
    refused(intact | {suffix: bytes(content)}, tmp_path_factory.mktemp("damaged"))


@settings(max_examples=200, deadline=None)
@given(
    entries=st.dictionaries(st.binary(max_size=40), st.binary(max_size=200), max_size=300),
)
def test_tables_of_any_entries(entries):
    table = table_bytes(sorted(entries.items()))
    assert read_table(table, "table") == entries


def resealed(change, data, prefix):
    """An index with another entry of x, its checksums right."""
    entries = read_table(data, "index")
    change(entries)
    prefix.with_suffix(".index").write_bytes(table_bytes(sorted(entries.items())))


def _entry(**fields):
    dims = [{"size": size} for size in fields.pop("shape", ())]
    return BundleEntryProto(shape={"dim": dims}, **fields).SerializeToString()


LIES = {
    "more than the file has": _entry(dtype=1, shape=[10**9], size=4 * 10**9),
    "a shape that does not fit": _entry(dtype=1, shape=[10**12], size=400),
    "a negative place": _entry(dtype=1, shape=[100], size=400, offset=-400),
    "negative sizes": _entry(dtype=1, shape=[-10, -10], size=400),
    "a size of less than nothing": _entry(dtype=1, shape=[0], size=-4),
    "sizes beyond 64 bits": _entry(dtype=1, shape=[2**62] * 4, size=400),
    "many dimensions": _entry(dtype=1, shape=[1] * 300, size=4),
    "another file": _entry(dtype=1, shape=[100], size=400, shard_id=3),
    "a negative file": _entry(dtype=1, shape=[100], size=400, shard_id=-1),
    "strings": _entry(dtype=7, shape=[10**9], size=400),
    "strings without lengths": _entry(dtype=7, shape=[3], size=2),
    "parts that are missing": _entry(
        dtype=1, shape=[100], slices=[{"extent": [{"start": 0, "length": 100}]}]
    ),
    "no entry": b"\xff\xff\xff",
}


@pytest.mark.parametrize("lie", LIES)
def test_lies_with_right_checksums(lie, tmp_path):
    prefix = tmp_path / "ck"
    write_bundle(prefix, {"x": np.zeros(100, np.float32)})
    data = (tmp_path / "ck.index").read_bytes()
    resealed(lambda entries: entries.update({b"x": LIES[lie]}), data, prefix)
    with pytest.raises(DataLossError, match=str(prefix)), Bundle(prefix) as bundle:
        bundle["x"]


def test_arrays_that_share_their_bytes(tmp_path):
    prefix = tmp_path / "ck"
    write_bundle(prefix, {"x": np.zeros(100, np.float32)})
    data = (tmp_path / "ck.index").read_bytes()
    resealed(lambda e: e.update({b"y%d" % n: e[b"x"] for n in range(9)}), data, prefix)
    with pytest.raises(DataLossError, match="more bytes together"):
        Bundle(prefix)


def test_keys_that_grow(tmp_path, monkeypatch):
    monkeypatch.setattr(sstable, "_RESTART_AFTER", 10**9)
    monkeypatch.setattr(sstable, "_BLOCK_SIZE", 10**12)
    table = table_bytes([(b"k" * 20_000 + b"%05d" % n, b"") for n in range(2000)])
    assert len(table) < 100_000
    with pytest.raises(DataLossError, match="far longer"):
        read_table(table, "table")


def test_graphs_that_point_nowhere(tmp_path):
    for numbers in ([], [7], [-1]):
        graph = TrackableObjectGraph()
        for number in numbers:
            graph.nodes.add().children.add(node_id=number, local_name="v")
        text = np.array(graph.SerializeToString(), object)
        write_bundle(tmp_path / "ck", {GRAPH_KEY: text})
        with pytest.raises(DataLossError, match="damaged"):
            tf.train.Checkpoint(v=tf.Variable(1.0)).read(tmp_path / "ck")
    write_bundle(tmp_path / "ck", {GRAPH_KEY: np.zeros(3)})
    with pytest.raises(DataLossError, match="no message"):
        tf.train.Checkpoint(v=tf.Variable(1.0)).read(tmp_path / "ck")


def test_only_the_named_files_are_opened(tmp_path):
    prefix = tmp_path / "ck"
    tf.train.Checkpoint(v=tf.Variable(1.0)).write(prefix)
    files = [f"{prefix}.index", f"{prefix}.data-00000-of-00001"]
    checkpoint = tf.train.Checkpoint(v=tf.Variable(0.0))
    with audit.only(*files):
        checkpoint.read(prefix).assert_consumed()
        tf.train.list_variables(prefix)
    data = (tmp_path / "ck.index").read_bytes()
    header = BundleHeaderProto(num_shards=2**31 - 1).SerializeToString()
    resealed(lambda entries: entries.update({b"": header}), data, prefix)
    with audit.only(*files, f"{prefix}.data-00000-of-2147483647"), pytest.raises(OpError):
        checkpoint.read(prefix)


def test_a_pipe_in_place_of_a_file(tmp_path):
    os.mkfifo(tmp_path / "ck.index")
    with pytest.raises(ValueError, match=r"ck\.index: it is no file"):
        tf.train.load_checkpoint(tmp_path / "ck")


def test_a_circle_of_objects(tmp_path):
    graph = TrackableObjectGraph()
    node = graph.nodes.add()
    node.children.add(node_id=0, local_name="child")
    write_bundle(tmp_path / "ck", {GRAPH_KEY: np.array(graph.SerializeToString(), object)})
    module = tf.Module()
    module.child = module
    tf.train.Checkpoint(module).read(tmp_path / "ck").assert_consumed()


def test_states_that_lie(tmp_path):
    (tmp_path / "inner").mkdir()
    outside = tmp_path / "outside"
    tf.train.Checkpoint(v=tf.Variable(1.0)).write(outside)
    lines = f'model_checkpoint_path: "{outside}"\nall_model_checkpoint_paths: "../outside"\n'
    (tmp_path / "inner" / "checkpoint").write_text(lines)
    assert tf.train.latest_checkpoint(tmp_path / "inner") is None
    manager = tf.train.CheckpointManager(
        tf.train.Checkpoint(v=tf.Variable(1.0)), tmp_path / "inner", 1
    )
    assert manager.checkpoints == []
    manager.save()
    manager.save()
    assert os.path.exists(f"{outside}.index") and data_names(str(outside))
    for text in ("\0\xff", "model_checkpoint_path", "other: 3", "model_checkpoint_path: 3"):
        (tmp_path / "inner" / "checkpoint").write_bytes(text.encode("latin1"))
        with pytest.raises(DataLossError, match="inner/checkpoint"):
            tf.train.get_checkpoint_state(tmp_path / "inner")


def _mutated(data, draw):
    """Some bytes with a few of them changed, taken out, put in or repeated."""
    data = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        at, other = (draw.randrange(len(data)) if data else 0 for _ in range(2))
        change = draw.randrange(4)
        if change == 0 and data:
            data[at] = draw.choice([0, 1, 127, 128, 255, data[at] ^ 1 << draw.randrange(8)])
        elif change == 1:
            del data[at : at + draw.randint(1, 6)]
        elif change == 2:
            data[at:at] = draw.randbytes(draw.randint(1, 6))
        else:
            data[at:at] = data[other : other + draw.randint(1, 40)]
    return bytes(data)


def _program():
    module = tf.Module()
    module.layer = tf.keras.layers.Dense(2)
    module.layer.build((None, 2))
    module.optimizer = tf.keras.optimizers.Adam()
    module.optimizer.build(module.layer.trainable_variables)
    module.text, module.generator = tf.Variable(["a", "bc"]), tf.random.Generator.from_seed(1)
    module.table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    module.wide = tf.lookup.experimental.DenseHashTable(tf.int64, tf.float32, [0.0], -1, -2)
    module.words = tf.keras.layers.StringLookup(vocabulary=["a"])
    module.drop, module.iterator = tf.keras.layers.Dropout(0.5), iter(tf.data.Dataset.range(4))
    return tf.train.Checkpoint(module=module)


@pytest.fixture(scope="module")
def many_kinds(tmp_path_factory):
    prefix = tmp_path_factory.mktemp("many") / "ck"
    checkpoint = _program()
    checkpoint.write(prefix)
    with Bundle(prefix) as bundle:
        arrays = {name: bundle[name] for name in bundle}
    return checkpoint, arrays, prefix.with_suffix(".index").read_bytes()


@settings(max_examples=100, deadline=None)
@given(draw=st.randoms(use_true_random=False))
def test_damage_under_right_checksums(many_kinds, tmp_path_factory, draw):
    checkpoint, arrays, index = many_kinds
    prefix = tmp_path_factory.mktemp("damaged") / "ck"
    kind = draw.randrange(3)
    odd = [np.zeros(3), np.array(-1), np.array(b"x", object), np.zeros((2, 0)), np.array([True])]
    names = list(arrays)
    if kind == 0:
        changed = {GRAPH_KEY: np.array(_mutated(arrays[GRAPH_KEY][()], draw), object)}
    else:
        changed = {draw.choice(names): draw.choice([*odd, arrays[draw.choice(names)]])}
    write_bundle(prefix, arrays | changed if kind < 2 else arrays)
    if kind == 2:

        def change(entries):
            name = draw.choice(list(entries))
            entries[name] = _mutated(entries[name], draw)

        resealed(change, index, prefix)
    try:
        checkpoint.read(prefix)
    except (OpError, ValueError) as fault:
        assert str(prefix) in str(fault)
    finally:
        restorations.clear()


def test_checksums_by_machine_code(monkeypatch):
    sizes = [1, 255, 256, 263, 4096, 100_003, (1 << 18) - 1, 1 << 18, (1 << 18) + 77, 1_000_001]
    data = np.random.randint(0, 256, max(sizes)).astype(np.uint8)
    found = [checksums.checksums(data, [0], [size])[0] for size in sizes]
    monkeypatch.setattr(checksums.native, "state_after", staticmethod(lambda data, state: None))
    assert [checksums.checksums(data, [0], [size])[0] for size in sizes] == found
