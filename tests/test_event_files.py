"""Event files: as TensorFlow and Keras write them, and as TensorBoard reads them."""

import json
import os
import pathlib
import subprocess
import sys
import threading

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.formats.events import EventFile
from tensorbrook.formats.graph_messages import Event, GraphDef, RunMetadata

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "oracles"))
import event_cases  # noqa: E402

GOLDEN = json.loads((HERE / "oracles" / "golden" / "events.json").read_text())


def values_of(row):
    """What is compared: pictures by their pixels, which two writers pack in two ways."""
    if len(row) < 9:
        return row, None
    *head, values = row
    if row[6] != "object":
        return head, np.array(values, row[6])
    decoded = [v.encode("latin-1") for v in values]
    pictures = [v for v in decoded if v.startswith(b"\x89PNG")]
    texts = [v for v in decoded if not v.startswith(b"\x89PNG")]
    return [*head, texts], [tf.io.decode_png(p).numpy() for p in pictures]


@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_written_is_what_tensorflow_writes(name, tmp_path):
    found = event_cases.record(tf, name, str(tmp_path))
    assert len(found) == len(GOLDEN[name])
    for ours, theirs in zip(found, GOLDEN[name]):
        head, values = values_of(ours)
        wanted_head, wanted = values_of(theirs)
        assert head == wanted_head
        if isinstance(wanted, list):
            assert len(values) == len(wanted)
            assert all(np.array_equal(a, b) for a, b in zip(values, wanted))
        elif wanted is not None:
            np.testing.assert_allclose(values, wanted, rtol=1e-6, atol=1e-7)


def test_every_case_is_recorded():
    assert list(GOLDEN) == list(event_cases.CASES)


# -- files -----------------------------------------------------------------------------------------


def events_in(folder):
    (path,) = pathlib.Path(folder).glob("*tfevents*")
    records = tf.data.TFRecordDataset(str(path))
    return [Event.FromString(record.numpy()) for record in records]


def test_events_wait_until_there_are_many_or_they_are_flushed(tmp_path):
    file = EventFile(tmp_path, most_waiting=3)
    counts = []
    for step in range(5):
        file.add(Event(step=step))
        counts.append(len(events_in(tmp_path)))
    file.flush()
    assert counts == [1, 1, 1, 5, 5]  # the first one tells the version
    assert [event.step for event in events_in(tmp_path)] == [0, 0, 1, 2, 3, 4]
    file.close()
    file.close()


def test_events_are_written_after_a_while(tmp_path):
    file = EventFile(tmp_path, seconds=0.0)
    file.add(Event(step=1))
    assert len(events_in(tmp_path)) == 2
    file.close()


def test_threads_write_whole_events(tmp_path):
    file = EventFile(tmp_path, most_waiting=2)

    def write(number):
        for step in range(50):
            file.add(Event(step=100 * number + step))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.close()
    steps = [event.step for event in events_in(tmp_path)[1:]]
    assert sorted(steps) == [100 * number + step for number in range(4) for step in range(50)]


PROGRAM = """
import os, sys
import tensorbrook as tf
writer = tf.summary.create_file_writer(sys.argv[1], max_queue=0)
with writer.as_default():
    for step in range(10**9 if sys.argv[2] == "killed" else 3):
        tf.summary.scalar("x", 0.5, step=step)
        if step == 100:
            print("ready", flush=True)
    if sys.argv[2] == "ends":
        lazy = tf.summary.create_file_writer(sys.argv[1] + "/lazy")
        lazy.set_as_default()
        tf.summary.scalar("waits", 0.5, step=1)
        if os.fork() == 0:
            sys.exit()  # a child writes nothing of what its parent has waiting
        os.wait()
"""


def run_program(*arguments):
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be killed")
def test_a_killed_process_leaves_a_readable_file(tmp_path):
    process = run_program(tmp_path, "killed")
    assert process.stdout.readline() == "ready\n"
    process.kill()
    process.communicate()
    events = events_in(tmp_path)
    assert [event.step for event in events[1:]] == list(range(len(events) - 1))
    assert len(events) > 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that can be forked")
def test_what_waits_is_written_when_the_program_ends(tmp_path):
    process = run_program(tmp_path, "ends")
    process.communicate()
    assert process.returncode == 0
    assert [event.step for event in events_in(tmp_path / "lazy")] == [0, 1]


# -- writers, steps, conditions --------------------------------------------------------------------


def steps_in(folder):
    found = []
    for event in events_in(folder):
        found += [(value.tag, event.step) for value in event.summary.value]
    return found


def test_a_function_looks_up_writer_step_and_condition_at_each_call(tmp_path):
    traces = []

    @tf.function
    def f(x):
        traces.append(1)
        tf.summary.scalar("x", x)
        return x

    f(tf.constant(0.0))  # without a writer there is nothing to write
    first = tf.summary.create_file_writer(str(tmp_path / "a"))
    second = tf.summary.create_file_writer(str(tmp_path / "b"))
    for writer in (first, second):
        with writer.as_default():
            for step in range(2):
                tf.summary.experimental.set_step(step)
                f(tf.constant(1.0))
            for step in range(4):
                with tf.summary.record_if(lambda: step % 2 == 1):  # noqa: B023 - called at once
                    f(tf.constant(1.0))
        writer.close()
    tf.summary.experimental.set_step(None)
    assert steps_in(tmp_path / "a") == [("x", step) for step in (0, 1, 1, 1)]
    assert steps_in(tmp_path / "a") == steps_in(tmp_path / "b")
    assert len(traces) == 3  # without a writer, with one, with a condition


def test_a_writer_within_a_function_belongs_to_it(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))

    @tf.function
    def f(x):
        with writer.as_default(step=7), tf.summary.record_if(x > 1.5):
            tf.summary.scalar("x", x)

    for number in (1.0, 2.0):
        f(tf.constant(number))
    assert steps_in(tmp_path) == [("x", 7)]  # it is flushed when the graph runs
    assert tf.summary.experimental.get_step() is None
    writer.close()


def test_a_loop_writes_each_round_and_a_gradient_is_none_the_worse(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path))

    @tf.function
    def f(x):
        for i in tf.range(3):
            x = x * 2.0
            tf.summary.scalar("x", x, step=tf.cast(i, tf.int64))
        return x

    with writer.as_default(), tf.GradientTape() as tape:
        x = tf.Variable(1.0)
        y = f(x)
    writer.close()
    assert tape.gradient(y, x).numpy() == 8.0
    assert steps_in(tmp_path) == [("x", 0), ("x", 1), ("x", 2)]


def test_each_thread_has_its_own_writer_and_step(tmp_path):
    found = []

    def look():
        found.append(
            (bool(tf.summary.should_record_summaries()), tf.summary.experimental.get_step())
        )

    with tf.summary.create_file_writer(str(tmp_path)).as_default(step=3):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        look()
    assert found == [(False, None), (True, 3)]


def test_graphs_that_ran(tmp_path):
    @tf.function
    def f(x):
        i = 0
        while i < x.shape[0]:
            x, i = tf.tanh(x), i + 1
        return tf.while_loop(lambda y: tf.reduce_sum(y) < 9.0, lambda y: (y + 1.0,), (x,))[0]

    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        tf.summary.trace_on()
        f(tf.ones([2]))
        tf.summary.trace_export("ran", step=2)
        tf.summary.trace_on(profiler=True, profiler_outdir=str(tmp_path))
        f(tf.ones([2]))
        tf.summary.trace_export("profiled", step=3)
        tf.summary.graph(f.get_concrete_function(tf.TensorSpec([2])).graph)
    writer.close()
    _, ran, profiled, given = events_in(tmp_path)
    (value,) = ran.summary.value
    assert value.metadata.plugin_data.plugin_name == "graph_run_metadata_graph"
    (graphs,) = RunMetadata.FromString(value.tensor.string_val[0]).function_graphs
    assert graphs.pre_optimization_graph == GraphDef.FromString(given.graph_def)
    names = [node.name for node in graphs.pre_optimization_graph.node]
    assert len(set(names)) == len(names)
    assert {"input", "tanh", "tanh_1", "while/while", "while/body_graph/add"} <= set(names)
    assert profiled.summary.value[0].metadata.plugin_data.plugin_name == "graph_run_metadata"
    assert len(list(tmp_path.glob("plugins/profile/*/*.trace.json.gz"))) == 1


def test_file_writer_of_tensorflow_1(tmp_path):
    v1 = tf.compat.v1
    writer = v1.summary.FileWriter(str(tmp_path))
    summary = v1.Summary(value=[v1.Summary.Value(tag="loss", simple_value=0.5)])
    writer.add_summary(summary, 3)
    writer.add_summary(summary.SerializeToString(), 4)
    writer.add_event(v1.Event(step=5))
    writer.close()
    assert steps_in(tmp_path) == [("loss", 3), ("loss", 4)]
    assert "." + str(os.getpid()) not in next(tmp_path.iterdir()).name


def writing(call):
    def run():
        with tf.summary.create_file_writer("logs").as_default():
            call()

    return run


def closed():
    writer = tf.summary.create_file_writer("logs")
    writer.close()
    with writer.as_default():
        pass


WRONG = [
    (closed, RuntimeError, "already closed"),
    (lambda: tf.summary.create_file_writer("/proc/x/y"), tf.errors.NotFoundError, "/proc/x"),
    (writing(lambda: tf.summary.scalar("x", 1.0)), ValueError, "No step set"),
    (writing(lambda: tf.summary.scalar("x", [1.0, 2.0], 1)), ValueError, "scalar shape, saw"),
    (writing(lambda: tf.summary.scalar("x", 1.0, 1.5)), TypeError, ""),
    (writing(lambda: tf.summary.image("x", [1.0], 1)), ValueError, "must have rank 4"),
    (writing(lambda: tf.summary.image("x", tf.zeros([1, 2, 2, 5]), 1)), ValueError, "5"),
    (writing(lambda: tf.summary.audio("x", [1.0], 8000, 1)), ValueError, "must have rank 3"),
    (lambda: tf.summary.audio("x", [[[1.0]]], 8, 1, encoding="mp3"), ValueError, "'mp3'"),
    (writing(lambda: tf.summary.text("x", [1.0], 1)), TypeError, "tf.string; got tf.float32"),
    (lambda: tf.summary.graph(3), ValueError, "get_concrete_function(...).graph"),
    (tf.function(lambda: tf.summary.graph(3)), ValueError, "inside a graph context"),
    (lambda: tf.summary.trace_export("x"), ValueError, "trace_on"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=range(len(WRONG)))
def test_wrong_use(call, error, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


def test_traces_warn(tmp_path):
    with pytest.warns(UserWarning, match="inside a tf.function"):
        tf.function(lambda: tf.summary.trace_on())()
    with pytest.warns(UserWarning, match="No `profiler_outdir`"):
        tf.summary.trace_on(profiler=True)
    with pytest.warns(UserWarning, match="already enabled"):
        tf.summary.trace_on()
    tf.summary.trace_off()
    tf.summary.trace_off()


# -- TensorBoard -----------------------------------------------------------------------------------


@pytest.mark.skipif("TENSORBROOK_TENSORBOARD" not in os.environ, reason="needs TensorBoard")
def test_tensorboard_shows_it(tmp_path):
    """TENSORBROOK_TENSORBOARD is a Python that has TensorBoard."""
    for name in GOLDEN:
        event_cases.record(tf, name, str(tmp_path / name))
    model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Embedding(5, 3, name="emb")])
    model.add(tf.keras.layers.Flatten())
    model.add(tf.keras.layers.Dense(1))
    model.compile("sgd", "mse")
    board = tf.keras.callbacks.TensorBoard(tmp_path, embeddings_freq=1, profile_batch=1)
    model.fit(np.zeros((4, 4)), np.zeros((4, 1)), verbose=0, callbacks=[board])
    python, script = os.environ["TENSORBROOK_TENSORBOARD"], HERE / "oracles" / "check_events.py"
    shown = json.loads(subprocess.check_output([python, script, tmp_path]))
    assert shown["runs"][:3] == ["board/train", "board/validation", "board_batches/train"]
    assert [step for step, _ in shown["scalars"]["board_batches/train"]["batch_loss"]] == [
        *range(1, 9)
    ]
    few = shown["histograms"]["histograms"]["few"]
    assert [row[2] for row in few[0][1]] == [3.0, 0.0, 1.0]
    assert shown["images"]["images"] == ["clipped", "i", "i32", "i8", "none"]
    assert shown["audio"]["sound"] == ["first", "stereo", "w"]
    assert "<td><p>d</p></td>" in shown["texts"]["texts"]["table"][0]
    assert shown["graphs"]["train keras conceptual_graph"] == 4
    assert shown["graphs"]["train None op_graph"] > 20
    assert shown["graphs"]["train batch_1 op_graph"] > 20
    assert shown["projector"] == {"emb/embeddings": 15}


def test_a_training_that_fails_leaves_no_writer_and_no_profile(tmp_path):
    class Fault(tf.keras.callbacks.Callback):
        def on_test_batch_begin(self, batch, logs=None):
            raise KeyError("mine")

    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((4, 2))
    board = tf.keras.callbacks.TensorBoard(tmp_path, update_freq=1, profile_batch=(1, 50))
    with pytest.raises(KeyError, match="mine"):
        model.fit(x, x[:, 0], validation_data=(x, x[:, 0]), verbose=0, callbacks=[board, Fault()])
    assert not tf.summary.should_record_summaries()
    with pytest.raises(tf.errors.UnavailableError):
        tf.profiler.experimental.stop()
    assert ("batch_loss", 1) in steps_in(tmp_path / "train")


def test_summaries_of_a_models_own_code(tmp_path):
    class Own(tf.keras.layers.Layer):
        def call(self, x):
            tf.summary.scalar("mean", tf.reduce_mean(x))
            return x

    model = tf.keras.Sequential([tf.keras.Input((2,)), Own(), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((8, 2))
    for folder, freq in (("epoch", "epoch"), ("third", 3), ("every", "batch")):
        board = tf.keras.callbacks.TensorBoard(tmp_path / folder, update_freq=freq)
        model.fit(x, x[:, 0], batch_size=2, epochs=2, verbose=0, callbacks=[board])
    found = [
        [step for tag, step in steps_in(tmp_path / folder / "train") if tag == "mean"]
        for folder in ("epoch", "third", "every")
    ]
    assert found == [[], [3, 6], [*range(1, 9)]]


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path):
    resource = pytest.importorskip("resource")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = EventFile(tmp_path, most_waiting=1000)
    for step in range(100):
        file.add(Event(step=step + 1))
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with pytest.raises((OSError, tf.errors.OpError), match="tfevents"):
            file.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, hard))
    file.close()
    assert [event.step for event in events_in(tmp_path)] == [*range(101)]
