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
