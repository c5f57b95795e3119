"""Files with changed bytes or configurations load, or raise one of few errors; a short round."""

import io
import json
import tempfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tensorbrook as tf

pytest.importorskip("h5py")
keras = tf.keras
SAID = (ValueError, TypeError, NotImplementedError, OSError)
ENDINGS = (".keras", ".h5", ".weights.h5")
QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def net():
    model = keras.Sequential(
        [
            keras.Input((3,), name="i"),
            keras.layers.Dense(2, activation="relu", name="d"),
            keras.layers.BatchNormalization(name="b"),
        ]
    )
    model.compile("sgd", "mse")
    return model


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    found, model = {}, net()
    for ending in ENDINGS:
        path = tmp_path_factory.mktemp("f") / f"m{ending}"
        (model.save_weights if ending == ".weights.h5" else model.save)(path)
        found[ending] = path.read_bytes()
    return found


def load(data, ending):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/m{ending}"
        with open(path, "wb") as file:
            file.write(data)
        try:
            if ending == ".weights.h5":
                net().load_weights(path)
            else:
                keras.models.load_model(path)
        except SAID as fault:
            assert str(fault)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("ending", ENDINGS)
@QUICK
@given(st.data())
def test_changed_bytes(ending, files, data):
    changed = bytearray(files[ending])
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.none() | st.integers(0, len(changed)))
    load(bytes(changed[:cut]), ending)


VALUES = st.sampled_from(
    [
        None,
        -1,
        0,
        1 << 62,
        0.5,
        "",
        "relu",
        "/etc/passwd",
        [],
        {},
        [[1]],
        True,
        [None, 3],
        ["d", 0, 0],
    ]
) | st.sampled_from(
    [
        {"class_name": "Dense", "config": {}},
        {"class_name": "function", "config": "relu"},
        {"class_name": "__tensor__", "config": {"value": [1], "dtype": "float32"}},
        {"class_name": 3, "config": None},
    ]
)


def places(value, path=()):
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(part, (dict, list)):
            yield from places(part, (*path, key))


@pytest.mark.filterwarnings("ignore")
@QUICK
@given(st.data())
def test_changed_configurations(files, data):
    archive = zipfile.ZipFile(io.BytesIO(files[".keras"]))
    config = json.loads(archive.read("config.json"))
    *before, last = data.draw(st.sampled_from(list(places(config))))
    inside = config
    for key in before:
        inside = inside[key]
    inside[last] = data.draw(VALUES)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name in archive.namelist():
            same = archive.read(name)
            file.writestr(name, json.dumps(config) if name == "config.json" else same)
    load(stream.getvalue(), ".keras")
