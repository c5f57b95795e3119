"""TextVectorization beside TensorFlow's: adapt on 20,000 texts of 200 words, and calls on them.

    python benchmarks/text.py [PYTHON_WITH_TENSORFLOW] [ROUNDS]

Both take turns, each in a process of its own; prints the medians in seconds and their ratios. The
other Python is that of `make peers` by default. "words" is of output mode "int", 200 numbers a
text, in batches of 1,000; "rows" of "multi_hot", 20,000 numbers for each of 4,000 texts; "data
set" maps batches of 256.
"""

import json
import statistics
import subprocess
import sys

from make_peers import interpreter

TEXTS, WORDS, KNOWN = 20_000, 200, 20_000


def texts():
    import numpy as np

    rng = np.random.default_rng(0)
    letters = [rng.integers(97, 123, rng.integers(2, 10)) for _ in range(30_000)]
    words = np.array(["".join(map(chr, word)) for word in letters])
    share = 1 / np.arange(1, len(words) + 1)
    drawn = rng.choice(words, (TEXTS, WORDS), p=share / share.sum())
    return [" ".join(row).capitalize() + "." for row in drawn]


def run(tf):
    """Seconds of each task."""
    import time

    data, seconds = texts(), {}
    tensor = tf.constant(data)

    def timed(name, task):
        start = time.perf_counter()
        for _ in task() or ():  # batch by batch: what a batch became is not kept
            pass
        seconds[name] = time.perf_counter() - start

    layer = tf.keras.layers.TextVectorization(KNOWN, output_sequence_length=WORDS)
    timed("adapt", lambda: layer.adapt(data))
    batches = [tensor[i : i + 1000] for i in range(0, TEXTS, 1000)]
    layer(batches[0])
    timed("words", lambda: map(layer, batches))
    rows = tf.keras.layers.TextVectorization(KNOWN, output_mode="multi_hot")
    timed("adapt for rows", lambda: rows.adapt(data))
    warm = [rows(batch) for batch in batches[:2]]  # two results of 80 MB are alive in turns
    del warm
    timed("rows", lambda: map(rows, batches[:4]))
    pipeline = tf.data.Dataset.from_tensor_slices(data).batch(256).map(layer)
    timed("data set", lambda: pipeline)
    return seconds


def main(python, rounds, file, unit):
    """Runs `file --run NAME` with both in turn, and prints the medians of its tasks."""
    pythons = {"tensorbrook": sys.executable, "tensorflow": python}
    found = {name: [] for name in pythons}
    for _ in range(int(rounds)):
        for name, interpreter_of in pythons.items():
            command = [interpreter_of, file, "--run", name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    for task in found["tensorbrook"][0]:
        ours, theirs = (statistics.median(r[task] for r in found[name]) for name in pythons)
        measured = f"{ours:6.2f} {unit}   TensorFlow {theirs:6.2f} {unit}"
        print(f"{task:15} {measured}   {theirs / ours:.2f} times")


def start(run, file, unit="s"):
    """The program of a file that has the tasks `run(tf)`, which gives a figure for each."""
    if sys.argv[1:2] == ["--run"]:
        if sys.argv[2] == "tensorflow":
            import tensorflow
        else:
            import tensorbrook as tensorflow
        print(json.dumps(run(tensorflow)))
    else:
        given = sys.argv[1:]
        main(*(given + [interpreter("tensorflow"), 3][len(given) :]), file, unit)


if __name__ == "__main__":
    start(run, __file__)
