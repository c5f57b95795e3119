"""Files that Keras 2.15 and Keras 3.15.1 wrote (oracles/make_keras_files.py), read here; ours read
by Keras, where TENSORBROOK_ORACLE names a Python that has it."""

import json
import os
import pathlib
import subprocess
import sys
import warnings
import zipfile

import numpy as np
import pytest

import tensorbrook as tf

pytest.importorskip("h5py")
ORACLES = pathlib.Path(__file__).parents[2] / "oracles"
sys.path.insert(0, str(ORACLES))
from keras_files_cases import MODELS, UNTRAINED, custom, results, train, trained  # noqa: E402

keras = tf.keras
GOLDEN = {v: ORACLES / "golden" / "files" / f"keras-{v}.zip" for v in ("2.15.0", "3.15.1")}
STORED = {v: json.loads(zipfile.ZipFile(path).read("results.json")) for v, path in GOLDEN.items()}
CASES = [
    (version, name)
    for version, path in GOLDEN.items()
    for name in zipfile.ZipFile(path).namelist()
    if name != "results.json"
]
# whose training differs: Keras 2 weighs masked steps otherwise, and left out a part of the state
TRAINS_OTHERWISE = {
    ("2.15.0", "recurrent"): "a mask weighs otherwise in Keras 2's loss",
    ("2.15.0", "with_Nadam"): "Keras 2 does not store the product of Nadam's rates",
    ("2.15.0", "with_Adafactor"): "Keras 2 has other slots for vectors",
}


@pytest.mark.parametrize(("version", "name"), CASES)
def test_a_file_of_keras_loads_and_trains_on(version, name, tmp_path):
    case, wanted = name.split(".")[0], STORED[version][name.split(".")[0]]
    path = zipfile.ZipFile(GOLDEN[version]).extract(name, tmp_path)
    own = custom(keras)
    keras.utils.set_random_seed(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if (version, case) in TRAINS_OTHERWISE else "error")
        if name.endswith(".weights.h5"):
            model, given = trained(keras, case, own)
            assert model.load_weights(path).fits
        else:
            _, given = MODELS[case](keras, own)
            model = keras.models.load_model(path, custom_objects=own)
    halves = 2e-3 if case == "mixed" else 0
    for found, stored in zip(results(model, given), wanted["outputs"], strict=True):
        np.testing.assert_allclose(found, stored, rtol=1e-6, atol=1e-6 + halves)
    if "later" in wanted and (version, case) not in TRAINS_OTHERWISE:
        train(model, given)
        for found, stored in zip(results(model, given), wanted["later"], strict=True):
            np.testing.assert_allclose(found, stored, rtol=1e-5, atol=2e-6 + halves)


@pytest.mark.parametrize("ending", [".keras", ".h5", ".weights.h5", ".weights.json"])
@pytest.mark.parametrize("case", [c for c in MODELS if c not in (*UNTRAINED, "mixed")])
def test_training_goes_on_as_if_never_interrupted(case, ending, tmp_path):
    own, path = custom(keras), tmp_path / f"m{ending}"
    if case == "subclassed" and ending == ".h5":
        pytest.skip("such files have no place for the layers in its lists")
    model, given = trained(keras, case, own)
    if ".weights" in ending:
        more = {"max_shard_size": 2e-6} if ending == ".weights.json" else {}
        model.save_weights(path, **more)
        again, _ = trained(keras, case, own)
        assert again.load_weights(path).fits
    else:
        model.save(path)
        again = keras.models.load_model(path, custom_objects=own)
    for one in (model, again):
        train(one, given)
    for one, two in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


ORACLE = os.environ.get("TENSORBROOK_ORACLE")


@pytest.mark.skipif(not ORACLE, reason="TENSORBROOK_ORACLE names no Python with Keras")
def test_keras_reads_our_files(tmp_path):
    own, outputs = custom(keras), {}
    for case in MODELS:
        if case == "functions":  # in a .keras file only
            ends = [".keras"]
        else:
            ends = [".keras", ".weights.h5"]
        model, given = trained(keras, case, own)
        outputs[case] = results(model, given)
        for end in ends:
            (model.save if end == ".keras" else model.save_weights)(tmp_path / f"{case}{end}")
    (tmp_path / "results.json").write_text(json.dumps(outputs))
    done = subprocess.run(
        [ORACLE, str(ORACLES / "check_keras_files.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
