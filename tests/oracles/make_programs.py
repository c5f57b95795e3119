"""Record what the held programs print under TensorFlow.

Usage: `python tests/oracles/make_programs.py [NN ...]` in an environment with tensorflow 2.21.
A program that TensorFlow 2.21 rejects for a Keras 2 spelling is run with the accepted spelling
in its place (SPELLINGS), so the figures are TensorFlow's for the same computation.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path(__file__).resolve().parent.parent / "programs"
SPELLINGS = {
    "38_keras2_spellings.py": [
        ("SGD(lr=", "SGD(learning_rate="),
        ("sgd.lr", "sgd.learning_rate"),
        (
            '"categorical_crossentropy", ["accuracy"]',
            '"categorical_crossentropy", None, ["accuracy"]',
        ),
        ("fit_generator", "fit"),
        ("reset_states", "reset_state"),
        ("losses.mean_squared_error", "losses.MSE"),
        ("metrics.mean_absolute_error", "metrics.MAE"),
    ],
    "39_text_preprocessing.py": [
        ("from keras.preprocessing.text", "from tensorflow.keras.preprocessing.text"),
    ],
}


def record(program: pathlib.Path) -> None:
    """Run one program with its accepted spellings and store its standard output."""
    source = program.read_text()
    for ours, accepted in SPELLINGS.get(program.name, []):
        if ours not in source:
            raise SystemExit(f"{program.name}: nothing to replace for {ours!r}")
        source = source.replace(ours, accepted)
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, program.name)
        copy.write_text(source)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", str(copy)],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise SystemExit(f"{program.name} failed:\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
    (PROGRAMS / "expected" / f"{program.stem}.txt").write_text(done.stdout)
    print(program.name, len(done.stdout.splitlines()), "lines")


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for program in sorted(PROGRAMS.glob("*.py")):
        if not wanted or program.name[:2] in wanted:
            record(program)
