"""model.summary() against the text that Keras prints for the same models."""

import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest

import tensorbrook as tf
from tensorbrook.charts import terminal
from tensorbrook.keras.utils.summary import Row, Total, readable_size, summary_text

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
GOLDEN = json.loads((ORACLES / "golden/summary.json").read_text("utf-8"))

_spec = importlib.util.spec_from_file_location("make_summary", ORACLES / "make_summary.py")
make_summary = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_summary)


def summary(name, **options) -> str:
    lines = []
    model = make_summary.build(make_summary.MODELS[name], tf.keras)
    model.summary(print_fn=lines.append, **options)
    return "\n".join(lines)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['model']} {case['options']}")
@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
def test_keras_prints_the_same(case, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert summary(case["model"], **case["options"]) == case["text"]


def test_it_prints_to_standard_output(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    model = make_summary.build(make_summary.MODELS["functional"], tf.keras)
    model.summary()
    functional = [c["text"] for c in GOLDEN if (c["model"], c["options"]) == ("functional", {})]
    assert [capsys.readouterr().out] == functional


@pytest.mark.parametrize(
    "options, words",
    [
        ({"layer_range": ["dense", "nowhere"]}, "matches no layer; the layers are"),
        ({"layer_range": ["dense"]}, "must hold two names"),
        ({"line_length": 8}, "narrower than 4 characters"),
    ],
)
def test_wrong_use(options, words):
    with pytest.raises(ValueError, match=words):
        summary("functional", **options)


def test_names_are_shown_as_they_are_and_colors_only_on_request(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    row = Row("a[bold]b[/]", "Dense", [(None, 2), (None, 3)], 1234)
    plain = summary_text("m[red]", [row], [Total("Total params", 1234, 4936)])
    assert "│ a[bold]b[/] (Dense)" in plain
    assert '\nModel: "m[red]"\n' in "\n" + plain
    assert "[(None, 2), (None," in plain and "1,234" in plain and "\x1b" not in plain
    colored = summary_text("m", [row], [], color=True)
    assert "\x1b[38;5;34m1,234\x1b[0m" in colored


@pytest.mark.parametrize(
    "size, words",
    [(0, "0.00 B"), (1023, "1023.00 B"), (1024, "1.00 KB"), (5 * 2**30, "5.00 GB")],
)
def test_readable_size(size, words):
    assert readable_size(size) == words


def test_a_stream_without_box_characters_gets_a_table_of_ascii(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = summary_text("m", [Row("dense", "Dense", (None, 2), 6, level=1)], [])
    plain = terminal.encodable(text, "ascii")
    assert "?" not in plain
    assert [len(line) for line in plain.splitlines()] == [len(line) for line in text.splitlines()]
    assert "| " in plain and "+=====" in plain and "+-----" in plain


def test_the_first_summary_of_a_process_draws_nothing():
    program = (
        "import random, tensorbrook as tf\n"
        "model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])\n"
        "before = random.getstate()\n"
        "model.summary()\n"
        "assert 'rich' in __import__('sys').modules and random.getstate() == before\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


class _Pair(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = tf.keras.layers.Dense(3, name="dense")
        self.stack = tf.keras.Sequential([tf.keras.layers.Dense(2)], name="stack")

    def call(self, x):
        return self.stack(self.dense(x))


def test_layers_that_were_built_by_hand_show_their_shapes(capsys):
    class Built(_Pair):
        def build(self, input_shape):
            self.dense.build(input_shape)
            self.stack.build((None, 3))

    model = Built()
    model.build((None, 4))
    model.summary()
    assert "(None, 3)" in capsys.readouterr().out


@pytest.mark.parametrize("how", ["call", "fit"])
def test_a_subclassed_model_shows_the_batch_of_a_call_and_none_of_fit(how, capsys):
    x, model = tf.ones([40, 4]), _Pair()
    if how == "call":
        model(x)
    else:
        model.compile("sgd", "mse")
        model.fit(x, tf.ones([40, 2]), verbose=0)
    model.summary()
    batch, printed = (40 if how == "call" else None), capsys.readouterr().out
    assert f"({batch}, 3)" in printed and f"({batch}, 2)" in printed  # as Keras prints them
