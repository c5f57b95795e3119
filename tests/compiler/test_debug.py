"""TENSORBROOK_DEBUG: tables of times, printed programs and code; the numbers stay the same."""

import io
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.config import scoped
from tensorbrook.compiler.target import available

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from tensorbrook.compiler import debug, runtime


@pytest.fixture(autouse=True)
def fresh_tables(monkeypatch):
    monkeypatch.setattr(debug, "_tables", [])
    monkeypatch.setenv("TENSORBROOK_BACKEND", "native")


def train_step():
    v = tf.Variable(np.linspace(-1, 1, 40).reshape(8, 5))

    @tf.function
    def step(x, labels, m):
        with tf.GradientTape() as tape:
            logits = tf.matmul(x, v) * tf.linalg.det(m)  # no native code
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
            )
        v.assign_sub(0.5 * tape.gradient(loss, v))
        return loss

    return step, v


def run(calls):
    step, v = train_step()
    x, labels = tf.constant(np.arange(48.0).reshape(6, 8) / 48), tf.constant([0, 1, 2, 3, 4, 0])
    m = tf.constant([[2.0, 1.0], [1.0, 2.0]], tf.float64)
    losses = [step(x, labels, m).numpy() for _ in range(calls)]
    (concrete,) = step._traces.values()
    return losses, v.numpy(), concrete.executable().program


def shown():
    file = io.StringIO()
    debug.report(file)
    return file.getvalue()


def test_measuring_changes_no_number_and_counts_every_kernel():
    plain, weights, program = run(3)
    assert program._execute is runtime.execute() and shown() == ""
    with scoped(debug=1):
        measured, measured_weights, program = run(3)
    assert plain == measured and weights.tobytes() == measured_weights.tobytes()
    text = shown()
    assert text.startswith("step: 3 calls of ")
    rows = text.splitlines()[2:]
    assert len(rows) == len(program.steps)
    assert all(int(row.split()[1]) == 3 for row in rows)
    shares = [float(row.split()[0].rstrip("%")) for row in rows]
    assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(100, abs=1)
    kinds = [re.search(r"(NumPy|contract|fused|check) +(\S.*)", row).groups() for row in rows]
    assert ("NumPy", "det") in kinds and ("check", "sparse_softmax_cross_entropy") in kinds
    products = [what for kind, what in kinds if kind == "contract"]
    assert sorted(products) == ["matmul 1 x 6 x 5 x [8]", "matmul 1 x 8 x 5 x [6]"]
    assert any(kind == "fused" and what.split()[-1] == "subtract" for kind, what in kinds)


def test_rates_are_those_of_the_work():
    with scoped(debug=1):
        f = tf.function(lambda a, b: tf.matmul(a, b))
        f(tf.ones([30, 40]), tf.ones([40, 50]))
    ((row,),) = [t.rows for t in debug._tables]
    assert row.flops == 2 * 30 * 40 * 50
    assert row.bytes == 4 * (30 * 40 + 40 * 50 + 30 * 50)


def test_rates_of_open_sizes_are_those_of_the_first_call():
    with scoped(debug=1):
        signature = [tf.TensorSpec([None, 40]), tf.TensorSpec([40, 50])]
        f = tf.function(lambda a, b: tf.matmul(a, b), input_signature=signature)
        f(tf.ones([30, 40]), tf.ones([40, 50]))
        f(tf.ones([3, 40]), tf.ones([40, 50]))
    rows = [row for table in debug._tables for row in table.rows if row.flops]
    assert {row.flops for row in rows} == {2 * 30 * 40 * 50}
    assert {row.bytes for row in rows} == {4 * (30 * 40 + 40 * 50 + 30 * 50)}
    assert "matmul 1 x " in shown()


def test_steps_that_run_one_kernel_share_a_row():
    a = tf.eye(6)
    with scoped(debug=1):
        f = tf.function(lambda x: tf.matmul(tf.matmul(x, a), a))
        f(tf.ones([6, 6]))
    ((row,),) = [t.rows for t in debug._tables]
    assert row.calls == 2 and row.what == "matmul 1 x 6 x 6 x [6]"


def test_a_kernel_that_refuses_still_raises_the_primitives_own_error():
    with scoped(debug=1):
        step, v = train_step()
        before = v.numpy()
        with pytest.raises(tf.errors.InvalidArgumentError, match="label value of 7"):
            step(
                tf.ones([6, 8], tf.float64),
                tf.constant([0, 1, 7, 3, 4, 0]),
                tf.eye(2, dtype=tf.float64),
            )
        np.testing.assert_array_equal(v.numpy(), before)


def test_level_2_prints_groups_and_level_4_the_code(capsys):
    with scoped(debug=2):
        run(1)
    text = capsys.readouterr().err
    assert re.search(
        r"^program step: \d+ steps \(\d NumPy\), arena \d+ bytes, \d+ threads$", text, re.M
    )
    assert "contract 1 x 6 x 5 x [8]: matmul\n      reads float64[6, 8] input 0, float" in text
    assert "NumPy 1: det\n      reads float64[2, 2] input 2\n" in text and "define" not in text
    with scoped(debug=4):
        tf.function(lambda x: tf.reduce_sum(tf.exp(x), 1))(tf.ones([2, 3]))
    text = capsys.readouterr().err
    assert "fused 2 x [3]: exp reduce_sum" in text
    (name,) = re.findall(r"^; (k[0-9a-f]{20}): fused exp reduce_sum$", text, re.M)
    assert f'define i32 @"{name}"' in text and f"\n{name}:\n" in text
    assert "exp(%0)" in text  # level 3's graph


def test_the_table_comes_at_the_end_of_a_process():
    program = "import tensorbrook as tf; tf.function(lambda x: x * 2.0 + 1.0)(tf.ones([3]))"
    environment = {**os.environ, "TENSORBROOK_DEBUG": "1"}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout == "" and found.stderr.splitlines()[-1].endswith("fused     multiply add")
    wrong = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TENSORBROOK_DEBUG": "all"},
        capture_output=True,
        text=True,
    )
    assert "TENSORBROOK_DEBUG is 'all': it must be a number from 0 to 4." in wrong.stderr


def test_the_steps_of_a_loop_are_printed_within_it_and_measured_one_by_one(capsys):
    @tf.function
    def f(x):
        for _ in tf.range(7):
            x = tf.tanh(x)
            x = x * tf.linalg.det(tf.eye(2) * x[0])
        return x

    x = tf.constant([0.5, -1.0])
    want = f(x).numpy()
    with scoped(debug=2):
        again = tf.function(f.python_function)
        assert again(x).numpy().tobytes() == want.tobytes()
        again(x)
    text = capsys.readouterr().err
    assert re.search(
        r"^  \d+ loop .*scan of \d+ steps 7 times\n(.*\n)*    \d+ NumPy 1: det", text, re.M
    )
    rows = {row.split()[-1]: row.split() for row in shown().splitlines()[2:]}
    assert rows["det"][1] == str(2 * 7)


@pytest.mark.parametrize("x", [[0.5, -1.0], [3.0, -7.0]])
def test_loops_and_branches_of_every_kind_give_the_same_when_measured(x):
    def f(x, rows):
        total, i = tf.zeros([2]), 0
        for row in rows:  # a loop that goes along rows
            total = total * 0.5 + row * x
        while tf.reduce_sum(tf.abs(x)) > 0.1:
            x = x * 0.3 if i % 2 == 0 else x - x * x * 0.1
            i += 1
        return total, x, i, tf.scan(lambda a, b: a * b + x, rows, total, reverse=True)

    rows = tf.constant(np.linspace(-1, 1, 12, dtype=np.float32).reshape(6, 2))
    want = tf.function(f)(tf.constant(x), rows)
    with scoped(debug=1):
        measured = tf.function(f)
        for _ in range(2):
            for a, b in zip(measured(tf.constant(x), rows), want, strict=True):
                assert a.numpy().tobytes() == b.numpy().tobytes()
    assert "eagerly" not in measured.explain() and shown().startswith("f: 2 calls")


def test_explain_tells_what_is_fused_and_what_runs_on_numpy_and_why():
    f = tf.function(
        lambda x, m: (tf.reduce_sum(tf.exp(x) * 2.0), tf.linalg.det(m), tf.cast(x, tf.complex64))
    )
    f(tf.ones([3]), tf.eye(2, dtype=tf.float64))
    assert f.explain().splitlines()[1:] == [
        "  (float32[3], float64[2, 2]): graph of 5 nodes",
        "    native: 1 fused, 2 NumPy",
        "      fused: exp multiply reduce_sum",
        "      on NumPy: det, no native code",
        "      on NumPy: cast, complex64 has no native code",
    ]


def test_explain_tells_what_of_a_graph_runs_on_numpy(monkeypatch):
    words = tf.function(lambda x: x + "!")
    words(tf.constant("a"))
    assert words.explain().splitlines()[-1] == "    on NumPy: add, since it works on strings"
    monkeypatch.setenv("TENSORBROOK_BACKEND", "reference")
    f = tf.function(lambda x: x + 1.0)
    f(tf.ones([3]))
    assert "on NumPy: all of it, since the reference backend" in f.explain()


def test_explain_of_a_keras_step():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones([4, 2], np.float32)
    model.fit(x, x[:, :1], batch_size=2, verbose=0)
    text = model.make_train_function().explain()
    assert "sequential" in text and "native: " in text and "contract" in text
