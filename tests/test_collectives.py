"""Collective operations between processes: here each is a thread with a group of its own."""

import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.distribute import across
from tensorbrook.distribute.alone import Alone
from tensorbrook.distribute.collectives import PREFIX, Group, split_address
from tensorbrook.tools.launch import free_ports


def addresses(count):
    return [f"127.0.0.1:{port}" for port in free_ports(count)]


def together(count, function, **more):
    """What `function(group)` returns, or raises, in each of so many processes."""
    where, groups = addresses(count), [None] * count

    def one(rank):
        groups[rank] = Group(rank, where, **more)
        try:
            return function(groups[rank])
        except Exception as fault:
            return fault

    with ThreadPoolExecutor(count) as pool:
        try:
            return list(pool.map(one, range(count)))
        finally:
            for group in groups:
                if group is not None:
                    group.close()


def arrays_of(rank, dtype=np.float32):
    rng = np.random.default_rng(rank)
    return [
        rng.normal(size=(3, 4)).astype(dtype),
        rng.normal(size=50_000).astype(dtype),  # in parts, each added up by one process
        np.asarray(rank, np.int64),
        np.zeros((0, 2), np.float64),
    ]


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("late", [0, 1])
def test_sums_are_the_same_bits_everywhere_and_in_the_order_of_ranks(count, late):
    def sums(group):
        if group.rank == late:
            time.sleep(0.1)
        return group.all_reduce(arrays_of(group.rank))

    found = together(count, sums)
    want = arrays_of(0)
    for rank in range(1, count):
        want = [a + b for a, b in zip(want, arrays_of(rank))]
    for sums in found:
        for got, expected in zip(sums, want, strict=True):
            assert got.dtype == expected.dtype
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    ("op", "join"), [("MEAN", np.mean), ("MIN", np.min), ("MAX", np.max), ("SUM", np.sum)]
)
def test_other_reductions(op, join):
    found = together(3, lambda g: g.all_reduce([np.array([1.0, -1.0]) * (g.rank + 1)], op)[0])
    want = join(np.array([[1, -1], [2, -2], [3, -3]], float), axis=0)
    for got in found:
        np.testing.assert_allclose(got, want)


def test_halves_are_summed_as_halves():
    ones = tf.ones([3], tf.bfloat16).numpy()
    (a, b) = together(2, lambda g: g.all_reduce([ones])[0])
    assert a.dtype == ones.dtype and a.tolist() == b.tolist() == [2, 2, 2]


def test_gather_takes_other_sizes_of_the_axis():
    found = together(3, lambda g: g.all_gather(np.full((2, g.rank), g.rank), -1).tolist())
    assert found == [[[1, 2, 2], [1, 2, 2]]] * 3


def test_broadcast_and_barrier():
    def both(group):
        group.barrier()
        return [a.tolist() for a in group.broadcast([np.full(3, group.rank), np.eye(1)], root=1)]

    assert together(3, both) == [[[1, 1, 1], [[1.0]]]] * 3


def test_all_agree_on_what_the_first_says():
    assert (
        together(3, lambda g: g.agree({"at": [g.rank, None, "x"]})) == [{"at": [0, None, "x"]}] * 3
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda g: g.all_reduce([np.ones(2 + g.rank, np.float32)]),
            r"\[all_reduce\] worker 0 \(127.0.0.1:\d+\) is at all_reduce\(by=SUM\) of float32\[2\],"
            r" worker 1 \(127.0.0.1:\d+\) at all_reduce\(by=SUM\) of float32\[3\]",
        ),
        (
            lambda g: g.barrier() if g.rank else g.broadcast([np.ones(1)]),
            r"is at broadcast\(root=0\) of float64\[1\], worker 1 .* at barrier\(\) of nothing",
        ),
        (lambda g: g.all_gather(np.ones((2, 1 + g.rank)), 0), r"float64\[2,1\].*float64\[2,2\]"),
        (lambda g: g.all_reduce([np.ones(1)], ["SUM", "MEAN"][g.rank]), r"by=SUM.*by=MEAN"),
    ],
)
def test_processes_at_different_operations_are_told_who_is_where(call, words):
    first, second = together(2, call)
    assert isinstance(first, tf.errors.InvalidArgumentError), first
    assert isinstance(second, tf.errors.InvalidArgumentError), second
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        raise first


def test_wrong_arguments():
    def wrong(group):
        for call in (
            lambda: group.all_reduce([np.ones(1)], "PRODUCT"),
            lambda: group.all_reduce([np.array([b"a"], object)]),
            lambda: group.all_gather(np.ones(2), 1),
        ):
            with pytest.raises(ValueError, match=r"reduction|Strings|axis"):
                call()
        return group.all_reduce([np.ones(1)])[0].tolist()

    assert together(2, wrong) == [[2.0], [2.0]]


def test_a_process_that_leaves_is_named_and_ends_the_others():
    def leave(group):
        group.barrier()
        if group.rank == 1:
            group.close()
            return None
        return group.all_reduce([np.ones(3)])

    for fault in together(3, leave)[::2]:
        assert isinstance(fault, tf.errors.UnavailableError)
        assert "worker 1 (127.0.0.1:" in fault.message and "has ended" in fault.message


def test_a_process_that_does_not_come_is_named():
    def late(group):
        if group.rank == 0:
            time.sleep(2.5)
            return None
        return group.all_reduce([np.ones(3)])

    _, fault = together(2, late, timeout=0.2)
    assert isinstance(fault, tf.errors.DeadlineExceededError)
    assert "worker 0 (127.0.0.1:" in fault.message and "0 s" in fault.message


def test_a_cluster_waits_for_its_processes_and_names_who_is_missing(monkeypatch):
    monkeypatch.setenv("TENSORBROOK_START_TIMEOUT", "0.3")
    first, second = addresses(2)
    with pytest.raises(tf.errors.UnavailableError, match=f"worker 1 .{second}. did not come"):
        Group(0, [first, second])
    with pytest.raises(tf.errors.UnavailableError, match=f"worker 0 .{first}. did not come"):
        Group(1, [first, second])
    with pytest.raises(tf.errors.UnavailableError, match=r"cannot listen on 192\.0\.2\.1:1234"):
        Group(0, ["192.0.2.1:1234", second])
    with pytest.raises(ValueError, match="'host' is no address"):
        split_address("host")


def test_strangers_are_sent_away(monkeypatch):
    where = addresses(2)
    host, port = split_address(where[0])

    def stranger(text):
        for _ in range(100):
            try:
                link = socket.create_connection((host, port), timeout=1)
            except OSError:
                time.sleep(0.02)
                continue
            with link:
                link.sendall(text)
                link.settimeout(5)
                try:
                    return link.recv(1 << 10)
                except ConnectionResetError:
                    return b""
        return None

    hello = PREFIX.pack(b"tbk1", 0, 0, 64) + bytes(64) + struct.pack("!I", 1)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(Group, 0, where)
        assert pool.submit(stranger, b"GET / HTTP/1.0\r\n\r\n").result() == b""
        assert pool.submit(stranger, hello).result() is not None  # of another cluster
        second = pool.submit(Group, 1, where)
        groups = first.result(), second.result()
        sums = [pool.submit(g.all_reduce, [np.ones(1)]) for g in groups]
        assert [s.result()[0].tolist() for s in sums] == [[2.0], [2.0]]
    for group in groups:
        group.close()
    with pytest.raises(OSError, match="refused"):  # nobody listens any more
        socket.create_connection((host, port), timeout=1)


# -- as primitives ---------------------------------------------------------------------------------


def test_in_graphs_and_gradients():
    lock = threading.Lock()  # one trace at a time, the runs beside one another

    def one(group):
        @tf.function
        def step(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                (total,) = across.all_reduce(group, [x])
                (rows,) = across.all_gather(group, [x], 0)
                loss = tf.reduce_sum(total**2) + tf.reduce_sum(rows[:1] * 3.0)
            return total, rows, tape.gradient(loss, x)

        x = tf.constant([group.rank + 1.0])
        with lock:
            step.get_concrete_function(x)
        return [t.numpy().tolist() for t in step(x)]

    # d/dx of the sum over processes of (x0 + x1)^2 + 3 x0
    first, second = together(2, one)
    assert first == [[3.0], [1.0, 2.0], [2 * 2 * 3.0 + 2 * 3.0]]
    assert second == [[3.0], [1.0, 2.0], [2 * 2 * 3.0]]


def test_alone_nothing_changes():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        (y,) = across.all_reduce(Alone(), [x])
        (z,) = across.all_gather(Alone(), [y], 0)
    assert tape.gradient(z, x).numpy().tolist() == [1.0, 1.0]


def test_what_only_the_first_worker_has_is_not_spoilt_by_the_others(monkeypatch):
    monkeypatch.setattr("tensorbrook.distribute.across.all_reduce", lambda group, tensors: tensors)
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    monkeypatch.setattr(strategy, "_first_replica", 1)
    sent = strategy._of_first(tf.constant([np.nan, np.inf, 2.0]))
    assert sent.numpy().tolist() == [0.0, 0.0, 0.0]
