"""AutoGraph: converted functions do in a trace what Python does eagerly."""

import functools
import io
import linecache
import re
import traceback

import autograph_loops
import numpy as np
import pytest
from autograph_corpus import CASES, Scaler, helper

import tensorbrook as tf
from tensorbrook.function.autograph import runtime, source

assert autograph_loops  # it entered its functions into CASES


def as_argument(value):
    return tf.constant(value) if isinstance(value, (float, list)) else value


def assert_same(got, want):
    for g, w in zip(tf.nest.flatten(got), tf.nest.flatten(want), strict=True):
        np.testing.assert_allclose(np.asarray(g), np.asarray(w), rtol=1e-6)
    assert len(tf.nest.flatten(got)) == len(tf.nest.flatten(want))


@pytest.mark.parametrize("function, calls", CASES, ids=[f.__name__ for f, _ in CASES])
def test_traced_as_python(function, calls):
    traced = tf.function(function)
    signatures = set()
    for call in calls:
        args = [as_argument(v) for v in call]
        signatures.add(tuple((v.shape, v.dtype) if tf.is_tensor(v) else v for v in args))
        assert_same(traced(*args), function(*args))
    assert traced.experimental_get_tracing_count() == len(signatures)
    assert "eagerly" not in traced.explain()


@pytest.mark.parametrize("function, calls", CASES, ids=[f.__name__ for f, _ in CASES])
def test_converted_on_known_values_as_python(function, calls):
    for call in calls:
        args = [as_argument(v) for v in call]
        assert_same(tf.autograph.to_graph(function)(*args), function(*args))


# -- what stays out of a graph runs eagerly, right -------------------------------------------------


class Box:
    value = None


def sets_attribute(x):
    box = Box()
    if x > 0:
        box.value = x
    return box.value is None


def other_type(x):
    if x > 0:
        y = "positive"
    else:
        y = x
    return y


def one_branch_only(x):
    if x > 0:
        y = x * 2
    if x > 0.5:
        return y
    return x


def first_in_a_while(x):
    n = x
    while n > 0:
        y = n * 2
        n -= 1
    return y if x > 0 else x


def first_in_a_range(x):
    y = 0.5
    for i in tf.range(tf.abs(x)):
        z = tf.cast(i, tf.float32)
        y = y + z
    return z if y > 1 else y


def changes_a_list(x):
    found = []
    if x > 0:
        found.append(x)
    return len(found)


def bound_in_a_loop(x):
    while x > -10:
        y = 2
        x = x - 5
    return y


def endless_recursion(x):
    return x if x > 10 else endless_recursion(x + 1)


def shape_by_branch(x):
    y = tf.stack([x, x]) if x > 0 else x
    return tf.reduce_sum(y)


@pytest.mark.parametrize(
    "function, reason",
    [
        (sets_attribute, "box.value is assigned"),
        (other_type, "'y' has not the same"),
        (one_branch_only, "'y' has not the same"),
        (first_in_a_while, "'y' gets its value in a loop"),
        (first_in_a_range, "'z' gets its value in a loop"),
        (changes_a_list, "a list changes"),
        (bound_in_a_loop, "'y' gets its value in a loop"),
        (endless_recursion, "recursion"),
        (shape_by_branch, "conditional expression"),
    ],
)
def test_what_a_graph_cannot_hold_runs_eagerly(function, reason):
    traced = tf.function(function)
    with pytest.warns(UserWarning, match=reason):
        for x in (tf.constant(3.0), tf.constant(-3.0)):
            assert traced(x).numpy() == tf.constant(function(x)).numpy()  # a tensor, as traced
    assert traced.experimental_get_tracing_count() == 0
    assert __file__ in traced.explain()


def test_a_name_that_python_does_not_know_is_pythons_error():
    def f(x):
        for v in x:
            y = v
        return y

    with pytest.raises(NameError, match="'y'"):
        tf.function(f)(tf.zeros((0,)))


def test_without_source_it_runs_eagerly():
    space = {}
    exec("def f(x):\n    return x if x > 0 else -x", space)
    traced = tf.function(space["f"])
    with pytest.warns(UserWarning, match="runs eagerly"):
        assert float(traced(tf.constant(-2.0))) == 2.0


def test_do_not_convert_and_autograph_false():
    @tf.autograph.experimental.do_not_convert
    def inner(x):
        return x if x > 0 else -x

    for f in (tf.function(lambda x: inner(x) * 1), tf.function(helper, autograph=False)):
        with pytest.warns(UserWarning, match="runs eagerly"):
            assert float(f(tf.constant(2.0))) in (2.0, 20.0)
    decorated = tf.function(autograph=False)(helper)
    with pytest.warns(UserWarning, match="runs eagerly"):
        decorated(tf.constant(2.0))


def test_a_data_set_is_read_at_each_call():
    data = tf.data.Dataset.range(3)

    @tf.function
    def total(x):
        for v in data:
            x += tf.cast(v, tf.float32)
        return x

    assert [float(total(tf.constant(x))) for x in (1.0, 2.0)] == [4.0, 5.0]


# -- sources ---------------------------------------------------------------------------------------


def test_lambdas_are_found_among_others():
    fs = [tf.function(lambda x: x if x > 0 else -x), tf.function(lambda x: x if x < 0 else -x)]
    assert [float(f(tf.constant(-2.0))) for f in fs] == [2.0, -2.0]
    assert all("eagerly" not in f.explain() for f in fs)


def fails_in_a_branch(x):
    if x > 0:
        y = x
        for _ in tf.range(3):
            y = tf.reshape(y, (7,))  # the line that fails
    else:
        y = x
    return y


def test_tracebacks_show_the_users_line_and_function():
    with pytest.raises(Exception) as caught:
        tf.function(fails_in_a_branch)(tf.constant(1.0))
    frames = [f for f in traceback.extract_tb(caught.value.__traceback__) if f.filename == __file__]
    assert frames[-1].line == "y = tf.reshape(y, (7,))  # the line that fails"
    assert {f.name for f in frames[1:]} == {"fails_in_a_branch"}
    assert "ag__" not in "".join(f.name for f in frames)


def test_conversion_happens_once_a_code(monkeypatch):
    calls = []
    monkeypatch.setattr(source, "rewritten_tree", lambda *a: calls.append(a))

    def make(k):
        return lambda x: x + k if x > 0 else x

    for k in range(3):
        source.convert(make(k), runtime)
    assert len(calls) == 1


def test_twins_share_cells_defaults_and_globals():
    count = 0

    def f(x, step=2, *, sign=1):
        nonlocal count
        while x > 0:
            x -= step
            count += sign
        return x

    twin = tf.autograph.to_graph(f)
    assert twin(5) == -1 and count == 3
    assert twin is not f and twin.__defaults__ is f.__defaults__ and twin.__closure__ != ()
    assert twin(5, 5, sign=10) == 0 and count == 13


def test_functions_with_nothing_to_convert_are_not_touched():
    def plain(x):
        return tf.square(x) + np.sum([1.0])

    for f in (plain, tf.square, np.sum, len, functools.reduce, linecache.getline, Scaler):
        assert runtime.call(f) is f


# -- print, assert ---------------------------------------------------------------------------------


def test_print_of_tensors_happens_at_each_run(capsys):
    @tf.function
    def f(x):
        print("tracing")
        print("x", x, sep="=")
        if x > 1:
            print(x * 2)
        return x

    for v in (1.0, 2.0):
        f(tf.constant(v))
    assert capsys.readouterr().out == "tracing\nx=1\nx=2\n4\n"


def test_print_to_a_stream():
    stream = io.StringIO()
    tf.function(lambda x: print(x, file=stream, end="!"))(tf.constant(1.5))
    assert stream.getvalue() == "1.5!"


def test_asserts():
    @tf.function
    def f(x):
        assert x > 0, "must be positive"
        return x

    f(tf.constant(1.0))
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be positive"):
        f(tf.constant(-1.0))

    @tf.function
    def g(n):
        assert n > 0, "Python's own"

    with pytest.raises(AssertionError, match="Python's own"):
        g(-1)


# -- variables, nested functions, Keras ------------------------------------------------------------


def test_variables_in_branches_and_loops():
    v = tf.Variable(0.0)

    @tf.function
    def f(x):
        if x > 0:
            v.assign_add(x)
        for _ in tf.range(3):
            v.assign(v * 2.0)
        return v + 0.0

    assert [float(f(tf.constant(x))) for x in (1.0, -1.0, 1.0)] == [8.0, 64.0, 520.0]
    assert "eagerly" not in f.explain()


def test_a_traced_function_within_another():
    @tf.function
    def inner(x):
        return x * 2 if x > 0 else x

    class Owner:
        @tf.function
        def method(self, x):
            if x > 0:
                return inner(x)
            return x - 1

    owner = Owner()
    outer = tf.function(lambda x: owner.method(x) + 1.0)
    assert [float(outer(tf.constant(x))) for x in (3.0, -3.0)] == [7.0, -3.0]
    assert float(owner.method(tf.constant(3.0))) == 6.0
    assert "eagerly" not in outer.explain() + owner.method.explain()


class Gate(tf.keras.layers.Layer):
    def call(self, x, training=False):
        if training:
            x = x * 2.0
        if tf.reduce_sum(x) > 0:
            return x
        return -x


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.gate, self.dense = Gate(), tf.keras.layers.Dense(1, kernel_initializer="ones")

    def call(self, x):
        return self.dense(self.gate(x))


def clipped(y, p):
    loss = tf.reduce_mean(tf.square(y - p))
    if loss > 100.0:
        return loss * 0.0 + 100.0
    return loss


def test_keras_layers_and_losses():
    model = Net()
    model.compile("sgd", clipped)
    x = np.array([[1.0, 2.0], [-3.0, -4.0]], np.float32)
    y = np.zeros((2, 1), np.float32)
    # the rows sum to 3 and -7, which the dense layer of ones gives; the loss is below its limit
    loss = model.evaluate(x, y, verbose=0)
    assert loss == pytest.approx((3.0**2 + 7.0**2) / 2)
    history = model.fit(10 * np.abs(x), y, batch_size=2, epochs=1, verbose=0)
    assert history.history["loss"] == [pytest.approx(100.0)]
    functional_in = tf.keras.Input((2,))
    functional = tf.keras.Model(functional_in, Gate()(functional_in))
    np.testing.assert_allclose(functional.predict(x, verbose=0), -x)


class Counted(tf.keras.Model):
    def call(self, x):
        return x

    def test_step(self, data):
        x, _ = data
        if tf.reduce_sum(x) > 0:
            value = tf.reduce_sum(x)
        else:
            value = tf.constant(-1.0)
        return {"value": value}


def test_keras_steps():
    model = Counted()
    model.compile()
    for sign, want in ((1.0, 4.0), (-1.0, -1.0)):
        x = sign * np.ones((2, 2), np.float32)
        assert model.evaluate(x, x, verbose=0, return_dict=True)["value"] == want


# -- tf.autograph ----------------------------------------------------------------------------------


def test_to_code_and_its_errors():
    assert "ag__.if_stmt" in tf.autograph.to_code(helper)
    assert "ag__.call" not in tf.autograph.to_code(lambda x: helper(x) if x else x, recursive=False)
    with pytest.raises(TypeError, match="expected a Python function"):
        tf.autograph.to_graph(3)
    with pytest.raises(ValueError, match="source"):
        tf.autograph.to_code(eval("lambda x: x"))
    with pytest.raises(TypeError, match="leave it out"):
        tf.autograph.to_graph(helper, experimental_optional_features="ALL")
    features = tf.autograph.experimental.Feature.LISTS
    assert tf.autograph.to_graph(helper, experimental_optional_features=features)


def sum_of(n, options):
    s = 0
    for i in tf.range(n):
        tf.autograph.experimental.set_loop_options(**options)
        s += i
    return s


def rounds_of(n, options):
    i = 0
    while i < n:
        tf.autograph.experimental.set_loop_options(2, maximum_iterations=options - 1)
        i += 1
    return i


def first_of(rows, options):
    s = 0
    for row in rows:
        tf.autograph.experimental.set_loop_options(maximum_iterations=options)
        s += row
    return s


@pytest.mark.parametrize(
    ("function", "argument", "options", "expected"),  # TensorFlow's figures
    [
        (sum_of, 10, {"maximum_iterations": 3}, 3),
        (sum_of, 2, {"maximum_iterations": 3, "swap_memory": True}, 1),
        (sum_of, 5, {"parallel_iterations": 1}, 10),
        (rounds_of, 10, 5, 4),
        (rounds_of, 10, tf.constant(4), 3),
        (rounds_of, 2, tf.constant(4), 2),
        (first_of, [10, 20, 30], 2, 30),
        (first_of, [10, 20, 30], tf.constant(1), 10),
    ],
)
def test_the_most_rounds_of_a_loop(function, argument, options, expected):
    assert int(tf.function(function)(tf.constant(argument), options)) == expected


def test_the_most_rounds_of_a_loop_over_data():
    with pytest.raises(NotImplementedError, match=r"dataset.take"):
        tf.function(first_of)(tf.data.Dataset.range(3), 2)


def test_what_branches_lose_ends_a_trace_without_autograph():
    def either(x, flag):
        if flag:
            y = x[:1]
        else:
            y = x
        return y * 2

    twin = tf.autograph.to_graph(either)
    made = tf.function(lambda x, flag: twin(x, flag), autograph=False)
    made.warns = False
    for flag in (True, False):
        assert made(tf.ones(3), tf.constant(flag)).shape == (1 if flag else 3,)


def test_a_function_is_decorated_before_its_first_call():  # as Sonnet does with a module's methods
    made = tf.function(lambda x: x + 1)
    made._decorate(lambda inner: lambda x: inner(x) * 10)
    assert int(made(tf.constant(2))) == 30


def test_verbosity(capsys):
    tf.autograph.set_verbosity(1, alsologtostdout=True)
    try:
        tf.autograph.to_graph(lambda x: x if x else 0)
    finally:
        tf.autograph.set_verbosity(0)
    said = capsys.readouterr()
    assert "converted" in said.err and said.out == said.err


def test_to_graph_of_a_method():
    scale = tf.autograph.to_graph(Scaler(4.0).scale)
    assert float(scale(tf.constant(2.0))) == 8.0


class Keeper:
    def __init__(self):
        self.calls, self.kept, self.collected = 0, [], []

    @tf.function
    def counts(self, x):
        self.calls += 1
        return x + 1.0

    @tf.function
    def keeps(self, x):
        self.kept.append(x + 1.0)
        return x

    @tf.function
    def collects(self, x):
        self.collected = []
        self.total = 0.0
        for step in (1.0, 2.0):
            self.collected.append(x + step)
            self.total += x
        return tf.stack(self.collected) + self.total


def test_what_runs_only_when_traced_is_told():
    keeper, line = Keeper(), Keeper.counts.python_function.__code__.co_firstlineno
    for _ in range(3):
        keeper.counts(tf.constant(1.0))
    assert keeper.calls == 1
    want = f"only when traced: self.calls += 1 ({__file__}:{line + 2})"
    assert keeper.counts.explain().count(want) == 1
    place = f"{__file__}:{line + 7}"
    with pytest.warns(UserWarning, match=re.escape(f"`self.kept.append(x + 1.0)` ({place})")):
        keeper.keeps(tf.constant(1.0))
    keeper.keeps(tf.constant([1.0]))  # once is enough
    assert keeper.collects(tf.constant(1.0)).numpy().tolist() == [4.0, 5.0]
    assert "only when traced" not in keeper.collects.explain()


def test_a_method_of_the_program_s_own_is_no_container_s():
    class Mean:
        def __init__(self):
            self.total = tf.Variable(0.0)

        def update(self, value):
            self.total.assign_add(value)

    mean = Mean()

    @tf.function
    def f(x):
        mean.update(x)
        return x

    f(tf.constant(1.0)), f(tf.constant(2.0))  # a warning would be an error
    assert mean.total.numpy() == 3.0 and "only when" not in f.explain()


def test_what_a_helper_does_to_its_callers_names_is_no_effect():
    @tf.function
    def f(x):
        acc, total = [], 0.0

        def helper(v):
            nonlocal total
            acc.append(v)
            total += v

        helper(x)
        helper(2.0 * x)
        return acc[0] + acc[1] + total

    assert f(tf.constant(1.0)).numpy() == 6.0 and "only when" not in f.explain()
