"""Every argument of every constructor and of compile, fit, evaluate, predict, with values it cannot
take: what Keras refuses is refused (oracles/make_wrong_arguments.py), in words that name the class
and the argument; nothing fails inside.
"""

import json
import pathlib
import re
import sys

import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
sys.path.insert(0, str(ORACLES))
import wrong_arguments  # noqa: E402

sys.path.remove(str(ORACLES))
GOLDEN = json.loads((ORACLES / "golden" / "wrong_arguments.json").read_text())
PLACES = {text: i for i, text in enumerate(wrong_arguments.VALUES)}
# (class or family, argument, values, why) of what is taken here and refused by Keras, or is told
# under another name.
EXCEPTIONS = [
    ("optimizers.", "learning_rate", ("-1", "0"), "Keras refuses integers; they are numbers"),
    ("optimizers.SGD", "momentum", ("0",), "an integer is a number"),
    ("layers.IntegerLookup", "salt", ("-1", "0"), "an integer, as StringLookup takes it"),
    ("Model.compile", "steps_per_execution", ("None",), "Keras 2 took it for 1"),
    ("Model.", "steps", ("1.5",), "Keras 2 counted part of a batch as one"),
    ("Model.fit", "steps_per_epoch", ("1.5",), "the same"),
    ("Model.compile", "loss_weights", ("-1", "[]"), "-1 is a number as 0 is, and [] gives none"),
    ("Model.compile", "loss_weights", ("'x'",), "text there is a metric, in Keras 2's order"),
]
NAMES = sorted(
    {*wrong_arguments.classes(tf.keras), *(f"Model.{m}" for m in wrong_arguments.METHODS)}
)


def is_exception(name, argument, value):
    return any(
        name.startswith(start) and argument == wanted and value in values
        for start, wanted, values, _ in EXCEPTIONS
    )


def fault(name, argument, value, call):
    """What is wrong with how an argument is treated; None where nothing is."""
    letter, error = wrong_arguments.outcome(call)
    expected = GOLDEN.get(name, {}).get(argument)
    refused = expected is not None and expected[PLACES[value]] in "VTX"
    if letter == "A":
        return "accepted" if refused else None
    text, last = str(error), name.split(".")[-1]
    if letter == "N":
        return None
    if letter == "X":
        return f"{type(error).__name__}: {text}"
    if re.search(rf"\b{re.escape(argument)}\b", text) is None:
        return f"its text does not name the argument: {text}"
    named = last.lower() in text.lower().replace("_", "") or name.startswith("Model.")
    return None if named else f"its text does not name the class: {text}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_wrong_arguments_are_refused_in_words(name):
    tf.keras.backend.clear_session()
    walk = wrong_arguments.walk(tf.keras, {name})
    faults = {}
    for called, argument, value, call in walk:
        found = fault(name, argument, value, call) if called == name else None
        if found is not None and not is_exception(name, argument, value):
            faults[f"{argument}={value}"] = found
    assert not faults


def test_the_walk_meets_what_there_is():
    met = {name for name, *_ in wrong_arguments.walk(tf.keras)}
    assert len(met) > 150 and {"layers.Dense", "losses.Huber", "Model.fit"} <= met
