"""Progbar against Keras's own text, and its manners on pipes, slow terminals and odd encodings."""

import io
import json
import pathlib
import re
import sys
import types

import numpy as np
import pytest

from tensorbrook.base.config import scoped
from tensorbrook.charts import terminal
from tensorbrook.keras.utils import progress

GOLDEN = json.loads(
    (pathlib.Path(__file__).parents[1] / "oracles/golden/progress.json").read_text("utf-8")
)


@pytest.fixture
def clock(monkeypatch):
    clock = types.SimpleNamespace(now=0.0)
    monkeypatch.setattr(progress, "time", types.SimpleNamespace(time=lambda: 1000.0 + clock.now))
    return clock


@pytest.fixture
def screen(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    put(stream, monkeypatch)
    monkeypatch.setenv("COLUMNS", "200")
    return stream


def put(stream, monkeypatch) -> None:
    """Make `stream` standard output; pytest puts its own back between a fixture and its test."""
    fake = types.SimpleNamespace(stdout=stream, modules=sys.modules)
    monkeypatch.setattr(progress, "sys", fake)


def written(stream) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode(stream.encoding)


def shown(text: str) -> str:
    """What a terminal shows of `text`: colours gone, carriage returns obeyed."""
    lines = []
    for line in re.sub(r"\x1b\[[0-9;]*m", "", text).split("\n"):
        visible = ""
        for part in line.split("\r"):
            visible = part + visible[len(part) :]
        lines.append(visible.rstrip())
    return "\n".join(lines)


def play(case, clock) -> progress.Progbar:
    clock.now = 0.0
    bar = progress.Progbar(**case["arguments"])
    for current, values, finalize, now in case["steps"]:
        clock.now = now
        bar.update(current, [tuple(v) for v in values], finalize=finalize)
    return bar


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize("no_color", [False, True])
def test_a_terminal_shows_what_keras_shows(name, no_color, clock, screen, monkeypatch):
    monkeypatch.setattr(terminal, "can_redraw", lambda stream: True)
    monkeypatch.setenv("NO_COLOR", "1" if no_color else "")
    monkeypatch.setenv("TERM", "xterm")
    play(GOLDEN[name], clock)
    text = written(screen)
    assert shown(text) == GOLDEN[name]["shown"]
    if no_color:
        assert "\x1b" not in text


@pytest.mark.parametrize("name", GOLDEN)
def test_a_pipe_gets_only_the_last_line(name, clock, screen):
    play(GOLDEN[name], clock)
    keras = GOLDEN[name]["shown"]
    assert written(screen) == (keras if keras.endswith("\n") else "")


def test_colors_are_keras_own(clock, screen, monkeypatch):
    monkeypatch.setattr(terminal, "can_redraw", lambda stream: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    progress.Progbar(4, width=4).update(3, finalize=True)
    assert written(screen) == (
        "\r\x1b[1m3/4\x1b[0m \x1b[32m━━━\x1b[0m\x1b[37m━\x1b[0m \x1b[1m0s\x1b[0m 0s/step\n"
    )


def test_a_terminal_is_drawn_at_most_ten_times_a_second(clock, screen, monkeypatch):
    monkeypatch.setattr(terminal, "can_redraw", lambda stream: True)
    bar = progress.Progbar(1000, interval=0.0)
    for step in range(999):
        clock.now = step * 0.002
        bar.update(step + 1)
    # 999 steps of 2 ms are 1.996 s: drawings at 0.0, 0.1, ..., 1.9.
    assert written(screen).count("\r") == 20


def test_a_line_wider_than_the_terminal_is_cut_until_the_end(clock, screen, monkeypatch):
    monkeypatch.setattr(terminal, "can_redraw", lambda stream: True)
    monkeypatch.setenv("COLUMNS", "30")
    bar = progress.Progbar(2)
    bar.update(1, [("a_very_long_name_of_a_metric", 1.0)])
    assert all(len(line) <= 29 for line in shown(written(screen)).split("\n"))
    bar.update(2, [("a_very_long_name_of_a_metric", 1.0)])
    assert "a_very_long_name_of_a_metric: 1.0000\n" in shown(written(screen))


@pytest.mark.parametrize(
    "encoding, bar", [("ascii", "===="), ("cp1252", "===="), ("cp437", "===="), ("utf-8", "━━━━")]
)
def test_only_characters_the_stream_can_encode(encoding, bar, clock, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    put(stream, monkeypatch)
    progress.Progbar(2, width=4).update(2)
    assert written(stream) == f"2/2 {bar} 0s 0s/step\n"


def test_odd_values_and_lost_streams_do_not_raise(clock, screen, monkeypatch):
    bar = progress.Progbar(1)
    bar.update(1, [("word", "high"), ("none", None), ("nan", float("nan")), ("one", np.ones((1,)))])
    assert written(screen) == (
        "1/1 ━━━━━━━━━━━━━━━━━━━━ 0s 0s/step - word: high - none: None - nan: nan - one: 1.0000\n"
    )
    screen.close()
    progress.Progbar(1).update(1)
    put(None, monkeypatch)
    progress.Progbar(1).update(1)


def test_non_interactive_output_goes_to_the_logger(clock, screen, caplog):
    with scoped(interactive_logging=False), caplog.at_level("INFO", logger="tensorbrook"):
        progress.Progbar(1, width=2).update(1)
    assert written(screen) == ""
    assert caplog.messages == ["1/1 ━━ 0s 0s/step"]


def test_refused_arguments():
    with pytest.raises(ValueError, match="not both"):
        progress.Progbar(1, stateful_metrics=["a"], stateless_metrics=["b"])
    with pytest.raises(ValueError, match="verbose must be 0, 1, 2 or 'auto', got 3"):
        progress.Progbar(1, verbose=3)
