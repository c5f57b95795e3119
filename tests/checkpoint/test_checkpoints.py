"""tf.train.Checkpoint and its kin: what is kept, what comes later, what is told."""

import os
import re

import numpy as np
import pytest

import tensorbrook as tf

layers = tf.keras.layers


def test_later_objects_get_their_values(tmp_path):
    module = tf.Module()
    module.v = tf.Variable([1.0, 2.0])
    module.more = [tf.Variable(3.0), {"x": tf.Variable(4.0)}]
    path = tf.train.Checkpoint(module=module).save(tmp_path / "ck")
    again = tf.Module()
    checkpoint = tf.train.Checkpoint(module=again)
    status = checkpoint.restore(path)
    with pytest.raises(AssertionError, match=r"\(root\).module.v"):
        status.assert_consumed()
    status.assert_existing_objects_matched().assert_nontrivial_match()
    again.v = tf.Variable([0.0, 0.0])
    assert again.v.numpy().tolist() == [1.0, 2.0]
    again.v.assign([7.0, 7.0])
    again.more = []
    again.more.append(tf.Variable(0.0))
    again.more.append({"x": tf.Variable(0.0)})
    status.assert_consumed()
    assert [v.numpy() for v in (again.more[0], again.more[1]["x"])] == [3.0, 4.0]
    assert again.v.numpy().tolist() == [7.0, 7.0]  # given once


def test_checkpoint_gets_another_child(tmp_path):
    path = tf.train.Checkpoint(v=tf.Variable(5.0)).write(tmp_path / "ck")
    checkpoint = tf.train.Checkpoint()
    status = checkpoint.read(path)
    checkpoint.v = tf.Variable(0.0)
    assert checkpoint.v.numpy() == 5.0
    status.assert_consumed()


def test_what_takes_an_objects_place_keeps_its_own_values(tmp_path):
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0), w=tf.Variable(2.0))
    path = checkpoint.write(tmp_path / "ck")
    again = tf.train.Checkpoint(v=tf.Variable(0.0))
    again.read(path)
    again.v = tf.Variable(7.0)
    again.w = tf.Variable(0.0)
    assert (again.v.numpy(), again.w.numpy()) == (7.0, 2.0)


@pytest.mark.filterwarnings("ignore:tf.function")
def test_functions_write_at_each_call(tmp_path):
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))

    @tf.function
    def step():
        checkpoint.v.assign_add(1.0)
        checkpoint.write(str(tmp_path / "ck"))

    for wanted in (2.0, 3.0):
        step()
        path = "v/.ATTRIBUTES/VARIABLE_VALUE"
        assert tf.train.load_variable(str(tmp_path / "ck"), path) == wanted


def test_the_newest_restoration_counts(tmp_path):
    paths = []
    for number in (1.0, 2.0):
        checkpoint = tf.train.Checkpoint(v=tf.Variable(number), w=tf.Variable(-number))
        paths.append(checkpoint.write(tmp_path / str(int(number))))
    checkpoint = tf.train.Checkpoint(v=tf.Variable(0.0))
    for path in paths:
        checkpoint.read(path).expect_partial()
    checkpoint.w = tf.Variable(0.0)
    assert (checkpoint.v.numpy(), checkpoint.w.numpy()) == (2.0, -2.0)


def test_nothing_changes_when_something_does_not_fit(tmp_path):
    path = tf.train.Checkpoint(a=tf.Variable(1.0), b=tf.Variable([1.0])).write(tmp_path / "ck")
    checkpoint = tf.train.Checkpoint(a=tf.Variable(0.0), b=tf.Variable([0.0, 0.0], name="bb"))
    with pytest.raises(ValueError, match=re.escape("shape (1,)") + r".*\(2,\) and name bb"):
        checkpoint.read(path)
    assert checkpoint.a.numpy() == 0.0
    checkpoint = tf.train.Checkpoint(a=tf.Variable(0.0), b=tf.Variable([0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"int32 does not equal.*float32"):
        checkpoint.read(path)
    assert checkpoint.a.numpy() == 0.0


def test_a_later_object_that_does_not_fit_is_told_once(tmp_path):
    path = tf.train.Checkpoint(v=tf.Variable([1.0])).write(tmp_path / "ck")
    checkpoint = tf.train.Checkpoint()
    checkpoint.read(path)
    with pytest.raises(ValueError, match="incompatible tensor"):
        checkpoint.v = tf.Variable([1.0, 2.0])
    checkpoint.w = tf.Variable(1.0)


WRONG = {
    "no such files": (lambda c, p: c.restore(p + "-9"), tf.errors.NotFoundError, "double-check"),
    "nothing restored": (
        lambda c, p: c.restore(None).assert_consumed(),
        AssertionError,
        "No checkpoint specified",
    ),
    "no object": (lambda c, p: tf.train.Checkpoint(n=3), ValueError, "expecting n to be"),
    "no root": (lambda c, p: tf.train.Checkpoint(3), ValueError, "expecting root to be"),
    "two of one name": (
        lambda c, p: tf.train.Checkpoint(c, v=tf.Variable(1.0)),
        ValueError,
        "root.v already exists",
    ),
    "too little": (
        lambda c, p: (
            tf.train.Checkpoint(v=tf.Variable(0.0), w=tf.Variable(0.0))
            .read(p)
            .assert_existing_objects_matched()
        ),
        AssertionError,
        r"\(root\)\.w",
    ),
    "nothing alike": (
        lambda c, p: tf.train.Checkpoint(w=tf.Variable(0.0)).read(p).assert_nontrivial_match(),
        AssertionError,
        "Nothing except the root",
    ),
    "keys that are no text": (
        lambda c, p: tf.train.Checkpoint(d={1: tf.Variable(0.0)}).write(p),
        ValueError,
        "Use keys that are strings",
    ),
    "no such array": (lambda c, p: tf.train.load_variable(p, "x"), tf.errors.NotFoundError, "x"),
    "an empty folder": (
        lambda c, p: tf.train.load_checkpoint(os.path.dirname(p)),
        ValueError,
        "Couldn't find 'checkpoint'",
    ),
    "nothing to read": (
        lambda c, p: tf.train.load_checkpoint(p + "x"),
        tf.errors.NotFoundError,
        "Failed to find any matching files",
    ),
    "none to keep": (
        lambda c, p: tf.train.CheckpointManager(c, p, 0),
        ValueError,
        "positive integer",
    ),
    "an interval of nothing": (
        lambda c, p: tf.train.CheckpointManager(c, p, 1, checkpoint_interval=2),
        ValueError,
        "step_counter",
    ),
    "another place": (
        lambda c, p: c.write("gs://bucket/ck"),
        tf.errors.UnimplementedError,
        "Mount or copy",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_calls(case, tmp_path):
    run, error, message = WRONG[case]
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    path = checkpoint.write(tmp_path / "ck")
    with pytest.raises(error, match=message):
        run(checkpoint, path)


def test_reader(tmp_path):
    checkpoint = tf.train.Checkpoint(v=tf.Variable([1.0, 2.0]), s=tf.Variable("text"))
    path = checkpoint.save(tmp_path / "ck")
    reader, name = tf.train.load_checkpoint(tmp_path), "v/.ATTRIBUTES/VARIABLE_VALUE"
    assert reader.has_tensor(name) and not reader.has_tensor("v")
    assert reader.get_variable_to_shape_map()[name] == [2]
    assert reader.get_variable_to_dtype_map()[name] == tf.float32
    assert reader.get_tensor("s/.ATTRIBUTES/VARIABLE_VALUE") == b"text"
    assert b"v/.ATTRIBUTES/VARIABLE_VALUE (DT_FLOAT32) [2]" in reader.debug_string()
    assert tf.train.load_variable(path, name).tolist() == [1.0, 2.0]
    assert tf.train.get_checkpoint_state(tmp_path).model_checkpoint_path == path


def test_save_goes_on_counting(tmp_path):
    path = None
    for number in (1, 2, 3):
        checkpoint = tf.train.Checkpoint(v=tf.Variable(float(number)))
        checkpoint.restore(path)
        path = checkpoint.save(tmp_path / "ck")
        assert path == str(tmp_path / f"ck-{number}")
        assert int(checkpoint.save_counter) == number


def test_manager(tmp_path):
    step = tf.Variable(0)
    checkpoint = tf.train.Checkpoint(step=step)
    begun = []
    manager = tf.train.CheckpointManager(
        checkpoint,
        tmp_path,
        2,
        step_counter=step,
        checkpoint_interval=3,
        init_fn=lambda: begun.append(1),
        checkpoint_name="model",
    )
    assert manager.restore_or_initialize() is None and begun == [1]
    saved = []
    for _ in range(10):
        saved.append(manager.save())
        step.assign_add(1)
    numbers = [path and path[-1] for path in saved]
    assert numbers == ["1", None, None, "2", None, None, "3", None, None, "4"]
    assert manager.checkpoints == [str(tmp_path / f"model-{n}") for n in (3, 4)]
    assert manager.save(check_interval=False) == manager.latest_checkpoint
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "checkpoint",
        *(f"model-{n}.{end}" for n in (4, 5) for end in ("data-00000-of-00001", "index")),
    ]
    other = tf.train.CheckpointManager(checkpoint, tmp_path, 2, checkpoint_name="model")
    step.assign(0)
    assert other.restore_or_initialize() == str(tmp_path / "model-5") and int(step) == 10
    assert other.checkpoints == manager.checkpoints
    assert other.save(checkpoint_number=70) == str(tmp_path / "model-70")
    assert other.checkpoints == [str(tmp_path / f"model-{n}") for n in (5, 70)]


def test_manager_keeps_some_for_good(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("tensorbrook.checkpoint.manager.time.time", lambda: now[0])
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    manager = tf.train.CheckpointManager(checkpoint, tmp_path, 1, 1.0)
    for _ in range(8):
        now[0] += 1500.0
        manager.save()
    assert [path[-1] for path in manager.checkpoints] == ["8"]
    kept = sorted(path.name for path in tmp_path.glob("*.index"))
    assert kept == ["ckpt-3.index", "ckpt-6.index", "ckpt-8.index"]
    state = tf.train.get_checkpoint_state(tmp_path)
    assert state.all_model_checkpoint_timestamps == (13000.0,)
    assert state.last_preserved_timestamp == 10000.0


def test_iterator_goes_on(tmp_path):
    def numbers():
        return tf.data.Dataset.range(20).shuffle(20).map(lambda x: x * 2).batch(3)

    tf.random.set_seed(1)
    iterator = iter(numbers())
    first = [next(iterator).numpy().tolist() for _ in range(2)]
    path = tf.train.Checkpoint(iterator=iterator).write(tmp_path / "ck")
    rest = [x.numpy().tolist() for x in iterator]
    other = iter(numbers())
    tf.train.Checkpoint(iterator=other).read(path).assert_consumed()
    assert [x.numpy().tolist() for x in other] == rest and first[0] != rest[0]
    another = iter(tf.data.Dataset.range(20).shuffle(20).shuffle(20))
    with pytest.raises(ValueError, match="another data set"):
        tf.train.Checkpoint(iterator=another).read(path)


def test_metrics_seeds_averages(tmp_path):
    def objects():
        mean, seeds = tf.keras.metrics.Mean(), tf.keras.random.SeedGenerator(3)
        return mean, seeds, tf.train.ExponentialMovingAverage(0.5)

    mean, seeds, averages = objects()
    v = tf.Variable(1.0)
    averages.apply([v])
    mean(3.0)
    seeds.next()
    path = tf.train.Checkpoint(m=mean, s=seeds, a=averages).write(tmp_path / "ck")
    v.assign(5.0)
    mean2, seeds2, averages2 = objects()
    status = tf.train.Checkpoint(m=mean2, s=seeds2, a=averages2).read(path)
    averages2.apply([v])
    status.assert_consumed()
    assert mean2.result() == 3.0 and seeds2.next().numpy().tolist() == [3, 1]
    assert averages2.average(v).numpy() == 3.0


def test_what_keras_forgets_is_beside(tmp_path):
    class Net(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.blocks = [layers.Dense(2), layers.Dense(2)]
            self.parts = {"drop": layers.Dropout(0.5)}
            self.seen = tf.keras.metrics.Mean()

        def call(self, x, training=False):
            for block in self.blocks:
                x = block(x)
            return self.parts["drop"](x, training=training)

    net, x = Net(), tf.ones([1, 3])
    net(x, training=True)
    net.seen(2.0)
    path = tf.train.Checkpoint(net=net).write(tmp_path / "ck")
    again = Net()
    status = tf.train.Checkpoint(net=again).read(path)
    np.testing.assert_array_equal(again(x, training=True), net(x, training=True))
    status.assert_consumed()
    assert again.seen.result() == 2.0
    names = [name for name, _ in tf.train.list_variables(path)]
    assert "net/blocks/0/_kernel/.ATTRIBUTES/VARIABLE_VALUE" in names
    assert "net/~seen/total/.ATTRIBUTES/VARIABLE_VALUE" in names


def test_programs_can_do_without_seeds_and_metrics(tmp_path):
    def model(rate):
        found = tf.keras.Sequential([tf.keras.Input((2,)), layers.Dense(1), layers.Dropout(rate)])
        found.compile("sgd", "mse")
        return found

    with_seed = model(0.5)
    with_seed.fit(np.ones([2, 2]), np.ones([2, 1]), verbose=0)
    path = tf.train.Checkpoint(model=with_seed).write(tmp_path / "ck")
    without = tf.keras.Sequential([tf.keras.Input((2,)), layers.Dense(1), layers.ReLU()])
    without.compile("sgd", "mse")
    without.optimizer.build(without.trainable_variables)
    tf.train.Checkpoint(model=without).read(path).assert_consumed()
    path = tf.train.Checkpoint(model=without).write(tmp_path / "other")
    tf.train.Checkpoint(model=with_seed).read(path).assert_consumed()


def test_vocabularies(tmp_path):
    layer = layers.TextVectorization(output_mode="tf_idf")
    layer.adapt(["a b a", "b c"])
    path = tf.train.Checkpoint(layer=layer).write(tmp_path / "ck")
    other = layers.TextVectorization(output_mode="tf_idf")
    tf.train.Checkpoint(layer=other).read(path).assert_consumed()
    assert other.get_vocabulary() == layer.get_vocabulary()
    np.testing.assert_array_equal(other(["a c"]), layer(["a c"]))


def test_stateful_layers(tmp_path):
    layer, x = layers.LSTM(2, stateful=True), tf.ones([1, 2, 3])
    layer(x)
    path = tf.train.Checkpoint(layer=layer).write(tmp_path / "ck")
    after, other = layer(x), layers.LSTM(2, stateful=True)
    status = tf.train.Checkpoint(layer=other).read(path)
    np.testing.assert_array_equal(other(x), after)
    status.assert_consumed()


def test_values_are_there_before_a_function_traces(tmp_path):
    class Net(tf.Module):
        w = None

        @tf.function
        def __call__(self, x):
            if self.w is None:
                self.w = tf.Variable([[5.0], [6.0]])
            return tf.matmul(x, self.w)

    net = Net()
    net(tf.ones([1, 2]))
    net.w.assign([[1.0], [2.0]])
    path = tf.train.Checkpoint(net=net).write(tmp_path / "ck")
    again = Net()
    status = tf.train.Checkpoint(net=again).read(path)
    assert again(tf.ones([1, 2])).numpy().tolist() == [[3.0]]
    status.assert_consumed()


def test_shapes_that_are_open(tmp_path):
    v = tf.Variable([1.0, 2.0], shape=[None])
    path = tf.train.Checkpoint(v=v).write(tmp_path / "ck")
    v.assign([1.0])
    tf.train.Checkpoint(v=v).read(path).assert_consumed()
    assert v.numpy().tolist() == [1.0, 2.0]


@pytest.mark.parametrize("name", ["weights", "weights.ckpt"])
def test_keras_2s_way_with_weights(name, tmp_path):
    def model():
        found = tf.keras.Sequential([layers.Dense(3), layers.Dense(1)])
        found.compile("adam", "mse")
        return found

    x, y, prefix = np.ones([4, 2]), np.ones([4, 1]), str(tmp_path / name)
    first = model()
    first.fit(x, y, verbose=0)
    first.save_weights(prefix)
    first.fit(x, y, verbose=0)
    other = model()
    status = other.load_weights(prefix)
    other.fit(x, y, verbose=0)
    status.assert_consumed()
    for one, another in zip(first.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, another)
    assert tf.train.latest_checkpoint(tmp_path) == prefix
    with pytest.raises(FileExistsError):
        first.save_weights(prefix, overwrite=False)


def test_an_object_with_two_names(tmp_path):
    shared = tf.Variable(1.0)
    path = tf.train.Checkpoint(a=shared, b=[shared]).write(tmp_path / "ck")
    assert len(tf.train.list_variables(path)) == 2
    a, b = tf.Variable(0.0), tf.Variable(0.0)
    tf.train.Checkpoint(a=a, b=[b]).read(path).assert_consumed()
    assert (a.numpy(), b.numpy()) == (1.0, 1.0)


def test_write_callbacks(tmp_path):
    told = []
    options = tf.train.CheckpointOptions(
        experimental_write_callbacks=[told.append, lambda: told.append("written")]
    )
    path = tf.train.Checkpoint(v=tf.Variable(1.0)).save(tmp_path / "ck", options)
    assert told == [path, "written"]


def test_waiting_for_new_checkpoints(tmp_path):
    checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
    found, asked = [], []

    def timed_out():
        asked.append(1)
        return len(asked) == 3

    assert list(tf.train.checkpoints_iterator(tmp_path, timeout=0, timeout_fn=timed_out)) == []
    assert len(asked) == 3
    checkpoint.save(tmp_path / "ck")
    for path in tf.train.checkpoints_iterator(tmp_path, timeout=0):
        found.append(path)
        if len(found) < 3:
            checkpoint.save(tmp_path / "ck")
    assert [path[-1] for path in found] == ["1", "2", "3"]


def test_several_checkpoints_wait_for_one_object(tmp_path):
    def write(name, **values):
        variables = {key: tf.Variable(value) for key, value in values.items()}
        return tf.train.Checkpoint(**variables).write(tmp_path / name)

    checkpoint = tf.train.Checkpoint()
    first = checkpoint.read(write("first", a=1.0, b=2.0))
    second = checkpoint.read(write("second", b=3.0, c=4.0))
    for name in "abc":
        setattr(checkpoint, name, tf.Variable(0.0))
    assert [float(getattr(checkpoint, name)) for name in "abc"] == [1.0, 3.0, 4.0]
    second.assert_nontrivial_match()
    with pytest.raises(AssertionError, match=r"\(root\).b"):
        first.assert_consumed()  # which is the second's
