"""Several threads at once: tapes, traces and scopes of their own; what they share stays right."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.errors import TraceBreak

SECONDS = 9  # of the test of all at once


def elsewhere(function, *args):
    """What a function returns, or raises, in a new thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *args).result(60)


def together(*functions):
    """What functions return that begin at the same time, each in a thread."""
    barrier = threading.Barrier(len(functions))

    def begin(function):
        barrier.wait(10)
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return [f.result(60) for f in [pool.submit(begin, function) for function in functions]]


def square_under_tape(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape, y


# -- contexts --------------------------------------------------------------------------------------


def test_a_tape_records_its_own_thread_only():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = elsewhere(lambda: x * x)
    assert tape.gradient(y, x) is None


def test_a_tape_serves_the_thread_that_enters_or_asks_it():
    x = tf.constant(3.0)
    tape, y = square_under_tape(x)
    assert elsewhere(tape.gradient, y, x).numpy() == 6
    tape, y = elsewhere(square_under_tape, x)
    assert tape.gradient(y, x).numpy() == 6
    with tf.GradientTape() as tape, pytest.raises(ValueError, match="still recording"):
        elsewhere(tape.__enter__)


def test_stop_recording_in_another_thread_comes_back_to_the_first():
    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)

        def unseen():
            with tape.stop_recording():
                return x * x

        elsewhere(unseen)
        y = x * x
    assert tape.gradient(y, x).numpy() == 6


def test_init_scope_of_one_thread_leaves_the_tapes_and_traces_of_others():
    inside, done = threading.Event(), threading.Event()

    def hide():
        with tf.init_scope():
            inside.set()
            done.wait(10)

    v, x = tf.Variable(2.0), tf.constant(5.0)
    with ThreadPoolExecutor(1) as pool:
        hiding = pool.submit(hide)
        inside.wait(10)
        with tf.GradientTape() as tape:
            y = v * v
        double = tf.function(lambda x: (x * v, tf.constant(tf.executing_eagerly())))
        result, eager = double(x)
        done.set()
        hiding.result(10)
    assert tape.gradient(y, v).numpy() == 4
    assert result.numpy() == 10 and not eager
    v.assign(3.0)
    assert double(x)[0].numpy() == 15


def test_a_variable_read_while_another_thread_traces_is_no_constant():
    v, (one, two) = tf.Variable(1.0), (threading.Event(), threading.Event())

    @tf.function
    def f(x):
        one.set()
        two.wait(10)
        return x + v

    @tf.function
    def g(x):
        one.wait(10)
        y = x * v
        two.set()
        return y

    x = tf.constant(1.0)
    results = together(lambda: f(x), lambda: g(x))
    assert [r.numpy() for r in results] == [2, 1]
    v.assign(10.0)
    assert (f(x).numpy(), g(x).numpy()) == (11, 10)


def test_a_tensor_of_a_trace_in_another_thread():
    v, words = tf.Variable(1.0), []

    @tf.function
    def f(x):
        for function in (
            lambda: x + 1.0,
            lambda: v.assign(x),
            lambda: tf.function(lambda: x + 1.0)(),
        ):
            with pytest.raises((TraceBreak, ValueError)) as caught:
                elsewhere(function)
            words.append(str(caught.value))
        return x

    with pytest.warns(UserWarning, match="of another thread"):  # the third, which then runs eagerly
        f(tf.constant(3.0))
    assert len(words) == 3
    assert "of another thread" in words[0] and "no value outside its trace" in words[1]
    assert v.numpy() == 1


def test_scopes_and_names_belong_to_a_thread():
    def build():
        model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(3)])
        return model.name, model.layers[0].name, tf.Variable(1.0, name="w").name

    tf.keras.layers.Dense(1)
    scope = tf.keras.utils.custom_object_scope({"twice": lambda x: 2 * x})
    with tf.name_scope("outer"), scope, tf.device("/CPU:0"):
        assert elsewhere(build) == elsewhere(build) == ("sequential", "dense", "w:0")
        with pytest.raises(ValueError, match="twice"):
            elsewhere(tf.keras.activations.get, "twice")


# -- functions and variables that threads share ----------------------------------------------------


def test_the_first_call_of_a_shared_function_is_traced_once():
    traces = []

    class Holder:
        @tf.function
        def f(self, x):
            traces.append(threading.get_ident())
            time.sleep(0.05)
            return x * 2.0

    holder = Holder()
    results = together(*[lambda k=k: holder.f(tf.constant([1.0 + k])) for k in range(4)])
    assert [r.numpy()[0] for r in results] == [2, 4, 6, 8]
    assert len(traces) == holder.f.experimental_get_tracing_count() == 1


def test_variables_made_at_the_first_call_are_made_once():
    made = []

    @tf.function
    def f(x):
        if not made:
            time.sleep(0.05)
            made.append(tf.Variable(tf.reduce_sum(x)))
        return made[0] + x

    results = together(*[lambda: f(tf.constant([2.0]))] * 3)
    assert [r.numpy()[0] for r in results] == [4, 4, 4]
    assert len(made) == 1


@pytest.mark.parametrize("size", [1, 50_000])  # within Python's lock, and without it
def test_additions_from_several_threads_are_all_counted(size):
    v, w = tf.Variable(tf.zeros(size)), tf.Variable(tf.zeros(size))
    one = tf.ones(size)

    @tf.function
    def both():
        v.assign_add(one)
        w.assign_add(one)

    @tf.function
    def reverse():
        w.assign_sub(-one)
        v.assign_sub(-one)

    both(), reverse()
    rounds = 300

    def repeat(function):
        for _ in range(rounds):
            function()

    together(*[lambda f=f: repeat(f) for f in (both, reverse, lambda: v.assign_add(one), both)])
    np.testing.assert_array_equal(v.numpy(), np.full(size, 2 + 4 * rounds))
    np.testing.assert_array_equal(w.numpy(), np.full(size, 2 + 3 * rounds))


def test_a_value_that_was_read_never_changes():
    size = 50_000
    v, ended = tf.Variable(np.zeros(size, "float32")), threading.Event()

    @tf.function
    def add():
        v.assign_add(tf.ones([size]))
        return v.read_value()

    @tf.function
    def look():
        return tf.reduce_min(v), tf.reduce_max(v)

    def write():
        while not ended.is_set():
            add()

    def read():
        try:
            kept = [(t, t.numpy()) for t in (v.read_value() for _ in range(200))]
            pairs = [look() for _ in range(200)]
        finally:
            ended.set()
        return kept, pairs

    add(), look()
    _, (kept, pairs) = together(write, read)
    for tensor, array in kept:
        assert len(np.unique(array)) == 1
        np.testing.assert_array_equal(tensor.numpy(), array)
    assert all(low.numpy() == high.numpy() for low, high in pairs)
    values = [array[0] for _, array in kept] + [low.numpy() for low, _ in pairs]
    assert values == sorted(values)


def test_random_numbers_of_a_function_that_runs_eagerly():
    @tf.function
    def f():
        tf.constant(1.0).numpy()
        x = tf.random.uniform(())
        time.sleep(0)
        return tf.constant(x.numpy()), tf.random.uniform(())

    tf.random.set_seed(5)
    with pytest.warns(UserWarning, match="runs eagerly"):
        f()
    tf.random.set_seed(5)
    count = 50
    results = together(*[lambda: [f() for _ in range(count)]] * 3)
    drawn = [tuple(t.numpy() for t in pair) for found in results for pair in found]
    tf.random.set_seed(5)
    alone = [tuple(t.numpy() for t in f()) for _ in range(3 * count)]
    for place in range(2):  # each call has a stream of its own, and no number of it comes twice
        assert sorted(p[place] for p in drawn) == sorted(p[place] for p in alone)


def test_an_iterator_gives_each_element_to_one_thread():
    elements = iter(tf.data.Dataset.range(500).map(lambda n: tf.constant(time.sleep(0) or n + 1)))
    found = together(*[lambda: [int(n) for n in elements]] * 3)
    assert sorted(n for each in found for n in each) == list(range(1, 501))
    assert all(each == sorted(each) for each in found)


# -- all at once -----------------------------------------------------------------------------------


def small_model(seed):
    kernels = [tf.keras.initializers.GlorotUniform(seed + k) for k in range(2)]
    return tf.keras.Sequential(
        [
            tf.keras.Input((3,)),
            tf.keras.layers.Dense(4, activation="tanh", kernel_initializer=kernels[0]),
            tf.keras.layers.Dense(1, kernel_initializer=kernels[1]),
        ]
    )


def data(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(50, 3)).astype("float32")
    return x, x.sum(1, keepdims=True)


def build(seed):
    model = small_model(seed)
    out = tf.keras.layers.Concatenate()([model.output, model.input * 2.0])
    both = tf.keras.Model(model.input, out)
    return [[w.path.split("/")[-1] for w in both.weights], both(data(seed)[0]), both.count_params()]


def fit(seed):
    model = small_model(seed)
    model.compile(tf.keras.optimizers.Adam(0.01), "mse")
    x, y = data(seed)
    history = model.fit(x, y, batch_size=16, epochs=2, shuffle=False, verbose=0)
    return [history.history["loss"], *model.get_weights(), model.predict(x[:7], verbose=0)]


def by_hand(seed):
    x, y = map(tf.constant, data(seed))
    w = tf.Variable(tf.zeros([3, 1]))
    for _ in range(20):
        with tf.GradientTape() as outer, tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
        w.assign_sub(0.1 * tape.gradient(loss, w))
    return [w, loss, outer.gradient(loss, w)]


def traced(seed):
    v = tf.Variable([1.0, 2.0])

    @tf.custom_gradient
    def halved(x):
        return x * v, lambda g, variables: (g / 2.0, [g])

    @tf.function
    def f(n, x):
        total = x
        for i in tf.range(n):
            if tf.reduce_sum(total) > 20.0:
                total = total / 2.0
            else:
                total = total + tf.cast(i, tf.float32) * v
        v.assign_add(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = halved(x)
        return total, tape.gradient(y, x)

    x = tf.constant([1.0, float(seed)])
    return [*f(tf.constant(10 + seed), x), v]


@tf.function
def shared(x, deep):
    return tf.nn.softmax(x) @ tf.transpose(x) if deep else tf.reduce_logsumexp(x, axis=-1)


def call_shared(seed):
    x = np.random.default_rng(seed).normal(size=(3 + seed, 5)).astype("float32")
    return [shared(tf.constant(x), deep) for deep in (True, False)]


common_model = []


def predict_shared(seed):
    return [common_model[0].predict(data(seed)[0], verbose=0)]


def pipeline(seed):
    numbers = tf.data.Dataset.range(40).map(lambda n: n * n + seed, num_parallel_calls=2)
    batches = numbers.batch(7, drop_remainder=True).prefetch(2)
    return [tf.reduce_sum(b) for b in batches]


JOBS = [build, fit, by_hand, traced, call_shared, predict_shared, pipeline]


def arrays(results):
    return [np.asarray(r) for r in results]


def test_all_at_once_as_one_after_the_other():
    """Threads build, train, trace and read for some seconds: each result is the sequential one."""
    common_model[:] = [small_model(9)]
    common_model[0].build((None, 3))
    counter, one = tf.Variable(tf.zeros(9000)), tf.ones(9000)
    count = tf.function(lambda: counter.assign_add(one))
    end, counts, found = time.monotonic() + SECONDS, [], {}

    def work(jobs):
        for job, seed in itertools.cycle([(job, seed) for job in jobs for seed in range(3)]):
            found.setdefault((job, seed), []).append(arrays(job(seed)))
            count()
            counts.append(1)
            if time.monotonic() > end:
                return

    together(*[lambda k=k: work(JOBS[k:] + JOBS[:k]) for k in (*range(len(JOBS)), 1)])
    assert {job for job, _ in found} == set(JOBS)
    np.testing.assert_array_equal(counter.numpy(), np.full(9000, len(counts)))
    for (job, seed), results in found.items():
        expected = arrays(job(seed))
        for result in results:
            assert len(result) == len(expected)
            for a, b in zip(result, expected):
                np.testing.assert_array_equal(a, b, err_msg=f"{job.__name__}({seed})")
