"""What writes event files: the same calls for TensorFlow and for tensorbrook, given as `tf`."""

import glob
import os

import numpy as np


def scalars(tf, folder):
    tf.summary.scalar("a", 0.5, step=1)
    tf.summary.scalar("a/b c", tf.constant(3, tf.int64), step=2, description="about *it*")
    with tf.name_scope("outer"):
        tf.summary.scalar("x", np.float64(0.1), step=np.int32(3))
        tf.summary.scalar("y", True, step=tf.constant(3, tf.int64))
    tf.summary.scalar("", 1.0, step=tf.Variable(4, dtype=tf.int64))
    tf.summary.experimental.set_step(7)
    tf.summary.scalar("s", 1.0)
    tf.summary.experimental.set_step(None)


def histograms(tf, folder):
    tf.summary.histogram("h", [1.0, 2.0, 2.5, 9.0], step=1)
    tf.summary.histogram("few", [1.0, 2.0, 2.5, 9.0], step=1, buckets=3, description="d")
    tf.summary.histogram("same", [2.0, 2.0], step=1, buckets=3)
    tf.summary.histogram("empty", np.zeros((0,), "float32"), step=1, buckets=3)
    tf.summary.histogram("int", [[1, 2], [3, 4]], step=1, buckets=2)
    tf.summary.histogram("none", [1.0, 2.0], step=1, buckets=0)
    tf.summary.histogram("bool", [True, False], step=1, buckets=2)


def images(tf, folder):
    colours = np.linspace(0, 1, 36).reshape(2, 2, 3, 3).astype("float32")
    tf.summary.image("i", colours, step=1)
    grey = np.arange(20).reshape(5, 2, 2, 1).astype("uint8")
    tf.summary.image("i8", grey, step=1, max_outputs=4, description="x")
    tf.summary.image("clipped", np.linspace(-1, 2, 8).reshape(1, 2, 2, 2), step=1)
    tf.summary.image("i32", np.arange(4).reshape(1, 2, 2, 1), step=1)
    tf.summary.image("none", np.zeros([0, 2, 2, 1], "uint8"), step=1)


def sound(tf, folder):
    wave = np.linspace(-1, 1, 20).astype("float32")
    tf.summary.audio("w", wave.reshape(2, 10, 1), 8000, step=1, description="x")
    tf.summary.audio("stereo", wave.reshape(1, 10, 2), 8000, step=1, encoding="wav")
    tf.summary.audio("first", wave.reshape(4, 5, 1), 11025, step=2, max_outputs=1)


def texts(tf, folder):
    tf.summary.text("t", "hello", step=1)
    tf.summary.text("table", [["a", "b"], ["c", "d"]], step=1, description="y")


def tensors(tf, folder):
    metadata = tf.compat.v1.SummaryMetadata(summary_description="sd", display_name="dn")
    metadata.plugin_data.plugin_name, metadata.plugin_data.content = "mine", b"abc"
    tf.summary.write("w", tf.constant([1, 2]), step=1)
    tf.summary.write("later", lambda: tf.constant([1, 2.5]), step=1, metadata=metadata)
    tf.summary.write("text", "str", step=np.int32(4), metadata=metadata.SerializeToString())
    with tf.name_scope("z"), tf.summary.experimental.summary_scope("q w:e", "D") as (tag, scope):
        tf.summary.write(tag, scope, step=0)
    with tf.summary.experimental.summary_scope("", "D") as (tag, scope):
        tf.summary.write(tag, scope, step=0)
    message = tf.compat.v1.Summary()
    message.value.add(tag="raw", simple_value=2.0)
    tf.summary.experimental.write_raw_pb(message.SerializeToString(), step=5)


def conditions(tf, folder):
    with tf.summary.record_if(False):
        tf.summary.scalar("no", 1.0, step=1)
        with tf.summary.record_if(lambda: tf.constant(True)):
            tf.summary.scalar("yes", 1.0, step=1)
    with tf.summary.create_noop_writer().as_default():
        tf.summary.scalar("no", 1.0, step=1)
    with tf.summary.create_file_writer(folder + "/other").as_default(step=9):
        tf.summary.scalar("elsewhere", 1.0)


def functions(tf, folder):
    step = tf.Variable(0, dtype=tf.int64)

    def body(x):
        tf.summary.scalar("in", x, step=step)
        tf.summary.histogram("h", [x, x + 1], step=step, buckets=2)
        step.assign_add(1)
        with tf.name_scope("n"):
            tf.summary.text("t", tf.strings.as_string(x), step=step)
        tf.summary.image("i", tf.fill([1, 2, 2, 1], x / 4), step=step)
        tf.summary.audio("a", tf.fill([1, 4, 1], x / 4), 8000, step=step)
        with tf.summary.record_if(lambda: x > 1.5):
            tf.summary.scalar("big", x, step=step)

    f, g = tf.function(body), tf.function(lambda x: body(x))
    f(tf.constant(1.0))
    f(tf.constant(2.0))
    with tf.summary.record_if(lambda: tf.equal(step % 2, 1)):
        for number in range(3):
            g(tf.constant(float(number)))


def _fit(tf, folder, layers=None, evaluates=False, validates=True, initial=0, **arguments):
    """Trains a small model with TensorBoard."""
    keras = tf.keras
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    x = np.linspace(-1, 1, 32).reshape(8, 4).astype("float32")
    y = (x.sum(1, keepdims=True) > 0).astype("float32")
    layers = layers or (lambda: [keras.layers.Dense(3, name="d"), keras.layers.Dense(1, name="e")])
    model = keras.Sequential([keras.Input((4,)), *layers()])
    model.compile(keras.optimizers.SGD(0.01), "mse", metrics=["mae"])
    board = keras.callbacks.TensorBoard(folder, write_graph=False, **arguments)
    data = (x, y) if validates else None
    more = {"initial_epoch": initial, "verbose": 0}
    model.fit(x, y, 2, 2, validation_data=data, callbacks=[board], shuffle=False, **more)
    if evaluates:
        model.evaluate(x, y, verbose=0, callbacks=[board])


def board(tf, folder):
    _fit(tf, folder, evaluates=True)


def board_weights(tf, folder):
    _fit(tf, folder, histogram_freq=2, write_images=True, validates=False)


def board_kernels(tf, folder):
    def layers():
        made = [tf.keras.layers.Reshape((2, 2, 1)), tf.keras.layers.Conv2D(2, 2, name="c")]
        return [*made, tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)]

    _fit(tf, folder, layers, histogram_freq=1, write_images=True, initial=1)


def board_batches(tf, folder):
    _fit(tf, folder, update_freq="batch", validates=False)


CASES = {
    name: case
    for name, case in list(globals().items())
    if callable(case) and name[0] != "_" and case.__module__ == __name__
}


def rows_of(tf, folder):
    """What the event files below a folder hold, the files in the order of their folders and names:
    [folder, step, tag, plugin, its content, description, dtype, shape, values] for each value."""
    found = []
    for path in sorted(glob.glob(f"{folder}/**/*tfevents*", recursive=True)):
        where = os.path.relpath(os.path.dirname(path), folder)
        for record in tf.data.TFRecordDataset(path):
            event = tf.compat.v1.Event.FromString(record.numpy())
            if not event.summary.value:
                found.append([where, event.step, event.file_version])
            for value in event.summary.value:
                found.append([where, event.step, *_row(tf, value)])
    return found


def _row(tf, value):
    if value.WhichOneof("value") == "simple_value":
        return [value.tag, value.simple_value]
    metadata, array = value.metadata, tf.make_ndarray(value.tensor)
    values = array.ravel().tolist()
    if array.dtype == object:
        values = [text.decode("latin-1") for text in values]
    plugin = metadata.plugin_data
    row = [value.tag, plugin.plugin_name, plugin.content.decode("latin-1")]
    return [*row, metadata.summary_description, str(array.dtype), list(array.shape), values]


def record(tf, name, folder):
    """Runs a case; returns its rows."""
    if name.startswith("board"):  # Keras's callback writes into the default writer too
        CASES[name](tf, folder)
        return rows_of(tf, folder)
    writer = tf.summary.create_file_writer(folder)
    with writer.as_default():
        CASES[name](tf, folder)
    writer.close()
    return rows_of(tf, folder)
